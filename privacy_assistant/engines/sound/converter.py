"""One rate to another, piece by piece: a windowed sinc, of which each output sample needs one phase.

The same samples come out whichever way the input is cut, so there are no clicks where two pieces meet.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

_CROSSINGS = 24
"""Zero crossings of the sinc on each side: 1.5 ms at 16 kHz, which is also how late the output is."""

_BETA = 10.0
"""Kaiser's window for about 100 dB below the pass band, which is what 16 bits can hold."""

_CUTOFF = 0.92
"""Of half the lower rate: from there the filter falls, and it is down where what is above would fold back."""

_MOST_PHASES = 96_000

Samples = npt.NDArray[np.float64]


class Converter:
    """A stream of 16-bit samples of one channel from `from_hz` to `to_hz`. One thread at a time.

    Raises ValueError for rates that are not above 0, or have so little in common that the table of phases would be
    larger than anything a sound card does.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        if min(from_hz, to_hz) <= 0:
            raise ValueError("a rate must be above 0")
        common = math.gcd(from_hz, to_hz)
        self._up, self._down = to_hz // common, from_hz // common
        if self._up > _MOST_PHASES:
            raise ValueError("rates with too little in common")
        self._table = _phases(self._up, self._down) if self._up != self._down else np.empty((0, 0))
        self.reset()

    def reset(self) -> None:
        """Forget the sound so far."""
        taps = self._table.shape[1]
        # Before its first sample a stream is silent; with half a filter of that, output 0 stands over input 0.
        self._buffer: Samples = np.zeros(max(0, taps // 2 - 1))
        self._dropped: int = 0
        self._received: int = 0
        self._given: int = 0

    def feed(self, pcm: bytes) -> bytes:
        """What can be computed now; whole samples in, whole samples out."""
        if self._up == self._down:
            return pcm
        samples = np.frombuffer(pcm, dtype="<i2")
        self._received += len(samples)
        self._buffer = np.concatenate((self._buffer, samples))
        return self._computed(self._given + self._ready())

    def flush(self) -> bytes:
        """The rest of a sound that has ended, and forget it: all together it is as long as it was."""
        if self._up == self._down:
            return b""
        self._buffer = np.concatenate((self._buffer, np.zeros(self._table.shape[1])))
        rest = self._computed(-(-self._received * self._up // self._down))
        self.reset()
        return rest

    def _ready(self) -> int:
        """How many output samples have all of their inputs."""
        first_missing = self._dropped + len(self._buffer) - self._table.shape[1] + 1
        ready: int = -(-first_missing * self._up // self._down) - self._given
        return max(0, ready)

    def _computed(self, end: int) -> bytes:
        if end <= self._given:
            return b""
        ticks = np.arange(self._given, end, dtype=np.int64) * self._down
        windows = np.lib.stride_tricks.sliding_window_view(self._buffer, self._table.shape[1])
        sums = (windows[ticks // self._up - self._dropped] * self._table[ticks % self._up]).sum(axis=1)
        self._given = end
        drop = min(end * self._down // self._up - self._dropped, len(self._buffer))
        self._buffer = self._buffer[drop:]
        self._dropped += drop
        rounded: npt.NDArray[np.int16] = np.clip(np.rint(sums), -32768, 32767).astype("<i2")
        return rounded.tobytes()


def _phases(up: int, down: int) -> Samples:
    """A row per phase: what each input sample around it weighs for an output sample between two of them."""
    share = min(1.0, up / down)
    half = math.ceil(_CROSSINGS / share)
    offsets = np.arange(-half + 1, half + 1)
    at = offsets[None, :] - np.arange(up)[:, None] / up
    weights: Samples = _CUTOFF * share * np.sinc(_CUTOFF * share * at)
    inside = np.clip(1 - (at / half) ** 2, 0, None)
    weights *= np.i0(_BETA * np.sqrt(inside)) / np.i0(_BETA)
    # Each row lets a constant through unchanged; else the phases would hum at their own rate.
    weights /= weights.sum(axis=1, keepdims=True)
    return weights
