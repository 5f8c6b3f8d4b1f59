"""Words as small integers: what the linear classifier adds up. Training and use share this file.

A word gives the bucket of itself, of itself with the word before it, and of its n-grams of letters (the hashing trick:
Weinberger et al. 2009; n-grams as features of words: Bojanowski et al. 2017), and its marks in the lexicon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from zlib import crc32

from privacy_assistant.engines.topics_linear.lexicon import OFF, OWNED, PAIRED, SORTS, STRONG, Lexicon
from privacy_assistant.engines.topics_linear.words import words

WORD_BUCKETS = 16384
GRAM_BUCKETS = 16384
BUCKETS = WORD_BUCKETS + GRAM_BUCKETS
GRAMS = 20
"""At most so many n-grams of a word are looked at, those at its edges first."""

GRAM_SHARE = 2.0
"""What the n-grams of a word weigh together, where the word itself weighs 1."""

NEAR = 6
"""Two terms of a topic are a pair where no more than so many words lie between their ends."""

_LONGEST = 24
_OWNERS = frozenset(
    words(
        "i my your his her our their me am is was mein meine meinen meinem meiner dein deine sein seine ihr ihre unser "
        "unsere ich mich mir mon ma mes ton ta tes son sa ses notre nos leur je j mi mis tu tus su sus nuestro nuestra "
        "yo il mio la mia miei mie tuo tua suo sua nostro io mijn jouw zijn haar onze ik meu minha meus minhas teu seu "
        "nosso nossa eu"
    )
)
"""Words before which a term is somebody's own, in the seven languages."""


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
    last: dict[int, int] = {}
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
            if at in phrases:
                marks = tuple(sorted({*marks, *phrases[at]}))
            rows.marks.append(_circumstances(marks, at, before, last) if marks else marks)
        before = word
    return rows


def _circumstances(marks: tuple[int, ...], at: int, before: str, last: dict[int, int]) -> tuple[int, ...]:
    """The marks of a word, with what stands around it; `last` keeps where each topic last had a term."""
    found = list(marks)
    for topic in {mark // SORTS for mark in marks}:
        if topic * SORTS + STRONG not in marks:
            if before in _OWNERS:
                found.append(topic * SORTS + OWNED)
            if at - last.get(topic, -NEAR - 1) <= NEAR:
                found.append(topic * SORTS + PAIRED)
        last[topic] = at
    return tuple(found)


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
