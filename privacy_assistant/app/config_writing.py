"""Set or remove one key of config.toml: nothing else in it moves, and it says nothing else than before."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Sequence
from typing import Any

from privacy_assistant.app.files import write_new
from privacy_assistant.app.own_file import OwnFile
from privacy_assistant.app.paths import Paths
from privacy_assistant.core.settings import parse_settings
from privacy_assistant.core.toml_change import with_key
from privacy_assistant.errors import SettingsError


def set_key(paths: Paths, table: str, key: str, value: str | bool | Sequence[str] | None) -> bool:
    """Set `key` of `table` ("" for the top of the file), or remove it for None; whether anything had to change.

    The file and the table are made where they are missing (readable by the owner alone). Comments, order, line ends,
    mode and owner stay, and a link stays a link. What would be read from the new file is compared with what is meant
    before it takes the place of the old one. Raises SettingsError (a file with a mistake in it, not the person's own,
    or a value that cannot stand there) and UsageError, after which nothing was changed.
    """
    name = f"{table}.{key}" if table else key
    file = OwnFile(paths.config, name, f"write {name} yourself (privacy-assistant config path)")
    try:
        if paths.config.exists() or paths.config.is_symlink():
            return _change(file, table, key, value)
    except UnicodeEncodeError:
        raise file.unchanged("this text cannot stand in a file") from None
    except OSError as error:
        raise file.unchanged(error.strerror or "input/output error") from None
    if value is None:
        return False
    write_new(paths.config, _changed(file, "", table, key, value))
    return True


def _change(file: OwnFile, table: str, key: str, value: str | bool | Sequence[str] | None) -> bool:
    data, found = file.read()
    try:
        parse_settings(data, str(file.path))
    except SettingsError as error:
        error.hint = error.hint or "correct it first: privacy-assistant config edit"
        raise
    written = _changed(file, data.decode("utf-8"), table, key, value).encode("utf-8")
    if written == data:
        return False
    file.replace(data, written, found)
    return True


def _changed(file: OwnFile, text: str, table: str, key: str, value: str | bool | Sequence[str] | None) -> str:
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    before = _loaded(file, text)
    meant = copy.deepcopy(before)
    place = meant.setdefault(table, {}) if table else meant
    if value is None:
        place.pop(key, None)
    else:
        place[key] = value if isinstance(value, str | bool) else list(value)
    if _told(meant) == _told(before):
        return text
    written = mark + with_key(text.removeprefix(mark), table, key, value)
    if _told(_loaded(file, written)) != _told(meant):
        raise file.unchanged("it would not say what it should")
    _check(file, written)
    return written


def _loaded(file: OwnFile, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except (tomllib.TOMLDecodeError, RecursionError):
        raise file.unchanged("it would not be TOML any more") from None


def _told(data: dict[str, Any]) -> dict[str, Any]:
    """What a text says: an empty table says nothing."""
    return {name: value for name, value in data.items() if value != {}}


def _check(file: OwnFile, text: str) -> None:
    try:
        parse_settings(text, str(file.path))
    except SettingsError as error:
        what = error.message.rpartition(f"{error.key}: ")[2]
        why = SettingsError(f"{error.key} {what}", key=error.key, file=error.file, hint=error.hint or file.hint)
        raise why from None


def has_key(paths: Paths, table: str, key: str) -> bool:
    """Whether config.toml itself says something for this key, be it the default. False for a file that is none."""
    try:
        data = tomllib.loads(paths.config.read_text("utf-8-sig"))
    except (OSError, ValueError):
        return False
    place = data.get(table, {}) if table else data
    return isinstance(place, dict) and key in place
