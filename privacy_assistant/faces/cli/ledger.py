"""`ledger`: what left this machine, for the person whose machine it is."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import click

from privacy_assistant.app.account import Line, export_lines, lines_of, spending, verify
from privacy_assistant.app.clock import now
from privacy_assistant.errors import ExitCode, UsageError
from privacy_assistant.faces.cli.invocation import Group, invocation
from privacy_assistant.faces.cli.opening import durable_house
from privacy_assistant.faces.stream import write


@click.group(cls=Group, name="ledger", short_help="What left this machine, and what it cost.")
def command() -> None:
    """What left this machine: when, where to, by which rule, how much. No word of what was said is in it."""


@command.command("list", short_help="What left, newest last, and what was spent.")
@click.option("-n", "--limit", type=click.IntRange(1), default=50, show_default=True, help="So many of the newest.")
def list_(limit: int) -> int:
    """What left or was about to, newest last, and what was spent today and this month against the limits."""
    inv = invocation()
    with durable_house(inv) as house:
        lines = lines_of(house)[-limit:]
        spent = spending(house, now())
    if inv.json:
        click.echo(json.dumps({"lines": lines, "spent": spent}, ensure_ascii=False))
        return ExitCode.OK
    for line in lines:
        write(f"{_plain(line)}\n")
    if not lines:
        inv.say("nothing has left this machine")
    for name, sums in spent.items():
        limit_of = "no limit" if sums["limit"] is None else f"limit {sums['limit']}"
        inv.say(f"spent this {name}: {sums['spent']}, {limit_of}")
    return ExitCode.OK


@command.command("verify", short_help="0 when no line is missing or changed, else 1.")
def check() -> int:
    """Look at every line and at the chain through all of them: exit 0 where it is whole, 1 where it is not."""
    inv = invocation()
    with durable_house(inv) as house:
        verified = verify(house)
    if inv.json:
        click.echo(json.dumps({"verified": verified}))
    else:
        click.echo(f"{verified} line{'' if verified == 1 else 's'}, none missing, none changed")
    return ExitCode.OK


@command.command("export", short_help="Write the lines to a file, as JSON Lines.", has_json=False)
@click.argument("file", type=click.Path(path_type=Path))
def export(file: Path) -> int:
    """Write every line that is kept to FILE, as JSON Lines: times, hosts, rules, counts; no word of what was said."""
    inv = invocation()
    if str(file) == "-":
        raise UsageError("an export is written to a file, not to the screen", hint="ledger list --json")
    with durable_house(inv) as house:
        written = export_lines(house, file)
    inv.say(f"{written} lines written to {file}")
    return ExitCode.OK


def _plain(line: Line) -> str:
    when = datetime.fromisoformat(line["at"]).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    counts = ", ".join(f"{n}× {kind}" for kind, n in line["counts"].items()) or "nothing masked"
    return (
        f"{line['seq']:5d} {when} {line['zone']} {line['destination']}, {line['bytes']} bytes, {line['rule']}, {counts}"
    )
