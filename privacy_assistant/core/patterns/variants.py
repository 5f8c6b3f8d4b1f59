"""The ways in which a listed value is written: parts of a name, initials, other spellings, lines of an address.

A variant is a sequence of folded words. What is one word in one writing and two in another ("O'Brien", "OBrien";
"Mary-Jane", "Maryjane") is listed in both.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns.addresses import address_lines
from privacy_assistant.core.patterns.name_words import NAME_WORDS
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.views import folded, written
from privacy_assistant.core.patterns.words import words

Phrase = tuple[tuple[str, ...], float, bool]
"""The words, a score 0..1, and whether the first one must be written with a capital to be meant."""

MOST_WORDS = 32
"""Of a variant; a longer value is compared by its first so many words."""

# Scripts that write no blanks between words, and Hangul, which folding takes apart: a word is one character.
_SOLID = "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
WORD = Pattern(rf"[{_SOLID}]|[^\W_{_SOLID}]+")

_CAMEL = Pattern(r"(?<=[a-z])(?=[A-Z])")
_TITLES = words(
    "mr mrs ms mx miss dr prof professor sir madam lady lord rev hon capt sgt lt herr herrn frau dipl ing mag mme mlle "
    "monsieur madame sr sra srta senor senora don dona sig signor signora dott dhr mevr"
)
_SUFFIXES = words("jr sr ii iii iv md phd dds esq msc bsc ma mba")
_PARTICLES = words(
    "van von der den de del della di da dos das do du des la le lo el al bin ibn ben bint abu ter ten zu zum zur af av "
    "st mac mc o d y e"
)
_LEGAL = words(
    "inc incorporated ltd limited llc llp plc corp corporation co company gmbh ag kg ohg ug se mbh kgaa gbr ev bv nv "
    "vof sa sas sarl sasu eurl spa srl snc sl slu ltda lda oy oyj ab as asa aps pty pvt pte kk group holding holdings"
)
_TRANSLITERATED = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "Ø": "Oe"}
_UMLAUT = Pattern(r"(?<=[b-df-hj-np-tv-z])([aou])e(?=[b-df-hj-np-tv-z]{2})", re.IGNORECASE)
_SPOKEN_MARKS = {"@": " at ", ".": " dot ", "_": " underscore ", "-": " dash "}
_SHORTEST_JOINED = 6
_SHORTEST_SURE = 3


def folded_words(value: str) -> tuple[str, ...]:
    """The words of a value as the lists compare them: plain forms, no case, no accents."""
    return tuple(WORD.findall(folded(written(value)).text))


def variants(value: str, kind: Kind) -> Iterator[Phrase]:
    """Every writing of a value that is looked for; the value as it stands comes first. Repeats are possible."""
    whole = folded_words(value)[:MOST_WORDS]
    if not whole:
        return
    # One word that is a word of the language too: of a project the person meant every place, of a name hardly.
    is_vague = kind in (Kind.PERSON, Kind.ORG, Kind.LOCATION) and len(whole) == 1 and _is_vague(whole)
    yield whole, 1.0, is_vague
    match kind:
        case Kind.ADDRESS:
            return  # the rest is in `address_variants`
        case Kind.EMAIL:
            yield from _dictated(value)
        case Kind.PERSON:
            for spelling in _spellings(value):
                yield from _names(spelling)
        case Kind.ORG:
            for spelling in _spellings(value):
                yield from _companies(spelling)
        case _:
            for spelling in _spellings(value):
                phrase = folded_words(spelling)[:MOST_WORDS]
                yield phrase, 1.0, is_vague
                yield from _joined(phrase, 1.0)


def address_variants(value: str) -> Iterator[Phrase]:
    """Lines of an address in the words of `addresses.canonical`."""
    for spelling in _spellings(value) if not value.isascii() or _UMLAUT.search(value) else (value,):
        text = folded(written(spelling)).text
        for line, score in address_lines(text, WORD):
            yield line[:MOST_WORDS], score, False


def _spellings(value: str) -> list[str]:
    """As it stands, with its umlauts written out or written-out umlauts as (folded) vowels, and "MacDonald" in two."""
    forms = [value, _CAMEL.sub(" ", value)]
    if not value.isascii():
        forms.append("".join(_TRANSLITERATED.get(char, char) for char in value))
    forms.append(_UMLAUT.sub(r"\1", value))
    return list(dict.fromkeys(forms))


def _names(value: str) -> Iterator[Phrase]:
    """Of "Dr. John Michael van der Berg": John, Michael, Berg, John Berg, Berg John, J. Berg, John M. van der Berg …"""
    units = _units(value)
    if not units:
        return
    full = _flat(units)
    yield full, 1.0, len(full) == 1 and _is_vague(full)
    yield from _joined(full, 1.0)
    for unit in units:
        yield from _part(unit)
        if len(unit) > 1:
            yield from _joined(unit, 0.9)
            for word in unit:
                if word not in _PARTICLES and len(word) >= _SHORTEST_SURE:
                    yield from _part((word,))
    if len(units) < 2:
        return
    first, last = units[0], units[-1]
    bare = tuple(word for word in last if word not in _PARTICLES) or last
    for name in {last, bare}:
        yield first + name, 1.0, False
        yield name + first, 1.0, False
        yield (first[0][:1], *name), 0.95, False
    yield last + _flat(units[:-1]), 1.0, False
    yield from _joined(first + last, 0.95)
    yield (*last, first[0][:1]), 0.9, True
    if last[0][:1] != "s":  # "John's" is no "John S."
        yield (*first, last[0][:1]), 0.8, True
    for left, right in itertools.pairwise(units):
        yield left + right, 0.95, False
    if len(units) > 2:
        initials = tuple(unit[0][:1] for unit in units[1:-1])
        yield (*first, *initials, *last), 1.0, False
        yield (first[0][:1], *initials, *last), 1.0, False


def _units(value: str) -> list[tuple[str, ...]]:
    """The names in a name, each with its particles: "Jean-Luc van den Berg" has two. "Berg, Jean" is turned round."""
    last, comma, first = value.partition(",")
    if comma and folded_words(first) and not set(folded_words(first)) <= _SUFFIXES:
        value = f"{first} {last}"
    units: list[tuple[str, ...]] = []
    pending: tuple[str, ...] = ()
    for said in value.split():
        unit = folded_words(said)
        if not unit or (len(unit) == 1 and (unit[0] in _TITLES or (units and unit[0] in _SUFFIXES))):
            continue
        if len(unit) == 1 and unit[0] in _PARTICLES and (units or pending):
            pending += unit
            continue
        units.append(pending + unit)
        pending = ()
    if pending:
        units.append(pending)
    return units


def _part(unit: tuple[str, ...]) -> Iterator[Phrase]:
    if sum(map(len, unit)) > 1:
        yield unit, 0.9, len(unit) == 1 and _is_vague(unit)


def _is_vague(unit: tuple[str, ...]) -> bool:
    """Whether one word is a word of the language as well, or too short to tell."""
    return unit[0] in NAME_WORDS or (unit[0].isascii() and len(unit[0]) < _SHORTEST_SURE)


def _companies(value: str) -> Iterator[Phrase]:
    """Without "GmbH" and its like."""
    whole = folded_words(value)[:MOST_WORDS]
    bare = list(whole)
    while len(bare) > 1 and (bare[-1] in _LEGAL or len(bare[-1]) == 1):
        bare.pop()
    phrase = tuple(bare)
    yield phrase, 1.0 if phrase == whole else 0.95, len(phrase) == 1 and _is_vague(phrase)
    yield from _joined(phrase, 0.95)


def _dictated(value: str) -> Iterator[Phrase]:
    """ "j.smith@mail.com" is said "j dot smith at mail dot com", and by many without the first dot."""
    local, at, domain = value.partition("@")
    if not at:
        return
    end = _said(f"@{domain}")
    for start in (_said(local), folded_words(local)):
        yield (*start, *end)[:MOST_WORDS], 1.0, False
        yield (*start, *folded_words(f" at {domain}"))[:MOST_WORDS], 1.0, False


def _said(value: str) -> tuple[str, ...]:
    return folded_words("".join(_SPOKEN_MARKS.get(char, char) for char in value))


def _joined(unit: Iterable[str], score: float) -> Iterator[Phrase]:
    """All words as one: "johnsmith"."""
    parts = tuple(unit)
    whole = "".join(parts)
    if len(parts) > 1 and len(whole) >= _SHORTEST_JOINED:
        yield (whole,), score, False


def _flat(units: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(word for unit in units for word in unit)
