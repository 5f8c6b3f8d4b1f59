"""`bench voice`: where speech ends, what became of a sentence, and the whole of it in real time."""

from __future__ import annotations

import json
import math
from array import array
from pathlib import Path

import pytest

from privacy_assistant.app.benches.asking_card import AskingCard, as_heard, speech_end_s
from privacy_assistant.app.benches.voice import Asked, Report, _Heard, _new_home, lines, measure, to_json
from privacy_assistant.app.paths import paths_for
from privacy_assistant.core.sound import HEARD_HZ, Recording, Transcript
from privacy_assistant.core.turn import Decision
from privacy_assistant.core.voice_events import Answered, Done, FirstAudio, Transcribed, TurnEnded, VoiceEvent

STEP = HEARD_HZ // 100


def tone(seconds: float, amplitude: float) -> bytes:
    """A wave of 250 Hz."""
    count = round(seconds * HEARD_HZ)
    return array("h", [round(32767 * amplitude * math.sin(n / 10)) for n in range(count)]).tobytes()


@pytest.mark.parametrize(
    ("parts", "end"),
    [
        ([(1.0, 0.5), (0.5, 0.0)], 1.0),
        ([(1.0, 0.5), (0.5, 0.005)], 1.0),
        ([(0.3, 0.0), (1.0, 0.05), (0.2, 0.0005)], 1.3),
        ([(0.5, 0.0)], 0.0),
    ],
)
def test_speech_ends_with_its_last_loud_frame(parts: list[tuple[float, float]], end: float) -> None:
    """Silence and what is faint beside the speech do not count, however loud the whole is."""
    clip = Recording(b"".join(tone(*part) for part in parts), HEARD_HZ)
    assert speech_end_s(clip) == pytest.approx(end, abs=0.011)


def test_a_voice_that_is_made_is_heard_as_from_a_distance() -> None:
    """Full scale comes down to a third; what is quieter stays, and so does silence."""
    assert max(map(abs, array("h", as_heard(tone(0.1, 1.0))))) == pytest.approx(10_000, abs=2)
    assert as_heard(tone(0.1, 0.1)) == tone(0.1, 0.1)
    assert as_heard(bytes(320)) == bytes(320)
    assert as_heard(b"") == b""


def test_the_card_notes_when_the_end_was_heard() -> None:
    """On both clocks: in the tick that holds the last of it, after the quiet before it."""
    card = AskingCard(HEARD_HZ)
    card.ask(Recording(tone(0.1, 0.5), HEARD_HZ), 0.07, after_s=0.05)
    heard = b""
    for tick in card.ticks(lambda samples: bytes(2 * samples)):
        heard += tick.heard.pcm
        assert (card.ended_t is None) == (tick.heard.at < 0.109)
        if card.is_over:
            card.close()
    assert card.ended_t == pytest.approx(0.12)
    assert card.ended_wall is not None
    assert heard[5 * 2 * STEP :] == tone(0.1, 0.5)
    assert any(heard[: 5 * 2 * STEP])  # a quiet room is not a microphone that is muted


def test_nothing_is_heard_while_nobody_asks() -> None:
    """Next to nothing at all, for as long as it takes."""
    card = AskingCard(HEARD_HZ)
    for tick in card.ticks(lambda samples: bytes(2 * samples)):
        assert max(array("h", tick.heard.pcm)) < 10
        if tick.heard.at >= 0.05:
            card.close()
    assert card.ended_wall is None


def asked(*events: VoiceEvent, sentence: str = "what time is it") -> Asked:
    """What these events come to, where the speech ended at 2 s, at 100 s on the wall."""
    heard = _Heard()
    for event in events:
        heard.take(event)
    card = AskingCard(HEARD_HZ)
    card.ended_t, card.ended_wall = 2.0, 100.0
    return heard.asked(sentence, card)


ENDED = TurnEnded(2.5, 100.5, 1, 2.0, 0.9)
HEARD = Transcribed(2.5, 100.6, Transcript("What time is it?", 0.9, "fake ear"))


def test_an_answer_counts_from_the_end_of_the_speech() -> None:
    """Both waits are on the wall's clock, and punctuation is no mistake."""
    one = asked(
        ENDED,
        HEARD,
        Answered(2.6, 100.7, "Noon.", decision=Decision("skill", answered_by="skill:clock")),
        FirstAudio(2.7, 100.8, {"tts": 20.0}),
        Done(2.8, 101.0),
    )
    assert (one.kind, one.is_word_for_word, one.stages_ms) == ("skill", True, {"tts": 20.0})
    assert one.total_ms == pytest.approx(800)
    assert one.wait_ms == pytest.approx(500)


def test_an_answer_that_is_cut_before_it_was_known_is_the_model_s() -> None:
    """Skills know theirs at once."""
    assert asked(ENDED, HEARD, FirstAudio(2.7, 100.8)).kind == "model"


def test_a_line_of_the_loop_s_own_is_no_answer() -> None:
    """It did not understand, or asks back."""
    one = asked(ENDED, Answered(2.6, 100.7, "Sorry?", clarify=True), FirstAudio(2.7, 100.8), Done(2.8, 101.0))
    assert (one.kind, one.is_word_for_word) == ("none", False)


def test_a_turn_that_was_over_before_the_speech_was_is_cut() -> None:
    """However quick the answer was."""
    assert asked(TurnEnded(1.5, 99.5, 1, 1.0, 0.9), HEARD, FirstAudio(1.7, 99.8)).kind == "cut"


def test_what_is_never_answered_is_silent() -> None:
    """Nothing came, or a turn without a sound."""
    assert asked().kind == "silent"
    assert asked(ENDED, HEARD).kind == "silent"


REPORT = Report(
    "fake ear",
    "fake voice",
    (
        Asked("one", "skill", 600, 500, True, {"eot_wait": 490.0, "tts": 30.0, "total": 600.0}),
        Asked("two", "model", 900, 520, False, {"eot_wait": 510.0, "tts": 40.0, "total": 900.0}),
        Asked("three", "cut"),
        Asked("four", "silent"),
    ),
)


def test_the_tables_tell_apart_who_answered() -> None:
    """A row for skills, one for the model, one for both; the stages that ran; and what went wrong."""
    shown = list(lines(REPORT))
    assert "| skills | 1 | 600 | 600 | 500 |" in shown
    assert "| the model | 1 | 900 | 900 | 520 |" in shown
    assert "| all answers | 2 | 900 | 900 | 520 |" in shown
    assert "| wait for the end of the turn | 510 | 510 |" in shown
    assert not any("recogniser, what was left" in line for line in shown)
    assert shown[-1] == "understood word for word 1 of 4; cut off 1, asked back 0, without an answer 1"


def test_a_report_without_an_answer_is_still_one() -> None:
    """No table of figures, and null for a program."""
    report = Report("fake ear", "fake voice", (Asked("one", "silent"),))
    assert not any("all answers" in line for line in lines(report))
    value = json.loads(json.dumps(to_json(report)))
    assert (value["first_audio_ms"], value["asked"][0]["kind"]) == (None, "silent")


def test_the_home_of_a_measurement_has_models_and_settings_alone(tmp_path: Path) -> None:
    """Of the person's home nothing else is to be seen from it, and nothing is made in it."""
    home = tmp_path / "person"
    (home / "models" / "stt").mkdir(parents=True)
    for name in ("config.toml", "policy.toml", "keys.store", "history.db"):
        (home / name).write_text("", encoding="utf-8")
    place = tmp_path / "measured"
    place.mkdir()
    opening = _new_home(place, paths_for(home))
    assert opening.home is not None
    assert sorted(path.name for path in opening.home.iterdir()) == ["config.toml", "models"]
    assert (opening.home / "models" / "stt").is_dir()
    bare = tmp_path / "bare"
    bare.mkdir()
    opening = _new_home(bare, None)
    assert opening.home is not None
    assert list(opening.home.iterdir()) == []


@pytest.mark.slow
def test_two_sentences_are_measured_as_delivered() -> None:
    """By the real loop in real time: the stages add up to what the loop counts, and the wait is part of it."""
    report = measure(sentences=("what time is it", "what is the capital of france"))
    assert len(report.asked) == 2
    for one in report.of("skill", "model"):
        assert 0 < one.wait_ms < one.total_ms
        together = sum(took for name, took in one.stages_ms.items() if name not in ("total", "stt_work"))
        assert together == pytest.approx(one.stages_ms["total"], abs=2)
