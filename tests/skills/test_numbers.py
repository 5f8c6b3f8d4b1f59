"""Spoken and written numbers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.skills.numbers import amount, rounded, to_digits, written

ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
ONES += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spell(number: int) -> str:
    """English words of a number below a million million."""
    for scale, word in ((10**9, "billion"), (10**6, "million"), (1000, "thousand")):
        if number >= scale:
            rest = number % scale
            return f"{spell(number // scale)} {word}" + (f" {spell(rest)}" if rest else "")
    if number >= 100:
        rest = number % 100
        return f"{ONES[number // 100]} hundred" + (f" and {spell(rest)}" if rest else "")
    if number < 20:
        return ONES[number]
    return TENS[number // 10] + (f"-{ONES[number % 10]}" if number % 10 else "")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**12 - 1))
def test_a_spelled_number_comes_back_in_digits(number: int) -> None:
    """Every number below a million million, as English spells it."""
    assert to_digits(spell(number)) == str(number)


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("twenty three times four", "23 times 4"),
        ("a hundred and one", "101"),
        ("two thousand and six", "2006"),
        ("three point one four", "3.14"),
        ("nineteen eighty four", "19 84"),
        ("one two three", "1 2 3"),
        ("five and six", "5 and 6"),
        ("twenty eleven", "20 11"),
        ("a point", "a point"),
        ("tense often", "tense often"),
        ("", ""),
    ],
)
def test_only_well_formed_numbers_are_joined(said: str, digits: str) -> None:
    """Two numbers beside one another stay two."""
    assert to_digits(said) == digits


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("3", 3),
        ("1,000.5", Fraction(2001, 2)),
        ("2 and a half", Fraction(5, 2)),
        ("1 1/2", Fraction(3, 2)),
        ("3/4", Fraction(3, 4)),
        ("a", 1),
        ("half a", Fraction(1, 2)),
        ("half", Fraction(1, 2)),
        ("5 and a quarter", Fraction(21, 4)),
        ("5 and 3 quarters", Fraction(23, 4)),
        ("1/0", None),
        ("1,00", None),
        ("1 3/2", None),
        ("2 and a bit", None),
        ("", None),
        ("some", None),
    ],
)
def test_an_amount_has_one_value(said: str, value: Fraction | int | None) -> None:
    """Mixed fractions and articles are amounts, a half-written number is none."""
    assert amount(said) == value


@settings(max_examples=100, deadline=None)
@given(st.fractions(max_denominator=10**6), st.integers(1, 12))
def test_rounding_is_off_by_half_a_digit_at_most(value: Fraction, significant: int) -> None:
    """The shown number differs from the value by at most half of its last digit."""
    shown = rounded(value, significant=significant).replace(",", "")
    digits, _, power = shown.partition(" × 10^")
    read = Fraction(digits) * Fraction(10) ** int(power or 0)
    assert abs(read - value) <= abs(value) * Fraction(5, 10**significant)


@settings(max_examples=100, deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12))
def test_a_number_that_ends_is_shown_whole(value: object) -> None:
    """Six decimals are exact, and reading them back gives the value."""
    exact = Fraction(str(value))
    text, is_exact = written(exact)
    assert is_exact
    assert Fraction(text.replace(",", "")) == exact
