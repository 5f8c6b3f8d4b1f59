"""On which line a key of a TOML text stands. `tomllib` gives values without lines; this gives lines without values.

The scan walks statements, dotted and quoted keys, tables, arrays of tables, inline tables and arrays. It follows
text that `tomllib` accepts exactly, and of any other text as much as it can read; it never raises.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from bisect import bisect_right
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""Keys from the outside in; an int is the index of an element of an array."""

_BLANKS = re.compile(r"[ \t]*")
_GAPS = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_KEY_PART = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_ONE_LINE_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"' + r"|'[^'\n]*'")
_BARE_VALUE = re.compile(r"[^,\]}\n#]*")
_DEEPEST = 64


class _OddError(Exception):
    """The text stops being TOML here."""


@dataclass(frozen=True, slots=True)
class Span:
    """Where an assignment stands, in characters of the text with `\\n` for every line end: its key, then its value.

    `table` is the path of the table that it is written in: that of the header above it, or of the inline table.
    """

    key: int
    value: int
    end: int
    table: Path
    is_statement: bool


@dataclass(slots=True)
class TomlLines:
    """Lines count from 1. `of` maps the path of every key, table and element to the line where it begins.

    `statements` are all key and header lines in order; `duplicates` those whose path had been given before. `spans`
    holds where every assignment stands, `headers` on which line every table begins.
    """

    of: dict[Path, int] = field(default_factory=dict)
    statements: list[tuple[int, Path]] = field(default_factory=list)
    duplicates: list[tuple[int, Path]] = field(default_factory=list)
    spans: dict[Path, Span] = field(default_factory=dict)
    headers: list[tuple[int, Path]] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest thing around it; 1 for the whole text."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.of:
                return self.of[path[:length]]
        return 1

    def statement_at(self, line: int) -> tuple[int, Path]:
        """The last statement that begins on this line or before it; (line, ()) where there is none."""
        before = [statement for statement in self.statements if statement[0] <= line]
        return before[-1] if before else (line, ())


def scan(text: str) -> TomlLines:
    """Find the line of every key."""
    scanner = _Scanner(text.replace("\r\n", "\n"))
    with contextlib.suppress(_OddError):
        scanner.statements()
    return scanner.lines


def dotted(path: Path) -> str:
    """A path as a person reads it: `rule[2].when.text`; elements count from 1, odd keys are quoted and cut."""
    words = ""
    for part in path:
        if isinstance(part, int):
            words += f"[{part + 1}]"
            continue
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,60}", part):
            part = ascii(part[:40] + ("…" if len(part) > 40 else "")).replace("\\u2026", "...")
        words += f".{part}" if words else part
    return words


class _Scanner:
    """One walk over a text. Methods take a position and return the position behind what they read."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self._tables: dict[Path, int] = {}
        self._values: set[Path] = set()
        self.lines = TomlLines()

    def statements(self) -> None:
        table: Path = ()
        position = self._skip(_GAPS, 0)
        while position < len(self._text):
            line = self._line(position)
            if self._text.startswith("[[", position):
                position, parts = self._key(position + 2)
                position = self._expect("]]", position)
                table = self._open_element(parts, line)
                self.lines.headers.append((line, table))
            elif self._text.startswith("[", position):
                position, parts = self._key(position + 1)
                position = self._expect("]", position)
                table = self._open_table(parts, line)
                self.lines.headers.append((line, table))
            else:
                position = self._assignment(position, table, 0, is_statement=True)
            position = self._skip(_BLANKS, position)
            if position < len(self._text) and self._text[position] not in "\n#":
                raise _OddError
            position = self._skip(_GAPS, position)

    def _open_table(self, parts: tuple[str, ...], line: int) -> Path:
        path = self._resolved(parts)
        self._note_outer(path, line)
        self.lines.statements.append((line, path))
        if path in self._values:
            self.lines.duplicates.append((line, path))
        self._values.add(path)
        self._note(path, line)
        return path

    def _open_element(self, parts: tuple[str, ...], line: int) -> Path:
        path = (*self._resolved(parts[:-1]), parts[-1])
        self._note_outer(path, line)
        self._note(path, line)
        index = self._tables.get(path, 0)
        self._tables[path] = index + 1
        path = (*path, index)
        self.lines.statements.append((line, path))
        self._note(path, line)
        return path

    def _note_outer(self, path: Path, line: int) -> None:
        """Tables that a header opens on its way in."""
        for length in range(1, len(path)):
            self._note(path[:length], line)

    def _resolved(self, parts: tuple[str, ...]) -> Path:
        """A header's keys as a path: a key of an array of tables means its newest element."""
        path: Path = ()
        for part in parts:
            path = (*path, part)
            if path in self._tables:
                path = (*path, self._tables[path] - 1)
        return path

    def _assignment(self, position: int, table: Path, depth: int, *, is_statement: bool = False) -> int:
        line, start = self._line(position), position
        position, parts = self._key(position)
        path = (*table, *parts)
        if is_statement:
            self.lines.statements.append((line, path))
        if path in self._values:
            self.lines.duplicates.append((line, path))
        self._values.add(path)
        for length in range(len(table) + 1, len(path) + 1):
            self._note(path[:length], line)
        value = self._skip(_BLANKS, self._expect("=", position))
        end = self._value(value, path, depth)
        last = value + len(self._text[value:end].rstrip(" \t"))
        self.lines.spans.setdefault(path, Span(start, value, last, table, is_statement))
        return end

    def _value(self, position: int, path: Path, depth: int) -> int:
        text = self._text
        if depth > _DEEPEST:
            raise _OddError
        for quotes in ('"""', "'''"):
            if text.startswith(quotes, position):
                return self._long_string(position + 3, quotes)
        if text.startswith(('"', "'"), position):
            return self._match(_ONE_LINE_STRING, position)
        if text.startswith("[", position):
            return self._array(position + 1, path, depth)
        if text.startswith("{", position):
            return self._inline_table(position + 1, path, depth)
        return self._match(_BARE_VALUE, position)

    def _array(self, position: int, path: Path, depth: int) -> int:
        index = 0
        while True:
            position = self._skip(_GAPS, position)
            if self._text.startswith("]", position):
                return position + 1
            self._note((*path, index), self._line(position))
            position = self._skip(_GAPS, self._value(position, (*path, index), depth + 1))
            index += 1
            if not self._text.startswith(("]", ","), position):
                raise _OddError
            position += self._text.startswith(",", position)

    def _inline_table(self, position: int, path: Path, depth: int) -> int:
        while True:
            position = self._skip(_GAPS, position)
            if self._text.startswith("}", position):
                return position + 1
            position = self._skip(_GAPS, self._assignment(position, path, depth + 1))
            if not self._text.startswith(("}", ","), position):
                raise _OddError
            position += self._text.startswith(",", position)

    def _long_string(self, position: int, quotes: str) -> int:
        while True:
            end = self._text.find(quotes, position)
            if end < 0:
                raise _OddError
            backslashes = end - len(self._text[position:end].rstrip("\\")) - position
            if quotes == '"""' and backslashes % 2:
                position = end + 1
                continue
            # A long string may end in up to two quotes of its own before the three that close it.
            end += 3
            for _ in range(2):
                end += self._text.startswith(quotes[0], end)
            return end

    def _key(self, position: int) -> tuple[int, tuple[str, ...]]:
        parts: list[str] = []
        while True:
            position = self._skip(_BLANKS, position)
            end = self._match(_KEY_PART, position)
            parts.append(_plain_key(self._text[position:end]))
            position = self._skip(_BLANKS, end)
            if not self._text.startswith(".", position):
                return position, tuple(parts)
            position += 1

    def _note(self, path: Path, line: int) -> None:
        self.lines.of.setdefault(path, line)

    def _line(self, position: int) -> int:
        return bisect_right(self._starts, position)

    def _skip(self, pattern: re.Pattern[str], position: int) -> int:
        found = pattern.match(self._text, position)
        return position if found is None else found.end()

    def _match(self, pattern: re.Pattern[str], position: int) -> int:
        found = pattern.match(self._text, position)
        if found is None:
            raise _OddError
        return found.end()

    def _expect(self, mark: str, position: int) -> int:
        if not self._text.startswith(mark, position):
            raise _OddError
        return position + len(mark)


def _plain_key(raw: str) -> str:
    """A key without its quotes and escapes."""
    if raw[0] not in "\"'":
        return raw
    try:
        return str(tomllib.loads(f"key = {raw}")["key"])
    except tomllib.TOMLDecodeError:
        raise _OddError from None
