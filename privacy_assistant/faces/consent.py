"""Ask the person about a parcel: what would leave, to whom, why it is asked. Silence is no."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from types import FrameType
from typing import TextIO

import click

from privacy_assistant.core.consent import Answer, Request
from privacy_assistant.core.parcel import Parcel
from privacy_assistant.core.sound_parcel import SoundParcel

SILENCE_S = 60.0
"""After so long without an answer it is no."""

_LONGEST_LINE = 1024
_SLICE_S = 0.2
"""A signal that comes right before the wait is seen at its end, so the wait is short."""
_WORDS = {
    "o": Answer.ONCE,
    "once": Answer.ONCE,
    "c": Answer.CONVERSATION,
    "conversation": Answer.CONVERSATION,
    "command": Answer.CONVERSATION,
    "a": Answer.ALWAYS,
    "always": Answer.ALWAYS,
}
_SHOW = ("s", "show")


class YesRedacted:
    """ports.Consent for `--yes-redacted`: once, to whatever the policy asks about."""

    def ask(self, request: Request) -> Answer:
        """ONCE."""
        del request
        return Answer.ONCE


class TerminalConsent:
    """ports.Consent at a terminal: shows the parcel on standard error and reads one line from standard input.

    What was typed before the question stood there counts for nothing. Enter, Ctrl-D, Ctrl-C, a request to end, silence
    and any other word are no. Without a terminal on both sides it asks nobody, and the answer is no.
    """

    def __init__(
        self, stdin: TextIO | None = None, stderr: TextIO | None = None, *, silence_s: float = SILENCE_S
    ) -> None:
        self._stdin = stdin
        self._stderr = stderr
        self._silence_s = silence_s

    def ask(self, request: Request) -> Answer:
        """Show what would leave and take one answer. Never raises: what breaks here is a no."""
        keyboard, screen = self._stdin or sys.stdin, self._stderr or sys.stderr
        try:
            if not (keyboard and screen and keyboard.isatty() and screen.isatty()):
                return Answer.NO
            with _no_on_signals():
                return self._converse(request, keyboard, screen)
        except KeyboardInterrupt:
            answer = Answer.NO
        except (OSError, ValueError):  # the terminal went away, or a stream is closed
            return Answer.NO
        with contextlib.suppress(OSError, ValueError):
            _say(screen, "\nnothing is sent\n")
        return answer

    def _converse(self, request: Request, keyboard: TextIO, screen: TextIO) -> Answer:
        from privacy_assistant.faces import parcel_view  # most questions are never asked about

        _say(screen, parcel_view.describe(request))
        while True:
            _drop_typed_ahead(keyboard)
            _say(screen, self._question(request))
            line = _line(keyboard.fileno(), self._silence_s)
            if line is None:
                _say(screen, "\nno answer, so nothing is sent\n")
                return Answer.NO
            word = line.strip().lower()
            if word in _SHOW:
                _say(screen, parcel_view.everything(request))
                continue
            answer = _WORDS.get(word, Answer.NO)
            if answer is Answer.ALWAYS and not request.asks:
                answer = Answer.NO
            if answer is Answer.NO:
                _say(screen, "nothing is sent\n")
            return answer

    def _question(self, request: Request) -> str:
        always = f" / [a]lways for {', '.join(request.asks)} at {request.parcel.backend}" if request.asks else ""
        parcel = request.parcel
        several = "this [c]onversation" if isinstance(parcel, Parcel) else "this [c]ommand"
        is_sound = isinstance(parcel, SoundParcel) and parcel.text is None
        show = "" if is_sound else " / [s]how all of it"
        return f"[o]nce / {several}{always}{show} / [N]o: "


def _say(screen: TextIO, text: str) -> None:
    click.echo(text, file=screen, nl=False, color=False if os.environ.get("NO_COLOR") else None)
    screen.flush()


def _line(fd: int, silence_s: float) -> str | None:
    """One line of the terminal; "" for end of file, None when so long nothing came."""
    if sys.platform == "win32":
        # select() takes sockets alone there; the person is waited for.
        return sys.stdin.readline()[:_LONGEST_LINE]
    deadline = time.monotonic() + silence_s
    got = b""
    # A terminal gives whole lines; one in another mode, or a line cut by Ctrl-D, comes in pieces.
    while not got.endswith((b"\n", b"\r")) and len(got) < _LONGEST_LINE:
        left = deadline - time.monotonic()
        ready, _, _ = select.select([fd], [], [], min(max(left, 0.0), _SLICE_S))
        if not ready and left <= _SLICE_S:
            return None
        if not ready:
            continue
        piece = os.read(fd, _LONGEST_LINE)
        if not piece:
            return ""
        got += piece
    return got.decode("utf-8", "replace")


def _drop_typed_ahead(keyboard: TextIO) -> None:
    if sys.platform == "win32":
        import msvcrt

        while msvcrt.kbhit():
            msvcrt.getwch()
        return
    import termios

    with contextlib.suppress(termios.error):
        termios.tcflush(keyboard.fileno(), termios.TCIFLUSH)


@contextlib.contextmanager
def _no_on_signals() -> Iterator[None]:
    """Ctrl-C, SIGTERM and SIGHUP end the question with no, whoever held them before; the last two then go on to him.

    While an answer streams, Ctrl-C has a handler that waits for the next piece of text, which would not come here.
    """

    ended_by: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        if number != signal.SIGINT:
            ended_by.append(number)
        raise KeyboardInterrupt

    wanted = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {}
    try:
        for number in wanted:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, stop)
    except ValueError:  # only the main thread may; the others hear nothing of signals anyway
        before = {}
    try:
        yield
    finally:
        for number, act in before.items():
            signal.signal(number, act)
        for number in ended_by[:1]:
            signal.raise_signal(number)


__all__ = ["TerminalConsent", "YesRedacted"]
