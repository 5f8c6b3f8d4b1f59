"""A Wyoming server of this machine: keeps what it is told, and answers, or misbehaves, as a test says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from tests.egress.servers.http_messages import HungUp
from tests.egress.servers.listening import HOST, Connection, Listener


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it came."""

    kind: str
    data: dict[str, Any]
    payload: bytes = field(default=b"", repr=False)


Answer = Callable[[Connection, list[Told]], None]
"""What is done once a question is whole."""


def event(kind: str, data: dict[str, Any] | None = None, payload: bytes = b"", *, is_inline: bool = False) -> bytes:
    """An event as servers write it: the data behind the line, or (older ones) inside it."""
    encoded = json.dumps(data or {}, ensure_ascii=False).encode()
    header: dict[str, Any] = {"type": kind, "version": "1.10.2", "payload_length": len(payload)}
    if is_inline:
        header["data"] = data or {}
        encoded = b""
    else:
        header["data_length"] = len(encoded)
    return json.dumps(header).encode() + b"\n" + encoded + payload


def sound(pcm: bytes, rate: int = 22_050, width: int = 2, channels: int = 1) -> bytes:
    """One piece of sound."""
    return event("audio-chunk", {"rate": rate, "width": width, "channels": channels, "timestamp": None}, pcm)


def says(text: str) -> Answer:
    """A server that has understood this, and tells pieces of it first."""

    def answer(connection: Connection, told: list[Told]) -> None:
        connection.send(event("transcript-start", {"language": "en"}))
        connection.send(event("transcript-chunk", {"text": text[:3]}))
        connection.send(event("transcript", {"text": text, "language": "en"}))
        connection.send(event("transcript-stop"))

    return answer


def speaks(*pieces: bytes) -> Answer:
    """A server that speaks in these pieces of sound."""

    def answer(connection: Connection, told: list[Told]) -> None:
        connection.send(event("audio-start", {"rate": 22_050, "width": 2, "channels": 1}))
        for piece in pieces:
            connection.send(sound(piece))
        connection.send(event("audio-stop", {"timestamp": None}))

    return answer


def sends(*pieces: bytes, then_holds: bool = False) -> Answer:
    """A server that sends these bytes, and ends the connection or stays silent for ever."""

    def answer(connection: Connection, told: list[Told]) -> None:
        for piece in pieces:
            connection.send(piece)
        if then_holds:
            connection.hold()

    return answer


def repeats(piece: bytes) -> Answer:
    """A server that never ends."""

    def answer(connection: Connection, told: list[Told]) -> None:
        while True:
            connection.send(piece)

    return answer


class WyomingServer:
    """Reads a question (up to `synthesize` or `audio-stop`) and answers it; `told` has every question."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.told: list[list[Told]] = []
        self.listener = Listener(self._serve)

    @property
    def url(self) -> str:
        """The base_url of a policy."""
        return f"tcp://{HOST}:{self.listener.port}"

    @property
    def connections(self) -> int:
        """How many there have been."""
        return self.listener.settled()

    def __enter__(self) -> Self:
        self.listener.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.listener.__exit__(kind, error, where)

    def _serve(self, connection: Connection) -> None:
        events: list[Told] = []
        while not events or events[-1].kind not in ("synthesize", "audio-stop"):
            try:
                header = json.loads(connection.incoming.line())
            except HungUp:
                if events:
                    raise
                return
            data = header.get("data", {}) | json.loads(
                connection.incoming.exactly(header.get("data_length", 0)) or b"{}"
            )
            events.append(Told(header["type"], data, connection.incoming.exactly(header.get("payload_length", 0))))
        self.told.append(events)
        self.answer(connection, events)
