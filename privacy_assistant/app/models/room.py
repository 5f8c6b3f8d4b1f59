"""Room on the disk: how much there is, whether it is enough, and copies that are counted."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import md5, sha256
from pathlib import Path

from privacy_assistant.errors import AssistantError

SPARE_SHARE = 0.05
"""What is asked for beyond the bytes themselves: a full disk can stop a purge half way."""

_PIECE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Digests:
    """Of all bytes of one file."""

    bytes: int
    sha256: str
    md5: str


def free_bytes(place: Path) -> int:
    """How much can be written below this place, which need not exist yet."""
    while not place.exists() and place != place.parent:
        place = place.parent
    return shutil.disk_usage(place).free


def needed_bytes(count: int) -> int:
    """What has to be free for so many bytes."""
    return count + int(count * SPARE_SHARE)


def require_room(place: Path, count: int) -> None:
    """Raises AssistantError with both numbers where so many bytes do not fit."""
    free, needed = free_bytes(place), needed_bytes(count)
    if needed > free:
        raise AssistantError(
            f"there is not enough room for it: {as_size(needed)} are needed and {as_size(free)} are free",
            hint=f"make room on the disk of {place}, then run the same command again",
        )


def as_size(count: int) -> str:
    """Bytes for a person: 98 MB, 1.4 GB."""
    for unit, size in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= size:
            shown = count / size
            return f"{shown:.1f} {unit}" if shown < 10 else f"{shown:.0f} {unit}"
    return f"{count} bytes"


def copied(source: Path, target: Path) -> Iterator[int | Digests]:
    """Copy a file to a new one, telling after each piece how many bytes are there, and last the digests of what was
    read. What was written is on the disk then. Raises OSError."""
    whole, short = sha256(), md5(usedforsecurity=False)
    count = 0
    fd = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with source.open("rb") as reading, os.fdopen(fd, "wb") as writing:
        while piece := reading.read(_PIECE_BYTES):
            writing.write(piece)
            whole.update(piece)
            short.update(piece)
            count += len(piece)
            yield count
        writing.flush()
        os.fsync(writing.fileno())
    yield Digests(count, whole.hexdigest(), short.hexdigest())


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk too, where the system can do that."""
    if os.name != "posix":
        return
    try:
        fd = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(fd)
    except OSError:
        pass  # a file system that cannot; the files themselves are written
    finally:
        os.close(fd)
