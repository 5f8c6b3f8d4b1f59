"""Looks for what is left of deleted ciphertexts in the raw bytes of files.

A ciphertext is random, so eight bytes of it name it. Fragments are taken wherever a byte 0x01 stands (the first byte
of every sealed record, and about one byte in 256 besides): files are then searched at those places only, and a
remnant without its beginning is found too.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

FRAGMENT_BYTES = 8

_FRAGMENT = re.compile(rb"\x01(?=(.{7}))", re.DOTALL)
_CHUNK_BYTES = 4 * 1024 * 1024


def fragments(data: bytes) -> Iterator[bytes]:
    """Every eight bytes of `data` that begin with 0x01, overlaps included; a sealed record gives its first eight."""
    for found in _FRAGMENT.finditer(data):
        yield b"\1" + found[1]


def files_below(roots: Iterable[Path]) -> list[Path]:
    """All regular files in these files and directories; links are not followed, a missing root holds nothing."""
    found: set[Path] = set()
    for root in roots:
        if root.is_symlink():
            continue
        if root.is_file():
            found.add(root)
        for folder, _, names in os.walk(root):
            found.update(path for name in names if not (path := Path(folder, name)).is_symlink() and path.is_file())
    return sorted(found)


def search(files: Iterable[Path], wanted: Collection[bytes]) -> dict[Path, int]:
    """How many of the wanted fragments stand in each file that holds one. A file that vanishes meanwhile is empty."""
    needles = frozenset(wanted)
    hits: dict[Path, int] = {}
    if not needles:
        return hits
    for path in files:
        seen: set[bytes] = set()
        for chunk in _chunks(path):
            seen.update(needle for needle in fragments(chunk) if needle in needles)
        if seen:
            hits[path] = len(seen)
    return hits


def _chunks(path: Path) -> Iterator[bytes]:
    tail = b""
    try:
        with path.open("rb") as file:
            while block := file.read(_CHUNK_BYTES):
                yield tail + block
                tail = block[-(FRAGMENT_BYTES - 1) :]
    except FileNotFoundError:
        return
