"""The network: no layers, but the whole synthesis as plain ONNX operators over the bank.

Piper's three inputs go in: the ids of the phonemes, how many there are, and three scales, of which only the length
counts. Ids become classes, then phones; pairs of phones become units; units become pitch periods, which are added up at
the pitch and pace of the moment (TD-PSOLA). Nothing is drawn by chance.

The pitch falls a little over the sentence, rises on stressed vowels, falls at a full stop, rises at a question, and
stays up at a comma, where the voice goes on; the last phones before every pause are longer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.piper_voice.alphabet import COMMAS, ID, PAIRS, QUESTION, STOPS, SYMBOLS, phone_number
from models.piper_voice.units import Chosen

CLASSES_OF_SYMBOLS = 256
_DROP, _STRESS, _LESS_STRESS, _LONG, _SPACE, _STOP, _COMMA, _ASK, _FIRST_PHONE = range(9)
_MU = 255.0


@dataclass(frozen=True)
class Tune:
    """Pitch as a multiple of the monotone's, and length as one of the unit's."""

    top: float = 1.1
    declination: float = 0.18
    stress: float = 0.14
    fall: float = -0.14
    comma: float = 0.06
    question: float = 0.31
    ramp: float = 7.0
    comma_ramp: float = 4.0
    stressed_length: float = 0.08
    last_length: float = 0.12
    last_phones: float = 3.0


class _Graph:
    """Nodes and constants as they are added."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def const(self, value: npt.ArrayLike, dtype: npt.DTypeLike | None = None) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, dtype), name))
        return name

    def ints(self, value: npt.ArrayLike) -> str:
        return self.const(value, np.int64)

    def floats(self, value: npt.ArrayLike) -> str:
        return self.const(value, np.float32)

    def op(self, kind: str, *inputs: str, out: str = "", **attributes: int | str) -> str:
        out = out or f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [out], **attributes))
        return out

    def to_int(self, name: str) -> str:
        return self.op("Cast", name, to=TensorProto.INT64)

    def to_float(self, name: str) -> str:
        return self.op("Cast", name, to=TensorProto.FLOAT)


@dataclass(frozen=True)
class _Tables:
    """Which class a symbol is, which phone a class is, which phone two classes are together (-1 for none)."""

    classes: npt.NDArray[np.int64]
    phone: npt.NDArray[np.int64]
    merged: npt.NDArray[np.int64]
    count: int


def _tables(phones: list[str]) -> _Tables:
    numbers = {name: at for at, name in enumerate(phones)}
    marks = set("ˈˌːˑ˞ʲʰˤʷ")
    letters = [s for s in SYMBOLS if s.isalpha() and s not in marks and phone_number(s, numbers) >= 0]
    letters = list(dict.fromkeys([*letters, *(char for pair in PAIRS for char in pair if char != "ː")]))
    count = _FIRST_PHONE + len(letters)
    classes = np.zeros(CLASSES_OF_SYMBOLS, np.int64)
    phone = np.full(count, -1, np.int64)
    phone[[_STOP, _COMMA, _ASK]] = 0
    for symbol, one in (("ˈ", _STRESS), ("ˌ", _LESS_STRESS), ("ː", _LONG), (" ", _SPACE), (QUESTION, _ASK)):
        classes[ID[symbol]] = one
    for symbols, one in ((COMMAS, _COMMA), (STOPS, _STOP)):
        for symbol in symbols:
            classes[ID[symbol]] = one
    for at, letter in enumerate(letters):
        phone[_FIRST_PHONE + at] = phone_number(letter, numbers)
        if letter in ID:
            classes[ID[letter]] = _FIRST_PHONE + at
    merged = np.full(count * count, -1, np.int64)
    for pair in PAIRS:
        one = _FIRST_PHONE + letters.index(pair[0])
        two = _LONG if pair[1] == "ː" else _FIRST_PHONE + letters.index(pair[1])
        merged[one * count + two] = phone_number(pair, numbers)
    for at in range(_FIRST_PHONE, count):
        if merged[at * count + _LONG] < 0:
            merged[at * count + _LONG] = phone[at]
    return _Tables(classes, phone, merged, count)


def as_bytes(sound: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """8 bits a sample by the mu law, and the table back."""
    level = sound / np.abs(sound).max()
    coded = np.round(np.sign(level) * np.log1p(_MU * np.abs(level)) / np.log1p(_MU) * 127 + 128).astype(np.uint8)
    value = (np.arange(256) - 128) / 127.0
    table = np.sign(value) * np.expm1(np.abs(value) * np.log1p(_MU)) / _MU
    return coded, table.astype(np.float32)


def make_graph(chosen: Chosen, period: int, tune: Tune) -> onnx.ModelProto:
    """The checked model. Its only Ceil holds the samples of each phoneme id, where Piper looks for alignments."""
    tables = _tables(chosen.phones)
    graph = _Graph()
    op, ints, floats = graph.op, graph.ints, graph.floats
    last, none, one, far = ints([-1]), ints([0]), ints([1]), ints([1 << 40])
    axis, axis1, zero, single = ints([0]), ints([1]), ints(0), ints(1)
    silence = floats([0.0])

    def before(name: str) -> str:
        return op("Slice", name, none, last, axis)

    def behind(name: str) -> str:
        return op("Slice", name, one, far, axis)

    # ---- ids to phones
    ids = op("Reshape", "input", last)
    ids = op("Slice", ids, none, op("Reshape", op("ReduceMax", "input_lengths", keepdims=0), last), axis)
    ids = op("Max", op("Min", ids, ints(CLASSES_OF_SYMBOLS - 1)), zero)
    kind = op("Gather", graph.const(tables.classes), ids)
    is_known = op("Greater", kind, zero)
    at = op("Compress", op("Range", zero, op("Squeeze", op("Shape", ids), axis), single), is_known, axis=0)
    kind = op("Compress", kind, is_known, axis=0)
    stress = op("Gather", floats([0, 1, 0.5] + [0] * (tables.count - 3)), op("Concat", none, before(kind), axis=0))
    is_sound = op("Greater", kind, ints(_LESS_STRESS))
    kind, stress, at = (op("Compress", name, is_sound, axis=0) for name in (kind, stress, at))
    following = op("Concat", behind(kind), none, axis=0)
    both = op("Gather", graph.const(tables.merged), op("Add", op("Mul", kind, ints(tables.count)), following))
    is_pair = op("GreaterOrEqual", both, zero)
    phone = op("Where", is_pair, both, op("Gather", graph.const(tables.phone), kind))
    is_eaten = op("Concat", none, before(graph.to_int(is_pair)), axis=0)
    is_kept = op("And", op("GreaterOrEqual", phone, zero), op("Equal", is_eaten, zero))
    at = op("Compress", at, is_kept, axis=0)
    stop = ints([_STOP])
    phone = op("Concat", none, op("Compress", phone, is_kept, axis=0), none, axis=0)
    stress = op("Concat", silence, op("Compress", stress, is_kept, axis=0), silence, axis=0)
    kind = op("Concat", stop, op("Compress", kind, is_kept, axis=0), stop, axis=0)

    # ---- where the next pause is, and of what kind
    count = op("Sub", op("Shape", phone), one)
    place = op("Range", zero, op("Squeeze", op("Add", count, one), axis), single)
    is_pause = op("Equal", phone, zero)
    row, column = op("Unsqueeze", place, axis), op("Unsqueeze", place, axis1)
    is_later = op("And", op("Unsqueeze", is_pause, axis), op("GreaterOrEqual", row, column))
    pause = op("ReduceMin", op("Where", is_later, row, ints(1 << 40)), ints([1]), keepdims=0)
    left = graph.to_float(op("Sub", pause, place))
    pause_kind = op("Gather", kind, pause)
    by_kind = np.zeros(tables.count, np.float32)
    ramps = np.full(tables.count, tune.ramp, np.float32)
    by_kind[[_STOP, _COMMA, _ASK]] = (tune.fall, tune.comma, tune.question)
    ramps[_COMMA] = tune.comma_ramp
    whole = floats(1)
    near = op("Max", op("Sub", whole, op("Div", left, op("Gather", floats(ramps), pause_kind))), floats(0))
    ending = op("Mul", near, op("Gather", floats(by_kind), pause_kind))
    is_last = op("Max", op("Sub", whole, op("Div", left, floats(tune.last_phones))), floats(0))

    # ---- pitch at each phone
    share = op("Div", graph.to_float(place), graph.to_float(count))
    pitch = op("Sub", floats(tune.top), op("Mul", share, floats(tune.declination)))
    pitch = op("Add", pitch, op("Add", op("Mul", stress, floats(tune.stress)), ending))

    # ---- units and their lengths in periods
    unit = op("Add", op("Mul", before(phone), ints(len(chosen.phones))), behind(phone))
    unit_start = graph.to_int(op("Gather", graph.const(chosen.start), unit))
    unit_count = graph.to_int(op("Gather", graph.const(chosen.count), unit))
    pitch_one, pitch_two = before(pitch), behind(pitch)
    scale = op("Slice", "scales", one, ints([2]), axis)
    scale = op("Max", op("Min", scale, floats(8.0)), floats(0.1))
    length = op("Mul", op("Mul", graph.to_float(unit_count), scale), op("Add", pitch_one, pitch_two))
    length = op("Mul", length, floats(0.5))
    stressed = op("Mul", op("Add", before(stress), behind(stress)), floats(tune.stressed_length))
    late = op("Mul", behind(is_last), floats(tune.last_length))
    length = op("Mul", length, op("Add", whole, op("Add", stressed, late)))
    periods = op("Max", graph.to_int(op("Round", length)), single)
    until = op("CumSum", periods, zero)
    since = op("Sub", until, periods)
    all_periods = op("Slice", until, last, far, axis)

    # ---- periods: which unit, which mark, which length
    steps = op("Expand", none, op("Add", all_periods, one))
    steps = op("ScatterElements", steps, until, op("Expand", one, count), axis=0, reduction="add")
    of_unit = op("CumSum", before(steps), zero)
    number = op("Range", zero, op("Squeeze", all_periods, axis), single)
    within = op("Sub", number, op("Gather", since, of_unit))
    made, there = op("Gather", periods, of_unit), op("Gather", unit_count, of_unit)
    source = op("Min", op("Div", op("Mul", within, there), made), op("Sub", there, single))
    mark = graph.to_int(op("Gather", graph.const(chosen.marks), op("Add", op("Gather", unit_start, of_unit), source)))
    progress = op("Div", graph.to_float(within), graph.to_float(made))
    rise = op("Mul", op("Gather", op("Sub", pitch_two, pitch_one), of_unit), progress)
    now = op("Add", op("Gather", pitch_one, of_unit), rise)
    step = graph.to_int(op("Round", op("Div", floats(period), now)))
    begin = op("CumSum", step, zero, exclusive=1)

    # ---- two periods around each mark, added up
    coded, back = as_bytes(chosen.sound)
    window = np.arange(-period, period)
    picked = op("Gather", graph.const(coded), op("Add", op("Unsqueeze", mark, axis1), ints(window[None])))
    sound = op("Gather", floats(back), op("Cast", picked, to=TensorProto.INT32))
    sound = op("Mul", sound, floats((0.5 + 0.5 * np.cos(np.pi * (window + 0.5) / period))[None]))
    where = op("Add", op("Unsqueeze", begin, axis1), ints(np.arange(2 * period)[None]))
    total = op("Add", op("Slice", begin, last, far, axis), ints([2 * period]))
    out = op("Expand", silence, total)
    out = op("ScatterElements", out, op("Reshape", where, last), op("Reshape", sound, last), axis=0, reduction="add")
    op("Reshape", out, ints([1, 1, 1, -1]), out="output")

    # ---- samples of each id: half of the unit on each side of a phone
    stops = op("Concat", op("Gather", begin, behind(since)), total, axis=0)
    middle = op("Div", op("Add", op("Gather", begin, since), stops), ints(2))
    inner = before(middle)
    shape = op("Shape", at)
    ends = op("Slice", op("Concat", behind(inner), total, axis=0), none, shape, axis)
    starts = op("Slice", op("Concat", none, behind(inner), axis=0), none, shape, axis)
    spans = op("Expand", silence, op("Shape", ids))
    spans = op("ScatterElements", spans, at, graph.to_float(op("Sub", ends, starts)), axis=0)
    op("Ceil", op("Reshape", spans, ints([1, 1, -1])), out="w_ceil")
    return _checked(graph)


def _checked(graph: _Graph) -> onnx.ModelProto:
    inputs = [
        helper.make_tensor_value_info("input", TensorProto.INT64, ["batch_size", "phonemes"]),
        helper.make_tensor_value_info("input_lengths", TensorProto.INT64, ["batch_size"]),
        helper.make_tensor_value_info("scales", TensorProto.FLOAT, [3]),
    ]
    outputs = [helper.make_tensor_value_info("output", TensorProto.FLOAT, ["batch_size", 1, 1, "time"])]
    made = helper.make_graph(graph.nodes, "espeak_diphones", inputs, outputs, graph.constants)
    model = helper.make_model(
        made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8, producer_name="models.piper_voice"
    )
    model.doc_string = "Units of espeak-ng's own speech, joined at run time; nothing was trained. GPL-3.0-or-later."
    onnx.checker.check_model(model)
    return model
