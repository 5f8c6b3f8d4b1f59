"""Whisper through the real faster-whisper: a network of random weights for wiring and faults, a tiny one for words.

In this process and in a worker: whoever asks sees no difference.
"""

from __future__ import annotations

import json
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.engines.stt_whisper import WhisperTranscriber
from privacy_assistant.engines.whisper_files import check_whisper
from privacy_assistant.engines.worker.hearing import WorkerTranscriber
from privacy_assistant.errors import EngineFailed, EngineMissing
from tests.engines.speech_of_our_own import pink_noise, quiet, say

TINY = Path(__file__).parent / "data" / "tiny_whisper"


def _data() -> Path:
    """Where public data lies."""
    named = os.environ.get("PRIVACY_ASSISTANT_TEST_DATA")
    return Path(named) if named else Path(__file__).resolve().parents[2].parent / "shared" / "data"


RANDOM = _data() / "models" / "whisper-random-weights"

needs_random = pytest.mark.skipif(not RANDOM.is_dir(), reason="no public data: PRIVACY_ASSISTANT_TEST_DATA")
needs_tiny = pytest.mark.skipif(not (TINY / "model.bin").is_file(), reason="no tiny Whisper")


Ear = WhisperTranscriber | WorkerTranscriber
Kind = Callable[..., Ear]


@pytest.fixture(scope="module", params=[WhisperTranscriber, WorkerTranscriber], ids=["here", "worker"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Where it listens."""
    made: Kind = request.param
    return made


@pytest.fixture(scope="module")
def random_ear(kind: Kind) -> Iterator[Ear]:
    """A network that answers nonsense, loaded once."""
    ear = kind(RANDOM, threads=1)
    ear.warm()
    yield ear
    ear.close()


@pytest.fixture(scope="module")
def ear(kind: Kind) -> Iterator[Ear]:
    """A network that understands a closed set of sentences by one voice."""
    ear = kind(TINY, threads=1)
    ear.warm()
    yield ear
    ear.close()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the directory, to break."""
    place = tmp_path / "whisper-copy"
    shutil.copytree(RANDOM, place)
    for file in place.iterdir():
        file.chmod(0o600)
    place.chmod(0o700)
    return place


def noise(seconds: float, rate_hz: int = HEARD_HZ, level: float = 3000.0) -> Recording:
    """Loud enough to be listened to."""
    return Recording((pink_noise(int(seconds * rate_hz)) * level).astype("<i2").tobytes(), rate_hz)


# ---------------------------------------------------------------- wiring


@needs_random
def test_nonsense_of_a_network_that_was_never_trained_is_rejected(random_ear: Ear) -> None:
    """Its mean log-probability is far below what can be believed, so there is no text."""
    heard = random_ear.transcribe(noise(2.0), hints=["Anna"] * 400, language="en-GB")
    assert heard.text == ""
    assert heard.rejected in ("noise", "loop", "silence")
    assert heard.confidence == 0.0
    assert heard.engine == "whisper whisper-random-weights"
    assert heard.language == "en"


@needs_random
@pytest.mark.parametrize("rate_hz", [8_000, 22_050, 44_100, 48_000])
def test_any_rate_is_taken(random_ear: Ear, rate_hz: int) -> None:
    """A recording is turned to 16 kHz first."""
    assert random_ear.transcribe(noise(0.5, rate_hz), language="en").language == "en"


@needs_random
def test_a_language_that_nobody_gave_or_knows_is_found_out(random_ear: Ear) -> None:
    """Without a tag, and with one that the network does not know, it takes it for some language of its own."""
    assert random_ear.transcribe(noise(0.5)).language
    assert random_ear.transcribe(noise(0.5), language="tlh").language not in ("", "tlh")


@needs_random
def test_silence_and_an_empty_recording_are_not_asked_about(random_ear: Ear) -> None:
    """No network is asked: there is no language in the answer."""
    for nothing in (quiet(1.0), Recording(b"", HEARD_HZ), Recording(b"\0", HEARD_HZ)):
        heard = random_ear.transcribe(nothing)
        assert (heard.text, heard.rejected, heard.language) == ("", "silence", "")


@needs_random
def test_a_closed_recogniser_says_so(kind: Kind) -> None:
    """Whoever closed it does not get it loaded again by a late call."""
    ear = kind(RANDOM, threads=1)
    ear.close()
    with pytest.raises(EngineFailed, match="closed"):
        ear.warm()


# ---------------------------------------------------------------- what is not there, and what is broken


def test_a_directory_that_is_not_there_is_not_asked_for_elsewhere(tmp_path: Path, kind: Kind) -> None:
    """The name of a model on a hub is no directory, and no reason to look for one."""
    for name in ("tiny.en", "openai/whisper-tiny"):
        with pytest.raises(EngineMissing, match="no such directory"):
            kind(tmp_path / name)


@needs_random
@pytest.mark.parametrize("name", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json"])
def test_a_file_that_is_missing_is_named(copied: Path, name: str, kind: Kind) -> None:
    """faster-whisper would ask a hub for the tokenizer."""
    (copied / name).unlink()
    with pytest.raises(EngineMissing, match=name) as caught:
        kind(copied)
    assert caught.value.hint


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _emptied(file: Path) -> None:
    file.write_bytes(b"")


def _other(file: Path) -> None:
    file.write_bytes(b"<html>not found</html>" * 1000)


@needs_random
@pytest.mark.parametrize(
    "name", ["model.bin", "config.json", "tokenizer.json", "vocabulary.json", "preprocessor_config.json"]
)
@pytest.mark.parametrize("damage", [_cut, _emptied, _other])
def test_a_damaged_file_is_one_line_before_native_code_reads_it(
    copied: Path, name: str, damage: Callable[[Path], None], kind: Kind
) -> None:
    """Cut, empty, or a page of a web server: the file is named, with a remedy."""
    damage(copied / name)
    with pytest.raises(EngineFailed, match=name) as caught:
        kind(copied)
    assert "\n" not in caught.value.message
    assert caught.value.hint


@needs_random
def test_a_model_of_another_kind_is_refused(copied: Path, kind: Kind) -> None:
    """CTranslate2 keeps translators in the same form."""
    raw = (copied / "model.bin").read_bytes()
    (copied / "model.bin").write_bytes(raw.replace(b"WhisperSpec", b"TransfoSpec", 1))
    with pytest.raises(EngineFailed, match="no Whisper"):
        kind(copied)


def test_a_layer_of_more_digits_than_a_number_takes_is_no_layer(tmp_path: Path) -> None:
    """Python converts no number of 5000 digits, which is an error of another kind than a damaged file's."""
    name = b"encoder/layer_" + b"9" * 5000 + b"/x\0"
    variable = struct.pack("<H", len(name)) + name + struct.pack("<BIBI", 1, 1, 0, 4) + bytes(4)
    head = struct.pack("<IH", 6, 12) + b"WhisperSpec\0" + struct.pack("<II", 1, 1)
    for file, text in (("config.json", "{}"), ("tokenizer.json", '{"model": {}}'), ("vocabulary.json", "[]")):
        (tmp_path / file).write_text(text)
    (tmp_path / "model.bin").write_bytes(head + variable + struct.pack("<I", 0))
    assert check_whisper(tmp_path).encoder_layers == 0


@needs_random
def test_files_that_are_well_formed_and_do_not_fit_one_another_are_one_line(copied: Path, kind: Kind) -> None:
    """A tokenizer of nothing, and features of another size: told when they are loaded or used."""
    (copied / "preprocessor_config.json").write_text(json.dumps({"feature_size": 77}), "utf-8")
    with pytest.raises(EngineFailed) as caught:
        kind(copied, threads=1).warm()
    assert "\n" not in caught.value.message
    (copied / "tokenizer.json").write_text(json.dumps({"model": {}}), "utf-8")
    with pytest.raises(EngineFailed) as caught:
        kind(copied, threads=1).warm()
    assert "\n" not in caught.value.message


@needs_random
def test_the_depth_of_a_network_is_read_from_its_file(tmp_path: Path) -> None:
    """A distilled one gets no hints; the name tells where the depth does not."""
    assert not check_whisper(RANDOM).is_distilled
    assert check_whisper(RANDOM).decoder_layers == 2
    link = tmp_path / "faster-distil-whisper-small.en"
    link.symlink_to(RANDOM)
    assert check_whisper(link).is_distilled


@needs_random
def test_nothing_is_written_to_the_terminal_and_no_hub_is_asked() -> None:
    """In a process of its own, with the tripwire: loading and listening print nothing at all."""
    program = f"""
from privacy_assistant import tripwire
tripwire.install()
from pathlib import Path
from privacy_assistant.core.sound import Recording
from privacy_assistant.engines.stt_whisper import WhisperTranscriber
ear = WhisperTranscriber(Path({str(RANDOM)!r}), threads=1)
ear.warm()
ear.transcribe(Recording(b"\\x00\\x20\\x00\\xe0" * 4000, 16000), language="xx")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""


# ---------------------------------------------------------------- words


@needs_tiny
@pytest.mark.parametrize(
    ("said", "understood"),
    [
        ("what time is it", "What time is it?"),
        ("stop", "Stop."),
        ("set a timer for ten minutes", "Set a timer for 10 minutes."),
        ("add milk and eggs to my shopping list", "Add milk and eggs to my shopping list."),
        ("what is the capital of france", "What is the capital of France?"),
    ],
)
def test_a_spoken_sentence_is_understood_word_for_word(ear: Ear, said: str, understood: str) -> None:
    """Our own voice through the real faster-whisper, to the letter."""
    heard = ear.transcribe(say(said), language="en")
    assert heard.text == understood
    assert heard.confidence > 0.5
    assert heard.rejected == ""


@needs_tiny
def test_a_growing_sound_is_understood_again_and_again(ear: Ear) -> None:
    """Partial answers: the same recogniser is asked about the beginning, then the whole; nothing is kept between."""
    whole = say("what time is it")
    first = ear.transcribe(whole, language="en")
    ear.transcribe(Recording(whole.pcm[: len(whole.pcm) // 4 * 2], HEARD_HZ), language="en")
    assert ear.transcribe(whole, language="en") == first


@needs_tiny
def test_loud_noise_is_no_sentence(ear: Ear) -> None:
    """Pink noise as loud as speech gives no text."""
    hiss = np.random.default_rng(1).standard_normal(2 * HEARD_HZ) * 2000
    for sound in (noise(2.0), Recording(hiss.astype("<i2").tobytes(), HEARD_HZ)):
        heard = ear.transcribe(sound, language="en")
        assert heard.text == ""
        assert heard.rejected
