"""HTTP/1.1 as bytes: what a server reads of a client, and a proxy of a server. Everything is kept as it came."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.message import Message as Mail
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

Headers = tuple[tuple[str, str], ...]


class HungUp(Exception):
    """The other side is gone, or the server is closing."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came. `connection` is the number of the connection it came on, from 1."""

    connection: int
    method: str
    target: str
    headers: Headers
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        """What stands behind the question mark."""
        return parse_qs(urlsplit(self.target).query)

    def header(self, name: str, default: str = "") -> str:
        """The first header of this name, in any case."""
        return header_of(self.headers, name, default)

    @property
    def json(self) -> Any:
        """The decoded body; None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def form(self) -> dict[str, bytes]:
        """The parts of a multipart body, by name; a part of several (`include[]`) is the last."""
        return {name: content for name, _, content in self.parts}

    @property
    def parts(self) -> list[tuple[str, str, bytes]]:
        """The parts of a multipart body: name, file name or empty, content."""
        head = f"Content-Type: {self.header('content-type')}\r\n\r\n".encode("latin-1")
        parsed: Mail[str, str] = BytesParser().parsebytes(head + self.body)
        found = []
        for part in parsed.walk():
            name = part.get_param("name", header="content-disposition")
            content = part.get_payload(decode=True)
            if isinstance(name, str) and isinstance(content, bytes):
                found.append((name, part.get_filename() or "", content))
        return found

    @property
    def messages(self) -> list[tuple[str, str]]:
        """Role and text of every message, of either interface; calls and their results count as messages too."""
        body: dict[str, Any] = self.json if isinstance(self.json, dict) else {}
        found = [("system", body["instructions"])] if isinstance(body.get("instructions"), str) else []
        entries: Any = body.get("messages", body.get("input", []))
        if isinstance(entries, str):
            return [*found, ("user", entries)]
        for entry in entries:
            kind = entry.get("type", "message")
            if kind == "function_call":
                found.append(("assistant", str(entry.get("arguments", ""))))
            elif kind == "function_call_output":
                found.append(("tool", _text_of(entry.get("output"))))
            else:
                calls = "".join(call["function"]["arguments"] for call in entry.get("tool_calls") or ())
                found.append((str(entry.get("role", "")), _text_of(entry.get("content")) + calls))
        return found

    @property
    def question(self) -> str:
        """The last message of the user, or nothing."""
        return next((text for role, text in reversed(self.messages) if role == "user"), "")

    @property
    def strings(self) -> list[str]:
        """Every string leaf and key of the decoded body, or the texts of a form: what a leak would be found in."""
        if self.json is not None:
            return list(_strings(self.json))
        return [content.decode("utf-8", "replace") for content in self.form.values()]


def _text_of(content: object) -> str:
    """Content is a text, a list of parts, or nothing."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return ""


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def header_of(headers: Headers, name: str, default: str = "") -> str:
    """The first header of this name, in any case."""
    return next((value for key, value in headers if key.lower() == name.lower()), default)


class Incoming:
    """What comes in on one socket; `received` has every byte of it (behind TLS: the plain ones)."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._buffer = bytearray()
        self.received = bytearray()

    def some(self) -> bytes:
        """What is there, or what comes next; nothing at the end. Raises HungUp when the connection broke."""
        if not self._buffer and not self.fill():
            return b""
        taken = bytes(self._buffer)
        self._buffer.clear()
        return taken

    def fill(self) -> bool:
        """Wait for more and keep it; False at the end. A time-out of the socket comes as TimeoutError."""
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            raise
        except (OSError, ValueError):
            raise HungUp from None
        self._buffer += data
        self.received += data
        return bool(data)

    def line(self) -> bytes:
        """One line without its end. Raises HungUp where the connection ends before it does."""
        while (end := self._buffer.find(b"\n")) < 0:
            if not self.fill():
                raise HungUp
        taken = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return taken.rstrip(b"\r\n")

    def exactly(self, size: int) -> bytes:
        """So many bytes. Raises HungUp where there are fewer."""
        while len(self._buffer) < size:
            if not self.fill():
                raise HungUp
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def head(self) -> tuple[str, Headers]:
        """The first line and the headers."""
        first = self.line().decode("latin-1")
        headers = []
        while line := self.line():
            name, _, value = line.decode("latin-1").partition(":")
            headers.append((name, value.strip()))
        return first, tuple(headers)

    def body(self, headers: Headers, *, may_end: bool = False) -> Iterator[bytes]:
        """The body in the pieces that come. `may_end`: without a length it goes on to the end (an answer's may)."""
        if "chunked" in header_of(headers, "transfer-encoding").lower():
            while size := int(self.line().split(b";")[0], 16):
                yield self.exactly(size)
                self.line()
            while self.line():
                pass
        elif length := header_of(headers, "content-length"):
            yield self.exactly(int(length))
        elif may_end:
            while piece := self.some():
                yield piece

    def request(self, connection: int) -> Request | None:
        """The next request; None where the client ends the connection between two of them."""
        if not self._buffer and not self.fill():
            return None
        first, headers = self.head()
        method, target, *_ = [*first.split(" "), "", ""]
        return Request(connection, method, target, headers, b"".join(self.body(headers)))


def head(status: int, headers: Iterable[tuple[str, str]]) -> bytes:
    """The head of an answer."""
    lines = [f"HTTP/1.1 {status} Status", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def whole(status: int, content_type: str, body: bytes, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    """An answer in one piece."""
    length = ("Content-Length", str(len(body)))
    return head(status, [("Content-Type", content_type), length, *headers]) + body


def chunk(data: bytes) -> bytes:
    """One chunk of a body without a length; an empty one ends it."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"
