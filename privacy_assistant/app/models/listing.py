"""`models list`: what is installed, what works now and why, what lies there besides, and what fits this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from privacy_assistant.app.machine import memory_bytes
from privacy_assistant.app.models.answering import SPARES, Works, broken, lying_there, spare_card, spare_name, works
from privacy_assistant.app.models.desk import Desk
from privacy_assistant.app.models.planning import vouched
from privacy_assistant.core.model_card import Card, ModelRole, Tier
from privacy_assistant.core.model_choice import machine_size, recommended
from privacy_assistant.core.model_lock import Installed
from privacy_assistant.engines.cores import physical_cores

IN_USE, INSTALLED, SPARE, UNLISTED, AVAILABLE = "in use", "installed", "spare", "not in the lock file", "available"
MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Row:
    """One model. `bytes` 0: not known. `says` is why it works, what is wrong with it, or how it is got."""

    role: ModelRole
    name: str
    state: str
    bytes: int = 0
    licence: str = ""
    languages: tuple[str, ...] = ()
    trust: str = ""
    source: str = ""
    revision: str = ""
    tier: str = ""
    for_gb: tuple[int, ...] = ()
    about: str = ""
    unverified: str = ""
    says: str = ""


def rows(desk: Desk, roles: Sequence[ModelRole] = tuple(ModelRole), *, wants_all: bool = False) -> list[Row]:
    """Every row, by role: what is here, then what the manifest offers for this machine (`wants_all`: for any)."""
    size = machine_size(memory_bytes(), physical_cores())
    return [row for role in roles for row in (*_here(desk, role), *_offered(desk, role, size, wants_all=wants_all))]


def _here(desk: Desk, role: ModelRole) -> Iterator[Row]:
    now = works(desk, role)
    for model in sorted(desk.store.lock().of_role(role), key=lambda one: one.name != now.name):
        yield _installed(desk, model, now)
    spare = spare_name(desk, role)
    if now.installed is None and not now.is_spare:
        yield Row(role, now.name, MISSING if now.is_missing else IN_USE, _size(now.path), says=now.why)
    for path in lying_there(desk, role):
        name = path.parent.name if role in (ModelRole.STT, ModelRole.PII) else path.stem
        if path != now.path and (now.path is None or path.parent != now.path):
            yield Row(role, name, UNLISTED, _size(path), says="put there by hand; nobody vouches for it")
    if spare:
        yield _spare(desk, role, spare, now)


def _installed(desk: Desk, model: Installed, now: Works) -> Row:
    is_in_use = now.installed == model
    fault = broken(desk.store, model)
    says = now.why if is_in_use else ""
    if model.role is ModelRole.WAKE and not is_in_use:
        says = f"listen --wake {model.name}"
    if fault:
        says = f"broken: {fault} (privacy-assistant models verify {model.name})"
    elif not desk.store.was_compared(model):
        changed = f"not compared with its digest yet, or changed since (privacy-assistant models verify {model.name})"
        says = f"{says}; {changed}" if says else changed
    return Row(
        model.role,
        model.name,
        IN_USE if is_in_use else INSTALLED,
        model.bytes,
        model.licence,
        model.languages,
        str(model.trust),
        model.source,
        model.revision,
        says=says,
    )


def _spare(desk: Desk, role: ModelRole, name: str, now: Works) -> Row:
    state, says = (IN_USE, now.fault or now.why) if now.is_spare else (SPARE, "comes with the package")
    if role is ModelRole.PII:
        state, says = IN_USE, "always; comes with the package"
    card = spare_card(desk) if role is ModelRole.LLM else None
    if card is not None:
        return _of_card(card, state, says)
    _, licence, languages = SPARES[role]
    return Row(role, name, state, 0, licence, languages, "package", "this package", tier=str(Tier.SPARE), says=says)


def _offered(desk: Desk, role: ModelRole, size: int, *, wants_all: bool) -> Iterator[Row]:
    if wants_all:
        found: list[Card | None] = [card for card in desk.cards if card.role is role and not card.package]
    else:
        language = desk.settings.language
        found = [recommended(desk.cards, role, tier, language, size) for tier in (Tier.SMALL, Tier.GOOD, Tier.BEST)]
    lock = desk.store.lock()
    shown: set[str] = set()
    for card in found:
        if card is not None and card.name not in shown and lock.get(card.name) is None:
            shown.add(card.name)
            yield _of_card(card, AVAILABLE, f"privacy-assistant models pull {card.name}")


def _of_card(card: Card, state: str, says: str) -> Row:
    if card.package:
        trust = "package"
    else:
        is_vouched = all(file.sha256 or file.md5 for file in card.files if not file.is_optional)
        trust = str(vouched(card)) if is_vouched else "first use, then locked"
    return Row(
        card.role,
        card.name,
        state,
        card.bytes,
        card.licence,
        card.languages,
        trust,
        card.shown_source,
        card.revision if card.repository else "",
        str(card.tier),
        card.for_gb,
        card.about,
        card.unverified,
        says,
    )


def _size(path: Path | None) -> int:
    try:
        if path is None:
            return 0
        path = path.expanduser()
        return sum(one.stat().st_size for one in path.iterdir()) if path.is_dir() else path.stat().st_size
    except (OSError, RuntimeError):
        return 0
