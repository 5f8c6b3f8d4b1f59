"""What `doctor` says of the voice, with everything that is installed and without what need not be."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from privacy_assistant.app import checks, voice_checks
from privacy_assistant.app.paths import paths_for
from privacy_assistant.app.proofs import Check
from privacy_assistant.app.sound_devices import Device
from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.errors import EngineMissing
from tests.engines.installing import install
from tests.faces.said_aloud import OUR_WHISPER, trains_the_ear, writes_settings


def told(home: Path) -> list[Check]:
    """What it says of this home."""
    return list(voice_checks.voice(paths_for(home)))


def device(name: str, *, inputs: int, outputs: int) -> Device:
    """One of the machine's."""
    return Device(name, "ALSA", inputs, outputs, 48_000, 0, is_default_input=inputs > 0, is_default_output=outputs > 0)


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> list[Device]:
    """The devices of this machine, which a test may change."""
    found = [device("Headset", inputs=1, outputs=0), device("Speakers", inputs=0, outputs=2)]
    monkeypatch.setattr(voice_checks, "devices", lambda: found)
    return found


def test_who_listens_and_speaks_and_by_which_devices_is_said(home: Path, plugged: list[Device]) -> None:
    """Ear and mouth are tried on one another; the sound is said to be nowhere; nothing is made in the home."""
    trains_the_ear(home)
    before = sorted(home.rglob("*"))
    said = told(home)
    assert {check.state for check in said} == {"ok"}
    lines = [check.says for check in said]
    assert lines[0] == "whisper tiny_whisper listens, en_US-robot-low speaks; they understand one another"
    assert "echo cancellation by WebRTC" in lines[1]
    assert lines[2].startswith("the end of a turn is told by ")
    assert lines[3:5] == ["microphone: Headset", "loudspeaker: Speakers"]
    assert "in memory alone" in lines[5]
    assert sorted(home.rglob("*")) == before
    assert plugged


def test_without_livekit_it_is_said_that_it_is_deaf_while_it_speaks(
    home: Path, plugged: list[Device], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A note with what to install: the key still works."""
    trains_the_ear(home)
    monkeypatch.setitem(sys.modules, "livekit", None)
    [note] = [check for check in told(home) if check.state != "ok"]
    assert note == Check("voice", "note", "no echo cancellation: it is deaf while it speaks", "pip install livekit")
    assert plugged


def test_without_portaudio_the_voice_works_by_files_and_that_is_a_note(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the line that names what is missing; what is kept nowhere is said all the same."""

    def missing() -> list[Device]:
        raise EngineMissing("PortAudio is missing", hint="apt install libportaudio2")

    trains_the_ear(home)
    monkeypatch.setattr(voice_checks, "devices", missing)
    said = told(home)
    assert Check("sound", "note", "PortAudio is missing", "apt install libportaudio2") in said
    assert "in memory alone" in said[-1].says


def test_a_device_of_the_settings_that_is_not_there_is_a_fault_and_none_at_all_a_note(
    home: Path, plugged: list[Device]
) -> None:
    """The first lists those that are there, the second says what to do."""
    trains_the_ear(home, '[audio]\ninput = "Gramophone"\n')
    del plugged[1]
    said = [check for check in told(home) if check.name == "sound"]
    assert [check.state for check in said] == ["fault", "note"]
    assert "Gramophone" in said[0].says + said[0].remedy
    assert "Headset" in said[0].says + said[0].remedy
    assert said[1].says == "there is no loudspeaker"


@pytest.mark.parametrize("role", ["stt", "tts", "turn"])
def test_a_model_that_is_set_and_missing_is_one_fault_and_the_rest_is_checked(
    home: Path, plugged: list[Device], role: str
) -> None:
    """With a remedy, as everything that doctor finds."""
    settings = {"stt": str(OUR_WHISPER), role: str(home / "nowhere")}
    writes_settings(home, "[models]\n" + "".join(f'{key} = "{path}"\n' for key, path in settings.items()))
    said = checks.run_checks(paths_for(home), wants_latency=False, wants_network=False)
    faults = [check for check in said if check.name == "voice" and check.state == "fault"]
    assert len(faults) == 1
    assert faults[0].remedy
    rest = " ".join(check.says for check in said)
    assert "microphone: Headset" in rest
    assert "in memory alone" in rest
    assert plugged


def test_an_installed_model_that_is_broken_is_a_fault_and_the_spare_one_is_tried(
    home: Path, plugged: list[Device]
) -> None:
    """Each with its remedy; the others are checked all the same."""
    models = paths_for(home).models
    install(models, ModelRole.TTS, "anna")
    install(models, ModelRole.TURN, "judge")
    said = told(home)
    faults = [check for check in said if check.state == "fault"]
    assert [(check.says.partition(" cannot")[0], check.remedy) for check in faults] == [
        ("the voice anna", "privacy-assistant models verify anna"),
        ("the detector of a turn's end judge", "privacy-assistant models verify judge"),
    ]
    assert "en_US-robot-low speaks" in said[0].says
    assert plugged
