"""Server-sent events out of bytes: strict about the encoding and about size, and without I/O.

By the HTML standard ("Interpreting an event stream"), but for two things. Bytes that are no UTF-8 are an error, where
a browser writes replacement characters; and an event whose lines are whole and only the blank line after it is missing
is given by `close`, where a browser forgets it: the end of an answer is often the end of the connection. Identifiers
and times to reconnect are ignored: nothing here reconnects.

httpx2 has a decoder too. It is private there, and takes text that somebody decoded before it, which forgives what is
no UTF-8.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from privacy_assistant.errors import ReplyMalformed

MOST_BYTES = 1024 * 1024
"""The most that one event, and so one line, may have: the last event of an answer holds the whole answer again."""

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `name` is "" where the server names none."""

    name: str
    data: str = field(repr=False)


class Reader:
    """Takes the bytes of one answer as they come, cut anywhere; gives the events as soon as they are whole."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._rest = bytearray()
        self._is_after_cr = False
        self._is_at_start = True
        self._name = ""
        self._data: list[str] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[Event]:
        """The events that this chunk completes, in order. Raises ReplyMalformed."""
        if self._is_after_cr and chunk:
            self._is_after_cr = False
            if chunk.startswith(b"\n"):
                chunk = chunk[1:]
        if b"\r" in chunk:
            self._is_after_cr = chunk.endswith(b"\r")
            chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if b"\n" not in chunk:
            self._keep(chunk)
            return []
        first, *lines = chunk.split(b"\n")
        if self._rest:
            self._keep(first)
            first = bytes(self._rest)
            self._rest.clear()
        self._keep(lines.pop())
        events: list[Event] = []
        for line in (first, *lines):
            self._take(line, events)
        return events

    def close(self) -> list[Event]:
        """The event whose lines are whole and whose blank line never came, if there is one. A line that was cut is
        forgotten."""
        events: list[Event] = []
        self._take(b"", events)
        return events

    def _keep(self, part: bytes) -> None:
        self._rest += part
        if len(self._rest) > self._most:
            raise _too_large()

    def _take(self, line: bytes, events: list[Event]) -> None:
        if self._is_at_start:
            self._is_at_start = False
            line = line.removeprefix(_BOM)
        if not line:
            if self._data:
                events.append(Event(self._name, self._data[0] if len(self._data) == 1 else "\n".join(self._data)))
            self._name = ""
            self._data = []
            self._size = 0
            return
        self._size += len(line)
        if self._size > self._most:
            raise _too_large()
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            raise ReplyMalformed("its answer holds bytes that are no text (UTF-8)") from None
        name, _, value = text.partition(":")
        if name == "data":
            self._data.append(value.removeprefix(" "))
        elif name == "event":
            self._name = value.removeprefix(" ")


def _too_large() -> ReplyMalformed:
    return ReplyMalformed("its answer holds an event that is too large")
