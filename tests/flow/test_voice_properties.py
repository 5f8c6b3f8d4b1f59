"""Whatever is said, pressed, typed and broken at whichever moment: the loop ends, and its promises hold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy_assistant.core.activation import Activation
from privacy_assistant.core.exchange import Decided, Question, Reply, Restarted, Whole
from privacy_assistant.core.sound import Frame, Recording, Tick, Transcript
from privacy_assistant.core.turn import Decision, Origin
from privacy_assistant.core.voice_events import Done, SpeechStarted, Transcribed, TurnEnded, VoiceEvent, Worded
from privacy_assistant.errors import EngineFailed
from privacy_assistant.flow.answering import Event
from privacy_assistant.flow.lanes import Beside, Within
from privacy_assistant.flow.voice import VoiceLoop
from privacy_assistant.ports import Piece
from tests.fakes import FakeSpeaker, FakeTranscriber
from tests.flow.talking_to import ScriptedCard, ScriptedMind, SlowLane, Talk, talk

ACT = "set a timer"
FIRST = "That was a first attempt at it. "
BREAKS = "BREAKS"
ANSWERS = (
    *(
        "Fine.",
        "One two three four five six. Seven eight nine ten eleven.",
        "Is it that?",
        "",
        "🙂 Ok.",
        "**Bold** it is.",
    ),
    *(
        "Grüße aus Köln, Straße zwölf. Bis später.",
        "word " * 40,
        BREAKS,
        "one two BREAKS",
        "One two three. Four BREAKS",
    ),
)
HEARD = (
    *(
        "What is it?",
        "mhm",
        "stop",
        "yes",
        "no",
        "and what about the others",
        "one two three four",
        "thank you",
        BREAKS,
    ),
    *(Transcript(ACT, 0.5, "fake ear"), Transcript("murmur", 0.1, "fake ear")),
    *(Transcript("", 0.0, "fake ear", rejected="noise"), Transcript("", 0.0, "fake ear", rejected="loop")),
)
TYPED = ("And now?", "yes", "no")
KEYS = (*("press", "release", "toggle", "stop", "ring", "type") * 2, "close")
EARS = (*[Activation.CONTINUOUS] * 3, *[Activation.WAKE] * 2, Activation.TOGGLE, Activation.HOLD)


@dataclass(frozen=True)
class Story:
    """What happens in one conversation."""

    script: list[float]
    heard: list[str | Transcript]
    answers: list[str]
    keys: list[tuple[float, str]]
    typed: list[str]
    wakes: list[float]
    halts: list[float]
    activation: Activation
    is_full_duplex: bool
    has_second_thoughts: bool
    speaks_for: int
    looks: int
    is_once: bool


def times(most: int) -> st.SearchStrategy[list[float]]:
    """Moments of a conversation, at ticks."""
    return st.lists(st.integers(5, 900).map(lambda tick: tick / 100), max_size=most)


STORIES = st.builds(
    Story,
    script=st.lists(
        st.tuples(st.sampled_from((0.2, 0.4, 0.7, 1.3, 1.8)), st.sampled_from((0.1, 0.3, 0.6, 0.6, 1.2, 2.5))),
        min_size=2,
        max_size=6,
    ).map(lambda parts: [seconds for silent, spoken in parts for seconds in (-silent, spoken)]),
    heard=st.lists(st.sampled_from(HEARD), min_size=1, max_size=6),
    answers=st.lists(st.sampled_from(ANSWERS), min_size=1, max_size=3),
    keys=st.lists(st.tuples(st.integers(5, 900).map(lambda tick: tick / 100), st.sampled_from(KEYS)), max_size=5),
    typed=st.lists(st.sampled_from(TYPED), min_size=1, max_size=2),
    wakes=times(3).map(lambda others: [0.05, *others]),
    halts=times(2),
    activation=st.sampled_from(EARS),
    is_full_duplex=st.booleans(),
    has_second_thoughts=st.booleans(),
    speaks_for=st.sampled_from((99, 99, 1, 0)),
    looks=st.sampled_from((0, 30, 300)),
    is_once=st.integers(0, 9).map(lambda number: number == 9),
)


class HalfDeaf(FakeTranscriber):
    """Breaks where it was told to."""

    def transcribe(self, sound: Recording, *, hints: Sequence[str] = (), language: str = "") -> Transcript:
        heard = super().transcribe(sound, hints=hints, language=language)
        if heard.text == BREAKS:
            raise EngineFailed("the ear broke")
        return heard


class ShortOfBreath(FakeSpeaker):
    """Speaks so many pieces and then breaks."""

    def __init__(self, pieces: int) -> None:
        super().__init__()
        self._pieces = pieces

    def speak(self, text: str) -> Iterator[Frame]:
        if len(self.spoken) >= self._pieces:
            raise EngineFailed("the voice broke")
        return super().speak(text)


@dataclass
class Witness(ScriptedMind):
    """Answers in turn, thinks again or breaks, and notes what had happened when it was asked, and what it kept."""

    answers: list[str]
    has_second_thoughts: bool
    events: list[VoiceEvent]
    before: list[list[VoiceEvent]] = field(default_factory=list)
    wholes: dict[int, tuple[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__(acts=[ACT])

    def answer(self, question: Question, *, heard: Callable[[], int] | None = None) -> Iterator[Event]:
        assert heard is not None
        self.asked.append(question)
        self.before.append(list(self.events))
        self.is_cancelled = False
        turn = len(self.asked)
        decision = Decision("test", answered_by="local")
        yield Decided(decision)
        if self.has_second_thoughts:
            yield Piece(FIRST)
            if not self.is_cancelled:
                yield Restarted("it cannot be right")
                yield Decided(decision)
        text, _, _ = whole, broken, _ = self.answers[turn % len(self.answers)].partition(BREAKS)
        shown = ""
        for word in text.replace(" ", " \0").split("\0"):
            if self.is_cancelled:
                break
            shown += word
            if word:
                yield Piece(word)
        if broken and not self.is_cancelled:
            self.wholes[turn] = whole, shown[: heard()]
            raise EngineFailed("the model broke")
        yield Whole()
        kept = shown[: heard()]
        self.wholes[turn] = whole, kept
        yield Reply(kept, decision, "c0ffee", turn)


class PatientCard(ScriptedCard):
    """Waits a little at each tick for whoever works beside the loop, and longer for it to end."""

    longest_s = 600.0

    def __init__(self, script: Sequence[float], wait_s: float) -> None:
        super().__init__(script)
        self._wait_s = wait_s
        self.longest_s = 600.0

    def ticks(self, fill: Callable[[int], bytes]) -> Iterator[Tick]:
        for tick in super().ticks(fill):
            if self._wait_s:
                time.sleep(self._wait_s)
            yield tick


def tell(story: Story, *, is_beside: bool) -> tuple[Talk, Witness]:
    """Let it happen."""
    events: list[VoiceEvent] = []
    mind = Witness(story.answers, story.has_second_thoughts, events)

    def acts(loop: VoiceLoop) -> dict[float, Callable[[], None]]:
        made: dict[float, Callable[[], None]] = {}
        texts = iter(story.typed * 5)
        for at, key in story.keys:
            made[at] = {
                "ring": lambda: mind.rings.append("Ding."),
                "type": lambda: loop.type(next(texts)),
            }.get(key) or getattr(loop, key)
        # Whoever presses a key lets it go some time.
        made[9.2] = loop.release
        if story.activation is Activation.TOGGLE:
            made[0.05] = loop.toggle
        if story.activation is Activation.HOLD:
            made[0.05], made[2.0] = loop.press, loop.release
        return made

    script = [*story.script, -max(0.1, 9.5 - sum(map(abs, story.script)))]
    done = talk(
        script,
        *story.heard,
        mind=mind,
        activation=story.activation,
        wakes_at=story.wakes,
        halts_at=story.halts,
        is_full_duplex=story.is_full_duplex,
        speaker=ShortOfBreath(story.speaks_for),
        acts=acts,
        is_once=story.is_once,
        lanes=(Beside("listen"), Beside("speak")) if is_beside else (SlowLane(story.looks), Within()),
        transcriber=HalfDeaf(*story.heard),
        card=PatientCard(script, 0.0002 if is_beside else 0.0),
        events=events,
    )
    return done, mind


def check(story: Story, done: Talk, mind: Witness) -> None:
    """What is promised."""
    clock = [event.t for event in done.events if not isinstance(event, SpeechStarted)]
    assert clock == sorted(clock)
    assert done.memory.seconds == 0
    for number, event in enumerate(done.events):
        before = done.events[: number + 1]
        if isinstance(event, Transcribed):
            assert _count(before, Transcribed) <= _count(before, TurnEnded)
    for question, before in zip(mind.asked, mind.before, strict=True):
        if question.utterance.origin is Origin.TYPED:
            assert question.text in story.typed
        else:
            assert question.text in {each.transcript.text for each in before if isinstance(each, Transcribed)}
            assert _count(before, TurnEnded) > 0
    overs = [event for event in done.events if isinstance(event, Done)]
    assert len(overs) >= len(mind.asked)
    for whole, kept in mind.wholes.values():
        assert whole.startswith(kept)
        rest = whole[len(kept) :]
        assert not rest or not kept or kept[-1].isspace() or rest[0].isspace()
    for over in overs:
        if over.turn and story.speaks_for == 99:
            whole, kept = mind.wholes[over.turn]
            assert over.was_cut or kept == whole
            spoken = sum(char.isalnum() for char in kept)
            assert 0.05 * spoken <= over.heard_s + 0.05 + (0.05 * len(FIRST) if over.was_cut else 0)
    assert not any(isinstance(event, Worded) for event in done.events[_last(done.events, Done) + 1 :])


def _count(events: Sequence[VoiceEvent], kind: type) -> int:
    return sum(isinstance(event, kind) for event in events)


def _last(events: Sequence[VoiceEvent], kind: type) -> int:
    return max((number for number, event in enumerate(events) if isinstance(event, kind)), default=-1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STORIES)
def test_whatever_happens_the_promises_hold(story: Story) -> None:
    """On the sample clock, with a recogniser that may be slow."""
    check(story, *tell(story, is_beside=False))


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STORIES)
def test_they_hold_where_slow_work_runs_beside_the_loop(story: Story) -> None:
    """With threads."""
    check(story, *tell(story, is_beside=True))
