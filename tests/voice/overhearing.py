"""A recogniser that understands every word that is in the sound it is given, and none that is not.

It knows what was said in the room and when; the sound says which of it was recorded. So a scenario is about the loop
and not about a recogniser: what the echo canceller, the voice detector and the cutting of turns leave of the words is
what comes out, and our own words come out where enough of the echo is left in the sound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from privacy_assistant.core.sound import HEARD_HZ, Recording, Transcript
from tests.voice.acoustics import Sound, from_pcm
from tests.voice.person import Said
from tests.voice.room import RoomCard

_SAME = 0.2  # correlation from which a sound is in a recording
_LOUD_ENOUGH = 0.003  # of full scale: what is quieter nobody understands
_BACK_S = 12.0  # how long ago a recording may have ended


class Overhearing:
    """Implements `ports.sound.Transcriber` for one room. `said` gives what our voice says, for echoes."""

    name = "overheard"

    def __init__(self, room: RoomCard, ours: Callable[[], str] = lambda: "") -> None:
        self._room = room
        self._ours = ours
        self.heard: list[str] = []

    def warm(self) -> None:
        """Nothing to load."""

    def close(self) -> None:
        """Nothing to free."""

    def transcribe(self, sound: Recording, *, hints: Sequence[str] = (), language: str = "") -> Transcript:
        """The words of the person whose middle is in the sound; else ours; else nothing, rejected as noise."""
        text = self._words(from_pcm(sound.pcm))
        self.heard.append(text)
        return Transcript(text, 0.95 if text else 0.0, self.name, language or "en", "" if text else "noise")

    def _words(self, sound: Sound) -> str:
        seconds = len(sound) / HEARD_HZ
        until = self._room.now + 0.01
        since = max(until - seconds - _BACK_S, 0.0)
        start, likeness = _found(sound, self._room.people_between(since, until))
        if likeness >= _SAME:
            return _spoken_between(self._room.person.said, since + start, since + start + seconds)
        _, likeness = _found(sound, self._room.echo_between(since, until))
        if likeness >= _SAME and float(np.sqrt((sound * sound).mean())) > _LOUD_ENOUGH:
            words = self._ours().split()
            return " ".join(words[-max(int(seconds * 2.5), 1) :])
        return ""


def _found(sound: Sound, track: Sound) -> tuple[float, float]:
    """Where in a track a sound is most alike, in seconds, and how alike (0..1)."""
    if not len(sound) or len(track) < len(sound) // 2 or not track.any() or not sound.any():
        return 0.0, 0.0
    size = 1 << (len(sound) + len(track)).bit_length()
    product = np.fft.rfft(np.concatenate([track, np.zeros(len(sound), dtype=np.float32)]), size)
    product *= np.conj(np.fft.rfft(sound, size))
    scores = np.fft.irfft(product, size)[: len(track)]
    place = int(np.argmax(np.abs(scores)))
    there = track[place : place + len(sound)]
    weight = float(np.sqrt((there * there).sum() * (sound * sound).sum()))
    return place / HEARD_HZ, float(abs(scores[place])) / weight if weight else 0.0


def _spoken_between(said: Sequence[Said], start: float, end: float) -> str:
    """The words whose middle lies between; a word's time goes by its letters."""
    words: list[str] = []
    for utterance in said:
        parts = utterance.text.split()
        letters = sum(len(part) + 1 for part in parts) or 1
        at = utterance.start
        for part in parts:
            took = (utterance.end - utterance.start) * (len(part) + 1) / letters
            if start <= at + took / 2 <= end:
                words.append(part)
            at += took
    return " ".join(words)
