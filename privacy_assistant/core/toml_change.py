"""Set or remove one key in a TOML text that a person wrote; every other character stays where it was."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from privacy_assistant.core.toml_lines import Path, Span, TomlLines, scan

Value = str | bool | Sequence[str]
"""What can be written."""

_COMMENT = re.compile(r"[ \t]*#")


def with_key(text: str, table: str, key: str, value: Value | None) -> str:
    """The text with `key` of `table` ("" for the top) set to `value`, or without it for None.

    The text must be one that `tomllib` reads. A key that is there keeps its place and the comment behind it; a new one
    goes behind the last of its table, or where it stands commented out; a table that is missing is begun at the end.
    """
    ends = "\r\n" if "\r\n" in text else "\n"
    edit = _Edit(text.replace("\r\n", "\n"), table, key)
    start, end, written = edit.removed() if value is None else edit.written(_toml(value))
    return text[: _place(text, start)] + written.replace("\n", ends) + text[_place(text, end) :]


def _toml(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    return "[" + ", ".join(quoted(item) for item in value) + "]"


def quoted(text: str) -> str:
    """A basic string of TOML: JSON's escapes are among TOML's; DEL may stand in JSON and not in TOML."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _place(text: str, position: int) -> int:
    """A position among characters with `\\n` for every line end, as one in the text with the line ends it has."""
    place = 0
    for part in text.split("\r\n"):
        if position <= len(part):
            return place + position
        position -= len(part) + 1
        place += len(part) + 2
    return len(text)


class _Edit:
    """One change, as (start, end, what stands there then)."""

    def __init__(self, text: str, table: str, key: str) -> None:
        self._text = text
        self._lines: TomlLines = scan(text)
        self._table: Path = (table,) if table else ()
        self._key = key
        self._path: Path = (*self._table, key)

    def written(self, value: str) -> tuple[int, int, str]:
        """Where the value goes, and what is written around it."""
        there = self._lines.spans.get(self._path)
        if there is not None:
            return there.value, there.end, value
        inline = self._lines.spans.get(self._table)
        if inline is not None:
            return self._into_inline(inline, f"{_bare(self._key)} = {value}")
        line = f"{_bare(self._key)} = {value}\n"
        region = self._region()
        if region is not None:
            return self._into(region, line)
        dotted = [span for path, span in self._lines.spans.items() if path[:-1] == self._table and span.is_statement]
        if dotted:
            return self._below(max(span.end for span in dotted), f"{_bare(self._table[0])}.{line}")
        before = "" if not self._text or self._text.endswith("\n") else "\n"
        blank = "\n" if self._text.strip() else ""
        header = f"[{_bare(str(self._table[0]))}]\n"
        return len(self._text), len(self._text), before + blank + header + line

    def removed(self) -> tuple[int, int, str]:
        """What goes: the whole line, or all of it but its comment, or one entry of an inline table."""
        there = self._lines.spans.get(self._path)
        if there is None:
            return 0, 0, ""
        if not there.is_statement:
            return self._out_of_inline(there)
        start, end = self._start_of_line(there.key), self._end_of_line(there.end)
        comment = _COMMENT.match(self._text, there.end)
        if comment is not None:
            return there.key, comment.end() - 1, ""
        return start, min(end + 1, len(self._text)), ""

    # ---------------------------------------------------------------- where a new line goes

    def _region(self) -> tuple[int, int] | None:
        """Where the lines of the table are: behind its header, before the next; None without a header."""
        headers = [(self._begin(line), path) for line, path in self._lines.headers]
        if not self._table:
            return 0, headers[0][0] if headers else len(self._text)
        for number, (position, path) in enumerate(headers):
            if path == self._table:
                start = min(self._end_of_line(position) + 1, len(self._text))
                return start, headers[number + 1][0] if number + 1 < len(headers) else len(self._text)
        return None

    def _into(self, region: tuple[int, int], line: str) -> tuple[int, int, str]:
        start, end = region
        commented = re.compile(rf"^[ \t]*#[ \t]*{re.escape(self._key)}[ \t]*=", re.MULTILINE)
        spans = [s for s in self._lines.spans.values() if s.is_statement and start <= s.key < end]
        for found in commented.finditer(self._text, start, end):
            if not any(span.value <= found.start() < span.end for span in spans):
                return self._below(found.end(), line)
        if spans:
            return self._below(max(span.end for span in spans), line)
        if self._table:
            return self._above(start, line)
        if not self._lines.headers:
            return self._above(end, line)
        # Nothing stands before the first table but comments: those right above it are the table's.
        while start < end and (above := self._line_above(end)).startswith("#"):
            end -= len(above) + 1
        return end, end, f"{line}\n"

    def _line_above(self, position: int) -> str:
        return self._text[:position].removesuffix("\n").rsplit("\n", 1)[-1]

    def _below(self, position: int, line: str) -> tuple[int, int, str]:
        return self._above(min(self._end_of_line(position) + 1, len(self._text)), line)

    def _above(self, position: int, line: str) -> tuple[int, int, str]:
        before = "\n" if position and self._text[position - 1] != "\n" else ""
        return position, position, before + line

    # ---------------------------------------------------------------- inline tables

    def _into_inline(self, inline: Span, entry: str) -> tuple[int, int, str]:
        within = [span.end for span in self._lines.spans.values() if inline.value < span.key < inline.end]
        if not within:
            return inline.value, inline.end, f"{{ {entry} }}"
        return max(within), max(within), f", {entry}"

    def _out_of_inline(self, there: Span) -> tuple[int, int, str]:
        behind = self._text.find(",", there.end)
        rest = self._text[there.end : behind] if behind >= 0 else "}"
        if not rest.strip():
            end = behind + 1
            return there.key, end + len(self._text[end:]) - len(self._text[end:].lstrip(" \t")), ""
        before = self._text[: there.key].rstrip(" \t")
        return (len(before) - 1 if before.endswith(",") else there.key), there.end, ""

    # ---------------------------------------------------------------- lines

    def _begin(self, number: int) -> int:
        """Where a line begins, by its number."""
        position = 0
        for _ in range(number - 1):
            position = self._text.index("\n", position) + 1
        return position

    def _start_of_line(self, position: int) -> int:
        return self._text.rfind("\n", 0, position) + 1

    def _end_of_line(self, position: int) -> int:
        """Where the line break of this line stands, or the end of the text."""
        found = self._text.find("\n", position)
        return len(self._text) if found < 0 else found


def _bare(key: object) -> str:
    return str(key) if re.fullmatch(r"[A-Za-z0-9_-]+", str(key)) else quoted(str(key))
