"""What would happen if a skill were asked: it is asked, over a drawer in which nothing is ever written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from privacy_assistant.ports import Drawer, SkillRequest
from privacy_assistant.skills import all_skills, first_answer


class Rehearsal:
    """ports.Drawer that shows what another one holds and forgets what is put into it; `was_changed` when somebody
    tried."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer = drawer
        self.was_changed = False

    def put(self, kind: str, payload: Mapping[str, Any]) -> str:
        """Nothing is kept."""
        self.was_changed = True
        return "rehearsal"

    def items(self, kind: str) -> list[tuple[str, Mapping[str, Any]]]:
        """As they are kept."""
        return self._drawer.items(kind)

    def replace(self, item: str, kind: str, payload: Mapping[str, Any]) -> None:
        """Nothing is replaced."""
        self.was_changed = True

    def remove(self, item: str) -> bool:
        """Nothing is removed, and it is said to have been."""
        self.was_changed = True
        return True


def would_act(drawer: Drawer, request: SkillRequest) -> bool:
    """Whether a skill would change something for this: what is kept, or the volume. Asking changes nothing."""
    rehearsal = Rehearsal(drawer)
    found = first_answer(all_skills(rehearsal), request)
    return rehearsal.was_changed or bool(found is not None and found[1].effect)
