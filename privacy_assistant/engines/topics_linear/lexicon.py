"""The terms a topic is talked about in, read from `lexicon.txt`, and where they stand in a text.

A term is a word, a word with a star at one end that stands for any letters ("*itis"), or a phrase of up to five words.
`OFF` phrases are those in which such words mean something else ("tennis court"): what they cover counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from privacy_assistant.core.kinds import Topic
from privacy_assistant.engines.topics_linear.words import fold, words
from privacy_assistant.errors import EngineMissing, ModelTampered

TOPICS: tuple[Topic, ...] = tuple(Topic)
STRENGTHS = ("strong", "weak", "hint")
STRONG, WEAK = 0, 1
OWNED = len(STRENGTHS)
"""After the strengths: a term that is not strong, and somebody's own ("my back")."""

PAIRED = OWNED + 1
"""A term that is not strong, and another one of the topic a few words before it."""

SORTS = PAIRED + 1
OFF = len(TOPICS) * SORTS
"""The mark of a phrase that is off; a mark below it is `topic * SORTS + sort`."""

MARKS = OFF + 1
_LONGEST = 5
_SHORTEST_PART = 3
_FILE = Path(__file__).with_name("lexicon.txt")

Terms = dict[str, tuple[int, ...]]


END = "# end of the lexicon\n"
"""The last line of the file: terms that are missing would be topics that are not seen."""


@dataclass(slots=True)
class Lexicon:
    """Terms by how they are looked up: whole words and phrases, beginnings, ends; each with its marks."""

    whole: Terms = field(default_factory=dict)
    beginnings: Terms = field(default_factory=dict)
    ends: Terms = field(default_factory=dict)
    starters: dict[str, int] = field(default_factory=dict)
    """How many words the longest phrase has that begins with this one."""

    _spans: list[range] = field(default_factory=lambda: [range(0), range(0)])
    """How many letters the beginnings have, and the ends."""

    @classmethod
    def load(cls, path: Path = _FILE) -> Lexicon:
        """The lexicon of the package. Raises EngineMissing or ModelTampered."""
        lexicon = cls()
        try:
            text = path.read_text(encoding="utf-8")
            if not text.endswith(END):
                raise ValueError("cut short")
            for mark, _language, term in read(text):
                lexicon.add(term, mark)
        except OSError:
            raise EngineMissing("the lexicon of topics is missing", hint="install the package again") from None
        except ValueError:
            raise ModelTampered("the lexicon of topics is damaged", hint="install the package again") from None
        return lexicon

    def add(self, term: str, mark: int) -> None:
        """Put one folded term in."""
        if term.endswith("*"):
            _put(self.beginnings, term[:-1], mark)
            self._spans[0] = _widened(self._spans[0], len(term) - 1)
        elif term.startswith("*"):
            _put(self.ends, term[1:], mark)
            self._spans[1] = _widened(self._spans[1], len(term) - 1)
        else:
            said = [term] if term.isalpha() else _words(term)
            _put(self.whole, " ".join(said), mark)
            if len(said) > 1:
                self.starters[said[0]] = max(len(said), self.starters.get(said[0], 0))

    def of_word(self, word: str) -> tuple[int, ...]:
        """The marks of one folded word, each once, sorted."""
        found = set(self.whole.get(word, ()))
        if len(word) > 4 and word[-1] == "s" and word[-2] != "s":
            found.update(self.whole.get(word[:-1], ()))
        beginnings, ends = self._spans
        for length in beginnings:
            if length > len(word):
                break
            found.update(self.beginnings.get(word[:length], ()))
        for length in ends:
            if length > len(word):
                break
            found.update(self.ends.get(word[-length:], ()))
        return tuple(sorted(found))

    def phrases(self, said: Sequence[str]) -> Iterator[tuple[int, int, tuple[int, ...]]]:
        """(start, end, marks) of each phrase of two words or more, in words; they may overlap."""
        starters = self.starters
        for start, word in enumerate(said):
            longest = starters.get(word)
            if longest is None:
                continue
            for end in range(start + 2, min(start + longest, len(said)) + 1):
                marks = self.whole.get(" ".join(said[start:end]))
                if marks is not None:
                    yield start, end, marks


def read(text: str) -> Iterator[tuple[int, str, str]]:
    """(mark, language, folded term) of each term of a lexicon file. Raises ValueError for a line that is none."""
    mark, language = -1, ""
    for line in fold(text).splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("="):
            *what, language = line[1:].split()
            mark = OFF if what == ["off"] else TOPICS.index(Topic(what[0])) * SORTS + STRENGTHS.index(what[1])
            continue
        for term in line.split(","):
            term = term.strip()
            if term.count(" ") < _LONGEST and term.replace(" ", "").isalpha():
                yield mark, language, term
            elif term:
                _check(term)
                yield mark, language, term


def _check(term: str) -> None:
    said = _words(term)
    is_part = "*" in term
    if not said or len(said) > _LONGEST or (is_part and (len(said) > 1 or len(said[0]) < _SHORTEST_PART)):
        raise ValueError("no term of a lexicon")
    if is_part and term not in (f"{said[0]}*", f"*{said[0]}"):
        raise ValueError("a star stands at one end of a word")


def _words(term: str) -> list[str]:
    """The words of a folded term. Most hold letters and blanks alone, and are split ten times as fast."""
    return term.split() if term.replace(" ", "").isalpha() else words(term)


def _put(table: Terms, key: str, mark: int) -> None:
    marks = table.get(key)
    table[key] = (mark,) if marks is None else tuple(sorted({*marks, mark}))


def _widened(lengths: range, length: int) -> range:
    return range(min(lengths.start, length), max(lengths.stop, length + 1)) if lengths else range(length, length + 1)
