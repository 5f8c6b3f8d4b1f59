"""`history`: what is kept, for the person who keeps it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from privacy_assistant.core.turn import Conversation, Role, StoredMessage
from privacy_assistant.errors import ExitCode, UsageError
from privacy_assistant.faces.cli.invocation import Group, invocation
from privacy_assistant.faces.cli.opening import durable_house
from privacy_assistant.faces.stream import json_line, write


@click.group(cls=Group, name="history", short_help="List, show, search, export, pin the kept conversations.")
def command() -> None:
    """List, show, search, export and pin the conversations that are kept, sealed, on this machine."""


@command.command("list", short_help="All conversations, newest first.")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
def list_(limit: int) -> int:
    """All conversations, newest first."""
    inv = invocation()
    with durable_house(inv) as house:
        rows = house.history.conversations()[:limit]
        if inv.json:
            click.echo(json_line([conversation_json(row) for row in rows]))
        else:
            for row in rows:
                pin = "*" if row.is_pinned else " "
                when = row.newest.astimezone().strftime("%Y-%m-%d %H:%M")
                write(f"{row.id[:8]} {pin} {when}  {row.messages:4d}  {row.title}\n")
            if not rows:
                inv.say("no conversation is kept")
    return ExitCode.OK


@command.command("show", short_help="One conversation, whole.")
@click.argument("conversation", metavar="ID")
def show(conversation: str) -> int:
    """One conversation, whole. ID: the first 4 or more digits."""
    inv = invocation()
    with durable_house(inv) as house:
        rows = house.history.messages(house.history.resolve(conversation))
        if inv.json:
            click.echo(json_line([message_json(row) for row in rows]))
        else:
            for row in rows:
                write(plain_message(row))
    return ExitCode.OK


@command.command("search", short_help="Messages that hold all the words.")
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
def search(words: tuple[str, ...], limit: int) -> int:
    """Messages that hold all the words, newest first; upper and lower case are the same."""
    inv = invocation()
    with durable_house(inv) as house:
        rows = house.history.search(" ".join(words), limit=limit)
        if inv.json:
            click.echo(json_line([message_json(row) for row in rows]))
        else:
            for row in rows:
                write(f"{row.conversation[:8]}.{row.seq} {plain_message(row)}")
            if not rows:
                inv.say("no message holds all these words")
    return ExitCode.OK


@command.command("export", short_help="Write conversations to a file, sealed with age or in clear.", has_json=False)
@click.argument("conversation", metavar="[ID]", required=False)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="The file to write.")
@click.option("--recipient", multiple=True, metavar="AGE1…", help="Seal for this age recipient.")
@click.option("--plaintext", is_flag=True, help="Write readable text; needs --yes.")
@click.option("--format", "form", type=click.Choice(["jsonl", "markdown"]), default="jsonl", show_default=True)
@click.option("--yes", is_flag=True, help="Yes, in clear.")
def export(
    conversation: str | None, output: Path, recipient: tuple[str, ...], plaintext: bool, form: Any, yes: bool
) -> int:
    """Write one conversation, or all, to a file: sealed with age, or readable with --plaintext --yes."""
    inv = invocation()
    if plaintext and not yes:
        raise UsageError("a plaintext export can be read by anyone who gets the file", hint="add --yes to write it")
    if str(output) == "-":
        raise UsageError("an export is written to a file, not to the screen", hint="-o FILE")
    if plaintext == bool(recipient):
        raise UsageError("say how the export is to be written", hint="--recipient age1…, or --plaintext --yes")
    with durable_house(inv) as house:
        chosen = [house.history.resolve(conversation)] if conversation else None
        written = house.export(chosen, output, form=form, recipients=recipient)
    inv.say(f"{written} conversations written to {output}")
    return ExitCode.OK


@command.command("pin", short_help="Keep a conversation from retention.", has_json=False)
@click.argument("conversation", metavar="ID")
def pin(conversation: str) -> int:
    """Keep a conversation from retention; purge-history still takes it unless --keep-pinned."""
    return _pin(conversation, True)


@command.command("unpin", short_help="Leave a conversation to retention again.", has_json=False)
@click.argument("conversation", metavar="ID")
def unpin(conversation: str) -> int:
    """Leave a conversation to retention again."""
    return _pin(conversation, False)


def _pin(conversation: str, pinned: bool) -> int:
    inv = invocation()
    with durable_house(inv) as house:
        chosen = house.history.resolve(conversation)
        house.history.pin(chosen, pinned)
    inv.say(f"{chosen[:8]} {'pinned' if pinned else 'unpinned'}")
    return ExitCode.OK


@command.command("stats", short_help="How much is kept.")
def stats() -> int:
    """How much is kept, and since when."""
    inv = invocation()
    with durable_house(inv) as house:
        values = house.history_stats()
        if inv.json:
            click.echo(json.dumps(values))
        else:
            for name, value in values.items():
                write(f"{name.replace('_', ' '):14} {'–' if value is None else value}\n")
    return ExitCode.OK


def conversation_json(row: Conversation) -> dict[str, Any]:
    """One conversation for `--json`."""
    return {
        "conversation": row.id,
        "title": row.title,
        "started": row.started.isoformat(),
        "newest": row.newest.isoformat(),
        "messages": row.messages,
        "pinned": row.is_pinned,
    }


def message_json(row: StoredMessage) -> dict[str, Any]:
    """One message for `--json`."""
    message = row.message
    decision = message.decision
    return {
        "conversation": row.conversation,
        "turn": row.seq,
        "role": str(message.role),
        "text": message.text,
        "at": message.at.isoformat(),
        "label": str(message.label),
        "answered_by": decision.answered_by if decision and message.role is Role.ASSISTANT else None,
        "zone": str(decision.zone) if decision else None,
        "rule": decision.rule if decision else None,
        "is_cut": message.is_cut,
    }


def plain_message(row: StoredMessage) -> str:
    """One message for a person."""
    message = row.message
    who = "you" if message.role is Role.USER else "assistant"
    cut = " (interrupted)" if message.is_cut else ""
    return f"{message.at.astimezone().strftime('%Y-%m-%d %H:%M')} {who}{cut}: {message.text}\n"
