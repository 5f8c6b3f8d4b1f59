"""The folder of models: what is installed in it, as `lock.json` says, and whether it is still what it was.

Nothing gets to a parser from here before its digest was compared with that of the lock file: at the first use by
reading all of it (0.2 s for 98 MB, ten seconds for 5 GB), later by device, inode, size and times (`seen_files`).
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from privacy_assistant.core.model_lock import LOCK_FILE, Installed, Lock, LockedFile, dump_lock, parse_lock
from privacy_assistant.engines.seen_files import Mark, SeenFiles, mark_of, whole_digest
from privacy_assistant.errors import EngineMissing, ModelTampered, SettingsError
from privacy_assistant.file_lock import held

QUARANTINE = ".quarantine"
"""Where files are kept that are not what they should be."""

_LOCK = ".lock"
_WAIT_S = 15.0
_MOST_BYTES = 16 * 1024 * 1024
_REPARSE = getattr(stat, "FILE_ATTRIBUTE_REPARSE_POINT", 0)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a file of a model; `what` is the end of a sentence that begins with its path."""

    path: Path
    what: str
    is_missing: bool = False


class Store:
    """One folder of models. It need not exist; `change` makes it."""

    def __init__(self, models_dir: Path) -> None:
        self.folder = models_dir
        self._seen = SeenFiles(models_dir)

    @property
    def lock_file(self) -> Path:
        """Where it is written down what is installed."""
        return self.folder / LOCK_FILE

    def lock(self) -> Lock:
        """What is installed; nothing where there is no file. Raises SettingsError for one that is damaged."""
        raw = self._read()
        return Lock() if raw is None else parse_lock(raw, str(self.lock_file))

    def change(self, how: Callable[[Lock], Lock]) -> Lock:
        """Put what `how` makes of what is installed in its place, in one step; one process at a time.

        A lock file that is damaged is kept in the folder of what is quarantined, and `how` begins with nothing: what
        it named can be installed again. Raises what `how` raises (nothing was changed), SettingsError for a lock file
        of another version, AssistantError where another process holds the lock for long, OSError (the disk).
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with held(self.folder / _LOCK, "the folder of models", wait_s=_WAIT_S):
            is_damaged = False
            try:
                lock = self.lock()
            except SettingsError as error:
                if error.key:
                    raise
                lock, is_damaged = Lock(), True
            changed = how(lock)
            text = dump_lock(changed)
            parse_lock(text, str(self.lock_file))
            if is_damaged:
                self._set_aside()
            self._write(text)
        return changed

    def files(self, model: Installed) -> tuple[Path, ...]:
        """Where its files lie."""
        return tuple(self._place(file) for file in model.files)

    def check(self, model: Installed, is_unwanted: Callable[[], bool] = lambda: False) -> None:
        """Make sure that each file is the one that was installed, before a parser sees it.

        Raises EngineMissing where one is not there, ModelTampered where one is another, EngineFailed once nobody wants
        to know any more.
        """
        for file in model.files:
            found = self._fault(file, may_trust_seen=True, is_unwanted=is_unwanted)
            if found is not None:
                self._refuse(model, found)

    def was_compared(self, model: Installed) -> bool:
        """Whether each file is one that had its digest when it was read last. Nothing is read for this."""
        try:
            return all(self._seen.knows(file.path, self._mark(file), file.sha256) for file in model.files)
        except (OSError, _NoPlainFileError):
            return False

    def was_looked_at(self, file: LockedFile, by: str) -> bool:
        """Whether `note_look` was called for this very file, which was the one that was installed."""
        try:
            return self._seen.knows(f"{file.path}#{by}", self._mark(file), file.sha256)
        except (OSError, _NoPlainFileError):
            return False

    def note_look(self, file: LockedFile, by: str) -> None:
        """Remember that somebody found nothing wrong with the content of a file which `check` let through."""
        with contextlib.suppress(OSError, _NoPlainFileError):
            mark = self._mark(file)
            if self._seen.knows(file.path, mark, file.sha256):
                self._seen.add(f"{file.path}#{by}", mark, file.sha256)

    def verify(self, model: Installed) -> tuple[Fault, ...]:
        """All that is wrong, every file read to its end."""
        found = (self._fault(file, may_trust_seen=False) for file in model.files)
        return tuple(fault for fault in found if fault is not None)

    def _refuse(self, model: Installed, fault: Fault) -> None:
        kind = EngineMissing if fault.is_missing else ModelTampered
        raise kind(
            f"the model {model.name} is not as it was installed: {fault.path} {fault.what}",
            hint=f"privacy-assistant models verify {model.name} says more; then pull or import it again",
        )

    def _fault(
        self, file: LockedFile, *, may_trust_seen: bool, is_unwanted: Callable[[], bool] = lambda: False
    ) -> Fault | None:
        path = self._place(file)
        try:
            mark = self._mark(file)
            if mark[2] != file.bytes:
                return Fault(path, f"has {mark[2]} bytes instead of {file.bytes}")
            if may_trust_seen and self._seen.knows(file.path, mark, file.sha256):
                return None
            digest, settled = whole_digest(path, is_unwanted)
        except FileNotFoundError:
            return Fault(path, "is missing", is_missing=True)
        except _NoPlainFileError as error:
            return Fault(path, str(error))
        except OSError:
            return Fault(path, "cannot be read")
        if digest != file.sha256:
            return Fault(path, "has other content than when it was installed")
        if settled is not None:
            self._seen.add(file.path, settled, digest)
        return None

    def _mark(self, file: LockedFile) -> Mark:
        """What tells this file from others. Raises _NoPlainFileError for a link anywhere below the folder, OSError."""
        place = self.folder
        *folders, name = file.path.split("/")
        for part in folders:
            place /= part
            found = place.lstat()
            if not stat.S_ISDIR(found.st_mode) or _is_link(found):
                raise _NoPlainFileError("does not lie in a plain folder")
        found = (place / name).lstat()
        if not stat.S_ISREG(found.st_mode) or _is_link(found):
            raise _NoPlainFileError("is not a plain file")
        return mark_of(found)

    def _place(self, file: LockedFile) -> Path:
        return self.folder.joinpath(*file.path.split("/"))

    def _read(self) -> bytes | None:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        try:
            fd = os.open(self.lock_file, flags)
            with os.fdopen(fd, "rb") as file:
                if not stat.S_ISREG(os.fstat(fd).st_mode):
                    raise OSError
                return file.read(_MOST_BYTES)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            raise SettingsError(
                f"{self.lock_file} cannot be read",
                key="permissions",
                file=str(self.lock_file),
                hint="it must be a plain file that you may read",
            ) from None

    def _set_aside(self) -> None:
        aside = self.folder / QUARANTINE
        aside.mkdir(mode=0o700, exist_ok=True)
        os.replace(self.lock_file, aside / f"lock-{os.urandom(4).hex()}.json")

    def _write(self, text: str) -> None:
        draft = self.folder / f"{LOCK_FILE}.new"
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()  # of one who was ended in the middle: nobody else writes while we hold the lock
        fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(fd, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(fd)
            os.replace(draft, self.lock_file)
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink()
            raise
        if os.name == "posix":
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)


class _NoPlainFileError(Exception):
    """The reason, as the end of a sentence; never leaves this module."""


def _is_link(found: os.stat_result) -> bool:
    """Also a junction of Windows."""
    return stat.S_ISLNK(found.st_mode) or bool(getattr(found, "st_file_attributes", 0) & _REPARSE)
