"""Programs in the place of a worker: they speak its protocol, and do what a real one should not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from privacy_assistant.engines.worker import launch
from privacy_assistant.engines.worker.process import Hello, WorkerProcess

ROOT = Path(launch.__file__).resolve().parents[3]

_HEAD = f"""
import json, os, signal, struct, sys, time
sys.path.insert(0, {str(ROOT)!r})
from privacy_assistant.engines.worker.frames import Decoder, encode

_decoder, _packets = Decoder(), []

def take():
    while not _packets:
        read = os.read(0, 65536)
        if not read:
            os._exit(0)
        _packets.extend(_decoder.feed(read))
    return _packets.pop(0).fields

def give(fields, payload=b""):
    raw(encode(fields, payload))

def raw(data):
    while data:
        data = data[os.write(1, data):]

READY = {{"ready": {{"network": "none", "files": "none"}}}}
"""


def program(monkeypatch: pytest.MonkeyPatch, folder: Path, text: str) -> WorkerProcess:
    """A worker that is this program; `take()` gives it the next packet, `give()` and `raw()` send."""
    file = folder / "program.py"
    file.write_text(_HEAD + text, encoding="utf-8")
    monkeypatch.setattr(launch, "command", lambda: [sys.executable, "-I", str(file)])
    return WorkerProcess(Hello("the engine", "none"))
