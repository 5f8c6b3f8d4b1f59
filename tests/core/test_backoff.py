"""Tests of the wait between two attempts, and of what `Retry-After` says."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.backoff import (
    ATTEMPTS,
    CEILING,
    FIRST_CEILING,
    LONG_WAIT,
    LONGEST_RETRY_AFTER,
    next_delay,
    parse_retry_after,
)

NOW = datetime(1994, 11, 6, 8, 49, 0, tzinfo=UTC)
DRAWS = st.floats(0, 1, exclude_max=True)
WAITS = st.none() | st.floats(-5, 2 * LONGEST_RETRY_AFTER)
FORMS = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y")


def test_there_are_three_attempts_in_all() -> None:
    """Two of them may be followed by another one."""
    followed = [next_delay(attempt, 0.5, None, 100) is not None for attempt in range(5)]
    assert followed == [False, True, True, False, False]
    assert ATTEMPTS == 3


def test_the_ceiling_doubles_and_a_delay_is_drawn_below_it() -> None:
    """Full jitter: from nothing up to one second, then up to two."""
    assert [next_delay(1, draw, None, 100) for draw in (0, 0.25, 0.75)] == [0, 0.25 * FIRST_CEILING, 0.75]
    assert [next_delay(2, draw, None, 100) for draw in (0, 0.25, 0.75)] == [0, 0.5, 1.5]


def test_what_was_asked_for_is_waited_and_the_jitter_comes_on_top() -> None:
    """Who were sent away together do not come back in the same instant."""
    assert next_delay(1, 0, 7, 100) == 7
    assert next_delay(1, 0.5, 7, 100) == 7.5


def test_a_long_wait_is_not_sat_out() -> None:
    """Up to the limit it is, past it the answer comes from elsewhere."""
    assert next_delay(1, 0, LONG_WAIT, 100) == LONG_WAIT
    assert next_delay(1, 0, LONG_WAIT + 1, 100) is None


def test_a_delay_that_leaves_no_time_is_none() -> None:
    """The deadline holds over all attempts."""
    assert next_delay(1, 0.5, None, 0.5) is None
    assert next_delay(1, 0, 3, 2.9) is None
    assert next_delay(1, 0, None, 0) is None


@given(st.integers(-3, 8), DRAWS, WAITS, st.floats(-10, 1000))
def test_a_delay_is_within_its_bounds_or_none(
    attempt: int, draw: float, retry_after: float | None, remaining: float
) -> None:
    """Never below what was asked for, never past the deadline, never past the ceilings."""
    delay = next_delay(attempt, draw, retry_after, remaining)
    if delay is not None:
        asked = max(0.0, retry_after or 0.0)
        assert asked <= delay < remaining
        assert delay <= min(asked, LONG_WAIT) + CEILING
        assert 1 <= attempt < ATTEMPTS


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("37", 37.0),
        (" 37\t", 37.0),
        ("0.5", 0.5),
        ("0120", 120.0),
        ("9" * 60, LONGEST_RETRY_AFTER),
        ("Sun, 06 Nov 1994 08:49:37 GMT", 37.0),
        ("Sunday, 06-Nov-94 08:49:37 GMT", 37.0),
        ("Sun Nov  6 08:49:37 1994", 37.0),
        ("Sun, 06 Nov 1994 08:48:00 GMT", 0.0),
        ("Sun, 06 Nov 2094 08:49:37 GMT", LONGEST_RETRY_AFTER),
        ("Sat, 31 Dec 2016 23:59:60 GMT", LONGEST_RETRY_AFTER),
    ],
)
def test_seconds_and_all_three_dates_are_read(header: str, seconds: float) -> None:
    """The forms of RFC 9110, bounded by an hour and by now."""
    assert parse_retry_after(header, NOW) == seconds


@pytest.mark.parametrize(
    "header",
    [
        *(None, "", " ", "soon", "-1", "+5", "1e3", "0x10", "٣", "3,5", "inf", "nan", "5 s", "9" * 65),
        *("Sun, 06 Nov 1994 08:49:37", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT"),
        *("06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 +0100", "Sun, 00 Nov 0000 08:49:37 GMT"),
    ],
)
def test_what_is_none_of_them_is_not_guessed(header: str | None) -> None:
    """A malformed header is as good as none."""
    assert parse_retry_after(header, NOW) is None


def test_two_digits_of_a_year_are_of_the_nearest_past() -> None:
    """More than 50 years ahead is the century before: '94 read in 2026 is 1994, and over."""
    today = datetime(2026, 6, 1, tzinfo=UTC)
    assert parse_retry_after("Sunday, 06-Nov-94 08:49:37 GMT", today) == 0
    assert parse_retry_after("Monday, 01-Jun-26 00:00:30 GMT", today) == 30


@given(st.integers(-(10**6), 10**6), st.sampled_from(FORMS))
def test_every_date_is_as_far_away_as_it_says(seconds: int, form: str) -> None:
    """Whatever the form, and in whatever zone the clock shows."""
    moment = NOW + timedelta(seconds=seconds)
    text = _written(moment, form)
    assert parse_retry_after(text, NOW) == min(max(0, seconds), LONGEST_RETRY_AFTER)
    assert parse_retry_after(text, NOW.astimezone()) == parse_retry_after(text, NOW)


@given(st.text(max_size=80) | st.from_regex(r"\A[A-Za-z]{3,9},? [0-9A-Za-z: -]{0,40}\Z"))
def test_no_header_breaks_the_reading(header: str) -> None:
    """Anything is a bounded number or none."""
    seconds = parse_retry_after(header, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_RETRY_AFTER


def _written(moment: datetime, form: str) -> str:
    """English names whatever the locale of the tests is."""
    days = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    day = days[moment.weekday()]
    form = form.replace("%a", day[:3]).replace("%A", day).replace("%b", months[moment.month - 1])
    return moment.strftime(form.replace("%e", f"{moment.day:2}"))
