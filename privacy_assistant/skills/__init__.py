"""Small offline abilities that never need a model.

Each skill reads a whole sentence or passes it on: unsure means None, and the model answers. None of them does
any I/O but through the drawer it was given, and the time is an argument.
"""

from __future__ import annotations

from collections.abc import Sequence

from privacy_assistant.ports import Drawer, Skill, SkillAnswer, SkillRequest
from privacy_assistant.skills.calculator import Calculator
from privacy_assistant.skills.clock import Clock
from privacy_assistant.skills.lists import Lists
from privacy_assistant.skills.live import Live
from privacy_assistant.skills.replay import Replay
from privacy_assistant.skills.timers import Timers
from privacy_assistant.skills.units import Units
from privacy_assistant.skills.volume import Volume


def all_skills(drawer: Drawer) -> tuple[Skill, ...]:
    """Every skill, in the order they are asked: controls first, live data last."""
    return (Volume(), Replay(), Timers(drawer), Lists(drawer), Clock(), Calculator(), Units(), Live())


def first_answer(skills: Sequence[Skill], request: SkillRequest) -> tuple[str, SkillAnswer] | None:
    """The first skill that is sure, by name, with its answer; None when the question is no skill's."""
    for skill in skills:
        answer = skill.answer(request)
        if answer is not None:
            return skill.name, answer
    return None
