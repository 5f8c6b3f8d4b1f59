"""Originals come back from a stream, however it is cut and whatever the model did to the placeholder."""

from __future__ import annotations

import html
import json
from urllib.parse import quote, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.placeholder import PLAIN_LIMIT, escaped_limit
from privacy_assistant.core.redaction import Legend, Restorer, restore

TAG = "CI2"


def legend() -> Legend:
    book = Legend(TAG)
    book.add("John Smith", Kind.PERSON)
    book.add("Smith", Kind.PERSON)
    book.add('a"b@example.com', Kind.EMAIL)
    book.add("hunter2 <&>", Kind.PASSWORD)
    return book


def streamed(chunks: list[str], book: Legend) -> str:
    restorer = Restorer(book)
    return "".join([restorer.feed(chunk) for chunk in chunks] + [restorer.close()])


TOLERATED = {
    "⟦PERSON·CI2·1⟧": "John Smith",
    "⟦PERSON·CI2·1b⟧": "Smith",
    "⟦PERSON·CI2·1B⟧": "Smith",
    "⟦person·ci2·1⟧": "John Smith",
    "⟦Person·Ci2·1⟧": "John Smith",
    "⟦PERSON·CI2·1": "John Smith",
    "PERSON·CI2·1⟧": "John Smith",
    "PERSON·CI2·1": "John Smith",
    "⟦ PERSON·CI2·1 ⟧": "John Smith",
    "⟦PERSON · CI2 · 1⟧": "John Smith",
    "⟦PERSON\n·CI2·1⟧": "John Smith",
    "⟦PERSON·CI2·1's⟧": "John Smith's",
    "⟦PERSON·CI2·1⟧'s": "John Smith's",
    "⟦PERSON·CI2·1'⟧": "John Smith'⟧",
    "⟦PERSON·CI2·1      ⟧": "John Smith",
    "⟦PERSON·CI2·1     ** ⟧": "John Smith     ** ⟧",
    "⟦PERSON·CI2·1’s⟧": "John Smith’s",
    "**⟦PERSON·CI2·1⟧**": "**John Smith**",
    "⟦**PERSON·CI2·1**⟧": "John Smith",
    "*PERSON·CI2·1*": "*John Smith*",
    "`⟦PERSON·CI2·1⟧`": "`John Smith`",
    "⟦PERSON\\_CI2\\_1⟧": "John Smith",
    "[[PERSON·CI2·1]]": "John Smith",
    "[PERSON·CI2·1]": "John Smith",
    "〚PERSON·CI2·1〛": "John Smith",
    "⟦PERSON•CI2•1⟧": "John Smith",
    "⟦PERSON-CI2-1⟧": "John Smith",
    "⟦PERSONNE·CI2·1⟧": "John Smith",
    "[⟦PERSON·CI2·1⟧](x)": "[John Smith](x)",
    "⟦PERSON·CI2·1⟧⟦PERSON·CI2·1b⟧": "John SmithSmith",
    "\\u27e6PERSON\\u00b7CI2\\u00b71\\u27e7": "John Smith",
    "\\u27E6EMAIL\\u00B7CI2\\u00B72\\u27E7": 'a\\"b@example.com',
    "%E2%9F%A6EMAIL%C2%B7CI2%C2%B72%E2%9F%A7": "a%22b%40example.com",
    "%e2%9f%a6PERSON%c2%b7CI2%c2%b71%e2%9f%a7": "John%20Smith",
    "&#10214;PASSWORD&#183;CI2&#183;3&#10215;": "hunter2 &lt;&amp;&gt;",
    "&#x27e6;PASSWORD&middot;CI2&middot;3&#x27E7;": "hunter2 &lt;&amp;&gt;",
}

SHOWN = [
    "⟦EMAIL·CI2·1⟧", "⟦PERSON·CI2·9⟧", "⟦PERSON·CI2·1c⟧", "⟦PERSON·ABC·1⟧", "⟦PERSON·CI2⟧", "⟦PERSON·CI2·⟧",
    "⟦·CI2·1⟧", "⟦PERSON·CI2·1x2⟧", "⟦PERSON·CI2·1bc⟧", "PERSON·CI2·1b2", "PERSON CI2 1", "XPERSON·CI2·1", "⟦PERSON",
    "⟦PERSON·CI", "\\u27e6PERS", "%E2%9F", "&#102", "⟦⟧", "[]", "⟦PERSONPERSONPERSON·CI2·1⟧", "⟦PERSON·CI2·01⟧",
    "⟦PERSON·CI2·1234567⟧", "⟦PERSON        ·CI2·1⟧", "⟦PERSON\\n·CI2·1⟧", "⟦     PERSONNE  ·  CI2  ·  1⟧",
]  # fmt: skip


@pytest.mark.parametrize(("written", "wanted"), TOLERATED.items())
def test_what_a_model_does_to_a_placeholder_is_tolerated(written: str, wanted: str) -> None:
    """Case, brackets, blanks, possessive, emphasis, translation, and the escapes of JSON, HTML and URLs."""
    assert restore(f"so {written}, yes", legend()) == f"so {wanted}, yes"
    assert restore(written, legend()) == wanted


@pytest.mark.parametrize("written", SHOWN)
def test_an_unknown_placeholder_is_shown_and_never_guessed(written: str) -> None:
    """Another kind, number, tag or shape: as it came, also at the end of the stream."""
    assert restore(f"so {written}, yes", legend()) == f"so {written}, yes"
    assert restore(written, legend()) == written


@pytest.mark.parametrize("written", [*TOLERATED, *SHOWN])
def test_no_cut_changes_the_result(written: str) -> None:
    """LiteLLM #41611, mastra #23783, #21049: every single cut, every pair of cuts, and one character at a time."""
    book = legend()
    text = f"a {written} b"
    whole = restore(text, book)
    assert streamed(list(text), book) == whole
    for i in range(len(text) + 1):
        assert streamed([text[:i], text[i:]], book) == whole
        for j in range(i, len(text) + 1, 3):
            assert streamed([text[:i], text[i:j], text[j:]], book) == whole


def test_a_placeholder_that_is_not_ours_costs_no_text() -> None:
    """An empty legend passes everything at once."""
    restorer = Restorer(Legend(TAG))
    assert restorer.feed("⟦PERSON·CI2·1") == "⟦PERSON·CI2·1"
    assert restorer.close() == ""


def test_only_what_may_be_a_placeholder_is_held_back() -> None:
    """Ordinary text passes at once, a beginning waits, and a refuted beginning is let go."""
    restorer = Restorer(legend())
    assert restorer.feed("hello world") == "hello world"
    assert restorer.feed(" ⟦PERS") == " "
    assert restorer.feed("IA") == "⟦PERSIA"[:0]
    assert restorer.feed("N!") == "⟦PERSIAN!"
    assert restorer.feed(" P") == " "
    assert restorer.feed("lease") == "Please"
    assert restorer.close() == ""


@pytest.mark.parametrize(
    "junk",
    [
        "⟦" + " " * 60,
        "[" + "*" * 60,
        "⟦PERSON" + " " * 60,
        "⟦PERSON·CI2·1" + " " * 60,
        "⟦" + "a" * 60,
        "%20" * 40,
        "⟦PERSON" + "%20" * 40,
        "⟦     PERSONNE  ·  CI2  ·  1",
    ],
)
def test_never_more_is_held_back_than_a_placeholder_is_long(junk: str) -> None:
    """At most 24 code points of a plain form; of an escaped form, the longest one of the legend."""
    book = legend()
    longest = max(len(book.write(entry)) for entry in book)
    most = max(PLAIN_LIMIT, escaped_limit(longest)) if "%" in junk else PLAIN_LIMIT
    restorer = Restorer(book)
    shown = 0
    restored = "⟦PERSON·CI2·1" in junk
    for fed, char in enumerate(junk, start=1):
        shown += len(restorer.feed(char))
        if not restored:
            assert fed - shown <= most
    assert restorer.close() is not None


def test_the_longest_escaped_form_is_recognised() -> None:
    """The bound is the length of a real placeholder, not less."""
    book = legend()
    for entry in book:
        token = book.write(entry)
        for escaped in (
            quote(token),
            html.escape(token).replace("·", "&middot;").replace("⟦", "&#10214;").replace("⟧", "&#10215;"),
        ):
            assert len(escaped) <= escaped_limit(len(token))
            assert streamed(list(escaped), book) not in ("", escaped)


def test_what_is_restored_is_escaped_like_the_placeholder_was() -> None:
    """LiteLLM #31950: tool-call arguments that are JSON, HTML or URLs stay well-formed."""
    book = Legend(TAG)
    value = 'a"b\\c <d> & é/?\n👩'
    token = book.write(book.add(value, Kind.OTHER))
    assert json.loads(restore(json.dumps({"to": f"x {token} y"}), book)) == {"to": f"x {value} y"}
    assert unquote(restore(quote(f"?q={token}"), book)) == f"?q={value}"
    page = restore(f"<p>{token}</p>".replace("⟦", "&#10214;").replace("⟧", "&#10215;").replace("·", "&#183;"), book)
    assert html.unescape(page) == f"<p>{value}</p>"


def test_a_restored_value_is_not_read_again() -> None:
    """An original that looks like a placeholder is put back once."""
    book = legend()
    book.add("⟦PERSON·CI2·1⟧", Kind.OTHER)
    assert restore("⟦OTHER·CI2·4⟧", book) == "⟦PERSON·CI2·1⟧"


def test_a_closed_restorer_takes_no_more() -> None:
    """The end is the end."""
    restorer = Restorer(legend())
    restorer.close()
    with pytest.raises(ValueError, match="closed"):
        restorer.feed("x")


PIECES = st.one_of(
    st.sampled_from(
        [
            *TOLERATED,
            *SHOWN,
            "⟦",
            "[",
            "P",
            "PERSON",
            "·",
            "%",
            "\\",
            "&",
            "%E2%9F%A6",
            "\\u27e6",
            "'s",
            " ",
            "1",
            "b",
            "⟧",
            "]",
        ]
    ),
    st.text(max_size=6),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(PIECES, max_size=10).map("".join), st.lists(st.integers(1, 9), max_size=60))
def test_any_text_in_any_cuts_is_restored_alike(text: str, sizes: list[int]) -> None:
    """The stream gives what the whole gives."""
    book = legend()
    chunks = []
    at = 0
    for size in sizes:
        chunks.append(text[at : at + size])
        at += size
    chunks.append(text[at:])
    whole = restore(text, book)
    assert streamed(chunks, book) == whole
    assert streamed(list(text), book) == whole


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.sampled_from([*TOLERATED, "a ", "é", "⟦", "\\u27e6PERSON·CI2·1⟧", "%E2%9F%A6EMAIL·CI2·2⟧"])), st.data()
)
def test_what_was_put_back_is_known_by_its_place_however_the_stream_is_cut(
    parts: list[str], data: st.DataObject
) -> None:
    """The places are those of the whole text, the same for every cutting, and outside of them no original stands."""
    text, whole = "".join(parts), Restorer(legend())
    shown = whole.feed(text) + whole.close()
    cut = Restorer(legend())
    at = data.draw(st.integers(0, len(text)))
    assert cut.feed(text[:at]) + cut.feed(text[at:]) + cut.close() == shown
    assert cut.restored == whole.restored
    rest = list(shown)
    for place in whole.restored:
        rest[place.start : place.end] = "\0" * (place.end - place.start)
    assert not any(value in "".join(rest) for value in ("Smith", "hunter2", "b@example", "a%22b"))
