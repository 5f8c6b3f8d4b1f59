"""What we set out to reach, and whether the figures of a run reach it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from privacy_assistant.app.benches.scoring import Score, Tally

NAMES = frozenset({"PERSON", "LOCATION", "ORG"})
ADDRESSES = frozenset({"ADDRESS"})
CHECKED = frozenset({"CARD", "IBAN"})
"""Types whose last digits prove the others."""
STRUCTURED = CHECKED | {"PHONE", "SSN", "IP", "EMAIL", "DRIVER_LICENSE", "DRIVER", "PASSPORT", "TAXID", "NATID", "MAC"}
IDENTIFIERS = {"ids": 1.0, "ids_nocontext": 5.0}
"""The sets of identifiers alone, with and without a word that names them: the most that may leak, in per cent."""

NEVER_SAID = ("KEY_", "JWT", "BTC", "ETH", "PASSWORD", "PATH", "URL")
"""What nobody reads aloud, by the beginning of its type; in speech its upper and lower case are lost."""

NOT_MEASURED = (
    "PUPA units and SLURP names and places are measured on sets that are not handed out (goals 5 and 6)",
    "restoring is held by tests and by `make fuzz`; what a server receives by the tests of the door (goal 9)",
)


@dataclass(frozen=True, slots=True)
class Goal:
    """One line of the list: a figure and its limit. `is_reached` is None where there was nothing to measure."""

    what: str
    limit: float
    unit: str
    measured: float | None
    is_least: bool = False

    @property
    def is_reached(self) -> bool | None:
        """Whether the figure is within the limit."""
        if self.measured is None:
            return None
        return self.measured >= self.limit if self.is_least else self.measured <= self.limit


Scores = Mapping[tuple[str, str], Score]
"""Scores by name of the set and view."""


def goals_of(scores: Scores) -> Iterator[Goal]:
    """The goals that a run over these sets can speak about, one for each set and view that holds something for it."""
    for (name, view), result in scores.items():
        where = f"({name}, {view})"
        if name in IDENTIFIERS:
            if view == "speech":
                said = {kind for kind in result.by_type if not kind.startswith(NEVER_SAID)}
                yield from _if_any(f"1 identifiers that are said leaked {where}", 2.0, result.leak_of(said))
            if view == "cased":
                yield Goal(f"2 identifiers leaked {where}", IDENTIFIERS[name], "%", result.leaks.percent)
                yield Goal(f"10 over on identifiers {where}", 5.0, "%", result.over.percent)
            continue
        structured, checked = result.leak_of(STRUCTURED), result.leak_of(CHECKED)
        yield from _if_any(f"1 structured data leaked {where}", 2.0 if view == "speech" else 0.5, structured)
        if view != "speech":
            yield from _if_any(f"1 numbers with a checksum leaked {where}", 0.0, checked)
        names = result.leak_of(NAMES)
        if names.n:
            yield Goal(f"3 names leaked {where}", 3.0 if view == "cased" else 6.0, "%", names.percent)
            yield Goal(f"3 over {where}", 3.0, "%", result.over.percent)
        if view == "cased":
            yield from _if_any(f"8 texts free of personal data touched {where}", 5.0, result.over_docs)
            yield from _if_any(f"10 addresses leaked {where}", 5.0, result.leak_of(ADDRESSES))


def _if_any(what: str, limit: float, tally: Tally) -> Iterator[Goal]:
    if tally.n:
        yield Goal(what, limit, "%", tally.percent)


def goals_of_f2(f2: Mapping[str, Mapping[str, float]]) -> Iterator[Goal]:
    """Goal 4, on the set that Microsoft's metric was made for, by words."""
    for name, figures in f2.items():
        if "presidio" in name:
            figure = figures.get("token")
            yield Goal(
                f"4 Microsoft's PII F2 ({name}, cased)", 80.0, "", None if figure is None else round(figure, 1), True
            )


def goals_of_speed(p95: float, whole_p95: float, small: float, large: float, start: float | None) -> Iterator[Goal]:
    """Goal 7: milliseconds per 300 characters, found and redacted, and for 10 and 100 kB; seconds of a cold start."""
    yield Goal("7 p95 per 300 characters, found", 10.0, "ms", round(p95, 2))
    yield Goal("7 p95 per 300 characters, redacted", 10.0, "ms", round(whole_p95, 2))
    yield Goal("7 100 kB against 10 kB, times", 15.0, "", round(large / small, 1) if small else None)
    yield Goal("7 cold start to the first line", 0.5, "s", None if start is None else round(start, 2))
