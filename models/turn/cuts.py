"""Utterances, whole and broken off between two words, as they sound 0.2 s into the silence; and their variations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.turn.clips import RATE, Clip, Samples

SOFT_END = 0.2


@dataclass(frozen=True)
class Cut:
    """The sound of a clip until `at`, and silence; `is_whole` if that is its end. `word` is the last one, if known."""

    clip: Clip
    at: float
    is_whole: bool
    word: str = ""


def cuts_of(clip: Clip) -> list[Cut]:
    """The whole clip, and every place where it can be broken off."""
    return [Cut(clip, clip.end, True), *(Cut(clip, at, False, word) for at, word in clip.edges)]


def room_level(samples: Samples) -> float:
    """The quietest tenth of a second, as its root mean square."""
    power = np.convolve(samples.astype(np.float64) ** 2, np.ones(1600) / 1600, mode="valid")[::160]
    return float(np.sqrt(max(power.min(), 0.1)))


def render(cut: Cut, draw: np.random.Generator, silence: float = SOFT_END, fade_s: float = 0.005) -> Samples:
    """Its sound: the cut faded over 5 ms, and the room of the clip after it.

    A voice that stops is not cut by scissors: train with fades of all lengths, or the scissors are what is learned.
    """
    sound = cut.clip.samples[: int(cut.at * RATE)].astype(np.float32)
    fade = min(int(fade_s * RATE), len(sound))
    sound[len(sound) - fade :] *= np.linspace(1, 0, fade)
    level = room_level(cut.clip.samples)
    sound = np.concatenate([sound, np.zeros(int(silence * RATE), np.float32)])
    sound[-int(silence * RATE) - fade :] += draw.normal(0, level, int(silence * RATE) + fade)
    return np.clip(sound, -32768, 32767).astype(np.int16)


def varied(sound: Samples, draw: np.random.Generator, noises: list[Samples]) -> Samples:
    """Another speaker, room and microphone: pace and pitch together, loudness, an echo, a noise, a tone control."""
    varied = sound.astype(np.float32)
    rate = draw.uniform(0.85, 1.18)
    places = np.arange(0, len(varied) - 1, rate)
    varied = np.interp(places, np.arange(len(varied)), varied).astype(np.float32)
    if draw.random() < 0.4:
        length = int(draw.uniform(0.05, 0.3) * RATE)
        answer = draw.normal(0, 1, length) * np.exp(-np.arange(length) / (length / 5)) * draw.uniform(0.02, 0.12)
        answer[0] = 1.0
        size = 1 << (len(varied) + length).bit_length()
        varied = np.fft.irfft(np.fft.rfft(varied, size) * np.fft.rfft(answer, size), size)[: len(varied)]
    tilt = draw.uniform(-0.4, 0.4)
    varied = varied - tilt * np.concatenate([[0.0], varied[:-1]])
    power = float(np.sqrt((varied**2).mean())) + 1e-3
    if draw.random() < 0.6:
        level = power * 10 ** (-draw.uniform(10, 40) / 20)
        if noises and draw.random() < 0.5:
            noise = noises[int(draw.integers(len(noises)))].astype(np.float32)
            start = int(draw.integers(max(1, len(noise) - len(varied))))
            noise = np.resize(noise[start:], len(varied))
        else:
            noise = draw.normal(0, 1, len(varied))
            if draw.random() < 0.5:
                noise = np.cumsum(noise - noise.mean())
                noise -= np.convolve(noise, np.ones(800) / 800, mode="same")
        varied = varied + noise * level / (float(np.sqrt((noise**2).mean())) + 1e-6)
    varied = varied * (draw.uniform(600, 6000) / power)
    return np.clip(varied, -32768, 32767).astype(np.int16)


def folds(clips: list[Clip], count: int) -> npt.NDArray[np.int64]:
    """A fold for each clip, such that no speaker is in two."""
    speakers = sorted({clip.speaker for clip in clips})
    order = np.random.default_rng(7).permutation(len(speakers))
    of = {speaker: int(order[number]) % count for number, speaker in enumerate(speakers)}
    return np.array([of[clip.speaker] for clip in clips])
