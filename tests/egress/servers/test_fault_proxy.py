"""The fault proxy, asked with a bare client: each fault is what its name says before anybody is tested with it."""

from __future__ import annotations

import json
import ssl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from openai import APIConnectionError, APIError, APIStatusError, OpenAI

from privacy_assistant import tripwire
from tests.egress.servers.capturing import CapturingServer
from tests.egress.servers.certificates import Authority, Certificate
from tests.egress.servers.fault_proxy import FaultProxy, deaf_port, refusing_port
from tests.egress.servers.faults import (
    FAULTS,
    MEBI,
    NO_SUCH_NAME,
    ErrorEvent,
    Huge,
    Redirect,
    Reset,
    SlowFirstByte,
    Status,
)
from tests.egress.servers.listening import HOST
from tests.egress.servers.openai_shapes import Says

QUESTION = "Write to ⟦PERSON·K7Q·1⟧."
BODY: dict[str, Any] = {"model": "m", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}
IMPATIENT = 0.5
"""Seconds of silence that a client bears where silence is what comes."""


@contextmanager
def client_of(port: int, host: str = HOST, timeout: float = 60, **more: Any) -> Iterator[httpx2.Client]:
    """A bare client with a permit for one port."""
    with tripwire.sending(host, port), httpx2.Client(trust_env=False, timeout=timeout, **more) as client:
        yield client


def seen_of(url: str, port: int, timeout: float = 60) -> str:
    """What a bare client sees of one question: status and kind of a whole answer, or what it broke off with."""
    read = b""
    status = ""
    try:
        with (
            client_of(port, timeout=timeout) as client,
            client.stream("POST", f"{url}/chat/completions", json=BODY) as answer,
        ):
            status = f"{answer.status_code} {answer.headers.get('content-type', '').partition(';')[0]}"
            for piece in answer.iter_raw():
                read += piece
                if len(read) > MEBI:
                    return f"{status}, endless"
    except httpx2.HTTPError as error:
        return f"{status}, {type(error).__name__}" if read else type(error).__name__
    return f"{status}, {'whole' if b'[DONE]' in read else 'cut' if read else 'nothing'}"


SEEN = {
    "401": "401 application/json, cut",
    "403": "403 application/json, cut",
    "404 model": "404 application/json, cut",
    "400": "400 application/json, cut",
    "429": "429 application/json, cut",
    "429 out of money": "429 application/json, cut",
    "429 retry after 1 s": "429 application/json, cut",
    "429 retry after 1 h": "429 application/json, cut",
    "429 retry after nonsense": "429 application/json, cut",
    "500": "500 application/json, cut",
    "503": "503 application/json, cut",
    "503 retry after 1 s": "503 application/json, cut",
    "portal 200": "200 text/html, cut",
    "portal 302": "302 text/html, cut",
    "portal 511": "511 text/html, cut",
    "black hole": "ReadTimeout",
    "black hole, unread": "ReadTimeout",
    "hang-up": "RemoteProtocolError",
    "reset at once": "ReadError",
    "slow first byte": "200 text/event-stream, whole",
    "stall": "200 text/event-stream, ReadTimeout",
    "reset mid-stream": "200 text/event-stream, ReadError",
    "truncated in order": "200 text/event-stream, cut",
    "truncated connection": "200 text/event-stream, RemoteProtocolError",
    "truncated event": "200 text/event-stream, cut",
    "garbage": "200 text/event-stream, whole",
    "garbage at once": "200 text/event-stream, whole",
    "invalid utf-8": "200 text/event-stream, whole",
    "another shape": "200 text/event-stream, whole",
    "error event": "200 text/event-stream, cut",
    "wrong type": "200 text/html, whole",
    "wrong type json": "200 application/json, whole",
    "empty": "200 text/event-stream, nothing",
    "100 MB event": "200 text/event-stream, endless",
    "100 MB events": "200 text/event-stream, endless",
    "100 MB header": "RemoteProtocolError",
    "100 MB json": "200 application/json, endless",
    "100 MB gzip": "200 text/event-stream, cut",
    "not http": "RemoteProtocolError",
}


def test_without_a_fault_everything_passes(fault_proxy: FaultProxy, capturing_server: CapturingServer) -> None:
    """Question and answer go through, and both sides have kept the same body."""
    capturing_server.answer = Says("An answer.", write=5)
    with client_of(fault_proxy.port) as http:
        client = OpenAI(base_url=fault_proxy.url, api_key="sk-test", max_retries=0, http_client=http)
        stream = client.chat.completions.create(model="m", messages=BODY["messages"], stream=True)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in stream) == "An answer."
        assert client.responses.create(model="m", input=QUESTION).output_text == "An answer."
    assert [request.body for request in capturing_server.requests] == [r.body for r in fault_proxy.requests]
    assert (fault_proxy.passed_on, dict(fault_proxy.injected)) == (2, {})


@pytest.mark.parametrize("name", SEEN)
def test_each_fault_is_what_its_name_says(name: str, fault_proxy: FaultProxy) -> None:
    """A bare client sees it once, and the next question is answered."""
    fault_proxy.inject(FAULTS[name])
    patience = IMPATIENT if "Timeout" in SEEN[name] else 60
    assert seen_of(fault_proxy.url, fault_proxy.port, patience) == SEEN[name]
    assert fault_proxy.injected[type(FAULTS[name]).__name__] == 1
    assert seen_of(fault_proxy.url, fault_proxy.port) == "200 text/event-stream, whole"


def test_every_fault_is_tried_here() -> None:
    """The table above leaves none out but the one that ends by itself never."""
    assert set(FAULTS) - set(SEEN) == {"drip"}


def test_an_answer_that_is_late_is_late_by_as_much_as_was_said(fault_proxy: FaultProxy) -> None:
    """Whoever is not patient enough gives up, which the proxy sees, and nothing went to the server behind."""
    fault_proxy.inject(SlowFirstByte(3600))
    assert seen_of(fault_proxy.url, fault_proxy.port, IMPATIENT) == "ReadTimeout"
    fault_proxy.wait_for_hang_ups()
    assert fault_proxy.passed_on == 0


def test_a_drip_is_never_silent_and_never_answers(fault_proxy: FaultProxy) -> None:
    """Comments keep coming, so that only a deadline for the whole answer ends it."""
    fault_proxy.inject(FAULTS["drip"])
    with (
        client_of(fault_proxy.port) as client,
        client.stream("POST", f"{fault_proxy.url}/chat/completions", json=BODY) as answer,
    ):
        lines = (line for line in answer.iter_lines() if line)
        assert {next(lines) for _ in range(20)} == {": still here"}
    fault_proxy.wait_for_hang_ups()


def test_an_answer_without_measure_is_no_longer_sent_than_it_is_read(fault_proxy: FaultProxy) -> None:
    """Whoever stops reading does not get a hundred megabytes, and the proxy knows what was taken."""
    fault_proxy.inject(Huge("event"))
    assert seen_of(fault_proxy.url, fault_proxy.port).endswith("endless")
    fault_proxy.wait_for_hang_ups()
    assert fault_proxy.bytes_sent < 20 * MEBI


def test_a_307_sends_the_whole_question_elsewhere(fault_proxy: FaultProxy) -> None:
    """A client that follows it gives the second host everything; one that does not gives nothing, not a connection."""
    with CapturingServer() as elsewhere:
        fault_proxy.inject(Redirect(f"{elsewhere.url}/chat/completions"), times=2)
        assert seen_of(fault_proxy.url, fault_proxy.port) == "307 text/plain, cut"
        assert elsewhere.connections == 0
        with client_of(fault_proxy.port) as client:
            moved = client.post(f"{fault_proxy.url}/chat/completions", json=BODY)
        with client_of(elsewhere.port, follow_redirects=True) as client:
            request = moved.next_request
            assert request is not None
            client.send(request)
        assert [request.question for request in elsewhere.requests] == [QUESTION]


def test_an_error_has_a_part_of_the_question_in_it(fault_proxy: FaultProxy) -> None:
    """Refusals and errors inside a stream echo, as services do, so that a message which shows one is found out."""
    fault_proxy.inject(Status(500))
    fault_proxy.inject(ErrorEvent(after=1))
    with client_of(fault_proxy.port) as http:
        client = OpenAI(base_url=fault_proxy.url, api_key="sk-test", max_retries=0, http_client=http)
        with pytest.raises(APIStatusError, match="PERSON"):
            client.chat.completions.create(model="m", messages=BODY["messages"], stream=True)
        with pytest.raises(APIError, match="PERSON"):
            list(client.chat.completions.create(model="m", messages=BODY["messages"], stream=True))


def test_faults_come_in_the_order_they_were_injected_and_can_be_healed(fault_proxy: FaultProxy) -> None:
    """One, then another twice, then one for ever, until it is forgotten."""
    fault_proxy.inject(Status(500))
    fault_proxy.inject(Status(429), times=2)
    fault_proxy.inject(Status(503), times=None)
    seen = [seen_of(fault_proxy.url, fault_proxy.port)[:3] for _ in range(6)]
    fault_proxy.heal()
    assert seen == ["500", "429", "429", "503", "503", "503"]
    assert seen_of(fault_proxy.url, fault_proxy.port).startswith("200")
    assert (fault_proxy.passed_on, fault_proxy.connections) == (1, 7)


def test_a_proxy_goes_down_and_comes_back_on_its_port(fault_proxy: FaultProxy) -> None:
    """While it is down connections are refused; afterwards the same address answers."""
    with fault_proxy.down():
        assert seen_of(fault_proxy.url, fault_proxy.port) == "ConnectError"
    assert seen_of(fault_proxy.url, fault_proxy.port) == "200 text/event-stream, whole"


def test_two_proxies_are_two(fault_proxy: FaultProxy) -> None:
    """What is injected into one does not happen in another, not even one in front of it."""
    fault_proxy.inject(Status(500))
    with FaultProxy(fault_proxy.port) as outer:
        assert seen_of(outer.url, outer.port) == "500 application/json, cut"
        assert (outer.injected.total(), fault_proxy.injected.total()) == (0, 1)


def test_a_port_refuses_connections() -> None:
    """A refused connection is known at once."""
    with refusing_port() as port:
        assert seen_of(f"http://{HOST}:{port}/v1", port) == "ConnectError"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems answer in another way when a queue is full")
def test_a_port_never_answers_to_connecting() -> None:
    """With its queue full, a server lets the client wait for its own time-out before there is a connection."""
    with deaf_port() as port:
        assert seen_of(f"http://{HOST}:{port}/v1", port, IMPATIENT) == "ConnectTimeout"


def test_a_name_that_nobody_knows_is_not_found() -> None:
    """A name under .invalid has no address, with or without a network."""
    with client_of(443, NO_SUCH_NAME) as client, pytest.raises(httpx2.ConnectError):
        client.get(f"https://{NO_SUCH_NAME}/v1/models")


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        (Certificate.VALID, ""),
        (Certificate.EXPIRED, "certificate has expired"),
        (Certificate.NOT_YET, "certificate is not yet valid"),
        (Certificate.OTHER_HOST, "IP address mismatch"),
        (Certificate.SELF_SIGNED, "self-signed certificate"),
    ],
)
def test_each_certificate_is_right_or_wrong_as_its_name_says(
    certificate: Certificate, reason: str, authority: Authority, capturing_server: CapturingServer
) -> None:
    """A client that trusts the authority gets through to the valid one; every other ends before a byte is sent."""
    with FaultProxy(capturing_server.port, tls=authority.server_context(certificate)) as proxy:
        assert proxy.url.startswith("https://")
        with client_of(proxy.port, verify=authority.client_context()) as client:
            if reason:
                with pytest.raises(httpx2.ConnectError, match=reason):
                    client.post(f"{proxy.url}/chat/completions", json=BODY)
            else:
                assert "[DONE]" in client.post(f"{proxy.url}/chat/completions", json=BODY).text
        assert proxy.connections == 1
        assert len(proxy.requests) == proxy.passed_on == (0 if reason else 1)


def test_who_does_not_know_the_authority_trusts_nothing_it_signed(
    authority: Authority, capturing_server: CapturingServer
) -> None:
    """The certificates are worth nothing outside of the tests, and a proxy with TLS answers nobody without."""
    with FaultProxy(capturing_server.port, tls=authority.server_context()) as proxy:
        with client_of(proxy.port) as client, pytest.raises(httpx2.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            client.post(f"{proxy.url}/chat/completions", json=BODY)
        assert seen_of(f"http://{HOST}:{proxy.port}/v1", proxy.port) in {"RemoteProtocolError", "ReadError"}
        assert (proxy.requests, proxy.connections) == ([], 2)


def test_a_reset_inside_tls_is_one_too(authority: Authority, capturing_server: CapturingServer) -> None:
    """Faults happen behind TLS as well, and what the client sent is kept in the clear."""
    with FaultProxy(capturing_server.port, tls=authority.server_context()) as proxy:
        proxy.inject(Reset())
        with client_of(proxy.port, verify=authority.client_context()) as http:
            client = OpenAI(base_url=proxy.url, api_key="sk-test", max_retries=0, http_client=http)
            with pytest.raises((APIConnectionError, ssl.SSLError)):
                list(client.chat.completions.create(model="m", messages=BODY["messages"], stream=True))
        assert json.loads(proxy.requests[0].body)["messages"] == BODY["messages"]
