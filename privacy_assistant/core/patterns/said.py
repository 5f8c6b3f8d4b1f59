"""A text in lower case, place for place, with its words: what rules that wait for a word are looked up in.

Looking every word up in a table costs a tenth of searching the text for many words by pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Generic, TypeVar

from privacy_assistant.core.patterns.pattern import Pattern

T = TypeVar("T")

_DOTLESS = "ıİſ"
"""Letters that a pattern without regard to case takes for an i or an s, and lower case does not."""

_PLAIN = str.maketrans(_DOTLESS, "iis")

_WORD = Pattern(r"[^\W\d_]+")
_CLAUSE_END = Pattern(r"[.!?;]\s|\n\s{0,9}\n")


class Said:
    """`text`, `lower` of the same length, and `words` with where they begin."""

    def __init__(self, text: str) -> None:
        self.text = text
        lower = text.lower()
        if len(lower) != len(text):  # "İ" becomes two
            lower = "".join(char.lower() if len(char.lower()) == 1 else char for char in text)
        self.lower = lower

    @cached_property
    def words(self) -> list[tuple[str, int]]:
        return [(match.group(), match.start()) for match in _WORD.finditer(self.lower)]

    @cached_property
    def searched(self) -> str:
        """`lower` with those letters plain: a pattern of small letters finds in it, four times as fast, what it finds
        in the text without regard to case."""
        return self.lower.translate(_PLAIN) if self.is_odd else self.lower

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Each word once."""
        return frozenset(word for word, _ in self.words)

    @cached_property
    def is_odd(self) -> bool:
        """Whether words of it may equal others without being spelled like them: nothing is known from `vocabulary`."""
        return not self.text.isascii() and any(letter in self.text for letter in _DOTLESS)

    @cached_property
    def longest(self) -> int:
        """The length of the longest run of characters without a blank."""
        return max(map(len, self.text.split()), default=0)

    def has_any(self, words: frozenset[str]) -> bool:
        """False only where none of the (lower-case) words stands in the text by itself."""
        return not self.vocabulary.isdisjoint(words) or self.is_odd

    @cached_property
    def has_digit(self) -> bool:
        return any(digit in self.text for digit in "0123456789")

    def same_clause(self, start: int, end: int) -> bool:
        """Whether nothing between start and end closes a clause."""
        return not _CLAUSE_END.search(self.lower, start, end)


class Cued:
    """A pattern none of whose matches lacks all of `cues`, lower-case words, and `marks`, pieces of the text.

    Most texts have none of them and need not be searched.
    """

    def __init__(self, source: str, cues: str, *marks: str) -> None:
        self.source = source
        self._pattern = Pattern(source)
        self._cues = frozenset(cues.split())
        self._marks = marks

    def is_possible(self, said: Said) -> bool:
        """False only where nothing of the text can match."""
        return said.has_any(self._cues) or any(mark in said.text for mark in self._marks)

    def finditer(self, said: Said) -> Iterable[re.Match[str]]:
        """The matches in the text, in order."""
        return self._pattern.finditer(said.text) if self.is_possible(said) else ()


class Phrases(Generic[T]):
    """Phrases with what they mean, looked up by their first word; the longest at each place."""

    def __init__(self, meanings: Mapping[T, Iterable[str]]) -> None:
        table: dict[str, list[tuple[str, T]]] = {}
        for meaning, phrases in meanings.items():
            for phrase in phrases:
                first = _WORD.search(phrase)
                if first is None or first.start():
                    raise ValueError("a phrase begins with a word")
                table.setdefault(first.group(), []).append((phrase, meaning))
        for listed in table.values():
            listed.sort(key=lambda entry: -len(entry[0]))
        self._table = table

    def find(self, said: Said) -> Iterator[tuple[int, int, T]]:
        """Start, end and meaning of each phrase that ends where a word ends."""
        lower = said.lower
        table = self._table
        until = 0
        for word, start in said.words:
            if word in table and start >= until:
                for phrase, meaning in table[word]:
                    end = start + len(phrase)
                    if lower.startswith(phrase, start) and not (
                        lower[end : end + 1].isalpha() and phrase[-1].isalpha()
                    ):
                        yield start, end, meaning
                        until = end
                        break
