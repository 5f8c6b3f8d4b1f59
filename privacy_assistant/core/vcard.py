"""Contacts from vCard files, versions 2.1, 3.0 and 4.0 (RFC 2426, RFC 6350): what of them is to be masked."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.profile import Wish
from privacy_assistant.errors import UsageError

_BEGIN = re.compile(r"(?im)^\s*BEGIN[ \t]*:[ \t]*VCARD[ \t]*\r?$")
_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_QUOTED_PRINTABLE = "QUOTED-PRINTABLE"
_STREET, _EXTENDED, _TOWN, _REGION, _CODE = 2, 1, 3, 4, 5


@dataclass(frozen=True, slots=True)
class _Property:
    """One line of a card, decoded but not split into its components."""

    name: str
    text: str = field(repr=False)

    def components(self, mark: str = ";") -> list[str]:
        """The parts between unescaped marks, unescaped."""
        parts = re.split(rf"(?<!\\){mark}", self.text)
        return [_unescaped(part).strip() for part in parts]


def is_vcard(text: str) -> bool:
    """Whether a text is a file of contacts."""
    return _BEGIN.search(text) is not None


def read_vcard(text: str) -> list[Wish]:
    """Names, nicknames, telephone numbers, addresses and mail addresses of every card, in order.

    The company of a person is left out: it would be masked in every question about it. The country of an address is
    left out too. Raises UsageError when the text holds no card that can be read.
    """
    wishes: list[Wish] = []
    for card in _cards(text):
        wishes += _wishes(card)
    if not wishes:
        raise UsageError("there is no contact in this file", hint="export contacts as vCard (.vcf)")
    return wishes


def _cards(text: str) -> Iterator[list[_Property]]:
    card: list[_Property] | None = None
    for line in _unfolded(text):
        head, colon, rest = _divided(line)
        if not colon:
            continue
        name, *params = head.split(";")
        name = name.rpartition(".")[2].strip().upper()
        if name == "BEGIN" and rest.strip().upper() == "VCARD":
            if card:
                yield card
            card = []
        elif name == "END" and card is not None:
            yield card
            card = None
        elif card is not None:
            card.append(_Property(name, _decoded(rest, [param.strip().upper() for param in params])))
    if card:
        yield card


def _unfolded(text: str) -> list[str]:
    if _QUOTED_PRINTABLE in text.upper():
        text = "\n".join(_soft_lines(text))
    return _FOLD.sub("", text).splitlines()


def _soft_lines(text: str) -> Iterator[str]:
    """Lines of quoted-printable joined where they end in "="; other lines (base64 pictures) end so as well."""
    pending = ""
    for line in text.splitlines():
        whole = pending + (line.lstrip(" \t") if pending else line)
        is_quoted = _QUOTED_PRINTABLE in _divided(whole)[0].upper()
        if is_quoted and whole.endswith("="):
            pending = whole[:-1]
            continue
        pending = ""
        yield whole
    if pending:
        yield pending


def _divided(line: str) -> tuple[str, str, str]:
    """Name with parameters, colon, value; a colon in quotes divides nothing."""
    is_quoted = False
    for at, char in enumerate(line):
        if char == '"':
            is_quoted = not is_quoted
        elif char == ":" and not is_quoted:
            return line[:at], ":", line[at + 1 :]
    return line, "", ""


def _decoded(value: str, params: list[str]) -> str:
    if not any(param in (_QUOTED_PRINTABLE, f"ENCODING={_QUOTED_PRINTABLE}") for param in params):
        return value
    charset = next((param.partition("=")[2] for param in params if param.startswith("CHARSET=")), "UTF-8")
    data = binascii.a2b_qp(value.encode("utf-8", "surrogateescape"))
    try:
        return data.decode(charset)
    except (LookupError, UnicodeDecodeError):
        return data.decode("latin-1")


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: " " if found[1] in "nN" else found[1], text)


def _wishes(card: list[_Property]) -> Iterator[Wish]:
    named = [prop for prop in card if prop.name == "FN" and prop.text.strip()]
    is_company = any(
        (prop.name == "KIND" and prop.text.strip().lower() == "org")
        or (prop.name == "X-ABSHOWAS" and prop.text.strip().upper() == "COMPANY")
        for prop in card
    )
    kind = Kind.ORG if is_company else Kind.PERSON
    for prop in card:
        if prop.name == "FN":
            yield from _known(_unescaped(prop.text), kind)
        elif prop.name == "N" and not named:
            family, given, middle = [*prop.components(), "", "", ""][:3]
            yield from _known(" ".join(part for part in (given, middle, family) if part), kind)
        elif prop.name == "NICKNAME":
            for nickname in prop.components(","):
                yield from _known(nickname, Kind.PERSON)
        elif prop.name == "TEL":
            number = _unescaped(prop.text).strip()
            yield from _known(number[4:] if number.lower().startswith("tel:") else number, Kind.PHONE)
        elif prop.name == "EMAIL":
            yield from _known(_unescaped(prop.text), Kind.EMAIL)
        elif prop.name == "ADR":
            yield from _known(_address(prop), Kind.ADDRESS)


def _address(prop: _Property) -> str:
    """ "12 Main St, Apt 4, Springfield, IL 62701"; nothing without a street: a town alone tells little."""
    parts = [*prop.components(), *[""] * 7]
    if not parts[_STREET]:
        return ""
    end = f"{parts[_REGION]} {parts[_CODE]}".strip()
    return ", ".join(part for part in (parts[_STREET], parts[_EXTENDED], parts[_TOWN], end) if part)


def _known(value: str, kind: Kind) -> Iterator[Wish]:
    # A card made by a program holds empty fields and single letters; they are no reason to refuse the others.
    if sum(char.isalnum() for char in value) >= 2:
        yield Wish(value, kind)
