"""Train the tagger: `python -m models.pii_ner.train --seed 1 --steps 4500 --out build/tagger-1.pt`."""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.pii_ner import scoring
from models.pii_ner.network import Tagger
from models.pii_ner.samples import IGNORED, Example, Stream, Table, development, example
from privacy_assistant.engines.pii_ner.lexicon import Lexicon

_WORDS_A_BATCH = 5000
_POOL = 4000
"""So many windows are sorted by length before they are cut into batches."""

Batch = tuple[tuple[Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]


def collate(examples: Sequence[Example], rows: Tensor) -> Batch:
    """What the network takes, and the labels; padded to the longest."""
    longest = max(len(e.words) for e in examples)
    words = np.zeros((len(examples), longest), dtype=np.int64)
    forms = np.zeros_like(words)
    keep = np.zeros_like(words)
    labels = np.full_like(words, IGNORED)
    for row, e in enumerate(examples):
        size = len(e.words)
        words[row, :size] = e.words
        forms[row, :size] = e.forms
        keep[row, :size] = e.keep
        labels[row, :size] = e.labels
    different, which = np.unique(words, return_inverse=True)
    found = rows[torch.from_numpy(different)]
    places = torch.from_numpy(which.reshape(words.shape))
    listed = found[:, 1][places] & torch.from_numpy(keep)
    return (found[:, 0][places], listed, torch.from_numpy(forms), found[:, 2:], places), torch.from_numpy(labels)


def batches(table: Table, rng: random.Random) -> Iterator[Batch]:
    """Batches of windows of about one length, without end."""
    stream = iter(Stream(rng))
    while True:
        pool: list[Example] = []
        while len(pool) < _POOL:
            pool += example(next(stream), table, rng)
        rows = torch.from_numpy(table.rows())
        pool.sort(key=lambda e: len(e.words) + rng.random() * 4)
        groups: list[list[Example]] = [[]]
        for e in pool:
            if groups[-1] and (len(groups[-1]) + 1) * len(e.words) > _WORDS_A_BATCH:
                groups.append([])
            groups[-1].append(e)
        rng.shuffle(groups)
        for group in groups:
            yield collate(group, rows)


def train(seed: int, steps: int, out: Path, *, peak: float = 3e-3, start: Path | None = None) -> None:
    """Train one network, from nothing or from the weights of `start`; write its weights and its development figures."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    table = Table(Lexicon.load())
    network = Tagger()
    if start is not None:
        network.load_state_dict(torch.load(start, weights_only=True))
    print(f"{sum(p.numel() for p in network.parameters()):,} parameters", flush=True)
    optimiser = torch.optim.AdamW(network.parameters(), lr=peak, weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=peak, total_steps=steps, pct_start=0.1)
    loss_of = nn.CrossEntropyLoss(ignore_index=IGNORED, label_smoothing=0.02)
    started = time.monotonic()
    network.train()
    seen = 0
    average = 0.0
    for step, (given, labels) in enumerate(batches(table, rng)):
        if step >= steps:
            break
        optimiser.zero_grad()
        logits = network(*given, word_dropout=0.12)
        loss = loss_of(logits.flatten(0, 1), labels.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        seen += int((labels != IGNORED).sum())
        average = loss.item() if step == 0 else 0.98 * average + 0.02 * loss.item()
        if step % 200 == 0:
            print(f"step {step} loss {average:.4f} {seen:,} words {time.monotonic() - started:.0f} s", flush=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    torch.save(network.state_dict(), out)
    figures = evaluate(network, table)
    figures["training"] = {"seed": seed, "steps": steps, "words": seen, "seconds": round(time.monotonic() - started)}
    out.with_suffix(".json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def evaluate(network: Tagger, table: Table) -> dict[str, dict[str, float]]:
    """Leak and over on every development set, at the thresholds of `scoring`."""
    network.eval()
    figures: dict[str, dict[str, float]] = {}
    sets = development(table)
    rows = torch.from_numpy(table.rows())
    with torch.no_grad():
        for name, many in sets.items():
            gold: list[np.ndarray[tuple[int], np.dtype[np.int8]]] = []
            personal: list[np.ndarray[tuple[int], np.dtype[np.float32]]] = []
            windows = [e for _, examples in many for e in examples]
            for at in range(0, len(windows), 64):
                part = windows[at : at + 64]
                given, _ = collate(part, rows)
                chance = 1 - torch.softmax(network(*given), dim=2)[:, :, 0]
                for e, row in zip(part, chance, strict=True):
                    gold.append(e.labels)
                    personal.append(row[: len(e.words)].numpy())
            figures[name] = scoring.figures(gold, personal)
            print(f"{name:28}", figures[name], flush=True)
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=4500)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start", type=Path, help="go on from these weights")
    parser.add_argument("--peak", type=float, default=3e-3, help="the highest learning rate")
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    train(asked.seed, asked.steps, asked.out, peak=asked.peak, start=asked.start)
