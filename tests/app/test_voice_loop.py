"""A voice that is opened on a real house: its engines, what is learned of somebody's pauses, and what is kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from privacy_assistant.app import voice_loop
from privacy_assistant.app.voice_loop import PATIENCE, VoiceOpening, open_voice
from privacy_assistant.core.activation import Activation
from privacy_assistant.core.exchange import Question
from privacy_assistant.core.sound import HEARD_HZ, Recording, Transcript
from privacy_assistant.core.turn import Origin, Role, Utterance
from privacy_assistant.core.voice_events import Answered, BargedIn, Done, FirstAudio, Told, Transcribed
from privacy_assistant.errors import EngineFailed, EngineMissing, UsageError
from tests.app.talking_house import BY_FILE, home_with_an_ear, said_to, talk
from tests.faces.said_aloud import CAPITAL, STOP, STORY, TIME, TIMER, Part, sound_of, writes_settings
from tests.fakes import FakeLocalModel, FakeSpeaker, FakeTranscriber

LONG = " ".join(f"This is sentence number {number} of a story that is long." for number in range(1, 12))

HALTING: tuple[Part, ...] = ("Set a timer for", 0.5, "five minutes.", 3.0)
"""Somebody who thinks in the middle of a sentence."""


class ClosingEar(FakeTranscriber):
    """Knows that it was closed; breaks while it is loaded where it is told to."""

    def __init__(self, error: EngineFailed | None = None) -> None:
        super().__init__()
        self._error = error
        self.is_closed = False

    def warm(self) -> None:
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        self.is_closed = True


class ClosingMouth(FakeSpeaker):
    """Knows that it was closed."""

    is_closed = False

    def close(self) -> None:
        self.is_closed = True


class Stumbling(FakeTranscriber):
    """Breaks at the first thing that it hears."""

    is_well = False

    def transcribe(self, sound: Recording, *, hints: Sequence[str] = (), language: str = "") -> Transcript:
        if not self.is_well:
            self.is_well = True
            raise EngineFailed("the recogniser stumbled")
        return super().transcribe(sound, hints=hints, language=language)


def test_a_question_is_kept_with_how_it_came_and_its_answer_with_what_was_heard(home: Path) -> None:
    """Two messages: the first by voice, the second whole."""
    made = home_with_an_ear(home, model=FakeLocalModel("It is Paris."))
    with made.opened() as house:
        events = said_to(house, 0.3, CAPITAL)
        [conversation] = house.history.conversations()
        question, answer = house.history.messages(conversation.id)
    [done] = [event for event in events if isinstance(event, Done)]
    assert (done.conversation, done.turn) == (conversation.id, question.seq)
    assert question.message.origin is Origin.VOICE
    assert (answer.message.role, answer.message.text, answer.message.is_cut) == (Role.ASSISTANT, "It is Paris.", False)


def test_what_is_said_over_an_answer_cuts_it_where_it_was_heard(home: Path) -> None:
    """The history has the words up to there; the answer to what was said comes after it."""
    made = home_with_an_ear(home, model=FakeLocalModel(LONG))
    with made.opened() as house:
        events = said_to(house, 0.3, STORY, 6.0, TIME, 0.5, voice="high")
        [conversation] = house.history.conversations()
        messages = house.history.messages(conversation.id)
    assert [message.message.is_cut for message in messages] == [False, True, False, False]
    cut = messages[1].message.text
    assert LONG.startswith(cut)
    assert 3 < len(cut.split()) < 40
    assert next(event.text for event in events if isinstance(event, Answered)) == cut
    assert "stop" in [event.step for event in events if isinstance(event, BargedIn)]


def test_a_word_is_enough_to_stop_it_and_is_no_question(home: Path) -> None:
    """ "Stop": nothing answers to it."""
    made = home_with_an_ear(home, model=FakeLocalModel(LONG))
    with made.opened() as house:
        events = said_to(house, 0.3, STORY, 6.0, STOP, 2.0, voice="high")
        [conversation] = house.history.conversations()
        assert len(house.history.messages(conversation.id)) == 2
    [done] = [event for event in events if isinstance(event, Done)]
    assert done.was_cut


def test_where_nothing_is_kept_done_names_no_place(home: Path) -> None:
    """An ephemeral talk: also nothing is learned of somebody's pauses."""
    made = home_with_an_ear(home)
    with made.opened() as house:
        said_to(house, TIME)
        before = house.drawer.items(PATIENCE)
    talked = talk(made, *HALTING, is_ephemeral=True)
    assert {(done.conversation, done.turn) for done in talked.of(Done)} == {(None, 0)}
    with made.opened() as house:
        assert len(house.history.conversations()) == 1
        assert house.drawer.items(PATIENCE) == before


def test_what_was_learned_of_somebodys_pauses_is_sealed_and_taken_up_again(home: Path) -> None:
    """One item, however often it was opened; a longer pause in a sentence changes it."""
    made = home_with_an_ear(home)
    talk(made, TIME)
    with made.opened() as house:
        [(_, fresh)] = house.drawer.items(PATIENCE)
    talk(made, *HALTING)
    with made.opened() as house:
        [(_, payload)] = house.drawer.items(PATIENCE)
        assert payload != fresh
        with open_voice(house, BY_FILE):
            pass
        assert house.drawer.items(PATIENCE)[0][1] == payload
    assert PATIENCE.encode() not in made.every_byte()


def test_a_timer_that_is_due_is_told_and_said(home: Path) -> None:
    """While the file lasts; the sample clock runs faster than the wall's, so it was set before."""
    made = home_with_an_ear(home)
    with made.opened() as house:
        list(house.answer(Question(Utterance("set a tea timer for 1 second"))))
        threading.Event().wait(1.1)
        events = said_to(house, 1.0)
    assert [event.line for event in events if isinstance(event, Told)] == ["Your tea timer is done."]
    assert [event for event in events if isinstance(event, FirstAudio)]


def test_after_one_question_it_is_over_where_that_is_asked_for(home: Path) -> None:
    """What is said later is heard by nobody."""
    talked = talk(home_with_an_ear(home), TIME, 3.0, TIMER, opening=VoiceOpening(is_live=False, is_once=True))
    assert len(talked.of(Transcribed)) == 1
    assert len(talked.played.pcm) / 2 / talked.played.rate_hz < len(sound_of(TIME, 3.0, TIMER)) / HEARD_HZ


def test_a_talk_goes_on_in_a_conversation_that_is_named(home: Path) -> None:
    """As `ask --conversation` does."""
    made = home_with_an_ear(home)
    with made.opened() as house:
        said_to(house, TIME)
        [conversation] = house.history.conversations()
        said_to(house, TIMER, opening=VoiceOpening(is_live=False, hears_us=False, conversation=conversation.id))
        assert len(house.history.conversations()) == 1
        assert len(house.history.messages(conversation.id)) == 4


def test_beside_the_sound_card_the_same_is_heard_and_said(home: Path) -> None:
    """With its work on threads of its own, as by devices."""
    talked = talk(home_with_an_ear(home), 0.3, TIMER, opening=VoiceOpening(is_live=True, hears_us=False))
    assert talked.heard == ["Set a timer for 5 minutes."]
    assert talked.answers == ["Timer set for 5 minutes."]
    assert talked.played.rate_hz == 48_000


# ---------------------------------------------------------------- engines that are missing or break


def test_a_wake_word_that_nobody_knows_is_told_before_anything_is_loaded(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And who was made until then is closed."""
    ear, mouth = ClosingEar(), ClosingMouth()
    monkeypatch.setattr(voice_loop, "find_transcriber", lambda *_: ear)
    monkeypatch.setattr(voice_loop, "find_speaker", lambda *_: mouth)
    with home_with_an_ear(home).opened() as house:
        opening = VoiceOpening(Activation.WAKE, ("xyzzyqq",), is_live=False)
        with pytest.raises(UsageError) as raised, open_voice(house, opening):
            pass
    assert "hey jarvis" in raised.value.hint
    assert ear.is_closed
    assert mouth.is_closed


def test_an_engine_that_breaks_while_it_is_loaded_is_told_and_everything_closed(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though it is loaded beside the others."""
    ear, mouth = ClosingEar(EngineFailed("the model is broken")), ClosingMouth()
    monkeypatch.setattr(voice_loop, "find_transcriber", lambda *_: ear)
    monkeypatch.setattr(voice_loop, "find_speaker", lambda *_: mouth)
    with home_with_an_ear(home).opened() as house:
        with pytest.raises(EngineFailed, match="the model is broken"), open_voice(house, BY_FILE):
            pass
        assert house.drawer.items(PATIENCE) == []
    assert ear.is_closed
    assert mouth.is_closed


def test_a_recogniser_of_the_settings_that_is_not_there_is_never_replaced_in_silence(home: Path) -> None:
    """Who asked for it learns that it is missing."""
    made = home_with_an_ear(home)
    writes_settings(home, f"[models]\nstt = {json.dumps(str(home / 'nowhere'))}\n")
    with made.opened() as house, pytest.raises(EngineMissing), open_voice(house, BY_FILE):
        pass


def test_a_recogniser_that_breaks_in_the_middle_is_told_and_the_loop_goes_on(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is shown and said; the next question is heard."""
    monkeypatch.setattr(voice_loop, "find_transcriber", lambda *_: Stumbling("what time is it"))
    talked = talk(home_with_an_ear(home), 0.3, TIME, 5.0, TIME)
    assert talked.answers[0] == "the recogniser stumbled"
    assert talked.heard == ["what time is it"]
    assert talked.answers[1].startswith("It's ")
