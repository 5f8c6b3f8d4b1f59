"""Every scenario of tests/voice/scenarios, through the real loop."""

from __future__ import annotations

import pytest

from tests.voice.runner import Scenario, play, scenarios

ALL = [pytest.param(one, id=one.name, marks=[pytest.mark.slow] if one.is_slow else []) for one in scenarios()]


@pytest.mark.parametrize("scenario", ALL)
def test_what_has_to_happen_happens(scenario: Scenario) -> None:
    """In its order, and nothing that must not."""
    outcome = play(scenario)
    assert not outcome.problems, "\n".join([*outcome.problems, "", outcome.told])
