"""Libraries of native code that report how they are used, told to be silent before they are loaded.

The tripwire sees what Python opens, not what a library opens by itself. onnxruntime's official builds hold an uploader
that is on unless ORT_DISABLE_TELEMETRY stands in the environment when the library starts: it keeps an identifier of
this device and events under ~/.cache/Microsoft and sends them to Microsoft (its Privacy.md). Its API for the same
comes too late for the first event.
"""

from __future__ import annotations

import os

WORDS = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_XET": "1",
    "HF_HUB_OFFLINE": "1",
    "DO_NOT_TRACK": "1",
    "TORCH_FORCE_WEIGHTS_ONLY_LOAD": "1",
}
"""What the environment says then, to this process and its children. The last is for finders of others: PyTorch runs no
code out of a model's file, whatever the library that asks it to load one says."""


def silence() -> None:
    """Set the words. To be called before each import of a library that may report or ask a hub."""
    os.environ.update(WORDS)
