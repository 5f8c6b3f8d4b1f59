"""Asking whether a skill would change something changes nothing."""

from __future__ import annotations

import pytest

from privacy_assistant.app.rehearsal import would_act
from privacy_assistant.ports import SkillRequest
from privacy_assistant.skills import all_skills, first_answer
from privacy_assistant.vault.memory import MemoryDrawer
from tests.fakes import EPOCH


def kept(drawer: MemoryDrawer) -> dict[str, tuple[str, str]]:
    """Everything in it."""
    return dict(drawer._items)


def filled() -> MemoryDrawer:
    """A drawer with a timer and a list."""
    drawer = MemoryDrawer()
    for text in ("set a timer for ten minutes", "add milk to the shopping list"):
        assert first_answer(all_skills(drawer), SkillRequest(text, EPOCH)) is not None
    return drawer


@pytest.mark.parametrize(
    "text", ["set a timer for five minutes", "cancel the timer", "add bread to the shopping list", "louder", "stop"]
)
def test_what_would_change_something_is_told_and_not_done(text: str) -> None:
    """Timers, lists and the volume; the drawer is as it was."""
    drawer = filled()
    before = kept(drawer)
    assert would_act(drawer, SkillRequest(text, EPOCH))
    assert kept(drawer) == before


@pytest.mark.parametrize("text", ["what time is it", "what is 2 plus 2", "what timers are set", "tell me about France"])
def test_what_only_tells_something_does_not_act(text: str) -> None:
    """An answer alone needs no confirmation."""
    drawer = filled()
    assert not would_act(drawer, SkillRequest(text, EPOCH))
