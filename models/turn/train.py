"""Train the detector of a turn's end and write its ONNX file: `python -m models.turn.train --out FILE`.

Prints how well it tells cuts from ends for people who are in none of the other folds, which is what everything was
chosen by; the shipped network is then trained on all of them. The last step makes its logit a chance, by the same folds.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from models.turn.clips import Aligner, Samples, data_folder, load, real
from models.turn.cuts import Cut, cuts_of, folds, render, varied
from models.turn.network import WIDTH, Network
from privacy_assistant.engines.turn_small.features import BANDS, CHANNELS, GLOBALS, STEPS, features

FOLDS = 4
VARIATIONS = {True: 16, False: 4}
SEEDS = (1, 2, 3)
"""Networks that are trained and whose logits are averaged."""

Floats = npt.NDArray[np.float32]


@dataclass
class Table:
    """Rows to learn from; `is_plain` is the recording as it is, one of each cut, by which is scored."""

    frames: Floats
    figures: Floats
    is_whole: npt.NDArray[np.bool_]
    fold: npt.NDArray[np.int64]
    weight: Floats
    is_plain: npt.NDArray[np.bool_]


def gather(seed: int = 2) -> Table:
    """Cuts of every clip, each in several variations."""
    aligner = Aligner()
    people = list(real(aligner))
    draw = np.random.default_rng(seed)
    noises = [load(path) for path in sorted((data_folder() / "speech/noise").glob("*.flac")) if "rir" not in path.name]
    rows: list[tuple[Floats, Floats, bool, int, float, bool]] = []

    def add(cut: Cut, fold: int, weight: float, is_plain: bool, sound: Samples) -> None:
        frames, figures = features(sound)
        rows.append((frames, figures, cut.is_whole, fold, weight, is_plain))

    def variation(cut: Cut) -> Samples:
        moved = Cut(cut.clip, cut.at + draw.uniform(-0.03, 0.03), cut.is_whole, cut.word)
        fade = draw.uniform(0.003, 0.07) if draw.random() < 0.7 else 0.005
        return varied(render(moved, draw, draw.uniform(0.1, 0.3), fade), draw, noises)

    for clip, fold in zip(people, folds(people, FOLDS), strict=True):
        for cut in cuts_of(clip):
            add(cut, int(fold), 0.0, True, render(cut, draw))
            for _ in range(VARIATIONS[cut.is_whole]):
                add(cut, int(fold), 1 / VARIATIONS[cut.is_whole], False, variation(cut))
    frames, figures, whole, fold_of, weights, plain = zip(*rows, strict=True)
    return Table(
        np.stack(frames),
        np.stack(figures),
        np.array(whole),
        np.array(fold_of),
        np.array(weights, np.float32),
        np.array(plain),
    )


def straight(
    figures: npt.NDArray[np.float64], is_whole: npt.NDArray[np.bool_], weights: npt.NDArray[np.float64]
) -> Floats:
    """Logistic regression by Newton's steps, each class counting the same; the last number is the constant."""
    table = np.concatenate([figures, np.ones((len(figures), 1))], axis=1)
    ridge = np.full(table.shape[1], 0.02)
    ridge[-1] = 1e-6
    line = np.zeros(table.shape[1])
    for _ in range(25):
        chances = 1 / (1 + np.exp(-np.clip(table @ line, -30, 30)))
        bend = (table * (weights * chances * (1 - chances))[:, None]).T @ table + np.diag(ridge)
        line -= np.linalg.solve(bend, table.T @ (weights * (chances - is_whole)) + ridge * line)
    return line.astype(np.float32)


def fit(table: Table, rows: npt.NDArray[np.bool_], seed: int, epochs: int) -> Network:
    """A network trained on these rows, each class counting the same: the straight line first, then what is left of it."""
    torch.manual_seed(seed)
    frames, figures = torch.from_numpy(table.frames[rows]), torch.from_numpy(table.figures[rows])
    wanted = torch.from_numpy(table.is_whole[rows].astype(np.float32))
    weights = torch.from_numpy(table.weight[rows])
    weights = torch.where(wanted > 0, weights / weights[wanted > 0].sum(), weights / weights[wanted == 0].sum())
    network = Network(figures.mean(0), figures.std(0) + 0.05)
    known = ((figures - network.means) / network.spreads).clamp(-4, 4).numpy().astype(np.float64)
    line = straight(known, table.is_whole[rows], weights.numpy().astype(np.float64) / 2)
    with torch.no_grad():
        network.straight.weight[:] = torch.from_numpy(line[:-1])
        network.straight.bias[:] = float(line[-1])
        network.out.weight.zero_()
        network.out.bias.zero_()
    learned = [value for name, value in network.named_parameters() if not name.startswith("straight")]
    order = torch.optim.AdamW(learned, lr=2e-3, weight_decay=0.1)
    size = 256
    steps = epochs * len(wanted) // size
    plan = torch.optim.lr_scheduler.OneCycleLR(order, 2e-3, total_steps=steps + 1)
    network.train()
    chance = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        # Drawn by weight, so that a batch holds as many ends as cuts.
        batch = torch.multinomial(weights, size, replacement=True, generator=chance)
        noisy = frames[batch] + 0.1 * torch.randn(size, CHANNELS, 1)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            network(noisy, figures[batch]), wanted[batch] * 0.96 + 0.02
        )
        order.zero_grad()
        loss.backward()
        order.step()
        plan.step()
    return network.eval()


def logits(networks: list[Network], table: Table, rows: npt.NDArray[np.bool_]) -> Floats:
    """The mean of the networks."""
    with torch.no_grad():
        found = [net(torch.from_numpy(table.frames[rows]), torch.from_numpy(table.figures[rows])) for net in networks]
    return torch.stack(found).mean(0).numpy()


def area(scores: Floats, is_whole: npt.NDArray[np.bool_]) -> float:
    """The chance that an end scores higher than a cut."""
    ranks = np.empty(len(scores))
    ranks[np.argsort(scores)] = np.arange(len(scores))
    return float((ranks[is_whole].mean() - (is_whole.sum() - 1) / 2) / (~is_whole).sum())


def scale(scores: Floats, is_whole: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Platt's: the straight line that makes a logit a chance, each class counting the same."""
    weights = np.where(is_whole, 0.5 / is_whole.sum(), 0.5 / (~is_whole).sum())
    table = np.stack([scores, np.ones_like(scores)], axis=1).astype(np.float64)
    line = np.array([0.5, 0.0])
    for _ in range(100):
        chances = 1 / (1 + np.exp(-table @ line))
        slope = table.T @ (weights * (chances - is_whole))
        bend = (table * (weights * chances * (1 - chances))[:, None]).T @ table + 1e-6 * np.eye(2)
        # A whole step of Newton's can leap over the valley.
        line -= np.clip(np.linalg.solve(bend, slope), -0.2, 0.2)
    return float(line[0]), float(line[1])


def export(networks: list[Network], line: tuple[float, float], path: Path) -> None:
    """The graph, node by node: the mean of the networks, on the line, as a chance."""
    nodes: list[onnx.NodeProto] = []
    weights: list[onnx.TensorProto] = []

    def keep(name: str, values: npt.ArrayLike, kind: npt.DTypeLike = np.float32) -> str:
        weights.append(numpy_helper.from_array(np.ascontiguousarray(np.asarray(values, dtype=kind)), name))
        return name

    def node(kind: str, inputs: list[str], output: str, **settings: object) -> str:
        nodes.append(helper.make_node(kind, inputs, [output], **settings))
        return output

    outs = []
    for number, network in enumerate(networks):
        state = {name: value.numpy() for name, value in network.state_dict().items()}
        seen = "frames"
        for layer in ("first", "second", "third"):
            put = [
                keep(f"{number}.{layer}.w", state[f"{layer}.weight"]),
                keep(f"{number}.{layer}.b", state[f"{layer}.bias"]),
            ]
            seen = node("Relu", [node("Conv", [seen, *put], f"{number}.{layer}.c", strides=[2])], f"{number}.{layer}")
        ends = [
            keep(f"{number}.{name}", [value], np.int64) for name, value in (("from", -4), ("to", 2**31), ("axis", 2))
        ]
        last = node(
            "ReduceMean", [node("Slice", [seen, *ends], f"{number}.end"), ends[2]], f"{number}.last", keepdims=0
        )
        whole = node("ReduceMean", [seen, ends[2]], f"{number}.whole", keepdims=0)
        moved = node("Sub", ["figures", keep(f"{number}.means", state["means"])], f"{number}.moved")
        known = node("Div", [moved, keep(f"{number}.spreads", state["spreads"])], f"{number}.known.open")
        known = node("Clip", [known, keep(f"{number}.low", -4.0), keep(f"{number}.high", 4.0)], f"{number}.known")
        both = node("Concat", [last, whole, known], f"{number}.both", axis=1)
        for layer, given in (("hidden", both), ("out", f"{number}.hidden.r"), ("straight", known)):
            put = [
                keep(f"{number}.{layer}.w", state[f"{layer}.weight"]),
                keep(f"{number}.{layer}.b", state[f"{layer}.bias"]),
            ]
            made_of = node("Gemm", [given, *put], f"{number}.{layer}.g", transB=1)
            if layer == "hidden":
                node("Relu", [made_of], f"{number}.hidden.r")
        outs.append(node("Add", [f"{number}.out.g", f"{number}.straight.g"], f"{number}.logit"))
    mean = node("Mean", outs, "mean")
    scaled = node("Add", [node("Mul", [mean, keep("slope", line[0])], "sloped"), keep("shift", line[1])], "scaled")
    node("Sigmoid", [scaled], "complete")
    graph = helper.make_graph(
        nodes,
        "turn_small",
        [
            helper.make_tensor_value_info("frames", TensorProto.FLOAT, [1, CHANNELS, STEPS]),
            helper.make_tensor_value_info("figures", TensorProto.FLOAT, [1, GLOBALS]),
        ],
        [helper.make_tensor_value_info("complete", TensorProto.FLOAT, [1, 1])],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], producer_name="privacy-assistant")
    model.ir_version = 9
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString(deterministic=True))


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--table", type=Path, help="keep the rows here, or take them from here")
    given = parser.parse_args()
    torch.set_num_threads(1)
    if given.table and given.table.is_file():
        table = Table(**np.load(given.table))
    else:
        table = gather()
        if given.table:
            np.savez(given.table, **vars(table))
    plain = table.is_plain
    scores = np.zeros(len(plain), np.float32)
    for fold in range(FOLDS):
        train, test = ~plain & (table.fold != fold), plain & (table.fold == fold)
        networks = [fit(table, train, seed, given.epochs) for seed in SEEDS]
        scores[test] = logits(networks, table, test)
        print(f"fold {fold}: area {area(scores[test], table.is_whole[test]):.3f} of {test.sum()}", flush=True)
    held, whole = scores[plain], table.is_whole[plain]
    if given.table:
        np.savez(given.table.with_suffix(".scores.npz"), logits=held, is_whole=whole)
    line = scale(held, whole)
    print(f"all folds: area {area(held, whole):.3f}; logit x {line[0]:.2f} + {line[1]:.2f}")
    chances = 1 / (1 + np.exp(-(held * line[0] + line[1])))
    for threshold in (0.3, 0.5, 0.7, 0.85):
        print(
            f"at {threshold}: ends {(chances[whole] > threshold).mean():.2f}, cuts {(chances[~whole] > threshold).mean():.2f}"
        )
    networks = [fit(table, ~plain, seed, given.epochs) for seed in SEEDS]
    export(networks, line, given.out)
    print(
        f"{given.out}: {given.out.stat().st_size} bytes, {len(networks)} x {sum(p.numel() for p in networks[0].parameters())} weights"
    )
    print(f"inputs: {BANDS} bands and 4 more over {STEPS} frames, width {WIDTH}, {GLOBALS} figures")


if __name__ == "__main__":
    main()
