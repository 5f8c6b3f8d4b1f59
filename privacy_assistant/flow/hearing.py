"""From ticks of the sound card to what was heard: echo taken out, is it speech, was it a wake word, was it "stop".

Only what is needed runs: the wake word while the ear is closed, the voice detector while it is open, the key phrases
while we speak. What was heard is kept for a moment in a `SoundMemory`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from privacy_assistant.core.endpointing import STARTS
from privacy_assistant.core.sound import Frame, Tick
from privacy_assistant.flow.sound_memory import SoundMemory
from privacy_assistant.ports.sound import EchoCanceller, SpeechDetector, WakeWord

DEAF_AFTER_S = 0.3
"""Seconds after our own voice for which whoever cannot take it out of what they hear stays deaf: a room rings."""


SPEECH_WITHIN_S = 0.8
"""Seconds before a key phrase was told in which the voice detector has to have heard somebody."""


@dataclass(frozen=True, slots=True)
class Sounded:
    """What one tick brought; `at` is its end on the sample clock.

    `probability` is that of a window of the voice detector of `window_s` seconds which ended here, None where none did.
    """

    at: float
    frame: Frame = field(repr=False)
    probability: float | None = None
    window_s: float = 0.0
    wake: str = ""
    phrase: str = ""
    is_deaf: bool = False


class Ear:
    """What hears for one loop."""

    def __init__(
        self,
        canceller: EchoCanceller,
        detector: SpeechDetector,
        *,
        wake: WakeWord | None = None,
        stop: WakeWord | None = None,
    ) -> None:
        self._canceller = canceller
        self._detector = detector
        self._wake = wake
        self._stop = stop
        self._window_began: float | None = None
        self._deaf_until = 0.0
        self._was_speaking = False
        self._speech_at = -SPEECH_WITHIN_S
        self.memory = SoundMemory()

    def hear(self, tick: Tick, *, is_open: bool, is_speaking: bool) -> Sounded:
        """One tick. `is_open`: whether somebody may speak now without a wake word; `is_speaking`: whether we do."""
        at = tick.heard.at + tick.heard.seconds
        if tick.is_gap:
            # The canceller finds the echo again by itself, within 0.1 s, and sooner than from the beginning; what was
            # said so far is still what was said.
            self._detector.reset()
        clean = self._canceller.clean(tick)
        if is_speaking and not self._canceller.is_full_duplex:
            self._deaf_until = at + DEAF_AFTER_S
        is_deaf = at <= self._deaf_until
        if is_deaf:
            clean = Frame(bytes(len(clean.pcm)), clean.rate_hz, clean.at)
        self.memory.add(clean.pcm, tick.heard.at)
        wake = phrase = ""
        if not is_open and self._wake is not None:
            wake = self._wake.heard(clean)
        probability = None
        window_s = 0.0
        if is_open or is_speaking:
            if self._window_began is None:
                self._window_began = tick.heard.at
            probability = self._detector.probability(clean)
            if probability is not None:
                window_s = at - self._window_began
                self._window_began = at
        elif self._window_began is not None:
            self._window_began = None
            self._detector.reset()
        if probability is not None and probability >= STARTS:
            self._speech_at = at
        if self._stop is not None:
            if is_speaking and not self._was_speaking:
                self._stop.reset()  # what it heard over our last answer is no part of this one
            if is_speaking and not is_deaf:
                phrase = self._stop.heard(clean)
            # What is left of an echo can sound like any short word, and never like speech.
            if at - self._speech_at > SPEECH_WITHIN_S:
                phrase = ""
        self._was_speaking = is_speaking
        return Sounded(at, clean, probability, window_s, wake, phrase, is_deaf)
