"""Milliseconds for a usual length of text, and how they grow with it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from privacy_assistant.ports import Finder

PIECE = 300
"""Code points: the length of text for which latencies are given."""


def pieces_of(texts: Iterable[str], most: int = 400) -> list[str]:
    """The texts put behind one another and cut into pieces of 300 code points, at most so many, spread evenly."""
    whole = "\n".join(texts)
    cut = [whole[at : at + PIECE] for at in range(0, len(whole) - PIECE + 1, PIECE)] or [whole]
    step = max(1, len(cut) // most)
    return cut[::step][:most]


def milliseconds(finder: Finder, text: str) -> float:
    """How long one search takes."""
    begin = time.perf_counter()
    finder.find(text)
    return (time.perf_counter() - begin) * 1000


def quantile(times: Sequence[float], share: float) -> float:
    """The value below which this share of the times lies (nearest rank)."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def growth(finder: Finder, texts: Iterable[str], small: int = 10_000) -> tuple[float, float]:
    """Milliseconds for 10 kB of these texts and for ten times as much: (best of three, best of two)."""
    whole = "\n".join(texts)
    large = (whole * (10 * small // max(1, len(whole)) + 1))[: 10 * small]
    return (
        min(milliseconds(finder, large[:small]) for _ in range(3)),
        min(milliseconds(finder, large) for _ in range(2)),
    )
