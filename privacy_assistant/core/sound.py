"""Sound as data: PCM, one channel, 16 bits with a sign, little-endian; in memory only, never written anywhere."""

from __future__ import annotations

from dataclasses import dataclass, field

HEARD_HZ = 16_000
"""What everything that listens is given: the rate of the recognisers, of the voice detector and of the wake words."""

TICKS_PER_SECOND = 100
"""The step of the whole loop is 10 ms: what WebRTC's audio processing takes at once, and nothing else."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A piece of sound on its own."""

    pcm: bytes = field(repr=False)
    rate_hz: int

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.pcm) / 2 / self.rate_hz


@dataclass(frozen=True, slots=True)
class Frame:
    """A piece of a stream of sound; `at` is the sample clock of that stream in seconds, at its first sample."""

    pcm: bytes = field(repr=False)
    rate_hz: int
    at: float

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.pcm) / 2 / self.rate_hz


@dataclass(frozen=True, slots=True)
class Tick:
    """10 ms of both directions at once: what was heard (at HEARD_HZ), and what the loudspeaker was given meanwhile.

    `played` is silence where nothing was said, at the rate of the card. `is_gap`: sound was lost right before this, so
    what remembers the past starts anew. `notices` are lines for the person about the devices.
    """

    heard: Frame
    played: Frame
    is_gap: bool = False
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was understood of an utterance. `confidence` is 0..1, about the chance that the words are right.

    `text` is "" where there was nothing to understand, and `rejected` then says why in a word (silence, noise, loop).
    `engine` names who listened.
    """

    text: str = field(repr=False)
    confidence: float
    engine: str
    language: str = ""
    rejected: str = ""
