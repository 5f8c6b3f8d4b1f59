"""A stopwatch at the doors between the stages of an answer: each gets the time that no stage inside it took.

It is put in place for a measurement, and taken away after it. What is watched runs one at a time: a search in a thread
of its own is waited for, so one stack holds all of them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any


@dataclass(frozen=True, slots=True)
class Stage:
    """A function that is watched: an attribute of a class or of the module that calls it by that name."""

    name: str
    owner: Any
    attribute: str


@dataclass(slots=True)
class Stopwatch:
    """Milliseconds by stage since the last `read`."""

    _times: dict[str, float] = field(default_factory=dict)
    _inside: list[float] = field(default_factory=list)

    def read(self) -> dict[str, float]:
        """What was measured; from now on it counts from zero."""
        times, self._times = self._times, {}
        return times

    def watch(self, name: str, run: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, timed."""

        @wraps(run)
        def timed(*arguments: Any, **named: Any) -> Any:
            self._inside.append(0.0)
            begin = time.perf_counter()
            try:
                return run(*arguments, **named)
            finally:
                took = 1000 * (time.perf_counter() - begin)
                own = took - self._inside.pop()
                self._times[name] = self._times.get(name, 0.0) + own
                if self._inside:
                    self._inside[-1] += took

        return timed


@contextmanager
def watching(stages: Sequence[Stage]) -> Iterator[Stopwatch]:
    """Watch these stages while the block runs. Raises AttributeError for a function that is not there."""
    stopwatch = Stopwatch()
    before = [(stage, getattr(stage.owner, stage.attribute)) for stage in stages]
    try:
        for stage, run in before:
            setattr(stage.owner, stage.attribute, stopwatch.watch(stage.name, run))
        yield stopwatch
    finally:
        for stage, run in before:
            setattr(stage.owner, stage.attribute, run)
