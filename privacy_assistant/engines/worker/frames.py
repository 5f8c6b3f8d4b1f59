"""What goes through the pipes between the assistant and a worker: packets of JSON with raw bytes behind.

A frame is the length of the JSON (4 bytes, big-endian), the length of the payload (the same), the JSON object in UTF-8,
the payload. Both lengths are bounded, and a decoder keeps no more than one frame. What a worker sends is foreign: it
has opened a foreign file in native code, so nothing of it is believed before it was looked at.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

MOST_JSON = 8 << 20
"""Bytes of JSON in one frame."""

MOST_PAYLOAD = 64 << 20
"""Bytes behind the JSON: an hour of speech at 8 kHz, half an hour at what Whisper hears."""

_HEAD = struct.Struct(">II")


class FrameError(Exception):
    """Bytes that are no frame, or a frame that may not be sent. Its message is static: no content."""


@dataclass(frozen=True, slots=True)
class Packet:
    """The JSON object of a frame, and its payload. `size` is that of the frame it came in, in bytes."""

    fields: Mapping[str, Any] = field(repr=False)
    payload: bytes = field(default=b"", repr=False)
    size: int = 0


def encode(fields: Mapping[str, Any], payload: bytes = b"") -> bytes:
    """A frame. Raises FrameError where it would be too long for the other side."""
    # ASCII with escapes: a lone surrogate of a text or a path goes through, which UTF-8 would refuse.
    text = _write(fields).encode("ascii")
    if len(text) > MOST_JSON or len(payload) > MOST_PAYLOAD:
        raise FrameError("too long for one frame")
    return _HEAD.pack(len(text), len(payload)) + text + payload


class Decoder:
    """Puts together what came in pieces. Not thread-safe."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, untrusted_bytes: bytes) -> list[Packet]:
        """The frames that these bytes complete, in order. Raises FrameError, after which it is of no more use."""
        waiting = self._waiting
        waiting += untrusted_bytes
        found = []
        start = 0
        while len(waiting) - start >= _HEAD.size:
            text_length, payload_length = _HEAD.unpack_from(waiting, start)
            if text_length > MOST_JSON or payload_length > MOST_PAYLOAD:
                raise FrameError("a frame is longer than frames are")
            text_start = start + _HEAD.size
            payload_start = text_start + text_length
            end = payload_start + payload_length
            if len(waiting) < end:
                break
            fields = _object(waiting[text_start:payload_start])
            found.append(Packet(fields, bytes(waiting[payload_start:end]), end - start))
            start = end
        del waiting[:start]
        return found


def _object(untrusted_text: bytearray) -> Mapping[str, Any]:
    try:
        text = untrusted_text.decode("utf-8")
        parsed, end = _parse(text)
    except (ValueError, RecursionError):
        # Also UnicodeDecodeError, numbers of too many digits, brackets without end.
        raise FrameError("a frame holds no JSON") from None
    if end != len(text) or not isinstance(parsed, dict):
        raise FrameError("a frame holds no JSON object")
    return parsed


def _refuse(_: str) -> NoReturn:
    raise ValueError("not a number")


_write = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_parse = json.JSONDecoder(parse_constant=_refuse).raw_decode
