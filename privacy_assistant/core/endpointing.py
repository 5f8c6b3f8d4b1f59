"""When somebody began to speak, fell silent, went on, and was done: a table on the sample clock.

A turn has revisions. Every pause of 0.2 s is a soft end and makes the next revision, which others may begin to work
on; speech after it makes that revision stale; silence for as long as `Patience` says commits it. Seconds are those of
the sample clock throughout; nothing here reads one.

Two thresholds (hysteresis, as in Silero's own iterator): speech begins above the upper one and goes on above the lower
one. What is shorter than 0.09 s begins nothing and resumes nothing: a click, a cough, a cup.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import Enum, auto

from privacy_assistant.core.patience import Patience

SOFT_END = 0.2
"""Seconds of silence that make a revision."""

LEAST_SPEECH = 0.09
"""Seconds of speech that begin a turn or resume one: three windows of the voice detector."""

STARTS = 0.5
GOES_ON = 0.35
"""Probabilities from which on a window begins speech, or is still part of it."""

LONGEST_TURN = 60.0
"""Seconds, after which a turn is over whatever is heard; a radio is no speaker, and memory is finite."""

WENT_ON = 1.5
"""Seconds after the end of a turn within which new speech shows that it was none."""

UNJUDGED = 0.5
"""How complete a turn is said to be that nobody judged."""

_LOST = 0.05
"""Seconds between two windows from which on sound was lost, which counts as silence."""


@dataclass(frozen=True, slots=True)
class Started:
    """Somebody speaks; `at` is when they began, which is before it was known."""

    at: float


@dataclass(frozen=True, slots=True)
class Paused:
    """They fell silent: a soft end. `revision` counts from 1 within the turn."""

    at: float
    speech_end: float
    revision: int


@dataclass(frozen=True, slots=True)
class Resumed:
    """They went on: `revision` is stale. `at` is when that was known."""

    at: float
    revision: int


@dataclass(frozen=True, slots=True)
class Ended:
    """They are done: the turn is what was said until `revision`. `complete` is how sure the detectors were, 0..1."""

    at: float
    speech_end: float
    revision: int
    complete: float


Event = Started | Paused | Resumed | Ended


class _Phase(Enum):
    SILENT = auto()
    ONSET = auto()  # a sound that may become a turn
    SPEAKING = auto()
    FALLING = auto()  # silence that is not a pause yet
    PAUSED = auto()
    RESUMING = auto()  # a sound in a pause that may be speech


class _Heard(Enum):
    SPEECH = auto()
    UNSURE = auto()  # speech if there was speech
    SILENCE = auto()


_NEXT = {
    (_Phase.SILENT, _Heard.SPEECH): _Phase.ONSET,
    (_Phase.SILENT, _Heard.UNSURE): _Phase.SILENT,
    (_Phase.SILENT, _Heard.SILENCE): _Phase.SILENT,
    (_Phase.ONSET, _Heard.SPEECH): _Phase.ONSET,
    (_Phase.ONSET, _Heard.UNSURE): _Phase.ONSET,
    (_Phase.ONSET, _Heard.SILENCE): _Phase.SILENT,
    (_Phase.SPEAKING, _Heard.SPEECH): _Phase.SPEAKING,
    (_Phase.SPEAKING, _Heard.UNSURE): _Phase.SPEAKING,
    (_Phase.SPEAKING, _Heard.SILENCE): _Phase.FALLING,
    (_Phase.FALLING, _Heard.SPEECH): _Phase.SPEAKING,
    (_Phase.FALLING, _Heard.UNSURE): _Phase.FALLING,
    (_Phase.FALLING, _Heard.SILENCE): _Phase.FALLING,
    (_Phase.PAUSED, _Heard.SPEECH): _Phase.RESUMING,
    (_Phase.PAUSED, _Heard.UNSURE): _Phase.PAUSED,
    (_Phase.PAUSED, _Heard.SILENCE): _Phase.PAUSED,
    (_Phase.RESUMING, _Heard.SPEECH): _Phase.RESUMING,
    (_Phase.RESUMING, _Heard.UNSURE): _Phase.RESUMING,
    (_Phase.RESUMING, _Heard.SILENCE): _Phase.PAUSED,
}
_OUTSIDE = frozenset({_Phase.SILENT, _Phase.ONSET})


@dataclass(frozen=True, slots=True)
class _Turn:
    """What is known of the turn: `run` is where the latest sound began, `complete` what was judged of `revision`."""

    began: float = 0.0
    run: float = 0.0
    speech_end: float = 0.0
    revision: int = 0
    complete: float | None = None
    is_long: bool = False


class Endpointer:
    """Fed with the windows of a voice detector in order, gives the events of the turns.

    It tells `patience` of pauses and of turns it cut short; what is learned holds from the next judgement on. Nobody
    else need tell it.
    """

    def __init__(
        self,
        patience: Patience,
        *,
        starts: float = STARTS,
        goes_on: float = GOES_ON,
        least_speech: float = LEAST_SPEECH,
        longest_s: float = LONGEST_TURN,
    ) -> None:
        self._patience = patience
        self._starts = starts
        self._goes_on = goes_on
        self._least = least_speech
        self._longest = longest_s
        self._phase = _Phase.SILENT
        self._turn = _Turn()
        self._wait = patience.wait(None)
        self._at: float | None = None
        self._ended_at: float | None = None
        self._is_held = False

    @property
    def is_in_turn(self) -> bool:
        """Whether somebody speaks or pauses within a turn."""
        return self._phase not in _OUTSIDE

    @property
    def wait_s(self) -> float:
        """Seconds of silence that end the turn, as it was judged last."""
        return self._wait

    def feed(self, at: float, seconds: float, probability: float) -> tuple[Event, ...]:
        """A window of the voice detector that ends at `at`, lasted `seconds`, and is speech with this probability.

        Windows come in order; one that was heard already says nothing, and what lies between two of them is silence.
        """
        if math.isnan(at) or (self._at is not None and at <= self._at):
            return ()
        start = at - max(seconds, 0.0)
        events: list[Event] = []
        if self._at is not None and start > self._at + _LOST:
            self._step(self._at, start, _Heard.SILENCE, events)
        elif self._at is not None:
            start = max(start, self._at)
        self._at = at
        self._step(start, at, self._class_of(probability), events)
        return tuple(events)

    def judge(self, revision: int, complete: float, *, is_long: bool = False) -> None:
        """How complete the turn sounds at this pause, 0..1. The last word counts; of another revision it is ignored."""
        if self._phase not in (_Phase.PAUSED, _Phase.RESUMING) or revision != self._turn.revision:
            return
        if math.isnan(complete):
            return
        complete = min(max(complete, 0.0), 1.0)
        self._turn = replace(self._turn, complete=complete, is_long=is_long)
        self._wait = self._patience.wait(complete, is_long=is_long)

    def hold(self) -> None:
        """A key is held to talk: pauses are told of, and no silence ends the turn until `release`."""
        self._is_held = True

    def release(self, at: float) -> tuple[Event, ...]:
        """The key was let go at `at`: the turn is over at once, if there is one. Nothing where no key was held."""
        if not self._is_held:
            return ()
        self._is_held = False
        events: list[Event] = []
        if self.is_in_turn:
            self._end(at if self._at is None else max(at, self._at), 1.0, events)
        self._phase = _Phase.SILENT
        self._ended_at = None
        return tuple(events)

    def reset(self, at: float) -> None:
        """Forget the turn, and that there was one: what comes after our own speech is not the rest of a pause."""
        self._at = at if self._at is None else max(at, self._at)
        self._phase = _Phase.SILENT
        self._turn = _Turn()
        self._ended_at = None

    def _class_of(self, probability: float) -> _Heard:
        if probability >= self._starts:
            return _Heard.SPEECH
        return _Heard.UNSURE if probability >= self._goes_on else _Heard.SILENCE

    def _step(self, start: float, at: float, heard: _Heard, events: list[Event]) -> None:
        before, self._phase = self._phase, _NEXT[self._phase, heard]
        if self._phase is not before and self._phase in (_Phase.ONSET, _Phase.RESUMING):
            self._turn = replace(self._turn, run=start)
        elif self._phase is _Phase.FALLING and before is _Phase.SPEAKING:
            self._turn = replace(self._turn, speech_end=start)
        # Each may lead to the next within one window, if that is long: falling, paused, over.
        if self._phase is _Phase.ONSET and _reached(self._turn.run, at, self._least):
            self._begin(events)
        if self._phase is _Phase.RESUMING and _reached(self._turn.run, at, self._least):
            self._resume(at, events)
        if self._phase is _Phase.FALLING and _reached(self._turn.speech_end, at, SOFT_END):
            self._pause(at, self._turn.speech_end, events)
        if self._phase is _Phase.PAUSED and not self._is_held and _reached(self._turn.speech_end, at, self._wait):
            self._end(at, UNJUDGED if self._turn.complete is None else self._turn.complete, events)
        if self.is_in_turn and _reached(self._turn.began, at, self._longest):
            self._end(at, 0.0, events)
            self._ended_at = None

    def _begin(self, events: list[Event]) -> None:
        began = self._turn.run
        if self._ended_at is not None and began - self._ended_at <= WENT_ON and not self._is_held:
            self._patience.observe_cut()
        self._ended_at = None
        self._turn = _Turn(began=began, run=began)
        self._phase = _Phase.SPEAKING
        events.append(Started(began))

    def _pause(self, at: float, speech_end: float, events: list[Event]) -> None:
        revision = self._turn.revision + 1
        self._turn = replace(self._turn, speech_end=speech_end, revision=revision, complete=None, is_long=False)
        self._wait = self._patience.wait(None)
        self._phase = _Phase.PAUSED
        events.append(Paused(at, speech_end, revision))

    def _resume(self, at: float, events: list[Event]) -> None:
        if not self._is_held:
            # Somebody who holds a key pauses as long as they like: that says nothing about when they do not.
            self._patience.observe_pause(self._turn.run - self._turn.speech_end)
        self._phase = _Phase.SPEAKING
        events.append(Resumed(at, self._turn.revision))

    def _end(self, at: float, complete: float, events: list[Event]) -> None:
        if self._phase is _Phase.SPEAKING:
            self._pause(at, at, events)
        elif self._phase is _Phase.FALLING:
            self._pause(at, self._turn.speech_end, events)
        self._phase = _Phase.SILENT
        self._ended_at = at
        events.append(Ended(at, self._turn.speech_end, self._turn.revision, complete))


def _reached(since: float, at: float, seconds: float) -> bool:
    """A clock of samples counted in floats is off by less than a sample; a whole window later would be wrong."""
    return at - since >= seconds - 1e-6
