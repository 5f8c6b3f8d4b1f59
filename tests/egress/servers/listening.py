"""A loopback port with a thread for each connection, which counts them all and ends surely."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import NoReturn, Self

from privacy_assistant import tripwire
from tests.egress.servers.http_messages import HungUp, Incoming

HOST = "127.0.0.1"
_PATIENCE = 60.0
"""Seconds that a test waits for what must come; no test takes as long unless it fails."""
_LOOK = 0.02
"""Seconds between two looks at whether a held connection or the server has ended."""


class Connection:
    """One connection of a client. `number` counts from 1."""

    def __init__(self, sock: socket.socket, number: int, closing: threading.Event) -> None:
        self._socket = sock
        self._closing = closing
        self.number = number
        self.incoming = Incoming(sock)

    def send(self, data: bytes) -> None:
        """Send it all. Raises HungUp when nobody takes it."""
        try:
            self._socket.sendall(data)
        except (OSError, ValueError):
            raise HungUp from None

    def hold(self, seconds: float | None = None) -> None:
        """Stay silent for so long, or for ever. Raises HungUp when the client or the server ends it before."""
        until = None if seconds is None else time.monotonic() + seconds
        before = self._socket.gettimeout()
        try:
            while not self._closing.is_set():
                left = _LOOK if until is None else min(_LOOK, until - time.monotonic())
                if left <= 0:
                    return
                self._socket.settimeout(left)
                with suppress(TimeoutError):
                    if not self.incoming.fill():
                        raise HungUp
        finally:
            with suppress(OSError):
                self._socket.settimeout(before)
        raise HungUp

    def hold_unread(self) -> NoReturn:
        """Read nothing and say nothing until the server ends it."""
        self._closing.wait()
        raise HungUp

    def reset(self) -> None:
        """End it with a reset (RST) instead of an end."""
        with suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def close(self) -> None:
        """End it."""
        self._socket.close()

    def wake(self) -> None:
        """Let whoever waits on it go on, from another thread."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)


class Listener:
    """Serves a port of this machine until it is closed. `serve` has one connection, and ends it by returning.

    `connections` counts what was accepted, also what never said a word; `hang_ups` those where the client went away
    in the middle of an answer; `handshakes_failed` those that broke off TLS. What `serve` raised comes out of the
    `with` block.
    """

    def __init__(self, serve: Callable[[Connection], None], *, tls: ssl.SSLContext | None = None) -> None:
        self._serve = serve
        self._tls = tls
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._open: dict[int, Connection] = {}
        self._threads: list[threading.Thread] = []
        self._markers: set[int] = set()
        self._marked: set[int] = set()
        self._errors: list[Exception] = []
        self._server: socket.socket | None = None
        self.port = 0
        self.connections = 0
        self.hang_ups = 0
        self.handshakes_failed = 0

    def open(self, port: int = 0) -> Self:
        """Begin to listen; 0 is any free port."""
        self._closing = threading.Event()
        with tripwire.listening(port):
            self._server = socket.create_server((HOST, port), backlog=64)
        self.port = self._server.getsockname()[1]
        accepting = threading.Thread(target=self._accept, args=(self._server, self._closing), daemon=True)
        self._threads = [accepting]
        accepting.start()
        return self

    def close(self) -> None:
        """End everything; `open` on the same port goes on counting."""
        if self._server is None:
            return
        self._closing.set()
        self._connect_marker()  # wakes `accept`, wherever closing a socket does not
        self._threads[0].join(_PATIENCE)
        self._server.close()
        self._server = None
        with self._changed:
            connections = list(self._open.values())
        for connection in connections:
            connection.wake()
        for thread in self._threads:
            thread.join(_PATIENCE)

    def settled(self) -> int:
        """The number of connections so far: whatever has connected before this call is in it."""
        marker = self._connect_marker()
        self.wait_for(lambda: marker in self._marked)
        return self.connections

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until this holds; it is looked at whenever something happened here."""
        with self._changed:
            if not self._changed.wait_for(condition, _PATIENCE):
                raise AssertionError("what the test waits for did not happen")

    def happened(self) -> None:
        """Let `wait_for` look again."""
        with self._changed:
            self._changed.notify_all()

    def __enter__(self) -> Self:
        return self if self._server is not None else self.open()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()
        if error is None and self._errors:
            raise ExceptionGroup("a server of the tests failed", self._errors)

    def _connect_marker(self) -> int:
        """Connect once ourselves: connections are accepted in order, so all before it have been."""
        with tripwire.sending(HOST, self.port), socket.socket() as marker:
            with tripwire.listening(0):
                marker.bind((HOST, 0))  # so that its port is known before it is accepted
            port: int = marker.getsockname()[1]
            with self._changed:
                self._markers.add(port)
                self._marked.discard(port)
            marker.connect((HOST, self.port))
        return port

    def _accept(self, server: socket.socket, closing: threading.Event) -> None:
        while True:
            sock, (_, peer_port) = server.accept()
            with self._changed:
                is_marker = peer_port in self._markers
                if is_marker:
                    self._markers.discard(peer_port)
                    self._marked.add(peer_port)
                    self._changed.notify_all()
            if is_marker:
                sock.close()
                if closing.is_set():
                    return
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._changed:
                self.connections += 1
                number = self.connections
                self._open[number] = Connection(sock, number, closing)
                self._changed.notify_all()
            thread = threading.Thread(target=self._run, args=(sock, number, closing), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _run(self, sock: socket.socket, number: int, closing: threading.Event) -> None:
        connection = self._open[number]
        try:
            if self._tls is not None:
                sock = self._tls.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
                connection = Connection(sock, number, closing)
                with self._changed:
                    self._open[number] = connection
                sock.do_handshake()
            self._serve(connection)
        except HungUp:
            with self._changed:
                self.hang_ups += not closing.is_set()
        except (ssl.SSLError, ConnectionError):
            with self._changed:
                self.handshakes_failed += 1
        except Exception as error:  # noqa: BLE001  # kept, and raised where the test is: a thread has nobody to raise to
            self._errors.append(error)
        finally:
            connection.close()
            with self._changed:
                del self._open[number]
                self._changed.notify_all()
