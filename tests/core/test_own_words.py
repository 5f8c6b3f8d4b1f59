"""Tests of telling our own words from somebody's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.own_words import (
    OWN,
    count_words,
    is_back_channel,
    is_halting,
    is_own,
    similarity,
    strip_own,
)

SAID = (
    "The capital of France is Paris, which has been the seat of government for centuries. I set a timer for 25 minutes."
)
WORDS = st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=8)
TEXTS = st.lists(WORDS, max_size=8).map(" ".join)
LANGUAGES = st.sampled_from(["en", "de", "fr", "es", "it", "nl", "pt", "xx", ""])


@pytest.mark.parametrize(
    "heard",
    [
        *("the capital of france is paris", "the capitol of frances paris", "which has bean the seed of"),
        *("set a time her for twenty five minutes", "I set a timer for 25 minutes", "government for sentries"),
        *("a timer four twenty-five", "Paris", "CAPITAL OF FRANCE"),
    ],
)
def test_our_words_misheard_are_ours(heard: str) -> None:
    """A recogniser spells the rest of an echo as it likes."""
    assert is_own(heard, SAID)
    assert similarity(heard, SAID) >= OWN


@pytest.mark.parametrize(
    "heard",
    [
        *("what time is it", "stop", "no wait what about spain", "thank you that is enough", "set it to ten instead"),
        *("and the capital of germany please", "how many people live there", "turn the volume down"),
    ],
)
def test_words_of_somebody_are_not_ours(heard: str) -> None:
    """Common words alone make no sentence of ours."""
    assert not is_own(heard, SAID)


@pytest.mark.parametrize(
    ("heard", "remains"),
    [
        ("the capital of france is stop", "stop"),
        ("the capitol of frances Stop", "Stop"),
        ("wait the capital of france", "wait"),
        ("seat of government what about Lyon", "what about Lyon"),
        ("capital of grace is pears which has been well stop", "well stop"),
        ("what time is it", "what time is it"),
        ("the capital of france is paris", ""),
        ("paris", ""),
        ("", ""),
    ],
)
def test_what_somebody_said_remains_when_our_words_are_cut_out(heard: str, remains: str) -> None:
    """Our voice was picked up together with theirs."""
    assert strip_own(heard, SAID) == remains


def test_nothing_is_like_nothing() -> None:
    """Without a word on either side there is no likeness."""
    assert similarity("", SAID) == similarity("hello", "") == similarity("...", "?!") == 0.0
    assert strip_own("hello there", "") == "hello there"


@given(TEXTS, TEXTS)
def test_a_likeness_is_a_share(heard: str, said: str) -> None:
    """Between nothing and all."""
    assert 0.0 <= similarity(heard, said) <= 1.0


@given(TEXTS, TEXTS, TEXTS)
def test_a_stretch_of_what_we_said_is_ours(before: str, stretch: str, after: str) -> None:
    """Wherever it stands among what we said, and also without a word of it."""
    said = f"{before} {stretch} {after}"
    if stretch:
        assert similarity(stretch, said) == pytest.approx(1.0)
        assert is_own(stretch.upper(), said)
    if len(stretch.split()) > 3:
        assert strip_own(stretch, said) == ""


@given(TEXTS, TEXTS)
def test_what_remains_is_a_part_in_the_same_order(heard: str, said: str) -> None:
    """Nothing is invented and nothing changes places."""
    remaining = iter(heard.split())
    assert all(word in remaining for word in strip_own(heard, said).split())


@given(TEXTS, TEXTS)
def test_saying_more_makes_nothing_less_ours(heard: str, said: str) -> None:
    """The best matching stretch is still there when there is more to search."""
    assert similarity(heard, f"{said} and more") >= similarity(heard, said) - 1e-9


@pytest.mark.parametrize(
    ("text", "language"),
    [
        *(("mhm", "en"), ("Okay.", "en"), ("yeah, right", "en"), ("I see", "en"), ("uh huh", "fr"), ("ok", "xx")),
        *(("genau", "de"), ("ach so", "de"), ("d'accord", "fr"), ("c'est ça", "fr"), ("sì", "it"), ("vale vale", "es")),
    ],
)
def test_sounds_of_listening_are_known(text: str, language: str) -> None:
    """In the language of the talk, and some in every one."""
    assert is_back_channel(text, language)


@pytest.mark.parametrize("text", ["", "no", "I", "it", "yeah but why", "stop", "ok ok ok ok ok", "genau", "right now"])
def test_who_wants_to_speak_is_not_taken_for_listening(text: str) -> None:
    """One word more, or one of another language, is something to say."""
    assert not is_back_channel(text, "en")


@pytest.mark.parametrize(
    ("text", "language", "is_so"),
    [
        *(("stop", "en", True), ("please wait a moment", "en", True), ("hold on", "en", True), ("Stopp!", "de", True)),
        *(("arrête", "fr", True), ("go on", "en", False), ("", "en", False), ("nonstop", "en", False)),
    ],
)
def test_a_word_that_asks_for_silence_is_known(text: str, language: str, is_so: bool) -> None:
    """As a whole word, anywhere in what was said."""
    assert is_halting(text, language) is is_so


@given(TEXTS, LANGUAGES)
def test_nobody_listens_and_halts_in_one_word(text: str, language: str) -> None:
    """The two lists share nothing, so the order of asking does not matter."""
    assert not (is_back_channel(text, language) and is_halting(text, language))


def test_only_words_that_say_something_are_counted() -> None:
    """Neither sounds nor single letters."""
    assert count_words("um a what uh about") == 2
    assert count_words("mhm I") == count_words("") == 0


@pytest.mark.parametrize("text", ["anna@example.com", "At 10:30, please.", "No. Stop!", "  3.5 "])
def test_what_is_not_ours_stays_as_it_was_written(text: str) -> None:
    """Marks say what a thing is: what is searched for an address finds it by them."""
    assert strip_own(text, "the capital of France is Paris") == text.strip()
    assert strip_own(f"the capital of France is {text}", "the capital of France is Paris") == text.strip()
