"""The one loop that tries again, for everything that is asked of a back end, and what it is told of each attempt."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from privacy_assistant.core.backoff import next_delay, parse_retry_after
from privacy_assistant.core.breaker import Failure, failure_of
from privacy_assistant.core.policy_terms import Backend
from privacy_assistant.egress.broken import Broken, Halted
from privacy_assistant.egress.dialects import ErrorKind, error_kind, refusal
from privacy_assistant.egress.halt import Halt
from privacy_assistant.egress.reach import Reach
from privacy_assistant.errors import BackendRefused, Unreachable
from privacy_assistant.ports import Delayed

_ANOTHER = frozenset({Failure.SERVER, Failure.BUSY, Failure.MALFORMED})
"""What a second attempt may mend. Who takes no connection, has no name or is silent is not asked again: the answer
comes from elsewhere, and sooner."""

_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
EVEN = random.SystemRandom().random
"""Even random numbers of [0, 1)."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Problem:
    """An attempt that failed before anything of an answer was given: what a person is told, and whether another one
    may mend it. `failure` None: the back end is there, and refuses."""

    error: Unreachable
    words: str
    failure: Failure | None
    may_pass: bool = False
    retry_after: float | None = None


def problem_of(broken: Broken, backend: Backend, *, may_pass: bool = True, retry_after: float | None = None) -> Problem:
    """What became of an attempt that broke. `may_pass` false: it would break the same way again."""
    may_pass = may_pass and broken.failure in _ANOTHER
    return Problem(broken.told(backend.name), broken.words, broken.failure, may_pass, retry_after)


def problem_of_answer(
    status: int,
    untrusted_headers: Mapping[str, str],
    untrusted_body: bytes,
    backend: Backend,
    now: datetime,
    *,
    is_sealed: bool,
) -> Problem:
    """What an answer other than 200 says: by its status and the words of its code, never by its text. `now` is aware,
    for a date in Retry-After."""
    request_id = untrusted_headers.get("x-request-id", "")
    told = f"HTTP {status}" + (f", request {request_id}" if _REQUEST_ID.fullmatch(request_id) else "")
    failure = failure_of(status, untrusted_headers.get("content-type", ""), is_sealed=is_sealed)
    if 300 <= status < 400:
        words = f"it answers with a redirect, which is not followed ({told})"
        hint = "check base_url in the policy" if is_sealed else "log in to the network, or check base_url in the policy"
        return problem_of(Broken(failure or Failure.MALFORMED, words, hint), backend, may_pass=False)
    if failure is Failure.CAPTIVE:
        return problem_of(Broken(failure), backend)
    kind = error_kind(status, untrusted_body)
    if not kind.may_pass:
        words, hint = refusal(kind)
        return Problem(BackendRefused(f"{backend.name}: {words} ({told})", hint=hint), words, None)
    failure = Failure.BUSY if kind is ErrorKind.BUSY else Failure.SERVER
    retry_after = parse_retry_after(untrusted_headers.get("retry-after"), now)
    return problem_of(Broken(failure, f"{Broken(failure).words} ({told})"), backend, retry_after=retry_after)


class Attempts:
    """Tries, and tells `reach` how it went. `seconds` is for all attempts and pauses together; `draw` gives even
    random numbers of [0, 1), `monotonic` counts seconds."""

    def __init__(
        self,
        backend: Backend,
        reach: Reach,
        seconds: float,
        *,
        draw: Callable[[], float] = EVEN,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._backend = backend
        self._reach = reach
        self._seconds = seconds
        self._draw = draw
        self._monotonic = monotonic

    def run(
        self, attempt: Callable[[float], Generator[T, None, Problem | None]], halt: Halt
    ) -> Generator[T | Delayed, None, None]:
        """Everything that the attempts give. `attempt` gets the deadline; it returns what was the matter where it gave
        nothing of an answer yet, and None when it is done.

        Raises the error of the last attempt, and Halted where somebody said so.
        """
        deadline = self._monotonic() + self._seconds
        number = 0
        while True:
            if halt.is_said:
                raise Halted
            number += 1
            self._reach.trying(self._backend)
            problem = yield from attempt(deadline)
            if problem is None:
                self._reach.succeeded(self._backend)
                return
            self.tell(problem)
            left = deadline - self._monotonic()
            delay = next_delay(number, self._draw(), problem.retry_after, left) if problem.may_pass else None
            if delay is None:
                raise problem.error
            yield Delayed(delay, problem.words)
            halt.wait(delay)

    def tell(self, problem: Problem) -> None:
        """Tell `reach`. Who refuses is there."""
        if problem.failure is None:
            self._reach.succeeded(self._backend)
        else:
            self._reach.failed(self._backend, problem.failure, problem.retry_after)
