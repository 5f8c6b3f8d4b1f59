"""Patience: the wait follows how complete it sounds and how long this person pauses."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.patience import KNOTS, LONG_MODE, LONGEST, SHORTEST, UNJUDGED, Patience

CHANCES = st.floats(0, 1)
SECONDS = st.floats(allow_nan=True, allow_infinity=True)


def taught(pauses: list[float], cuts: int = 0) -> Patience:
    """Somebody whose pauses were heard."""
    patience = Patience()
    for seconds in pauses:
        patience.observe_pause(seconds)
    for _ in range(cuts):
        patience.observe_cut()
    return patience


@given(st.lists(SECONDS, max_size=60), st.integers(0, 20), st.none() | SECONDS, st.booleans())
def test_a_wait_is_never_shorter_than_a_soft_end_nor_longer_than_two_and_a_half_seconds(
    pauses: list[float], cuts: int, complete: float | None, is_long: bool
) -> None:
    """Whatever was learned, and whatever a detector says."""
    assert SHORTEST <= taught(pauses, cuts).wait(complete, is_long=is_long) <= LONGEST


@given(st.lists(SECONDS, max_size=60), st.integers(0, 20), CHANCES, CHANCES)
def test_who_sounds_more_complete_never_waits_longer(pauses: list[float], cuts: int, one: float, other: float) -> None:
    """And a dictation never waits shorter than the same without one."""
    patience = taught(pauses, cuts)
    low, high = sorted((one, other))
    assert patience.wait(high) <= patience.wait(low)
    assert patience.wait(low, is_long=True) >= patience.wait(low)


@pytest.mark.parametrize(("complete", "seconds"), KNOTS)
def test_somebody_unknown_waits_what_the_table_says(complete: float, seconds: float) -> None:
    """At its knots exactly, and without a judgement the fixed wait."""
    assert Patience().wait(complete) == pytest.approx(seconds)
    assert Patience().wait(None) == UNJUDGED
    assert Patience().wait(1.0, is_long=True) == LONG_MODE


def test_long_pauses_teach_to_wait_and_short_ones_to_hurry() -> None:
    """The estimate settles about where nine pauses in ten are shorter."""
    assert taught([1.4] * 30).wait(0.5) > Patience().wait(0.5) > taught([0.3] * 60).wait(0.5)
    mixed = taught([0.4, 0.5, 0.45, 0.5, 0.6, 0.4, 0.5, 0.7, 0.5, 1.0] * 20)
    assert 0.6 < mixed.stretch * 0.9 < 1.1


def test_a_turn_that_was_cut_makes_the_next_wait_longer() -> None:
    """One cut shows already; many stay within bounds."""
    assert taught([], 1).wait(0.5) > Patience().wait(0.5)
    assert taught([], 100).stretch <= 1.6


@given(st.lists(SECONDS, max_size=30), st.integers(0, 5), CHANCES)
def test_what_was_learned_survives_a_restart(pauses: list[float], cuts: int, complete: float) -> None:
    """Through JSON, and goes on learning as if nothing had been."""
    patience = taught(pauses, cuts)
    again = Patience.from_payload(json.loads(json.dumps(patience.to_payload())))
    for one in (patience, again):
        one.observe_pause(0.4)
        one.observe_cut()
    assert again.wait(complete) == patience.wait(complete)
    assert again.to_payload() == patience.to_payload()


@given(
    st.dictionaries(
        st.sampled_from(["version", "pause_s", "pauses", "cuts"]),
        st.none() | st.booleans() | st.integers(-3, 3) | SECONDS | st.text(max_size=3) | st.just([]),
    )
)
def test_a_damaged_memory_is_no_memory(untrusted: dict[str, object]) -> None:
    """It never raises, and what comes out waits within bounds."""
    assert SHORTEST <= Patience.from_payload(untrusted).wait(0.5) <= LONGEST


def test_a_memory_of_another_version_is_forgotten() -> None:
    """Figures of another meaning would mislead for ever."""
    kept = taught([2.5] * 20).to_payload()
    assert Patience.from_payload(kept).stretch > 1
    assert Patience.from_payload(kept | {"version": 2}).stretch == 1
    assert Patience.from_payload(kept | {"pauses": True}).stretch == 1
