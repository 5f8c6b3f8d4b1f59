"""One generation at a time: who has the turn, who waits for it, and who was cancelled, by id and from any thread."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Run:
    """One generation, as `cancel` finds it."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """End it."""
        self._cancelled.set()

    def is_cancelled(self) -> bool:
        """Whether it is to end."""
        return self._cancelled.is_set()


class Runs:
    """The generations of one model. A run is known by its id as long as somebody holds it.

    What is given to `enter` and `cancel` is called under the lock, so that nobody else gets the turn meanwhile.
    """

    def __init__(self) -> None:
        self._turn = threading.Condition(threading.RLock())
        self._owner: Run | None = None
        self._known: weakref.WeakValueDictionary[str, Run] = weakref.WeakValueDictionary()

    def announce(self, id: str) -> Run:
        """A run of this id, which can be cancelled from now on."""
        run = self._known[id] = Run()
        return run

    def enter(self, run: Run, then: Callable[[], None] = lambda: None) -> None:
        """Wait for the turn, and call `then` with it; return without where the run was cancelled."""
        with self._turn:
            while self._owner is not None and not run.is_cancelled():
                self._turn.wait()
            if not run.is_cancelled():
                self._owner = run
                then()

    def enter_if_free(self, run: Run, then: Callable[[], None] = lambda: None) -> bool:
        """Take the turn if nobody has it; whether it was taken."""
        with self._turn:
            if self._owner is not None:
                return False
            self.enter(run, then)
            return True

    def leave(self, run: Run, then: Callable[[], None] = lambda: None) -> None:
        """Give the turn back, if this run has it."""
        with self._turn:
            if self._owner is run:
                self._owner = None
                then()
                self._turn.notify_all()

    def cancel(self, id: str, at_work: Callable[[], T | None]) -> T | None:
        """Cancel the run of this id; what `at_work` gives where it has the turn, else None."""
        run = self._known.get(id)
        if run is None:
            return None
        with self._turn:
            run.cancel()
            given = at_work() if self._owner is run else None
            self._turn.notify_all()
        return given

    def cancel_all(self, at_work: Callable[[], None] = lambda: None) -> None:
        """Cancel every run that is known."""
        with self._turn:
            for run in list(self._known.values()):
                run.cancel()
            at_work()
            self._turn.notify_all()

    def note(self, then: Callable[[], None]) -> None:
        """Do this while nobody enters, leaves or cancels."""
        with self._turn:
            then()
