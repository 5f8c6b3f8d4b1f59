"""Numbers that count or measure something, and so name nobody."""

from __future__ import annotations

import re

from privacy_assistant.core.patterns.pattern import Pattern

_QUANTITY = Pattern(
    r"(?i)\s?(?:%|°|(?:percent|per ?cent|dollars?|bucks|euros?|pounds?|cents?|usd|eur|gbp|yen|rupees|francs?"
    r"|million|billion|trillion|thousand|hundred|k|m|km|kms|kilomet\w+|miles?|met(?:er|re)s?|cm|mm|feet|foot|inch\w*|kg"
    r"|kilos?|kilograms?|grams?|lbs?|ounces?|litres?|liters?|ml|people|persons|users|inhabitants|years?|months?|weeks?"
    r"|days?|hours?|minutes?|seconds?|ms|bytes?|[kmgt]i?b|bits?|hz|[mg]hz|rows?|lines?|words?|tokens?|times|items?"
    r"|points?|votes?|steps|degrees|calories|watts?|prozent|stunden|minuten|jahre|tage|leute|personen|einwohner|meter"
    r"|kilometer|mètres?|minutes|heures|jours|ans|personnes|habitants|metros|horas|minutos|años|días|personas|habitantes"
    r"|metri|ore|minuti|anni|giorni|persone|abitanti|uur|minuten|jaar|dagen|mensen|inwoners|pessoas|anos|dias)(?![^\W_]))"
)
_CURRENCY = Pattern(r"(?:[$€£¥₹]|\b(?:usd|eur|gbp|chf|rs))\.?\s?$", re.IGNORECASE)
_MATHS_BEFORE = Pattern(
    r"(?i)(?:(?:[=<*/^%+×÷√~≈]|(?<=[^\s>] )>|(?<=[^\s>])>)"
    r"\s{0,2}|\b(?:prime|factors?|factori[sz]e|divided? by|multipl\w{1,6} by|times|plus|minus"
    r"|modulo|mod|sum of|root of|square of|log of|convert|binary|hex(?:adecimal)?|calculate|compute|round|about|roughly"
    r"|approximately|nearly|almost|over|population of|return|range|sleep|value of|between)\b[ (:]{0,3}"
    r"(?:the )?(?:number )?)$"
)
_MATHS_AFTER = Pattern(
    r"(?i)\s{0,2}(?:[=<>*^%+×÷]|(?:a |an )?(?:prime|divided|divisible|multiplied|times|plus|minus|modulo|mod"
    r"|to (?:binary"
    r"|hex\w{0,9}|the power)|in (?:binary|hex\w{0,9}|words)|squared|cubed|combinations)\b)"
)


def is_quantity(text: str, start: int, end: int) -> bool:
    """Whether a unit follows the number, or a currency stands before it."""
    return bool(_QUANTITY.match(text, end) or _CURRENCY.search(text, max(0, start - 5), start))


def is_calculated(text: str, start: int, end: int) -> bool:
    """Whether the number stands in arithmetic or an estimate."""
    return bool(_MATHS_AFTER.match(text, end) or _MATHS_BEFORE.search(text, max(0, start - 24), start))
