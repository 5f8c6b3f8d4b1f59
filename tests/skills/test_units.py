"""Conversions agree with pint's own definitions; what is not two known units is passed on."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pint
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.ports import SkillRequest
from privacy_assistant.skills.unit_table import SPELLINGS, UNITS, Unit
from privacy_assistant.skills.units import Units
from tests.skills.asking import NOW, ask

CONVERTER = Units()
THEIR_NAMES = {
    "gallon": "US_liquid_gallon",
    "quart": "US_liquid_quart",
    "pint": "US_pint",
    "cup": "US_liquid_cup",
    "fluid_ounce": "US_fluid_ounce",
    "short_ton": "US_ton",
    "imperial_gallon": "imperial_gallon",
    "stone": "stone",
    "acre": "international_foot ** 2 * 43560",
    "month": "year / 12",
    "decade": "10 * year",
    "atmosphere": "standard_atmosphere",
    "pound_per_square_inch": "pound_force_per_square_inch",
    "tonne": "metric_ton",
    "dozen": "12 * count",
    "watt_hour": "watt * hour",
    "kilowatt_hour": "kilowatt * hour",
    "knot": "nautical_mile / hour",
    "kilometer_per_hour": "kilometer / hour",
    "mile_per_hour": "mile / hour",
    "meter_per_second": "meter / second",
    "foot_per_second": "foot / second",
}

PARTNERS = ("m", "g", "l", "s", "month", "acre", "knot", "j", "w", "bar", "bit", "rad")
"""One unit of each dimension."""
TEMPERATURES = frozenset({"kelvin", "degree_Celsius", "degree_Fahrenheit"})
CALENDAR = frozenset({"month", "year", "decade", "century", "millennium"})


def theirs(unit: Unit) -> str:
    """The unit in pint's own list."""
    name = THEIR_NAMES.get(unit.name, unit.name)
    for kind, power in (("square_", 2), ("cubic_", 3)):
        if name.startswith(kind):
            return f"{name.removeprefix(kind)} ** {power}"
    return name


def test_every_unit_is_the_size_that_pint_says() -> None:
    """Each unit against one of its dimension, measured against the full registry of the library."""
    registry: pint.UnitRegistry[float] = pint.UnitRegistry()
    covered: set[str] = set()
    for one, other in product(UNITS, (SPELLINGS[name] for name in PARTNERS)):
        if one is other:
            continue
        if one.name in TEMPERATURES:
            continue
        ours = CONVERTER.value(((Fraction(1), one),), other)
        here: Any = registry.Quantity(theirs(one))
        there: Any = registry.Quantity(theirs(other))
        if ours is None:
            # Bits, angles and dozens are plain numbers to pint; a year is a number of days.
            is_plain = here.dimensionless and there.dimensionless
            is_calendar = (one.name in CALENDAR) != (other.name in CALENDAR)
            assert not here.check(there.dimensionality) or is_plain or is_calendar, (one.name, other.name)
            continue
        assert float(ours) == pytest.approx((here / there).to("").magnitude, rel=1e-6), (one.name, other.name)
        covered |= {one.name, other.name}
    uncovered = {unit.name for unit in UNITS} - covered
    assert uncovered == TEMPERATURES | {"dozen"}


@settings(max_examples=60, deadline=None)
@given(st.integers(-459, 10**5))
def test_temperatures_are_exact_to_a_tenth(fahrenheit: int) -> None:
    """Five ninths of what is above 32."""
    said = ask(CONVERTER, f"{fahrenheit} fahrenheit in celsius")
    assert said is not None
    shown = said.split(" is ")[1].removeprefix("about ").split(" degree")[0].replace(",", "")
    assert abs(Fraction(shown) - Fraction(5 * (fahrenheit - 32), 9)) <= Fraction(1, 20)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(SPELLINGS)), st.sampled_from(sorted(SPELLINGS)), st.integers(1, 10**6))
def test_there_and_back_is_where_it_began(one: str, other: str, number: int) -> None:
    """A conversion that is possible is possible in both directions, and they undo one another."""
    a, b = SPELLINGS[one], SPELLINGS[other]
    if a.name == b.name:
        return
    there = CONVERTER.value(((Fraction(number), a),), b)
    if there is None:
        return
    back = CONVERTER.value(((there, b),), a)
    assert back is not None
    assert abs(back - number) <= Fraction(number, 10**15)


@pytest.mark.parametrize("spelling", sorted(SPELLINGS))
def test_every_spelling_is_understood(spelling: str) -> None:
    """Each way of writing a unit reaches that unit, from a sentence."""
    unit = SPELLINGS[spelling]
    partner = (
        next(
            other
            for other in UNITS
            if other.name != unit.name and CONVERTER.value(((Fraction(500), unit),), other) is not None
        )
        if unit.name not in ("dozen",)
        else None
    )
    if partner is None:
        return
    answer = CONVERTER.answer(SkillRequest(f"500 {spelling} in {partner.spellings[-1]}", NOW))
    assert answer is not None, spelling
    assert answer.text.startswith(f"500 {unit.many} is "), answer.text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("how many feet are in 3 miles", "3 miles is 15,840 feet."),
        ("1 foot in inches", "1 foot is 12 inches."),
        ("1 1/2 cups in fluid ounces", "1.5 US cups is 12 US fluid ounces."),
        ("5'11 in cm", "5 feet 11 inches is 180.34 centimeters."),
        ("6 pounds 3 ounces in grams", "6 pounds 3 ounces is about 2,807 grams."),
        ("-40 c in f", "-40 degrees Celsius is -40 degrees Fahrenheit."),
        ("72 degrees to celsius", "72 degrees Fahrenheit is about 22.2 degrees Celsius."),
        ("how many imperial pints in an imperial gallon", "1 imperial gallon is 8 imperial pints."),
        ("1 gib in mb", "1 gibibyte is about 1,074 megabytes."),
        ("8 oz in ml", "8 US fluid ounces is about 236.6 milliliters."),
        ("8 oz in grams", "8 ounces is about 226.8 grams."),
        ("180 degrees in radians", "180 degrees is about 3.142 radians."),
    ],
)
def test_a_conversion_is_answered_in_these_words(text: str, says: str) -> None:
    """Both sides are said, and "about" where it was rounded."""
    assert ask(CONVERTER, text) == says


@pytest.mark.parametrize(
    "text",
    [
        "5 kg in meters",
        "how many days in a year",
        "how many weeks in a month",
        "5 Mb in MB",
        "100 mW in W",
        "5 miles in miles",
        "-500 celsius in fahrenheit",
        "-1 kelvin in celsius",
        "5 apples in pounds",
        "five in a row",
        "5 in to",
        "10^400 km in miles",
        "20 celsius 5 in fahrenheit",
        "5 feet 11 pounds in cm",
        "5 cups 3 in ml",
    ],
)
def test_what_has_no_sure_answer_is_passed_on(text: str) -> None:
    """Different dimensions, letters whose case decides, and what is no quantity."""
    assert ask(CONVERTER, text) is None
