"""What the real faster_whisper makes of it: `python -m models.tiny_whisper.evaluate build/tiny_whisper --count 100`."""

from __future__ import annotations

import argparse
import os
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.tiny_whisper import grammar
from models.tiny_whisper.clips import Noises
from models.tiny_whisper.grammar import Pieces
from models.tiny_whisper.voices import HEARD_HZ, KNOWN, PIPER, STRANGE, Manner, Sound, Voices, manner
from privacy_assistant.engines.silence import silence

Options = Mapping[str, Any]

AS_THE_ASSISTANT: Options = {
    "beam_size": 1,
    "without_timestamps": True,
    "temperature": 0.0,
    "condition_on_previous_text": False,
}
AS_IT_COMES: Options = {"beam_size": 5}
_NOT_A_WORD = re.compile(r"[^a-z0-9%'. -]|\.(?!\d)")


@dataclass(frozen=True, slots=True)
class Case:
    """A sound and what was said in it."""

    text: str
    sound: Sound


def words(text: str) -> list[str]:
    """The words of a text: case and the marks behind them do not count, nor which way "okay" is written."""
    return ["okay" if word == "ok" else word for word in _NOT_A_WORD.sub("", text.lower()).split()]


def distance(left: Sequence[str], right: Sequence[str]) -> int:
    """How many words are to be exchanged, left out or put in."""
    row = list(range(len(right) + 1))
    for at, one in enumerate(left, 1):
        before, row[0] = row[0], at
        for place, other in enumerate(right, 1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (one != other))
    return row[-1]


def padded(sound: Sound, rng: random.Random) -> Sound:
    """With silence around it."""
    around = [int(rng.uniform(0.1, 0.6) * HEARD_HZ) for _ in range(2)]
    return np.pad(sound, (around[0], around[1]))


def in_noise(sound: Sound, noise: Sound, decibels: float, rng: random.Random) -> Sound:
    """The speech so many decibels above a recorded noise."""
    start = rng.randrange(len(noise))
    some = np.take(noise, np.arange(start, start + len(sound)), mode="wrap")
    level = float(np.sqrt((sound[sound != 0] ** 2).mean()) / (some.std() + 1e-9))
    return np.asarray(np.clip(sound + some * np.float32(level * 10 ** (-decibels / 20)), -1, 1), np.float32)


class Ear:
    """faster_whisper with a model, on one thread."""

    def __init__(self, folder: Path) -> None:
        silence()
        from faster_whisper import WhisperModel

        self._model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)

    def hear(self, sound: Sound, options: Options) -> str:
        """All that was understood."""
        segments, _ = self._model.transcribe(sound, language="en", **options)
        return "".join(segment.text for segment in segments).strip()

    def score(self, name: str, cases: Sequence[Case], options: Options = AS_THE_ASSISTANT) -> None:
        """Print one row of the table, and the first mistakes."""
        exact = letter = wrong = many = 0
        mistakes = []
        for case in cases:
            heard = self.hear(case.sound, options)
            right, got = words(case.text), words(heard)
            exact += right == got
            letter += case.text == heard
            wrong += distance(right, got)
            many += len(right)
            if right != got:
                mistakes.append(f"    {case.text!r} -> {heard!r}")
        size = len(cases)
        print(f"| {name} | {exact / size:.1%} | {letter / size:.1%} | {wrong / many:.1%} |", flush=True)
        print("\n".join(mistakes[:6]), end="\n" if mistakes else "", flush=True)


def _sentences(rng: random.Random, count: int) -> Iterator[Pieces]:
    for _ in range(count):
        yield grammar.sentence(rng)


def _silences(noises: Noises, rng: random.Random) -> Iterator[tuple[str, Sound]]:
    numbers = np.random.default_rng(rng.getrandbits(32))
    yield "zeros", np.zeros(HEARD_HZ, np.float32)
    yield "zeros", np.zeros(5 * HEARD_HZ, np.float32)
    for decibels in (-70, -60, -50, -40, -30, -20):
        yield "white noise", numbers.standard_normal(3 * HEARD_HZ, np.float32) * np.float32(10 ** (decibels / 20))
    for noise in noises.held_out:
        for _ in range(6):
            start = rng.randrange(max(1, len(noise) - 3 * HEARD_HZ))
            some = noise[start : start + int(rng.uniform(1, 3) * HEARD_HZ)]
            yield "recorded noise", some * np.float32(10 ** (rng.uniform(-20, 0) / 20))


def evaluate(folder: Path, noises: Noises, count: int, seed: int) -> None:
    """Print the table; every clip is said anew, by a seed that training does not use."""
    ear, voices, rng = Ear(folder), Voices(), random.Random(f"{seed} evaluated")

    def cases(names: tuple[str, ...], *, own: float) -> list[Case]:
        made = []
        for pieces in _sentences(rng, count):
            sound = voices.say(grammar.said(pieces), manner(rng, names, own=own))
            made.append(Case(grammar.written(pieces), padded(sound, rng)))
        return made

    def noisy(clean: Sequence[Case], decibels: float) -> list[Case]:
        return [Case(c.text, in_noise(c.sound, rng.choice(noises.held_out), decibels, rng)) for c in clean]

    print("| speech | exact words | exact text | word errors |\n|---|---|---|---|")
    known, own = cases(KNOWN, own=0.0), cases(KNOWN, own=1.0)
    ear.score("voices of espeak-ng that were trained on", known)
    ear.score("… recorded noise 20 dB below", noisy(known, 20))
    ear.score("… recorded noise 10 dB below", noisy(known, 10))
    ear.score("… beam 5, with times", known, AS_IT_COMES)
    ear.score("the project's own voice, any pace", own)
    ear.score("… recorded noise 20 dB below", noisy(own, 20))
    ear.score("… recorded noise 10 dB below", noisy(own, 10))
    ear.score("… beam 5, with times", own, AS_IT_COMES)
    ear.score(
        "… with other text as a hint", own, {**AS_THE_ASSISTANT, "initial_prompt": "Anna, milk, the pasta timer."}
    )
    usual = []
    for pieces in _sentences(rng, count):
        sound = voices.say(grammar.written(pieces), Manner(PIPER, 1.0))
        usual.append(Case(grammar.written(pieces), padded(sound, rng)))
    ear.score("the project's own voice as it comes, reading what is written", usual)
    ear.score("voices of espeak-ng that were not trained on", cases(STRANGE, own=0.0))
    parts: list[Case] = []
    for pieces in _sentences(rng, 3 * count):
        if len(pieces) > 3 and len(parts) < count:
            some = pieces[: rng.randrange(2, len(pieces))]
            bare = grammar.Piece(some[-1].written.rstrip(",.?"), some[-1].said.rstrip(",.?"))
            some = (*some[:-1], bare)
            sound = voices.say(grammar.said(some), manner(rng))
            parts.append(Case(grammar.written(some), padded(sound, rng)))
    ear.score("beginnings of sentences", parts)
    joined: list[Case] = []
    for pieces in _sentences(rng, 3 * count):
        if len(pieces) > 2 and len(joined) < count:
            how, cut = manner(rng), rng.randrange(1, len(pieces))
            halves = [voices.say(grammar.said(half), how) for half in (pieces[:cut], pieces[cut:])]
            pause = np.zeros(int(rng.uniform(0.3, 1.2) * HEARD_HZ), np.float32)
            joined.append(Case(grammar.written(pieces), padded(np.concatenate([halves[0], pause, halves[1]]), rng)))
    ear.score("sentences with a pause inside", joined)
    for options, name in ((AS_THE_ASSISTANT, "as the assistant asks"), (AS_IT_COMES, "beam 5, with times")):
        silences = list(_silences(noises, random.Random(seed)))
        texts = [(kind, text) for kind, sound in silences if (text := ear.hear(sound, options))]
        print(f"text out of {len(silences)} clips without speech, {name}: {len(texts)} {texts[:6]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    data = Path(os.environ.get("PRIVACY_ASSISTANT_TEST_DATA", "../shared/data"))
    evaluate(asked.folder, Noises(data / "speech" / "noise"), asked.count, asked.seed)
