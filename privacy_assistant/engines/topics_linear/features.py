"""Words as small integers: what the linear classifier adds up. Training and use share this file.

A word gives the bucket of itself, of itself with the word before it, and of its n-grams of letters (the hashing trick:
Weinberger et al. 2009; n-grams as features of words: Bojanowski et al. 2017), and its marks in the lexicon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from zlib import crc32

from privacy_assistant.engines.topics_linear.lexicon import OFF, Lexicon

WORD_BUCKETS = 16384
GRAM_BUCKETS = 16384
BUCKETS = WORD_BUCKETS + GRAM_BUCKETS
GRAMS = 20
"""At most so many n-grams of a word are looked at, those at its edges first."""

GRAM_SHARE = 2.0
"""What the n-grams of a word weigh together, where the word itself weighs 1."""

_LONGEST = 24


@dataclass(frozen=True, slots=True)
class Features:
    """What stands in each word's place, one entry a word, in order.

    `words`: buckets of the word and of the pair it ends, below WORD_BUCKETS; empty for a word that is off.
    `grams`: buckets of its n-grams, below GRAM_BUCKETS. `marks`: marks of the lexicon; a phrase has its last word.
    """

    words: list[tuple[int, ...]] = field(repr=False)
    grams: list[tuple[int, ...]] = field(repr=False)
    marks: list[tuple[int, ...]] = field(repr=False)


def extract(said: Sequence[str], lexicon: Lexicon) -> Features:
    """The features of folded words."""
    off: set[int] = set()
    phrases: dict[int, tuple[int, ...]] = {}
    for start, end, marks in lexicon.phrases(said):
        if OFF in marks:
            off.update(range(start, end))
        phrases[end - 1] = (*phrases.get(end - 1, ()), *marks)
    seen: dict[str, tuple[int, tuple[int, ...], tuple[int, ...]]] = {}
    rows = Features([], [], [])
    before = "<"
    for at, word in enumerate(said):
        known = seen.get(word)
        if known is None:
            known = seen[word] = (_bucket(word.encode()), _grams(word), lexicon.of_word(word))
        bucket, grams, marks = known
        if at in off:
            rows.words.append(())
            rows.grams.append(())
            rows.marks.append((OFF,) if OFF in phrases.get(at, ()) else ())
        else:
            rows.words.append((bucket, _bucket(f"{before} {word}".encode())))
            rows.grams.append(grams)
            rows.marks.append((*marks, *phrases[at]) if at in phrases else marks)
        before = word
    return rows


def _bucket(data: bytes) -> int:
    return crc32(data) % WORD_BUCKETS


def _grams(word: str) -> tuple[int, ...]:
    """Buckets of the n-grams of three to five letters, with the edges of the word marked."""
    data = b"<" + word[:_LONGEST].encode() + b">"
    size = len(data)
    if size < 5:
        return ()
    grams = [data[:4], data[-4:], data[:5], data[-5:]]
    if size > 6:
        grams += [data[:6], data[-6:]]
    grams += [data[at : at + 4] for at in range(1, size - 4)]
    grams += [data[at : at + 5] for at in range(1, size - 5)]
    return tuple({crc32(gram) % GRAM_BUCKETS for gram in grams[:GRAMS]})
