"""What was heard in the last seconds: a moment before somebody speaks, and their utterance until it was understood.

It lives in memory alone and is overwritten when it is let go.
"""

from __future__ import annotations

from privacy_assistant.core.sound import HEARD_HZ, Recording

_BYTES_PER_S = 2 * HEARD_HZ


class SoundMemory:
    """PCM at HEARD_HZ on the sample clock; what is older than `longest_s` is let go in any case."""

    def __init__(self, longest_s: float = 90.0) -> None:
        self._most = int(longest_s * HEARD_HZ) * 2
        self._pcm = bytearray()
        self._start = 0  # the sample at which it begins

    def add(self, pcm: bytes, at: float) -> None:
        """Append what was heard from `at` on; a jump of the clock begins anew."""
        sample = round(at * HEARD_HZ)
        if sample != self._start + len(self._pcm) // 2:
            self.forget()
            self._start = sample
        self._pcm += pcm
        if len(self._pcm) > self._most:
            self._drop(len(self._pcm) - self._most)

    def between(self, start: float, end: float) -> Recording:
        """What was heard from `start` to `end`, in seconds of the sample clock, as far as it is still here."""
        first = max(round(start * HEARD_HZ) - self._start, 0)
        last = max(round(end * HEARD_HZ) - self._start, first)
        return Recording(bytes(self._pcm[2 * first : 2 * last]), HEARD_HZ)

    def forget(self, before: float | None = None) -> None:
        """Overwrite and let go of what is older than `before`, or of everything."""
        samples = len(self._pcm) // 2 if before is None else round(before * HEARD_HZ) - self._start
        if samples > 0:
            self._drop(2 * samples)

    @property
    def seconds(self) -> float:
        """How much is held."""
        return len(self._pcm) / _BYTES_PER_S

    def _drop(self, size: int) -> None:
        size = min(size, len(self._pcm))
        self._pcm[:size] = bytes(size)
        del self._pcm[:size]
        self._start += size // 2
