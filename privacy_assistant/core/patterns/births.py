"""Dates of birth and ages, where a word says that a date is one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns.candidate import Candidate
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.said import Phrases, Said

_CERTAIN = (
    "dob", "d.o.b", "d.o.b.", "date of birth", "birth date", "birthdate", "birthday", "birth day", "date-of-birth",
    "date_of_birth", "dateofbirth", "geburtsdatum", "geburtstag", "geb.", "geb", "date de naissance", "anniversaire",
    "fecha de nacimiento", "cumpleaños", "nacimiento", "data di nascita", "compleanno", "geboortedatum", "verjaardag",
    "data de nascimento", "aniversário", "nascimento", "year of birth", "birth year", "geburtsjahr",
)  # fmt: skip
_BORN = ("born", "geboren", "né le", "née le", "né en", "née en", "nacido", "nacida", "nací", "nació", "nato", "nata",
         "nascido", "nascida", "nasci", "nasceu")  # fmt: skip
_AGED = ("age", "aged", "ages", "edad", "età", "idade", "leeftijd", "alter", "âge", "âgé", "âgée", "turning", "turned",
         "turns")  # fmt: skip
_PHRASES: Phrases[str] = Phrases({"certain": _CERTAIN, "born": _BORN, "aged": _AGED})

MONTH = (
    r"(?:jan(?:uary|uar|vier|uari)?|feb(?:ruary|ruar|ruari)?|f[ée]v(?:r(?:ier|iero)|ereiro)?|mar(?:ch|s|zo|ço)?|m[äa]rz"
    r"|maart|apr(?:il|ile)?|avr(?:il)?|abril|abr|may|mai|mayo|maggio|maio|mei|jun[ei]?|juin|junio|giugno|junho|jul[yi]?"
    r"|juillet|julio|luglio|julho|aug(?:ust|ustus)?|ao[ûu]t|agosto|ago|sept?(?:ember|embre|iembre)?|settembre|setembro"
    r"|okt(?:ober)?|oct(?:ober|obre|ubre)?|ottobre|outubro|nov(?:ember|embre|iembre|embro)?|de[czs](?:ember|embre"
    r"|embro)?"
    r"|dicembre|diciembre|dezembro|d[ée]cembre|januari|februari|enero|ene|febrero|gennaio|febbraio|janeiro|fevereiro"
    r"|janvier|février|mei)\b\.?"
)
_DAY_WORD = (
    r"(?:(?:twenty|thirty)[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth"
    r"|thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th|er|º|°|\.)?|{_DAY_WORD})"
_YEAR = r"(?:\d{4}|['’]?\d\d)(?!\d)"
_DATE = Pattern(
    rf"(?:\d{{4}}[./ -]{{1,2}}\d{{1,2}}[./ -]{{1,2}}\d{{1,2}}|\d{{1,2}}[./ -]{{1,2}}\d{{1,2}}[./ -]{{1,2}}(?:\d{{4}}"
    rf"|\d{{2}})|\d{{1,2}}[./-]\d{{1,2}}(?:[./-]|(?!\d))|(?:19|20)\d{{6}}"
    rf"|(?:the )?{_DAY}(?:[ ./-]| of | de | di ){{1,2}}{MONTH}(?:(?:,? |[./-]| de | of | del ){{1,2}}{_YEAR})?"
    rf"|{MONTH}[ ./-]{{0,2}}(?:the )?{_DAY}(?![\d:])(?:(?:, ?| |[./-]| of ){{1,2}}{_YEAR})?"
    rf"|{MONTH}(?:,? | of | de |[./-]){{1,2}}(?:19|20)\d\d|(?:19|20)\d{{2}})(?!\d)(?:t[\d:.]{{5,12}}z?)?"
)
_LINK = Pattern(
    r"[\"')\]*]{0,3}(?: \([^()\n]{1,16}\))?\s{0,2}(?:of [^\W\d_]{1,16}|for [^\W\d_]{1,16})?[:=,–-]{0,2}\s{0,3}"
    r"(?:(?:is|was|it's|ist|war|am|on|in|im|the|le|el|il|en|est|es|è|é|op|de|em|a|dia|around|falls"
    r"|den)\s){0,4}[\"'(\[*]{0,3}"
)
_WHERE = Pattern(r"(?:(?: in| at| near| auf| à| en| a)(?: [^\W\d_]{2,20},?){1,3})?,? ?(?:on |am |le |el |il |op |in )?")
_SUBJECT = Pattern(
    r"(?:\b(?:i|i'm|we|he|she|they|who|ich|wir|er|sie|je suis|il est|elle est|yo|sono|ik|wij|hij|zij|eu"
    r"|my [^\W\d_]{2,12}"
    r"|(?:his|her|our|their|mein|meine|mon|ma|mi|mijn|meu|minha) [^\W\d_]{2,12}|wife|husband|son|daughter|baby|mother"
    r"|father"
    r"|brother|sister|child|patient|client|applicant|employee)\b[^.?!\n]{0,24})\Z"
)
_IS_PAST = 1905

_COUNT = (
    r"(?:\d{1,3}(?![\d:.,%/]\d|%)|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[ -](?:one|two|three"
    r"|four|five"
    r"|six|seven|eight|nine))?|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen"
    r"|fifteen"
    r"|sixteen|seventeen|eighteen|nineteen))"
)
_AGE_VALUE = Pattern(rf"[\"')]{{0,2}}\s?(?:is|was|of|ist|est|:|=|-|,)?\s{{0,2}}[\"']?(?P<age>{_COUNT})(?![\w-])")
_YEARS_OLD = Pattern(
    rf"\b(?P<age>{_COUNT})[ -]?(?:(?:and a half )?(?:years?|yrs?|months?|weeks?)[ -](?:old|of age|young)|y/o\b|yo\b"
    r"|jahre alt|ans\b(?! après| plus| avant)|años\b|anni\b|jaar oud|anos de idade)"
    r"|\b(?:tenho|ele tem|ela tem|ik ben|hij is|zij is|ze is|mijn [^\W\d_]{2,12} is)(?: nu| agora| já)?"
    rf" (?P<alt>{_COUNT}) (?:anos|jaar)(?= e | en |[.!?,;)\n]|$)"
)
_OLD = Pattern(r"old\b|y/?o\b|alt\b|ans\b|años|anos|anni|oud\b|jaar|idade|of age|young")
_THINGS = Pattern(
    r"[ -]{1,2}(?:single |malt |tiny |used |[a-z]{3,9}-?){0,1}\s?(?:whisk|scotch|bourbon|wine|rum|cheese|car|house"
    r"|building|"
    r"laptop|computer|bug|code|tree|company|firm|startup|tradition|phone|server|system|church|castle|oak|bottle"
    r"|debate|city"
    r"|record|problem|software|game|fossil|rock|technology|bridge|mortgage)"
)
_I_AM = Pattern(
    rf"\b(?<!like )(?:i am|i'm|i’m|im|i was|i'll be|(?:s?he|my [^\W\d_]{{2,16}}|(?:his|her|our) [^\W\d_]{{2,16}})(?:'s"
    r"|’s| is| was| just turned)|ich bin|er ist|sie ist|ik ben)(?: only| just| already| now| about| almost| nearly"
    r"| erst| schon| pas)?"
    rf" (?P<age>{_COUNT})(?=[.!?,;)]|$|\n| and | but | with | who | years? old| so | now| today)"
)


_PERSON = Pattern(
    r"\b(?:wife|husband|partner|girlfriend|boyfriend|son|daughter|kid|child|baby|brother|sister|mother|mum|mom|father|dad"
    r"|spouse|fianc\w+|ex|twins?|boy|girl|toddler|newborn|step\w+|gran|granny|nana?|teacher|tenant|(?:room|flat)mate"
    r"|grands\w+|grandd\w+|grandm\w+|grandf\w+|grandpa|uncle|aunt|nephew|niece|cousin|friend|boss|colleague|neighbou?r|patient|client"
    r"|frau|mann|sohn|tochter|bruder|schwester|mutter|vater|oma|opa|fils|fille|femme|mari|frère|soeur|sœur|mère|père"
    r"|hijo|hija|marido|esposa|hermano|hermana|madre|padre|figlio|figlia|marito|moglie|fratello|sorella|zoon|dochter"
    r"|broer|zus|moeder|vader|filho|filha|irmão|irmã|mãe|pai)\b"
)
_BESIDE = Pattern(
    r"\b(?:my|his|her|our|their|mein|meine|meinen|meiner|mon|ma|mi|mijn|meu|minha|mio|mia) (?:[^\W\d_]{2,14} ){0,2}?"
    rf"[^\W\d_]{{2,14}}(?:, | \()(?P<age>{_COUNT})(?=,|\)| (?:and|und|et|y|e|en)\b)(?!\), (?:\d|page))"
)


def find(said: Said) -> Iterator[Candidate]:
    """Dates of birth and ages; the text of one view."""
    lower = said.lower
    for start, end, meaning in _PHRASES.find(said):
        if meaning == "aged":
            age = _AGE_VALUE.match(lower, end)
            if age and not lower.startswith((" year", " minute", " day", " %", "%"), age.end("age")):
                yield Candidate(*age.span("age"), Kind.AGE, 0.7, "rule:age-cue")
            continue
        link = _LINK.match(lower, end)
        at = link.end() if link else end
        date = _DATE.match(lower, at)
        if date is None and meaning == "born":
            where = _WHERE.match(lower, end)
            date = _DATE.match(lower, where.end()) if where else None
        if date is None:
            date = _before(lower, start, _IS_MY if meaning == "certain" else _PLACE_BETWEEN)
        if date is not None and (meaning == "certain" or _is_of_someone(lower, start, date.group())):
            yield Candidate(*date.span(), Kind.DOB, 0.85, "rule:dob-cue")
    if _OLD.search(lower):
        for age in _YEARS_OLD.finditer(lower):
            if not _THINGS.match(lower, age.end()):
                yield Candidate(*age.span("age" if age["age"] else "alt"), Kind.AGE, 0.8, "rule:age")
    for age in _BESIDE.finditer(lower):
        if _PERSON.search(age.group()):
            yield Candidate(*age.span("age"), Kind.AGE, 0.7, "rule:age-cue")
    for age in _I_AM.finditer(lower):
        if age.group().startswith(("my ", "his ", "her ", "our ")) and not _PERSON.search(age.group()):
            continue  # "my score is 42"
        yield Candidate(*age.span("age"), Kind.AGE, 0.7, "rule:age-cue")


def _before(lower: str, start: int, between: Pattern) -> re.Match[str] | None:
    """The date in "12 March 1985 is my date of birth", "am 12. März 1985 in Ulm geboren"."""
    low = max(0, start - 44)
    for date in _DATE.finditer(lower, low, start):
        if between.fullmatch(lower, date.end(), start):
            return date
    return None


_PLACE_BETWEEN = Pattern(r"(?: (?:in|te|at|near|zu|a|à|em|en) [^\W\d_][\w-]{1,24}(?: [^\W\d_][\w-]{1,24}){0,2})?,? ")
_IS_MY = Pattern(r",? (?:is |was |as )?(?:my |his |her |our |their |the |your )?(?:\w{2,12}'s )?")


def _is_of_someone(lower: str, start: int, date: str) -> bool:
    """ "Born" of someone who may be alive; a year alone only where a person near is meant."""
    years = [int(year) for year in re.findall(r"\d{4}", date)]
    if any(year < _IS_PAST for year in years):
        return False
    return _SUBJECT.search(lower, max(0, start - 60), start) is not None or not date.strip().isdigit()
