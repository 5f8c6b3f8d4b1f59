"""Panic: the keys are destroyed at once, whatever the size of the history; the files go after them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from privacy_assistant.errors import VaultLocked
from privacy_assistant.vault import keystore
from privacy_assistant.vault.database import SIDE_FILES
from privacy_assistant.vault.factors import KeyringFinder, account
from privacy_assistant.vault.receipt import Receipt, not_covered


def panic(
    store: Path,
    database: Path,
    *,
    find_keyring: KeyringFinder | None = None,
    sweep: Sequence[Path] = (),
    at: Callable[[str], None] = lambda step: None,
) -> Receipt:
    """Destroy the keys at once, whatever the size and without any secret, then the files. All that was sealed is lost.

    Called again, or at a start that finds destroyed keys, it finishes. Raises VaultLocked when a file cannot go.
    """
    try:
        header = keystore.read_store(store).header
    except FileNotFoundError:
        header = None
    found: list[str] = []
    if header is not None:
        keystore.write_destroyed(store, header)
        at("keys")
        if header.keyring_backend is not None and not header.is_destroyed:
            keyring = find_keyring() if find_keyring is not None else None
            if keyring is None or keyring.name != header.keyring_backend:
                found.append(f"keyring {header.keyring_backend}")
            else:
                keyring.remove(account(header.id, header.keyring_slot))
    try:
        removed = 0
        for suffix in SIDE_FILES:
            path = Path(f"{database}{suffix}")
            removed += os.path.lexists(path)
            path.unlink(missing_ok=True)
        at("files")
        empty(sweep)
        store.unlink(missing_ok=True)
        keystore.sync_directory(store.parent)
    except OSError as error:
        raise VaultLocked(
            f"the keys are destroyed, but {error.filename} cannot be removed: {error.strerror}",
            hint="remove it by hand; what is in it cannot be opened any more",
        ) from None
    return Receipt(
        removed={"key_stores": int(header is not None), "database_files": removed},
        logical="done",
        physical="done",
        epoch=0,
        found=tuple(found),
        not_covered=not_covered(header.factors if header is not None else ()),
    )


def empty(sweep: Sequence[Path]) -> None:
    """Remove what is in these directories, and these files. Links are removed, never followed."""
    for root in sweep:
        if root.is_symlink() or root.is_file():
            root.unlink(missing_ok=True)
        elif root.is_dir():
            for entry in root.iterdir():
                if entry.is_dir() and not entry.is_symlink():
                    shutil.rmtree(entry, ignore_errors=False)
                else:
                    entry.unlink(missing_ok=True)
