"""What is installed: one lock file for all models, with the digest of every file as it was when it came.

The form is JSON (`models/lock.json`), because it is written by the program and read by it. Nothing in it is secret;
whoever can change it can change the models beside it too. It keeps broken, swapped and half-written files from a
parser, and tells where each byte came from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from privacy_assistant.core.model_card import (
    DEFAULT_CONTEXT_TOKENS,
    MAKER_OF,
    MOST_BYTES,
    MOST_FILES,
    Maker,
    ModelRole,
    is_for,
    is_safe_path,
)
from privacy_assistant.errors import SettingsError

LOCK_FILE = "lock.json"
VERSION = 1

_MOST_BYTES_OF_LOCK = 8 * 1024 * 1024
_MOST_MODELS = 10_000
_MOST_LANGUAGES = 1000
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)
_MORE = re.compile(r"\+[0-9a-f]{8}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class Trust(StrEnum):
    """Who said what the bytes should be, when they came."""

    PUBLISHED = "published"  # the manifest has the digest that its publisher gives
    RECORDED = "recorded"  # the manifest has a digest that others recorded, not its publisher
    HUB = "hub"  # the hub that gave the file told its digest too
    FIRST_USE = "first use"  # nobody: locked as it came
    IMPORTED = "imported"  # the person brought it, and nobody vouches for it


@dataclass(frozen=True, slots=True)
class LockedFile:
    """One installed file. `path` is below the folder of models, with / between; `url` where it came from, without a
    query, "" for what was brought."""

    path: str
    bytes: int
    sha256: str
    url: str = ""

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Installed:
    """One installed model. `installed` is a date, ISO 8601."""

    name: str
    role: ModelRole
    maker: Maker
    files: tuple[LockedFile, ...]
    trust: Trust
    licence: str = ""
    languages: tuple[str, ...] = ("*",)
    source: str = ""
    revision: str = ""
    installed: str = ""
    context_tokens: int = DEFAULT_CONTEXT_TOKENS

    @property
    def bytes(self) -> int:
        """Of all files together."""
        return sum(file.bytes for file in self.files)

    @property
    def folder(self) -> str:
        """The folder it lies in, below that of models."""
        return self.files[0].path.rpartition("/")[0]

    def speaks(self, language: str) -> bool:
        """Whether it is for a language, by the first part of the tag."""
        return is_for(self.languages, language)


@dataclass(frozen=True, slots=True)
class Lock:
    """All that is installed, by name."""

    models: tuple[Installed, ...] = ()

    def get(self, name: str) -> Installed | None:
        """The model of this name."""
        return next((model for model in self.models if model.name == name), None)

    def of_role(self, role: ModelRole) -> tuple[Installed, ...]:
        """The models that do this, by name."""
        return tuple(model for model in self.models if model.role is role)

    def with_model(self, model: Installed) -> Lock:
        """With this one, in the place of one of its name."""
        kept = [other for other in self.models if other.name != model.name]
        return Lock(tuple(sorted([*kept, model], key=lambda one: one.name)))

    def without(self, name: str) -> Lock:
        """Without the one of this name."""
        return Lock(tuple(model for model in self.models if model.name != name))


def dump_lock(lock: Lock) -> str:
    """The text of the file."""
    return json.dumps({"version": VERSION, "models": [asdict(model) for model in lock.models]}, indent=1) + "\n"


def parse_lock(text: str | bytes, file: str) -> Lock:
    """Read the file. Raises SettingsError, and nothing else, whatever it holds; no message shows a value of it.

    The error of a file that is whole, and of another version, names the key "version"; that of a damaged one no key.
    """

    def refuse(what: str, key: str = "") -> SettingsError:
        hint = "install its models again: privacy-assistant models pull, or import"
        if key:
            hint = "use the version of privacy-assistant that wrote it, or move it away"
        return SettingsError(f"{file} {what}", key=key, file=file, hint=hint)

    if len(text) > _MOST_BYTES_OF_LOCK:
        raise refuse("is too long for a list of models")
    try:
        untrusted = json.loads(text)
    except (ValueError, RecursionError):
        raise refuse("is damaged: it is no JSON") from None
    if not isinstance(untrusted, dict) or not isinstance(untrusted.get("models"), list):
        raise refuse("is damaged: it is no list of models")
    if untrusted.get("version") != VERSION or isinstance(untrusted["version"], bool):
        raise refuse("was written by another version", "version")
    if len(untrusted["models"]) > _MOST_MODELS:
        raise refuse("is too long for a list of models")
    models = []
    for number, row in enumerate(untrusted["models"], 1):
        try:
            models.append(_installed(row))
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
            raise refuse(f"is damaged at model {number}") from None
    if len({model.name for model in models}) < len(models):
        raise refuse("names a model twice")
    return Lock(tuple(sorted(models, key=lambda one: one.name)))


def is_folder_of(folder: str, role: ModelRole, name: str) -> bool:
    """Whether a model of this name may lie there: ROLE/NAME, or ROLE/NAME+ and eight hex digits for one that came while
    another was in the first place. No name has a "+" in it."""
    own = f"{role}/{name}"
    return folder == own or (folder.startswith(f"{own}+") and bool(_MORE.fullmatch(folder[len(own) :])))


def _installed(row: Mapping[str, Any]) -> Installed:
    role = ModelRole(row["role"])
    files = tuple(_locked(one) for one in row["files"])
    if not 1 <= len(files) <= MOST_FILES or len({file.path.casefold() for file in files}) < len(files):
        raise ValueError("files")
    name = _text(row, "name", 100)
    if not _NAME.fullmatch(name) or Maker(row["maker"]) is not MAKER_OF[role]:
        raise ValueError("name")
    folders = {file.path.rpartition("/")[0] for file in files}
    if len(folders) > 1 or not is_folder_of(folders.pop(), role, name):
        # Each model has its own folder: to remove the one must not take files of another.
        raise ValueError("a file outside of its model's folder")
    if not isinstance(row["languages"], list):
        raise ValueError("languages")
    languages = tuple(row["languages"])
    if len(languages) > _MOST_LANGUAGES or not all(
        isinstance(tag, str) and len(tag) <= 20 and tag.isprintable() for tag in languages
    ):
        raise ValueError("languages")
    return Installed(
        name=name,
        role=role,
        maker=Maker(row["maker"]),
        files=files,
        trust=Trust(row["trust"]),
        licence=_text(row, "licence", 200),
        languages=languages,
        source=_text(row, "source", 300),
        revision=_text(row, "revision", 100),
        installed=_text(row, "installed", 40),
        context_tokens=_whole(row["context_tokens"], 10_000_000),
    )


def _locked(row: Mapping[str, Any]) -> LockedFile:
    path = _text(row, "path", 600)
    if not is_safe_path(path) or "/" not in path or not _DIGEST.fullmatch(_text(row, "sha256", 64)):
        raise ValueError("path")
    return LockedFile(path, _whole(row["bytes"], MOST_BYTES), row["sha256"], _text(row, "url", 1000))


def _text(row: Mapping[str, Any], key: str, longest: int) -> str:
    value = row[key]
    if not isinstance(value, str) or len(value) > longest or not (value.isprintable() or value == ""):
        raise ValueError(key)
    return value


def _whole(value: Any, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise ValueError("number")
    return value
