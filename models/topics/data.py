"""Sentences with the topics they are on, from the templates of this folder.

A file `LANGUAGE_SECTION.txt` holds one template a line; the section is a topic or `none...`. `[a|b]` stands for each of
its alternatives. A line may begin with `+topic` (it is on that topic too) or `?topic` (it may count either way).
"""

from __future__ import annotations

import itertools
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from privacy_assistant.engines.topics_linear.lexicon import OFF, SORTS, STRONG, TOPICS, WEAK, Lexicon
from privacy_assistant.engines.topics_linear.words import words

HERE = Path(__file__).parent
TEMPLATES = HERE / "templates"
OTHERS = HERE.parent / "pii_ner" / "templates"
"""Texts about anything, written for the tagger of names: what in them has no term of the lexicon is everyday talk."""

DEV = HERE / "dev"
"""Written later and held out once: the terms of the lexicon come from its misses, too, and it is trained on now."""

HELD_OUT = HERE / "held_out"
LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")

_SLOT = re.compile(r"\{[^}]*\}")
_MOST_CHOICES = 5
_CHOICE = re.compile(r"\[([^\]]*)\]")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One text. `on` and `either` are subsets of the names of TOPICS; on none of them it is a negative."""

    text: str
    language: str
    on: frozenset[str]
    either: frozenset[str] = frozenset()
    is_near: bool = False
    """Whether it is a negative that has a word of a topic in it."""

    @property
    def is_negative(self) -> bool:
        """Whether it is on no topic, however one counts."""
        return not self.on and not self.either

    def label(self, topic: str) -> bool | None:
        """Whether it is on the topic; None where it may count either way."""
        return True if topic in self.on else None if topic in self.either else False


@dataclass(frozen=True, slots=True)
class Template:
    """One line of a file: `variants` are all sentences it stands for."""

    variants: tuple[Sentence, ...]

    @property
    def first(self) -> Sentence:
        """The sentence with the first of all alternatives."""
        return self.variants[0]


def read(folder: Path, languages: Sequence[str] = LANGUAGES) -> list[Template]:
    """All templates of a folder, by language and file."""
    found = []
    for language in languages:
        for file in sorted(folder.glob(f"{language}_*.txt")):
            section = file.stem.split("_")[1]
            found += [
                _template(line, language, section, file.stem.endswith("_near"))
                for line in file.read_text(encoding="utf-8").splitlines()
                if line
            ]
    return found


def read_everyday(lexicon: Lexicon, languages: Sequence[str] = LANGUAGES) -> list[Template]:
    """Templates of the tagger without a term of the lexicon, slots filled by one word each: more negatives."""
    found = []
    for language in languages:
        for file in sorted(OTHERS.glob(f"{language}_*.txt")):
            for line in file.read_text(encoding="utf-8").splitlines():
                text = _SLOT.sub("Anna", line.replace("\\n", " "))
                if line and line[0] != "#" and text.count("[") < _MOST_CHOICES:
                    template = _template(text, language, "none", False)
                    if not any(_has_term(one.text, lexicon) for one in template.variants):
                        found.append(template)
    return found


def _has_term(text: str, lexicon: Lexicon) -> bool:
    said = words(text)
    is_term = any(mark % SORTS in (STRONG, WEAK) for word in said for mark in lexicon.of_word(word) if mark != OFF)
    return is_term or any(lexicon.phrases(said))


def _template(line: str, language: str, section: str, is_near: bool) -> Template:
    on = set() if section == "none" else {section}
    either = set()
    while line[0] in "+?":
        mark, _, line = line.partition(" ")
        (on if mark[0] == "+" else either).add(mark[1:])
    unknown = (on | either) - set(TOPICS)
    if unknown:
        raise ValueError(f"{language}_{section}: no topic: {', '.join(sorted(unknown))}")
    texts = dict.fromkeys(_variants(line))
    return Template(tuple(Sentence(text, language, frozenset(on), frozenset(either), is_near) for text in texts))


def _variants(line: str) -> Iterator[str]:
    parts = _CHOICE.split(line)
    choices = [part.split("|") if at % 2 else [part] for at, part in enumerate(parts)]
    for chosen in itertools.product(*choices):
        yield "".join(chosen)


def longer(sentences: Sequence[Sentence], around: Sequence[Sentence], count: int, seed: int) -> list[Sentence]:
    """Texts of four to twelve sentences of one language: one of `sentences` somewhere among everyday ones of `around`."""
    chance = random.Random(seed)
    everyday: dict[str, list[str]] = {}
    for sentence in around:
        if sentence.is_negative and not sentence.is_near:
            everyday.setdefault(sentence.language, []).append(sentence.text)
    made = []
    for _ in range(count):
        one = chance.choice(sentences)
        if one.language in everyday:
            texts = chance.choices(everyday[one.language], k=chance.randint(3, 11))
            texts.insert(chance.randint(0, len(texts)), one.text)
            made.append(Sentence(". ".join(texts), one.language, one.on, one.either, one.is_near))
    return made
