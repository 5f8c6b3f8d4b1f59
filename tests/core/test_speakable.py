"""What is said of what is written: a table, and what never may be said."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.speakable import code_left_out, speakable
from privacy_assistant.core.speakable_numbers import cardinal, digits, ordinal, year

VECTORS = Path(__file__).parents[1] / "vectors" / "speakable.jsonl"
CASES: list[dict[str, Any]] = [json.loads(line) for line in VECTORS.read_text("utf-8").splitlines()]

WRITTEN = st.text(
    st.sampled_from("abcdeABC0123456789 .,;:!?-–—*_`~#|[](){}<>/\\@&%$€£+=^°²½⟦⟧·\"'\n\t😀é你。x"), max_size=120
)


def test_the_table_is_said_as_it_stands() -> None:
    """Markup, addresses, numbers, units, dates, abbreviations: more than three hundred lines."""
    assert len(CASES) > 300
    said = [(case["text"], speakable(case["text"], case["language"])) for case in CASES]
    assert said == [(case["text"], case["say"]) for case in CASES]


@pytest.mark.parametrize("language", ["en", "en-GB", "de", "fr", "es", "it", "nl", "pt", "ja", "pl", ""])
def test_no_url_is_ever_spoken(language: str) -> None:
    """Whatever the language: neither its path nor what it carries, only where it leads."""
    for url in (
        "https://example.org/a/b?token=SECRET#x",
        "HTTP://EXAMPLE.ORG/SECRET",
        "www.example.org/SECRET",
        "http://user:SECRET@example.org:8080/",
        "ftp://example.org/SECRET.zip",
        "example.org/SECRET",
        "data:text/plain,SECRET",
        "[look](https://example.org/SECRET)",
        "![look](https://example.org/SECRET.png)",
        "<https://example.org/SECRET>",
        '<a href="https://example.org/SECRET">look</a>',
        "[look](https://example.org/SECRET",
    ):
        said = speakable(f"See {url} now", language)
        assert "SECRET" not in said
        assert "://" not in said
        assert "http" not in said.lower()
        assert said.startswith("See")


@given(WRITTEN, st.sampled_from(["en", "en-GB", "de", "ja"]))
def test_whatever_is_written_nothing_raw_is_left(text: str, language: str) -> None:
    """No placeholder, no tag of a link, no line end and no mark of emphasis; and where nothing can be said, nothing."""
    said = speakable(text, language)
    assert not re.search(r"[⟦⟧\n😀]|://|\*\*|```", said)
    assert said == said.strip()
    assert said == "" or any(char.isalnum() or char in "%€$£¥°&+=√∞±^<>|~²½" for char in said)


@given(st.text(st.sampled_from("abcdefg .,!?"), max_size=80))
def test_plain_words_stay_as_they_are(text: str) -> None:
    """Nothing is lost of what needs nothing: the same letters in the same order."""
    said = speakable(text, "de")
    letters = [char for char in text if char.isalpha()]
    assert [char for char in said if char.isalpha()] == letters


def test_a_long_mess_takes_no_time() -> None:
    """The patterns stay linear enough: pieces are short, but a word without end may have two thousand characters."""
    for mess in (
        "[" * 2000,
        "<" * 2000,
        "a." * 1000,
        "1-" * 1000,
        "*_" * 1000,
        "1 000 " * 300,
        "⟦" * 2000,
        "x@y." * 500,
    ):
        assert len(speakable(mess)) <= 8 * len(mess)


def test_numbers_in_words() -> None:
    """Cardinals, ordinals and years at the places where English turns."""
    assert [cardinal(number) for number in (0, 13, 40, 42, 100, 101, 1999, 10**6, 10**15)] == [
        "zero",
        "thirteen",
        "forty",
        "forty-two",
        "one hundred",
        "one hundred one",
        "one thousand nine hundred ninety-nine",
        "one million",
        "1000000000000000",
    ]
    assert [ordinal(number) for number in (1, 2, 3, 5, 8, 9, 12, 20, 21, 30, 100, 111, 1002)] == [
        *("first", "second", "third", "fifth", "eighth", "ninth", "twelfth", "twentieth", "twenty-first", "thirtieth"),
        *("one hundredth", "one hundred eleventh", "one thousand second"),
    ]
    assert [year(number) for number in (1066, 1700, 1905, 1999, 2000, 2007, 2010, 2026)] == [
        *("ten sixty-six", "seventeen hundred", "nineteen oh five", "nineteen ninety-nine"),
        *("two thousand", "two thousand seven", "twenty ten", "twenty twenty-six"),
    ]
    assert digits("555-1234567") == "5 5 5, 1 2 3, 4 5 6, 7"


def test_code_is_told_of_and_not_read() -> None:
    """In the languages that are known; elsewhere nothing is said of it."""
    assert code_left_out("en-GB") == "Code, not read aloud."
    assert code_left_out("ja") == ""
