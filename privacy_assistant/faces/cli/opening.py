"""Open the house for one command: where the passphrase comes from, and what is said about it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import click

from privacy_assistant.app.clock import now
from privacy_assistant.app.house import House
from privacy_assistant.app.opening import Opening, PassphraseSource, Prompt, Silence
from privacy_assistant.app.profile import Lists, Profile, lists_without_asking, open_profile
from privacy_assistant.app.removal import Receipt, Removal, destroy
from privacy_assistant.app.removal import remove as take_away
from privacy_assistant.app.vault import initialise_keys as initialise
from privacy_assistant.app.vault import key_status as status_of
from privacy_assistant.errors import UsageError, VaultLocked
from privacy_assistant.faces.cli.invocation import Invocation, home_of, taken_passphrase
from privacy_assistant.faces.consent import TerminalConsent, YesRedacted

if TYPE_CHECKING:
    from privacy_assistant.app.api_tokens import ApiTokens


def open_house(
    inv: Invocation,
    *,
    is_ephemeral: bool = False,
    expects_model: bool = False,
    expects_cloud: bool = False,
    question: str = "",
    yes_redacted: bool = False,
    is_spoken: bool = False,
) -> House:
    """A house for answering: durable where a key opens, else in memory, which is said once on stderr. Nobody is asked
    about a parcel where the question is spoken: it stays then."""
    return House(
        Opening(
            **_common(inv),
            is_ephemeral=is_ephemeral,
            expects_model=expects_model,
            expects_cloud=expects_cloud,
            question=question,
            consent=YesRedacted() if yes_redacted else Silence() if is_spoken else TerminalConsent(),
        )
    )


def durable_house(inv: Invocation) -> House:
    """A house for looking at or removing what is kept; empty, and said so, where there is no key store."""
    return House(Opening(**_common(inv), needs_history=True))


def dry_house(inv: Invocation) -> House:
    """A house for a dry run: no key is asked for, nothing is kept."""
    return House(Opening(**_common(inv), is_dry=True))


def opening_of(inv: Invocation) -> Opening:
    """How a home is opened where there is no question: with its keys, from what was given or is asked for."""
    return Opening(**_common(inv))


def profile(inv: Invocation, *, may_create: bool) -> AbstractContextManager[Profile]:
    """The profile of this home; with `may_create` a first entry makes the key store, as a first question does."""
    return open_profile(Opening(**_common(inv)), may_create=may_create)


def tokens(inv: Invocation) -> AbstractContextManager[ApiTokens]:
    """The sealed keys of back ends of this home; it must have a key store."""
    from privacy_assistant.app.api_tokens import open_tokens  # a question without a back end goes without

    return open_tokens(Opening(**_common(inv)))


def silent_lists(inv: Invocation) -> Lists:
    """What the profile masks and frees, where the key store opens without a question; nothing is made or asked."""
    return lists_without_asking(Opening(**_common(inv)))


def key_status(inv: Invocation) -> dict[str, Any]:
    """State, factors and parameters of the key store, never a secret."""
    return status_of(Opening(**_common(inv)))


def initialise_keys(inv: Invocation, *, wants_keyring: bool) -> dict[str, Any]:
    """Make the key store from what was given, asking for a passphrase on a terminal."""
    return initialise(Opening(**_common(inv)), wants_keyring=wants_keyring)


def remove(inv: Invocation, removal: Removal) -> Receipt:
    """Remove for good, with a receipt."""
    return take_away(Opening(**_common(inv)), removal, now())


def destroy_keys(inv: Invocation) -> Receipt:
    """Destroy the keys at once, then the files."""
    return destroy(Opening(**_common(inv)))


def ask_new_passphrase() -> str:
    """Twice, hidden."""
    words: str = click.prompt("New passphrase", hide_input=True, confirmation_prompt="Again", err=True)
    return words


def _common(inv: Invocation) -> dict[str, Any]:
    return {
        "home": home_of(inv.home),
        "passphrase": PassphraseSource(given=_given(inv), ask=_asker()),
        "key_file": inv.key_file,
        "offline": inv.offline,
        "no_cloud": inv.no_cloud,
        "is_verbose": inv.verbose,
        "say": inv.say,
        "environment": dict(os.environ),
    }


def _given(inv: Invocation) -> str | None:
    if inv.passphrase_fd is None:
        return taken_passphrase()
    try:
        with os.fdopen(inv.passphrase_fd, "rb", closefd=False) as file:
            line = file.readline(64 * 1024)
    except OSError as error:
        raise UsageError(
            f"file descriptor {inv.passphrase_fd} cannot be read: {error.strerror}",
            hint="privacy-assistant --passphrase-fd 3 … 3< FILE",
        ) from None
    try:
        words = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise VaultLocked("the passphrase is not UTF-8 text", hint="write it as UTF-8") from None
    if not words:
        raise VaultLocked("the passphrase is empty", hint="write it on the first line")
    return words


def _asker() -> Callable[[Prompt], str | None] | None:
    """A prompt, only where somebody can answer it."""
    if not (sys.stdin and sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    def ask(prompt: Prompt) -> str | None:
        if prompt is Prompt.UNLOCK:
            return str(click.prompt("Passphrase", hide_input=True, err=True))
        click.echo("Your history is kept sealed on this machine. Choose a passphrase (empty: keep nothing).", err=True)
        words = click.prompt(
            "Passphrase", hide_input=True, err=True, default="", show_default=False, confirmation_prompt="Again"
        )
        return str(words) or None

    return ask
