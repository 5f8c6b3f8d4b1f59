"""Ear and mouth as settings and installed models choose them now: a loop that runs takes up another one by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from privacy_assistant.app.paths import Paths, state_of
from privacy_assistant.core.sound import Frame, Recording, Transcript
from privacy_assistant.errors import AssistantError
from privacy_assistant.ports.sound import Speaker, Transcriber


class _Named(Protocol):
    @property
    def name(self) -> str: ...

    def warm(self) -> None: ...

    def close(self) -> None: ...


_E = TypeVar("_E", bound=_Named)


class Present(Generic[_E]):
    """One engine, and another one in its place once the settings or the installed models name another.

    `find` looks which one it is now. What is wrong with a new one is told, and the old one goes on.
    """

    def __init__(self, first: _E, find: Callable[[], _E], paths: Paths, say: Callable[[str], None]) -> None:
        self._now = first
        self._find = find
        self._files = (paths.config, paths.installed)
        self._state = self._look()
        self._say = say

    @property
    def latest(self) -> _E:
        """The one that was used last."""
        return self._now

    def taken_up(self) -> _E:
        """The one that is chosen now, loaded."""
        state = self._look()
        if state == self._state:
            return self._now
        self._state = state
        try:
            other = self._find()
            if other.name == self._now.name:
                other.close()
                return self._now
            other.warm()
        except AssistantError as error:
            self._say(f"{error.message}; {self._now.name} goes on" + (f" · {error.hint}" if error.hint else ""))
            return self._now
        self._say(f"{other.name} takes the place of {self._now.name}")
        self._now.close()
        self._now = other
        return other

    def _look(self) -> tuple[tuple[int, ...], ...]:
        return tuple(state_of(file) for file in self._files)


class PresentTranscriber:
    """Implements `ports.sound.Transcriber` by the one that is chosen now."""

    def __init__(self, present: Present[Transcriber]) -> None:
        self._present = present

    @property
    def name(self) -> str:
        """Of the one that listened last."""
        return self._present.latest.name

    def warm(self) -> None:
        """Load it."""
        self._present.latest.warm()

    def transcribe(self, sound: Recording, *, hints: Sequence[str] = (), language: str = "") -> Transcript:
        """As that one understands. Raises EngineError."""
        return self._present.taken_up().transcribe(sound, hints=hints, language=language)

    def close(self) -> None:
        """Let go of it."""
        self._present.latest.close()


class PresentSpeaker:
    """Implements `ports.sound.Speaker` by the one that is chosen now; each frame says its own rate."""

    def __init__(self, present: Present[Speaker]) -> None:
        self._present = present

    @property
    def name(self) -> str:
        """Of the one that spoke last."""
        return self._present.latest.name

    @property
    def rate_hz(self) -> int:
        """Of the one that spoke last."""
        return self._present.latest.rate_hz

    def warm(self) -> None:
        """Load it."""
        self._present.latest.warm()

    def speak(self, text: str) -> Iterator[Frame]:
        """As that one speaks. Raises EngineError."""
        yield from self._present.taken_up().speak(text)

    def close(self) -> None:
        """Let go of it."""
        self._present.latest.close()
