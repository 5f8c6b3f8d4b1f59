"""Engines of installed models with the spare one behind them, which takes over where the first work fails.

Once an engine did some work it stays: a voice that changes in the middle of a talk would be odder than an error.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Generic, TypeVar

from privacy_assistant.core.sound import Frame, Recording, Transcript
from privacy_assistant.errors import EngineError
from privacy_assistant.ports.sound import Speaker, Transcriber, TurnDetector

E = TypeVar("E")
T = TypeVar("T")


class _Post(Generic[E]):
    """Who does the work now. `spare` makes the other engine; `tell` is called when it takes over."""

    def __init__(self, engine: E, spare: Callable[[], E], tell: Callable[[], None]) -> None:
        self.engine = engine
        self.is_settled = False
        self._spare = spare
        self._tell = tell
        self._lock = threading.Lock()

    def work(self, do: Callable[[E], T]) -> T:
        """Let the engine do something; where that is its first work and fails, the spare one does it."""
        engine = self.engine
        try:
            done = do(engine)
        except EngineError as error:
            # One that is closed since the spare one took over was closed by that.
            if (error.is_closed and self.engine is engine) or not self.gave_up(engine):
                raise
            return do(self.engine)
        self.is_settled = True
        return done

    def gave_up(self, engine: E) -> bool:
        """Whether the spare one stands in for this engine, which failed; it does so from now on."""
        with self._lock:
            if self.engine is engine:
                if self.is_settled:
                    return False
                self.engine = self._spare()
                self._tell()
                _close(engine)
            self.is_settled = True
            return self.engine is not engine


class SparedTranscriber:
    """Implements `ports.sound.Transcriber`."""

    def __init__(self, engine: Transcriber, spare: Callable[[], Transcriber], tell: Callable[[], None]) -> None:
        self._post = _Post(engine, spare, tell)

    @property
    def name(self) -> str:
        """Of who listens now."""
        return self._post.engine.name

    def warm(self) -> None:
        """Load and understand something once. Raises EngineError where the spare one cannot either."""
        self._post.work(lambda engine: engine.warm())

    def transcribe(self, sound: Recording, *, hints: Sequence[str] = (), language: str = "") -> Transcript:
        """What was said."""
        return self._post.work(lambda engine: engine.transcribe(sound, hints=hints, language=language))

    def close(self) -> None:
        """Close who listens now."""
        self._post.engine.close()


class SparedSpeaker:
    """Implements `ports.sound.Speaker`. `rate_hz` may change with the first work, and not after it."""

    def __init__(self, engine: Speaker, spare: Callable[[], Speaker], tell: Callable[[], None]) -> None:
        self._post = _Post(engine, spare, tell)

    @property
    def name(self) -> str:
        """Of who speaks now."""
        return self._post.engine.name

    @property
    def rate_hz(self) -> int:
        """Of who speaks now."""
        return self._post.engine.rate_hz

    def warm(self) -> None:
        """Load and say something to nobody once. Raises EngineError where the spare one cannot either."""
        self._post.work(lambda engine: engine.warm())

    def speak(self, text: str) -> Iterator[Frame]:
        """The sound of a text. What fails before its first frame is said by the spare voice."""
        if self._post.is_settled:
            yield from self._post.engine.speak(text)
            return
        first, rest = self._post.work(lambda engine: _begun(engine.speak(text)))
        try:
            if first is not None:
                yield first
                yield from rest
        finally:
            _close(rest)

    def close(self) -> None:
        """Close who speaks now."""
        self._post.engine.close()


class SparedTurnDetector:
    """Implements `ports.sound.TurnDetector`."""

    def __init__(self, engine: TurnDetector, spare: Callable[[], TurnDetector], tell: Callable[[], None]) -> None:
        self._post = _Post(engine, spare, tell)

    @property
    def name(self) -> str:
        """Of who decides now."""
        return self._post.engine.name

    def probability(self, sound: Recording) -> float:
        """How complete it sounds, 0..1."""
        return self._post.work(lambda engine: engine.probability(sound))

    def close(self) -> None:
        """End the process of who decides now, where it has one."""
        _close(self._post.engine)


def _begun(frames: Iterator[Frame]) -> tuple[Frame | None, Iterator[Frame]]:
    return next(frames, None), frames


def _close(what: object) -> None:
    """Not every engine has something to close, nor every stream."""
    close = getattr(what, "close", None)
    if close is not None:
        close()
