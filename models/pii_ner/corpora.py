"""The CC BY 4.0 sets as samples: WNUT-17, Broad Twitter Corpus, Wikigold, SLURP. Names are exchanged now and then."""

from __future__ import annotations

import json
import os
import random
import re
from pathlib import Path

from models.pii_ner.fill import Filler, Sample
from models.pii_ner.template import IGNORE

SETS = ("wnut17_train", "btc_train", "wikigold", "slurp_devel")
_KNOWN = frozenset({"PERSON", "LOCATION", "ORG"})
_LOOKS_LIKE_HANDLE = re.compile(r"[@#]\s?\w+|https?\s?:\S+")


def folder() -> Path:
    """Where the sets lie: PRIVACY_ASSISTANT_TEST_DATA, or ../shared/data beside the checkout."""
    root = os.environ.get("PRIVACY_ASSISTANT_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data"
    return Path(root) / "pii"


def read(name: str) -> list[Sample]:
    """A set as samples; entities of other kinds are neither rewarded nor punished."""
    samples: list[Sample] = []
    for line in (folder() / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text: str = row["text"]
        sample: Sample = []
        at = 0
        for span in sorted(row["spans"], key=lambda s: s["start"]):
            if span["start"] < at:
                continue
            sample += _unlabelled(text[at : span["start"]])
            label = span["type"] if span["type"] in _KNOWN else IGNORE
            sample.append((text[span["start"] : span["end"]], label))
            at = span["end"]
        sample += _unlabelled(text[at:])
        samples.append(sample)
    return samples


def _unlabelled(piece: str) -> Sample:
    """Handles and links are the rules' business."""
    sample: Sample = []
    at = 0
    for match in _LOOKS_LIKE_HANDLE.finditer(piece):
        sample += [(piece[at : match.start()], None), (match.group(), IGNORE)]
        at = match.end()
    sample.append((piece[at:], None))
    return [part for part in sample if part[0]]


def detokenised(sample: Sample) -> Sample:
    """Without the blanks that tokenisers put before punctuation."""

    def change(piece: str) -> str:
        piece = re.sub(r" (?=[,.!?;:%)\]…])", "", piece)
        piece = re.sub(r"(?<=[(\[$#]) ", "", piece)
        piece = re.sub(r" (?=(?:n't|'s|'m|'re|'ve|'ll|'d)\b)", "", piece)
        return re.sub(r"''|``", '"', piece)

    return [(change(piece) if label is None else piece, label) for piece, label in sample]


def exchanged(sample: Sample, filler: Filler, rng: random.Random) -> Sample:
    """The sample with other names in the same places."""
    return [
        (filler.value(label, len(piece.split())), label)
        if label in _KNOWN and label and rng.random() < 0.7
        else (piece, label)
        for piece, label in sample
    ]
