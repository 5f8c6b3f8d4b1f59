"""Fetching where something is wrong: what is said of it, what is asked again, and what stays on the disk."""

from __future__ import annotations

from hashlib import md5, sha256
from itertools import count
from pathlib import Path

import pytest

from privacy_assistant.core.hub import place_of
from privacy_assistant.egress.fetch import Pace
from privacy_assistant.egress.timeouts import Timeouts
from privacy_assistant.errors import (
    BackendRefused,
    ExitCode,
    ModelTampered,
    ReplyMalformed,
    TimedOut,
    Unreachable,
)
from privacy_assistant.ports.models import Order
from tests.egress.fetching import CONFIG, DATA, IMPATIENT, LARGE, SMALL, a_hub, a_line, order_of
from tests.egress.hub_faults import (
    Becomes,
    Drip,
    Drop,
    Endless,
    Fault,
    Instead,
    NoAnswer,
    Packed,
    Portal,
    Rangeless,
    Silent,
    Stall,
    Status,
    Tells,
    Unmeasured,
    Where,
    WrongRange,
    flipped,
)
from tests.egress.servers.fault_proxy import refusing_port

DIGEST = sha256(DATA).hexdigest()
OTHER = "0" * 64


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize("code", [401, 403])
def test_who_is_not_known_is_told_where_to_agree(tmp_path: Path, code: int) -> None:
    """Nothing is asked again: it would be answered the same way."""
    with a_hub(faults={LARGE: Status(code)}) as hub, a_line(tmp_path) as line:
        error = line.fails(order_of(hub), BackendRefused)
        assert f"HTTP {code}" in error.message
        assert "key token set huggingface" in error.hint
        assert "HF_TOKEN" in error.hint
        assert error.exit_code is ExitCode.UNREACHABLE
        assert (len(hub.requests), line.here) == (1, None)


@pytest.mark.parametrize("code", [404, 410])
@pytest.mark.parametrize("at", ["hub", "store"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, code: int, at: Where) -> None:
    """With the model and the host that does not have it."""
    with a_hub(faults={LARGE: Status(code, at=at)}) as hub, a_line(tmp_path) as line:
        error = line.fails(order_of(hub), BackendRefused)
        assert error.message == f"the-model: there is no model.bin at 127.0.0.1 (HTTP {code})"


@pytest.mark.parametrize("code", [400, 402, 405, 451, 304, 204, 207])
def test_any_other_status_is_a_refusal(tmp_path: Path, code: int) -> None:
    """Named by its number, never by its text."""
    fault = Status(code, body=b"" if code in (204, 304) else b"the echo of a question")
    with a_hub(faults={LARGE: fault}) as hub, a_line(tmp_path) as line:
        error = line.fails(order_of(hub), BackendRefused)
        assert f"HTTP {code}" in error.message
        assert "echo" not in error.message


def test_a_store_that_refuses_a_signed_address_is_no_question_of_a_token(tmp_path: Path) -> None:
    """It ran out; the hub signs a new one."""
    with a_hub(faults={LARGE: Status(403, at="store")}) as hub, a_line(tmp_path) as line:
        assert "HF_TOKEN" not in line.fails(order_of(hub), BackendRefused).hint


# ---------------------------------------------------------------- asked again


@pytest.mark.parametrize("at", ["hub", "store"])
@pytest.mark.parametrize("code", [408, 429, 500, 502, 503])
def test_a_server_in_trouble_is_asked_three_times(tmp_path: Path, code: int, at: Where) -> None:
    """The third time it answers."""
    with a_hub(faults={LARGE: [Status(code, at=at)] * 2}) as hub, a_line(tmp_path) as line:
        assert line.fetch(order_of(hub)).sha256 == DIGEST
        assert len(line.delays) == 2


@pytest.mark.parametrize("at", ["hub", "store"])
@pytest.mark.parametrize("code", [429, 500])
def test_a_server_that_stays_in_trouble_is_given_up(tmp_path: Path, code: int, at: Where) -> None:
    """After the third time."""
    with a_hub(faults={LARGE: Status(code, at=at)}) as hub, a_line(tmp_path) as line:
        error = line.fails(order_of(hub), Unreachable)
        assert len(hub.requests) == 3
        assert "goes on where it broke off" in error.hint


def test_who_asks_to_wait_is_waited_for(tmp_path: Path) -> None:
    """So many seconds at least; half a minute is not waited for."""
    with a_hub(faults={LARGE: [Status(429, (("Retry-After", "0.2"),))]}) as hub, a_line(tmp_path) as line:
        line.fetch(order_of(hub))
        assert [delay.seconds for delay in line.delays] == [0.2]
        hub.faults[LARGE] = Status(429, (("Retry-After", "30"),))
        line.partial.unlink()
        hub.requests.clear()
        line.fails(order_of(hub), Unreachable)
        assert (len(hub.requests), line.delays) == (1, [])


@pytest.mark.parametrize("fault", [NoAnswer(), NoAnswer(at="store"), Drop(0), Drop(0, resets=True)])
def test_a_connection_that_brings_nothing_three_times_is_given_up(tmp_path: Path, fault: Fault) -> None:
    """Each attempt begins at the hub, because the address that it signed is for a while only."""
    with a_hub(faults={LARGE: fault}) as hub, a_line(tmp_path) as line:
        error = line.fails(order_of(hub), ReplyMalformed)
        assert error.message.startswith("the-model from 127.0.0.1: ")
        assert "goes on" in error.hint
        assert (len(hub.requests), line.here) == (3, None)


def test_attempts_that_bring_something_are_not_counted(tmp_path: Path) -> None:
    """Seven breaks, each after a little more: the file arrives."""
    faults: list[Fault] = [Drop(40_000, resets=number % 2 == 0) for number in range(7)]
    with a_hub(faults={LARGE: faults}) as hub, a_line(tmp_path) as line:
        assert line.fetch(order_of(hub)).sha256 == DIGEST
        assert len(hub.store_requests) == 8


def test_attempts_that_bring_next_to_nothing_are_counted(tmp_path: Path) -> None:
    """A byte each time would take for ever; what came stays."""
    with a_hub(faults={LARGE: Drop(1)}) as hub, a_line(tmp_path) as line:
        line.fails(order_of(hub), ReplyMalformed)
        assert (len(hub.store_requests), line.here) == (3, DATA[:3])


def test_a_server_without_ranges_that_breaks_off_is_given_up(tmp_path: Path) -> None:
    """It begins anew each time, and never comes further than it was."""
    with a_hub(faults={LARGE: Rangeless(100_000)}) as hub, a_line(tmp_path) as line:
        line.fails(order_of(hub), ReplyMalformed)
        assert (len(hub.store_requests), line.here) == (3, DATA[:100_000])


def test_nobody_who_takes_no_connection_is_asked_again(tmp_path: Path) -> None:
    """There is no way to it, and no way for the next attempt; the line stands in the ledger all the same."""
    with refusing_port() as port, a_line(tmp_path) as line:
        error = line.fails(Order("the-model", place_of(f"http://127.0.0.1:{port}/file.bin")), Unreachable)
        assert "takes no connection" in error.message
        assert (len(line.destinations), line.delays) == (1, [])


# ---------------------------------------------------------------- slow ones


@pytest.mark.parametrize("fault", [Silent(), Silent(at="store"), Stall(0)])
def test_who_says_nothing_is_left(tmp_path: Path, fault: Fault) -> None:
    """Three times."""
    with a_hub(faults={LARGE: fault}) as hub, a_line(tmp_path, timeouts=IMPATIENT) as line:
        line.fails(order_of(hub), TimedOut)
        assert len(hub.requests) == 3


def test_a_silence_in_the_middle_is_gone_on_from(tmp_path: Path) -> None:
    """What came before it stays."""
    with a_hub(faults={LARGE: [Stall(200_000)]}) as hub, a_line(tmp_path, timeouts=IMPATIENT) as line:
        assert line.fetch(order_of(hub)).sha256 == DIGEST
        assert hub.store_requests[1].header("range").startswith("bytes=")


def test_what_drips_is_broken_off(tmp_path: Path) -> None:
    """Each byte comes in time, and all of them never would."""
    pace = Pace(bytes=10_000, seconds=0.2)
    with a_hub(faults={LARGE: [Drip(200_000)]}) as hub, a_line(tmp_path, pace=pace) as line:
        assert line.fetch(order_of(hub)).sha256 == DIGEST
        assert {delay.why for delay in line.delays} == {"it took too long"}
        hub.faults[LARGE] = Drip()
        line.partial.unlink()
        line.fails(order_of(hub), TimedOut)
        assert line.here is not None
        assert line.here == DATA[: len(line.here)]
        assert 0 < len(line.here) < 1000


def test_what_comes_slowly_and_steadily_may_take_as_long_as_it_takes(tmp_path: Path) -> None:
    """Each look at this clock takes five seconds, and a minute is given for each thousand bytes."""
    ticks = count(0.0, 5.0)
    timeouts = Timeouts(connect=1e6, first_byte=1e6, stall=1e6, write=1e6, total=1e6)
    pace = Pace(bytes=1000, seconds=60.0)
    with (
        a_hub() as hub,
        a_line(tmp_path, timeouts=timeouts, pace=pace, monotonic=lambda: next(ticks)) as line,
    ):
        assert line.fetch(order_of(hub)).sha256 == DIGEST
        assert not line.delays


def test_an_answer_whose_beginning_never_ends_is_left(tmp_path: Path) -> None:
    """The whole of it counts, not each silence."""
    short = Timeouts(connect=2, first_byte=5, stall=5, write=5, total=0.2)
    with a_hub(faults={LARGE: Silent()}) as hub, a_line(tmp_path, timeouts=short) as line:
        line.fails(order_of(hub), TimedOut)
        assert len(hub.requests) == 3


# ---------------------------------------------------------------- other bytes than agreed to


def test_a_hub_that_tells_another_digest_than_was_published_is_asked_for_nothing(tmp_path: Path) -> None:
    """Before a byte of the file."""
    with a_hub() as hub, a_line(tmp_path) as line:
        error = line.fails(order_of(hub, sha256=OTHER), ModelTampered)
        assert "than the one that was published" in error.message
        assert (error.exit_code, line.here, len(hub.store_requests)) == (ExitCode.MODEL, None, 0)


@pytest.mark.parametrize("changes", [{"sha256": DIGEST}, {"md5": md5(DATA, usedforsecurity=False).hexdigest()}, {}])
def test_a_flipped_bit_is_seen_and_stays_for_who_puts_it_aside(tmp_path: Path, changes: dict[str, str]) -> None:
    """By the digest that was published, and by the one that the hub tells."""
    broken = flipped(DATA, 12_345)
    faults: list[Fault] = [Tells("", "", ""), Instead(broken)] if changes else [Instead(broken)]
    with a_hub(faults={LARGE: faults}) as hub, a_line(tmp_path) as line:
        order = Order("the-model", order_of(hub).place, sha256=changes.get("sha256", ""), md5=changes.get("md5", ""))
        error = line.fails(order, ModelTampered)
        assert ("the hub says" if not changes else "was published") in error.message
        assert line.here == broken
        assert not line.note.exists()


def test_a_small_file_that_was_published_is_held_against_its_digest(tmp_path: Path) -> None:
    """The hub tells none of it."""
    with a_hub(faults={SMALL: Instead(b"x" * len(CONFIG))}) as hub, a_line(tmp_path) as line:
        digest = sha256(CONFIG).hexdigest()
        assert "was published" in line.fails(order_of(hub, SMALL, sha256=digest), ModelTampered).message


@pytest.mark.parametrize("changes", [{"bytes": 299_999}, {"bytes": 300_001}])
def test_a_length_other_than_agreed_to_is_asked_for_nothing(tmp_path: Path, changes: dict[str, int]) -> None:
    """Both lengths are named."""
    with a_hub() as hub, a_line(tmp_path) as line:
        error = line.fails(order_of(hub, bytes=changes["bytes"]), ReplyMalformed)
        assert str(changes["bytes"]) in error.message
        assert "300000" in error.message
        assert not hub.store_requests


@pytest.mark.parametrize("content", [DATA[:-1], DATA + b"x", b""])
def test_a_store_with_another_length_than_the_hub_is_not_read(tmp_path: Path, content: bytes) -> None:
    """Both lengths are named."""
    with a_hub(faults={LARGE: Instead(content)}) as hub, a_line(tmp_path) as line:
        error = line.fails(order_of(hub), ReplyMalformed)
        assert f"should have 300000 bytes, and 127.0.0.1 has {len(content)}" in error.message
        assert line.here is None


def test_a_file_of_which_nobody_says_how_long_it_is_is_not_read(tmp_path: Path) -> None:
    """It could be of any length."""
    with a_hub(faults={SMALL: Unmeasured()}) as hub, a_line(tmp_path) as line:
        assert "nobody says how long" in line.fails(order_of(hub, SMALL), ReplyMalformed).message


@pytest.mark.parametrize("length", [100_000, 300_000])
def test_a_body_that_never_ends_ends_here(tmp_path: Path, length: int) -> None:
    """Where the file should end; its bytes are of no file that was agreed to."""
    tells = Tells(bytes=str(length))
    with a_hub(faults={LARGE: [tells, Endless()]}) as hub, a_line(tmp_path) as line:
        hub.faults[LARGE] = Endless()
        assert "is longer than" in line.fails(order_of(hub), ReplyMalformed).message
        assert line.here is None


def test_what_is_packed_is_not_unpacked(tmp_path: Path) -> None:
    """It was not asked for; a small answer could become a large file."""
    with a_hub(faults={LARGE: Packed()}) as hub, a_line(tmp_path) as line:
        assert "compressed" in line.fails(order_of(hub), ReplyMalformed).message
        assert len(hub.requests) == 1


@pytest.mark.parametrize("at", ["hub", "store"])
def test_a_log_in_page_is_no_file(tmp_path: Path, at: Where) -> None:
    """The network wants something first."""
    with a_hub(faults={LARGE: Portal(at)}) as hub, a_line(tmp_path) as line:
        error = line.fails(order_of(hub), Unreachable)
        assert "log-in page" in error.message
        assert line.here is None
    with a_hub(faults={LARGE: Status(511)}) as hub, a_line(tmp_path) as line:
        assert "log-in page" in line.fails(order_of(hub), Unreachable).message


def test_a_part_that_was_not_asked_for_is_not_put_behind_what_is_here(tmp_path: Path) -> None:
    """It is asked for from the beginning instead."""
    faults: list[Fault] = [Drop(100_000), WrongRange(50_000)]
    with a_hub(faults={LARGE: faults}) as hub, a_line(tmp_path) as line:
        assert line.fetch(order_of(hub)).sha256 == DIGEST
        assert [request.header("range") for request in hub.store_requests] == ["", "bytes=100000-", ""]


@pytest.mark.parametrize("code", [200, 206])
@pytest.mark.parametrize(
    "span", ["", "bytes 100000-299999/300001", "bytes 99999-299999/300000", "bytes */300000", "bytes x-y/z"]
)
def test_a_part_with_another_range_than_asked_for_begins_anew(tmp_path: Path, code: int, span: str) -> None:
    """Whatever it says of itself, and what is not a part is the whole."""
    part = Status(code, (("Content-Range", span),), DATA[100_000:], at="store")
    with a_hub(faults={LARGE: [Drop(100_000), part]}) as hub, a_line(tmp_path) as line:
        if code == 200:
            line.fails(order_of(hub), ReplyMalformed)
        else:
            assert line.fetch(order_of(hub)).sha256 == DIGEST
            assert [one.header("range") for one in hub.store_requests] == ["", "bytes=100000-", ""]


def test_a_range_that_cannot_be_given_begins_anew(tmp_path: Path) -> None:
    """There is another file than the one of which a part is here."""
    with a_hub(faults={LARGE: [Drop(100_000), Status(416, at="store")]}) as hub, a_line(tmp_path) as line:
        assert line.fetch(order_of(hub)).sha256 == DIGEST
        assert hub.store_requests[-1].header("range") == ""


@pytest.mark.parametrize("tells", [None, Tells(sha256=""), Tells("", "", "")])
def test_a_file_that_changes_between_two_attempts_is_not_patched_together(tmp_path: Path, tells: Tells | None) -> None:
    """By the digest, by the commit, or by the mark that the server gives it: it is the new one, whole."""
    other = flipped(DATA[::-1], 5)
    with a_hub(faults={LARGE: [Becomes(other, 100_000)]}) as hub, a_line(tmp_path) as line:
        if tells is not None:
            hub.faults[LARGE] = [tells, Becomes(other, 100_000), tells]
        arrived = line.fetch(order_of(hub))
        assert line.here == other
        assert arrived.sha256 == sha256(line.here).hexdigest()


@pytest.mark.parametrize("tells", [Tells(), Tells(sha256=""), Tells("", "", "")])
@pytest.mark.parametrize("marks", ["ignored", "none"])
def test_a_store_that_heeds_no_mark_patches_no_two_files_together(tmp_path: Path, tells: Tells, marks: str) -> None:
    """It gives the range of the new file; that it is another one is seen by what else is told."""
    other = flipped(DATA[::-1], 5)
    faults: list[Fault] = [tells, Becomes(other, 100_000), tells, tells]
    with a_hub(faults={LARGE: faults}, marks=marks) as hub, a_line(tmp_path) as line:
        line.fetch(order_of(hub))
        assert line.here == other


def test_where_nothing_is_told_of_a_file_it_begins_anew(tmp_path: Path) -> None:
    """What is here may be of another one, and nobody could see that."""
    tells = Tells("", "", "")
    with a_hub(faults={LARGE: [tells, Drop(100_000), tells]}, marks="none") as hub, a_line(tmp_path) as line:
        assert line.fetch(order_of(hub)).sha256 == DIGEST
        assert [request.header("range") for request in hub.store_requests] == ["", ""]


def test_a_digest_or_a_commit_is_enough_to_go_on(tmp_path: Path) -> None:
    """Without a mark of the store."""
    for tells in (Tells(commit=""), Tells(sha256="")):
        faults: list[Fault] = [tells, Drop(100_000), tells]
        with a_hub(faults={LARGE: faults}, marks="none") as hub, a_line(tmp_path) as line:
            assert line.fetch(order_of(hub)).sha256 == DIGEST
            assert hub.store_requests[-1].header("range") == "bytes=100000-"
            line.partial.unlink()


def test_a_file_that_is_another_one_each_time_is_given_up(tmp_path: Path) -> None:
    """However much of each comes."""
    faults: list[Fault] = [Becomes(DATA + bytes([number]), 100_000) for number in range(20)]
    with a_hub(faults={LARGE: faults}) as hub, a_line(tmp_path) as line:
        hub.commit = "beef" + "0" * 36
        line.fails(order_of(hub), ReplyMalformed)
        assert len(hub.store_requests) <= 4
