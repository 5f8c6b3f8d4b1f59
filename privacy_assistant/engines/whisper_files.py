"""A directory of a Whisper as CTranslate2 keeps one, looked at before native code reads it.

faster-whisper would ask a hub for a directory or a tokenizer that is not there, and native code tells of a broken file
in words of its own, or not at all. So everything that is needed is there and well-formed, or is named in one line.
"""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from privacy_assistant.errors import EngineFailed, EngineMissing

FILES = (
    *("model.bin", "config.json", "tokenizer.json", "preprocessor_config.json"),
    *("vocabulary.json", "vocabulary.txt", "shared_vocabulary.json", "shared_vocabulary.txt"),
)
"""All that faster-whisper and CTranslate2 open in such a directory, if it is there."""

_KIND = "WhisperSpec"
_MOST_VARIABLES = 100_000
_MOST_TEXT_BYTES = 16 * 1024 * 1024
"""Of one file of JSON; the largest tokenizer has four. It is read in the process that holds the keys."""
_LAYER = re.compile(r"(encoder|decoder)/layer_([0-9]{1,4})/")
_GET = "get the whole directory again, or set stt under [models] in config.toml to another one"
_LONE = "a CTranslate2 Whisper is a directory with model.bin, config.json, tokenizer.json and vocabulary.json"


@dataclass(frozen=True, slots=True)
class WhisperFiles:
    """A directory that can be handed to CTranslate2, and how deep its network is."""

    directory: Path
    encoder_layers: int
    decoder_layers: int

    @property
    def is_distilled(self) -> bool:
        """A distilled one repeats a prompt instead of listening."""
        is_shallow = self.decoder_layers <= 2 and self.encoder_layers >= 12
        return is_shallow or "distil" in self.directory.name.lower()


def check_whisper(directory: Path) -> WhisperFiles:
    """Look at every file. Raises EngineMissing for one that is not there, EngineFailed for a broken one."""
    if not directory.is_dir():
        raise EngineMissing("there is no such directory of a recogniser", hint=_LONE)
    for name in ("model.bin", "config.json", "tokenizer.json"):
        if not (directory / name).is_file():
            raise EngineMissing(f"the recogniser in {directory} has no {name}", hint=_LONE)
    if not any((directory / name).is_file() for name in ("vocabulary.json", "vocabulary.txt")):
        raise EngineMissing(f"the recogniser in {directory} has no vocabulary.json", hint=_LONE)
    _table(directory / "config.json")
    if "model" not in _table(directory / "tokenizer.json"):
        raise _broken(directory / "tokenizer.json")
    if (directory / "preprocessor_config.json").is_file():
        _table(directory / "preprocessor_config.json")
    if (directory / "vocabulary.json").is_file() and not isinstance(_parsed(directory / "vocabulary.json"), list):
        raise _broken(directory / "vocabulary.json")
    layers = _layers(directory / "model.bin")
    return WhisperFiles(directory, layers["encoder"], layers["decoder"])


def _table(file: Path) -> dict[str, Any]:
    untrusted = _parsed(file)
    if not isinstance(untrusted, dict):
        raise _broken(file)
    return untrusted


def _parsed(file: Path) -> Any:
    try:
        if file.stat().st_size > _MOST_TEXT_BYTES:
            raise _broken(file)
        return json.loads(file.read_text("utf-8"))
    except OSError:
        raise EngineFailed(f"the file {file} of the recogniser cannot be read", hint="check its permissions") from None
    except (ValueError, RecursionError):
        raise _broken(file) from None


def _layers(file: Path) -> dict[str, int]:
    """How many layers the network has on either side, from the names of its variables.

    The layout (CTranslate2, `Model::load` and its Python writer): version, kind, revision, then for each variable its
    name, dimensions, type and bytes; then other names of variables. Numbers are little-endian.
    """
    layers = {"encoder": 0, "decoder": 0}
    try:
        with file.open("rb") as opened:
            size = file.stat().st_size
            version = _number(opened, "<I")
            if not 4 <= version <= 100 or _string(opened) != _KIND:
                raise EngineFailed(f"the file {file} is no Whisper of CTranslate2", hint=_LONE)
            _number(opened, "<I")
            count = _number(opened, "<I")
            if count > _MOST_VARIABLES:
                raise _broken(file)
            for _ in range(count):
                found = _LAYER.match(_string(opened))
                if found is not None:
                    layers[found[1]] = max(layers[found[1]], int(found[2]) + 1)
                opened.seek(4 * _number(opened, "<B") + 1, 1)
                length = _number(opened, "<I")
                if opened.tell() + length > size:
                    raise _broken(file)
                opened.seek(length, 1)
            for _ in range(_number(opened, "<I")):
                _string(opened)
                _string(opened)
    except OSError:
        raise EngineFailed(f"the file {file} of the recogniser cannot be read", hint="check its permissions") from None
    except (struct.error, UnicodeDecodeError):
        raise _broken(file) from None
    return layers


def _number(opened: BinaryIO, form: str) -> int:
    value: int = struct.unpack(form, opened.read(struct.calcsize(form)))[0]
    return value


def _string(opened: BinaryIO) -> str:
    length = _number(opened, "<H")
    raw = opened.read(length)
    if len(raw) < length:
        raise struct.error
    return raw.rstrip(b"\0").decode("utf-8")


def _broken(file: Path) -> EngineFailed:
    return EngineFailed(f"the file {file} of the recogniser is damaged", hint=_GET)
