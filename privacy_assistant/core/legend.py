"""What the placeholders of one conversation stand for.

Each placeholder stands for exactly one string, so that putting back is exact. Spellings of one value ("4111 1111…"
and "41111111…", "john" and "John", "John Smith" and "Smith") share a number and differ in a letter. A number is never
used twice.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from privacy_assistant.core import placeholder
from privacy_assistant.core.kinds import CLASSES, Finding, Kind
from privacy_assistant.errors import EgressDenied, RecordTampered

TAG_BYTES = 2
"""How many random bytes a tag is made of (15 bits of them are used)."""

_VERSION = 1
_TAG = re.compile(r"[A-Z2-7]{3}")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_LAST_NUMBER = 999_999
_SHORTEST_KNOWN = 3
_WORD = re.compile(r"[^\W_]+")
_CLOSEST = 32
_NAMES = CLASSES["name"]
_BY_WORDS = _NAMES | {Kind.ADDRESS, Kind.OTHER, Kind.PASSWORD, Kind.KEY, Kind.PATH, Kind.URL, Kind.WALLET, Kind.HANDLE}
_TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "prof",
        "sir",
        "madam",
        "herr",
        "frau",
        "monsieur",
        "madame",
        "señor",
        "señora",
    ]
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One placeholder and the string it stands for. `is_restorable` is false for what only the system text holds."""

    kind: Kind
    number: str
    original: str = field(repr=False)
    is_restorable: bool = True


class Legend:
    """Placeholder ↔ original, for one conversation. Grows by `add`, never shrinks; sealed with the conversation.

    Not safe for use from several threads at once.
    """

    def __init__(self, tag: str) -> None:
        if not _TAG.fullmatch(tag):
            raise ValueError("a tag is three base32 letters")
        self._tag = tag
        self._entries: list[Entry] = []
        self._by_number: dict[str, Entry] = {}
        self._by_value: dict[tuple[str, bool], Entry] = {}
        self._groups: list[list[Entry]] = []
        self._by_canon: dict[tuple[str, bool], int] = {}
        self._by_word: dict[tuple[str, bool], list[int]] = {}
        self._anchors: dict[str, dict[tuple[int, int], dict[str, list[tuple[str, Kind, bool]]]]] = {}

    @classmethod
    def new(cls, random_bytes: bytes) -> Legend:
        """An empty legend whose tag comes from at least TAG_BYTES random bytes, which the caller draws."""
        if len(random_bytes) < TAG_BYTES:
            raise ValueError("a tag needs two random bytes")
        return cls(base64.b32encode(random_bytes[:TAG_BYTES] + b"\0\0\0")[:3].decode("ascii"))

    @property
    def tag(self) -> str:
        """The three letters that belong to this conversation."""
        return self._tag

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __repr__(self) -> str:
        return f"Legend(tag={self._tag!r}, {len(self._entries)} entries)"

    def write(self, entry: Entry) -> str:
        """How an entry is written."""
        return placeholder.write(entry.kind, self._tag, entry.number)

    def recogniser(self, *, of_any_kind: bool = False) -> placeholder.Recogniser:
        """What finds this legend's placeholders as it stands now, or, `of_any_kind`, all it may ever have."""
        if of_any_kind:
            return placeholder.Recogniser(self._tag)
        longest = max((len(self.write(entry)) for entry in self._entries), default=0)
        return placeholder.Recogniser(self._tag, {entry.kind for entry in self._entries}, longest=longest)

    def resolve(self, found: placeholder.Placeholder) -> Entry | None:
        """The restorable entry a recognised placeholder names; None for one that nobody wrote.

        Another kind's name with this number is not it (a model that invents ⟦EMAIL…1⟧ beside ⟦PERSON…1⟧); a word
        that is no kind is taken for a translation.
        """
        entry = self._by_number.get(found.number)
        if entry is None or not entry.is_restorable:
            return None
        if found.kind != entry.kind.value.casefold() and placeholder.is_kind(found.kind):
            return None
        return entry

    def add(self, original: str, kind: Kind, *, is_restorable: bool = True) -> Entry:
        """The entry of this exact string, a new one if there is none. The first kind it was found as stays."""
        known = self._by_value.get((original, is_restorable))
        if known is not None:
            return known
        group = self._group_of(original, kind, is_restorable)
        if group is None:
            if len(self._groups) >= _LAST_NUMBER:
                raise EgressDenied(
                    "This conversation has too many personal values to redact.",
                    hint="Start a new conversation.",
                    rule="redaction:legend",
                )
            self._groups.append([])
            group = len(self._groups) - 1
        spellings = self._groups[group]
        letter = _LETTERS[len(spellings)] if spellings else ""
        return self._enter(Entry(kind, f"{group + 1}{letter}", original, is_restorable), group)

    def known(self, text: str, *, with_parts: bool = True) -> list[Finding]:
        """Where originals of this legend stand in a text as whole words, whatever any finder says.

        Values of several words or with digits in any case, a single word in exactly its case; nothing shorter than
        three code points. `with_parts`: also the capitalised words of a name ("Smith" of "John Smith").
        """
        if not self._anchors:
            return []
        folded = _fold(text)
        found = []
        for word in _WORD.finditer(folded):
            places = self._anchors.get(word.group())
            if places is None:
                continue
            for (offset, length), values in places.items():
                start, end = word.start() - offset, word.start() - offset + length
                if start < 0 or end > len(text) or _is_inside_word(text, start, end):
                    continue
                for exact, kind, is_part in values.get(folded[start:end], ()):
                    if (with_parts or not is_part) and exact in ("", text[start:end]):
                        found.append(Finding(start, end, kind, 1.0, "legend"))
                        break
        return found

    def reveals(self, text: str) -> bool:
        """Whether an original stands in a text: the last look before something leaves."""
        return bool(self.known(text, with_parts=False))

    def to_payload(self) -> dict[str, Any]:
        """Everything, JSON-able, to be sealed. Holds the originals."""
        entries = [[e.kind.value, e.number, e.original, e.is_restorable] for e in self._entries]
        return {"version": _VERSION, "tag": self._tag, "entries": entries}

    @classmethod
    def from_payload(cls, untrusted_payload: Mapping[str, Any]) -> Legend:
        """The legend that `to_payload` gave. Raises RecordTampered for anything else."""
        try:
            if untrusted_payload["version"] != _VERSION:
                raise ValueError
            legend = cls(untrusted_payload["tag"])
            for kind, number, original, is_restorable in untrusted_payload["entries"]:
                group = int(number.rstrip(_LETTERS)) - 1
                entry = Entry(Kind(kind), number, original, is_restorable)
                legend._expect(entry, group)
                legend._enter(entry, group)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise RecordTampered(
                "The stored legend of a conversation cannot be read.",
                hint="Purge that conversation; its redacted copies cannot be restored.",
            ) from None
        return legend

    def _expect(self, entry: Entry, group: int) -> None:
        if not isinstance(entry.original, str) or not isinstance(entry.is_restorable, bool) or group < 0:
            raise TypeError
        if (entry.original, entry.is_restorable) in self._by_value or group > len(self._groups):
            raise ValueError
        if group == len(self._groups):
            self._groups.append([])
        spellings = len(self._groups[group])
        if entry.number != f"{group + 1}{_LETTERS[spellings] if spellings else ''}":
            raise ValueError

    def _enter(self, entry: Entry, group: int) -> Entry:
        self._entries.append(entry)
        self._groups[group].append(entry)
        self._by_number[entry.number] = entry
        self._by_value[entry.original, entry.is_restorable] = entry
        self._by_canon[_canon(entry.original, entry.kind), entry.is_restorable] = group
        if entry.kind is Kind.PERSON:
            for word in set(_name_words(entry.original)):
                groups = self._by_word.setdefault((word, entry.is_restorable), [])
                if not groups or groups[-1] != group:
                    groups.append(group)
        self._anchor(entry)
        return entry

    def _group_of(self, original: str, kind: Kind, is_restorable: bool) -> int | None:
        group = self._by_canon.get((_canon(original, kind), is_restorable))
        if group is None and kind is Kind.PERSON:
            group = self._same_person(original, is_restorable)
        if group is not None and len(self._groups[group]) >= len(_LETTERS):
            return None
        return group

    def _same_person(self, name: str, is_restorable: bool) -> int | None:
        """The one person whose fullest name holds this one, or is held by it; None if there are several."""
        words = _name_words(name)
        wanted = set(words)
        candidates: set[int] = set()
        for word in words:
            candidates.update(self._by_word.get((word, is_restorable), ())[:_CLOSEST])
        fitting = []
        for group in candidates:
            fullest = max((set(_name_words(entry.original)) for entry in self._groups[group]), key=len)
            if wanted <= fullest or fullest <= wanted:
                fitting.append(group)
        return fitting[0] if len(fitting) == 1 else None

    def _anchor(self, entry: Entry) -> None:
        self._anchor_value(entry.original, entry.kind, is_part=False)
        if entry.kind is Kind.PERSON and len(_name_words(entry.original)) > 1:
            for part in _WORD.finditer(entry.original):
                if part.group()[0].isupper() and part.group().casefold() not in _TITLES:
                    self._anchor_value(part.group(), entry.kind, is_part=True)

    def _anchor_value(self, value: str, kind: Kind, *, is_part: bool) -> None:
        folded = _fold(value)
        words = list(_WORD.finditer(folded))
        if not words or len(value) < _SHORTEST_KNOWN:
            return
        longest = max(words, key=lambda word: word.end() - word.start())
        places = self._anchors.setdefault(longest.group(), {})
        values = places.setdefault((longest.start(), len(value)), {})
        exact = value if value.isalpha() else ""
        values.setdefault(folded, []).append((exact, kind, is_part))


def _fold(text: str) -> str:
    """Lower case, each code point for itself, so that offsets stay."""
    folded = text.lower()
    if len(folded) == len(text):
        return folded
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def _is_inside_word(text: str, start: int, end: int) -> bool:
    before = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
    return before or (end < len(text) and text[end].isalnum() and text[end - 1].isalnum())


def _canon(value: str, kind: Kind) -> str:
    """What spellings of one value have in common: letters and digits, or for wordy kinds the words."""
    folded = unicodedata.normalize("NFKC", value).casefold()
    if kind in _BY_WORDS:
        return " ".join(folded.split())
    return "".join(char for char in folded if char.isalnum() or char in "@.+") if kind is Kind.EMAIL else _alnum(folded)


def _alnum(folded: str) -> str:
    return "".join(char for char in folded if char.isalnum()) or folded


def _name_words(name: str) -> list[str]:
    words = _WORD.findall(unicodedata.normalize("NFKC", name).casefold())
    return [word for word in words if word not in _TITLES] or words
