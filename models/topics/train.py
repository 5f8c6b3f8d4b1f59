"""Train the classifier of topics and write it beside the module that reads it: `make train-topics`.

Thresholds come from margins that each template got from models that had not seen it (cross-validation over templates);
the held-out templates are not read here.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from pathlib import Path

from models.topics import data
from models.topics.data import Sentence, Template, longer
from models.topics.fit import Term, fit, quantise
from privacy_assistant.core.kinds import Topic
from privacy_assistant.engines.topics_linear import lexicon as lexicon_file
from privacy_assistant.engines.topics_linear import weights
from privacy_assistant.engines.topics_linear.finder import TopicFinder
from privacy_assistant.engines.topics_linear.lexicon import TOPICS, Lexicon
from privacy_assistant.engines.topics_linear.weights import TopicWeights

SEED = 7
EPOCHS = 6
FOLDS = 4
FALSE_ALARMS = {False: 0.025, True: 0.05}
"""The share of negatives that may pass a threshold, of short ones and of long ones."""


def train(
    templates: Sequence[Template],
    terms: Sequence[Term],
    *,
    seed: int = SEED,
    epochs: int = EPOCHS,
    folds: int = FOLDS,
    everyday: Sequence[Template] | None = None,
) -> tuple[TopicWeights, ...]:
    """The classifier of these templates, thresholds chosen by cross-validation. The same arguments, the same bytes.

    `everyday` are more negatives; None takes those that the tagger has.
    """
    lexicon = Lexicon()
    for mark, _language, term in terms:
        lexicon.add(term, mark)
    if everyday is None:
        everyday = data.read_everyday(lexicon, sorted({template.first.language for template in templates}))
    order = list(range(len(templates)))
    random.Random(seed).shuffle(order)
    margins: dict[Topic, list[tuple[float, bool, bool]]] = {topic: [] for topic in TOPICS}
    for fold in range(folds):
        seen = [templates[at] for place, at in enumerate(order) if place % folds != fold]
        unseen = [templates[at].first for place, at in enumerate(order) if place % folds == fold]
        model = quantise(fit(seen, everyday, lexicon, terms, seed=seed + fold, epochs=epochs), [0.0] * len(TOPICS))
        finder = TopicFinder(lexicon=lexicon, classifier=model)
        negatives = [sentence for sentence in unseen if sentence.is_negative]
        for is_long, sentences in ((False, unseen), (True, longer(negatives, negatives, len(negatives), seed + fold))):
            for sentence in sentences:
                _note(margins, finder, sentence, is_long)
    thresholds = [_threshold(margins[topic]) for topic in TOPICS]
    for topic, threshold in zip(TOPICS, thresholds, strict=True):
        on = [margin for margin, label, _ in margins[topic] if label]
        recall = sum(margin >= threshold for margin in on) / max(len(on), 1)
        print(f"{topic.value:10} threshold {threshold:+.2f}  recall {recall:.1%} of {len(on)} unseen templates")
    return quantise(fit(templates, everyday, lexicon, terms, seed=seed, epochs=epochs), thresholds)


def _note(
    margins: dict[Topic, list[tuple[float, bool, bool]]], finder: TopicFinder, sentence: Sentence, is_long: bool
) -> None:
    for topic, margin in finder.margins(sentence.text).items():
        if sentence.label(topic) or sentence.is_negative:
            margins[topic].append((margin, bool(sentence.label(topic)), is_long))


def _threshold(margins: Sequence[tuple[float, bool, bool]]) -> float:
    """The lowest at which negatives raise no more than FALSE_ALARMS."""
    found = []
    for is_long, allowed in FALSE_ALARMS.items():
        negatives = sorted(margin for margin, label, long in margins if not label and long is is_long)
        if negatives:
            found.append(negatives[min(int(len(negatives) * (1 - allowed)), len(negatives) - 1)] + 1e-3)
    return max(found, default=0.0)


def main() -> None:
    """Train on every template and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(weights.__file__).with_name("weights.bin"))
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--folds", type=int, default=FOLDS)
    arguments = parser.parse_args()
    text = Path(lexicon_file.__file__).with_name("lexicon.txt").read_text(encoding="utf-8")
    classifier = train(
        [*data.read(data.TEMPLATES), *data.read(data.DEV)],
        list(lexicon_file.read(text)),
        epochs=arguments.epochs,
        folds=arguments.folds,
    )
    packed = weights.pack(classifier)
    arguments.out.write_bytes(packed)
    print(f"{arguments.out.name}: {len(packed)} bytes")


if __name__ == "__main__":
    main()
