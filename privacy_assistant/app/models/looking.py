"""A look into the files of a model before they get to their place: by our own readers of headers, no native code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.engines.gguf import check_gguf
from privacy_assistant.engines.whisper_files import check_whisper
from privacy_assistant.errors import EngineFailed

_MOST_JSON_BYTES = 4 * 1024 * 1024
_LONGEST = 100
_IR_VERSION = b"\x08"
"""How every network in ONNX begins: the version of the form."""

_POINTER = b"version "
"""How a pointer of Git LFS begins, and no file of a model."""
_HINT = "get the whole model again"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the files say of themselves; nobody vouches for it."""

    licence: str = ""
    languages: tuple[str, ...] = ()


def look(role: ModelRole, folder: Path) -> Seen:
    """Look at every file of a model that lies alone in a folder. Raises EngineMissing, EngineFailed."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    for file in files:
        _no_pointer(file)
    return _LOOKS[role](folder, files)


def _language_model(_folder: Path, files: list[Path]) -> Seen:
    models = _of_suffix(files, ".gguf")
    headers = [check_gguf(file) for file in models]
    return Seen(_plain(headers[0].licence))


def _recogniser(folder: Path, _files: list[Path]) -> Seen:
    check_whisper(folder)
    return Seen()


def _voice(_folder: Path, files: list[Path]) -> Seen:
    network = _of_suffix(files, ".onnx")[0]
    _network(network)
    from privacy_assistant.engines.tts_piper import PiperSpeaker  # it loads numpy

    PiperSpeaker(network)
    language = _table(network.with_name(f"{network.name}.json")).get("language")
    code = language.get("code") if isinstance(language, dict) else None
    return Seen(languages=_tag(code))


def _turn_detector(_folder: Path, files: list[Path]) -> Seen:
    _network(_of_suffix(files, ".onnx")[0])
    return Seen()


def _wake_word(_folder: Path, files: list[Path]) -> Seen:
    description = _table(_of_suffix(files, ".json")[0])
    network = _of_suffix(files, ".tflite")[0]
    if not isinstance(description.get("wake_word"), str) or _first(network, 8)[4:] != b"TFL3":
        raise _broken(network)
    trained = description.get("trained_languages")
    return Seen(languages=tuple(tag for code in trained for tag in _tag(code)) if isinstance(trained, list) else ())


def _finder(_folder: Path, files: list[Path]) -> Seen:
    for file in _of_suffix(files, ".json"):
        if file.name != "tokenizer.json":  # a list of a quarter of a million words
            _table(file)
    return Seen()


_LOOKS = {
    ModelRole.LLM: _language_model,
    ModelRole.STT: _recogniser,
    ModelRole.TTS: _voice,
    ModelRole.TURN: _turn_detector,
    ModelRole.WAKE: _wake_word,
    ModelRole.PII: _finder,
}


def _of_suffix(files: list[Path], suffix: str) -> list[Path]:
    found = [file for file in files if file.name.endswith(suffix)]
    if not found:
        raise EngineFailed(f"this is no such model: it has no {suffix} file", hint=_HINT)
    return found


def _network(file: Path) -> None:
    if _first(file, 1) != _IR_VERSION:
        raise EngineFailed(f"{file.name} is no network in ONNX", hint=_HINT)


def _no_pointer(file: Path) -> None:
    if _first(file, len(_POINTER)) == _POINTER:
        raise EngineFailed(f"{file.name} is a Git LFS pointer, not the file itself", hint=_HINT)


def _first(file: Path, count: int) -> bytes:
    with file.open("rb") as opened:
        return opened.read(count)


def _table(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > _MOST_JSON_BYTES:
            raise _broken(file)
        untrusted = json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError):
        raise _broken(file) from None
    except FileNotFoundError:
        raise EngineFailed(f"this is no such model: it has no {file.name}", hint=_HINT) from None
    if not isinstance(untrusted, dict):
        raise _broken(file)
    return untrusted


def _broken(file: Path) -> EngineFailed:
    return EngineFailed(f"{file.name} is damaged", hint=_HINT)


def _plain(untrusted_text: str) -> str:
    """What a file says of itself, fit for a line on a screen; "" where it is not."""
    text = untrusted_text.strip()
    return text if text.isprintable() and len(text) <= _LONGEST else ""


def _tag(untrusted_code: object) -> tuple[str, ...]:
    if not isinstance(untrusted_code, str):
        return ()
    base, _, region = untrusted_code.replace("_", "-").partition("-")
    if not base.isascii() or not base.isalpha() or len(base) not in (2, 3):
        return ()
    is_region = region.isascii() and region.isalnum() and 2 <= len(region) <= 8
    return (f"{base.lower()}-{region}" if is_region else base.lower(),)
