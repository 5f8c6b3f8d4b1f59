"""Text → spans of PERSON, LOCATION, ORG, ADDRESS, by the network of models/pii_ner through onnxruntime."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from privacy_assistant.core.kinds import Finding, Findings, Kind, Topic
from privacy_assistant.core.placeholder import WRITTEN
from privacy_assistant.core.turn import Origin
from privacy_assistant.engines.onnx_session import opened
from privacy_assistant.engines.pii_ner.features import COLUMNS, rows
from privacy_assistant.engines.pii_ner.lexicon import Lexicon
from privacy_assistant.engines.pii_ner.tags import KINDS, TAGS
from privacy_assistant.engines.pii_ner.words import Gap, Shape, Word, split
from privacy_assistant.errors import EngineFailed

BALANCED = 0.4
"""A word is masked from this chance on that it belongs to a name."""

STRICT = 0.12
_FILE = Path(__file__).with_name("tagger.onnx")
_WINDOW = 128
_OVERLAP = 24
"""Words of context that a window shares with the one before; the middle of a text is never read without any."""
_BATCH = 16
_SPREAD = 0.45
"""The words beside a sure one need only this share of the threshold: half a name masked is a name told."""
_LEAST_SHARE = 0.4
"""Findings of chance c are right in 0.4 + 0.6 c of the cases, counted on held-out texts (models/README.md)."""

_BRIDGES = frozenset(".,-'’/&#")
_BEGINS = [TAGS.index(f"B-{kind}") for kind in KINDS]
_INSIDES = [TAGS.index(f"I-{kind}") for kind in KINDS]

Chances = npt.NDArray[np.float32]


class Tagger:
    """Implements `ports.Finder`. Linear in the text; no state between texts; the same answer every time.

    `threshold` is the chance from which on a word is masked, 0..1. Raises EngineMissing or EngineFailed on
    construction when the library or the network is missing or broken.
    """

    def __init__(self, *, threshold: float = BALANCED, network: Path = _FILE, lexicon: Lexicon | None = None) -> None:
        self._threshold = threshold
        self._lexicon = lexicon or Lexicon.load()
        self._session = opened(network, "the name finder", "install the package again")

    @property
    def kinds(self) -> frozenset[Kind | Topic]:
        """PERSON, LOCATION, ORG, ADDRESS."""
        return frozenset(KINDS)

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        """Names and addresses; `score` is the share of such findings that are right. Raises EngineFailed."""
        words = split(text)
        if not words:
            return Findings()
        chances = self._chances(words)
        at = 0
        for match in WRITTEN.finditer(text):
            while at < len(words) and words[at].end <= match.start():
                at += 1
            while at < len(words) and words[at].start < match.end():
                chances[at] = 0
                chances[at, 0] = 1
                at += 1
        return Findings(tuple(_spans(words, chances, self._threshold)))

    def _chances(self, words: Sequence[Word]) -> Chances:
        """(words, classes): the chance of each class for each word."""
        table = rows(words, self._lexicon)
        starts = list(range(0, max(1, len(words) - _OVERLAP), _WINDOW - _OVERLAP))
        out = np.zeros((len(words), len(TAGS)), dtype=np.float32)
        for first in range(0, len(starts), _BATCH):
            part = starts[first : first + _BATCH]
            sizes = [min(_WINDOW, len(words) - start) for start in part]
            batch = np.zeros((max(sizes), len(part), COLUMNS), dtype=np.int32)
            for column, (start, size) in enumerate(zip(part, sizes, strict=True)):
                batch[:size, column] = table[start : start + size]
            found = self._run(batch, np.array(sizes, dtype=np.int32))
            for column, (start, size) in enumerate(zip(part, sizes, strict=True)):
                skip = _OVERLAP // 2 if start else 0
                out[start + skip : start + size] = found[skip:size, column]
        return out

    def _run(self, batch: npt.NDArray[np.int32], sizes: npt.NDArray[np.int32]) -> Chances:
        try:
            found: Chances = self._session.run(None, {"rows": batch, "sizes": sizes})[0]
        except Exception as error:  # noqa: BLE001 - onnxruntime raises its own classes, one per cause; the text may hold content
            raise EngineFailed(f"the name finder stopped: {type(error).__name__}") from None
        return found


def _spans(words: Sequence[Word], chances: Chances, threshold: float) -> Iterator[Finding]:
    """Runs of words that are likely part of a name, cut where another one begins."""
    personal = 1 - chances[:, 0]
    begins = chances[:, _BEGINS].sum(axis=1)
    insides = chances[:, _INSIDES].sum(axis=1)
    seen = _grown(words, personal, threshold)
    at = 0
    while at < len(words):
        if not seen[at]:
            at += 1
            continue
        end = at + 1
        while (
            end < len(words) and seen[end] and not (begins[end] > insides[end] and words[end].shape is not Shape.MARK)
        ):
            end += 1
        first, last = at, end
        at = end
        while first < last and not _can_begin(words[first]):
            first += 1
        while last > first and not _is_said(words[last - 1]):
            last -= 1
        if first < last:
            part = chances[first:last]
            by_kind = part[:, _BEGINS].sum(axis=0) + part[:, _INSIDES].sum(axis=0)
            kind = KINDS[int(by_kind.argmax())]
            score = _LEAST_SHARE + (1 - _LEAST_SHARE) * float(personal[first:last].mean())
            yield Finding(words[first].start, words[last - 1].end, kind, round(score, 4), "ner")


def _is_said(word: Word) -> bool:
    """Whether a word has a letter or a digit; names do not end with a mark."""
    return any(char.isalnum() for char in word.key)


def _can_begin(word: Word) -> bool:
    """The same for their beginning, but for the "#" of a flat."""
    return word.key == "#" or _is_said(word)


def _grown(words: Sequence[Word], personal: npt.NDArray[np.float32], threshold: float) -> list[bool]:
    """Which words are masked: the likely ones, their less likely neighbours, and single signs between two of them."""
    seen = [bool(chance >= threshold) for chance in personal]
    low = threshold * _SPREAD
    order = [(range(1, len(words)), -1), (range(len(words) - 2, -1, -1), 1)]
    for places, side in order:
        for at in places:
            later = at if side < 0 else at + 1
            if not seen[at] and seen[at + side] and personal[at] >= low and words[later].gap is not Gap.LINE:
                seen[at] = True
    for at in range(1, len(words) - 1):
        if not seen[at] and words[at].key in _BRIDGES and seen[at - 1] and seen[at + 1]:
            seen[at] = True
    return seen
