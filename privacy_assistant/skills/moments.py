"""Moments to come: reads "in half an hour", "tomorrow at 5pm", "half past six", and says them back.

They are aware, in the zone of `now`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from privacy_assistant.skills.days import day, say_date
from privacy_assistant.skills.numbers import to_digits
from privacy_assistant.skills.spans import settled, span
from privacy_assistant.skills.wording import pattern


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
_DAY_PART = pattern(r"(?P<day>.+?)(?: in the)? (?P<part>morning|afternoon|evening|night)")
_IN_SPAN = pattern(r"(?:in|after) (?P<span>.+?)(?:'s? time)?|(?P<later>.+?) from now")
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
            named = _DAY_PART.fullmatch(day_words.rstrip(","))
            on = day(named["day"] if named is not None else day_words.rstrip(","), now.date())
            hour = None if on is None else _hour(clock, on, now, in_the_morning)
            if named is not None and hour is not None:
                hour = _in_part(hour, clock, named["part"].lower())
            if on is not None and hour is not None:
                midnight = clock["word"] == "midnight"
                return Moment(_local(on + timedelta(days=1) if midnight else on, hour, now))
    return None


def _in_part(hour: time, clock: re.Match[str], part: str) -> time | None:
    """The hour of "tomorrow evening at 8": in that half of the day, and not against what was said."""
    wants_morning = part == "morning"
    if (clock["half"] or clock["part"] or clock["word"]) and (hour.hour < 12) != wants_morning:
        return None
    return hour.replace(hour=hour.hour % 12 + (0 if wants_morning else 12))


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


def say_time(at: datetime | time) -> str:
    """ "5 PM", "5:07 PM", "noon" stays "12 PM"; the words a voice reads well."""
    hour = at.hour % 12 or 12
    half = "AM" if at.hour < 12 else "PM"
    return f"{hour}:{at.minute:02d} {half}" if at.minute else f"{hour} {half}"


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
