"""The keys of the voice: one key that is held to talk, and what the others do.

A terminal tells that a key went down, and again while it stays down, and never that it came up. So a key that repeats
is held, and it came up when the repeats stop; a key that does not repeat was tapped, and stays down until the next tap.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol

from prompt_toolkit.filters import Condition
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent


class Controls(Protocol):
    """What a person may tell the loop of the voice; any thread may call, and `close` a signal handler, too."""

    def press(self) -> None:
        """The talk key is down: listen, and fall silent."""

    def release(self) -> None:
        """The talk key is up: what was said is the question. Nothing where it is not down."""

    def toggle(self) -> None:
        """Switch the microphone off, or on again."""

    def type(self, text: str) -> None:
        """Ask this as if it had been said."""

    def stop(self) -> None:
        """Stop speaking, or give up the question that is worked on. Nothing where there is neither."""

    def close(self) -> None:
        """End the loop: its events end soon after. Nothing where it is over."""


class Turn(Enum):
    """What became of the talk key."""

    DOWN = "down"
    UP = "up"


class TalkKey:
    """Turns the presses that a terminal reports into down and up; the time comes as an argument, in seconds.

    Nothing comes back where nothing changed. One thread at a time.
    """

    FIRST_REPEAT_S = 0.8
    """Terminals wait up to 0.66 s (X11) before a held key repeats."""
    SLOWEST_REPEAT_S = 0.6
    """How long a repeat is waited for, until it is known how fast they come."""
    QUICKEST_UP_S = 0.2
    """A line that stutters must not let go of the key."""

    _KNOWN_AFTER = 4
    _TIMES_THE_GAP = 4.0

    def __init__(self) -> None:
        self._down_at: float | None = None
        self._last = 0.0
        self._gaps: list[float] = []
        self._is_tapped = False

    @property
    def is_down(self) -> bool:
        """Whether the person talks, as far as the terminal tells."""
        return self._down_at is not None

    @property
    def is_held(self) -> bool:
        """Down, and it comes up by itself: `look` is to be called now and then."""
        return self.is_down and not self._is_tapped

    def reported(self, now: float) -> Turn | None:
        """The terminal sent the key."""
        if self._down_at is None:
            self._down_at, self._last = now, now
            return Turn.DOWN
        if self._is_tapped:
            return self._up()
        self._gaps = [*self._gaps[-(self._KNOWN_AFTER - 1) :], now - self._last] if self._last > self._down_at else []
        self._last = max(now, self._down_at + 1e-6)
        return None

    def look(self, now: float) -> Turn | None:
        """Nothing was sent for a while, perhaps."""
        if self._down_at is None or self._is_tapped:
            return None
        if self._last <= self._down_at:
            self._is_tapped = now - self._down_at > self.FIRST_REPEAT_S
            return None
        return self._up() if now - self._last > self._wait_s() else None

    def _wait_s(self) -> float:
        if len(self._gaps) < self._KNOWN_AFTER:
            return self.SLOWEST_REPEAT_S
        return min(self.SLOWEST_REPEAT_S, max(self.QUICKEST_UP_S, self._TIMES_THE_GAP * max(self._gaps)))

    def _up(self) -> Turn:
        self._down_at, self._gaps, self._is_tapped = None, [], False
        return Turn.UP


def bindings(
    *, talk: Callable[[], None], controls: Controls, send: Callable[[str], None], leave: Callable[[], None]
) -> KeyBindings:
    """Space on an empty line talks, Enter sends the line, Esc stops, F2 or Ctrl-T is the microphone, Ctrl-C leaves."""
    keys = KeyBindings()

    @Condition
    def is_line_empty() -> bool:
        from prompt_toolkit.application import get_app

        return not get_app().current_buffer.text

    @keys.add("space", filter=is_line_empty)
    def _talk(_event: KeyPressEvent) -> None:
        talk()

    @keys.add("enter")
    def _send(event: KeyPressEvent) -> None:
        line = event.current_buffer
        text = line.text.strip()
        if text:
            line.append_to_history()
        line.reset()
        if text:
            send(text)

    @keys.add("escape", eager=True)
    def _stop(_event: KeyPressEvent) -> None:
        controls.stop()

    @keys.add("f2")
    @keys.add("c-t")
    def _microphone(_event: KeyPressEvent) -> None:
        controls.toggle()

    @keys.add("c-c")
    @keys.add("c-d", filter=is_line_empty)
    @keys.add("<sigint>")
    def _leave(_event: KeyPressEvent) -> None:
        leave()

    return keys
