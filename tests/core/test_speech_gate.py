"""Whether a recogniser is believed, and what is done with what it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.sound import Transcript
from privacy_assistant.core.speech_gate import (
    ANSWERED,
    CONFIRMED,
    Clarifier,
    Evidence,
    Outcome,
    confidence,
    is_loop,
    outcome,
    why_rejected,
    why_unheard,
)

GOOD = Evidence(0.02, -0.2, 1.1)


def heard(text: str, confidence: float = 0.9, rejected: str = "") -> Transcript:
    """A transcript of nobody in particular."""
    return Transcript(text, confidence, "ear", rejected=rejected)


@pytest.mark.parametrize(
    ("dbfs", "speech_s", "why"),
    [(-30.0, None, ""), (-30.0, 0.3, ""), (-30.0, 0.1, "silence"), (-70.0, 2.0, "silence"), (-96.0, None, "silence")],
)
def test_a_sound_without_speech_is_not_asked_about(dbfs: float, speech_s: float | None, why: str) -> None:
    """Too quiet, or a click: nobody is asked."""
    assert why_unheard(dbfs, speech_s) == why


@pytest.mark.parametrize(
    ("text", "evidence", "why"),
    [
        ("What time is it?", GOOD, ""),
        ("Thank you.", GOOD, ""),
        ("Thank you.", Evidence(0.5, -0.3, 0.7), "silence"),
        ("Thanks for watching!", Evidence(0.4, -0.2, 0.8), "silence"),
        ("What time is it?", Evidence(0.5, -0.3, 0.9), ""),
        ("It is late", Evidence(0.9, -1.2, 0.9), "silence"),
        ("It is late", Evidence(0.9, -0.3, 0.9), ""),
        ("It is late", Evidence(0.1, -2.5, 0.9), "noise"),
        ("[Music]", GOOD, "noise"),
        ("(applause)", GOOD, "noise"),
        ("", GOOD, "silence"),
        (" ... ", GOOD, "silence"),
        ("no no no no no", GOOD, "loop"),
        ("and then and then and then and then and then", Evidence(0.1, -0.3, 3.1), "loop"),
        ("5 5 5 5 5", GOOD, ""),
        ("bring milk bread eggs and butter from the shop", Evidence(0.1, -0.3, 2.5), ""),
    ],
)
def test_what_cannot_have_been_said_is_rejected_with_a_word(text: str, evidence: Evidence, why: str) -> None:
    """Silence, noise, loops, and what is often written over silence; and what looks like it and is not."""
    assert why_rejected(text, evidence) == why


def test_a_word_said_three_times_is_no_loop() -> None:
    """People say "no no no"."""
    assert not is_loop("no no no", 1.0)


unit = st.floats(0, 1)
logprob = st.floats(-6, 0)


@given(logprob, logprob, unit, unit)
def test_confidence_never_falls_with_better_evidence(one: float, other: float, loud: float, quiet: float) -> None:
    """A higher mean log-probability and a lower chance of no speech never make us less sure."""
    low, high = sorted((one, other))
    speech, silence = sorted((loud, quiet))
    assert 0.0 <= confidence(Evidence(silence, low, 1.0)) <= confidence(Evidence(speech, high, 1.0)) <= 1.0


@pytest.mark.parametrize("has_effects", [True, False])
def test_only_middling_confidence_asks_before_something_changes(has_effects: bool) -> None:
    """High is answered, low asked for again; between them only what has effects is confirmed."""
    assert outcome(heard("stop", ANSWERED), has_effects=has_effects) is Outcome.ANSWER
    assert outcome(heard("stop", CONFIRMED - 0.01), has_effects=has_effects) is Outcome.CLARIFY
    between = outcome(heard("set a timer", CONFIRMED), has_effects=has_effects)
    assert between is (Outcome.CONFIRM if has_effects else Outcome.ANSWER)


def test_what_was_rejected_is_passed_over_unless_somebody_spoke() -> None:
    """Silence and noise are nobody's; a loop, or a second of speech, was somebody's."""
    assert outcome(heard("", 0.0, "silence"), has_effects=False) is Outcome.IGNORE
    assert outcome(heard("", 0.0, "noise"), has_effects=False) is Outcome.IGNORE
    assert outcome(heard("", 0.0), has_effects=False) is Outcome.IGNORE
    assert outcome(heard("", 0.0, "loop"), has_effects=False) is Outcome.CLARIFY
    assert outcome(heard("", 0.0, "noise"), has_effects=True, speech_s=1.0) is Outcome.CLARIFY


def test_we_say_once_that_we_did_not_catch_it() -> None:
    """The second time we stay silent, and after a success we may say it again."""
    clarifier = Clarifier()
    waiting = [clarifier.is_waiting]
    may = []
    for _ in range(2):
        may.append(clarifier.may_ask())
        waiting.append(clarifier.is_waiting)
    clarifier.understood()
    waiting.append(clarifier.is_waiting)
    may.append(clarifier.may_ask())
    assert may == [True, False, True]
    assert waiting == [False, True, False, False]
