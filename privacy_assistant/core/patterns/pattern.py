"""Patterns that are compiled when a text first needs them.

Compiling all that the rules know takes a tenth of a second, more than searching a thousand texts; most texts need few.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

_Found = re.Match[str] | None


class Pattern:
    """Stands for `re.compile(source, flags)`. Raises what that raises, at the first use.

    The methods take the place of their own names at the first use, so that later ones cost nothing more.
    """

    __slots__ = ("_flags", "_source", "findall", "finditer", "fullmatch", "match", "search", "split", "sub")

    findall: Callable[..., list[Any]]
    finditer: Callable[..., Iterator[re.Match[str]]]
    fullmatch: Callable[..., _Found]
    match: Callable[..., _Found]
    search: Callable[..., _Found]
    split: Callable[..., list[str]]
    sub: Callable[..., str]

    def __init__(self, source: str, flags: int = 0) -> None:
        self._source = source
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        compiled = re.compile(self._source, self._flags)
        if name in self.__slots__:
            self.findall = compiled.findall
            self.finditer = compiled.finditer
            self.fullmatch = compiled.fullmatch
            self.match = compiled.match
            self.search = compiled.search
            self.split = compiled.split
            self.sub = compiled.sub
        return getattr(compiled, name)
