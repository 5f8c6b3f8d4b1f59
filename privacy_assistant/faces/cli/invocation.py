"""What every command understands: where home is, how the key is opened, the hard switches, how much is said."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from privacy_assistant.app.environment import take_out

_LARGEST_FD = 2**31 - 1


@dataclass(slots=True)
class Invocation:
    """The common options of one run, gathered before and after the command's name."""

    home: Path | None = None
    passphrase_fd: int | None = None
    key_file: Path | None = None
    offline: bool = False
    no_cloud: bool = False
    quiet: bool = False
    verbose: bool = False
    json: bool = False

    def say(self, text: str) -> None:
        """One line to stderr, unless --quiet."""
        if not self.quiet:
            # A notice that nobody can read any more (a full disk, a reader that left) must not cost the answer.
            with contextlib.suppress(OSError):
                click.echo(text, err=True)


def _keep(name: str) -> Callable[[click.Context, click.Parameter, Any], Any]:
    def callback(ctx: click.Context, _param: click.Parameter, value: Any) -> Any:
        invocation = ctx.ensure_object(Invocation)
        if value is not None and value is not False:
            setattr(invocation, name, value)
        return value

    return callback


def _keep_home(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    # An empty variable in a script must not turn into the directory one happens to be in.
    if value == "":
        raise click.BadParameter("it is empty, name a directory", ctx, param)
    _keep("home")(ctx, param, None if value is None else Path(value))
    return value


def common_options() -> list[click.Parameter]:
    """Options that stand before or after the command's name."""
    return [
        click.Option(
            ["--home"],
            expose_value=False,
            callback=_keep_home,
            metavar="DIR",
            help="Keep everything under DIR (or PRIVACY_ASSISTANT_HOME).",
        ),
        click.Option(
            ["--passphrase-fd"],
            type=click.IntRange(0, _LARGEST_FD),
            expose_value=False,
            callback=_keep("passphrase_fd"),
            metavar="N",
            help="Read the passphrase from file descriptor N.",
        ),
        click.Option(
            ["--key-file"],
            type=click.Path(path_type=Path, readable=False),
            expose_value=False,
            callback=_keep("key_file"),
            metavar="F",
            help="Open the history with a key file.",
        ),
        click.Option(
            ["--offline"],
            is_flag=True,
            expose_value=False,
            callback=_keep("offline"),
            help="Use no network at all, not even your own.",
        ),
        click.Option(
            ["--no-cloud"],
            is_flag=True,
            expose_value=False,
            callback=_keep("no_cloud"),
            help="Send nothing to a cloud.",
        ),
        click.Option(
            ["-q", "--quiet"], is_flag=True, expose_value=False, callback=_keep("quiet"), help="Print the result alone."
        ),
        click.Option(
            ["-v", "--verbose"],
            is_flag=True,
            expose_value=False,
            callback=_keep("verbose"),
            help="Log more (never content).",
        ),
    ]


class Command(click.Command):
    """A command that also takes the common options, and `--json` where it has something to read."""

    def __init__(self, *args: Any, has_json: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(common_options())
        if has_json:
            self.params.append(
                click.Option(["--json"], is_flag=True, expose_value=False, callback=_keep("json"), help="Print JSON.")
            )
        # What is left over is looked at in `invoke`: click's own line would repeat a person's words.
        self.allow_extra_args = True

    def invoke(self, ctx: click.Context) -> Any:
        """Run it, unless words are left over."""
        if ctx.args:
            raise click.UsageError("more words than this command takes; put a text of several words in quotes", ctx)
        return super().invoke(ctx)


class Group(click.Group):
    """A group of subcommands, each taking the common options."""

    command_class = Command

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params.extend(common_options())


def invocation() -> Invocation:
    """The common options of the command that is running."""
    return click.get_current_context().ensure_object(Invocation)


def home_of(given: Path | None) -> Path | None:
    """The directory of --home or PRIVACY_ASSISTANT_HOME, or None for the platform's own places."""
    if given is not None:
        return given
    value = os.environ.get("PRIVACY_ASSISTANT_HOME", "")
    return Path(value) if value else None


_taken: list[str | None] = []


def take_secrets() -> None:
    """Take the passphrase and the keys of clouds out of the environment, at once: no child process may inherit them."""
    take_out()
    value = os.environ.pop("PRIVACY_ASSISTANT_PASSPHRASE", None)
    if value or not _taken:
        _taken[:] = [value or None]


def taken_passphrase() -> str | None:
    """What `take_secrets` took."""
    return _taken[0] if _taken else None
