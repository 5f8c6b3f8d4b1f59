"""The logarithmic mel spectrum that Whisper and Smart Turn were trained on, in numpy.

The method is Whisper's (Radford et al. 2022; triangles on Slaney's scale, each of the same area), as in
`faster_whisper.feature_extractor`, which gives the same numbers but costs a second to import.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

RATE = 16_000
HOP = 160
"""Samples between two columns: 10 ms."""

_WINDOW = 400
_UNSHARED = 200_000  # OpenBLAS keeps products of fewer multiplications than 262,144 to one core
_BREAK_HZ = 1000.0
_LINEAR = 200.0 / 3
_STEP = np.log(6.4) / 27

Floats = npt.NDArray[np.float32]


@cache
def filters(bands: int, size: int = _WINDOW) -> Floats:
    """(bands, size / 2 + 1): the weights of each band over the frequencies of a transform of `size` samples."""
    highest = _BREAK_HZ / _LINEAR + np.log(RATE / 2 / _BREAK_HZ) / _STEP
    mels = np.linspace(0.0, highest, bands + 2)
    below = _LINEAR * mels
    above = _BREAK_HZ * np.exp(_STEP * (mels - _BREAK_HZ / _LINEAR))
    edges = np.where(mels >= _BREAK_HZ / _LINEAR, above, below)
    ramps = edges[:, None] - np.fft.rfftfreq(size, 1 / RATE)[None, :]
    widths = np.diff(edges)
    rising = -ramps[:-2] / widths[:-1, None]
    falling = ramps[2:] / widths[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    weights: Floats = (triangles * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)
    return weights


def into_bands(power: Floats, weights: Floats) -> Floats:
    """(frames, bands) of (frames, frequencies), a few frames at a time.

    As one product it wakes every core for a millisecond, and they then spin for longer than that.
    """
    step = max(1, _UNSHARED // weights.size)
    parts = [power[start : start + step] @ weights.T for start in range(0, len(power), step)]
    return np.concatenate(parts) if parts else np.zeros((0, len(weights)), np.float32)


def log_mel(samples: Floats, *, bands: int = 80) -> Floats:
    """(bands, samples / HOP), in units of Whisper: decades, four to the unit, at most two units below the loudest."""
    window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    padded = np.pad(samples, _WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::HOP][:-1]
    power = np.abs(np.fft.rfft(frames * window, axis=-1)) ** 2
    logs = np.log10(np.maximum(into_bands(power, filters(bands)), 1e-10)).T
    scaled: Floats = ((np.maximum(logs, logs.max() - 8) + 4) / 4).astype(np.float32)
    return scaled
