"""The fault matrix: for each thing that can go wrong with a back end, what a person sees, what is kept, who answered.

Each row is asked twice, in a home of its own: once as questions are asked, so that this machine answers in the place
of the back end, and once with "a cloud or nothing". Run with `-s` it prints the table.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from privacy_assistant.core.turn import Role, Zone
from privacy_assistant.egress.timeouts import Timeouts
from tests.egress.household import household, policy_of
from tests.egress.matrix import HERE, QUESTION, Outcome, Row, a_home, asked, embedded, more_of, quick
from tests.egress.servers.capturing import CapturingServer
from tests.egress.servers.certificates import Authority, Certificate
from tests.egress.servers.fault_proxy import FaultProxy, deaf_port, refusing_port
from tests.egress.servers.faults import (
    FAULTS,
    NO_SUCH_NAME,
    ErrorEvent,
    Fault,
    Garbage,
    Huge,
    Redirect,
    Reset,
    Stall,
    Truncated,
)

BOTH = pytest.mark.parametrize("cloud", [False, True], ids=["any", "--cloud"])

LATER = "ask again later"
AGAIN = "ask again"
LOG_IN = "open any page in a browser and log in to the network"
ALLOWED = "see what it allows at the provider, or ask with --local"
SILENCE = "ask again later, or set timeout in its table of the policy"
SHAPE = "check base_url and api in the policy"
BROKE_OFF = "what it sent could not be read or broke off"
BUSY = "it takes no more requests now (HTTP 429, request req_fault)"

SHORT = "[persona]\nmax_tokens = 24\n"
"""Settings under which a real model says little."""

MATRIX: dict[str, Row] = {
    "401": Row(
        "it does not accept the key (HTTP 401, request req_fault)", "see the key of this back end in the policy"
    ),
    "403": Row("it refuses this request (HTTP 403, request req_fault)", ALLOWED),
    "404 model": Row(
        "it does not have this model, or nothing at this address (HTTP 404, request req_fault)",
        "see its model and base_url",
    ),
    "400": Row("it refuses this request (HTTP 400, request req_fault)", ALLOWED),
    "429": Row(BUSY, LATER, requests=3),
    "429 out of money": Row(
        "its account has no credit left (HTTP 429, request req_fault)", "see the account at the provider"
    ),
    "429 retry after 1 h": Row(BUSY, LATER),
    "429 retry after nonsense": Row(BUSY, LATER, requests=3),
    "500": Row("it reports a fault of its own (HTTP 500, request req_fault)", LATER, requests=3),
    "503": Row("it reports a fault of its own (HTTP 503, request req_fault)", LATER, requests=3),
    "portal 200": Row("the network wants a log-in page first", LOG_IN),
    "portal 302": Row(
        "it answers with a redirect, which is not followed (HTTP 302)",
        "log in to the network, or check base_url in the policy",
    ),
    "portal 511": Row("the network wants a log-in page first", LOG_IN),
    "black hole": Row("it took too long", SILENCE, silent=True),
    "black hole, unread": Row("it took too long", SILENCE, requests=0, lines=1, silent=True),
    "hang-up": Row(BROKE_OFF, AGAIN, requests=3),
    "reset at once": Row(BROKE_OFF, AGAIN, requests=3),
    "stall": Row("it took too long", SILENCE, beginning="The ", silent=True),
    "reset mid-stream": Row(BROKE_OFF, AGAIN, beginning="The "),
    "truncated in order": Row("its answer broke off", AGAIN, beginning="The "),
    "truncated connection": Row(BROKE_OFF, AGAIN, beginning="The "),
    "truncated event": Row("its answer broke off", AGAIN, beginning="The "),
    "garbage": Row("its answer is not as its protocol says (JSON)", AGAIN, beginning="The "),
    "garbage at once": Row("its answer is not as its protocol says (JSON)", AGAIN, requests=3),
    "invalid utf-8": Row("its answer holds bytes that are no text (UTF-8)", AGAIN, beginning="The "),
    "another shape": Row("its answer is not as its protocol says (choices)", AGAIN, beginning="The "),
    "error event": Row("it ended its answer with an error of its own", AGAIN, beginning="The "),
    "wrong type": Row("the network wants a log-in page first", LOG_IN),
    "wrong type json": Row("it does not stream its answer", SHAPE),
    "empty": Row("its answer broke off", AGAIN, requests=3),
    "100 MB event": Row("its answer holds an event that is too large", AGAIN, requests=3),
    "100 MB header": Row(BROKE_OFF, AGAIN, requests=3),
    "100 MB json": Row("it does not stream its answer", SHAPE),
    "100 MB gzip": Row("what it sent is compressed, which was not asked for", AGAIN),
    "not http": Row(BROKE_OFF, AGAIN, requests=3),
}
"""Chat completions, behind a connection. A retry comes only before the first piece, three attempts at most."""

RESPONSES: dict[str, tuple[Fault, Row]] = {
    "stall": (Stall(5), Row("it took too long", SILENCE, beginning="The ", silent=True)),
    "reset mid-stream": (Reset(5), Row(BROKE_OFF, AGAIN, beginning="The ")),
    "reset before a piece": (Reset(2), Row(BROKE_OFF, AGAIN, requests=3)),
    "truncated in order": (Truncated("in order", 5), Row("its answer broke off", AGAIN, beginning="The ")),
    "truncated connection": (Truncated("connection", 5), Row(BROKE_OFF, AGAIN, beginning="The ")),
    "truncated event": (Truncated("event", 5), Row("its answer broke off", AGAIN, beginning="The ")),
    "garbage": (Garbage("json", 5), Row("its answer is not as its protocol says (JSON)", AGAIN, beginning="The ")),
    "invalid utf-8": (
        Garbage("utf-8", 5),
        Row("its answer holds bytes that are no text (UTF-8)", AGAIN, beginning="The "),
    ),
    "error event": (ErrorEvent(5), Row("it ended its answer with an error of its own", AGAIN, beginning="The ")),
}
"""The Responses interface announces an answer in four events before its first piece."""


def holds(outcome: Outcome, row: Row, *, cloud: bool) -> None:
    """That one question came to what its row says: on the screen, in the history, in the ledger and in the purse."""
    assert "Traceback" not in outcome.err
    assert "a fault in the program" not in outcome.err
    assert QUESTION not in outcome.err

    *delays, last = outcome.said
    assert [line.rpartition(", again ")[0] for line in delays] == [f"there: {row.told}"] * (row.requests - 1)
    begun = f"{row.beginning}\n" if row.beginning else ""
    first = outcome.kept[0].message
    assert (first.role, first.text) == (Role.USER, QUESTION)
    if cloud:
        assert (outcome.code, last) == (5, f"privacy-assistant: there: {row.told} · {row.remedy}")
        assert outcome.out == begun
        assert outcome.answers == ([(row.beginning, True)] if row.beginning else [])
    else:
        told = "once more:" if row.beginning else f"answered on this device · {row.remedy}"
        assert (outcome.code, last) == (0, f"there: {row.told}; {told}")
        assert outcome.out == f"{begun}{HERE}\n"
        assert outcome.answers == [(HERE, False)]
        assert (outcome.decision.answered_by, outcome.decision.zone) == ("local", Zone.DEVICE)
        assert outcome.decision.wanted is Zone.CLOUD
        assert outcome.decision.reasons[0] == f"there: {row.told}"

    assert outcome.lines == row.in_ledger
    assert outcome.left == [row.has_left]
    assert outcome.explained[-1] == ("nothing left this machine" if not row.has_left else ledger_of(row))
    assert outcome.held == {}
    assert (outcome.spent == "0") is (not row.has_left)
    print(f"{row.told} | {row.remedy} | exit {outcome.code} | {row.requests} requests | {outcome.lines} lines")


def ledger_of(row: Row) -> str:
    """How an explanation names the lines of the ledger."""
    return f"ledger {', '.join(str(number + 1) for number in range(row.in_ledger))}"


# ---------------------------------------------------------------- behind a connection


@BOTH
@pytest.mark.parametrize("name", MATRIX)
def test_what_goes_wrong_is_told_in_a_line_and_answered_here(
    name: str, cloud: bool, home: Path, fault_proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every fault of the table, by chat completions."""
    row = MATRIX[name]
    fault_proxy.inject(FAULTS[name], None)
    living = a_home(home, fault_proxy.url, row=row)
    holds(asked(living, capsys, *(["--cloud"] if cloud else [])), row, cloud=cloud)
    assert len(fault_proxy.requests) == row.requests


@BOTH
@pytest.mark.parametrize("name", RESPONSES)
def test_what_goes_wrong_in_a_stream_of_responses(
    name: str, cloud: bool, home: Path, fault_proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same for the other interface, in the middle of its answer."""
    fault, row = RESPONSES[name]
    fault_proxy.inject(fault, None)
    living = a_home(home, fault_proxy.url, row=row, api="responses")
    holds(asked(living, capsys, *(["--cloud"] if cloud else [])), row, cloud=cloud)
    assert len(fault_proxy.requests) == row.requests


def test_every_fault_stands_in_the_matrix() -> None:
    """All that the proxy can do, but for what has a test of its own here."""
    alone = {"slow first byte", "drip", "100 MB events", "429 retry after 1 s", "503 retry after 1 s"}
    assert set(FAULTS) - set(MATRIX) == alone


@BOTH
def test_a_redirect_to_another_host_gives_it_nothing(
    cloud: bool, home: Path, fault_proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    """A 307 asks for the whole question again elsewhere: the second host sees not even a connection."""
    row = Row(
        "it answers with a redirect, which is not followed (HTTP 307)",
        "log in to the network, or check base_url in the policy",
    )
    with CapturingServer() as other:
        fault_proxy.inject(Redirect(f"{other.url}/chat/completions"), None)
        holds(asked(a_home(home, fault_proxy.url), capsys, *(["--cloud"] if cloud else [])), row, cloud=cloud)
        assert other.connections == 0
    assert len(fault_proxy.requests) == 1


@pytest.mark.parametrize("name", ["429 retry after 1 s", "503 retry after 1 s"])
def test_a_short_wait_is_sat_out_and_then_it_is_answered(
    name: str, home: Path, fault_proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    """The pause is announced; the second attempt answers, and each attempt has its line."""
    fault_proxy.inject(FAULTS[name])
    outcome = asked(a_home(home, fault_proxy.url), capsys, "--cloud")
    assert (outcome.code, outcome.out) == (0, "The cloud answers.\n")
    assert [line.endswith("again in 1 s") for line in outcome.said] == [True]
    assert (outcome.lines, len(fault_proxy.requests)) == (2, 2)
    assert outcome.answers == [("The cloud answers.", False)]


def test_a_slow_first_byte_is_waited_for(
    home: Path, fault_proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    """Within the time-out slow is not wrong, and the actual price is settled."""
    fault_proxy.inject(FAULTS["slow first byte"])
    outcome = asked(a_home(home, fault_proxy.url), capsys)
    assert (outcome.code, outcome.out, outcome.said) == (0, "The cloud answers.\n", [])
    assert (outcome.lines, outcome.held, outcome.spent) == (1, {}, "0.000025 USD")


def test_an_answer_that_only_drips_ends_with_the_time_for_all_of_it(
    home: Path, fault_proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    """No silence is ever long enough to be noticed."""
    fault_proxy.inject(FAULTS["drip"], None)
    living = a_home(home, fault_proxy.url)
    living.writes("policy.toml", (living.home / "policy.toml").read_text().replace('timeout = "60s"\n', ""))
    holds(asked(living, capsys, timeouts=quick()), Row("it took too long", SILENCE), cloud=False)


@BOTH
def test_endless_text_is_cut_where_it_is_too_long(
    cloud: bool, home: Path, fault_proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was shown of it is kept with "a cloud or nothing", and no hundred megabytes are read."""
    fault_proxy.inject(Huge("events"))
    outcome = asked(a_home(home, fault_proxy.url), capsys, *(["--cloud"] if cloud else []))
    assert outcome.out.startswith("word word word")
    assert outcome.said[-1].startswith(f"{'privacy-assistant: ' if cloud else ''}there: what it sent is too long")
    [(text, is_cut)] = outcome.answers
    assert (text[:4], is_cut, outcome.code) == (("word", True, 5) if cloud else (HERE[:4], False, 0))
    assert fault_proxy.bytes_sent < 40 * 1024 * 1024


# ---------------------------------------------------------------- before there is a connection


@contextmanager
def refused(authority: Authority) -> Iterator[tuple[str, str]]:
    """Nobody listens."""
    with refusing_port() as port:
        yield f"http://127.0.0.1:{port}/v1", ""


@contextmanager
def deaf(authority: Authority) -> Iterator[tuple[str, str]]:
    """Connecting never ends."""
    with deaf_port() as port:
        yield f"http://127.0.0.1:{port}/v1", ""


@contextmanager
def showing(certificate: Certificate, authority: Authority) -> Iterator[tuple[str, str]]:
    """A server that shows this certificate."""
    with CapturingServer(tls=authority.server_context(certificate)) as server:
        yield server.url, f"ca_file = {json.dumps(str(authority.file))}"
        assert server.requests == []


def with_certificate(certificate: Certificate) -> Callable[[Authority], object]:
    """A place where that one is shown."""
    return lambda authority: showing(certificate, authority)


_NOT_ITSELF = Row(
    "it could not be proved to be itself",
    "nothing was sent; who signs certificates of its own is named by ca_file in the policy",
    lines=1,
    has_left=False,
)
UNCONNECTED = {
    "refused": (
        refused,
        Row("it takes no connection", "check that it runs, and base_url in the policy", lines=1, has_left=False),
    ),
    "black hole at connecting": (
        deaf,
        Row("it does not answer", "check the network, and that it runs", lines=1, has_left=False),
    ),
    "expired": (with_certificate(Certificate.EXPIRED), _NOT_ITSELF),
    "self-signed": (with_certificate(Certificate.SELF_SIGNED), _NOT_ITSELF),
    "for another host": (with_certificate(Certificate.OTHER_HOST), _NOT_ITSELF),
}


@BOTH
@pytest.mark.parametrize("name", UNCONNECTED)
def test_without_a_connection_nothing_left(
    name: str, cloud: bool, home: Path, authority: Authority, capsys: pytest.CaptureFixture[str]
) -> None:
    """One attempt, and the ledger has the line that was written before it; the explanation says that nothing left,
    and the purse has nothing spent."""
    place, row = UNCONNECTED[name]
    with place(authority) as (url, more):  # type: ignore[attr-defined] # each is a context manager
        living = a_home(home, url, more=more)
        outcome = asked(living, capsys, *(["--cloud"] if cloud else []), timeouts=Timeouts(connect=0.5))
        holds(outcome, row, cloud=cloud)


@BOTH
def test_a_name_that_nobody_knows_is_told(cloud: bool, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With a network there is no such host, without one the names are not looked up; this machine answers."""
    living = a_home(home, f"https://{NO_SUCH_NAME}/v1")
    outcome = asked(living, capsys, *(["--cloud"] if cloud else []))
    words = ("there is no host of its name", "its name could not be looked up", "this machine is offline", "no way")
    assert any(word in outcome.said[-1] for word in words)
    assert len(outcome.said) == 1
    assert (outcome.code, outcome.out) == ((5, "") if cloud else (0, f"{HERE}\n"))
    assert outcome.explained[-1] == "nothing left this machine"
    assert (outcome.held, outcome.spent) == ({}, "0")


# ---------------------------------------------------------------- a real server, a real model here


@pytest.mark.parametrize("fault", [Reset(3), Truncated("connection", 3), Garbage("utf-8", 3)], ids=str)
def test_a_real_answer_that_breaks_off_is_kept_as_far_as_it_came(
    fault: Fault, home: Path, llama_proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    """With "a cloud or nothing" what a real server said until then is shown, kept and marked as cut."""
    llama_proxy.inject(fault, None)
    living = a_home(home, llama_proxy.url, more="context_tokens = 1024")
    living.writes("config.toml", SHORT)
    outcome = asked(living, capsys, "--cloud")
    [(text, is_cut)] = outcome.answers
    assert text
    assert is_cut
    assert (outcome.code, outcome.out, len(outcome.said)) == (5, f"{text}\n", 1)
    assert (outcome.lines, len(llama_proxy.requests), outcome.held) == (1, 1, {})


def test_the_embedded_model_answers_once_more_where_a_real_server_broke_off(
    home: Path, llama_proxy: FaultProxy, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was shown stays on the screen, a line says why it begins again, and the whole answer is the one kept."""
    llama_proxy.inject(Truncated("in order", 3), None)
    living = household(home, policy_of(llama_proxy.url, more=more_of(more="context_tokens = 1024")), embedded())
    living.writes("config.toml", SHORT)
    outcome = asked(living, capsys)
    [(text, is_cut)] = outcome.answers
    assert not is_cut
    assert outcome.out.endswith(f"\n{text}\n")
    assert len(outcome.out) > len(text) + 2
    assert outcome.said == ["there: its answer broke off; once more:"]
    assert (outcome.code, outcome.decision.answered_by, outcome.lines, outcome.held) == (0, "local", 1, {})
