"""Who says the sentences: espeak-ng in several voices, and the Piper voice that this project makes itself."""

from __future__ import annotations

import ctypes
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import espeakng_loader
import numpy as np
import numpy.typing as npt

from privacy_assistant.engines.silence import silence

Sound = npt.NDArray[np.float32]
"""One channel at 16 kHz, -1 to 1."""

HEARD_HZ = 16_000
OWN_VOICE = Path(__file__).parents[2] / "privacy_assistant" / "engines" / "voices" / "en_US-robot-low.onnx"
PIPER = "piper"

KNOWN = tuple(f"{accent}{variant}" for accent in ("en-us", "en") for variant in ("", "+m1", "+m3", "+m7", "+f2", "+f4"))
"""The voices of espeak-ng that are trained on; "en" is British English."""
STRANGE = ("en-us+m4", "en-us+f5", "en+m5", "en-gb-x-rp", "en-us+steph", "en+klatt2")
"""Voices that are never trained on."""

_SYNCHRONOUS = 2
_RATE, _PITCH = 1, 3
_UTF8 = 1


@dataclass(frozen=True, slots=True)
class Manner:
    """A voice and how it speaks: words a minute and 0 to 99 for espeak-ng, times the usual length for Piper."""

    voice: str
    pace: float
    pitch: int = 50


def manner(rng: random.Random, voices: tuple[str, ...] = KNOWN, *, own: float = 0.4) -> Manner:
    """Any voice in any manner; the share `own` is the project's own voice."""
    if rng.random() < own:
        return Manner(PIPER, rng.uniform(0.8, 1.3))
    return Manner(rng.choice(voices), rng.uniform(125, 200), rng.randint(25, 75))


def resampled(sound: Sound, rate: int) -> Sound:
    """The same at 16 kHz, by the Fourier transform: nothing folds over, and no library is needed."""
    block = rate // 50
    size = -(-len(sound) // block)
    size = next(n for n in range(size, 2 * size + 8) if _is_smooth(n))
    spectrum = np.fft.rfft(sound, size * block)
    short = np.zeros(size * HEARD_HZ // 100 + 1, np.complex64)
    kept = min(len(short), len(spectrum))
    short[:kept] = spectrum[:kept]
    made = np.fft.irfft(short, size * HEARD_HZ // 50).astype(np.float32) * (HEARD_HZ / rate)
    return made[: len(sound) * HEARD_HZ // rate]


def _is_smooth(number: int) -> bool:
    for prime in (2, 3, 5):
        while number % prime == 0:
            number //= prime
    return number == 1


def _trimmed(sound: Sound) -> Sound:
    """Without the silence around it, at half of full scale."""
    loud = np.flatnonzero(np.abs(sound) > 2e-3)
    if not len(loud):
        raise ValueError("the voice said nothing")
    kept = sound[loud[0] : loud[-1] + 1]
    return np.asarray(kept * (0.5 / np.abs(kept).max()), np.float32)


class Voices:
    """Says texts. One a process: espeak-ng keeps its state in the library."""

    def __init__(self, own_voice: Path = OWN_VOICE) -> None:
        silence()
        from piper import PiperVoice, SynthesisConfig

        self._piper = PiperVoice.load(own_voice)
        self._config: Any = SynthesisConfig
        self._espeak = ctypes.CDLL(espeakng_loader.get_library_path())
        self._rate = self._espeak.espeak_Initialize(_SYNCHRONOUS, 0, str(espeakng_loader.get_data_path()).encode(), 0)
        if self._rate <= 0:
            raise RuntimeError("espeak-ng did not start")
        self._espeak.espeak_ng_SetRandSeed(1)  # else its breath differs from one process to the next
        self._heard: list[npt.NDArray[np.int16]] = []
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self._callback = kind(self._take)
        self._espeak.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: ctypes._Pointer[ctypes.c_short], many: int, _events: int | None) -> int:
        if samples and many > 0:
            self._heard.append(np.ctypeslib.as_array(samples, shape=(many,)).copy())
        return 0

    def say(self, text: str, how: Manner) -> Sound:
        """A text in a manner. Raises ValueError for a voice that does not exist, or that said nothing."""
        if how.voice == PIPER:
            chunks = self._piper.synthesize(text, self._config(length_scale=how.pace))
            parts = [chunk.audio_float_array for chunk in chunks]
            sound, rate = np.concatenate(parts), self._piper.config.sample_rate
        else:
            if self._espeak.espeak_SetVoiceByName(how.voice.encode()) != 0:
                raise ValueError("espeak-ng has no such voice")
            self._espeak.espeak_SetParameter(_RATE, int(how.pace), 0)
            self._espeak.espeak_SetParameter(_PITCH, how.pitch, 0)
            self._heard.clear()
            data = text.encode()
            self._espeak.espeak_Synth(data, len(data) + 1, 0, 1, 0, _UTF8, None, None)
            sound, rate = np.concatenate(self._heard).astype(np.float32) / 32768, self._rate
        return _trimmed(resampled(sound, rate) if rate != HEARD_HZ else sound)
