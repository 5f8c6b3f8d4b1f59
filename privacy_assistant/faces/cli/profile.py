"""`profile`: what must always be masked, and what never; kept sealed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.profile import Entry, Wish, read_lines
from privacy_assistant.core.vcard import is_vcard, read_vcard
from privacy_assistant.errors import ExitCode, UsageError
from privacy_assistant.faces.cli.ask import question_text, read_text
from privacy_assistant.faces.cli.invocation import Group, invocation
from privacy_assistant.faces.cli.opening import profile
from privacy_assistant.faces.stream import write

_KINDS = click.Choice([str(kind) for kind in Kind], case_sensitive=False)


@click.group(cls=Group, name="profile", short_help="What is always masked, and what never is.")
def command() -> None:
    """Names, family, addresses, employer, projects, contacts that are always masked, in every usual writing of them;
    and a list of what never is. Both are kept sealed on this machine."""


@command.command("add", short_help="Mask these always (or, with --allow, never).")
@click.argument("values", metavar="[VALUE]...", nargs=-1)
@click.option("--kind", type=_KINDS, help="What they are (PERSON, ADDRESS, ORG, OTHER …); guessed where it is missing.")
@click.option("--file", "file", type=click.Path(path_type=Path), help="One value a line, or contacts as vCard (.vcf).")
@click.option("--allow", is_flag=True, help="Never mask these, instead of always.")
def add(values: tuple[str, ...], kind: str | None, file: Path | None, allow: bool) -> int:
    """Mask each VALUE always. "-" or nothing reads one value a line from standard input.

    A name is found by its parts, initials and usual spellings as well, an address by its lines. What is listed here is
    masked even where --allow names it too. A VALUE on the command line stays in the history of your shell; standard
    input and --file do not.
    """
    inv = invocation()
    given = Kind(kind.upper()) if kind else None
    wishes, places = _wishes(values, file)
    if given is not None:
        wishes = [Wish(wish.value, given) for wish in wishes]
    if not wishes:
        raise UsageError("there is nothing to add", hint='privacy-assistant profile add "Ann Lee"')
    with profile(inv, may_create=True) as own:
        added = own.add(wishes, is_allowed=allow, places=places)
    if inv.json:
        body = {"added": [_shown(entry) for entry in added.entries], "known": added.known, "contrary": added.contrary}
        click.echo(json.dumps(body))
        return ExitCode.OK
    counts: dict[str, int] = {}
    for entry in added.entries:
        counts[str(entry.kind)] = counts.get(str(entry.kind), 0) + 1
    kinds = ", ".join(f"{n} {name}" for name, n in sorted(counts.items()))
    inv.say(f"{len(added.entries)} added" + (f" ({kinds})" if kinds else "") + f", {added.known} known already")
    if added.contrary:
        inv.say(f"{added.contrary} stand on both lists: what is always masked counts")
    return ExitCode.OK


@command.command("list", short_help="What is listed, with ids.")
@click.option("--kind", type=_KINDS, help="Of this kind only.")
@click.option("--allow", is_flag=True, help="What is never masked, only.")
def list_(kind: str | None, allow: bool) -> int:
    """What is listed, with the id that `remove` takes."""
    inv = invocation()
    with profile(inv, may_create=False) as own:
        entries = own.entries()
    chosen = [
        entry
        for entry in entries
        if (kind is None or entry.kind == Kind(kind.upper())) and (entry.is_allowed or not allow)
    ]
    if inv.json:
        click.echo(json.dumps([{**_shown(entry), "value": entry.value} for entry in chosen], ensure_ascii=False))
        return ExitCode.OK
    for entry in chosen:
        write(f"{entry.id}  {entry.kind:8}  {'never ' if entry.is_allowed else 'always'}  {entry.value}\n")
    if not chosen:
        inv.say("nothing is listed")
    return ExitCode.OK


@command.command("remove", short_help="Take entries out, by id or value.")
@click.argument("wanted", metavar="[ID_OR_VALUE]...", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Everything; needs --yes.")
@click.option("--yes", is_flag=True, help="Yes, everything.")
def remove(wanted: tuple[str, ...], is_all: bool, yes: bool) -> int:
    """Take entries out of the profile, named by id or by value."""
    inv = invocation()
    if is_all and wanted:
        raise UsageError("--all takes no names", hint="leave them out")
    if is_all and not yes:
        raise UsageError("this removes the whole profile", hint="add --yes")
    if not is_all and not wanted:
        raise UsageError("say what to remove", hint="privacy-assistant profile remove ID, or --all --yes")
    with profile(inv, may_create=False) as own:
        gone = own.clear() if is_all else own.remove(wanted)
    if inv.json:
        click.echo(json.dumps({"removed": gone}))
    else:
        inv.say(f"{gone} removed; 'privacy-assistant key rotate' destroys what the disk may still hold of them")
    return ExitCode.OK


def _shown(entry: Entry) -> dict[str, object]:
    return {"id": entry.id, "kind": str(entry.kind), "allow": entry.is_allowed}


def _wishes(values: tuple[str, ...], file: Path | None) -> tuple[list[Wish], list[str]]:
    """What is to be added, and where each stood."""
    if file is not None:
        if values:
            raise UsageError("give values or --file, not both", hint="leave one of them out")
        return read_wishes(read_text(file))
    if values in ((), ("-",)):
        if sys.stdin is None or sys.stdin.isatty():
            raise UsageError(
                "there is nothing to add", hint='privacy-assistant profile add "Ann Lee", or pipe lines in'
            )
        return read_wishes(question_text("-", is_required=True, what="the list"))
    if "-" in values:
        raise UsageError("- stands alone", hint="give values, or pipe lines in")
    return [Wish(value) for value in values], [f"value {number}" for number in range(1, len(values) + 1)]


def read_wishes(text: str) -> tuple[list[Wish], list[str]]:
    """What a text lists, a value a line or as vCard, and where each stood in it."""
    if is_vcard(text):
        wishes = read_vcard(text)
        return wishes, [f"contact entry {number}" for number in range(1, len(wishes) + 1)]
    lines = read_lines(text)
    return [wish for _, wish in lines], [f"line {number}" for number, _ in lines]
