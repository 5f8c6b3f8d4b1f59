"""Is the microphone muted, or is it so loud that speech is cut off? Told from the sound as it comes from the card.

A microphone that is on gives noise, however quiet the room is: whoever gives the same number for seconds is switched
off. After something was heard that takes longer to say, for headsets give zeros between words.
"""

from __future__ import annotations

import struct
from collections import deque

from privacy_assistant.core.sound import Frame

MUTED = "the microphone gives only silence: is it muted? · check its switch, and the input level in the sound settings"
CLIPPED = "the microphone is too loud, speech is cut off · turn its input level down, or move away from it"

MUTED_AFTER_S = 5.0
MUTED_LATER_AFTER_S = 30.0
"""Where it was heard before."""

CLIPPED_S = 0.15
"""So much of the last CLIPPED_WITHIN_S seconds is cut off where it is too loud."""
CLIPPED_WITHIN_S = 3.0
CLIPPED_AGAIN_AFTER_S = 300.0

_FULL = 32_700
_SAMPLES_AT_FULL = 3
"""A single sample at the limit is a click; three in a frame are a wave without its top."""


class MicrophoneWatch:
    """Listens to every frame of one microphone, before anything is taken out of it."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Another microphone, or none: nothing is known of it."""
        self._silent_s = 0.0
        self._was_heard = False
        self._is_told = False
        self._clipped: deque[tuple[float, float]] = deque()
        self._clipped_told_at: float | None = None

    def heard(self, frame: Frame) -> str:
        """The line for the person that this frame gives cause for, mostly "". Frames come in order, of any length."""
        if not frame.pcm:
            return ""
        if frame.pcm == frame.pcm[:2] * (len(frame.pcm) // 2):
            return self._silent(frame.seconds)
        self._silent_s, self._is_told, self._was_heard = 0.0, False, True
        return self._loud(frame)

    def _silent(self, seconds: float) -> str:
        self._silent_s += seconds
        needed = MUTED_LATER_AFTER_S if self._was_heard else MUTED_AFTER_S
        if self._is_told or self._silent_s < needed - 1e-6:
            return ""
        self._is_told = True
        return MUTED

    def _loud(self, frame: Frame) -> str:
        if not _is_clipped(frame.pcm):
            return ""
        now = frame.at + frame.seconds
        self._clipped.append((now, frame.seconds))
        while self._clipped[0][0] < now - CLIPPED_WITHIN_S:
            self._clipped.popleft()
        if sum(seconds for _, seconds in self._clipped) < CLIPPED_S - 1e-6:
            return ""
        if self._clipped_told_at is not None and now - self._clipped_told_at < CLIPPED_AGAIN_AFTER_S:
            return ""
        self._clipped_told_at = now
        return CLIPPED


def _is_clipped(pcm: bytes) -> bool:
    samples = struct.unpack(f"<{len(pcm) // 2}h", pcm)
    if max(samples) < _FULL and min(samples) > -_FULL:
        return False
    return sum(1 for sample in samples if not -_FULL < sample < _FULL) >= _SAMPLES_AT_FULL
