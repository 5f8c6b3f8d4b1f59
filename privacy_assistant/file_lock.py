"""One process at a time: a lock on a small file, which the system releases when its holder ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from privacy_assistant.errors import AssistantError

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
def held(path: Path, what: str, *, wait_s: float = 0.0, busy: type[AssistantError] = AssistantError) -> Iterator[None]:
    """Hold the lock of this file within the block. `what` names for a person what is being worked on.

    Raises `busy` when another holds it for `wait_s` seconds, OSError where it cannot be opened. The file stays, empty;
    it is never removed, or two holders could lock two files of one name.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    try:
        deadline = time.monotonic() + wait_s
        while not _try_lock(fd):
            if time.monotonic() >= deadline:
                raise busy(f"another privacy-assistant is working on {what}", hint="wait for it to end, then try again")
            time.sleep(_POLL_S)
        yield
    finally:
        os.close(fd)
