"""`purge-history`: remove for good, with a receipt."""

from __future__ import annotations

import json
import sys
from datetime import timedelta

import click

from privacy_assistant.app.removal import Removal
from privacy_assistant.core.duration import parse_duration
from privacy_assistant.errors import ExitCode, UsageError
from privacy_assistant.faces.cli.invocation import Command, invocation
from privacy_assistant.faces.cli.opening import destroy_keys, remove


@click.command(cls=Command, name="purge-history", short_help="Remove kept conversations for good, with proof.")
@click.option("--all", "wants_all", is_flag=True, help="Every conversation and what hangs on it.")
@click.option("--everything", is_flag=True, help="Notes, lists, timers, profile, tokens and ledger too.")
@click.option("--older-than", metavar="30d", help="Conversations whose newest message is older.")
@click.option("--conversation", "conversations", metavar="ID", multiple=True, help="This conversation.")
@click.option("--keep-pinned", is_flag=True, help="Leave pinned conversations alone.")
@click.option("--dry-run", is_flag=True, help="Count, and remove nothing.")
@click.option("--wait", metavar="30s", default="10s", show_default=True, help="Wait this long for other readers.")
@click.option("--compact", is_flag=True, help="Rewrite the whole database file too.")
@click.option("--panic", is_flag=True, help="Destroy the keys first, at once; everything sealed is lost.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def command(
    wants_all: bool,
    everything: bool,
    older_than: str | None,
    conversations: tuple[str, ...],
    keep_pinned: bool,
    dry_run: bool,
    wait: str,
    compact: bool,
    panic: bool,
    yes: bool,
) -> int:
    """Remove conversations for good: the rows, and the key that could open any copy of them.

    Exit 3: decided and shut, but another reader keeps the file; the rest is done at the next start.
    """
    inv = invocation()
    if sum([wants_all, everything, bool(older_than), bool(conversations), panic]) > 1:
        raise UsageError("choose one of --all, --everything, --older-than, --conversation, --panic")
    removal = Removal(
        is_everything=everything,
        is_all=wants_all,
        older_than=_duration("--older-than", older_than) if older_than else None,
        conversations=conversations,
        keeps_pinned=keep_pinned,
        is_dry_run=dry_run,
        wait_s=_duration("--wait", wait).total_seconds(),
        is_compacted=compact,
    )
    if not (dry_run or yes or (removal.is_nothing and not panic)):
        if not (sys.stdin and sys.stdin.isatty()):
            raise UsageError("nothing was removed: this needs a yes", hint="add --yes")
        if not click.confirm("Remove this for good? It cannot be undone", default=False, err=True):
            inv.say("nothing was removed")
            return ExitCode.OK
    receipt = destroy_keys(inv) if panic else remove(inv, removal)
    if inv.json:
        click.echo(json.dumps(receipt.as_json(), ensure_ascii=False))
    else:
        for line in receipt.lines():
            click.echo(line)
    return ExitCode.PENDING if receipt.is_pending else ExitCode.OK


def _duration(option: str, given: str) -> timedelta:
    try:
        length = parse_duration(given)
    except ValueError as error:
        raise UsageError(f"{option} {given}: {error}", hint=f"{option} 30d") from None
    if length is None:
        raise UsageError(f"{option} {given}: needs an end", hint=f"{option} 30d")
    return length
