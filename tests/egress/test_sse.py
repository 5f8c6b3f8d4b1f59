"""Events come out the same however their bytes were cut, and what is too large or no text ends in an error."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai._streaming import SSEDecoder

from privacy_assistant.egress.sse import MOST_BYTES, Event, Reader
from privacy_assistant.errors import ReplyMalformed


def read(*chunks: bytes) -> list[Event]:
    reader = Reader()
    return [event for chunk in chunks for event in reader.feed(chunk)] + reader.close()


def cut(body: bytes, places: list[int]) -> list[bytes]:
    borders = [0, *sorted(places), len(body)]
    return [body[start:end] for start, end in pairwise(borders)]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_names_and_data_are_read(end: bytes) -> None:
    """One event per blank line; several lines of data are joined; comments, ids and times are passed over; and all of
    it byte by byte too."""
    lines = [
        *(b": hello", b"event: first", b"data: {", b"data:}", b"id: 1", b"retry: 5", b""),
        *(b"data", b"", b"event: empty", b"", b"data:  two blanks", b"nothing: here", b""),
    ]
    body = end.join(lines) + end
    events = [Event("first", "{\n}"), Event("", ""), Event("", " two blanks")]
    assert read(body) == read(*(body[i : i + 1] for i in range(len(body)))) == events


_PARTS = st.lists(
    st.one_of(
        st.sampled_from([b"\n", b"\r", b"\r\n", b"\n\n", b"data: ", b"data:", b"event: ", b": ", b"id: 1", b"[DONE]"]),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=5).map(str.encode),
    ),
    max_size=40,
).map(b"".join)


@given(body=_PARTS, data=st.data())
def test_every_way_of_cutting_gives_the_same_events(body: bytes, data: st.DataObject) -> None:
    """Also inside of a line end, of a mark for the order of bytes, and of a character."""
    places = data.draw(st.lists(st.integers(0, len(body)), max_size=12))
    assert read(*cut(body, places)) == read(body) == read(*(body[i : i + 1] for i in range(len(body))))


@given(body=_PARTS)
def test_events_are_those_of_the_openai_package(body: bytes) -> None:
    """Where each line is whole and each event has data; it strips no mark for the order of bytes, and keeps empty
    events, which no protocol here has."""
    body = body.replace("\ufeff".encode(), b"") + b"\n\n"
    theirs = [(sse.event or "", sse.data) for sse in SSEDecoder().iter_bytes(iter([body])) if sse.data]
    assert [(event.name, event.data) for event in read(body) if event.data] == theirs


def test_a_mark_for_the_order_of_bytes_is_passed_over_at_the_start() -> None:
    """And nowhere else, as the standard says."""
    assert read(b"\xef\xbb\xbfdata: a\n\ndata: \xef\xbb\xbfb\n\n") == [Event("", "a"), Event("", "\ufeffb")]


@pytest.mark.parametrize("body", [b"data: \xff\n", b"data: \xc3\n", b": \xed\xa0\x80\n", b"event: \xf0\x9f\n"])
def test_bytes_that_are_no_text_are_an_error(body: bytes) -> None:
    """Never replacement characters in an answer, and the message has none of it."""
    with pytest.raises(ReplyMalformed) as malformed:
        read(body)
    assert malformed.value.__cause__ is None
    assert "\\x" not in str(malformed.value)


@pytest.mark.parametrize(
    "chunks",
    [
        [b"data: " + b"a" * MOST_BYTES],
        [b"a" * 1000] * (MOST_BYTES // 1000 + 1),
        [b"data: " + b"a" * 1000 + b"\n"] * (MOST_BYTES // 1000),
        [b": " + b"a" * 1000 + b"\n"] * (MOST_BYTES // 1000 + 1),
    ],
)
def test_an_event_without_end_is_an_error(chunks: list[bytes]) -> None:
    """In one line or in many, in one chunk or in many: memory has a bound."""
    with pytest.raises(ReplyMalformed):
        read(*chunks)


def test_many_events_have_no_bound_together() -> None:
    """The bound is on one event; an answer as a whole is bounded by who reads the bytes."""
    assert len(read(*[b"data: " + b"a" * 1000 + b"\n\n"] * (MOST_BYTES // 1000 + 1))) == MOST_BYTES // 1000 + 1


def test_the_end_of_the_connection_ends_a_whole_event_and_no_cut_one() -> None:
    """Lines that are whole count, a line that broke off is forgotten."""
    assert read(b"data: a\n") == [Event("", "a")]
    assert read(b"data: a\n\ndata: b") == [Event("", "a")]


def test_an_event_shows_no_words_in_its_repr() -> None:
    """What came back is the person's too."""
    assert "secret" not in repr(read(b"data: secret\n\n"))
