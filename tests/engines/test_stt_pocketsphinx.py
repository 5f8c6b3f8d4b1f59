"""The spare recogniser, for real: sentences of the skills by our own voice, and people where their clips are."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.core.spoken_commands import spoken_commands
from privacy_assistant.engines import stt_pocketsphinx
from privacy_assistant.engines.sound_file import read_sound, resampled
from privacy_assistant.engines.stt_pocketsphinx import NAME, PocketsphinxTranscriber
from privacy_assistant.errors import EngineFailed, EngineMissing
from tests.engines.speech_of_our_own import pink_noise, quiet, say
from tests.skills.asking import ask_all

_NAMED = os.environ.get("PRIVACY_ASSISTANT_TEST_DATA")
SPEECH = (Path(_NAMED) if _NAMED else Path(__file__).resolve().parents[2].parent / "shared" / "data") / "speech"
needs_people = pytest.mark.skipif(not SPEECH.is_dir(), reason="no public data: PRIVACY_ASSISTANT_TEST_DATA")


@pytest.fixture(scope="module")
def ear() -> Iterator[PocketsphinxTranscriber]:
    """Loaded once: 0.8 s."""
    ear = PocketsphinxTranscriber()
    ear.warm()
    yield ear
    ear.close()


@pytest.mark.parametrize(
    ("said", "skill"),
    [
        ("set a timer for ten minutes", "timers"),
        ("what time is it", "clock"),
        ("set an alarm for six thirty a.m.", "timers"),
        ("turn up the volume", "volume"),
        ("what is twenty plus thirty", "calculator"),
        ("repeat that", "replay"),
    ],
)
def test_a_sentence_of_the_skills_is_heard_and_understood(ear: PocketsphinxTranscriber, said: str, skill: str) -> None:
    """From our own voice to the skill that answers, word for word."""
    heard = ear.transcribe(say(said))
    assert heard.text == said.replace("six thirty", "6:30")
    assert heard.confidence >= 0.55
    assert (heard.engine, heard.language, heard.rejected) == (NAME, "en", "")
    answered = ask_all(heard.text, last="Hello.")
    assert answered is not None
    assert answered[0] == skill


def test_the_same_sound_gives_the_same_words_whatever_came_before(ear: PocketsphinxTranscriber) -> None:
    """What the decoder learns of a recording is not carried to the next."""
    sound = say("what time is it")
    first = ear.transcribe(sound)
    ear.transcribe(say("set a timer for ten minutes", "low", noise_db=15))
    assert ear.transcribe(sound) == first


@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 48_000])
def test_any_rate_is_taken(ear: PocketsphinxTranscriber, rate_hz: int) -> None:
    """Eight thousand samples a second are a telephone's, and lose too much to be held to the words."""
    heard = ear.transcribe(resampled(say("set a timer for ten minutes"), rate_hz))
    assert heard.text if rate_hz < HEARD_HZ else heard.text == "set a timer for ten minutes"


def test_what_is_no_sentence_of_the_skills_is_not_bent_into_one(ear: PocketsphinxTranscriber) -> None:
    """It is heard by the language model, not well, and as what it is."""
    heard = ear.transcribe(say("the quick brown fox jumps over the lazy dog"))
    assert heard.text
    assert not spoken_commands().says(heard.text)
    assert heard.confidence < 0.6


def test_noise_and_silence_are_nothing(ear: PocketsphinxTranscriber) -> None:
    """No text, and a word that says why."""
    assert ear.transcribe(quiet(1.0)).rejected == "silence"
    assert ear.transcribe(Recording(b"", HEARD_HZ)).rejected == "silence"
    hiss = Recording((pink_noise(2 * HEARD_HZ) * 1500).astype("<i2").tobytes(), HEARD_HZ)
    heard = ear.transcribe(hiss)
    assert (heard.text, heard.rejected) == ("", "noise")


def test_names_are_heard_once_they_are_given(ear: PocketsphinxTranscriber) -> None:
    """A timer of this person; a name that is in no dictionary is passed over, and so is what is no name at all."""
    hints = ["lasagna", "Xyzzyqwert", "", "a | <number>", "O'Brien"]
    assert "lasagna timer" in ear.transcribe(say("cancel the lasagna timer"), hints=hints).text
    assert ear.transcribe(say("what time is it")).text == "what time is it"


def test_a_long_recording_is_heard_in_pieces(ear: PocketsphinxTranscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is longer than any sentence of the skills goes to the language model, piece by piece."""
    monkeypatch.setattr(stt_pocketsphinx, "_LONGEST_S", 1.0)
    monkeypatch.setattr(stt_pocketsphinx, "_PIECE_S", 1.2)
    heard = ear.transcribe(say("set a timer for ten minutes"))
    assert len(heard.text.split()) >= 2
    assert 0.0 < heard.confidence <= 1.0


def test_a_closed_recogniser_says_so() -> None:
    """A late call does not load it again."""
    ear = PocketsphinxTranscriber()
    ear.close()
    with pytest.raises(EngineFailed, match="closed"):
        ear.transcribe(say("stop"))


def test_a_model_that_is_missing_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do about it."""
    monkeypatch.setattr(stt_pocketsphinx, "_FILES", ("no-such-file",))
    with pytest.raises(EngineMissing) as caught:
        PocketsphinxTranscriber().warm()
    assert "pip install" in caught.value.hint


def test_every_word_of_the_grammar_is_in_the_dictionary() -> None:
    """Else a sentence could never be heard."""
    dictionary = stt_pocketsphinx._place() / "cmudict-en-us.dict"
    known = {line.split(" ", 1)[0] for line in dictionary.read_text("utf-8").splitlines()}
    assert {word for _, _, word in spoken_commands().arcs()} <= known


def test_nothing_is_written_to_the_terminal() -> None:
    """In a process of its own: native code prints nothing, also about noise and an empty sound."""
    program = """
from privacy_assistant.core.sound import Recording
from privacy_assistant.engines.stt_pocketsphinx import PocketsphinxTranscriber
ear = PocketsphinxTranscriber()
ear.warm()
for pcm in (b"", b"\\x00\\x20\\x00\\xe0" * 4000, b"\\x00\\x20" * 50):
    ear.transcribe(Recording(pcm, 16000), hints=["anna"])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""


@needs_people
@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pocketsphinx_cards/001.flac", "ten of clubs"),
        ("pocketsphinx_cards/003.flac", "seven of clubs"),
        ("pocketsphinx_cards/004.flac", "five five"),
    ],
)
def test_people_who_say_something_short_are_heard(ear: PocketsphinxTranscriber, file: str, text: str) -> None:
    """Short sentences of people, by the language model."""
    assert ear.transcribe(read_sound(SPEECH / file)).text == text


@needs_people
def test_people_who_read_are_not_taken_for_commands(ear: PocketsphinxTranscriber) -> None:
    """No sentence of a book becomes an order."""
    for file in sorted((SPEECH / "cmu_arctic").glob("*.flac"))[-2:]:
        assert not spoken_commands().says(ear.transcribe(read_sound(file)).text), file.name
