"""A house as the voice sees it: who answers, works ahead, and knows what rings."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from privacy_assistant.app.clock import now
from privacy_assistant.app.house import House
from privacy_assistant.app.profile import Profile
from privacy_assistant.app.rehearsal import would_act
from privacy_assistant.core.exchange import Question
from privacy_assistant.core.turn import Utterance
from privacy_assistant.errors import AssistantError
from privacy_assistant.flow.answering import Event
from privacy_assistant.ports import SkillRequest
from privacy_assistant.skills.timers import pending

MOST_HINTS = 60
_LONGEST_HINT = 40
_ANYTHING = "."


class HouseMind:
    """Implements `flow.talking.Mind` by a house."""

    def __init__(self, house: House) -> None:
        self._house = house

    def answer(self, question: Question, *, heard: Callable[[], int] | None = None) -> Iterator[Event]:
        """As the house answers."""
        return self._house.answer(question, heard=heard)

    def cancel(self) -> None:
        """End the answer that is being made."""
        self._house.assistant.cancel()

    def draft(self, question: Question) -> None:
        """Let the model of this machine work ahead, unless a skill or somebody else would answer."""
        # What is wrong is told when the answer is wanted.
        with contextlib.suppress(AssistantError):
            if not self._house.is_for_skills(question.text):
                request = self._house.assistant.foresee(question)
                if request is not None:
                    self._house.model.begin(request)

    def give_up_draft(self) -> None:
        """Nobody will ask that."""
        self._house.model.give_up()

    def read_ahead(self, conversation: str | None) -> None:
        """Let the model read what comes before any question."""
        with contextlib.suppress(AssistantError):
            request = self._house.assistant.foresee(Question(Utterance(_ANYTHING), conversation=conversation))
            if request is not None:
                self._house.model.prefill(request.messages[:-1])

    def would_act(self, text: str) -> bool:
        """Whether a skill would change something."""
        house = self._house
        with contextlib.suppress(AssistantError):
            return would_act(house.drawer, SkillRequest(text, now(), house.settings.language))
        return False

    def due(self) -> list[str]:
        """Timers and reminders that have come due."""
        return self._house.due()

    def hints(self) -> list[str]:
        """Names that are likely to be said: those of the profile, and of timers that run. They go to the recogniser of
        this machine, and nowhere else."""
        house = self._house
        with contextlib.suppress(AssistantError):
            names = [entry.value for entry in Profile(house.drawer).entries()]
            timers = [timer.name for timer in pending(house.drawer) if timer.name]
            return [name for name in (*timers, *names) if len(name) <= _LONGEST_HINT][:MOST_HINTS]
        return []
