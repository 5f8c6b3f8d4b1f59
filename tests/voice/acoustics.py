"""How a room sounds: what the loudspeaker's sound is when it comes back, and what else there is to hear.

Levels are dB below full scale of the microphone's samples. A person speaks at SPEECH_DBFS; the echo's level is told
relative to that, because that is what makes it hard: at +12 dB our own voice is four times as loud as theirs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from privacy_assistant.core.sound import HEARD_HZ

Sound = npt.NDArray[np.float32]
"""Samples at HEARD_HZ, full scale is 1."""

STEP = HEARD_HZ // 100
"""Samples of a tick."""

SPEECH_DBFS = -29.0
VOICE_DBFS = -17.0
"""Of what our own voice gives while it speaks (measured on the voice in the package)."""

_TAPS = 32
_FFT = 8192


@dataclass(frozen=True, slots=True)
class Acoustics:
    """A room, a loudspeaker in it and its clock.

    `delay_s` from what is played to what comes back; `jumps` are (seconds of the sample clock, seconds that the delay
    changes by), as when a buffer overruns. `echo_db` relative to a person's speech, None for headphones. `reverb_s` is
    the time in which the room falls by 60 dB. `drift_ppm`: the loudspeaker's clock is that much faster than the
    microphone's. `drive` bends the loudspeaker's peaks (0 not at all, 2 a small one at full volume).
    `noise_dbfs` of a steady noise, coloured like that of a fan.
    """

    delay_s: float = 0.06
    jumps: tuple[tuple[float, float], ...] = ()
    echo_db: float | None = 0.0
    reverb_s: float = 0.25
    drift_ppm: float = 0.0
    drive: float = 0.5
    noise_dbfs: float | None = -62.0
    seed: int = 7


def gain(decibels: float) -> float:
    """The factor of an amplitude."""
    return float(10 ** (decibels / 20))


def loudness(sound: Sound) -> float:
    """dB below full scale, of the parts that are heard."""
    heard = sound[np.abs(sound) > 0.01 * max(float(np.abs(sound).max(initial=0.0)), 1e-6)]
    return 10 * float(np.log10(max(float((heard * heard).mean()), 1e-12))) if len(heard) else -120.0


def to_level(sound: Sound, dbfs: float) -> Sound:
    """The same sound as loud as that."""
    return (sound * np.float32(gain(dbfs - loudness(sound)))).astype(np.float32)


def from_pcm(pcm: bytes) -> Sound:
    """16 bits to samples."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
    samples /= 32768
    return samples


def to_pcm(sound: Sound) -> bytes:
    """Samples to 16 bits; what is too loud is cut off, as a microphone does."""
    samples: npt.NDArray[np.int16] = np.clip(np.rint(sound * 32768), -32768, 32767).astype("<i2")
    return samples.tobytes()


def resampled(sound: Sound, factor: float) -> Sound:
    """Played `factor` times as fast: higher and shorter."""
    places = np.arange(int(len(sound) / factor)) * factor
    faster: Sound = np.interp(places, np.arange(len(sound)), sound).astype(np.float32)
    return faster


def steady_noise(acoustics: Acoustics, samples: int, start: int = 0) -> Sound:
    """Noise from a second of the room on; the same at the same second, whoever asks."""
    if acoustics.noise_dbfs is None:
        return np.zeros(samples, dtype=np.float32)
    noise = _fan(acoustics.seed)
    places = (np.arange(samples) + start) % len(noise)
    return (noise[places] * np.float32(gain(acoustics.noise_dbfs))).astype(np.float32)


_FANS: dict[int, Sound] = {}


def _fan(seed: int) -> Sound:
    """Seven seconds of noise that falls by 3 dB an octave, at full scale's level on average."""
    if seed not in _FANS:
        spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(7 * HEARD_HZ))
        spectrum /= np.sqrt(np.maximum(np.arange(len(spectrum)), 200.0))
        noise = np.fft.irfft(spectrum, 7 * HEARD_HZ)
        _FANS[seed] = (noise / np.sqrt((noise * noise).mean())).astype(np.float32)
    return _FANS[seed]


def impulse_response(acoustics: Acoustics) -> Sound:
    """The direct sound, and a tail that falls by 60 dB in `reverb_s`."""
    length = min(max(int(acoustics.reverb_s * HEARD_HZ), 1), _FFT - STEP)
    draws = np.random.default_rng(acoustics.seed + 1).standard_normal(length)
    tail = draws * 10 ** (-3 * np.arange(length) / max(acoustics.reverb_s * HEARD_HZ, 1.0)) * 0.08
    tail[0] = 1.0
    response: Sound = (tail / np.sqrt((tail * tail).sum())).astype(np.float32)
    return response


class EchoPath:
    """From what the loudspeaker is given to what comes back of it, 10 ms at a time."""

    def __init__(self, acoustics: Acoustics, rate_hz: int) -> None:
        self._acoustics = acoustics
        self._rate_hz = rate_hz
        self._played = np.zeros(0, dtype=np.float32)
        self._first = 0  # the sample of the loudspeaker at which `_played` begins
        response = np.zeros(_FFT, dtype=np.float32)
        if acoustics.echo_db is not None:
            room = impulse_response(acoustics)
            response[: len(room)] = room * gain(SPEECH_DBFS + acoustics.echo_db - VOICE_DBFS)
        self._response = np.fft.rfft(response)
        self._arrived = np.zeros(_FFT, dtype=np.float32)
        self._quiet = _FFT  # samples since something arrived
        self._low = min(1.0, HEARD_HZ / rate_hz) * 0.95

    def play(self, sound: Sound) -> None:
        """What the loudspeaker is given, at its rate."""
        self._played = np.concatenate([self._played, sound])
        most = 2 * self._rate_hz
        if len(self._played) > 2 * most:
            self._first += len(self._played) - most
            self._played = self._played[-most:].copy()

    def heard(self, tick: int) -> Sound:
        """What comes back in that tick; each tick once, in order."""
        if self._acoustics.echo_db is None:
            return np.zeros(STEP, dtype=np.float32)
        dry = self._delayed(tick)
        self._quiet = 0 if dry.any() else self._quiet + STEP
        self._arrived = np.concatenate([self._arrived[STEP:], dry])
        if self._quiet >= _FFT:
            return np.zeros(STEP, dtype=np.float32)
        return np.fft.irfft(np.fft.rfft(self._arrived) * self._response, _FFT)[-STEP:].astype(np.float32)

    def _delayed(self, tick: int) -> Sound:
        """The loudspeaker's sound at the times of the microphone's samples, by interpolation with a windowed sinc."""
        at = tick / 100
        delay = self._acoustics.delay_s + sum(jump for when, jump in self._acoustics.jumps if when <= at)
        seconds = (np.arange(STEP) + tick * STEP) / HEARD_HZ - delay
        places = seconds * self._rate_hz * (1 + self._acoustics.drift_ppm / 1e6) - self._first
        whole = np.floor(places + 1e-6).astype(np.int64)
        near = np.arange(-_TAPS // 2 + 1, _TAPS // 2 + 1)
        index = whole[:, None] + near
        is_there = (index >= 0) & (index < len(self._played))
        if not is_there.any():
            return np.zeros(STEP, dtype=np.float32)
        samples = np.where(is_there, self._played[np.clip(index, 0, len(self._played) - 1)], 0.0)
        if not samples.any():
            return np.zeros(STEP, dtype=np.float32)
        if self._rate_hz == HEARD_HZ and not self._acoustics.drift_ppm:
            dry = samples[:, _TAPS // 2 - 1]  # one clock: every sample is there already
        else:
            apart = places[:, None] - index
            weights = self._low * np.sinc(self._low * apart) * (0.5 + 0.5 * np.cos(2 * np.pi * apart / (_TAPS + 2)))
            dry = (samples * weights).sum(axis=1)
        if self._acoustics.drive > 0:
            dry = np.tanh(self._acoustics.drive * dry) / self._acoustics.drive
        return dry.astype(np.float32)
