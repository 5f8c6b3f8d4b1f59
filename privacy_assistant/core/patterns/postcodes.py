"""Addresses known by their post code: from a code beside a town back, part by part, to a line with a house number.

What the street is called does not matter, so that streets of every language are found this way.
"""

from __future__ import annotations

from collections.abc import Iterator

from privacy_assistant.core.patterns.countries import STATES
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.quantities import is_quantity
from privacy_assistant.core.patterns.towns import (
    BRITISH_CODE,
    CANADIAN_CODE,
    LETTERED,
    NO_WORD,
    PARTICLES,
    SEPARATOR,
    UNIT_WORDS,
    YEAR,
    extend,
    town_at,
)
from privacy_assistant.core.patterns.words import words

_ANCHOR = Pattern(
    rf"(?<![\w.])(?:{STATES}[, ]{{1,2}}\d{{4,5}}(?:-\d{{4}})?(?!\w)|{LETTERED}|(?:[A-Z]{{1,3}}-)?(?:\d{{5}}-\d{{3,4}}"
    r"|\d{4}-\d{3}|\d{2}-\d{3}|\d{8}|\d{6}|\d{5}|\d{4}|\d{3} \d{2})(?![\w%€$:/-]|[.,]\d))"
)
_SURE_ANCHOR = Pattern(rf"(?<![\w.])(?:{STATES}[, ]{{1,2}}\d{{5}}(?:-\d{{4}})?|{BRITISH_CODE}|{CANADIAN_CODE})(?!\w)")
_LOWER_CODES = Pattern(
    r"(?i)\b(?:[a-z]{2,3}(?=,? \d{5}(?!\d))|[a-z]{1,2}\d[\da-z]? \d[a-z]{2}|[a-z]\d[a-z] ?\d[a-z]\d)(?!\w)"
)
_FIRST_LETTER = Pattern(r"(?<![\w'’])[a-zà-öø-ÿ]")
_HOUSE_NUMBER = Pattern(r"(?:(?:Flat|Apt\.?|Unit|Suite|Studio) )?\d")
_BREAK = Pattern(r"[ \t]{0,2}(?:,|\r?\n|;| [-–/|] |:)[ \t]{0,4}")
_ORDINAL = Pattern(r"\d{1,2}[aoªº°]\Z")
_TOKEN = Pattern(r"[^ \t]+")
_NUMBER = Pattern(r"#?\d[\w/.°ºª+-]{0,11}\Z|[sS]/[nN]\Z|[A-Z]-?\d{1,4}\Z")
_MARKS = ".,()\"'“”„«»[]>*"
_MONTHS = words(
    "january february march april may june july august september october november december jan feb mar apr jun "
    "jul aug sep sept oct nov dec januar februar märz mai juni juli oktober dezember"
)
_STREET_WORDS = words(
    "utca tér út u sor köz körút ulice náměstí nám třída nábřeží prečac odvojak put trg cesta pl plac os aleja "
    "allé allée allee rang aleea drumul soseaua șoseaua bulevardul calea intrarea splaiul puistopolku rue avenue "
    "boulevard bd chemin impasse allée place quai cours route square passage calle c avenida avda av plaza paseo "
    "carrera camino ronda via viale piazza corso largo vicolo strada rua r travessa praça alameda ul ulica straße "
    "loteamento condomínio residencial rodovia estrada vereda viela viaduto ladeira conjunto chácara fazenda "
    "sítio rambla circuito cerrada privada calzada boulevard prolongación andador"
)
_REACH = 150
_MOST_SEGMENTS = 6


def anchored(text: str) -> Iterator[tuple[int, int]]:
    """Addresses known by a post code beside a town and a line with a house number before them."""
    until = 0
    is_lower = text.islower()
    if is_lower:  # names and codes as they would be written; a code must be a sure one then
        text = _LOWER_CODES.sub(lambda code: code.group().upper(), _FIRST_LETTER.sub(lambda m: m.group().upper(), text))
    for anchor in (_SURE_ANCHOR if is_lower else _ANCHOR).finditer(text):
        if anchor.start() < until or is_quantity(text, anchor.start(), anchor.end()):
            continue
        start = _walk_back(text, anchor.start(), until)
        if start is not None and is_lower:
            number = _HOUSE_NUMBER.search(text, start, anchor.start())
            start = number.start() if number else None
        if start is None:
            continue
        code_end = anchor.end()
        end = _behind_code(text, anchor.start(), code_end)
        if end is None:
            continue
        yield start, end
        until = end


def _behind_code(text: str, start: int, end: int) -> int | None:
    """Where it ends behind the code; None where neither before nor behind the code is a town."""
    stop = end
    gap = SEPARATOR.match(text, end)
    before = text[max(0, start - 3) : start].rstrip(" ,-\n")
    is_behind_town = bool(before) and (before[-1].isalpha() or before[-1] in ").")
    if YEAR.match(text[start:end]):
        return None
    if gap is not None and gap.end() > end:
        town = town_at(text, gap.end())
        is_near = gap.group().count("\n") < 2
        if town is not None and is_near and not (is_behind_town and not _starts_line(text, start)):
            return extend(text, town, is_behind_town=True)
    if not is_behind_town:
        return None
    return extend(text, stop, is_behind_town=True) if stop > start else None


def _starts_line(text: str, at: int) -> bool:
    return text[at - 1 : at] in ("\n", "") or text[max(0, at - 2) : at] in (", ", "\n ")


def _walk_back(text: str, anchor: int, low: int) -> int | None:
    """Where the line with the house number begins: segment by segment to the left of a post code."""
    low = max(low, anchor - _REACH)
    breaks = [(found.start(), found.end()) for found in _BREAK.finditer(text, low, anchor)]
    stop = anchor
    has_name = False
    number_at: int | None = None
    is_sole = False
    for step in range(min(len(breaks) + 1, _MOST_SEGMENTS)):
        place = len(breaks) - 1 - step
        begin = breaks[place][1] if place >= 0 else low
        if place < 0 and low > 0 and text[low - 1].isalnum():
            begin = _next_word(text, low, stop)
        tokens = _tokens(text, begin, stop)
        stop = breaks[place][0] if place >= 0 else low
        if not tokens:
            if step == 0:
                continue
            return None
        run = _fitting(tokens)
        if run is None:
            return number_at if is_sole else None
        is_whole = run == 0
        kept = _without_lead(tokens[run:])
        names = [word for _, word in kept if not _NUMBER.match(word) and word.lower() not in UNIT_WORDS]
        digits = [at for at, (_, word) in enumerate(kept) if _NUMBER.match(word) and not _is_ordinal(kept, at)]
        is_street = kept[0][1].lower() in _STREET_WORDS
        if any(name.lower() in _MONTHS for name in names):
            return None
        has_capital = any(name[:1].isupper() for name in names)
        if digits and has_capital and kept[digits[0]][0] != kept[0][0] and kept[0][1].lower() in UNIT_WORDS and names:
            digits = [at for at in digits if at > 1]  # "Flat 3 Rose House"
        if digits and (has_capital or is_street) and _is_line(kept, digits):
            return kept[0][0]
        if is_street and names[1:]:
            return kept[0][0]
        if digits and not has_capital:
            number_at = kept[0][0]
            is_house = has_name
            if not is_whole or place < 0:
                return number_at if is_house else None
            is_sole = is_house
        elif number_at is not None:  # a name before its number, or else the number begins the address
            return kept[0][0] if has_capital else number_at if is_sole else None
        elif has_capital:
            has_name = True
        if not is_whole:
            return None
    return number_at if is_sole else None


def _without_lead(kept: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """A line without the words of the sentence before it: "Paket an Hofweg 3", "Abholung Hofgasse 3"."""
    words_of = [word for _, word in kept]
    number = next((at for at, word in enumerate(words_of) if at and _NUMBER.match(word)), None)
    if number is None or _NUMBER.match(words_of[0]):
        return kept
    for at in range(number - 1, 0, -1):
        word, before = words_of[at], words_of[at - 1]
        if before in _LEADING and words_of[at][:1].isupper() and at > 1:
            return kept[at:]
        if word.lower().endswith(_STREET_ENDS) and len(word) > 6 and not before.endswith(("e", "er", "en", "s")):
            return kept[at:]
    return kept


_LEADING = words("an in im am to at on nach bei zu aan naar op a en na em para au")
_STREET_ENDS = (
    "straße",
    "strasse",
    "gasse",
    "weg",
    "allee",
    "platz",
    "ring",
    "straat",
    "laan",
    "gracht",
    "kade",
    "plein",
)


def _is_ordinal(kept: list[tuple[int, str]], at: int) -> bool:
    """ "Vila Nova 2ª Seção": a part of a name, not a house number."""
    return 0 < at < len(kept) - 1 and _ORDINAL.match(kept[at][1]) is not None and kept[at + 1][1][:1].isupper()


def _next_word(text: str, at: int, stop: int) -> int:
    blank = text.find(" ", at, stop)
    return blank + 1 if blank >= 0 else stop


def _tokens(text: str, begin: int, stop: int) -> list[tuple[int, str]]:
    """The words of a part without the marks around them."""
    found = []
    for token in _TOKEN.finditer(text, begin, stop):
        word = token.group().lstrip(_MARKS)
        found.append((token.end() - len(word), word.rstrip(_MARKS)))
    return found


def _fitting(tokens: list[tuple[int, str]]) -> int | None:
    """From which token on all that follow can belong to an address; None where the last cannot."""
    fits = len(tokens)
    for at in range(len(tokens) - 1, max(-1, len(tokens) - 12), -1):
        word = tokens[at][1]
        lower = word.lower()
        if (
            word[:1].isupper()
            or _NUMBER.match(word)
            or lower in UNIT_WORDS
            or lower in _STREET_WORDS
            or not word
            or lower.startswith(("d'", "d’", "l'", "l’", "n°", "nº"))
        ):
            fits = at
        elif lower not in PARTICLES:
            break
    if fits == len(tokens):
        return None
    while fits < len(tokens) - 1 and tokens[fits][1].lower() in NO_WORD and not _is_initial(tokens[fits][1]):
        fits += 1
    return fits


def _is_initial(word: str) -> bool:
    return len(word) == 1 and word.isupper() and word != "I"


def _is_line(kept: list[tuple[int, str]], digits: list[int]) -> bool:
    """A number first and a name behind it, or a name and a number behind it."""
    first = kept[0][1]
    if digits[0] == 0:
        return len(kept) > 1 and any(word[:1].isupper() and word.lower() not in UNIT_WORDS for _, word in kept[1:])
    return first[:1].isupper() or first.lower() in _STREET_WORDS
