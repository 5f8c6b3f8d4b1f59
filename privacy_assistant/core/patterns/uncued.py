"""Dates of birth, passwords and licence numbers that no word names: told by their form and by what stands around them.

A full date of the years 1920-2015 is taken for somebody's unless the sentence tells of history, publishing or
versions. A password is a run of letters, digits and marks that no prose, code or address has. A licence is letters and
many digits in one run, as no product or flight has. All of them are guesses: their score is 0.5.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns.births import MONTH
from privacy_assistant.core.patterns.candidate import Candidate
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.said import Said
from privacy_assistant.core.patterns.words import words

_UNIT = r"(?:one|two|three|four|five|six|seven|eight|nine)"
_TEEN = r"(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
_ORDINAL = (
    r"(?:(?:twenty|thirty)[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_YEAR_SAID = (
    rf"(?:nineteen[ -](?:hundred|(?:oh|o)[ -]{_UNIT}|{_TEEN}|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
    rf"(?:[ -]{_UNIT})?)|two[ -]thousand(?:(?: and)?[ -](?:{_UNIT}|{_TEEN}))?|twenty[ -](?:oh[ -]{_UNIT}|{_TEEN}))"
)
_YEAR = r"(?:19[2-9]\d|200\d|201[0-5])(?!\d)"
_A_YEAR = Pattern(r"19[2-9]\d|20[01]\d|['’]\d\d|nineteen|thousand|twenty")
_DAY = r"(?:0?[1-9]|[12]\d|3[01])"
_MONTH_NUMBER = r"(?:0?[1-9]|1[0-2])"
_SHORT_YEAR = r"(?:[3-9]\d)(?!\d)"
_FULL_DATE = Pattern(
    rf"(?<![\w./:-])(?:{_DAY}([./-]){_MONTH_NUMBER}\1(?:{_YEAR}|{_SHORT_YEAR})|{_MONTH_NUMBER}([./-]){_DAY}\2(?:{_YEAR}"
    rf"|{_SHORT_YEAR})|{_YEAR}([./-]){_MONTH_NUMBER}\3{_DAY}(?!\d)|{_DAY} {_MONTH_NUMBER} {_YEAR})"
    r"(?![\w/-]|[.:]\d)"
)
_NAMED_DATE = Pattern(
    rf"(?<![\w./:-])(?:(?:the )?(?:{_DAY}(?:st|nd|rd|th|er|º|°|\.)?|{_ORDINAL})(?: of| de| di|,)?[ ./-]{{0,2}}{MONTH}"
    rf"(?:,| of| de| del)?[ ./-]{{0,2}}(?:{_YEAR}|['’]\d\d(?!\d)|{_YEAR_SAID}\b)"
    rf"|{MONTH}[ ./-]{{0,2}}(?:the )?(?:{_DAY}(?:st|nd|rd|th)?|{_ORDINAL})(?!\d)(?:,| of)?[ ./-]{{0,2}}(?:{_YEAR}"
    rf"|{_YEAR_SAID}\b))(?![\w/-]|[.:]\d)"
)
_PUBLIC = Pattern(
    r"\b(?:war|battle|treaty|peace|invasion|invaded|revolution|independence|election|elected|president|king|queen|pope"
    r"|emperor|history|historic\w*|founded|established|opened|launched|released?|published|premiered?|aired|broadcast"
    r"|signed|ratified|adopted|enacted|act|law|statute|directive|regulation|version|update[ds]?|edition|issue|volume"
    r"|copyright|landed|landing|apollo|moon|crash(?:ed)?|earthquake|hurricane|attacks?|assassinat\w*|won|beat|defeated"
    r"|match|season|league|championship|olympics?|world|album|single|film|movie|episode|book|novel|game|company|built"
    r"|constructed|completed|discovered|invented|patent\w*|storm|eruption|anniversary|army|navy|troops|soviet|nazi|died"
    r"|death|stock|shares|market|price|invoice|due|deadline|meeting|event|weather|concert|gig|show|report|log"
    r"|commit\w*|build|backup|timestamp"
    r"|schedule\w*|expires?|until|filed|krieg|schlacht|vertrag|gegründet|veröffentlicht|gesetz|guerre|bataille|traité"
    r"|fondée?|publiée?|loi|guerra|batalla|batalha|tratado|fundad[ao]|publicad[ao]|ley|lei|trattato|fondat[ao]|legge"
    r"|oorlog|verdrag|opgericht|gepubliceerd|wet)\b"
)
_NOT_OF_LIFE = Pattern(  # a day of the week, the end of a span of time
    r"(?:\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?|\b(?:since|by|until|till|before"
    r"|after|from)"
    r"|\b(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag|lundi|mardi|mercredi|jeudi|vendredi|samedi"
    r"|dimanche),?|\d{4} ?(?:-{1,2}|–|to|bis|au|al)) (?:the )?\Z"
)
_GOES_ON = Pattern(r"(?:,? (?:at )?\d{1,2}(?::\d\d| ?[ap]m\b)| ?(?:-{1,2}|–|to|bis) ?\d{1,2}[ ./])")
_CLAUSE = Pattern(r"[.!?;]\s|\n")
_AROUND = 90

_CHUNK = Pattern(r"[^\s\"`“”„«»⟦⟧]{6,48}")
_OPENING = "([{<'‘"
_CLOSING = ")]}>'’,;:.!?"
_MARKS = frozenset("!#$%&*?@^~+=")
_WEAK_MARKS = frozenset("-_.")
_CODE_AROUND = Pattern(r"[;{}]|=>|==|\(\)|```|\bdef |\bimport |\bconst |\bvar |\bfunction |</|::|->")
_NO_PASSWORD = Pattern(
    r"(?i)https?:|www\.|://|[\w.+-]+@[\w-]+\.\w|^[@#]|^[$€£]\d|^\d[\d.,]*[%$€£+]?$|^\w+\(|[\\/|<>{}\[\]();]"
    r"|&\w+;|^\W?[A-Za-z]+\d+\.\d+$"
    r"|^\w+=|\?\w+=|^[+-]?\d+[a-z]{1,4}$|^[a-z]+\+\+\d*$|^\d+[x*+=^]\d+|^[a-z]+[!?.]+$|^\d+(?:st|nd|rd|th)\W"
    r"|\d\d:\d\d|^v?\d+(?:\.\d+)+|\.(?:com|org|net|io|py|js|md|txt|pdf|jpg|png|html?|csv|json)$"
)
_LEAST_PASSWORD = 7
_HEX = Pattern(r"[0-9a-fA-F-]+\Z")

_LICENCE = Pattern(
    r"(?<![\w/.#@&=+:-])(?:[A-Z]{1,3}\d{6,14}[A-Z]{0,2}|[A-Z]\d{2,3}(?:[ -]\d{3,4}){2,4}|\d{2}[A-Z]{2}\d{5,7}"
    r"|(?=[A-Z0-9]{9,18}(?!\w))(?=(?:[A-Z]*\d){5})(?=(?:\d*[A-Z]){2})[A-Z][A-Z0-9]{8,17}"
    r"|\d{1,3}[A-Z]{2,3}\d{6,8})(?![\w/@=]|[-.]\w)"
)
_NO_LICENCE = words("KB PR ID NO SN RS PN MR QA VC ISO DIN RFC CVE SKU EAN LOT REF")
_NUMBERED = Pattern(
    r"(?:\b(?:order|invoice|ticket|case|issue|tracking|parcel|sku|part|model|article|item|product|error|code"
    r"|version|flight"
    r"|batch|serial|build|bestellung|rechnung|commande|facture|pedido|factura|ordine|fattura|bestelling|factuur|fatura)"
    r"(?: (?:no|nr|number|id|code|is|was))?\.?|#|№)[ :#.]{0,3}\Z"
)


def find(said: Said) -> Iterator[Candidate]:
    """Dates of birth, passwords and licence numbers without a cue; the text of the written view."""
    if not said.has_digit:
        if "nineteen" in said.lower or "thousand" in said.lower or "twenty" in said.lower:
            yield from _dates(said, _NAMED_DATE)
        return
    yield from _dates(said, _FULL_DATE)
    if _A_YEAR.search(said.lower):
        yield from _dates(said, _NAMED_DATE)
    yield from _passwords(said)
    for match in _LICENCE.finditer(said.text):
        letters = re.match(r"[A-Z]*", match.group())
        if letters is not None and letters.group() in _NO_LICENCE:
            continue
        if len(set(match.group()[-5:])) == 1 or _NUMBERED.search(said.lower, max(0, match.start() - 24), match.start()):
            continue
        yield Candidate(*match.span(), Kind.DRIVER, 0.5, "rule:licence-form")


def _dates(said: Said, pattern: Pattern) -> Iterator[Candidate]:
    for date in pattern.finditer(said.lower):
        start, end = _sentence(said.lower, *date.span())
        if _NOT_OF_LIFE.search(said.lower, max(0, date.start() - 28), date.start()) or _GOES_ON.match(
            said.lower, date.end()
        ):
            continue
        if not _PUBLIC.search(said.lower, start, end):
            yield Candidate(*date.span(), Kind.DOB, 0.5, "rule:date")


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a place, as far as it is near."""
    low = max(0, start - _AROUND)
    for clause in _CLAUSE.finditer(text, low, start):
        low = clause.end()
    close = _CLAUSE.search(text, end, min(len(text), end + _AROUND))
    return low, close.start() if close else min(len(text), end + _AROUND)


def _passwords(said: Said) -> Iterator[Candidate]:
    text = said.text
    is_code: bool | None = None
    for chunk in _CHUNK.finditer(text):
        if chunk.group().isalpha():
            continue
        start, end = chunk.span()
        while start < end and text[start] in _OPENING:
            start += 1
        stop = end
        while stop > start and text[stop - 1] in _CLOSING:
            stop -= 1
        if stop < end and text[stop] in "!?" and _is_within(text, stop + 1):
            stop += 1  # a mark of the password, for the sentence goes on
        if text[max(0, start - 2) : start].strip() in ("@", "#"):
            continue
        if not any(char.isdigit() for char in text[start:stop]):
            continue
        if is_code is None:
            is_code = _CODE_AROUND.search(text) is not None
        if is_password(text[start:stop], is_code=is_code):
            if text[stop : stop + 1] in ("!", "?"):
                stop += 1
            yield Candidate(start, stop, Kind.PASSWORD, 0.5, "rule:password-form")


def _is_within(text: str, at: int) -> bool:
    return text[at : at + 1] == " " and text[at + 1 : at + 2].islower()


def is_password(token: str, *, is_code: bool = False) -> bool:
    """Whether a word looks like a password made by a person or a generator, and like nothing else."""
    if (
        not _LEAST_PASSWORD <= len(token) <= 40
        or not token.isascii()
        or _NO_PASSWORD.search(token)
        or _HEX.match(token)
    ):
        return False
    lower = any(char.islower() for char in token)
    upper = any(char.isupper() for char in token)
    digits = sum(char.isdigit() for char in token)
    if not digits or not (lower or upper):
        return False
    strong = sum(char in _MARKS for char in token)
    if strong and (lower or upper):
        return not is_code or (lower and upper and digits > 1)
    if is_code:
        return False
    weak = sum(char in _WEAK_MARKS for char in token)
    groups = len(re.findall(r"\d+", token))
    inner = len(re.findall(r"(?<=[A-Za-z])\d+(?=[A-Za-z])", token))
    if weak:
        return lower and upper and digits >= 2 and len(token) >= 8 and _is_made_up(token)
    if not lower or len(token) < 8:
        return False
    if inner and groups >= 2:
        return True
    return upper and digits >= 2 and token[0].isupper() and _TRAILED.match(token) is not None and len(token) >= 9


_TRAILED = Pattern(r"(?![A-Z][a-z]+(?:19|20)\d\d\Z)[A-Z][a-z]{3,}(?:[A-Z][a-z]{2,})?\d{2,6}\Z")
_MADE_UP = Pattern(r"[.!]?[A-Za-z]{3,}[-_.][A-Za-z]{3,}\d{1,4}\Z|[.-][A-Za-z]{6,}\d{2,4}\Z")


def _is_made_up(token: str) -> bool:
    """Words joined by a mark with digits behind ("Sun-Tiger45"), or letters, digits and a mark mixed ("RLyX17_O")."""
    if _MADE_UP.match(token):
        return True
    mark = next(char for char in token if char in _WEAK_MARKS)
    head, _, tail = token.partition(mark)
    return (
        any(c.islower() for c in head)
        and any(c.isupper() for c in head)
        and any(c.isdigit() for c in head)
        and (len(tail) <= 2 and tail.isalnum())
    )
