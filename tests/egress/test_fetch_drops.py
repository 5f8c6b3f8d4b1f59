"""Fetching that is broken off anywhere, ended by force, and seen by the tripwire: the same file in the end."""

from __future__ import annotations

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy_assistant.errors import ModelTampered, ReplyMalformed, Unreachable
from privacy_assistant.ports.models import Arrived
from tests.egress.fetching import DATA, LARGE, SMALL, a_hub, a_line, order_of
from tests.egress.hub_faults import Drop, Fault, Instead, NoAnswer, Rangeless, Stall, Status, Unmeasured, flipped
from tests.egress.hub_server import Hub

DIGEST = sha256(DATA).hexdigest()

_FAULTS = st.one_of(
    st.builds(Drop, st.integers(0, 9000), st.booleans()),
    st.builds(Rangeless, st.integers(0, 9000)),
    st.builds(Status, st.sampled_from([429, 500, 503]), at=st.sampled_from(["hub", "store"])),
    st.builds(NoAnswer, at=st.sampled_from(["hub", "store"])),
    st.just(Unmeasured()),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    size=st.integers(1024, 8000),
    faults=st.lists(_FAULTS, max_size=8),
    is_told=st.booleans(),
    runs=st.integers(1, 3),
)
def test_whatever_breaks_it_is_the_same_file_or_a_clear_error(
    tmp_path: Path, size: int, faults: list[Fault], is_told: bool, runs: int
) -> None:
    """Drops at any byte, also of the first and the last; several runs; what is here is the beginning of the file."""
    data = DATA[:size]
    digest = sha256(data).hexdigest()
    with Hub({LARGE: data}, faults={LARGE: list(faults)}) as hub:
        for path in tmp_path.iterdir():
            path.unlink()
        order = order_of(hub, sha256=digest if is_told else "")
        for _ in range(runs):
            with a_line(tmp_path) as line:
                try:
                    arrived = line.fetch(order)
                except Unreachable:
                    assert data.startswith(line.here or b"")
                else:
                    assert (arrived.sha256, line.here, line.note.exists()) == (digest, data, False)
                assert len(line.destinations) <= 2 * len(faults) + 2
        hub.faults.clear()
        with a_line(tmp_path) as line:
            assert line.fetch(order).sha256 == digest
            assert line.here == data


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 4999), drops=st.lists(st.integers(0, 5000), max_size=3))
def test_a_bit_that_flips_anywhere_is_seen(tmp_path: Path, at: int, drops: list[int]) -> None:
    """Also where the file came in several parts, of which one was right."""
    data = DATA[:5000]
    faults: list[Fault] = [*(Drop(drop) for drop in drops), Instead(flipped(data, at))]
    with Hub({LARGE: data}, faults={LARGE: faults}) as hub, a_line(tmp_path) as line:
        for path in tmp_path.iterdir():
            path.unlink()
        try:
            arrived = line.fetch(order_of(hub))
        except (ModelTampered, ReplyMalformed):
            assert not line.note.exists() or line.here is not None
        else:
            assert arrived.sha256 == sha256(data).hexdigest()


_CHILD = """
import sys
from datetime import UTC, datetime
from privacy_assistant import tripwire
tripwire.install()
from privacy_assistant.core.hub import place_of
from privacy_assistant.core.kinds import Findings
from privacy_assistant.core.policy_terms import Policy
from privacy_assistant.egress.fetch import HubFetcher
from privacy_assistant.egress.gate import Gate
from privacy_assistant.ports.models import Order
from tests.fakes import FakeLedger
ledger = FakeLedger()
gate = Gate(policy=Policy.absent, ledger=ledger, rescan=lambda text: Findings(), clock=lambda: datetime.now(UTC))
fetcher = HubFetcher(gate)
for item in fetcher.fetch(Order("m", place_of(sys.argv[1])), sys.argv[2]):
    print(type(item).__name__, getattr(item, "have", 0), flush=True)
print(len(ledger.lines()), tripwire.is_installed())
gate.close()
"""


def _child(hub: Hub, partial: Path) -> subprocess.Popen[str]:
    """A process of its own that fetches the large file."""
    command = [sys.executable, "-c", _CHILD, hub.address_of(LARGE), str(partial)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_the_tripwire_lets_it_through_by_the_wire_alone(tmp_path: Path) -> None:
    """In a process of its own with the hook installed; both hosts, each under a permit of its own."""
    with a_hub() as hub, _child(hub, tmp_path / "file.part") as child:
        printed, errors = child.communicate(timeout=60)
        assert errors == ""
        assert printed.splitlines()[-2:] == ["Arrived 0", "2 True"]
    assert (tmp_path / "file.part").read_bytes() == DATA


def test_a_process_that_is_killed_in_the_middle_leaves_what_it_takes_to_go_on(tmp_path: Path) -> None:
    """Killed by force while the store pauses: twice, and a third one brings it home."""
    with a_hub(faults={LARGE: [Stall(90_000), Stall(90_000)]}) as hub, a_line(tmp_path) as line:
        for number in (1, 2):
            with _child(hub, line.partial) as child:
                hub.wait_for(store_requests=number)
                while not line.partial.exists() or line.partial.stat().st_size < number * 90_000:
                    assert child.poll() is None
                child.kill()
                assert child.wait(60) != 0
        assert line.fetch(order_of(hub)) == Arrived(len(DATA), DIGEST, hub.address_of(LARGE), DIGEST, hub.commit)
        assert [one.header("range") for one in hub.store_requests] == ["", "bytes=90000-", "bytes=180000-"]


def test_a_small_file_that_breaks_off_goes_on_too(tmp_path: Path) -> None:
    """By the mark that the hub itself gave it."""
    with a_hub(faults={SMALL: [Drop(4)]}) as hub, a_line(tmp_path) as line:
        line.fetch(order_of(hub, SMALL))
        assert [request.header("range") for request in hub.requests] == ["", "bytes=4-"]
        assert hub.requests[1].header("if-range").startswith('"')
