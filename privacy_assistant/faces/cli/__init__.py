"""The command line: commands, options and exit codes, no logic (the contract is in the README).

Only click is imported here: `--help` must be quick. Each command's module is imported when it is called.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from privacy_assistant.errors import AssistantError, ExitCode
from privacy_assistant.faces.cli.invocation import Invocation, common_options, take_secrets

_REMEDIES = {
    errno.ENOSPC: "make room on that disk, then try again",
    errno.EDQUOT: "make room within your quota, then try again",
    errno.EROFS: "name a place that can be written with --home DIR",
    errno.EACCES: "check its owner and its mode, or name another place with --home DIR",
    errno.EPERM: "check its owner and its mode, or name another place with --home DIR",
    errno.ENOTDIR: "name a directory with --home DIR",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}

COMMANDS: dict[str, tuple[str, str]] = {
    # name: (module below faces.cli, one line of help)
    "ask": ("ask", "Ask one question; the answer streams to standard output."),
    "bench": ("bench", "Measure on this machine what our pages claim."),
    "chat": ("chat", "Talk in the terminal."),
    "config": ("config", "Show where each setting comes from, or edit it."),
    "devices": ("devices", "List microphones and loudspeakers, by name."),
    "doctor": ("doctor", "Check this installation, with a remedy for each fault."),
    "explain": ("explain", "Tell why a past turn was answered where it was."),
    "history": ("history", "List, show, search, export, pin the kept conversations."),
    "key": ("key", "The keys that seal what stays on this machine."),
    "listen": ("listen", "Talk: by microphone and loudspeaker, or by files."),
    "ledger": ("ledger", "What left this machine, and what it cost."),
    "models": ("models", "List, fetch, bring, verify and choose models."),
    "policy": ("policy", "The rules about what may leave this machine."),
    "profile": ("profile", "What is always masked, and what never is."),
    "purge-history": ("purge", "Remove kept conversations for good, with proof."),
    "redact": ("redact", "Show what is personal in a text, and the text without it."),
    "route": ("route", "Dry run: where a question would be answered, and why."),
    "say": ("say", "Speak a text into a WAV file."),
    "setup": ("setup", "Three questions, then a spoken hello."),
    "transcribe": ("transcribe", "Write down what is said in a recording."),
}


class ReaderGone(Exception):
    """Nobody reads standard output any more. Not an OSError, for click would end the process with 1 itself."""


class Lazy(click.Group):
    """A group whose commands are imported when they are called."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the command line, which may print the help. Raises ReaderGone."""
        try:
            return super().make_context(*args, **kwargs)
        except BrokenPipeError:
            raise ReaderGone from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Raises ReaderGone."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise ReaderGone from None

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
    _prepare_streams()
    take_secrets()
    invocation = Invocation()
    try:
        result = cli.main(args=list(arguments), prog_name="privacy-assistant", standalone_mode=False, obj=invocation)
        sys.stdout.flush()
        return int(result or 0)
    except AssistantError as error:
        return _fail(invocation, arguments, error.exit_code, error.kind, error.message, error.hint, error.rule)
    except click.exceptions.NoArgsIsHelpError as error:
        # A group without a command: its help is several lines by nature, and an error all the same.
        if "--json" in arguments:
            return _fail(invocation, arguments, ExitCode.USAGE, "UsageError", "a command is missing", "--help")
        _tell(error.format_message())
        return ExitCode.USAGE
    except click.UsageError as error:
        hint = "privacy-assistant --help"
        if error.ctx is not None:
            hint = f"{error.ctx.command_path} --help"
        return _fail(invocation, arguments, ExitCode.USAGE, "UsageError", error.format_message(), hint)
    except click.ClickException as error:
        return _fail(invocation, arguments, ExitCode.ERROR, type(error).__name__, error.format_message())
    except (KeyboardInterrupt, click.Abort):
        return _fail(invocation, arguments, ExitCode.INTERRUPTED, "Interrupted", "interrupted")
    except (BrokenPipeError, ReaderGone):
        return _end_of_reader()
    except SystemExit as ended:  # click ends the process itself after it completed a word for a shell
        return int(ended.code or 0)
    except MemoryError:
        return _fail(invocation, arguments, ExitCode.ERROR, "MemoryError", "not enough memory", "close other programs")
    except OSError as error:
        # Names the file and the reason the system gives (no space, read-only, too many files); both are no content.
        where = f" ({error.filename})" if isinstance(error.filename, str) else ""
        line = f"{error.strerror or 'input/output error'}{where}"
        return _fail(invocation, arguments, ExitCode.ERROR, "OSError", line, _REMEDIES.get(error.errno or 0, ""))
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
    from privacy_assistant.faces.stream import json_line, printable

    line = " ".join(message.split())
    if invocation.json or "--json" in arguments:
        body: dict[str, Any] = {"code": int(code), "kind": kind, "message": line, "hint": hint, "rule": rule}
        try:
            click.echo(json_line({"error": body}))
        except OSError:
            _tell(printable(f"privacy-assistant: {line}"))
    else:
        # A path in it may be of a stick that somebody else wrote.
        _tell(printable(f"privacy-assistant: {line}" + (f" · {' '.join(hint.split())}" if hint else "")))
    return int(code)


def _tell(text: str) -> None:
    """To stderr. Where nobody can read it any more, the exit code is what is left."""
    with contextlib.suppress(OSError):
        click.echo(text, err=True)


def _prepare_streams() -> None:
    """Give every standard stream a file, and bytes that no locale can lose.

    A process that was started with one of them closed would get its number for the next file it opens: the native
    library that writes to number 2 would write into the key store.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            with contextlib.suppress(OSError):
                os.fstat(number)
                continue
            fd = os.open(os.devnull, os.O_RDWR)
            if fd != number:
                os.dup2(fd, number)
                os.close(fd)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError, OSError):
            # What a program reads is UTF-8, as what it wrote is; a terminal gets what its locale can show.
            wants_utf8 = not stream.isatty() and "PYTHONIOENCODING" not in os.environ
            stream.reconfigure(encoding="utf-8" if wants_utf8 else None, errors="replace")  # type: ignore[union-attr] # a replaced stream may not be a TextIOWrapper


def _end_of_reader() -> int:
    """The reader went away (`| head`): that is no error. Give the interpreter a sink to flush into, and say nothing."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())
        os.close(sink)
    return ExitCode.OK


__all__ = ["COMMANDS", "cli", "run"]
