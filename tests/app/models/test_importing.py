"""Bringing models by hand and taking them along: without a network, and nothing is believed that a digest can tell."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from hashlib import md5, sha256
from pathlib import Path

import pytest

from privacy_assistant.app.models import room
from privacy_assistant.app.models.desk import Desk
from privacy_assistant.app.models.events import Done, Event, Moving
from privacy_assistant.app.models.exporting import export_models
from privacy_assistant.app.models.importing import import_models
from privacy_assistant.app.models.placing import IMPORTS_LOCK, PARTIAL
from privacy_assistant.core.model_card import CardFile, Maker, ModelRole
from privacy_assistant.core.model_lock import LOCK_FILE, Installed, Trust
from privacy_assistant.engines.model_store import QUARANTINE, Store
from privacy_assistant.errors import (
    AssistantError,
    EngineFailed,
    EngineMissing,
    ModelTampered,
    SettingsError,
    UsageError,
)
from privacy_assistant.file_lock import held
from tests.app.models.shelf import GGUF, OTHER_GGUF, card, desk, done, voice

WHISPER = Path(__file__).parents[2] / "engines" / "data" / "tiny_whisper"


def brought(desk: Desk, path: Path, **how: object) -> list[Installed]:
    """Import what lies there."""
    return done(import_models(desk, path, **how))  # type: ignore[arg-type] # what an import takes


def exported(desk: Desk, folder: Path, *names: str) -> list[Event]:
    """Export these, or all."""
    return list(export_models(desk, names, folder, wants_all=not names))


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A folder that somebody brought."""
    place = tmp_path / "stick"
    place.mkdir()
    return place


# ---------------------------------------------------------------- what is recognised


def test_a_known_file_is_recognised_by_its_digest_whatever_it_is_called(home: Path, stick: Path) -> None:
    """It gets name, licence, languages and trust of its card."""
    (stick / "download (1).gguf").write_bytes(GGUF)
    here = desk(home, card())
    [model] = brought(here, stick / "download (1).gguf")
    assert (model.name, model.licence, model.trust) == ("tiny", "Apache-2.0", Trust.PUBLISHED)
    assert (model.languages, model.files[0].path) == (("en",), "llm/tiny/tiny.gguf")
    assert here.store.verify(model) == ()


def test_an_md5_of_its_publisher_tells_a_voice(home: Path, stick: Path) -> None:
    """The list of Piper's voices has these; a voice that was changed is not taken for it."""
    network = voice(stick)
    files = (network, network.with_name(f"{network.name}.json"))
    known = card(
        "anna",
        role=ModelRole.TTS,
        maker=Maker.PIPER,
        files=tuple(CardFile(file.name, md5=md5(file.read_bytes()).hexdigest()) for file in files),
    )
    network.write_bytes(network.read_bytes() + b"\0")
    with pytest.raises(ModelTampered, match="called like anna"):
        brought(desk(home, known), network)
    network.write_bytes(network.read_bytes()[:-1])
    [model] = brought(desk(home, known), network)
    assert (model.name, model.trust) == ("anna", Trust.PUBLISHED)


def test_what_its_card_does_not_name_is_not_installed(home: Path, stick: Path) -> None:
    """A file that lies beside a known recogniser, and that nobody vouches for, is left behind."""
    files = [file for file in WHISPER.iterdir() if file.name != "SHA256SUMS"]
    for file in files:
        (stick / file.name).write_bytes(file.read_bytes())
    named = [file for file in files if file.name != "preprocessor_config.json"]
    known = card(
        "small",
        role=ModelRole.STT,
        maker=Maker.FASTER_WHISPER,
        files=tuple(CardFile(file.name, sha256=sha256(file.read_bytes()).hexdigest()) for file in named),
    )
    [model] = brought(desk(home, known), stick)
    assert (model.name, model.trust) == ("small", Trust.PUBLISHED)
    assert {file.name for file in model.files} == {file.name for file in named}


def test_an_unknown_file_is_taken_for_what_it_is(home: Path, stick: Path) -> None:
    """Nobody vouches for it, which is written down, and its name is made one that is a name everywhere."""
    (stick / "Mein Modell.Q4_K_M.gguf").write_bytes(GGUF)
    here = desk(home)
    [model] = brought(here, stick / "Mein Modell.Q4_K_M.gguf")
    assert (model.name, model.trust, model.source) == ("mein-modell.q4_k_m", Trust.IMPORTED, "brought by hand")
    assert here.store.verify(model) == ()
    assert str(stick) not in here.store.lock_file.read_text()


def test_a_file_that_is_called_like_a_known_one_and_is_another_is_refused(home: Path, stick: Path) -> None:
    """Unless it is given another name."""
    (stick / "tiny.gguf").write_bytes(OTHER_GGUF)
    here = desk(home, card())
    with pytest.raises(ModelTampered, match="called like tiny"):
        brought(here, stick / "tiny.gguf")
    assert here.store.lock().models == ()
    [model] = brought(here, stick / "tiny.gguf", name="my-own")
    assert (model.name, model.trust) == ("my-own", Trust.IMPORTED)


def test_a_card_of_which_nothing_is_known_vouches_for_nothing(home: Path, stick: Path) -> None:
    """Neither size nor digest are published: the file is taken, as one that was brought."""
    (stick / "tiny.gguf").write_bytes(OTHER_GGUF)
    [model] = brought(desk(home, card(files=(CardFile("tiny.gguf"),))), stick / "tiny.gguf")
    assert model.trust is Trust.IMPORTED


def test_a_recogniser_is_a_whole_directory(home: Path, stick: Path) -> None:
    """Named by itself or by the folder above it; what else lies there is left."""
    folder = stick / "my-whisper"
    folder.mkdir()
    for file in WHISPER.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    here = desk(home)
    [model] = brought(here, stick)
    assert (model.role, model.name) == (ModelRole.STT, "my-whisper")
    assert "SHA256SUMS" not in {file.name for file in model.files}
    (folder / "tokenizer.json").unlink()
    with pytest.raises(EngineMissing, match=r"tokenizer\.json"):
        brought(here, folder)


def test_a_voice_is_a_pair_and_tells_its_language(home: Path, stick: Path) -> None:
    """A network alone is no voice."""
    network = voice(stick)
    [model] = brought(desk(home), network)
    assert (model.role, model.name, model.languages) == (ModelRole.TTS, "de_de-anna-low", ("de-DE",))
    network.with_name(f"{network.name}.json").unlink()
    with pytest.raises(UsageError, match="pair of files"):
        brought(desk(home), network)


def test_a_detector_of_turns_is_one_where_it_is_said(home: Path, stick: Path) -> None:
    """A network in ONNX can be anything."""
    (stick / "smart-turn.onnx").write_bytes(b"\x08\x08" + bytes(100))
    [model] = brought(desk(home), stick / "smart-turn.onnx", role=ModelRole.TURN)
    assert model.role is ModelRole.TURN
    (stick / "other.onnx").write_bytes(b"<html>")
    with pytest.raises(EngineFailed, match="ONNX"):
        brought(desk(home), stick / "other.onnx", role=ModelRole.TURN)


def test_a_stick_with_several_is_looked_through(home: Path, stick: Path) -> None:
    """Two folders deep, and of one role where that is said."""
    (stick / "a.gguf").write_bytes(GGUF)
    deep = stick / "more" / "deep"
    (deep / "too-deep").mkdir(parents=True)
    (deep / "b.gguf").write_bytes(OTHER_GGUF)
    (deep / "too-deep" / "c.gguf").write_bytes(OTHER_GGUF)
    voice(stick / "voices")
    (stick / "holiday.jpg").write_bytes(b"x")
    here = desk(home)
    assert {model.name for model in brought(here, stick, role=ModelRole.LLM)} == {"a", "b"}
    assert {model.role for model in here.store.lock().models} == {ModelRole.LLM}
    assert len(brought(here, stick)) == 3


@pytest.mark.parametrize("name", ["photo.jpg", "model.safetensors", "lone.onnx", "x.json"])
def test_what_is_no_model_is_a_line(home: Path, stick: Path, name: str) -> None:
    """Exit 2 and the forms that are known."""
    (stick / name).write_bytes(b"x")
    with pytest.raises(UsageError) as refused:
        brought(desk(home), stick / name)
    assert refused.value.hint
    with pytest.raises(UsageError):
        brought(desk(home), stick)
    with pytest.raises(UsageError):
        brought(desk(home), stick / "missing")


def test_a_broken_file_is_quarantined(home: Path, stick: Path) -> None:
    """Our own reader refuses it; the original stays where it was."""
    (stick / "cut.gguf").write_bytes(GGUF[:-50])
    here = desk(home)
    with pytest.raises(EngineFailed, match="no usable model"):
        brought(here, stick / "cut.gguf")
    assert [path.name for path in (here.store.folder / QUARANTINE).rglob("*.gguf")] == ["cut.gguf"]
    assert (stick / "cut.gguf").exists()


# ---------------------------------------------------------------- names that are taken


def test_the_same_again_is_here_already(home: Path, stick: Path) -> None:
    """Nothing is copied to its place a second time."""
    (stick / "a.gguf").write_bytes(GGUF)
    here = desk(home)
    [first] = brought(here, stick)
    [again] = [event for event in import_models(here, stick) if isinstance(event, Done)]
    assert (again.was_here, again.model) == (True, first)


def test_another_of_the_same_name_needs_a_word(home: Path, stick: Path) -> None:
    """What is installed is not replaced by the way."""
    (stick / "a.gguf").write_bytes(GGUF)
    here = desk(home)
    [first] = brought(here, stick)
    (stick / "a.gguf").write_bytes(OTHER_GGUF)
    with pytest.raises(UsageError, match="installed as a"):
        brought(here, stick)
    assert here.store.verify(first) == ()
    [second] = brought(here, stick, replaces=True)
    assert here.store.files(second)[0].read_bytes() == OTHER_GGUF
    assert not here.store.files(first)[0].exists()


def test_one_name_is_for_one_model(home: Path, stick: Path) -> None:
    """And has to be one."""
    (stick / "a.gguf").write_bytes(GGUF)
    with pytest.raises(UsageError):
        brought(desk(home), stick, name="My Model")
    (stick / "b.gguf").write_bytes(GGUF)
    with pytest.raises(UsageError):
        brought(desk(home), stick, name="mine")


# ---------------------------------------------------------------- room, and who is at it


def test_no_room_is_told_before_a_byte_is_copied(home: Path, stick: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sum of all that would be copied."""
    monkeypatch.setattr(room, "free_bytes", lambda _place: 10)
    (stick / "a.gguf").write_bytes(GGUF)
    here = desk(home)
    with pytest.raises(AssistantError, match="10 bytes are free"):
        brought(here, stick)
    assert not here.store.folder.exists()


def test_one_import_at_a_time(home: Path, stick: Path) -> None:
    """A stick is read once, and a second one says who is at it."""
    (stick / "a.gguf").write_bytes(GGUF)
    here = desk(home)
    (here.store.folder / PARTIAL).mkdir(parents=True)
    with held(here.store.folder / PARTIAL / IMPORTS_LOCK, "an import"), pytest.raises(AssistantError, match="import"):
        brought(here, stick)


def test_who_breaks_off_leaves_nothing_half(home: Path, stick: Path) -> None:
    """Neither in the lock file nor on the way."""
    (stick / "a.gguf").write_bytes(GGUF)
    here = desk(home)
    steps: Iterator[Event] = import_models(here, stick)
    assert isinstance(next(steps), Moving)
    steps.close()  # type: ignore[attr-defined] # it is a generator
    assert here.store.lock().models == ()
    assert [path.name for path in (here.store.folder / PARTIAL).iterdir()] == [IMPORTS_LOCK]


# ---------------------------------------------------------------- from one machine to another


def test_an_export_is_imported_elsewhere_with_all_that_is_known(home: Path, tmp_path: Path, stick: Path) -> None:
    """Licence, source, revision and languages come along; what nobody vouched for stays so."""
    here = desk(home)
    (tmp_path / "a.gguf").write_bytes(GGUF)
    [model] = brought(here, tmp_path / "a.gguf")
    here.store.change(
        lambda lock: lock.with_model(replace(model, trust=Trust.HUB, licence="MIT", source="some/a", revision="main"))
    )
    assert [type(event) for event in exported(here, stick)][-1] is Done
    assert (stick / LOCK_FILE).exists()
    elsewhere = desk(tmp_path / "elsewhere")
    [arrived] = brought(elsewhere, stick)
    assert (arrived.name, arrived.licence, arrived.source) == ("a", "MIT", "some/a")
    assert arrived.trust is Trust.IMPORTED
    assert elsewhere.store.verify(arrived) == ()


def test_the_model_of_the_package_is_brought_under_its_files_name(home: Path, stick: Path) -> None:
    """What the spare model is called stays the spare model; all else that is known of it holds."""
    here = desk(home, card("spare", package="some_package"))
    (stick / "mine.gguf").write_bytes(GGUF)
    [model] = brought(here, stick / "mine.gguf")
    assert (model.name, model.trust, model.licence) == ("mine", Trust.PUBLISHED, "Apache-2.0")
    (stick / "mine.gguf").rename(stick / "spare.gguf")
    with pytest.raises(UsageError, match="means something else"):
        brought(here, stick / "spare.gguf")


def test_a_known_model_from_a_stick_is_as_good_as_fetched(home: Path, tmp_path: Path, stick: Path) -> None:
    """Its digest is the published one, whatever the stick says of it."""
    here = desk(home, card())
    (tmp_path / "tiny.gguf").write_bytes(GGUF)
    assert brought(here, tmp_path / "tiny.gguf")
    exported(here, stick, "tiny")
    [arrived] = brought(desk(tmp_path / "elsewhere", card()), stick)
    assert arrived.trust is Trust.PUBLISHED


def test_a_stick_that_was_changed_is_refused(home: Path, tmp_path: Path, stick: Path) -> None:
    """One bit is enough; a file that is missing is named."""
    here = desk(home)
    (tmp_path / "a.gguf").write_bytes(GGUF)
    brought(here, tmp_path / "a.gguf")
    exported(here, stick)
    [file] = stick.rglob("*.gguf")
    file.write_bytes(GGUF[:-1] + b"\x01")
    elsewhere = desk(tmp_path / "elsewhere")
    with pytest.raises(ModelTampered, match="lock file beside it"):
        brought(elsewhere, stick)
    assert elsewhere.store.lock().models == ()
    file.unlink()
    with pytest.raises(EngineMissing, match=r"a\.gguf"):
        brought(elsewhere, stick)
    (stick / LOCK_FILE).write_text("{")
    with pytest.raises(SettingsError):
        brought(elsewhere, stick)


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_a_link_on_a_stick_leads_nowhere(home: Path, tmp_path: Path, stick: Path) -> None:
    """What a lock file names there is a file, or it is refused."""
    here = desk(home)
    (tmp_path / "a.gguf").write_bytes(GGUF)
    brought(here, tmp_path / "a.gguf")
    exported(here, stick)
    [file] = stick.rglob("*.gguf")
    file.unlink()
    file.symlink_to(tmp_path / "a.gguf")
    with pytest.raises(EngineMissing):
        brought(desk(tmp_path / "elsewhere"), stick)


def test_an_export_adds_to_what_is_there(home: Path, tmp_path: Path, stick: Path) -> None:
    """A second model beside the first; one that is there already is not copied again."""
    here = desk(home)
    for name, data in (("a", GGUF), ("b", OTHER_GGUF)):
        (tmp_path / f"{name}.gguf").write_bytes(data)
        brought(here, tmp_path / f"{name}.gguf")
    exported(here, stick, "a")
    events = exported(here, stick)
    assert {event.model.name: event.was_here for event in events if isinstance(event, Done)} == {"a": True, "b": False}
    assert [model.name for model in Store(stick).lock().models] == ["a", "b"]
    assert [model.name for model in brought(desk(tmp_path / "elsewhere"), stick)] == ["a", "b"]


def test_what_is_not_as_it_was_installed_is_not_exported(home: Path, tmp_path: Path, stick: Path) -> None:
    """A stick carries no damage on."""
    here = desk(home)
    (tmp_path / "a.gguf").write_bytes(GGUF)
    [model] = brought(here, tmp_path / "a.gguf")
    here.store.files(model)[0].write_bytes(OTHER_GGUF)
    with pytest.raises(ModelTampered):
        exported(here, stick)
    assert list(stick.iterdir()) == []


def test_an_export_goes_into_a_folder_of_its_own(home: Path, tmp_path: Path) -> None:
    """Not into a file, and not into the folder of models itself."""
    here = desk(home)
    (tmp_path / "a.gguf").write_bytes(GGUF)
    brought(here, tmp_path / "a.gguf")
    for place in (tmp_path / "a.gguf", here.store.folder):
        with pytest.raises(UsageError):
            exported(here, place)
    with pytest.raises(UsageError, match="no installed model"):
        exported(here, tmp_path / "out", "b")
