"""`models`: what hears, answers and speaks here; fetched, brought, verified and taken away by its person alone."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from privacy_assistant.app.models.desk import Desk, desk_of, refuse_where_switched_off
from privacy_assistant.app.opening import Opening
from privacy_assistant.core.hub import ENDPOINT_VARIABLE
from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.errors import ExitCode, UsageError
from privacy_assistant.faces.cli.invocation import Group, Invocation, home_of, invocation
from privacy_assistant.faces.stream import json_line, terminal_width, write

if TYPE_CHECKING:
    from privacy_assistant.app.models.events import Done, Event
    from privacy_assistant.app.models.planning import Plan
    from privacy_assistant.app.models.pulling import Line
    from privacy_assistant.faces.models_view import Ticker

_ROLES = click.Choice([str(role) for role in ModelRole], case_sensitive=False)
_role = click.option("--role", type=_ROLES, help="What it does: stt hears, llm answers, tts speaks …")
_yes = click.option("--yes", is_flag=True, help="Agreed; do not ask.")
_languages = click.option(
    "--language", "languages", metavar="TAG", multiple=True, help="What it is for, as en or de-AT."
)


@click.group(cls=Group, name="models", short_help="List, fetch, bring, verify and choose models.")
def command() -> None:
    """The models that hear, answer and speak here. Nothing is fetched but by `pull`, after you saw what and agreed;
    `import` brings models on a stick, without any network."""


@command.command("list", short_help="What is here, what works now, and what fits this machine.")
@_role
@click.option("--all", "wants_all", is_flag=True, help="All that is known, not only what fits this machine.")
def list_(role: str | None, wants_all: bool) -> int:
    """What is installed and what works now and why; what lies there besides; and what is known that fits this machine
    and its language, with the line that fetches it. Asks nobody."""
    from privacy_assistant.app.models.listing import rows
    from privacy_assistant.faces.models_view import list_lines, row_json

    inv = invocation()
    roles = (ModelRole(role.lower()),) if role else tuple(ModelRole)
    found = rows(desk_of(_opening(inv)), roles, wants_all=wants_all)
    if inv.json:
        write(json_line([row_json(row) for row in found]) + "\n")
        return ExitCode.OK
    for line in list_lines(found, terminal_width()):
        write(line + "\n")
    return ExitCode.OK


@command.command("pull", short_help="Fetch models, after you saw what and agreed.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@_role
@_languages
@click.option("--host", "hosts", metavar="HOST", multiple=True, help="A host it may lead on to, beside those shown.")
@_yes
def pull(
    names: tuple[str, ...], role: str | None, languages: tuple[str, ...], hosts: tuple[str, ...], yes: bool
) -> int:
    """Fetch each NAME of `models list`, or OWNER/NAME[/PATH][@REVISION] as on the hub with its --role.

    Shown first, and asked: every address, size, licence, who vouches for it, and the room on the disk. What broke off
    goes on with the same command. HF_ENDPOINT names a mirror. A model that asks for an account gets the token of
    `key token set huggingface` or HF_TOKEN. Every request is a line in the ledger.
    """
    from privacy_assistant.app.models.planning import plan_pull

    inv = invocation()
    opening = _opening(inv)
    desk = desk_of(opening)
    refuse_where_switched_off(desk, opening)
    endpoint = os.environ.get(ENDPOINT_VARIABLE, "")
    plan = plan_pull(
        desk, names, role=ModelRole(role.lower()) if role else None, languages=languages, hosts=hosts, endpoint=endpoint
    )
    again = " ".join(["privacy-assistant models pull", *names, *(("--role", role) if role else ()), "--yes"])
    if not plan.is_empty and not _agreed(inv, desk, plan, again, is_agreed=yes):
        return ExitCode.OK

    from privacy_assistant.app.models.pulling import pull as fetch

    ticker = _ticker(inv)
    return _carried_out(inv, fetch(desk, plan, lambda: _line(inv, desk, endpoint), say=ticker.line), ticker)


def _agreed(inv: Invocation, desk: Desk, plan: Plan, again: str, *, is_agreed: bool) -> bool:
    from privacy_assistant.app.models.room import require_room
    from privacy_assistant.faces.models_view import plan_lines

    can_ask = sys.stdin is not None and sys.stdin.isatty() and sys.stderr is not None and sys.stderr.isatty()
    for line in plan_lines(plan):
        # What is agreed to is seen, also with --quiet.
        click.echo(line, err=True) if can_ask and not is_agreed else inv.say(line)
    require_room(desk.store.folder, plan.bytes_left)
    if is_agreed:
        return True
    if not can_ask:
        raise UsageError("nothing was fetched: this needs a yes", hint=again)
    if click.confirm("Fetch?", default=False, err=True):
        return True
    inv.say("nothing was fetched")
    return False


@contextlib.contextmanager
def _line(inv: Invocation, desk: Desk, endpoint: str) -> Generator[Line, None, None]:
    from privacy_assistant.app.models.fetching import hub_line
    from privacy_assistant.faces.cli.opening import opening_of  # what is not fetched goes without keys

    with hub_line(desk, opening_of(inv), endpoint) as line:
        yield line


@command.command("verify", short_help="Read every installed file to its end; exit 8 where one is not as it came.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
def verify(names: tuple[str, ...]) -> int:
    """Hold every installed file against the digest it came with, and the model of the package against its published
    one: exit 0 where all are whole, 8 where one is missing or changed."""
    from dataclasses import asdict

    from privacy_assistant.app.models.room import as_size
    from privacy_assistant.app.models.verifying import OK, verify_models

    inv = invocation()
    found = []
    for one in verify_models(desk_of(_opening(inv)), names):
        found.append(one)
        if inv.json:
            continue
        says = f"{one.role}, {as_size(one.bytes)}, trust: {one.trust}"
        if one.faults:
            says = f"{'; '.join(one.faults)} · {one.remedy}"
        write(f"{one.state:8} {one.name}  {says}\n")
    if inv.json:
        write(json_line([{**asdict(one), "faults": list(one.faults)} for one in found]) + "\n")
    return ExitCode.OK if all(one.state == OK for one in found) else ExitCode.MODEL


@command.command("import", short_help="Bring models from a folder, a stick or a file; no network.")
@click.argument("path", type=click.Path(path_type=Path))
@_role
@click.option("--name", default="", metavar="NAME", help="What it is called here.")
@_languages
@click.option("--replace", is_flag=True, help="It may take the place of another of its name.")
def import_(path: Path, role: str | None, name: str, languages: tuple[str, ...], replace: bool) -> int:
    """Copy the models at PATH: a folder that `models export` wrote, a stick with several, a GGUF, the directory of a
    Whisper (CTranslate2), a voice (.onnx with its .onnx.json), or with --role turn a Smart Turn.

    Each is held against what is known by its digest. Needs no network, no key store and no yes.
    """
    from privacy_assistant.app.models.importing import import_models

    inv = invocation()
    desk = desk_of(_opening(inv))
    wanted = ModelRole(role.lower()) if role else None
    steps = import_models(desk, path, role=wanted, name=name, languages=languages, replaces=replace)
    return _carried_out(inv, steps, _ticker(inv))


@command.command("export", short_help="Copy installed models to a folder or a stick.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--all", "wants_all", is_flag=True, help="All that is installed.")
def export(names: tuple[str, ...], folder: Path, wants_all: bool) -> int:
    """Copy installed models into DIR with a lock file beside them, for `models import DIR` on another machine."""
    from privacy_assistant.app.models.exporting import export_models

    inv = invocation()
    if wants_all == bool(names):
        raise UsageError("name models, or --all", hint="privacy-assistant models export NAME DIR")
    steps = export_models(desk_of(_opening(inv)), names, folder, wants_all=wants_all)
    return _carried_out(inv, steps, _ticker(inv, "written"))


@command.command("remove", short_help="Take a model away.")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--partial", is_flag=True, help="Downloads that broke off, and what was quarantined.")
@_yes
def remove(names: tuple[str, ...], partial: bool, yes: bool) -> int:
    """Take installed models away, and the setting that names one; it is said first what will work then."""
    from privacy_assistant.app.models.removing import afterwards, clear_leftovers, leftovers, remove_model, stayed
    from privacy_assistant.app.models.room import as_size

    inv = invocation()
    if bool(names) == partial:
        raise UsageError("name models to remove, or --partial", hint="privacy-assistant models list")
    desk = desk_of(_opening(inv))
    if partial:
        left = leftovers(desk)
        inv.say(f"{len(left.names)} left over, {as_size(left.bytes)}: {', '.join(left.names) or 'nothing'}")
        if left.names and _may_remove(inv, yes):
            left = clear_leftovers(desk)
            inv.say(f"{len(left.names)} removed")
            for busy in left.busy:
                inv.say(f"{busy} stays: another privacy-assistant is working on it")
        if inv.json:
            write(json_line({"removed": list(left.names), "bytes": left.bytes, "busy": list(left.busy)}) + "\n")
        return ExitCode.OK
    models = [desk.installed(name) for name in dict.fromkeys(names)]
    for model in models:
        then = afterwards(desk, model.role, models)
        inv.say(f"{model.name}, {as_size(model.bytes)}; then {then.name} works for {model.role}: {then.why}")
    if not _may_remove(inv, yes):
        return ExitCode.OK
    for model in models:
        was_set = remove_model(desk, model)
        inv.say(f"{model.name} is removed" + (f", and {model.role} under [models] in config.toml" if was_set else ""))
        for path in stayed(desk, model):
            inv.say(f"{path} could not be removed and is still there")
    if inv.json:
        write(json_line({"removed": [model.name for model in models]}) + "\n")
    return ExitCode.OK


def _may_remove(inv: Invocation, yes: bool) -> bool:
    if yes:
        return True
    if not (sys.stdin and sys.stdin.isatty()):
        raise UsageError("nothing was removed: this needs a yes", hint="add --yes")
    if click.confirm("Remove?", default=False, err=True):
        return True
    inv.say("nothing was removed")
    return False


@command.command("use", short_help="Choose which model works.")
@click.argument("name")
@_role
def use(name: str, role: str | None) -> int:
    """Write NAME under [models] in config.toml: an installed model, a spare one of the package, or a path. "default"
    takes the setting of --role out. A chat that runs goes by it from the next question on."""
    from privacy_assistant.app.models.using import use as choose

    inv = invocation()
    opening = _opening(inv)
    chosen, now = choose(desk_of(opening), opening, name, ModelRole(role.lower()) if role else None)
    if inv.json:
        write(json_line({"role": str(chosen), "name": now.name, "says": now.fault or now.why}) + "\n")
    else:
        inv.say(f"{now.name} works for {chosen} now: {now.fault or now.why}")
    return ExitCode.OK


def _ticker(inv: Invocation, done: str = "installed") -> Ticker:
    from privacy_assistant.faces.models_view import Ticker

    return Ticker(inv.say, done, is_quiet=inv.quiet or inv.json)


def _carried_out(inv: Invocation, steps: Iterator[Event], ticker: Ticker) -> int:
    """Show what happens until it is done."""
    from privacy_assistant.app.models.events import Done
    from privacy_assistant.faces.models_view import done_json

    finished: list[Done] = []
    with contextlib.closing(_as_generator(steps)) as events, contextlib.closing(ticker):
        for event in events:
            if isinstance(event, Done):
                finished.append(event)
            ticker.show(event)
    if inv.json:
        write(json_line({"models": [done_json(one) for one in finished]}) + "\n")
    return ExitCode.OK


def _as_generator(steps: Iterator[Event]) -> Generator[Event, None, None]:
    yield from steps


def _opening(inv: Invocation) -> Opening:
    """What is needed where no key is: most of this works without one."""
    return Opening(
        home=home_of(inv.home),
        offline=inv.offline,
        no_cloud=inv.no_cloud,
        say=inv.say,
        environment=dict(os.environ),
    )
