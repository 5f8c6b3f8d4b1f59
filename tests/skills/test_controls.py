"""Repeating, volume, stop, and questions that need live data."""

from __future__ import annotations

import pytest

from privacy_assistant.core.turn import Label
from privacy_assistant.ports import SkillRequest
from privacy_assistant.skills.live import NO_SOURCE, Live
from privacy_assistant.skills.replay import Replay
from privacy_assistant.skills.volume import Volume
from tests.skills.asking import NOW, ask


def test_the_last_answer_is_said_again_and_stays() -> None:
    """Word for word; it may show stored data, so it is labelled to stay."""
    answer = Replay().answer(SkillRequest("Can you say that again?", NOW, last_answer="Paris, of course."))
    assert answer is not None
    assert (answer.text, answer.label) == ("Paris, of course.", Label.STAY)


def test_nothing_to_repeat_is_said() -> None:
    """At the start of a conversation."""
    assert ask(Replay(), "repeat that") == "I haven't said anything yet."


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("louder", "volume_up"),
        ("turn it down a bit", "volume_down"),
        ("set the volume to 40%", "volume:40"),
        ("set the volume to zero", "volume:0"),
        ("volume 100", "volume:100"),
        ("full volume", "volume_max"),
        ("minimum volume", "volume_min"),
        ("mute yourself", "mute"),
        ("turn the sound off", "mute"),
        ("turn the sound back on", "unmute"),
        ("unmute", "unmute"),
        ("Stop!", "stop"),
        ("that's enough", "stop"),
    ],
)
def test_a_control_word_names_its_effect(text: str, effect: str) -> None:
    """The face does the work, the skill names it."""
    answer = Volume().answer(SkillRequest(text, NOW))
    assert answer is not None
    assert answer.effect == effect


@pytest.mark.parametrize("text", ["volume 101", "set the volume to 1000", "volume", "stop the car", "the volume is 5"])
def test_what_is_no_control_has_no_effect(text: str) -> None:
    """Out of range, or about something else."""
    assert Volume().answer(SkillRequest(text, NOW)) is None


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("will it snow tomorrow in Oslo", "weather"),
        ("weather in Bad Homburg", "weather"),
        ("latest news about Mars", "newspaper"),
        ("what's the price of an ounce of gold", "exchange"),
        ("what is the Nvidia share price today", "exchange"),
        ("who is winning the match", "sports"),
        ("how's the traffic on the A1 right now", "traffic"),
    ],
)
def test_a_question_that_needs_live_data_gets_the_plain_fact(text: str, where: str) -> None:
    """No source, and where to look, instead of an invention."""
    said = ask(Live(), text)
    assert said is not None
    assert said.startswith(NO_SOURCE)
    assert where in said
