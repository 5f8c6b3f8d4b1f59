"""One text seen in two ways, each with a map back to the code points it came from.

*Written*: compatibility forms, digits of every script, odd dashes and blanks become plain ones, invisible characters
vanish, so that "４１１１\u200b １１１１" is "4111 1111". *Spoken*: number words become digits, so that "double five oh"
is "550".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.said import Said

_NOT_ASCII = Pattern(r"[^\x00-\x7f]")
_INVISIBLE = Pattern(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20e3\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e01ef]"
)
_DASHES = dict.fromkeys("‐‑‒–—―−﹘﹣－⁃", "-")
_ALIKE = {
    **_DASHES,
    "。": ".",
    "．": ".",
    "｡": ".",
    "․": ".",
    "‚": ",",
    "ǀ": "|",
    "⁄": "/",
    "∕": "/",
    "∶": ":",
    "＠": "@",
}


@dataclass(frozen=True, slots=True)
class View:
    """A text derived from another. `starts[i]`..`ends[i]` is where its character i came from; None means unchanged."""

    text: str = field(repr=False)
    starts: list[int] | None = None
    ends: list[int] | None = None

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original text that start..end (not empty) of this view came from."""
        if self.starts is None or self.ends is None:
            return start, end
        return self.starts[start], self.ends[end - 1]


@lru_cache(maxsize=4096)
def _plain(char: str) -> str:
    if _INVISIBLE.match(char):
        return ""
    if char in _ALIKE:
        return _ALIKE[char]
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"
    plain = unicodedata.normalize("NFKC", char)
    if plain.isspace() and char != "\x85":
        return " " if len(plain) == 1 else plain
    return "".join(_ALIKE.get(c, c) for c in plain)


def written(text: str) -> View:
    """The written view. Each code point is normalised for itself (NFKC), which keeps the map simple and exact."""
    if text.isascii():
        return View(text)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0
    for found in _NOT_ASCII.finditer(text):
        start = found.start()
        if start > at:
            pieces.append(text[at:start])
            starts.extend(range(at, start))
            ends.extend(range(at + 1, start + 1))
        plain = _plain(found.group())
        pieces.append(plain)
        starts.extend([start] * len(plain))
        ends.extend([start + 1] * len(plain))
        at = start + 1
    pieces.append(text[at:])
    starts.extend(range(at, len(text)))
    ends.extend(range(at + 1, len(text) + 1))
    return View("".join(pieces), starts, ends)


def folded(view: View) -> View:
    """Case and accents folded away: what the lists of a person are compared in. Maps to what `view` maps to."""
    text = view.text
    if text.isascii():
        return View(text.lower(), view.starts, view.ends)
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for at, char in enumerate(text):
        start, end = view.origin(at, at + 1)
        piece = _bare(char)
        if not piece and ends:
            ends[-1] = end  # a combining mark belongs to the letter before it
        pieces.append(piece)
        starts.extend([start] * len(piece))
        ends.extend([end] * len(piece))
    return View("".join(pieces), starts, ends)


# Letters with a stroke and ligatures are no accents to Unicode, and people leave them out all the same.
_STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})


@lru_cache(maxsize=4096)
def _bare(char: str) -> str:
    decomposed = unicodedata.normalize("NFKD", char)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold().translate(_STROKES)


_UNITS = {
    "zero": "0", "oh": "0", "o": "0", "nought": "0", "naught": "0", "nil": "0", "one": "1", "two": "2", "three": "3",
    "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "niner": "9",
}  # fmt: skip
_TEENS = {
    "ten": "10", "eleven": "11", "twelve": "12", "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16",
    "seventeen": "17", "eighteen": "18", "nineteen": "19",
}  # fmt: skip
_TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fourty": "4", "fifty": "5", "sixty": "6", "seventy": "7",
    "eighty": "8", "ninety": "9",
}  # fmt: skip
_TIMES = {"double": 2, "triple": 3, "treble": 3, "quadruple": 4}
_MARKS = {
    "plus": "+",
    "dash": "-",
    "hyphen": "-",
    "minus": "-",
    "dot": ".",
    "point": ".",
    "period": ".",
    "slash": "/",
    "colon": ":",
}
_FILLERS = frozenset({"uh", "um", "er", "erm", "uhm", "then", "and"})
_NUMBER_WORDS = "|".join([*_UNITS, *_TEENS, *_TENS, *_TIMES, "hundred"])
_SAID_NUMBERS = frozenset({*_UNITS, *_TEENS, *_TENS, *_TIMES, "hundred"})
_BETWEEN = r"[ \t\r\n,.;-]{1,4}"
_PAIR = Pattern(
    rf"(?i)\b(?:plus[ \t]{{1,3}})?(?:{_NUMBER_WORDS}){_BETWEEN}(?:"
    rf"(?:{'|'.join([*_MARKS, *sorted(_FILLERS)])}){_BETWEEN}){{0,2}}"
    rf"(?:\d|(?:{_NUMBER_WORDS})\b)"
)
_LEADING_O = Pattern(r"(?i)(?<![\w'’])(o)[ ,]{1,2}\Z")
_TOKEN = Pattern(r"\d+|[^\W\d_]+")
_LIKE_BLANK = Pattern(r"[ \t\r\n,.;-]{1,4}|\.\.\. ?")


@dataclass(slots=True)
class _Atom:
    """A piece of a spoken number: its digits or mark, and where it stood."""

    written: str = field(repr=False)
    start: int
    end: int
    is_digits: bool
    is_word: bool


def spoken(view: View, said: Said | None = None) -> View | None:
    """The spoken view of a written one; None when it holds no two number words in a row.

    Runs of number words, digits and marks between them are written without blanks: "four one double one", "plus
    four four", "ten dot zero dot zero dot one", "eight hundred five five five". Everything else stays. `said` is the
    text of the view, where it was looked at before.
    """
    text = view.text
    said = said or Said(text)
    if said.vocabulary.isdisjoint(_SAID_NUMBERS) or sum(word in _SAID_NUMBERS for word, _ in said.words) < 2:
        return None
    runs = _runs(text)
    if not runs:
        return None
    return rewritten(view, ([(atom.written, atom.start, atom.end) for atom in run] for run in runs))


def rewritten(view: View, runs: Iterable[Sequence[tuple[str, int, int]]]) -> View:
    """The view with each run written as its parts: what each says, and where in the view it stood.

    Between two parts of a run nothing is left; between runs everything stays. Runs are in order and do not overlap.
    """
    text = view.text
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0

    def copy(until: int) -> None:
        pieces.append(text[at:until])
        if view.starts is None or view.ends is None:
            starts.extend(range(at, until))
            ends.extend(range(at + 1, until + 1))
        else:
            starts.extend(view.starts[at:until])
            ends.extend(view.ends[at:until])

    for run in runs:
        copy(run[0][1])
        for written, first, last in run:
            start, end = view.origin(first, last)
            pieces.append(written)
            starts.extend([start] * len(written))
            ends.extend([end] * len(written))
        at = run[-1][2]
    copy(len(text))
    return View("".join(pieces), starts, ends)


def _runs(text: str) -> list[list[_Atom]]:
    """Number runs that hold at least two number words; marks and fillers only between two numbers."""
    runs: list[list[_Atom]] = []
    at = floor = 0
    while pair := _PAIR.search(text, at):
        run = _run(text, pair.start())
        lead = _LEADING_O.search(text, max(floor, pair.start() - 4), pair.start()) if run else None
        if lead is not None:
            run.insert(0, _Atom("0", lead.start(1), lead.end(1), True, True))
        if sum(atom.is_word for atom in run) >= 2:
            runs.append(_joined(run))
        floor = run[-1].end if run else floor
        at = max(floor, pair.start() + 1)
    return runs


def _run(text: str, start: int) -> list[_Atom]:
    """The atoms from `start` on, up to the first word that belongs to no number."""
    run: list[_Atom] = []
    pending: list[_Atom] = []
    last_end = start
    for token in _TOKEN.finditer(text, start):
        word = token.group().lower()
        if last_end > start and not _LIKE_BLANK.fullmatch(text, last_end, token.start()):
            break
        atom = _atom(word, token.start(), token.end())
        if atom is None or (word == "o" and not run):
            if not run or word not in _FILLERS or len(pending) == 2:
                break
            pending.append(_Atom("", token.start(), token.end(), False, False))
        elif atom.is_digits or word in _TIMES:
            run += [*pending, atom]
            pending.clear()
        elif (run or word == "plus") and len(pending) < 2:
            pending.append(atom)
        else:
            break
        last_end = token.end()
    return run


def _atom(word: str, start: int, end: int) -> _Atom | None:
    if word.isdigit() and word.isascii():
        return _Atom(word, start, end, True, False)
    for words in (_UNITS, _TEENS):
        if word in words:
            return _Atom(words[word], start, end, True, True)
    if word in _TENS:
        return _Atom(_TENS[word] + "_", start, end, True, True)
    if word in _TIMES:
        return _Atom("*" * _TIMES[word], start, end, False, True)
    if word == "hundred":
        return _Atom("00", start, end, True, True)
    if word in _MARKS:
        return _Atom(_MARKS[word], start, end, False, False)
    return None


def _joined(run: list[_Atom]) -> list[_Atom]:
    """Tens swallow a following unit ("forty one"), "double" repeats what follows."""
    joined: list[_Atom] = []
    for atom in run:
        last = joined[-1] if joined else None
        if last is not None and last.written.endswith("_"):
            if atom.is_word and len(atom.written) == 1 and atom.written not in "0*":
                joined[-1] = _Atom(last.written[:-1] + atom.written, last.start, atom.end, True, True)
                continue
            last.written = last.written[:-1] + "0"
        if last is not None and last.written.startswith("*"):
            repeated = atom.written[:1] * len(last.written) + atom.written[1:]
            joined[-1] = _Atom(repeated, last.start, atom.end, atom.is_digits, True)
            continue
        joined.append(atom)
    if joined[-1].written.endswith("_"):
        joined[-1].written = joined[-1].written[:-1] + "0"
    if joined[-1].written.startswith("*"):
        joined[-1].written = ""
    return joined


_LETTER_WORDS = (
    "alfa", "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "juliett",
    "kilo",
    "lima", "mike", "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor", "whiskey",
    "whisky", "xray", "x-ray", "yankee", "zulu",
)  # fmt: skip

_SPELT_UNITS = {word: digit for word, digit in _UNITS.items() if len(word) > 1}
_SPELT_MARKS = {"colon": ":", "dash": "-", "hyphen": "-", "minus": "-", "slash": "/", "dot": ".", "point": "."}
_SPELT = (
    rf"(?:[a-z]|\d(?:[\d./-]{{0,20}}\d)?|{'|'.join(_SPELT_MARKS)}|{'|'.join(_SPELT_UNITS)}|{'|'.join(_LETTER_WORDS)})"
)
_SPELLED = Pattern(rf"(?i)(?<![\w'’]){_SPELT}(?:[ ,]{{1,2}}{_SPELT}(?![^\W_])){{1,40}}")
_SPELT_PIECE = Pattern(r"[a-z-]+|\d(?:[\d./-]*\d)?", re.IGNORECASE)
_SPELT_LETTERS = frozenset(_LETTER_WORDS)
_SPELT_WORDS = frozenset({*_LETTER_WORDS, *_SPELT_UNITS, *_SPELT_MARKS})
_SPELT_GAPS = (" ", ",")
_SPELT_AS = {**_SPELT_UNITS, **_SPELT_MARKS}
_LEAST_SPELT = 5
_LEAST_SPELT_DIGITS = 2


def _may_be_spelled(said: Said) -> bool:
    """False only where no letter stands beside another piece of something spelled."""
    if said.is_odd or "ray" in said.vocabulary:
        return True
    lower, listed = said.lower, said.words
    for place, (word, start) in enumerate(listed):
        if len(word) > 1 and word not in _SPELT_LETTERS:
            continue
        end = start + len(word)
        if lower[end : end + 1] in _SPELT_GAPS:
            at = end + 2 if lower[end + 1 : end + 2] in _SPELT_GAPS else end + 1
            following, begin = listed[place + 1] if place + 1 < len(listed) else ("", -1)
            if lower[at : at + 1].isdigit() or (begin == at and (len(following) == 1 or following in _SPELT_WORDS)):
                return True
        if start and lower[start - 1] in _SPELT_GAPS:
            at = start - 2 if lower[max(0, start - 2) : start - 1] in _SPELT_GAPS else start - 1
            before, begin = listed[place - 1] if place else ("", -1)
            if lower[max(0, at - 1) : at].isdigit() or (begin + len(before) == at and before in _SPELT_WORDS):
                return True
    return False


def spelled(view: View, said: Said | None = None) -> View | None:
    """The view with letters and digits said one by one written together: "a b 12 34 56 c" is "AB123456C".

    None where nothing is spelled. Letters become capitals, the words of the spelling alphabet their letters. `said` is
    the text of the view, where it was looked at before.
    """
    text = view.text
    if not _may_be_spelled(said or Said(text)):
        return None
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    at = 0

    def copy(until: int) -> None:
        pieces.append(text[at:until])
        for place in range(at, until):
            start, end = view.origin(place, place + 1)
            starts.append(start)
            ends.append(end)

    for run in _SPELLED.finditer(text):
        found = [
            (_SPELT_AS.get(piece.group().lower(), piece.group()), piece.start(), piece.end())
            for piece in _SPELT_PIECE.finditer(text, run.start(), run.end())
        ]
        digits = sum(char.isdigit() for piece, _, _ in found for char in piece)
        letters = sum(piece[0].isalpha() for piece, _, _ in found)
        if digits + letters < _LEAST_SPELT or digits < _LEAST_SPELT_DIGITS or not letters:
            continue
        copy(run.start())
        for piece, piece_start, piece_end in found:
            written_piece = piece[0].upper() if piece[0].isalpha() else piece
            pieces.append(written_piece)
            for place in range(len(written_piece)):
                is_own = piece[0].isdigit() and len(piece) == piece_end - piece_start
                span = (piece_start + place, piece_start + place + 1) if is_own else (piece_start, piece_end)
                start, end = view.origin(*span)
                starts.append(start)
                ends.append(end)
        at = run.end()
    if not at:
        return None
    copy(len(text))
    return View("".join(pieces), starts, ends)
