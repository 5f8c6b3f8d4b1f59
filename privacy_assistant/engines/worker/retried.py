"""A worker that is asked again, once, where it ended before it answered."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from privacy_assistant.engines.worker.process import Hello, Running, WorkerEnded, WorkerProcess
from privacy_assistant.engines.worker.wall import Wall
from privacy_assistant.errors import EngineFailed

HINT = "look at the model with `privacy-assistant models verify`, or set another one under [models]"

T = TypeVar("T")


def tell_nobody(_line: str) -> None:
    """For who does not want to hear of it."""


class RetriedWorker:
    """Keeps one process of a role, and starts it again. `say` is told one line, without content, each time.

    All methods may be called from any thread.
    """

    def __init__(self, hello: Hello, say: Callable[[str], None] = tell_nobody) -> None:
        """Starts nothing yet."""
        self._who = hello.who
        self._process = WorkerProcess(hello)
        self._say = say
        self._lock = threading.Lock()
        self._last: Running | None = None

    @property
    def pid(self) -> int | None:
        """Of the process that runs now, None where none does."""
        return self._process.pid

    def wall(self) -> Wall:
        """What closes the process off; starts it where none runs. Raises EngineFailed."""
        return self.asked(lambda running: running.wall())

    def asked(self, work: Callable[[Running], T]) -> T:
        """What `work` gives, which asks the process that it is handed, and may be called a second time with another.

        Raises EngineFailed where that one ended as well, or none can be started, and what the child raised; WorkerEnded
        where it was closed meanwhile.
        """
        try:
            return work(self._running())
        except WorkerEnded as ended:
            if ended.is_closed:
                raise
            how = ended.how
        try:
            return work(self._running())
        except WorkerEnded as ended:
            if ended.is_closed:
                raise
            raise EngineFailed(f"{self._who}'s process {how}, and after a new start {ended.how}", hint=HINT) from None

    def close(self) -> None:
        """End the process; the next question starts another."""
        with self._lock:
            self._last = None
        self._process.close()

    def _running(self) -> Running:
        running = self._process.running()
        with self._lock:
            last, self._last = self._last, running
        if last is not None and last is not running and not last.ended().is_closed:
            self._say(f"{self._who}'s process {last.ended().how} and was started again")
        return running
