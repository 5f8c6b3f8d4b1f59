"""A hub on this machine with small models of ours, and the list of models that names them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from privacy_assistant.engines.catalogue import spare_llm
from privacy_assistant.engines.voices import SHIPPED
from tests.egress.hub_server import Hub
from tests.faces.conftest import Person
from tests.faces.said_aloud import OUR_WHISPER

EAR, MIND, MOUTH = "our-ear", "our-mind", "our-voice"

_FOLDERS = {EAR: "own/ear", MIND: "own/mind", MOUTH: "own/voice"}
_ROLES = {EAR: "stt", MIND: "llm", MOUTH: "tts"}


def hub_of_ours() -> Hub:
    """The tiny Whisper of the tests, the model and the voice of the package; skips the test where one is missing."""
    if not OUR_WHISPER.is_dir():
        pytest.skip("the tiny Whisper is not there (models/tiny_whisper makes it)")
    return Hub({f"{_FOLDERS[name]}/{path.name}": path for name in _FOLDERS for path in _files(name)})


def _files(name: str) -> list[Path]:
    if name == EAR:
        return [OUR_WHISPER / file for file in ("model.bin", "config.json", "tokenizer.json", "vocabulary.json")]
    if name == MIND:
        return [spare_llm().path]
    return [SHIPPED, SHIPPED.with_name(f"{SHIPPED.name}.json")]


def lists_our_models(person: Person, hub: Hub, names: tuple[str, ...] = (EAR, MIND, MOUTH)) -> Path:
    """Name these in config.toml, for every machine, as the small ones; the list that was written. Roles that are left
    out have a file of the person's own, so that nothing is offered for them."""
    text = ""
    for name in names:
        text += (
            f'[[model]]\nname = "{name}"\nrole = "{_ROLES[name]}"\ntier = "small"\nlicence = "MIT"\n'
            f'languages = ["en"]\nrepository = "{_FOLDERS[name]}"\nfor_gb = ["4", "8", "16", "32"]\n'
        )
        for path in _files(name):
            data = hub.files[f"{_FOLDERS[name]}/{path.name}"]
            content = data if isinstance(data, bytes) else data.read_bytes()
            text += (
                f'[[model.file]]\npath = "{path.name}"\nbytes = {len(content)}\n'
                f'sha256 = "{sha256(content).hexdigest()}"\n'
            )
    manifest = person.home.parent / "models.toml"
    manifest.write_text(text, encoding="utf-8")
    own = {"stt": OUR_WHISPER, "llm": spare_llm().path, "tts": SHIPPED}
    lines = [f'{role} = "{own[role]}"\n' for name, role in _ROLES.items() if name not in names]
    config = person.home / "config.toml"
    config.write_text(f'[models]\nmanifest = "{manifest}"\n{"".join(lines)}', encoding="utf-8")
    config.chmod(0o600)
    return manifest
