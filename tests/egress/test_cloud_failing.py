"""A model behind the gate when things go wrong: what is told, what is tried again, and how it is cancelled."""

from __future__ import annotations

import json
import threading
import time

import pytest

from privacy_assistant.core.turn import Usage
from privacy_assistant.egress.timeouts import Timeouts
from privacy_assistant.errors import BackendRefused, ReplyMalformed, TimedOut, Unreachable
from privacy_assistant.ports import Delayed, Finished, Piece, Sent
from tests.egress.door import QUICK, Door, kinds_of, open_door, text_of, write_policy
from tests.egress.servers.capturing import CapturingServer
from tests.egress.servers.certificates import Authority, Certificate
from tests.egress.servers.fault_proxy import FaultProxy, refusing_port
from tests.egress.servers.faults import (
    BlackHole,
    ErrorEvent,
    Fault,
    Garbage,
    HangUp,
    Portal,
    Redirect,
    Reset,
    Stall,
    Status,
    Truncated,
    WrongType,
)
from tests.egress.servers.openai_shapes import Says

SHORT = Timeouts(connect=2, first_byte=0.2, stall=0.2, write=5, total=20)
PATIENT = Timeouts(connect=2, first_byte=600, stall=0.2, write=5, total=600)
"""Waits long for a beginning, and not in the middle."""
BOTH = pytest.mark.parametrize("api", ["chat", "responses"])


def broken_by(proxy: FaultProxy, fault: Fault, times: int | None = None, timeouts: Timeouts = QUICK) -> Door:
    """A door to a proxy that does this to its requests."""
    proxy.inject(fault, times)
    return open_door(write_policy(proxy.url), timeouts=timeouts)


def until_it_breaks(door: Door) -> tuple[list[object], Unreachable]:
    """What came of an answer, and the error that ended it."""
    items: list[object] = []
    try:
        for item in door.cloud.generate(door.dispatch()):
            items.append(item)
    except Unreachable as error:
        return items, error
    raise AssertionError("the answer came whole")


# ---------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, "invalid_api_key", "it does not accept the key"),
        (403, "", "it does not accept the key"),
        (404, "model_not_found", "it does not have this model"),
        (400, "context_length_exceeded", "the conversation is too long"),
        (413, "", "the conversation is too long"),
        (422, "", "it refuses this request"),
        (429, "insufficient_quota", "no credit left"),
    ],
)
def test_a_refusal_is_told_once_and_not_tried_again(
    status: int, code: str, words: str, fault_proxy: FaultProxy
) -> None:
    """By the status and a word of the closed list; what it says of the question is in no message."""
    door = broken_by(fault_proxy, Status(status, error_code=code))
    with pytest.raises(BackendRefused) as refused:
        door.ask()
    assert words in str(refused.value)
    assert f"HTTP {status}" in str(refused.value)
    assert str(refused.value).startswith("there: ")
    shown = (
        f"{refused.value} {refused.value!r} {refused.value.hint} {refused.value.__cause__} {refused.value.__context__}"
    )
    assert "Write to" not in shown
    assert len(door.ledger.lines()) == 1
    assert door.cloud.why_not() == ""


def test_a_key_that_was_not_accepted_is_told_to_whoever_has_it(fault_proxy: FaultProxy) -> None:
    """A 401 has the key looked for anew the next time; any other refusal leaves it."""
    for status, times in ((401, 1), (403, 0)):
        door = broken_by(fault_proxy, Status(status))
        with pytest.raises(BackendRefused):
            door.ask()
        assert len(door.refused) == times


def test_what_left_is_told_before_the_error(fault_proxy: FaultProxy) -> None:
    """The one who asks knows by which line of the ledger, also of an attempt that failed."""
    door = broken_by(fault_proxy, Status(401))
    stream = door.cloud.generate(door.dispatch())
    assert isinstance(next(stream), Sent)
    with pytest.raises(BackendRefused):
        next(stream)


def test_a_redirect_is_not_followed_and_not_tried_again(
    capturing_server: CapturingServer, fault_proxy: FaultProxy
) -> None:
    """The other host sees nothing, not even a connection."""
    with CapturingServer() as other:
        door = broken_by(fault_proxy, Redirect(f"{other.url}/chat/completions"))
        with pytest.raises(Unreachable, match="a redirect, which is not followed"):
            door.ask()
        assert other.connections == 0
    assert len(door.ledger.lines()) == 1


@pytest.mark.parametrize("fault", [Portal(), Portal(511)])
def test_a_page_in_the_place_of_an_answer_is_a_log_in_page(fault: Portal, fault_proxy: FaultProxy) -> None:
    """On a connection in clear somebody else may answer."""
    door = broken_by(fault_proxy, fault)
    with pytest.raises(Unreachable, match="the network wants a log-in page first"):
        door.ask()
    assert "log-in page" in door.cloud.why_not()


# ---------------------------------------------------------------- what is tried again


@pytest.mark.parametrize(
    "fault",
    [Status(500), Status(503), Status(429, retry_after="0"), HangUp(), HangUp(is_reset=True), ErrorEvent(after=0)],
)
def test_a_hiccup_before_the_first_piece_is_tried_again(fault: Fault, fault_proxy: FaultProxy) -> None:
    """It is said that it is, each attempt has its line, and then the answer comes whole."""
    door = broken_by(fault_proxy, fault, times=1)
    items = door.ask()
    assert kinds_of([*items]) == ["Sent", "Delayed", "Sent", "Piece", "Finished"]
    assert text_of(items) == "The cloud answers."
    assert len(door.ledger.lines()) == 2
    assert len(set(door.kept)) == 1


def test_three_attempts_are_enough(fault_proxy: FaultProxy) -> None:
    """Then the error, with the status and without the server's words."""
    door = broken_by(fault_proxy, Status(503))
    with pytest.raises(Unreachable, match=r"there: it reports a fault of its own \(HTTP 503"):
        door.ask()
    assert len(door.ledger.lines()) == 3
    assert "fault of its own" in door.cloud.why_not()


def test_a_long_retry_after_is_not_waited_for(fault_proxy: FaultProxy) -> None:
    """The answer comes from elsewhere; until then it is left alone."""
    door = broken_by(fault_proxy, Status(429, retry_after="600"))
    with pytest.raises(Unreachable):
        door.ask()
    assert len(door.ledger.lines()) == 1
    assert "left alone" in door.cloud.why_not()


def test_a_short_retry_after_is_waited_for(fault_proxy: FaultProxy) -> None:
    """At least as long as it says: a machine that is slow waits longer, never shorter."""
    door = broken_by(fault_proxy, Status(429, retry_after="0.3"), times=1)
    at = {type(item): time.monotonic() for item in door.cloud.generate(door.dispatch())}
    assert at[Piece] - at[Delayed] >= 0.3


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Stall(), TimedOut),
        (Reset(), ReplyMalformed),
        (Truncated("in order"), ReplyMalformed),
        (Truncated("connection"), ReplyMalformed),
        (Garbage("json"), ReplyMalformed),
        (Garbage("utf-8"), ReplyMalformed),
        (Garbage("shape"), ReplyMalformed),
    ],
)
def test_nothing_follows_what_was_shown(fault: Fault, error: type[Unreachable], fault_proxy: FaultProxy) -> None:
    """An answer that breaks off is not begun again under the same one; what came of it came."""
    door = broken_by(fault_proxy, fault, timeouts=PATIENT)
    items, broken = until_it_breaks(door)
    assert kinds_of(items) == ["Sent", "Piece"]
    assert type(broken) is error
    assert str(broken).startswith("there: ")
    assert len(door.ledger.lines()) == 1


@pytest.mark.parametrize("fault", [BlackHole(), WrongType()])
def test_what_an_attempt_more_would_not_mend_is_not_tried_again(fault: Fault, fault_proxy: FaultProxy) -> None:
    """Silence, and an answer that is no stream: the local answer comes sooner."""
    door = broken_by(fault_proxy, fault, timeouts=SHORT)
    with pytest.raises(Unreachable):
        door.ask()
    assert len(door.ledger.lines()) == 1


def test_a_connection_that_is_refused_tells_of_nothing_sent() -> None:
    """The ledger says that it was about to leave; nobody was sent anything."""
    with refusing_port() as port:
        door = open_door(write_policy(f"http://127.0.0.1:{port}/v1"))
        stream = door.cloud.generate(door.dispatch())
        with pytest.raises(Unreachable, match="it takes no connection"):
            next(stream)
    assert "it took no connection" in door.cloud.why_not()


def test_a_certificate_that_is_wrong_sends_nothing(authority: Authority) -> None:
    """No attempt more, and no way around it."""
    with CapturingServer(tls=authority.server_context(Certificate.EXPIRED)) as server:
        door = open_door(write_policy(server.url, more=f"ca_file = {json.dumps(str(authority.file))}"))
        with pytest.raises(Unreachable, match="could not be proved to be itself"):
            door.ask()
        assert not server.requests


def test_an_answer_that_worked_forgets_what_failed_before(fault_proxy: FaultProxy) -> None:
    """The breaker is shut again."""
    door = broken_by(fault_proxy, Status(503), times=3)
    with pytest.raises(Unreachable):
        door.ask()
    assert door.cloud.why_not()
    door.ask()
    assert door.cloud.why_not() == ""


# ---------------------------------------------------------------- cancelling


def cancelled(door: Door, ready: threading.Event, parcel_id: str = "parcel") -> threading.Thread:
    """Somebody who cancels as soon as it is ready."""

    def cancel() -> None:
        ready.wait()
        door.cloud.cancel(parcel_id)

    thread = threading.Thread(target=cancel)
    thread.start()
    return thread


@pytest.mark.parametrize("fault", [BlackHole(), Stall()])
def test_a_cancelled_answer_ends_at_once(fault: Fault, fault_proxy: FaultProxy) -> None:
    """While nothing comes, and while nothing more comes; the time-outs are ten minutes away."""
    door = broken_by(fault_proxy, fault, timeouts=Timeouts(first_byte=600, stall=600, total=600))
    ready = threading.Event()
    thread = cancelled(door, ready)
    items: list[object] = []
    if isinstance(fault, BlackHole):
        ready.set()
    for item in door.cloud.generate(door.dispatch()):
        items.append(item)
        if isinstance(item, Piece):
            ready.set()
    thread.join()
    assert items[-1] == Finished("cancelled", Usage())


def test_a_pause_between_attempts_ends_at_once_too(fault_proxy: FaultProxy) -> None:
    """And no attempt follows."""
    door = broken_by(fault_proxy, Status(429, retry_after="15"))
    items: list[object] = []
    for item in door.cloud.generate(door.dispatch()):
        items.append(item)
        if isinstance(item, Delayed):
            door.cloud.cancel("parcel")
    assert kinds_of(items) == ["Sent", "Delayed", "Finished"]
    assert len(door.ledger.lines()) == 1


def test_a_word_before_it_begins_sends_nothing(capturing_server: CapturingServer) -> None:
    """Not even a line in the ledger."""
    door = open_door(write_policy(capturing_server.url))
    door.cloud.cancel("parcel")
    assert door.ask() == [Finished("cancelled", Usage())]
    assert (door.ledger.lines(), capturing_server.connections) == ([], 0)


def test_an_answer_that_nobody_reads_on_is_hung_up(capturing_server: CapturingServer) -> None:
    """Whoever stops reading the stream closes the connection with it."""
    capturing_server.answer = Says("word " * 200_000, piece=5)
    door = open_door(write_policy(capturing_server.url))
    stream = door.cloud.generate(door.dispatch())
    next(stream)
    next(stream)
    stream.close()
    capturing_server.wait_for_hang_ups()
    capturing_server.answer = "Here."
    assert text_of(door.ask()) == "Here."
