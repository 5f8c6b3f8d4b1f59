"""The routing table of this machine, read from files: it says whether there is a way out without asking anybody.

Linux writes it under /proc/net. Elsewhere, and where the file is withheld, nothing is known, and unknown counts as
online: an attempt then tells. IPv6 lists every table there, IPv4 only the main one; where the kernel counts routes in
further IPv4 tables (policy routing, some VPNs), a missing default route proves nothing, and is unknown too.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2s
from pathlib import Path

PROC = Path("/proc/net")

_MOST = 1 << 16
"""Bytes read of each file: the default routes come first, and a router may hold a million others."""

_FRESH_S = 0.5
_UP = 0x1
_REJECT = 0x200
_OF_THIS_MACHINE = 0x80000000 | 0x00100000  # addresses of its own, and anycast ones
_BROADEST = 1
"""A prefix of 0 bits is a default route; VPNs write two of 1 bit in its place."""


@dataclass(frozen=True, slots=True)
class Routes:
    """What the table holds. `is_known` False: nothing can be said. `has_any` is any route but loopback's own.

    `fingerprint` is equal where the table is equal, "" where it is not known.
    """

    is_known: bool = False
    has_any: bool = False
    has_default_v4: bool = False
    has_default_v6: bool = False
    fingerprint: str = field(default="", repr=False)

    @property
    def has_default(self) -> bool:
        """Whether there is a way beyond the local network, by either protocol."""
        return self.has_default_v4 or self.has_default_v6


@dataclass(frozen=True, slots=True)
class _Route:
    prefix: int
    is_default: bool
    is_v6: bool
    identity: str = field(repr=False)


def read_routes(folder: Path = PROC) -> Routes:
    """The routes of now. Never raises, sends nothing, asks nobody."""
    untrusted_v4, untrusted_v6 = _head(folder / "route"), _head(folder / "ipv6_route")
    if untrusted_v4 is None:  # it is there on every Linux that lets itself be read
        return Routes()
    try:
        routes = [*_routes_v4(untrusted_v4), *_routes_v6(untrusted_v6 or "")]
    except (ValueError, IndexError):
        return Routes()
    known = Routes(
        is_known=True,
        has_any=bool(routes),
        has_default_v4=any(route.is_default and not route.is_v6 for route in routes),
        has_default_v6=any(route.is_default and route.is_v6 for route in routes),
        fingerprint=blake2s("\n".join(sorted(route.identity for route in routes)).encode(), digest_size=8).hexdigest(),
    )
    return known if known.has_default_v4 or not _has_further_tables(folder) else Routes()


class RecentRoutes:
    """The routes of a moment ago, read again when they are older: one question asks for them several times."""

    def __init__(
        self, read: Callable[[], Routes] = read_routes, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._monotonic = monotonic
        self._known: tuple[float, Routes] | None = None

    def __call__(self) -> Routes:
        """At most half a second old."""
        now = self._monotonic()
        if self._known is None or now - self._known[0] > _FRESH_S:
            self._known = now, self._read()
        return self._known[1]


def _routes_v4(text: str) -> Iterator[_Route]:
    # Iface Destination Gateway Flags RefCnt Use Metric Mask …: addresses are hex in the byte order of the machine.
    for line in _whole_lines(text)[1:]:
        fields = line.split()
        device, destination, gateway, metric, mask = fields[0], fields[1], fields[2], fields[6], fields[7]
        # "*" stands for what leads nowhere: a blackhole, a prohibition.
        if device in {"*", "lo"} or not _is_usable(int(fields[3], 16)):
            continue
        prefix = int(mask, 16).bit_count()
        yield _Route(prefix, prefix <= _BROADEST, False, " ".join(("4", device, destination, mask, gateway, metric)))


def _routes_v6(text: str) -> Iterator[_Route]:
    # Destination, its prefix, source, its prefix, gateway, metric, two counters that move, flags, device; all hex.
    for line in _whole_lines(text):
        fields = line.split()
        destination, prefix, gateway, flags, device = fields[0], int(fields[1], 16), fields[4], fields[8], fields[9]
        if device == "lo" or not _is_usable(int(flags, 16)) or int(flags, 16) & _OF_THIS_MACHINE:
            continue
        # Every interface that is up has link-local and multicast routes (fe80::/10, ff00::/8): they lead to nobody.
        if destination.startswith("ff") or destination[:3] in {"fe8", "fe9", "fea", "feb"}:
            continue
        yield _Route(prefix, prefix <= _BROADEST, True, " ".join(("6", device, destination, str(prefix), gateway)))


def _is_usable(flags: int) -> bool:
    return bool(flags & _UP) and not flags & _REJECT


def _has_further_tables(folder: Path) -> bool:
    return any(line.startswith("Id ") for line in (_head(folder / "fib_triestat") or "").splitlines())


def _whole_lines(text: str) -> list[str]:
    """The lines that end; the last one may be cut."""
    return [line for line in text[: text.rfind("\n") + 1].splitlines() if line.strip()]


def _head(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            return file.read(_MOST).decode("ascii", "replace")
    except OSError:
        return None
