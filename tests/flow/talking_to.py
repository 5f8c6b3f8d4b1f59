"""A loop made of fakes: somebody speaks tones, and who understands, answers and speaks says what it was told to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from privacy_assistant.core.activation import Activation, Attention
from privacy_assistant.core.endpointing import Endpointer
from privacy_assistant.core.exchange import Decided, Question, Reply, Whole
from privacy_assistant.core.patience import Patience
from privacy_assistant.core.sound import HEARD_HZ, Frame, Recording, Tick, Transcript
from privacy_assistant.core.turn import Decision
from privacy_assistant.core.voice_events import VoiceEvent
from privacy_assistant.flow.answering import Event
from privacy_assistant.flow.conversing import Conversing
from privacy_assistant.flow.hearing import Ear
from privacy_assistant.flow.lanes import Job, Lane, Within
from privacy_assistant.flow.playback import Playback
from privacy_assistant.flow.sound_memory import SoundMemory
from privacy_assistant.flow.talking import Talker
from privacy_assistant.flow.turns import Listener, SecondEar
from privacy_assistant.flow.voice import VoiceLoop
from privacy_assistant.ports import Piece
from tests.fakes import (
    FakeEchoCanceller,
    FakeSpeaker,
    FakeSpeechDetector,
    FakeTranscriber,
    FakeTurnDetector,
    FakeWakeWord,
)

TONE = (b"\x00\x20" * 8 + b"\x00\xe0" * 8) * (HEARD_HZ // 1600)
SILENCE = bytes(2 * HEARD_HZ // 100)
T = TypeVar("T")


class ScriptedMind:
    """Answers each question with its text; keeps what was asked, drafted, and how much of each answer was heard."""

    def __init__(self, answer: Callable[[str], str] | str = "Fine.", *, acts: Sequence[str] = ()) -> None:
        self._answer = answer if callable(answer) else lambda _question: answer
        self._acts = frozenset(acts)
        self.asked: list[Question] = []
        self.kept: list[str] = []
        self.drafted: list[str] = []
        self.rings: list[str] = []
        self.is_cancelled = False

    def answer(self, question: Question, *, heard: Callable[[], int] | None = None) -> Iterator[Event]:
        self.asked.append(question)
        self.is_cancelled = False
        decision = Decision("test", answered_by="local")
        yield Decided(decision)
        text, shown = self._answer(question.text), ""
        for word in text.replace(" ", " \0").split("\0"):
            if self.is_cancelled:
                break
            shown += word
            yield Piece(word)
        assert heard is not None
        yield Whole()
        shown = shown[: heard()]
        self.kept.append(shown)
        yield Reply(shown, decision, "c0ffee", len(self.asked))

    def cancel(self) -> None:
        self.is_cancelled = True

    def draft(self, question: Question) -> None:
        self.drafted.append(question.text)

    def give_up_draft(self) -> None:
        self.drafted.append("")

    def read_ahead(self, conversation: str | None) -> None:
        pass

    def would_act(self, text: str) -> bool:
        return text in self._acts

    def due(self) -> list[str]:
        rings, self.rings = self.rings, []
        return rings


class ScriptedCard:
    """Somebody who speaks (a positive number of seconds) and is silent (a negative one), then waits until all is over.

    `acts` are called when the sample clock reaches their time.
    """

    rate_hz = HEARD_HZ

    def __init__(self, script: Sequence[float]) -> None:
        self._script = script
        self._acts: list[tuple[float, Callable[[], None]]] = []
        self.is_over: Callable[[], bool] = lambda: True
        self.played = bytearray()
        self.longest_s = 60.0

    def does(self, acts: dict[float, Callable[[], None]]) -> None:
        """What happens besides."""
        self._acts = sorted(acts.items(), key=lambda act: act[0])

    def ticks(self, fill: Callable[[int], bytes]) -> Iterator[Tick]:
        number = count()
        for seconds in self._script:
            for _ in range(round(abs(seconds) * 100)):
                yield self._tick(next(number), TONE if seconds > 0 else SILENCE, fill)
        while not self.is_over():
            at = next(number)
            assert at < self.longest_s * 100, "it never ends"
            yield self._tick(at, SILENCE, fill)

    def close(self) -> None:
        pass

    def _tick(self, number: int, heard: bytes, fill: Callable[[int], bytes]) -> Tick:
        at = number / 100
        while self._acts and self._acts[0][0] <= at:
            self._acts.pop(0)[1]()
        said = fill(HEARD_HZ // 100)
        self.played += said
        return Tick(Frame(heard, HEARD_HZ, at), Frame(said, HEARD_HZ, at))


class _Slow(Job[T]):
    def __init__(self, done: Job[T], looks: int) -> None:
        self._done = done
        self._looks = looks

    @property
    def is_done(self) -> bool:
        self._looks -= 1
        return self._looks < 0

    def result(self) -> T:
        return self._done.result()


class SlowLane(Within):
    """Its jobs are done when somebody has looked so often: once in each tick, where the loop looks."""

    def __init__(self, looks: int) -> None:
        self._looks = looks

    def start(self, work: Callable[[], T]) -> Job[T]:
        return _Slow(super().start(work), self._looks)


@dataclass
class Talk:
    """One conversation with fakes, and what came of it."""

    mind: ScriptedMind
    transcriber: FakeTranscriber
    memory: SoundMemory
    speaker: FakeSpeaker = field(default_factory=FakeSpeaker)
    events: list[VoiceEvent] = field(default_factory=list)
    played: bytearray = field(default_factory=bytearray)

    def of(self, *kinds: type) -> list[VoiceEvent]:
        """The events of these kinds, in order."""
        return [event for event in self.events if isinstance(event, kinds)]


def talk(
    script: Sequence[float],
    *heard: str | Transcript,
    mind: ScriptedMind | None = None,
    activation: Activation = Activation.CONTINUOUS,
    wakes_at: Sequence[float] = (),
    halts_at: Sequence[float] = (),
    complete: Sequence[float] = (),
    is_full_duplex: bool = True,
    second_ear: SecondEar | None = None,
    speaker: FakeSpeaker | None = None,
    acts: Callable[[VoiceLoop], dict[float, Callable[[], None]]] = lambda _loop: {},
    is_once: bool = False,
    lanes: tuple[Lane, Lane] | None = None,
    transcriber: FakeTranscriber | None = None,
    card: ScriptedCard | None = None,
    events: list[VoiceEvent] | None = None,
    memory: list[SoundMemory] | None = None,
) -> Talk:
    """Speak the script to a loop of fakes; `heard` is what is understood, one after the other. `events` come into this
    list as they happen, and the memory of the ear into that one, for what ends in an error."""
    readings = count()
    ticking = lambda: next(readings) / 1e6  # noqa: E731 - a stopwatch that only moves when it is read
    playback = Playback(HEARD_HZ, ticking)
    endpointer = Endpointer(Patience())
    ear = Ear(
        FakeEchoCanceller(is_full_duplex=is_full_duplex),
        FakeSpeechDetector(),
        wake=FakeWakeWord(wakes_at),
        stop=FakeWakeWord(halts_at, word="stop"),
    )
    made = Talk(mind or ScriptedMind(), transcriber or FakeTranscriber(*heard), ear.memory, speaker or FakeSpeaker())
    if memory is not None:
        memory.append(ear.memory)
    listens, speaks = lanes or (Within(), Within())
    talker = Talker(
        mind=made.mind,
        choose_speaker=lambda _decision: made.speaker,
        convert=lambda sound, rate: Recording(sound.pcm, rate),
        playback=playback,
        lane=speaks,
        stopwatch=ticking,
    )
    conversing = Conversing(mind=made.mind, talker=talker, playback=playback, lane=listens, stopwatch=ticking)
    listener = Listener(
        transcriber=made.transcriber,
        turn_detector=FakeTurnDetector(complete),
        endpointer=endpointer,
        memory=ear.memory,
        lane=listens,
        stopwatch=ticking,
        hints=lambda: ["Ada"],
        draft=conversing.draft,
        second_ear=second_ear,
        language="en",
    )
    loop = VoiceLoop(
        ear=ear,
        endpointer=endpointer,
        listener=listener,
        conversing=conversing,
        playback=playback,
        lanes=(listens, speaks),
        stopwatch=ticking,
        attention=Attention(activation),
        is_once=is_once,
    )
    card = card or ScriptedCard(script)
    card.does(acts(loop))
    made.played = card.played
    card.is_over = lambda: not loop.is_busy
    made.events = [] if events is None else events
    for event in loop.run(card):
        made.events.append(event)
    return made
