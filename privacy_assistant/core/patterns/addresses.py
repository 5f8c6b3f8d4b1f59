"""Addresses as they are compared: abbreviations, number words and ordinals brought to one form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.words import words

Token = tuple[int, int, str]
"""Where a word of a text stands, half-open, and the word."""

_ALIKE = {
    word: line.split()[0]
    for line in (
        "st street str strasse straat saint",
        "ave avenue av avenida",
        "rd road",
        "blvd boulevard bd bvd",
        "ln lane",
        "dr drive",
        "ct court",
        "pl place platz plaza piazza pza plein praca",
        "sq square",
        "ter terrace",
        "hwy highway",
        "pkwy parkway",
        "cir circle",
        "cres crescent",
        "apt apartment unit suite ste flat appartement apto wohnung whg interno",
        "c calle",
        "r rua",
        "v via",
        "fl floor etage piso",
        "n north",
        "s south",
        "e east",
        "w west",
        "mt mount",
        "ft fort",
        "pobox postfach apartado",
    )
    for word in line.split()
}
_STREETS = frozenset({"st", "ave", "rd", "blvd", "ln", "dr", "ct", "pl", "sq", "ter", "hwy", "pkwy", "cir", "cres"})
_PLAIN = _STREETS | words("the of c r v n s e w apt fl no nr am an der den de la le del du des di da do main high")
_UNITS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_NUMBERS = {
    **{word: str(number) for number, word in enumerate(_UNITS)},
    "oh": "0",
    **{
        word: str(10 * tens)
        for tens, word in enumerate(
            ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), start=2
        )
    },
}
_ORDINAL_WORDS = {
    word: str(number)
    for number, word in enumerate(
        ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"), start=1
    )
}
_ORDINAL = Pattern(r"(\d{1,4})(?:st|nd|rd|th)", re.ASCII)
_SEGMENT = Pattern(r"[^,;\n]+")
_POSTCODES = (
    Pattern(r"(?<![a-z\d])[a-z]{1,2}\d[a-z\d]? ?\d[a-z]{2}(?![a-z\d])"),  # British
    Pattern(r"(?<![a-z\d])\d{4} ?[a-z]{2}(?![a-z\d])"),  # Dutch
    Pattern(r"(?<![a-z\d])[a-z]\d[a-z] ?\d[a-z]\d(?![a-z\d])"),  # Canadian
    Pattern(r"(?<![a-z\d])\d{5}(?:-\d{3,4})?(?![a-z\d])"),
    Pattern(r"(?<![a-z\d])\d{4}-\d{3}(?![a-z\d])"),  # Portuguese
)
_SHORTEST_STREET = 7
_UNTELLING = 2


def canonical(tokens: Sequence[Token]) -> list[Token]:
    """The words of a folded text with "Street" as "st", "fifth" as "5" and "one twenty three" as "123"."""
    done: list[Token] = []
    at = 0
    while at < len(tokens):
        start, end, word = tokens[at]
        at += 1
        if word in _NUMBERS:
            digits, at, end = _number(tokens, at - 1)
            done.append((start, end, digits))
        else:
            done.append((start, end, _canonical(word)))
    return done


def _canonical(word: str) -> str:
    if word in _ALIKE:
        return _ALIKE[word]
    if word in _ORDINAL_WORDS:
        return _ORDINAL_WORDS[word]
    if found := _ORDINAL.fullmatch(word):
        return found[1]
    if word.endswith("str") and len(word) > 5:
        return word + "asse"
    return word


def _number(tokens: Sequence[Token], at: int) -> tuple[str, int, int]:
    """The digits that number words from `at` on say, where the words after them begin, and the end of the last."""
    digits = ""
    tens = False
    end = tokens[at][1]
    while at < len(tokens):
        word = tokens[at][2]
        if word == "hundred" and digits:
            digits += "00"
            tens = False
        elif word in _NUMBERS:
            said = _NUMBERS[word]
            if tens and len(said) == 1 and said != "0":
                digits = digits[:-1] + said
            elif digits.endswith("00") and len(digits) > 2:
                digits = digits[: -len(said)] + said
            else:
                digits += said
            tens = len(said) == 2 and said.endswith("0") and said != "10"
        elif not (word == "and" and digits.endswith("00") and at + 1 < len(tokens) and tokens[at + 1][2] in _NUMBERS):
            break
        end = tokens[at][1]
        at += 1
    return digits, at, end


def address_lines(text: str, word: Pattern) -> Iterator[tuple[tuple[str, ...], float]]:
    """The whole of a folded address and its telling lines, in canonical words, with a score.

    Telling is a line with a number and a name, the street without its number, and the post code; the town alone is
    not: whoever wants it masked lists it as a LOCATION.
    """
    whole = _words(text, word)
    if not whole:
        return
    yield whole, 1.0
    segments = [_words(found.group(), word) for found in _SEGMENT.finditer(text)]
    for at, segment in enumerate(segments):
        numbers = [place for place, said in enumerate(segment) if said[0].isdigit()]
        names = [said for said in segment if said[0].isalpha() and said not in _PLAIN]
        # "Apt 4" alone is half the world's.
        if not numbers or not (names or len(segment) > _UNTELLING):
            continue
        yield segment, 1.0
        for last in range(at + 2, len(segments) + 1):
            yield tuple(said for part in segments[at:last] for said in part), 1.0
        line = _street(segment, numbers)
        if line is not None:
            yield line, 1.0
            number = line[0] if line[0][0].isdigit() else line[-1]
            street = tuple(said for said in line if said != number)
            if not street:
                continue
            yield (number, *street), 1.0
            yield (*street, number), 1.0
            if names and (len(street) > 1 or len(street[0]) >= _SHORTEST_STREET):
                yield street, 0.85
    for form in _POSTCODES:
        for found in form.finditer(text):
            code = tuple(word.findall(found.group()))
            yield code, 0.9
            yield ("".join(code),), 0.9


def _street(segment: tuple[str, ...], numbers: list[int]) -> tuple[str, ...] | None:
    """The part of a line that is the street with its number, whichever stands first."""
    if numbers[0] == 0:
        ends = [at for at, said in enumerate(segment) if said in _STREETS and at > 1]
        return segment[: ends[0] + 1] if ends else segment if len(segment) > 1 else None
    return segment[: numbers[0] + 1] if numbers[0] <= 4 else None


def _words(text: str, word: Pattern) -> tuple[str, ...]:
    return tuple(said for _, _, said in canonical([(m.start(), m.end(), m.group()) for m in word.finditer(text)]))
