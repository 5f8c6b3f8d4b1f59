"""Which installed model does the work of a role, and what of it an engine is given: a file, or the folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.core.model_choice import chosen
from privacy_assistant.core.model_lock import Installed, LockedFile
from privacy_assistant.engines.model_store import Store

_MAIN = {ModelRole.LLM: ".gguf", ModelRole.TTS: ".onnx", ModelRole.TURN: ".onnx", ModelRole.WAKE: ".json"}
"""How the file ends that an engine is given; it finds the others beside it."""

_FOLDERS = frozenset({ModelRole.STT, ModelRole.PII})
"""Roles whose engines are given the folder."""


@dataclass(frozen=True, slots=True)
class Found:
    """What an engine is given, and the name by which a person knows it; `installed` is its entry in the lock file."""

    path: Path
    name: str
    installed: Installed


def find_installed(role: ModelRole, wanted: str, language: str, models_dir: Path | None) -> Found | None:
    """The installed model that settings name, or where they name none the last for the language that came.

    None where there is none: what is named is a path, a file that was put there, a spare one, or nothing at all. Only
    the lock file is read; `check` looks at the files. Raises SettingsError where the lock file is damaged.
    """
    if models_dir is None or "/" in wanted or "\\" in wanted:
        return None
    model = chosen(Store(models_dir).lock(), role, wanted, language)
    return None if model is None else found_in(models_dir, model)


def found_in(models_dir: Path, model: Installed) -> Found:
    """What an engine is given of this model."""
    file = main_file(model)
    path = models_dir.joinpath(*file.path.split("/"))
    return Found(path.parent if model.role in _FOLDERS else path, model.name, model)


def main_file(model: Installed) -> LockedFile:
    """The file that an engine is given; of a model in several parts the first one."""
    end = _MAIN.get(model.role, "")
    fitting = [file for file in model.files if file.name.endswith(end)] or list(model.files)
    return min(fitting, key=lambda file: file.name)


def check(found: Found, models_dir: Path) -> None:
    """Make sure that it is what was installed, before a parser sees it. Raises EngineMissing, ModelTampered."""
    Store(models_dir).check(found.installed)
