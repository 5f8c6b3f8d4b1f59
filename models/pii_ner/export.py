"""Write the ONNX file of trained weights: n-gram tables in 4 bits, the rest in 8, each with a scale a row.

The graph is written node by node instead of traced: it holds nothing but the operators named here, and the same weights
give the same bytes. Several weights make one graph that gives the mean of their chances (docs/decisions/0006).
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from models.pii_ner.network import HIDDEN
from privacy_assistant.engines.pii_ner import features
from privacy_assistant.engines.pii_ner.tags import TAGS

Floats = npt.NDArray[np.float32]
State = dict[str, torch.Tensor]


class _Graph:
    """Nodes and weights as they are added. `prefix` keeps the networks of an ensemble apart."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.prefix = ""
        self._known: set[str] = set()

    def add(self, kind: str, inputs: list[str], output: str, **attributes: object) -> str:
        """One node; returns the name of what it gives."""
        name = self.prefix + output
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def constant(self, name: str, value: npt.NDArray[np.generic], *, is_shared: bool = False) -> str:
        """A weight; a shared one is written once."""
        full = name if is_shared else self.prefix + name
        if full not in self._known:
            self._known.add(full)
            self.weights.append(numpy_helper.from_array(value, full))
        return full

    def weight(self, name: str, value: Floats) -> str:
        """A matrix kept in 8 bits with a scale a row, used in 32: onnxruntime unpacks it once, at the start."""
        scale = np.maximum(np.abs(value).max(axis=-1, keepdims=True), 1e-8) / 127
        small = np.clip(np.round(value / scale), -127, 127).astype(np.int8)
        whole = self.add("Cast", [self.constant(f"{name}.small", small)], f"{name}.floats", to=TensorProto.FLOAT)
        return self.add("Mul", [whole, self.constant(f"{name}.scale", scale.astype(np.float32))], name)

    def looked_up(self, name: str, table: Floats, index: str) -> str:
        """Rows of an int8 table."""
        scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-8) / 127
        small = np.clip(np.round(table / scale), -127, 127).astype(np.int8)
        rows = self.add("Gather", [self.constant(f"{name}.table", small), index], f"{name}.rows")
        scales = self.add("Gather", [self.constant(f"{name}.scale", scale.astype(np.float32)), index], f"{name}.scales")
        return self.add("Mul", [self.add("Cast", [rows], f"{name}.floats", to=TensorProto.FLOAT), scales], name)

    def looked_up_in_nibbles(self, name: str, table: Floats, index: str) -> str:
        """Rows of a table with two values a byte: the first half of the columns low, the second half high."""
        scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-8) / 7
        small = (np.clip(np.round(table / scale), -7, 7) + 8).astype(np.uint8)
        half = table.shape[1] // 2
        packed = self.constant(f"{name}.table", small[:, :half] | small[:, half:] << 4)
        rows = self.add("Gather", [packed, index], f"{name}.rows")
        low = self.add(
            "BitwiseAnd", [rows, self.constant("nibble", np.array(15, np.uint8), is_shared=True)], f"{name}.low"
        )
        four = self.constant("four", np.array(4, np.uint8), is_shared=True)
        high = self.add("BitShift", [rows, four], f"{name}.high", direction="RIGHT")
        both = self.add("Concat", [low, high], f"{name}.both", axis=-1)
        floats = self.add("Cast", [both], f"{name}.floats", to=TensorProto.FLOAT)
        centred = self.add(
            "Sub", [floats, self.constant("eight", np.array(8, np.float32), is_shared=True)], f"{name}.centred"
        )
        scales = self.add("Gather", [self.constant(f"{name}.scale", scale.astype(np.float32)), index], f"{name}.scales")
        return self.add("Mul", [centred, scales], name)


def build(states: list[State]) -> onnx.ModelProto:
    """The model: `rows` (words, windows, COLUMNS) int32 and `sizes` (windows) int32 → `chances`.

    `chances` is (words, windows, classes), the mean over the networks.
    """
    graph = _Graph()
    last = graph.constant("last", np.array([2], dtype=np.int64))

    def column(name: str, start: int, end: int) -> str:
        bounds = [
            graph.constant(f"{name}.{part}", np.array([at], dtype=np.int64)) for part, at in (("a", start), ("b", end))
        ]
        return graph.add("Slice", ["rows", *bounds, last], name)

    indices = [
        graph.add("Squeeze", [column(f"{name}.column", n, n + 1), last], f"{name}.index")
        for n, name in enumerate(("word", "listed", "form"))
    ]
    grams = column("grams", 3, features.COLUMNS)
    zero = graph.constant("zero", np.array(0, dtype=np.int32))
    is_there = graph.add("Cast", [graph.add("Greater", [grams, zero], "gram.some")], "gram.ones", to=TensorProto.FLOAT)
    one = graph.constant("one", np.array(1, dtype=np.float32))
    count = graph.add("Max", [graph.add("ReduceSum", [is_there, last], "gram.count", keepdims=1), one], "gram.least")
    root = graph.add("Sqrt", [count], "gram.root")
    chances = []
    for number, state in enumerate(states):
        graph.prefix = f"n{number}."
        chances.append(_network(graph, state, indices, grams, root, last))
    graph.prefix = ""
    graph.add("Mean", chances, "chances")
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "names",
            [
                helper.make_tensor_value_info("rows", TensorProto.INT32, ["words", "windows", features.COLUMNS]),
                helper.make_tensor_value_info("sizes", TensorProto.INT32, ["windows"]),
            ],
            [helper.make_tensor_value_info("chances", TensorProto.FLOAT, ["words", "windows", len(TAGS)])],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        producer_name="privacy_assistant models.pii_ner",
    )
    model.ir_version = 9
    onnx.checker.check_model(model)
    return model


def _network(graph: _Graph, state: State, indices: list[str], grams: str, root: str, last: str) -> str:
    """One network's chances."""
    weights: dict[str, Floats] = {name: value.numpy().astype(np.float32) for name, value in state.items()}

    def linear(name: str, given: str) -> str:
        # The scale of a row is that of an output, so the matrix is kept as torch has it and turned over in the graph.
        turned = graph.add(
            "Transpose", [graph.weight(f"{name}.w", weights[f"{name}.weight"])], f"{name}.turned", perm=[1, 0]
        )
        product = graph.add("MatMul", [given, turned], f"{name}.product")
        return graph.add("Add", [product, graph.constant(f"{name}.b", weights[f"{name}.bias"])], f"{name}.sum")

    def gru(name: str, given: str) -> str:
        def gates(part: str) -> Floats:
            # torch has the gates reset, update, new; ONNX update, reset, hidden.
            both = []
            for way in ("", "_reverse"):
                reset, update, new = np.split(weights[f"{name}.{part}_l0{way}"], 3)
                both.append(np.concatenate([update, reset, new]))
            return np.stack(both)

        bias = np.concatenate([gates("bias_ih"), gates("bias_hh")], axis=1)
        inputs = [
            given,
            graph.weight(f"{name}.w", gates("weight_ih")),
            graph.weight(f"{name}.r", gates("weight_hh")),
            graph.constant(f"{name}.b", bias),
            "sizes",
        ]
        raw = graph.add(
            "GRU", inputs, f"{name}.raw", hidden_size=HIDDEN, direction="bidirectional", linear_before_reset=1
        )
        moved = graph.add("Transpose", [raw], f"{name}.moved", perm=[0, 2, 1, 3])
        shape = graph.constant("both.shape", np.array([0, 0, 2 * HIDDEN], dtype=np.int64), is_shared=True)
        return graph.add("Reshape", [moved, shape], name)

    word, listed, form = (
        graph.looked_up(n, weights[f"{n}.weight"], at)
        for n, at in zip(("word", "listed", "form"), indices, strict=True)
    )
    total = graph.add(
        "ReduceSum", [graph.looked_up_in_nibbles("gram", weights["gram.weight"], grams), last], "gram.total", keepdims=0
    )
    look = graph.add("Div", [total, root], "gram.look")
    inner = graph.add(
        "Relu", [linear("inner", graph.add("Concat", [word, look, listed, form], "joined", axis=2))], "inner"
    )
    first = gru("first", inner)
    second = gru("second", first)
    top = graph.add("Concat", [graph.add("Add", [first, second], "both"), inner], "top", axis=2)
    return graph.add("Softmax", [linear("out", top)], "chances", axis=2)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path, nargs="+")
    parser.add_argument("--target", type=Path, required=True)
    asked = parser.parse_args()
    data = build([torch.load(file, weights_only=True) for file in asked.weights]).SerializeToString(deterministic=True)
    asked.target.write_bytes(data)
    print(f"{len(data):,} bytes")
