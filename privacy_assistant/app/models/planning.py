"""What a pull would fetch: each file's address, the hosts it may lead on to, sizes, licences, who vouches for it.

Made before anything is asked of anybody, so that a person agrees to all of it at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urlsplit

from privacy_assistant.app.models.answering import RESERVED
from privacy_assistant.app.models.desk import Desk
from privacy_assistant.app.models.placing import WHOLE, partial_folder, standing
from privacy_assistant.app.models.room import free_bytes, needed_bytes
from privacy_assistant.core.address import Address
from privacy_assistant.core.hub import endings_of, first_place, hub_of
from privacy_assistant.core.model_card import Card, CardFile, ModelRole, Witness, card_of
from privacy_assistant.core.model_lock import Installed, Trust
from privacy_assistant.errors import EngineError, UsageError
from privacy_assistant.ports.models import Order

PART = ".part"
"""The end of the name of a file that is on its way."""

BY_PUBLISHER = "digest published"
BY_OTHERS = "digest recorded by others, not its publisher"
BY_LOCK = "digest as it was locked when it came"
BY_HUB = "the hub's own word if it gives a digest, then locked"
BY_NOBODY = "trust on first use, then locked"

_COMMIT = re.compile(r"[0-9a-f]{40}", re.ASCII)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """One file to fetch. `trust` says who vouches for its bytes; `here` so many of them came earlier."""

    file: CardFile
    order: Order
    trust: str
    here: int = 0

    @property
    def leads_to(self) -> tuple[str, ...]:
        """The hosts that may be asked besides the first one."""
        first: Address = self.order.place.address
        if first.is_loopback:
            return ("this machine", *self.order.also)
        return (*(f"*{end}" for end in endings_of(first)), *self.order.also)


@dataclass(frozen=True, slots=True)
class PlannedModel:
    """One model to fetch; `is_here`: it is installed as it would be fetched, and nothing is."""

    card: Card
    files: tuple[PlannedFile, ...]
    before: Installed | None = None
    is_here: bool = False

    @property
    def bytes_left(self) -> int:
        """What is still to come, as far as it is known."""
        return 0 if self.is_here else sum(max(0, one.file.bytes - one.here) for one in self.files)

    @property
    def is_measured(self) -> bool:
        """Whether all sizes are known."""
        return self.card.bytes > 0


@dataclass(frozen=True, slots=True)
class Plan:
    """All of a pull. `free` bytes are there on the disk of the models."""

    models: tuple[PlannedModel, ...]
    free: int

    @property
    def bytes_left(self) -> int:
        """What is still to come, as far as it is known."""
        return sum(model.bytes_left for model in self.models)

    @property
    def needed(self) -> int:
        """What has to be free for that."""
        return needed_bytes(self.bytes_left)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to fetch."""
        return all(model.is_here for model in self.models)


def plan_pull(
    desk: Desk,
    wanted: Sequence[str],
    *,
    role: ModelRole | None = None,
    languages: tuple[str, ...] = (),
    hosts: Sequence[str] = (),
    endpoint: str = "",
) -> Plan:
    """What it takes to fetch these: names of the manifest, or OWNER/NAME[/PATH][@REVISION] on the hub.

    `hosts` are agreed to beside those that are known; `endpoint` is what the environment says of a mirror. Raises
    UsageError, SettingsError (the mirror's address, the lock file).
    """
    hub = hub_of(endpoint)
    also = tuple(_host(host) for host in hosts)
    cards = {card.name: card for card in (_card(desk, name, role, languages) for name in wanted)}
    return Plan(tuple(_planned(desk, card, hub, also) for card in cards.values()), free_bytes(desk.store.folder))


def _card(desk: Desk, name: str, role: ModelRole | None, languages: tuple[str, ...]) -> Card:
    card = desk.card(name)
    if card is None and "/" not in name:
        near = get_close_matches(name, [known.name for known in desk.cards if not known.package], n=1)
        hint = "privacy-assistant models list --all, or OWNER/NAME[/PATH] as on the hub"
        raise UsageError("no model of that name is known", hint=f"is it {near[0]}? · {hint}" if near else hint)
    if card is None:
        if role is None and not name.partition("@")[0].endswith(".gguf"):
            raise UsageError("say what that is for", hint="--role llm, stt, tts, turn")
        card = card_of(name, role or ModelRole.LLM, languages=languages or ("*",))
        known = desk.card(card.name)
        if card.name in RESERVED or (known is not None and known.repository != card.repository):
            raise UsageError(
                f"{card.name} is the name of another model",
                hint="fetch the file by other means, then privacy-assistant models import FILE --name NAME",
            )
    if role is not None and card.role is not role:
        raise UsageError(f"{card.name} is for the role {card.role}", hint=f"--role {card.role}, or none")
    if card.package and not card.repository:
        raise UsageError(f"{card.name} comes with the package", hint="there is nothing to fetch")
    return card


def _planned(desk: Desk, card: Card, hub: str, also: tuple[str, ...]) -> PlannedModel:
    before = standing(desk.store).get(card.name)
    if before is not None and before.role is not card.role:
        raise UsageError(f"{card.name} is the name of an installed model of another role", hint=_remove(card.name))
    files = tuple(_planned_file(desk, card, file, hub, also, before) for file in card.files)
    return PlannedModel(card, files, before, before is not None and _is_here(desk, card, before))


def _planned_file(
    desk: Desk, card: Card, file: CardFile, hub: str, also: tuple[str, ...], before: Installed | None
) -> PlannedFile:
    try:
        place = first_place(card, file, hub)
    except ValueError:
        raise UsageError(
            f"{card.name}: the address of {file.name} cannot be used", hint="correct the manifest"
        ) from None
    locked = _locked_digest(card, file, before)
    if file.sha256 or file.md5:
        trust = BY_PUBLISHER if vouched(card) is Trust.PUBLISHED else BY_OTHERS
    elif locked:
        trust = BY_LOCK
    else:
        trust = BY_NOBODY if file.url else BY_HUB
    order = Order(card.name, place, file.bytes, file.sha256 or locked, file.md5, also)
    return PlannedFile(file, order, trust, _here(desk, card, file))


def _here(desk: Desk, card: Card, file: CardFile) -> int:
    """Bytes of an earlier fetch that broke off."""
    folder = partial_folder(desk.store, card.name)
    for path in (folder / f"{file.name}{PART}", folder / WHOLE / file.name):
        try:
            return path.lstat().st_size
        except OSError:
            continue
    return 0


def _locked_digest(card: Card, file: CardFile, before: Installed | None) -> str:
    """What the file was when it came from this very commit: it cannot be anything else now."""
    if before is None or not _is_of(card, before) or before.revision != card.revision:
        return ""
    if not _COMMIT.fullmatch(card.revision):
        return ""
    return next((locked.sha256 for locked in before.files if locked.name == file.name), "")


def _is_here(desk: Desk, card: Card, before: Installed) -> bool:
    """Whether what is installed is what would be fetched, and whole."""
    wanted = {file.name: file.sha256 for file in card.files if not file.is_optional}
    locked = {file.name: file.sha256 for file in before.files}
    is_same = all(wanted.values()) and wanted.items() <= locked.items()
    is_at = _is_of(card, before) and card.revision == before.revision and bool(_COMMIT.fullmatch(card.revision))
    if not is_same and not (is_at and wanted.keys() <= locked.keys()):
        return False
    try:
        desk.store.check(before)
    except EngineError:
        return False
    return True


def _is_of(card: Card, before: Installed) -> bool:
    """Whether it was fetched from where the card says. What came on a stick says so of itself, and is not believed."""
    return bool(card.repository) and before.source == source_of(card) and before.trust is not Trust.IMPORTED


def vouched(card: Card) -> Trust:
    """Who says what the bytes of a card's file should be, of which it has a digest."""
    return Trust.PUBLISHED if card.digests_from is Witness.PUBLISHER else Trust.RECORDED


def source_of(card: Card) -> str:
    """What the lock file says of where a model came from."""
    return card.repository or card.source or urlsplit(card.files[0].url).hostname or ""


def _host(given: str) -> str:
    host = given.strip().lower()
    if not _HOST.fullmatch(host):
        raise UsageError("--host takes the name of one host", hint="--host cdn.example.org")
    return host


def _remove(name: str) -> str:
    return f"privacy-assistant models remove {name} makes room for it"
