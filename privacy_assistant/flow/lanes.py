"""Where the slow work of the voice runs: beside the loop in real time, inside it over files.

Over files the sample clock stands still while something is computed, so that the same file gives the same result each
time; in real time nothing may keep the loop from its next 10 ms.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

T = TypeVar("T")
Out = TypeVar("Out", covariant=True)


class Rest:
    """An item after which a stream goes on only when it is asked to (`take(wants=True)`)."""


class Job(Protocol[Out]):
    """One result to come."""

    @property
    def is_done(self) -> bool: ...

    def result(self) -> Out:
        """What came out, after it is done. Raises what the work raised."""


class Stream(Protocol[T]):
    """Results that come one by one."""

    @property
    def is_over(self) -> bool:
        """Whether everything was taken."""

    def take(self, *, wants: bool) -> list[T]:
        """What has come; `wants` is whether more would be of use now. Raises what the work raised."""

    def close(self) -> None:
        """Let it run to its end without anybody listening: what it keeps at its end is kept."""


class Lane(Protocol):
    """Runs work in order, one after the other."""

    def start(self, work: Callable[[], T]) -> Job[T]: ...

    def follow(self, work: Callable[[], Iterator[T]]) -> Stream[T]: ...

    def close(self) -> None:
        """Wait for what runs."""


# ---------------------------------------------------------------- inside the loop


class _Done(Generic[T]):
    def __init__(self, work: Callable[[], T]) -> None:
        self._error: Exception | None = None
        self._result: list[T] = []
        try:
            self._result.append(work())
        except Exception as error:  # noqa: BLE001 - raised again where the result is read
            self._error = error

    @property
    def is_done(self) -> bool:
        return True

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._result[0]


class _Stepped(Generic[T]):
    def __init__(self, work: Callable[[], Iterator[T]]) -> None:
        self._items = work()
        self.is_over = False

    def take(self, *, wants: bool) -> list[T]:
        if not wants or self.is_over:
            return []
        try:
            return [next(self._items)]
        except StopIteration:
            self.is_over = True
            return []
        except BaseException:
            self.is_over = True
            raise

    def close(self) -> None:
        while not self.is_over:
            self.take(wants=True)


class Within:
    """Does everything at once, where it is asked for."""

    def start(self, work: Callable[[], T]) -> Job[T]:
        """Done when this returns."""
        return _Done(work)

    def follow(self, work: Callable[[], Iterator[T]]) -> Stream[T]:
        """One item for each `take` that wants it."""
        return _Stepped(work)

    def close(self) -> None:
        """Nothing runs."""


# ---------------------------------------------------------------- beside the loop


class _Pending(Generic[T]):
    def __init__(self) -> None:
        self._event = threading.Event()
        self._error: BaseException | None = None
        self._result: list[T] = []

    def run(self, work: Callable[[], T]) -> None:
        try:
            self._result.append(work())
        except Exception as error:  # noqa: BLE001 - raised again where the result is read
            self._error = error
        finally:
            self._event.set()

    @property
    def is_done(self) -> bool:
        return self._event.is_set()

    def result(self) -> T:
        self._event.wait()
        if self._error is not None:
            raise self._error
        return self._result[0]


class _Flowing(Generic[T]):
    def __init__(self) -> None:
        self._items: queue.SimpleQueue[T] = queue.SimpleQueue()
        self._error: BaseException | None = None
        self._has_ended = threading.Event()
        self._may_go_on = threading.Event()
        self._is_resting = threading.Event()

    def run(self, work: Callable[[], Iterator[T]]) -> None:
        try:
            for item in work():
                is_rest = isinstance(item, Rest)
                if is_rest:
                    self._may_go_on.clear()
                self._items.put(item)
                if is_rest:
                    # After it was put: whoever looks in between would take it for a rest that was taken already.
                    self._is_resting.set()
                    self._may_go_on.wait()
                    self._is_resting.clear()
        except Exception as error:  # noqa: BLE001 - raised again where the items are read
            self._error = error
        finally:
            self._has_ended.set()

    @property
    def is_over(self) -> bool:
        return self._has_ended.is_set() and self._items.empty() and self._error is None

    def take(self, *, wants: bool) -> list[T]:
        if wants and self._is_resting.is_set() and self._items.empty():
            self._may_go_on.set()
        found: list[T] = []
        # Seen before the queue is read: what comes between is there the next time.
        has_ended = self._has_ended.is_set()
        while True:
            try:
                found.append(self._items.get_nowait())
            except queue.Empty:
                break
        if has_ended and self._error is not None and not found:
            error, self._error = self._error, None
            raise error
        return found

    def close(self) -> None:
        while not self._has_ended.wait(0.01):
            self._may_go_on.set()


class Beside:
    """One thread that does one thing after the other."""

    def __init__(self, name: str) -> None:
        self._tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while self._run_next():
            pass

    def _run_next(self) -> bool:
        # In a frame of its own: a task holds the sound of a turn, and would hold it until the next one comes.
        task = self._tasks.get()
        if task is None:
            return False
        task()
        return True

    def start(self, work: Callable[[], T]) -> Job[T]:
        """Done some time."""
        job = _Pending[T]()
        self._tasks.put(lambda: job.run(work))
        return job

    def follow(self, work: Callable[[], Iterator[T]]) -> Stream[T]:
        """Runs as fast as it can, but for its rests."""
        stream = _Flowing[T]()
        self._tasks.put(lambda: stream.run(work))
        return stream

    def close(self) -> None:
        """Wait for what was begun."""
        self._tasks.put(None)
        self._thread.join()
