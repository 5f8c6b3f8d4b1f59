"""The command line: commands, options and exit codes, no logic (the contract is in the README).

Only click is imported here: `--help` must be quick. Each command's module is imported when it is called.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from privacy_assistant.errors import AssistantError, ExitCode
from privacy_assistant.faces.cli.invocation import Invocation, common_options, take_secrets

COMMANDS: dict[str, tuple[str, str]] = {
    # name: (module below faces.cli, one line of help)
    "ask": ("ask", "Ask one question; the answer streams to standard output."),
    "chat": ("chat", "Talk in the terminal."),
    "config": ("config", "Show where each setting comes from, or edit it."),
    "doctor": ("doctor", "Check this installation, with a remedy for each fault."),
    "explain": ("explain", "Tell why a past turn was answered where it was."),
    "history": ("history", "List, show, search, export, pin the kept conversations."),
    "key": ("key", "The keys that seal what stays on this machine."),
    "policy": ("policy", "The rules about what may leave this machine."),
    "purge-history": ("purge", "Remove kept conversations for good, with proof."),
    "redact": ("redact", "Show what is personal in a text, and the text without it."),
    "route": ("route", "Dry run: where a question would be answered, and why."),
}


class Lazy(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every command's name."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"privacy_assistant.faces.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands from the table, importing none of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])


def _version(ctx: click.Context, _param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from privacy_assistant import __version__

        click.echo(f"privacy-assistant {__version__}")
        ctx.exit()


@click.group(
    cls=Lazy,
    params=common_options(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 ok, 1 error, 2 usage, 3 pending, 4 refused by the policy, 5 offline or unreachable, "
    "6 budget, 7 locked, 8 a model is missing or broken, 130 interrupted.",
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_version, help="Show the version.")
def cli() -> None:
    """An assistant that works on your own machine, offline, and asks a cloud only where your policy allows it."""


def run(arguments: Sequence[str]) -> int:
    """Run one command; returns the exit code and never raises."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(errors="replace")  # type: ignore[union-attr] # a replaced stream may not be a TextIOWrapper
    take_secrets()
    invocation = Invocation()
    try:
        result = cli.main(args=list(arguments), prog_name="privacy-assistant", standalone_mode=False, obj=invocation)
        sys.stdout.flush()
        return int(result or 0)
    except AssistantError as error:
        return _fail(invocation, arguments, error.exit_code, error.kind, error.message, error.hint, error.rule)
    except click.UsageError as error:
        hint = "privacy-assistant --help"
        if error.ctx is not None:
            hint = f"{error.ctx.command_path} --help"
        return _fail(invocation, arguments, ExitCode.USAGE, "UsageError", error.format_message(), hint)
    except click.ClickException as error:
        return _fail(invocation, arguments, ExitCode.ERROR, type(error).__name__, error.format_message())
    except (KeyboardInterrupt, click.Abort):
        return _fail(invocation, arguments, ExitCode.INTERRUPTED, "Interrupted", "interrupted")
    except BrokenPipeError:
        # The reader went away (`| head`). Give the interpreter a sink to flush into, and say nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.OK
    except MemoryError:
        return _fail(invocation, arguments, ExitCode.ERROR, "MemoryError", "not enough memory", "close other programs")
    except OSError as error:
        # Names the file and the reason the system gives (no space, read-only, too many files); both are no content.
        where = f" ({error.filename})" if isinstance(error.filename, str) else ""
        return _fail(
            invocation, arguments, ExitCode.ERROR, "OSError", f"{error.strerror or 'input/output error'}{where}"
        )
    except Exception as error:  # noqa: BLE001 - the last net: a fault of ours must not print a person's words in a traceback
        from privacy_assistant.faces.cli.fault import describe

        return _fail(
            invocation,
            arguments,
            ExitCode.ERROR,
            "Fault",
            f"a fault in the program: {describe(error)}",
            "please report this line; it holds nothing of what you wrote",
        )


def _fail(
    invocation: Invocation, arguments: Sequence[str], code: int, kind: str, message: str, hint: str = "", rule: str = ""
) -> int:
    """One line for a person on stderr, or one object for a program on stdout."""
    line = " ".join(message.split())
    if invocation.json or "--json" in arguments:
        body: dict[str, Any] = {"code": int(code), "kind": kind, "message": line, "hint": hint, "rule": rule}
        click.echo(json.dumps({"error": body}, ensure_ascii=False))
    else:
        click.echo(f"privacy-assistant: {line}" + (f" · {hint}" if hint else ""), err=True)
    return int(code)


__all__ = ["COMMANDS", "cli", "run"]
