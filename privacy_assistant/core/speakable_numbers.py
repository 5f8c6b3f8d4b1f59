"""Numbers in English text, written so that they are read aloud as a person would.

espeak-ng, which reads for Piper, reads plain cardinals, decimals, "%" and "°" well and they stay as they are. It reads
wrong, and this rewrites: years ("nineteen hundred ninety"), money ("dollar five point nine nine"), dates ("dash",
"slash"), minutes below ten and full hours, fractions, ranges ("five dash ten"), ordinals from the twentieth on
("one hundred th"), telephone numbers (as hundreds), powers, units, leading zeros, numerals of kings ("roman eight").
"""

from __future__ import annotations

import re
from collections.abc import Callable

from privacy_assistant.core.speakable_words import (
    BEFORE_A_NUMBER,
    CURRENCIES,
    MONTH_NAMES,
    MONTHS,
    SHORT_DAYS,
    UNITS,
)

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ORDINALS = {
    "one": "first",
    "two": "second",
    "three": "third",
    "five": "fifth",
    "eight": "eighth",
    "nine": "ninth",
    "twelve": "twelfth",
}
_SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
_MOST = 10**15


def cardinal(number: int) -> str:
    """In words, up to 10**15; digits beyond."""
    if number >= _MOST or number < 0:
        return str(number)
    for scale, name in _SCALES:
        if number >= scale:
            rest = number % scale
            return f"{cardinal(number // scale)} {name}" + (f" {cardinal(rest)}" if rest else "")
    if number >= 100:
        rest = number % 100
        return f"{_ONES[number // 100]} hundred" + (f" {cardinal(rest)}" if rest else "")
    if number < 20:
        return _ONES[number]
    return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")


def ordinal(number: int) -> str:
    """ "first", "twenty-first", "one hundredth"."""
    words = cardinal(number)
    at = max(words.rfind(" "), words.rfind("-")) + 1
    head, last = words[:at], words[at:]
    if last in _ORDINALS:
        return head + _ORDINALS[last]
    return head + (last[:-1] + "ieth" if last.endswith("y") else f"{last}th")


def year(number: int) -> str:
    """A year of four digits as it is said."""
    high, low = divmod(number, 100)
    if low == 0:
        return cardinal(number) if high % 10 == 0 else f"{cardinal(high)} hundred"
    if high % 10 == 0 and low < 10:
        return cardinal(number)
    return f"{cardinal(high)} {'oh ' if low < 10 else ''}{cardinal(low)}"


def digits(text: str) -> str:
    """Digit by digit, a little pause after each group: "555-1234" is "5 5 5, 1 2 3 4"."""
    groups: list[str] = []
    for run in re.findall(r"\d+", text):
        size = 3 if len(run) > 4 else 4
        groups += [run[at : at + size] for at in range(0, len(run), size)]
    return ", ".join(" ".join(group) for group in groups)


# ---------------------------------------------------------------- the rules, in their order

_N = r"(?:\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?)"
_Rule = tuple[re.Pattern[str], Callable[[re.Match[str]], str]]


def _rule(pattern: str, say: Callable[[re.Match[str]], str], flags: re.RegexFlag = re.NOFLAG) -> _Rule:
    return re.compile(pattern, flags | re.ASCII), say


def _phone(found: re.Match[str]) -> str:
    text = found[0]
    count = sum(map(str.isdecimal, text))
    if not 7 <= count <= 19:
        return text
    return ("plus " if text.startswith("+") else "") + digits(text)


_PHONES: tuple[_Rule, ...] = (
    _rule(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.]?\w)", lambda m: m[0].replace(".", " dot ")),
    _rule(r"(?<![\w.,])\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{1,4}(?!\w)", _phone),
    _rule(r"(?<!\w)\+\d[\d ().-]{5,20}\d(?!\w)", _phone),
    _rule(r"(?<!\w)(?:1[-. ])?\(\d{2,4}\)[ .-]?\d{3,4}[ .-]\d{3,4}(?!\w)", _phone),
    _rule(r"(?<![\w.,])(?:1[-. ])?\d{3}[-. ]\d{3}[-. ]\d{4}(?!\w)", _phone),
    _rule(r"(?<![\w.,-])\d{3}-\d{4}(?![\w-])", _phone),
    _rule(r"(?<![\w.,])0\d{2,4}[ /-]\d{3,8}(?:[ -]\d{2,6})*(?!\w)", _phone),
    _rule(
        r"\b((?:code|pin|otp|password|passcode|zip)(?: code)?(?: is| was|:| =)? )(\d{4,})(?!\w)",
        lambda m: m[1] + digits(m[2]),
        re.IGNORECASE,
    ),
    _rule(r"(?<![\w.,])\d{10,}(?![\w.,]?\d)", lambda m: digits(m[0])),
    _rule(r"(?<![\w.,:/-])0\d+(?![\w.:/-]|,\d)", lambda m: " ".join(m[0])),
)

_MONTH = "|".join([*MONTH_NAMES, *MONTHS])


def _month(name: str) -> str:
    return MONTHS.get(name, name)


def _said_date(year_: str, month: int, day: int) -> str | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    number = int(year_)
    if len(year_) == 2:
        number += 2000 if number < 70 else 1900
    return f"{MONTH_NAMES[month - 1]} {ordinal(day)}, {year(number)}"


def _slashed(day_first: bool) -> Callable[[re.Match[str]], str]:
    def say(found: re.Match[str]) -> str:
        one, two = int(found[1]), int(found[2])
        is_day_first = one > 12 or (day_first and two <= 12)
        day, month = (one, two) if is_day_first else (two, one)
        return _said_date(found[3], month, day) or found[0]

    return say


def _month_day(found: re.Match[str]) -> str:
    day = int(found[2])
    if not 1 <= day <= 31:
        return found[0]
    behind = f", {year(int(found[3]))}" if found[3] else ""
    return f"{_month(found[1])} {ordinal(day)}{behind}"


def _time(found: re.Match[str]) -> str:
    hour, minute, second = int(found[1]), int(found[2]), found[3]
    half = f" {found[4][0].upper()}M" if found[4] else ""
    if minute:
        said = f"{hour} {'oh ' if minute < 10 else ''}{minute}"
    else:
        said = "midnight" if hour % 24 == 0 and not half else str(hour) if half else f"{hour} o'clock"
    if second and int(second):
        said += f" and {int(second)} second{'s' * (int(second) != 1)}"
    dot = "." if found[4] and found[4].endswith(".") and not found.string[found.end() :].strip() else ""
    return said + half + dot


def _dates(day_first: bool) -> tuple[_Rule, ...]:
    return (
        _rule(
            r"(?<![\w-])(\d{4})-(\d\d)-(\d\d)(?![\w-])|(?<![\w-])(\d{4})-(\d\d)-(\d\d)T(?=\d\d:)",
            lambda m: (_said_date(m[1] or m[4], int(m[2] or m[5]), int(m[3] or m[6])) or m[0]) + (", " if m[4] else ""),
        ),
        _rule(r"(?<![\w/])(\d{1,2})/(\d{1,2})/(\d{4}|\d\d)(?![\w/])", _slashed(day_first)),
        _rule(
            r"(?<![\w.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\w)",
            lambda m: _said_date(m[3], int(m[2]), int(m[1])) or m[0],
        ),
        _rule(rf"\b({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?(?![\w:.]\w)\b(?:,? (\d{{4}})\b)?", _month_day),
        _rule(rf"\b({_MONTH})\.?(?= \d{{4}}\b)", lambda m: _month(m[1])),
        _rule(rf"\b(\d{{1,2}}(?:st|nd|rd|th)?(?: of)?) ({_MONTH})\b\.?", lambda m: f"{m[1]} {_month(m[2])}"),
        _rule(r"(?<=\d) ?[-–] ?(?=\d{1,2}:\d\d)", lambda _: " to "),
        _rule(
            r"(?<![\w:.])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?(?: ?([ap]\.m\.|[ap]m\b|[AP]M\b))?(?![\w:])", _time
        ),
        _rule(r"(?<![\w:])(\d{1,4}):(\d{1,4})(?![\w:])", lambda m: f"{m[1]} to {m[2]}"),
        _rule(r"(?<=\d) ?([ap])\.m\.(?=( ?)(.?))", lambda m: f" {m[1].upper()}M" + ("" if m[3] else ".")),
    )


_SCALE_WORDS = {"k": "thousand", "K": "thousand", "m": "million", "M": "million", "bn": "billion", "B": "billion"}
_SIGN = r"US\$|[$€£¥₹]"
_AFTER = r"€|USD|EUR|GBP|CHF|JPY"
_BIG = r"(?: ?(?:million|billion|trillion|thousand)\b|(?:k|K|m|M|bn|B)\b)"


def _money(sign: str, amount: str, scale: str = "") -> str:
    one, many, cent, cents = CURRENCIES[sign]
    scale = scale.strip()
    if scale:
        return f"{amount} {_SCALE_WORDS.get(scale, scale)} {many}"
    whole, _, part = amount.partition(".")
    if not cent or len(part) != 2:
        return f"{amount} {one if amount == '1' else many}"
    coins = int(part)
    said = f"{whole} {one if whole == '1' else many}"
    small = f"{coins} {cent if coins == 1 else cents}"
    if not coins:
        return said
    return small if whole == "0" else f"{said} and {small}"


_MONEY: tuple[_Rule, ...] = (
    _rule(
        rf"(?<![\w$€£])({_SIGN}) ?({_N}) ?[-–] ?(?:{_SIGN})? ?({_N})({_BIG})?(?!\w)",
        lambda m: f"{m[2]} to {_money(m[1], m[3], m[4] or '')}",
    ),
    _rule(
        rf"(?<![\w$€£])([-−])?({_SIGN}) ?({_N})({_BIG})?(?!\w)",
        lambda m: ("minus " if m[1] else "") + _money(m[2], m[3], m[4] or ""),
    ),
    _rule(rf"(?<![\w.,])({_N})({_BIG})? ?({_AFTER})(?!\w)", lambda m: _money(m[3], m[1], m[2] or "")),
)

_PARTS = {2: "half", 3: "third", 4: "quarter"}
_VULGAR = dict(
    zip(
        "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞",
        (
            *((1, 2), (1, 3), (2, 3), (1, 4), (3, 4), (1, 5), (2, 5), (3, 5)),
            *((4, 5), (1, 6), (5, 6), (1, 8), (3, 8), (5, 8), (7, 8)),
        ),
        strict=True,
    )
)
_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def _fraction(over: int, under: int) -> str:
    name = _PARTS.get(under) or ordinal(under)
    plural = "halves" if under == 2 else f"{name}s"
    return f"{cardinal(over)} {name if over == 1 else plural}"


def _mixed(whole: str, over: int, under: int) -> str:
    if not whole:
        return _fraction(over, under)
    return (
        f"{whole} and a {_PARTS.get(under) or ordinal(under)}" if over == 1 else f"{whole} and {_fraction(over, under)}"
    )


def _written_fraction(found: re.Match[str]) -> str:
    over, under = int(found[2]), int(found[3])
    if not 0 < over < under or under not in {2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 16, 32, 64, 100}:
        return found[0]
    return _mixed((found[1] or "").strip(), over, under)


def _power(found: re.Match[str]) -> str:
    exponent = (found[1] or found[2]).translate(_SUPER)
    said = {"2": " squared", "3": " cubed"}.get(exponent)
    return said or f" to the power of {exponent.replace('-', 'minus ')}"


def _range(found: re.Match[str]) -> str:
    left, right = (float(found[at].replace(",", "")) for at in (1, 2))
    if left > right and found.string[found.end() :].lstrip().startswith("="):
        return f"{found[1]} minus {found[2]}"
    # A score of 3-2 is a range downwards; what is larger is the name of a thing, as in 747-400.
    return f"{found[1]} to {found[2]}" if left < right or left < 200 else f"{found[1]} {found[2]}"


def _unit(found: re.Match[str]) -> str:
    one, many = UNITS[found[3]]
    is_one = found[1] == "1" or found[2] == "-"
    return f"{found[1]} {one if is_one else many}"


_UNIT = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_PER = {
    "h": "hour",
    "hr": "hour",
    "d": "day",
    "wk": "week",
    "mo": "month",
    "yr": "year",
    "min": "minute",
    "sec": "second",
    "s": "second",
    "kg": "kilogram",
    "lb": "pound",
    "l": "liter",
    "L": "liter",
    "ml": "milliliter",
    "m³": "cubic meter",
    "m3": "cubic meter",
    "m²": "square meter",
    "m2": "square meter",
    "km²": "square kilometer",
}
_PER_WORDS = "hour|day|week|month|year|minute|second|person|night|unit|gallon|gram|liter|mile"
_QUANTITIES: tuple[_Rule, ...] = (
    _rule(r"(?<![\w.])(\d)['′](\d{1,2})(?:\"|″|'')?(?!\w)", lambda m: f"{m[1]} foot {m[2]}"),
    _rule(r"(?<![\w.])(\d) ?ft\.? (\d{1,2}) ?in\b\.?", lambda m: f"{m[1]} foot {m[2]}"),
    _rule(r"(?<![\w./])(\d{1,3})/(\1)(?![\w/])", lambda m: f"{m[1]} {m[1]}"),
    _rule(rf"(?<![\w.\-–/])({_N})(?:[-–]| – )({_N})(?!\d|[-–/.]\d)", _range),
    _rule(r"(?<![\d/.])(?:(\d{1,3}) )?(\d{1,2})/(\d{1,3})(?![\d/])", _written_fraction),
    _rule(
        rf"(\d{{1,3}})? ?([{''.join(_VULGAR)}])",
        lambda m: (" " if not m[1] and m[0][0] == " " else "") + _mixed(m[1] or "", *_VULGAR[m[2]]),
    ),
    _rule(rf"(?<![\w.])({_N})([ \u00a0-]?)({_UNIT})(?![\w²³°])", _unit),
    _rule(rf"(?<=[a-z\d])/({'|'.join(_PER)}|{_PER_WORDS})(?!\w)", lambda m: f" per {_PER.get(m[1], m[1])}"),
    _rule(
        r"(?<![\w.])(\d+(?:\.\d+)?)[eE]([+-]?\d{1,3})(?!\w)",
        lambda m: f"{m[1]} times 10 to the power of {m[2].lstrip('+').replace('-', 'minus ')}",
    ),
    _rule(r"\b[b-df-hj-np-tv-z]{2,3}(?=[\^⁻⁰¹²³⁴⁵⁶⁷⁸⁹])", lambda m: " ".join(m[0])),
    _rule(r"(?<=[\w)])(?:\^\{?(-?\w{1,3})\}?|([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))", _power),
    _rule(r"(?<=\d) ?\* ?(?=\d)|(?<=\w) [*×x] (?=[\d(])", lambda _: " times "),
    _rule(r"(?<![\w.])(\d+)[x×](\d+)(?!\w)", lambda m: f"{m[1]} by {m[2]}"),
    _rule(r"(?<![\w.])(\d+)[x×](?!\w)(?= [a-z]|[.,;!?]|$)", lambda m: f"{m[1]} times"),
    _rule(r"(?<=[\w)]) [-−] (?=[\d(])|(?<=\d) [-−] (?=\w)", lambda _: " minus "),
    _rule(r"(?<=\d) / (?=\d)", lambda _: " divided by "),
    _rule(r"(?:(?<=[\s(=])|^)[-−](?=\.?\d)", lambda _: "minus "),
    _rule(r"(?<=[\w)]) (?:<=|=<) (?=\w)", lambda _: " is at most "),
    _rule(r"(?<=[\w)]) >= (?=\w)", lambda _: " is at least "),
    _rule(r"(?<=[\w)]) < (?=[\w-])", lambda _: " is less than "),
    _rule(r"(?<=[\w)]) > (?=[\w-])", lambda _: " is greater than "),
    _rule(r"(?<=[\w)]) != (?=\w)", lambda _: " is not "),
    _rule(r"(?<=[\w)]) == (?=\w)", lambda _: " equals "),
)

_SHORT_NUMBER = "|".join(re.escape(word) for word in sorted(BEFORE_A_NUMBER, key=len, reverse=True))
_COUNTED = (
    "War|Chapter|Part|Act|Scene|Volume|Book|Type|Phase|Level|Section|Article|Appendix|Title|Class|Stage|Bowl|Mark|"
    "Vatican|Apollo|Unit|Tier|Rocky|Final Fantasy"
)
_ROMAN = r"(X{0,3}(?:IX|IV|V?I{0,3}))"
_ROMAN_ONES = {"I": 1, "V": 5, "X": 10}


def _roman(text: str) -> int:
    values = [_ROMAN_ONES[char] for char in text]
    return sum(-one if one < two else one for one, two in zip(values, [*values[1:], 0], strict=True))


def _decade(found: re.Match[str]) -> str:
    tens = int(found[2])
    name = "hundreds" if not tens else "tens" if tens == 10 else cardinal(tens)[:-1] + "ies"
    if not found[1]:
        return "two thousands" if not tens else name
    if not tens:
        return "two thousands" if found[1] == "20" else f"{cardinal(int(found[1]))} hundreds"
    return f"{cardinal(int(found[1]))} {name}"


_DAY = "|".join(SHORT_DAYS)
_FIRST: tuple[_Rule, ...] = (
    _rule(r"(?<![\w.])\.(?=\d)", lambda _: "0."),
    _rule(
        r"(?<![\w.,])\d{1,3}(?:(?: \d{3}){2,}|[ ]\d00|(?:[\u00a0\u202f]\d{3})+)(?![\w.,]?\d)",
        lambda m: re.sub(r"\s", ",", m[0]),
    ),
    _rule(rf"\b({_DAY})\.?[-–]({_DAY})\b\.?", lambda m: f"{SHORT_DAYS[m[1]]} to {SHORT_DAYS[m[2]]}"),
    _rule(r"(?:(?<=\d[%°])|(?<=\d[ap]m)|(?<=\d [ap]m)|(?<=\d[AP]M)|(?<=\d [AP]M)) ?[-–] ?(?=\d)", lambda _: " to "),
    _rule(r"(?<![\w.,])['’]?()(\d0)['’]?s\b", _decade),
    _rule(r"(?<![\w.,])(1\d|20)(\d0)['’]?s\b", _decade),
)
_YEAR_CUES = "in|since|from|until|till|by|of|around|year|circa|before|after|between|to|through|and"
_PLAIN: tuple[_Rule, ...] = (
    _rule(rf"(?<!\w)({_SHORT_NUMBER}) ?(?=\d)", lambda m: BEFORE_A_NUMBER[m[1]].strip() + " "),
    _rule(rf"\b({_COUNTED}) (?=[IVX])({_ROMAN})\b", lambda m: f"{m[1]} {_roman(m[2])}"),
    _rule(rf"\b([A-Z][a-z]+) (?=[IVX]{{2}}){_ROMAN}\b", lambda m: f"{m[1]} the {ordinal(_roman(m[2]))}"),
    _rule(
        r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d{1,15})(?:st|nd|rd|th)\b",
        lambda m: ordinal(int(m[1].replace(",", ""))),
    ),
    _rule(rf"(?i:\b((?:{_YEAR_CUES})) )(1[1-6]\d\d|1066)(?![\w%]|[.,]\d)", lambda m: f"{m[1]} {year(int(m[2]))}"),
    _rule(r"(?<![\w.,$€£+/-])(1[7-9]\d\d|20[1-9]\d)(?![\w%]|[.,/-]\d)", lambda m: year(int(m[1]))),
)


def read_numbers(text: str, *, day_first: bool = False) -> str:
    """The text with its numbers as they are said. `day_first` is for dates like 3/4/2026 outside of North America."""
    for rules in (_DAY_FIRST if day_first else _MONTH_FIRST, _PLAIN):
        for pattern, say in rules:
            text = pattern.sub(say, text)
    return text


_MONTH_FIRST = (*_FIRST, *_dates(day_first=False), *_PHONES, *_MONEY, *_QUANTITIES)
_DAY_FIRST = (*_FIRST, *_dates(day_first=True), *_PHONES, *_MONEY, *_QUANTITIES)
