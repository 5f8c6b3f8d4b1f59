"""What a voice does before it falls silent: loudness, melody, pace and timbre of the last seconds, as numbers.

Before the end of a sentence people mostly grow quieter, sink in pitch, draw the last syllable out and change their
sound less; in the middle of one they do not (Local and Walker 2012; Gravano and Hirschberg 2011). All of it is
measured against the same voice earlier in the turn, so that neither the speaker nor the microphone counts.

Pitch is the highest peak of the autocorrelation, divided by that of the window (Boersma 1993).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from privacy_assistant.engines.mel import filters, into_bands

RATE = 16_000
SECONDS = 6.0
"""What is looked at, from the end backwards."""

STEPS = 160
"""Frames of 10 ms before the end of the speech that the network sees one by one."""

BANDS = 20
CHANNELS = BANDS + 4
"""Of each frame: the bands, loudness, voicing, pitch, and how fast the timbre changes."""

GLOBALS = 24

_HOP = 160
_SPECTRUM = 400
_PITCH = 320  # 40 ms at 8 kHz
_SIZE = 512
_LAGS = (20, 115)  # 400 to 70 Hz
_VOICED = 0.5
_QUIETEST_DB = 40.0

Floats = npt.NDArray[np.float32]

_SHAPE = np.hanning(_PITCH).astype(np.float32)
_OWN = np.fft.irfft(np.abs(np.fft.rfft(_SHAPE, _SIZE)) ** 2, _SIZE)[: _LAGS[1]]
_OWN = (_OWN / _OWN[0]).astype(np.float32)


def features(samples: npt.NDArray[np.int16]) -> tuple[Floats, Floats]:
    """(CHANNELS, STEPS) and (GLOBALS,) of sound at 16 kHz; silence at the end is taken off first.

    Zeros where there is less than a tenth of a second of sound.
    """
    sound: Floats = samples[-int(SECONDS * RATE) :] * np.float32(1 / 32768)
    if len(sound) < RATE // 10:
        return np.zeros((CHANNELS, STEPS), np.float32), np.zeros(GLOBALS, np.float32)
    mel, level = _spectrum(sound)
    loud = float(np.percentile(level, 95))
    floor = max(loud - 32, float(np.percentile(level, 2)) + 5)
    spoken = level > min(floor, loud - 6)
    end = int(np.flatnonzero(spoken)[-1]) + 1
    mel, level, spoken = mel[:end], level[:end], spoken[:end]
    pitch, voicing = _pitch(sound[: (end + 2) * _HOP], end)
    voiced = (voicing > _VOICED) & spoken
    middle = float(np.median(pitch[voiced])) if voiced.any() else 0.0
    height = np.where(voiced, pitch - middle, 0.0)
    level = np.maximum(level - loud, -_QUIETEST_DB) / 10
    mel = np.maximum(mel - loud, -60) / 20
    change = np.zeros(end)
    change[2:-2] = np.sqrt(((mel[4:] - mel[:-4]) ** 2).mean(axis=1)) if end > 4 else 0.0
    rows = np.concatenate([mel.T, level[None], voicing[None], height[None] / 6, change[None]]).astype(np.float32)
    table = np.zeros((CHANNELS, STEPS), np.float32)
    table[BANDS] = -_QUIETEST_DB / 10
    table[:BANDS] = -3.0
    kept = rows[:, -STEPS:]
    table[:, STEPS - kept.shape[1] :] = kept
    return table, _summary(level, height, voicing, voiced, spoken, change, pitch)


def _spectrum(sound: Floats) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(frames, BANDS) and (frames,) in dB."""
    window = np.hanning(_SPECTRUM).astype(np.float32)
    padded = np.pad(sound, (0, _SPECTRUM))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _SPECTRUM)[: len(sound) : _HOP]
    power = np.abs(np.fft.rfft(frames * window, axis=-1)) ** 2
    bands = 10 * np.log10(into_bands(power, filters(BANDS, _SPECTRUM)) + 1e-9)
    # From 100 Hz on: what is below is the room, not the voice.
    return bands, 10 * np.log10(power[:, 3:].sum(axis=1) + 1e-7)


def _pitch(sound: Floats, frames: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Semitones over 70 Hz and the strength of the period (0..1), for each frame; measured at 8 kHz every 20 ms."""
    half = sound[: len(sound) // 2 * 2].reshape(-1, 2).mean(axis=1)
    count = (frames + 1) // 2
    padded = np.pad(half, (_PITCH // 2, _PITCH + max(count * _HOP - len(half), 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, _PITCH)[: count * _HOP : _HOP]
    windows = (windows - windows.mean(axis=1, keepdims=True)) * _SHAPE
    periods = np.fft.irfft(np.abs(np.fft.rfft(windows, _SIZE, axis=-1)) ** 2, _SIZE, axis=-1)[:, : _LAGS[1]]
    strength = periods / np.maximum(periods[:, :1], 1e-6) / _OWN
    part = strength[:, _LAGS[0] :]
    # A little for the shorter period: twice the period fits as well.
    best = (part - 0.0016 * np.arange(part.shape[1])).argmax(axis=1)
    found = np.clip(part[np.arange(count), best], 0.0, 1.0)
    height = 12 * np.log2(RATE / 2 / (best + _LAGS[0]) / 70.0)
    return np.repeat(height, 2)[:frames].astype(np.float64), np.repeat(found, 2)[:frames].astype(np.float64)


def _summary(
    level: npt.NDArray[np.float64],
    height: npt.NDArray[np.float64],
    voicing: npt.NDArray[np.float64],
    voiced: npt.NDArray[np.bool_],
    spoken: npt.NDArray[np.bool_],
    change: npt.NDArray[np.float64],
    pitch: npt.NDArray[np.float64],
) -> Floats:
    heard = height[voiced]
    low, high = (float(np.percentile(heard, share)) for share in (10, 90)) if len(heard) else (0.0, 0.0)
    lengths = _runs(voiced)
    last = lengths[-1] if lengths else 0
    usual = float(np.mean(lengths[:-1])) if len(lengths) > 1 else 15.0
    pauses = [length for length in _runs(~spoken) if length >= 20]
    moved = float(change[spoken].mean()) or 1.0
    values = [
        *(float(level[-size:].mean()) for size in (5, 10, 20, 40)),
        float(level[-20:].mean() - level[-60:-20].mean()) if len(level) > 30 else 0.0,
        *(float(heard[-size:].mean()) if len(heard) else 0.0 for size in (5, 10, 20, 40)),
        float(heard[-8:].mean() - low) if len(heard) else 0.0,
        float(heard[-30:].max() - heard[-8:].mean()) if len(heard) else 0.0,
        _slope(heard[-20:]),
        high - low,
        *(float(voiced[-size:].mean()) for size in (8, 20, 40)),
        float(voicing[-20:].mean()),
        np.log((last + 3) / (usual + 3)),
        last / 30,
        *(float(change[-size:].mean()) / moved for size in (15, 30, 50)),
        np.log(spoken.sum() / 100 + 0.1),
        min(len(pauses), 3) / 3,
    ]
    # Semitones are of the order of ten, everything else of one.
    scaled = np.array(values, dtype=np.float32)
    scaled[5:13] /= 6
    return scaled


def _runs(flags: npt.NDArray[np.bool_]) -> list[int]:
    """The lengths of the stretches that are true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return [int(stop - start) for start, stop in zip(edges[::2], edges[1::2], strict=True) if stop - start > 2]


def _slope(values: npt.NDArray[np.float64]) -> float:
    """Change over the stretch, by a straight line."""
    if len(values) < 5:
        return 0.0
    return float(np.polyfit(np.linspace(-0.5, 0.5, len(values)), values, 1)[0])
