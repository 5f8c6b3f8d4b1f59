"""Run a person's own command that prints a key: no shell, no secrets in its environment, nobody it could ask."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Sequence
from typing import IO

LIMIT_S = 10.0
"""How long a command may take. What waits for a person (a PIN, a touch) has to have been asked before."""

_LONGEST_BYTES = 64 * 1024
_PIECE_BYTES = 64 * 1024
_REST_S = 1.0

_PASSED_ON = (
    *("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "USER"),
    # Where password stores, the agent of GnuPG, the desktop's keyring and `az` have their files and their sockets.
    *("AZURE_CONFIG_DIR", "DBUS_SESSION_BUS_ADDRESS", "GNUPGHOME", "PASSWORD_STORE_DIR"),
    *("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR"),
    *("APPDATA", "COMSPEC", "LOCALAPPDATA", "PATHEXT", "SYSTEMROOT", "TEMP", "USERPROFILE"),
)


class CommandFailed(Exception):
    """Why there is no first line, in words that hold nothing of what was printed."""


def find_program(word: str) -> str | None:
    """The full path of a program, on the absolute parts of PATH or given as one; None where it is not there."""
    if os.path.dirname(word):
        return shutil.which(word) if os.path.isabs(word) else None
    parts = [part for part in os.environ.get("PATH", os.defpath).split(os.pathsep) if os.path.isabs(part)]
    return shutil.which(word, path=os.pathsep.join(parts))


def first_line(words: Sequence[str], *, limit_s: float = LIMIT_S) -> str:
    """The first line that a command prints, without its line break. Raises CommandFailed.

    It runs in the root directory and in a session of its own, so that it finds no terminal to ask on; its standard
    input is empty, and what it says on standard error is dropped, for it may quote what it was given.
    """
    program = find_program(words[0]) if words else None
    if program is None:
        raise CommandFailed("is not there")
    try:
        child = subprocess.Popen(  # noqa: S603 - the words of the person's own policy, no shell; no secrets in the environment
            [program, *words[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=os.path.abspath(os.sep),
            env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            start_new_session=True,
        )
    except (OSError, ValueError):
        raise CommandFailed("cannot be started") from None
    if child.stdout is None:
        raise RuntimeError("a child without a pipe")
    printed: list[bytes] = []
    has_line = threading.Event()
    # A thread reads: what the command started and left behind may hold the pipe open for ever.
    reader = threading.Thread(target=_drain, args=(child.stdout, printed, has_line), name="key command", daemon=True)
    reader.start()
    try:
        code = child.wait(limit_s)
    except subprocess.TimeoutExpired:
        _end(child)
        raise CommandFailed(f"gave no answer within {limit_s:g} s") from None
    except BaseException:  # also Ctrl-C: a command that prints keys is not left behind
        _end(child)
        raise
    has_line.wait(_REST_S)
    if code != 0:
        raise CommandFailed(f"ended with exit status {code}")
    try:
        line = printed[0].decode("utf-8").rstrip("\r\n") if printed else ""
    except UnicodeDecodeError:
        raise CommandFailed("printed something that is no text") from None
    if not line:
        raise CommandFailed("printed an empty first line")
    return line


def _drain(stream: IO[bytes], printed: list[bytes], has_line: threading.Event) -> None:
    """The first line is kept, the rest is read and dropped: a closed pipe would make the command fail."""
    with contextlib.suppress(OSError, ValueError), stream:
        printed.append(stream.readline(_LONGEST_BYTES))
        has_line.set()
        while stream.read(_PIECE_BYTES):
            pass


def _end(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if os.name == "posix":
            os.killpg(child.pid, signal.SIGKILL)
        else:
            child.kill()
    child.wait()
