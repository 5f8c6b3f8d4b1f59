"""The loop between ear and mouth, with fakes: what is answered, what is not, and what is kept of it."""

from __future__ import annotations

from collections.abc import Iterator

from privacy_assistant.core.activation import Activation
from privacy_assistant.core.sound import Frame, Recording, Transcript
from privacy_assistant.core.turn import Origin
from privacy_assistant.core.voice_events import (
    Answered,
    BargedIn,
    Done,
    FirstAudio,
    SoftEnded,
    SpeechStarted,
    Told,
    Transcribed,
    TurnEnded,
    Woke,
)
from privacy_assistant.errors import EngineFailed
from privacy_assistant.flow.responding import CLARIFY, NOT_DONE
from tests.fakes import FakeSpeaker
from tests.flow.talking_to import ScriptedMind, talk

LONG_ANSWER = "One two three four five six seven eight nine ten. Eleven twelve thirteen fourteen fifteen sixteen."


def test_a_question_is_heard_answered_and_spoken() -> None:
    """The events come in their order, on the sample clock, and the answer is played."""
    done = talk([-0.5, 1.0], "What is it?")
    assert [type(event) for event in done.of(SpeechStarted, SoftEnded, TurnEnded, Transcribed, Answered, Done)] == [
        *(SpeechStarted, SoftEnded, TurnEnded, Transcribed, Answered, Done)
    ]
    assert [question.text for question in done.mind.asked] == ["What is it?"]
    assert done.mind.asked[0].utterance.origin is Origin.VOICE
    assert done.speaker.spoken == ["Fine."]
    assert done.mind.kept == ["Fine."]
    (ended,) = done.of(TurnEnded)
    assert isinstance(ended, TurnEnded)
    assert 1.45 <= ended.speech_end <= 1.6
    assert ended.t >= ended.speech_end + 0.2


def test_a_thinking_pause_is_one_turn_and_its_first_half_is_asked_nobody() -> None:
    """What was understood at the pause is stale when they go on; all of it is understood together."""
    done = talk([-0.3, 0.6, -0.5, 0.6], "What is", "What is the time?", complete=[0.1, 1.0])
    assert [question.text for question in done.mind.asked] == ["What is the time?"]
    assert len(done.of(SoftEnded)) == 2
    assert len(done.of(TurnEnded)) == 1
    first, second = done.transcriber.sounds
    assert second.seconds > first.seconds + 1.0
    assert done.mind.drafted == ["What is", "", "What is the time?"]


def test_the_next_question_goes_into_the_same_conversation() -> None:
    """A session is one conversation."""
    done = talk([-0.3, 0.6, -2.5, 0.6], "One?", "Two?")
    assert [question.conversation for question in done.mind.asked] == [None, "c0ffee"]


def test_whoever_speaks_over_us_is_listened_to_and_only_what_was_heard_is_kept() -> None:
    """The voice is lowered, held and cut; the rest of the answer was never said."""
    mind = ScriptedMind(lambda question: LONG_ANSWER if question == "Count" else "OK then.")
    done = talk([-0.3, 0.6, -1.5, 1.5], "Count", "what about the others", mind=mind)
    steps = [event.step for event in done.of(BargedIn) if isinstance(event, BargedIn)]
    assert steps[:2] == ["duck", "stop"]
    assert [question.text for question in mind.asked] == ["Count", "what about the others"]
    assert mind.kept[0]
    assert LONG_ANSWER.startswith(mind.kept[0])
    assert len(mind.kept[0]) < 40
    assert not mind.kept[0].endswith((" ", "-"))
    assert mind.kept[1] == "OK then."


def test_a_back_channel_lets_us_go_on_where_we_were() -> None:
    """A "mhm" lowers the voice at most; the whole answer is heard and kept."""
    mind = ScriptedMind(LONG_ANSWER)
    done = talk([-0.3, 0.6, -1.5, 0.4], "Count", "mhm", mind=mind)
    assert mind.kept == [LONG_ANSWER]
    assert [question.text for question in mind.asked] == ["Count"]
    assert len(done.of(Done)) == 1


def test_our_own_words_heard_again_are_not_answered() -> None:
    """An echo that nobody took out is what we said."""
    mind = ScriptedMind(LONG_ANSWER)
    talk([-0.3, 0.6, -1.5, 1.0], "Count", "one two three four", mind=mind)
    assert [question.text for question in mind.asked] == ["Count"]
    assert mind.kept == [LONG_ANSWER]


def test_an_echo_that_comes_after_our_last_word_is_not_answered_either() -> None:
    """A room rings: what begins right after our voice and was said by it is dropped."""
    mind = ScriptedMind("The capital is Paris.")
    done = talk([-0.3, 0.6, -2.0, 0.6], "Capital?", "the capital is paris", mind=mind)
    assert len(mind.asked) == 1
    assert len(done.of(Answered)) == 1


def test_stop_ends_the_answer_at_once_and_is_no_question() -> None:
    """The key phrase cuts; the word itself is not answered."""
    mind = ScriptedMind(LONG_ANSWER)
    done = talk([-0.3, 0.6, -1.5, 0.4], "Count", "stop", mind=mind, halts_at=[2.6])
    assert len(mind.asked) == 1
    assert len(mind.kept[0]) < len(LONG_ANSWER)
    (over,) = done.of(Done)
    assert isinstance(over, Done)
    assert over.was_cut


def test_without_echo_cancellation_we_are_deaf_while_we_speak() -> None:
    """Half-duplex: the same sound that would stop us is not even heard."""
    mind = ScriptedMind(LONG_ANSWER)
    done = talk([-0.3, 0.6, -1.5, 1.5], "Count", "what about the others", mind=mind, is_full_duplex=False)
    assert mind.kept == [LONG_ANSWER]
    assert not done.of(BargedIn)


def test_what_was_not_understood_is_said_once_and_then_there_is_silence() -> None:
    """A second mumble gets no second apology."""
    unsure = Transcript("wibble", 0.05, "fake ear")
    done = talk([-0.3, 0.6, -3.0, 0.6, -3.0], unsure)
    told = [event for event in done.of(Answered) if isinstance(event, Answered)]
    assert [(event.text, event.clarify) for event in told] == [(CLARIFY, True)]
    assert done.mind.asked == []


def test_what_was_half_understood_is_confirmed_before_anything_is_changed() -> None:
    """A timer is not set on a guess: yes sets it, and the question is asked once."""
    half = Transcript("set a timer for five minutes", 0.55, "fake ear")
    mind = ScriptedMind("Set.", acts=["set a timer for five minutes"])
    done = talk([-0.3, 0.6, -5.0, 0.5], half, "yes", mind=mind)
    assert "Did you say" in done.speaker.spoken[0]
    assert [question.text for question in mind.asked] == ["set a timer for five minutes"]


def test_a_no_leaves_it() -> None:
    """Nothing is asked, and that is said."""
    half = Transcript("set a timer for five minutes", 0.55, "fake ear")
    mind = ScriptedMind("Set.", acts=["set a timer for five minutes"])
    done = talk([-0.3, 0.6, -5.0, 0.5], half, "no", mind=mind)
    assert mind.asked == []
    assert any(isinstance(event, Answered) and event.text == NOT_DONE for event in done.events)


def test_a_committed_turn_alone_is_understood_elsewhere() -> None:
    """Of two pauses one is the end; only what was said until then leaves, once."""
    sent: list[Recording] = []

    def second_ear(sound: Recording) -> Transcript:
        sent.append(sound)
        return Transcript("What is the time in Rome?", 1.0, "elsewhere")

    done = talk([-0.3, 0.6, -0.5, 0.6], "What is", "What time", complete=[0.1, 1.0], second_ear=second_ear)
    assert len(sent) == 1
    assert sent[0].seconds > 1.6
    assert [question.text for question in done.mind.asked] == ["What is the time in Rome?"]


def test_a_second_ear_that_hears_nothing_leaves_it_to_the_first() -> None:
    """Nobody may, or nobody could: this device's own words count."""
    done = talk([-0.3, 0.6], "What time?", second_ear=lambda _sound: None)
    assert [question.text for question in done.mind.asked] == ["What time?"]


def test_only_a_wake_word_opens_the_ear() -> None:
    """Speech before it is nobody's; the question may follow in the same breath."""
    done = talk([-0.3, 1.0, -1.0, 1.5], "What time?", activation=Activation.WAKE, wakes_at=[2.8])
    (woke,) = done.of(Woke)
    assert isinstance(woke, Woke)
    assert woke.word == "computer"
    assert len(done.mind.asked) == 1
    assert done.transcriber.sounds[0].seconds < 1.5


def test_after_the_answer_the_wake_word_is_needed_again() -> None:
    """What is said later is not heard."""
    done = talk([-0.3, 0.6, -3.0, 1.0, -1.0], "What time?", activation=Activation.WAKE, wakes_at=[0.2])
    assert len(done.mind.asked) == 1


def test_a_key_that_is_held_makes_a_turn_of_what_is_said_meanwhile() -> None:
    """No silence ends it before the key is let go, and the end needs no wait."""
    done = talk(
        [-0.3, 0.6, -3.0, 0.6, -0.5],
        "One thing and another",
        activation=Activation.HOLD,
        acts=lambda loop: {0.2: loop.press, 4.7: loop.release},
    )
    assert len(done.mind.asked) == 1
    (ended,) = done.of(TurnEnded)
    assert ended.t < 4.75


def test_without_a_key_nothing_is_heard_where_a_key_is_needed() -> None:
    """HOLD is deaf by itself."""
    done = talk([-0.3, 1.0, -1.0], "What time?", activation=Activation.HOLD)
    assert done.mind.asked == []


def test_a_toggle_opens_and_closes_the_ear() -> None:
    """Speech while it is closed is not for us."""
    done = talk(
        [-0.3, 0.6, -1.0, 0.6, -2.5, 0.6, -1.0],
        "heard",
        activation=Activation.TOGGLE,
        acts=lambda loop: {1.5: loop.toggle, 4.0: loop.toggle},
    )
    assert len(done.mind.asked) == 1


def test_a_typed_question_stops_the_answer_and_is_answered() -> None:
    """Typing works at any time."""
    mind = ScriptedMind(lambda question: LONG_ANSWER if question == "Count" else "Typed.")
    done = talk([-0.3, 0.6, -2.0], "Count", mind=mind, acts=lambda loop: {2.5: lambda: loop.type("And now?")})
    assert [question.text for question in mind.asked] == ["Count", "And now?"]
    assert mind.asked[1].utterance.origin is Origin.TYPED
    assert len(mind.kept[0]) < len(LONG_ANSWER)
    assert mind.kept[1] == "Typed."
    assert len(done.of(Done)) == 2


def test_a_timer_rings_when_nobody_is_in_the_middle_of_something() -> None:
    """It waits for the end of the answer, is shown, and is spoken."""
    mind = ScriptedMind(LONG_ANSWER)
    done = talk([-0.3, 0.6, -1.5], "Count", mind=mind, acts=lambda _loop: {2.0: lambda: mind.rings.append("Ding.")})
    assert mind.kept == [LONG_ANSWER]
    assert done.speaker.spoken[-1] == "Ding."
    assert any(isinstance(event, Told) and event.line == "Ding." for event in done.events)


def test_the_first_sound_is_told_with_where_the_time_went() -> None:
    """Stages add up to the whole, the wait for the end of the turn included."""
    done = talk([-0.3, 0.6], "What time?")
    first = done.of(FirstAudio)[0]
    assert isinstance(first, FirstAudio)
    stages = dict(first.stages_ms)
    assert {"eot_wait", "stt", "route", "first_word", "tts", "total"} <= set(stages)
    parts = sum(stages[name] for name in stages if name not in ("total", "stt_work"))
    assert abs(parts - stages["total"]) < 1.0


class HoarseSpeaker(FakeSpeaker):
    """Breaks at its second piece."""

    def speak(self, text: str) -> Iterator[Frame]:
        yield from super().speak(text)
        if len(self.spoken) > 1:
            raise EngineFailed("the voice stopped", hint="take another one")


def test_a_voice_that_breaks_is_told_once_and_loses_no_answer() -> None:
    """The answer is shown and kept; the next one is spoken again, as far as it goes."""
    mind = ScriptedMind(LONG_ANSWER)
    done = talk([-0.3, 0.6], "Count", mind=mind, speaker=HoarseSpeaker())
    lines = [event.line for event in done.of(Told) if isinstance(event, Told)]
    assert lines == ["the voice stopped · take another one"]
    assert mind.kept == [LONG_ANSWER]
    (answered,) = done.of(Answered)
    assert isinstance(answered, Answered)
    assert answered.text == LONG_ANSWER


def test_one_question_is_enough_where_it_was_asked_for() -> None:
    """`is_once` ends after the first answer, whatever follows."""
    done = talk([-0.3, 0.6, -3.0, 0.6, -3.0], "One?", "Two?", is_once=True)
    assert len(done.mind.asked) == 1


def test_a_loop_that_is_closed_in_the_middle_keeps_what_was_heard() -> None:
    """Leaving loses nothing that was said."""
    mind = ScriptedMind(LONG_ANSWER)
    done = talk([-0.3, 0.6, -9.0], "Count", mind=mind, acts=lambda loop: {2.8: loop.close})
    assert mind.kept
    assert 0 < len(mind.kept[0]) < len(LONG_ANSWER)
    assert isinstance(done.of(Done)[0], Done)
