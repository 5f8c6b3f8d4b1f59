"""The sounds for `bench_front`: the public data, our own voice in a simulated room, and what others make of it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np

from privacy_assistant.core.sound import HEARD_HZ, Frame, Tick
from privacy_assistant.engines.vad_silero import SileroDetector
from privacy_assistant.ports.sound import EchoCanceller, WakeWord
from tests.voice.acoustics import (
    STEP,
    VOICE_DBFS,
    Acoustics,
    EchoPath,
    Sound,
    from_pcm,
    resampled,
    steady_noise,
    to_level,
    to_pcm,
)
from tests.voice.voices import spoken

DATA = Path(os.environ.get("PRIVACY_ASSISTANT_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")

ANSWER = (
    "The weather tomorrow will be mild and mostly dry, with a little rain in the late afternoon. "
    "Your first meeting is at half past nine, and the train leaves twenty minutes before that. "
    "I have set the timer for the rice, and the shopping list has milk, bread, apples and coffee on it. "
)
"""What the assistant says while it is spoken over."""


@cache
def rows() -> tuple[dict[str, Any], ...]:
    """The lines of the data's list."""
    return tuple(json.loads(line) for line in (DATA / "audio.jsonl").read_text("utf-8").splitlines())


@cache
def clip(name: str) -> Sound:
    """A recording as it is."""
    parts = []
    with av.open(str(DATA / name)) as container:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=HEARD_HZ)
        for frame in container.decode(audio=0):
            parts += [piece.to_ndarray()[0] for piece in resampler.resample(frame)]
        parts += [piece.to_ndarray()[0] for piece in resampler.resample(None)]
    return (np.concatenate(parts) / 32768).astype(np.float32)


def padded(sound: Sound, before: float = 0.7, after: float = 0.7) -> Sound:
    """With a quiet room before and after it."""
    quiet = Acoustics(noise_dbfs=-66.0)
    parts = (
        steady_noise(quiet, int(before * HEARD_HZ)),
        sound,
        steady_noise(quiet, int(after * HEARD_HZ), 5 * HEARD_HZ),
    )
    return np.concatenate(parts)


def frames(sound: Sound) -> Iterator[Frame]:
    """10 ms each."""
    pcm = to_pcm(sound)
    for start in range(0, len(pcm) - 2 * STEP + 1, 2 * STEP):
        yield Frame(pcm[start : start + 2 * STEP], HEARD_HZ, start / 2 / HEARD_HZ)


def hits(ear: WakeWord, sound: Sound) -> list[str]:
    """What it hears in that, and it forgets it."""
    found = [word for frame in frames(sound) if (word := ear.heard(frame))]
    ear.reset()
    return found


def probabilities(sound: Sound) -> Sound:
    """Of the voice detector, each 32 ms."""
    detector = SileroDetector()
    found = [detector.probability(frame) for frame in frames(sound)]
    return np.array([one for one in found if one is not None], dtype=np.float32)


@cache
def answer(rate_hz: int = HEARD_HZ, seconds: float = 24.0) -> Sound:
    """Our own voice for so long, as loud as it is."""
    once = np.concatenate([spoken(sentence + ".", "ours") for sentence in ANSWER.split(". ") if sentence])
    once = to_level(np.tile(once, 4), VOICE_DBFS)
    once = resampled(once, HEARD_HZ / rate_hz) if rate_hz != HEARD_HZ else once
    return once[: int(seconds * rate_hz)]


def through(
    canceller: EchoCanceller,
    acoustics: Acoustics,
    *,
    said: Sound,
    rate_hz: int = HEARD_HZ,
    person: Sound | None = None,
    at: float = 0.0,
) -> tuple[Sound, Sound]:
    """What was heard in a room where we say that and perhaps a person something else, and what was left of it."""
    path = EchoPath(acoustics, rate_hz)
    step = rate_hz // 100
    count = len(said) // step
    near = np.zeros(count * STEP, dtype=np.float32)
    if person is not None:
        begin = int(at * HEARD_HZ)
        near[begin : begin + len(person)] = person[: len(near) - begin]
    rough, clean = [], []
    for tick in range(count):
        played = said[tick * step : (tick + 1) * step]
        path.play(played)
        here = slice(tick * STEP, (tick + 1) * STEP)
        heard = to_pcm(path.heard(tick) + near[here] + steady_noise(acoustics, STEP, here.start))
        left = canceller.clean(Tick(Frame(heard, HEARD_HZ, tick / 100), Frame(to_pcm(played), rate_hz, tick / 100)))
        rough.append(from_pcm(heard))
        clean.append(from_pcm(left.pcm))
    return np.concatenate(rough), np.concatenate(clean)


def less_db(before: Sound, after: Sound) -> float:
    """dB by which the second is quieter."""
    return 10 * float(np.log10(max(float((before**2).mean()), 1e-12) / max(float((after**2).mean()), 1e-12)))


@cache
def _decoder() -> Any:
    import pocketsphinx  # type: ignore[import-untyped]  # it carries no types

    return pocketsphinx.Decoder(loglevel="FATAL", fwdflat=False, bestpath=False, maxhmmpf=3000, ds=2)


def recognised(sound: Sound) -> str:
    """By pocketsphinx at its quickest: for comparisons, not as a figure of its own."""
    decoder = _decoder()
    decoder.start_utt()
    decoder.process_raw(to_pcm(sound), False, True)
    decoder.end_utt()
    return decoder.hyp().hypstr if decoder.hyp() else ""


def word_errors(truth: str, found: str) -> tuple[int, int]:
    """Words wrong, missing or too many; and words."""
    said = re.sub(r"[^a-z' ]", " ", truth.lower()).split()
    heard = found.split()
    row = list(range(len(heard) + 1))
    for number, word in enumerate(said, 1):
        before, row[0] = row[0], number
        for at, other in enumerate(heard, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (word != other))
    return row[-1], len(said)
