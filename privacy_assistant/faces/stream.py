"""Write a streamed answer to a terminal or a pipe, and end it cleanly on Ctrl-C."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import sys
import threading
import unicodedata
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TextIO

import click

from privacy_assistant.core.turn import Decision, Zone

_KEPT_CONTROLS = "\n\t"
_STEERS = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """The text without control and bidirectional-override characters: an answer must not steer a terminal."""
    if text.isprintable():
        return text
    return "".join(
        c
        for c in text
        if c in _KEPT_CONTROLS
        or not (unicodedata.category(c) == "Cc" or "\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069")
    )


def json_line(value: object) -> str:
    """JSON on one line, readable, with what steers a terminal escaped: JSON's own escapes end before C1 controls."""
    return _STEERS.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def terminal_width() -> int:
    """Columns of the terminal that standard output is; 0 where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout is not None and sys.stdout.isatty() else 0


def write(text: str, stream: TextIO | None = None) -> None:
    """Write one piece at once; raw when the output is not a terminal, so that pipes get every byte."""
    out = stream or sys.stdout
    out.write(printable(text) if out.isatty() else text)
    out.flush()


class Rows:
    """Writes an answer piece by piece, and lines for the person between: no line follows a piece on its row."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._is_open = False

    def piece(self, text: str) -> None:
        """The next piece of the answer."""
        write(text)
        self._is_open = not text.endswith("\n")

    def line(self, text: str) -> None:
        """A line about it, on the other stream."""
        self.close()
        self._say(dim(text))

    def close(self) -> None:
        """End the row that the answer stands on."""
        if self._is_open:
            write("\n")
            self._is_open = False


def badge(decision: Decision) -> str:
    """One short line: where it was answered, by what, and the rule that decided; never content."""
    where = "local" if decision.zone is Zone.DEVICE else str(decision.zone)
    if decision.zone is not Zone.DEVICE:
        where += f" {decision.answered_by}"
    parts = [where + (f" ({decision.redacted} redacted)" if decision.redacted else "")]
    if decision.model:
        parts.append(decision.model)
    elif decision.answered_by.startswith("skill:"):
        parts.append(decision.answered_by)
    parts.append(decision.rule)
    if decision.flaw:
        parts.append(f"doubtful: {decision.flaw}")
    if decision.cost not in ("", "0"):
        parts.append(decision.cost)
    if decision.findings:
        parts.append("found " + ", ".join(f"{n}× {kind}" for kind, n in decision.findings.items()))
    return "[" + " · ".join(parts) + "]"


def dim(text: str) -> str:
    """Faint on a terminal; click drops the styling elsewhere and under NO_COLOR."""
    return click.style(text, dim=True)


@contextlib.contextmanager
def interruptible(cancel: Callable[[], None]) -> Iterator[Callable[[], bool]]:
    """While inside, the first Ctrl-C calls `cancel` (the part that was shown is kept), a second one interrupts.

    A request to end (SIGTERM, or SIGHUP when the window closes) cancels too, and then ends the process as it would
    have. What the process was told to ignore (`&` in a script, `nohup`) stays ignored. Yields a function that tells
    whether Ctrl-C was pressed. Outside the main thread nothing is changed.
    """
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed.is_set
        return

    def on_interrupt(_signal: int, _frame: FrameType | None) -> None:
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()
        cancel()

    ended_by: list[int] = []

    def on_end(number: int, _frame: FrameType | None) -> None:
        ended_by.append(number)
        cancel()

    wanted = {signal.SIGINT: on_interrupt, signal.SIGTERM: on_end}
    if hasattr(signal, "SIGHUP"):  # Windows has none
        wanted[signal.SIGHUP] = on_end
    before = {
        number: signal.signal(number, act)
        for number, act in wanted.items()
        if signal.getsignal(number) not in (signal.SIG_IGN, None)
    }
    try:
        yield pressed.is_set
    finally:
        for number, act in before.items():
            signal.signal(number, act)
        if ended_by:
            signal.raise_signal(ended_by[0])
