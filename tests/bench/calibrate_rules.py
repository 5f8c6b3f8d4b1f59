"""What a score of our rules is worth: of the findings of each rule with each score, how many stand on a marked span.

`python -m tests.bench.calibrate_rules SET.jsonl… --prose CORPUS.jsonl…` over sets of texts with every personal span
marked (`models.pii_sets.generate` writes some) and over prose in which names alone are marked: there a mail address, a
handle, a link, an age and a telephone number are not counted, since nobody said whether they are right. A finding is
right where it shares a letter or digit with any mark, of whatever type: whether something is masked is what counts. The
share is estimated as (right + 1) / (all + 2), so that three of three is no certainty. Prints the table of
docs/decisions/0005.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from privacy_assistant.core.detection import Detector
from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns import PatternFinder

Counts = dict[tuple[str, float], tuple[int, int]]
"""(rule, score) → right, all."""


_UNMARKED = frozenset({Kind.EMAIL, Kind.HANDLE, Kind.URL, Kind.PHONE, Kind.AGE})


def measure(rows: Iterable[dict[str, Any]], *, is_raw: bool) -> Counts:
    """Rights and findings of every rule and score over marked texts; a row of prose has "prose".

    `is_raw`: the rules' own scores, not what `core.calibration` makes of them.
    """
    finder: Detector | PatternFinder = PatternFinder() if is_raw else Detector([PatternFinder()])
    counts: dict[tuple[str, float], list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        text = row["text"]
        marks = [(mark["start"], mark["end"]) for mark in row["spans"]]
        for span in finder.find(text).spans:
            if row.get("prose") and span.kind in _UNMARKED:
                continue
            said = range(span.start, span.end)
            is_right = any(text[at].isalnum() and any(s <= at < e for s, e in marks) for at in said)
            entry = counts[span.by, round(span.score, 2)]
            entry[0] += is_right
            entry[1] += 1
    return {key: (right, total) for key, (right, total) in counts.items()}


def expected_error(counts: Counts) -> float:
    """The mean distance between a score and the share that was right, by number of findings."""
    total = sum(n for _, n in counts.values())
    return sum(abs(score - right / n) * n for (_, score), (right, n) in counts.items()) / max(1, total)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="+", type=Path)
    parser.add_argument("--prose", nargs="*", type=Path, default=[])
    given = parser.parse_args()
    rows = [
        json.loads(line) | {"prose": path in given.prose}
        for path in (*given.sets, *given.prose)
        for line in path.read_text(encoding="utf-8").split("\n")
        if line.strip()
    ]
    counts = measure(rows, is_raw=True)
    print("| Rule | Score | Findings | Right | Share |")
    print("|---|---|---|---|---|")
    for (rule, score), (right, total) in sorted(counts.items()):
        print(f"| {rule} | {score:.2f} | {total} | {right} | {(right + 1) / (total + 2):.2f} |")
    after = expected_error(measure(rows, is_raw=False))
    print(f"\n{len(rows)} texts; mean distance of a score from the share that is right: {expected_error(counts):.3f}, ")
    print(f"calibrated {after:.3f}")


if __name__ == "__main__":
    main()
