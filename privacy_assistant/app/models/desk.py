"""What every command about models needs: the settings, the folder of models, the cards of all that is known."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from privacy_assistant.app.files import read_settings
from privacy_assistant.app.opening import Opening
from privacy_assistant.app.paths import Paths, paths_for
from privacy_assistant.core.model_card import Card
from privacy_assistant.core.model_lock import Installed
from privacy_assistant.core.policy import Switches
from privacy_assistant.core.settings import Settings, switches_from
from privacy_assistant.engines.catalogue import read_manifest
from privacy_assistant.engines.model_store import Store
from privacy_assistant.errors import EgressDenied, Unreachable, UsageError

IMPORT_LINE = "bring it on a stick: privacy-assistant models import PATH"


@dataclass(frozen=True, slots=True)
class Desk:
    """One home, as it was when it was looked at; `store` is read anew each time."""

    paths: Paths
    settings: Settings
    store: Store
    cards: tuple[Card, ...]

    def card(self, name: str) -> Card | None:
        """The card of this name."""
        return next((card for card in self.cards if card.name == name), None)

    def installed(self, name: str) -> Installed:
        """The installed model of this name. Raises UsageError that names one like it."""
        lock = self.store.lock()
        found = lock.get(name)
        if found is not None:
            return found
        near = get_close_matches(name, [model.name for model in lock.models], n=1)
        hint = f"privacy-assistant models list · is it {near[0]}?" if near else "privacy-assistant models list"
        raise UsageError("no installed model has that name", hint=hint)


def desk_of(opening: Opening) -> Desk:
    """The desk of a home. Raises SettingsError for config.toml or a manifest, UsageError for the home."""
    paths = paths_for(opening.home)
    settings = read_settings(paths)
    return Desk(paths, settings, Store(paths.models), read_manifest(further=settings.models.manifest))


def refuse_where_switched_off(desk: Desk, opening: Opening) -> None:
    """Raises Unreachable or EgressDenied where a hard switch forbids to fetch anything from anywhere."""
    flags = Switches(offline=opening.offline, no_cloud=opening.no_cloud)
    switches = switches_from(desk.settings, opening.environment, flags)
    if switches.offline:
        raise Unreachable("offline is switched on: no model is fetched", hint=IMPORT_LINE, rule="switch:offline")
    if switches.no_cloud:
        raise EgressDenied("no_cloud is switched on: no model is fetched", hint=IMPORT_LINE, rule="switch:no_cloud")
