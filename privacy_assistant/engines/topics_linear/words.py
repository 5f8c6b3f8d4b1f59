"""A text as the topic finder reads it: folded words, no numbers, no marks."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"[^\W\d_]+")
_SENTENCE = re.compile(r"[.!?:;…。！？]+(?=\s|$)|[\r\n]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_LIGATURES = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"})


def fold(text: str) -> str:
    """Lower case, without accents, compatibility forms or invisible marks."""
    text = text.lower()
    if text.isascii():
        return text
    return _NOT_ASCII.sub(_without_marks, unicodedata.normalize("NFKD", text))


def _without_marks(found: re.Match[str]) -> str:
    return "".join([c for c in found.group() if unicodedata.category(c) not in ("Mn", "Cf")]).translate(_LIGATURES)


def words(text: str) -> list[str]:
    """The folded words in order; an apostrophe or hyphen parts two words."""
    return _WORD.findall(fold(text))


def sentences(text: str) -> list[list[str]]:
    """The folded words of each sentence or line that has any."""
    said = [_WORD.findall(sentence) for sentence in _SENTENCE.split(fold(text))]
    return [one for one in said if one]
