"""Fetching that is led on by a hub, and that somebody or the disk ends in the middle."""

from __future__ import annotations

import errno
import os
import threading
from hashlib import sha256
from pathlib import Path

import pytest

from privacy_assistant.core.policy_terms import Policy
from privacy_assistant.egress.fetch import MOST_REDIRECTS
from privacy_assistant.egress.partial import Partial
from privacy_assistant.errors import (
    BackendRefused,
    EgressDenied,
    ExitCode,
    ReplyMalformed,
    Unreachable,
)
from privacy_assistant.ports.models import Progress
from tests.egress.fetching import DATA, LARGE, SMALL, a_hub, a_line, order_of
from tests.egress.hub_faults import (
    Fault,
    Leads,
    Silent,
    Stall,
    Status,
)
from tests.egress.hub_server import SIGNATURE

DIGEST = sha256(DATA).hexdigest()
OTHER = "0" * 64


# ---------------------------------------------------------------- led on


def test_a_host_that_nobody_agreed_to_is_not_asked(tmp_path: Path) -> None:
    """It is named, and what agrees to it; nothing of it is looked up, and no line is written."""
    lead = Leads("https://elsewhere.invalid/file?X-Signature=x")
    with a_hub(faults={LARGE: lead}) as hub, a_line(tmp_path) as line:
        error = line.fails(order_of(hub), EgressDenied)
        assert (error.rule, error.exit_code) == ("models:host", ExitCode.REFUSED)
        assert "elsewhere.invalid" in error.message
        assert "--host elsewhere.invalid" in error.hint
        assert len(line.destinations) == 1
        assert not line.delays


def test_a_host_that_was_agreed_to_is_asked_under_its_own_line(tmp_path: Path) -> None:
    """The name that nobody knows is looked up then."""
    lead = Leads("https://elsewhere.invalid/file?X-Signature=x")
    with a_hub(faults={LARGE: lead}) as hub, a_line(tmp_path) as line:
        line.fails(order_of(hub, also=("elsewhere.invalid",)), Unreachable)
        assert line.destinations[1] == "GET https://elsewhere.invalid/file"
        assert line.ledger.lines()[1][1].zone == "cloud"


@pytest.mark.parametrize(
    "location",
    [
        "http://elsewhere.invalid/file",
        "ftp://127.0.0.1/x",
        "file:///etc/hostname",
        "http://user@127.0.0.1/",
        "x y",
    ],
)
def test_what_leads_to_no_address_or_one_in_clear_is_not_followed(tmp_path: Path, location: str) -> None:
    """Whatever was agreed to."""
    with a_hub(faults={LARGE: Leads(location)}) as hub, a_line(tmp_path) as line:
        error = line.fails(order_of(hub, also=("elsewhere.invalid",)), EgressDenied)
        assert error.rule == "models:host"
        assert len(line.destinations) == 1


def test_a_signed_address_is_asked_for_as_it_was_written(tmp_path: Path) -> None:
    """Letter by letter: a signature is of the letters, and a library that tidies them up would break it."""
    query = f"{SIGNATURE}&a=inline%3B+filename*%3DUTF-8%27%27x%2fy%7e&b=~_.-|;'!$()*,[]{{}}&c=%zz&d=a//b/../c&&=?"
    with a_hub() as hub, a_line(tmp_path) as line:
        target = f"/repos/x/{LARGE}?{query}"
        hub.faults[LARGE] = [Leads(hub.store_url + target)]
        assert line.fetch(order_of(hub)).sha256 == DIGEST
        assert hub.store_requests[0].target == target
        assert line.destinations[1] == f"GET {hub.store_url}/repos/x/{LARGE}"


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_who_is_led_in_circles_ends_it(tmp_path: Path, code: int) -> None:
    """After so many; each of them stands in the ledger."""
    with a_hub(faults={LARGE: Leads(code=code)}) as hub, a_line(tmp_path) as line:
        assert "led on and on" in line.fails(order_of(hub), ReplyMalformed).message
        assert len(line.destinations) == len(hub.requests) == MOST_REDIRECTS + 1


def test_the_token_is_not_shown_on_the_way_back(tmp_path: Path) -> None:
    """A store that leads back to the hub does not get the hub asked in the person's name."""
    with a_hub(gated=["some/model"], token="hf_x") as hub, a_line(tmp_path, token="hf_x") as line:
        hub.faults[LARGE] = [Leads(hub.address_of(SMALL), at="store")]
        line.fails(order_of(hub), BackendRefused)
        assert [bool(request.header("authorization")) for request in hub.requests] == [True, False]


def test_a_policy_that_cannot_be_read_lets_nothing_be_fetched(tmp_path: Path) -> None:
    """It may be the one that forbids it."""
    unreadable = Policy.unreadable("a mistake")
    with a_hub() as hub, a_line(tmp_path, policy=lambda: unreadable) as line:
        assert line.fails(order_of(hub), EgressDenied).rule == "gate:policy"
        assert (hub.requests, line.destinations) == ([], [])


# ---------------------------------------------------------------- ended


@pytest.mark.parametrize("fault", [Silent(), Stall(100_000), Status(429, (("Retry-After", "20"),))])
def test_a_word_ends_it_at_once(tmp_path: Path, fault: Fault) -> None:
    """While it waits for an answer, in the middle of the file, and between two attempts; what came stays."""
    with a_hub(faults={LARGE: fault}) as hub, a_line(tmp_path, patient=True) as line:
        is_over = threading.Event()

        def say() -> None:
            hub.wait_for(requests=1, store_requests=1 if isinstance(fault, Stall) else 0)
            while not is_over.wait(0.01):
                line.fetcher.cancel()

        thread = threading.Thread(target=say)
        thread.start()
        try:
            with pytest.raises(KeyboardInterrupt):
                line.fetch(order_of(hub))
        finally:
            is_over.set()
            thread.join()
        assert DATA[:100_000].startswith(line.here or b"")


def test_who_looks_away_in_the_middle_leaves_what_came(tmp_path: Path) -> None:
    """The next one goes on from there, over connections of its own."""
    with a_hub(faults={LARGE: [Stall(100_000)]}) as hub, a_line(tmp_path) as line:
        coming = line.fetcher.fetch(order_of(hub), str(line.partial))
        assert next(coming) == Progress(0, len(DATA))
        coming.close()  # type: ignore[attr-defined]  # a generator, as every stream of the ports
        assert line.fetch(order_of(hub)).sha256 == DIGEST


def test_a_full_disk_is_told_as_it_is_and_what_fitted_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of the system passes; after somebody made room it goes on."""
    whole = Partial.write

    def write(self: Partial, data: bytes) -> None:
        if self.have + len(data) > 100_000:
            whole(self, data[: 100_000 - self.have])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        whole(self, data)

    with a_hub() as hub, a_line(tmp_path) as line:
        with monkeypatch.context() as patch:
            patch.setattr(Partial, "write", write)
            with pytest.raises(OSError, match="No space"):
                line.fetch(order_of(hub))
        assert line.here == DATA[:100_000]
        assert line.fetch(order_of(hub)).sha256 == DIGEST
        assert hub.store_requests[-1].header("range") == "bytes=100000-"
