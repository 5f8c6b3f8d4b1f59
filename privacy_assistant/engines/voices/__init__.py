"""Which Piper voice speaks: the one a person set, one of theirs for the language, else the one that is shipped.

A voice is a pair of files, NAME.onnx and NAME.onnx.json, as Piper publishes them. The shipped one is described in
MODEL_CARD.md beside it and made by models/piper_voice.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from privacy_assistant.errors import EngineMissing, SettingsError

SHIPPED = Path(__file__).with_name("en_US-robot-low.onnx")
"""The voice of the package: English, and a robot's; the spare wheel."""

FOLDER = "tts"
"""Where voices lie below the folder of models."""

_HINT = "put NAME.onnx and NAME.onnx.json into models/tts, or set tts under [models] in config.toml to a path"


def find_voice(wanted: str, models_dir: Path | None = None, language: str = "en") -> Path:
    """The .onnx file of the voice to use.

    `wanted` is what settings say: an absolute path, or the name of a voice in models/tts (or in models, or the shipped
    one's). Where nothing is set, the first voice in models/tts that is called after the language (de_DE-… for "de" and
    "de-DE"), else the shipped one. Raises EngineMissing where there is no such file, SettingsError where the setting
    makes no sense.
    """
    if not wanted:
        return _of_language(models_dir, language) or SHIPPED
    name = wanted.removesuffix(".onnx")
    path = Path(wanted).expanduser() if not wanted.startswith("~") else _home_path(wanted)
    if path.is_absolute():
        path = path if path.name.endswith(".onnx") else path.with_name(path.name + ".onnx")
        if not path.is_file():
            raise EngineMissing("there is no such voice file", hint=_HINT)
        return path
    if "/" in name or "\\" in name or "\0" in name or name in ("", ".", ".."):
        raise SettingsError(
            "'tts' under [models] is neither the name of a voice nor an absolute path",
            key="models.tts",
            hint=_HINT,
        )
    for folder in _folders(models_dir):
        if (found := folder / f"{name}.onnx").is_file():
            return found
    raise EngineMissing("the voice set under [models] is not installed", hint=_HINT)


def voices(models_dir: Path | None = None) -> tuple[Path, ...]:
    """Every voice that there is, those of the person first, by name."""
    found: list[Path] = []
    for folder in _folders(models_dir):
        if folder.is_dir():
            found += sorted(path for path in folder.glob("*.onnx") if path.with_name(f"{path.name}.json").is_file())
    return tuple(found)


def _home_path(wanted: str) -> Path:
    try:
        return Path(wanted).expanduser()
    except RuntimeError:
        raise SettingsError(
            "'tts' under [models] begins with the ~ of a user that is not known", key="models.tts", hint=_HINT
        ) from None


def _folders(models_dir: Path | None) -> tuple[Path, ...]:
    own = (models_dir / FOLDER, models_dir) if models_dir is not None else ()
    return (*own, SHIPPED.parent)


def _of_language(models_dir: Path | None, language: str) -> Path | None:
    """A voice of the person for a language: the region counts where there is one for it, and the name decides."""
    if models_dir is None or not (models_dir / FOLDER).is_dir():
        return None
    return for_language([path for path in voices(models_dir) if path.parent == models_dir / FOLDER], language)


def for_language(own: Sequence[Path], language: str) -> Path | None:
    """The first of these voices that is called after the language and its region, else after the language."""
    tag = language.replace("-", "_").lower()
    base = tag.split("_")[0]
    by_tag = [path for path in own if path.name.lower().startswith(tag + "-")]
    by_base = [path for path in own if path.name.lower().split("-")[0].split("_")[0] == base]
    return next(iter(by_tag or by_base), None)
