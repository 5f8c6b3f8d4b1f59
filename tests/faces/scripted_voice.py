"""A loop of the voice that plays what a test writes: `python -m tests.faces.scripted_voice EVENTS TOLD [json]`.

EVENTS is a named pipe of lines, each an event as Python (`Level(0, 0, -20, "listening")`) or an error to be raised;
what the person tells the controls is written to TOLD, a line each.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import click

from privacy_assistant.core import exchange, sound, turn, voice_events
from privacy_assistant.errors import AssistantError, EngineMissing
from privacy_assistant.faces.voice_view import show

_NAMES = {
    **{name: value for room in (exchange, sound, turn, voice_events) for name, value in vars(room).items()},
    "EngineMissing": EngineMissing,
}


class ScriptedVoice:
    """Events from a queue; controls that write down what they were told."""

    def __init__(self, told: Path) -> None:
        self._told = told.open("a", buffering=1, encoding="utf-8")
        self.events: queue.SimpleQueue[voice_events.VoiceEvent | Exception | None] = queue.SimpleQueue()
        self._is_closed = False

    def __iter__(self) -> Iterator[voice_events.VoiceEvent]:
        while (event := self.events.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event
        self._note("ended")

    def press(self) -> None:
        self._note("press")

    def release(self) -> None:
        self._note("release")

    def toggle(self) -> None:
        self._note("toggle")

    def type(self, text: str) -> None:
        self._note(f"type {text}")

    def stop(self) -> None:
        self._note("stop")

    def close(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._note("close")
            self.events.put(None)

    def _note(self, line: str) -> None:
        self._told.write(line + "\n")


def read(line: str) -> voice_events.VoiceEvent | Exception:
    """The event of a line."""
    event: voice_events.VoiceEvent | Exception = eval(line, dict(_NAMES))
    return event


def main() -> int:
    """Show what comes from the pipe until it is closed; the exit code of the view."""
    voice = ScriptedVoice(Path(sys.argv[2]))

    def feed() -> None:
        with open(sys.argv[1], encoding="utf-8") as pipe:
            for line in pipe:
                voice.events.put(read(line))
        voice.events.put(None)

    threading.Thread(target=feed, daemon=True).start()
    try:
        return show(iter(voice), voice, say=lambda line: click.echo(line, err=True), is_json="json" in sys.argv[3:])
    except AssistantError as error:
        print(f"failed: {error.message}", file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    code = main()
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    os._exit(code)
