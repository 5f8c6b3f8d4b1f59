"""From a folder in which all files of a model have come together to its place, in one step; or into quarantine.

The lock file is what counts. An update lies in a folder of its own until the lock file names it, and only then the
old one goes: whoever is ended in between leaves the old model as it was.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from privacy_assistant.app.models.looking import Seen, look
from privacy_assistant.app.models.room import sync_folder
from privacy_assistant.core.model_lock import Installed, Lock
from privacy_assistant.engines.model_store import QUARANTINE, Store
from privacy_assistant.errors import AssistantError, EngineError, EngineFailed, ModelTampered, SettingsError
from privacy_assistant.file_lock import held

PARTIAL = ".partial"
"""Where files lie that are on their way."""

IMPORTS_LOCK = "..imports.lock"
"""Beside them: held by who imports, one at a time. No model can have such a name."""

WHOLE = "whole"
"""Below that of a model: its files when all of them have come."""


def partial_folder(store: Store, name: str) -> Path:
    """Where the files of this model lie while they come."""
    return store.folder / PARTIAL / name


def standing(store: Store) -> Lock:
    """What is installed, for who is about to change it: a lock file that is damaged is set aside then, and counts as
    none. Raises SettingsError for one of another version, or that cannot be read."""
    try:
        return store.lock()
    except SettingsError as error:
        if error.key:
            raise
        return Lock()


@contextlib.contextmanager
def at_work(store: Store, name: str) -> Iterator[None]:
    """Nobody else fetches, brings or removes the model of this name meanwhile. Raises AssistantError where somebody
    does it now, OSError."""
    folder = store.folder / PARTIAL
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with held(folder / f".{name}.lock", f"the model {name}"):
        yield


def looked_at(store: Store, whole: Path, model: Installed) -> Seen:
    """Look into the files of a model that have come together in a folder. What does not look like one goes into
    quarantine, which the error names. Raises EngineError."""
    try:
        return look(model.role, whole)
    except EngineError as error:
        place = quarantine(store, model.name, sorted(whole.iterdir()))
        raise _put_aside(error, place, whole) from None


def settle(store: Store, whole: Path, model: Installed) -> Installed:
    """Move the folder `whole` to the model's place, write the model down, and read it once more there.

    `model.files` need only their names, sizes, digests and addresses. Raises EngineError (a file is not what it was
    when it came: quarantined), AssistantError (the lock file), OSError; then what was installed stays as it was.
    """
    before = standing(store).get(model.name)
    target = store.folder / str(model.role) / model.name
    if os.path.lexists(target):
        target = target.with_name(f"{model.name}+{secrets.token_hex(4)}")
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if target.parent.is_symlink():
        raise AssistantError(
            f"the folder {target.parent} is a link, and no model is opened behind one",
            hint="make it a folder; the folder of all models may be a link",
        )
    placed = replace(
        model,
        files=tuple(replace(file, path=f"{model.role}/{target.name}/{file.name}") for file in model.files),
    )
    sync_folder(whole)
    whole.rename(target)
    try:
        sync_folder(target.parent)
        store.change(lambda lock: lock.with_model(placed))
    except BaseException:  # also Ctrl-C: what the lock file does not name must not lie in a model's place
        target.rename(whole)
        raise
    try:
        # Only now, for it takes ten seconds for 5 GB: who is ended here has the model, and its first use reads it.
        store.check(placed)
    except EngineError as error:
        store.change(lambda lock: lock.without(model.name) if before is None else lock.with_model(before))
        place = quarantine(store, model.name, sorted(target.iterdir()))
        target.rmdir()
        raise _put_aside(error, place, target) from None
    except BaseException:  # also Ctrl-C: the lock file names the new one already
        _let_go(store, before)
        raise
    _let_go(store, before)
    return placed


def _let_go(store: Store, before: Installed | None) -> None:
    if before is not None:
        discard(store, before)


def discard(store: Store, model: Installed) -> None:
    """Take the files of a model away that the lock file does not name any more; what cannot be removed stays, and so
    does what lies behind a link, which on a stick may lead to anything of the same name."""
    places = store.files(model)
    if any(folder.is_symlink() for folder in places[0].parents[:2]):
        return
    for path in places:
        with contextlib.suppress(OSError):  # Windows removes no file that a running model reads
            path.unlink()
    with contextlib.suppress(OSError):  # somebody put something else there
        places[0].parent.rmdir()


def quarantine(store: Store, name: str, files: Sequence[Path]) -> Path:
    """Put files aside where no parser looks; the folder that they lie in now."""
    place = store.folder / QUARANTINE / f"{name}-{secrets.token_hex(4)}"
    place.mkdir(mode=0o700, parents=True)
    for file in files:
        file.rename(place / file.name)
    return place


def tampered(error: ModelTampered, place: Path) -> ModelTampered:
    """The error of a file that is not what it should be, with the folder that it was put into."""
    return ModelTampered(f"{error.message}; what came lies in {place}", hint=error.hint, rule=error.rule)


def _put_aside(error: EngineError, place: Path, folder: Path) -> EngineError:
    message = error.message.replace(f"{folder}{os.sep}", "").replace(str(folder), "its folder")
    return EngineFailed(
        f"what came is no usable model: {message}; it lies in {place}",
        hint="look at its page, or try another source; nothing was installed",
    )
