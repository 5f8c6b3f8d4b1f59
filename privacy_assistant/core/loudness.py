"""How loud a piece of sound is; pure, for a look now and then (`engines.level` is for every 10 ms)."""

from __future__ import annotations

import math
import struct

SILENCE_DBFS = -96.0
"""What 16 bits cannot go below."""


def dbfs(pcm: bytes) -> float:
    """The mean power of 16-bit samples in dB below full scale; -96 for silence, and for no sound at all."""
    count = len(pcm) // 2
    if not count:
        return SILENCE_DBFS
    power = sum(sample * sample for sample in struct.unpack(f"<{count}h", pcm[: 2 * count])) / count
    return max(10 * math.log10(power / 32768**2), SILENCE_DBFS) if power else SILENCE_DBFS
