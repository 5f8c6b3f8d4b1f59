"""The terms a topic is talked about in, read from `lexicon.txt`, and where they stand in a text.

A term is a word, a word with a star at one end that stands for any letters ("*itis"), or a phrase of up to five words.
`OFF` phrases are those in which such words mean something else ("tennis court"): what they cover counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from privacy_assistant.core.kinds import Topic
from privacy_assistant.engines.topics_linear.words import fold, words
from privacy_assistant.errors import EngineMissing

TOPICS: tuple[Topic, ...] = tuple(Topic)
STRENGTHS = ("strong", "weak")
OFF = len(TOPICS) * len(STRENGTHS)
"""The mark of a phrase that is off; a mark below it is `topic * 2 + strength`."""

MARKS = OFF + 1
_LONGEST = 5
_SHORTEST_PART = 3
_FILE = Path(__file__).with_name("lexicon.txt")

Terms = dict[str, tuple[int, ...]]


@dataclass(slots=True)
class Lexicon:
    """Terms by how they are looked up: whole words and phrases, beginnings, ends; each with its marks."""

    whole: Terms = field(default_factory=dict)
    beginnings: Terms = field(default_factory=dict)
    ends: Terms = field(default_factory=dict)
    starters: dict[str, int] = field(default_factory=dict)
    """How many words the longest phrase has that begins with this one."""

    _lengths: tuple[range, range] = (range(0), range(0))

    @classmethod
    def load(cls, path: Path = _FILE) -> Lexicon:
        """The lexicon of the package. Raises EngineMissing."""
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise EngineMissing("the lexicon of topics is missing", hint="install the package again") from None
        lexicon = cls()
        for mark, _language, term in read(text):
            lexicon.add(term, mark)
        return lexicon

    def add(self, term: str, mark: int) -> None:
        """Put one folded term in."""
        if term.endswith("*"):
            _put(self.beginnings, term[:-1], mark)
        elif term.startswith("*"):
            _put(self.ends, term[1:], mark)
        else:
            said = words(term)
            _put(self.whole, " ".join(said), mark)
            if len(said) > 1:
                self.starters[said[0]] = max(len(said), self.starters.get(said[0], 0))
        self._lengths = (_lengths(self.beginnings), _lengths(self.ends))

    def of_word(self, word: str) -> tuple[int, ...]:
        """The marks of one folded word, each once, sorted."""
        found = set(self.whole.get(word, ()))
        if word.endswith("s"):
            found.update(self.whole.get(word[:-1], ()))
        beginnings, ends = self._lengths
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
    for line in text.splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("="):
            *what, language = line[1:].split()
            mark = OFF if what == ["off"] else TOPICS.index(Topic(what[0])) * 2 + STRENGTHS.index(what[1])
            continue
        for term in line.split(","):
            term = fold(term.strip())
            if not term:
                continue
            letters = term.strip("*")
            if not words(letters) or ("*" in term and (len(letters) < _SHORTEST_PART or " " in term)):
                raise ValueError(f"no term of a lexicon, in the section of {language}")
            if len(words(letters)) > _LONGEST:
                raise ValueError(f"a phrase is too long, in the section of {language}")
            yield mark, language, term


def _put(table: Terms, key: str, mark: int) -> None:
    table[key] = tuple(sorted({*table.get(key, ()), mark}))


def _lengths(table: Mapping[str, tuple[int, ...]]) -> range:
    sizes = [len(key) for key in table]
    return range(min(sizes), max(sizes) + 1) if sizes else range(0)
