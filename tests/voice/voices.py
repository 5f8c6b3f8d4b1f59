"""What a person in the room sounds like: speech of the voice in the package, lowered or raised so that it is not ours;
a cough, a hum, a knock; and recordings of the public data, by name.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from privacy_assistant.core.sound import HEARD_HZ
from privacy_assistant.engines.tts_piper import PiperSpeaker
from privacy_assistant.engines.voices import SHIPPED
from tests.voice.acoustics import SPEECH_DBFS, Sound, from_pcm, resampled, to_level

VOICES = {"low": (0.85, 1.1), "high": (1.15, 0.9), "ours": (1.0, 1.0)}
"""A person's voice: how much higher than ours, and how fast it speaks before that."""


@cache
def _speaker(speed: float) -> PiperSpeaker:
    return PiperSpeaker(SHIPPED, speed=speed)


@cache
def spoken(text: str, voice: str = "low") -> Sound:
    """A person says that, at the level of a person."""
    factor, speed = VOICES[voice]
    speaker = _speaker(speed)
    pcm = b"".join(frame.pcm for frame in speaker.speak(text))
    if not pcm:
        return np.zeros(0, dtype=np.float32)
    return to_level(resampled(from_pcm(pcm), factor * speaker.rate_hz / HEARD_HZ), SPEECH_DBFS)


@cache
def noise_of(kind: str) -> Sound:
    """A sound that is no word: a cough, a hum of listening, a knock, or half a minute of a vacuum cleaner."""
    draws = np.random.default_rng(len(kind))
    if kind == "cough":
        burst = draws.standard_normal(int(0.28 * HEARD_HZ)).astype(np.float32)
        shape = np.exp(-np.arange(len(burst)) / (0.07 * HEARD_HZ)).astype(np.float32)
        return to_level(_smoothed(burst, 6) * shape, SPEECH_DBFS + 6)
    if kind == "knock":
        burst = draws.standard_normal(int(0.05 * HEARD_HZ)).astype(np.float32)
        return to_level(burst * np.exp(-np.arange(len(burst)) / (0.008 * HEARD_HZ)).astype(np.float32), SPEECH_DBFS + 6)
    if kind == "hum":
        times = np.arange(int(0.42 * HEARD_HZ)) / HEARD_HZ
        pitch = 2 * np.pi * np.cumsum(118 + 14 * np.sin(2 * np.pi * times / 0.42)) / HEARD_HZ
        voiced = sum(np.sin(order * pitch) / order**1.5 for order in range(1, 12))
        dip = 1 - 0.85 * np.exp(-(((times - 0.2) / 0.03) ** 2))
        return to_level((voiced * dip * np.sin(np.pi * times / 0.42) ** 0.5).astype(np.float32), SPEECH_DBFS)
    if kind == "hoover":
        noise = _smoothed(draws.standard_normal(30 * HEARD_HZ).astype(np.float32), 4)
        times = np.arange(len(noise)) / HEARD_HZ
        whine = 0.3 * np.sin(2 * np.pi * 340 * times) + 0.15 * np.sin(2 * np.pi * 680 * times)
        return to_level((noise * 0.5 + whine * 0.5).astype(np.float32), SPEECH_DBFS - 6)
    raise ValueError(f"nobody makes a {kind} here")


def recording(name: str) -> Sound:
    """A recording of the public data, at the level of a person; skips the test where the data is absent."""
    import av

    place = Path(os.environ.get("PRIVACY_ASSISTANT_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")
    path = place / name
    if not path.is_file():
        pytest.skip(f"the test data has no {name}")
    parts = []
    with av.open(str(path)) as untrusted_container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=HEARD_HZ)
        for frame in untrusted_container.decode(audio=0):
            parts += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
        parts += [piece.to_ndarray()[0] for piece in resampler.resample(None)]
    return to_level((np.concatenate(parts) / 32768).astype(np.float32), SPEECH_DBFS)


def _smoothed(sound: Sound, samples: int) -> Sound:
    return np.convolve(sound, np.ones(samples, dtype=np.float32) / samples, mode="same").astype(np.float32)
