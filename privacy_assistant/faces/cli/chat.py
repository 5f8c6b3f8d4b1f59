"""`chat`: a conversation on a terminal."""

from __future__ import annotations

import sys

import click

from privacy_assistant.errors import ExitCode, UsageError
from privacy_assistant.faces.cli.invocation import Command, invocation


@click.command(cls=Command, name="chat", short_help="Talk in the terminal.", has_json=False)
@click.option("--ephemeral", is_flag=True, help="Keep nothing of this session.")
def command(ephemeral: bool) -> int:
    """Talk in the terminal; /help lists what can be typed besides questions."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("chat needs a terminal", hint='privacy-assistant ask "…" works without one')
    from privacy_assistant.faces.cli.opening import open_house
    from privacy_assistant.faces.terminal import chat

    inv = invocation()
    with open_house(inv, is_ephemeral=ephemeral, expects_model=True) as house:
        chat(house, say=lambda line: click.echo(line, err=True))
    return ExitCode.OK
