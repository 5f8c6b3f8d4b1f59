"""The wire: one host, one request at a time, every wait ends, and nothing of the environment is read."""

from __future__ import annotations

import os
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from privacy_assistant.core.address import Address
from privacy_assistant.core.breaker import Failure
from privacy_assistant.egress import wire
from privacy_assistant.egress.broken import Broken, Halted
from privacy_assistant.egress.halt import Halt
from privacy_assistant.egress.outgoing import Inspect, Outgoing
from privacy_assistant.egress.timeouts import Timeouts
from privacy_assistant.egress.wire import Guard
from privacy_assistant.errors import EgressDenied
from tests.egress.door import QUICK
from tests.egress.servers.capturing import CapturingServer, Plain
from tests.egress.servers.certificates import Authority, Certificate
from tests.egress.servers.fault_proxy import FaultProxy, deaf_port, refusing_port
from tests.egress.servers.faults import NO_SUCH_NAME, BlackHole, Drip, HangUp, Huge, NotHttp, Redirect
from tests.egress.servers.http_messages import chunk, head
from tests.egress.servers.listening import Connection, Listener

BODY = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "hello"}]}


def passing(out: Outgoing) -> list[tuple[str, str]]:
    """Lets everything through with one header."""
    return [("Content-Type", "application/json")]


@contextmanager
def guard_of(port: int, host: str = "127.0.0.1", *, scheme: str = "http", ca_file: str = "") -> Iterator[Guard]:
    """A guard for a server of this machine."""
    guard = Guard(Address(scheme, host, port, "/v1"), ca_file=ca_file)
    try:
        yield guard
    finally:
        guard.close()


def post(
    guard: Guard, *, inspect: Inspect = passing, halt: Halt | None = None, timeouts: Timeouts = QUICK
) -> tuple[int, bytes]:
    """One request; the status and the whole answer."""
    guard.begin(inspect, halt or Halt(), timeouts, guard._clock() + timeouts.total)
    address = guard.address
    response = guard.client.post(f"{address.scheme}://{address.shown}/v1/chat/completions", json=BODY)
    return response.status_code, response.content


def failure_of(call: Callable[[], object]) -> Failure:
    """What became of it."""
    with pytest.raises(Broken) as broken:
        call()
    return broken.value.failure


# ---------------------------------------------------------------- what leaves


def test_exactly_the_headers_of_the_gate_are_on_the_wire(capturing_server: CapturingServer) -> None:
    """Host and length are HTTP's own; what httpx2 would add is gone."""
    with guard_of(capturing_server.port) as guard:
        post(guard)
    assert capturing_server.requests[0].headers == (
        ("Host", f"127.0.0.1:{capturing_server.port}"),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(capturing_server.requests[0].body))),
    )


def test_a_request_that_nobody_announced_does_not_pass(capturing_server: CapturingServer) -> None:
    """One `begin` is for one request: a library that tries again by itself is stopped."""
    with guard_of(capturing_server.port) as guard:
        post(guard)
        with pytest.raises(EgressDenied) as denied:
            guard.client.get(f"http://127.0.0.1:{capturing_server.port}/v1/models")
    assert denied.value.rule == "gate:once"
    assert len(capturing_server.requests) == 1


def test_a_denied_request_opens_no_connection(capturing_server: CapturingServer) -> None:
    """What the inspection raises comes out as it is."""

    def deny(out: Outgoing) -> list[tuple[str, str]]:
        raise EgressDenied("no", rule="test")

    with guard_of(capturing_server.port) as guard, pytest.raises(EgressDenied):
        post(guard, inspect=deny)
    assert capturing_server.connections == 0


def test_the_connection_goes_to_the_guards_own_host_whatever_the_request_says(
    capturing_server: CapturingServer,
) -> None:
    """The gate compares the addresses; were it blind, the bytes would still go to the one back end."""
    with guard_of(capturing_server.port) as guard:
        guard.begin(passing, Halt(), QUICK, guard._clock() + 5)
        guard.client.post("http://elsewhere.invalid/v1/chat/completions", json=BODY)
    assert capturing_server.requests[0].header("host") == f"127.0.0.1:{capturing_server.port}"


def test_a_connection_is_used_again(capturing_server: CapturingServer) -> None:
    """The second question saves the handshake."""
    with guard_of(capturing_server.port) as guard:
        post(guard)
        post(guard)
    assert capturing_server.connections == 1


def test_nothing_of_the_environment_is_read(capturing_server: CapturingServer) -> None:
    """Proxies, certificates, key logs and netrc name nothing here."""
    other = "http://127.0.0.1:9"
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        os.environ[name] = other
    os.environ["SSL_CERT_FILE"] = os.environ["SSLKEYLOGFILE"] = os.environ["NETRC"] = "/nonexistent/file"
    wire.tls_context.cache_clear()
    with guard_of(capturing_server.port) as guard:
        status, _ = post(guard)
    assert status == 200
    assert wire.tls_context().keylog_filename is None
    wire.tls_context.cache_clear()


# ---------------------------------------------------------------- what comes back


def test_a_redirect_is_not_followed(capturing_server: CapturingServer) -> None:
    """Not to another host and not to the same; where it leads is not even passed on."""
    with CapturingServer() as other, FaultProxy(capturing_server.port) as proxy, guard_of(proxy.port) as guard:
        proxy.inject(Redirect(f"{other.url}/chat/completions"))
        guard.begin(passing, Halt(), QUICK, guard._clock() + 5)
        response = guard.client.post(f"{proxy.url}/chat/completions", json=BODY)
        assert response.status_code == 307
        assert "location" not in response.headers
        assert (other.connections, len(capturing_server.requests)) == (0, 0)


def test_cookies_end_here() -> None:
    """One that is set is neither kept nor sent."""
    answer = Plain(200, b"{}", headers=(("Set-Cookie", "id=1"), ("X-Request-Id", "req_1")))
    with CapturingServer(answer) as server, guard_of(server.port) as guard:
        post(guard)
        post(guard)
        assert not guard.client.cookies
        assert not server.requests[1].header("cookie")


def test_an_answer_that_is_too_long_is_broken_off(capturing_server: CapturingServer) -> None:
    """Whatever length it announces; what is read until then is bounded."""
    with FaultProxy(capturing_server.port) as proxy, guard_of(proxy.port) as guard:
        proxy.inject(Huge())
        assert failure_of(lambda: post(guard)) is Failure.MALFORMED
        proxy.wait_for_hang_ups()


def test_of_a_refusal_no_more_than_a_little_is_read() -> None:
    """A megabyte of an error is cut at 64 kB."""
    with CapturingServer(Plain(400, b"x" * 1_000_000)) as server, guard_of(server.port) as guard:
        status, body = post(guard)
    assert (status, len(body)) == (400, 64 * 1024)


def test_a_compressed_answer_is_not_unpacked() -> None:
    """It was not asked for, and a small one can become an endless one."""
    answer = Plain(200, b"\x1f\x8b", headers=(("Content-Encoding", "gzip"),))
    with CapturingServer(answer) as server, guard_of(server.port) as guard:
        assert failure_of(lambda: post(guard)) is Failure.MALFORMED


@pytest.mark.parametrize(
    ("fault", "failure"),
    [(HangUp(), Failure.MALFORMED), (HangUp(is_reset=True), Failure.MALFORMED), (NotHttp(), Failure.MALFORMED)],
)
def test_what_is_no_answer_is_told_apart(
    fault: HangUp | NotHttp, failure: Failure, capturing_server: CapturingServer
) -> None:
    """An end, a reset, another protocol: broken off, without the library's words."""
    with FaultProxy(capturing_server.port) as proxy, guard_of(proxy.port) as guard:
        proxy.inject(fault)
        assert failure_of(lambda: post(guard)) is failure


# ---------------------------------------------------------------- time


def test_who_says_nothing_is_left() -> None:
    """The silence before an answer ends by its own time-out."""
    short = Timeouts(connect=2, first_byte=0.1, stall=5, write=5, total=20)
    with CapturingServer() as server, FaultProxy(server.port) as proxy, guard_of(proxy.port) as guard:
        proxy.inject(BlackHole())
        assert failure_of(lambda: post(guard, timeouts=short)) is Failure.TIMEOUT


def test_a_silence_ends_with_the_whole_at_the_latest() -> None:
    """However long a silence may be by itself."""
    short = Timeouts(connect=2, first_byte=600, stall=600, write=5, total=0.1)
    with CapturingServer() as server, FaultProxy(server.port) as proxy, guard_of(proxy.port) as guard:
        proxy.inject(BlackHole())
        assert failure_of(lambda: post(guard, timeouts=short)) is Failure.TIMEOUT


def test_who_says_a_little_for_ever_is_left_too() -> None:
    """The deadline of the whole counts, not that of each read."""
    short = Timeouts(connect=2, first_byte=5, stall=5, write=5, total=0.3)
    with CapturingServer() as server, FaultProxy(server.port) as proxy, guard_of(proxy.port) as guard:
        proxy.inject(Drip())
        assert failure_of(lambda: post(guard, timeouts=short)) is Failure.TIMEOUT


def test_a_stall_is_shorter_than_the_silence_before_an_answer() -> None:
    """Once the answer has begun, the other limit holds."""

    def serve(connection: Connection) -> None:
        assert connection.incoming.request(connection.number) is not None
        connection.send(head(200, [("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked")]))
        connection.send(chunk(b"data: 1\n\n"))
        connection.hold()

    slow = Timeouts(connect=2, first_byte=60, stall=0.1, write=5, total=120)
    with Listener(serve) as listener, guard_of(listener.port) as guard:
        guard.begin(passing, Halt(), slow, guard._clock() + 120)
        url = f"http://127.0.0.1:{listener.port}/v1/chat/completions"
        with guard.client.stream("POST", url, json=BODY) as response:
            chunks = response.iter_raw()
            assert next(chunks) == b"data: 1\n\n"
            guard.answering()
            assert failure_of(lambda: next(chunks)) is Failure.TIMEOUT


def test_connecting_ends_in_time() -> None:
    """A port whose queue is full answers nothing."""
    short = Timeouts(connect=0.2, first_byte=5, stall=5, write=5, total=20)
    with deaf_port() as port, guard_of(port) as guard:
        assert failure_of(lambda: post(guard, timeouts=short)) is Failure.CONNECT_TIMEOUT


def test_a_port_that_nobody_serves_is_refused() -> None:
    """At once."""
    with refusing_port() as port, guard_of(port) as guard:
        assert failure_of(lambda: post(guard)) is Failure.REFUSED


def test_a_name_that_nobody_knows_is_told() -> None:
    """With a network there is no such name; without one nobody can be asked."""
    with guard_of(80, NO_SUCH_NAME) as guard:
        assert failure_of(lambda: post(guard)) in {Failure.NAME, Failure.DNS}


# ---------------------------------------------------------------- halt


def test_a_word_ends_a_read_at_once() -> None:
    """From another thread, while the answer is waited for."""
    halt = Halt()
    with CapturingServer() as server, FaultProxy(server.port) as proxy, guard_of(proxy.port) as guard:
        proxy.inject(BlackHole())

        def say() -> None:
            while not proxy.connections:
                halt.nap(0.01)
            halt.say()
            guard.abort(halt)

        thread = threading.Thread(target=say)
        thread.start()
        with pytest.raises(Halted):
            post(guard, halt=halt, timeouts=Timeouts(first_byte=600, total=600))
        thread.join()


def test_a_word_ends_connecting_at_once() -> None:
    """The queue of the port is full, and the time-out is far."""
    halt = Halt()
    with deaf_port() as port, guard_of(port) as guard:

        def say() -> None:
            while guard._socket is None:
                halt.nap(0.01)
            halt.say()
            while not is_over.wait(0.01):
                guard.abort(halt)  # again and again: it may just not have begun to connect

        is_over = threading.Event()
        thread = threading.Thread(target=say)
        thread.start()
        try:
            with pytest.raises(Halted):
                post(guard, halt=halt, timeouts=Timeouts(connect=600, total=600))
        finally:
            is_over.set()
            thread.join()


def test_a_word_said_before_is_heard_before_anything_is_opened(capturing_server: CapturingServer) -> None:
    """No connection is made."""
    halt = Halt()
    halt.say()
    with guard_of(capturing_server.port) as guard, pytest.raises(Halted):
        post(guard, halt=halt)
    assert capturing_server.connections == 0


def test_a_word_about_an_earlier_request_does_not_cut_this_one(capturing_server: CapturingServer) -> None:
    """The connection is shared, the word is not."""
    earlier = Halt()
    with guard_of(capturing_server.port) as guard:
        post(guard, halt=earlier)
        earlier.say()
        guard.begin(passing, Halt(), QUICK, guard._clock() + 5)
        guard.abort(earlier)
        response = guard.client.post(f"{capturing_server.url}/chat/completions", json=BODY)
    assert response.status_code == 200


# ---------------------------------------------------------------- TLS


def test_a_certificate_of_the_right_authority_is_taken(authority: Authority) -> None:
    """With its file alone; the request arrives sealed."""
    with CapturingServer(tls=authority.server_context()) as server:
        with guard_of(server.port, scheme="https", ca_file=str(authority.file)) as guard:
            status, _ = post(guard)
        assert (status, len(server.requests)) == (200, 1)


@pytest.mark.parametrize("certificate", [kind for kind in Certificate if kind is not Certificate.VALID])
def test_any_other_certificate_gets_no_byte(certificate: Certificate, authority: Authority) -> None:
    """Expired, for another host, signed by itself: the server sees a handshake and no request."""
    with CapturingServer(tls=authority.server_context(certificate)) as server:
        with guard_of(server.port, scheme="https", ca_file=str(authority.file)) as guard:
            assert failure_of(lambda: post(guard)) is Failure.TLS
            assert not guard.has_sent
        assert not server.requests


def test_an_authority_that_the_system_does_not_know_gets_no_byte(authority: Authority) -> None:
    """Without its file it is anybody."""
    with CapturingServer(tls=authority.server_context()) as server:
        with guard_of(server.port, scheme="https") as guard:
            assert failure_of(lambda: post(guard)) is Failure.TLS
        assert not server.requests


def test_certificates_are_always_asked_for() -> None:
    """The name too, and nothing older than TLS 1.2."""
    context = wire.tls_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_a_file_of_certificates_that_is_not_there_is_a_refusal() -> None:
    """Not a reason to take others."""
    with pytest.raises(EgressDenied) as denied:
        wire.tls_context("/nonexistent/file.pem")
    assert denied.value.rule == "gate:certificates"
