"""Write the ONNX file of trained weights: int8 tables with a scale a row, the rest in 16 bits.

The graph is written node by node instead of traced: it holds nothing but the operators named here, and the same weights
give the same bytes.
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


class _Graph:
    """Nodes and weights as they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def add(self, kind: str, inputs: list[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, name: str, value: npt.NDArray[np.generic]) -> str:
        self.weights.append(numpy_helper.from_array(value, name))
        return name

    def half(self, name: str, value: Floats) -> str:
        """A weight kept in 16 bits and used in 32."""
        return self.add("Cast", [self.constant(f"{name}.half", value.astype(np.float16))], name, to=TensorProto.FLOAT)

    def looked_up(self, name: str, table: Floats, index: str) -> str:
        """Rows of an int8 table with a scale for each row."""
        scale = np.maximum(np.abs(table).max(axis=1, keepdims=True), 1e-8) / 127
        small = np.clip(np.round(table / scale), -127, 127).astype(np.int8)
        rows = self.add("Gather", [self.constant(f"{name}.table", small), index], f"{name}.rows")
        scales = self.add("Gather", [self.constant(f"{name}.scale", scale.astype(np.float32)), index], f"{name}.scales")
        return self.add("Mul", [self.add("Cast", [rows], f"{name}.floats", to=TensorProto.FLOAT), scales], name)


def build(state: dict[str, torch.Tensor]) -> onnx.ModelProto:
    """The model: `rows` (words, windows, COLUMNS) int32 and `sizes` (windows) int32 → (words, windows, classes) chances."""
    weights: dict[str, Floats] = {name: value.numpy().astype(np.float32) for name, value in state.items()}
    graph = _Graph()

    def column(name: str, start: int, end: int) -> str:
        bounds = [
            graph.constant(f"{name}.{part}", np.array([value], dtype=np.int64))
            for part, value in (("a", start), ("b", end), ("axis", 2))
        ]
        return graph.add("Slice", ["rows", *bounds], name)

    last = graph.constant("last", np.array([2], dtype=np.int64))
    parts = []
    for number, name in enumerate(("word", "listed", "form")):
        index = graph.add("Squeeze", [column(f"{name}.column", number, number + 1), last], f"{name}.index")
        parts.append(graph.looked_up(name, weights[f"{name}.weight"], index))
    grams = column("grams", 3, features.COLUMNS)
    vectors = graph.looked_up("gram", weights["gram.weight"], grams)
    total = graph.add("ReduceSum", [vectors, last], "gram.total", keepdims=0)
    zero = graph.constant("zero", np.array(0, dtype=np.int32))
    is_there = graph.add("Cast", [graph.add("Greater", [grams, zero], "gram.some")], "gram.ones", to=TensorProto.FLOAT)
    count = graph.add(
        "Max",
        [
            graph.add("ReduceSum", [is_there, last], "gram.count", keepdims=1),
            graph.constant("one", np.array(1, dtype=np.float32)),
        ],
        "gram.least",
    )
    mean = graph.add("Div", [total, graph.add("Sqrt", [count], "gram.root")], "gram.mean")
    joined = graph.add("Concat", [parts[0], mean, parts[1], parts[2]], "joined", axis=2)

    def linear(name: str, given: str) -> str:
        weight = graph.half(f"{name}.w", np.ascontiguousarray(weights[f"{name}.weight"].T))
        return graph.add(
            "Add",
            [graph.add("MatMul", [given, weight], f"{name}.product"), graph.half(f"{name}.b", weights[f"{name}.bias"])],
            f"{name}.sum",
        )

    def gru(name: str, given: str) -> str:
        def gates(part: str) -> Floats:
            # torch has the gates reset, update, new; ONNX update, reset, hidden.
            both = []
            for way in ("", "_reverse"):
                reset, update, new = np.split(weights[f"{name}.{part}_l0{way}"], 3)
                both.append(np.concatenate([update, reset, new]))
            return np.stack(both)

        bias = np.concatenate([gates("bias_ih"), gates("bias_hh")], axis=1)
        raw = graph.add(
            "GRU",
            [given, graph.half(f"{name}.w", gates("weight_ih")), graph.half(f"{name}.r", gates("weight_hh")), graph.half(f"{name}.b", bias), "sizes"],
            f"{name}.raw", hidden_size=HIDDEN, direction="bidirectional", linear_before_reset=1,
        )  # fmt: skip
        moved = graph.add("Transpose", [raw], f"{name}.moved", perm=[0, 2, 1, 3])
        shape = graph.constant(f"{name}.shape", np.array([0, 0, 2 * HIDDEN], dtype=np.int64))
        return graph.add("Reshape", [moved, shape], name)

    inner = graph.add("Relu", [linear("inner", joined)], "inner")
    first = gru("first", inner)
    second = gru("second", first)
    top = graph.add("Concat", [graph.add("Add", [first, second], "both"), inner], "top", axis=2)
    graph.add("Softmax", [linear("out", top)], "chances", axis=2)
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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("weights", type=Path)
    parser.add_argument("target", type=Path)
    asked = parser.parse_args()
    data = build(torch.load(asked.weights, weights_only=True)).SerializeToString(deterministic=True)
    asked.target.write_bytes(data)
    print(f"{len(data):,} bytes")
