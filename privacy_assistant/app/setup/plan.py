"""What would fit: for each of three qualities the models of this machine and this language."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from privacy_assistant.core.model_card import Card, ModelRole, Tier
from privacy_assistant.core.model_choice import machine_size, recommended
from privacy_assistant.core.model_lock import Lock
from privacy_assistant.core.settings import Settings

QUALITIES = (Tier.SMALL, Tier.GOOD, Tier.BEST)
ROLES = (ModelRole.STT, ModelRole.LLM, ModelRole.TTS)
"""What a person would miss: an ear, a mind and a mouth. The other roles are good as they come."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[_-]([A-Za-z]{2}))?(?:[.@].*)?", re.ASCII)
_LOCALE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
_NAMES = {
    "english": "en",
    "german": "de",
    "deutsch": "de",
    "french": "fr",
    "français": "fr",
    "francais": "fr",
    "spanish": "es",
    "español": "es",
    "espanol": "es",
    "italian": "it",
    "italiano": "it",
    "dutch": "nl",
    "nederlands": "nl",
    "portuguese": "pt",
    "português": "pt",
    "portugues": "pt",
    "polish": "pl",
    "polski": "pl",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """The models of one quality, by role in the order of ROLES; `missing` are those that are not installed."""

    quality: Tier
    cards: tuple[Card, ...]
    missing: tuple[Card, ...]

    @property
    def bytes(self) -> int:
        """What is to be fetched; 0 where nothing is, or where the size of a model is not known."""
        return sum(card.bytes for card in self.missing) if all(card.bytes for card in self.missing) else 0


def offers(
    cards: Iterable[Card],
    lock: Lock,
    *,
    language: str,
    memory: int,
    cores: int = 8,
    roles: Sequence[ModelRole] = ROLES,
) -> tuple[Offer, ...]:
    """One for each quality, the small one first; `memory` are the bytes of the machine."""
    cards = tuple(cards)
    size = machine_size(memory, cores)
    made = []
    for quality in QUALITIES:
        fitting = [recommended(cards, role, quality, language, size) for role in roles]
        chosen = tuple(card for card in fitting if card is not None)
        made.append(Offer(quality, chosen, tuple(card for card in chosen if not _is_here(card, lock))))
    return tuple(made)


def present_quality(made: Iterable[Offer]) -> Tier | None:
    """The best quality that is here whole; None for none."""
    whole = [offer.quality for offer in made if offer.cards and not offer.missing]
    return whole[-1] if whole else None


def begun_quality(made: Iterable[Offer], begun: Collection[str]) -> Tier | None:
    """The first quality of which a model is here, or was `begun` to be fetched by its name; None for none."""
    for offer in made:
        if len(offer.missing) < len(offer.cards) or any(card.name in begun for card in offer.missing):
            return offer.quality
    return None


def default_language(settings: Settings, is_set: bool, environment: Mapping[str, str]) -> str:
    """The language that is proposed: the one that is set, else that of the locale, else English."""
    if is_set:
        return settings.language
    for name in _LOCALE_VARIABLES:
        locale = environment.get(name, "")
        if locale:
            found = _LOCALE.fullmatch(locale)
            if found is None or locale.upper().partition(".")[0] in ("C", "POSIX"):
                return settings.language
            base, region = found[1].lower(), (found[2] or "").upper()
            return f"{base}-{region}" if region and base != "en" else base
    return settings.language


def parse_language(text: str) -> str:
    """A tag like de or de-AT, or the name of a common language, as a tag. Raises ValueError."""
    word = text.strip()
    if word.casefold() in _NAMES:
        return _NAMES[word.casefold()]
    base, _, rest = word.replace("_", "-").partition("-")
    tag = f"{base.lower()}-{rest}" if rest else base.lower()
    if not _LANGUAGE.fullmatch(tag):
        raise ValueError("a language is a tag like en, de or pt-BR")
    return tag


def _is_here(card: Card, lock: Lock) -> bool:
    found = lock.get(card.name)
    return found is not None and found.role is card.role
