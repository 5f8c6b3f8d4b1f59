"""The only file that opens a connection: to one host, and one request at a time.

Below httpx2 everything is our own, from looking the name up to the last byte: so the time-outs hold for the whole of
an attempt and not for each read, somebody who says halt is heard while it connects, and nothing of the environment
(proxies, certificates, key logs, netrc) is ever read. What is asked of each request is asked by the gate.
"""

from __future__ import annotations

import contextvars
import errno
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any, cast

import httpcore2
import httpx2

from privacy_assistant import tripwire
from privacy_assistant.core.address import Address
from privacy_assistant.core.breaker import Failure
from privacy_assistant.egress.broken import Broken, Halted
from privacy_assistant.egress.halt import Halt
from privacy_assistant.egress.outgoing import Inspect, Outgoing
from privacy_assistant.egress.timeouts import Timeouts
from privacy_assistant.errors import EgressDenied

Client = httpx2.Client

MOST_ANSWER_BYTES = 16 * 1024 * 1024
"""No answer in words is longer."""

MOST_ERROR_BYTES = 64 * 1024
"""What is read of a refusal; the rest is left unread."""

KEPT_OPEN = 60.0
"""Seconds that a connection is kept for the next question: it saves the handshake, a third of a second far away."""

DRAINED = 0.25
"""Seconds that the end of a whole answer is waited for, so that its connection can be used again."""

PASSED_ON = frozenset({"content-type", "retry-after", "x-request-id"})
"""Headers of an answer that are looked at; cookies, redirects and all others end here."""

_NO_SUCH_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})
_NO_NETWORK = frozenset({errno.ENETUNREACH, errno.ENETDOWN})


class Guard(httpx2.BaseTransport):
    """The transport of one back end. A request passes when `begin` was called for it, once, and `inspect` lets it.
    `has_sent` tells whether anything of it left.

    `most_bytes` bounds an answer, `passed_on` names the headers of it that are looked at. `clock` counts seconds and
    never goes back.
    """

    def __init__(
        self,
        address: Address,
        *,
        ca_file: str = "",
        most_bytes: int = MOST_ANSWER_BYTES,
        passed_on: frozenset[str] = PASSED_ON,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.address = address
        self.client = httpx2.Client(transport=self, trust_env=False, follow_redirects=False)
        self._most_bytes = most_bytes
        self._names = passed_on
        self._clock = clock
        self._inspect: Inspect | None = None
        self._halt = Halt()
        self._timeouts = Timeouts()
        self._silence = 0.0
        self._deadline = 0.0
        self._most = most_bytes
        self._socket: socket.socket | None = None
        self.has_sent = False
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls_context(ca_file) if address.is_sealed else None,
            max_connections=1,
            max_keepalive_connections=1,
            keepalive_expiry=KEPT_OPEN,
            http1=True,
            http2=False,
            retries=0,
            network_backend=_Network(self),
        )

    # ------------------------------------------------------------ one request

    def begin(
        self, inspect: Inspect, halt: Halt, timeouts: Timeouts, deadline: float, most_bytes: int | None = None
    ) -> None:
        """Let one request through, if `inspect` does; `deadline` is a time of the clock, `most_bytes` bounds this
        answer in another way than others."""
        self._inspect = inspect
        self._halt = halt
        self._timeouts = timeouts
        self._silence = timeouts.first_byte
        self._deadline = deadline
        self._most = self._most_bytes if most_bytes is None else most_bytes
        self.has_sent = False

    def answering(self, deadline: float | None = None) -> None:
        """The answer has begun: from now on a pause is a stall. `deadline` is a later one, for what may go on as long
        as it keeps coming."""
        self._silence = self._timeouts.stall
        self._deadline = self._deadline if deadline is None else deadline

    def drain(self) -> None:
        """The answer is whole: what still comes is not waited for."""
        self._silence = DRAINED
        self._deadline = min(self._deadline, self._clock() + 2 * DRAINED)

    def end(self) -> None:
        """No request passes any more, until the next `begin`."""
        self._inspect = None

    def abort(self, halt: Halt) -> None:
        """Cut the connection if the request of this halt still uses it. Any thread may call, and a signal handler."""
        connection = self._socket
        if self._halt is halt and connection is not None:
            with suppress(OSError):
                # Not `connection.shutdown`: that of a TLS socket takes away what another thread reads with.
                socket.socket.shutdown(connection, socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the connection."""
        self._inspect = None
        self._pool.close()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it, if it may be sent. Raises EgressDenied (nothing left), Broken, Halted."""
        url = request.url
        return self.exchange(
            Outgoing(
                method=request.method,
                scheme=url.scheme,
                host=url.host,
                port=url.port or {"https": 443, "http": 80}.get(url.scheme, 0),
                target=url.raw_path.decode("ascii"),
                headers=tuple((name.lower(), value) for name, value in request.headers.items()),
                body=request.read(),
            )
        )

    def exchange(self, out: Outgoing) -> httpx2.Response:
        """The same for a request that no library wrote."""
        inspect, self._inspect = self._inspect, None
        if inspect is None:
            raise EgressDenied("not sent: a request came to the door that nobody had announced", rule="gate:once")
        headers = [("Host", self.address.shown), *inspect(out)]
        if out.method != "GET":
            headers.append(("Content-Length", str(len(out.body))))
        self.check()
        core = httpcore2.Request(
            method=out.method,
            url=httpcore2.URL(
                scheme=out.scheme.encode("ascii"),
                host=self.address.host.encode("ascii"),
                port=self.address.port,
                target=out.target.encode("ascii"),
            ),
            headers=[(name.encode("ascii"), value.encode("ascii")) for name, value in headers],
            content=out.body,
        )
        with tripwire.sending(self.address.host, self.address.port), self.watched():
            answer = self._pool.handle_request(core)
        return self._passed_on(answer)

    @staticmethod
    def chunks_of(answer: httpx2.Response) -> Iterator[bytes]:
        """The bytes of an answer as they come."""
        yield from cast(httpx2.SyncByteStream, answer.stream)

    def converse(self, target: str, content_type: str, body: bytes) -> Generator[bytes, None, None]:
        """Send it over a connection of its own without HTTP, if it may be sent; what comes back, to the end.

        Raises what `handle_request` does, and only when it is begun to be read.
        """
        inspect, self._inspect = self._inspect, None
        if inspect is None:
            raise EgressDenied("not sent: a request came to the door that nobody had announced", rule="gate:once")
        address = self.address
        headers = (("content-type", content_type),)
        inspect(Outgoing("SEND", address.scheme, address.host, address.port, target, headers, body))
        self.check()
        with self.watched():
            with tripwire.sending(address.host, address.port):
                stream = _Stream(self, self.connect(address.host, address.port))
            left = self._most_bytes
            try:
                stream.write(body)
                while left >= 0 and (chunk := stream.read(65536)):
                    left -= len(chunk)
                    yield chunk
            finally:
                stream.close()
            if left < 0:
                raise Broken(Failure.MALFORMED, "what it sent is too long")

    def _passed_on(self, answer: httpcore2.Response) -> httpx2.Response:
        headers = [(name.lower(), value) for name, value in answer.headers]
        is_packed = any(name == b"content-encoding" and value.lower() != b"identity" for name, value in headers)
        stream = _Answer(self, answer, self._most if answer.status < 300 else MOST_ERROR_BYTES)
        if is_packed:
            stream.close()
            raise Broken(Failure.MALFORMED, "what it sent is compressed, which was not asked for")
        return httpx2.Response(
            answer.status,
            headers=[(name, value) for name, value in headers if name.decode("ascii", "replace") in self._names],
            stream=stream,
        )

    # ------------------------------------------------------------ for what runs below

    def check(self) -> float:
        """Seconds that are left of the attempt. Raises Halted, and Broken where none are."""
        if self._halt.is_said:
            raise Halted
        left = self._deadline - self._clock()
        if left <= 0:
            raise Broken(Failure.TIMEOUT)
        return left

    def patience(self) -> float:
        """Seconds that a read may wait now."""
        return min(self._silence, self.check())

    def write_patience(self) -> float:
        """Seconds that a part of the request may take to leave."""
        return min(self._timeouts.write, self.check())

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Errors of the network inside become Broken, or Halted where somebody said so; none is passed on."""
        try:
            yield
        except (Broken, httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException, OSError) as error:
            if self._halt.is_said:
                raise Halted from None
            if isinstance(error, Broken):
                raise
            is_late = isinstance(error, httpcore2.TimeoutException)
            raise Broken(Failure.TIMEOUT if is_late else Failure.MALFORMED) from None

    # ------------------------------------------------------------ connecting

    def connect(self, host: str, port: int) -> socket.socket:
        """A connection to the first of its addresses that takes one, all of them within the time for connecting."""
        until = self._clock() + self._timeouts.connect
        places = self._look_up(host, port, until)
        problem = Broken(Failure.NAME)
        for family, kind, protocol, _, place in places:
            left = min(until - self._clock(), self.check())
            if left <= 0:
                raise Broken(Failure.CONNECT_TIMEOUT)
            connection = socket.socket(family, kind, protocol)
            self._socket = connection
            try:
                connection.settimeout(left)
                connection.connect(place)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                connection.close()
                problem = Broken(_failure_of(error))
            else:
                return connection
        raise problem

    def wrap(self, connection: socket.socket, context: ssl.SSLContext, name: str) -> ssl.SSLSocket:
        """TLS over a connection, proved for this name."""
        try:
            connection.settimeout(min(self._timeouts.connect, self.check()))
            sealed = context.wrap_socket(connection, server_hostname=name)
        except (OSError, ValueError) as error:
            connection.close()
            raise Broken(_failure_of(error, in_tls=True)) from None
        self._socket = sealed
        return sealed

    def _look_up(self, host: str, port: int, until: float) -> list[Any]:
        """The addresses of a name. In a thread of its own: a resolver that nobody answers waits for half a minute."""
        found: list[Any] = []
        halt = self._halt

        def ask() -> None:
            try:
                found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            except socket.gaierror as error:
                found.append(Broken(Failure.NAME if error.errno in _NO_SUCH_NAME else Failure.DNS))
            except (UnicodeError, OSError):
                found.append(Broken(Failure.NAME))
            except EgressDenied as error:
                found.append(error)
            halt.wake()

        if host.replace(".", "").isdigit() or ":" in host:
            ask()
        else:
            threading.Thread(target=contextvars.copy_context().run, args=(ask,), daemon=True).start()
            while not found and self.check() > 0 and (left := until - self._clock()) > 0:
                halt.nap(left)
        self.check()
        places = found[0] if found else Broken(Failure.DNS)
        if isinstance(places, Exception):
            raise places
        return list(places)


class _Network(httpcore2.NetworkBackend):
    """What httpcore2 opens connections with."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection in clear."""
        return _Stream(self._guard, self._guard.connect(host, port))


class _Stream(httpcore2.NetworkStream):
    """A connection whose every wait ends in time. The time-outs that httpcore2 passes are not looked at."""

    def __init__(self, guard: Guard, connection: socket.socket) -> None:
        self._guard = guard
        self._connection = connection

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """What is there, at least one byte; nothing at the end. Raises Broken, Halted."""
        self._connection.settimeout(self._guard.patience())
        try:
            return self._connection.recv(max_bytes)
        except TimeoutError:
            raise Broken(Failure.TIMEOUT) from None
        except OSError:
            raise Broken(Failure.MALFORMED) from None

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of it."""
        view = memoryview(buffer)
        self._guard.has_sent = True
        try:
            while view:
                self._connection.settimeout(self._guard.write_patience())
                view = view[self._connection.send(view) :]
        except TimeoutError:
            raise Broken(Failure.TIMEOUT) from None
        except OSError as error:
            # Some say no before they have read all of it; httpcore2 then looks for that answer.
            raise httpcore2.WriteError(type(error).__name__) from None

    def close(self) -> None:
        """Close it."""
        self._connection.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """The same connection under TLS."""
        name = server_hostname or self._guard.address.host
        return _Stream(self._guard, self._guard.wrap(self._connection, ssl_context, name))

    def get_extra_info(self, info: str) -> Any:
        """What httpcore2 asks for: whether the other side has hung up."""
        if info != "is_readable":
            return None
        try:
            return bool(select.select([self._connection], [], [], 0)[0])
        except (OSError, ValueError):
            return True


class _Answer(httpx2.SyncByteStream):
    """The bytes of an answer, so many at most. One that is too long is broken off; of a refusal the rest is unread."""

    def __init__(self, guard: Guard, answer: httpcore2.Response, most_bytes: int) -> None:
        self._guard = guard
        self._answer = answer
        self._most_bytes = most_bytes

    def __iter__(self) -> Iterator[bytes]:
        left = self._most_bytes
        with self._guard.watched():
            for chunk in self._answer.iter_stream():
                self._guard.check()
                left -= len(chunk)
                if left < 0:
                    if self._answer.status < 300:
                        raise Broken(Failure.MALFORMED, "what it sent is too long")
                    yield chunk[:left]
                    return
                yield chunk

    def close(self) -> None:
        """Leave the rest unread."""
        self._answer.close()


@lru_cache(maxsize=8)
def tls_context(ca_file: str = "") -> ssl.SSLContext:
    """What proves who is at the other end: the certificates of this system, or those in one file. Always asked.

    Raises EgressDenied where the file cannot be read.
    """
    try:
        if ca_file:
            # Not `create_default_context`: it writes the keys of a connection into a file that a variable names.
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(cafile=ca_file)
        else:
            context = httpx2.create_ssl_context(verify=True, trust_env=False)
    except (OSError, ssl.SSLError):
        raise EgressDenied(
            "not sent: the certificates that prove who answers cannot be read",
            hint="check ca_file in the policy",
            rule="gate:certificates",
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _failure_of(error: Exception, *, in_tls: bool = False) -> Failure:
    if isinstance(error, TimeoutError):
        return Failure.CONNECT_TIMEOUT
    if in_tls:
        return Failure.TLS if isinstance(error, ssl.SSLError | ValueError) else Failure.REFUSED
    return Failure.OFFLINE if getattr(error, "errno", None) in _NO_NETWORK else Failure.REFUSED
