"""The person's own profile: what is always masked, and what never is. Entries, their limits, the lists they make."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns.listed import fold
from privacy_assistant.core.patterns.variants import WORD
from privacy_assistant.core.patterns.words import words
from privacy_assistant.errors import UsageError, VaultError

SHORTEST = 2
"""Letters or digits that an entry must hold."""

LONGEST = 200
"""Code points of an entry, at most."""

MOST_ENTRIES = 50_000
"""Of both lists together: more than anybody knows people, and still found in the time of a text."""

_ID = re.compile(r"[0-9a-f]{8}")
_HAS_LETTER = re.compile(r"[^\W\d_]")
_NAME = re.compile(r"[^\W\d_][^\W\d_.'’-]*(?:['’.-][^\W\d_]+)*\.?")
_URL = re.compile(r"(?i)(?:[a-z]{3,8}:/{2}|www\.)\S+|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,12}(?:/\S*)?")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_HANDLE = re.compile(r"@[\w.-]{2,}")
_PHONE = re.compile(r"(?:\+|00?)?[\d ()/.-]{7,}")
_STREET = re.compile(
    r"(?i)\b(?:st|street|ave|avenue|rd|road|ln|lane|blvd|boulevard|dr|drive|court|ct|place|pl|square|way|terrace|apt|flat"
    r"|crescent|close|gardens|mews|grove|row|walk|parade|quay|circle|trail|parkway|pkwy|highway|hwy|alley"
    r"|calle|avenida|plaza|paseo|ronda|rue|chemin|impasse|all[ée]e|quai|via|viale|piazza|corso|vicolo|largo|rua"
    r"|travessa|praça|estrada)\b"
    r"|(?:stra(?:ss|ß)e|str\.|weg|gasse|allee|platz|ufer|ring|damm|chaussee|straat|laan|gracht|plein|kade|singel|dreef)(?![^\W\d_])"
)
_POSTCODE = re.compile(r"\b\d{4,5}\b|\b[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[A-Za-z]{2}\b")
_COMPANY = re.compile(
    r"(?i)(?:^|[\s,])(?:inc|ltd|llc|llp|plc|corp|gmbh|ag|kg|ohg|se|bv|b\.v|nv|n\.v|sarl|sas|s\.?a|srl|s\.?r\.?l|spa"
    r"|s\.?p\.?a|ltda|oy|ab|pty|e\.?v|university|hospital|college|school|bank|church|clinic|company|group"
    r"|universit\S{1,4}|klinik\w*|verein)\.?$"
)
_PARTICLES = words("van von der den de del della di da dos das do du des la le el al bin ibn ben ter ten zu y e")
_NO_NAMES = words("the project operation team my our plan secret a an of and for in on at with from to is")
_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of the profile. `is_allowed`: it is never masked, instead of always. `id` is 8 hex digits."""

    id: str
    value: str = field(repr=False)
    kind: Kind
    is_allowed: bool = False

    @property
    def folded(self) -> str:
        """What makes two entries of a list the same."""
        return fold(self.value)

    def as_payload(self) -> dict[str, Any]:
        """As it is kept, sealed."""
        return {"id": self.id, "value": self.value, "kind": str(self.kind), "allow": self.is_allowed}


@dataclass(frozen=True, slots=True)
class Lists:
    """What the finder is given: values that are always masked, with their kinds, and values that never are."""

    deny: tuple[tuple[str, Kind], ...] = field(default=(), repr=False)
    allow: tuple[str, ...] = field(default=(), repr=False)

    def __bool__(self) -> bool:
        return bool(self.deny or self.allow)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks to be listed; without a kind it is guessed. Not checked yet."""

    value: str = field(repr=False)
    kind: Kind | None = None


def checked(wish: Wish, *, place: str = "") -> tuple[str, Kind]:
    """The value as it is kept, and its kind.

    `place` says where it stood ("line 3"). Raises UsageError when it is empty, too short, too long or no text.
    """
    where = f"{place}: " if place else ""
    value = " ".join(wish.value.split())
    if not value:
        raise UsageError(f"{where}an entry of the profile is empty", hint='privacy-assistant profile add "Ann Lee"')
    if len(value) > LONGEST:
        raise UsageError(
            f"{where}an entry of the profile is longer than {LONGEST} characters", hint="add its parts one by one"
        )
    if any(unicodedata.category(char) in ("Cc", "Cs", "Cn") for char in value):
        raise UsageError(f"{where}an entry of the profile is not plain text", hint="leave control characters out")
    if sum(char.isalnum() for char in value) < SHORTEST or not WORD.search(fold(value)):
        raise UsageError(
            f"{where}an entry of the profile needs {SHORTEST} letters or digits",
            hint="a single letter would be masked everywhere",
        )
    return value, wish.kind or guess_kind(value)


def guess_kind(value: str) -> Kind:
    """The kind of a value that nobody named: by its form; a few capitalised words are a name, the rest is OTHER."""
    value = value.strip()
    for form, kind in ((_EMAIL, Kind.EMAIL), (_HANDLE, Kind.HANDLE), (_URL, Kind.URL)):
        if form.fullmatch(value) and _HAS_LETTER.search(value):
            return kind
    if not _HAS_LETTER.search(value):
        return Kind.PHONE if _PHONE.fullmatch(value) and sum(map(str.isdigit, value)) >= 7 else Kind.OTHER
    has_digit = any(char.isdigit() for char in value)
    if has_digit:
        return Kind.ADDRESS if _STREET.search(value) or ("," in value and _POSTCODE.search(value)) else Kind.OTHER
    if _COMPANY.search(value):
        return Kind.ORG
    if _STREET.search(value) and "," in value:
        return Kind.ADDRESS
    parts = value.replace(",", " ").split()
    names = [part for part in parts if part.casefold() not in _PARTICLES]
    is_name = (
        0 < len(names) <= _MOST_NAMES
        and all(_NAME.fullmatch(part) and not part[0].islower() for part in names)
        and not any(part.casefold() in _NO_NAMES for part in parts)
    )
    return Kind.PERSON if is_name else Kind.OTHER


def lists_of(entries: Iterable[Entry]) -> Lists:
    """The lists that these entries make."""
    deny, allow = [], []
    for entry in entries:
        if entry.is_allowed:
            allow.append(entry.value)
        else:
            deny.append((entry.value, entry.kind))
    return Lists(tuple(deny), tuple(allow))


def read_payload(payload: Mapping[str, Any]) -> list[Entry]:
    """The entries of what was kept. Raises VaultError for a form that this version does not know."""
    try:
        if payload["v"] != 1:
            raise ValueError
        return [
            Entry(str(row["id"]), str(row["value"]), Kind(row["kind"]), bool(row["allow"]))
            for row in payload["entries"]
        ]
    except (KeyError, TypeError, ValueError):
        raise VaultError("the profile was written by another version", hint="use the newest version") from None


def write_payload(entries: Sequence[Entry]) -> dict[str, Any]:
    """The form in which entries are kept."""
    return {"v": 1, "entries": [entry.as_payload() for entry in entries]}


def matching(entries: Iterable[Entry], wanted: str) -> list[Entry]:
    """The entries that an id or a value names; a value in any case and spacing."""
    if _ID.fullmatch(wanted):
        by_id = [entry for entry in entries if entry.id == wanted]
        if by_id:
            return by_id
    folded = fold(wanted)
    return [entry for entry in entries if folded and entry.folded == folded]


def read_lines(text: str) -> list[tuple[int, Wish]]:
    """One value a line, with the number of its line; blank lines and lines that begin with # say nothing."""
    lines = ((number, line.strip()) for number, line in enumerate(text.splitlines(), start=1))
    return [(number, Wish(line)) for number, line in lines if line and not line.startswith("#")]
