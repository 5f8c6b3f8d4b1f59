"""Completeness: what the last words say about whether there are more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.completeness import (
    DANGLES,
    DONE,
    LIKELY,
    OPEN,
    UNKNOWN,
    Completeness,
    completeness,
    fused,
)
from privacy_assistant.core.completeness_words import DANGLING

CHANCES = st.none() | st.floats(0, 1)


@pytest.mark.parametrize(
    "text",
    [
        *("set a timer for", "Set a timer for.", "set a timer for ten", "Set a timer for 10.", "remind me", "call"),
        *(
            "what is five plus",
            "it was the best of",
            "I think um",
            "um",
            "and then he",
            "tell me about",
            "Hey, can you",
        ),
        *(
            "I like it a lot, and",
            "well,",
            "I was going to...",
            "how many",
            "turn on the",
            "he said because",
            "my name is",
        ),
        *("stell den Wecker auf sieben und", "mets un minuteur pour", "pon un temporizador de", "zet een timer voor"),
    ],
)
def test_a_beginning_is_known_by_its_last_words(text: str) -> None:
    """A full stop that a recogniser put there does not make it whole."""
    language = {"stell": "de", "mets": "fr", "pon": "es", "zet": "nl"}.get(text.split()[0], "en")
    assert completeness(text, language).p <= OPEN


@pytest.mark.parametrize(
    "text",
    [
        *("set a timer for ten minutes", "turn it off", "turn the lights off", "what time is it", "tell me a joke"),
        *("who is it for?", "what are you looking for?", "stop", "yes", "five plus three", "how are you", "thanks"),
        *("what is the capital of France", "one more, please", "the year was 1995", "I love you"),
    ],
)
def test_a_whole_sentence_is_likely_one(text: str) -> None:
    """Also where it ends with a particle, a number or a pronoun."""
    assert completeness(text).p >= LIKELY
    assert not completeness(text).is_long


@pytest.mark.parametrize(
    "text",
    [
        *("my number is", "my number is two one two", "my phone number is 212 555", "2 1 2 5 5 5", "the code is 4 1"),
        *("my card number is four one one one four one one one", "my email is", "my email is john at", "my address is"),
        *(
            "my e-mail address is john dot smith at example",
            "my name is spelled s m",
            "it is spelt",
            'he said "I',
            "“So",
        ),
        *("take a note quote I will", "my name is s m i"),
    ],
)
def test_numbers_addresses_spellings_and_quotations_have_pauses_in_them(text: str) -> None:
    """Until they are as long as such a thing is."""
    assert completeness(text) == Completeness(OPEN, is_long=True)


@pytest.mark.parametrize(
    "text",
    [
        *("my phone number is two one two five five five zero one three nine", "my phone number is 212 555 0139"),
        *("my email is john at example dot com", "my email is john.smith@example.com", "the code is 4 1 2 7"),
        *('he said "I will come"', "take a note quote I will unquote", "call me at 555 0139"),
    ],
)
def test_a_number_that_is_long_enough_is_over(text: str) -> None:
    """And so is an address that ends as one does."""
    assert not completeness(text).is_long
    assert completeness(text).p >= UNKNOWN


def test_nothing_heard_says_nothing() -> None:
    """Beside a detector that heard the voice it changes nothing but the weight of that."""
    assert completeness("") == completeness(" . ") == Completeness(LIKELY)
    assert fused(0.5, completeness("").p) == pytest.approx(0.5)


def test_the_words_of_one_language_say_nothing_in_another() -> None:
    """ "Die" is an article in German and the end of a sentence in English."""
    assert completeness("wo ist die", "de").p == DANGLES
    assert completeness("when did he die", "en").p == LIKELY
    assert completeness("wo ist die", "xx").p == LIKELY
    assert completeness("wo ist die", "de-AT").p == DANGLES
    assert completeness("wo ist er?", "de").p == DONE


@given(st.text(max_size=80), st.sampled_from([*DANGLING, "", "xx", "en-GB"]))
def test_any_text_has_a_chance(text: str, language: str) -> None:
    """Foreign text never raises."""
    assert 0 <= completeness(text, language).p <= 1


@given(CHANCES, CHANCES, CHANCES)
def test_two_opinions_make_one_and_each_counts(audio: float | None, text: float | None, more: float | None) -> None:
    """More of either never makes less of both."""
    assert 0 <= fused(audio, text) <= 1
    if audio is not None and more is not None:
        low, high = sorted((audio, more))
        assert fused(low, text) <= fused(high, text)
    if text is not None and more is not None:
        low, high = sorted((text, more))
        assert fused(audio, low) <= fused(audio, high)


def test_words_overrule_a_voice_that_sounds_finished() -> None:
    """Smart Turn took "Set a timer for" for whole."""
    assert fused(0.9, completeness("set a timer for").p) < 0.5
    assert fused(0.9, completeness("set a timer for ten minutes").p) == pytest.approx(0.9)
    assert fused(0.3, None) == pytest.approx(0.3)
    assert fused(None, OPEN) < 0.1 < fused(None, LIKELY) < fused(None, DONE)
    assert fused(None, None) == UNKNOWN
