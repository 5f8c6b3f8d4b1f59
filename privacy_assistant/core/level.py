"""How much is masked. A module of its own, so that a policy can be read without the finders."""

from __future__ import annotations

from enum import StrEnum


class Level(StrEnum):
    """`strict` adds a floor under the finders; `block` searches alike, and what anything is found in stays."""

    BALANCED = "balanced"
    STRICT = "strict"
    BLOCK = "block"
