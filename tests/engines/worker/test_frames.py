"""Frames between the assistant and a worker: whole, bounded, and nothing else passes for one."""

from __future__ import annotations

import contextlib
import json
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.engines.worker.frames import MOST_JSON, MOST_PAYLOAD, Decoder, FrameError, Packet, encode

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
objects = st.dictionaries(st.text(), values, max_size=4)


def framed(text: bytes, payload: bytes = b"") -> bytes:
    """A frame around any bytes."""
    return struct.pack(">II", len(text), len(payload)) + text + payload


@given(st.lists(st.tuples(objects, st.binary(max_size=40)), max_size=4), st.integers(1, 50))
def test_what_was_encoded_comes_out_however_it_is_cut(
    packets: list[tuple[dict[str, object], bytes]], step: int
) -> None:
    """A pipe gives bytes in pieces of any size."""
    stream = b"".join(encode(fields, payload) for fields, payload in packets)
    decoder = Decoder()
    found: list[Packet] = []
    for at in range(0, len(stream), step):
        found += decoder.feed(stream[at : at + step])
    assert [(packet.fields, packet.payload) for packet in found] == packets
    assert sum(packet.size for packet in found) == len(stream)


@given(st.lists(st.binary(max_size=60), max_size=8))
def test_any_bytes_are_frames_or_a_frame_error(pieces: list[bytes]) -> None:
    """Nothing else is raised, whatever a worker sends."""
    decoder = Decoder()
    with contextlib.suppress(FrameError):
        for piece in pieces:
            for packet in decoder.feed(piece):
                assert isinstance(packet.fields, dict)


@given(st.binary(max_size=200))
def test_any_json_text_is_an_object_or_a_frame_error(text: bytes) -> None:
    """The lengths are right, the rest is not."""
    try:
        expected = json.loads(text.decode("utf-8"))
    except (ValueError, RecursionError):
        expected = None
    try:
        (packet,) = Decoder().feed(framed(text))
    except FrameError:
        return
    assert packet.fields == expected


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b"[" * 200_000,
        b'{"a": 1' + b"0" * 5000 + b"}",
        b'{"a": 1} {}',
        b"\xff\xfe{\0}\0",
        b'{"\xed\xa0\x80": 1}',
    ],
)
def test_what_is_no_object_of_plain_json_is_refused(text: bytes) -> None:
    """Also what Python's own reader would take, or break over."""
    with pytest.raises(FrameError):
        Decoder().feed(framed(text))


def test_a_frame_longer_than_frames_are_is_refused_at_its_first_bytes() -> None:
    """Nothing of it is waited for, or kept."""
    for lengths in ((MOST_JSON + 1, 0), (2, MOST_PAYLOAD + 1), (0xFFFFFFFF, 0xFFFFFFFF)):
        with pytest.raises(FrameError):
            Decoder().feed(struct.pack(">II", *lengths))


def test_too_much_is_not_sent() -> None:
    """The other side would refuse it."""
    with pytest.raises(FrameError):
        encode({"text": "x" * MOST_JSON})
    with pytest.raises(FrameError):
        encode({}, bytes(MOST_PAYLOAD + 1))


def test_a_lone_surrogate_goes_through() -> None:
    """Paths and texts of a person may hold one."""
    assert Decoder().feed(encode({"path": "\udcff"}))[0].fields == {"path": "\udcff"}


def test_a_packet_shows_nothing_of_what_is_in_it() -> None:
    """It holds what a person asked, and what they are told."""
    assert "secret" not in repr(Packet({"text": "secret"}, b"secret"))
