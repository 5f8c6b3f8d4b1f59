"""What happens to text on its way: lower case, speech, capitals, typing errors, tokens torn apart. Labels stay right."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from models.pii_ner import vocabulary
from models.pii_ner.fill import Sample

_DIGITS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
_SMALL = (
    *_DIGITS,
    *["ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"],
)
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_NEAR = {"a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk", "k": "jl", "l": "k", "m": "n",
         "n": "bm", "o": "ip", "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x"}  # fmt: skip


def each(sample: Sample, change: Callable[[str], str]) -> Sample:
    """The sample with every piece changed."""
    return [(change(piece), label) for piece, label in sample]


def under_noise(sample: Sample, rng: random.Random) -> Sample:
    """One of the changes, or none, in the shares that the design found to work."""
    draw = rng.random()
    if draw < 0.27:
        sample = each(sample, str.lower)
        if rng.random() < 0.3:
            sample = each(sample, lambda s: re.sub(r"[.,!?;:]", "", s))
    elif draw < 0.42:
        sample = spoken(sample, rng)
    elif draw < 0.45:
        sample = each(sample, str.upper)
    elif draw < 0.49:
        sample = each(sample, lambda s: s if rng.random() < 0.7 else s.lower())
    if rng.random() < 0.06:
        sample = mistyped(sample, rng)
    if rng.random() < 0.04:
        sample = each(sample, lambda s: re.sub(r" ", "  ", s) if rng.random() < 0.3 else s)
    if rng.random() < 0.03:
        sample = each(sample, lambda s: re.sub(r"([.,!?;:'()])", r" \1 ", s))
    return sample


def reworded(sample: Sample, rng: random.Random, language: str = "en") -> Sample:
    """Some words that are not personal exchanged for any other ordinary word: the frame matters, not its nouns."""
    common = vocabulary.common_words(language)

    def change(match: re.Match[str]) -> str:
        word = match.group()
        if rng.random() > 0.3:
            return word
        other = rng.choice(common)
        return other.capitalize() if word[0].isupper() else other

    return [(re.sub(r"[^\W\d_]{4,}", change, piece) if label is None else piece, label) for piece, label in sample]


def mistyped(sample: Sample, rng: random.Random) -> Sample:
    """About one letter in sixty wrong: a neighbour on the keyboard, dropped, doubled, or two swapped."""

    def change(piece: str) -> str:
        out: list[str] = []
        for char in piece:
            if char.isalpha() and rng.random() < 0.016:
                kind = rng.random()
                if kind < 0.4:
                    out.append(rng.choice(_NEAR.get(char.lower(), char)))
                elif kind < 0.6:
                    continue
                elif kind < 0.8:
                    out += [char, char]
                elif out and out[-1].isalpha():
                    out.insert(-1, char)
                else:
                    out.append(char)
            else:
                out.append(char)
        return "".join(out) or piece

    return each(sample, change)


def spoken(sample: Sample, rng: random.Random) -> Sample:
    """As a recogniser writes speech: lower case, no punctuation, numbers in words, "at" and "dot"."""

    def say(piece: str) -> str:
        piece = piece.replace("@", " at ")
        piece = re.sub(r"(?<=\w)\.(?=\w)", " dot ", piece)
        piece = re.sub(r"\b(\d{1,2})(?:st|nd|rd|th)\b", lambda m: ordinal(int(m.group(1))), piece)
        piece = re.sub(r"\d+", lambda m: " " + number(m.group(), rng) + " ", piece)
        piece = re.sub(r"[\n\r]+", " ", piece.lower())
        piece = re.sub(r"(?<!\w)'|'(?!\w)|[^\w\s']", " ", piece)
        return re.sub(r"\s+", " ", piece)

    return each(sample, say)


def ordinal(value: int) -> str:
    """ "first", "twenty second": the place in an order, up to 99."""
    special = {1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth"}
    if value in special:
        return special[value]
    if value < 20:
        return _SMALL[value] + "th"
    tens = _TENS[value // 10 - 2]
    return tens[:-1] + "ieth" if value % 10 == 0 else f"{tens} {ordinal(value % 10)}"


def number(digits: str, rng: random.Random) -> str:
    """Digits as people say them: one by one, "double five", "oh", or as a small number."""
    if len(digits) <= 2 and digits[0] != "0" and rng.random() < 0.8:
        value = int(digits)
        return (
            _SMALL[value] if value < 20 else _TENS[value // 10 - 2] + (" " + _SMALL[value % 10] if value % 10 else "")
        )
    if len(digits) == 3 and digits[0] != "0" and digits[1:] != "00" and rng.random() < 0.4:
        return _SMALL[int(digits[0])] + rng.choice((" hundred and ", " hundred ", " ")) + number(digits[1:], rng)
    if len(digits) == 4 and digits[0] != "0" and digits[2] != "0" and digits[1] != "0" and rng.random() < 0.5:
        return number(digits[:2], rng) + " " + number(digits[2:], rng)
    zero = rng.choice(("zero", "oh", "zero"))
    said: list[str] = []
    at = 0
    while at < len(digits):
        word = zero if digits[at] == "0" else _DIGITS[int(digits[at])]
        if digits[at : at + 2] == digits[at] * 2 and rng.random() < 0.3:
            said.append("double " + word)
            at += 2
        else:
            said.append(word)
            at += 1
    return " ".join(said)
