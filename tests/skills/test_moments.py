"""Spans, days and moments, and the nights on which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.skills import moments
from privacy_assistant.skills.days import day as day_of
from privacy_assistant.skills.spans import say_span, span
from tests.skills.asking import BERLIN, NOW

TODAY = NOW.date()
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]).map(
    ZoneInfo
)

FIRST = datetime(2000, 1, 1)  # noqa: DTZ001 - Hypothesis wants its bounds without a zone
LAST = datetime(2037, 12, 30)  # noqa: DTZ001 - see above


def at(*parts: int) -> datetime:
    """A local time in Berlin."""
    return datetime(*parts, tzinfo=BERLIN)  # type: ignore[misc, arg-type]  # the parts are year to second


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("10 minutes", 600),
        ("ten minutes", 600),
        ("a minute", 60),
        ("an hour", 3600),
        ("half an hour", 1800),
        ("a half hour", 1800),
        ("an hour and a half", 5400),
        ("one and a half hours", 5400),
        ("2.5 hours", 9000),
        ("quarter of an hour", 900),
        ("three quarters of an hour", 2700),
        ("8 minutes 30", 510),
        ("8 minutes and 30 seconds", 510),
        ("1 hour 20", 4800),
        ("1 hour, 20 minutes and 5 seconds", 4805),
        ("1h30", 5400),
        ("1h 30m", 5400),
        ("90s", 90),
        ("5 min", 300),
        ("2 minutes and a half", 150),
        ("twenty-five minutes", 1500),
        ("an hour and 10 minutes", 4200),
        ("10", None),
        ("10 minutes of fame", None),
        ("30 seconds 5 minutes", None),
        ("5 minutes 90", None),
        ("0 minutes", None),
        ("999999999999 hours", None),
        ("ten eggs", None),
        ("", None),
    ],
)
def test_a_span_is_read_whole_or_not_at_all(text: str, seconds: int | None) -> None:
    """From the largest unit to the smallest, with words or digits."""
    found = span(text)
    assert (None if found is None else found.days * 86400 + found.seconds) == seconds


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10**6))
def test_a_span_that_is_said_is_read_back(seconds: int) -> None:
    """What `say_span` says means what it was, to the two parts that it says."""
    found = span(say_span(seconds))
    assert found is not None
    read = found.days * 86400 + found.seconds
    assert 0 <= seconds - read < (1 if seconds < 3600 else 60 if seconds < 86400 else 3600)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", date(2026, 11, 21)),
        ("tomorrow", date(2026, 11, 22)),
        ("the day after tomorrow", date(2026, 11, 23)),
        ("yesterday", date(2026, 11, 20)),
        ("in 10 days", date(2026, 12, 1)),
        ("10 days from now", date(2026, 12, 1)),
        ("two weeks ago", date(2026, 11, 7)),
        ("a week from today", date(2026, 11, 28)),
        ("3 days after tomorrow", date(2026, 11, 25)),
        ("friday", date(2026, 11, 27)),
        ("saturday", date(2026, 11, 28)),
        ("next friday", date(2026, 11, 27)),
        ("next sunday", date(2026, 11, 29)),
        ("this sunday", date(2026, 11, 22)),
        ("last monday", date(2026, 11, 16)),
        ("last saturday", date(2026, 11, 14)),
        ("december 24", date(2026, 12, 24)),
        ("24th of December", date(2026, 12, 24)),
        ("the 3rd of march", date(2027, 3, 3)),
        ("march 3rd, 2030", date(2030, 3, 3)),
        ("november 21", date(2026, 11, 21)),
        ("november 20", date(2027, 11, 20)),
        ("2026-12-01", date(2026, 12, 1)),
        ("the 5th", date(2026, 12, 5)),
        ("the 21st", date(2026, 11, 21)),
        ("the 31st", date(2026, 12, 31)),
        ("february 29", date(2028, 2, 29)),
        ("friday, december 25", date(2026, 12, 25)),
        ("monday, december 25", None),
        ("christmas", date(2026, 12, 25)),
        ("new year", date(2027, 1, 1)),
        ("february 30", None),
        ("the 32nd", None),
        ("2026-13-01", None),
        ("12/05", None),
        ("12", None),
        ("may", None),
        ("in half a day", None),
        ("in 99999999 days", None),
        ("my birthday", None),
    ],
)
def test_a_day_is_read_as_people_mean_it(text: str, day: date | None) -> None:
    """On a Saturday, the 21st of November 2026; what could be two days is none."""
    assert day_of(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "moment", "is_hour_assumed"),
    [
        ("in 10 minutes", at(2026, 11, 21, 10, 17), False),
        ("in half an hour", at(2026, 11, 21, 10, 37), False),
        ("in an hour and a half", at(2026, 11, 21, 11, 37), False),
        ("2 hours from now", at(2026, 11, 21, 12, 7), False),
        ("in 2 days", at(2026, 11, 23, 10, 7), False),
        ("tomorrow at 5pm", at(2026, 11, 22, 17), False),
        ("at 5 pm tomorrow", at(2026, 11, 22, 17), False),
        ("tomorrow at 5", at(2026, 11, 22, 17), False),
        ("tomorrow at 8", at(2026, 11, 22, 8), False),
        ("tomorrow at 05:00", at(2026, 11, 22, 5), False),
        ("tomorrow", at(2026, 11, 22, 9), True),
        ("tomorrow morning", at(2026, 11, 22, 9), False),
        ("friday evening", at(2026, 11, 27, 19), False),
        ("tomorrow at 7 in the evening", at(2026, 11, 22, 19), False),
        ("tonight", at(2026, 11, 21, 20), False),
        ("at noon", at(2026, 11, 21, 12), False),
        ("at midnight", at(2026, 11, 22, 0), False),
        ("at 7", at(2026, 11, 21, 19), False),
        ("at 11", at(2026, 11, 21, 11), False),
        ("at 10", at(2026, 11, 21, 22), False),
        ("at 7 am", at(2026, 11, 22, 7), False),
        ("today at 10:07", at(2026, 11, 21, 22, 7), False),
        ("today at 10:08", at(2026, 11, 21, 10, 8), False),
        ("at 17:30", at(2026, 11, 21, 17, 30), False),
        ("at 06:30", at(2026, 11, 22, 6, 30), False),
        ("at half past six", at(2026, 11, 21, 18, 30), False),
        ("at quarter to 7", at(2026, 11, 21, 18, 45), False),
        ("at 10 past 3", at(2026, 11, 21, 15, 10), False),
        ("at quarter to 1", at(2026, 11, 21, 12, 45), False),
        ("5 o'clock", at(2026, 11, 21, 17), False),
        ("at 9 tonight", at(2026, 11, 21, 21), False),
        ("next friday at 2:30 pm", at(2026, 11, 27, 14, 30), False),
        ("on december 1 at noon", at(2026, 12, 1, 12), False),
        ("friday at midnight", at(2026, 11, 28, 0), False),
        ("at 25", None, False),
        ("at 12:61", None, False),
        ("at 13 pm", None, False),
        ("tomorrow 5", None, False),
        ("someday", None, False),
        ("at the office", None, False),
        ("", None, False),
    ],
)
def test_a_moment_is_read_as_people_mean_it(text: str, moment: datetime | None, is_hour_assumed: bool) -> None:
    """On a Saturday at seven past ten in the morning."""
    assert moments.moment(text, NOW) == (None if moment is None else moments.Moment(moment, is_hour_assumed))


def test_waking_is_in_the_morning() -> None:
    """Seven is the morning's for who asks to be woken."""
    found = moments.moment("at 7", NOW, in_the_morning=True)
    assert found is not None
    assert found.at == at(2026, 11, 22, 7)


def test_hours_are_real_and_days_are_the_calendars() -> None:
    """Over the night of 25 October 2026, which has 25 hours in Berlin."""
    evening = at(2026, 10, 24, 20)
    in_a_day = moments.moment("in 1 day", evening)
    in_hours = moments.moment("in 24 hours", evening)
    assert in_a_day is not None
    assert in_hours is not None
    assert (in_a_day.at.day, in_a_day.at.hour) == (25, 20)
    assert (in_hours.at.day, in_hours.at.hour) == (25, 19)
    assert in_hours.at.astimezone(UTC) - evening.astimezone(UTC) == timedelta(hours=24)


def test_a_time_that_the_spring_skips_moves_an_hour_on() -> None:
    """There is no half past two on 29 March 2026 in Berlin."""
    found = moments.moment("tomorrow at 2:30 am", at(2026, 3, 28, 12))
    assert found is not None
    assert (found.at.hour, found.at.minute) == (3, 30)
    assert found.at.utcoffset() == timedelta(hours=2)


def test_a_time_that_the_autumn_has_twice_is_the_first() -> None:
    """Half past two on 25 October 2026 is the one in summer time."""
    found = moments.moment("tomorrow at 2:30 am", at(2026, 10, 24, 12))
    assert found is not None
    assert found.at.utcoffset() == timedelta(hours=2)


@settings(max_examples=150, deadline=None)
@given(
    st.datetimes(min_value=FIRST, max_value=LAST),
    ZONES,
    st.integers(1, 10**6),
)
def test_a_span_ends_exactly_so_much_later(naive: datetime, zone: ZoneInfo, seconds: int) -> None:
    """In any zone and on any night, seconds are seconds."""
    now = naive.replace(tzinfo=zone)
    found = moments.moment(f"in {seconds} seconds", now)
    assert found is not None
    assert found.at.astimezone(UTC) - now.astimezone(UTC) == timedelta(seconds=seconds)
    assert found.at.tzinfo is zone


@settings(max_examples=150, deadline=None)
@given(
    st.datetimes(min_value=FIRST, max_value=LAST),
    ZONES,
    st.integers(1, 12),
    st.integers(0, 59),
)
def test_the_next_time_on_the_face_is_ahead_and_near(naive: datetime, zone: ZoneInfo, hour: int, minute: int) -> None:
    """ "at 7:30" is within half a day, give or take the hour that a night may gain or skip."""
    now = naive.replace(tzinfo=zone)
    found = moments.moment(f"at {hour}:{minute:02d}", now)
    assert found is not None
    if hour >= 10 or len(str(hour)) == 1:
        ahead = found.at.astimezone(UTC) - now.astimezone(UTC)
        assert timedelta(0) < ahead <= timedelta(hours=14)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=90))
def test_no_text_makes_the_grammar_fail(text: str) -> None:
    """Arbitrary text is a moment, a day or a span, or nothing."""
    moment, length = moments.moment(text, NOW), span(text)
    assert moment is None or moment.at.tzinfo is BERLIN
    assert length is None or length.days + length.seconds > 0
    assert day_of(text, TODAY) is None or text.strip()


def test_the_ends_of_the_calendar_are_no_failure() -> None:
    """Near the year 9999 there is no next week."""
    last = datetime(9999, 12, 31, 23, 59, tzinfo=UTC)
    for text in ("in 3 weeks", "tomorrow", "next friday", "at 7", "in 5 hours"):
        assert moments.moment(text, last) is None
    assert day_of("in 3 weeks", last.date()) is None


def test_a_moment_is_said_from_where_one_stands() -> None:
    """Today, tomorrow, another day, another year."""
    assert moments.say_moment(at(2026, 11, 21, 17), NOW) == "at 5 PM"
    assert moments.say_moment(at(2026, 11, 22, 17, 5), NOW) == "tomorrow at 5:05 PM"
    assert moments.say_moment(at(2026, 11, 20, 0), NOW) == "yesterday at 12 AM"
    assert moments.say_moment(at(2026, 12, 25, 9), NOW) == "on Friday, December 25 at 9 AM"
    assert moments.say_moment(at(2027, 1, 1, 9), NOW) == "on Friday, January 1, 2027 at 9 AM"
    assert moments.say_moment(datetime(2026, 11, 22, 3, tzinfo=UTC), NOW) == "tomorrow at 4 AM"
