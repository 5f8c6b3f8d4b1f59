"""Sentences of a grammar as the smallest graph of words that says them all: what a recogniser walks along.

The rules are written as the right sides of the JSpeech Grammar Format (W3C note, 2000): words, `<rule>`, `( | )`,
`[ ]`; no rule may need itself. A recogniser's own reading of that format copies a rule wherever it is named, which for
the skills' sentences gave 24,868 states; here states with the same
future are one (Daciuk et al., 2000, "Incremental construction of minimal acyclic finite-state automata"), and two ways
out of a state never have the same word: fewer than a thousand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from privacy_assistant.errors import UsageError

_TOKEN = re.compile(r"<[^<>]*>|[|()\[\]]|[^\s|()\[\]<>]+")

State = tuple[bool, frozenset[tuple[str, int]]]
"""Whether a sentence may end here, and the ways out: a word, and the number of the state behind it."""


@dataclass(frozen=True, slots=True)
class WordGraph:
    """Numbered states; `start` is where sentences begin. No circles."""

    states: tuple[State, ...]
    start: int

    def arcs(self) -> list[tuple[int, int, str]]:
        """Each way as (from, to, word), in a fixed order."""
        return [(number, behind, word) for number, (_, ways) in enumerate(self.states) for word, behind in sorted(ways)]

    def says(self, sentence: str) -> bool:
        """Whether these words, with one space between them, are a sentence."""
        at = self.start
        for word in sentence.split():
            behind = dict(self.states[at][1]).get(word)
            if behind is None:
                return False
            at = behind
        return self.states[at][0]

    def sentence(self, choose: Callable[[int], int]) -> str:
        """A sentence; `choose(n)` gives a number below n for each of its turns."""
        said: list[str] = []
        at = self.start
        while True:
            may_end, ways = self.states[at]
            turn = choose(len(ways) + may_end)
            if turn == len(ways):
                return " ".join(said)
            word, at = sorted(ways)[turn]
            said.append(word)


def word_graph(rules: Mapping[str, str], sentence: str) -> WordGraph:
    """The graph of the expansion `sentence` over these rules. Raises UsageError where a rule is not well-formed."""
    building = _Building(rules)
    return building.whole(building.before(sentence, building.end))


class _Building:
    """From the back to the front: what stands before a state is made of what that state is."""

    def __init__(self, rules: Mapping[str, str]) -> None:
        self._rules = rules
        self._states: list[State] = []
        self._numbers: dict[State, int] = {}
        self._before: dict[tuple[str, int], int] = {}
        self._merged: dict[frozenset[int], int] = {}
        self._open: set[str] = set()
        self.end = self._number((True, frozenset()))

    def before(self, text: str, behind: int) -> int:
        """The state from which an expansion leads to a state."""
        key = (text, behind)
        if key not in self._before:
            tokens = _TOKEN.findall(text)
            at, after = self._either(tokens, len(tokens), behind)
            if after:
                raise UsageError("a rule of the grammar opens what it does not close")
            self._before[key] = at
        return self._before[key]

    def _either(self, tokens: list[str], last: int, behind: int) -> tuple[int, int]:
        """Read alternatives backwards from `last`; the state before them, and where they begin."""
        found: set[int] = set()
        at = behind
        while last and tokens[last - 1] not in ("(", "["):
            last -= 1
            sign = tokens[last]
            if sign == "|":
                found.add(at)
                at = behind
            elif sign in (")", "]"):
                inner, last = self._either(tokens, last, at)
                if not last or tokens[last - 1] != ("(" if sign == ")" else "["):
                    raise UsageError("a rule of the grammar closes what it did not open")
                last -= 1
                at = inner if sign == ")" else self._merge(frozenset((inner, at)))
            elif sign.startswith("<"):
                at = self._rule(sign[1:-1], at)
            else:
                at = self._number((False, frozenset(((sign, at),))))
        return self._merge(frozenset((*found, at))), last

    def _rule(self, name: str, behind: int) -> int:
        if name not in self._rules:
            raise UsageError(f"the grammar has no rule {name}")
        if name in self._open:
            raise UsageError(f"the rule {name} of the grammar needs itself")
        self._open.add(name)
        at = self.before(self._rules[name], behind)
        self._open.discard(name)
        return at

    def _merge(self, numbers: frozenset[int]) -> int:
        """One state for several: ways with the same word become one way, to what is behind them merged."""
        if len(numbers) == 1:
            return next(iter(numbers))
        if numbers not in self._merged:
            ways: dict[str, set[int]] = {}
            for number in numbers:
                for word, behind in self._states[number][1]:
                    ways.setdefault(word, set()).add(behind)
            merged = frozenset((word, self._merge(frozenset(behind))) for word, behind in ways.items())
            self._merged[numbers] = self._number((any(self._states[number][0] for number in numbers), merged))
        return self._merged[numbers]

    def _number(self, state: State) -> int:
        if state not in self._numbers:
            self._numbers[state] = len(self._states)
            self._states.append(state)
        return self._numbers[state]

    def whole(self, start: int) -> WordGraph:
        """What can be reached from a state, numbered anew in the order of a walk."""
        order = {start: 0}
        for number in (walk := [start]):
            for _, behind in sorted(self._states[number][1]):
                if behind not in order:
                    order[behind] = len(order)
                    walk.append(behind)
        return WordGraph(
            tuple(
                (may_end, frozenset((word, order[behind]) for word, behind in ways))
                for may_end, ways in (self._states[number] for number in walk)
            ),
            0,
        )
