"""The look into a model's files before they get to their place, and what there is room for."""

from __future__ import annotations

import json
from hashlib import md5, sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.app.models import room
from privacy_assistant.app.models.looking import look
from privacy_assistant.app.models.room import Digests, as_size, copied, free_bytes, needed_bytes, require_room
from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.engines.voices import SHIPPED
from privacy_assistant.errors import AssistantError, EngineError, EngineFailed
from tests.app.models.shelf import GGUF, pairs_of_the_wake_word, voice

WHISPER = Path(__file__).parents[2] / "engines" / "data" / "tiny_whisper"


def fill(role: ModelRole, folder: Path) -> None:
    """A real model of a role, or what looks like one."""
    if role is ModelRole.LLM:
        (folder / "x.gguf").write_bytes(GGUF)
    elif role is ModelRole.STT:
        for file in WHISPER.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
    elif role is ModelRole.TTS:
        for file in (SHIPPED, SHIPPED.with_name(f"{SHIPPED.name}.json")):
            (folder / file.name).write_bytes(file.read_bytes())
    elif role is ModelRole.TURN:
        (folder / "turn.onnx").write_bytes(SHIPPED.read_bytes()[:1000])
    elif role is ModelRole.WAKE:
        pairs_of_the_wake_word(folder)
    else:
        (folder / "gliner_config.json").write_text("{}")
        (folder / "pytorch_model.bin").write_bytes(b"PK\x03\x04")


@pytest.mark.parametrize("role", list(ModelRole))
def test_what_is_a_model_of_its_role_passes(tmp_path: Path, role: ModelRole) -> None:
    """Those of the package and of its wheels, where there are any."""
    fill(role, tmp_path)
    seen = look(role, tmp_path)
    assert all(len(tag) <= 20 for tag in seen.languages)
    if role is ModelRole.WAKE:
        assert seen.languages == ("en",)


@pytest.mark.parametrize("role", list(ModelRole))
def test_every_file_that_is_a_pointer_is_refused(tmp_path: Path, role: ModelRole) -> None:
    """A clone without Git LFS holds pointers of a hundred bytes in the place of the files."""
    fill(role, tmp_path)
    for file in sorted(tmp_path.iterdir()):
        data = file.read_bytes()
        file.write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
        with pytest.raises(EngineFailed, match="Git LFS pointer"):
            look(role, tmp_path)
        file.write_bytes(data)


@pytest.mark.parametrize("role", [role for role in ModelRole if role is not ModelRole.PII])
def test_another_file_under_the_right_name_is_refused(tmp_path: Path, role: ModelRole) -> None:
    """A web page is none of them."""
    fill(role, tmp_path)
    for file in sorted(tmp_path.iterdir()):
        if file.suffix in (".gguf", ".bin", ".onnx", ".tflite"):
            file.write_bytes(b"<html>" + bytes(1000))
    with pytest.raises(EngineError):
        look(role, tmp_path)


@pytest.mark.parametrize("role", list(ModelRole))
def test_an_empty_folder_is_no_model(tmp_path: Path, role: ModelRole) -> None:
    """Of any role."""
    with pytest.raises(EngineError):
        look(role, tmp_path)


@pytest.mark.parametrize(
    ("code", "languages"),
    [
        ("de_AT", ("de-AT",)),
        ("pt", ("pt",)),
        ("", ()),
        (7, ()),
        ("de_\x1b[31m", ("de",)),
        ("../x", ()),
        ("english", ()),
    ],
)
def test_only_what_is_a_language_is_taken_for_one(tmp_path: Path, code: object, languages: tuple[str, ...]) -> None:
    """The description of a voice is written by others."""
    network = voice(tmp_path)
    description = network.with_name(f"{network.name}.json")
    told = json.loads(description.read_text())
    told["language"] = {"code": code}
    description.write_text(json.dumps(told))
    assert look(ModelRole.TTS, tmp_path).languages == languages


@given(st.binary(max_size=300))
def test_no_bytes_are_worse_than_a_refusal(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    """Whatever a description holds, the look raises an error of ours, or nothing."""
    folder = tmp_path_factory.mktemp("looked")
    pairs_of_the_wake_word(folder)
    (folder / "hey_jarvis.json").write_bytes(raw)
    said = ""
    try:
        look(ModelRole.WAKE, folder)
    except EngineError as error:
        said = error.message
    assert "\n" not in said


# ---------------------------------------------------------------- room


def test_a_copy_is_counted_and_has_its_digests(tmp_path: Path) -> None:
    """It is readable by its owner alone, and never takes the place of another file."""
    (tmp_path / "a").write_bytes(GGUF)
    steps = list(copied(tmp_path / "a", tmp_path / "b"))
    assert steps[:-1] == [len(GGUF)]
    assert steps[-1] == Digests(len(GGUF), sha256(GGUF).hexdigest(), md5(GGUF, usedforsecurity=False).hexdigest())
    assert (tmp_path / "b").read_bytes() == GGUF
    with pytest.raises(FileExistsError):
        list(copied(tmp_path / "a", tmp_path / "b"))


def test_room_is_asked_of_the_disk_that_the_folder_will_be_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where it does not exist yet; a twentieth more than the bytes themselves."""
    assert free_bytes(tmp_path / "not" / "yet") > 0
    assert needed_bytes(1000) == 1050
    monkeypatch.setattr(room, "free_bytes", lambda _place: 1049)
    require_room(tmp_path, 999)
    require_room(tmp_path, 0)
    with pytest.raises(AssistantError, match=r"1\.1 kB are needed and 1\.0 kB are free") as refused:
        require_room(tmp_path, 1000)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (98_362_432, "98 MB"), (9_960_000_000, "10.0 GB")],
)
def test_sizes_are_shown_as_people_read_them(count: int, shown: str) -> None:
    """In powers of ten, with one digit behind the point where there is one before it."""
    assert as_size(count) == shown
