"""`models import`: from a folder, a stick or a file, without a network and without a key store.

What is copied is held against the manifest by its digests. A file that bears the name of a known model and is another
one is refused: it may be broken, or somebody's idea of it.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

from privacy_assistant.app.clock import now
from privacy_assistant.app.models.answering import RESERVED, now_works
from privacy_assistant.app.models.desk import Desk
from privacy_assistant.app.models.events import Done, Event, Looking, Moving
from privacy_assistant.app.models.found import Found, find_models
from privacy_assistant.app.models.placing import IMPORTS_LOCK, PARTIAL, at_work, looked_at, settle, standing
from privacy_assistant.app.models.planning import source_of, vouched
from privacy_assistant.app.models.room import Digests, copied, require_room
from privacy_assistant.core.model_card import MAKER_OF, Card, CardFile, ModelRole, is_safe_path, model_name
from privacy_assistant.core.model_lock import Installed, LockedFile, Trust
from privacy_assistant.errors import EngineError, ModelTampered, UsageError
from privacy_assistant.file_lock import held

BROUGHT = "brought by hand"

_NOT_READ = "not stated in the file"
_ASIDE = "~"
"""At the end of a name while files change theirs; none of a model has it."""


@dataclass(frozen=True, slots=True)
class _Copy:
    """A file that was copied, and what was read of it."""

    name: str
    digests: Digests


def import_models(
    desk: Desk,
    path: Path,
    *,
    role: ModelRole | None = None,
    name: str = "",
    languages: tuple[str, ...] = (),
    replaces: bool = False,
) -> Iterator[Event]:
    """Copy every model at this path to its place.

    `name` is what it is called here, where it is one; `replaces`: it may take the place of another of its name. Raises
    UsageError, AssistantError (no room, somebody else is at it), EngineError (damaged, or not what the manifest or the
    lock file beside it says), SettingsError, OSError. What was imported until then stays.
    """
    found = find_models(path, role)
    if name and (len(found) > 1 or model_name(name) != name):
        raise UsageError(
            "--name takes one name for one model",
            hint="small letters, digits, dots and dashes" if len(found) == 1 else "name the model's own file or folder",
        )
    fresh = []
    for one in found:
        before = standing(desk.store).get(name or one.called) if one.locked is not None else None
        if before is not None and one.locked is not None and _is_same(before, one.locked) and _is_whole(desk, before):
            yield Done(before, was_here=True)
        else:
            fresh.append(one)
    if not fresh:
        return
    require_room(desk.store.folder, sum(one.bytes for one in fresh))
    partial = desk.store.folder / PARTIAL
    partial.mkdir(mode=0o700, parents=True, exist_ok=True)
    with held(partial / IMPORTS_LOCK, "an import"):
        for one in fresh:
            yield from _import(desk, one, name, languages, replaces=replaces)


def _import(desk: Desk, found: Found, name: str, languages: tuple[str, ...], *, replaces: bool) -> Iterator[Event]:
    folder = desk.store.folder / PARTIAL / f".import-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700)
    try:
        copies = yield from _copy_all(found, folder)
        model = _described(desk, found, copies, folder, name, languages)
        with at_work(desk.store, model.name):
            before = standing(desk.store).get(model.name)
            if before is not None and _is_same(before, model) and _is_whole(desk, before):
                yield Done(before, was_here=True)
                return
            if before is not None and not replaces:
                raise UsageError(
                    f"another model is installed as {model.name}",
                    hint="--replace puts this one in its place, --name N calls this one otherwise",
                )
            yield Looking(model.name)
            seen = looked_at(desk.store, folder, model)
            placed = settle(
                desk.store,
                folder,
                replace(
                    model,
                    licence=model.licence or (f"{seen.licence}, by the file's own word" if seen.licence else _NOT_READ),
                    languages=seen.languages if model.languages == ("*",) and seen.languages else model.languages,
                ),
            )
        yield Done(placed, (now_works(desk, placed),))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy_all(found: Found, folder: Path) -> Generator[Event, None, list[_Copy]]:
    copies = []
    for number, (source, given) in enumerate(found.files, 1):
        file_name = _fit(given, number)
        total = source.stat().st_size
        for step in copied(source, folder / file_name):
            if isinstance(step, Digests):
                copies.append(_Copy(file_name, step))
            else:
                yield Moving(found.called, file_name, step, max(total, step))
    return copies


def _fit(given: str, number: int) -> str:
    """A name that is one on any system; the file's own where it can be."""
    if is_safe_path(given):
        return given
    suffix = Path(given).suffix if is_safe_path(f"x{Path(given).suffix}") else ""
    stem = model_name(Path(given).stem)
    return f"{stem}{suffix}" if is_safe_path(f"{stem}{suffix}") else f"file-{number}{suffix}"


# ---------------------------------------------------------------- what it is


def _described(
    desk: Desk, found: Found, copies: Sequence[_Copy], folder: Path, name: str, languages: tuple[str, ...]
) -> Installed:
    """What the lock file will say of it. In `folder` its files get the names of its card, where it has one."""
    if found.locked is not None:
        _expect_what_is_locked(found.locked, copies)
    cards = [(card, _matched(card, copies)) for card in desk.cards if card.role is found.role]
    card, matched = next(((card, matched) for card, matched in cards if matched), (None, {}))
    if card is None and not name:
        _refuse_another_of_a_known_name(desk, found, copies)
    called = found.locked.name if found.locked is not None else model_name(found.called)
    if card is not None:
        model = _of_card(card, matched)
        _name_as(matched, copies, folder)
        if card.package:
            # The name of what the package brings means that one.
            model = replace(model, name=called)
    elif found.locked is not None:
        source = found.locked.source or BROUGHT
        model = replace(found.locked, trust=Trust.IMPORTED, source=source, files=_files(found.role, copies))
    else:
        model = Installed(
            name=called,
            role=found.role,
            maker=MAKER_OF[found.role],
            files=_files(found.role, copies),
            trust=Trust.IMPORTED,
            source=BROUGHT,
        )
    if (name or model.name) in RESERVED | {card.name for card in desk.cards if card.package}:
        raise UsageError("that name means something else here", hint="--name N calls it otherwise")
    return replace(
        model,
        name=name or model.name,
        languages=languages or model.languages,
        installed=now().astimezone(UTC).isoformat(timespec="milliseconds"),
    )


def _matched(card: Card, copies: Sequence[_Copy]) -> dict[CardFile, _Copy]:
    """Which file of a card each of these is; empty where one that must be there is not, or another.

    A digest tells whatever the file is called. Where none is published name and size tell, if they are known: of one
    file at least there has to be something to go by.
    """
    found: dict[CardFile, _Copy] = {}
    for file in card.files:
        left = [copy for copy in copies if copy not in found.values()]
        fitting = [copy for copy in left if _agrees(file, copy.digests) and (file.sha256 or file.name == copy.name)]
        if fitting:
            found[file] = next((copy for copy in fitting if copy.name == file.name), fitting[0])
        elif not file.is_optional:
            return {}
    return found if any(file.bytes or _is_vouched(file) for file in found) else {}


def _agrees(file: CardFile, digests: Digests) -> bool:
    return file.bytes in (0, digests.bytes) and file.sha256 in ("", digests.sha256) and file.md5 in ("", digests.md5)


def _is_vouched(file: CardFile) -> bool:
    return bool(file.sha256 or file.md5)


def _of_card(card: Card, matched: dict[CardFile, _Copy]) -> Installed:
    is_vouched = all(_is_vouched(file) for file in matched)
    named = [replace(copy, name=file.name) for file, copy in matched.items()]
    return Installed(
        name=card.name,
        role=card.role,
        maker=card.maker,
        files=_files(card.role, named),
        trust=vouched(card) if is_vouched else Trust.IMPORTED,
        licence=card.licence,
        languages=card.languages,
        source=source_of(card),
        revision=card.revision if card.repository and is_vouched else "",
        context_tokens=card.context_tokens,
    )


def _name_as(matched: dict[CardFile, _Copy], copies: Sequence[_Copy], folder: Path) -> None:
    """Give the files the names of the card; what it does not name is not part of the model."""
    for copy in copies:
        (folder / copy.name).rename(folder / f"{copy.name}{_ASIDE}")
    for file, copy in matched.items():
        (folder / f"{copy.name}{_ASIDE}").rename(folder / file.name)
    for rest in folder.glob(f"*{_ASIDE}"):
        rest.unlink()


def _files(role: ModelRole, copies: Sequence[_Copy]) -> tuple[LockedFile, ...]:
    return tuple(LockedFile(f"{role}/new/{copy.name}", copy.digests.bytes, copy.digests.sha256) for copy in copies)


def _refuse_another_of_a_known_name(desk: Desk, found: Found, copies: Sequence[_Copy]) -> None:
    """Raises ModelTampered for what is called like a model of the manifest and is not that, or has a file that is."""
    by_name = {copy.name: copy.digests for copy in copies}
    name = found.locked.name if found.locked is not None else model_name(found.called)
    for card in desk.cards:
        is_other_role = card.role is not found.role
        is_known = any(file.bytes or _is_vouched(file) for file in card.files)
        is_taken = card.name == name and (is_known or is_other_role)
        if is_taken or (not is_other_role and any(_is_another(file, by_name.get(file.name)) for file in card.files)):
            raise ModelTampered(
                f"this is called like {card.name}, and is not what is known by that name",
                hint="it may be damaged: copy it again; or call it otherwise with --name N",
            )


def _is_another(file: CardFile, found: Digests | None) -> bool:
    return found is not None and not _is_generic(file.name) and not _agrees(file, found)


def _is_generic(name: str) -> bool:
    """Names that say nothing: every recogniser has them."""
    return name in ("model.bin", "model.onnx", "model.safetensors") or name.endswith((".json", ".txt", ".model"))


def _expect_what_is_locked(locked: Installed, copies: Sequence[_Copy]) -> None:
    for file, copy in zip(locked.files, copies, strict=True):
        if (copy.digests.bytes, copy.digests.sha256) != (file.bytes, file.sha256):
            raise ModelTampered(
                f"{copy.name} of {locked.name} is not what the lock file beside it says",
                hint="the copy there is damaged: write it again with privacy-assistant models export",
            )


def _is_same(one: Installed, other: Installed) -> bool:
    digests = [{(file.name, file.sha256) for file in model.files} for model in (one, other)]
    return one.role is other.role and digests[0] == digests[1]


def _is_whole(desk: Desk, model: Installed) -> bool:
    try:
        desk.store.check(model)
    except EngineError:
        return False
    return True
