"""What the beginning of an answer says of a file, and that anything else says nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.egress.file_answers import Facts, Span, etag_of, facts_of, is_page, length_of, span_of

DIGEST = "ab" * 32
COMMIT = "cd" * 20
_HEADERS = st.dictionaries(
    st.sampled_from(
        ["etag", "x-linked-etag", "x-linked-size", "x-repo-commit", "content-range", "content-length", "content-type"]
    ),
    st.text(max_size=40) | st.sampled_from([f'"{DIGEST}"', COMMIT, "bytes 0-1/2", "7", '"x"', "text/html"]),
)


def test_what_a_hub_tells_is_digest_length_and_commit() -> None:
    """As it writes them."""
    headers = {"x-linked-etag": f'"{DIGEST}"', "x-linked-size": "7", "x-repo-commit": COMMIT, "etag": '"0"'}
    assert facts_of(headers) == Facts(DIGEST, 7, COMMIT)


def test_the_plain_mark_is_a_digest_beside_a_commit_alone() -> None:
    """Other servers write 64 digits there that are no digest of the file."""
    assert facts_of({"etag": f'"{DIGEST}"', "x-repo-commit": COMMIT}).sha256 == DIGEST
    assert facts_of({"etag": f'"{DIGEST}"'}).sha256 == ""


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-linked-etag": DIGEST},
        {"x-linked-etag": f'W/"{DIGEST}"'},
        {"x-linked-etag": f'"{DIGEST.upper()}"'},
        {"x-linked-etag": '"ab"', "x-linked-size": "-1", "x-repo-commit": "main"},
        {"x-linked-size": "1e3"},
        {"x-linked-size": "9" * 15},
        {"x-linked-size": "9" * 5000},
        {"x-linked-size": "\u0663"},
    ],
)
def test_anything_else_is_nothing(headers: dict[str, str]) -> None:
    """A digest without quotes, a length that is no number, or one that no file has."""
    assert facts_of(headers) == Facts()


@pytest.mark.parametrize(("etag", "kept"), [('"a"', '"a"'), ('W/"a"', ""), ("a", ""), ('"a"b"', ""), ('"a\n"', "")])
def test_only_a_strong_mark_is_one(etag: str, kept: str) -> None:
    """A weak one says "much the same", which a half of a file must not be."""
    assert etag_of({"etag": etag}) == kept


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("bytes 5-9/10", Span(5, 9, 10)),
        ("bytes 5-9/*", Span(5, 9, None)),
        ("bytes */10", Span(None, None, 10)),
        ("bytes 5-9", None),
        ("5-9/10", None),
        ("", None),
    ],
)
def test_a_range_is_read_as_it_is_written(written: str, read: Span | None) -> None:
    """RFC 9110, 14.4."""
    assert span_of({"content-range": written}) == read


def test_a_page_in_the_place_of_a_file_is_one_by_its_type() -> None:
    """Unless a page was asked for."""
    assert is_page({"content-type": "Text/HTML; charset=utf-8"}, "/a/model.bin?x=.html")
    assert not is_page({"content-type": "text/html"}, "/a/page.html?x")
    assert not is_page({"content-type": "application/octet-stream"}, "/a/model.bin")


@given(headers=_HEADERS)
def test_no_header_breaks_the_reading(headers: dict[str, str]) -> None:
    """Whatever a server writes, what is read of it has a form that is known."""
    facts = facts_of(headers)
    assert len(facts.sha256) in (0, 64)
    assert len(facts.commit) in (0, 40)
    assert facts.bytes is None or facts.bytes >= 0
    assert etag_of(headers).isprintable()
    assert (length_of(headers) or 0) >= 0
    span = span_of(headers)
    assert span is None or isinstance(span, Span)
