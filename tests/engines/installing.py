"""Models put into a folder and its lock file, as they are after a fetch."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from privacy_assistant.core.model_card import MAKER_OF, ModelRole
from privacy_assistant.core.model_lock import Installed, LockedFile, Trust
from privacy_assistant.engines.model_store import Store

ABOUT = {
    ModelRole.LLM: ("x.gguf",),
    ModelRole.STT: ("config.json", "model.bin", "tokenizer.json", "vocabulary.json"),
    ModelRole.TTS: ("en-x.onnx.json", "en-x.onnx"),
    ModelRole.TURN: ("turn.onnx",),
    ModelRole.WAKE: ("hey.tflite", "hey.json"),
    ModelRole.PII: ("gliner_config.json", "model.onnx"),
}
"""What the files of a model are called."""


def install(
    models: Path,
    role: ModelRole,
    name: str,
    files: Mapping[str, bytes] | None = None,
    *,
    on: str = "2026-01-01",
    languages: tuple[str, ...] = ("*",),
) -> Installed:
    """Put a model there; without `files` it has those of its role, which hold nothing that could be used."""
    files = files or dict.fromkeys(ABOUT[role], name.encode())
    folder = models / role / name
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in files.items():
        (folder / file).write_bytes(content)
    model = Installed(
        name,
        role,
        MAKER_OF[role],
        tuple(LockedFile(f"{role}/{name}/{file}", len(raw), sha256(raw).hexdigest()) for file, raw in files.items()),
        Trust.FIRST_USE,
        "MIT",
        languages,
        source="owner/name@main",
        installed=on,
        context_tokens=1234,
    )
    Store(models).change(lambda lock: lock.with_model(model))
    return model
