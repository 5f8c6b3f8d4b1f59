"""Which very files were read to the end and had the digest they should have, so that it is not done at every start.

A cache and nothing more: what is missing, damaged or foreign in it costs a reading, and two who write at once lose
one another's entry and no more than that. A file counts as seen while device, inode, size and both times are those it
had then. A file that was changed a moment ago is not entered: a further change might leave its times as they are.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from privacy_assistant.errors import EngineFailed

SEEN_FILE = ".seen.json"

_VERSION = 1
_MOST_BYTES = 4 * 1024 * 1024
_SETTLED_NS = 50_000_000
"""No file system that a computer of today starts from keeps its times more coarsely than that."""

_PIECE = 1024 * 1024

Mark = tuple[int, int, int, int, int]
"""Device, inode, bytes, and the times of the last change of content and of state in ns."""


def mark_of(found: os.stat_result) -> Mark:
    """By what a file is told from another, or from itself before a change."""
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def whole_digest(path: Path, is_unwanted: Callable[[], bool] = lambda: False) -> tuple[str, Mark | None]:
    """SHA-256 of a regular file in hex, and its mark for `SeenFiles.add`; None while it changes, or just did.

    No link is followed. Raises OSError, and EngineFailed once it is unwanted.
    """
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(fd, "rb") as file:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            raise OSError("not a regular file")
        if not _is_settled(before):
            time.sleep(_SETTLED_NS / 1e9)
        is_settled = _is_settled(before)
        digest = hashlib.sha256()
        while piece := file.read(_PIECE):
            digest.update(piece)
            if is_unwanted():
                raise _given_up()
        after = mark_of(os.fstat(fd))
    return digest.hexdigest(), after if is_settled and after == mark_of(before) else None


def _given_up() -> EngineFailed:
    error = EngineFailed("a model was closed while it was compared with its digest")
    error.is_closed = True
    return error


class SeenFiles:
    """The cache of one folder. Nothing here raises."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / SEEN_FILE

    def knows(self, path: str, mark: Mark, sha256: str) -> bool:
        """Whether this very file had this digest."""
        return self._entries().get(path) == [*mark, sha256]

    def add(self, path: str, mark: Mark, sha256: str) -> None:
        """Enter what was read."""
        entries = self._entries()
        entries[path] = [*mark, sha256]
        draft = self._file.with_name(f"{SEEN_FILE}.{os.getpid()}")
        with contextlib.suppress(OSError):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(draft)
            fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(fd, "w", encoding="utf-8") as file:
                    json.dump({"version": _VERSION, "files": entries}, file)
                os.replace(draft, self._file)
            except OSError:
                os.unlink(draft)

    def _entries(self) -> dict[str, Any]:
        try:
            fd = os.open(self._file, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
            with os.fdopen(fd, "rb") as file:
                raw = file.read(_MOST_BYTES + 1)
            untrusted = json.loads(raw) if len(raw) <= _MOST_BYTES else None
        except (OSError, ValueError, RecursionError):
            return {}
        if not isinstance(untrusted, dict) or untrusted.get("version") != _VERSION:
            return {}
        files = untrusted.get("files")
        return files if isinstance(files, dict) else {}


def _is_settled(found: os.stat_result) -> bool:
    return time.time_ns() - max(found.st_mtime_ns, found.st_ctime_ns) > _SETTLED_NS
