"""Tests of the breaker: what opens it, for how long, and that nothing keeps it open for ever."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.backoff import LONG_WAIT, LONGEST_RETRY_AFTER
from privacy_assistant.core.breaker import (
    FADED,
    FIRST_PAUSE,
    LONGEST_NETWORK_PAUSE,
    LONGEST_PAUSE,
    TRIAL,
    Breaker,
    Failure,
    Phase,
    after_failure,
    as_payload,
    failure_of,
    from_payload,
    is_of_the_network,
    is_of_the_path,
    may_try,
    on_trial,
    wait,
)

NOW = 1_800_000_000.0
ROUNDING = 1e-5
"""Seconds: what a float of that size can be off by, and more."""

AT_ONCE = [
    *(Failure.OFFLINE, Failure.DNS, Failure.NAME, Failure.REFUSED, Failure.CONNECT_TIMEOUT, Failure.TIMEOUT),
    *(Failure.CAPTIVE, Failure.TLS),
]
MOMENTS = st.floats(-1e4, 1e4)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["fail", "try", "succeed"]),
        st.sampled_from(Failure),
        MOMENTS,
        st.none() | st.floats(-10, 3 * LONGEST_RETRY_AFTER),
    ),
    max_size=25,
)


def reached(steps: list[tuple[str, Failure, float, float | None]]) -> Breaker:
    """The breaker that these events leave, at whatever times they came: clocks are put back, too."""
    state = Breaker()
    for what, failure, moment, retry_after in steps:
        if what == "fail":
            state = after_failure(state, failure, NOW + moment, retry_after)
        else:
            state = on_trial(state, NOW + moment) if what == "try" else Breaker()
    return state


def outage(failure: Failure, times: int) -> list[float]:
    """The pauses of an outage in which each trial fails as soon as it is let through."""
    state, now, pauses = Breaker(), NOW, []
    for _ in range(times):
        state = after_failure(on_trial(state, now), failure, now)
        pauses.append(wait(state, now))
        now = state.until
    return pauses


def test_a_new_one_lets_everything_through() -> None:
    """Nothing is known, so it is tried."""
    assert may_try(Breaker(), NOW)
    assert wait(Breaker(), NOW) == 0


@pytest.mark.parametrize("failure", AT_ONCE)
def test_what_costs_a_person_time_opens_at_once(failure: Failure) -> None:
    """No connection, no answer: the next question does not wait for it again."""
    state = after_failure(Breaker(), failure, NOW)
    assert state == Breaker(Phase.OPEN, 1, NOW, NOW + FIRST_PAUSE, failure)
    assert not may_try(state, NOW + FIRST_PAUSE - 0.1)
    assert may_try(state, NOW + FIRST_PAUSE)


@pytest.mark.parametrize("failure", [Failure.SERVER, Failure.MALFORMED])
def test_one_accident_does_not_open_it_and_two_in_a_row_do(failure: Failure) -> None:
    """A success between them begins anew."""
    once = after_failure(Breaker(), failure, NOW)
    assert may_try(once, NOW)
    assert may_try(after_failure(Breaker(), failure, NOW + 1), NOW + 1)
    assert wait(after_failure(once, failure, NOW + 1), NOW + 1) == FIRST_PAUSE


def test_busy_opens_it_only_with_a_long_wait() -> None:
    """A short one is for the retry loop, however often it comes."""
    state = Breaker()
    for _ in range(10):
        state = after_failure(state, Failure.BUSY, NOW, LONG_WAIT)
    assert state == Breaker()
    assert wait(after_failure(state, Failure.BUSY, NOW, LONG_WAIT + 1), NOW) == LONG_WAIT + 1


@pytest.mark.parametrize("failure", list(Failure))
def test_a_long_wait_is_honoured_whatever_failed_and_never_past_an_hour(failure: Failure) -> None:
    """A header cannot shut a back end out for a year."""
    assert wait(after_failure(Breaker(), failure, NOW, 700), NOW) == 700
    assert wait(after_failure(Breaker(), failure, NOW, 10**9), NOW) == LONGEST_RETRY_AFTER


def test_pauses_double_up_to_five_minutes() -> None:
    """From five seconds, each time a trial fails."""
    assert outage(Failure.CONNECT_TIMEOUT, 9) == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert outage(Failure.SERVER, 5) == [0, 5, 10, 20, 40]
    assert outage(Failure.REFUSED, 2000)[-1] == LONGEST_PAUSE


def test_what_a_person_mends_by_hand_is_looked_at_each_minute() -> None:
    """Nobody who has just logged in to a network wants to wait for five."""
    assert outage(Failure.CAPTIVE, 6) == [5, 10, 20, 40, 60, LONGEST_NETWORK_PAUSE]


def test_attempts_of_one_outage_do_not_double() -> None:
    """Three attempts of one answer fail within a second: that is one failure."""
    state = Breaker()
    for second in range(3):
        state = after_failure(state, Failure.TIMEOUT, NOW + second)
    assert (state.failures, state.until) == (1, NOW + 2 + FIRST_PAUSE)


def test_another_failure_while_it_is_open_keeps_it_open() -> None:
    """Also one that would not have opened it alone, and none of them takes back a long wait."""
    state = after_failure(Breaker(), Failure.BUSY, NOW, 600)
    state = after_failure(state, Failure.SERVER, NOW + 1)
    assert wait(state, NOW + 1) == 599


def test_half_open_lets_one_through() -> None:
    """The trial keeps others away until it ends."""
    opened = after_failure(Breaker(), Failure.REFUSED, NOW)
    trial = on_trial(opened, NOW + FIRST_PAUSE)
    assert trial.phase is Phase.HALF_OPEN
    assert not may_try(trial, NOW + FIRST_PAUSE)
    assert not may_try(after_failure(trial, Failure.REFUSED, NOW + 6), NOW + 15)


def test_a_trial_that_never_ended_keeps_others_away_for_a_minute() -> None:
    """Its process was killed, and nobody will ever tell."""
    trial = on_trial(after_failure(Breaker(), Failure.REFUSED, NOW), NOW + FIRST_PAUSE)
    assert may_try(trial, NOW + FIRST_PAUSE + TRIAL)


def test_a_trial_is_only_made_out_of_an_open_one_whose_time_is_over() -> None:
    """A closed one stays closed, an open one stays open."""
    opened = after_failure(Breaker(), Failure.REFUSED, NOW)
    assert on_trial(Breaker(), NOW) == Breaker()
    assert on_trial(opened, NOW + 1) == opened


def test_a_trial_that_meets_a_short_wait_is_over() -> None:
    """It is busy and alive, which is what the trial was to find out."""
    trial = on_trial(after_failure(Breaker(), Failure.REFUSED, NOW), NOW + FIRST_PAUSE)
    assert after_failure(trial, Failure.BUSY, NOW + 6, 1) == Breaker()


def test_what_failed_long_ago_does_not_count() -> None:
    """A fault of yesterday and one of today are not two in a row, and the pauses begin anew."""
    once = after_failure(Breaker(), Failure.SERVER, NOW)
    assert may_try(after_failure(once, Failure.SERVER, NOW + FADED + 1), NOW + FADED + 1)
    worn = replace(after_failure(Breaker(), Failure.REFUSED, NOW), failures=7)
    later = worn.until + FADED + 1
    assert wait(after_failure(worn, Failure.REFUSED, later), later) == FIRST_PAUSE


def test_a_clock_that_was_put_back_opens_the_way() -> None:
    """Else a state from the future would keep it shut until then."""
    state = after_failure(Breaker(), Failure.BUSY, NOW, 3600)
    assert may_try(state, NOW - 1)
    assert not may_try(state, NOW)


@given(STEPS, MOMENTS)
def test_it_is_never_shut_for_longer_than_an_hour(
    steps: list[tuple[str, Failure, float, float | None]], moment: float
) -> None:
    """Whatever came, at whatever times: there is one span in which it is shut, and it has an end."""
    state = reached(steps)
    assert 0 <= wait(state, NOW + moment) <= LONGEST_RETRY_AFTER + ROUNDING
    assert may_try(state, state.until + abs(moment))
    assert may_try(state, state.since - 1 - abs(moment))
    assert state.until - state.since <= LONGEST_RETRY_AFTER + ROUNDING


@given(STEPS, st.sampled_from(AT_ONCE), MOMENTS)
def test_a_failure_that_opens_always_shuts_for_a_while(
    steps: list[tuple[str, Failure, float, float | None]], failure: Failure, moment: float
) -> None:
    """Whatever was before, the next attempt waits at least the first pause."""
    state = after_failure(reached(steps), failure, NOW + moment)
    assert wait(state, NOW + moment) >= FIRST_PAUSE - ROUNDING


@given(STEPS)
def test_it_comes_back_from_json_as_it_was(steps: list[tuple[str, Failure, float, float | None]]) -> None:
    """States pass from one process to the next."""
    state = reached(steps)
    assert from_payload(json.loads(json.dumps(as_payload(state)))) == state


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    _JSON
    | st.fixed_dictionaries(
        {
            "phase": st.sampled_from([*Phase, "ajar"]) | _JSON,
            "failures": st.integers(-2, 9) | _JSON,
            "since": st.floats(NOW, NOW + 10) | _JSON,
            "until": st.floats(NOW, NOW + 9000) | _JSON,
            "why": st.sampled_from([*Failure, ""]) | _JSON,
        }
    ),
    MOMENTS,
)
def test_a_damaged_payload_shuts_nothing_for_longer_than_an_hour(payload: object, moment: float) -> None:
    """It is a closed one, or one that could have been."""
    state = from_payload(payload)
    assert 0 <= wait(state, NOW + moment) <= LONGEST_RETRY_AFTER + ROUNDING
    assert state.failures >= 0
    assert state.phase is Phase.CLOSED or state.why is not None


def test_a_payload_that_shuts_for_longer_than_an_hour_is_a_closed_one() -> None:
    """Nothing here writes such a one."""
    payload = as_payload(after_failure(Breaker(), Failure.BUSY, NOW, LONGEST_RETRY_AFTER))
    assert from_payload(payload) != Breaker()
    assert from_payload({**payload, "until": NOW + LONGEST_RETRY_AFTER + 1}) == Breaker()


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        *((200, None), (204, None), (400, None), (401, None), (403, None), (404, None), (413, None), (422, None)),
        *((429, Failure.BUSY), (500, Failure.SERVER), (502, Failure.SERVER), (503, Failure.SERVER)),
        *((529, Failure.SERVER), (307, Failure.MALFORMED), (511, Failure.CAPTIVE)),
    ],
)
def test_a_status_tells_what_failed(status: int, failure: Failure | None) -> None:
    """A refusal (4xx) is an answer: it works."""
    assert failure_of(status, "application/json") is failure


def test_a_page_in_the_place_of_an_answer_is_a_log_in_page_on_an_open_connection_only() -> None:
    """On a sealed one it is the back end itself that sends something odd."""
    page = "Text/HTML; charset=utf-8"
    assert failure_of(200, page, is_sealed=False) is Failure.CAPTIVE
    assert failure_of(302, is_sealed=False) is Failure.CAPTIVE
    assert failure_of(200, page) is Failure.MALFORMED
    assert failure_of(404, page, is_sealed=False) is None


def test_what_is_of_the_network_is_of_the_path_too() -> None:
    """Another network ends both; a fault of the server outlives it."""
    assert [failure for failure in Failure if is_of_the_network(failure) and not is_of_the_path(failure)] == []
    assert not is_of_the_path(Failure.SERVER)
