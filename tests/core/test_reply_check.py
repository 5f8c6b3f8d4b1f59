"""What is marked in an answer, and above all what is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.reply_check import SHORT_TOKENS, UNSURE_LONG, UNSURE_SHORT, Flaw, check_reply, is_unsure
from privacy_assistant.core.turn import Usage

VECTORS = Path(__file__).parents[1] / "vectors" / "replies.jsonl"
PAIRS: list[dict[str, Any]] = [json.loads(line) for line in VECTORS.read_text("utf-8").splitlines()]
GOOD = [pair for pair in PAIRS if not pair["flaw"]]
LEAST_FOUND = {Flaw.EMPTY: 1.0, Flaw.REFUSAL: 0.9, Flaw.ECHO: 1.0, Flaw.WRONG_LANGUAGE: 0.9, Flaw.UNRELATED: 0.4}


def checked(pair: dict[str, Any]) -> str:
    return str(check_reply(pair["question"], pair["answer"], pair["language"]) or "")


def test_no_answer_that_is_right_is_marked() -> None:
    """Two hundred of all sorts: short ones, code, poems, translations, sums, "I don't know", seven languages."""
    assert len(GOOD) == 200
    assert [(pair["question"], found) for pair in GOOD if (found := checked(pair))] == []


@pytest.mark.parametrize("flaw", list(Flaw))
def test_most_flawed_answers_are_found_and_named(flaw: Flaw) -> None:
    """Each by its own name; of the unrelated only the plain ones."""
    pairs = [pair for pair in PAIRS if pair["flaw"] == flaw]
    found = [checked(pair) for pair in pairs]
    assert set(found) <= {"", str(flaw)}
    assert found.count(str(flaw)) >= LEAST_FOUND[flaw] * len(pairs)


@pytest.mark.parametrize("pair", [pair for pair in GOOD if len(pair["answer"]) > 60], ids=lambda pair: pair["question"])
@pytest.mark.parametrize("language", ["en", "de-AT", "auto", ""])
def test_the_set_language_does_not_make_a_right_answer_wrong(pair: dict[str, Any], language: str) -> None:
    """A person may ask in another language than the one of the settings."""
    assert check_reply(pair["question"], pair["answer"], language) is None


def test_an_answer_that_only_speaks_of_a_refusal_is_none() -> None:
    """The words of a refusal inside an answer, or asked for."""
    for question, answer in (
        ("What does an assistant say when it refuses?", 'Often "I can\'t help with that."'),
        ("Write to Tom that I can't come.", "I'm sorry, but I can't share the ride on Friday. See you next week!"),
        ("Who said it?", "I don't know, sorry: I can't help with names that are not in the text."),
    ):
        assert check_reply(question, answer, "en") is None


def test_a_placeholder_is_a_word() -> None:
    """An answer that is a name, and an echo with a name in it."""
    assert check_reply("Who is coming?", "⟦PERSON·K7Q·1⟧", "en") is None
    same = "Where does ⟦PERSON·K7Q·1⟧ live now?"
    assert check_reply(same, same, "en") is Flaw.ECHO


def test_a_language_that_was_asked_for_is_right() -> None:
    """Named in the question, or already there."""
    answer = (
        "El cielo es azul porque la luz del sol se dispersa en la atmósfera y los colores de onda corta se ven más."
    )
    assert check_reply("Why is the sky blue?", answer, "en") is Flaw.WRONG_LANGUAGE
    assert check_reply("Why is the sky blue? Answer in Spanish.", answer, "en") is None
    assert check_reply("¿Por qué el cielo es azul?", answer, "en") is None
    assert check_reply("Cielo azul?", answer, "es") is None


def test_a_question_about_foreign_words_is_answered_in_the_language_of_the_person() -> None:
    """The words of another language in a question do not make it that language's."""
    answer = "It is what people say when they accept that something bad has happened and that there is no way back."
    for question in ("Explain c'est la vie", "Gloss: fin de siècle et cetera"):
        assert check_reply(question, answer, "en") is None
    assert check_reply("Was ist das, und wie sagt man es in der Schule?", answer, "de") is None
    assert check_reply("Warum ist es so, und was kann ich tun?", answer, "en") is Flaw.WRONG_LANGUAGE


def test_an_answer_that_must_keep_the_words_is_no_echo() -> None:
    """What has to be repeated, corrected or put in order."""
    for question in ("repeat: you say goodbye and I say hello again", "Please spell check this text for me now"):
        assert check_reply(question, question, "en") is None
    assert (
        check_reply("Please look over this text for me now", "Please look over this text for me now", "en") is Flaw.ECHO
    )


def test_an_answer_that_goes_on_from_the_question_is_not_unrelated() -> None:
    """A pronoun takes up what was asked about."""
    rest = "lamps were lit by hand every night until the lamps of the city were wired, and the work was hard."
    question = "Describe the plot of Hamlet."
    assert check_reply(question, f"Lamps are made for the dark. The {rest}", "en") is Flaw.UNRELATED
    assert check_reply(question, f"It lamps the dark. The {rest}", "en") is None


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "Describe the plot of Hamlet.",
            "Lamps are lit at night in the castle. The lamps go out, and the prince plots.",
        ),
        (
            "Explain inflation in simple words.",
            "Prices rise for a year. Then the prices of all that we buy are not as low.",
        ),
        (
            "Who discovered penicillin in the hospital laboratory?",
            "Fleming did, by chance. The mould that Fleming saw had killed what was growing in a dish by the window.",
        ),
    ],
)
def test_a_word_in_common_a_short_question_or_a_name_is_enough(question: str, answer: str) -> None:
    """One kindred word relates, one word of content is too little to go by, and a name may be the answer itself."""
    assert check_reply(question, answer, "en") is None


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200), st.sampled_from(["en", "de-AT", "auto", "xx"]))
def test_any_two_texts_can_be_checked(question: str, answer: str, language: str) -> None:
    """And only an answer without a letter, digit or sign is empty."""
    found = check_reply(question, answer, language)
    assert found is None or isinstance(found, Flaw)
    if any(char.isalnum() for char in answer):
        assert found is not Flaw.EMPTY


def test_a_low_mean_makes_an_answer_unsure() -> None:
    """Below the threshold of its length, and not at it."""
    for tokens, threshold in ((SHORT_TOKENS - 1, UNSURE_SHORT), (SHORT_TOKENS, UNSURE_LONG)):
        assert is_unsure(Usage(completion_tokens=tokens, mean_logprob=threshold - 0.001), "Paris.")
        assert not is_unsure(Usage(completion_tokens=tokens, mean_logprob=threshold), "Paris.")


def test_without_a_mean_only_what_the_answer_says_counts() -> None:
    """A back end that tells no probabilities is not unsure for that."""
    assert not is_unsure(Usage(completion_tokens=10), "Paris.")
    for answer in ("I don't know.", "Das weiß ich leider nicht.", "Je ne sais pas.", "No lo sé.", "Não sei."):
        assert is_unsure(Usage(), answer)
    assert not is_unsure(
        Usage(), "I don't know how you feel, but " + "a walk helps many people and costs nothing. " * 6
    )


def test_every_flaw_is_told_in_words_of_its_own() -> None:
    """A person reads "this answer …", and no two alike."""
    assert len({flaw.told for flaw in Flaw}) == len(Flaw)
