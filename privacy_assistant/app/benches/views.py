"""The same texts as people type in a hurry, and as a recogniser writes down what they say; the marks move along.

The spoken view is made from the text alone, by one fixed rule for each character: digits become words ("double five",
now and then "oh"), `@` becomes "at", a full stop inside a word "dot"; other punctuation is dropped, and all is in lower
case. It is harsher than speech: nobody reads a key aloud.
"""

from __future__ import annotations

import random
import unicodedata
import zlib
from collections.abc import Iterator

from privacy_assistant.app.benches.marked import Mark, MarkedText

VIEWS = ("cased", "lower", "speech")

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_SAID = {"@": "at", "_": "underscore", "&": "and", "%": "percent"}
_REPEATED = 0.3
"""How often two equal digits are said as "double"."""
_OH = 0.3
"""How often the zeros of a text are said as "oh"."""


def seen(marked: MarkedText, view: str) -> MarkedText:
    """The text in one of VIEWS. Raises ValueError for another name."""
    if view == "cased":
        return marked
    if view == "lower":
        return _moved(marked, ((i, i + 1, char.lower()) for i, char in enumerate(marked.text)))
    if view == "speech":
        return spoken(marked)
    raise ValueError("no such view")


def spoken(marked: MarkedText) -> MarkedText:
    """As a recogniser writes it: the same text gives the same words every time."""
    rng = random.Random(zlib.crc32(marked.text.encode("utf-8", "surrogatepass")))  # noqa: S311 - a fixed choice, no secret
    return _moved(marked, _words(marked, rng), is_speech=True)


def _words(marked: MarkedText, rng: random.Random) -> Iterator[tuple[int, int, str]]:
    """Pieces of the text: where each stood, and what is said for it."""
    text = marked.text
    edges = {place for mark in marked.marks for place in (mark.start, mark.end)}
    digits = ("oh" if rng.random() < _OH else "zero", *_DIGITS[1:])
    at = 0
    while at < len(text):
        char = text[at]
        after = text[at + 1 : at + 2]
        if char.isdecimal():
            is_double = after == char and at + 1 not in edges and rng.random() < _REPEATED
            end = at + 2 if is_double else at + 1
            yield at, end, f" {'double ' if is_double else ''}{digits[int(char)]} "
            at = end
            continue
        yield at, at + 1, _said(char, text[at - 1 : at], after)
        at += 1


def _said(char: str, before: str, after: str) -> str:
    if char in _SAID:
        return f" {_SAID[char]} "
    if char == "." and before.isalnum() and after.isalnum():
        return " dot "
    if char == "+" and after.isdecimal():
        return " plus "
    if char in "'’" and before.isalpha() and after.isalpha():
        return "'"
    return char.lower() if unicodedata.category(char)[0] in "LMN" else " "


def _moved(marked: MarkedText, pieces: Iterator[tuple[int, int, str]], *, is_speech: bool = False) -> MarkedText:
    """Put the pieces together, runs of blanks as one in speech, and move the marks to where their text went."""
    written: list[str] = []
    starts = [0] * len(marked.text)
    ends = [0] * len(marked.text)
    length = 0
    is_blank = True
    for start, end, piece in pieces:
        begin = None
        for char in piece:
            if is_speech and char.isspace():
                if is_blank:
                    continue
                char = " "
            elif begin is None:
                begin = length
            is_blank = char.isspace()
            written.append(char)
            length += 1
        for place in range(start, end):
            starts[place] = length if begin is None else begin
            ends[place] = length
    text = "".join(written)
    return MarkedText(text, tuple(_trimmed(text, mark, starts, ends) for mark in marked.marks))


def _trimmed(text: str, mark: Mark, starts: list[int], ends: list[int]) -> Mark:
    if mark.end <= mark.start:
        place = starts[mark.start] if mark.start < len(starts) else len(text)
        return Mark(place, place, mark.type)
    start, end = starts[mark.start], ends[mark.end - 1]
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Mark(start, end, mark.type)
