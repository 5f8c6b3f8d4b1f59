"""The file of the trained classifier: one byte for each weight, written by `models/topics/train.py`.

Layout, little-endian: magic; for each topic its threshold, bias and scale and the weights of the lexicon's marks, as
float32; then for each topic one int8 for each bucket. A weight is its byte times the scale of its topic.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from privacy_assistant.engines.topics_linear.features import BUCKETS
from privacy_assistant.engines.topics_linear.lexicon import MARKS, TOPICS
from privacy_assistant.errors import EngineMissing, ModelTampered

_FILE = Path(__file__).with_name("weights.bin")
_MAGIC = b"PATL\x01"
_HEAD = struct.Struct(f"<{3 + MARKS}f")
_SIZE = len(_MAGIC) + len(TOPICS) * (_HEAD.size + BUCKETS)


@dataclass(frozen=True, slots=True)
class TopicWeights:
    """What speaks for one topic. A window is on topic where bias and weights add up to `threshold` or more."""

    threshold: float
    bias: float
    scale: float
    marks: tuple[float, ...]
    buckets: memoryview = field(repr=False)
    """BUCKETS signed bytes."""


def pack(topics: Sequence[TopicWeights]) -> bytes:
    """The bytes of the file, one entry for each of TOPICS, in order."""
    heads = [_HEAD.pack(one.threshold, one.bias, one.scale, *one.marks) for one in topics]
    return b"".join([_MAGIC, *heads, *(one.buckets.tobytes() for one in topics)])


def load(path: Path = _FILE) -> tuple[TopicWeights, ...]:
    """Read the file that comes with the package. Raises EngineMissing or ModelTampered."""
    try:
        data = path.read_bytes()
    except OSError:
        raise EngineMissing("the classifier of topics is missing", hint="install the package again") from None
    if data[: len(_MAGIC)] != _MAGIC or len(data) != _SIZE:
        raise ModelTampered("the classifier of topics is damaged", hint="install the package again")
    tables = memoryview(data)[len(_MAGIC) + len(TOPICS) * _HEAD.size :].cast("b")
    found = []
    for at in range(len(TOPICS)):
        threshold, bias, scale, *marks = _HEAD.unpack_from(data, len(_MAGIC) + at * _HEAD.size)
        found.append(TopicWeights(threshold, bias, scale, tuple(marks), tables[at * BUCKETS : (at + 1) * BUCKETS]))
    return tuple(found)
