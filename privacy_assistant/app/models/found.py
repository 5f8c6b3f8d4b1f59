"""What lies at a path that a person names: a folder that `models export` wrote, a model as its makers ship it, or a
stick with several. Names and sizes are looked at here, and nothing is opened but a lock file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.core.model_lock import LOCK_FILE, Installed
from privacy_assistant.engines.model_store import Store
from privacy_assistant.errors import EngineMissing, UsageError

_DEEPEST = 2
"""Folders below the one that is named: a stick may hold /models/NAME/, and nobody waits for a whole disk."""

_MOST_ENTRIES = 5_000
_WEIGHTS = (".safetensors", ".bin", ".onnx")
_HINT = (
    "a folder that `models export` wrote · FILE.gguf · a directory with model.bin of a Whisper · "
    "VOICE.onnx with VOICE.onnx.json beside it"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A model outside of the folder of models. `files` are where they lie and what they are called; `locked` is what
    the lock file beside them says."""

    role: ModelRole
    called: str
    files: tuple[tuple[Path, str], ...]
    locked: Installed | None = None

    @property
    def bytes(self) -> int:
        """Of all files as they lie there. Raises OSError."""
        return sum(path.stat().st_size for path, _ in self.files)


def find_models(path: Path, role: ModelRole | None) -> list[Found]:
    """Every model at a path, of this role only where one is named; at least one.

    Raises UsageError where there is none, EngineMissing where a lock file names a file that is not there,
    SettingsError for a damaged lock file, OSError.
    """
    if not path.exists():
        raise UsageError("there is nothing at that path", hint=_HINT)
    if not path.is_file() and not path.is_dir():
        raise UsageError("what lies there is neither a file nor a folder", hint=_HINT)
    if path.is_file():
        found = [_file(path, role)]
    else:
        found = list(_folder(path, role, depth=0))
    if not found:
        raise UsageError("no model was found there", hint=_HINT)
    return [one for one in found if role is None or one.role is role] or _none_of(role)


def _none_of(role: ModelRole | None) -> list[Found]:
    raise UsageError(f"no model for the role {role} was found there", hint=_HINT)


def _file(path: Path, role: ModelRole | None) -> Found:
    if path.name.endswith(".gguf"):
        return _single(path, ModelRole.LLM)
    if path.name == "model.bin":
        return _whisper(path.parent)
    if path.name.endswith((".onnx", ".onnx.json")):
        network = path.with_name(path.name.removesuffix(".json"))
        if role is not ModelRole.TURN and network.with_name(f"{network.name}.json").is_file() and network.is_file():
            return _voice(network)
        if role is ModelRole.TURN:
            return _single(path, ModelRole.TURN)
        raise UsageError(
            "a voice is a pair of files, and this one has no .onnx.json beside it",
            hint="put it there, or say --role turn for a detector of a turn's end",
        )
    if path.name.endswith((".json", ".tflite")) and _is_wake(path):
        return _wake(path)
    raise UsageError("that file is no model that is known here", hint=_HINT)


def _folder(path: Path, role: ModelRole | None, *, depth: int) -> Iterator[Found]:
    if (path / LOCK_FILE).is_file():
        yield from _locked(path)
        return
    children = [child for child in _children(path) if not child.name.startswith(".")]
    files = [child for child in children if child.is_file()]
    if (path / "model.bin").is_file():
        yield _whisper(path)
        return
    if (path / "gliner_config.json").is_file():
        yield _finder(path, files)
        return
    for file in files:
        if file.name.endswith(".gguf"):
            yield _single(file, ModelRole.LLM)
        elif file.name.endswith(".onnx"):
            if file.with_name(f"{file.name}.json").is_file():
                yield _voice(file)
            elif role is ModelRole.TURN:
                yield _single(file, ModelRole.TURN)
        elif file.name.endswith(".tflite") and _is_wake(file):
            yield _wake(file)
    if depth < _DEEPEST:
        for child in children:
            if child.is_dir() and not child.is_symlink():
                yield from _folder(child, role, depth=depth + 1)


def _children(path: Path) -> list[Path]:
    found: list[Path] = []
    for child in path.iterdir():
        if len(found) == _MOST_ENTRIES:
            raise UsageError("that folder holds too much to look through", hint="name the folder of the model itself")
        found.append(child)
    return sorted(found)


def _locked(path: Path) -> Iterator[Found]:
    store = Store(path)
    for model in store.lock().models:
        places = store.files(model)
        for place in places:
            if place.is_symlink() or not place.is_file():
                raise EngineMissing(
                    f"the lock file there names {place.name} of {model.name}, which is not there",
                    hint="write it again with privacy-assistant models export",
                )
        names = tuple(file.name for file in model.files)
        yield Found(model.role, model.name, tuple(zip(places, names, strict=True)), model)


def _single(path: Path, role: ModelRole) -> Found:
    return Found(role, path.stem, ((path, path.name),))


def _voice(network: Path) -> Found:
    description = network.with_name(f"{network.name}.json")
    return Found(ModelRole.TTS, network.stem, ((network, network.name), (description, description.name)))


def _whisper(folder: Path) -> Found:
    wanted = ("model.bin", "config.json", "tokenizer.json")
    more = ("vocabulary.json", "vocabulary.txt", "preprocessor_config.json")
    names = [*wanted, *(name for name in more if (folder / name).is_file())]
    for name in wanted:
        if not (folder / name).is_file():
            raise EngineMissing(f"the recogniser there has no {name}", hint="get the whole directory")
    return Found(ModelRole.STT, folder.resolve().name, tuple((folder / name, name) for name in names))


def _finder(folder: Path, files: list[Path]) -> Found:
    ends = (".json", ".model", ".txt", *_WEIGHTS)
    fitting = [file for file in files if file.name.endswith(ends)]
    return Found(ModelRole.PII, folder.resolve().name, tuple((file, file.name) for file in fitting))


def _is_wake(path: Path) -> bool:
    return path.with_suffix(".json").is_file() and path.with_suffix(".tflite").is_file()


def _wake(path: Path) -> Found:
    pair = (path.with_suffix(".json"), path.with_suffix(".tflite"))
    return Found(ModelRole.WAKE, path.stem, tuple((file, file.name) for file in pair))
