"""How the tests of this room ask a skill."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from privacy_assistant.ports import Drawer, Skill, SkillAnswer, SkillRequest
from privacy_assistant.skills import all_skills, first_answer
from tests.fakes import FakeDrawer

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 21, 10, 7, tzinfo=BERLIN)
"""A Saturday morning, as in sentences.jsonl."""


@cache
def sentences() -> tuple[dict[str, Any], ...]:
    """The corpus: {"text", "skill": name or None, "says": the answer at NOW, in order over one drawer}."""
    lines = (Path(__file__).parent / "sentences.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def ask(skill: Skill, text: str, now: datetime = NOW, last: str | None = None) -> str | None:
    """What one skill says, or None."""
    answer = skill.answer(SkillRequest(text, now, last_answer=last))
    return None if answer is None else answer.text


def ask_all(
    text: str, drawer: Drawer | None = None, now: datetime = NOW, last: str | None = None
) -> tuple[str, SkillAnswer] | None:
    """What the first sure skill says, with its name."""
    return first_answer(all_skills(drawer or FakeDrawer()), SkillRequest(text, now, last_answer=last))
