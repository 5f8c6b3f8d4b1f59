"""The one list of kinds of personal data, shared by policy, findings, tokens and tests."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a found span is. The names stand in policies and tokens."""

    PERSON = "PERSON"
    LOCATION = "LOCATION"
    ORG = "ORG"
    ADDRESS = "ADDRESS"
    ZIP = "ZIP"
    EMAIL = "EMAIL"
    PHONE = "PHONE"
    CARD = "CARD"
    IBAN = "IBAN"
    ACCOUNT = "ACCOUNT"
    SSN = "SSN"
    NATID = "NATID"
    TAXID = "TAXID"
    PASSPORT = "PASSPORT"
    DRIVER = "DRIVER"
    IP = "IP"
    MAC = "MAC"
    URL = "URL"
    HANDLE = "HANDLE"
    PATH = "PATH"
    WALLET = "WALLET"
    COORD = "COORD"
    DOB = "DOB"
    AGE = "AGE"
    VIN = "VIN"
    PLATE = "PLATE"
    KEY = "KEY"
    PASSWORD = "PASSWORD"  # noqa: S105 - the name of a kind, not a password
    OTHER = "OTHER"


class Topic(StrEnum):
    """Classes of what a text is about. A verdict, never a mask."""

    HEALTH = "health"
    LEGAL = "legal"
    SEXUAL = "sexual"
    POLITICAL = "political"


CLASSES: dict[str, frozenset[Kind]] = {
    "credential": frozenset({Kind.KEY, Kind.PASSWORD}),
    "government": frozenset({Kind.SSN, Kind.NATID, Kind.TAXID, Kind.PASSPORT, Kind.DRIVER}),
    "name": frozenset({Kind.PERSON, Kind.LOCATION, Kind.ORG}),
}
"""Class names a policy may use for several kinds at once."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Where something personal stands, and of what kind; never the value itself.

    `start` and `end` are Unicode code points of the text searched, half-open. `score` is 0..1; rules with a
    checksum give 1.0. `by` names what found it, e.g. "rule:card" or "profile".
    """

    start: int
    end: int
    kind: Kind
    score: float = 1.0
    by: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """All findings of one text, sorted, not overlapping, with the topics it touches."""

    spans: tuple[Finding, ...] = ()
    topics: frozenset[Topic] = frozenset()

    def counts(self) -> dict[str, int]:
        """How many of each kind, and 1 for each topic; sorted by name, safe to log and store."""
        return count([self])


def count(many: Iterable[Findings]) -> dict[str, int]:
    """Sum the counts of several findings (an utterance and its context)."""
    total: dict[str, int] = {}
    for findings in many:
        for span in findings.spans:
            total[span.kind.value] = total.get(span.kind.value, 0) + 1
        for topic in findings.topics:
            total[topic.value] = total.get(topic.value, 0) + 1
    return dict(sorted(total.items()))
