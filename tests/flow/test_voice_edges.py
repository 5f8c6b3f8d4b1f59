"""The edges of the loop: the moments between two states, in which somebody speaks, presses a key or is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import pytest

from privacy_assistant.core.activation import WAKE_WINDOW_S, Activation
from privacy_assistant.core.exchange import Question
from privacy_assistant.core.sound import Recording, Tick, Transcript
from privacy_assistant.core.voice_events import (
    Answered,
    BargedIn,
    Done,
    FirstAudio,
    Level,
    SpeechStarted,
    Transcribed,
    TurnEnded,
    Woke,
)
from privacy_assistant.errors import EngineFailed
from privacy_assistant.flow.answering import Event
from privacy_assistant.flow.lanes import Within
from privacy_assistant.flow.responding import CONFIRM, NOT_DONE
from privacy_assistant.flow.sound_memory import SoundMemory
from privacy_assistant.ports import Piece
from tests.flow.talking_to import ScriptedCard, ScriptedMind, SlowLane, Talk, talk

LONG_ANSWER = "One two three four five six seven eight nine ten. Eleven twelve thirteen fourteen fifteen sixteen."
ENDLESS = " ".join([LONG_ANSWER] * 3)
TIMER = "set a timer for five minutes"
HALF = Transcript(TIMER, 0.55, "fake ear")
NOISE = Transcript("", 0.0, "fake ear", rejected="noise")


def confirming(script: list[float], *heard: str | Transcript, acts: dict[float, str] | None = None) -> Talk:
    """What is said and typed after a timer that was half understood; we ask from second 1.2 to 3.5 about."""
    return talk(
        script,
        HALF,
        *heard,
        mind=ScriptedMind("Set.", acts=[TIMER]),
        acts=lambda loop: {at: partial(loop.type, text) for at, text in (acts or {}).items()},
    )


def asked(done: Talk) -> list[str]:
    """The questions that somebody was asked."""
    return [question.text for question in done.mind.asked]


def states(done: Talk, start: float, end: float) -> set[str]:
    """What the loop did in this time."""
    return {event.state for event in done.events if isinstance(event, Level) and start <= event.t <= end}


# ---------------------------------------------------------------- the wake word, and an ear that is closed


def test_whoever_stops_us_with_the_wake_word_is_listened_to() -> None:
    """The end of the answer that it cut does not close the ear again."""
    mind = ScriptedMind(lambda question: ENDLESS if question == "One?" else "Two.")
    wakes = [0.2, WAKE_WINDOW_S + 1]
    script = [-0.3, 0.6, -(WAKE_WINDOW_S + 1), 0.6]
    done = talk(script, "One?", "And in Rome?", mind=mind, activation=Activation.WAKE, wakes_at=wakes)
    assert len(done.of(Woke)) == 2
    assert asked(done) == ["One?", "And in Rome?"]


def test_a_timer_that_rings_after_the_wake_word_does_not_close_the_ear() -> None:
    """It answered nobody."""
    mind = ScriptedMind()
    done = talk(
        [-3.0, 0.6],
        "What time?",
        mind=mind,
        activation=Activation.WAKE,
        wakes_at=[0.2],
        acts=lambda _loop: {0.4: lambda: mind.rings.append("Ding.")},
    )
    assert asked(done) == ["What time?"]


def test_a_closed_ear_hears_whoever_stopped_us_to_their_end() -> None:
    """An ear that a key closed while we speak is stopped by a voice all the same, and nothing waits for ever."""
    mind = ScriptedMind(lambda question: ENDLESS if question == "Count" else "Fine.")
    done = talk(
        [-0.3, 0.6, -1.5, 1.5],
        "Count",
        "what about the others",
        mind=mind,
        activation=Activation.TOGGLE,
        acts=lambda loop: {0.1: loop.toggle, 1.6: loop.toggle},
    )
    assert asked(done) == ["Count", "what about the others"]
    assert len(done.of(Done)) == 2


def test_a_toggle_that_closes_the_ear_ends_the_sentence() -> None:
    """Nobody waits for a silence that is not listened to."""
    done = talk(
        [-0.3, 0.6, -1.0],
        "What time?",
        activation=Activation.TOGGLE,
        acts=lambda loop: {0.1: loop.toggle, 0.9: loop.toggle},
    )
    (ended,) = done.of(TurnEnded)
    assert ended.t < 1.0
    assert asked(done) == ["What time?"]


def test_a_microphone_that_is_muted_in_the_middle_of_a_sentence_heard_nothing() -> None:
    """The half sentence is given up, and nothing waits for its end."""
    done = talk([-0.3, 1.2, -1.0], "What time?", acts=lambda loop: {0.9: loop.toggle})
    assert done.of(SpeechStarted)
    assert asked(done) == []


def test_a_muted_ear_does_not_hear_the_wake_word() -> None:
    """Neither is the answer cut, nor does it say that it listens."""
    mind = ScriptedMind(ENDLESS)
    done = talk(
        [-0.3, 0.6, -11.0],
        "Count",
        mind=mind,
        activation=Activation.WAKE,
        wakes_at=[0.2, 9.5],
        acts=lambda loop: {2.0: loop.toggle},
    )
    assert len(done.of(Woke)) == 1
    assert mind.kept == [ENDLESS]


# ---------------------------------------------------------------- speaking over us, on a slow machine


def test_what_is_said_over_us_waits_for_a_slow_recogniser() -> None:
    """A stopped answer goes on when nobody said anything, and never because it takes long to understand."""
    mind = ScriptedMind(lambda question: ENDLESS if question == "Count" else "Fine.")
    lanes = (SlowLane(400), Within())
    done = talk([-0.3, 0.6, -6.0, 1.5], "Count", "what about the others", mind=mind, lanes=lanes)
    assert asked(done) == ["Count", "what about the others"]
    assert [event.step for event in done.of(BargedIn) if isinstance(event, BargedIn)][-1] == "stop"


def test_what_is_told_of_an_answer_that_was_cut_is_what_was_heard() -> None:
    """As the history holds it."""
    mind = ScriptedMind(lambda question: ENDLESS if question == "Count" else "OK then.")
    done = talk([-0.3, 0.6, -1.5, 1.5], "Count", "what about the others", mind=mind)
    told = [event.text for event in done.of(Answered) if isinstance(event, Answered)]
    assert told == mind.kept
    assert len(told[0]) < 40


def test_a_mhm_over_our_last_word_is_no_question() -> None:
    """It began while we spoke, and we were done before it was."""
    done = talk([-0.3, 0.6, -0.75, 0.4], "Capital?", "mhm", mind=ScriptedMind("Paris it is."))
    over = done.of(Done)[0]
    started = done.of(SpeechStarted)[-1]
    ended = done.of(TurnEnded)[-1]
    assert started.t < over.t < ended.t
    assert asked(done) == ["Capital?"]


def test_the_next_answer_is_as_loud_as_ever_where_the_last_one_ended_lowered() -> None:
    """Nobody speaks over that one."""
    mind = ScriptedMind("Paris it is.")
    done = talk([-0.3, 0.6, -0.5, 0.5, -2.0, 0.6], "Capital?", "mhm", "mhm", "And Rome?", mind=mind)
    assert asked(done) == ["Capital?", "And Rome?"]
    assert "duck" in [event.step for event in done.of(BargedIn) if isinstance(event, BargedIn)]
    assert max(memoryview(bytes(done.played[-16_000:])).cast("h")) == 0x2000


# ---------------------------------------------------------------- what we ask back


def test_a_yes_while_we_still_ask_is_a_yes() -> None:
    """Who knows the question need not hear it to its end."""
    done = confirming([-0.3, 0.6, -1.6, 0.5], "yes")
    assert asked(done) == [TIMER]
    assert len(done.mind.asked) == 1


def test_a_no_while_we_still_ask_leaves_it_for_good() -> None:
    """It is not taken for a mere "be silent", after which a later yes would do it."""
    done = confirming([-0.3, 0.6, -1.6, 0.5, -4.0, 0.5], "no", "no", "yes")
    assert TIMER not in asked(done)
    assert NOT_DONE in [event.text for event in done.of(Answered) if isinstance(event, Answered)]


def test_a_yes_that_comes_much_later_is_a_yes_to_something_else() -> None:
    """Nothing is changed by it."""
    done = confirming([-0.3, 0.6, -20.0, 0.5], "yes")
    assert asked(done) == ["yes"]


def test_a_noise_is_no_answer_to_our_question() -> None:
    """A cup that is put down takes nothing back."""
    done = confirming([-0.3, 0.6, -4.0, 0.3, -1.5, 0.5], NOISE, "yes")
    assert asked(done) == [TIMER]


def test_a_yes_can_be_typed() -> None:
    """Also while we ask."""
    assert asked(confirming([-0.3, 0.6, -1.6], acts={2.2: "yes"})) == [TIMER]


def test_another_question_drops_ours() -> None:
    """A yes after it is a yes to that one."""
    done = confirming([-0.3, 0.6, -4.0, 0.6, -2.0, 0.5], "okay what time is it", "yes")
    assert asked(done) == ["okay what time is it", "yes"]
    assert done.speaker.spoken[0].startswith(CONFIRM[:7])


# ---------------------------------------------------------------- keys


def test_a_key_that_goes_down_again_adds_to_what_was_said() -> None:
    """Nothing is answered while it is held, and what was said before and after is one question."""
    done = talk(
        [-0.3, 0.6, -1.5, 0.6, -0.5],
        "all of it",
        activation=Activation.HOLD,
        acts=lambda loop: {0.2: loop.press, 1.0: loop.release, 1.2: loop.press, 3.3: loop.release},
        lanes=(SlowLane(100), Within()),
    )
    assert asked(done) == ["all of it"]
    assert "speaking" not in states(done, 0.0, 3.3)
    assert done.transcriber.sounds[-1].seconds > 2.5


def test_a_timer_does_not_ring_into_what_somebody_says() -> None:
    """It is told at once and said when they are done."""
    mind = ScriptedMind()
    done = talk([-0.3, 2.5], "What time?", mind=mind, acts=lambda _loop: {1.0: lambda: mind.rings.append("Ding.")})
    assert "speaking" not in states(done, 0.0, 2.8)
    assert done.speaker.spoken == ["Ding.", "Fine."]
    assert not done.of(BargedIn)


def test_a_timer_does_not_ring_while_a_key_is_held() -> None:
    """Whoever holds it is about to speak."""
    mind = ScriptedMind()
    done = talk(
        [-3.0],
        mind=mind,
        activation=Activation.HOLD,
        acts=lambda loop: {0.2: loop.press, 0.5: lambda: mind.rings.append("Ding."), 2.5: loop.release},
    )
    assert "speaking" not in states(done, 0.0, 2.5)
    assert done.speaker.spoken == ["Ding."]


def test_a_typed_question_has_no_times_of_a_voice() -> None:
    """What was said before it, and not answered, is none of it."""
    done = talk([-0.3, 0.3, -2.0], NOISE, acts=lambda loop: {2.0: lambda: loop.type("And now?")})
    (first,) = done.of(FirstAudio)
    assert isinstance(first, FirstAudio)
    assert "eot_wait" not in first.stages_ms


# ---------------------------------------------------------------- parts that break


class BrokenMind(ScriptedMind):
    """Breaks in the middle of a sentence, and keeps what was heard by then."""

    def answer(self, question: Question, *, heard: Callable[[], int] | None = None) -> Iterator[Event]:
        self.asked.append(question)
        yield Piece("One two")
        assert heard is not None
        self.kept.append("One two"[: heard()])
        raise EngineFailed("the model broke")


def test_of_an_answer_that_breaks_off_only_what_was_heard_is_kept() -> None:
    """Words that were shown and never spoken were not heard."""
    done = talk([-0.3, 0.6], "Count", mind=BrokenMind())
    assert done.mind.kept == [""]
    assert done.speaker.spoken == ["the model broke"]
    assert len(done.of(Done)) == 1


def test_a_stop_over_our_last_word_is_no_question() -> None:
    """There is nothing left to stop, and nobody is asked what "stop" means."""
    done = talk([-0.3, 0.6, -0.75, 0.4], "Capital?", "stop", mind=ScriptedMind("Paris it is."))
    assert asked(done) == ["Capital?"]
    assert len(done.of(Transcribed)) == 2


def test_a_stop_needs_no_second_ear() -> None:
    """What was clear here is sent to nobody, and stops us without waiting for a network."""
    sent: list[Recording] = []

    def second_ear(sound: Recording) -> None:
        sent.append(sound)

    stopped = talk([-0.3, 0.6, -1.5, 0.5], "Count", "stop", mind=ScriptedMind(ENDLESS), second_ear=second_ear)
    assert (asked(stopped), len(sent)) == (["Count"], 1)


def test_a_short_word_over_us_counts_also_where_it_is_understood_late() -> None:
    """We go on when its words do not come in time, and stop when they do."""
    mind = ScriptedMind(lambda question: ENDLESS if question == "Count" else "Fine.")
    lanes = (SlowLane(120), Within())
    done = talk([-0.3, 0.6, -3.5, 0.4], "Count", "Berlin?", mind=mind, lanes=lanes)
    assert [event.step for event in done.of(BargedIn) if isinstance(event, BargedIn)] == ["duck", "resume", "stop"]
    assert asked(done) == ["Count", "Berlin?"]


def test_what_was_understood_of_the_first_half_second_does_not_outdo_the_whole() -> None:
    """A "mhm" that begins a sentence, known when the sentence is over, is no reason to go on."""
    mind = ScriptedMind(lambda question: ENDLESS if question == "Count" else "Fine.")
    lanes = (SlowLane(60), Within())
    done = talk([-0.3, 0.6, -3.0, 0.45], "Count", "mhm", "and the others?", mind=mind, lanes=lanes)
    assert asked(done) == ["Count", "and the others?"]


class BrokenCard(ScriptedCard):
    """Goes away for good after three seconds."""

    def ticks(self, fill: Callable[[int], bytes]) -> Iterator[Tick]:
        for tick in super().ticks(fill):
            if tick.heard.at > 3.0:
                raise EngineFailed("the sound card is gone")
            yield tick


class Undoable(Within):
    """Cannot be closed."""

    def close(self) -> None:
        raise EngineFailed("it does not close")


@pytest.mark.parametrize("lanes", [(Within(), Within()), (Undoable(), Undoable())], ids=["whole", "broken"])
def test_a_card_that_goes_away_for_good_leaves_nothing_that_was_heard(lanes: tuple[Within, Within]) -> None:
    """What was spoken by then is kept, and the sound is overwritten, whatever else breaks."""
    mind = ScriptedMind(ENDLESS)
    memory: list[SoundMemory] = []
    with pytest.raises(EngineFailed):
        talk([-0.3, 0.6, -9.0], "Count", mind=mind, card=BrokenCard([-0.3, 0.6, -9.0]), lanes=lanes, memory=memory)
    assert 0 < len(mind.kept[0]) < len(ENDLESS)
    assert memory[0].seconds == 0
