"""Train the tiny Whisper: `python -m models.tiny_whisper.train --steps 2400 --out build/tiny_whisper`."""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

from models.tiny_whisper import grammar, vocabulary
from models.tiny_whisper.clips import Clip, Dry, Noises, Sayer, Spoiler, Stretch
from models.tiny_whisper.export import export
from models.tiny_whisper.network import TinyWhisper
from models.tiny_whisper.voices import Voices

_BATCH = 16
_POOL = 2400
_ROUNDS = 3
"""So many clips are said at a time, and so often each is heard, in other noise each time."""
_PEAK = 2.5e-3
_WARM_UP = 150
_DECAY = 1000
"""The last steps, in which the rate falls to nothing."""
_IGNORED = -100
_SPREAD_S = 0.2
"""How far from the middle of a word one may look for it, before it costs."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step learns from; rows are clips."""

    features: Tensor
    given: Tensor
    wanted: Tensor
    middles: Tensor
    """Where the word lies that is wanted next, in seconds; negative: no word."""
    is_silence: Tensor
    words: list[list[int]]


class Marks:
    """The numbers of the tokens."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.end = vocabulary.number_of(tokenizer, vocabulary.END)
        self.start = vocabulary.number_of(tokenizer, vocabulary.START)
        self.previous = vocabulary.number_of(tokenizer, vocabulary.PREVIOUS)
        self.no_speech = vocabulary.number_of(tokenizer, vocabulary.NO_SPEECH)
        self.no_times = vocabulary.number_of(tokenizer, vocabulary.NO_TIMESTAMPS)
        self.first_time = self.no_times + 1

    def time(self, seconds: float) -> int:
        """The token of a moment, a tenth of a second exact."""
        return self.first_time + 5 * round(seconds * 10)


def _tokens(stretches: Sequence[Stretch], marks: Marks) -> tuple[list[int], list[float]]:
    """The tokens of what was said and about where each lies; a stretch's time is shared by the length of its words."""
    numbers: list[int] = []
    middles: list[float] = []
    for stretch in stretches:
        each = (stretch.end - stretch.start) / sum(piece.length for piece in stretch.pieces)
        at = stretch.start
        for piece in stretch.pieces:
            some = marks.tokenizer.encode(piece.written).ids
            numbers += some
            middles += [at + each * piece.length * (place + 0.5) / len(some) for place in range(len(some))]
            at += each * piece.length
    return numbers, middles


def _known(marks: Marks) -> list[int]:
    """The tokens that sentences are written with, in order; the rest of the vocabulary are bytes and parts of words."""
    texts = [f" {word}" for word in grammar.vocabulary()]
    texts += [each for digit in "0123456789" for each in (digit, f" {digit}")] + list(".,?%-")
    return sorted({number for text in texts for number in marks.tokenizer.encode(text).ids})


class Teacher:
    """Makes batches out of clips."""

    def __init__(self, marks: Marks, known: Sequence[int], rng: random.Random) -> None:
        self._marks = marks
        self._known = known
        self._rng = rng

    def _row(self, clip: Clip) -> tuple[list[int], list[int], list[float], list[int]]:
        """What is given, what is wanted, where it lies, and the words. Text before is to be ignored, as hints are."""
        marks, rng = self._marks, self._rng
        before = [] if rng.random() < 0.85 else [marks.previous, *rng.choices(self._known, k=rng.randint(1, 12))]
        has_times = rng.random() < 0.4
        words: list[int] = []
        if not clip.stretches:
            given, wanted = (
                [marks.start, marks.first_time if has_times else marks.no_times],
                [marks.no_speech, marks.end],
            )
            if rng.random() < 0.5:  # whoever was made to say a word must stop at once
                given, wanted = [*given, rng.choice(self._known)], [*wanted, marks.end]
            middles = [-1.0] * len(given)
        else:
            words, places = _tokens(clip.stretches, marks)
            first, last = clip.stretches[0].start, clip.stretches[-1].end
            times = [marks.time(min(first, 1)), marks.time(last)]
            full = [marks.start, *([times[0], *words, times[1]] if has_times else [marks.no_times, *words]), marks.end]
            given, wanted = full[:-1], full[1:]
            middles = [-1.0, *places]
            middles += [-1.0] * (len(given) - len(middles))
        return [*before, *given], [_IGNORED] * len(before) + wanted, [-1.0] * len(before) + middles, words

    def batch(self, clips: Sequence[Clip]) -> Batch:
        """Clips padded to the longest."""
        rows = [self._row(clip) for clip in clips]
        long = max(clip.features.shape[1] for clip in clips) + 6
        features = torch.zeros(len(clips), 80, long + long % 2)
        shape = (len(clips), max(len(given) for given, *_ in rows))
        given, wanted = torch.full(shape, self._marks.end), torch.full(shape, _IGNORED)
        middles = torch.full(shape, -1.0)
        for at, (clip, (some, next_ones, places, _)) in enumerate(zip(clips, rows, strict=True)):
            features[at, :, : clip.features.shape[1]] = clip.features
            given[at, : len(some)] = torch.tensor(some)
            wanted[at, : len(some)] = torch.tensor(next_ones)
            middles[at, : len(some)] = torch.tensor(places)
        is_silence = torch.tensor([not clip.stretches for clip in clips])
        return Batch(features, given, wanted, middles, is_silence, [words for *_, words in rows])


def loss_of(
    network: TinyWhisper, batch: Batch, marks: Marks, known: Tensor, *, spelling: float
) -> tuple[Tensor, float]:
    """What is to become small, and the mean surprise alone.

    Some given words are exchanged, so that who learns listens and does not recite. In silence the rest of the chance
    goes evenly over the words: faster_whisper then finds every text unlikely, not only speech. `spelling` weighs the
    reading straight off the encoder, which teaches it to tell sounds apart, and looking where the word is.
    """
    is_exchanged = (torch.rand(batch.given.shape) < 0.08) & (batch.given < marks.end)
    given = torch.where(is_exchanged, known[torch.randint(len(known), batch.given.shape)], batch.given)
    scores, spelled, looked = network(batch.features, given)
    chances = scores.log_softmax(-1)
    counts = batch.wanted >= 0
    surprise = functional.nll_loss(chances.transpose(1, 2), batch.wanted, ignore_index=_IGNORED, reduction="none")
    any_word = chances[..., : marks.end].mean(-1)
    evenly = any_word * 0.5 + chances[..., marks.first_time : marks.first_time + 51].mean(-1) * 0.5
    smooth = -torch.where(batch.is_silence[:, None], evenly, chances[..., : marks.first_time].mean(-1))
    share = torch.where(batch.is_silence[:, None], 0.1, 0.02)
    loss = (((1 - share) * surprise + share * smooth) * counts).sum() / counts.sum()

    heard = spelled.shape[1]
    away = (torch.arange(heard) / 50)[None, None] - batch.middles[..., None]
    cost = 1 - torch.exp(-(away**2) / (2 * _SPREAD_S**2))
    astray = (looked[..., :heard] * cost).sum(-1) + looked[..., heard:].sum(-1)
    has_place = batch.middles >= 0
    loss = loss + spelling * 0.5 * (astray * has_place).sum() / has_place.sum()

    speech = [at for at, words in enumerate(batch.words) if words]
    lengths = torch.tensor([len(batch.words[at]) for at in speech])
    every = torch.searchsorted(known, torch.tensor([number for at in speech for number in batch.words[at]]))
    frames = torch.full((len(speech),), heard)
    read = spelled[speech].log_softmax(-1).transpose(0, 1)
    loss = loss + spelling * functional.ctc_loss(read, every, frames, lengths, blank=len(known), zero_infinity=True) / 2
    return loss, float(surprise[counts].detach().mean())


def _optimisers(network: TinyWhisper) -> list[torch.optim.Optimizer]:
    """Muon for the matrices of the layers, AdamW for the rest."""
    matrices = [
        p for name, p in network.named_parameters() if p.ndim == 2 and name.startswith(("encoder.", "decoder."))
    ]
    taken = {id(p) for p in matrices}
    rest = [p for p in network.parameters() if id(p) not in taken]
    return [
        torch.optim.Muon(matrices, lr=_PEAK, momentum=0.95, weight_decay=0.02, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(rest, lr=_PEAK, betas=(0.9, 0.98), weight_decay=0.02),
    ]


def train(seed: int, steps: int, noises: Path, out: Path) -> None:
    """Train and export. One thread, and a fixed number of steps: the same machine gives the same bytes."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    torch.manual_seed(seed)
    marks = Marks(vocabulary.build())
    said, spoiled = random.Random(f"{seed} said"), random.Random(f"{seed} spoiled")
    spoiler = Spoiler(Noises(noises), spoiled)
    sayer = Sayer(Voices(), said)
    known = _known(marks)
    teacher = Teacher(marks, known, spoiled)
    network = TinyWhisper(marks.tokenizer.get_vocab_size(), len(known))
    assert marks.first_time + 1501 == marks.tokenizer.get_vocab_size()
    print(f"{sum(p.numel() for p in network.parameters()):,} parameters, {len(known)} words and digits", flush=True)
    optimisers = _optimisers(network)
    batches = sayer.batches(_BATCH, pool=_POOL, rounds=_ROUNDS)
    started, surprise = time.process_time(), 0.0
    network.train()
    for step in range(steps):
        left = steps - step
        rate = _PEAK * min(1, (step + 1) / _WARM_UP, left / _DECAY)
        for optimiser in optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate
        said_now: list[Dry] = next(batches)
        clips = [spoiler.spoil(dry) for dry in said_now] + [spoiler.silence() for _ in range(1 + step % 2)]
        batch = teacher.batch(clips)
        loss, mean = loss_of(network, batch, marks, torch.tensor(known), spelling=1.0 if left > _DECAY else 0.3)
        network.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        for optimiser in optimisers:
            optimiser.step()
        surprise += mean
        if (step + 1) % 100 == 0:
            spent = time.process_time() - started
            print(
                f"{step + 1} steps, {spent:.0f} s, loss {float(loss.detach()):.3f}, surprise {surprise / 100:.4f}",
                flush=True,
            )
            surprise = 0.0
        if (step + 1) % 500 == 0 or step + 1 == steps:
            export(network.eval(), marks.tokenizer, out)
            network.train()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    data = Path(os.environ.get("PRIVACY_ASSISTANT_TEST_DATA", "../shared/data"))
    train(asked.seed, asked.steps, data / "speech" / "noise", asked.out)
