"""The placeholder that stands for a value outside: how it is written, and how it is recognised on the way back.

Written `⟦KIND·tag·n⟧`: the kind, three base32 letters that belong to one conversation, and a number, with a letter
from b to z where several spellings of one value share it. Recognised with what models and formats do to it: another
case, a bracket lost or written `[` or `[[`, blanks or emphasis marks inside, `'s` inside, the separators rewritten,
and the escapes of JSON, HTML and URLs. The tag is what makes so much tolerance safe.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

from privacy_assistant.core.kinds import Finding, Kind

OPENING = "⟦"
CLOSING = "⟧"
DOT = "·"
PLAIN_LIMIT = 24
"""The longest plain form that is recognised, in code points: what a stream may hold back."""

_LONGEST_KIND = 12
_LONGEST_NUMBER = 6
_LONGEST_GAP = 6
_BLANK = frozenset(" \t\n\r\u00a0\u202f\u200b\u200c\u200d\u2060\ufeff")
_MARKS = frozenset("*_`~")
_DOTS = frozenset("·•‧∙⋅・.:-|")
_GAP = _BLANK | _MARKS | _DOTS
_OPENERS = ("⟦", "〚", "[[", "[")
_CLOSERS = ("⟧", "〛", "]]", "]")
_MARKERS = r"⟦〚\[\\%&"
_KINDS = frozenset(kind.value.casefold() for kind in Kind)
WRITTEN = re.compile(
    rf"{OPENING}(?:{'|'.join(Kind)}){DOT}[A-Z2-7]{{3}}{DOT}\d{{1,{_LONGEST_NUMBER}}}[a-z]?{CLOSING}", re.ASCII
)
"""A placeholder of any conversation, exactly as it is sent."""


def outside_placeholders(text: str, spans: Iterable[Finding]) -> list[Finding]:
    """The findings that hold a letter or digit outside of every written placeholder.

    A cue before a placeholder ("password: ⟦PASSWORD·K7Q·1⟧") finds nothing personal, nor does its own kind and tag
    ("⟦IBAN·43X·13⟧").
    """
    if OPENING not in text:
        return list(spans)
    blotted = WRITTEN.sub(lambda written: "\0" * len(written[0]), text)

    def reaches_out(span: Finding) -> bool:
        rest = blotted[span.start : span.end]
        return rest == text[span.start : span.end] or any(map(str.isalnum, rest))

    return [span for span in spans if reaches_out(span)]


_DIGITS = frozenset("0123456789")
_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")


class Escape(Enum):
    """How a placeholder was written, so that the value goes back the same way."""

    PLAIN = "plain"
    JSON = "json"
    HTML = "html"
    URL = "url"

    def write(self, value: str) -> str:
        """The value as it must stand inside such a text."""
        match self:
            case Escape.PLAIN:
                return value
            case Escape.JSON:
                return json.dumps(value)[1:-1]
            case Escape.HTML:
                return html.escape(value)
            case Escape.URL:
                return quote(value, safe="", errors="surrogatepass")


_ESCAPES: tuple[tuple[str, str, Escape], ...] = (
    ("\\u27e6", "⟦", Escape.JSON),
    ("\\u27e7", "⟧", Escape.JSON),
    ("\\u00b7", "·", Escape.JSON),
    ("%e2%9f%a6", "⟦", Escape.URL),
    ("%e2%9f%a7", "⟧", Escape.URL),
    ("%c2%b7", "·", Escape.URL),
    ("%20", " ", Escape.URL),
    ("&#10214;", "⟦", Escape.HTML),
    ("&#x27e6;", "⟦", Escape.HTML),
    ("&lobrk;", "⟦", Escape.HTML),
    ("&#10215;", "⟧", Escape.HTML),
    ("&#x27e7;", "⟧", Escape.HTML),
    ("&robrk;", "⟧", Escape.HTML),
    ("&#183;", "·", Escape.HTML),
    ("&#xb7;", "·", Escape.HTML),
    ("&middot;", "·", Escape.HTML),
    ("&nbsp;", " ", Escape.HTML),
    ("&#160;", " ", Escape.HTML),
)
_LONGEST_ESCAPE = max(len(written) for written, _, _ in _ESCAPES)


def write(kind: Kind, tag: str, number: str) -> str:
    """The placeholder as it is sent."""
    return f"{OPENING}{kind.value}{DOT}{tag}{DOT}{number}{CLOSING}"


def escaped_limit(longest: int) -> int:
    """How many code points an escaped placeholder takes at most whose plain form takes `longest`.

    Escaped, a bracket takes up to 9 code points and a dot up to 8 (`%E2%9F%A6`, `&middot;`).
    """
    return longest + 2 * 8 + 2 * 7


class _More(Exception):
    """The text ends inside something that may still become a placeholder."""


class _Not(Exception):
    """No placeholder stands here."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One that was recognised at `start`..`end` of a text. `kind` and `number` are case-folded; `tail` is a "'s"."""

    start: int
    end: int
    kind: str
    number: str
    tail: str
    escape: Escape


@dataclass(frozen=True, slots=True)
class Unfinished:
    """From `start` on, the text may still become a placeholder."""

    start: int


class Recogniser:
    """Finds the placeholders of one tag.

    `kinds` are those recognised without an opening bracket, `longest` the length of the longest plain form that
    exists. Linear: from no position is more read than PLAIN_LIMIT, or `escaped_limit(longest)` once an escape is seen.
    """

    def __init__(self, tag: str, kinds: Iterable[Kind] = Kind, *, longest: int = PLAIN_LIMIT) -> None:
        self.tag = tag.casefold()
        self.bare = frozenset(kind.value.casefold() for kind in kinds)
        self.escaped_limit = max(PLAIN_LIMIT, escaped_limit(longest))
        whole = sorted(self.bare)
        begun = sorted({word[:n] for word in whole for n in range(1, len(word))})
        self._starts = {
            True: re.compile(rf"(?i)[{_MARKERS}]|(?<![^\W_])(?:{'|'.join(whole) or '(?!)'})"),
            False: re.compile(
                rf"(?i)[{_MARKERS}]|(?<![^\W_])(?:{'|'.join(whole) or '(?!)'}|(?:{'|'.join(begun) or '(?!)'})\Z)"
            ),
        }

    def find(self, text: str, start: int = 0, *, is_final: bool = True) -> Placeholder | Unfinished | None:
        """The first placeholder at or after `start`, or where an unfinished one begins if the text may go on.

        The character before `start` is read to tell whether a word begins there.
        """
        for candidate in self._starts[is_final].finditer(text, start):
            try:
                return _Reading(self, text, candidate.start(), is_final).read()
            except _Not:
                continue
            except _More:
                return Unfinished(candidate.start())
        return None


class _Reading:
    """One attempt at one position. What it answers depends on the text alone, not on where a stream was cut."""

    def __init__(self, recogniser: Recogniser, text: str, start: int, is_final: bool) -> None:
        self._of = recogniser
        self._text = text
        self._start = start
        self._at = start
        self._is_final = is_final
        self._escape = Escape.PLAIN

    def read(self) -> Placeholder:
        bracketed = self._bracket(_OPENERS)
        if bracketed:
            self._gap(_BLANK | _MARKS)
        kind = self._word(bracketed)
        self._separator(bracketed)
        self._exactly(self._of.tag)
        self._separator(bracketed)
        number = self._number()
        end, escape, tail = self._at, self._escape, ""
        try:
            possessive = self._possessive()
            self._gap(_BLANK | _MARKS)
            if self._bracket(_CLOSERS):
                end, escape, tail = self._at, self._escape, possessive
        except _Not:
            pass  # the closing bracket is lost; what was looked at behind the number is ordinary text
        return Placeholder(self._start, end, kind, number, tail, escape)

    def _unit(self) -> tuple[str, int, Escape]:
        """The next character, decoded, its width, and how it was written; "" at the end of a final text."""
        text, at = self._text, self._at
        char = text[at : at + 1]
        if char and char in "\\%&":
            rest = text[at : at + _LONGEST_ESCAPE].casefold()
            for written, decoded, escape in _ESCAPES:
                if rest.startswith(written):
                    return self._within(decoded, len(written), escape)
                if not self._is_final and len(rest) == len(text) - at and written.startswith(rest):
                    self._within(decoded, len(written), escape)
                    raise _More
        if not char and not self._is_final:
            self._within("", 1, Escape.PLAIN)
            raise _More
        return self._within(char, 1, Escape.PLAIN)

    def _within(self, char: str, width: int, escape: Escape) -> tuple[str, int, Escape]:
        is_plain = self._escape is Escape.PLAIN and escape is Escape.PLAIN
        if self._at + width - self._start > (PLAIN_LIMIT if is_plain else self._of.escaped_limit):
            raise _Not
        return char, width, escape

    def _take(self, width: int, escape: Escape) -> None:
        self._at += width
        if escape is not Escape.PLAIN:
            self._escape = escape

    def _bracket(self, forms: tuple[str, ...]) -> bool:
        char, width, escape = self._unit()
        if char not in forms:
            return False
        self._take(width, escape)
        if char + char in forms:
            with suppress(_Not):
                if self._unit()[0] == char:
                    self._at += 1
        return True

    def _gap(self, allowed: frozenset[str]) -> str:
        passed = ""
        while True:
            char, width, escape = self._unit()
            if char == "\\":  # Markdown's own escape: \_ or \*
                self._take(1, Escape.PLAIN)
                char, width, escape = self._unit()
                if char not in _MARKS:
                    raise _Not
            if char == "" or char not in allowed or len(passed) == _LONGEST_GAP:
                return passed
            passed += char
            self._take(width, escape)

    def _separator(self, bracketed: bool) -> None:
        gap = self._gap(_GAP)
        if not gap or not (bracketed or any(char not in _BLANK for char in gap)):
            raise _Not

    def _word(self, bracketed: bool) -> str:
        word = ""
        while True:
            char, width, escape = self._unit()
            if not char.isalpha():
                break
            word += char.casefold()
            if len(word) > _LONGEST_KIND or not (bracketed or any(kind.startswith(word) for kind in self._of.bare)):
                raise _Not
            self._take(width, escape)
        if not word or not (bracketed or word in self._of.bare):
            raise _Not
        return word

    def _exactly(self, wanted: str) -> None:
        for letter in wanted:
            char, width, escape = self._unit()
            if char.casefold() != letter:
                raise _Not
            self._take(width, escape)

    def _number(self) -> str:
        number = ""
        while len(number) <= _LONGEST_NUMBER:
            char, width, escape = self._unit()
            if char not in _DIGITS:
                break
            number += char
            self._take(width, escape)
        char, width, escape = self._unit()
        if number and char.casefold() in _LETTERS:
            number += char.casefold()
            self._take(width, escape)
        if not number or self._unit()[0].isalnum():
            raise _Not
        return number

    def _possessive(self) -> str:
        """A "'s" that the model put inside the brackets."""
        mark, width, escape = self._unit()
        if mark not in ("'", "’"):
            return ""
        self._take(width, escape)
        letter, width, escape = self._unit()
        if letter not in ("s", "S"):
            raise _Not
        self._take(width, escape)
        return mark + letter


def is_kind(word: str) -> bool:
    """Whether a case-folded word is the name of a kind; a translated one is not."""
    return word in _KINDS
