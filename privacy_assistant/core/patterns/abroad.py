"""Numbers said in German, French, Spanish, Italian, Dutch and Portuguese, seen as digits: "null eins sieben" is "017".

The numbers below a hundred are made from each language's own rules for tens and units, then looked up, the longest
first. Which language a text speaks is told by the most number words of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.said import Said
from privacy_assistant.core.patterns.views import View, rewritten
from privacy_assistant.core.patterns.words import words

_UNITS = {
    "de": "null eins zwei drei vier fünf sechs sieben acht neun",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve",
    "it": "zero uno due tre quattro cinque sei sette otto nove",
    "nl": "nul een twee drie vier vijf zes zeven acht negen",
    "pt": "zero um dois três quatro cinco seis sete oito nove",
}
_ALSO = {
    "de": {"zwo": "2", "fuenf": "5", "ein": "1", "oh": "0"},
    "fr": {"zero": "0", "une": "1"},
    "es": {"un": "1", "una": "1"},
    "it": {"un": "1"},
    "nl": {"één": "1", "één ": "1"},
    "pt": {"uma": "1", "duas": "2", "tres": "3", "meia": "6"},
}
_TEENS = {
    "de": "zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn",
    "fr": "dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf",
    "es": "diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve",
    "it": "dieci undici dodici tredici quattordici quindici sedici diciassette diciotto diciannove",
    "nl": "tien elf twaalf dertien veertien vijftien zestien zeventien achttien negentien",
    "pt": "dez onze doze treze catorze quinze dezesseis dezessete dezoito dezenove",
}
_TENS = {
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "fr": "vingt trente quarante cinquante soixante soixante-dix quatre-vingt quatre-vingt-dix",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "it": "venti trenta quaranta cinquanta sessanta settanta ottanta novanta",
    "nl": "twintig dertig veertig vijftig zestig zeventig tachtig negentig",
    "pt": "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
}
_MORE = {
    "es": "veintiuno=21 veintidós=22 veintitrés=23 veinticuatro=24 veinticinco=25 veintiséis=26 veintisiete=27 "
    "veintiocho=28 veintinueve=29 veintidos=22 veintitres=23 veintiseis=26 dieciseis=16 cien=100 ciento=1 "
    "doscientos=2 trescientos=3 cuatrocientos=4 quinientos=5 seiscientos=6 setecientos=7 ochocientos=8 novecientos=9",
    "fr": "septante=70 huitante=80 octante=80 nonante=90 quatre-vingts=80 vingts=20 cent=100",
    "it": "cento=100",
    "nl": "honderd=100",
    "de": "dreissig=30 hundert=100 einhundert=100",
    "pt": "catorze=14 quatorze=14 dezasseis=16 dezassete=17 dezanove=19 cem=100 cento=1 duzentos=2 trezentos=3 "
    "quatrocentos=4 quinhentos=5 seiscentos=6 setecentos=7 oitocentos=8 novecentos=9",
}
_TIMES = {
    "de": "zweimal doppel doppelte dreimal", "fr": "double triple", "es": "doble triple", "it": "doppio doppia triplo",
    "nl": "dubbel dubbele driemaal tweemaal", "pt": "duplo dupla dobro triplo",
}  # fmt: skip
_TIMES_IN_TWO = {"fr": ("deux fois", "trois fois"), "es": ("dos veces", "tres veces"), "it": ("due volte", "tre volte"),
                 "pt": ("duas vezes", "três vezes"), "nl": ("twee keer", "drie keer")}  # fmt: skip
_TRIPLE = words("dreimal triple triplo driemaal")
_PLUS = words("plus más mais più piu")
_FILLERS = words(
    "und et y e en dann puis luego poi dan depois äh ähm euh eh uh punkt point punto ponto punt strich trait guion"
)
_BETWEEN = Pattern(r"[ \t\r\n,.;-]{1,4}\Z|\.\.\. ?\Z")
_WITHIN = Pattern(r"[ \t-]{1,2}\Z")
_WORD = Pattern(r"\d+|[^\W\d_]+")
_LEAST = 4
_LONGEST = 4

_Phrase = tuple[str, ...]


@cache
def _numbers(language: str) -> dict[_Phrase, str]:
    """Words in order to digits, for all numbers below a hundred and what doubles them."""
    units, teens, tens = _UNITS[language].split(), _TEENS[language].split(), _TENS[language].split()
    said: dict[str, str] = {word: str(value) for value, word in enumerate(units)}
    said |= {word: str(10 + value) for value, word in enumerate(teens)}
    for ten, word in enumerate(tens, 2):
        said[word] = f"{ten}0"
        for unit in range(1, 10):
            for form in _joined(language, word, units[unit], teens[unit], ten, unit):
                said[form] = f"{ten}{unit}"
    said |= _ALSO[language]
    said |= dict(pair.split("=") for pair in _MORE.get(language, "").split())
    said |= {word: "***" if word in _TRIPLE else "**" for word in _TIMES[language].split()}
    said |= {phrase: "*" * (number + 2) for number, phrase in enumerate(_TIMES_IN_TWO.get(language, ()))}
    return {tuple(_WORD.findall(phrase)): digits for phrase, digits in said.items()}


def _joined(language: str, ten: str, unit: str, teen: str, tens: int, units: int) -> list[str]:
    """How a ten and a unit are said together."""
    if language == "de":
        return [f"{'ein' if units == 1 else unit}und{ten}"]
    if language == "nl":
        return [f"{unit}{'ën' if unit.endswith('e') else 'en'}{ten}", f"{unit}en{ten}"]
    if language == "fr":
        if tens in (7, 9):
            stem = "soixante" if tens == 7 else "quatre-vingt"
            return [f"{stem}-{teen}", f"{stem} et {teen}"]
        return [f"{ten}-{unit}", f"{ten} et {unit}"]
    if language == "it":
        stem = ten[:-1] if units in (1, 8) else ten
        return [f"{stem}{'tré' if units == 3 else unit}", f"{stem}{unit}"]
    return [f"{ten} {'y' if language == 'es' else 'e'} {unit}", f"{ten} {unit}"]


@cache
def _first_words() -> dict[str, frozenset[str]]:
    """The words a number can begin with, and the languages they belong to."""
    found: dict[str, set[str]] = {}
    for language in _UNITS:
        for phrase in _numbers(language):
            found.setdefault(phrase[0], set()).add(language)
    return {word: frozenset(languages) for word, languages in found.items()}


def spoken_abroad(view: View, said: Said | None = None) -> View | None:
    """The spoken view of a written one in another language than English; None where no four digits are said.

    `said` is the text of the view, where it was looked at before.
    """
    first_words = _first_words()
    counts: dict[str, int] = {}
    for word, _ in (said or Said(view.text)).words:
        if word in first_words:
            for language in first_words[word]:
                counts[language] = counts.get(language, 0) + 1
    if not counts or max(counts.values()) < 2:
        return None
    language = max(counts, key=lambda name: counts[name])
    tokens = [(match.group().lower(), match.start(), match.end()) for match in _WORD.finditer(view.text)]
    runs = list(_runs(view.text, tokens, _numbers(language)))
    return rewritten(view, runs) if runs else None


_Atom = tuple[str, int, int]
"""Digits, and where the words for them stand."""


def _runs(text: str, tokens: list[_Atom], numbers: dict[_Phrase, str]) -> Iterator[list[_Atom]]:
    """Numbers said one after the other, at least four digits in them and two words."""
    at = 0
    run: list[_Atom] = []
    said = 0
    pending = 0
    while at <= len(tokens):
        found = None
        if at < len(tokens) and (not run or _BETWEEN.match(text[run[-1][2] : tokens[at][1]]) or pending):
            found = _number_at(text, tokens, at, numbers)
        if found is not None:
            digits, used = found
            is_word = not tokens[at][0].isdigit()
            if is_word or run:
                run.append((digits, tokens[at][1], tokens[at + used - 1][2]))
                said += is_word
            pending = 0
            at += used
            continue
        if run and at < len(tokens) and tokens[at][0] in _FILLERS and pending < 2:
            pending += 1
            at += 1
            continue
        joined = _doubled(run)
        if said >= 2 and sum(len(atom[0]) for atom in joined) >= _LEAST:
            yield joined
        if not run and at < len(tokens) and tokens[at][0] in _PLUS and at + 1 < len(tokens):
            following = _number_at(text, tokens, at + 1, numbers)
            if following is not None:
                run, said, pending = [("+", tokens[at][1], tokens[at][2])], 0, 0
                at += 1
                continue
        at += 0 if run else 1
        run, said, pending = [], 0, 0


def _number_at(text: str, tokens: list[_Atom], at: int, numbers: dict[_Phrase, str]) -> tuple[str, int] | None:
    """Digits and the count of words of the longest number that begins here."""
    if tokens[at][0].isdigit():
        return tokens[at][0], 1
    for length in range(min(_LONGEST, len(tokens) - at), 0, -1):
        digits = numbers.get(tuple(token[0] for token in tokens[at : at + length]))
        if digits is not None and all(
            _WITHIN.match(text[tokens[place][2] : tokens[place + 1][1]]) for place in range(at, at + length - 1)
        ):
            return digits, length
    return None


def _doubled(run: list[_Atom]) -> list[_Atom]:
    """ "doble cinco" is 55."""
    joined: list[_Atom] = []
    for digits, start, end in run:
        if joined and joined[-1][0].startswith("*"):
            times, first, _ = joined.pop()
            joined.append((digits[:1] * len(times) + digits[1:], first, end))
        else:
            joined.append((digits, start, end))
    if joined and joined[-1][0].startswith("*"):
        joined.pop()
    return joined
