"""Fetching what is there: one request after another, each in the ledger, and what is here is gone on from."""

from __future__ import annotations

import json
import os
import stat
import sys
from dataclasses import replace
from hashlib import md5, sha256
from pathlib import Path

import pytest

from privacy_assistant.core.hub import place_of
from privacy_assistant.egress.fetch import STEP
from privacy_assistant.errors import BackendRefused, ReplyMalformed, Unreachable
from privacy_assistant.ports.models import Arrived, Order
from tests.egress.fetching import CONFIG, DATA, LARGE, SMALL, a_hub, a_line, order_of, progress_of
from tests.egress.hub_faults import Drop, Endless, Rangeless, Status, Tells, Unmeasured
from tests.egress.hub_server import COMMIT, SIGNATURE, Hub

DIGEST = sha256(DATA).hexdigest()


# ---------------------------------------------------------------- what leaves


def test_a_large_file_comes_from_the_store_that_the_hub_leads_to(tmp_path: Path) -> None:
    """With its digest as it came, as the hub told it, and the commit."""
    with a_hub() as hub, a_line(tmp_path) as line:
        arrived = line.fetch(order_of(hub))
        assert arrived == Arrived(len(DATA), DIGEST, hub.address_of(LARGE), DIGEST, COMMIT)
        assert line.here == DATA
        assert (len(hub.requests), len(hub.store_requests)) == (1, 1)
    assert not line.note.exists()


def test_a_small_file_comes_from_the_hub_itself(tmp_path: Path) -> None:
    """The hub tells no SHA-256 of it: what it writes as ETag is the number of a blob of git."""
    with a_hub() as hub, a_line(tmp_path) as line:
        arrived = line.fetch(order_of(hub, SMALL))
        assert arrived == Arrived(len(CONFIG), sha256(CONFIG).hexdigest(), hub.address_of(SMALL), "", COMMIT)
        assert not hub.store_requests


def test_a_redirect_without_a_host_stays_at_the_hub(tmp_path: Path) -> None:
    """The hub may ask for a small file in two steps."""
    with a_hub(relays=True) as hub, a_line(tmp_path) as line:
        assert line.fetch(order_of(hub, SMALL)).commit == COMMIT
        assert [request.path.split("/")[1] for request in hub.requests] == ["some", "api"]


def test_exactly_our_own_headers_are_on_the_wire(tmp_path: Path) -> None:
    """No length, no cookie, no referrer, no word about this machine."""
    with a_hub() as hub, a_line(tmp_path) as line:
        line.fetch(order_of(hub))
        for request, port in [(hub.requests[0], hub.hub.port), (hub.store_requests[0], hub.store.port)]:
            assert request.headers == (
                ("Host", f"127.0.0.1:{port}"),
                ("User-Agent", "privacy-assistant"),
                ("Accept", "*/*"),
                ("Accept-Encoding", "identity"),
            )
            assert (request.method, request.body) == ("GET", b"")


def test_every_request_has_a_line_of_the_ledger_and_no_line_has_a_query(tmp_path: Path) -> None:
    """Redirects and what goes on after a break too; nothing is counted, because nothing is sent."""
    faults = {LARGE: [Drop(100_000), Drop(50_000)]}
    with a_hub(faults=faults) as hub, a_line(tmp_path) as line:
        line.fetch(order_of(hub))
        asked = [f"GET {hub.url}{request.path}" for request in hub.requests]
        stored = [f"GET {hub.store_url}{request.path}" for request in hub.store_requests]
        assert line.destinations == [one for pair in zip(asked, stored, strict=True) for one in pair]
        assert len(line.destinations) == 6
        assert all(SIGNATURE in request.target for request in hub.store_requests)
    for _, entry in line.ledger.lines():
        assert "?" not in entry.destination
        assert (entry.rule, entry.zone, entry.counts, entry.bytes, entry.payload_mac) == (
            *("models:pull", "device"),
            *({}, 0, ""),
        )


def test_the_token_is_for_the_first_host_alone(tmp_path: Path) -> None:
    """The store on another port is another origin."""
    with a_hub(gated=["some/model"]) as hub, a_line(tmp_path, token=hub.token) as line:
        line.fetch(order_of(hub))
        assert hub.requests[0].header("authorization") == f"Bearer {hub.token}"
        assert hub.store_requests[0].header("authorization") == ""
    with a_hub(gated=["some/model"]) as hub, a_line(tmp_path) as line:
        assert "(HTTP 401)" in line.fails(order_of(hub, SMALL), BackendRefused).message


def test_files_of_one_model_come_over_one_connection(tmp_path: Path) -> None:
    """The second file saves the handshake."""
    with a_hub() as hub, a_line(tmp_path) as line:
        line.fetch(order_of(hub))
        line.partial = tmp_path / "other.part"
        line.fetch(order_of(hub, SMALL))
        assert (hub.hub.settled(), hub.store.settled()) == (1, 1)


# ---------------------------------------------------------------- what is agreed to


def test_what_was_published_is_held_against_what_came(tmp_path: Path) -> None:
    """Length, SHA-256 and MD5, as far as somebody gave them."""
    other = md5(DATA, usedforsecurity=False).hexdigest()
    with a_hub() as hub, a_line(tmp_path) as line:
        assert line.fetch(order_of(hub, bytes=len(DATA), sha256=DIGEST, md5=other)).sha256 == DIGEST


@pytest.mark.parametrize("tells", [Tells(sha256=""), Tells(bytes=""), Tells(commit=""), Tells("", "", "")])
def test_a_hub_that_tells_less_is_no_worse_than_another_server(tmp_path: Path, tells: Tells) -> None:
    """What it does not tell is empty in the end; the length is that of the answer."""
    with a_hub(faults={LARGE: [tells]}) as hub, a_line(tmp_path) as line:
        arrived = line.fetch(order_of(hub))
        assert arrived.told_sha256 == ("" if tells.sha256 == "" else DIGEST)
        assert arrived.commit == ("" if tells.commit == "" else COMMIT)
        assert line.here == DATA


def test_a_body_without_a_length_is_taken_where_the_length_is_known(tmp_path: Path) -> None:
    """From the order or from the hub."""
    with a_hub(faults={LARGE: Unmeasured()}) as hub, a_line(tmp_path) as line:
        assert line.fetch(order_of(hub)).bytes == len(DATA)


def test_progress_is_told_at_the_beginning_in_between_and_at_the_end(tmp_path: Path) -> None:
    """A mebibyte apart at least, or a tenth of a second."""
    data = bytes(5 * STEP)
    with Hub({LARGE: data}) as hub, a_line(tmp_path) as line:
        line.fetch(order_of(hub))
    told = progress_of(line.items)
    assert told[0] == (0, len(data))
    assert told[-1] == (len(data), len(data))
    assert len(told) >= 3
    assert told == sorted(set(told))


def test_an_empty_file_arrives(tmp_path: Path) -> None:
    """It is there, and has no bytes."""
    with Hub({SMALL: b""}) as hub, a_line(tmp_path) as line:
        assert line.fetch(order_of(hub, SMALL)).bytes == 0
        assert line.here == b""


# ---------------------------------------------------------------- going on


def test_a_fetch_that_broke_off_goes_on_from_there(tmp_path: Path) -> None:
    """In the same run: a range of the same file, by the mark that the store gave it."""
    with a_hub(faults={LARGE: [Drop(120_000)]}) as hub, a_line(tmp_path) as line:
        assert line.fetch(order_of(hub)).sha256 == DIGEST
        first, second = hub.store_requests
        assert (first.header("range"), second.header("range")) == ("", "bytes=120000-")
        assert second.header("if-range") == f'"{DIGEST[:32]}"'
    assert [delay.seconds for delay in line.delays] == [0.0]


def test_another_run_goes_on_where_the_last_one_ended(tmp_path: Path) -> None:
    """What is here is in the partial file, and which file it is of beside it."""
    with a_hub(faults={LARGE: [Drop(120_000), *[Status(500)] * 3]}) as hub:
        with a_line(tmp_path) as line:
            line.fails(order_of(hub), Unreachable)
            assert line.here == DATA[:120_000]
        with a_line(tmp_path) as line:
            assert line.fetch(order_of(hub)).sha256 == DIGEST
            assert hub.store_requests[-1].header("range") == "bytes=120000-"
            assert progress_of(line.items)[0] == (120_000, len(DATA))


def test_a_server_that_gives_no_ranges_is_asked_for_all_of_it(tmp_path: Path) -> None:
    """What was here goes, and nothing stands twice."""
    with a_hub(faults={LARGE: [Drop(120_000), Rangeless()]}) as hub, a_line(tmp_path) as line:
        assert line.fetch(order_of(hub)).sha256 == DIGEST
        assert line.here == DATA


def test_a_whole_file_with_its_digest_is_asked_for_no_more(tmp_path: Path) -> None:
    """Where the digest was published nobody is asked; where the hub tells it, the hub alone."""
    with a_hub() as hub, a_line(tmp_path) as line:
        line.partial.write_bytes(DATA)
        assert line.fetch(order_of(hub, sha256=DIGEST)).bytes == len(DATA)
        assert not line.destinations
        assert line.fetch(order_of(hub)) == Arrived(len(DATA), DIGEST, hub.address_of(LARGE), DIGEST, COMMIT)
        assert (len(hub.requests), len(hub.store_requests)) == (1, 0)


def test_a_whole_file_of_a_server_that_tells_nothing_is_known_by_its_mark(tmp_path: Path) -> None:
    """The server says that there is nothing behind what is here, and how much that is (416)."""
    tells = {LARGE: Tells("", "", "")}
    with a_hub(faults=tells) as hub:
        with a_line(tmp_path) as line:
            for item in line.fetcher.fetch(order_of(hub), str(line.partial)):
                if progress_of([item]) == [(len(DATA), len(DATA))]:
                    break
            assert line.here == DATA
        with a_line(tmp_path) as line:
            assert line.fetch(order_of(hub)).sha256 == DIGEST
            assert hub.store_requests[-1].header("range") == f"bytes={len(DATA)}-"


@pytest.mark.parametrize(
    "note",
    [
        None,
        b"",
        b"{",
        b"[" * 100_000,
        b'{"url": "x"}',
        b'{"url": 1, "bytes": 300000, "etag": "", "commit": "", "sha256": ""}',
        b'{"url": "x", "bytes": true}',
        b'{"url": "x", "bytes": 300000, "other": 1}',
        b'{"url": "http://127.0.0.1:1/other", "bytes": 300000, "etag": "\\"a\\""}',
        b"\xff\xfe",
    ],
)
def test_bytes_of_which_nobody_knows_what_they_are_are_discarded(tmp_path: Path, note: bytes | None) -> None:
    """Without a note, with one that cannot be read, or one of another file."""
    with a_hub() as hub, a_line(tmp_path) as line:
        line.partial.write_bytes(b"x" * 1000)
        if note is not None:
            line.note.write_bytes(note)
        assert line.fetch(order_of(hub)).sha256 == DIGEST
        assert line.here == DATA


@pytest.mark.parametrize("field", ["bytes", "sha256", "url"])
def test_a_note_of_another_file_is_no_reason_to_go_on(tmp_path: Path, field: str) -> None:
    """Another length, another digest or another address: from the beginning."""
    with a_hub(faults={LARGE: [Drop(120_000), *[Status(500)] * 3]}) as hub, a_line(tmp_path) as line:
        line.fails(order_of(hub), Unreachable)
        note = json.loads(line.note.read_text())
        note[field] = {"bytes": 200_000, "sha256": "0" * 64, "url": "elsewhere"}[field]
        line.note.write_text(json.dumps(note))
        assert line.fetch(order_of(hub)).sha256 == DIGEST
        assert hub.store_requests[-1].header("range") == ""


def test_what_is_longer_than_the_file_is_discarded(tmp_path: Path) -> None:
    """It cannot be the beginning of it."""
    with a_hub(faults={LARGE: [Drop(120_000), *[Status(500)] * 3]}) as hub, a_line(tmp_path) as line:
        line.fails(order_of(hub), Unreachable)
        line.partial.write_bytes(bytes(len(DATA) + 1))
        assert line.fetch(order_of(hub)).sha256 == DIGEST


def test_what_lies_there_is_for_its_owner_alone(tmp_path: Path) -> None:
    """The file and the note; the note holds no query and no token."""
    faults = {LARGE: [Drop(120_000), *[Status(500)] * 3]}
    with a_hub(gated=["some/model"], faults=faults) as hub, a_line(tmp_path, token=hub.token) as line:
        line.fails(order_of(hub), Unreachable)
        written = line.note.read_text()
        assert "?" not in written
        assert hub.token not in written
    if os.name == "posix":
        assert [stat.S_IMODE(path.stat().st_mode) for path in (line.partial, line.note)] == [0o600, 0o600]


@pytest.mark.skipif(sys.platform == "win32", reason="a link needs a right there")
def test_a_link_in_the_place_of_the_file_is_not_written_through(tmp_path: Path) -> None:
    """Somebody else's file stays as it was."""
    with a_hub() as hub, a_line(tmp_path) as line:
        (tmp_path / "mine").write_bytes(b"mine")
        line.partial.symlink_to(tmp_path / "mine")
        with pytest.raises(OSError, match="symbolic"):
            line.fetch(order_of(hub))
    assert (tmp_path / "mine").read_bytes() == b"mine"


def test_a_host_that_was_agreed_to_by_name_is_part_of_the_order() -> None:
    """The order holds the hosts; nothing of the address is shown beyond its path."""
    order = Order("m", place_of(f"https://hub.example/file?{SIGNATURE}"), also=("store.example",))
    assert SIGNATURE not in f"{order!r} {order.place.shown}"
    assert replace(order, also=()).also == ()


def test_a_body_that_never_ends_is_cut_off_where_the_file_should_end(tmp_path: Path) -> None:
    """Not a byte more than was agreed to is on the disk."""
    with a_hub(faults={LARGE: Endless()}) as hub, a_line(tmp_path) as line:
        error = line.fails(order_of(hub), ReplyMalformed)
        assert "longer than the 300000 bytes" in error.message
        assert line.here is None
