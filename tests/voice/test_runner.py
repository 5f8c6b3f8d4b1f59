"""Tests of the runner: a scenario that is not fulfilled is told of, and one that makes no sense is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from privacy_assistant.core.sound import Transcript
from privacy_assistant.core.voice_events import Answered, BargedIn, Done, SoftEnded, Told, Transcribed, VoiceEvent, Woke
from tests.voice.runner import matches, play, scenario_of, scenarios

QUIET: dict[str, Any] = {"name": "quiet", "person": [{"types": "what is two plus two"}, {"waits until": "answered"}]}
HEARD = Transcribed(1.0, 1.0, Transcript("Set a timer, please!", 0.9, "fake"))


@pytest.mark.parametrize(
    ("step", "event", "is_so"),
    [
        ({"understood": "set a timer please"}, HEARD, True),
        ({"understood": "... timer please"}, HEARD, True),
        ({"understood": "*"}, HEARD, True),
        ({"understood": "set a timer"}, HEARD, False),
        ({"understood": ""}, HEARD, False),
        ({"answers": "paris"}, Answered(1, 1, "It is Paris."), True),
        ({"answers": "paris"}, Answered(1, 1, "Paris?", clarify=True), False),
        ({"asks back": "paris"}, Answered(1, 1, "Paris?", clarify=True), True),
        ({"pause": 2}, SoftEnded(1, 1, 2, 0.8), True),
        ({"pause": 0}, SoftEnded(1, 1, 2, 0.8), True),
        ({"pause": 1}, SoftEnded(1, 1, 2, 0.8), False),
        ({"voice": "stop"}, BargedIn(1, 1, "stop"), True),
        ({"voice": "stop"}, BargedIn(1, 1, "duck"), False),
        ({"voice": "*"}, BargedIn(1, 1, "duck"), True),
        ({"told": "gone"}, Told(1, 1, "The microphone is gone."), True),
        ({"woken": "key"}, Woke(1, 1, "computer"), False),
        ({"done": "cut"}, Done(1, 1, 1.0, was_cut=True), True),
        ({"done": "whole"}, Done(1, 1, 1.0, was_cut=True), False),
        ({"done": "*"}, HEARD, False),
    ],
)
def test_a_step_is_the_event_that_it_speaks_of(step: dict[str, Any], event: VoiceEvent, is_so: bool) -> None:
    """Of its kind, and with what it says."""
    assert matches(step, event) is is_so


def test_what_does_not_come_is_told_of() -> None:
    """With the time after which it was expected."""
    assert not play(scenario_of({**QUIET, "expects": [{"answers": "4"}, {"done": "whole"}]})).problems
    outcome = play(scenario_of({**QUIET, "expects": [{"done": "whole"}, {"answers": "4"}]}))
    assert len(outcome.problems) == 1
    assert "answers" in outcome.problems[0]
    assert "answers '4'" in outcome.told


def test_what_must_not_come_and_comes_is_told_of() -> None:
    """And a history that is not the one that was expected."""
    outcome = play(scenario_of({**QUIET, "never": [{"answers": ""}], "history": [{"user": "what is two plus three"}]}))
    assert len(outcome.problems) == 2
    kept = [{"user": "what is two plus two"}, {"assistant": "5"}]
    assert play(scenario_of({**QUIET, "history": kept})).problems == ("kept 'assistant: 4' and not assistant: '5'",)


@pytest.mark.parametrize(
    "document",
    [
        {**QUIET, "expect": []},
        {**QUIET, "expects": [{"hears": "x"}]},
        {**QUIET, "household": {"pets": 2}},
        {**QUIET, "household": {"activation": "shouting"}},
    ],
)
def test_a_scenario_that_nobody_understands_is_refused(document: dict[str, Any]) -> None:
    """A word that is misspelt would else expect nothing."""
    with pytest.raises(ValueError, match=r"knows|has|valid"):
        scenario_of(document)


def test_a_deed_that_nobody_can_do_is_refused() -> None:
    """When its turn comes."""
    with pytest.raises(ValueError, match="nobody knows how"):
        play(scenario_of({**QUIET, "person": [{"sings": "la"}]}))


def test_two_scenarios_of_one_name_are_refused(tmp_path: Path) -> None:
    """A test is found by its name."""
    (tmp_path / "twice.yaml").write_text("name: a\nperson: []\n---\nname: a\nperson: []\n", "utf-8")
    with pytest.raises(ValueError, match="two scenarios"):
        scenarios(tmp_path)


def test_there_are_scenarios_enough() -> None:
    """The folder is found, and is not empty."""
    assert len(scenarios()) >= 30
