"""A file on its way: what is here of it, its digest so far, and beside it what it takes to go on another day."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import md5, sha256
from types import TracebackType
from typing import Self

from privacy_assistant.core.model_card import MOST_BYTES
from privacy_assistant.egress.file_answers import etag_of

BESIDE = ".json"
"""What is added to the path of a file for the note beside it."""

_PIECE = 1024 * 1024
_MOST_OF_A_NOTE = 16 * 1024
_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Mark:
    """Which file a part is of: where it was asked for (without a query), and what was told of it; "" where nothing
    was. `bytes` is how long it is as a whole."""

    url: str
    bytes: int
    etag: str = ""
    commit: str = ""
    sha256: str = ""


class Partial:
    """The part of a file that is here. `mark` says which file it is of, None where that is not known; `came` counts the
    bytes that came since it was opened.

    Every method raises OSError where the disk does. Nothing is lost but by `reset`: what is written stays.
    """

    def __init__(self, path: str, *, with_md5: bool = False) -> None:
        self._path = path
        self._file = os.fdopen(os.open(path, _FLAGS, 0o600), "r+b", buffering=0)
        self._with_md5 = with_md5
        self._sha256 = sha256()
        self._md5 = md5(usedforsecurity=False)
        self.have = 0
        self.came = 0
        self.mark = _read_note(path + BESIDE)

    def read_again(self, look_up: Callable[[], None]) -> None:
        """Count the digest of what is here already. `look_up` is called between two pieces, and may raise."""
        while piece := self._file.read(_PIECE):
            look_up()
            self._count(piece)

    @property
    def sha256(self) -> str:
        """Of what is here, hex."""
        return self._sha256.hexdigest()

    @property
    def md5(self) -> str:
        """Of what is here, hex, where it was asked for."""
        return self._md5.hexdigest()

    def write(self, data: bytes) -> None:
        """Add this."""
        view = memoryview(data)
        while view:
            written = self._file.write(view)
            self._count(view[:written])
            self.came += written
            view = view[written:]

    def reset(self) -> None:
        """What is here turned out to be of another file: begin with nothing."""
        self._file.seek(0)
        self._file.truncate()
        self._sha256 = sha256()
        self._md5 = md5(usedforsecurity=False)
        self.have = 0
        self._forget()

    def note(self, mark: Mark) -> None:
        """Write down which file this is of, for another day."""
        self.mark = mark
        handle = os.open(self._path + BESIDE, _FLAGS | os.O_TRUNC, 0o600)
        with open(handle, "w", encoding="utf-8") as note:
            json.dump(asdict(mark), note)

    def finish(self) -> None:
        """It is whole: have the disk hold it, and take the note away."""
        os.fsync(self._file.fileno())
        self._forget()

    def close(self) -> None:
        """Close it; it stays where it is."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()
        if error is not None and not self.have:
            self._forget()
            with suppress(FileNotFoundError):
                os.unlink(self._path)

    def _count(self, data: bytes | memoryview) -> None:
        self._sha256.update(data)
        if self._with_md5:
            self._md5.update(data)
        self.have += len(data)

    def _forget(self) -> None:
        self.mark = None
        with suppress(FileNotFoundError):
            os.unlink(self._path + BESIDE)


def _read_note(path: str) -> Mark | None:
    """What an earlier run wrote; None for anything that it did not."""
    try:
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)), encoding="utf-8") as note:
            untrusted = json.loads(note.read(_MOST_OF_A_NOTE))
        mark = Mark(**untrusted)
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    if not all(isinstance(text, str) for text in (mark.url, mark.etag, mark.commit, mark.sha256)):
        return None
    is_count = isinstance(mark.bytes, int) and not isinstance(mark.bytes, bool) and 0 <= mark.bytes <= MOST_BYTES
    # It goes into a header again: what could not come out of one is none.
    return mark if is_count and mark.etag == etag_of({"etag": mark.etag}) else None
