"""How models are shown: the list, what a pull would fetch, and what happens while it does."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from textwrap import wrap
from typing import Any
from urllib.parse import urlsplit

import click

from privacy_assistant.app.models.events import Done, Event, Looking, Moving, Waiting
from privacy_assistant.app.models.listing import Row
from privacy_assistant.app.models.planning import Plan, PlannedModel
from privacy_assistant.app.models.room import as_size
from privacy_assistant.core.hub import HUB
from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.core.model_lock import Installed
from privacy_assistant.faces.stream import printable

DOES = {
    ModelRole.STT: "hears",
    ModelRole.LLM: "answers",
    ModelRole.TTS: "speaks",
    ModelRole.TURN: "tells when a turn ends",
    ModelRole.WAKE: "listens for its name",
    ModelRole.PII: "finds what is personal",
}

_BAR = 24
_EVERY_S = 0.1


# ---------------------------------------------------------------- the list


def list_lines(rows: Iterable[Row], width: int = 0) -> Iterator[str]:
    """The rows by role: a line each, and a second one for what more there is to know of a model of others.

    Where that is wider than `width` (0: as wide as may be), each takes several lines that are not.
    """
    shown = list(rows)
    wide = list(_wide_lines(shown))
    yield from _narrow_lines(shown, width) if width and any(len(line) > width for line in wide) else wide


def _narrow_lines(shown: Sequence[Row], width: int) -> Iterator[str]:
    states = max((len(row.state) for row in shown), default=0)
    indent = " " * (states + 4)
    role: ModelRole | None = None
    for row in shown:
        if row.role is not role:
            role = row.role
            yield f"{role}: {DOES[role]}"
        size = as_size(row.bytes) if row.bytes else "–"
        yield printable(f"  {row.state.ljust(states)}  {row.name}  {size}  {_spoken(row.languages)}")
        for part in (" · ".join([row.licence or "–", *_more(row)]), row.says):
            text = printable(part)
            yield from wrap(
                text,
                max(width, 2 * len(indent)),
                initial_indent=indent,
                subsequent_indent=indent,
                break_long_words=False,  # no name and no command is cut
                break_on_hyphens=False,
            )


def _wide_lines(shown: Sequence[Row]) -> Iterator[str]:
    widths = [max((len(cell) for cell in column), default=0) for column in zip(*map(_cells, shown), strict=True)]
    role: ModelRole | None = None
    for row in shown:
        if row.role is not role:
            role = row.role
            yield f"{role}: {DOES[role]}"
        cells = "  ".join(cell.ljust(width) for cell, width in zip(_cells(row), widths, strict=True))
        yield printable(f"  {cells}  {row.says}".rstrip())
        more = " · ".join(_more(row))
        if more:
            yield printable(f"  {' ' * widths[0]}  {more}")


def _cells(row: Row) -> tuple[str, ...]:
    return row.state, row.name, as_size(row.bytes) if row.bytes else "–", row.licence or "–", _spoken(row.languages)


def _more(row: Row) -> Iterator[str]:
    if row.trust in ("", "package"):
        return
    yield f"trust: {row.trust}"
    if row.source:
        yield f"{row.source}@{row.revision[:12]}" if row.revision and "@" not in row.source else row.source
    if row.about:
        yield row.about


def _spoken(languages: tuple[str, ...]) -> str:
    if not languages:
        return "–"
    return "many" if languages == ("*",) else ", ".join(languages[:3]) + (" …" if len(languages) > 3 else "")


def row_json(row: Row) -> dict[str, Any]:
    """A row for programs; `bytes` None: not known."""
    return {
        "role": str(row.role),
        "name": row.name,
        "state": row.state,
        "bytes": row.bytes or None,
        "licence": row.licence,
        "languages": list(row.languages),
        "trust": row.trust,
        "source": row.source,
        "revision": row.revision,
        "tier": row.tier,
        "for_gb": list(row.for_gb),
        "about": row.about,
        "unverified": row.unverified,
        "says": row.says,
    }


# ---------------------------------------------------------------- a plan


def plan_lines(plan: Plan) -> Iterator[str]:
    """All that a person agrees to."""
    for model in plan.models:
        yield from _model_lines(model)
    if plan.is_empty:
        return
    size = f"{as_size(plan.bytes_left)} to fetch" if plan.bytes_left else ""
    if not all(model.is_measured or model.is_here for model in plan.models):
        size = f"{size}, and what has no published size" if size else "no size is published"
    yield f"together: {size}; {as_size(plan.free)} are free on that disk"


def _model_lines(model: PlannedModel) -> Iterator[str]:
    card = model.card
    if model.is_here:
        yield f"{card.name}: is installed already, whole"
        return
    yield printable(f"{card.name} ({card.role}), licence: {card.licence}")
    if card.about:
        yield printable(f"  {card.about}")
    if card.unverified:
        yield printable(f"  not verified: {card.unverified}")
    if card.is_gated:
        yield "  its page has to be agreed to first; your token (key token set huggingface) is shown to that host alone"
    else:
        yield from (
            f"  if {host} asks who you are, it is shown your token of the hub, where you keep one"
            for host in _mirrors(model)
        )
    if model.before is not None:
        yield "  takes the place of the one that is installed, when it is here whole"
    for one in model.files:
        size = as_size(one.file.bytes) if one.file.bytes else "size not published"
        here = f", {as_size(one.here)} of it are here" if one.here else ""
        optional = ", if it is there" if one.file.is_optional else ""
        leads = f"; may lead to {', '.join(one.leads_to)}" if one.leads_to else ""
        yield f"  {one.order.place.shown}"
        yield f"    {size}{here}{optional} · {one.trust}{leads}"


def _mirrors(model: PlannedModel) -> list[str]:
    """Hosts that are asked in the place of the hub: a token that was made for that one goes there too."""
    places = [one.order.place.address for one in model.files if not one.file.url]
    return list(dict.fromkeys(place.shown for place in places if place.host != urlsplit(HUB).hostname))


# ---------------------------------------------------------------- what happens


class Ticker:
    """Shows what happens: a bar on a terminal, else a line for each file that is done."""

    def __init__(self, say: Callable[[str], None], verb: str = "installed", *, is_quiet: bool) -> None:
        self._say = say
        self._verb = verb
        self._has_bar = not is_quiet and sys.stderr is not None and sys.stderr.isatty()
        self._drawn_at = 0.0
        self._is_open = False
        self._done: set[tuple[str, str]] = set()

    def show(self, event: Event) -> None:
        """The next thing that happens."""
        if isinstance(event, Moving):
            self._moving(event)
            return
        if isinstance(event, Waiting):
            self.line(f"{event.model}: {event.why}; tried again in {event.seconds:.0f} s")
        elif isinstance(event, Looking):
            self.line(f"{event.model}: all of it is here, and is looked at")
        else:
            for line in done_lines(event, self._verb):
                self.line(line)

    def line(self, text: str) -> None:
        """A line on a row of its own."""
        self.close()
        self._say(text)

    def close(self) -> None:
        """End the row of the bar."""
        if self._is_open:
            click.echo(err=True)
            self._is_open = False

    def _moving(self, event: Moving) -> None:
        is_done = event.total > 0 and event.have >= event.total
        key = (event.model, event.file)
        if key in self._done:
            return
        if is_done:
            self._done.add(key)
        if not self._has_bar:
            if is_done:
                self._say(f"{event.model}: {event.file}, {as_size(event.total)}")
            return
        moment = time.monotonic()
        if is_done or moment - self._drawn_at >= _EVERY_S:
            self._drawn_at = moment
            self._draw(event)
        if is_done:
            self.close()

    def _draw(self, event: Moving) -> None:
        if event.total:
            share = min(1.0, event.have / event.total)
            full = int(share * _BAR)
            bar = f"[{'#' * full}{'.' * (_BAR - full)}] {share:4.0%} of {as_size(event.total)}"
        else:
            bar = as_size(event.have)
        # One row: what is wider would stay on the screen each time.
        room = max(8, shutil.get_terminal_size().columns - len(bar) - 2)
        name = event.file if len(event.file) <= room else f"{event.file[: room - 1]}…"
        click.echo(f"\r\x1b[K{printable(name)} {bar}", nl=False, err=True)
        self._is_open = True


def done_lines(done: Done, verb: str = "installed") -> Iterator[str]:
    """What a person is told when a model is in its place."""
    model = done.model
    if done.was_here:
        yield f"{model.name} is here already, whole"
        return
    facts = (str(model.role), as_size(model.bytes), model.licence or "licence not stated", f"trust: {model.trust}")
    yield printable(f"{model.name} is {verb}: {', '.join(facts)}")
    yield from map(printable, done.says)


def done_json(done: Done) -> dict[str, Any]:
    """The same for programs."""
    return {
        **installed_json(done.model),
        "was_here": done.was_here,
        "says": list(done.says),
    }


def installed_json(model: Installed) -> dict[str, Any]:
    """An installed model with its files."""
    return {
        "name": model.name,
        "role": str(model.role),
        "bytes": model.bytes,
        "licence": model.licence,
        "languages": list(model.languages),
        "trust": str(model.trust),
        "source": model.source,
        "revision": model.revision,
        "files": [
            {"path": file.path, "bytes": file.bytes, "sha256": file.sha256, "url": file.url} for file in model.files
        ],
    }
