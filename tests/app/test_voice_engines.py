"""Who hears, speaks and judges: what is installed, else what was put there, else the spare one, and who is told."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pymicro_wakeword
import pytest

from privacy_assistant.app.paths import paths_for
from privacy_assistant.app.pieces import extra_finders
from privacy_assistant.app.voice_engines import find_speaker, find_transcriber, find_turn_detector, find_wake_word
from privacy_assistant.app.writing_down import ear
from privacy_assistant.core.detection import Level
from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.core.policy_terms import Extra
from privacy_assistant.core.settings import Models, Settings
from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.engines.model_store import Store
from privacy_assistant.engines.stt_whisper import WhisperTranscriber
from privacy_assistant.engines.tts_piper import PiperSpeaker
from privacy_assistant.engines.turn_small import SmallTurn
from privacy_assistant.engines.turn_smart import SmartTurn
from privacy_assistant.engines.voices import SHIPPED
from privacy_assistant.engines.worker.hearing import WorkerTranscriber
from privacy_assistant.engines.worker.speech import WorkerSpeaker
from privacy_assistant.engines.worker.turn import WorkerTurnDetector
from privacy_assistant.errors import AssistantError, EngineError, EngineMissing, ModelTampered, UsageError
from privacy_assistant.ports.sound import TurnDetector
from tests.engines.installing import install
from tests.engines.worker.turn_network import turn_network
from tests.faces.said_aloud import OUR_WHISPER

SILENCE = Recording(bytes(2 * HEARD_HZ), HEARD_HZ)
HERE = Settings(models=Models(in_worker=False))


def ears() -> dict[str, bytes]:
    """The files of the tiny Whisper; skips the test where it is not there."""
    if not (OUR_WHISPER / "model.bin").is_file():
        pytest.skip("the tiny Whisper is not there (models/tiny_whisper makes it)")
    return {file.name: file.read_bytes() for file in OUR_WHISPER.iterdir() if file.name != "SHA256SUMS"}


def voice() -> dict[str, bytes]:
    """The files of a voice of another name."""
    return {
        "de-anna.onnx": SHIPPED.read_bytes(),
        "de-anna.onnx.json": SHIPPED.with_name(f"{SHIPPED.name}.json").read_bytes(),
    }


def set_to(**models: str) -> Settings:
    """Settings with models in this process."""
    return Settings(models=Models(**models, in_worker=False))


FILES: Mapping[ModelRole, Callable[[], dict[str, bytes]]] = {
    ModelRole.STT: ears,
    ModelRole.TTS: voice,
    ModelRole.TURN: lambda: {"turn.onnx": turn_network()},
}
SPARES = {ModelRole.STT: "pocketsphinx", ModelRole.TTS: "en_US-robot-low", ModelRole.TURN: "the small detector"}


def found(role: ModelRole, settings: Settings, models: Path) -> tuple[str, list[str]]:
    """Who does the work of a role after it was asked for some, and what the person was told."""
    lines: list[str] = []
    if role is ModelRole.STT:
        transcriber = find_transcriber(settings, models, lines.append)
        transcriber.warm()
        transcriber.close()
        return transcriber.name.partition(" (")[0], lines
    if role is ModelRole.TTS:
        speaker = find_speaker(settings, models, lines.append)
        frames = list(speaker.speak("One."))
        assert {frame.rate_hz for frame in frames} == {speaker.rate_hz}
        speaker.close()
        return speaker.name, lines
    detector = find_turn_detector(settings, models, lines.append)
    assert 0 <= detector.probability(SILENCE) <= 1
    return SPARES[role] if detector.name == SmallTurn.name else detector.name, lines


NAMES = {ModelRole.STT: "whisper mine", ModelRole.TTS: "mine", ModelRole.TURN: SmartTurn.name}


@pytest.mark.parametrize("role", FILES)
def test_what_is_installed_does_the_work(role: ModelRole, tmp_path: Path) -> None:
    """By name and by itself; nobody is told anything."""
    assert found(role, HERE, tmp_path) == (SPARES[role], []) or role is ModelRole.TURN
    install(tmp_path, role, "mine", FILES[role]())
    for settings in (HERE, set_to(**{role.value: "mine"})):
        assert found(role, settings, tmp_path) == (NAMES[role], [])


@pytest.mark.parametrize("role", FILES)
def test_a_model_that_was_changed_is_stood_in_for(role: ModelRole, tmp_path: Path) -> None:
    """Before it is opened, with one line that names it and the remedy; also where settings name it."""
    model = install(tmp_path, role, "mine", FILES[role]())
    path = Store(tmp_path).files(model)[0]
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    for settings in (HERE, set_to(**{role.value: "mine"})):
        name, lines = found(role, settings, tmp_path)
        assert name == SPARES[role]
        (line,) = lines
        assert "mine is not as it was installed; the spare one" in line
        assert line.endswith(" · privacy-assistant models verify mine")


BROKEN = {ModelRole.STT: "model.bin", ModelRole.TTS: "de-anna.onnx", ModelRole.TURN: "turn.onnx"}


@pytest.mark.parametrize("in_worker", [True, False], ids=["in a worker", "in this process"])
@pytest.mark.parametrize("role", FILES)
def test_a_model_that_came_broken_is_stood_in_for(role: ModelRole, in_worker: bool, tmp_path: Path) -> None:
    """Where it is opened, or at its first work: it is what was installed, and that is no model."""
    files = FILES[role]()
    content = files[BROKEN[role]]
    install(tmp_path, role, "mine", {**files, BROKEN[role]: content[: len(content) // 2]})
    name, lines = found(role, Settings(models=Models(in_worker=in_worker)), tmp_path)
    assert name == SPARES[role]
    assert [line for line in lines if "mine cannot be used; the spare one" in line and "models verify mine" in line]


@pytest.mark.parametrize("role", FILES)
def test_a_damaged_lock_file_leaves_the_spare_ones(role: ModelRole, tmp_path: Path) -> None:
    """What lies there cannot be told from what was changed, so nothing of it is opened."""
    install(tmp_path, role, "mine", FILES[role]())
    Store(tmp_path).lock_file.write_text("{")
    name, lines = found(role, HERE, tmp_path)
    assert name == SPARES[role]
    assert len(lines) == 1
    assert "the list of installed models cannot be read; the spare one" in lines[0]


@pytest.mark.parametrize("role", FILES)
@pytest.mark.parametrize("wanted", ["never-installed", "/no/such/model"])
def test_what_was_never_installed_is_an_error(role: ModelRole, wanted: str, tmp_path: Path) -> None:
    """A setting that names nothing is not passed over."""
    install(tmp_path, role, "mine", {"x.onnx": b"x"})
    with pytest.raises(EngineMissing):
        found(role, set_to(**{role.value: wanted}), tmp_path)


def test_a_path_that_is_broken_is_an_error(tmp_path: Path) -> None:
    """Whoever names a file means that file."""
    path = tmp_path / "turn.onnx"
    path.write_bytes(b"no network")
    for in_worker in (True, False):
        with pytest.raises(EngineError):
            find_turn_detector(Settings(models=Models(turn=str(path), in_worker=in_worker)), tmp_path)


def test_an_installed_ear_for_another_language_is_not_taken_for_one_that_was_put_there(tmp_path: Path) -> None:
    """It lies in the same folder, and its files were not compared; one that was put there is used."""
    files = ears()
    install(tmp_path, ModelRole.STT, "english", files, languages=("en",))
    assert find_transcriber(HERE, tmp_path).name == "whisper english"
    german = Settings(language="de", models=Models(in_worker=False))
    assert find_transcriber(german, tmp_path).name.startswith("pocketsphinx")
    (tmp_path / "stt" / "english").rename(tmp_path / "stt" / "english+12ab34cd")
    assert find_transcriber(german, tmp_path).name.startswith("pocketsphinx")
    (tmp_path / "stt" / "english+12ab34cd").rename(tmp_path / "stt" / "english")
    (tmp_path / "stt" / "own").mkdir()
    for name, content in files.items():
        (tmp_path / "stt" / "own" / name).write_bytes(content)
    assert find_transcriber(german, tmp_path).name == "whisper own"
    assert find_transcriber(HERE, tmp_path).name == "whisper english"


def test_a_voice_speaks_its_language(tmp_path: Path) -> None:
    """The installed one for German is not asked for English, but by its name."""
    install(tmp_path, ModelRole.TTS, "anna", voice(), languages=("de",))
    assert find_speaker(HERE, tmp_path).name == "en_US-robot-low"
    assert find_speaker(HERE, tmp_path, voice="anna").name == "anna"
    assert find_speaker(Settings(language="de-AT", models=Models(in_worker=False)), tmp_path).name == "anna"


def test_what_is_written_down_is_heard_by_the_ear_for_its_language(home: Path) -> None:
    """`transcribe --lang de` does not take the English one, and the spare one knows no German."""
    install(paths_for(home).models, ModelRole.STT, "english", ears(), languages=("en",))
    lines: list[str] = []
    assert ear(home, "en", lines.append).name == "whisper english"
    with pytest.raises(EngineMissing, match="no recogniser of this device knows de"):
        ear(home, "de", lines.append)
    assert lines == []


# ---------------------------------------------------------------- processes


def test_what_comes_from_elsewhere_is_opened_in_a_process_of_its_own(tmp_path: Path) -> None:
    """By path too; unless settings say otherwise. The voice of the package is part of the program."""
    turn = tmp_path / "turn.onnx"
    turn.write_bytes(turn_network())
    own = tmp_path / "tts"
    own.mkdir()
    for name, content in voice().items():
        (own / name).write_bytes(content)

    def kinds(in_worker: bool) -> list[type]:
        models = Models(stt=str(OUR_WHISPER), tts=str(own / "de-anna"), turn=str(turn), in_worker=in_worker)
        settings = Settings(models=models)
        detector: TurnDetector = find_turn_detector(settings, tmp_path)
        if isinstance(detector, WorkerTurnDetector):
            detector.close()
        return [
            type(find_transcriber(settings, tmp_path)),
            type(find_speaker(settings, tmp_path)),
            type(detector),
            type(find_speaker(Settings(models=Models(in_worker=in_worker)), tmp_path)),
        ]

    ears()
    assert kinds(True) == [WorkerTranscriber, WorkerSpeaker, WorkerTurnDetector, PiperSpeaker]
    assert kinds(False) == [WhisperTranscriber, PiperSpeaker, SmartTurn, PiperSpeaker]


# ---------------------------------------------------------------- wake words and finders


def nabu(said: str = "okay nabu") -> dict[str, bytes]:
    """A network for a word, as its makers publish one."""
    folder = Path(pymicro_wakeword.__file__).parent / "models"
    about = json.loads((folder / "okay_nabu.json").read_text("utf-8"))
    return {
        "okay_nabu.json": json.dumps({**about, "wake_word": said}).encode(),
        "okay_nabu.tflite": (folder / "okay_nabu.tflite").read_bytes(),
    }


def test_an_installed_wake_word_is_known_by_the_name_of_its_model(tmp_path: Path) -> None:
    """It listens for what its description says; other words are listened for beside it."""
    install(tmp_path, ModelRole.WAKE, "our-word", nabu("Hey Luna"))
    assert find_wake_word(["our-word"], tmp_path).words == ("hey luna",)
    assert set(find_wake_word(["our-word", "computer"], tmp_path).words) == {"hey luna", "computer"}
    assert find_wake_word(["alexa"], tmp_path).words == ("alexa",)


@pytest.mark.parametrize("how", ["changed", "broken"])
def test_a_wake_word_that_is_broken_is_listened_for_in_another_way(how: str, tmp_path: Path) -> None:
    """By what its name says, where somebody here knows that; else the person is told what to do."""
    files = nabu()
    for name in ("okay-nabu", "zzyzx-qwrt"):
        install(tmp_path, ModelRole.WAKE, name, {**files, "okay_nabu.tflite": b"x"} if how == "broken" else files)
        if how == "changed":
            # Still a network that could be loaded, for another word.
            (tmp_path / "wake" / name / "okay_nabu.json").write_bytes(nabu("hey eve")["okay_nabu.json"])
    lines: list[str] = []
    assert find_wake_word(["okay-nabu"], tmp_path, lines.append).words == ("okay nabu",)
    assert len(lines) == 1
    assert "models verify okay-nabu" in lines[0]
    with pytest.raises(UsageError) as caught:
        find_wake_word(["zzyzx-qwrt"], tmp_path)
    assert "models verify" in caught.value.hint


def test_a_finder_is_given_the_folder_of_its_model_only_as_it_was_installed(tmp_path: Path) -> None:
    """There is no spare one: a text that was not searched is not shown as if it had been."""
    model = install(tmp_path, ModelRole.PII, "names")

    def fault(wanted: str) -> AssistantError:
        (part,) = extra_finders([Extra.GLINER], Level.BALANCED, wanted, tmp_path)
        with pytest.raises(EngineError) as caught:
            part.find("Anna lives here.")
        return caught.value

    assert isinstance(fault("names"), EngineMissing)  # of the library, which is an extra
    Store(tmp_path).files(model)[0].write_bytes(b"changed")
    assert isinstance(fault("names"), ModelTampered)
    assert isinstance(fault(""), ModelTampered)
