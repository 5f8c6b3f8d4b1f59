"""Time and date, here and elsewhere."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.skills.clock import Clock, zone_of
from privacy_assistant.skills.days import MONTHS, WEEKDAYS, say_date
from tests.skills.asking import BERLIN, NOW, ask

CLOCK = Clock()

FIRST = datetime(2000, 1, 1)  # noqa: DTZ001 - Hypothesis wants its bounds without a zone
LAST = datetime(2037, 12, 30)  # noqa: DTZ001 - see above


@settings(max_examples=60, deadline=None)
@given(st.dates(min_value=date(2026, 11, 22), max_value=date(2999, 12, 31)))
def test_days_until_a_date_are_counted_as_the_calendar_does(day: date) -> None:
    """Any written date to come, by its name and by its number."""
    days = (day - NOW.date()).days
    said = f"{days:,} day{'s' if days != 1 else ''} until {say_date(day)}."
    assert ask(CLOCK, f"How many days until {MONTHS[day.month - 1]} {day.day}, {day.year}?") == said
    assert ask(CLOCK, f"how many days until {day.isoformat()}") == said


@settings(max_examples=60, deadline=None)
@given(st.dates(min_value=date(1700, 1, 1), max_value=date(2999, 12, 31)))
def test_the_weekday_of_a_date_is_the_calendars(day: date) -> None:
    """In the past and in the future."""
    said = ask(CLOCK, f"what day of the week was {day.day} {MONTHS[day.month - 1]} {day.year}")
    assert said is not None
    assert WEEKDAYS[day.weekday()].capitalize() in said


@settings(max_examples=60, deadline=None)
@given(st.datetimes(min_value=FIRST, max_value=LAST))
def test_the_time_in_tokyo_is_nine_hours_ahead_of_utc(naive: datetime) -> None:
    """Whatever the clocks do here."""
    here = naive.replace(tzinfo=UTC).astimezone(BERLIN)
    said = ask(CLOCK, "what time is it in Tokyo", here)
    there = naive + timedelta(hours=9)
    assert said is not None
    assert said.startswith(f"It's {there.hour % 12 or 12}")
    assert ("AM" in said) == (there.hour < 12)
    apart = (there.date() - here.date()).days
    assert ("tomorrow" in said) == (apart == 1)


@pytest.mark.parametrize(
    ("text", "now", "says"),
    [
        ("what time is it", datetime(2026, 1, 1, 0, 0, tzinfo=UTC), "It's 12 AM."),
        ("what time is it", datetime(2026, 1, 1, 12, 30, tzinfo=UTC), "It's 12:30 PM."),
        ("what time is it in honolulu", datetime(2026, 1, 1, 3, 0, tzinfo=UTC), "It's 5 PM yesterday in Honolulu."),
        ("what time is it in Auckland", datetime(2026, 1, 1, 20, 0, tzinfo=UTC), "It's 9 AM tomorrow in Auckland."),
        ("what time will it be in 2 hours", datetime(2026, 10, 25, 1, 30, tzinfo=BERLIN), "It will be 2:30 AM."),
        ("what day is it in 1 day", datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "That will be Friday, January 1, 2027."),
        (
            "how many days until christmas",
            datetime(2026, 12, 25, 9, tzinfo=UTC),
            "0 days until Friday, December 25, 2026.",
        ),
        ("is 1900 a leap year", NOW, "No, 1900 is not a leap year."),
        ("is 2000 a leap year", NOW, "Yes, 2000 is a leap year."),
        ("how many days since christmas", NOW, "331 days since Thursday, December 25, 2025."),
        (
            "how many days are there between 2026-01-01 and 2026-12-31",
            NOW,
            "364 days from Thursday, January 1, 2026 to Thursday, December 31, 2026.",
        ),
        ("how many weeks until november 28", NOW, "1 week until Saturday, November 28, 2026."),
        ("how many weeks until friday", NOW, "6 days until Friday, November 27, 2026."),
    ],
)
def test_a_question_about_time_has_this_answer(text: str, now: datetime, says: str) -> None:
    """Midnight, noon, other days elsewhere, and the nights on which the clocks change."""
    assert ask(CLOCK, text, now) == says


@pytest.mark.parametrize(
    ("place", "key"),
    [
        ("tokyo", "Asia/Tokyo"),
        ("New  York", "America/New_York"),
        ("buenos aires", "America/Buenos_Aires"),
        ("the uk", "Europe/London"),
        ("Mumbai", "Asia/Kolkata"),
        ("narnia", None),
        ("easter", None),
        ("../../etc/passwd", None),
        ("europe", None),
        ("", None),
        ("a" * 50, None),
        ("argentina", None),
    ],
)
def test_a_place_has_one_zone_or_none(place: str, key: str | None) -> None:
    """Cities of the time-zone database and a table of others; what is not known is not guessed."""
    found = zone_of(place)
    assert (None if found is None else found.key) == key
