"""A real house that is talked to by files: its loop and its voice are real, the ear is the tiny Whisper of the tests,
and the model of this machine is scripted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from privacy_assistant.app.house import House
from privacy_assistant.app.sound_cards import file_card
from privacy_assistant.app.voice_loop import VoiceOpening, open_voice
from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.core.voice_events import Answered, Told, Transcribed, VoiceEvent
from privacy_assistant.ports import LocalModel
from tests.egress.household import Household, household
from tests.faces.said_aloud import Part, pcm_of, sound_of, trains_the_ear

BY_FILE = VoiceOpening(is_live=False, hears_us=False)

E = TypeVar("E")


@dataclass(frozen=True)
class Talked:
    """What came of it: the events, what was played, and the lines that were said beside it."""

    events: Sequence[VoiceEvent]
    played: Recording = field(repr=False)
    lines: Sequence[str]

    def of(self, kind: type[E]) -> list[E]:
        """The events of this kind, in order."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def heard(self) -> list[str]:
        """What was understood, turn by turn."""
        return [event.transcript.text for event in self.of(Transcribed)]

    @property
    def engines(self) -> list[str]:
        """Who understood it."""
        return [event.transcript.engine for event in self.of(Transcribed)]

    @property
    def answers(self) -> list[str]:
        """What was answered."""
        return [event.text for event in self.of(Answered)]

    @property
    def told(self) -> str:
        """Every line for the person."""
        return "\n".join([*self.lines, *(event.line for event in self.of(Told))])


def home_with_an_ear(home: Path, policy: str = "version = 1\n", model: LocalModel | None = None) -> Household:
    """A home with this policy, whose recogniser knows a few sentences; skips the test where that is not there."""
    made = household(home, policy, model)
    trains_the_ear(home)
    return made


def said_to(house: House, *parts: Part, voice: str = "ours", opening: VoiceOpening = BY_FILE) -> Sequence[VoiceEvent]:
    """The events of a talk with a house that is open."""
    return _talk(house, parts, voice, opening)[0]


def talk(home: Household, *parts: Part, voice: str = "ours", opening: VoiceOpening = BY_FILE, **how: Any) -> Talked:
    """Say that to the assistant of a home; `how` it is opened."""
    lines: list[str] = []
    with home.opened(say=lines.append, **how) as house:
        events, played = _talk(house, parts, voice, opening)
    return Talked(events, played, lines)


def _talk(
    house: House, parts: Sequence[Part], voice: str, opening: VoiceOpening
) -> tuple[Sequence[VoiceEvent], Recording]:
    heard = Recording(pcm_of(sound_of(*parts, voice=voice)), HEARD_HZ)
    with open_voice(house, opening) as opened:
        loop = opened.loop
        card = file_card(heard, opened.rate_hz, wants_more=lambda: loop.is_busy)
        return list(loop.run(card)), card.played()
