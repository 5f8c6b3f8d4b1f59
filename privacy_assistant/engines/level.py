"""How loud a piece of sound is."""

from __future__ import annotations

import math

import numpy as np

FULL_SCALE = 32768


def loudness(pcm: bytes) -> float:
    """Root mean square of the samples (16 bits), of 32768; 0 for no sound at all."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
    return math.sqrt(float(samples @ samples) / len(samples)) if len(samples) else 0.0


def dbfs(pcm: bytes) -> float:
    """The same in dB below full scale; -96 is silence."""
    return 20 * math.log10(max(loudness(pcm), 0.52) / FULL_SCALE)
