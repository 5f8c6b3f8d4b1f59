"""The person's clock knows its zone."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from privacy_assistant.app import clock


@pytest.fixture(autouse=True)
def _fresh_zone() -> None:
    clock._zone.cache_clear()


def test_a_time_beyond_a_change_of_clocks_has_the_other_offset() -> None:
    """In Berlin half a year changes the offset by an hour, one way or the other."""
    os.environ["TZ"] = "Europe/Berlin"
    try:
        here = clock.now()
        there = here + timedelta(days=182)
    finally:
        clock._zone.cache_clear()
    assert here.tzinfo is not None
    offsets = {(here + timedelta(days=30 * month)).utcoffset() for month in range(12)}
    assert offsets == {timedelta(hours=1), timedelta(hours=2)}
    assert there.tzinfo is here.tzinfo


def test_a_zone_that_does_not_exist_gives_a_fixed_offset() -> None:
    """A broken TZ still tells an aware time."""
    os.environ["TZ"] = "Nowhere/At_All"
    assert clock.now().tzinfo is not None
