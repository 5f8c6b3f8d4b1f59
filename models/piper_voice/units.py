"""The bank of units: for each pair of phones the sound from the middle of the one to the middle of the other.

espeak-ng reads in a monotone; where each phoneme begins is known to the sample. Of the occurrences of a pair the one is
kept whose ends sound most like the middle of their phones mostly does, and whose length is near the median: so units
meet with little of a jump. Pairs that never occurred are joined from two halves of others.
"""

from __future__ import annotations

import collections
import itertools
import random
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.piper_voice.alphabet import PLOSIVES, SILENCE, UNVOICED, phones
from models.piper_voice.espeak import Espeak, Sound, resampled
from models.piper_voice.texts import texts

Marks = npt.NDArray[np.int64]
Pair = tuple[str, str]

LEAST_HEARD = 20
"""A phone that was heard less often is no phone of this language."""
_BEFORE_A_PAUSE_S = 0.05
_AFTER_A_PAUSE_S = 0.02
_LENGTH_WEIGHT = 0.5
_MOST_MARKS = 40
_FFT_BLOCK = 28_224
"""64 * 441 samples: at multiples of it, a Fourier transform for 22,050 to 16,000 Hz is quick."""


@dataclass(frozen=True)
class How:
    """How the bank is made. `pause` counts silent periods after a phrase."""

    voice: str = "en-us"
    rate_hz: int = 16_000
    words_a_minute: int = 160
    pitch: int = 55
    texts: int = 2000
    keep: int = 9
    pause: int = 12
    seed: int = 1


@dataclass
class Take:
    """One occurrence of a pair: its sound, the pitch marks in it, how many of them belong to the left phone."""

    length: int
    sound: Sound
    marks: Marks
    left: int
    first: Sound
    last: Sound


@dataclass
class Bank:
    """All takes, the length of every occurrence, and the period of the monotone in samples."""

    takes: dict[Pair, list[Take]]
    lengths: dict[Pair, list[int]]
    period: int


@dataclass
class Chosen:
    """What goes into the graph: sound and marks end to end, and where in the marks each pair of phones begins."""

    phones: list[str]
    sound: Sound
    marks: npt.NDArray[np.int32]
    start: npt.NDArray[np.int32]
    count: npt.NDArray[np.int32]
    recorded: int
    composed: int


def record(how: How) -> Bank:
    """Have espeak-ng read, and cut what is new."""
    espeak = Espeak(how.voice)
    draw = random.Random(how.seed)
    period = _period(espeak, how)
    bank = Bank(collections.defaultdict(list), collections.defaultdict(list), period)
    for text in texts(draw, how.texts):
        sound, events = espeak.say(text, rate=how.words_a_minute, pitch=how.pitch)
        if len(sound) < 2000:
            continue
        pairs = _segments(events, len(sound), 1.0)
        if all(len(bank.takes[left[0], right[0]]) >= how.keep for left, right in itertools.pairwise(pairs)):
            continue
        scale = how.rate_hz / espeak.rate_hz
        sound = resampled(np.pad(sound, (0, -len(sound) % _FFT_BLOCK)), espeak.rate_hz, how.rate_hz)
        sound = np.pad(sound, (period, 2 * period))
        moved = [(sample + int(period / scale), ipa) for sample, ipa in events]
        _cut(bank, sound, _segments(moved, len(sound), scale), how)
    return bank


def _period(espeak: Espeak, how: How) -> int:
    """Of the monotone, by autocorrelation."""
    sound, _ = espeak.say("many more men are running along", rate=how.words_a_minute, pitch=how.pitch)
    middle = sound[len(sound) // 3 : 2 * len(sound) // 3]
    like = np.correlate(middle, middle, "full")[len(middle) - 1 :]
    least, most = espeak.rate_hz // 250, espeak.rate_hz // 60
    found = least + int(np.argmax(like[least:most]))
    return round(how.rate_hz * found / espeak.rate_hz)


def _segments(events: list[tuple[int, str]], length: int, scale: float) -> list[tuple[str, int, int]]:
    """(phone, start, end) in samples; silences that meet are one."""
    events = [(0, ""), *events, (int(length / scale), "")]
    out: list[tuple[str, int, int]] = []
    for (from_, ipa), (to, _) in itertools.pairwise(events):
        start, end = int(from_ * scale), int(to * scale)
        if end <= start:
            continue
        names = phones(ipa) or [SILENCE]
        for at, name in enumerate(names):
            begin = start + (end - start) * at // len(names)
            stop = start + (end - start) * (at + 1) // len(names)
            if out and out[-1][0] == name == SILENCE:
                out[-1] = (SILENCE, out[-1][1], stop)
            else:
                out.append((name, begin, stop))
    return out


def _cut(bank: Bank, sound: Sound, segments: list[tuple[str, int, int]], how: How) -> None:
    period = bank.period
    voiced = np.zeros(len(sound), bool)
    for name, start, end in segments:
        voiced[start:end] = name not in UNVOICED
    marks = _pitch_marks(sound, voiced, how.rate_hz, period)
    middles = [_middle(sound, *segment) for segment in segments]
    for at, ((left, _, left_end), (right, right_start, _)) in enumerate(itertools.pairwise(segments)):
        begin, end = middles[at], middles[at + 1]
        if left == SILENCE:
            begin = max(begin, left_end - int(how.rate_hz * _AFTER_A_PAUSE_S))
        if right == SILENCE:
            end = min(end, right_start + int(how.rate_hz * _BEFORE_A_PAUSE_S))
        bank.lengths[left, right].append(end - begin)
        if len(bank.takes[left, right]) >= how.keep:
            continue
        inside = marks[(marks >= begin) & (marks < end)]
        if not len(inside):
            continue
        first, last = max(0, inside[0] - period), min(len(sound), inside[-1] + period)
        bank.takes[left, right].append(
            Take(
                end - begin,
                sound[first:last].copy(),
                inside - first,
                int(np.sum(inside < left_end)),
                _colour(sound, int(inside[0]), period),
                _colour(sound, int(inside[-1]), period),
            )
        )


def _middle(sound: Sound, name: str, start: int, end: int) -> int:
    """Where a phone is cut: in its middle, a plosive where it is quietest."""
    if name not in PLOSIVES or end - start < 8:
        return (start + end) // 2
    power = np.convolve(sound[start:end] ** 2, np.ones(64) / 64, "same")
    first = int(0.1 * len(power))
    return start + first + int(np.argmin(power[first : max(first + 1, int(0.6 * len(power)))]))


def _pitch_marks(sound: Sound, voiced: npt.NDArray[np.bool_], rate_hz: int, period: int) -> Marks:
    """One a period, at the peaks of the fundamental: espeak-ng's harmonics keep their phase to it, so joins fit."""
    size = 1 << (len(sound) - 1).bit_length()
    spectrum = np.fft.rfft(sound, size)
    frequency = np.fft.rfftfreq(size, 1 / rate_hz)
    tone = rate_hz / period
    fundamental = np.fft.irfft(spectrum * np.exp(-0.5 * ((frequency - tone) / (0.25 * tone)) ** 2), size)[: len(sound)]
    marks: list[int] = []
    at = period
    was_voiced = False
    while at < len(sound) - period:
        if voiced[at]:
            reach = int(period * (0.18 if was_voiced else 0.5))
            first = max(0, at - reach)
            at = first + int(np.argmax(fundamental[first : at + reach + 1]))
        was_voiced = bool(voiced[at])
        if marks and at <= marks[-1] + period // 4:
            at = marks[-1] + period
            continue
        marks.append(at)
        at += period
    return np.array(marks, dtype=np.int64)


_BANDS = 24


def _colour(sound: Sound, mark: int, period: int) -> Sound:
    """The spectrum of two periods around a mark, in 24 bands, as decibels without the loudness."""
    piece = sound[max(0, mark - period) : mark + period]
    power = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 1024)) ** 2
    edges = np.unique(np.geomspace(4, len(power), _BANDS + 1).astype(int))
    bands = np.array([power[low:high].mean() for low, high in itertools.pairwise(edges)])
    level = 10 * np.log10(bands + 1e-3 * bands.max() + 1.0)
    return (level - level.mean()).astype(np.float32)


def choose(bank: Bank, how: How) -> Chosen:
    """One take for each pair, and halves of others for the pairs that never occurred."""
    heard: collections.Counter[str] = collections.Counter()
    for (left, right), lengths in bank.lengths.items():
        heard[left] += len(lengths)
        heard[right] += len(lengths)
    names = [SILENCE, *sorted(name for name, count in heard.items() if name != SILENCE and count >= LEAST_HEARD)]
    number = {name: at for at, name in enumerate(names)}
    typical = _typical(bank)
    size = len(names)
    start, count = np.zeros(size * size, np.int32), np.zeros(size * size, np.int32)
    period = bank.period
    # Silence first: its periods cost no sound.
    offset, place = 2 * period, 3
    sound: list[Sound] = [np.zeros(2 * period, np.float32)]
    marks: list[Marks] = [np.full(3, period, dtype=np.int64)]
    count[0] = 3
    halves: dict[int, tuple[Marks, int]] = {}
    for (left, right), takes in sorted(bank.takes.items()):
        if left not in number or right not in number or not takes or left == right == SILENCE:
            continue
        take = _best(takes, float(np.median(bank.lengths[left, right])), typical.get(left), typical.get(right))
        # Two periods of sound must be there around every mark.
        before = max(0, period - int(take.marks[0]))
        after = max(0, int(take.marks[-1]) + period - len(take.sound))
        piece = np.pad(take.sound, (before, after))
        unit = number[left] * size + number[right]
        placed = take.marks + before + offset
        halves[unit] = (placed, take.left)
        sound.append(piece)
        offset += len(piece)
        if right == SILENCE:
            placed = np.append(placed, np.full(how.pause, period))
        start[unit], count[unit] = place, len(placed)
        marks.append(placed)
        place += len(placed)
    composed = 0
    for unit, joined in _composed(names, halves, period):
        start[unit], count[unit] = place, len(joined)
        marks.append(joined)
        place += len(joined)
        composed += 1
    return Chosen(
        names, np.concatenate(sound), np.concatenate(marks).astype(np.int32), start, count, len(halves), composed
    )


def _typical(bank: Bank) -> dict[str, Sound]:
    """How the middle of each phone mostly sounds, over all takes that begin or end in it."""
    ends: dict[str, list[Sound]] = collections.defaultdict(list)
    for (left, right), takes in sorted(bank.takes.items()):
        for take in takes:
            ends[left].append(take.first)
            ends[right].append(take.last)
    return {name: np.median(np.stack(colours), axis=0) for name, colours in ends.items() if name != SILENCE}


def _best(takes: list[Take], length: float, left: Sound | None, right: Sound | None) -> Take:
    """The one that fits its neighbours best: colours in decibels, lengths in tenths of the median."""

    def cost(take: Take) -> float:
        jump = 0.0
        for colour, usual in ((take.first, left), (take.last, right)):
            if usual is not None:
                jump += float(np.sqrt(np.mean((colour - usual) ** 2)))
        return jump + _LENGTH_WEIGHT * 10 * abs(take.length - length) / max(1.0, length)

    return min(takes, key=cost)


def _composed(names: list[str], halves: dict[int, tuple[Marks, int]], period: int) -> list[tuple[int, Marks]]:
    """For each pair that was not heard the first half of one unit and the second half of another."""
    size = len(names)
    out: list[tuple[int, Marks]] = []
    is_unvoiced = [name in UNVOICED for name in names]

    def half(unit: int, *, is_right: bool) -> Marks:
        marks, left = halves[unit]
        left = min(max(left, 1), len(marks) - 1) if len(marks) > 1 else 1
        return marks[left:] if is_right else marks[:left]

    for one in range(size):
        begins = [one * size + other for other in range(size) if one * size + other in halves]
        for two in range(size):
            unit = one * size + two
            if unit in halves or unit == 0:
                continue
            ends = [other * size + two for other in range(size) if other * size + two in halves]
            begins.sort(key=lambda known: is_unvoiced[known % size] != is_unvoiced[two])
            ends.sort(key=lambda known: is_unvoiced[known // size] != is_unvoiced[one])
            parts = [half(begins[0], is_right=False)] if begins else []
            parts += [half(ends[0], is_right=True)] if ends else []
            out.append((unit, np.concatenate([*parts, np.array([period])])[:_MOST_MARKS]))
    return out
