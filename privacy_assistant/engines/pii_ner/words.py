"""A text as the tagger reads it: words with their places, and what stands before each."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from enum import IntEnum

_WORD = re.compile(
    r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f]|['’](?=[^\W\d_]{2}))*(?:(?<=[a-zA-Z])['’](?=[^\W\d_]{2,})[^\W\d_]+)?|\d+|[^\s]"
)
_CLITIC = re.compile(r"(?i)['’](?:re|ve|ll)$")


class Gap(IntEnum):
    """What separates a word from the one before it."""

    NOTHING = 0
    BLANK = 1
    LINE = 2
    START = 3


class Shape(IntEnum):
    """How a word is written."""

    LOWER = 0
    TITLE = 1
    UPPER = 2
    MIXED = 3
    ONE_CAPITAL = 4
    DIGITS_SHORT = 5
    DIGITS_LONG = 6
    MARK = 7
    CASELESS = 8


@dataclass(frozen=True, slots=True)
class Word:
    """`start` and `end` are code points of the text, half-open. `key` is the word folded: lower case, no accents."""

    start: int
    end: int
    key: str = field(repr=False)
    shape: Shape
    gap: Gap


def split(text: str) -> list[Word]:
    """The words of `text`: runs of letters (apostrophes inside), runs of digits, every other sign on its own."""
    words: list[Word] = []
    at = 0
    for match in _WORD.finditer(text):
        start, end = match.span()
        piece = match.group()
        if start == at:
            gap = Gap.START if not words else Gap.NOTHING
        else:
            between = text[at:start]
            gap = Gap.START if not words else Gap.LINE if "\n" in between or "\r" in between else Gap.BLANK
        at = end
        clitic = _CLITIC.search(piece) if len(piece) > 2 else None
        if clitic is not None and clitic.start():
            cut = start + clitic.start()
            words.append(_word(piece[: clitic.start()], start, cut, gap))
            words.append(_word(piece[clitic.start() :], cut, end, Gap.NOTHING))
        else:
            words.append(_word(piece, start, end, gap))
    return words


def fold(word: str) -> str:
    """Lower case, compatibility forms and accents removed; the same for "MÜLLER", "Müller" and "muller"."""
    if word.isascii():
        return word.lower()
    plain = unicodedata.normalize("NFKD", word).casefold()
    return "".join(char for char in plain if not unicodedata.combining(char)).replace("’", "'")


def _word(piece: str, start: int, end: int, gap: Gap) -> Word:
    return Word(start, end, fold(piece), _shape(piece), gap)


def _shape(piece: str) -> Shape:
    first = piece[0]
    if first.isdigit():
        return Shape.DIGITS_SHORT if len(piece) <= 2 else Shape.DIGITS_LONG
    if not first.isalpha():
        return Shape.MARK if "'" not in piece and "’" not in piece else Shape.LOWER
    if piece.islower():
        return Shape.LOWER
    if piece.isupper():
        return Shape.ONE_CAPITAL if len(piece) == 1 else Shape.UPPER
    if first.isupper() and piece[1:].islower():
        return Shape.TITLE
    return Shape.MIXED if any(char.isupper() for char in piece) else Shape.CASELESS
