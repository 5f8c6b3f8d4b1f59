"""A request as it would go out, for those who look at it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The exact request; `target` is path and query, the names of `headers` are in small letters."""

    method: str
    scheme: str
    host: str
    port: int
    target: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)


Inspect = Callable[[Outgoing], list[tuple[str, str]]]
"""Looks at a request; gives all the headers that it leaves with, or raises EgressDenied."""
