"""A word to stop, for whoever waits or reads."""

from __future__ import annotations

import threading
import time
from contextlib import suppress


class Halt:
    """Said once, heard at once by the one who waits. Any thread may say it, and a signal handler.

    A bare lock and not an Event: an Event takes a lock of its own for a moment, and a handler that runs in the thread
    that holds it would wait for itself.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()
        self.is_said = False

    def say(self) -> None:
        """Stop, now and for good."""
        self.is_said = True
        self.wake()

    def wake(self) -> None:
        """Let the one who waits look around, without a word."""
        with suppress(RuntimeError):  # nobody has waited since the last time
            self._lock.release()

    def nap(self, seconds: float) -> None:
        """Wait so long, or until somebody says or wakes; it may also end early for nothing."""
        if not self.is_said:
            self._lock.acquire(timeout=max(0.0, seconds))

    def wait(self, seconds: float) -> bool:
        """Wait so long or until it is said; whether it was."""
        until = time.monotonic() + seconds
        while not self.is_said and (left := until - time.monotonic()) > 0:
            self.nap(left)
        return self.is_said
