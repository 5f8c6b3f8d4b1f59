"""A sound card that asks: plays clips as if somebody spoke, at the pace of the wall, and notes when each ended."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterator
from sys import byteorder

from privacy_assistant.core.sound import HEARD_HZ, TICKS_PER_SECOND, Frame, Recording, Tick

_STEP = 2 * HEARD_HZ // TICKS_PER_SECOND
_QUIET = 0.02
"""A frame that is this much of the loudest one is still speech (-34 dB); a voice fades, and its fading is not waited
for by anybody."""
_PEAK = 10_000
_ROOM = array("h", [(-1) ** n * (n * n % 5) for n in range(_STEP // 2)])
"""What is heard while nobody speaks: next to nothing, and not nothing, as in a quiet room."""


def speech_end_s(clip: Recording) -> float:
    """Where the speech in a clean recording ends: the end of its last frame of 10 ms that is not quiet."""
    samples = _samples(clip.pcm)
    step = clip.rate_hz // TICKS_PER_SECOND
    peaks = [max(map(abs, samples[at : at + step])) for at in range(0, len(samples), step)]
    loud = [index for index, peak in enumerate(peaks) if peak > _QUIET * max(peaks)]
    return (loud[-1] + 1) / TICKS_PER_SECOND if loud else 0.0


def as_heard(pcm: bytes) -> bytes:
    """As loud as somebody half a metre from the microphone; voices that are made go to full scale."""
    samples = _samples(pcm)
    loudest = max(map(abs, samples), default=0)
    scaled = array("h", [sample * _PEAK // max(loudest, _PEAK) for sample in samples])
    if byteorder == "big":  # pragma: no cover
        scaled.byteswap()
    return scaled.tobytes()


def _samples(pcm: bytes) -> array[int]:
    samples = array("h", pcm)
    if byteorder == "big":  # pragma: no cover - sound is little-endian everywhere
        samples.byteswap()
    return samples


class AskingCard:
    """`ports.SoundCard` for a measurement. `ask` is called by who reads the events; nothing is heard without it."""

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._clip = b""
        self._at = 0
        self._end_at = -1
        self._is_closed = False
        self.ended_wall: float | None = None
        self.ended_t: float | None = None

    def ask(self, clip: Recording, end_s: float, *, after_s: float = 0.5) -> None:
        """Let this be said after so many seconds; `clip` is at HEARD_HZ and its speech ends at `end_s`."""
        quiet = _ROOM.tobytes() * round(after_s * TICKS_PER_SECOND)
        self._clip, self._at = quiet + clip.pcm, 0
        self._end_at = len(quiet) + 2 * round(end_s * HEARD_HZ)
        self.ended_wall = self.ended_t = None

    def ticks(self, fill: Callable[[int], bytes]) -> Iterator[Tick]:
        """10 ms at a time, each when its time has come; see `ports.SoundCard`."""
        begin = time.monotonic()
        number = 0
        while not self._is_closed:
            time.sleep(max(0.0, begin + (number + 1) / TICKS_PER_SECOND - time.monotonic()))
            at = number / TICKS_PER_SECOND
            heard = self._next()
            if self.ended_wall is None and 0 <= self._end_at <= self._at:
                self.ended_wall, self.ended_t = time.monotonic(), at + 1 / TICKS_PER_SECOND
            played = fill(self.rate_hz // TICKS_PER_SECOND)
            yield Tick(Frame(heard, HEARD_HZ, at), Frame(played, self.rate_hz, at))
            number += 1

    def close(self) -> None:
        """End `ticks`."""
        self._is_closed = True

    @property
    def is_over(self) -> bool:
        """Whether the whole clip was heard."""
        return self._at >= len(self._clip)

    def _next(self) -> bytes:
        piece = self._clip[self._at : self._at + _STEP]
        self._at += len(piece)
        return piece + _ROOM.tobytes()[len(piece) :]
