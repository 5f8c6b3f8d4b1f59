"""A proxy in front of a server of this machine that does one named fault for each of the next requests.

Where nothing is injected it passes requests and answers on. It keeps what clients sent, and counts what it did.
"""

from __future__ import annotations

import json
import socket
import ssl
import threading
import zlib
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from types import TracebackType
from typing import Self

from privacy_assistant import tripwire
from tests.egress.servers import openai_shapes
from tests.egress.servers.faults import (
    MEBI,
    BlackHole,
    Drip,
    Empty,
    ErrorEvent,
    Fault,
    Garbage,
    HangUp,
    Huge,
    NotHttp,
    Portal,
    Redirect,
    Reset,
    SlowFirstByte,
    Stall,
    Status,
    Truncated,
    WrongType,
)
from tests.egress.servers.http_messages import Headers, Incoming, Request, chunk, head, header_of, whole
from tests.egress.servers.listening import HOST, Connection, Listener

EVENTS = ("Content-Type", "text/event-stream; charset=utf-8")
CHUNKED = ("Transfer-Encoding", "chunked")
ENDS = ("Connection", "close")
_HOP = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})
_Spoiled = Stall | Reset | Truncated | Garbage | ErrorEvent
"""What happens in the middle of an answer."""
_LOGIN = b"<!doctype html><title>Welcome to our network</title><form action=/login>Your room number</form>"
_GARBAGE = {
    "json": b'data: {"choices": [{"delta": {"content": "half\n\n',
    "utf-8": b'data: {"choices": [{"index": 0, "delta": {"content": "\xff\xfe\xc3("}}]}\n\n',
    "shape": b'data: {"choices": "none", "type": 7, "delta": ["what"]}\n\n',
}


class FaultProxy:
    """In front of port `upstream`. `inject` says what goes wrong next; `injected` counts what did.

    `requests` has what clients sent and `passed_on` what the server behind has got of it. `bytes_sent` is what
    clients took of answers without measure.
    """

    def __init__(self, upstream: int, *, tls: ssl.SSLContext | None = None) -> None:
        self._upstream = upstream
        self._scheme = "http" if tls is None else "https"
        self._queue: deque[Fault] = deque()
        self._always: Fault | None = None
        self._turn = threading.Lock()
        self.listener = Listener(self._serve, tls=tls)
        self.requests: list[Request] = []
        self.passed_on = 0
        self.injected: Counter[str] = Counter()
        self.bytes_sent = 0

    @property
    def port(self) -> int:
        return self.listener.port

    @property
    def url(self) -> str:
        """The base URL that a back end is given."""
        return f"{self._scheme}://{HOST}:{self.port}/v1"

    @property
    def connections(self) -> int:
        """How many connections there have been, with or without a request."""
        return self.listener.settled()

    @property
    def hang_ups(self) -> int:
        return self.listener.hang_ups

    def inject(self, fault: Fault, times: int | None = 1) -> None:
        """Do this to the next requests, behind what was injected before; None does it to all that follow."""
        with self._turn:
            if times is None:
                self._always = fault
            else:
                self._queue.extend([fault] * times)

    def heal(self) -> None:
        """Forget what was injected and has not happened."""
        with self._turn:
            self._queue.clear()
            self._always = None

    @contextmanager
    def down(self) -> Iterator[None]:
        """Nobody listens on the port: connections are refused. Afterwards it is served again."""
        port = self.port
        self.listener.close()
        try:
            yield
        finally:
            self.listener.open(port)

    def wait_for_hang_ups(self, number: int = 1) -> None:
        """Wait until so many clients have gone away in the middle of an answer."""
        self.listener.wait_for(lambda: self.listener.hang_ups >= number)

    def __enter__(self) -> Self:
        self.listener.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.listener.__exit__(kind, error, where)

    # ------------------------------------------------------------ one connection

    def _serve(self, connection: Connection) -> None:
        if self._coming() == BlackHole(reads=False):
            self._take()
            connection.hold_unread()
        request = connection.incoming.request(connection.number)
        if request is None:
            return
        with self._turn:
            self.requests.append(request)
        self.listener.happened()
        fault = self._take()
        if fault is None or isinstance(fault, SlowFirstByte | WrongType | _Spoiled):
            self._pass_on(connection, request, fault)
        else:
            self._answer_instead(connection, request, fault)

    def _coming(self) -> Fault | None:
        with self._turn:
            return self._queue[0] if self._queue else self._always

    def _take(self) -> Fault | None:
        with self._turn:
            fault = self._queue.popleft() if self._queue else self._always
            if fault is not None:
                self.injected[type(fault).__name__] += 1
            return fault

    # ------------------------------------------------------------ faults without the server behind

    def _answer_instead(self, connection: Connection, request: Request, fault: Fault) -> None:
        match fault:
            case Status():
                retry = [("Retry-After", fault.retry_after)] if fault.retry_after else []
                body = json.dumps(_error(request, fault)).encode()
                named = [("x-request-id", "req_fault"), ENDS, *retry]
                connection.send(whole(fault.code, "application/json", body, named))
            case Redirect():
                connection.send(whole(fault.code, "text/plain", b"Moved.", [("Location", fault.to), ENDS]))
            case Portal():
                moved = [("Location", fault.to)] if fault.code == 302 else []
                connection.send(whole(fault.code, "text/html; charset=utf-8", _LOGIN, [*moved, ENDS]))
            case BlackHole():
                connection.hold()
            case HangUp():
                if fault.is_reset:
                    connection.reset()
            case Empty():
                connection.send(head(200, [EVENTS, CHUNKED, ENDS]) + chunk(b""))
            case Drip():
                connection.send(head(200, [EVENTS, CHUNKED, ENDS]))
                while True:
                    connection.send(chunk(b": still here\n\n"))
                    connection.hold(fault.seconds)
            case NotHttp():
                connection.send(b"SSH-2.0-OpenSSH_9.6\r\n")
            case Huge():
                self._send_without_measure(connection, fault)
            case _:
                raise AssertionError(f"{type(fault).__name__} needs the server behind")

    def _send_without_measure(self, connection: Connection, fault: Huge) -> None:
        def send(data: bytes) -> None:
            connection.send(data)
            self.bytes_sent += len(data)

        def send_much(piece: bytes) -> None:
            for _ in range(fault.size // len(piece)):
                send(chunk(piece))

        filler = b" " * (MEBI // 16)
        match fault.what:
            case "header":
                send(b"HTTP/1.1 200 Status\r\nX-Long: ")
                for _ in range(fault.size // len(filler)):
                    send(filler.replace(b" ", b"a"))
                send(b"\r\nContent-Length: 0\r\n\r\n")
                return
            case "gzip":
                send(whole(200, EVENTS[1], _packed(fault.size), [("Content-Encoding", "gzip"), ENDS]))
                return
            case "json":
                send(head(200, [("Content-Type", "application/json"), CHUNKED, ENDS]))
                send(chunk(b'{"x": "'))
                send_much(filler)
                send(chunk(b'"}'))
            case "event":
                send(head(200, [EVENTS, CHUNKED, ENDS]))
                send(chunk(b'data: {"x": "'))
                send_much(filler)
                send(chunk(b'"}\n\n'))
            case "events":
                send(head(200, [EVENTS, CHUNKED, ENDS]))
                said = openai_shapes.Says("word " * 13_000, piece=0)
                first, *deltas = list(openai_shapes.chat_stream(said, {"model": "m"}, 1))
                send(chunk(first))
                send_much(deltas[0])
        send(chunk(b""))

    # ------------------------------------------------------------ faults in the answer of the server behind

    def _pass_on(self, connection: Connection, request: Request, fault: Fault | None) -> None:
        if isinstance(fault, SlowFirstByte):
            connection.hold(fault.seconds)
        with self._upstream_of(request) as answer:
            first, headers = answer.head()
            pieces = answer.body(headers, may_end=True)
            kept = [(name, value) for name, value in headers if name.lower() not in _HOP]
            if isinstance(fault, WrongType):
                kept = [(name, value) for name, value in kept if name.lower() != "content-type"]
                kept.append(("Content-Type", fault.content_type))
            connection.send(head(int(first.split(" ")[1]), [*kept, CHUNKED, ENDS]))
            is_stream = header_of(headers, "content-type").startswith("text/event-stream")
            if isinstance(fault, _Spoiled):
                assert is_stream, "this fault happens in a stream of events"
                self._spoil(connection, _events(pieces), fault, request)
                return
            for piece in pieces:
                connection.send(chunk(piece))
        connection.send(chunk(b""))

    @contextmanager
    def _upstream_of(self, request: Request) -> Iterator[Incoming]:
        """The answer of the server behind to this request, on a connection of its own."""
        with tripwire.sending(HOST, self._upstream), socket.socket() as server:
            server.settimeout(60)
            server.connect((HOST, self._upstream))
            kept: Headers = tuple((name, value) for name, value in request.headers if name.lower() not in _HOP)
            lines = [
                f"{request.method} {request.target} HTTP/1.1",
                f"Host: {HOST}:{self._upstream}",
                f"Content-Length: {len(request.body)}",
                "Connection: close",
                *(f"{name}: {value}" for name, value in kept),
            ]
            server.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + request.body)
            with self._turn:
                self.passed_on += 1
            yield Incoming(server)

    def _spoil(
        self,
        connection: Connection,
        events: Iterator[bytes],
        fault: _Spoiled,
        request: Request,
    ) -> None:
        for _ in range(fault.after):
            connection.send(chunk(next(events, b"")))
        match fault:
            case Stall():
                connection.hold()
            case Reset():
                connection.hold(0.05)  # a reset takes what has not been read with it: let the client read first
                connection.reset()
            case Truncated(how="in order"):
                connection.send(chunk(b""))
            case Truncated(how="event"):
                event = next(events)
                connection.send(chunk(event[: len(event) // 2]) + chunk(b""))
            case Truncated():
                connection.send(b"400\r\n" + next(events)[:10])
            case Garbage():
                connection.send(chunk(_GARBAGE[fault.what]) + b"".join(map(chunk, events)) + chunk(b""))
            case ErrorEvent():
                said = {"type": "server_error", "code": "server_error", "message": f"Failed on: {request.question}"}
                if request.path.endswith("/responses"):
                    wrong = {**said, "type": "error", "param": None, "sequence_number": 99}
                    connection.send(chunk(openai_shapes.sse(wrong, "error")) + chunk(b""))
                else:
                    connection.send(chunk(openai_shapes.sse({"error": said})) + chunk(b""))


def _events(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The events with data of a stream, one by one, each with the blank line that ends it."""
    buffer = b""
    for piece in pieces:
        buffer = (buffer + piece).replace(b"\r\n", b"\n")
        while b"\n\n" in buffer:
            event, buffer = buffer.split(b"\n\n", 1)
            if b"data:" in event:
                yield event + b"\n\n"
    if buffer:
        yield buffer


@cache
def _packed(size: int) -> bytes:
    """One event with so many blanks, in a gzip stream of a thousandth of that."""
    packer = zlib.compressobj(level=1, wbits=31)
    packed = packer.compress(b'data: {"x": "')
    for _ in range(size // MEBI):
        packed += packer.compress(b" " * MEBI)
    return packed + packer.compress(b'"}\n\n') + packer.flush()


def _error(request: Request, fault: Status) -> openai_shapes.Event:
    kinds = {401: "invalid_request_error", 429: "requests", 500: "server_error", 503: "server_error"}
    echoed = f" Your request was: {request.question}" if fault.echoes else ""
    return openai_shapes.error(
        f"The service refused this.{echoed}", kinds.get(fault.code, "invalid_request_error"), fault.error_code or None
    )


# ---------------------------------------------------------------- faults before there is a connection


@contextmanager
def refusing_port() -> Iterator[int]:
    """A port of this machine on which connections are refused: it is taken, and nobody listens."""
    with tripwire.listening(0), socket.socket() as taken:
        taken.bind((HOST, 0))
        yield taken.getsockname()[1]


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port on which connecting itself never ends: a server that accepts nobody, with its queue full (Linux)."""
    waiting: list[socket.socket] = []
    with tripwire.listening(0), socket.socket() as server:
        server.bind((HOST, 0))
        server.listen(0)
        port: int = server.getsockname()[1]
        try:
            with tripwire.sending(HOST, port):
                for _ in range(16):
                    client = socket.socket()
                    waiting.append(client)
                    client.settimeout(0.1)
                    try:
                        client.connect((HOST, port))
                    except TimeoutError:
                        break
            yield port
        finally:
            for client in waiting:
                client.close()
