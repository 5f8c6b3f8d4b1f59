"""Child processes that a bench talks to while it measures: the server, the bare client, and commands from cold."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from privacy_assistant.app.benches.children import environment
from privacy_assistant.errors import AssistantError

_BARE = Path(__file__).with_name("bare_client.py")
_SERVER = "privacy_assistant.app.benches.loopback_server"
_MOST_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Timed:
    """Milliseconds from a question to the first and to the last word of its answer, and how many words there were."""

    first: float
    last: float
    words: int


class _Companion:
    """A process that answers lines with lines, and ends when its input does."""

    def __init__(self, command: Sequence[str]) -> None:
        self._child = subprocess.Popen(  # noqa: S603 - this interpreter and our own file, no shell, no secrets
            [sys.executable, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it."""
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()

    def _tell(self, value: Mapping[str, str]) -> None:
        assert self._child.stdin is not None
        try:
            self._child.stdin.write(json.dumps(value).encode() + b"\n")
            self._child.stdin.flush()
        except OSError:
            raise _broken() from None

    def _line(self) -> str:
        assert self._child.stdout is not None
        line = self._child.stdout.readline()
        if not line:
            raise _broken()
        return line.decode("utf-8").strip()


class Server(_Companion):
    """The server of this machine, serving at `url`. After each answer `heard` must be read."""

    def __init__(self) -> None:
        super().__init__(["-m", _SERVER])
        self.url = self._line()

    def heard(self) -> tuple[int, int]:
        """The bytes of the next request that came: of its head and of its body."""
        line = json.loads(self._line())
        return int(line["head"]), int(line["body"])


class BareClient(_Companion):
    """The bare `openai` client, warm, in one interface."""

    def __init__(self, url: str, api: str) -> None:
        super().__init__(["-I", str(_BARE), url, api])

    def ask(self, system: str, text: str, model: str) -> Timed:
        """Ask one question. Raises AssistantError when the child broke."""
        self._tell({"system": system, "text": text, "model": model})
        line = json.loads(self._line())
        return Timed(float(line["first"]), float(line["last"]), int(line["words"]))


def bare_script(url: str, api: str, text: str) -> list[str]:
    """The command of the shortest script that asks this and prints the answer."""
    return [sys.executable, "-I", str(_BARE), url, api, text]


def our_command(home: Path, key_file: Path, text: str) -> list[str]:
    """The command that asks this of a back end."""
    where = ["--home", str(home), "--key-file", str(key_file)]
    return [sys.executable, "-m", "privacy_assistant", *where, "ask", "--cloud", "-q", text]


def timed_process(command: Sequence[str], more: Mapping[str, str]) -> tuple[float, float]:
    """Milliseconds from the start of a process to its first byte and to its end. Raises AssistantError where it
    fails."""
    begin = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - a command of this file, no shell
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**environment(), **more},
    ) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        first = time.perf_counter()
        process.stdout.read()
    if process.returncode:
        raise _broken()
    return (first - begin) * 1000, (time.perf_counter() - begin) * 1000


def without_network() -> list[str] | None:
    """The words before a command that take its network away; None where this system does not let us."""
    words = ["unshare", "--net", "--user", "--map-root-user"]
    try:
        subprocess.run([*words, "true"], check=True, capture_output=True, timeout=10)  # noqa: S603, TID251 - fixed words
    except (OSError, subprocess.SubprocessError):
        return None
    return words


def answer_of_child(module: str, arguments: Sequence[str], before: Sequence[str] = ()) -> Any:
    """What a module of ours prints as JSON when it runs in a process of its own. Raises AssistantError."""
    command = [*before, sys.executable, "-m", module, *arguments]
    try:
        done = subprocess.run(  # noqa: S603, TID251 - this interpreter and our own module, no shell
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(),
            timeout=_MOST_SECONDS,
            check=True,
        )
        return json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        raise _broken() from None


def _broken() -> AssistantError:
    return AssistantError("a process that was to be measured broke", hint="run the bench again; if it stays, report it")
