"""The codec of Wyoming: what is written can be read, however it is cut, and nothing is read without measure."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.sound import Recording
from privacy_assistant.egress.dialects import wyoming
from privacy_assistant.egress.dialects.wyoming import Event, Reader
from privacy_assistant.errors import EgressDenied, ReplyMalformed
from tests.egress.dialects.parcels import redacted
from tests.egress.servers.wyoming_server import event

_LEAVES = st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
_EVENTS = st.lists(
    st.tuples(
        st.text("a-", min_size=1), st.dictionaries(st.text("ab"), _LEAVES), st.binary(max_size=40), st.booleans()
    ),
    max_size=4,
)


def read(*pieces: bytes) -> list[Event]:
    """Every event of these pieces."""
    reader = Reader()
    return [found for piece in pieces for found in reader.feed(piece)]


@given(written=_EVENTS, data=st.data())
def test_events_are_the_same_however_they_are_cut(written: list[Any], data: st.DataObject) -> None:
    """Any bytes at a time, data inside the line or behind it."""
    whole = b"".join(event(kind, known, payload, is_inline=inline) for kind, known, payload, inline in written)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert read(*pieces) == [Event(kind, known, payload) for kind, known, payload, _ in written]


@given(untrusted=st.binary(max_size=200))
def test_whatever_comes_is_events_or_malformed(untrusted: bytes) -> None:
    """No other error, for no bytes."""
    try:
        found = read(untrusted, b"\n" + untrusted)
    except ReplyMalformed:
        found = []
    assert all(isinstance(each.untrusted_data, dict) for each in found)


@given(pcm=st.binary(max_size=2000).map(lambda raw: raw[: len(raw) // 2 * 2]), language=st.sampled_from(["", "de-AT"]))
def test_a_recording_is_written_whole(pcm: bytes, language: str) -> None:
    """Read back: the model and the language that were named, the form of the sound, the sound."""
    told = read(wyoming.transcribe(Recording(pcm, 16_000), "ears", language))
    assert told[0] == Event("transcribe", {"name": "ears"} | ({"language": language} if language else {}))
    assert told[-1] == Event("audio-stop", {})
    assert b"".join(each.payload for each in told) == pcm
    form = {"rate": 16_000, "width": 2, "channels": 1}
    assert all(each.untrusted_data == form for each in told[1:-1])


@pytest.mark.parametrize("language", ["x", "en\n", "not a language", "{}"])
def test_what_is_no_language_is_not_sent(language: str) -> None:
    """The server then finds out by itself."""
    assert read(wyoming.transcribe(Recording(b"ab", 16_000), "", language))[0].untrusted_data == {}


def test_words_are_written_with_their_voice() -> None:
    """And without one, where the policy names none."""
    assert read(wyoming.synthesize(redacted("Hi ⟦"), "alto")) == [
        Event("synthesize", {"text": "Hi ⟦", "voice": {"name": "alto"}})
    ]
    assert read(wyoming.synthesize(redacted("Hi")))[0].untrusted_data == {"text": "Hi"}
    with pytest.raises(EgressDenied):
        wyoming.synthesize(redacted("\ud83d"))


@pytest.mark.parametrize(
    "untrusted",
    [
        b"x" * wyoming.MOST_LINE_BYTES,
        b"[" * 50_000 + b"\n",
        json.dumps({"type": "x", "data_length": wyoming.MOST_DATA_BYTES + 1}).encode() + b"\n",
        json.dumps({"type": "x", "payload_length": wyoming.MOST_PAYLOAD_BYTES + 1}).encode() + b"\n",
        json.dumps({"type": "x", "payload_length": True}).encode() + b"\n",
        json.dumps({"type": "x", "data_length": 2}).encode() + b"\n[]",
        b'{"type":"x"}\n' * (wyoming.MOST_EVENTS + 1),
    ],
    ids=["line", "depth", "data", "payload", "no number", "no object", "events"],
)
def test_nothing_is_read_without_measure(untrusted: bytes) -> None:
    """A length is not waited for that nobody would send."""
    with pytest.raises(ReplyMalformed):
        read(untrusted)


def test_an_event_shows_nothing_in_its_repr() -> None:
    """What was said is not for a log."""
    assert "hello" not in repr(Event("transcript", {"text": "hello"}, b"hello"))
