"""Words as rows of small integers: what the network is given. Training and use share this file.

A row holds, in this order: the bucket of the whole word, what the word lists know of it, shape and gap, and the buckets
of its character n-grams (hashing trick: Weinberger et al. 2009; n-grams of words: Bojanowski et al. 2017).
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import numpy.typing as npt

from privacy_assistant.engines.pii_ner.lexicon import Lexicon
from privacy_assistant.engines.pii_ner.words import Gap, Shape, Word

WORD_BUCKETS = 24576
GRAM_BUCKETS = 40960
GRAMS = 24
"""At most so many n-grams of a word are looked at, those at its edges first."""

FORMS = len(Shape) * len(Gap) * 2
COLUMNS = 3 + GRAMS
_LONGEST = 24


def rows(words: Sequence[Word], lexicon: Lexicon) -> npt.NDArray[np.int32]:
    """(words, COLUMNS) int32. Bucket 0 of words and n-grams means "none"."""
    table = np.zeros((len(words), COLUMNS), dtype=np.int32)
    is_caseless = int(not any(word.shape in (Shape.TITLE, Shape.MIXED) for word in words))
    seen: dict[str, tuple[list[int], int]] = {}
    for word, row in zip(words, table, strict=True):
        known = seen.get(word.key)
        if known is None:
            known = seen[word.key] = (buckets(word.key), lexicon.lookup(word.key))
        found, listed = known
        row[0] = found[0]
        row[1] = listed
        row[2] = form(word.shape, word.gap, is_caseless)
        row[3 : 2 + len(found)] = found[1:]
    return table


def form(shape: int, gap: int, is_caseless: int) -> int:
    """Shape, gap and whether the whole text has no capitalised word, as one number."""
    return (shape * len(Gap) + gap) * 2 + is_caseless


def buckets(key: str) -> list[int]:
    """The bucket of the word, then those of its n-grams; digits count as one digit for n-grams of long numbers."""
    if key[:1].isdigit():
        key = key if len(key) <= 2 else "0" * len(key)
    data = key[:_LONGEST].encode("utf-8", "surrogatepass")
    found = [1 + crc32(data) % (WORD_BUCKETS - 1)]
    edged = b"<" + data + b">"
    size = len(edged)
    if size < 4:
        return found
    grams = [edged[:3], edged[-3:], edged[:4], edged[-4:]]
    if size > 5:
        grams += [edged[:5], edged[-5:]]
    grams += [edged[at : at + 3] for at in range(1, size - 3)]
    grams += [edged[at : at + 4] for at in range(1, size - 4)]
    found += [1 + crc32(gram) % (GRAM_BUCKETS - 1) for gram in grams[:GRAMS]]
    return found
