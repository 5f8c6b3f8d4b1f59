"""Ports of the voice: ear, mouth, and who understands and speaks. Each has one fake in tests/fakes.py.

All of it is on the sample clock: `Frame.at` counts samples and not seconds of a wall, so that the loop runs faster
than real time over files and gives the same result each time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from privacy_assistant.core.sound import Frame, Recording, Tick, Transcript


class SoundCard(Protocol):
    """Ear and mouth on one sample clock: devices, files, or a simulated room."""

    @property
    def rate_hz(self) -> int:
        """Of the loudspeaker; a multiple of 100, so that 10 ms are whole samples."""

    def ticks(self, fill: Callable[[int], bytes]) -> Iterator[Tick]:
        """10 ms at a time, until the source ends or `close` is called; a lost device gives silence, not an end.

        `fill(n)` is asked, perhaps in another thread, for the next n samples to be played; it answers at once and
        gives exactly 2 n bytes. Raises EngineMissing or EngineFailed, with a remedy, where nothing can be opened.
        """

    def close(self) -> None:
        """End `ticks`; any thread or a signal handler may call."""


class EchoCanceller(Protocol):
    """Takes what we play out of what we hear, and noise with it."""

    @property
    def is_full_duplex(self) -> bool:
        """False where nothing is taken out: whoever listens has to be deaf while we speak."""

    def clean(self, tick: Tick) -> Frame:
        """What was heard without what was played; 10 ms in, 10 ms out."""

    def reset(self) -> None:
        """Forget the room."""


class SpeechDetector(Protocol):
    """Is that speech."""

    def probability(self, frame: Frame) -> float | None:
        """0..1 for the window that this frame completes, None where it completes none; at HEARD_HZ, any length."""

    def reset(self) -> None:
        """Forget what was heard."""


class TurnDetector(Protocol):
    """Does somebody who fell silent sound as if they were done."""

    @property
    def name(self) -> str:
        """Which one it is, as the person is told."""

    def probability(self, sound: Recording) -> float:
        """0..1, from the last seconds before the silence, at HEARD_HZ; at most the last 8 seconds count."""


class WakeWord(Protocol):
    """Listens for a few words all the time, at hardly any cost."""

    @property
    def words(self) -> tuple[str, ...]:
        """What it knows, as a person says it."""

    def heard(self, frame: Frame) -> str:
        """The word that was just spoken, "" for none; frames at HEARD_HZ, any length."""

    def reset(self) -> None:
        """Forget what was heard."""


class Transcriber(Protocol):
    """Speech to text."""

    @property
    def name(self) -> str:
        """Who listens, as the person is told."""

    def warm(self) -> None:
        """Load, and understand something once, so that the first utterance waits for nothing. Raises EngineError."""

    def transcribe(self, sound: Recording, *, hints: Sequence[str] = (), language: str = "") -> Transcript:
        """What was said. `hints` are names and terms that are likely, `language` a tag, "" for whichever.

        Any rate; one call at a time, a second waits. Raises EngineError.
        """

    def close(self) -> None: ...


class Speaker(Protocol):
    """Text to speech."""

    @property
    def name(self) -> str:
        """Who speaks, as the person is told."""

    @property
    def rate_hz(self) -> int: ...

    def warm(self) -> None:
        """Load, and say something to nobody once. Raises EngineError."""

    def speak(self, text: str) -> Iterator[Frame]:
        """The sound of a speakable piece of text as it comes, without silence before it; `at` counts from its start.

        Nothing at all for a text that holds no word. Raises EngineError.
        """

    def close(self) -> None: ...
