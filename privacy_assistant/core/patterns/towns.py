"""The parts of an address around its street: unit, town, state, post code, country; on one line or on several.

`extend` goes on behind a street that was found; `anchored` begins at a post code that stands beside a town, and walks
back part by part to a line with a house number, whatever its street is called.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy_assistant.core.patterns.countries import COUNTRY, STATE_NAMES, STATES
from privacy_assistant.core.patterns.quantities import is_quantity
from privacy_assistant.core.patterns.words import words

CAPITAL = "[A-ZÀ-ÖØ-ÞŁŚŻŹČŠŽĎŤŇŘŮĐĆİŞĞŐŰĀĒĪŪĶĻŅĽĹŔ]"
_PARTICLES = words(
    "ob pod nad na ve de la le les du des d l am an der den dem die das do da dos del della delle dei degli di su "
    "sur en sous aan bei im in los las y e i van von zu zur zum op ter ten the of upon on and und et lès los alto "
    "altos bajos aux à al"
)
_PARTICLE = r"(?:" + "|".join(sorted((p for p in _PARTICLES if len(p) > 1), key=len, reverse=True)) + r")"
_TOWN_WORD = rf"(?:(?:[A-Z]\.){{2,4}}|{CAPITAL}\w{{0,3}}\.(?= )|{CAPITAL}['’\w-]{{0,24}})"
_TOWN = re.compile(
    rf"(?:'s-|'t |['’]s |\d{{1,2}}e "
    rf"|d[aeo]s? )?{_TOWN_WORD}(?:[ -](?:{_PARTICLE}[ -]){{0,2}}(?:[dl]['’])?{_TOWN_WORD}){{0,4}}"
    r"(?: (?:los|las) (?:altos|bajos))?"
)
UNIT_WORDS = words(
    "oficina torre apartamento studio interior apt apartment suite ste unit flat floor fl room rm bldg building "
    "lot block tower level piso puerta pta apto apt appartamento piano interior interno int scala sc depto dpto "
    "departamento edif edificio bloco bl andar sala casa lote quadra bus bte boîte appt appartement étage bât "
    "bâtiment wohnung whg etage og eg stock stiege top tür verdieping huis planta esc escalera local oficina of "
    "portal letra bajo izquierda derecha izq dcha door shop office house no nr box bp cs po"
)
_UNIT_WORD = (
    r"(?:apt|apartamento|oficina|torre|studio|apartment|suite|ste|unit|flat|floor|fl|room|rm|bldg|building|lot"
    r"|blk|block|tower|level|apartamento"
    r"|piso|puerta|pta"
    r"|apto|appartamento|app|piano|interior|interno|int|scala|sc|depto|dpto|edif|edificio|bloco|bl|andar|sala"
    r"|casa|lote|quadra"
    r"|bus|bte|boîte|appt|appartement|étage|bât|bâtiment|wohnung|whg|stiege|top|tür|oficina|torre|studio|planta"
    r"|esc|escalera|local|oficina"
    r"|portal|bajo|box)"
)
_UNIT = re.compile(
    rf"(?:{_UNIT_WORD}\b\.? ?(?:#|no\.? ?|nr\.? ?)?(?:\d[\w-]{{0,5}}|[a-z](?:-?\d{{1,4}})?)(?![\w'’])"
    r"|#\s?\w[\w-]{0,5}|\d{1,3}(?:st|nd|rd|th) (?:floor|fl)\b\.?|\d{1,2} ?[ºª°o] ?-?(?:[a-z]|izq\w*|dcha|dta|esq)?\b\.?"
    r"|\d{1,2}(?:er|e|ème|ère) étage|\d{1,2}\. (?:stock|etage|og)\b|(?:ground|first|second|third|top) floor"
    r"|rez-de-chaussée|hinterhaus|vorderhaus|bajo|s/n\b)",
    re.IGNORECASE,
)
_STATE = re.compile(
    rf"{STATES}\b(?!['’])|\([A-Z]{{2,6}}\)|(?<=/ )[A-Z]{{2}}\b|(?<=/)[A-Z]{{2}}\b|{STATE_NAMES}\b(?!['’])"
    r"|[A-Z]{2,4}(?= \d{5}(?!\d))"
)
BRITISH_CODE = (
    r"(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKPSTUW]"
    r"|[A-HK-Y]\d[ABEHMNPRV-Y]) ?\d[ABD-HJLNP-UW-Z]{2})"
)
CANADIAN_CODE = r"(?:[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d)"
_LETTERED = (
    rf"(?:{BRITISH_CODE}|{CANADIAN_CODE}|[A-Z]{{1,2}}\d{{1,2}}[A-Z]? \d[A-Z]{{2}}(?!\w)"
    r"|[A-Z]\d[\dW] ?[A-Z0-9]{4}(?!\w)|\d{4} ?[A-Z]{2}(?!\w))"
)
_CODE = re.compile(
    rf"(?:{_LETTERED}|(?:[A-Z]{{1,3}}-)?(?:\d{{5}}-\d{{3,4}}|\d{{2}}-\d{{3}}|\d{{4}}-\d{{3}}|\d{{3}} \d{{2,3}}|\d{{8}}"
    r"|\d{6}|\d{5}|\d{4}))(?![\w%€$:/-]|[.,]\d)"
)
_YEAR = re.compile(r"(?:19|20)\d\d\Z")
_SEPARATOR = re.compile(r"[ \t]{0,2}(?:[,;/(–-]|\r?\n|\|)?[ \t]{0,8}\n?[ \t]{0,4}")
_HARD = frozenset(",;/(–-\n|")
_DIRECTION = re.compile(r"(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\b\.?(?!['’.]\w)")
_NO_TOWN = words(
    "dear hi hello hey phone tel telephone mobile cell email e-mail mail fax name date re subject to from attn "
    "sehr liebe lieber hallo cher chère madame monsieur estimado estimada querido querida gentile egregio cara "
    "caro geachte beste lieve exmo exma prezado prezada olá oi hola ciao bonjour buongiorno kind best regards "
    "sincerely thanks thank please i we my and the hiermit hierbij je por telefon mobil telefono téléphone "
    "teléfono telefone telefoon contact call it he she they you if when where what why how this that there is are "
    "was were but or so not no yes on at in for with as by of an a our your his her can could would should will "
    "do does did who which also then after before since while mit ich wir sie er es und oder aber wenn der die "
    "das ein eine bitte danke mijn ik wij u en of maar met graag als para con como eu nós e ou mas se que meu "
    "minha yo nosotros y pero si mi su il lo la io noi o ma ho mr mrs ms dr herr frau questions fragen preguntas "
    "domande vragen perguntas dob born geb née né ssn passport iban order invoice account monday tuesday "
    "wednesday thursday friday saturday sunday today tomorrow apt suite unit"
)
_LOWER_TOWN = r"[^\W\d_][\w.'’-]{1,24}(?: [^\W\d_][\w.'’-]{1,24}){0,3}?"
_LOWER_CODE = (
    rf"(?:\d{{5}}(?:-\d{{3,4}})?|{BRITISH_CODE}|{CANADIAN_CODE}|\d{{4}} ?[A-Z]{{2}}\b|\d{{4}}-\d{{3}}|\d{{6}})"
)
_LOWER_LAST = re.compile(
    rf"(?i)(?:,?\s{{0,2}}\n?\s{{0,8}}|[ ,]{{1,3}}){_LOWER_TOWN}(?:,?\s{{1,2}}{_LOWER_TOWN})?[, \n]{{1,3}}{_LOWER_CODE}"
    r"(?![\w.]\w|\w)"
)
_LOWER_FIRST = re.compile(
    r"[ ,\n–-]{1,4}(?:[a-z]{1,2}-)?(?:\d{5}|\d{4}-\d{3}|\d{5}-\d{3}|(?!19"
    r"|20)\d{4}(?: ?[a-z]{2})?),? [a-zäöüéèàáíóúñç-]{3,24}"
)
_NO_WORD = (_NO_TOWN - UNIT_WORDS) | {""}
_ARTICLES = words("la le los las el den the les o")
_COUNTRY_BEHIND = re.compile(r"[,\n ]{1,3}" + COUNTRY.pattern)
_LAST = re.compile(r"[ \t]{0,2}(?:$|[\n.)\"'”;])")
_MOST_PARTS = 10
_MOST_TOWNS = 3


def extend(text: str, end: int, *, is_behind_town: bool = False) -> int:
    """Where an address ends whose street ends at `end`: behind units, towns, states, codes and a country that follow.

    The first town behind a comma or a line break counts at once, others only where a state, a code or a country
    follows them.
    """
    at = sure = end
    towns = 0
    has_code = is_done = is_behind_town
    for _ in range(_MOST_PARTS):
        gap = _SEPARATOR.match(text, at)
        if gap is None or gap.end() == at:
            break
        here = gap.end()
        if gap.group().count("\n") > 1 and not COUNTRY.match(text, here):
            break
        is_hard = not _HARD.isdisjoint(gap.group())
        unit = _UNIT.match(text, here)
        if unit is not None and not has_code:
            at = sure = unit.end()
            continue
        code = None if has_code else code_at(text, here, is_behind_town=towns > 0 or sure > end)
        if code is not None:
            at = sure = code
            has_code, is_done = True, towns > 0
            continue
        start = here - (text[here - 1 : here] == "(")
        for pattern in (COUNTRY, _STATE):
            known = pattern.match(text, start)
            if known is not None:
                break
        if known is not None and (is_hard or towns or has_code or pattern is _STATE):
            at = sure = known.end()
            towns += 1
            if pattern is COUNTRY:
                behind = None if has_code else code_at(text, at + 1, is_behind_town=True)
                return behind if behind is not None and text[at] in " ,\n" else sure
            continue
        direction = _DIRECTION.match(text, here)
        if direction is not None and at == end and not is_hard:
            at = sure = direction.end()
            continue
        town = _town_at(text, here)
        if town is not None and is_done and has_code and is_hard and towns < _MOST_TOWNS:
            behind = _COUNTRY_BEHIND.match(text, town)  # the province behind the town
            if behind is not None:
                return behind.end()
            if _LAST.match(text, town):
                return town
        if town is None or is_done or towns == _MOST_TOWNS:
            break
        towns += 1
        at = town
        if has_code or (is_hard and towns == 1):
            sure = town
            is_done = has_code
    if not is_done and not is_behind_town:  # in small letters a town is known by its code alone
        for pattern in (_LOWER_FIRST, _LOWER_LAST)[: 1 if has_code else 2]:
            tail = pattern.match(text, end)
            if tail is not None and tail.end() > sure:
                return tail.end()
    return sure


def _town_at(text: str, at: int) -> int | None:
    """Where a town's name that begins here ends; None where the words are no town's."""
    town = _TOWN.match(text, at)
    if town is None:
        return None
    first = re.split(r"[ '’.]", town.group().lower(), maxsplit=1)[0]
    is_article = first in _ARTICLES and " " in town.group()
    if (first in _NO_TOWN and not is_article) or text.startswith((":", "'s ", "’s ", " :", "@"), town.end()):
        return None
    end = town.end()
    if text[end - 1] == "." and end - at > 4:  # the full stop of a sentence
        end -= 1
    return end


def code_at(text: str, at: int, *, is_behind_town: bool = False) -> int | None:
    """Where a post code that begins here ends. Digits that may be a year or a count need a town beside them."""
    code = _CODE.match(text, at)
    if code is None or is_quantity(text, at, code.end()):
        return None
    digits = code.group()
    is_sure = not digits.replace(" ", "").isdigit() or len(digits) == 5
    if is_sure or (is_behind_town and not _YEAR.match(digits)):
        return code.end()
    gap = _SEPARATOR.match(text, code.end())
    is_before_town = gap is not None and gap.end() > code.end() and _town_at(text, gap.end()) is not None
    return code.end() if is_before_town else None


_ANCHOR = re.compile(
    rf"(?<![\w.])(?:{STATES}[, ]{{1,2}}\d{{4,5}}(?:-\d{{4}})?(?!\w)|{_LETTERED}|(?:[A-Z]{{1,3}}-)?(?:\d{{5}}-\d{{3,4}}"
    r"|\d{4}-\d{3}|\d{2}-\d{3}|\d{8}|\d{6}|\d{5}|\d{4}|\d{3} \d{2})(?![\w%€$:/-]|[.,]\d))"
)
_BREAK = re.compile(r"[ \t]{0,2}(?:,|\r?\n|;| [-–/|] |:)[ \t]{0,4}")
_ORDINAL = re.compile(r"\d{1,2}[aoªº°]\Z")
_TOKEN = re.compile(r"[^ \t]+")
_NUMBER = re.compile(r"#?\d[\w/.°ºª+-]{0,11}\Z|[sS]/[nN]\Z|[A-Z]-?\d{1,4}\Z")
_MARKS = ".,()\"'“”„«»[]>*"
_MONTHS = words(
    "january february march april may june july august september october november december jan feb mar apr jun "
    "jul aug sep sept oct nov dec januar februar märz mai juni juli oktober dezember"
)
_STREET_WORDS = words(
    "utca tér út u sor köz körút ulice náměstí nám třída nábřeží prečac odvojak put trg cesta pl plac os aleja "
    "allé allée allee rang aleea drumul soseaua șoseaua bulevardul calea intrarea splaiul puistopolku rue avenue "
    "boulevard bd chemin impasse allée place quai cours route square passage calle c avenida avda av plaza paseo "
    "carrera camino ronda via viale piazza corso largo vicolo strada rua r travessa praça alameda ul ulica straße "
    "loteamento condomínio residencial rodovia estrada vereda viela viaduto ladeira conjunto chácara fazenda "
    "sítio rambla circuito cerrada privada calzada boulevard prolongación andador"
)
_REACH = 150
_MOST_SEGMENTS = 6


def anchored(text: str) -> Iterator[tuple[int, int]]:
    """Addresses known by a post code beside a town and a line with a house number before them."""
    until = 0
    for anchor in _ANCHOR.finditer(text):
        if anchor.start() < until or is_quantity(text, anchor.start(), anchor.end()):
            continue
        start = _walk_back(text, anchor.start(), until)
        if start is None:
            continue
        code_end = anchor.end()
        end = _behind_code(text, anchor.start(), code_end)
        if end is None:
            continue
        yield start, end
        until = end


def _behind_code(text: str, start: int, end: int) -> int | None:
    """Where it ends behind the code; None where neither before nor behind the code is a town."""
    stop = end
    gap = _SEPARATOR.match(text, end)
    before = text[max(0, start - 3) : start].rstrip(" ,-\n")
    is_behind_town = bool(before) and (before[-1].isalpha() or before[-1] in ").")
    if _YEAR.match(text[start:end]):
        return None
    if gap is not None and gap.end() > end:
        town = _town_at(text, gap.end())
        is_near = gap.group().count("\n") < 2
        if town is not None and is_near and not (is_behind_town and not _starts_line(text, start)):
            return extend(text, town, is_behind_town=True)
    if not is_behind_town:
        return None
    return extend(text, stop, is_behind_town=True) if stop > start else None


def _starts_line(text: str, at: int) -> bool:
    return text[at - 1 : at] in ("\n", "") or text[max(0, at - 2) : at] in (", ", "\n ")


def _walk_back(text: str, anchor: int, low: int) -> int | None:
    """Where the line with the house number begins: segment by segment to the left of a post code."""
    low = max(low, anchor - _REACH)
    breaks = [(found.start(), found.end()) for found in _BREAK.finditer(text, low, anchor)]
    stop = anchor
    has_name = False
    number_at: int | None = None
    is_sole = False
    for step in range(min(len(breaks) + 1, _MOST_SEGMENTS)):
        place = len(breaks) - 1 - step
        begin = breaks[place][1] if place >= 0 else low
        if place < 0 and low > 0 and text[low - 1].isalnum():
            begin = _next_word(text, low, stop)
        tokens = _tokens(text, begin, stop)
        stop = breaks[place][0] if place >= 0 else low
        if not tokens:
            if step == 0:
                continue
            return None
        run = _fitting(tokens)
        if run is None:
            return number_at if is_sole else None
        is_whole = run == 0
        kept = _without_lead(tokens[run:])
        names = [word for _, word in kept if not _NUMBER.match(word) and word.lower() not in UNIT_WORDS]
        digits = [at for at, (_, word) in enumerate(kept) if _NUMBER.match(word) and not _is_ordinal(kept, at)]
        is_street = kept[0][1].lower() in _STREET_WORDS
        if any(name.lower() in _MONTHS for name in names):
            return None
        has_capital = any(name[:1].isupper() for name in names)
        if digits and has_capital and kept[digits[0]][0] != kept[0][0] and kept[0][1].lower() in UNIT_WORDS and names:
            digits = [at for at in digits if at > 1]  # "Flat 3 Rose House"
        if digits and (has_capital or is_street) and _is_line(kept, digits):
            return kept[0][0]
        if is_street and names[1:]:
            return kept[0][0]
        if digits and not has_capital:
            number_at = kept[0][0]
            is_house = has_name
            if not is_whole or place < 0:
                return number_at if is_house else None
            is_sole = is_house
        elif number_at is not None:  # a name before its number, or else the number begins the address
            return kept[0][0] if has_capital else number_at if is_sole else None
        elif has_capital:
            has_name = True
        if not is_whole:
            return None
    return number_at if is_sole else None


def _without_lead(kept: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """A line without the words of the sentence before it: "Paket an Hofweg 3", "Abholung Hofgasse 3"."""
    words_of = [word for _, word in kept]
    number = next((at for at, word in enumerate(words_of) if at and _NUMBER.match(word)), None)
    if number is None or _NUMBER.match(words_of[0]):
        return kept
    for at in range(number - 1, 0, -1):
        word, before = words_of[at], words_of[at - 1]
        if before in _LEADING and words_of[at][:1].isupper() and at > 1:
            return kept[at:]
        if word.lower().endswith(_STREET_ENDS) and len(word) > 6 and not before.endswith(("e", "er", "en", "s")):
            return kept[at:]
    return kept


_LEADING = words("an in im am to at on nach bei zu aan naar op a en na em para au")
_STREET_ENDS = (
    "straße",
    "strasse",
    "gasse",
    "weg",
    "allee",
    "platz",
    "ring",
    "straat",
    "laan",
    "gracht",
    "kade",
    "plein",
)


def _is_ordinal(kept: list[tuple[int, str]], at: int) -> bool:
    """ "Vila Nova 2ª Seção": a part of a name, not a house number."""
    return 0 < at < len(kept) - 1 and _ORDINAL.match(kept[at][1]) is not None and kept[at + 1][1][:1].isupper()


def _next_word(text: str, at: int, stop: int) -> int:
    blank = text.find(" ", at, stop)
    return blank + 1 if blank >= 0 else stop


def _tokens(text: str, begin: int, stop: int) -> list[tuple[int, str]]:
    """The words of a part without the marks around them."""
    found = []
    for token in _TOKEN.finditer(text, begin, stop):
        word = token.group().lstrip(_MARKS)
        found.append((token.end() - len(word), word.rstrip(_MARKS)))
    return found


def _fitting(tokens: list[tuple[int, str]]) -> int | None:
    """From which token on all that follow can belong to an address; None where the last cannot."""
    fits = len(tokens)
    for at in range(len(tokens) - 1, max(-1, len(tokens) - 12), -1):
        word = tokens[at][1]
        lower = word.lower()
        if (
            word[:1].isupper()
            or _NUMBER.match(word)
            or lower in UNIT_WORDS
            or lower in _STREET_WORDS
            or not word
            or lower.startswith(("d'", "d’", "l'", "l’", "n°", "nº"))
        ):
            fits = at
        elif lower not in _PARTICLES:
            break
    if fits == len(tokens):
        return None
    while fits < len(tokens) - 1 and tokens[fits][1].lower() in _NO_WORD and not _is_initial(tokens[fits][1]):
        fits += 1
    return fits


def _is_initial(word: str) -> bool:
    return len(word) == 1 and word.isupper() and word != "I"


def _is_line(kept: list[tuple[int, str]], digits: list[int]) -> bool:
    """A number first and a name behind it, or a name and a number behind it."""
    first = kept[0][1]
    if digits[0] == 0:
        return len(kept) > 1 and any(word[:1].isupper() and word.lower() not in UNIT_WORDS for _, word in kept[1:])
    return first[:1].isupper() or first.lower() in _STREET_WORDS
