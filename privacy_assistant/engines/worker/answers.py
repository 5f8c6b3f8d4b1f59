"""What comes back from a worker: answers, errors, and its end. All of it is looked at before it is believed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from queue import Empty, SimpleQueue
from typing import Any, Protocol

from privacy_assistant.engines.worker.frames import FrameError, Packet
from privacy_assistant.engines.worker.wall import Wall
from privacy_assistant.errors import EngineError, EngineFailed, EngineMissing, ModelTampered

_ERRORS: Mapping[str, type[EngineError]] = {
    kind.__name__: kind for kind in (EngineFailed, EngineMissing, ModelTampered)
}
_MOST_MESSAGE = 1000


class WorkerEnded(EngineFailed):
    """The process is gone, and with it what it was asked. `how` is a clause: "ended by signal 9 (SIGKILL)".

    `is_closed`: it was this process that closed it, and nothing is wrong.
    """

    def __init__(self, who: str, how: str, *, is_closed: bool = False) -> None:
        super().__init__(f"{who}'s process {how}", hint="ask again")
        self.how = how
        self.is_closed = is_closed

    @property
    def kind(self) -> str:
        """For programs it is an engine that failed."""
        return EngineFailed.__name__


class Asked(Protocol):
    """Whom an answer comes from: a `process.Running`."""

    def fill(self, answer: Answer) -> None: ...

    def cancel(self, id: int) -> None: ...

    def drop(self, id: int) -> None: ...

    def distrust(self) -> WorkerEnded: ...


class Answer:
    """What comes back from one call: packets, until it ends. Iterate it, close it, or ask for its only one.

    One thread reads it; `deliver` and `nudge` are for whichever thread reads the pipe.
    """

    def __init__(self, asked: Asked, id: int) -> None:
        self._asked = asked
        self._id = id
        self._items: deque[tuple[Packet | None, EngineError | None]] = deque()
        self._nudges: SimpleQueue[None] = SimpleQueue()
        self._is_asleep = False
        self.waiting = 0
        """Bytes that came and were not read; counted by both sides, so only nearly right."""
        self.is_over = False
        """The last packet, or an error, was read."""

    @property
    def has_come(self) -> bool:
        """Whether something waits to be read."""
        return bool(self._items)

    def deliver(self, packet: Packet | None, error: EngineError | None = None) -> None:
        """A packet, an error, or (both None) the end."""
        if packet is not None:
            self.waiting += packet.size
        self._items.append((packet, error))
        self.nudge()

    def nudge(self) -> None:
        """Wake who sleeps."""
        if self._is_asleep:
            self._nudges.put(None)

    def sleep_unless(self, is_needed_elsewhere: Callable[[], bool]) -> None:
        """Wait for a nudge, unless something has come or this thread is wanted for something else."""
        # First said, then looked: whoever delivers does the two the other way round, so that none is missed.
        self._is_asleep = True
        try:
            if not self._items and not is_needed_elsewhere():
                # The second is for a nudge that Ctrl-C kept somebody from giving.
                self._nudges.get(timeout=1.0)
        except Empty:
            pass
        finally:
            self._is_asleep = False

    def next(self) -> Packet | None:
        """The next packet, None at the end. Raises EngineError."""
        if self.is_over:
            return None
        if not self._items:
            self._asked.fill(self)
        packet, error = self._items.popleft()
        if packet is not None:
            self.waiting -= packet.size
            return packet
        self.is_over = True
        if error is not None:
            raise error
        return None

    def __iter__(self) -> Iterator[Packet]:
        while (packet := self.next()) is not None:
            yield packet

    def one(self) -> Packet:
        """The only packet of an answer that has one. Raises EngineError."""
        first = self.next()
        if first is None or self.next() is not None:
            raise self._asked.distrust()
        return first

    def wait(self) -> None:
        """Wait for the end of an answer that has no packets. Raises EngineError."""
        if self.next() is not None:
            raise self._asked.distrust()

    def cancel(self) -> None:
        """Ask the child to end it soon; what it then sends still comes. Nothing happens where it has ended."""
        if not self.is_over:
            self._asked.cancel(self._id)

    def close(self) -> None:
        """Cancel it where it is not over; nobody will read it any more."""
        if not self.is_over:
            self.is_over = True
            self._asked.drop(self._id)
            self._asked.cancel(self._id)


def wall_of(untrusted_fields: Mapping[str, Any]) -> Wall:
    """What the answer to the hello says of the wall. Raises FrameError where it is none."""
    untrusted_ready = untrusted_fields.get("ready")
    if not isinstance(untrusted_ready, dict):
        raise FrameError("no answer to the hello")
    return Wall(_line(untrusted_ready.get("network"), 200), _line(untrusted_ready.get("files"), 200))


def error_of(untrusted_error: object) -> EngineError:
    """An error of the child, as one of ours. Raises FrameError where it is none."""
    if not isinstance(untrusted_error, dict):
        raise FrameError("neither an item nor an end")
    untrusted_kind = untrusted_error.get("kind")
    kind = _ERRORS.get(untrusted_kind) if isinstance(untrusted_kind, str) else None
    if kind is None:
        raise FrameError("an error of no kind")
    return kind(
        _line(untrusted_error.get("message"), _MOST_MESSAGE), hint=_line(untrusted_error.get("hint"), _MOST_MESSAGE)
    )


def _line(untrusted_text: object, most: int) -> str:
    """A text of the child's as one line of printable signs: it may reach a terminal."""
    if not isinstance(untrusted_text, str) or len(untrusted_text) > most:
        raise FrameError("no line of text")
    return "".join(char if char.isprintable() else "?" for char in untrusted_text)
