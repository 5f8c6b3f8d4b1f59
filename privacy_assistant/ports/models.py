"""Port of whoever fetches model files. Nothing of a person is in an order: a name that everybody can look up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from privacy_assistant.core.hub import Place
from privacy_assistant.ports import Delayed


@dataclass(frozen=True, slots=True)
class Order:
    """One file that a person agreed to fetch, for the model `model`.

    `bytes` 0, `sha256` "" and `md5` "": nobody published them. `also` are hosts that were agreed to beside those that
    the first one is known to lead on to.
    """

    model: str
    place: Place
    bytes: int = 0
    sha256: str = ""
    md5: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """So many bytes of a file are here; `total` 0 where it is not known yet."""

    have: int
    total: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """The file is whole, and what it should be as far as anybody said.

    `told_sha256` is the digest that the hub told with it, "" for none; `commit` the revision it was at, "" where the
    hub does not say. `url` is where it was asked for, without a query.
    """

    bytes: int
    sha256: str
    url: str
    told_sha256: str = ""
    commit: str = ""


class Fetcher(Protocol):
    """Fetches files through the gate, one at a time."""

    def fetch(self, order: Order, partial: str) -> Iterator[Progress | Delayed | Arrived]:
        """Write the file to the path `partial`, going on where an earlier fetch of the same file broke off; ends with
        Arrived.

        What arrived stays in `partial` whatever happens, but for bytes that turned out to be of another file. Raises
        EgressDenied (nothing was asked of that host), Unreachable, TimedOut, BackendRefused (401, 403, 404, 410),
        ReplyMalformed (a wrong length), ModelTampered (a wrong digest), OSError (the disk).
        """

    def cancel(self) -> None:
        """End a fetch at once; it raises KeyboardInterrupt. Any thread or a signal handler may call."""

    def close(self) -> None: ...
