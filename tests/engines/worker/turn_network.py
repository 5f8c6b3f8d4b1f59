"""A network with the input of Smart Turn, written byte by byte: the sigmoid of the mean of what it hears.

The fields are those of onnx.proto3; Smart Turn itself has 8.7 MB and is not in the test data.
"""

from __future__ import annotations


def turn_network() -> bytes:
    """The file."""
    nodes = [("ReduceMean", "input_features", "mean"), ("Sigmoid", "mean", "chance")]
    graph = b"".join(_text(1, _name(1, taken) + _name(2, given) + _name(4, kind)) for kind, taken, given in nodes)
    graph += (
        _name(2, "turn") + _text(11, _tensor("input_features", (1, 80, 800))) + _text(12, _tensor("chance", (1, 1, 1)))
    )
    return _number(1, 8) + _text(7, graph) + _text(8, _number(2, 13))


def _tensor(name: str, sizes: tuple[int, ...]) -> bytes:
    shape = b"".join(_text(1, _number(1, size)) for size in sizes)
    return _name(1, name) + _text(2, _text(1, _number(1, 1) + _text(2, shape)))


def _name(field: int, value: str) -> bytes:
    return _text(field, value.encode("ascii"))


def _text(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _varint(value: int) -> bytes:
    groups = []
    while value > 0x7F:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])
