"""Texts in which somebody has marked what is personal, and the files that hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from privacy_assistant.errors import UsageError

MEASURED = ("presidio_large", "uner_dev", "ids", "ids_nocontext")
"""The sets that are for measuring alone, by the names of their files; what a finder learned from proves nothing."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A personal span, in code points, half-open, with the type its set gives it."""

    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True)
class MarkedText:
    """A text with its marks."""

    text: str = field(repr=False)
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class MarkedSet:
    """A named set of marked texts."""

    name: str
    texts: tuple[MarkedText, ...] = field(repr=False)


def read_set(file: Path, first: int | None = None) -> MarkedSet:
    """Read a JSON Lines file of `{"text", "spans": [{"start", "end", "type"}]}`; only its `first` texts where given.

    Raises UsageError, which names the line.
    """
    texts: list[MarkedText] = []
    try:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if first is not None and len(texts) == first:
                    break
                if line.strip():
                    texts.append(_marked(line, file, number))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"the set {file} cannot be read: {why}", hint="check the path") from None
    if not texts:
        raise UsageError(f"the set {file} holds no text", hint="name a file of JSON Lines")
    return MarkedSet(file.stem, tuple(texts))


def _marked(line: str, file: Path, number: int) -> MarkedText:
    try:
        row: dict[str, Any] = json.loads(line)
        text = row["text"]
        marks = tuple(Mark(int(span["start"]), int(span["end"]), str(span["type"])) for span in row["spans"])
        if not isinstance(text, str) or not all(0 <= mark.start <= mark.end <= len(text) for mark in marks):
            raise ValueError
    except (ValueError, TypeError, KeyError, RecursionError):
        raise UsageError(
            f"line {number} of {file} is no marked text",
            hint='{"text": "…", "spans": [{"start": 0, "end": 4, "type": "PERSON"}]} per line',
        ) from None
    return MarkedText(text, marks)


def measured_files(places: list[Path]) -> list[Path]:
    """The files of the measure sets, of the first of these places that holds any."""
    for place in places:
        files = [file for name in MEASURED if (file := place / f"{name}.jsonl").is_file()]
        if files:
            return files
    return []


def usual_places(environment: Mapping[str, str]) -> list[Path]:
    """Where measure sets lie: below PRIVACY_ASSISTANT_TEST_DATA, else beside the folder one is in."""
    named = environment.get("PRIVACY_ASSISTANT_TEST_DATA", "")
    return [Path(named) / "pii"] if named else [Path("../shared/data/pii")]
