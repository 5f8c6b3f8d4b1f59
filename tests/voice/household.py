"""A household to speak to: the real loop with the real canceller, detectors, skills and voice, in a simulated room.

What is no part of the voice is small: the model answers from a script, history and drawer live in memory. The clock of
the house is the clock of the room, so a timer of five seconds rings after five seconds of sound.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from privacy_assistant.app.rehearsal import would_act
from privacy_assistant.app.voice_engines import find_turn_detector, find_wake_word
from privacy_assistant.core.activation import Activation, Attention
from privacy_assistant.core.endpointing import Endpointer
from privacy_assistant.core.exchange import Question
from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.patience import Patience
from privacy_assistant.core.policy import Switches
from privacy_assistant.core.policy_terms import Policy
from privacy_assistant.core.settings import Settings
from privacy_assistant.core.sound import Recording, Transcript
from privacy_assistant.core.voice_events import VoiceEvent
from privacy_assistant.engines.aec_double import DoubleCanceller
from privacy_assistant.engines.aec_webrtc import PassThrough, WebRtcCanceller
from privacy_assistant.engines.sound_file import resampled
from privacy_assistant.engines.stt_whisper import WhisperTranscriber
from privacy_assistant.engines.tts_piper import PiperSpeaker
from privacy_assistant.engines.vad_silero import SileroDetector
from privacy_assistant.engines.voices import SHIPPED
from privacy_assistant.errors import EngineMissing
from privacy_assistant.flow.answering import Event
from privacy_assistant.flow.assistant import Assistant
from privacy_assistant.flow.conversing import Conversing
from privacy_assistant.flow.deciding import Rules
from privacy_assistant.flow.hearing import Ear
from privacy_assistant.flow.lanes import Within
from privacy_assistant.flow.playback import Playback
from privacy_assistant.flow.talking import Talker
from privacy_assistant.flow.turns import Listener
from privacy_assistant.flow.voice import VoiceLoop
from privacy_assistant.ports import SkillRequest
from privacy_assistant.ports.sound import EchoCanceller, Transcriber, TurnDetector, WakeWord
from privacy_assistant.skills import all_skills
from privacy_assistant.skills.timers import due
from tests.fakes import FakeConsent, FakeDrawer, FakeFinder, FakeHistory, FakeLocalModel, FakePurse
from tests.voice.acoustics import Acoustics
from tests.voice.overhearing import Overhearing
from tests.voice.person import Person, Script
from tests.voice.room import RoomCard

MORNING = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
"""When the first sample is heard."""

TINY_WHISPER = Path(__file__).parents[1] / "engines" / "data" / "tiny_whisper"

LONG = (
    "Lighthouses were first built on cliffs. Keepers lived in them for months, with books and a stove. "
    "Later the lamps were turned by clockwork."
)
"""What the model answers where a scenario does not care."""


@dataclass(frozen=True, slots=True)
class Living:
    """How a household is set up. Every word is understood as it was said, but for what `mishears` takes otherwise.

    `ear` is "overheard", or "whisper": the tiny Whisper of the tests, through the real faster-whisper.
    """

    answers: tuple[str, ...] = (LONG,)
    activation: Activation = Activation.CONTINUOUS
    wakes_by: tuple[str, ...] = ()
    stops_by: tuple[str, ...] = ("stop",)
    is_full_duplex: bool = True
    mishears: Mapping[str, Transcript] = field(default_factory=dict)
    acoustics: Acoustics = field(default_factory=Acoustics)
    rate_hz: int = 16_000
    ear: str = "overheard"


class Household:
    """One loop in one room, and all that can be asked about it afterwards."""

    def __init__(self, living: Living, script: Script) -> None:
        self.person = Person(script)
        self.drawer = FakeDrawer()
        self.history = FakeHistory()
        self.model = FakeLocalModel(*living.answers)
        self.events: list[VoiceEvent] = []
        self.room = RoomCard(
            self.person, living.acoustics, rate_hz=living.rate_hz, is_busy=lambda: self.loop.is_busy, tail_s=2.0
        )
        overheard = Overhearing(self.room, lambda: self.talker.spoken_lately)
        self.ear = Mishearing(_whisper() if living.ear == "whisper" else overheard, living.mishears)
        self.mind = RoomMind(self.assistant(), self.drawer, self.clock)
        self.loop = self._loop(living)
        self.person.keys = self.loop

    def clock(self) -> datetime:
        """The time of day in the room."""
        return MORNING + timedelta(seconds=self.room.now)

    def assistant(self) -> Assistant:
        """Real skills over a drawer in memory, and a model with a script."""
        return Assistant(
            rules=Rules(Policy.absent(), Settings(), Switches(), "You are a helpful assistant."),
            finder=FakeFinder(kinds=frozenset(Kind)),
            skills=all_skills(self.drawer),
            model=self.model,
            clouds=[],
            history=self.history,
            purse=FakePurse(),
            consent=FakeConsent(),
            new_legend=lambda: Legend.new(b"room"),
            clock=self.clock,
            stopwatch=self.stopwatch,
        )

    def stopwatch(self) -> float:
        """The wall stands still with the samples: what is computed takes no time here."""
        return self.room.now

    def _loop(self, living: Living) -> VoiceLoop:
        canceller: EchoCanceller = DoubleCanceller(WebRtcCanceller()) if living.is_full_duplex else PassThrough()
        lane = Within()
        ear = Ear(canceller, SileroDetector(), wake=_words(living.wakes_by), stop=_words(living.stops_by))
        playback = Playback(living.rate_hz, self.stopwatch)
        endpointer = Endpointer(Patience())
        speaker = _voice()
        self.talker = Talker(
            mind=self.mind,
            choose_speaker=lambda decision: speaker,
            convert=resampled,
            playback=playback,
            lane=lane,
            stopwatch=self.stopwatch,
        )
        conversing = Conversing(
            mind=self.mind, talker=self.talker, playback=playback, lane=lane, stopwatch=self.stopwatch
        )
        listener = Listener(
            transcriber=self.ear,
            turn_detector=_turn_detector(),
            endpointer=endpointer,
            memory=ear.memory,
            lane=lane,
            stopwatch=self.stopwatch,
            hints=tuple,
            draft=None,
            second_ear=None,
            language="en",
        )
        return VoiceLoop(
            ear=ear,
            endpointer=endpointer,
            listener=listener,
            conversing=conversing,
            playback=playback,
            lanes=(lane,),
            stopwatch=self.stopwatch,
            attention=Attention(living.activation),
        )

    def lives(self) -> list[VoiceEvent]:
        """Run to the end of the script; everything that happened."""
        for event in self.loop.run(self.room):
            self.events.append(event)
            self.person.saw(event)
        return self.events

    def kept(self) -> list[str]:
        """What the history holds, a line for each message: who, and what."""
        return [
            f"{stored.message.role.value}: {stored.message.text}"
            for conversation in reversed(self.history.conversations())
            for stored in self.history.messages(conversation.id)
        ]


class RoomMind:
    """Implements `flow.talking.Mind` over an assistant whose clock is the room's."""

    def __init__(self, assistant: Assistant, drawer: FakeDrawer, clock: Callable[[], datetime]) -> None:
        self._assistant = assistant
        self._drawer = drawer
        self._clock = clock

    def answer(self, question: Question, *, heard: Callable[[], int] | None = None) -> Iterator[Event]:
        """As the assistant answers."""
        return self._assistant.answer(question, heard=heard)

    def cancel(self) -> None:
        """End the answer."""
        self._assistant.cancel()

    def draft(self, question: Question) -> None:
        """Nobody works ahead."""

    def give_up_draft(self) -> None:
        """There is none."""

    def read_ahead(self, conversation: str | None) -> None:
        """There is nothing to read."""

    def would_act(self, text: str) -> bool:
        """Whether a skill would change something."""
        return would_act(self._drawer, SkillRequest(text, self._clock()))

    def due(self) -> list[str]:
        """Timers that ring now."""
        now = self._clock()
        return [fired.line(now) for fired in due(self._drawer, now)]


class Mishearing:
    """Another ear, and what it takes some texts for: so little confidence, other words, nothing at all."""

    def __init__(self, ear: Transcriber, takes: Mapping[str, Transcript]) -> None:
        self._ear = ear
        self._takes = takes
        self.name = ear.name

    def warm(self) -> None:
        """Load the ear."""
        self._ear.warm()

    def close(self) -> None:
        """Let go of the ear."""
        self._ear.close()

    def transcribe(self, sound: Recording, *, hints: Sequence[str] = (), language: str = "") -> Transcript:
        """What the ear heard, or what it is to be taken for."""
        heard = self._ear.transcribe(sound, hints=hints, language=language)
        return self._takes.get(heard.text, heard)


def _words(words: tuple[str, ...]) -> WakeWord | None:
    return find_wake_word(words) if words else None


def _turn_detector() -> TurnDetector | None:
    """What the package has for it; by words alone where it has nothing."""
    with contextlib.suppress(EngineMissing):
        return find_turn_detector(Settings())
    return None


@cache
def _whisper() -> WhisperTranscriber:
    if not (TINY_WHISPER / "model.bin").is_file():
        pytest.skip("the tiny Whisper of the tests is not here")
    return WhisperTranscriber(TINY_WHISPER)


@cache
def _voice() -> PiperSpeaker:
    return PiperSpeaker(SHIPPED)
