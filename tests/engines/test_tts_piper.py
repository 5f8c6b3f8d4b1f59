"""The Piper engine on real voices: the one of the package, the silent one of the test data, and broken ones.

In this process and in a worker: whoever listens hears no difference.
"""

from __future__ import annotations

import itertools
import json
import logging
import os
import shutil
from array import array
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.sound import Frame
from privacy_assistant.engines.tts_piper import LONGEST_PIECE, PiperSpeaker
from privacy_assistant.engines.voices import SHIPPED, find_voice, voices
from privacy_assistant.engines.worker.speech import WorkerSpeaker
from privacy_assistant.errors import EngineFailed, EngineMissing, SettingsError

ROOT = Path(__file__).parents[2]
CARD = SHIPPED.with_name("MODEL_CARD.md")


Mouth = PiperSpeaker | WorkerSpeaker
Kind = Callable[..., Mouth]


@pytest.fixture(scope="module", params=[PiperSpeaker, WorkerSpeaker], ids=["here", "worker"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Where it speaks."""
    made: Kind = request.param
    return made


@pytest.fixture(scope="module")
def ours(kind: Kind) -> Iterator[Mouth]:
    """The voice of the package, loaded once."""
    speaker = kind(SHIPPED)
    speaker.warm()
    yield speaker
    speaker.close()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of it to break."""
    for file in (SHIPPED, SHIPPED.with_name(f"{SHIPPED.name}.json")):
        shutil.copy(file, tmp_path)
    return tmp_path / SHIPPED.name


@pytest.fixture
def silent() -> Path:
    """The silent voice of the test data."""
    place = os.environ.get("PRIVACY_ASSISTANT_TEST_DATA")
    data = Path(place) if place else ROOT.parent / "shared" / "data"
    voice = data / "models" / "piper-silent-voice" / "test_voice.onnx"
    if not voice.is_file():
        pytest.skip("the silent voice is not at hand (PRIVACY_ASSISTANT_TEST_DATA names the data)")
    return voice


def samples(frames: list[Frame]) -> array[int]:
    return array("h", b"".join(frame.pcm for frame in frames))


def seconds(frames: list[Frame]) -> float:
    return sum(frame.seconds for frame in frames)


# ---------------------------------------------------------------- what is spoken


def test_a_sentence_is_spoken_in_short_frames_on_a_clock_of_its_own(ours: Mouth) -> None:
    """None longer than 100 ms, each beginning where the one before ended, at the rate of the voice."""
    frames = list(ours.speak("Good morning. How are you?"))
    assert 1.0 < seconds(frames) < 4.0
    assert all(0 < frame.seconds <= 0.1 and frame.rate_hz == ours.rate_hz for frame in frames)
    starts = list(itertools.accumulate((frame.seconds for frame in frames), initial=0.0))[:-1]
    assert [frame.at for frame in frames] == pytest.approx(starts)


def test_the_sound_begins_at_once_and_is_loud(ours: Mouth) -> None:
    """At most a little silence before it and after it, and the loudest sample at full scale, as Piper makes it."""
    sound = samples(list(ours.speak("Good morning.")))
    loud = [at for at, sample in enumerate(sound) if abs(sample) > 328]
    assert loud[0] <= 0.011 * ours.rate_hz
    assert len(sound) - loud[-1] <= 0.052 * ours.rate_hz
    assert max(map(abs, sound)) > 32_000


def test_between_two_sentences_there_is_the_silence_of_the_voice(ours: Mouth) -> None:
    """Only what follows the last one is cut off."""
    both = seconds(list(ours.speak("Good morning. Good morning.")))
    assert both > 2 * seconds(list(ours.speak("Good morning.")))


def test_the_same_text_gives_the_same_sound(ours: Mouth) -> None:
    """The voice of the package draws no random numbers."""
    assert samples(list(ours.speak("Seven green bottles."))) == samples(list(ours.speak("Seven green bottles.")))


@pytest.mark.parametrize("text", ["", "   ", "...", "?!", "—", "😀", "\0", "\ud800", "[[]]", "\n\n"])
def test_what_holds_no_word_gives_no_sound(ours: Mouth, text: str) -> None:
    """Not even a breath, and no error."""
    assert list(ours.speak(text)) == []


@given(st.text(max_size=60))
@settings(max_examples=40, deadline=None)
def test_any_text_is_spoken_or_passed_over(ours: Mouth, text: str) -> None:
    """Whatever characters it has: whole samples in frames, never an error."""
    assert all(len(frame.pcm) % 2 == 0 and frame.pcm for frame in ours.speak(text))


def test_marks_of_raw_sounds_are_no_way_in(ours: Mouth) -> None:
    """Piper reads "[[…]]" as phonemes: here it is words."""
    assert samples(list(ours.speak("[[word]]"))) == samples(list(ours.speak("word")))


@pytest.mark.parametrize("text", ["word " * 400, "word, " * 400, "ab" * 1500])
def test_a_text_without_an_end_is_made_in_pieces(ours: Mouth, text: str) -> None:
    """So that the first sound does not wait for the last."""
    stream = ours.speak(text)
    first = next(iter(stream))
    assert first.at == 0
    assert first.seconds <= 0.1
    rest = seconds(list(stream))
    assert rest > 2 * seconds(list(ours.speak(text[: LONGEST_PIECE // 2])))


def test_speed_and_its_limits(ours: Mouth, kind: Kind) -> None:
    """Twice the pace takes about half the time; what is out of range is refused."""
    text = "The kettle is on the stove and the water is warm."
    quick = seconds(list(kind(SHIPPED, speed=2.0).speak(text)))
    slow = seconds(list(kind(SHIPPED, speed=0.5).speak(text)))
    plain = seconds(list(ours.speak(text)))
    assert quick == pytest.approx(plain / 2, rel=0.2)
    assert slow == pytest.approx(plain * 2, rel=0.2)
    for speed in (0.4, 2.1, 0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="speed"):
            kind(SHIPPED, speed=speed)


def test_a_question_rises_a_comma_stays_and_a_statement_falls(ours: Mouth) -> None:
    """The pitch at the end of the same words, by the mark behind them: a piece that ends in a comma goes on."""
    stop, comma, question = (last_pitch(list(ours.speak(f"You are all alone{mark}"))) for mark in ".,?")
    assert stop + 5 < comma
    assert comma + 5 < question


def last_pitch(frames: list[Frame]) -> float:
    """In Hz, of a tenth of a second before the sound ends, by autocorrelation."""
    rate = frames[0].rate_hz
    sound = np.array(samples(frames), dtype=np.float64)
    end = int(np.flatnonzero(np.abs(sound) > 1500)[-1])
    piece = sound[end - int(0.15 * rate) : end - int(0.05 * rate)]
    like = np.correlate(piece, piece, "full")[len(piece) - 1 :]
    least, most = rate // 220, rate // 60
    return rate / (least + int(np.argmax(like[least:most])))


def test_nothing_of_the_text_reaches_a_log_or_the_terminal(
    ours: Mouth, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Piper writes texts and phonemes at debug level, and espeak-ng may print."""
    with caplog.at_level(logging.DEBUG):
        list(ours.speak("Kaleidoscope 你好 ẞ ʘ"))
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_a_voice_that_was_closed_loads_again(ours: Mouth, kind: Kind) -> None:
    """For whoever closes it between two conversations."""
    speaker = kind(SHIPPED)
    assert list(speaker.speak("Hello."))
    speaker.close()
    assert samples(list(speaker.speak("Hello."))) == samples(list(ours.speak("Hello.")))


def test_the_silent_voice_of_the_test_data_is_silent(silent: Path, kind: Kind) -> None:
    """Another voice, at another rate: all of its silence is given."""
    speaker = kind(silent)
    speaker.warm()
    assert (speaker.name, speaker.rate_hz, speaker.language) == ("test_voice", 22_050, "en-us")
    sound = samples(list(speaker.speak("Hello there.")))
    assert len(sound) > 0
    assert set(sound) == {0}


# ---------------------------------------------------------------- broken voices


def test_a_voice_that_is_not_there_is_missing(tmp_path: Path, copy: Path, kind: Kind) -> None:
    """Either of its two files."""
    with pytest.raises(EngineMissing):
        kind(tmp_path / "nobody.onnx")
    copy.with_name(f"{copy.name}.json").unlink()
    with pytest.raises(EngineMissing, match=r"lacks en_US-robot-low\.onnx\.json"):
        kind(copy)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("num_symbols", None),
        ("num_symbols", True),
        ("num_symbols", 3),
        ("num_speakers", 0),
        ("audio", {"sample_rate": 0}),
        ("audio", {"sample_rate": "16000"}),
        ("audio", []),
        ("espeak", {"voice": "../../etc/passwd"}),
        ("espeak", {}),
        ("phoneme_type", "pinyin"),
        ("phoneme_type", ["espeak"]),
        ("inference", {"length_scale": 0}),
        ("inference", {"length_scale": "slow"}),
        ("inference", {"noise_scale": -1}),
        ("default_speaker_id", 1),
        ("vowel_clusters", "ab"),
        ("phoneme_id_map", {}),
        ("phoneme_id_map", {"_": [0], "^": [1], "$": ["x"]}),
    ],
)
def test_a_description_that_is_none_is_one_clear_line(copy: Path, key: str, value: Any, kind: Kind) -> None:
    """Before the network is loaded: wrong kinds, wrong ranges, and what needs a dictionary from elsewhere."""
    file = copy.with_name(f"{copy.name}.json")
    described = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**described, key: value}), "utf-8")
    with pytest.raises(EngineFailed, match="does not describe a voice") as caught:
        kind(copy)
    assert "\n" not in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\xff", '{"audio": NaN}', "[" * 100_000])
def test_a_description_that_is_no_json_is_one_clear_line(copy: Path, text: str, kind: Kind) -> None:
    """Nor a very deep one."""
    copy.with_name(f"{copy.name}.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(EngineFailed) as caught:
        kind(copy)
    assert "\n" not in caught.value.message


def test_a_network_that_is_broken_or_none_is_one_clear_line(copy: Path, kind: Kind) -> None:
    """Cut short, empty, or another network altogether: told on the first word, not by a crash."""
    whole = copy.read_bytes()
    other = ROOT / "privacy_assistant" / "engines" / "pii_ner" / "tagger.onnx"
    for content, words in ((whole[:1000], "damaged"), (b"", "damaged"), (other.read_bytes(), "no Piper voice")):
        copy.write_bytes(content)
        with pytest.raises(EngineFailed, match=words) as caught:
            kind(copy).warm()
        assert "\n" not in caught.value.message
        assert caught.value.hint


def test_a_language_that_nobody_knows_stops_with_the_name_of_the_voice(copy: Path, kind: Kind) -> None:
    """espeak-ng refuses it when the first text comes."""
    file = copy.with_name(f"{copy.name}.json")
    described = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({**described, "espeak": {"voice": "zz-zz"}}), "utf-8")
    with pytest.raises(EngineFailed, match="the voice en_US-robot-low stopped: RuntimeError"):
        list(kind(copy).speak("Kaleidoscope"))


def test_a_speaker_that_the_voice_lacks_is_refused(kind: Kind) -> None:
    """Numbers are counted from 0."""
    with pytest.raises(EngineFailed, match="has no speaker 1"):
        kind(SHIPPED, speaker_id=1)


# ---------------------------------------------------------------- which voice


def test_the_shipped_voice_is_the_one_that_was_built() -> None:
    """Its digests stand in its card; it is small, and its licence is told."""
    card = CARD.read_text("utf-8")
    for file in (SHIPPED, SHIPPED.with_name(f"{SHIPPED.name}.json")):
        assert sha256(file.read_bytes()).hexdigest() in card
    assert SHIPPED.stat().st_size < 3_000_000
    assert "GPL-3.0-or-later" in card


def test_a_voice_is_found_by_path_by_name_and_by_language(copy: Path, tmp_path: Path) -> None:
    """What is set counts; else one of the person's for the language; else the shipped one."""
    models = tmp_path / "models"
    for name in ("de_DE-anna-low", "de_AT-berta-low", "en_GB-carl-low"):
        (models / "tts").mkdir(parents=True, exist_ok=True)
        for end in (".onnx", ".onnx.json"):
            shutil.copy(copy.with_name(f"{copy.stem}{end}"), models / "tts" / f"{name}{end}")
    assert find_voice("", None) == SHIPPED
    assert find_voice("", tmp_path / "none", "de") == SHIPPED
    assert find_voice("", models, "fr") == SHIPPED
    assert find_voice("", models, "de").name == "de_AT-berta-low.onnx"
    assert find_voice("", models, "de-DE").name == "de_DE-anna-low.onnx"
    assert find_voice("", models, "en").name == "en_GB-carl-low.onnx"
    assert find_voice("en_US-robot-low", models, "de") == SHIPPED
    assert find_voice("de_DE-anna-low.onnx", models).name == "de_DE-anna-low.onnx"
    assert find_voice(str(copy)) == copy
    assert find_voice(str(copy.with_suffix(""))) == copy
    assert [path.stem for path in voices(models)] == [
        *("de_AT-berta-low", "de_DE-anna-low", "en_GB-carl-low", "en_US-robot-low"),
    ]


def test_a_voice_that_cannot_be_found_says_what_to_do(tmp_path: Path) -> None:
    """A wrong name, a wrong path, and what is neither."""
    for wanted in ("nobody", str(tmp_path / "nobody.onnx")):
        with pytest.raises(EngineMissing) as missing:
            find_voice(wanted, tmp_path)
        assert missing.value.hint
    for wanted in ("../nobody", "a/b", "..", "~nobody-at-all/x"):
        with pytest.raises(SettingsError):
            find_voice(wanted, tmp_path)
