"""Tests of what counts as reachable: by routes, and by what failed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from privacy_assistant.core.breaker import TRIAL, Failure
from privacy_assistant.core.turn import Zone
from privacy_assistant.egress.reach import Connection, State
from privacy_assistant.egress.routing_table import Routes
from tests.egress.reaching import (
    ALL,
    BY_NUMBER,
    CAFE,
    CLOUD,
    HOME,
    LAB,
    LOOPBACK,
    NEAR,
    NOTHING,
    OFFLINE,
    ONLY_NEAR,
    OTHER,
    SHELF,
    UNKNOWN,
    World,
    backend,
    reachable,
)

# ---------------------------------------------------------------- the routing table


@pytest.mark.parametrize(
    ("address", "zone", "without_routes", "near_only"),
    [
        ("http://127.0.0.1:8080/v1", Zone.CLOUD, "", ""),
        ("http://127.8.8.8/v1", Zone.DEVICE, "", ""),
        ("http://[::1]:8080/v1", Zone.DEVICE, "", ""),
        ("http://[::ffff:127.0.0.1]/v1", Zone.DEVICE, "", ""),
        ("https://localhost:8443/v1", Zone.DEVICE, "", ""),
        ("https://192.168.7.7/v1", Zone.LAN, OFFLINE, ""),
        ("https://10.0.0.7/v1", Zone.CLOUD, OFFLINE, ""),
        ("https://[fd00::7]/v1", Zone.LAN, OFFLINE, ""),
        ("https://[fe80::7%25eth0]/v1", Zone.LAN, OFFLINE, ""),
        ("https://lab.example/v1", Zone.LAN, OFFLINE, ""),
        ("https://api.example/v1", Zone.CLOUD, OFFLINE, ONLY_NEAR),
        ("https://9.9.9.9/v1", Zone.LAN, OFFLINE, ONLY_NEAR),
        ("https://[2620:fe::9]/v1", Zone.CLOUD, OFFLINE, ONLY_NEAR),
        ("https://[odd/v1", Zone.CLOUD, OFFLINE, ONLY_NEAR),
    ],
)
def test_each_address_needs_its_own_routes(address: str, zone: Zone, without_routes: str, near_only: str) -> None:
    """Loopback none, private addresses and local names any, the rest a way out; nothing known counts as online."""
    there = backend("there", address, zone)
    assert World(NOTHING).reach().why_not(there) == without_routes
    assert World(NEAR).reach().why_not(there) == near_only
    assert World(UNKNOWN).reach().why_not(there) == ""


def test_a_number_of_one_protocol_needs_a_way_out_by_that_protocol() -> None:
    """A name may have addresses of both."""
    v6_only = Routes(is_known=True, has_any=True, has_default_v6=True, fingerprint="v6")
    far = backend("far", "https://[2620:fe::9]/v1")
    assert (World(HOME).reach().why_not(far), World(HOME).reach().why_not(BY_NUMBER)) == (ONLY_NEAR, "")
    assert (World(v6_only).reach().why_not(far), World(v6_only).reach().why_not(BY_NUMBER)) == ("", ONLY_NEAR)
    assert World(v6_only).reach().why_not(CLOUD) == ""


def test_a_cable_that_is_plugged_in_is_noticed_at_once() -> None:
    """The table is read anew each time."""
    world = World(NOTHING)
    reach = world.reach()
    assert reachable(reach) == ["loopback"]
    world.routes = HOME
    assert reachable(reach) == [each.name for each in ALL]


# ---------------------------------------------------------------- failures


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (Failure.NAME, "there was no such host a moment ago (again in 5 s)"),
        (Failure.REFUSED, "it took no connection a moment ago (again in 5 s)"),
        (Failure.CONNECT_TIMEOUT, "it did not answer a moment ago (again in 5 s)"),
        (Failure.TIMEOUT, "it did not answer in time a moment ago (again in 5 s)"),
        (Failure.TLS, "it could not be proved to be itself a moment ago (again in 5 s)"),
    ],
)
def test_a_failure_of_its_own_holds_for_one_back_end(failure: Failure, words: str) -> None:
    """The others are tried as before, and its time passes."""
    world = World()
    reach = world.reach()
    reach.failed(CLOUD, failure)
    assert reach.why_not(CLOUD) == words
    assert reachable(reach) == ["other", "by-number", "lab", "shelf", "loopback"]
    assert reach.state() == State(Connection.ONLINE)
    world.passes(5)
    assert reach.why_not(CLOUD) == ""


@pytest.mark.parametrize("failure", [Failure.OFFLINE, Failure.CAPTIVE])
def test_a_failure_of_the_network_holds_for_all_beyond_this_machine(failure: Failure) -> None:
    """One of them waits for its time-out, and not each."""
    reach = World().reach()
    reach.failed(CLOUD, failure)
    assert reachable(reach) == ["loopback"]


def test_names_that_are_not_looked_up_hold_up_names_only() -> None:
    """A number needs nobody who knows it."""
    reach = World().reach()
    reach.failed(CLOUD, Failure.DNS)
    assert reachable(reach) == ["by-number", "shelf", "loopback"]
    assert reach.why_not(OTHER) == "names could not be looked up a moment ago (again in 5 s)"


def test_a_failure_on_this_machine_says_nothing_of_the_network() -> None:
    """Whatever a loopback server does."""
    reach = World().reach()
    for failure in Failure:
        reach.failed(LOOPBACK, failure, 100)
    assert reachable(reach) == [each.name for each in ALL if each is not LOOPBACK]


def test_two_faults_of_a_server_in_a_row_are_told() -> None:
    """One is an accident, also where each question is a process of its own."""
    world = World()
    world.reach().failed(CLOUD, Failure.SERVER)
    assert world.reach().why_not(CLOUD) == ""
    world.reach().failed(CLOUD, Failure.SERVER)
    assert world.reach().why_not(CLOUD) == "it reported a fault of its own a moment ago (again in 5 s)"


def test_a_long_wait_is_told_in_minutes() -> None:
    """It asked for it."""
    reach = World().reach()
    reach.failed(CLOUD, Failure.BUSY, 540)
    assert reach.why_not(CLOUD) == "it asked to be left alone for a while (again in 9 min)"


def test_a_success_ends_what_is_held_against_the_back_end_and_the_network() -> None:
    """It got through, so the way is there."""
    reach = World().reach()
    reach.failed(CLOUD, Failure.CAPTIVE)
    reach.succeeded(CLOUD)
    assert reachable(reach) == [each.name for each in ALL]


def test_a_server_next_door_says_nothing_of_the_way_out() -> None:
    """It answers, and what lies beyond is as far away as before."""
    reach = World().reach()
    reach.failed(CLOUD, Failure.OFFLINE)
    reach.succeeded(SHELF)
    assert reach.state().connection is Connection.OFFLINE
    reach.succeeded(BY_NUMBER)
    assert reach.state().connection is Connection.ONLINE


def test_who_met_the_failure_may_say_that_it_is_over() -> None:
    """Also a server next door, where it was the one that could not be reached."""
    reach = World().reach()
    reach.failed(SHELF, Failure.OFFLINE)
    reach.succeeded(SHELF)
    assert reach.state().connection is Connection.ONLINE


def test_one_attempt_after_another_is_let_through() -> None:
    """While the trial is under way others wait; where its process died, for a minute."""
    world = World()
    reach = world.reach()
    reach.failed(CLOUD, Failure.CAPTIVE)
    world.passes(6)
    reach.trying(CLOUD)
    words = "it failed, and another attempt is just under way"
    assert (world.reach().why_not(CLOUD), world.reach().why_not(OTHER)) == (words, words)
    world.passes(TRIAL)
    assert reachable(world.reach()) == [each.name for each in ALL]


def test_a_trial_that_fails_for_another_reason_clears_the_network() -> None:
    """Who was refused by the server got as far as the server."""
    world = World()
    reach = world.reach()
    reach.failed(CLOUD, Failure.OFFLINE)
    world.passes(6)
    reach.trying(CLOUD)
    reach.failed(CLOUD, Failure.REFUSED)
    assert reachable(reach) == ["other", "by-number", "lab", "shelf", "loopback"]


def test_a_misspelt_name_does_not_take_the_way_from_the_others() -> None:
    """It is asked first each time, and it fails each time; as soon as the next one got its turn, that answers all."""
    world = World()
    answered = []
    for _ in range(40):
        reach = world.reach()
        for each in (CLOUD, OTHER):
            if reach.why_not(each):
                continue
            reach.trying(each)
            if each is OTHER:
                reach.succeeded(each)
                answered.append(True)
                break
            reach.failed(each, Failure.DNS)
        else:
            answered.append(False)
        world.passes(7)
    assert answered == [False] * 2 + [True] * 38


def test_what_two_of_them_met_is_looked_at_less_and_less_often() -> None:
    """Then it is the network; at most a minute passes until the next look."""
    world = World()
    pauses = []
    reach = world.reach()
    for turn in range(7):
        each = (CLOUD, OTHER)[turn % 2]
        reach.trying(each)
        reach.failed(each, Failure.DNS)
        seconds = 0
        while reach.why_not(LAB):
            world.passes(1)
            seconds += 1
        pauses.append(seconds)
    assert pauses == [5, 10, 20, 40, 60, 60, 60]


# ---------------------------------------------------------------- another network


def test_another_network_forgets_what_was_of_the_way_there() -> None:
    """Nobody is asked: the routing table is another one."""
    world = World()
    reach = world.reach()
    reach.failed(CLOUD, Failure.CAPTIVE)
    reach.failed(OTHER, Failure.CONNECT_TIMEOUT)
    reach.failed(BY_NUMBER, Failure.TIMEOUT)
    world.routes = CAFE
    assert reachable(reach) == ["cloud", "other", "lab", "shelf", "loopback"]
    assert reachable(world.reach()) == reachable(reach)


def test_looking_writes_nothing_and_good_news_of_what_was_good_neither() -> None:
    """Only a change is kept: most questions write nothing here."""
    world = World()
    reach = world.reach()
    for each in ALL:
        reach.why_not(each)
        reach.trying(each)
        reach.succeeded(each)
    reach.state()
    world.routes = CAFE
    reachable(reach)
    assert world.kept == []


# ---------------------------------------------------------------- for a person


@pytest.mark.parametrize(
    ("routes", "state"),
    [
        (HOME, State(Connection.ONLINE)),
        (UNKNOWN, State(Connection.ONLINE)),
        (NEAR, State(Connection.LIMITED, ONLY_NEAR)),
        (NOTHING, State(Connection.OFFLINE, OFFLINE)),
    ],
)
def test_the_state_is_that_of_the_routing_table(routes: Routes, state: State) -> None:
    """As long as nothing failed."""
    assert World(routes).reach().state() == state


def test_the_state_is_limited_while_the_network_wants_something() -> None:
    """And no longer than that."""
    world = World()
    reach = world.reach()
    reach.failed(CLOUD, Failure.CAPTIVE)
    assert reach.state() == State(Connection.LIMITED, "the network wants a log-in page first")
    world.passes(5)
    assert reach.state() == State(Connection.ONLINE)


# ---------------------------------------------------------------- the real table

_LOOK = """
from datetime import datetime, UTC
from privacy_assistant.core.policy_terms import Backend, BackendKind
from privacy_assistant.core.turn import Zone
from privacy_assistant.egress.reach import Reach
from privacy_assistant.egress.routing_table import read_routes
reach = Reach(lambda: None, lambda payload: None, lambda: datetime.now(UTC), read_routes)
for address in ("https://api.example/v1", "http://127.0.0.1:1/v1"):
    print(reach.why_not(Backend("there", Zone.CLOUD, BackendKind.OPENAI, address)))
print(reach.state().connection)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="no network namespaces here")
def test_a_machine_without_a_network_knows_that_it_is_offline() -> None:
    """In a namespace with nothing but loopback, with the real files."""
    script = Path(__file__).parents[2] / ".ci" / "without-network"
    done = subprocess.run(
        [str(script), sys.executable, "-c", _LOOK], capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode == 1 and "gives no network namespace" in done.stderr:
        pytest.skip("this system gives no network namespace")
    assert done.stdout.splitlines() == [OFFLINE, "", "offline"], done.stderr
