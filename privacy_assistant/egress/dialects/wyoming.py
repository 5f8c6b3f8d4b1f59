"""Wyoming (Home Assistant, Rhasspy): a line of JSON, then data, then sound, over a bare connection.

By the protocol's own description and the package `wyoming` 1.10.2, whose reader is not used: it waits for lines and
payloads of any length, and its module brings an event loop. Not sent: its `version`, `context`, and the times.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from privacy_assistant.core.redaction import Redacted
from privacy_assistant.core.sound import Recording
from privacy_assistant.egress.dialects.contents import text_of
from privacy_assistant.egress.dialects.reading import malformed

CONTENT_TYPE = "application/x-wyoming"
"""What we call such bytes ourselves: the protocol has no name for them."""

TRANSCRIBE = "transcribe"
SYNTHESIZE = "synthesize"

MOST_LINE_BYTES = 64 * 1024
MOST_DATA_BYTES = 1024 * 1024
MOST_PAYLOAD_BYTES = 4 * 1024 * 1024
MOST_EVENTS = 50_000
"""Events of one answer: a quarter of an hour of sound, in the smallest pieces that servers send."""

_CHUNK_SAMPLES = 8192
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Event:
    """One event of a server; untrusted."""

    kind: str
    untrusted_data: dict[str, Any] = field(repr=False)
    payload: bytes = field(default=b"", repr=False)


def transcribe(recording: Recording, model: str = "", language: str = "") -> bytes:
    """The events for one recording: transcribe, audio-start, audio-chunk …, audio-stop. `language` is a tag of which
    nothing is sent where it is none."""
    wanted = {"name": model} if model else {}
    if _LANGUAGE.fullmatch(language):
        wanted["language"] = language
    form = {"rate": recording.rate_hz, "width": 2, "channels": 1}
    size = 2 * _CHUNK_SAMPLES
    chunks = (recording.pcm[at : at + size] for at in range(0, len(recording.pcm), size))
    return b"".join(
        [
            _written(TRANSCRIBE, wanted),
            _written("audio-start", form),
            *(_written("audio-chunk", form, chunk) for chunk in chunks),
            _written("audio-stop", {}),
        ]
    )


def synthesize(text: Redacted, voice: str = "") -> bytes:
    """The event for one text; without a `voice` the server takes its own. Raises EgressDenied for half a character."""
    wanted: dict[str, Any] = {"text": text_of(text)}
    if voice:
        wanted["voice"] = {"name": voice}
    return _written(SYNTHESIZE, wanted)


def _written(kind: str, data: dict[str, Any], payload: bytes = b"") -> bytes:
    encoded = json.dumps(data, ensure_ascii=False).encode("utf-8") if data else b""
    header: dict[str, Any] = {"type": kind}
    if encoded:
        header["data_length"] = len(encoded)
    if payload:
        header["payload_length"] = len(payload)
    return json.dumps(header).encode("ascii") + b"\n" + encoded + payload


class Reader:
    """Puts events together from the bytes of an answer, however they are cut."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._header: dict[str, Any] | None = None
        self._events = 0

    def feed(self, untrusted: bytes) -> Iterator[Event]:
        """The events that are whole now. Raises ReplyMalformed for what is none, or is too long, or too many."""
        self._buffer += untrusted
        while (event := self._next()) is not None:
            self._events += 1
            if self._events > MOST_EVENTS:
                raise malformed("number of events")
            yield event

    def _next(self) -> Event | None:
        if self._header is None:
            end = self._buffer.find(b"\n", 0, MOST_LINE_BYTES)
            if end < 0:
                if len(self._buffer) >= MOST_LINE_BYTES:
                    raise malformed("line")
                return None
            self._header = _object(bytes(self._buffer[:end]))
            del self._buffer[: end + 1]
        header = self._header
        data_length = _length(header, "data_length", MOST_DATA_BYTES)
        whole = data_length + _length(header, "payload_length", MOST_PAYLOAD_BYTES)
        kind, data = header.get("type"), header.get("data") or {}
        if not isinstance(kind, str) or not isinstance(data, dict):
            raise malformed("event")
        if len(self._buffer) < whole:
            return None
        if data_length:
            data = {**data, **_object(bytes(self._buffer[:data_length]))}
        payload = bytes(self._buffer[data_length:whole])
        del self._buffer[:whole]
        self._header = None
        return Event(kind, data, payload)


def _object(untrusted: bytes) -> dict[str, Any]:
    try:
        found = json.loads(untrusted.decode("utf-8"))
    except (ValueError, RecursionError):
        raise malformed("JSON") from None
    if not isinstance(found, dict):
        raise malformed("JSON")
    return found


def _length(untrusted: dict[str, Any], key: str, most: int) -> int:
    length = untrusted.get(key)
    if length is None:
        return 0
    if not isinstance(length, int) or isinstance(length, bool) or not 0 <= length <= most:
        raise malformed(key)
    return length
