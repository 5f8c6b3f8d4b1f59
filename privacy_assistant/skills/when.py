"""Spans, days and moments: reads "in half an hour", "next friday", "tomorrow at 5pm", and says them back.

A small grammar for what is relative; `dateparser` reads calendar dates ("3rd of march", "2026-12-01") and is
imported on the first of them. dateparser alone is not enough: it takes "friday at 3" for the month of March and
"at 7" for July, and does not know "half an hour" (measured with 1.5.0).

Moments are aware, in the zone of `now`. Hours and minutes are added on the line of real time, days and weeks on
the calendar, so that "in 24 hours" and "in 1 day" differ on the night the clocks change.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction

from privacy_assistant.skills.numbers import AMOUNT, amount, to_digits
from privacy_assistant.skills.wording import counted, joined, pattern

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

LONGEST_DAYS = 366 * 400
"""Spans and dates beyond four hundred years are none of a clock's business."""

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

# ---------------------------------------------------------------- spans


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: whole calendar days, and seconds of real time."""

    days: int
    seconds: int

    def after(self, now: datetime) -> datetime:
        """The moment this long after `now`, in its zone; raises OverflowError beyond the calendar."""
        days_on = settled(datetime.combine(now.date() + timedelta(days=self.days), now.time(), tzinfo=now.tzinfo))
        start = days_on if self.days else now
        return (start.astimezone(UTC) + timedelta(seconds=self.seconds)).astimezone(now.tzinfo)


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_TIME_UNIT = r"(?:seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)"
_SPAN_PART = pattern(
    r"(?P<n><<amount>>)[ -]?(?P<unit><<unit>>)(?P<half> and a half| and a quarter)?(?![a-z])",
    amount=AMOUNT,
    unit=_TIME_UNIT,
)
_SPAN_TAIL = re.compile(r"(?:and )?(?P<n>\d{1,2})", re.IGNORECASE)
_SPAN_WORDS = {
    "quarter of an hour": 900,
    "a quarter of an hour": 900,
    "a quarter hour": 900,
    "three quarters of an hour": 2700,
    "3 quarters of an hour": 2700,
    "half hour": 1800,
    "a half hour": 1800,
    "half minute": 30,
    "a half minute": 30,
}
_SPAN_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?: (?:hours|minutes))?")


def span(text: str) -> Span | None:
    """Read a length of time: "10 minutes", "8 minutes 30", "an hour and a half", "1h30", "two and a half hours"."""
    said = to_digits(text.strip().lower()).strip()
    if len(said) > 80:
        return None
    if said in _SPAN_WORDS:
        return Span(0, _SPAN_WORDS[said])
    days = Fraction(0)
    seconds = Fraction(0)
    at = 0
    smallest = 10**9
    while at < len(said):
        part = _SPAN_PART.match(said, at)
        size = _SECONDS[part["unit"][0]] if part is not None else 0
        if part is None and smallest in (60, 3600):
            tail = _SPAN_TAIL.fullmatch(said, at)
            if tail is None or int(tail["n"]) > 59:
                return None
            seconds += int(tail["n"]) * smallest // 60
            break
        number = amount(part["n"]) if part is not None else None
        if part is None or number is None or size >= smallest:
            return None
        if part["half"]:
            number += Fraction(1, 2) if part["half"].endswith("half") else Fraction(1, 4)
        if size >= 86400 and (number * size) % 86400 == 0:
            days += number * size / 86400
        else:
            seconds += number * size
        smallest = size
        at = part.end()
        joint = re.compile(r",? and |, | ?").match(said, at)
        if joint is not None:
            at = joint.end() if not said.startswith("and ", joint.end()) else joint.end() + 4
    if days > LONGEST_DAYS or seconds > LONGEST_DAYS * 86400 or days + seconds <= 0:
        return None
    return Span(int(days), round(seconds))


def say_span(seconds: float) -> str:
    """A length of time as one says it, the two largest parts that are not zero: "1 hour and 20 minutes"."""
    left = max(0, round(seconds))
    parts = []
    for size, noun in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        many, left = divmod(left, size)
        if many:
            parts.append(counted(many, noun))
    return joined(parts[:2]) or "0 seconds"


# ---------------------------------------------------------------- days

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
_THE_NTH = re.compile(r"(?:on )?the (?P<n>\d{1,2})(?:st|nd|rd|th)", re.IGNORECASE)
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


# ---------------------------------------------------------------- moments


@dataclass(frozen=True, slots=True)
class Moment:
    """An aware moment; `is_hour_assumed` when only a day was said and the hour is ours."""

    at: datetime
    is_hour_assumed: bool = False


_PART_OF_DAY = (
    r"(?:in the morning|in the afternoon|in the evening|at night|this morning|this afternoon|this evening|tonight)"
)
_CLOCK = pattern(
    r"(?:at |by |around )?(?:"
    r"(?P<word>noon|midday|midnight)"
    r"|(?P<rel>half past|quarter past|a quarter past|quarter to|a quarter to|\d{1,2}(?: minutes)? (?:past"
    r"|to)) (?P<relhour>\d{1,2})"
    r"|(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?(?: o'?clock)?(?: ?(?P<half>[ap])\.?m\b\.?)?"
    r")(?: (?P<part><<part>>))?",
    part=_PART_OF_DAY,
)
_PARTS_ALONE = {
    "morning": time(9),
    "afternoon": time(15),
    "evening": time(19),
    "night": time(21),
}
_DAY_PART = re.compile(r"(?P<day>.+?)(?: in the)? (?P<part>morning|afternoon|evening|night)", re.IGNORECASE)
_IN_SPAN = re.compile(r"(?:in|after) (?P<span>.+?)(?:'s? time)?|(?P<later>.+?) from now", re.IGNORECASE)
DEFAULT_HOUR = time(9)
"""When only a day was said."""


def moment(text: str, now: datetime, *, in_the_morning: bool = False) -> Moment | None:
    """Read a moment to come: a span from now, a time of day, a day, or a day with a time. None when unsure.

    A time of day without "am" or "pm" is the next one on the clock's face; on another day than today, one to six
    means the afternoon; with `in_the_morning` (waking) it is the morning in both cases. A moment may lie in the
    past ("today at 9" in the evening): the caller looks.
    """
    said = to_digits(" ".join(text.lower().split()).strip(" ,."))
    if not said or len(said) > 80:
        return None
    try:
        return _moment(said, now, in_the_morning)
    except OverflowError:
        return None


def _moment(said: str, now: datetime, in_the_morning: bool) -> Moment | None:
    if found := _IN_SPAN.fullmatch(said):
        length = span(found["span"] or found["later"])
        if length is not None:
            at = length.after(now)
            return Moment(at, is_hour_assumed=False)
    if said in ("tonight", "this evening", "this afternoon", "this morning"):
        hour = time(20) if said == "tonight" else _PARTS_ALONE[said.split()[1]]
        return Moment(_local(now.date(), hour, now))
    if clock := _CLOCK.fullmatch(said):
        return _next_on_the_face(clock, now, in_the_morning)
    bare = day(said, now.date())
    if bare is not None:
        return Moment(_local(bare, DEFAULT_HOUR, now), is_hour_assumed=True)
    return _day_and_clock(said, now, in_the_morning)


def _day_and_clock(said: str, now: datetime, in_the_morning: bool) -> Moment | None:
    """A day and a time in either order: "tomorrow at 5pm", "at 8 on friday", "tomorrow morning"."""
    if found := _DAY_PART.fullmatch(said):
        on = day(found["day"], now.date())
        if on is not None:
            return Moment(_local(on, _PARTS_ALONE[found["part"].lower()], now))
    words = said.split(" ")
    for cut in range(1, len(words)):
        left, right = " ".join(words[:cut]), " ".join(words[cut:])
        for day_words, clock_words in ((left, right), (right, left)):
            clock = _CLOCK.fullmatch(clock_words.removeprefix(", "))
            if clock is None:
                continue
            if (
                clock["hour"]
                and not (clock["half"] or clock["minute"] or clock["part"])
                and not _has_clock_word(clock_words)
            ):
                continue
            on = day(day_words.rstrip(","), now.date())
            hour = None if on is None else _hour(clock, on, now, in_the_morning)
            if on is not None and hour is not None:
                midnight = clock["word"] == "midnight"
                return Moment(_local(on + timedelta(days=1) if midnight else on, hour, now))
    return None


def _has_clock_word(words: str) -> bool:
    """True when a bare number is marked as a time: "at 5", "5 o'clock"."""
    return words.startswith(("at ", "by ", "around ")) or "clock" in words


def _face(clock: re.Match[str]) -> tuple[int, int, str] | None:
    """Hour, minute and "a", "p" or "" of a clock phrase; None when no clock shows it."""
    half = (clock["half"] or "").lower()
    part = (clock["part"] or "").lower()
    if clock["word"]:
        return (0, 0, "a") if clock["word"].lower() == "midnight" else (12, 0, "p")
    if clock["rel"]:
        hour, minute = int(clock["relhour"]), 0
        words = clock["rel"].lower().split()
        number = {"half": 30, "quarter": 15}.get(words[1] if words[0] == "a" else words[0])
        minute = number if number is not None else int(words[0])
        if not 1 <= hour <= 12 or not 0 < minute < 60:
            return None
        if words[-1] == "to":
            hour, minute = (hour - 2) % 12 + 1, 60 - minute
    else:
        hour, minute = int(clock["hour"]), int(clock["minute"] or 0)
    if minute > 59 or hour > 23 or (half and not 1 <= hour <= 12):
        return None
    if not half and part and 1 <= hour <= 12:
        morning = part.endswith("morning") or (part in ("at night", "tonight") and hour < 6)
        morning = morning and hour != 12
        half = "a" if morning else "p"
    return hour, minute, half


def _hour(clock: re.Match[str], on: date, now: datetime, in_the_morning: bool) -> time | None:
    """The time of day on a given day."""
    face = _face(clock)
    if face is None:
        return None
    hour, minute, half = face
    if half:
        return time(hour % 12 + (12 if half == "p" else 0), minute)
    if _is_written_long(clock) or in_the_morning:
        return time(hour, minute)
    if on == now.date() and 1 <= hour <= 12:
        for guess in (hour % 12, hour % 12 + 12):
            if time(guess, minute) > now.time().replace(tzinfo=None):
                return time(guess, minute)
    return time(hour + 12 if 1 <= hour <= 6 else hour, minute)


def _is_written_long(clock: re.Match[str]) -> bool:
    """True for "06:30": the 24-hour way of writing, which has no other half of the day."""
    return clock["hour"] is not None and len(clock["hour"]) == 2 and clock["hour"].startswith("0")


def _next_on_the_face(clock: re.Match[str], now: datetime, in_the_morning: bool) -> Moment | None:
    """The next time the clock shows this."""
    face = _face(clock)
    if face is None:
        return None
    hour, minute, half = face
    part = (clock["part"] or "").lower()
    if half or hour == 0 or hour > 12:
        hours = [hour % 12 + (12 if half == "p" else 0)] if half else [hour]
    elif _is_written_long(clock) or in_the_morning:
        hours = [hour % 12]
    else:
        hours = [hour % 12, hour % 12 + 12]
    days = [now.date()] if part.startswith("this") else [now.date(), now.date() + timedelta(days=1)]
    candidates = sorted(_local(on, time(each, minute), now) for on in days for each in hours)
    ahead = [at for at in candidates if at > now]
    if not ahead:
        return Moment(candidates[-1]) if candidates else None
    return Moment(ahead[0])


def _local(on: date, at: time, now: datetime) -> datetime:
    return settled(datetime.combine(on, at, tzinfo=now.tzinfo))


def settled(local: datetime) -> datetime:
    """A local time that exists: one that the spring change of clocks skips moves forward by the hour skipped."""
    return local.astimezone(UTC).astimezone(local.tzinfo)


# ---------------------------------------------------------------- saying them


def say_time(at: datetime | time) -> str:
    """ "5 PM", "5:07 PM", "noon" stays "12 PM"; the words a voice reads well."""
    hour = at.hour % 12 or 12
    half = "AM" if at.hour < 12 else "PM"
    return f"{hour}:{at.minute:02d} {half}" if at.minute else f"{hour} {half}"


def say_date(on: date, *, today: date | None = None) -> str:
    """ "Friday, December 25", with the year where it is not this one (or where `today` is not given)."""
    year = "" if today is not None and today.year == on.year else f", {on.year}"
    return f"{WEEKDAYS[on.weekday()].capitalize()}, {MONTHS[on.month - 1].capitalize()} {on.day}{year}"


def say_moment(at: datetime, now: datetime) -> str:
    """ "at 5 PM", "tomorrow at 5 PM", "on Friday, December 25 at 9 AM"; in the zone of `now`."""
    here = at.astimezone(now.tzinfo)
    apart = (here.date() - now.date()).days
    clock = f"at {say_time(here)}"
    if apart == 0:
        return clock
    if apart in (1, -1):
        return f"{'tomorrow' if apart == 1 else 'yesterday'} {clock}"
    return f"on {say_date(here.date(), today=now.date())} {clock}"
