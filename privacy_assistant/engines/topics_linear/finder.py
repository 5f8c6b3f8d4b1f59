"""The finder of topics: a verdict on a text, not a place in it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from privacy_assistant.core.kinds import Findings, Kind, Topic
from privacy_assistant.core.turn import Origin
from privacy_assistant.engines.topics_linear import weights
from privacy_assistant.engines.topics_linear.features import GRAM_SHARE, WORD_BUCKETS, Features, extract
from privacy_assistant.engines.topics_linear.lexicon import TOPICS, Lexicon
from privacy_assistant.engines.topics_linear.weights import TopicWeights
from privacy_assistant.engines.topics_linear.words import sentences

WINDOW = 20
STEP = 8


class TopicFinder:
    """Implements `ports.Finder` for topics: linear in the text, without state, the same answer every time.

    A text is looked at in windows of WINDOW words; it is on a topic where one of its windows is. Loading takes a few
    milliseconds and happens with the first text. Raises EngineMissing or ModelTampered where the data is not there.
    """

    def __init__(self, *, lexicon: Lexicon | None = None, classifier: tuple[TopicWeights, ...] | None = None) -> None:
        self._lexicon = lexicon
        self._classifier = classifier

    @property
    def kinds(self) -> frozenset[Kind | Topic]:
        """All topics, no kinds."""
        return frozenset(TOPICS)

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        """The topics of the text; never a span. Says nothing of text without a word."""
        margins = self.margins(text)
        return Findings(topics=frozenset(topic for topic, margin in margins.items() if margin >= 0))

    def margins(self, text: str) -> dict[Topic, float]:
        """How far the window that speaks most for a topic lies above its threshold; {} without a word."""
        parts = sentences(text)
        if not parts:
            return {}
        if self._lexicon is None:
            self._lexicon = Lexicon.load()
        if self._classifier is None:
            self._classifier = weights.load()
        features = extract([word for part in parts for word in part], self._lexicon)
        places = windows([len(part) for part in parts])
        return {
            topic: _best_window(_word_scores(features, one), places) + one.bias - one.threshold
            for topic, one in zip(TOPICS, self._classifier, strict=True)
        }


def windows(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """(start, end) of each window, in words, of sentences that have so many words.

    A text no longer than WINDOW is one window; of a longer one each sentence is one, and a long sentence several.
    """
    total = sum(lengths)
    if total <= WINDOW:
        return [(0, total)]
    found = []
    start = 0
    for length in lengths:
        end = start + length
        found += [(at, min(at + WINDOW, end)) for at in range(start, max(end - WINDOW, start) + STEP, STEP) if at < end]
        start = end
    return found


def _word_scores(features: Features, one: TopicWeights) -> list[float]:
    word_weight = one.buckets[:WORD_BUCKETS].__getitem__
    gram_weight = one.buckets[WORD_BUCKETS:].__getitem__
    share = GRAM_SHARE * one.scale
    scores = []
    for buckets, grams, marks in zip(features.words, features.grams, features.marks, strict=True):
        score = one.scale * sum(map(word_weight, buckets))
        if grams:
            score += share * sum(map(gram_weight, grams)) / len(grams)
        if marks:
            score += sum(map(one.marks.__getitem__, marks))
        scores.append(score)
    return scores


def _best_window(scores: list[float], places: Sequence[tuple[int, int]]) -> float:
    sums = list(accumulate(scores, initial=0.0))
    return max(sums[end] - sums[start] for start, end in places)
