"""Whisper in a process of its own: `WhisperTranscriber` behind the wall, asked from here.

The directory is looked at here, in Python, and read by CTranslate2 there. pocketsphinx and the voice detector stay in
this process: what they open came inside the package or the wheels that were installed with it, by digest.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from privacy_assistant.core.sound import Recording, Transcript
from privacy_assistant.core.speech_gate import why_unheard
from privacy_assistant.engines.hearable import at_heard_rate, loudest_dbfs
from privacy_assistant.engines.whisper_files import FILES, check_whisper
from privacy_assistant.engines.worker.process import Hello, Running
from privacy_assistant.engines.worker.retried import RetriedWorker, tell_nobody
from privacy_assistant.errors import EngineFailed

MOST_AT_ONCE = 16 << 20
"""Bytes of sound in one frame; a longer recording goes in several."""

_PATIENCE_SECONDS = 3.0
"""So long may what is under way take when it is closed: a process that never answers must not keep us."""

_LANGUAGE = re.compile(r"[a-z]{0,4}")
_REJECTED = frozenset({"", "silence", "noise", "loop"})


class WorkerTranscriber:
    """Implements `ports.sound.Transcriber` as `WhisperTranscriber` does, in a process that is started by `warm` or the
    first `transcribe`.

    Where it ends before it answered it is started again, and asked the same once more; `say` is told one line about
    it. Raises EngineMissing or EngineFailed.
    """

    def __init__(self, directory: Path, *, threads: int = 0, say: Callable[[str], None] = tell_nobody) -> None:
        check_whisper(directory)
        self._name = f"whisper {directory.name}"
        place = directory.absolute()
        # Not the whole of it: it may be a folder of a person's in which much else lies.
        readable = tuple(place / name for name in FILES)
        self._worker = RetriedWorker(
            Hello("the recogniser", "whisper", {"directory": str(place), "threads": threads}, readable), say
        )
        self._is_closed = False
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The name of the directory."""
        return self._name

    @property
    def pid(self) -> int | None:
        """Of its process, None where none runs."""
        return self._worker.pid

    def warm(self) -> None:
        """Start it, load, and listen to a little noise. Raises EngineMissing, EngineFailed."""
        with self._lock:
            self._open().asked(lambda running: running.call("warm").wait())

    def transcribe(self, sound: Recording, *, hints: Sequence[str] = (), language: str = "") -> Transcript:
        """As `WhisperTranscriber.transcribe`. Raises EngineMissing, EngineFailed."""
        if why := why_unheard(loudest_dbfs(sound)):
            return Transcript("", 0.0, self.name, rejected=why)
        pcm = at_heard_rate(sound).pcm

        def ask(running: Running) -> Transcript:
            for at in range(0, len(pcm), MOST_AT_ONCE):
                running.call("hear", {"is_first": at == 0}, pcm[at : at + MOST_AT_ONCE]).wait()
            understood = running.call("understand", {"hints": list(hints), "language": language}).one()
            transcript = _transcript(understood.fields, self.name)
            if transcript is None:
                raise running.distrust()
            return transcript

        with self._lock:
            return self._open().asked(ask)

    def close(self) -> None:
        """End the process, after what is under way; where that takes long, whoever waits for it is told that it was
        closed."""
        is_free = self._lock.acquire(timeout=_PATIENCE_SECONDS)
        try:
            self._is_closed = True
            self._worker.close()
        finally:
            if is_free:
                self._lock.release()

    def _open(self) -> RetriedWorker:
        if self._is_closed:
            raise EngineFailed("the recogniser is closed")
        return self._worker


def _transcript(untrusted_fields: Any, name: str) -> Transcript | None:
    """What the child says that it understood; None where it cannot be that."""
    text, confidence = untrusted_fields.get("text"), untrusted_fields.get("confidence")
    language, rejected = untrusted_fields.get("language"), untrusted_fields.get("rejected")
    if not isinstance(text, str) or not isinstance(confidence, float | int) or isinstance(confidence, bool):
        return None
    if not math.isfinite(confidence) or not 0 <= confidence <= 1:
        return None
    if not isinstance(language, str) or not _LANGUAGE.fullmatch(language):
        return None
    if not isinstance(rejected, str) or rejected not in _REJECTED or (rejected and text):
        return None
    return Transcript(text.encode("utf-8", "ignore").decode("utf-8"), float(confidence), name, language, rejected)
