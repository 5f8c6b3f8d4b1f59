"""Reads a TOML text that a person wrote: typed values out, and for every mistake its file, line, key and remedy.

Used by the policy, the settings and the examples of `policy test`. No mistake shows a value from the file: a key
that was pasted into it by accident must not reach a terminal or a log.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any, TypeVar

from privacy_assistant.core.toml_lines import Path, TomlLines, dotted, scan
from privacy_assistant.errors import SettingsError

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

MAX_BYTES = 256 * 1024
_MOST_DOTS = 500  # on one line: reading a dotted key takes time in the square of its parts
_WHERE = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)\s*$")


def misfit(file: str, line: int, path: Path | str, what: str, hint: str = "") -> SettingsError:
    """The error for one mistake: one line that names file, line and key."""
    key = path if isinstance(path, str) else dotted(path)
    where = f"{file or 'the text'}, line {line}" + (f", {key}" if key else "")
    return SettingsError(f"{where}: {what}", key=key, file=file, line=line, hint=hint)


class Page:
    """One TOML text, read. `mistakes` collects what the tables taken from it find wrong."""

    def __init__(self, raw: str | bytes, file: str) -> None:
        """Read the text. Raises SettingsError where it is not TOML, not UTF-8 or larger than 256 KiB."""
        self.file = file
        self.mistakes: list[SettingsError] = []
        text = _decoded(raw, file)
        data, self._lines = _loaded(text, file)
        self.root = Table(self, (), data)

    def mistake(self, path: Path, what: str, hint: str = "") -> None:
        """Note a mistake at a key."""
        self.mistakes.append(misfit(self.file, self.line(path), path, what, hint))

    def line(self, path: Path) -> int:
        """The line where a key stands."""
        return self._lines.line(path)

    def in_order(self) -> list[SettingsError]:
        """All mistakes by line."""
        return sorted(self.mistakes, key=lambda error: error.line)


class Table:
    """One table of a page. Each taker names a key it knows; `close` reports the keys that nobody took."""

    def __init__(self, page: Page, path: Path, data: Mapping[str, Any]) -> None:
        self.page = page
        self.path = path
        self._data = data
        self._known: list[str] = []

    @property
    def line(self) -> int:
        return self.page.line(self.path)

    def keys(self) -> list[str]:
        """The keys as written, in order (a Table is no mapping: taking a key has a meaning)."""
        return list(self._data)

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def is_blank(self, key: str) -> bool:
        """Whether the key is there, with an empty text."""
        return self._data.get(key) == ""

    def mistake(self, key: str, what: str, hint: str = "") -> None:
        """Note a mistake at a key of this table."""
        self.page.mistake((*self.path, key), what, hint)

    def close(self, *, more: Iterable[str] = ()) -> None:
        """Report every key that was not asked for, with the likeliest known one. `more` are further known keys."""
        known = [*self._known, *more]
        for key in self._data:
            if key not in known:
                self.mistake(key, "is an unknown key", likeliest(key, known))

    def text(self, key: str, default: str = "", *, longest: int = 1000, multiline: bool = False) -> str:
        """A string of printable characters (with `multiline`, line breaks and tabs too)."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, str):
            self.mistake(key, "must be a text in quotes")
            return default
        shown = value.replace("\n", "").replace("\t", "") if multiline else value
        if len(value) > longest or not (shown.isprintable() or value == ""):
            self.mistake(key, f"must be at most {longest} printable characters")
            return default
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        """true or false."""
        value = self._take(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.mistake(key, "must be true or false, without quotes")
            return default
        return value

    def whole(self, key: str, default: int | None, lowest: int, highest: int) -> int | None:
        """A whole number in a range."""
        value = self._take(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            self.mistake(key, f"must be a whole number from {lowest} to {highest}")
            return default
        return value

    def number(self, key: str, default: float | None, lowest: float, highest: float) -> float | None:
        """A number in a range."""
        value = self._take(key)
        if value is None:
            return default
        # NaN fails the comparison, which is what is wanted of it.
        if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
            self.mistake(key, f"must be a number from {lowest:g} to {highest:g}")
            return default
        return float(value)

    def word(self, key: str, kind: type[E], default: E) -> E:
        """One word of an enumeration, by its value."""
        value = self._take(key)
        return default if value is None else self._word(key, value, kind, default)

    def words(
        self, key: str, kind: type[E], default: tuple[E, ...] = (), *, may_be_empty: bool = False
    ) -> tuple[E, ...]:
        """One word of an enumeration or a list of them."""
        if key not in self._data:
            self._known.append(key)
            return default
        found = [self._word(key, value, kind, None) for value in self._some(key, may_be_empty)]
        return tuple(word for word in found if word is not None)

    def texts(self, key: str, *, longest: int = 1000) -> tuple[str, ...]:
        """A string or a list of strings, none of them empty; () where the key is not given."""
        if key not in self._data:
            self._known.append(key)
            return ()
        values = self._some(key)
        if not all(isinstance(value, str) and 0 < len(value) <= longest for value in values):
            self.mistake(key, f"must hold texts in quotes, each of 1 to {longest} characters")
            return ()
        return tuple(str(value) for value in values)

    def parsed(self, key: str, parse: Callable[[str], T], default: T) -> T:
        """A string through a parser; the message of its ValueError must not hold the value."""
        if key not in self._data:
            self._known.append(key)
            return default
        before = len(self.page.mistakes)
        text = self.text(key)
        if len(self.page.mistakes) > before:
            return default
        try:
            return parse(text)
        except ValueError as error:
            self.mistake(key, str(error))
            return default

    def table(self, key: str) -> Table:
        """A table; an empty one where it is not given."""
        value = self._take(key)
        if value is not None and not isinstance(value, dict):
            self.mistake(key, f"must be a table, written [{dotted((*self.path, key))}]")
            value = None
        return Table(self.page, (*self.path, key), value or {})

    def tables(self, key: str) -> list[Table]:
        """The tables of `[[key]]`, in order."""
        value = self._take(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            self.mistake(key, f"must be written [[{dotted((*self.path, key))}]], once for each")
            return []
        return [Table(self.page, (*self.path, key, index), entry) for index, entry in enumerate(value)]

    def _take(self, key: str) -> Any:
        self._known.append(key)
        return self._data.get(key)

    def _some(self, key: str, may_be_empty: bool = False) -> list[Any]:
        value = self._take(key)
        values = value if isinstance(value, list) else [value]
        if not values and not may_be_empty:
            self.mistake(key, "is an empty list")
        return values

    def _word(self, key: str, value: Any, kind: type[E], default: Any) -> Any:
        choices = [str(member) for member in kind]
        for member in kind:
            if isinstance(value, str) and str(member) == value:
                return member
        hint = likeliest(value, choices) if isinstance(value, str) else ""
        self.mistake(key, f"must be one of: {', '.join(choices)}", hint)
        return default


def likeliest(word: str, known: Iterable[str]) -> str:
    """A hint with the known word that looks most like this one; else all of them."""
    choices = {choice.casefold(): choice for choice in known}
    near = difflib.get_close_matches(word[:60].casefold(), choices, n=1, cutoff=0.6)
    if near:
        return f"did you mean {choices[near[0]]}?"
    return f"known here: {', '.join(choices.values())}" if choices else ""


def _decoded(raw: str | bytes, file: str) -> str:
    if isinstance(raw, str):
        try:
            content = raw.encode("utf-8")
        except UnicodeEncodeError as error:
            line = raw.count("\n", 0, error.start) + 1
            raise misfit(file, line, "", "is not UTF-8 text", "save the file as UTF-8") from None
    else:
        content = raw
    if len(content) > MAX_BYTES:
        raise misfit(file, 1, "", f"is larger than {MAX_BYTES // 1024} KiB", "this is not a file of settings")
    try:
        text = content.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise misfit(file, line, "", "is not UTF-8 text", "save the file as UTF-8") from None
    for number, written in enumerate(text.split("\n"), 1):
        if written.count(".") > _MOST_DOTS:
            raise misfit(file, number, "", f"has more than {_MOST_DOTS} dots on one line", "break the line up")
    return text


def _loaded(text: str, file: str) -> tuple[dict[str, Any], TomlLines]:
    lines = scan(text)
    try:
        return tomllib.loads(text), lines
    except tomllib.TOMLDecodeError as error:
        raise _not_toml(str(error), text, lines, file) from None
    except RecursionError:
        line, path = lines.statements[-1] if lines.statements else (1, ())
        raise misfit(file, line, path, "is nested too deeply") from None
    except ValueError:
        # What tomllib lets through from the constructors of numbers and dates: a number of thousands of digits.
        line, path = lines.statements[-1] if lines.statements else (1, ())
        raise misfit(file, line, path, "holds a number or a date that cannot be read") from None


def _not_toml(message: str, text: str, lines: TomlLines, file: str) -> SettingsError:
    """The mistake behind tomllib's message. A duplicate is named where it stands, not where its value ends."""
    found = _WHERE.search(message)
    at_end = found is None or found[1] is None
    line = text.rstrip().count("\n") + 1 if found is None or at_end else int(found[1])
    is_duplicate = message.startswith(("Cannot overwrite", "Cannot declare", "Duplicate inline table key"))
    for duplicate in lines.duplicates:
        if is_duplicate and duplicate[0] <= line:
            return misfit(file, *duplicate, "is given twice", "keep one of them")
    start, path = lines.statement_at(line)
    if is_duplicate or message.startswith(("Cannot mutate", "Cannot redefine")):
        return misfit(file, start, path, "was given before as something else", "keep one of them")
    if at_end and path and not message.startswith("Expected '='"):
        return misfit(file, start, path, "is not finished", "look for a missing quote or bracket")
    return misfit(file, line, path if start == line else "", "is not TOML", _remedy(message))


def _remedy(message: str) -> str:
    """What to look for, in words; tomllib's own message may show a character of the value."""
    if message.startswith("Invalid value"):
        return 'texts stand in quotes: mode = "ask"'
    if "escape" in message.lower():
        return "write patterns in single quotes, where a backslash is a backslash: '\\d+'"
    return "one 'key = value' on each line, tables as [name]"
