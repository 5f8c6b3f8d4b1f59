"""Clips to learn from: sentences said, cut, paused and joined, in rooms and noise, as features of faster_whisper."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from faster_whisper.audio import decode_audio
from faster_whisper.feature_extractor import FeatureExtractor
from torch import Tensor
from torch.nn import functional

from models.tiny_whisper import grammar
from models.tiny_whisper.grammar import Pieces
from models.tiny_whisper.voices import HEARD_HZ, Manner, Sound, Voices, manner

_FILTERS = torch.from_numpy(FeatureExtractor(feature_size=80).mel_filters)
_WINDOW = torch.from_numpy(np.hanning(401)[:-1].astype(np.float32))
_KEPT_FOR_MEASURING = 0.25
"""This last part of every noise is never trained on."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A run of words without a pause and where it lies in its clip, in seconds."""

    pieces: Pieces
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Dry:
    """What was said, before room and noise; no stretches: nothing was."""

    stretches: tuple[Stretch, ...]
    sound: Sound


@dataclass(frozen=True, slots=True)
class Clip:
    """Features (80, hundredths of a second) and what was said in them."""

    features: Tensor
    stretches: tuple[Stretch, ...]


def features(sound: Sound) -> Tensor:
    """The numbers of faster_whisper's own extractor; the floor hangs on the loudest frame, so clips go one by one."""
    padded = functional.pad(torch.from_numpy(sound), (0, 160))
    spectrum = torch.stft(padded, 400, 160, window=_WINDOW, center=True, pad_mode="reflect", return_complex=True)
    found = torch.log10((_FILTERS @ spectrum[:, :-1].abs() ** 2).clamp_min(1e-10))
    return (torch.maximum(found, found.max() - 8) + 4) / 4


class Noises:
    """Recorded noises and rooms: all but the last part of each to train on, the last part to measure."""

    def __init__(self, folder: Path) -> None:
        noises = sorted(file for file in folder.glob("*.flac") if "_rir" not in file.name)
        rooms = sorted(folder.glob("*_rir*.flac"))
        if not noises or not rooms:
            raise FileNotFoundError("no noises: speech/noise of the test data is needed")
        whole = [decode_audio(str(file)) for file in noises]
        cuts = [int(len(noise) * (1 - _KEPT_FOR_MEASURING)) for noise in whole]
        self.train = [noise[:cut] for noise, cut in zip(whole, cuts, strict=True)]
        self.held_out = [noise[cut:] for noise, cut in zip(whole, cuts, strict=True)]
        self.rooms = [self._room(decode_audio(str(file))) for file in rooms]

    @staticmethod
    def _room(response: Sound) -> Sound:
        """From the direct sound on, half a second, so that words stay where they were."""
        first = int(np.abs(response).argmax())
        kept = response[first : first + HEARD_HZ // 2]
        return np.asarray(kept / np.sqrt((kept**2).sum()), np.float32)


class Spoiler:
    """Puts clean speech into rooms and noise. The same seeds give the same clips."""

    def __init__(self, noises: Noises, rng: random.Random) -> None:
        self._noises = noises
        self._rng = rng
        self._numbers = np.random.default_rng(rng.getrandbits(32))

    def noise(self, size: int) -> Sound:
        """Of variance one: white, pink, brown, humming, or recorded."""
        kind = self._rng.random()
        if kind < 0.35:
            some = self._rng.choice(self._noises.train)
            start = self._rng.randrange(len(some))
            sound = np.take(some, np.arange(start, start + size), mode="wrap")
        else:
            sound = self._numbers.standard_normal(size, np.float32)
            if kind > 0.5:
                shape = np.maximum(1, np.arange(size // 2 + 1, dtype=np.float32)) ** self._rng.choice([0.5, 0.5, 1.0])
                sound = np.fft.irfft(np.fft.rfft(sound) / shape, size).astype(np.float32)
            if kind > 0.9:
                hum = np.sin(2 * np.pi * self._rng.choice([50, 60, 100, 120, 400, 1000]) / HEARD_HZ * np.arange(size))
                sound = sound / (sound.std() + 1e-9) * 0.5 + hum.astype(np.float32)
        return np.asarray(sound / (sound.std() + 1e-9), np.float32)

    def silence(self) -> Clip:
        """Nothing, noise, or clicks and taps."""
        rng = self._rng
        size = int(rng.uniform(0.3, 2.5) * HEARD_HZ)
        kind = rng.random()
        sound = np.zeros(size, np.float32)
        if kind < 0.7:
            sound = self.noise(size) * np.float32(10 ** rng.uniform(-5, -0.9))
        elif kind < 0.9:
            for _ in range(rng.randint(1, 4)):
                at = rng.randrange(size - 400)
                decay = np.exp(-np.arange(400, dtype=np.float32) / np.float32(rng.uniform(10, 120)))
                sound[at : at + 400] += (
                    self._numbers.standard_normal(400, np.float32) * decay * np.float32(rng.uniform(0.02, 0.4))
                )
            sound += self.noise(size) * np.float32(10 ** rng.uniform(-5, -2.5))
        return Clip(features(np.clip(sound, -1, 1)), ())

    def spoil(self, dry: Dry) -> Clip:
        """Another speed, level, room and noise, and silence around."""
        rng = self._rng
        sound, speed = dry.sound, 1.0
        if rng.random() < 0.5:
            speed = rng.uniform(0.9, 1.12)
            size = int(len(sound) / speed)
            sound = np.interp(np.arange(size) * speed, np.arange(len(sound)), sound).astype(np.float32)
        if rng.random() < 0.35:
            sound = self._in_a_room(sound)
        power = float(np.sqrt((sound**2).mean()))
        before = rng.choice([0.0, rng.uniform(0, 0.3), rng.uniform(0, 0.8)])
        after = rng.choice([0.0, rng.uniform(0, 0.3), rng.uniform(0, 0.8)])
        loudness = rng.choice([1.0, rng.uniform(0.05, 1.8)])
        sound = np.pad(sound * np.float32(loudness), (int(before * HEARD_HZ), int(after * HEARD_HZ)))
        if rng.random() < 0.65:
            sound = sound + self.noise(len(sound)) * np.float32(power * loudness * 10 ** (-rng.uniform(9, 40) / 20))
        found = features(np.clip(sound, -1, 1).astype(np.float32))
        if rng.random() < 0.2:
            found = self._with_holes(found)
        return Clip(
            found, tuple(Stretch(s.pieces, before + s.start / speed, before + s.end / speed) for s in dry.stretches)
        )

    def _in_a_room(self, sound: Sound) -> Sound:
        """An echo of a room, and what a microphone does to high and low notes."""
        rng = self._rng
        tail = int(0.25 * HEARD_HZ)
        size = 1 << (len(sound) + tail - 1).bit_length()
        spectrum = np.fft.rfft(sound, size)
        if rng.random() < 0.6:
            room = rng.choice(self._noises.rooms).copy()
            room[16:] *= np.float32(rng.uniform(0.2, 1.0))
            spectrum = spectrum * np.fft.rfft(room, size)
        octaves = np.log2(np.maximum(50, np.arange(len(spectrum)) * HEARD_HZ / size) / 1000)
        spectrum = spectrum * 10 ** (rng.uniform(-4, 4) * octaves / 20)
        made = np.fft.irfft(spectrum, size)[: len(sound) + tail].astype(np.float32)
        return np.asarray(made * (0.5 / max(1e-6, float(np.abs(made).max()))), np.float32)

    def _with_holes(self, found: Tensor) -> Tensor:
        """A band and a moment are missing, so that no single one is relied on."""
        rng = self._rng
        found = found.clone()
        band, at = rng.randrange(70), rng.randrange(max(1, found.shape[1] - 12))
        found[band : band + rng.randint(1, 10)] = found.mean()
        found[:, at : at + rng.randint(1, 8)] = found.mean()
        return found


class Sayer:
    """Draws sentences and has them said. The same seed in a fresh process gives the same sound."""

    def __init__(self, voices: Voices, rng: random.Random) -> None:
        self._voices = voices
        self._rng = rng

    def _say(self, pieces: Pieces, how: Manner) -> tuple[Pieces, Sound]:
        return pieces, self._voices.say(grammar.said(pieces), how)

    def dry(self) -> Dry:
        """A whole sentence mostly; else word salad, a part of a sentence, one with a pause inside, or two of them."""
        rng = self._rng
        how = manner(rng)
        kind = rng.random()
        pieces = grammar.salad(rng) if kind < 0.14 else grammar.sentence(rng)
        if 0.14 <= kind < 0.24 and len(pieces) > 1:
            pieces = grammar.part(pieces, rng)
        if 0.24 <= kind < 0.32 and len(pieces) > 2:
            cut = rng.randrange(1, len(pieces))
            return self._joined([self._say(pieces[:cut], how), self._say(pieces[cut:], how)])
        if 0.32 <= kind < 0.38:
            return self._joined([self._say(pieces, how), self._say(grammar.sentence(rng), how)])
        return self._joined([self._say(pieces, how)])

    def _joined(self, said: list[tuple[Pieces, Sound]]) -> Dry:
        stretches: list[Stretch] = []
        sounds: list[Sound] = []
        at = 0
        for pieces, sound in said:
            if sounds:
                pause = int(self._rng.choice([self._rng.uniform(0.1, 0.5), self._rng.uniform(0.3, 1.3)]) * HEARD_HZ)
                sounds.append(np.zeros(pause, np.float32))
                at += pause
            stretches.append(Stretch(pieces, at / HEARD_HZ, (at + len(sound)) / HEARD_HZ))
            sounds.append(sound)
            at += len(sound)
        return Dry(tuple(stretches), np.concatenate(sounds))

    def batches(self, size: int, *, pool: int, rounds: int) -> Iterator[list[Dry]]:
        """Batches of about one length, without end; each clip comes `rounds` times before new ones are said."""
        while True:
            said = [self.dry() for _ in range(pool)]
            for _ in range(rounds):
                order = sorted(said, key=lambda dry: len(dry.sound) + self._rng.uniform(0, 4000))
                groups = [order[at : at + size] for at in range(0, len(order), size)]
                self._rng.shuffle(groups)
                yield from groups
