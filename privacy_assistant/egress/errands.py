"""Errands: a parcel goes out through the gate, and what comes back is read, as often as the one loop says."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from privacy_assistant.core.address import address_of
from privacy_assistant.core.breaker import Failure
from privacy_assistant.core.policy_terms import Backend
from privacy_assistant.egress.attempts import EVEN, Attempts, Problem, problem_of, problem_of_answer
from privacy_assistant.egress.broken import ASK_AGAIN, Broken, Halted
from privacy_assistant.egress.gate import Gate, Passage
from privacy_assistant.egress.goods import Goods
from privacy_assistant.egress.halt import Halt
from privacy_assistant.egress.reach import Reach
from privacy_assistant.egress.timeouts import Timeouts, timeouts_for
from privacy_assistant.errors import BackendRefused, ReplyMalformed
from privacy_assistant.ports import Delayed, Sent

_UNAUTHORIZED = 401

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes back, as it comes; `close` leaves the rest, `drain` says that nothing but its end is waited for."""

    chunks: Iterator[bytes]
    close: Callable[[], None]
    drain: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Asking(Generic[T]):
    """How one thing is asked of one back end. `begin` sends it, and gives the answer once it has begun or what was the
    matter (it may raise Broken and Halted too); `read` makes of the bytes what was asked for. `cancelled` is what is
    given at the end where somebody said halt."""

    goods: Goods
    begin: Callable[[Passage], Answer | Problem]
    read: Callable[[Answer], Iterator[T]]
    cancelled: tuple[T, ...] = ()


class Errands:
    """Runs errands for one back end; several may run at once, each in a thread of its own.

    `key` gives the key of the back end when it is needed, "" for none; `why_no_key` says why there is none, without
    asking anybody, `key_refused` is told that it was not accepted. `draw` gives even random numbers of [0, 1),
    `monotonic` counts seconds.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        gate: Gate,
        reach: Reach,
        key: Callable[[], str] = lambda: "",
        why_no_key: Callable[[], str] = lambda: "",
        key_refused: Callable[[], None] = lambda: None,
        timeouts: Timeouts | None = None,
        draw: Callable[[], float] = EVEN,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.backend = backend
        self.address = address_of(backend)
        self.gate = gate
        self.key_refused = key_refused
        self.timeouts = timeouts_for(backend, timeouts or Timeouts())
        self._reach = reach
        self._key = key
        self._why_no_key = why_no_key
        self._attempts = Attempts(backend, reach, self.timeouts.total, draw=draw, monotonic=monotonic)
        self._halts: dict[str, Halt] = {}
        self._passages: dict[str, Passage] = {}

    @property
    def host(self) -> str:
        """Where it is, as a person is shown it."""
        return self.address.shown

    def why_not(self) -> str:
        """Why it cannot be tried now; "" where it can. Asks nobody."""
        return self._why_no_key() or self._reach.why_not(self.backend)

    def cancel(self, parcel_id: str) -> None:
        """End that errand at once, also while it waits, or before it begins. Any thread or a signal handler may."""
        halt = self._halts.setdefault(parcel_id, Halt())
        halt.say()
        passage = self._passages.get(parcel_id)
        if passage is not None:
            passage.abort(halt)

    def close(self) -> None:
        """End every errand that still runs."""
        for parcel_id in list(self._passages):
            self.cancel(parcel_id)

    def refusal(self, status: int, untrusted_headers: Mapping[str, str], untrusted_body: bytes) -> Problem:
        """What an answer other than 200 says; a key that was not accepted is told to whoever has it."""
        if status == _UNAUTHORIZED:
            self.key_refused()
        now, is_sealed = self.gate.clock(), self.address.is_sealed
        return problem_of_answer(status, untrusted_headers, untrusted_body, self.backend, now, is_sealed=is_sealed)

    def run(self, asking: Asking[T]) -> Generator[T | Sent | Delayed, None, None]:
        """What comes back; `cancelled` ends it where it was cancelled.

        Raises EgressDenied and the errors of a key (nothing left), BackendRefused, Unreachable, TimedOut,
        ReplyMalformed. No attempt follows what was given.
        """
        parcel_id = asking.goods.parcel.id
        halt = self._halts.setdefault(parcel_id, Halt())
        try:
            yield from self._attempts.run(lambda deadline: self._attempt(asking, halt, deadline), halt)
        except Halted:
            yield from asking.cancelled
        finally:
            self._halts.pop(parcel_id, None)

    def _attempt(
        self, asking: Asking[T], halt: Halt, deadline: float
    ) -> Generator[T | Sent | Delayed, None, Problem | None]:
        """One attempt; returns what was the matter where nothing was given yet, and None when it is done."""
        parcel_id = asking.goods.parcel.id
        passage = self.gate.open(
            self.backend, asking.goods, self._key, halt=halt, timeouts=self.timeouts, deadline=deadline
        )
        self._passages[parcel_id] = passage
        outcome: Answer | Problem | Halted | None = None
        try:
            outcome = self._begun(asking, passage)
            if passage.sent is not None:
                yield passage.sent
            if isinstance(outcome, Halted):
                raise outcome
            if isinstance(outcome, Problem):
                return outcome
            return (yield from self._read(asking, outcome, passage, halt))
        finally:
            self._passages.pop(parcel_id, None)
            if isinstance(outcome, Answer):
                outcome.close()
            passage.close()

    def _begun(self, asking: Asking[T], passage: Passage) -> Answer | Problem | Halted:
        try:
            return asking.begin(passage)
        except Halted as halted:
            return halted
        except Broken as broken:
            return problem_of(broken, self.backend, may_pass=not broken.why)

    def _read(
        self, asking: Asking[T], answer: Answer, passage: Passage, halt: Halt
    ) -> Generator[T | Sent | Delayed, None, Problem | None]:
        """Raises what was the matter once something was given, and returns it before."""
        name = self.backend.name
        has_begun = False
        try:
            for item in asking.read(answer):
                if not has_begun:
                    has_begun = True
                    passage.answering()
                yield item
            return None
        except Broken as broken:
            problem = problem_of(broken, self.backend, may_pass=not broken.why)
        except BackendRefused as error:
            problem = Problem(BackendRefused(f"{name}: {error.message}", hint=error.hint), "it refuses", None)
        except ReplyMalformed as error:
            if halt.is_said:
                raise Halted from None
            told = ReplyMalformed(f"{name}: {error.message}", hint=ASK_AGAIN)
            problem = Problem(told, error.message, Failure.MALFORMED, may_pass=True)
        if has_begun:
            self._attempts.tell(problem)
            raise problem.error
        return problem
