"""Figures of two ways that took turns: least, median and most of each, their difference and ratio."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from privacy_assistant.app.benches.goals import Goal


@dataclass(frozen=True, slots=True)
class Series:
    """Measured values in the order they came; at least one."""

    values: tuple[float, ...] = field(repr=False)

    @property
    def least(self) -> float:
        """The smallest: what the machine can do when nobody disturbs it."""
        return min(self.values)

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.values)

    @property
    def most(self) -> float:
        """The largest."""
        return max(self.values)

    def to_json(self) -> dict[str, float]:
        """For a program, to three places."""
        return {"min": round(self.least, 3), "median": round(self.median, 3), "max": round(self.most, 3)}

    def shown(self) -> str:
        """For a table: the median, and in brackets the least and the most."""
        return f"{_short(self.median)} ({_short(self.least)} to {_short(self.most)})"


@dataclass(frozen=True, slots=True)
class Pair:
    """One thing measured on both sides; `beside` names the other side."""

    what: str
    unit: str
    ours: Series
    other: Series
    beside: str = "bare openai"

    @property
    def difference(self) -> float:
        """Ours less the other, of the medians."""
        return self.ours.median - self.other.median

    @property
    def ratio(self) -> float | None:
        """Ours by the other, of the medians."""
        return self.ours.median / self.other.median if self.other.median else None

    def to_json(self) -> dict[str, Any]:
        """For a program."""
        return {
            "what": self.what,
            "unit": self.unit,
            "ours": self.ours.to_json(),
            self.beside.replace(" ", "_"): self.other.to_json(),
            "difference": round(self.difference, 3),
            "difference_of_minima": round(self.ours.least - self.other.least, 3),
            "ratio": None if self.ratio is None else round(self.ratio, 3),
        }


def series(values: Sequence[float]) -> Series:
    """Raises ValueError for none."""
    if not values:
        raise ValueError("nothing was measured")
    return Series(tuple(values))


def table(pairs: Sequence[Pair]) -> Iterator[str]:
    """A table in Markdown."""
    yield "| median (least to most) | ours | beside it | which is | difference | ratio |"
    yield "|---|---|---|---|---|---|"
    for pair in pairs:
        ratio = "–" if pair.ratio is None else f"{pair.ratio:.2f}"
        difference = f"{pair.difference:+.1f} {pair.unit}"
        cells = [f"{pair.what}, {pair.unit}", pair.ours.shown(), pair.other.shown(), pair.beside, difference, ratio]
        yield f"| {' | '.join(cells)} |"


def goal_lines(goals: Sequence[Goal]) -> Iterator[str]:
    """What we set out to reach, and whether the figures reach it."""
    yield "| goal | limit | measured | |"
    yield "|---|---|---|---|"
    for goal in goals:
        sign = "≥" if goal.is_least else "≤"
        mark = {True: "reached", False: "FELL SHORT", None: "not measured"}[goal.is_reached]
        measured = "–" if goal.measured is None else f"{goal.measured:g} {goal.unit}".strip()
        yield f"| {goal.what} | {sign} {f'{goal.limit:g} {goal.unit}'.strip()} | {measured} | {mark} |"


def alternating(rounds: int) -> Iterator[bool]:
    """Who comes first in each round: ours, then the other, then the other, then ours, ..."""
    for number in range(rounds):
        yield number % 2 == 0


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"
