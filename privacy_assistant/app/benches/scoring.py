"""How much of what is marked stays readable, and how much else is masked.

Letters and digits alone are counted, so blanks and commas inside a span neither help nor hurt. A span *leaks* when one
readable letter or digit is left of it, whatever its type was taken for; it is *missed* when nothing of it is masked.
Masking a span of a type in `DONT_CARE` is neither reward nor fault.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from privacy_assistant.app.benches.marked import MarkedText

DONT_CARE = frozenset({"DATE_TIME", "NRP", "TITLE", "AGE", "URL", "DATE", "OTHER", "OTHER_NE", "MISC"})
ALIAS = {
    "EMAIL_ADDRESS": "EMAIL",
    "PHONE_NUMBER": "PHONE",
    "CREDIT_CARD": "CARD",
    "IBAN_CODE": "IBAN",
    "US_SSN": "SSN",
    "IP_ADDRESS": "IP",
    "DOMAIN_NAME": "URL",
    "GPE": "LOCATION",
    "LOC": "LOCATION",
    "FAC": "LOCATION",
    "STREET_ADDRESS": "ADDRESS",
    "ORGANIZATION": "ORG",
    "ZIP_CODE": "ZIP",
    "PER": "PERSON",
}
"""Names that other sets give to the same type."""

Span = tuple[int, int]
"""Start and end in code points, half-open."""


@dataclass(slots=True)
class Tally:
    """How many there were, and how many of them it happened to."""

    n: int = 0
    hits: int = 0

    def add(self, hits: int, n: int = 1) -> None:
        """Count n more, of which it happened to so many."""
        self.n += n
        self.hits += hits

    @property
    def percent(self) -> float | None:
        """The share in per cent, to two places; None where there was nothing."""
        return round(100 * self.hits / self.n, 2) if self.n else None


@dataclass(slots=True)
class Score:
    """What one finder did on one set.

    `leaks` and `misses` count spans, `doc_leaks` texts with a leak among those that hold something personal, `over`
    masked characters outside of every mark, `over_docs` touched texts among those without any mark.
    """

    texts: int = 0
    leaks: Tally = field(default_factory=Tally)
    misses: Tally = field(default_factory=Tally)
    doc_leaks: Tally = field(default_factory=Tally)
    over: Tally = field(default_factory=Tally)
    over_docs: Tally = field(default_factory=Tally)
    by_type: dict[str, Tally] = field(default_factory=dict)

    def leak_of(self, types: Collection[str]) -> Tally:
        """Spans of these types, and how many of them leaked."""
        total = Tally()
        for name, tally in self.by_type.items():
            if name in types:
                total.add(tally.hits, tally.n)
        return total

    def to_json(self) -> dict[str, Any]:
        """Per cent to two places; None where there was nothing to count."""
        return {
            "texts": self.texts,
            "spans": self.leaks.n,
            "leak_spans": self.leaks.percent,
            "miss_spans": self.misses.percent,
            "doc_leak": self.doc_leaks.percent,
            "over": self.over.percent,
            "over_docs": self.over_docs.percent,
            "by_type": {
                name: {"n": tally.n, "leak": tally.percent}
                for name, tally in sorted(self.by_type.items(), key=lambda item: -item[1].n)
            },
        }


def score(texts: Sequence[MarkedText], found: Sequence[Iterable[Span]]) -> Score:
    """Compare the marks of each text with what was found in it. Raises ValueError when the two differ in length."""
    result = Score(texts=len(texts))
    for marked, spans in zip(texts, found, strict=True):
        _count(result, marked, spans, ALIAS)
    return result


def _count(result: Score, marked: MarkedText, spans: Iterable[Span], alias: Mapping[str, str]) -> None:
    text = marked.text
    letters = bytes(map(str.isalnum, text))
    masked = _cover(len(text), spans)
    personal = _cover(len(text), ((mark.start, mark.end) for mark in marked.marks))
    readable = bytes(a & ~b & 1 for a, b in zip(letters, masked, strict=True))
    has_wanted = has_leak = False
    for mark in marked.marks:
        kind = alias.get(mark.type, mark.type)
        if kind in DONT_CARE:
            continue
        has_wanted = True
        cells = letters[mark.start : mark.end].count(1)
        if not cells:
            continue
        left = readable[mark.start : mark.end].count(1)
        result.leaks.add(left > 0)
        result.misses.add(left == cells)
        result.by_type.setdefault(kind, Tally()).add(left > 0)
        has_leak |= left > 0
    if has_wanted:
        result.doc_leaks.add(has_leak)
    if not marked.marks:
        result.over_docs.add(any(masked))
    clean = [a and not b for a, b in zip(letters, personal, strict=True)]
    result.over.add(sum(c and m for c, m in zip(clean, masked, strict=True)), sum(clean))


def _cover(length: int, spans: Iterable[Span]) -> bytearray:
    """One byte per character: 1 where a span stands."""
    cells = bytearray(length)
    for start, end in spans:
        start, end = max(0, start), min(length, end)
        if end > start:
            cells[start:end] = b"\1" * (end - start)
    return cells
