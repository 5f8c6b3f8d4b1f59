"""Two echo cancellers side by side, and the better one's sound: for somebody who speaks over a loud voice of ours.

The linear one (`echo_filter`) keeps whoever speaks over us, and needs a second or two of our voice to learn the room
and both devices on one clock. WebRTC's bears any clock and any jump, and silences who is not louder than we are. The
linear one counts once it has shown that it takes out enough, and no longer than it does. It runs while we speak and
for as long as a room can ring; without it nothing is changed.
"""

from __future__ import annotations

import math
from collections import deque

import numpy as np
import numpy.typing as npt

from privacy_assistant.core.sound import HEARD_HZ, TICKS_PER_SECOND, Frame, Tick
from privacy_assistant.engines.echo_filter import HOP, PARTS, EchoFilter
from privacy_assistant.engines.sound.converter import Converter
from privacy_assistant.ports.sound import EchoCanceller

PROVEN_DB, DOUBTED_DB = 10.0, 6.0
"""By how much the echo has to be less for the linear one to count, and below which it counts no more."""

_HALF_SECOND = TICKS_PER_SECOND // 2
_REMEMBERED = 4
"""Half seconds of which the best counts: who speaks over us makes all of them look bad, for as long as they do."""

_AUDIBLE = 1e-6
"""Mean square of the samples (of 1) from which on something is played: -60 dB."""

_LOOK, _WORSE_DB = 10, -1.0
"""Every so many ticks it is seen whether the linear one makes things worse."""

_NOTHING = 1e-9

_RINGS = PARTS + 20
"""Ticks after our last sample in which its echo may still be heard."""

Samples = npt.NDArray[np.float64]


class DoubleCanceller:
    """Implements `ports.EchoCanceller` by another one and an `EchoFilter` beside it."""

    def __init__(self, other: EchoCanceller) -> None:
        self._other = other
        self._filter = EchoFilter()
        self._taken_db: deque[float] = deque(maxlen=_REMEMBERED)
        self._is_proven: bool = False
        self._recent: list[tuple[float, float]] = []
        self.reset()

    @property
    def is_full_duplex(self) -> bool:
        """Where either of them takes out enough."""
        return self._is_proven or self._other.is_full_duplex

    @property
    def is_proven(self) -> bool:
        """Whether it is the linear one that counts."""
        return self._is_proven

    def reset(self) -> None:
        """Forget the room."""
        self._other.reset()
        self._filter.reset()
        self._converter: Converter | None = None
        self._played_hz = 0
        self._waiting = b""
        self._quiet = _RINGS
        self._doubt()

    def clean(self, tick: Tick) -> Frame:
        """What was heard without what was played. Raises what the other one raises."""
        simple = self._other.clean(tick)
        if tick.is_gap:
            # The delay is another one now. WebRTC's finds it sooner.
            self._filter.adapt_anew()
            self._doubt()
        if self._quiet > _RINGS and not tick.played.pcm.strip(b"\0"):
            return simple  # for hours on end: nothing is converted that nobody needs
        played = self._reference(tick.played)
        self._quiet = 0 if float(np.mean(played**2)) > _AUDIBLE else self._quiet + 1
        if self._quiet > _RINGS or len(tick.heard.pcm) != 2 * HOP:
            return simple
        heard = _floats(tick.heard.pcm)
        left, suppressed = self._filter.run(played, heard)
        self._judge(heard, left)
        if not self._is_proven:
            return simple
        samples = np.clip(suppressed * 32768, -32768, 32767).astype("<i2")
        return Frame(samples.tobytes(), HEARD_HZ, tick.heard.at)

    def _reference(self, played: Frame) -> Samples:
        """10 ms of what was played, at the rate of what is heard; 1.5 ms late where it had another."""
        if played.rate_hz != self._played_hz:
            self._played_hz, self._waiting = played.rate_hz, b""
            self._converter = Converter(played.rate_hz, HEARD_HZ)
        assert self._converter is not None  # made above
        self._waiting += self._converter.feed(played.pcm)
        piece, self._waiting = self._waiting[: 2 * HOP], self._waiting[2 * HOP :]
        # A converter keeps back its first millisecond; from then on there is one tick for each.
        return _floats(piece.rjust(2 * HOP, b"\0"))

    def _judge(self, heard: Samples, left: Samples) -> None:
        """How much of the echo goes, by half seconds in which something was played; the best of the last ones."""
        if self._quiet:
            return
        self._recent.append((float(heard @ heard), float(left @ left)))
        if len(self._recent) % _LOOK == 0 and self._is_proven and _taken_db(self._recent[-_LOOK:]) < _WORSE_DB:
            # More is left than there was: what is subtracted is no echo any more. Somebody who speaks cannot do that.
            self._filter.adapt_anew()
            self._doubt()
        if len(self._recent) < _HALF_SECOND:
            return
        self._taken_db.append(_taken_db(self._recent))
        self._recent = []
        self._is_proven = max(self._taken_db) >= (DOUBTED_DB if self._is_proven else PROVEN_DB)

    def _doubt(self) -> None:
        self._is_proven = False
        self._taken_db.clear()
        self._recent = []


def _taken_db(ticks: list[tuple[float, float]]) -> float:
    """By how much less is left than was heard."""
    before, after = (sum(column) for column in zip(*ticks, strict=True))
    return 10 * math.log10((before + _NOTHING) / (after + _NOTHING))


def _floats(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, dtype="<i2").astype(np.float64) / 32768
