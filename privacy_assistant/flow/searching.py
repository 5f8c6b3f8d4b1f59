"""A search for what is personal ends: whoever breaks, or does not come back, did not say that nothing is there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar

from privacy_assistant.core.kinds import Findings
from privacy_assistant.errors import EgressDenied

MOST_SECONDS = 60.0
"""How long all texts of one question may take together. The finders of the package take a second for a long one; a
further finder may be a language model on two slow cores."""

FINDER_FAILED = "the finder of personal data failed, so nothing may leave"

T = TypeVar("T")


class _Searcher(threading.Thread):
    """Does one search after the other, for ever."""

    def __init__(self) -> None:
        super().__init__(name="search", daemon=True)
        self.tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self.start()

    def run(self) -> None:
        """Wait for a search, and do it."""
        while True:
            self.tasks.get()()


_idle: list[_Searcher] = []
"""Those that wait for a search. One whose search does not end never comes back here."""


def searched(search: Callable[[], T]) -> T:
    """What `search` gives. Raises the EgressDenied that it raises, and another one for any other error and where it
    takes too long.

    In another thread, because that is the only way to leave a search that does not end: it goes on there, and nobody
    listens. It has no permit of the tripwire. The thread serves the next search too: a fresh one is slower by a
    millisecond.
    """
    given: list[T] = []
    denied: list[EgressDenied] = []
    is_over = threading.Event()

    def run() -> None:
        try:
            given.append(search())
        except EgressDenied as error:
            denied.append(error)
        except Exception:  # noqa: BLE001, S110 - whatever a finder raises, the answer is the same; its words may be content
            pass
        finally:
            is_over.set()

    try:
        searcher = _idle.pop()
    except IndexError:
        searcher = _Searcher()
    searcher.tasks.put(run)
    if is_over.wait(MOST_SECONDS):
        _idle.append(searcher)
    if given:
        return given[0]
    raise denied[0] if denied else failed()


def checked(found: Findings) -> Findings:
    """The same, where it is what a finder gives. Raises EgressDenied."""
    if not isinstance(found, Findings):
        raise failed()
    return found


def failed() -> EgressDenied:
    """The error for a text that could not be searched."""
    return EgressDenied(f"not sent: {FINDER_FAILED}", rule="finder:failed", hint="ask without --cloud")
