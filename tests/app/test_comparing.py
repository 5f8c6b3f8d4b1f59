"""A person is told before a large model is read to its end, and only then."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from privacy_assistant.app import comparing
from privacy_assistant.app.comparing import LARGE_BYTES, tell_of_comparison
from privacy_assistant.app.local_models import local_model
from privacy_assistant.app.paths import paths_for
from privacy_assistant.app.voice_checks import _stood_in_for
from privacy_assistant.app.voice_engines import find_speaker
from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.core.model_lock import Installed
from privacy_assistant.core.settings import Models, Settings
from privacy_assistant.engines.model_store import Store
from privacy_assistant.engines.voices import SHIPPED
from tests.engines.installing import install


def of_size(model: Installed, count: int) -> Installed:
    """The same model, as its lock file would describe a larger one."""
    return replace(model, files=(replace(model.files[0], bytes=count), *model.files[1:]))


def test_the_line_names_the_model_and_its_size(tmp_path: Path) -> None:
    """So that nobody takes a silent minute for a program that hangs; a small one is compared without a word."""
    model = of_size(install(tmp_path, ModelRole.LLM, "large"), 5_300_000_000)
    lines: list[str] = []
    tell_of_comparison(Store(tmp_path), model, lines.append)
    assert lines == ["comparing large with its digest (5.3 GB), once"]
    tell_of_comparison(Store(tmp_path), of_size(model, LARGE_BYTES - 1), lines.append)
    assert len(lines) == 1


def test_a_voice_that_was_compared_is_spoken_with_without_a_word(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first time a line, the second time none, and none of it is a fault to `doctor`."""
    monkeypatch.setattr(comparing, "LARGE_BYTES", 1)
    files = (SHIPPED, SHIPPED.with_name(f"{SHIPPED.name}.json"))
    install(tmp_path, ModelRole.TTS, "mine", {file.name: file.read_bytes() for file in files})
    settings = Settings(models=Models(in_worker=False))
    lines: list[str] = []
    find_speaker(settings, tmp_path, lines.append)
    assert lines == ["comparing mine with its digest (0.0 GB), once"]
    assert list(_stood_in_for(lines)) == []
    find_speaker(settings, tmp_path, lines.append)
    assert len(lines) == 1


def test_the_language_model_is_told_of_when_it_is_needed_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when a house is opened: a skill needs no model."""
    monkeypatch.setattr(comparing, "LARGE_BYTES", 1)
    paths = paths_for(tmp_path)
    install(paths.models, ModelRole.LLM, "mine")
    lines: list[str] = []
    model = local_model(Settings(), paths, lines.append)
    assert lines == []
    assert model.info.name == "mine"
    assert lines == ["comparing mine with its digest (0.0 GB), once"]
    model.close()
