"""One process at a time: a lock on a small file that the system releases when its holder ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from privacy_assistant.errors import VaultLocked

_POLL_S = 0.02

if sys.platform == "win32":  # pragma: no cover - exercised on Windows only
    import msvcrt

    def _try_lock(fd: int) -> bool:
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


@contextlib.contextmanager
def held_lock(path: Path, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the lock of this file within the block. Raises VaultLocked when another holds it for `wait_s` seconds.

    The file stays, empty; it is never removed, or two holders could lock two files of one name.
    """
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        raise VaultLocked(
            f"the lock file {path} cannot be opened: {error.strerror}", hint="check the mode of its directory"
        ) from None
    try:
        deadline = time.monotonic() + wait_s
        while not _try_lock(fd):
            if time.monotonic() >= deadline:
                raise VaultLocked(
                    "another privacy-assistant is working on the same vault", hint="wait for it to end, then try again"
                )
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(fd)
