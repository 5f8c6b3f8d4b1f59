"""One process at a time works on a vault."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from privacy_assistant.errors import VaultLocked
from privacy_assistant.file_lock import held


@contextlib.contextmanager
def held_lock(path: Path, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the lock of this file within the block. Raises VaultLocked when another holds it for `wait_s` seconds, or
    where it cannot be opened."""
    with contextlib.ExitStack() as holding:
        try:
            holding.enter_context(held(path, "the same vault", wait_s=wait_s, busy=VaultLocked))
        except OSError as error:
            raise VaultLocked(
                f"the lock file {path} cannot be opened: {error.strerror}", hint="check the mode of its directory"
            ) from None
        yield
