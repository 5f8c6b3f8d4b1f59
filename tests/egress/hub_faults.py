"""What can go wrong at the hub of `hub_server`, one answer each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tests.egress.servers.http_messages import Headers

Where = Literal["hub", "store"]
"""Which of the two ports."""


@dataclass(frozen=True, slots=True)
class Status:
    """An answer of this status in the place of the file."""

    code: int
    headers: Headers = ()
    body: bytes = field(default=b"no", repr=False)
    at: Where = "hub"


@dataclass(frozen=True, slots=True)
class Leads:
    """A redirect to there; "" is to where it was asked."""

    location: str = ""
    code: int = 302
    at: Where = "hub"


@dataclass(frozen=True, slots=True)
class Portal:
    """The log-in page of a network: 200, and HTML."""

    at: Where = "hub"


@dataclass(frozen=True, slots=True)
class Silent:
    """The request is taken and nothing is said."""

    at: Where = "hub"


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """The request is taken and the connection ended."""

    at: Where = "hub"


@dataclass(frozen=True, slots=True)
class Tells:
    """The hub tells another digest, size or commit than that of the file; None is the right one, "" none at all."""

    sha256: str | None = None
    bytes: str | None = None
    commit: str | None = None
    at: Where = "hub"


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection ends after so many bytes of this answer; `resets` with a reset."""

    after: int
    resets: bool = False


@dataclass(frozen=True, slots=True)
class Stall:
    """Nothing comes after so many bytes of this answer, and the connection stays."""

    after: int


@dataclass(frozen=True, slots=True)
class Drip:
    """After so many bytes a few at a time, with a pause (seconds) between."""

    after: int = 0
    bytes: int = 1
    pause: float = 0.02


@dataclass(frozen=True, slots=True)
class Endless:
    """The file, then zeros for ever; without a length."""


@dataclass(frozen=True, slots=True)
class Instead:
    """Other bytes with the length that they have, where the hub tells of the right ones."""

    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """The file in chunks, without a length."""


@dataclass(frozen=True, slots=True)
class Rangeless:
    """The whole file, whatever range is asked for; where `after` is not 0 the connection ends after so many bytes."""

    after: int = 0


@dataclass(frozen=True, slots=True)
class WrongRange:
    """206 with the bytes from here on, whatever range is asked for."""

    start: int


@dataclass(frozen=True, slots=True)
class Packed:
    """A body that says it is compressed."""


@dataclass(frozen=True, slots=True)
class Becomes:
    """So many bytes of the file, then the connection ends, and from then on the file is another one, at `commit`."""

    content: bytes = field(repr=False)
    after: int = 0
    commit: str = "beef" + "0" * 36


Answered = Status | Leads | Portal | Silent | NoAnswer | Tells
"""Faults that show at one of the two, in the place of what it would answer."""

Fault = Answered | Drop | Stall | Drip | Endless | Instead | Unmeasured | Rangeless | WrongRange | Packed | Becomes
"""The others show where the file is given: at the store, or at the hub for a small one."""


def flipped(content: bytes, at: int = 0) -> bytes:
    """The same with one bit changed."""
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
