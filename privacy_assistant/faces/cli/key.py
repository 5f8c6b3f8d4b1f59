"""`key`: make the key store, look at it, change what opens it; the keys of back ends that are sealed in it."""

from __future__ import annotations

import json
import sys

import click

from privacy_assistant.app.removal import Removal
from privacy_assistant.errors import ExitCode, UsageError
from privacy_assistant.faces.cli.invocation import Group, invocation
from privacy_assistant.faces.cli.opening import (
    ask_new_passphrase,
    durable_house,
    initialise_keys,
    key_status,
    remove,
    tokens,
)

_LONGEST_TOKEN_BYTES = 64 * 1024


@click.group(cls=Group, name="key", short_help="The keys that seal what stays on this machine.")
def command() -> None:
    """The keys that seal what stays on this machine."""


@command.command("init", short_help="Make the key store.")
@click.option("--keyring", is_flag=True, help="Keep a secret in the system's keyring, also with --home.")
def init(keyring: bool) -> int:
    """Make the key store: from the system's keyring, a passphrase, a key file (--key-file F), or several together."""
    inv = invocation()
    status = initialise_keys(inv, wants_keyring=keyring)
    if inv.json:
        click.echo(json.dumps(status))
    else:
        inv.say(f"the key store {status['path']} is made; it opens with: {', '.join(status['factors'])}")
        if status["factors"] == ["passphrase"]:
            inv.say("without a keyring a purge is only as good as overwriting the key store file")
    return ExitCode.OK


@command.command("status", short_help="What opens the key store, and its state.")
def status() -> int:
    """What opens the key store, and its state; never a secret."""
    inv = invocation()
    values = key_status(inv)
    if inv.json:
        click.echo(json.dumps(values))
    else:
        for name, value in values.items():
            shown = ", ".join(value) if isinstance(value, list) else value
            click.echo(f"{name.replace('_', ' '):16} {'–' if shown in (None, '') else shown}")
    return ExitCode.OK


@command.command("change-passphrase", short_help="Seal the key store under another passphrase.", has_json=False)
def change_passphrase() -> int:
    """Seal the key store under another passphrase; asks for both."""
    inv = invocation()
    if not (sys.stdin and sys.stdin.isatty()):
        raise UsageError("changing the passphrase needs a terminal", hint="run it in one")
    with durable_house(inv) as house:
        house.change_passphrase(ask_new_passphrase())
    inv.say("the passphrase is changed; copies of the old key store still open with the old one")
    return ExitCode.OK


@command.command("rotate", short_help="Move everything kept to new keys.", has_json=False)
def rotate() -> int:
    """Move everything kept to new keys and destroy the old ones."""
    inv = invocation()
    receipt = remove(inv, Removal(is_rotation=True))
    for line in receipt.lines():
        inv.say(line)
    return ExitCode.PENDING if receipt.is_pending else ExitCode.OK


@command.group("token", cls=Group, short_help="The keys of back ends, kept sealed.")
def token() -> None:
    """The keys of back ends, kept sealed: a [backend.NAME] that says nothing of a key uses the one of its name."""


@token.command("set", short_help="Keep a key for a back end.", has_json=False)
@click.argument("name")
def set_(name: str) -> int:
    """Keep a key for the back end NAME, in the place of an earlier one.

    It is asked for, hidden, or read from standard input; never from the command line, which others can see.
    """
    inv = invocation()
    value = _token_value()
    with tokens(inv) as kept:
        remark = kept.put(name, value)
    inv.say(f"the key for {name} is kept, sealed" + (f"; {remark}" if remark else ""))
    return ExitCode.OK


@token.command("list", short_help="For which back ends there is one.")
def list_() -> int:
    """The names of the back ends there is a key for; never a key."""
    inv = invocation()
    with tokens(inv) as kept:
        names = kept.names()
    if inv.json:
        click.echo(json.dumps(names))
        return ExitCode.OK
    for name in names:
        click.echo(name)
    if not names:
        inv.say("no key is kept")
    return ExitCode.OK


@token.command("remove", short_help="Take a key out.", has_json=False)
@click.argument("name")
def remove_token(name: str) -> int:
    """Take the key of the back end NAME out."""
    inv = invocation()
    with tokens(inv) as kept:
        kept.remove(name)
    inv.say("removed; 'privacy-assistant key rotate' destroys what the disk may still hold of it")
    return ExitCode.OK


def _token_value() -> str:
    """Hidden from a terminal, or all of standard input without its last line break."""
    if sys.stdin is None:
        raise UsageError("there is no key on standard input", hint="privacy-assistant key token set NAME < FILE")
    if sys.stdin.isatty():
        if not sys.stderr.isatty():
            raise UsageError("nobody can be asked for the key", hint="privacy-assistant key token set NAME < FILE")
        return str(click.prompt("Key", hide_input=True, err=True))
    data = sys.stdin.buffer.read(_LONGEST_TOKEN_BYTES)
    # What is no ASCII is refused where the key is looked at, without being shown.
    return data.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
