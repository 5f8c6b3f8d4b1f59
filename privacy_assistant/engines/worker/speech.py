"""A Piper voice in a process of its own: `PiperSpeaker` behind the wall, asked from here.

The description beside the voice is read here, in Python; onnxruntime opens the network there. Sentences are fetched one
by one, so nothing is computed before somebody wants it, as in one process.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from privacy_assistant.core.sound import Frame
from privacy_assistant.engines.tts_piper import PiperSpeaker, frames_of
from privacy_assistant.engines.worker.answers import Answer
from privacy_assistant.engines.worker.process import Hello, Running, WorkerEnded
from privacy_assistant.engines.worker.retried import RetriedWorker, tell_nobody

_MOST_SECONDS = 10
"""Of sound for one letter of a text: a number of many digits takes one. A voice that goes on and on is none."""


class WorkerSpeaker:
    """Implements `ports.sound.Speaker` as `PiperSpeaker` does, in a process that is started by `warm` or the first
    frame that is asked for.

    Where it ends before the first frame of a text it is started again, and asked the same once more; `say` is told one
    line about it. Later nobody knows what was heard already, so it is an error. Raises EngineMissing or EngineFailed.
    """

    def __init__(
        self,
        voice: Path,
        *,
        speed: float = 1.0,
        speaker_id: int | None = None,
        name: str = "",
        say: Callable[[str], None] = tell_nobody,
    ) -> None:
        self._described = PiperSpeaker(voice, speed=speed, speaker_id=speaker_id, name=name)
        """Never asked to speak, so it opens no network."""
        place = voice.absolute()
        self._worker = RetriedWorker(
            Hello(
                "the voice",
                "piper",
                {"voice": str(place), "speed": speed, "speaker_id": speaker_id},
                (place, place.with_name(f"{place.name}.json")),
            ),
            say,
        )
        self._streams = itertools.count()
        self._dropped: deque[int] = deque()
        """Texts that nobody wants to hear on; the child is told with the next one."""

    @property
    def name(self) -> str:
        """The name that was given, else that of the voice's file."""
        return self._described.name

    @property
    def rate_hz(self) -> int:
        """Of its sound, as the voice was made."""
        return self._described.rate_hz

    @property
    def language(self) -> str:
        """What it speaks, as a tag like "en-us"."""
        return self._described.language

    @property
    def pid(self) -> int | None:
        """Of its process, None where none runs."""
        return self._worker.pid

    def warm(self) -> None:
        """Start it, load, and say something to nobody once."""
        self._worker.asked(lambda running: running.call("warm").wait())

    def speak(self, text: str) -> Iterator[Frame]:
        """As `PiperSpeaker.speak`; where the voice is closed meanwhile, the sound ends."""
        stream = next(self._streams)
        dropped = [self._dropped.popleft() for _ in range(len(self._dropped))]
        asked = {"stream": stream, "text": text, "dropped": dropped}
        at = 0
        most = (len(text) + 1) * _MOST_SECONDS * self.rate_hz
        is_over = False
        try:
            running, pcm = self._worker.asked(lambda running: (running, _pcm(running, running.call("speak", asked))))
            while pcm:
                samples = np.frombuffer(pcm, dtype="<i2")
                yield from frames_of(samples, self.rate_hz, at)
                at += len(samples)
                if at > most:
                    raise running.distrust()
                pcm = _pcm(running, running.call("next", {"stream": stream}))
            is_over = True
        except WorkerEnded as ended:
            is_over = True
            if not ended.is_closed:
                raise
        finally:
            if not is_over:
                # No message from here: this also runs where an abandoned stream is collected, at any time.
                self._dropped.append(stream)

    def close(self) -> None:
        """End the process; the next `speak` starts another."""
        self._worker.close()


def _pcm(running: Running, answer: Answer) -> bytes:
    """The sound of a sentence, b"" after the last one. Raises EngineFailed for what cannot be one."""
    untrusted = answer.one()
    is_end = untrusted.fields.get("is_over") is True
    if is_end == bool(untrusted.payload) or len(untrusted.payload) % 2:
        raise running.distrust()
    return untrusted.payload
