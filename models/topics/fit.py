"""Fit the linear classifier: logistic regression on windows, by AdaGrad, with the features dropped by chance."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from models.topics.carriers import CARRIERS, CLOSERS, OPENERS
from models.topics.data import Sentence, Template, longer
from privacy_assistant.engines.topics_linear.features import BUCKETS, GRAM_SHARE, WORD_BUCKETS, extract
from privacy_assistant.engines.topics_linear.finder import windows
from privacy_assistant.engines.topics_linear.lexicon import MARKS, OFF, SORTS, STRONG, TOPICS, Lexicon
from privacy_assistant.engines.topics_linear.weights import TopicWeights
from privacy_assistant.engines.topics_linear.words import sentences

Term = tuple[int, str, str]
"""Mark, language and text of a term of the lexicon."""

Floats = npt.NDArray[np.float64]

COLUMNS = BUCKETS + MARKS
POSITIVE = 1.5
"""What a positive weighs where a plain negative weighs 1."""

RATE = 0.1
"""The step of AdaGrad in the first epoch."""

DECAY = 2e-5
"""What pulls a weight to zero."""

FIRST = (3.0, 0.8, 0.3, 0.3, 0.5)
"""What the marks of a topic weigh before the first text: strong, weak, hint, owned, paired."""

CARRIED = 0.4
"""The share of the terms of the lexicon that an epoch sees."""

OTHER_TOPIC = 0.3
"""What a text on another topic weighs as a negative: which topic it is matters less than that it is one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One window: columns and their values."""

    columns: npt.NDArray[np.int64] = field(repr=False)
    values: Floats = field(repr=False)


@dataclass(frozen=True, slots=True)
class Example:
    """One text by its windows, with target and weight for each topic; weight 0 is "does not matter"."""

    rows: list[Row] = field(repr=False)
    target: Floats
    weight: Floats


@dataclass(slots=True)
class Linear:
    """Weights (COLUMNS, topics) and biases (topics,)."""

    weights: Floats
    bias: Floats

    def scores(self, rows: Sequence[Row]) -> Floats:
        """(windows, topics)."""
        return np.array([row.values @ self.weights[row.columns] for row in rows]) + self.bias


def rows(text: str, lexicon: Lexicon) -> list[Row]:
    """The windows of a text."""
    parts = sentences(text)
    features = extract([word for part in parts for word in part], lexicon)
    found = []
    for start, end in windows([len(part) for part in parts]):
        columns: list[int] = []
        values: list[float] = []
        for at in range(start, end):
            columns += features.words[at]
            values += [1.0] * len(features.words[at])
            grams = features.grams[at]
            columns += [WORD_BUCKETS + gram for gram in grams]
            values += [GRAM_SHARE / max(len(grams), 1)] * len(grams)
            columns += [BUCKETS + mark for mark in features.marks[at]]
            values += [1.0] * len(features.marks[at])
        found.append(Row(np.array(columns, dtype=np.int64), np.array(values)))
    return found


def example(sentence: Sentence, lexicon: Lexicon) -> Example:
    """A sentence with its labels as numbers."""
    labels = [sentence.label(topic) for topic in TOPICS]
    negative = OTHER_TOPIC if sentence.on or sentence.either else 1.0
    return Example(
        rows(sentence.text, lexicon),
        np.array([float(bool(label)) for label in labels]),
        np.array([0.0 if label is None else POSITIVE if label else negative for label in labels]),
    )


def gather(
    templates: Sequence[Template], everyday: Sequence[Template], terms: Sequence[Term], seed: int
) -> list[Sentence]:
    """What one epoch is trained on: each template twice, terms in carriers, longer texts, shuffled plain words."""
    chance = random.Random(seed)
    once = [chance.choice(template.variants) for template in templates]
    again = [_dressed(chance.choice(template.variants), chance) for template in templates]
    negatives = [sentence for sentence in once if sentence.is_negative]
    others = [chance.choice(template.variants) for template in everyday if chance.random() < 0.5]
    made = [*once, *again, *others]
    plain: dict[str, list[str]] = {}
    for sentence in [*negatives, *others]:
        plain.setdefault(sentence.language, []).extend(sentence.text.split())
    made += _carried(terms, plain, chance)
    for language, said in plain.items():
        count = sum(sentence.language == language for sentence in negatives) // 2
        made += [_nothing(" ".join(chance.choices(said, k=chance.randint(6, 20))), language) for _ in range(count)]
    if negatives:
        positives = [sentence for sentence in once if sentence.on] or negatives
        made += longer(positives, negatives, len(templates) // 3, seed + 1)
        made += longer(negatives, negatives, len(templates) // 3, seed + 2)
    chance.shuffle(made)
    return made


def fit(
    templates: Sequence[Template],
    everyday: Sequence[Template],
    lexicon: Lexicon,
    terms: Sequence[Term],
    *,
    seed: int,
    epochs: int,
) -> Linear:
    """Train on templates, everyday ones and the terms of the lexicon. The same arguments give the same weights."""
    chance = np.random.default_rng(seed)
    model = Linear(_first_weights(), np.full(len(TOPICS), -2.0))
    squares = np.ones((COLUMNS, len(TOPICS)))
    bias_squares = np.ones(len(TOPICS))
    for epoch in range(epochs):
        rate = RATE * (1 - epoch / epochs) + 0.01
        for sentence in gather(templates, everyday, terms, seed * 1000 + epoch):
            one = example(sentence, lexicon)
            kept = [_dropped(row, chance) for row in one.rows]
            best = model.scores(kept).argmax(axis=0)
            for topic in np.flatnonzero(one.weight):
                row = kept[best[topic]]
                score = row.values @ model.weights[row.columns, topic] + model.bias[topic]
                slope = one.weight[topic] * (1 / (1 + np.exp(-np.clip(score, -30, 30))) - one.target[topic])
                if abs(slope) < 1e-3:
                    continue
                step = slope * row.values + DECAY * model.weights[row.columns, topic]
                np.add.at(squares[:, topic], row.columns, step * step)
                np.add.at(model.weights[:, topic], row.columns, -rate * step / np.sqrt(squares[row.columns, topic]))
                bias_squares[topic] += slope * slope
                model.bias[topic] -= rate * slope / np.sqrt(bias_squares[topic])
    return model


def _first_weights() -> Floats:
    """What the lexicon says before anything is learned: a strong term is enough, others lean."""
    weights = np.zeros((COLUMNS, len(TOPICS)))
    for topic in range(len(TOPICS)):
        for sort, weight in enumerate(FIRST):
            weights[BUCKETS + SORTS * topic + sort, topic] = weight
    return weights


def quantise(model: Linear, thresholds: Sequence[float]) -> tuple[TopicWeights, ...]:
    """The classifier as it is shipped: a byte for each bucket."""
    made = []
    for topic, threshold in enumerate(thresholds):
        weights = model.weights[:BUCKETS, topic]
        scale = float(np.abs(weights).max()) / 127 or 1.0
        table = np.clip(np.rint(weights / scale), -127, 127).astype(np.int8)
        marks = tuple(float(weight) for weight in model.weights[BUCKETS:, topic])
        made.append(
            TopicWeights(threshold, float(model.bias[topic]), scale, marks, memoryview(table.tobytes()).cast("b"))
        )
    return tuple(made)


def _carried(terms: Sequence[Term], plain: dict[str, list[str]], chance: random.Random) -> list[Sentence]:
    """Some terms in carriers, each beside the carrier with plain words, so that carriers mean nothing."""
    labels: dict[str, set[str]] = {}
    for mark, _language, term in terms:
        if mark != OFF and mark % SORTS == STRONG:
            labels.setdefault(term, set()).add(TOPICS[mark // SORTS].value)
    made = []
    for mark, language, term in terms:
        if language not in plain or (mark != OFF and mark % SORTS != STRONG) or chance.random() > CARRIED:
            continue
        carrier = chance.choice(CARRIERS[language])
        on = frozenset() if mark == OFF else frozenset(labels[term])
        either = frozenset(topic.value for topic in TOPICS) - on if on else frozenset()
        made.append(Sentence(carrier.format(term.strip("*")), language, on, either))
        made.append(
            _nothing(carrier.format(" ".join(chance.choices(plain[language], k=chance.randint(1, 2)))), language)
        )
    return made


def _nothing(text: str, language: str) -> Sentence:
    return Sentence(text, language, frozenset())


def _dressed(sentence: Sentence, chance: random.Random) -> Sentence:
    """With an opener or a closer, or with a slip of the keyboard."""
    text = sentence.text
    if chance.random() < 0.5:
        text = f"{chance.choice(OPENERS[sentence.language])} {text}"
    if chance.random() < 0.5:
        text = f"{text} {chance.choice(CLOSERS[sentence.language])}"
    if chance.random() < 0.3 and len(text) > 8:
        at = chance.randrange(1, len(text) - 1)
        text = text[:at] + text[at + 1 :]
    return Sentence(text, sentence.language, sentence.on, sentence.either)


def _dropped(row: Row, chance: np.random.Generator) -> Row:
    """A row that lacks some features, at times all of a sort, so that no sort alone has to carry a text."""
    keep = chance.random(len(row.columns)) > 0.1
    sort = chance.random()
    if sort < 0.2:
        keep &= row.columns >= WORD_BUCKETS
    elif sort < 0.4:
        keep &= row.columns < BUCKETS
    return Row(row.columns[keep], row.values[keep])
