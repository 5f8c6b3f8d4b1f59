"""How long to wait for somebody who fell silent, before taking what they said for all of it.

The surer the detectors are that a sentence is over, the shorter the wait; the longer somebody's own pauses are, the
longer. How long those are is learned as a quantile by stochastic approximation (Robbins and Monro 1951): each pause
moves the estimate up by nine parts where it was longer and down by one where it was shorter, so that it settles where
nine pauses in ten are shorter. A pause that we cut in two is never seen as one; it counts as a long one, twice.
Pure: seconds come as arguments.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise

SHORTEST = 0.2
"""Seconds: the silence that ends a piece of speech at all (`endpointing.SOFT_END`)."""

LONGEST = 2.5
"""Seconds that nobody is kept waiting longer than."""

LONG_MODE = 1.6
"""Seconds at least while somebody reads out a number, spells or dictates: their pauses are part of it."""

UNJUDGED = 0.8
"""Seconds where no detector says anything."""

TYPICAL_PAUSE = 0.9
"""Seconds that nine in ten of a person's pauses are thought to be shorter than, until they were heard."""

KNOTS = ((0.0, 2.3), (0.2, 1.8), (0.6, 1.65), (0.75, 0.4), (0.9, 0.25), (1.0, 0.2))
"""How complete it sounds, and the seconds to wait then; straight lines between. Chosen as docs/endpointing.md says."""

_SHARE = 0.9
_FIRST_STEP = 0.15
_LAST_STEP = 0.04
_STRETCH = (0.75, 1.6)
_PAUSES = (0.2, 3.0)
_VERSION = 1


class Patience:
    """One person's. Changes as their pauses are told to it; the endpointer tells it, nobody else need."""

    def __init__(self, knots: tuple[tuple[float, float], ...] = KNOTS, *, unjudged: float = UNJUDGED) -> None:
        self._knots = knots
        self._unjudged = unjudged
        self._pause = TYPICAL_PAUSE
        self._seen = 0
        self._cuts = 0

    @property
    def stretch(self) -> float:
        """What every wait is multiplied by: 1 for somebody nothing is known of."""
        return min(max(self._pause / TYPICAL_PAUSE, _STRETCH[0]), _STRETCH[1])

    def wait(self, complete: float | None, *, is_long: bool = False) -> float:
        """Seconds of silence, 0.2 to 2.5, after which the turn is over; never longer for a higher `complete` (0..1).

        None: nobody judged. `is_long`: a number, a name letter by letter, a dictation is going on.
        """
        seconds = self._unjudged if complete is None or math.isnan(complete) else _line(self._knots, complete)
        seconds *= self.stretch
        if is_long:
            seconds = max(seconds, LONG_MODE)
        return min(max(seconds, SHORTEST), LONGEST)

    def observe_pause(self, seconds: float) -> None:
        """A pause after which they went on within their turn."""
        if math.isnan(seconds):
            return
        self._move(_SHARE if min(max(seconds, _PAUSES[0]), _PAUSES[1]) > self._pause else _SHARE - 1)
        self._seen += 1

    def observe_cut(self) -> None:
        """They went on shortly after their turn had been taken for over: we were too quick."""
        self._move(2 * _SHARE)
        self._cuts += 1

    def to_payload(self) -> dict[str, float | int]:
        """What is worth keeping: three figures, no content."""
        return {"version": _VERSION, "pause_s": self._pause, "pauses": self._seen, "cuts": self._cuts}

    @classmethod
    def from_payload(cls, untrusted: Mapping[str, object]) -> Patience:
        """As it was kept. What is malformed, or of another version, is as if nothing were known."""
        patience = cls()
        pause, seen, cuts = (untrusted.get(key) for key in ("pause_s", "pauses", "cuts"))
        if untrusted.get("version") != _VERSION or isinstance(pause, bool) or not isinstance(pause, float | int):
            return patience
        if not _is_count(seen) or not _is_count(cuts) or not _PAUSES[0] <= pause <= _PAUSES[1]:
            return patience
        patience._pause = float(pause)
        patience._seen = seen if isinstance(seen, int) else 0
        patience._cuts = cuts if isinstance(cuts, int) else 0
        return patience

    def _move(self, by: float) -> None:
        step = max(_FIRST_STEP / (1 + (self._seen + self._cuts) / 5), _LAST_STEP)
        self._pause = min(max(self._pause * math.exp(step * by), _PAUSES[0]), _PAUSES[1])


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _line(knots: tuple[tuple[float, float], ...], complete: float) -> float:
    if complete <= knots[0][0]:
        return knots[0][1]
    for (left, high), (right, low) in pairwise(knots):
        if complete <= right:
            return high + (low - high) * (complete - left) / (right - left)
    return knots[-1][1]
