"""What `doctor` says of models."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from privacy_assistant.app.model_checks import models
from privacy_assistant.app.paths import paths_for
from privacy_assistant.core.model_card import Maker, ModelRole
from privacy_assistant.core.model_lock import Installed, LockedFile, Trust
from privacy_assistant.engines.catalogue import spare_llm
from privacy_assistant.engines.model_store import Store


def installed(home: Path, data: bytes) -> Path:
    """A language model in the lock file, and its file."""
    store = Store(paths_for(home).models)
    entry = LockedFile("llm/good/good.gguf", len(data), sha256(data).hexdigest())
    model = Installed("good", ModelRole.LLM, Maker.LLAMA_CPP, (entry,), Trust.HUB, "MIT", installed="2026-11-21")
    store.change(lambda lock: lock.with_model(model))
    file = store.files(model)[0]
    file.parent.mkdir(parents=True)
    file.write_bytes(data)
    return file


def test_with_nothing_installed_the_spare_model_answers(tmp_path: Path) -> None:
    """One line, with who vouches for it."""
    (only,) = models(paths_for(tmp_path))
    assert (only.name, only.state) == ("model", "ok")
    assert only.says.startswith("smollm2-135m-instruct, 98 MB, llama, Apache-2.0, digest as published")


def test_an_installed_model_is_named_with_what_is_known_of_its_bytes(tmp_path: Path) -> None:
    """It is the one that answers."""
    installed(tmp_path, spare_llm().path.read_bytes())
    each, answers = models(paths_for(tmp_path))
    assert (each.state, answers.state) == ("ok", "ok")
    assert each.says.startswith("good (llm), 98 MB, MIT, as it was installed; digest: hub")
    assert answers.says.startswith("good, 98 MB, llama, MIT")


def test_a_changed_model_is_a_fault_with_a_remedy_and_the_spare_one_answers(tmp_path: Path) -> None:
    """One byte is enough."""
    file = installed(tmp_path, spare_llm().path.read_bytes())
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    each, answers = models(paths_for(tmp_path))
    assert (each.state, answers.state) == ("fault", "fault")
    assert "models verify good" in each.remedy
    assert "the spare one answers: smollm2-135m-instruct" in answers.says


def test_a_damaged_lock_file_is_a_fault_and_no_end(tmp_path: Path) -> None:
    """What it named cannot be known, and the spare model answers."""
    paths = paths_for(tmp_path)
    paths.models.mkdir(parents=True)
    paths.installed.write_text("{", "utf-8")
    each, answers = models(paths)
    assert (each.state, answers.state) == ("fault", "fault")
    assert "the spare one answers" in answers.says
