"""The person's own lists: what is always masked, and what never is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns.candidate import Candidate
from privacy_assistant.core.patterns.views import View, folded, written

_WORD = re.compile(r"[^\W_]+")
_BETWEEN = re.compile(r"[\W_]{1,4}")
_DIGITS_ONLY = re.compile(r"[\d ()+./-]+")
_SHORTEST_NUMBER = 5


class ListedValues:
    """Values compared word by word, case and accents folded: "José  Núñez" finds "JOSE-NUNEZ"."""

    def __init__(self, values: Sequence[tuple[str, Kind]]) -> None:
        self._by_first: dict[str, list[tuple[tuple[str, ...], Kind]]] = {}
        self._literal: list[tuple[str, Kind]] = []
        numbers: dict[str, Kind] = {}
        for value, kind in values:
            plain = folded(written(value)).text.strip()
            words = tuple(_WORD.findall(plain))
            if words:
                self._by_first.setdefault(words[0], []).append((words, kind))
            elif plain:
                self._literal.append((plain, kind))
            digits = "".join(char for char in plain if char.isdigit())
            if len(digits) >= _SHORTEST_NUMBER and _DIGITS_ONLY.fullmatch(plain):
                numbers[digits] = kind
        for listed in self._by_first.values():
            listed.sort(key=lambda entry: -len(entry[0]))
        self.numbers: Mapping[str, Kind] = numbers

    def __bool__(self) -> bool:
        return bool(self._by_first or self._literal)

    def find(self, view: View) -> Iterator[Candidate]:
        """Candidates in a folded view; the longest value at each place."""
        text = view.text
        words = [(word.start(), word.end(), word.group()) for word in _WORD.finditer(text)]
        for at, (start, _, first) in enumerate(words):
            for wanted, kind in self._by_first.get(first, ()):
                end = self._matches(text, words, at, wanted)
                if end is not None:
                    yield Candidate(start, end, kind, 1.0, "profile")
                    break
        for literal, kind in self._literal:
            place = text.find(literal)
            while place >= 0:
                yield Candidate(place, place + len(literal), kind, 1.0, "profile")
                place = text.find(literal, place + len(literal))

    @staticmethod
    def _matches(text: str, words: list[tuple[int, int, str]], at: int, wanted: tuple[str, ...]) -> int | None:
        if at + len(wanted) > len(words):
            return None
        for offset, word in enumerate(wanted):
            start, _, said = words[at + offset]
            if said != word or (offset and not _BETWEEN.fullmatch(text, words[at + offset - 1][1], start)):
                return None
        return words[at + len(wanted) - 1][1]


def fold(value: str) -> str:
    """One value as the lists compare it."""
    return " ".join(_WORD.findall(folded(written(value)).text))
