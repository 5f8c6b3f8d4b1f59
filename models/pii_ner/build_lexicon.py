"""Write `privacy_assistant/engines/pii_ner/words.bin`.

From wordfreq (CC BY-SA 4.0), the word lists american-english and british-english (SCOWL, Debian's packages wamerican
and wbritish), Faker (MIT) and phonenumbers (Apache-2.0).
"""

from __future__ import annotations

import re
from pathlib import Path

import wordfreq

from models.pii_ner import pools, vocabulary
from privacy_assistant.engines.pii_ner import lexicon
from privacy_assistant.engines.pii_ner.words import fold

_TARGET = Path(lexicon.__file__).with_name("words.bin")
_WORD = re.compile(r"[^\W\d_]{2,}")
_GENERIC = frozenset(
    [
        "of",
        "the",
        "de",
        "la",
        "le",
        "du",
        "di",
        "da",
        "do",
        "dos",
        "das",
        "del",
        "van",
        "von",
        "der",
        "den",
        "and",
        "saint",
        "san",
        "santa",
        "st",
        "new",
        "old",
        "north",
        "south",
        "east",
        "west",
        "upper",
        "lower",
        "city",
        "town",
        "bay",
        "beach",
        "lake",
        "river",
        "valley",
        "park",
        "port",
        "mount",
        "hill",
        "hills",
        "island",
        "islands",
        "springs",
        "falls",
        "el",
        "les",
        "los",
        "las",
        "bad",
        "am",
        "im",
        "an",
        "sur",
        "en",
    ]
)


def marks() -> dict[str, int]:
    """Every listed word, folded, with its byte."""
    found: dict[str, int] = {}

    def add(word: str, bits: int) -> None:
        found[word] = found.get(word, 0) | bits

    for word, frequency in wordfreq.get_frequency_dict("en", wordlist="best").items():
        if _WORD.fullmatch(word) and frequency > 7e-7:
            key = fold(word)
            level = 1 if frequency < 3e-6 else 2 if frequency < 5e-5 else 3
            now = found.get(key, 0) & 3
            add(key, max(level, now) - now)
    for word in vocabulary.ordinary_words():
        add(fold(word), lexicon.ORDINARY)
    for language in ("de", "fr", "es", "it", "nl", "pt"):
        for word, frequency in wordfreq.get_frequency_dict(language, wordlist="best").items():
            if _WORD.fullmatch(word) and frequency > 5e-6:
                key = fold(word)
                level = 1 if frequency < 3e-5 else 2 if frequency < 3e-4 else 3
                now = found.get(key, 0) >> 3 & 3
                add(key, (max(level, now) - now) << 3)
    for names in pools.all_names().items():
        if names[0] == "INVENTED":
            continue
        for bit, many in ((lexicon.GIVEN, names[1].given), (lexicon.FAMILY, names[1].family)):
            for name in many:
                for part in _WORD.findall(name):
                    if fold(part) not in _GENERIC:
                        add(fold(part), bit)
    for many in pools.places().values():
        for place in many:
            for part in _WORD.findall(place):
                if fold(part) not in _GENERIC:
                    add(fold(part), lexicon.PLACE)
    return found


if __name__ == "__main__":
    table = marks()
    _TARGET.write_bytes(lexicon.Lexicon.pack(table))
    print(len(table), "words,", _TARGET.stat().st_size, "bytes")
