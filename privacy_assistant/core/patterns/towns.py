"""The parts of an address behind its street: unit, town, state, post code, country; on one line or on several."""

from __future__ import annotations

import re

from privacy_assistant.core.patterns.countries import COUNTRY, STATE_NAMES, STATES
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.quantities import is_quantity
from privacy_assistant.core.patterns.words import words

CAPITAL = "[A-ZÀ-ÖØ-ÞŁŚŻŹČŠŽĎŤŇŘŮĐĆİŞĞŐŰĀĒĪŪĶĻŅĽĹŔ]"
PARTICLES = words(
    "ob pod nad na ve de la le les du des d l am an der den dem die das do da dos del della delle dei degli di su "
    "sur en sous aan bei im in los las y e i van von zu zur zum op ter ten the of upon on and und et lès los alto "
    "altos bajos aux à al"
)
_PARTICLE = r"(?:" + "|".join(sorted((p for p in PARTICLES if len(p) > 1), key=len, reverse=True)) + r")"
_TOWN_WORD = rf"(?:(?:[A-Z]\.){{2,4}}|{CAPITAL}\w{{0,3}}\.(?= )|{CAPITAL}['’\w-]{{0,24}})"
_TOWN = Pattern(
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
_UNIT = Pattern(
    rf"(?:{_UNIT_WORD}\b\.? ?(?:#|no\.? ?|nr\.? ?)?(?:\d[\w-]{{0,5}}|[a-z](?:-?\d{{1,4}})?)(?![\w'’])"
    r"|#\s?\w[\w-]{0,5}|\d{1,3}(?:st|nd|rd|th) (?:floor|fl)\b\.?|\d{1,2} ?[ºª°o] ?-?(?:[a-z]|izq\w*|dcha|dta|esq)?\b\.?"
    r"|\d{1,2}(?:er|e|ème|ère) étage|\d{1,2}\. (?:stock|etage|og)\b|(?:ground|first|second|third|top) floor"
    r"|rez-de-chaussée|hinterhaus|vorderhaus|bajo|s/n\b)",
    re.IGNORECASE,
)
_STATE = Pattern(
    rf"{STATES}\b(?!['’])|\([A-Z]{{2,6}}\)|(?<=/ )[A-Z]{{2}}\b|(?<=/)[A-Z]{{2}}\b|{STATE_NAMES}\b(?!['’])"
    r"|[A-Z]{2,4}(?= \d{5}(?!\d))"
)
BRITISH_CODE = (
    r"(?:GIR ?0AA|[A-PR-UWYZ](?:\d{1,2}|[A-HK-Y]\d|[A-HK-Y]\d\d|\d[A-HJKPSTUW]"
    r"|[A-HK-Y]\d[ABEHMNPRV-Y]) ?\d[ABD-HJLNP-UW-Z]{2})"
)
CANADIAN_CODE = r"(?:[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d)"
LETTERED = (
    rf"(?:{BRITISH_CODE}|{CANADIAN_CODE}|[A-Z]{{1,2}}\d{{1,2}}[A-Z]? \d[A-Z]{{2}}(?!\w)"
    r"|[A-Z]\d[\dW] ?[A-Z0-9]{4}(?!\w)|\d{4} ?[A-Z]{2}(?!\w))"
)
_CODE = Pattern(
    rf"(?:{LETTERED}|(?:[A-Z]{{1,3}}-)?(?:\d{{5}}-\d{{3,4}}|\d{{2}}-\d{{3}}|\d{{4}}-\d{{3}}|\d{{3}} \d{{2,3}}|\d{{8}}"
    r"|\d{6}|\d{5}|\d{4}))(?![\w%€$:/-]|[.,]\d)"
)
YEAR = Pattern(r"(?:19|20)\d\d\Z")
SEPARATOR = Pattern(r"[ \t]{0,2}(?:[,;/(–-]|\r?\n|\|)?[ \t]{0,8}\n?[ \t]{0,4}")
_HARD = frozenset(",;/(–-\n|")
_DIRECTION = Pattern(r"(?:N|S|E|W|NE|NW|SE|SW|North|South|East|West)\b\.?(?!['’.]\w)")
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
_LOWER_LAST = Pattern(
    rf"(?i)(?:,?\s{{0,2}}\n?\s{{0,8}}|[ ,]{{1,3}}){_LOWER_TOWN}(?:,?\s{{1,2}}{_LOWER_TOWN})?[, \n]{{1,3}}{_LOWER_CODE}"
    r"(?![\w.]\w|\w)"
)
_LOWER_FIRST = Pattern(
    r"[ ,\n–-]{1,4}(?:[a-z]{1,2}-)?(?:\d{5}|\d{4}-\d{3}|\d{5}-\d{3}|(?!19"
    r"|20)\d{4}(?: ?[a-z]{2})?),? [a-zäöüéèàáíóúñç-]{3,24}"
)
NO_WORD = (_NO_TOWN - UNIT_WORDS) | {""}
_ARTICLES = words("la le los las el den the les o")
_COUNTRY_BEHIND = Pattern(r"[,\n ]{1,3}" + COUNTRY.pattern)
_LAST = Pattern(r"[ \t]{0,2}(?:$|[\n.)\"'”;])")
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
        gap = SEPARATOR.match(text, at)
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
        town = town_at(text, here)
        if town is not None and is_done and has_code and is_hard and towns < _MOST_TOWNS:
            land = _COUNTRY_BEHIND.match(text, town)  # the province behind the town
            if land is not None:
                return land.end()
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


def town_at(text: str, at: int) -> int | None:
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
    if is_sure or (is_behind_town and not YEAR.match(digits)):
        return code.end()
    gap = SEPARATOR.match(text, code.end())
    is_before_town = gap is not None and gap.end() > code.end() and town_at(text, gap.end()) is not None
    return code.end() if is_before_town else None
