"""`models remove`: a model, or what is left of downloads that broke off and of what was quarantined."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from privacy_assistant.app.config_writing import set_key
from privacy_assistant.app.files import read_settings
from privacy_assistant.app.models.answering import Works, works
from privacy_assistant.app.models.desk import Desk
from privacy_assistant.app.models.placing import IMPORTS_LOCK, PARTIAL, at_work, discard
from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.core.model_lock import Installed
from privacy_assistant.engines.model_store import QUARANTINE
from privacy_assistant.errors import AssistantError
from privacy_assistant.file_lock import held


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What lies in the folder of models and is no model: `bytes` of it, `busy` that somebody works on now."""

    names: tuple[str, ...]
    bytes: int
    busy: tuple[str, ...] = ()


def afterwards(desk: Desk, role: ModelRole, gone: Iterable[Installed]) -> Works:
    """What would work for a role if these were not there, nor the setting that names one of them."""
    lock, wanted = desk.store.lock(), desk.settings.models.named(role)
    for model in gone:
        lock = lock.without(model.name)
        wanted = "" if wanted == model.name and model.role is role else wanted
    return works(desk, role, lock=lock, wanted=wanted)


def remove_model(desk: Desk, model: Installed) -> bool:
    """Take a model away, and the setting that names it; whether there was such a setting.

    Raises AssistantError where somebody works on it, SettingsError (nothing was removed), OSError.
    """
    with at_work(desk.store, model.name):
        is_set = read_settings(desk.paths).models.named(model.role) == model.name
        if is_set:
            set_key(desk.paths, "models", str(model.role), None)
        desk.store.change(lambda lock: lock.without(model.name))
        discard(desk.store, model)
    return is_set


def stayed(desk: Desk, model: Installed) -> list[str]:
    """Which files of a model that was removed could not be: they belong to somebody else, or are read just now."""
    return [str(path) for path in desk.store.files(model) if os.path.lexists(path)]


def leftovers(desk: Desk) -> Leftovers:
    """What `clear_leftovers` would take away."""
    names, size = [], 0
    for kind in (PARTIAL, QUARANTINE):
        folder = desk.store.folder / kind
        for path in _within(folder):
            names.append(path.name)
            parts = path.rglob("*") if path.is_dir() and not path.is_symlink() else (path,)
            size += sum(part.lstat().st_size for part in parts if part.is_file())
    return Leftovers(tuple(names), size)


def begun_names(desk: Desk) -> tuple[str, ...]:
    """What broke off and can go on, by the names of the models."""
    return tuple(path.name for path in _within(desk.store.folder / PARTIAL) if not path.name.startswith("."))


def clear_leftovers(desk: Desk) -> Leftovers:
    """Take away what broke off, unless somebody works on it now, and all that was quarantined. Raises OSError."""
    before = leftovers(desk)
    busy = []
    folder = desk.store.folder / PARTIAL
    for path in _within(folder):
        try:
            lock = IMPORTS_LOCK if path.name.startswith(".") else f".{path.name}.lock"
            with held(folder / lock, path.name):
                _take_away(path)
        except AssistantError:
            busy.append(path.name)
    quarantined = desk.store.folder / QUARANTINE
    for path in _within(quarantined):
        _take_away(path)
    with contextlib.suppress(OSError):  # there is none, or it is a link
        quarantined.rmdir()
    after = leftovers(desk)
    return Leftovers(tuple(name for name in before.names if name not in busy), before.bytes - after.bytes, tuple(busy))


def _within(folder: Path) -> list[Path]:
    """What lies in a folder and is no lock; nothing where it is a link: what that leads to is not ours to take away."""
    if not folder.is_dir() or folder.is_symlink():
        return []
    return sorted(path for path in folder.iterdir() if not _is_lock(path))


def _take_away(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _is_lock(path: Path) -> bool:
    """Locks stay: two could hold two files of one name."""
    return path.name.startswith(".") and path.name.endswith(".lock") and not path.is_dir()
