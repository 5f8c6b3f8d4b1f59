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

UNDERSTOOD = (
    "What time is it?",
    "What time is it in Tokyo?",
    "What day is it?",
    "What's the date today?",
    "Set a timer for 5 minutes.",
    "Set a timer for 10 minutes.",
    "Set a timer for 20 minutes.",
    "Set a timer for half an hour.",
    "Set a pasta timer for 8 minutes.",
    "Set a pizza timer for 20 minutes.",
    "How much time is left?",
    "How long is left on the timer?",
    "Cancel the timer.",
    "Cancel all timers.",
    "Set an alarm for 7 AM.",
    "Set an alarm for 6.30 AM.",
    "Wake me up at 8 AM.",
    "Remind me to call mum tomorrow at 5 PM.",
    "Remind me to water the plants.",
    "Remind me to take out the trash tonight.",
    "What is 20% of 50?",
    "What is 50 plus 30?",
    "How many feet in a mile?",
    "Add milk to my shopping list.",
    "Add bread to my shopping list.",
    "Add milk and eggs to my shopping list.",
    "Remove milk from my shopping list.",
    "What's on my shopping list?",
    "Read my shopping list.",
    "Take a note, buy stamps.",
    "Read my notes.",
    "Set the volume to 50%.",
    "Louder.",
    "Turn down the volume.",
    "Repeat that.",
    "Say that again.",
    "Stop.",
    "Stop talking.",
    "Wait.",
    "Wait a minute.",
    "No, wait.",
    "Hold on.",
    "Never mind.",
    "Yes.",
    "Yes please.",
    "No.",
    "Cancel that.",
    "Okay.",
    "Mhm.",
    "Yeah.",
    "Right.",
    "Go on.",
    "Continue.",
    "Thank you.",
    "Good morning.",
    "Goodbye.",
    "What's the weather?",
    "What is the capital of France?",
    "What is the capital of Italy?",
    "Who wrote Hamlet?",
    "Tell me a joke.",
    "Tell me a story.",
    "Tell me a long story.",
    "Tell me about Paris.",
    "Write a poem about the sea.",
    "Why is the sky blue?",
    "How far away is the moon?",
    "What is the meaning of life?",
    "How are you?",
    "How are you today?",
    "Who are you?",
    "What can you do?",
    "I am tired.",
    "I live in Berlin.",
    "My name is Anna.",
    "My name is Peter.",
    "My name is Maria Brown.",
)
"""What the tiny Whisper writes word for word in every voice here, marks included; tests may rely on it."""


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
