"""Leak and over by words, for development; the figures of the README are made by characters, through `redact`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

THRESHOLDS = (0.5, 0.3, 0.15)


def figures(gold: Sequence[npt.NDArray[np.int8]], personal: Sequence[npt.NDArray[np.float32]]) -> dict[str, float]:
    """For each threshold: % of gold spans with a readable word, % of other words masked, % of clean texts touched."""
    found: dict[str, float] = {"spans": float(sum(int(((row > 0) & (row % 2 == 1)).sum()) for row in gold))}
    for threshold in THRESHOLDS:
        spans = leaked = clean = masked = free = touched = 0
        for row, chance in zip(gold, personal, strict=True):
            seen = chance >= threshold
            begins = np.flatnonzero((row > 0) & (row % 2 == 1))
            for begin in begins:
                end = begin + 1
                while end < len(row) and row[end] > 0 and row[end] % 2 == 0:
                    end += 1
                spans += 1
                leaked += not seen[begin:end].all()
            clean += int((row == 0).sum())
            masked += int(seen[row == 0].sum())
            if not (row > 0).any():
                free += 1
                touched += bool(seen[row == 0].any())
        found[f"leak@{threshold}"] = round(100 * leaked / max(1, spans), 1)
        found[f"over@{threshold}"] = round(100 * masked / max(1, clean), 2)
        found[f"touched@{threshold}"] = round(100 * touched / max(1, free), 1)
    return found
