"""Arithmetic in exact fractions: "what is 15% of 80", "twenty three times four", "square root of 2".

Words become an expression of digits and operators; simpleeval walks its syntax tree with our operators on
`fractions.Fraction` (never `eval`), so 0.1 + 0.2 is 0.3. What is no exact fraction (a root, a power that is not
whole) is worked out with 50 decimal digits and said with "about".
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from math import factorial, isqrt
from typing import Any

from privacy_assistant.ports import SkillAnswer, SkillRequest
from privacy_assistant.skills.numbers import NUMBER, rounded, to_digits, written
from privacy_assistant.skills.wording import Pattern, pattern, sentence

LONGEST = 160
"""Code points of the longest expression."""
LARGEST_BITS = 4096
"""Bits of the largest number that is worked out; 1,233 digits."""
_LARGEST_FACTORIAL = 400
_SHOWN_DIGITS = 21

_GATE = pattern(
    r"[-+*/^%=²³√·]|\d ?x ?\d|\b(?:plus|minus|times|divided|multiplied|percent(?:age)?|root|square|squared"
    r"|cubed|cube|power"
    r"|mod|modulo|sum|product|difference|quotient|factorial|half|third|quarter|double|triple|twice|x|add|subtract|multiply"
    r"|divide)\b"
)
_LEAD = pattern(
    r"(?P<ask>what(?:'s| is| are| does| do)?|how much (?:is|are|does|do|makes?)|how many is)? ?"
    r"(?P<order>(?:calculate|compute|work out|evaluate|solve|figure out|add up|do the math on"
    r"|find)(?: the)?(?: result of| value of)?)? ?"
    r"(?:the (?=(?:square|cube|sum|product|difference|quotient|result|value|answer|factorial|\d)))?(?:(?:result"
    r"|value|answer) (?:of|to) )?"
)
_TRAIL = pattern(r" ?(?:=|equals?(?: to)?|make|makes|come to|is|in total|is what|equals? what|makes what)? ?\??$")


def _operand(name: str) -> str:
    """A number with or without a currency beside it, as a named group."""
    return rf"(?:[$€£] ?)?(?P<{name}>-?(?:{NUMBER}))(?: ?(?:dollars?|euros?|pounds?|[€£$]))?"


_PERCENT = rf"(?P<p>{NUMBER}) ?(?:%|percent|per cent)"
_OF = pattern(r"<<percent>> (?:of|from) <<y>>", percent=_PERCENT, y=_operand("y"))
_OFF = pattern(
    r"<<percent>> (?:off|off of|discount on|less than|reduction on) <<y>>", percent=_PERCENT, y=_operand("y")
)
_TIP = pattern(
    r"(?:an? )?<<percent>> (?P<what>tip|tax|vat) (?:on|for|of) (?:an? )?<<y>>(?: (?:bill|check|meal))?",
    percent=_PERCENT,
    y=_operand("y"),
)
_CHANGE = (
    (1, pattern(r"(?:increase|raise) <<y>> by <<percent>>", y=_operand("y"), percent=_PERCENT)),
    (1, pattern(r"add <<percent>> to <<y>>", y=_operand("y"), percent=_PERCENT)),
    (1, pattern(r"<<y>> ?(?:plus|\+|increased by) ?<<percent>>", y=_operand("y"), percent=_PERCENT)),
    (-1, pattern(r"(?:decrease|reduce|lower) <<y>> by <<percent>>", y=_operand("y"), percent=_PERCENT)),
    (-1, pattern(r"(?:subtract|take) <<percent>> (?:from|off|off of) <<y>>", y=_operand("y"), percent=_PERCENT)),
    (-1, pattern(r"<<y>> ?(?:minus|-|less|decreased by|reduced by) ?<<percent>>", y=_operand("y"), percent=_PERCENT)),
)
_SHARE = (
    pattern(r"what (?:percent|percentage|per cent|%) (?:of )?<<y>> is <<x>>", y=_operand("y"), x=_operand("x")),
    pattern(r"what (?:percent|percentage|per cent|%) is <<x>> (?:out )?of <<y>>", y=_operand("y"), x=_operand("x")),
    pattern(r"<<x>> is what (?:percent|percentage|per cent|%) of <<y>>", y=_operand("y"), x=_operand("x")),
)

_WORDS: tuple[tuple[Pattern, str], ...] = tuple(
    (pattern(expression), sign)
    for expression, sign in (
        (r"\b(?:the )?cube root of\b", " cbrt "),
        (r"\b(?:the )?square root of\b|\bsqrt(?: of)?\b|\broot of\b|√", " sqrt "),
        (r"\b(?:to the power of|raised to(?: the power of)?)\b|\*\*", " ^ "),
        (r"\bsquared\b|²", " ^ 2 "),
        (r"\bcubed\b|³", " ^ 3 "),
        (r"\bplus\b", " + "),
        (r"\bminus\b", " - "),
        (r"\b(?:multiplied by|times)\b|·", " * "),
        (r"\bdivided by\b", " / "),
        (r"\b(?:modulo|mod)\b", " mod "),
        (r"(?<=[\d)]) ?x ?(?=[\d(])", " * "),
        (r"\b(?:the )?square of (\d+(?:\.\d+)?)", r" \1 ^ 2 "),
        (r"(?<![\d.,/])(\d+/\d+) of(?= \d)", r" (\1) * "),
        (r"\b(?:a |one |1 )?half of\b|\bhalf(?= \d)", " (1/2) * "),
        (r"\b(?:a|one|1) third of\b", " (1/3) * "),
        (r"\b(?:a|one|1) quarter of\b", " (1/4) * "),
        (r"\b(?:double|twice)(?= \d)", " 2 * "),
        (r"\btriple(?= \d)", " 3 * "),
        (rf"(?<![\d.])({NUMBER}) ?(?:%|percent\b|per cent\b) of\b", r" (\1/100) * "),
    )
)
_PAIR = pattern(
    rf"(?:the )?(?P<what>sum|product|difference|quotient) (?:of"
    rf"|between) (?P<a>-?(?:{NUMBER})) and (?P<b>-?(?:{NUMBER}))"
)
_ORDERS = (
    (pattern(rf"add (?P<a>-?(?:{NUMBER})) (?:and|to) (?P<b>-?(?:{NUMBER}))"), "({a})+({b})"),
    (pattern(rf"subtract (?P<a>-?(?:{NUMBER})) from (?P<b>-?(?:{NUMBER}))"), "({b})-({a})"),
    (
        pattern(rf"multiply (?P<a>-?(?:{NUMBER})) (?:and|by|with) (?P<b>-?(?:{NUMBER}))"),
        "({a})*({b})",
    ),
    (pattern(rf"divide (?P<a>-?(?:{NUMBER})) by (?P<b>-?(?:{NUMBER}))"), "({a})/({b})"),
)
_FACTORIAL = pattern(r"(?:(?:the )?factorial of (?P<a>\d{1,4})|(?P<b>\d{1,4}) factorial)")
_TOKEN = pattern(rf" *(?:(?P<number>{NUMBER})|(?P<call>sqrt|cbrt)|(?P<sign>mod|[-+*/^()%]))")
_LEADING_ZERO = re.compile(r"(?<![\d.,])0[\dx]")
_DEPTH = 20

_NAMES_OF_THINGS = frozenset(
    {"9/11", "24/7", "50/50", "7/7", "7/11", "20/20", "4/20", "1/6", "7-11", "10-4", "4x4", "2x4", "5-0", "69/420"}
)
"""Read like arithmetic and are not."""
_BARE_PAIR = re.compile(r"\d+[-/]\d+")
_CODE = re.compile(r"\d+(?:-\d+){2,}|\d{3,}-\d{3,}|\d+(?:/\d+){2,}")
"""Telephone numbers, formations, ranges of years, dates: without a space around the sign they are no sums."""


class _TooLarge(Exception):
    """The result, or something on the way to it, has too many digits."""


class _NoValue(Exception):
    """Not defined: a root of a negative number, zero to a negative power."""


class Calculator:
    """Answers arithmetic that it can read to the last character."""

    @property
    def name(self) -> str:
        return "calculator"

    def answer(self, request: SkillRequest) -> SkillAnswer | None:
        """The result as a number, "About ..." when rounded; a plain sentence when there is none; else None."""
        said = sentence(request.text)
        if not said or len(said) > LONGEST or not _GATE.search(said):
            return None
        text = _answer(said)
        return None if text is None else SkillAnswer(text)


def _answer(said: str) -> str | None:
    digits = to_digits(said)
    try:
        share = _share(digits)
        if share is not None:
            return share
        lead = _LEAD.match(digits)
        body = digits[lead.end() :] if lead is not None else digits
        body = _TRAIL.sub("", body).strip()
        is_order = lead is not None and lead["order"] is not None
        is_asked = lead is not None and lead["ask"] is not None
        if not body or _LEADING_ZERO.search(body) or (not is_order and _is_name(body, is_asked)):
            return None
        return _percent(body) or _calculated(body)
    except _TooLarge:
        return "That number is too large for me."
    except ZeroDivisionError:
        return "I can't divide by zero."
    except _NoValue:
        return "That has no real value."


def _is_name(body: str, is_asked: bool) -> bool:
    """True for what is written like a sum and is none, unless one was ordered; a bare "12/25" is a date or a code."""
    if not is_asked and _BARE_PAIR.fullmatch(body):
        return True
    return body.lower() in _NAMES_OF_THINGS or _CODE.fullmatch(body) is not None


# ---------------------------------------------------------------- percent


def _share(said: str) -> str | None:
    for form in _SHARE:
        found = form.fullmatch(_TRAIL.sub("", said))
        if found is not None:
            return _show(_number(found["x"]) / _number(found["y"]) * 100, after="%")
    return None


def _percent(body: str) -> str | None:
    """Percent of, off, more and less; one currency sign is carried over to the answer."""
    if "%" not in body and "per" not in body.lower():
        return None
    signs = set(re.findall(r"[$€£]", body))
    if len(signs) > 1:
        return None
    sign = signs.pop() if signs else ""
    if found := _OF.fullmatch(body):
        return _show(_number(found["p"]) / 100 * _number(found["y"]), sign)
    if found := _OFF.fullmatch(body):
        return _show((1 - _number(found["p"]) / 100) * _number(found["y"]), sign)
    if found := _TIP.fullmatch(body):
        part = _number(found["p"]) / 100 * _number(found["y"])
        return f"{_show(part, sign)}, so {_show(part + _number(found['y']), sign, capital=False)} in total"
    for direction, form in _CHANGE:
        if found := form.fullmatch(body):
            return _show((1 + direction * _number(found["p"]) / 100) * _number(found["y"]), sign)
    return None


def _number(text: str) -> Fraction:
    return Fraction(text.replace(",", ""))


# ---------------------------------------------------------------- expressions


def _calculated(body: str) -> str | None:
    if found := _FACTORIAL.fullmatch(body):
        n = int(found["a"] or found["b"])
        if n > _LARGEST_FACTORIAL:
            raise _TooLarge
        return _show(Fraction(factorial(n)))
    if found := _PAIR.fullmatch(body):
        sign = {"sum": "+", "product": "*", "difference": "-", "quotient": "/"}[found["what"].lower()]
        body = f"({found['a']}){sign}({found['b']})"
    for form, shape in _ORDERS:
        if found := form.fullmatch(body):
            body = shape.format(a=found["a"], b=found["b"])
    for word, sign in _WORDS:
        body = word.sub(sign, body)
    expression, numbers, operations = _expression(body)
    if not operations or not numbers:
        return None
    value = _evaluate(expression, numbers)
    if value is None:
        return None
    return _show(value.at, is_exact=value.is_exact)


def _expression(body: str) -> tuple[str, dict[str, Number], int]:
    """A Python expression over names n0, n1, …; their values; how many operators it has. Empty: not arithmetic."""
    nothing: tuple[str, dict[str, Number], int] = ("", {}, 0)
    if len(body) > LONGEST or body.count("(") > _DEPTH:
        return nothing
    out: list[str] = []
    numbers: dict[str, Number] = {}
    operations = 0
    at = 0
    calls_open = False
    body = body.rstrip()
    before = ""
    while at < len(body):
        token = _TOKEN.match(body, at)
        if token is None:
            return nothing
        at = token.end()
        if token["number"]:
            if before == "number":
                return nothing
            name = f"n{len(numbers)}"
            numbers[name] = Number(_number(token["number"]))
            out.append(f"{name})" if calls_open else name)
            calls_open = False
            before = "number"
        elif token["call"]:
            if before == "number" or calls_open:
                return nothing
            out.append(f"{token['call'].lower()}(")
            calls_open = not body[at:].lstrip().startswith("(")
            if not calls_open:
                out[-1] = token["call"].lower()
            operations += 1
            before = "call"
        else:
            if calls_open:
                return nothing
            sign = token["sign"].lower()
            is_binary = before == "number" and sign not in "()"
            if sign == "%" and not re.match(r" *[\d(]", body[at:]):
                return nothing
            if sign in "+-" and not is_binary:
                # A minus may stand before a number, once; a plus says nothing there.
                if sign == "+" or before == "minus":
                    return nothing
                sign = "minus"
            operations += int(is_binary)
            out.append({"^": "**", "mod": "%", "minus": "-"}.get(sign, sign))
            before = {")": "number", "(": "open", "minus": "minus"}.get(sign, "sign")
    return " ".join(out), numbers, operations


class Number:
    """An exact fraction, or one that stands for a rounded value; the operators of the expressions."""

    __slots__ = ("at", "is_exact")

    def __init__(self, at: Fraction, is_exact: bool = True) -> None:
        if at.numerator.bit_length() > LARGEST_BITS or at.denominator.bit_length() > LARGEST_BITS:
            raise _TooLarge
        self.at = at
        self.is_exact = is_exact


def _both(work: Callable[[Any, Any], Any]) -> Callable[[Number, Number], Number]:
    def apply(left: Number, right: Number) -> Number:
        return Number(Fraction(work(left.at, right.at)), left.is_exact and right.is_exact)

    return apply


def _power(left: Number, right: Number) -> Number:
    exponent = right.at
    if left.at == 0 and exponent < 0:
        raise ZeroDivisionError
    if exponent.denominator == 1:
        size = max(left.at.numerator.bit_length(), left.at.denominator.bit_length())
        if left.at not in (0, 1, -1) and abs(exponent.numerator) * max(1, size - 1) > LARGEST_BITS:
            raise _TooLarge
        if left.at in (0, 1, -1):
            exponent = Fraction(exponent.numerator % 2 if left.at == -1 else min(1, abs(exponent.numerator)))
        return Number(Fraction(left.at**exponent.numerator), left.is_exact and right.is_exact)
    return _root_of(left, exponent)


def _root_of(left: Number, exponent: Fraction) -> Number:
    """A power that is not whole; exact for square and other roots that come out."""
    if left.at < 0:
        raise _NoValue
    if abs(exponent) > LARGEST_BITS or left.at == 0:
        if left.at == 0:
            return Number(Fraction(0), left.is_exact)
        raise _TooLarge
    size = max(left.at.numerator.bit_length(), left.at.denominator.bit_length())
    if abs(exponent) * size > LARGEST_BITS:
        raise _TooLarge
    with localcontext() as context:
        context.prec = 60
        base = Decimal(left.at.numerator) / Decimal(left.at.denominator)
        power = Decimal(exponent.numerator) / Decimal(exponent.denominator)
        near = Fraction(base**power)
    guess = near.limit_denominator(10**12)
    if exponent.denominator <= 10 and guess**exponent.denominator == left.at**exponent.numerator:
        return Number(guess, left.is_exact)
    return Number(near.limit_denominator(10**40), is_exact=False)


def _sqrt(of: Number) -> Number:
    if of.at < 0:
        raise _NoValue
    top, bottom = isqrt(of.at.numerator), isqrt(of.at.denominator)
    if top * top == of.at.numerator and bottom * bottom == of.at.denominator:
        return Number(Fraction(top, bottom), of.is_exact)
    return _root_of(of, Fraction(1, 2))


def _cbrt(of: Number) -> Number:
    root = _root_of(Number(abs(of.at), of.is_exact), Fraction(1, 3))
    return Number(-root.at if of.at < 0 else root.at, root.is_exact)


def _evaluate(expression: str, numbers: dict[str, Number]) -> Number | None:
    from simpleeval import InvalidExpression, SimpleEval  # type: ignore[import-untyped]  # no stubs; only for sums

    evaluator = SimpleEval(
        operators={
            ast.Add: _both(operator.add),
            ast.Sub: _both(operator.sub),
            ast.Mult: _both(operator.mul),
            ast.Div: _both(operator.truediv),
            ast.Mod: _both(operator.mod),
            ast.Pow: _power,
            ast.USub: lambda of: Number(-of.at, of.is_exact),
            ast.UAdd: lambda of: of,
        },
        functions={"sqrt": _sqrt, "cbrt": _cbrt},
        names=numbers,
    )
    try:
        value = evaluator.eval(expression)
    except (InvalidExpression, SyntaxError, TypeError):
        return None
    return value if isinstance(value, Number) else None


# ---------------------------------------------------------------- showing


def _show(value: Fraction, sign: str = "", *, after: str = "", is_exact: bool = True, capital: bool = True) -> str:
    text, whole = written(value)
    if len(text.replace(",", "")) > _SHOWN_DIGITS or not is_exact:
        text, whole = rounded(value, significant=10), False
    if sign:
        if value.denominator != 1:
            cents = round(value * 100)
            whole = whole and Fraction(cents, 100) == value
            text = f"{'-' if cents < 0 else ''}{abs(cents) // 100:,}.{abs(cents) % 100:02d}"
        text = f"-{sign}{text[1:]}" if text.startswith("-") else f"{sign}{text}"
    about = "" if whole else ("About " if capital else "about ")
    return f"{about}{text}{after}"
