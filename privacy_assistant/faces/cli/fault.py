"""Describe a fault of the program without a word of a person's."""

from __future__ import annotations

import traceback
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]


def describe(error: BaseException) -> str:
    """The class of the error and where in this package it came from; never its message, which may hold content."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(_ROOT):
            return f"{type(error).__name__} at {path.relative_to(_ROOT.parent).as_posix()}:{frame.lineno}"
    return type(error).__name__
