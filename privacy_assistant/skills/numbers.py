"""Numbers as people say them: "twenty three", "two and a half", "one hundred and five point two"."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from privacy_assistant.skills.wording import pattern

_UP_TO_NINETEEN = (
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_SMALL = {word: number for number, word in enumerate(_UP_TO_NINETEEN)}
_ROUND = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_TENS = {word: 10 * number for number, word in enumerate(_ROUND, start=2)}
_SCALES = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000, "trillion": 1_000_000_000_000}
_WORDS = {*_SMALL, *_TENS, *_SCALES, "hundred"}
_PARTS = {"half": Fraction(1, 2), "quarter": Fraction(1, 4), "third": Fraction(1, 3)}


_MAYBE = pattern(rf"\b(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})\b")
_TOKEN = re.compile(r"[A-Za-z]+|[^A-Za-z]+")


NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+"
"""A written number, with or without commas between thousands; a comma is never a decimal point."""
AMOUNT = rf"(?:(?:{NUMBER})(?: and (?:a half|a quarter|three quarters))?|\d+ \d+/\d+|\d+/\d+|an?|half an?|a half|half)"
"""A number, a mixed fraction or an article, as it stands before a unit, after `to_digits`."""


def to_digits(text: str) -> str:
    """Write every spoken number of a text in digits; what is no well-formed number stays as separate numbers.



    "twenty-three times four" becomes "23 times 4", "nineteen eighty" becomes "19 80".
    """
    if not _MAYBE.search(text):
        return text
    tokens = _TOKEN.findall(text)
    out: list[str] = []
    at = 0
    while at < len(tokens):
        number, after = _read(tokens, at)
        if after > at:
            out.append(number)
            at = after
        else:
            out.append(tokens[at])
            at += 1
    return "".join(out)


def _read(tokens: list[str], start: int) -> tuple[str, int]:
    """Read the longest spoken number at a token; returns its digits and the token behind it (start: none)."""
    total = group = 0
    room = 10**15  # the next word must be worth less than this, which keeps "five twenty" two numbers
    scale_limit = 10**15
    at = end = start
    while at < len(tokens):
        word = tokens[at].lower()
        value = _SMALL.get(word, _TENS.get(word))
        if value is not None and value < room and (value > 0 or end == start):
            group += value
            room = 10 if word in _TENS else 1
        elif word == "hundred" and (0 < group < 10 or (10 < group < 20 and end > start)):
            group *= 100
            room = 100
        elif word in ("a", "an") and end == start and _next_word(tokens, at) in ("hundred", *_SCALES):
            group, room = 1, 1
        elif word in _SCALES and group > 0 and _SCALES[word] < scale_limit:
            scale_limit = _SCALES[word]
            total += group * scale_limit
            group, room = 0, 1000
        else:
            break
        end = at + 1
        at = _step(tokens, end, after_hundred=room >= 100)
    if end == start or (end == start + 1 and tokens[start].lower() in ("a", "an")):
        return "", start
    digits = str(total + group)
    point = _next_word(tokens, end - 1)
    if point == "point":
        places, after = _places(tokens, end + 1)
        if places:
            return f"{digits}.{places}", after
    return digits, end


def _next_word(tokens: list[str], at: int) -> str:
    """The word after a token, when a single space or hyphen is between them."""
    if at + 2 < len(tokens) and tokens[at + 1] in (" ", "-"):
        return tokens[at + 2].lower()
    return ""


def _step(tokens: list[str], end: int, *, after_hundred: bool) -> int:
    """The token to read next: over a space or hyphen, and over "and" only after a hundred or a thousand."""
    if end >= len(tokens) or tokens[end] not in (" ", "-"):
        return len(tokens)
    if after_hundred and end + 2 < len(tokens) and tokens[end + 1].lower() == "and" and tokens[end + 2] == " ":
        return end + 3
    return end + 1


def _places(tokens: list[str], point: int) -> tuple[str, int]:
    """The digits said after "point", one by one; returns them and the token behind them."""
    places = ""
    after = point + 1
    while after + 1 < len(tokens) and tokens[after] in (" ", "-") and tokens[after + 1].lower() in _SMALL:
        value = _SMALL[tokens[after + 1].lower()]
        if value > 9:
            break
        places += str(value)
        after += 2
    return places, after


def amount(text: str) -> Fraction | None:
    """The value of an AMOUNT: "3", "1,000.5", "2 and a half", "1 1/2", "a", "half a"; None for anything else."""
    words = text.lower().split()
    if not words:
        return None
    if words in (["a"], ["an"]):
        return Fraction(1)
    if (words[0] == "half" and words[1:] in ([], ["a"], ["an"])) or words == ["a", "half"]:
        return Fraction(1, 2)
    extra = Fraction(0)
    if "and" in words:
        at = words.index("and")
        tail = words[at + 1 :]
        if len(tail) == 2 and tail[0] == "a" and tail[1] in _PARTS:
            extra = _PARTS[tail[1]]
        elif tail == ["3", "quarters"] or tail == ["three", "quarters"]:
            extra = Fraction(3, 4)
        else:
            return None
        words = words[:at]
    elif len(words) == 2 and "/" in words[1]:
        part = _plain(words[1])
        if part is None or part >= 1:
            return None
        extra = part
        words = words[:1]
    if len(words) != 1:
        return None
    value = _plain(words[0])
    return None if value is None else value + extra


def _plain(word: str) -> Fraction | None:
    if not re.fullmatch(rf"(?:{NUMBER})|\d+/\d+", word):
        return None
    try:
        return Fraction(word.replace(",", ""))
    except ZeroDivisionError:
        return None


def written(value: Fraction, *, significant: int = 10, longest: int = 12) -> tuple[str, bool]:
    """A number to show, with commas between thousands, and whether it is exact.



    A number that ends within `longest` decimals is shown whole, another is rounded to `significant` digits.
    """
    rest = value.denominator
    twos = fives = 0
    while rest % 2 == 0:
        rest //= 2
        twos += 1
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    places = max(twos, fives)
    if rest == 1 and places <= longest:
        sign = "-" if value < 0 else ""
        whole, part = divmod(abs(value.numerator) * 10**places // value.denominator, 10**places)
        tail = f".{part:0{places}d}" if places else ""
        return f"{sign}{whole:,}{tail}", True
    return rounded(value, significant=significant), False


def rounded(value: Fraction, *, significant: int) -> str:
    """A number rounded to so many significant digits, half to even; scientific beyond 10^15 and below 10^-6."""
    if value == 0:
        return "0"
    exponent = _exponent(value)
    factor = Fraction(10) ** (significant - 1 - exponent)
    shown = Decimal(round(value * factor))
    digits = f"{shown:f}".lstrip("-").rstrip("0") or "0"
    exponent += len(f"{abs(shown):f}") - significant
    sign = "-" if value < 0 else ""
    if -6 <= exponent < 15:
        exact = Fraction(int(shown)) / factor
        return written(exact, longest=significant + 6)[0]
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail} × 10^{exponent}"


def _exponent(value: Fraction) -> int:
    """The power of ten of the first digit."""
    size = abs(value)
    guess = len(str(size.numerator)) - len(str(size.denominator))
    return guess if size >= Fraction(10) ** guess else guess - 1
