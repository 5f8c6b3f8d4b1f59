"""Digits and dates as people say them, in seven languages."""

from __future__ import annotations

import random

_DIGITS = {
    "en": "zero one two three four five six seven eight nine",
    "de": "null eins zwei drei vier fünf sechs sieben acht neun",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "it": "zero uno due tre quattro cinque sei sette otto nove",
    "nl": "nul een twee drie vier vijf zes zeven acht negen",
    "pt": "zero um dois três quatro cinco seis sete oito nove",
}
_TEENS = {
    "en": "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "de": "zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn",
    "fr": "dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf",
    "es": "diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve",
    "it": "dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove",
    "nl": "tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien",
    "pt": "dez onze doze treze catorze quinze dezesseis dezessete dezoito dezenove",
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "fr": "vingt trente quarante cinquante soixante soixante-dix quatre-vingt quatre-vingt-dix",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "it": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "nl": "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    "pt": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
}
_DOUBLE = {
    "en": "double",
    "de": "zweimal",
    "fr": "deux fois",
    "es": "doble",
    "it": "doppio",
    "nl": "dubbel",
    "pt": "duplo",
}
_SPANISH_TWENTIES = (
    "veintiuno veintidós veintitrés veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve"
)
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]


def pair(number: int, language: str) -> str:
    """A number below 100 in words."""
    tens, unit = divmod(number, 10)
    digits = _DIGITS[language].split()
    if number < 10:
        return digits[number]
    if number < 20:
        return _TEENS[language].split()[unit]
    if language == "fr" and tens in (7, 9):
        stem = "soixante" if tens == 7 else "quatre-vingt"
        joint = " et " if (tens, unit) == (7, 1) else "-"
        return f"{stem}{joint}{_TEENS['fr'].split()[unit]}"
    ten = _TENS[language].split()[tens - 2]
    if unit == 0:
        return ten + ("s" if language == "fr" and tens == 8 else "")
    if language == "en":
        return f"{ten} {digits[unit]}"
    if language == "de":
        return f"{'ein' if unit == 1 else digits[unit]}und{ten}"
    if language == "nl":
        return f"{digits[unit]}{'ën' if digits[unit].endswith('e') else 'en'}{ten}"
    if language == "fr":
        return f"{ten} et un" if unit == 1 and tens != 8 else f"{ten}-{digits[unit]}"
    if language == "it":
        return f"{ten[:-1] if unit in (1, 8) else ten}{'tré' if unit == 3 else digits[unit]}"
    if language == "es" and tens == 2:
        return _SPANISH_TWENTIES.split()[unit - 1]
    return f"{ten} {'y' if language == 'es' else 'e'} {digits[unit]}"


def say(digits: str, language: str, rng: random.Random) -> str:
    """A number digit by digit, in pairs as the language likes, with a double or "oh" here and there."""
    words: list[str] = []
    is_pairs = language == "fr" or rng.random() < 0.25
    at = 0
    single = _DIGITS[language].split()
    zero = rng.choice(("zero", "oh", "o")) if language == "en" else single[0]
    while at < len(digits):
        two = digits[at : at + 2]
        if len(two) == 2 and two[0] == two[1] and not is_pairs and rng.random() < 0.4:
            words.append(f"{_DOUBLE[language]} {zero if two[0] == '0' else single[int(two[0])]}")
            at += 2
        elif is_pairs and len(two) == 2 and two[0] != "0":
            words.append(pair(int(two), language))
            at += 2
        else:
            words.append(zero if digits[at] == "0" else single[int(digits[at])])
            at += 1
    if rng.random() < 0.15 and len(words) > 4:
        words[3] += ","
    return " ".join(words)


def say_date(rng: random.Random) -> str:
    """A day of birth in English words: "the fourth of may nineteen eighty two"."""
    day = rng.randint(1, 20)
    month = rng.choice(_MONTHS)
    year = rng.randint(1935, 2009)
    if year < 2000:
        said = f"nineteen {pair(year - 1900, 'en') if year % 100 > 9 else 'oh ' + pair(year % 100, 'en')}"
    else:
        said = rng.choice(
            (
                f"two thousand {pair(year - 2000, 'en')}" if year > 2000 else "two thousand",
                f"two thousand and {pair(max(1, year - 2000), 'en')}",
            )
        )
    forms = (
        f"{month} {_ORDINALS[day - 1]} {said}",
        f"the {_ORDINALS[day - 1]} of {month} {said}",
        f"{_ORDINALS[day - 1]} of {month}, {said}",
    )
    form = rng.choice(forms)
    return form if rng.random() < 0.5 else form.lower()
