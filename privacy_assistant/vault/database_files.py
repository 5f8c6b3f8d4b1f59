"""The files of the database: ours alone and no links before SQLite opens them, and its log brought to the disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from privacy_assistant.errors import VaultError

SIDE_FILES: tuple[str, ...] = ("", "-wal", "-shm", "-journal")
"""What SQLite may put beside the database: the suffixes of every file that can hold its pages."""


def sync_log(path: Path) -> None:
    """Wait until the write-ahead log of this database is on the disk; without one there is nothing to wait for."""
    try:
        log = os.open(f"{path}-wal", os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:  # what was in it is in the database, and on the disk
        return
    except OSError as error:
        raise _not_opened(path, error) from None
    try:
        os.fsync(log)
    except OSError as error:
        raise _not_opened(path, error) from None
    finally:
        os.close(log)


def guard_files(path: Path) -> bool:
    """Make the directory 0700 and the file 0600, ours and no links. True when the file was just created."""
    directory = path.parent
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_strangers(directory, directory.lstat(), is_directory=True)
        for suffix in SIDE_FILES:
            beside = Path(f"{path}{suffix}")
            try:
                status = beside.lstat()
            except FileNotFoundError:
                continue
            _refuse_strangers(beside, status, is_directory=False)
            # SQLite gives the side files the mode of the database: made while that was read-only, they stay so.
            if stat.S_IMODE(status.st_mode) & 0o077 or (suffix and not status.st_mode & stat.S_IWUSR):
                beside.chmod(0o600)
        if stat.S_IMODE(directory.stat().st_mode) & 0o077:
            directory.chmod(0o700)
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600))
        except FileExistsError:
            return path.stat().st_size == 0
        return True
    except OSError as error:
        raise _not_opened(path, error) from None


def _refuse_strangers(path: Path, status: os.stat_result, *, is_directory: bool) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise VaultError(f"{path} is a symbolic link", hint="replace it with the file or directory it points to")
    if not (stat.S_ISDIR(status.st_mode) if is_directory else stat.S_ISREG(status.st_mode)):
        raise VaultError(f"{path} is not a regular {'directory' if is_directory else 'file'}", hint="move it away")
    if hasattr(os, "getuid") and status.st_uid != os.getuid():
        raise VaultError(f"{path} belongs to another user", hint="run as that user, or choose another directory")


def _not_opened(path: Path, error: OSError) -> VaultError:
    return VaultError(
        f"{path} cannot be opened: {(error.strerror or 'not possible').lower()}",
        hint="check the permissions of the directory and the space on the disk, or choose another with --home",
    )
