"""A streamed answer, cut into pieces that can be spoken one after another while the rest is still being written.

The first piece is short, so that the voice begins; then whole sentences. Each piece says which part of the answer it
stands for, so that the history can hold what was heard and no more.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum

from privacy_assistant.core.sentence_ends import CLOSERS, End, is_end, small_words
from privacy_assistant.core.speakable import code_left_out, speakable

SENTENCE_S = 0.3
CLAUSE_S = 0.12
LINE_S = 0.35
"""After an item of a list, a row of a table, a verse."""
HEADING_S = 0.5
PARAGRAPH_S = 0.3
"""More than after a sentence."""
LONGEST_BREAK_S = 5.0

FIRST_CHARS = 10
SECOND_CHARS = 40
"""From so many characters on the second piece may end at a comma: the first one is short, and is over soon."""
CLAUSE_CHARS = 120
"""From here on any piece may."""
LONGEST_CHARS = 200
"""No piece of ordinary text is longer; what has no space in it (a URL) may be, up to LONGEST_WORD."""
LONGEST_WORD = 2000
_LEAST_CLAUSE = 60
_LEAST_FIRST = 3
_CODE_CHARS = 1000
_LONGEST_SPAN = 320
"""Of a link, a tag or a placeholder: what is not closed by then never was one."""
_LONGEST_CODE = 100
"""A backtick that is not closed within so many characters opens nothing."""


@dataclass(frozen=True, slots=True)
class Speakable:
    """A piece of an answer. `text` is what to say, "" where there is only a pause or nothing to say.

    `start` and `end` are code points of the answer as it was written: the pieces follow one another without a gap and
    cover all of it. `pause_s` is for after it, in seconds.
    """

    text: str = field(repr=False)
    start: int
    end: int
    pause_s: float


class _Line(Enum):
    PLAIN = "plain"
    ITEM = "item"
    HEADING = "heading"
    ROW = "row"
    FENCE = "fence"


_MARKER = re.compile(
    r"[ \t\r]*(?:(?P<fence>`{3,}|~{3,})|(?P<heading>#{1,6})[ \t]|(?P<item>[-*+•‣◦]|\d{1,3}[.)])[ \t]|(?P<row>\|))"
)
_PERHAPS_MARKER = re.compile(r"[ \t\r]*(?:`{0,2}|~{0,2}|#{1,6}|[-*+•‣◦]|\d{1,3}[.)]?)$")
_STOPPED = re.compile(rf"([.!?…]+)([{re.escape(CLOSERS)}]*)$")
_WIDE_STOP = re.compile(rf"[。．！？｡।॥؟۔։።။។][。．！？｡…।॥؟۔]*[{re.escape(CLOSERS)}]*$")
_AFTER_WIDE = frozenset("。．！？｡…।॥؟۔") | frozenset(CLOSERS)
_CLAUSE = re.compile(rf"[,;:—–،、，；：][{re.escape(CLOSERS)}]*$|(?:^|\s)-$")
_WIDE_CLAUSE = frozenset("、，；：")
_SPANS = (("[", "]", 150), ("](", ")", 300), ("<", ">", 100), ("⟦", "⟧", 60))
"""What opens a span in which nothing is cut, what closes it, and within how many characters."""
_LATE_CLAUSE = re.compile(rf"[,;:—–][{re.escape(CLOSERS)}]*\s|[、，；：]")
_LATE_SPACE = re.compile(r"(?<=\S)\s+")
_TRIES = 3
_BREAK = re.compile(r"<break\b([^<>]{0,100})/?>$", re.IGNORECASE)
_BREAK_TIME = re.compile(r"""time\s*=\s*["']?\s*(\d{1,6}(?:\.\d{1,3})?)\s*(ms|s)\b""", re.IGNORECASE)
_BREAK_STRENGTH = re.compile(r"""strength\s*=\s*["']?\s*([a-z-]+)""", re.IGNORECASE)
_STRENGTHS = {"none": 0.0, "x-weak": 0.1, "weak": 0.2, "medium": 0.4, "strong": 0.7, "x-strong": 1.2}
_LINKS = ("://", "www.", "](")
_PAUSES = {_Line.ITEM: LINE_S, _Line.ROW: LINE_S, _Line.HEADING: HEADING_S}


class SentenceCutter:
    """Cuts one answer. However the stream is cut into `feed`s, the pieces are the same.

    `language` is the tag of what is written; `first_chars` is how long the first piece is at least, where no comma
    ends it before.
    """

    def __init__(self, language: str = "en", *, first_chars: int = FIRST_CHARS) -> None:
        self._language = language
        self._first_chars = first_chars
        self._small = small_words(language)
        self._text = ""
        self._start = 0
        self._at = 0
        """Characters of `_text` before this have been looked at and end nothing."""
        self._line: _Line | None = None
        """Of the line that is being looked at; None until its first characters tell."""
        self._line_at = 0
        self._fence = ""
        self._spoken = 0
        self._is_after_newline = False
        self._is_parted = False
        self._out: list[Speakable] = []

    def feed(self, piece: str) -> list[Speakable]:
        """More of the answer: what can be spoken now."""
        for char in piece:
            self._text += char
            self._look(is_over=False)
        return self._taken()

    def finish(self) -> list[Speakable]:
        """The rest, when nothing more comes."""
        self._look(is_over=True)
        if self._text:
            self._cut(len(self._text), 0.0, goes_on=False)
        return self._taken()

    def _taken(self) -> list[Speakable]:
        out, self._out = self._out, []
        return out

    # ------------------------------------------------------------ looking

    def _look(self, *, is_over: bool) -> None:
        while self._at < len(self._text):
            if self._fence:
                if not self._code(is_over):
                    return
                continue
            if self._line is None and not self._classified(is_over):
                return
            if self._at >= len(self._text):
                return
            if not self._seen(self._text[self._at], is_over):
                return

    def _classified(self, is_over: bool) -> bool:
        """Find out what line this is; False to wait. What stands before its first letter is passed over."""
        rest = self._text[self._line_at :]
        if not rest.strip(" \t\r"):
            return is_over and self._as_plain()
        if rest.lstrip(" \t\r")[0] == "\n":
            return self._as_plain()
        found = _MARKER.match(rest)
        if found is None:
            return False if _PERHAPS_MARKER.match(rest) and not is_over else self._as_plain()
        kind = str(found.lastgroup)
        self._line = _Line(kind)
        self._at = self._line_at + found.end()
        if self._line is _Line.FENCE:
            self._fence = found[kind][:3]
        return True

    def _as_plain(self) -> bool:
        self._line = _Line.PLAIN
        self._at = max(self._at, self._line_at)
        return True

    def _seen(self, char: str, is_over: bool) -> bool:
        """Decide about the character at `_at`: cut, pass on, or wait (False)."""
        text, at = self._text, self._at
        if char == "\n":
            return self._newline(is_over)
        if char == ">" and (found := _BREAK.search(text[: at + 1])):
            self._cut(at + 1, _break_seconds(found[1]))
            return True
        if at and char not in _AFTER_WIDE and _WIDE_STOP.search(text[max(0, at - 8) : at]):
            self._cut(at, SENTENCE_S)
            return True
        if char in _WIDE_CLAUSE and at + 1 >= self._clause_limit():
            self._cut(at + 1, CLAUSE_S)
            return True
        if char.isspace():
            return self._space(is_over)
        if at + 1 >= LONGEST_CHARS:
            self._too_long()
            return True
        self._at += 1
        return True

    def _space(self, is_over: bool) -> bool:
        text, at = self._text, self._at
        said = text[:at]
        if not said.strip() or self._is_open(said):
            if at >= LONGEST_CHARS:
                self._too_long()
            else:
                self._at += 1
            return True
        if found := _STOPPED.search(said):
            ended = is_end(
                said[: found.start()], found[1], found[2], text[at:], language=self._language, is_over=is_over
            )
            if ended is End.WAIT:
                return False
            if ended is End.YES:
                self._cut(at + 1, SENTENCE_S)
                return True
        elif _CLAUSE.search(said) and len(said.strip()) >= self._clause_limit():
            self._cut(at + 1, CLAUSE_S)
            return True
        elif not self._spoken and (place := self._beginning(said)):
            self._cut(place if place < at else at + 1, 0.0)
            return True
        if at + 1 >= LONGEST_CHARS:
            self._too_long()
        else:
            self._at += 1
        return True

    def _newline(self, is_over: bool) -> bool:
        """Lines of lists, tables and headings end here, and so do sentences; a line that was only wrapped goes on."""
        text, at, line = self._text, self._at, self._line or _Line.PLAIN
        said = text[:at]
        if not said.strip():
            if (self._is_after_newline or "\n" in said) and self._spoken and not self._is_parted:
                self._is_parted = True
                self._cut(at + 1, PARAGRAPH_S)
            else:
                self._next_line()
            return True
        if line is not _Line.PLAIN:
            self._cut(at + 1, _PAUSES[line])
            return True
        stripped = said.rstrip()
        if _STOPPED.search(stripped) or _WIDE_STOP.search(stripped) or stripped.endswith(":"):
            self._cut(at + 1, SENTENCE_S)
            return True
        rest = text[at + 1 :]
        following = rest.lstrip(" \t\r")
        if not following:
            if not is_over:
                return False
            self._cut(at + 1, LINE_S)
        elif following[0] == "\n" or _MARKER.match(rest):
            self._cut(at + 1, LINE_S)
        elif _PERHAPS_MARKER.match(rest) and not is_over:
            return False
        elif following[0].islower() and at + 1 < LONGEST_CHARS:
            self._next_line()
        else:
            self._cut(at + 1, LINE_S)
        return True

    def _next_line(self) -> None:
        self._at += 1
        self._line = None
        self._line_at = self._at

    def _code(self, is_over: bool) -> bool:
        """A block of code: told of once, then passed over to its end; False to wait."""
        end = self._text.find("\n", self._at)
        if end < 0 and not is_over:
            return False
        end = end + 1 or len(self._text)
        if self._line is _Line.FENCE:
            self._line = None
            self._at = end
            self._cut(end, LINE_S, code_left_out(self._language))
            return True
        is_closed = self._text[self._at : end].strip().startswith(self._fence)
        self._at = end
        if is_closed:
            self._fence = ""
        if is_closed or end >= _CODE_CHARS or is_over:
            self._cut(end, LINE_S if is_closed else 0.0, "")
        return True

    # ------------------------------------------------------------ where

    def _clause_limit(self) -> int:
        return (_LEAST_FIRST, SECOND_CHARS)[self._spoken] if self._spoken < 2 else CLAUSE_CHARS

    def _is_open(self, said: str) -> bool:
        """Inside of a link, a tag, a placeholder or code, where nothing may be cut."""
        line = said.rpartition("\n")[2]
        for opening, closing, most in _SPANS:
            at = line.rfind(opening)
            inside = line[at + len(opening) :]
            if at < 0 or len(inside) > most or closing in inside:
                continue
            if opening != "<" or not inside or inside[0] == "/" or inside[0].isalpha():
                return True
        return line.count("`") % 2 == 1 and "`" in line[-_LONGEST_CODE:]

    def _beginning(self, said: str) -> int:
        """Up to where these words can be spoken before the sentence is known, and not sound broken off; 0 for nowhere.

        A voice may rest before a small word ("The capital | of France"), and after a while behind any word that is no
        small one, no number and no name.
        """
        words = [(found.start(), found[0]) for found in re.finditer(r"\S+", said)]
        start, last = words[-1]
        before = said[:start].strip()
        if last in self._small and len(before) >= self._first_chars and self._may_rest(before):
            return start
        length = len(said.strip())
        if length < (2 if self._small else 3) * self._first_chars:
            return 0
        return len(said) if self._may_rest(said) or length >= 4 * self._first_chars else 0

    def _may_rest(self, said: str) -> bool:
        words = said.split()
        last = words[-1].strip(CLOSERS + "“‘(«")
        # A name may go on, and a number waits for what it counts.
        return len(words) > 1 and last.isalpha() and last.lower() not in self._small and not last[0].isupper()

    def _too_long(self) -> None:
        """Cut at the last comma, else at the last space, else here; a word without end only at its end."""
        window = self._text[: self._at + 1]
        for pattern, pause_s in ((_LATE_CLAUSE, CLAUSE_S), (_LATE_SPACE, 0.0)):
            places = [found.end() for found in pattern.finditer(window) if found.end() >= _LEAST_CLAUSE]
            for place in reversed(places[-_TRIES:]):
                if not self._is_open(window[:place].rstrip()):
                    self._cut(place, pause_s)
                    return
        spaces = [found.end() for found in _LATE_SPACE.finditer(window)]
        word = window[spaces[-1] if spaces else 0 :]
        is_link = len(window) < LONGEST_WORD and any(mark in word for mark in _LINKS)
        if is_link or (len(window) < LONGEST_CHARS + _LONGEST_SPAN and self._is_open(window)):
            self._at += 1
        else:
            self._cut(spaces[-1] if spaces else len(window), 0.0)

    # ------------------------------------------------------------ cutting

    def _cut(self, end: int, pause_s: float, text: str | None = None, *, goes_on: bool = True) -> None:
        raw = self._text[:end]
        said = speakable(raw, self._language) if text is None else text
        if said and pause_s <= CLAUSE_S and goes_on and said[-1].isalnum():
            # A voice lets its pitch fall at the end of what it is given, but not at a comma.
            said += ","
        self._out.append(Speakable(said, self._start, self._start + end, pause_s))
        self._spoken += bool(said)
        self._start += end
        self._is_after_newline = raw.endswith("\n")
        if raw.strip():
            self._is_parted = False
        self._text = self._text[end:]
        if self._is_after_newline:
            self._line = None
        self._line_at = self._at = 0


def _break_seconds(attributes: str) -> float:
    """How long a <break> of SSML is."""
    if found := _BREAK_TIME.search(attributes):
        seconds = float(found[1]) / (1000 if found[2].lower() == "ms" else 1)
        return min(seconds, LONGEST_BREAK_S)
    strength = _BREAK_STRENGTH.search(attributes)
    return _STRENGTHS.get(strength[1].lower(), _STRENGTHS["medium"]) if strength else _STRENGTHS["medium"]
