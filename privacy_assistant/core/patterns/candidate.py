"""What a rule proposes, and how overlapping proposals become one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from privacy_assistant.core.kinds import Finding, Kind
from privacy_assistant.core.patterns.views import View

_RANK = {
    kind: rank
    for rank, kinds in enumerate(
        (
            (Kind.PASSWORD, Kind.KEY),
            (Kind.SSN, Kind.NATID, Kind.TAXID, Kind.PASSPORT, Kind.DRIVER),
            (Kind.CARD, Kind.IBAN, Kind.WALLET, Kind.VIN),
            (Kind.EMAIL,),
        )
    )
    for kind in kinds
}
_LAST = 9
_SURE = 0.8
_GUESS = "ner"
_TOLD_BY_A_MODEL = frozenset({Kind.PERSON, Kind.LOCATION, Kind.ORG, Kind.ADDRESS, Kind.ZIP, Kind.AGE, Kind.OTHER})
"""Kinds that a model tells as well as a rule; a telephone number that it takes for an address is one all the same."""


def _rank(finding: Finding) -> int:
    return _RANK.get(finding.kind, _LAST) if finding.score >= _SURE else _LAST


def _is_proven(finding: Finding) -> bool:
    is_rule = not finding.by.startswith(_GUESS)
    return is_rule and finding.kind not in _TOLD_BY_A_MODEL and finding.score >= _SURE


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span of a view. `by` names the rule."""

    start: int
    end: int
    kind: Kind
    score: float
    by: str

    def finding(self, view: View) -> Finding:
        """The same in the code points of the original text."""
        start, end = view.origin(self.start, self.end)
        return Finding(start, end, self.kind, self.score, self.by)


def settle(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sorted and free of overlaps: those that overlap become one that covers them all.

    Its kind is the gravest sure one's (a credential inside a URL must count as a credential), else that of a number or
    address of a network that a rule is sure of and that is most of it, else the surest one's, else the longest one's.
    Nothing that any rule found stays uncovered.
    """
    settled: list[Finding] = []
    cluster: list[Finding] = []
    end = -1

    def close() -> None:
        if not cluster:
            return
        most = (end - cluster[0].start) / 2
        rival = any(f.by.startswith(_GUESS) for f in cluster)
        best = min(
            cluster,
            key=lambda f: (
                _rank(f),
                f.by != "profile",
                not (rival and _is_proven(f) and f.end - f.start >= most),
                -f.score,
                f.start - f.end,
            ),
        )
        settled.append(Finding(cluster[0].start, end, best.kind, best.score, best.by))

    for finding in sorted(findings, key=lambda f: (f.start, -f.end)):
        if cluster and finding.start >= end:
            close()
            cluster = []
        cluster.append(finding)
        end = max(end, finding.end)
    close()
    return tuple(settled)
