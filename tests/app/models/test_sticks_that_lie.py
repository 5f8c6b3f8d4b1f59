"""What somebody else wrote on a stick: it names itself after others, and says where it is from."""

from __future__ import annotations

import os
import shutil
from hashlib import sha256
from pathlib import Path

import pytest

from privacy_assistant.app.models.exporting import export_models
from privacy_assistant.app.models.importing import import_models
from privacy_assistant.app.models.placing import discard
from privacy_assistant.app.models.planning import plan_pull
from privacy_assistant.app.models.pulling import pull
from privacy_assistant.core.model_card import CardFile, Maker, ModelRole
from privacy_assistant.core.model_lock import Installed, Lock, LockedFile, Trust, dump_lock
from privacy_assistant.engines.model_store import Store
from privacy_assistant.errors import AssistantError, ModelTampered, UsageError
from tests.app.models.shelf import COMMIT, GGUF, OTHER_GGUF, address, card, desk, done, line, voice


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    """A folder that somebody brought."""
    place = tmp_path / "stick"
    place.mkdir()
    return place


def lies(stick: Path, name: str, file: str = "x.gguf", data: bytes = OTHER_GGUF) -> None:
    """Write a model on the stick that says of itself what its writer wants."""
    place = stick / "llm" / name
    place.mkdir(parents=True)
    (place / file).write_bytes(data)
    model = Installed(
        name,
        ModelRole.LLM,
        Maker.LLAMA_CPP,
        (LockedFile(f"llm/{name}/{file}", len(data), sha256(data).hexdigest(), "https://huggingface.co/x"),),
        Trust.PUBLISHED,
        source="some/tiny",
        revision=COMMIT,
    )
    (stick / "lock.json").write_text(dump_lock(Lock((model,))), encoding="utf-8")


def test_the_name_of_a_known_model_is_not_given_to_another_whatever_its_file_is_called(home: Path, stick: Path) -> None:
    """By the lock file of the stick, or by the name of a file that the card does not have."""
    lies(stick, "tiny")
    with pytest.raises(ModelTampered, match="called like tiny"):
        done(import_models(desk(home, card()), stick))
    plain = stick.parent / "tiny.gguf"
    plain.write_bytes(OTHER_GGUF)
    known = card(files=(CardFile("Tiny-Q4.gguf", len(GGUF), sha256(GGUF).hexdigest()),))
    with pytest.raises(ModelTampered, match="called like tiny"):
        done(import_models(desk(home, known), plain))
    assert desk(home).store.lock().models == ()


def test_the_name_of_a_known_model_is_not_given_to_one_that_does_something_else(home: Path, stick: Path) -> None:
    """To fetch the known one would not be possible any more."""
    with pytest.raises(ModelTampered, match="called like tiny"):
        done(import_models(desk(home, card()), voice(stick, "tiny")))


@pytest.mark.parametrize("name", ["default", "pocketsphinx", "small-turn"])
def test_nothing_that_is_brought_or_fetched_is_called_as_settings_call_the_spare_ones(
    home: Path, stick: Path, name: str
) -> None:
    """`models use default` and `stt = "pocketsphinx"` would mean two things."""
    lies(stick, name)
    here = desk(home)
    with pytest.raises(UsageError, match="means something else"):
        done(import_models(here, stick))
    with pytest.raises(UsageError, match="means something else"):
        done(import_models(here, stick, name=name))
    with pytest.raises(UsageError, match="name of another model"):
        plan_pull(here, [f"some/{name}/{name}.gguf"])
    assert [model.name for model in done(import_models(here, stick, name="mine"))] == ["mine"]


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_an_export_follows_no_link_on_the_stick_and_removes_nothing_behind_it(home: Path, stick: Path) -> None:
    """One that leads to the models of this very machine: what it replaces there would be our own."""
    here = desk(home, card())
    (stick.parent / "x.gguf").write_bytes(GGUF)
    [own] = done(import_models(here, stick.parent / "x.gguf"))
    lies(stick, own.name, own.files[0].name)
    shutil.rmtree(stick / "llm")
    (stick / "llm").symlink_to(here.store.folder / "llm")
    with pytest.raises(UsageError, match="is a link"):
        list(export_models(here, [own.name], stick))
    discard(Store(stick), Store(stick).lock().models[0])
    assert here.store.verify(own) == ()


@pytest.mark.skipif(os.name != "posix", reason="pipes and links of POSIX")
def test_what_is_neither_file_nor_folder_is_not_waited_for(home: Path, stick: Path) -> None:
    """A pipe would never end, and a device neither."""
    os.mkfifo(stick / "x.gguf")
    for place in (stick / "x.gguf", Path("/dev/zero"), stick):
        with pytest.raises(UsageError, match=r"neither a file nor|no model"):
            done(import_models(desk(home), place))


@pytest.mark.skipif(os.name != "posix", reason="links of POSIX")
def test_nothing_is_put_behind_a_link_where_it_would_not_be_opened(home: Path, stick: Path) -> None:
    """It is said of the link, and not of the model."""
    here = desk(home)
    here.store.folder.mkdir(parents=True)
    (here.store.folder / "llm").symlink_to(stick)
    (stick.parent / "x.gguf").write_bytes(GGUF)
    with pytest.raises(AssistantError, match="is a link"):
        done(import_models(here, stick.parent / "x.gguf"))
    assert list(stick.iterdir()) == []


def test_what_a_stick_says_of_its_source_stands_in_nobodys_way(home: Path, stick: Path) -> None:
    """Its publisher gives no digest, so the name is free; but the true one is still fetched, and is not held against
    what the stick said."""
    known = card(files=(CardFile("tiny.gguf"),), revision=COMMIT)
    lies(stick, "tiny", "tiny.gguf")
    here = desk(home, known)
    [brought] = done(import_models(here, stick))
    assert brought.trust is Trust.IMPORTED
    plan = plan_pull(here, ["tiny"])
    assert not plan.models[0].is_here
    assert plan.models[0].files[0].order.sha256 == ""
    hub = line({address("some/tiny", "tiny.gguf", COMMIT): GGUF}, commit=COMMIT)
    [fetched] = done(pull(here, plan, hub.opener()))
    assert fetched.trust is not Trust.IMPORTED
    assert here.store.files(fetched)[0].read_bytes() == GGUF
