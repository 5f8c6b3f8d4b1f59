"""Change a file that a person wrote: only their own, in one step or not at all, with its mode and its owner."""

from __future__ import annotations

import contextlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path

from privacy_assistant.core.settings import is_trustworthy
from privacy_assistant.errors import SettingsError

LARGEST = 1024 * 1024
_OPEN = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class OwnFile:
    """A file and what is said where it cannot be changed: the setting that was to change, and the remedy."""

    path: Path
    setting: str
    hint: str

    def read(self) -> tuple[bytes, os.stat_result]:
        """The bytes and the state of a file that is its owner's own; never through a pipe or a device.

        A link is followed, so that what it leads to is changed and it stays a link. Raises SettingsError, OSError.
        """
        fd = os.open(self.path.resolve(), _OPEN | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(fd, "rb") as file:
            found = os.fstat(fd)
            is_own = not hasattr(os, "getuid") or is_trustworthy(found.st_mode, found.st_uid, os.getuid())
            if not stat.S_ISREG(found.st_mode) or not is_own:
                raise self.unchanged("it is not yours alone to change")
            return file.read(LARGEST + 1), found

    def replace(self, data: bytes, written: bytes, found: os.stat_result) -> None:
        """Put `written` in the place of what `read` gave, unless it was changed since. Raises SettingsError, OSError.

        It is written beside the file and moved over it; where that fails, the old one stands and nothing beside it.
        """
        real = self.path.resolve()
        draft = real.with_name(f".{real.name}.{os.urandom(6).hex()}.new")
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            with os.fdopen(fd, "wb") as file:
                file.write(written)
                if hasattr(os, "fchmod"):
                    if os.fstat(fd).st_gid != found.st_gid:
                        os.fchown(fd, -1, found.st_gid)
                    os.fchmod(fd, stat.S_IMODE(found.st_mode))
                file.flush()
                os.fsync(fd)
            again, state = self.read()
            if again != data or (state.st_ino, state.st_dev) != (found.st_ino, found.st_dev):
                raise self.unchanged("it was changed meanwhile")
            os.replace(draft, real)
        except BaseException:  # also Ctrl-C: no draft stays beside it
            draft.unlink(missing_ok=True)
            raise
        with contextlib.suppress(OSError):  # not every file system can sync a directory; the file itself is written
            directory = os.open(real.parent, os.O_RDONLY)
            try:
                os.fsync(directory)
            finally:
                os.close(directory)

    def unchanged(self, why: str) -> SettingsError:
        """The error of a file that was left as it was."""
        what = f"{self.path} was not changed: {why}"
        return SettingsError(what, key=self.setting, file=str(self.path), hint=self.hint)
