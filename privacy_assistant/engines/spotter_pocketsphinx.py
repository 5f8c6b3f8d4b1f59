"""Key phrases by pocketsphinx: any words of its dictionary, with nothing to train.

A phrase is set against a loop of all phones, and counts where it is likelier than that loop by its threshold. The
decoder runs only while something is louder than the room, which is what makes it cheap enough to run all day.
"""

from __future__ import annotations

import importlib.util
import math
import re
import tempfile
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from privacy_assistant.core.sound import HEARD_HZ, Frame
from privacy_assistant.engines.level import dbfs
from privacy_assistant.errors import EngineFailed, EngineMissing, UsageError

THRESHOLDS: dict[str, float] = {"computer": 1e-30, "stop": 1e-10}
"""Measured (tests/bench/bench_front.py); any other phrase gets `usual_threshold`.

"computer" wakes, so no other speech may do it. "stop" is for while we speak, and ends an answer: what is left of
our own voice after a jump of its delay must not do it, as it did with 1e-20 (tests/voice). A "stop" that is missed here
is heard half a second later, as speech and as a word."""

_DICTIONARY = Path("en-us", "cmudict-en-us.dict")
_SOUNDS = Path("en-us", "en-us")
_PHRASE = re.compile(r"[a-z'.-]+( [a-z'.-]+)*")

_PRE_ROLL_S = 0.4
"""A word begins softly: this much from before the level rose is heard too."""
_HANG_OVER_S = 0.8
_ABOVE_ROOM_DB = 8.0
_QUIETEST_DBFS = -66.0
_ROOM_RISES_DB_PER_S = 3.0
"""How fast the room is believed to have become louder; it becomes quieter at once."""


class KeyphraseSpotter:
    """Implements `ports.WakeWord` for phrases of English words.

    `thresholds` are likelihood ratios by phrase, 1e-50 (hears it everywhere) to 1e10 (hardly ever). Raises UsageError
    for a word that the dictionary lacks, EngineMissing or EngineFailed when the library is missing or broken.
    """

    def __init__(self, phrases: Sequence[str], thresholds: Mapping[str, float] | None = None) -> None:
        self._words = tuple(dict.fromkeys(_spoken(phrase) for phrase in phrases))
        if not self._words:
            raise UsageError("no key phrase is named")
        self._decoder = _decoder(self._words, {**THRESHOLDS, **(thresholds or {})})
        self._is_open = False
        self.reset()

    @property
    def words(self) -> tuple[str, ...]:
        """The phrases, as a person says them."""
        return self._words

    def heard(self, frame: Frame) -> str:
        """The phrase that was just spoken, "" for none; known 0.1-0.2 s after its end."""
        if frame.rate_hz != HEARD_HZ:
            raise EngineFailed(f"key phrases are heard at {HEARD_HZ} Hz, not at {frame.rate_hz}")
        if self._is_louder_than_the_room(frame):
            self._quiet_s = 0.0
            if not self._is_open:
                self._open()
        elif self._is_open:
            self._quiet_s += frame.seconds
            if self._quiet_s > _HANG_OVER_S:
                self._close()
        if not self._is_open:
            self._before.append(frame.pcm)
            self._before_s += frame.seconds
            while self._before_s > _PRE_ROLL_S + frame.seconds:
                self._before_s -= len(self._before.popleft()) / 2 / HEARD_HZ
            return ""
        return self._decode(frame.pcm)

    def reset(self) -> None:
        """Forget what was heard; how loud the room is stays known."""
        if self._is_open:
            self._close()
        self._before: deque[bytes] = deque()
        self._before_s = 0.0
        self._quiet_s = 0.0

    _room_dbfs: float = 0.0

    def _is_louder_than_the_room(self, frame: Frame) -> bool:
        level = dbfs(frame.pcm)
        self._room_dbfs = min(level, self._room_dbfs + _ROOM_RISES_DB_PER_S * frame.seconds)
        return level > max(self._room_dbfs + _ABOVE_ROOM_DB, _QUIETEST_DBFS)

    def _open(self) -> None:
        self._decoder.start_utt()
        self._is_open = True
        before = b"".join(self._before)
        self._before.clear()
        self._before_s = 0.0
        if before:
            self._decode(before)

    def _close(self) -> None:
        self._decoder.end_utt()
        self._is_open = False

    def _decode(self, pcm: bytes) -> str:
        try:
            self._decoder.process_raw(pcm, False, False)
            if self._decoder.hyp() is None:
                return ""
            found = next((str(part.word).strip() for part in self._decoder.seg() or ()), "")
            self._decoder.end_utt()
            self._decoder.start_utt()
        except RuntimeError:
            raise EngineFailed("the key phrase spotter stopped", hint="start again") from None
        return found


def usual_threshold(phones: int) -> float:
    """For a phrase that nobody measured: the longer it is, the less has to speak for it.

    From the best that half an hour of other speech made of phrases of 4 to 9 phones.
    """
    return math.pow(10.0, min(0, max(-50, -5 * (phones - 4))))


def _spoken(phrase: str) -> str:
    spoken = " ".join(phrase.lower().replace("_", " ").split())
    if not _PHRASE.fullmatch(spoken):
        raise UsageError("a key phrase is not made of words", hint="write it with letters and blanks alone")
    return spoken


def _decoder(phrases: Sequence[str], thresholds: Mapping[str, float]) -> Any:
    try:
        import pocketsphinx  # type: ignore[import-untyped]  # it carries no types
    except ImportError:
        raise EngineMissing("key phrases need pocketsphinx", hint="pip install pocketsphinx") from None
    model = _model()
    wanted = {word for phrase in phrases for word in phrase.split()}
    lines = _entries(model / _DICTIONARY, wanted)
    known: dict[str, int] = {}
    for line in lines:
        word, *phones = line.split()
        known.setdefault(word, len(phones))
    if wanted - known.keys():
        raise UsageError(
            "a word of a key phrase is not in the dictionary of pocketsphinx",
            hint="name other words, or write it as words that sound like it",
        )
    ratios = {
        phrase: thresholds.get(phrase) or usual_threshold(sum(known[word] for word in phrase.split()))
        for phrase in phrases
    }
    # The library takes lists from files only. Of 130 000 words it is given those that are wanted, which spares 27 MB.
    with tempfile.TemporaryDirectory(prefix="phrases-") as folder:
        (dictionary := Path(folder, "words.dict")).write_text("\n".join(lines) + "\n", "utf-8")
        (listed := Path(folder, "phrases.list")).write_text(
            "".join(f"{phrase} /{ratio:.3g}/\n" for phrase, ratio in ratios.items()), "utf-8"
        )
        try:
            return pocketsphinx.Decoder(
                hmm=str(model / _SOUNDS), dict=str(dictionary), kws=str(listed), lm=None, loglevel="FATAL"
            )
        except (RuntimeError, ValueError):
            raise EngineFailed(
                "the model of pocketsphinx cannot be used", hint="pip install --force-reinstall --no-deps pocketsphinx"
            ) from None


def _model() -> Path:
    spec = importlib.util.find_spec("pocketsphinx")
    for place in (spec.submodule_search_locations or ()) if spec else ():
        if (path := Path(place) / "model").is_dir():
            return path
    raise EngineMissing("the model of pocketsphinx is missing", hint="pip install --force-reinstall pocketsphinx")


def _entries(dictionary: Path, wanted: Iterable[str]) -> list[str]:
    """The lines of these words, with their other pronunciations ("word(2)")."""
    words = frozenset(wanted)
    try:
        with dictionary.open(encoding="utf-8") as file:
            return [line.rstrip("\n") for line in file if line.split("(", 1)[0].split(" ", 1)[0] in words]
    except (OSError, UnicodeDecodeError):
        raise EngineFailed("the dictionary of pocketsphinx cannot be read", hint="install pocketsphinx again") from None
