"""The person's own lists: what is always masked, and what never is.

All variants of all values stand in one trie over words (a dictionary a word), which a text is walked through from each
of its words on: the work grows with the text and the longest value, not with the number of values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns.addresses import Token, canonical
from privacy_assistant.core.patterns.candidate import Candidate
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.variants import WORD, Phrase, address_variants, folded_words, variants
from privacy_assistant.core.patterns.views import View, folded, written
from privacy_assistant.core.patterns.words import words

_BETWEEN = Pattern(r"[\W_]{0,8}")
_FULL_STOP = Pattern(r"[.!?]\s")
_ABBREVIATION = 2
_DIGITS_ONLY = Pattern(r"[\d ()+./-]+")
_SHORTEST_NUMBER = 5
_SHORTEST_PLURAL = 5
_END = ""
_SENTENCE_START = Pattern(r"(?:^\W*|[.!?:\n]\W*)\Z")
_BEFORE = 8
_LETTERS = 3
_SPELL_GAP = Pattern(r"[ .,-]{1,3}")

_GO_ON = words(
    "i you he she it we they one a an the this that these those there my your his her our their its be been not no "
    "someone anyone everyone anybody somebody of"
)
"""Words after "Will" or "Mark" at the start of a sentence that show it to be no name."""

_CALLS = words(
    "call text message email phone ring meet dear hi hello hey mr mrs ms miss invite tell ask named called uncle aunt "
    "cousin brother sister wife husband son daughter friend boss"
)
"""Words before "will" or "mark" in small letters that show it to be a name."""

_NO_CALL = words("the a an this that my your his her our their no any")

_Trie = dict[str, Any]


class ListedValues:
    """Values in all their variants, compared by words, case and accents folded: "José  Núñez" finds "JOSE-NUNEZ"."""

    def __init__(self, values: Sequence[tuple[str, Kind]]) -> None:
        self._values = tuple(values)

    def __bool__(self) -> bool:
        return bool(self._values)

    @cached_property
    def numbers(self) -> Mapping[str, Kind]:
        """The digits of every value that is a number."""
        return {digits: kind for value, kind in self._values for digits in _numbers(written(value).text.strip())}

    @cached_property
    def _built(self) -> tuple[_Trie, _Trie, list[tuple[str, Kind]]]:
        """Words, words of addresses, and what has no word in it. Made for the first text: thousands take a while."""
        plain_words: _Trie = {}
        addresses: _Trie = {}
        literal: list[tuple[str, Kind]] = []
        for value, kind in self._values:
            if fold(value):
                _plant(plain_words, variants(value, kind), kind)
                if kind is Kind.ADDRESS:
                    _plant(addresses, address_variants(value), kind)
            elif plain := folded(written(value)).text.strip():
                literal.append((plain, kind))
        return plain_words, addresses, literal

    def find(self, view: View, text: str) -> Iterator[Candidate]:
        """Candidates in a folded view of `text`; the longest value at each place. `text` tells what has a capital."""
        plain_words, addresses, literals = self._built
        tokens = [(word.start(), word.end(), word.group()) for word in WORD.finditer(view.text)]
        yield from self._walk(plain_words, tokens, view, text)
        spelt = _spelt(tokens, view.text)
        if spelt is not None:
            yield from self._walk(plain_words, spelt, view, text)
        if addresses:
            yield from self._walk(addresses, canonical(tokens), view, text, is_address=True)
        for literal, kind in literals:
            place = view.text.find(literal)
            while place >= 0:
                yield Candidate(place, place + len(literal), kind, 1.0, "profile")
                place = view.text.find(literal, place + len(literal))

    def _walk(
        self, root: _Trie, tokens: list[Token], view: View, text: str, *, is_address: bool = False
    ) -> Iterator[Candidate]:
        for at, (start, end, word) in enumerate(tokens):
            node = root.get(word)
            ends = []
            if node is None:
                ends = _plural(root, word, end)
            place = at
            while node is not None:
                if _END in node:
                    ends.append((tokens[place][1], *node[_END]))
                place += 1
                if place == len(tokens) or not _goes_on(view.text, tokens[place - 1], tokens[place][0], is_address):
                    break
                following = node.get(tokens[place][2])
                if following is None:
                    ends += _plural(node, tokens[place][2], tokens[place][1])
                node = following
            for stop, kind, score, wants_capital in reversed(ends):
                if not wants_capital or _is_meant(tokens, at, view, text):
                    yield Candidate(start, stop, kind, score, "profile")
                    break


def _goes_on(text: str, last: Token, start: int, is_address: bool) -> bool:
    """Whether what stands between two words keeps them together: "J. Smith" and "Main St. 4", not "I will. Turner"."""
    _, end, word = last
    if end + 1 == start and text[end] == " ":
        return True
    if not is_address and len(word) > _ABBREVIATION and _FULL_STOP.match(text, end):
        return False
    return _BETWEEN.fullmatch(text, end, start) is not None


def fold(value: str) -> str:
    """One value as the lists compare it."""
    return " ".join(folded_words(value))


def _plant(root: _Trie, phrases: Iterable[Phrase], kind: Kind) -> None:
    for phrase, score, wants_capital in phrases:
        node = root
        for word in phrase:
            node = node.setdefault(word, {})
        known = node.get(_END)
        # What one value wants in every case stays so, whatever another one says.
        if known is None or (wants_capital, -score) < (known[2], -known[1]):
            node[_END] = (kind, score, wants_capital)


def _plural(node: _Trie, word: str, end: int) -> list[tuple[int, Kind, float, bool]]:
    """ "the Smiths", "Annas Auto": the name without the letter that was added."""
    if len(word) < _SHORTEST_PLURAL or word[-1] != "s":
        return []
    found = node.get(word[:-1], {}).get(_END)
    return [] if found is None or found[0] is not Kind.PERSON else [(end - 1, *found)]


def _spelt(tokens: list[Token], text: str) -> list[Token] | None:
    """The words with letters said one by one joined ("s m i t h"); None where no three stand in a row."""
    joined: list[Token] = []
    run: list[Token] = []
    is_spelt = False

    def close() -> None:
        nonlocal is_spelt
        if len(run) >= _LETTERS:
            is_spelt = True
            joined.append((run[0][0], run[-1][1], "".join(letter for _, _, letter in run)))
        else:
            joined.extend(run)
        run.clear()

    for token in tokens:
        if len(token[2]) == 1 and token[2].isalpha():
            if run and not _SPELL_GAP.fullmatch(text, run[-1][1], token[0]):
                close()
            run.append(token)
        else:
            close()
            joined.append(token)
    close()
    return joined if is_spelt else None


def _is_meant(tokens: list[Token], at: int, view: View, text: str) -> bool:
    """Whether a word that is a name and a common word as well stands here as a name."""
    start, end, _ = tokens[at]
    first = view.origin(start, end)[0]
    following = tokens[at + 1][2] if at + 1 < len(tokens) else ""
    if text[first].islower():
        if not at or tokens[at - 1][2] not in _CALLS or following in _GO_ON:
            return False
        return at < 2 or tokens[at - 2][2] not in _NO_CALL
    return following not in _GO_ON or not _SENTENCE_START.search(text[max(0, first - _BEFORE) : first])


def _numbers(plain: str) -> Iterator[str]:
    """The digits of a number, and of an international one the forms it has at home."""
    digits = "".join(char for char in plain if char.isdigit())
    if len(digits) < _SHORTEST_NUMBER or not _DIGITS_ONLY.fullmatch(plain):
        return
    yield digits
    if not plain.startswith(("+", "00")):
        return
    bare = digits.removeprefix("00") if plain.startswith("00") else digits
    yield bare
    yield f"00{bare}"
    # Which of them is the country's code is not needed: ten digits by chance are nobody's.
    for code in (1, 2, 3):
        rest = bare[code:].removeprefix("0")
        if len(rest) >= 7:
            yield rest
            yield f"0{rest}"
