"""One answer on its way to the ear: told to end, superseded, and overtaken by those who went on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

from privacy_assistant.core.endpointing import Endpointer, Paused
from privacy_assistant.core.exchange import Decided, Question, Reply, Restarted, Whole
from privacy_assistant.core.patience import Patience
from privacy_assistant.core.sound import HEARD_HZ
from privacy_assistant.core.turn import Decision, Utterance
from privacy_assistant.flow.answering import Event
from privacy_assistant.flow.lanes import Job, Within
from privacy_assistant.flow.playback import Playback
from privacy_assistant.flow.sound_memory import SoundMemory
from privacy_assistant.flow.talking import Talker
from privacy_assistant.flow.turns import Listener, Turn
from privacy_assistant.ports import Piece
from tests.fakes import FakeSpeaker, FakeTranscriber
from tests.flow.talking_to import ScriptedMind, T

COUNT = Question(Utterance("Count"))


def talker(mind: ScriptedMind) -> tuple[Talker, Playback]:
    """One that makes everything when it is asked, and its loudspeaker."""
    readings = count()

    def ticking() -> float:
        return float(next(readings))

    playback = Playback(HEARD_HZ, ticking)
    speaker = FakeSpeaker()
    made = Talker(
        mind=mind,
        choose_speaker=lambda _decision: speaker,
        convert=lambda sound, _rate: sound,
        playback=playback,
        lane=Within(),
        stopwatch=ticking,
    )
    return made, playback


def finish(made: Talker) -> list[object]:
    """Everything that still comes of it."""
    found: list[object] = []
    while made.is_busy:
        found += made.take()
    return found


def test_an_answer_that_is_cut_before_it_began_is_told_to_end_when_it_begins() -> None:
    """Whoever answers forgets an older word to end when it begins, and would go on for a minute."""
    mind = ScriptedMind(" ".join(["word"] * 500))
    made, _ = talker(mind)
    made.ask(COUNT)
    made.interrupt()
    pieces = [item for item in finish(made) if isinstance(item, Piece)]
    assert len(pieces) <= 1
    assert mind.kept == [""]


class SecondThought(ScriptedMind):
    """Gives a second answer in the place of its first."""

    def answer(self, question: Question, *, heard: Callable[[], int] | None = None) -> Iterator[Event]:
        decision = Decision("test", answered_by="local")
        yield Decided(decision)
        yield Piece("The first answer is a long one. ")
        yield Restarted("it cannot be right")
        yield Decided(decision)
        yield Piece("Second. Also with a few more words.")
        yield Whole()
        assert heard is not None
        self.kept.append("Second. Also with a few more words."[: heard()])
        yield Reply(self.kept[-1], decision, "c0ffee", 1)


def test_what_was_heard_of_the_first_answer_is_not_counted_for_the_second() -> None:
    """Where it was cut between the two, nothing of the second one was heard."""
    mind = SecondThought()
    made, playback = talker(mind)
    made.ask(COUNT)
    made.take()
    playback.fill(HEARD_HZ)
    assert playback.heard > 10
    made.interrupt()
    finish(made)
    assert mind.kept == [""]


def test_the_second_answer_is_held_where_the_first_one_was() -> None:
    """Somebody speaks over us, and we do not begin anew meanwhile."""
    made, playback = talker(SecondThought())
    made.ask(COUNT)
    made.take()
    playback.fill(HEARD_HZ // 2)
    playback.hold()
    playback.fill(HEARD_HZ)
    for _ in range(5):
        made.take()
    assert playback.is_held
    assert not any(playback.fill(HEARD_HZ))


class Queued(Within):
    """Begins what it is given only when it is told to."""

    def __init__(self) -> None:
        self.works: list[Callable[[], object]] = []

    def start(self, work: Callable[[], T]) -> Job[T]:
        self.works.append(work)
        return super().start(lambda: next(iter(())))  # never read


def test_a_pause_that_is_over_before_it_was_looked_at_is_not_understood() -> None:
    """Where a recogniser is slow, nobody waits for what nobody reads, and nothing is drafted of it."""
    transcriber, lane = FakeTranscriber("What is", "What is the time?"), Queued()
    drafted: list[Utterance] = []
    listener = Listener(
        transcriber=transcriber,
        turn_detector=None,
        endpointer=Endpointer(Patience()),
        memory=SoundMemory(),
        lane=lane,
        stopwatch=lambda: 0.0,
        hints=list,
        draft=drafted.append,
        second_ear=None,
        language="en",
    )
    turn = Turn(0.0, is_over_ours=False)
    listener.paused(turn, Paused(1.0, 0.8, 1))
    listener.resumed(turn)
    listener.paused(turn, Paused(2.0, 1.8, 2))
    for work in lane.works:
        work()
    assert len(transcriber.sounds) == 1
    assert len(drafted) == 1
