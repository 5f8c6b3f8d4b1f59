"""`models export`: installed models to a folder or a stick, with a lock file that `models import` goes by."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from privacy_assistant.app.models.desk import Desk
from privacy_assistant.app.models.events import Done, Event, Moving
from privacy_assistant.app.models.placing import discard
from privacy_assistant.app.models.room import Digests, copied, require_room, sync_folder
from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.core.model_lock import Installed
from privacy_assistant.engines.model_store import Store
from privacy_assistant.errors import EngineError, ModelTampered, UsageError


def export_models(desk: Desk, names: Sequence[str], folder: Path, *, wants_all: bool = False) -> Iterator[Event]:
    """Copy installed models into a folder, which is made where it is missing; what it holds of them already stays.

    Raises UsageError, AssistantError (no room), EngineError (one is not what was installed), SettingsError (a damaged
    lock file), OSError.
    """
    lock = desk.store.lock()
    for role in ModelRole:
        if (folder / role).is_symlink():
            raise UsageError(f"the folder {role} there is a link, and could lead anywhere", hint="name another folder")
    models = list(lock.models) if wants_all else [desk.installed(name) for name in dict.fromkeys(names)]
    if not models:
        raise UsageError("there is no installed model to export", hint="privacy-assistant models list")
    if folder.exists() and not folder.is_dir():
        raise UsageError("an export goes into a folder, and that is a file", hint="name a folder")
    if folder.exists() and desk.store.folder.exists() and os.path.samefile(folder, desk.store.folder):
        raise UsageError("that is the folder of models itself", hint="name another folder")
    there = Store(folder)
    missing = [model for model in models if not _is_there(there, model)]
    require_room(folder, sum(model.bytes for model in missing))
    for model in models:
        if model in missing:
            yield from _export(desk, model, there)
        else:
            yield Done(model, was_here=True)


def _is_there(there: Store, model: Installed) -> bool:
    found = there.lock().get(model.name)
    if found is None or [file.sha256 for file in found.files] != [file.sha256 for file in model.files]:
        return False
    try:
        there.check(found)
    except EngineError:
        return False
    return True


def _export(desk: Desk, model: Installed, there: Store) -> Iterator[Event]:
    draft = there.folder / f".export-{secrets.token_hex(4)}"
    draft.mkdir(mode=0o700, parents=True)
    try:
        for file, path in zip(model.files, desk.store.files(model), strict=True):
            if path.is_symlink() or not path.is_file():
                raise _other(model, path.name)
            for step in copied(path, draft / file.name):
                if not isinstance(step, Digests):
                    yield Moving(model.name, file.name, step, max(file.bytes, step))
                elif (step.bytes, step.sha256) != (file.bytes, file.sha256):
                    raise _other(model, file.name)
        before = there.lock().get(model.name)
        target = there.folder / str(model.role) / model.name
        if os.path.lexists(target):
            target = target.with_name(f"{model.name}+{secrets.token_hex(4)}")
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.rename(target)
        sync_folder(target)
        files = tuple(replace(file, path=f"{model.role}/{target.name}/{file.name}") for file in model.files)
        written = replace(model, files=files)
        there.check(written)
        there.change(lambda lock: lock.with_model(written))
        if before is not None:
            discard(there, before)
        yield Done(written)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _other(model: Installed, name: str) -> ModelTampered:
    return ModelTampered(
        f"{name} of {model.name} is not what was installed, so it is not exported",
        hint=f"privacy-assistant models verify {model.name}; then pull or import it again",
    )
