"""Wake words: the networks of microWakeWord, key phrases by pocketsphinx, and both at once."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pymicro_wakeword
import pytest

from privacy_assistant.core.sound import HEARD_HZ, Frame
from privacy_assistant.engines.spotter_pocketsphinx import KeyphraseSpotter, usual_threshold
from privacy_assistant.engines.wake import SeveralEars, wake_words
from privacy_assistant.engines.wake_micro import BUILT_IN, MicroWakeWords, as_said
from privacy_assistant.errors import EngineFailed, EngineMissing, UsageError
from privacy_assistant.ports.sound import WakeWord
from tests.fakes import FakeWakeWord, silence
from tests.voice.acoustics import Acoustics, Sound, steady_noise, to_pcm
from tests.voice.voices import recording, spoken

MODELS = Path(pymicro_wakeword.__file__).parent / "models"

CALLS = {
    "alexa": "wake/pymicro/alexa",
    "hey jarvis": "wake/pymicro/hey_jarvis",
    "hey mycroft": "wake/pymicro/hey_mycroft",
    "okay nabu": "wake/pymicro/okay_nabu",
}
"""Recordings in which a word is called, by word."""


def in_a_room(sound: Sound) -> Sound:
    """With the noise of a quiet room before and after it."""
    noise = steady_noise(Acoustics(noise_dbfs=-66.0), HEARD_HZ)
    return np.concatenate([noise, sound, noise])


def heard(ear: WakeWord, sound: Sound, milliseconds: int = 10) -> list[str]:
    """The words that it hears in that."""
    pcm = to_pcm(sound)
    step = 2 * HEARD_HZ * milliseconds // 1000
    frames = (Frame(pcm[at : at + step], HEARD_HZ, at / 2 / HEARD_HZ) for at in range(0, len(pcm), step))
    return [word for frame in frames if (word := ear.heard(frame))]


# ---------------------------------------------------------------- networks


@pytest.mark.parametrize("word", BUILT_IN)
def test_a_word_that_is_called_is_heard_once(word: str) -> None:
    """Each network hears the recording of its own word, and one call is one hit."""
    assert heard(MicroWakeWords([word]), in_a_room(recording(f"{CALLS[word]}/1.flac"))) == [word]


@pytest.mark.parametrize("milliseconds", [10, 37, 1000])
def test_frames_of_any_length_give_the_same_hit(milliseconds: int) -> None:
    """What is left of a frame waits for the next one."""
    assert heard(MicroWakeWords(["okay nabu"]), in_a_room(spoken("okay nabu")), milliseconds) == ["okay nabu"]


def test_of_several_words_the_one_that_was_called_is_told() -> None:
    """All networks listen at once, to the same features."""
    ear = MicroWakeWords(["okay nabu", "hey mycroft"])
    assert ear.words == ("okay nabu", "hey mycroft")
    assert heard(ear, in_a_room(spoken("hey mycroft"))) == ["hey mycroft"]
    ear.reset()
    assert heard(ear, in_a_room(spoken("okay nabu"))) == ["okay nabu"]


def test_a_reset_forgets_half_a_word() -> None:
    """A call that was cut by a reset is none."""
    sound = in_a_room(spoken("okay nabu"))
    middle = len(sound) // 2
    ear = MicroWakeWords(["okay nabu"])
    assert heard(ear, sound[:middle]) == []
    ear.reset()
    assert heard(ear, sound[middle:]) == []


def test_ordinary_speech_wakes_nobody() -> None:
    """A question that holds no wake word."""
    assert heard(MicroWakeWords(BUILT_IN), in_a_room(spoken("What time is it in Paris?"))) == []


@pytest.mark.parametrize("written", ["Okay Nabu", "okay_nabu", "  OKAY   NABU "])
def test_a_word_may_be_written_as_one_likes(written: str) -> None:
    """As it is said, or as files are named."""
    assert MicroWakeWords([written]).words == ("okay nabu",)
    assert as_said(written) == "okay nabu"


def test_an_unknown_word_names_the_known_ones() -> None:
    """The remedy lists what there is; the word itself stays out of the message."""
    with pytest.raises(UsageError) as error:
        MicroWakeWords(["rosebud"])
    assert all(word in error.value.hint for word in BUILT_IN)
    assert "rosebud" not in error.value.message
    with pytest.raises(UsageError):
        MicroWakeWords([])


def test_a_network_of_ones_own_is_named_by_its_path(tmp_path: Path) -> None:
    """A JSON with the network beside it, under the name that stands in it."""
    shutil.copy(MODELS / "okay_nabu.json", tmp_path / "own.json")
    shutil.copy(MODELS / "okay_nabu.tflite", tmp_path)
    ear = wake_words([str(tmp_path / "own.json")])
    assert ear.words == ("okay nabu",)
    assert heard(ear, in_a_room(spoken("okay nabu"))) == ["okay nabu"]


def test_a_missing_network_is_named(tmp_path: Path) -> None:
    """A path that leads nowhere."""
    with pytest.raises(EngineMissing, match=r"none\.json"):
        MicroWakeWords([str(tmp_path / "none.json")])


@pytest.mark.parametrize("damage", ["network", "cut", "gone", "json", "keys", "outside", "nameless"])
def test_a_damaged_network_is_refused_quietly(damage: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """TensorFlow Lite would print to the terminal, and pymicro_wakeword would end the process."""
    described = (MODELS / "okay_nabu.json").read_text("utf-8")
    network = (MODELS / "okay_nabu.tflite").read_bytes()
    broken = {"network": b"no network at all", "cut": network[: len(network) // 3]}
    if damage == "json":
        described = described[:40]
    elif damage == "keys":
        described = described.replace("micro", "macro")
    elif damage == "outside":
        described = described.replace("okay_nabu.tflite", "../okay_nabu.tflite")
    elif damage == "nameless":
        described = described.replace("Okay Nabu", " ")
    (tmp_path / "own.json").write_text(described, "utf-8")
    if damage != "gone":
        (tmp_path / "okay_nabu.tflite").write_bytes(broken.get(damage, network))
    with pytest.raises(EngineFailed) as error:
        MicroWakeWords([str(tmp_path / "own.json")])
    assert error.value.hint
    assert capfd.readouterr() == ("", "")


# ---------------------------------------------------------------- key phrases


@pytest.mark.parametrize(("phrase", "said"), [("stop", "stop"), ("Stop_talking", "stop talking")])
def test_a_phrase_of_words_is_heard_without_training(phrase: str, said: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Any words of the dictionary, heard once, and nothing printed by the library."""
    assert heard(KeyphraseSpotter([phrase]), in_a_room(spoken(said, "ours"))) == [said]
    assert capfd.readouterr() == ("", "")


def test_another_question_is_no_key_phrase() -> None:
    """Speech without the phrase."""
    assert heard(KeyphraseSpotter(["computer"]), in_a_room(spoken("What time is it in Paris?"))) == []


def test_a_person_who_calls_the_computer_is_heard() -> None:
    """A recording of somebody else's voice."""
    assert "computer" in heard(
        KeyphraseSpotter(["computer"]), in_a_room(recording("wake/pymicro/computer/computer.flac"))
    )


def test_a_stricter_threshold_hears_less() -> None:
    """The threshold that is given is the one that counts."""
    assert heard(KeyphraseSpotter(["stop"], {"stop": 1e-30}), in_a_room(spoken("stop"))) == ["stop"]
    assert heard(KeyphraseSpotter(["stop"], {"stop": 1e40}), in_a_room(spoken("stop"))) == []


def test_the_decoder_sleeps_while_the_room_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not louder than the room is kept for a moment and costs nothing more."""
    ear = KeyphraseSpotter(["stop"])
    decoded: list[int] = []

    def decode(pcm: bytes) -> str:
        decoded.append(len(pcm))
        return ""

    monkeypatch.setattr(ear, "_decode", decode)
    assert heard(ear, steady_noise(Acoustics(noise_dbfs=-50.0), 5 * HEARD_HZ)) == []
    assert sum(decoded) < 2 * HEARD_HZ * 1.5
    before = sum(decoded)
    heard(ear, spoken("stop"))
    assert sum(decoded) > before + len(spoken("stop"))


def test_a_word_of_no_dictionary_is_refused() -> None:
    """The word is not told back; the remedy is."""
    with pytest.raises(UsageError) as error:
        KeyphraseSpotter(["zorkmidly"])
    assert error.value.hint
    assert "zorkmidly" not in error.value.message + error.value.hint


@pytest.mark.parametrize("phrases", [[], [""], ["4711"], ["stop /1e-1/\nevil"]])
def test_what_is_no_phrase_is_refused(phrases: Sequence[str]) -> None:
    """Nothing, digits, and what would be two lines in the list that the library reads."""
    with pytest.raises(UsageError):
        KeyphraseSpotter(phrases)


def test_a_longer_phrase_needs_less_likelihood() -> None:
    """It falls with each phone, and is never above one."""
    ratios = [usual_threshold(phones) for phones in range(1, 30)]
    assert ratios == sorted(ratios, reverse=True)
    assert ratios[0] <= 1


# ---------------------------------------------------------------- both


def test_each_word_goes_to_who_knows_it() -> None:
    """A network where there is one, key phrases for the rest."""
    ear = wake_words(["stop", "okay nabu"])
    assert set(ear.words) == {"stop", "okay nabu"}
    assert heard(ear, in_a_room(spoken("okay nabu"))) == ["okay nabu"]
    ear.reset()
    assert heard(ear, in_a_room(spoken("stop"))) == ["stop"]
    assert isinstance(wake_words(["alexa"]), MicroWakeWords)
    assert isinstance(wake_words(["stop"]), KeyphraseSpotter)
    with pytest.raises(UsageError):
        wake_words([])


def test_several_ears_hear_everything() -> None:
    """The first that hears its word is told, and nobody is skipped."""
    both = SeveralEars([FakeWakeWord([0.0]), FakeWakeWord([0.0, 0.01], word="stop")])
    assert [both.heard(silence(at=at)) for at in (0.0, 0.01, 0.02)] == ["computer", "stop", ""]


@pytest.mark.parametrize("word", ["okay nabu", "stop"])
def test_another_rate_is_refused(word: str) -> None:
    """Sound of 48 kHz would be taken for slow mumbling."""
    with pytest.raises(EngineFailed, match="48000"):
        wake_words([word]).heard(silence(rate_hz=48_000))
