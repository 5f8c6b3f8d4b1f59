"""Tests of what one process leaves for the next to know about what can be reached."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.breaker import FADED, Failure
from privacy_assistant.core.policy_terms import Backend
from privacy_assistant.egress.reach import KIND, Connection, Reach, State, kept_in
from privacy_assistant.errors import RecordTampered
from tests.egress.reaching import ALL, CAFE, CLOUD, HOME, OFFLINE, OTHER, World, backend, reachable
from tests.fakes import FakeDrawer


def test_the_next_process_knows_what_this_one_met() -> None:
    """A black hole costs one time-out, and not one for each question."""
    world = World()
    world.reach().failed(CLOUD, Failure.CONNECT_TIMEOUT)
    world.reach().failed(OTHER, Failure.OFFLINE)
    world.passes(1)
    assert world.reach().why_not(CLOUD) == "it did not answer a moment ago (again in 4 s)"
    assert reachable(world.reach()) == ["loopback"]
    assert world.reach().state() == State(Connection.OFFLINE, OFFLINE)


def test_another_address_under_the_same_name_is_another_back_end() -> None:
    """Who has mended the policy does not wait for the mistake."""
    world = World()
    world.reach().failed(CLOUD, Failure.REFUSED)
    assert world.reach().why_not(backend("cloud", "https://right.example/v1")) == ""


def test_what_is_long_over_is_not_kept() -> None:
    """The payload does not grow with every address that ever failed."""
    world = World()
    for number in range(30):
        world.reach().failed(backend(f"old-{number}", "https://old.example/v1"), Failure.REFUSED)
        world.passes(FADED)
    assert len(world.kept[-1]["own"]) <= 2


def test_it_lies_sealed_in_the_drawer_as_one_item() -> None:
    """Where the vault keeps its other small things."""
    world, drawer = World(), FakeDrawer()
    for _ in range(3):
        world.passes(20)
        load, save = kept_in(drawer)
        Reach(load, save, lambda: world.now, lambda: world.routes).failed(CLOUD, Failure.TIMEOUT)
    assert len(drawer.items(KIND)) == 1
    load, save = kept_in(drawer)
    again = Reach(load, save, lambda: world.now, lambda: world.routes)
    assert again.why_not(CLOUD) == "it did not answer in time a moment ago (again in 20 s)"


def test_a_drawer_that_does_not_open_is_no_reason_to_fail() -> None:
    """What cannot be read is not known, and what cannot be kept is found out again."""

    def load() -> Mapping[str, Any] | None:
        raise RecordTampered("a sealed item was changed")

    def save(payload: Mapping[str, Any]) -> None:
        raise RecordTampered("a sealed item was changed")

    world = World()
    reach = Reach(load, save, lambda: world.now, lambda: world.routes)
    assert reach.why_not(CLOUD) == ""
    reach.failed(CLOUD, Failure.REFUSED)
    assert reach.why_not(CLOUD) != ""


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(st.sampled_from(["version", "routes", "network", "witnesses", "own"]), _JSON | st.just(1)),
    st.sampled_from(ALL),
)
def test_a_damaged_payload_is_none(payload: Mapping[str, Any], each: Backend) -> None:
    """Of another version, of another make, cut or mixed up: everything may be tried, and it is kept anew."""
    world = World()
    world.kept.append(payload)
    reach = world.reach()
    assert reach.why_not(each) == ""
    reach.failed(each, Failure.REFUSED)
    assert world.reach().why_not(each) != ""


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["fail", "try", "succeed", "restart", "move"]),
            st.sampled_from(ALL),
            st.sampled_from(Failure),
            st.floats(0, 4000),
        ),
        max_size=20,
    )
)
def test_nothing_is_out_of_reach_for_ever(steps: list[tuple[str, Backend, Failure, float]]) -> None:
    """Whatever came: an hour later everything may be tried."""
    world = World()
    reach = world.reach()
    for what, each, failure, seconds in steps:
        world.passes(seconds)
        if what == "fail":
            reach.failed(each, failure, seconds)
        elif what == "try":
            reach.trying(each)
        elif what == "succeed":
            reach.succeeded(each)
        elif what == "restart":
            reach = world.reach()
        else:
            world.routes = CAFE if world.routes is HOME else HOME
    world.passes(3601)
    assert reachable(reach) == reachable(world.reach()) == [each.name for each in ALL]


def test_a_clock_that_was_put_back_shuts_nobody_out() -> None:
    """It stood a day ahead when the failure was written."""
    world = World()
    world.reach().failed(CLOUD, Failure.BUSY, 3600)
    world.reach().failed(OTHER, Failure.OFFLINE)
    world.passes(-86_400)
    assert reachable(world.reach()) == [each.name for each in ALL]
