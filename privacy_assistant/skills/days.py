"""Days: reads "next friday", "in 10 days", "the 3rd of march", "christmas", and says them back.

A small grammar for what is relative; `dateparser` reads calendar dates and is imported on the first of them.
dateparser alone is not enough: it takes "friday at 3" for a day in March and "at 7" for July, and does not know
"half an hour" (measured with 1.5.0).
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta

from privacy_assistant.skills.numbers import AMOUNT, amount, to_digits
from privacy_assistant.skills.spans import LONGEST_DAYS
from privacy_assistant.skills.wording import pattern

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_WEEKDAY = r"(?:mon|tues?|wednes|thurs?|fri|satur|sun)day"
_MONTH = rf"(?:{'|'.join(MONTHS)}|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?"

FIXED_DAYS = {
    "christmas": (12, 25),
    "christmas day": (12, 25),
    "xmas": (12, 25),
    "christmas eve": (12, 24),
    "boxing day": (12, 26),
    "new year": (1, 1),
    "new years": (1, 1),
    "new year's": (1, 1),
    "new year's day": (1, 1),
    "new years day": (1, 1),
    "the new year": (1, 1),
    "new year's eve": (12, 31),
    "new years eve": (12, 31),
    "halloween": (10, 31),
    "valentine's day": (2, 14),
    "valentines day": (2, 14),
    "st patrick's day": (3, 17),
    "april fools' day": (4, 1),
    "april fools day": (4, 1),
}
"""Feasts that have the same date everywhere; the others depend on where one lives."""

_DAY_OFFSETS = {
    "today": 0,
    "tonight": 0,
    "tomorrow": 1,
    "tmrw": 1,
    "the day after tomorrow": 2,
    "day after tomorrow": 2,
    "yesterday": -1,
    "the day before yesterday": -2,
    "day before yesterday": -2,
    "next week": 7,
    "a week from today": 7,
    "a week from now": 7,
    "in a week's time": 7,
}
_DAYS_ON = pattern(
    r"(?:in (?P<in><<amount>>) (?P<in_unit>days?|weeks?)(?:' time| time)?"
    r"|(?P<from><<amount>>) (?P<from_unit>days?|weeks?) (?:from (?:now|today)|later|hence)"
    r"|(?P<ago><<amount>>) (?P<ago_unit>days?|weeks?) ago"
    r"|(?P<rel><<amount>>) (?P<rel_unit>days?|weeks?) (?P<side>from|after|before) (?P<base>tomorrow|yesterday|today))",
    amount=AMOUNT,
)
_ON_WEEKDAY = pattern(
    r"(?:(?:on |this |coming |this coming |on the )?(?P<day><<weekday>>)|(?:on )?next (?P<next><<weekday>>))",
    weekday=_WEEKDAY,
)
_LAST_WEEKDAY = pattern(r"last (?P<day><<weekday>>)", weekday=_WEEKDAY)
_THE_NTH = pattern(r"(?:on )?the (?P<n>\d{1,2})(?:st|nd|rd|th)")
_CALENDAR = pattern(
    r"(?:on )?(?:(?P<weekday><<weekday>>),? (?:the )?)?"
    r"(?:(?P<iso>\d{4}-\d{2}-\d{2})"
    r"|(?:the )?(?P<d1>\d{1,2})(?:st|nd|rd|th|\.)?(?: of)? (?P<m1><<month>>)(?:,? (?P<y1>\d{4}))?"
    r"|(?P<m2><<month>>) (?:the )?(?P<d2>\d{1,2})(?:st|nd|rd|th)?(?:,? (?P<y2>\d{4}))?)",
    month=_MONTH,
    weekday=_WEEKDAY,
)


def day(text: str, today: date, *, past: bool = False) -> date | None:
    """Read a day; one without a year is the next one (today included), or the last one with `past`.

    "next friday" is the Friday of next week, "friday" the coming one and never today.
    """
    said = to_digits(text.strip().lower()).strip()
    try:
        return _day(said, today, past=past)
    except OverflowError:
        return None


def _day(said: str, today: date, *, past: bool) -> date | None:
    if said in _DAY_OFFSETS:
        return today + timedelta(days=_DAY_OFFSETS[said])
    feast = FIXED_DAYS.get(said.removeprefix("on "))
    if feast is not None:
        return _nearest(*feast, today, past=past)
    if found := _ON_WEEKDAY.fullmatch(said):
        if found["next"]:
            monday = today - timedelta(days=today.weekday())
            return monday + timedelta(days=7 + WEEKDAYS.index(_whole_weekday(found["next"])))
        ahead = (WEEKDAYS.index(_whole_weekday(found["day"])) - today.weekday() - 1) % 7 + 1
        return today + timedelta(days=ahead)
    if found := _LAST_WEEKDAY.fullmatch(said):
        back = (today.weekday() - WEEKDAYS.index(_whole_weekday(found["day"])) - 1) % 7 + 1
        return today - timedelta(days=back)
    if found := _DAYS_ON.fullmatch(said):
        return _counted_day(found, today)
    if found := _THE_NTH.fullmatch(said):
        return _next_nth(int(found["n"]), today)
    if found := _CALENDAR.fullmatch(said):
        return _calendar_day(found, today, past=past)
    return None


def _whole_weekday(word: str) -> str:
    """The full name of a weekday that the pattern matched ("tueday" and "thurday" are in it too)."""
    return next(name for name in WEEKDAYS if name[:3] == word.lower()[:3])


def _counted_day(found: re.Match[str], today: date) -> date | None:
    for group, unit, sign in (("in", "in_unit", 1), ("from", "from_unit", 1), ("ago", "ago_unit", -1)):
        if found[group]:
            return _shift(today, found[group], found[unit], sign)
    base = today + timedelta(days=_DAY_OFFSETS[found["base"].lower()])
    return _shift(base, found["rel"], found["rel_unit"], -1 if found["side"].lower() == "before" else 1)


def _shift(start: date, number: str, unit: str, sign: int) -> date | None:
    many = amount(number)
    if many is None:
        return None
    days = many * (7 if unit.lower().startswith("week") else 1)
    if days.denominator != 1 or days > LONGEST_DAYS:
        return None
    return start + timedelta(days=sign * int(days))


def _nearest(month: int, of_month: int, today: date, *, past: bool) -> date:
    this_year = date(today.year, month, of_month)
    if past:
        return this_year if this_year <= today else date(today.year - 1, month, of_month)
    return this_year if this_year >= today else date(today.year + 1, month, of_month)


def _next_nth(n: int, today: date) -> date | None:
    if not 1 <= n <= 31:
        return None
    year, month = today.year, today.month
    for _ in range(12):
        try:
            found = date(year, month, n)
        except ValueError:
            found = None
        if found is not None and found >= today:
            return found
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return None


def _calendar_day(found: re.Match[str], today: date, *, past: bool) -> date | None:
    """Let dateparser read a written date; None when it reads another day of the month than is written."""
    from dateparser.date import DateDataParser  # type: ignore[import-untyped]  # no stubs; 40 ms to import, and most sentences hold no date

    year = found["y1"] or found["y2"]
    of_month = found["d1"] or found["d2"] or (found["iso"] or "")[8:]
    if found["iso"]:
        written = found["iso"]
    else:
        written = f"{of_month} {found['m1'] or found['m2']} {year or ''}".strip()
    # One day's head start, so that a date without a year which is today means today.
    base = datetime.combine(today, time(12)) + timedelta(days=1 if past else -1)
    parser = DateDataParser(
        languages=["en"],
        settings={
            "RELATIVE_BASE": base,
            "PREFER_DATES_FROM": "past" if past else "future",
            "TIMEZONE": "UTC",
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    )
    parsed = parser.get_date_data(written).date_obj
    if parsed is None or parsed.day != int(of_month) or (year and parsed.year != int(year)):
        return None
    result = parsed.date()
    if found["weekday"] and result.strftime("%A").lower()[:3] != found["weekday"].lower()[:3]:
        return None
    return result if abs((result - today).days) <= LONGEST_DAYS * 5 else None


def say_date(on: date, *, today: date | None = None) -> str:
    """ "Friday, December 25", with the year where it is not this one (or where `today` is not given)."""
    year = "" if today is not None and today.year == on.year else f", {on.year}"
    return f"{WEEKDAYS[on.weekday()].capitalize()}, {MONTHS[on.month - 1].capitalize()} {on.day}{year}"
