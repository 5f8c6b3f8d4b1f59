"""Dates of birth, passwords and licences without a cue: told by form, left where a sentence speaks of the world."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns import PatternFinder, uncued
from privacy_assistant.core.patterns.said import Said
from privacy_assistant.core.patterns.uncued import is_password


def _kinds(text: str) -> list[Kind]:
    return [candidate.kind for candidate in uncued.find(Said(text))]


@pytest.mark.parametrize(
    "word",
    [
        "Sun!772", "velvet?Tiger17", "C0ff33%591", "wguue0z0n#2", "Drag0n#384", "*PirateRocket1990", "aB3xK9pQ",
        "dr4g0n99x", "Sun-Tiger45", "Himmle76-M", "Sunflower99", "BlueRocket1974",
    ],
)  # fmt: skip
def test_what_looks_like_a_password_is_one(word: str) -> None:
    """Letters, digits and marks as nothing else has them."""
    assert is_password(word)


@pytest.mark.parametrize(
    "word",
    [
        "password", "iPhone15", "Python3.11", "C++17", "https://a.b/c1?d=2", "a@b.example1", "#tag2024",
        "@name99", "1920x1080", "getValue2(", "x=5;y=6", "3.14159%", "$1999.99", "2024-01-15", "v1.2.3-rc1",
        "0a1b2c3d4e5f", "IMG_1234.JPG", "foo_bar3", "WH-1000XM4", "H2O", "12:30pm", "100%!!", "pässwörd1!",
        "brief1!x"[:6], "March2020", "Windows2012", "x" * 41 + "1!", "UTF-8-based", "&nbsp;12345",
    ],
)  # fmt: skip
def test_what_has_another_meaning_is_no_password(word: str) -> None:
    """Addresses, versions, products, tags, code, numbers."""
    assert not is_password(word)


def test_in_code_only_the_surest_passwords_count() -> None:
    """Marks and digits are everywhere in code."""
    assert is_password("a1+b2+c3")
    assert not is_password("a1+b2+c3", is_code=True)
    assert not is_password("aB3xK9pQ", is_code=True)
    assert is_password("Drag0n#384", is_code=True)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("12/03/1985", [Kind.DOB]),
        ("12.03.85 it is", [Kind.DOB]),
        ("March twelfth two thousand and five", [Kind.DOB]),
        ("12/03/2025", []),
        ("12/03/1885", []),
        ("1/2/3", []),
        ("the war ended on 8 May 1945", []),
        ("The war was long. She wrote 8 May 1945", [Kind.DOB]),
        ("Monday 8 May 1995", []),
        ("8 May 1995 - 9 June 1996", []),
        ("8 May 1995 at 10:30", []),
        ("twenty people", []),
        ("J993906875025", [Kind.DRIVER]),
        ("order J993906875025", []),
        ("ISO99390687", []),
        ("A11111111", []),
        ("it says Winter4821! on it", [Kind.PASSWORD]),
        ("@ Winterly4821 said", []),
    ],
)
def test_what_stands_around_decides(text: str, kinds: list[Kind]) -> None:
    """A date in a life and one in history, a licence and an order."""
    assert _kinds(text) == kinds


def test_the_mark_at_the_end_belongs_to_the_password_while_the_sentence_goes_on() -> None:
    """ "Winter4821! on it" ends no sentence."""
    (found,) = uncued.find(Said("it says Winter4821! on it"))
    assert (found.start, found.end) == (8, 19)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz ,.'", max_size=120))
def test_prose_without_digits_holds_nothing(text: str) -> None:
    """Every form has a digit, but for years said in words."""
    assert "thousand" in text or "nineteen" in text or "twenty" in text or not _kinds(text)


def test_a_key_without_a_digit_is_a_key() -> None:
    """One random key in some thousand has none; words with a prefix are still words."""
    found = PatternFinder().find("the key is sk-QwErTyUiOpAsDfGhJkLzXcVbNm")
    assert [span.kind for span in found.spans] == [Kind.KEY]
    for words in ("sk-learn-compatible-estimator-interface", "sk-learnCompatibleEstimatorInterface"):
        assert PatternFinder().find(f"use {words} please").spans == ()
