"""A small network, opened by onnxruntime on one thread: what all of ours here need, and their three ways to fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from privacy_assistant.engines.silence import silence
from privacy_assistant.errors import EngineFailed, EngineMissing


def opened(network: Path, what: str, hint: str, *, has_arena: bool = True) -> Any:
    """An InferenceSession. `what` is who needs it ("the voice detector"), `hint` what to do about a file that is
    missing or damaged; without `has_arena` memory is given back after each run.

    Raises EngineMissing or EngineFailed.
    """
    silence()
    try:
        import onnxruntime  # type: ignore[import-untyped]  # it carries no types; 40 ms, for those who need a network
    except ImportError:
        raise EngineMissing(f"{what} needs onnxruntime", hint="pip install onnxruntime") from None
    if not network.is_file():
        raise EngineMissing(f"the network of {what} is missing", hint=hint)
    options = onnxruntime.SessionOptions()
    # One thread: such work is done before a second one wakes, and spinning threads cost the language model.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.enable_cpu_mem_arena = has_arena
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(str(network), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001 - onnxruntime raises its own classes, one per cause
        raise EngineFailed(f"the network of {what} is damaged: {type(error).__name__}", hint=hint) from None
