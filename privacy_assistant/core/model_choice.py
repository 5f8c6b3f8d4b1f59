"""Which model fits a machine, and which of those that are installed does the work."""

from __future__ import annotations

from collections.abc import Iterable

from privacy_assistant.core.model_card import Card, ModelRole, Tier
from privacy_assistant.core.model_lock import Installed, Lock

SIZES = (4, 8, 16, 32)
"""Gigabytes of memory that machines are told apart by."""

_SPARE = 0.15
"""A machine that is sold with 8 GB tells of 7.6: so much less still counts."""


_MOST_FOR_CORES = ((4, 8), (8, 16))
"""With fewer cores than the first number a machine counts as no larger than the second: the models of larger ones
would fit, and say a word a second."""


def machine_size(memory_bytes: int, cores: int = 8) -> int:
    """The size that a machine with so much memory and so many cores counts as."""
    most = next((size for fewer, size in _MOST_FOR_CORES if cores < fewer), SIZES[-1])
    fitting = [size for size in SIZES if size <= most and memory_bytes >= size * (1 - _SPARE) * 1024**3]
    return fitting[-1] if fitting else SIZES[0]


def recommended(cards: Iterable[Card], role: ModelRole, tier: Tier, language: str, size: int) -> Card | None:
    """The card of a role for a machine of this size: of this tier, else of the nearest smaller one; None for none.

    One for the language alone comes before one for many.
    """
    fitting = [card for card in cards if card.role is role and size in card.for_gb and card.speaks(language)]
    tiers = [Tier.SMALL, Tier.GOOD, Tier.BEST]
    for wanted in reversed(tiers[: tiers.index(tier) + 1] if tier in tiers else []):
        of_tier = [card for card in fitting if card.tier is wanted]
        if of_tier:
            return min(of_tier, key=lambda card: "*" in card.languages or len(card.languages) > 1)
    return None


def chosen(lock: Lock, role: ModelRole, wanted: str, language: str) -> Installed | None:
    """The installed model that does the work: the one that is named, else of those for the language the last that came.

    Of one that is named, the language is not asked; "" is any language. None where nothing is installed for it, or
    what is named is no installed model (a path, a file, a spare one).
    """
    if wanted:
        named = lock.get(wanted)
        return named if named is not None and named.role is role else None
    able = [model for model in lock.of_role(role) if not language or model.speaks(language)]
    return max(able, key=lambda model: (model.installed, model.name), default=None)
