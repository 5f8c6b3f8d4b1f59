"""Conversion of units: "how many feet are in 3 miles", "72 fahrenheit to celsius", "5 foot 11 in cm".

pint does the arithmetic, in decimals, over the definitions of `unit_table`: reading pint's own list takes 0.13 s
at the first question, this one 5 ms. pint itself (0.2 s) is imported only when a sentence is understood.

A year is not so many days here, an ounce is of weight or volume as its partner has it, and gallons, pints, cups
and tons are the US ones and say so.
"""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from privacy_assistant.ports import SkillAnswer, SkillRequest
from privacy_assistant.skills.numbers import AMOUNT, amount, rounded, to_digits, written
from privacy_assistant.skills.unit_table import OTHERS, SPELLINGS, UNITS, Unit
from privacy_assistant.skills.wording import pattern, sentence

if TYPE_CHECKING:
    import pint

LONGEST = 120

_GATE = pattern(r"\b(?:to|in|into|as|how many)\b")
_LEAD = pattern(
    r"(?:(?:convert|change|turn|express|what(?:'s| is| are)|how (?:much|far|long|tall|heavy|hot|cold|warm|fast|big"
    r"|high)(?:'s| is| are))(?: about)? )?"
)
_JOINT = pattern(r" (?:to|in|into|as|in terms of|converted to|expressed in) ")
_HOW_MANY = pattern(
    r"how many (?P<unit>.+?) (?:(?:are |is )?(?:there )?in|are|is|makes?(?: up)?|fits? in(?:to)?|equals?|to"
    r"|per) (?P<quantity>.+)"
)
_IS_HOW_MANY = pattern(r"(?P<quantity>.+?) (?:is|are|equals|equal|makes?|=) how many (?P<unit>.+)")
_PART = pattern(r"(?P<n>(?:minus |-)?<<amount>>)(?P<gap> ?)(?P<unit>[^\d\s].*?)", amount=AMOUNT)
_SECOND = pattern(r" ?(?:and )?(?P<n>\d+(?:\.\d+)?) ?(?P<unit>[^\d]*)")
_BITS = re.compile(r"[KMGTP]b(?:it)?|m[WB]")
"""Spellings whose letters' case would decide, which people do not keep to."""
_SMALLER = {
    "foot": "inch",
    "pound": "ounce",
    "stone": "pound",
    "hour": "minute",
    "minute": "second",
    "meter": "centimeter",
}
_FLUID = {"ounce": "fluid_ounce"}
_TEMPERATURES = frozenset({"kelvin", "degree_Celsius", "degree_Fahrenheit"})
_BY_NAME = {unit.name: unit for unit in UNITS}
_LARGEST = 10**30

Quantity = tuple[tuple[Fraction, Unit], ...]


class Units:
    """Converts between units of the same dimension; anything else is left to the model."""

    def __init__(self) -> None:
        self._registry: pint.UnitRegistry[Decimal] | None = None

    @property
    def name(self) -> str:
        return "units"

    def answer(self, request: SkillRequest) -> SkillAnswer | None:
        """One sentence with both sides, "about" when rounded; None unless both sides are understood whole."""
        if len(request.text) > LONGEST or not _GATE.search(request.text):
            return None
        said = sentence(request.text)
        asked = _read(to_digits(said))
        if asked is None:
            return None
        quantity, unit = asked
        text = self._converted(quantity, unit)
        return None if text is None else SkillAnswer(text)

    def _converted(self, quantity: Quantity, unit: Unit) -> str | None:
        value = self.value(quantity, unit)
        if value is None:
            return None
        shown, is_exact = _shown(value, quantity, unit)
        said = " ".join(_say(written(number)[0], number, each) for number, each in quantity)
        result = _say(shown, value if is_exact else Fraction(0), unit)
        return f"{said} is {'' if is_exact else 'about '}{result}."

    def value(self, quantity: Quantity, unit: Unit) -> Fraction | None:
        """The sum of the parts in the wanted unit; None where the dimensions differ or no such temperature is."""
        from pint import DimensionalityError  # 0.2 s to import

        total = Fraction(0)
        registry = self._pint()
        for number, each in quantity:
            if (each.name in _TEMPERATURES) != (unit.name in _TEMPERATURES):
                return None
            try:
                size = registry.Quantity(Decimal(number.numerator) / Decimal(number.denominator), each.name)
                if each.name in _TEMPERATURES and size.to("kelvin").magnitude < 0:
                    return None
                total += Fraction(size.to(unit.name).magnitude)
            except DimensionalityError:
                return None
        # 28 digits of decimals leave a tail where the true value ends; nobody asked for that many.
        near = total.limit_denominator(10**9)
        return near if abs(near - total) <= abs(total) * Fraction(1, 10**22) else total

    def _pint(self) -> pint.UnitRegistry[Decimal]:
        if self._registry is None:
            import pint  # 0.2 s, and most sentences convert nothing

            registry: pint.UnitRegistry[Decimal] = pint.UnitRegistry(None, non_int_type=Decimal)
            registry.load_definitions([*OTHERS, *(unit.definition for unit in UNITS)])
            self._registry = registry
        return self._registry


# ---------------------------------------------------------------- reading


def _read(said: str) -> tuple[Quantity, Unit] | None:
    """The quantity and the wanted unit of a sentence; None when one side is not understood."""
    for form in (_HOW_MANY, _IS_HOW_MANY):
        if found := form.fullmatch(said):
            return _pair(found["quantity"], found["unit"])
    lead = _LEAD.match(said)
    body = said[lead.end() :] if lead is not None else said
    for joint in _JOINT.finditer(body):
        pair = _pair(body[: joint.start()], body[joint.end() :])
        if pair is not None:
            return pair
    # "5 in in cm": the joint before is the unit, and finditer steps over what it has read.
    at = body.lower().find(" in in ")
    return _pair(body[: at + 3], body[at + 7 :]) if at > 0 else None


def _pair(quantity: str, wanted: str) -> tuple[Quantity, Unit] | None:
    unit = _unit(wanted)
    if unit is None:
        return None
    parts = _quantity(quantity.strip())
    if not parts:
        return None
    first = parts[0][1]
    if first.name == "degree" and unit.name in ("degree_Celsius", "degree_Fahrenheit"):
        # "72 degrees to celsius" can only have meant the other scale.
        other = "degree_Fahrenheit" if unit.name == "degree_Celsius" else "degree_Celsius"
        parts = ((parts[0][0], _BY_NAME[other]),)
    elif _is_volume(unit) and first.name in _FLUID:
        parts = ((parts[0][0], _BY_NAME["fluid_ounce"]), *parts[1:])
    elif unit.name in _FLUID and _is_volume(first):
        unit = _BY_NAME["fluid_ounce"]
    if first.name == unit.name and len(parts) == 1:
        return None
    return parts, unit


def _is_volume(unit: Unit) -> bool:
    names = ("liter", "milliliter", "centiliter", "deciliter", "gallon", "quart", "pint", "cup", "fluid_ounce")
    return unit.name in (*names, "tablespoon", "teaspoon", "imperial_gallon", "imperial_pint")


def _unit(words: str) -> Unit | None:
    bare = words.strip()
    if _BITS.fullmatch(bare):
        return None
    return SPELLINGS.get(bare) or SPELLINGS.get(bare.lower())


def _quantity(words: str) -> Quantity:
    """One or two numbers with units ("5 feet 11 inches", "5'11"); empty when it is no quantity."""
    found = _PART.fullmatch(words)
    if found is not None:
        number = _signed(found["n"])
        unit = _unit(found["unit"])
        if unit is None:
            return _two_parts(words)
        if number is None or abs(number) > _LARGEST:
            return ()
        if not found["gap"] and found["n"][-1:].isalpha():
            return ()
        return ((number, unit),)
    return _two_parts(words)


def _two_parts(words: str) -> Quantity:
    first = re.match(r"(?P<n>\d+) ?(?P<unit>[^\d ]+(?: [^\d ]+)?)(?= ?\d| and \d)", words)
    if first is None:
        return ()
    unit = _unit(first["unit"].removesuffix(" and"))
    if unit is None or unit.name not in _SMALLER:
        return ()
    second = _SECOND.fullmatch(words, first.end())
    if second is None:
        return ()
    smaller = _BY_NAME[_SMALLER[unit.name]]
    named = second["unit"].strip() in ("", "''") or _unit(second["unit"]) is smaller
    if not named:
        return ()
    return ((Fraction(first["n"]), unit), (Fraction(second["n"]), smaller))


def _signed(words: str) -> Fraction | None:
    for sign in ("minus ", "-"):
        if words.lower().startswith(sign):
            size = amount(words[len(sign) :])
            return None if size is None else -size
    return amount(words)


# ---------------------------------------------------------------- saying


def _shown(value: Fraction, quantity: Quantity, unit: Unit) -> tuple[str, bool]:
    """The number to say, and whether it is exact: temperatures to a tenth, others to about four digits."""
    text, is_exact = written(value, longest=6)
    digits = sum(letter.isdigit() for letter in text.lstrip("-0."))
    if is_exact and digits <= (15 if value.denominator == 1 else 6):
        return text, True
    if unit.name in _TEMPERATURES:
        return written(Fraction(round(value * 10), 10))[0], False
    given = max(len(written(abs(number))[0].replace(",", "").replace(".", "").strip("0")) for number, _ in quantity)
    return rounded(value, significant=min(10, max(4, given + 1))), False


def _say(shown: str, value: Fraction, unit: Unit) -> str:
    return f"{shown} {unit.one if abs(value) == 1 else unit.many}"
