"""Events of the voice as JSON and as lines."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from prompt_toolkit.utils import get_cwidth

from privacy_assistant.core.sound import Transcript
from privacy_assistant.core.turn import Decision, Zone
from privacy_assistant.core.voice_events import (
    Answered,
    BargedIn,
    Done,
    FirstAudio,
    Level,
    SoftEnded,
    SpeechStarted,
    Told,
    Transcribed,
    TurnEnded,
    VoiceEvent,
    Woke,
    Worded,
)
from privacy_assistant.faces.stream import json_line
from privacy_assistant.faces.voice_lines import LiveRow, as_json, shown

DECISION = Decision("mode:local-first", zone=Zone.CLOUD, answered_by="there", model="m-1", redacted=2)


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Woke(1.5, 100.25, "alexa"), '{"event": "wake", "t": 1.5, "wall": 100.25, "word": "alexa"}'),
        (SpeechStarted(1.5, 100.25), '{"event": "speech_start", "t": 1.5, "wall": 100.25}'),
        (
            SoftEnded(2.5, 101, 2, 2.30000004),
            '{"event": "soft_end", "t": 2.5, "wall": 101, "revision": 2, "speech_end": 2.3}',
        ),
        (
            TurnEnded(2.9, 101, 2, 2.3, 0.98765),
            '{"event": "turn_end", "t": 2.9, "wall": 101, "revision": 2, "speech_end": 2.3, "complete": 0.988}',
        ),
        (
            Transcribed(2.9, 101, Transcript("what time is it", 0.91, "fake ear", "en")),
            '{"event": "transcript", "t": 2.9, "wall": 101, "text": "what time is it", "confidence": 0.91, '
            '"engine": "fake ear", "language": "en", "rejected": ""}',
        ),
        (
            Answered(3.0, 102, "Noon.", Zone.CLOUD, decision=DECISION),
            '{"event": "answer", "t": 3.0, "wall": 102, "text": "Noon.", "zone": "cloud", "clarify": false, '
            '"answered_by": "there", "model": "m-1", "rule": "mode:local-first", "redacted": 2}',
        ),
        (
            Answered(3.0, 102, "Sorry, I didn't catch that", clarify=True),
            '{"event": "answer", "t": 3.0, "wall": 102, "text": "Sorry, I didn\'t catch that", "zone": "device", '
            '"clarify": true, "answered_by": null, "model": null, "rule": null, "redacted": null}',
        ),
        (
            FirstAudio(3.1, 102, {"stt": 12.345, "tts": 20.0}),
            '{"event": "first_audio", "t": 3.1, "wall": 102, "stages_ms": {"stt": 12.3, "tts": 20.0}}',
        ),
        (BargedIn(4, 103, "duck"), '{"event": "barge_in", "t": 4, "wall": 103, "step": "duck"}'),
        (Told(4, 103, "no loudspeaker"), '{"event": "notice", "t": 4, "wall": 103, "line": "no loudspeaker"}'),
        (
            Done(5, 104, 1.25, True, "c7", 3),
            '{"event": "done", "t": 5, "wall": 104, "heard_s": 1.25, "was_cut": true, "conversation": "c7", "turn": 3}',
        ),
    ],
)
def test_each_event_has_its_object(event: VoiceEvent, line: str) -> None:
    """Name, clocks, and its own keys, in the order that the page promises."""
    assert json_line(as_json(event)) == line


def test_the_meter_and_single_words_have_no_object() -> None:
    """Ten lines a second of loudness are for nobody, and the answer holds its words."""
    assert as_json(Level(0, 0, -20.0, "hearing")) is None
    assert as_json(Worded(0, 0, "Noon")) is None


def test_an_exchange_that_nobody_keeps_has_no_place() -> None:
    """A conversation without an id, and a turn 0, are null: there is nothing to explain later."""
    value = as_json(Done(0, 0))
    assert value is not None
    assert (value["conversation"], value["turn"]) == (None, None)
    assert json.loads(json_line(value)) == value


def test_what_was_not_understood_says_why_and_not_what() -> None:
    """A rejected recording is one line about it, an empty one without a reason none."""
    (line,) = shown(Transcribed(0, 0, Transcript("", 0.0, "fake ear", rejected="noise")))
    assert (line.text, line.is_data) == ("nothing was understood (noise)", False)
    assert shown(Transcribed(0, 0, Transcript("", 0.0, "fake ear"))) == ()


def test_an_answer_is_data_and_its_badge_is_not() -> None:
    """What goes to standard output is what was said."""
    answer, about = shown(Answered(0, 0, "Noon.", Zone.CLOUD, decision=DECISION))
    assert (answer.text, answer.is_data) == ("Noon.", True)
    assert (about.text, about.is_data) == ("[cloud there (2 redacted) · m-1 · mode:local-first]", False)


def test_a_line_does_not_show_its_words() -> None:
    """In a traceback of a test or a log there is nothing of what was said."""
    (answer, *_) = shown(Answered(0, 0, "Noon."))
    assert "Noon" not in repr(answer)


@given(st.lists(st.text(alphabet="ab 你é\n", max_size=12), max_size=30), st.integers(3, 40))
@example(["   ", "aaaaaaaaaaaaa"], 6)
@example(["你你你你你你你"], 4)
def test_rows_hold_every_word_and_are_narrow(pieces: list[str], width: int) -> None:
    """However the words come: each row is narrower than the terminal, and nothing but blanks is lost."""
    live = LiveRow()
    rows = [row for piece in pieces for row in live.add(piece, width)]
    assert get_cwidth(live.text) < width
    rows += live.finish()
    assert all(sum(get_cwidth(character) for character in row) < width for row in rows)
    assert "".join("".join(rows).split()) == "".join("".join(pieces).split())
    assert live.text == ""


def test_rows_break_between_words() -> None:
    """A word is cut only where it is wider than a row."""
    live = LiveRow()
    assert live.add("one two three fourfourfourfour", 10) == ["one two", "three", "fourfourf"]
    assert live.finish() == ["ourfour"]
