"""Speech for tests by the voice of the package itself: real words without a recording, a network or a synthesiser.

`say` gives what the tiny Whisper of tests/engines/data/tiny_whisper understands, if the sentence is one of its own
(models/tiny_whisper/templates).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.engines.tts_piper import PiperSpeaker
from privacy_assistant.engines.voices import SHIPPED

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Manner:
    """How fast, and how high against the voice as it is."""

    pace: float = 1.0
    pitch: float = 1.0


VOICES = {
    "plain": Manner(),
    "slow": Manner(pace=0.85),
    "quick": Manner(pace=1.15),
    "high": Manner(pitch=1.08),
    "low": Manner(pitch=0.93),
}
"""The people that this one voice can be."""


@cache
def say(text: str, voice: str = "plain", *, noise_db: float | None = None, around_s: float = 0.3) -> Recording:
    """A text said, at 16 kHz and half of full scale, with silence around it; the same each time.

    `noise_db` lays pink noise so many decibels below the speech. Raises KeyError for a voice that is not in VOICES.
    """
    manner = VOICES[voice]
    speaker = _speaker(manner.pace / manner.pitch)
    pcm = b"".join(frame.pcm for frame in speaker.speak(text))
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
    size = int(len(samples) * HEARD_HZ / speaker.rate_hz / manner.pitch)
    speech = _stretched(samples, size)
    speech *= 16_000 / max(1.0, float(np.abs(speech).max()))
    around = np.zeros(int(around_s * HEARD_HZ))
    sound = np.concatenate([around, speech, around])
    if noise_db is not None:
        level = float(np.sqrt((speech**2).mean())) * 10 ** (-noise_db / 20)
        sound = sound + pink_noise(len(sound)) * level
    return Recording(np.clip(np.round(sound), -32768, 32767).astype("<i2").tobytes(), HEARD_HZ)


def quiet(seconds: float) -> Recording:
    """Nothing at all."""
    return Recording(bytes(2 * int(seconds * HEARD_HZ)), HEARD_HZ)


def joined(*recordings: Recording) -> Recording:
    """One after the other; all at one rate."""
    rates = {each.rate_hz for each in recordings}
    assert len(rates) == 1
    return Recording(b"".join(each.pcm for each in recordings), rates.pop())


def pink_noise(size: int, seed: int = 0) -> Floats:
    """Noise like that of rooms, of variance one; the same for the same seed."""
    white = np.random.default_rng(seed).standard_normal(size)
    made = np.fft.irfft(np.fft.rfft(white) / np.sqrt(np.maximum(1, np.arange(size // 2 + 1))), size)
    return np.asarray(made / made.std(), np.float64)


@cache
def _speaker(speed: float) -> PiperSpeaker:
    return PiperSpeaker(SHIPPED, speed=speed)


def _stretched(samples: Floats, size: int) -> Floats:
    """The same wave in so many samples, by the Fourier transform."""
    if size == len(samples) or not len(samples):
        return samples.copy()
    spectrum = np.fft.rfft(samples)
    kept = min(len(spectrum), size // 2 + 1)
    fitted = np.zeros(size // 2 + 1, np.complex128)
    fitted[:kept] = spectrum[:kept]
    return np.asarray(np.fft.irfft(fitted, size) * (size / len(samples)), np.float64)
