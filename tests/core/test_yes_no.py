"""A spoken yes or no, and nothing else."""

from __future__ import annotations

import pytest

from privacy_assistant.core.yes_no import says_yes


@pytest.mark.parametrize(
    "text", ["Yes.", "yeah", "yes please", "that's correct", "OK", "Sure, do it", "okay go ahead", "I am sure"]
)
def test_these_are_a_yes(text: str) -> None:
    """In the words people use."""
    assert says_yes(text) is True


@pytest.mark.parametrize("text", ["No.", "nope", "no thanks", "cancel that", "yes no", "that's wrong", "don’t"])
def test_these_are_a_no_and_one_no_outweighs_a_yes(text: str) -> None:
    """What is changed on a yes has to be sure."""
    assert says_yes(text) is False


@pytest.mark.parametrize(
    "text",
    [
        *("", "what time is it", "set a timer for ten minutes right after the yes vote"),
        *("what time is it right now", "okay what is the weather", "do you know the time", "please turn it up"),
    ],
)
def test_these_are_neither(text: str) -> None:
    """Another question is another question."""
    assert says_yes(text) is None


def test_other_languages_have_words_of_their_own() -> None:
    """An unknown one is read as English."""
    assert says_yes("ja bitte", "de") is True
    assert says_yes("nein", "de-AT") is False
    assert says_yes("oui", "fr") is True
    assert says_yes("no", "eo") is False
