"""Time, date, weekday, days between, and the time elsewhere."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from privacy_assistant.ports import SkillAnswer, SkillRequest
from privacy_assistant.skills import days, moments
from privacy_assistant.skills.numbers import to_digits
from privacy_assistant.skills.wording import counted, pattern, sentence

_GATE = pattern(
    r"\b(?:time|date|day|days|weeks|tomorrow's|yesterday's|sleeps|today|today's|year|month|week|when|uhr|spät|heure"
    r"|how long)\b"
)
_NOW = r"(?: (?:now|right now|currently|at the moment|here|exactly))?"
_TIME = pattern(
    r"(?:what(?:'s| is) (?:the )?(?:current |exact |local )time<<now>>|what(?:'s| is) the time(?: is it| it is)?<<now>>"
    r"|what time (?:is it|it is|do we have|do you have)<<now>>|(?:the )?(?:current )?time|the time<<now>>"
    r"|(?:do you )?have the time|how late is it|what hour is it|(?:say|check|give me|read) the time)",
    now=_NOW,
)
_DATE = pattern(
    r"(?:what(?:'s| is) (?:the |today's )(?:current )?(?:date|day of the month)(?: today)?<<now>>|what date (?:is it"
    r"|it is|is today|do we have)(?: today)?<<now>>"
    r"|today's date|(?:the |current )?date(?: today)?|what(?:'s| is) today(?:'s date)?|what(?:'s"
    r"| is) the date of today)",
    now=_NOW,
)
_WEEKDAY = pattern(
    r"what(?:'s the| is the|'s| is)? (?:day|weekday|day of the week)(?: of the week)?(?: (?:is it|it is|is today"
    r"|do we have|today|is it today|it is today))?<<now>>"
    r"(?: today)?",
    now=_NOW,
)
_YEAR = pattern(
    r"what(?:'s the| is the)? (?:current )?(?P<what>year|month)(?: (?:is it|it is|is this|are we in"
    r"|do we have))?<<now>>",
    now=_NOW,
)
_WEEK = pattern(
    r"(?:what(?:'s the| is the)?|which) (?:current )?(?:calendar )?week(?: number| of the year)?(?: (?:is it|it is"
    r"|is this|are we in))?(?: now)?"
)
_ZONE = pattern(
    r"(?:what|which)(?:'s| is)? (?:my |the current )?time ?zone(?: (?:am i|are we|is it|is this)(?: in| here)?)?"
)
_LEAP = pattern(r"(?:is|was|will) (?:(?P<year>\d{4})|(?P<this>this year|this|it)) (?:be )?a leap year")
_ELSEWHERE = pattern(
    r"(?:what(?:'s| is) (?:the )?(?:current |local )?time(?: is it)?(?: now| right now)?|what time (?:is it"
    r"|it is)(?: now| right now| currently)?|(?:the )?(?:current )?time) "
    r"(?:(?:over )?in|at) (?P<place>[\w .'-]+?)(?: now| right now| at the moment| currently)?"
)
_TIME_LATER = pattern(r"what time (?:is it|will it be|was it) (?P<span>in .+|.+ from now)")
_DAY_OF = pattern(
    r"(?:(?:what|which) (?:day(?: of the week)?|weekday|date)(?: (?:is it|will it be|was it|is|was|will|would it be"
    r"|are we|do we have))?"
    r"|what(?:'s| is| was| will be) the (?:date|day|weekday|day of the week)(?: (?:be|of|on))?|on (?:what"
    r"|which) (?:day|weekday|day of the week) (?:is|was|does|did|will)) (?P<day>.+?)"
    r"(?: (?:fall on|be on|be|fall|on))?"
)
_OWN_DATE = pattern(r"what(?:'s| is| was| will be) (?P<day>tomorrow|yesterday)'s (?:date|day|weekday)(?: be)?")
_WHEN_FEAST = pattern(r"(?:when(?:'s| is)|what (?:date|day) is) (?P<day>.+?)(?: this year)?")
_UNTIL = pattern(
    r"(?:how (?:many (?P<unit>days|weeks|sleeps)|long)(?: (?:is it|are there|are left|left|have i got|do we have"
    r"|until we have))*"
    r"|(?:the )?(?:number of )?(?P<unit2>days|weeks)) (?:until|till|til|to|before) (?:it is |it's )?(?P<day>.+)"
)
_SINCE = pattern(
    r"how (?:many (?P<unit>days|weeks)|long)(?: (?:is it|has it been|have passed|ago was|passed|it's been"
    r"|is it been))* (?:since |ago was )?(?P<day>.+?)(?P<ago> ago)?"
)
_BETWEEN = pattern(
    r"how many (?P<unit>days|weeks)(?: (?:are there|are|is it|lie))? (?:between|from) (?P<start>.+?) (?:and|to|until"
    r"|till) (?P<end>.+)"
)
_GERMAN_TIME = pattern(
    r"(?:wie spät ist es|wie viel uhr ist es|wieviel uhr ist es|wie spät haben wir(?: es)?)(?: jetzt| gerade)?"
)
_FRENCH_TIME = pattern(r"(?:quelle heure est[- ]il|il est quelle heure)(?: maintenant)?")

_AREAS = ("Europe", "America", "Asia", "Africa", "Australia", "Pacific", "Atlantic", "America/Argentina", "Indian")
_PLACES = {
    "new york city": "America/New_York",
    "nyc": "America/New_York",
    "boston": "America/New_York",
    "miami": "America/New_York",
    "philadelphia": "America/New_York",
    "washington dc": "America/New_York",
    "atlanta": "America/New_York",
    "houston": "America/Chicago",
    "dallas": "America/Chicago",
    "new orleans": "America/Chicago",
    "minneapolis": "America/Chicago",
    "la": "America/Los_Angeles",
    "san francisco": "America/Los_Angeles",
    "san diego": "America/Los_Angeles",
    "seattle": "America/Los_Angeles",
    "las vegas": "America/Los_Angeles",
    "california": "America/Los_Angeles",
    "hawaii": "Pacific/Honolulu",
    "montreal": "America/Toronto",
    "rio de janeiro": "America/Sao_Paulo",
    "rio": "America/Sao_Paulo",
    "beijing": "Asia/Shanghai",
    "china": "Asia/Shanghai",
    "shenzhen": "Asia/Shanghai",
    "osaka": "Asia/Tokyo",
    "kyoto": "Asia/Tokyo",
    "japan": "Asia/Tokyo",
    "south korea": "Asia/Seoul",
    "india": "Asia/Kolkata",
    "mumbai": "Asia/Kolkata",
    "delhi": "Asia/Kolkata",
    "new delhi": "Asia/Kolkata",
    "bangalore": "Asia/Kolkata",
    "chennai": "Asia/Kolkata",
    "hanoi": "Asia/Ho_Chi_Minh",
    "vietnam": "Asia/Ho_Chi_Minh",
    "thailand": "Asia/Bangkok",
    "abu dhabi": "Asia/Dubai",
    "tel aviv": "Asia/Jerusalem",
    "israel": "Asia/Jerusalem",
    "turkey": "Europe/Istanbul",
    "ankara": "Europe/Istanbul",
    "egypt": "Africa/Cairo",
    "cape town": "Africa/Johannesburg",
    "south africa": "Africa/Johannesburg",
    "nigeria": "Africa/Lagos",
    "kenya": "Africa/Nairobi",
    "germany": "Europe/Berlin",
    "munich": "Europe/Berlin",
    "hamburg": "Europe/Berlin",
    "frankfurt": "Europe/Berlin",
    "cologne": "Europe/Berlin",
    "stuttgart": "Europe/Berlin",
    "france": "Europe/Paris",
    "lyon": "Europe/Paris",
    "marseille": "Europe/Paris",
    "italy": "Europe/Rome",
    "milan": "Europe/Rome",
    "barcelona": "Europe/Madrid",
    "austria": "Europe/Vienna",
    "switzerland": "Europe/Zurich",
    "geneva": "Europe/Zurich",
    "netherlands": "Europe/Amsterdam",
    "the netherlands": "Europe/Amsterdam",
    "belgium": "Europe/Brussels",
    "poland": "Europe/Warsaw",
    "sweden": "Europe/Stockholm",
    "norway": "Europe/Oslo",
    "denmark": "Europe/Copenhagen",
    "finland": "Europe/Helsinki",
    "greece": "Europe/Athens",
    "ireland": "Europe/Dublin",
    "england": "Europe/London",
    "scotland": "Europe/London",
    "wales": "Europe/London",
    "uk": "Europe/London",
    "the uk": "Europe/London",
    "great britain": "Europe/London",
    "edinburgh": "Europe/London",
    "iceland": "Atlantic/Reykjavik",
    "ukraine": "Europe/Kyiv",
    "utc": "UTC",
    "gmt": "UTC",
}
"""Cities and one-zone countries that are no name in the time-zone database."""

_NO_PLACES = frozenset(
    {
        "east",
        "west",
        "north",
        "south",
        "central",
        "pacific",
        "mountain",
        "eastern",
        "easter",
        "general",
        "acre",
        "yukon",
        "center",
    }
)
"""Names in the time-zone database that are words, or mean several places."""


def zone_of(place: str) -> ZoneInfo | None:
    """The time zone of a city or a one-zone country; None when it is not known or not one."""
    name = " ".join(place.lower().split())
    if not name or len(name) > 40 or name in _NO_PLACES:
        return None
    if name in _PLACES:
        return _zone(_PLACES[name])
    if not re.fullmatch(r"[a-z][a-z .'-]*", name):
        return None
    city = "_".join(word.capitalize() for word in name.replace(".", "").split())
    for area in _AREAS:
        found = _zone(f"{area}/{city}")
        if found is not None:
            return found
    return None


def _zone(key: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


class Clock:
    """Answers what time, day or date it is, was or will be."""

    @property
    def name(self) -> str:
        return "clock"

    def answer(self, request: SkillRequest) -> SkillAnswer | None:
        """The time or date asked for, in the zone of `request.now`; None when the question is about anything else."""
        said = sentence(request.text)
        if not said or not _GATE.search(said):
            return None
        text = _now(said, request.now) or _days(said, request.now) or _distance(said, request.now)
        return None if text is None else SkillAnswer(text)


def _now(said: str, now: datetime) -> str | None:
    """Questions about this moment."""
    if _TIME.fullmatch(said):
        return f"It's {moments.say_time(now)}."
    if _DATE.fullmatch(said) or _WEEKDAY.fullmatch(said):
        return f"It's {days.say_date(now.date())}."
    if found := _YEAR.fullmatch(said):
        return (
            f"It's {now.year}."
            if found["what"].lower() == "year"
            else f"It's {days.MONTHS[now.month - 1].capitalize()}."
        )
    if _WEEK.fullmatch(said):
        return f"It's calendar week {now.isocalendar().week}."
    if _ZONE.fullmatch(said):
        name = getattr(now.tzinfo, "key", None) or now.tzname()
        offset = now.strftime("%z")
        return f"Your time zone is {name}, UTC{offset[:3]}:{offset[3:5]}."
    if found := _LEAP.fullmatch(said):
        year = int(found["year"]) if found["year"] else now.year
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return f"{'Yes' if leap else 'No'}, {year} is {'' if leap else 'not '}a leap year."
    if _GERMAN_TIME.fullmatch(said):
        return f"Es ist {now.hour}:{now.minute:02d} Uhr."
    if _FRENCH_TIME.fullmatch(said):
        return f"Il est {now.hour} h {now.minute:02d}."
    return _elsewhere(said, now)


def _elsewhere(said: str, now: datetime) -> str | None:
    found = _ELSEWHERE.fullmatch(said)
    if found is None:
        return _later(said, now)
    zone = zone_of(found["place"])
    if zone is None:
        return _later(said, now)
    there = now.astimezone(zone)
    place = found["place"] if found["place"] != found["place"].lower() else _titled(found["place"])
    apart = (there.date() - now.date()).days
    on = {0: "", 1: " tomorrow", -1: " yesterday"}.get(apart, f" on {days.say_date(there.date(), today=now.date())}")
    return f"It's {moments.say_time(there)}{on} in {place}."


def _titled(place: str) -> str:
    if place in ("utc", "gmt", "uk", "nyc", "la"):
        return place.upper()
    return " ".join(word if word in ("the", "de") else word.capitalize() for word in place.split())


def _later(said: str, now: datetime) -> str | None:
    found = _TIME_LATER.fullmatch(to_digits(said))
    if found is None:
        return None
    moment = moments.moment(found["span"], now)
    if moment is None or moment.is_hour_assumed:
        return None
    here = moment.at
    on = "" if here.date() == now.date() else f" on {days.say_date(here.date(), today=now.date())}"
    return f"It will be {moments.say_time(here)}{on}."


def _days(said: str, now: datetime) -> str | None:
    """Questions about another day: which weekday and date it is."""
    today = now.date()
    found = _DAY_OF.fullmatch(said) or _OWN_DATE.fullmatch(said)
    if found is not None:
        asked = found["day"]
        past = bool(re.search(r"\b(?:was|did)\b", said, re.IGNORECASE))
        on = days.day(asked, today, past=past)
        if on is None:
            return None
        return _said_day(asked, on, today)
    found = _WHEN_FEAST.fullmatch(said)
    if found is not None and found["day"].lower() in days.FIXED_DAYS:
        on = days.day(found["day"], today)
        if on is None:
            return None
        apart = (on - today).days
        rest = "today" if apart == 0 else f"in {counted(apart, 'day')}"
        return f"{_capital(found['day'])} is on {days.say_date(on)}, {rest}."
    return None


def _said_day(asked: str, on: date, today: date) -> str:
    verb = "is" if on == today else "was" if on < today else "will be"
    return f"That {verb} {days.say_date(on)}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _distance(said: str, now: datetime) -> str | None:
    """How many days (or weeks) lie between now and a day, or between two days."""
    today = now.date()
    if found := _BETWEEN.fullmatch(said):
        start = days.day(found["start"], today)
        end = days.day(found["end"], start) if start is not None else None
        if start is None or end is None:
            return None
        return (
            f"{_lengths(abs((end - start).days), found['unit'])} from {days.say_date(start)} to {days.say_date(end)}."
        )
    if found := _UNTIL.fullmatch(said):
        on = days.day(found["day"], today)
        if on is None or on < today:
            return None
        return f"{_lengths((on - today).days, found['unit'] or found['unit2'])} until {days.say_date(on)}."
    if (found := _SINCE.fullmatch(said)) and (
        re.search(r"\bsince\b", said, re.IGNORECASE) or "ago was" in said.lower() or found["ago"]
    ):
        on = days.day(found["day"], today, past=True)
        if on is None or on > today:
            return None
        if found["ago"] or "ago was" in said.lower():
            return f"{days.say_date(on)} was {_lengths((today - on).days, found['unit'])} ago."
        return f"{_lengths((today - on).days, found['unit'])} since {days.say_date(on)}."
    return None


def _lengths(days: int, unit: str | None) -> str:
    if unit is not None and unit.lower() == "weeks" and days >= 7:
        weeks, rest = divmod(days, 7)
        return counted(weeks, "week") + (f" and {counted(rest, 'day')}" if rest else "")
    return counted(days, "day")
