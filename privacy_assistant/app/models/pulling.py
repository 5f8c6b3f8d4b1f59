"""Fetch what was planned and agreed to: file after file, each model whole before it gets to its place."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import Protocol

from privacy_assistant.app.clock import now
from privacy_assistant.app.models.answering import now_works
from privacy_assistant.app.models.desk import Desk
from privacy_assistant.app.models.events import Done, Event, Looking, Moving, Waiting
from privacy_assistant.app.models.looking import Seen
from privacy_assistant.app.models.placing import (
    WHOLE,
    at_work,
    looked_at,
    partial_folder,
    quarantine,
    settle,
    tampered,
)
from privacy_assistant.app.models.planning import (
    BY_LOCK,
    PART,
    Plan,
    PlannedFile,
    PlannedModel,
    source_of,
    vouched,
)
from privacy_assistant.app.models.room import as_size, require_room
from privacy_assistant.core.model_card import Card
from privacy_assistant.core.model_lock import Installed, LockedFile, Trust
from privacy_assistant.errors import BackendRefused, EngineError, ModelTampered, ReplyMalformed
from privacy_assistant.ports import Delayed
from privacy_assistant.ports.models import Arrived, Fetcher, Order, Progress

_WEAKEST_FIRST = (Trust.FIRST_USE, Trust.HUB, Trust.RECORDED, Trust.PUBLISHED)


class Line(Protocol):
    """The way out: a fetcher, and whether it shows who asks."""

    @property
    def fetcher(self) -> Fetcher: ...

    def show_token(self, order: Order, *, is_wanted: bool) -> bool:
        """Have the person's token go to the first host of this order, or not; whether it does: there may be none."""
        ...


@dataclass(slots=True)
class _Fetch:
    """One model on its way. `shows_token`: the hub asked for one."""

    model: PlannedModel
    folder: Path
    line: Line
    came: list[tuple[PlannedFile, Arrived]] = field(default_factory=list)
    shows_token: bool = False

    def kept(self) -> str:
        """What a person who breaks off is told; "" where nothing is here."""
        parts = [_part(self.folder, one.file.name) for one in self.model.files]
        count = sum(part.stat().st_size for part in parts if part.is_file())
        whole = self.model.card.bytes
        if not count:
            return ""
        shown = f"{as_size(count)} of {as_size(whole)}" if whole else as_size(count)
        return f"{shown} of {self.model.card.name} are here; the same command goes on from there"


def pull(
    desk: Desk,
    plan: Plan,
    open_line: Callable[[], AbstractContextManager[Line]],
    *,
    say: Callable[[str], None] = lambda _line: None,
) -> Iterator[Event]:
    """Fetch every model of the plan that is not here. `open_line` opens the way out, and only where it is needed.

    Raises AssistantError (no room, somebody else fetches the same model, the lock file), what `Fetcher.fetch` raises,
    EngineError (what came is no such model), OSError. What came stays, and `say` gets a line about it.
    """
    for model in plan.models:
        if model.is_here and model.before is not None:
            yield Done(model.before, was_here=True)
    if plan.is_empty:
        return
    require_room(desk.store.folder, plan.bytes_left)
    with open_line() as line:
        for model in plan.models:
            if not model.is_here:
                with at_work(desk.store, model.card.name):
                    yield from _fetch_model(desk, model, line, say)


def _fetch_model(desk: Desk, model: PlannedModel, line: Line, say: Callable[[str], None]) -> Iterator[Event]:
    folder = partial_folder(desk.store, model.card.name)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _take_back(folder)
    fetch = _Fetch(model, folder, line, shows_token=model.card.is_gated)
    try:
        for planned in model.files:
            arrived = yield from _fetch_file(desk, planned, fetch)
            if arrived is not None:
                fetch.came.append((planned, arrived))
                _expect_one_revision(fetch)
                _expect_what_was_locked(desk, fetch)
    except BaseException:  # also Ctrl-C, and a face that went away
        kept = fetch.kept()
        if kept:
            say(kept)
        raise
    yield Looking(model.card.name)
    installed = _put_together(desk, fetch)
    yield Done(installed, (now_works(desk, installed),))


# ---------------------------------------------------------------- one file


def _fetch_file(desk: Desk, planned: PlannedFile, fetch: _Fetch) -> Generator[Event, None, Arrived | None]:
    """What arrived; None for an optional file that is not there."""
    fetch.line.show_token(planned.order, is_wanted=fetch.shows_token)
    try:
        return (yield from _transfer(desk, planned, fetch))
    except BackendRefused:
        if planned.file.is_optional and fetch.came:
            return None
        if fetch.shows_token or not fetch.line.show_token(planned.order, is_wanted=True):
            raise
    # Who asks is shown where it has to be, and only there.
    fetch.shows_token = True
    return (yield from _transfer(desk, planned, fetch))


def _transfer(desk: Desk, planned: PlannedFile, fetch: _Fetch) -> Generator[Event, None, Arrived]:
    name, model = planned.file.name, fetch.model.card.name
    partial = _part(fetch.folder, name)
    is_room_known = planned.file.bytes > 0
    arrived: Arrived | None = None
    try:
        for item in fetch.line.fetcher.fetch(planned.order, str(partial)):
            if isinstance(item, Progress):
                if item.total and not is_room_known:
                    require_room(desk.store.folder, item.total - item.have)
                    is_room_known = True
                yield Moving(model, name, item.have, item.total)
            elif isinstance(item, Delayed):
                yield Waiting(model, name, item.seconds, item.why)
            else:
                arrived = item
    except ModelTampered as error:
        if not partial.exists():
            raise
        raise tampered(error, _put_aside(desk, fetch, partial)) from None
    if arrived is None:
        raise ReplyMalformed(f"{model}: {name} did not come whole", hint="run the same command again")
    yield Moving(model, name, arrived.bytes, arrived.bytes)
    return arrived


def _put_aside(desk: Desk, fetch: _Fetch, partial: Path) -> Path:
    named = partial.with_name(partial.name.removesuffix(PART))
    partial.rename(named)
    for rest in fetch.folder.glob(f"{partial.name}*"):
        rest.unlink()
    return quarantine(desk.store, fetch.model.card.name, [named])


def _part(folder: Path, name: str) -> Path:
    """Where a file is written while it comes: what the fetcher keeps beside it has no name of a file of the model."""
    return folder / f"{name}{PART}"


def _take_back(folder: Path) -> None:
    """Files that an earlier pull had put together, and was ended before they got to their place."""
    whole = folder / WHOLE
    if not whole.is_dir():
        return
    for file in whole.iterdir():
        file.replace(_part(folder, file.name))
    whole.rmdir()


# ---------------------------------------------------------------- what came


def _expect_one_revision(fetch: _Fetch) -> None:
    """Raises ReplyMalformed where the branch moved between two files."""
    told = {arrived.commit for _, arrived in fetch.came if arrived.commit}
    if len(told) > 1:
        raise ReplyMalformed(
            f"{fetch.model.card.name} was changed at its source while it was fetched", hint="run the same command again"
        )


def _expect_what_was_locked(desk: Desk, fetch: _Fetch) -> None:
    """Raises ModelTampered where the file that came last is not what came earlier from the very same place."""
    planned, arrived = fetch.came[-1]
    before = fetch.model.before
    locked = next((file for file in before.files if file.name == planned.file.name), None) if before else None
    if before is None or locked is None or before.source != source_of(fetch.model.card):
        return
    if before.trust is Trust.IMPORTED:
        return  # what came on a stick says of itself where it is from
    if arrived.commit:
        is_same_place = arrived.commit == before.revision
    else:
        is_same_place = _without_host(locked.url, fetch.model) == _without_host(arrived.url, fetch.model)
    if is_same_place and arrived.sha256 != locked.sha256:
        error = ModelTampered(
            f"{fetch.model.card.name}: {planned.file.name} is not what it was when it was installed, at the same place",
            hint=f"try without the mirror; if its publisher changed it: privacy-assistant models remove {before.name}",
        )
        raise tampered(error, _put_aside(desk, fetch, _part(fetch.folder, planned.file.name)))


def _without_host(url: str, model: PlannedModel) -> str:
    """The part of an address that is the same at a mirror."""
    mark = f"/{model.card.repository}/resolve/"
    return url[url.index(mark) :] if model.card.repository and mark in url else url


def _put_together(desk: Desk, fetch: _Fetch) -> Installed:
    card = fetch.model.card
    whole = fetch.folder / WHOLE
    whole.mkdir(mode=0o700)
    for planned, _ in fetch.came:
        _part(fetch.folder, planned.file.name).rename(whole / planned.file.name)
    told = next((arrived.commit for _, arrived in fetch.came if arrived.commit), "")
    files = tuple(
        LockedFile(f"{card.role}/{card.name}/{planned.file.name}", arrived.bytes, arrived.sha256, arrived.url)
        for planned, arrived in fetch.came
    )
    model = Installed(
        name=card.name,
        role=card.role,
        maker=card.maker,
        files=files,
        trust=min(
            (_trust(card, planned, arrived, fetch.model.before) for planned, arrived in fetch.came),
            key=_WEAKEST_FIRST.index,
        ),
        licence=card.licence,
        languages=card.languages,
        source=source_of(card),
        revision=told or (card.revision if card.repository else ""),
        installed=now().astimezone(UTC).isoformat(timespec="milliseconds"),
        context_tokens=card.context_tokens,
    )
    try:
        seen = looked_at(desk.store, whole, model)
        placed = settle(desk.store, whole, _with_what_it_says(desk, model, seen))
    except EngineError:
        shutil.rmtree(fetch.folder, ignore_errors=True)  # what was in it is quarantined
        raise
    shutil.rmtree(fetch.folder, ignore_errors=True)
    return placed


def _with_what_it_says(desk: Desk, model: Installed, seen: Seen) -> Installed:
    """Of what stands in no manifest, the file itself may say more."""
    if desk.card(model.name) is not None:
        return model
    return replace(
        model,
        licence=f"{seen.licence}, by the file's own word" if seen.licence else model.licence,
        languages=seen.languages if model.languages == ("*",) and seen.languages else model.languages,
    )


def _trust(card: Card, planned: PlannedFile, arrived: Arrived, before: Installed | None) -> Trust:
    if planned.file.sha256 or planned.file.md5:
        return vouched(card)
    if arrived.told_sha256:
        return Trust.HUB
    is_known = planned.trust == BY_LOCK and before is not None and before.trust in _WEAKEST_FIRST
    return before.trust if before is not None and is_known else Trust.FIRST_USE
