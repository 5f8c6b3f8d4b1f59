"""A text in lower case, place for place, with its words: what rules that wait for a word are looked up in.

Looking every word up in a table costs a tenth of searching the text for many words by pattern.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Generic, TypeVar

from privacy_assistant.core.patterns.pattern import Pattern

T = TypeVar("T")

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
    def has_digit(self) -> bool:
        return any(digit in self.text for digit in "0123456789")

    def same_clause(self, start: int, end: int) -> bool:
        """Whether nothing between start and end closes a clause."""
        return not _CLAUSE_END.search(self.lower, start, end)


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
