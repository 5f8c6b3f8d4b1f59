"""Arithmetic is exact, bounded, and only arithmetic."""

from __future__ import annotations

from decimal import Decimal, getcontext
from fractions import Fraction
from math import factorial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.skills.calculator import Calculator
from tests.skills.asking import ask

CALCULATOR = Calculator()
NUMBERS = st.one_of(
    st.integers(0, 10**6).map(str),
    st.decimals(min_value=0, max_value=1000, places=2, allow_nan=False, allow_infinity=False).map(str),
)
SIGNS = {"+": "+", "-": "-", "*": "*", "/": "/", "plus": "+", "minus": "-", "times": "*", "divided by": "/"}


def trees() -> st.SearchStrategy[tuple[str, Fraction | None]]:
    """Expressions in digits, signs and words, each with its value in exact fractions (None: divides by zero)."""

    def join(
        parts: tuple[tuple[str, Fraction | None], str, tuple[str, Fraction | None]],
    ) -> tuple[str, Fraction | None]:
        (left, a), sign, (right, b) = parts
        value: Fraction | None = None
        if a is not None and b is not None:
            match SIGNS[sign]:
                case "+":
                    value = a + b
                case "-":
                    value = a - b
                case "*":
                    value = a * b
                case _:
                    value = a / b if b else None
        return f"({left}) {sign} ({right})", value

    leaf = NUMBERS.map(lambda number: (number, Fraction(number)))
    return st.recursive(
        leaf, lambda inner: st.tuples(inner, st.sampled_from(sorted(SIGNS)), inner).map(join), max_leaves=5
    )


@settings(max_examples=250, deadline=None)
@given(trees())
def test_an_expression_has_the_value_that_fractions_give(tree: tuple[str, Fraction | None]) -> None:
    """Random expressions agree with Python's exact fractions, or with their rounding to ten digits."""
    text, value = tree
    if "(" not in text or len(text) > 150:
        return
    said = ask(CALCULATOR, f"what is {text}?")
    if value is None:
        assert said == "I can't divide by zero."
        return
    assert said is not None
    is_rounded = said.startswith("About ")
    digits, _, power = said.removeprefix("About ").replace(",", "").partition(" × 10^")
    shown = Fraction(digits) * Fraction(10) ** int(power or 0)
    if is_rounded:
        assert abs(shown - value) <= abs(value) * Fraction(1, 10**9)
    else:
        assert shown == value


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**9))
def test_a_root_agrees_with_decimals(number: int) -> None:
    """A perfect square has an exact root, another one is said with "about"."""
    getcontext().prec = 28
    said = ask(CALCULATOR, f"square root of {number}")
    root = Decimal(number).sqrt()
    assert said is not None
    assert said.startswith("About ") == (root != root.to_integral_value())
    assert abs(Decimal(said.removeprefix("About ").replace(",", "")) - root) <= root * Decimal("1e-9")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10000), st.integers(0, 100000))
def test_a_percentage_is_exact(percent: int, of: int) -> None:
    """x% of y is x times y over a hundred."""
    said = ask(CALCULATOR, f"What is {percent}% of {of}?")
    assert said is not None
    assert Fraction(said.replace(",", "")) == Fraction(percent * of, 100)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("What is 15% of 80?", "12"),
        ("0.1 + 0.2", "0.3"),
        ("1 - 0.9", "0.1"),
        ("2 ^ 3 ^ 2", "512"),
        ("-2 ^ 2", "-4"),
        ("4 ^ 0.5", "2"),
        ("8 ^ (1/3)", "2"),
        ("27 ^ (2/3)", "9"),
        ("2 ^ -2", "0.25"),
        ("2 ^ 0.5", "About 1.414213562"),
        ("0 ^ -1", "I can't divide by zero."),
        ("1 ^ 999999999999", "1"),
        ("(0-1) ^ 999999999999", "-1"),
        ("0 ^ 999999999999", "0"),
        ("0 ^ 0", "1"),
        ("0 ^ 0.5", "0"),
        ("sqrt(0 - 4)", "That has no real value."),
        ("cube root of (0 - 27)", "-3"),
        ("2 ^ 64", "18,446,744,073,709,551,616"),
        ("2 ^ 100", "About 1.2676506 × 10^30"),
        ("2 ^ 4095 / 2 ^ 4095", "1"),
        ("2 ^ 4096", "That number is too large for me."),
        ("1 / 1000000000", "0.000000001"),
        ("1 / 3000000000", "About 3.333333333 × 10^-10"),
        ("99999999999999999999 * 99999999999999999999", "About 1 × 10^40"),
        ("20% off $50", "$40"),
        ("15% tip on £82.50", "About £12.38, so about £94.88 in total"),
        ("100 - 20%", "80"),
        ("17 % 5", "2"),
        ("12²", "144"),
        ("√2 * √2", "About 2"),
    ],
)
def test_a_sum_is_answered_in_these_words(text: str, says: str) -> None:
    """Exact where it ends, "About" where it was rounded, one sentence where there is no value."""
    assert ask(CALCULATOR, text) == says


@pytest.mark.parametrize("text", ["9^9^9^9", "10^100000", "2^(10^9)", "401 factorial", "1000^1000^1.5", "9^5000.5"])
def test_what_would_take_forever_is_refused_at_once(text: str) -> None:
    """A power is measured before it is raised."""
    assert ask(CALCULATOR, text) == "That number is too large for me."


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('ls') + 1",
        "n0 + 1",
        "2 + 2; print(1)",
        "[1] * 5",
        "'a' * 5",
        "1 if 2 else 3",
        "lambda: 1 + 1",
        "1 << 5",
        "1e5 + 1",
        "0x10 + 1",
        "2 --- 2",
        "1_000 + 1",
        "007 + 1",
        "1,00 + 1",
        "1.2.3 + 1",
        "2 2 + 1",
        "2 (3 + 1)",
        "(2 + 3",
        "2 + 3)",
        "() + 1",
        "2 +",
        "* 2",
        "2 + + 2",
        "sqrt",
        "sqrt + 2",
        "5 %",
        "((((((((((((((((((((((1+1))))))))))))))))))))))",
        "9/11",
        "1914-1918",
    ],
)
def test_what_is_not_plain_arithmetic_is_passed_on(text: str) -> None:
    """No names, no code, no half expressions, no things that are only written like a sum."""
    assert ask(CALCULATOR, text) is None


@pytest.mark.parametrize("n", [0, 1, 5, 20, 170])
def test_a_factorial_is_the_product(n: int) -> None:
    """As Python has it."""
    said = ask(CALCULATOR, f"what is {n} factorial")
    assert said is not None
    digits, _, power = said.removeprefix("About ").replace(",", "").partition(" × 10^")
    assert abs(Fraction(digits) * 10 ** int(power or 0) - factorial(n)) <= Fraction(factorial(n), 10**9)


def test_a_range_of_years_is_calculated_when_ordered() -> None:
    """ "calculate" says that it is meant as a sum."""
    assert ask(CALCULATOR, "calculate 1914-1918") == "-4"
    assert ask(CALCULATOR, "what is 1914 - 1918") == "-4"
