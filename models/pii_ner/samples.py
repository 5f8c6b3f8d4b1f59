"""The stream of training samples: templates, the sets, negatives, joined and made noisy; and their rows and labels."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
import numpy.typing as npt

from models.pii_ner import corpora, fill, noise, template
from models.pii_ner.fill import Filler, Sample
from privacy_assistant.engines.pii_ner import features
from privacy_assistant.engines.pii_ner.lexicon import Lexicon
from privacy_assistant.engines.pii_ner.tags import TAGS
from privacy_assistant.engines.pii_ner.words import Shape, split

WINDOW = 80
_TWICE = frozenset({"en_letters", "en_prompts_long"})
"""Few lines of many words: drawn twice as often as others."""

IGNORED = -100
_DEV = 8
"""One line of the sets and one template in so many is kept for development."""
_LISTS_OFF = 0.12
"""Share of samples that are read without name lists, and of names that no list has."""
_NAME_UNLISTED = 0.25
_NAME_BITS = 0b11100000


@dataclass(frozen=True, slots=True)
class Example:
    """One window: `words` index the table of a `Table`, `forms` are shape numbers, `keep` is anded to what lists know."""

    words: npt.NDArray[np.int32]
    forms: npt.NDArray[np.int16]
    keep: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int8]


class Table:
    """Rows of all words met so far, so that a word's n-grams are hashed once."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._index: dict[str, int] = {"": 0}
        self._rows: list[list[int]] = [[0] * (features.COLUMNS - 1)]

    def index(self, key: str) -> int:
        """The number of a folded word."""
        found = self._index.get(key)
        if found is None:
            found = self._index[key] = len(self._rows)
            buckets = features.buckets(key)
            self._rows.append(
                [buckets[0], self._lexicon.lookup(key), *buckets[1:], *[0] * (features.GRAMS + 1 - len(buckets))]
            )
        return found

    def rows(self) -> npt.NDArray[np.int32]:
        """(words, 2 + GRAMS): bucket, lists, n-grams."""
        return np.array(self._rows, dtype=np.int32)


def is_dev(key: str) -> bool:
    """Whether a template or a line is kept for development; the same in every run and for every seed."""
    return crc32(key.encode()) % _DEV == 0


def example(sample: Sample, table: Table, rng: random.Random | None) -> Iterator[Example]:
    """The windows of a sample. With a generator the name lists are hidden now and then."""
    text = "".join(piece for piece, _ in sample)
    words = split(text)
    labels = np.zeros(len(words), dtype=np.int8)
    keep = np.full(len(words), 255, dtype=np.uint8)
    at = 0
    if rng is not None and rng.random() < _LISTS_OFF:
        keep[:] = 255 - _NAME_BITS
    for start, end, label in fill.pieces_with_spans(sample):
        while at < len(words) and words[at].end <= start:
            at += 1
        is_hidden = rng is not None and rng.random() < _NAME_UNLISTED
        is_first = True
        while at < len(words) and words[at].start < end:
            labels[at] = IGNORED if label == template.IGNORE else TAGS.index(("B-" if is_first else "I-") + label)
            is_first = False
            if is_hidden and label != template.IGNORE:
                keep[at] = 255 - _NAME_BITS
            at += 1
    is_caseless = int(not any(word.shape in (Shape.TITLE, Shape.MIXED) for word in words))
    indices = np.array([table.index(word.key) for word in words], dtype=np.int32)
    forms = np.array([features.form(word.shape, word.gap, is_caseless) for word in words], dtype=np.int16)
    for cut in range(0, len(words), WINDOW):
        part = slice(cut, cut + WINDOW)
        if len(words[part]) > 0:
            yield Example(indices[part], forms[part], keep[part], labels[part])


class Stream:
    """Samples without end, in the shares below, from one seeded generator."""

    _LANGUAGES = (
        "en",
        "en",
        "en",
        "en",
        "en",
        "en",
        "en",
        "en",
        "en",
        "en",
        "en",
        "en",
        "de",
        "fr",
        "es",
        "it",
        "nl",
        "pt",
    )

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._templates = {
            language: [line for stem, line in many if not is_dev(line) for _ in range(1 + (stem in _TWICE))]
            for language, many in template.templates().items()
        }
        self._positive = {k: [t for t in v if template.has_label(t)] for k, v in self._templates.items()}
        self._negative = {k: [t for t in v if not template.has_label(t)] for k, v in self._templates.items()}
        self._fillers = {language: Filler(language, rng) for language in self._templates}
        self._sets = {
            name: [s for n, s in enumerate(corpora.read(name)) if not is_dev(f"{name}{n}")] for name in corpora.SETS
        }

    def __iter__(self) -> Iterator[Sample]:
        rng = self._rng
        while True:
            parts = [self._one()]
            while rng.random() < 0.22 and len(parts) < 5 and sum(len(piece) for piece, _ in parts[0]) < 500:
                parts.append(self._one())
            joined: Sample = []
            for part in parts:
                if joined:
                    joined.append((rng.choice((" ", " ", "\n", "\n\n", ". ")), None))
                joined += part
            yield noise.under_noise(joined, rng)

    def _one(self) -> Sample:
        rng = self._rng
        kind = rng.random()
        if kind < 0.30:
            name = rng.choices(corpora.SETS, (4, 4, 2.5, 3))[0]
            sample = rng.choice(self._sets[name])
            if rng.random() < 0.6:
                sample = corpora.exchanged(sample, self._fillers["en"], rng)
            return corpora.detokenised(sample) if rng.random() < 0.85 else sample
        language = rng.choice(self._LANGUAGES)
        language = language if language in self._templates else "en"
        pool = self._negative if kind < 0.47 and self._negative.get(language) else self._positive
        sample = self._fillers[language].fill(rng.choice(pool[language]))
        return noise.reworded(sample, rng, language) if rng.random() < (0.15 if language == "en" else 0.25) else sample


def development(table: Table, *, seed: int = 99) -> dict[str, list[tuple[Sample, list[Example]]]]:
    """Held-out templates with held-out names, and held-out lines of the sets, each cased, lower and as speech."""
    rng = random.Random(seed)
    found: dict[str, list[tuple[Sample, list[Example]]]] = {}
    kept: dict[str, list[Sample]] = {}
    for language, many in template.templates().items():
        filler = Filler(language, rng, is_held_out=True)
        kept[f"templates {language}"] = [
            filler.fill(line) for _, line in many if is_dev(line) for _ in range(4 if template.has_label(line) else 1)
        ]
    for name in corpora.SETS:
        kept[name] = [corpora.detokenised(s) for n, s in enumerate(corpora.read(name)) if is_dev(f"{name}{n}")]
    for name, samples in kept.items():
        views: Sequence[tuple[str, list[Sample]]] = (
            ("cased", samples),
            ("lower", [noise.each(s, str.lower) for s in samples]),
            ("speech", [noise.spoken(s, rng) for s in samples]),
        )
        for view, changed in views:
            found[f"{name} {view}"] = [(s, list(example(s, table, None))) for s in changed]
    return found
