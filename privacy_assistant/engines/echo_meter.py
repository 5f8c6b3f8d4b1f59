"""How well the echo is taken out, measured while the assistant speaks as it always does.

What is heard holds the echo of what is played, and perhaps somebody who speaks over it. To compare the energy before
and after cancelling would take that person for echo that was left. So the loudness of what was played is compared
with the loudness before and after, in steps of 10 ms over some seconds: the slope of the regression on it is the
echo's share, as nobody speaks in step with the loudspeaker. The ratio of the two slopes is the echo return loss
enhancement (ERLE, ITU-T G.168) in dB. Where what is heard does not follow what was played (headphones, no
loudspeaker), there is no echo and nothing to be judged.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from privacy_assistant.core.sound import TICKS_PER_SECOND

POOR_DB = 10.0
"""Below this the voice detector takes our own voice for a person's (measured: tests/bench/bench_front.py)."""

GOOD_AGAIN_DB = 14.0
"""From here on the ear opens again; in between, things stay as they are."""

_WINDOW = 4 * TICKS_PER_SECOND
_LEAST = 3 * TICKS_PER_SECOND // 2
_DELAYS = TICKS_PER_SECOND // 2
"""Half a second between what was given to the card and what comes back covers Bluetooth."""
_STEP = TICKS_PER_SECOND // 2
_AUDIBLE = 30.0
"""Root mean square of a tick (of 32768) from which on it is played: -60 dB."""
_FOLLOWS = 0.75
"""Correlation of loudness from which on what is heard is our echo; two people who speak at once reach 0.6."""
_STILL_FOLLOWS = 0.65
"""The same for what is left, at the delay that is known by then."""
_MOST_DB = 40.0
_POOR_STEPS = 3
_GOOD_STEPS = 4
_SILENT_STEPS = 20

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EchoQuality:
    """What is known about the echo. `erle_db` is None before it was heard; 40 is the most that is told.

    `is_poor`: whoever listens has to be deaf while we speak. `judged` counts the half seconds that it rests on.
    """

    erle_db: float | None
    is_poor: bool
    judged: int


class EchoMeter:
    """Give it the loudness of each 10 ms; it judges each half second of playing, over the last four seconds.

    Poor from three judgements below POOR_DB in a row; no longer poor from four above GOOD_AGAIN_DB in a row, or after
    ten seconds of playing without an echo.
    """

    _since_played: int
    _ticks: int
    _judged: int

    def __init__(self) -> None:
        self.reset()

    @property
    def quality(self) -> EchoQuality:
        """What is known now."""
        return EchoQuality(self._erle_db, self._is_poor, self._judged)

    @property
    def is_echo_on_its_way(self) -> bool:
        """Whether something was played within the last half second."""
        return self._since_played <= _DELAYS

    def note(self, played: float, heard: float, clean: float) -> None:
        """10 ms: the root mean square of the samples of what was played, of what was heard and of what is left."""
        self._rows.append((played, heard, clean))
        self._since_played = 0 if played > _AUDIBLE else self._since_played + 1
        if not self.is_echo_on_its_way:
            return  # Nothing is played, and no echo can be on its way.
        self._ticks += 1
        if self._ticks % _STEP == 0 and len(self._rows) >= _LEAST + _DELAYS:
            self._judge()

    def skip(self) -> None:
        """Sound was lost: what was noted before does not fit what comes. The judgement stays."""
        self._rows.clear()

    def reset(self) -> None:
        """Forget the room."""
        self._rows: deque[tuple[float, float, float]] = deque(maxlen=_WINDOW + _DELAYS)
        self._since_played = _DELAYS + 1
        self._ticks = 0
        self._judged = 0
        self._erle_db: float | None = None
        self._is_poor: bool = False
        self._low = self._high = self._silent = 0

    def _judge(self) -> None:
        erle = _erle(np.array(self._rows))
        if erle is None:
            self._silent += 1
            if self._silent >= _SILENT_STEPS:
                self._is_poor, self._erle_db = False, None
            return
        self._silent = 0
        self._judged += 1
        self._erle_db = erle
        self._low = self._low + 1 if erle < POOR_DB else 0
        self._high = self._high + 1 if erle >= GOOD_AGAIN_DB else 0
        if self._low >= _POOR_STEPS:
            self._is_poor = True
        elif self._high >= _GOOD_STEPS:
            self._is_poor = False


def _erle(rows: Numbers) -> float | None:
    """dB by which the echo is less after cancelling, None where none is heard."""
    played, heard, clean = rows[:, 0], rows[_DELAYS:, 1], rows[_DELAYS:, 2]
    size = len(heard)
    # Row d of `late` is what was played d ticks before what was heard.
    late = np.lib.stride_tricks.sliding_window_view(played, size)[::-1]
    late = late - late.mean(axis=1, keepdims=True)
    spread = np.sqrt((late * late).sum(axis=1))
    heard = heard - heard.mean()
    loud = math.sqrt(float(heard @ heard))
    if loud == 0.0 or not (spread > _AUDIBLE).any():
        return None
    follows = (late @ heard) / (np.maximum(spread, 1.0) * loud)
    best = int(follows.argmax())
    if follows[best] < _FOLLOWS:
        return None
    before = float(late[best] @ heard)
    clean = clean - clean.mean()
    after = float(late[best] @ clean)
    if after < _STILL_FOLLOWS * spread[best] * math.sqrt(float(clean @ clean)) and after > before * 10 ** (
        -POOR_DB / 20
    ):
        return None  # What is left is louder than a good echo's rest, and is somebody else.
    return 20 * math.log10(before / max(after, before * 10 ** (-_MOST_DB / 20)))
