"""A recording as the recognisers take it: at their rate, and loud enough to be worth asking about."""

from __future__ import annotations

from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.engines.level import dbfs
from privacy_assistant.engines.sound_file import resampled

_PIECE_S = 10
"""Of a second, a tenth: shorter than a short word, longer than a click."""


def at_heard_rate(sound: Recording) -> Recording:
    """The same at HEARD_HZ."""
    return sound if sound.rate_hz == HEARD_HZ else resampled(sound, HEARD_HZ)


def loudest_dbfs(sound: Recording) -> float:
    """The level of the loudest tenth of a second, in dB below full scale; -96 for no sound at all."""
    step = 2 * max(1, sound.rate_hz // _PIECE_S)
    return max((dbfs(sound.pcm[at : at + step]) for at in range(0, len(sound.pcm) - 1, step)), default=-96.0)
