"""A word to the person before a large model is held against its digest: that reads all of it, once."""

from __future__ import annotations

from collections.abc import Callable

from privacy_assistant.core.model_lock import Installed
from privacy_assistant.engines.model_store import Store

LARGE_BYTES = 500_000_000
"""From here on it takes about a second and more, by disk and processor."""

COMPARING = "comparing "
"""How the line begins, for those who tell it from a line about what is wrong."""


def tell_of_comparison(store: Store, model: Installed, say: Callable[[str], None]) -> None:
    """Say that a wait comes, where this model is large and was not compared since it was last changed."""
    if model.bytes >= LARGE_BYTES and not store.was_compared(model):
        say(f"{COMPARING}{model.name} with its digest ({model.bytes / 1e9:.1f} GB), once")
