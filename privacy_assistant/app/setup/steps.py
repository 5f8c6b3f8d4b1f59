"""The steps of a setup. Each is done whole or not at all, keeps what is there, and can be done again."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from privacy_assistant import tripwire
from privacy_assistant.app.config_writing import has_key, set_key
from privacy_assistant.app.files import init_config, init_policy, read_policy
from privacy_assistant.app.models.answering import works
from privacy_assistant.app.models.desk import Desk, desk_of, refuse_where_switched_off
from privacy_assistant.app.models.events import Event
from privacy_assistant.app.models.fetching import hub_line
from privacy_assistant.app.models.importing import import_models
from privacy_assistant.app.models.planning import Plan, plan_pull
from privacy_assistant.app.models.pulling import pull
from privacy_assistant.app.models.removing import begun_names
from privacy_assistant.app.opening import Opening, PassphraseSource, Prompt
from privacy_assistant.app.paths import paths_for
from privacy_assistant.app.profile import Added, Profile
from privacy_assistant.app.setup.plan import ROLES, Offer, default_language, offers
from privacy_assistant.app.vault import Vault, open_vault
from privacy_assistant.core.hub import ENDPOINT_VARIABLE
from privacy_assistant.core.model_card import Card, ModelRole
from privacy_assistant.core.policy import Switches
from privacy_assistant.core.policy_terms import PolicyState
from privacy_assistant.core.profile import Wish
from privacy_assistant.core.settings import switches_from
from privacy_assistant.errors import VaultLocked, WrongPassphrase

MOST_TRIES = 3
"""How often a passphrase may be wrong at a terminal."""


class Kept(StrEnum):
    """What became of something that may have been there before."""

    THERE = "was there"
    MADE = "made"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Standing:
    """What a home holds before. `is_offline` and `is_no_cloud` are the hard switches, wherever they are set."""

    language: str
    has_language: bool
    has_keys: bool
    has_policy: bool
    is_offline: bool
    is_no_cloud: bool


class Setup:
    """The steps for one home; a passphrase that was typed is asked for once."""

    def __init__(self, opening: Opening) -> None:
        """Raises UsageError where the home can be none."""
        tripwire.install()
        self._asked = _Asked(opening.passphrase, opening.say)
        self.opening = replace(opening, passphrase=self._asked.source())
        self.paths = paths_for(opening.home)

    def desk(self) -> Desk:
        """The settings, the lock file and the cards as they are now. Raises SettingsError."""
        return desk_of(self.opening)

    def standing(self) -> Standing:
        """What is there. Raises SettingsError."""
        settings = self.desk().settings
        flags = Switches(offline=self.opening.offline, no_cloud=self.opening.no_cloud)
        switches = switches_from(settings, self.opening.environment, flags)
        is_set = has_key(self.paths, "", "language")
        return Standing(
            language=default_language(settings, is_set, self.opening.environment),
            has_language=is_set,
            has_keys=self.paths.key_store.exists(),
            has_policy=self.paths.policy.exists(),
            is_offline=switches.offline,
            is_no_cloud=switches.no_cloud,
        )

    def offers(self, language: str, memory: int, cores: int) -> tuple[Offer, ...]:
        """What fits, without the roles for which config.toml names a file of the person's own."""
        desk = self.desk()
        roles = [role for role in ROLES if not _is_own(desk, role)]
        return offers(desk.cards, desk.store.lock(), language=language, memory=memory, cores=cores, roles=roles)

    def begun(self) -> tuple[str, ...]:
        """Models of which a fetch broke off, by name."""
        return begun_names(self.desk())

    # ------------------------------------------------------------ the steps

    def policy(self) -> tuple[Kept, str]:
        """Write the policy that lets nothing leave, where there is none; one that is there is not touched.

        With it what is wrong with that one, "" for nothing. Raises UsageError where it cannot be written.
        """
        if not self.paths.policy.exists() and not self.paths.policy.is_symlink():
            init_policy(self.paths)
            return Kept.MADE, ""
        policy = read_policy(self.paths)
        return Kept.THERE, policy.problem if policy.state is PolicyState.UNREADABLE else ""

    def language(self, tag: str) -> bool:
        """Set the language, in a config.toml that shows what else there is where there was none; whether anything
        changed. Raises SettingsError, UsageError."""
        init_config(self.paths)
        if not has_key(self.paths, "", "language") or self.desk().settings.language != tag:
            return set_key(self.paths, "", "language", tag)
        return False

    def keys(self) -> Kept:
        """Make the key store where there is none and something to make it from; else it is not opened.

        Raises VaultLocked, UsageError.
        """
        if self.paths.key_store.exists():
            return Kept.THERE
        vault = self._vault()
        if vault is None:
            return Kept.NONE
        vault.close()
        return Kept.MADE

    def mask(self, wishes: Sequence[Wish], places: Sequence[str]) -> Added:
        """Add to what is always masked. Raises VaultLocked without a key store, WrongPassphrase, UsageError."""
        vault = self._vault()
        if vault is None:
            raise VaultLocked(
                "there is no key store, so no profile can be kept",
                hint="privacy-assistant key init, then privacy-assistant profile add",
            )
        try:
            return Profile(vault.drawer).add(wishes, places=places)
        finally:
            vault.close()

    def plan(self, cards: Sequence[Card]) -> Plan:
        """What it takes to fetch these, for a person to agree to; nothing is asked of anybody. Raises UsageError,
        SettingsError."""
        return plan_pull(self.desk(), [card.name for card in cards], endpoint=self._mirror)

    def fetch(self, plan: Plan) -> Generator[Event, None, None]:
        """Fetch what was planned and agreed to. Raises what `pull` raises, and first of all EgressDenied or Unreachable
        where a hard switch forbids it."""
        desk = self.desk()
        refuse_where_switched_off(desk, self.opening)
        if self._asked.is_asking:
            vault = self._vault()  # a passphrase that is mistyped is asked for again here
            if vault is not None:
                vault.close()
        yield from pull(desk, plan, lambda: hub_line(desk, self.opening, self._mirror), say=self.opening.say)

    def bring(self, place: Path) -> Generator[Event, None, None]:
        """Copy every model that lies at a path. Raises what `import_models` raises."""
        yield from import_models(self.desk(), place)

    def prefer(self, cards: Sequence[Card]) -> list[Card]:
        """Name those of these models in config.toml that are installed and would not be used otherwise; which."""
        named = []
        for card in cards:
            desk = self.desk()
            now = works(desk, card.role)
            if desk.store.lock().get(card.name) is None or now.name == card.name or now.fault:
                continue
            if desk.settings.models.named(card.role):
                set_key(self.paths, "models", str(card.role), None)
            if works(self.desk(), card.role).name != card.name:
                set_key(self.paths, "models", str(card.role), card.name)
            named.append(card)
        return named

    @property
    def _mirror(self) -> str:
        return self.opening.environment.get(ENDPOINT_VARIABLE, "")

    def _vault(self) -> Vault | None:
        """The vault of this home, asked for again where a person mistyped. Raises WrongPassphrase, VaultLocked."""
        for _ in range(MOST_TRIES - 1):
            try:
                return open_vault(self.paths, self.opening)
            except WrongPassphrase as error:
                if not self._asked.forget():
                    raise
                self.opening.say(error.message)
        return open_vault(self.paths, self.opening)


class _Asked:
    """Asks a person once, and has the same answer from then on, none included, until it is told that it was wrong."""

    def __init__(self, source: PassphraseSource, say: Callable[[str], None]) -> None:
        self._source = source
        self._say = say
        self._words: str | None = None
        self._is_declined = False

    def source(self) -> PassphraseSource:
        """What is given to whoever opens the key store."""
        return PassphraseSource(self._source.given, None if self._source.ask is None else self._ask)

    @property
    def is_asking(self) -> bool:
        """Whether a person would have to be asked, and was not yet."""
        return self._source.ask is not None and not self._source.given and not self._words and not self._is_declined

    def forget(self) -> bool:
        """The answer was wrong; whether another one can be asked for."""
        self._words = None
        return self._source.ask is not None and not self._source.given

    def _ask(self, prompt: Prompt) -> str | None:
        if not self._words and not self._is_declined and self._source.ask is not None:
            self._words = self._source.ask(prompt)
            self._is_declined = not self._words
        return self._words


def _is_own(desk: Desk, role: ModelRole) -> bool:
    """Whether config.toml names something for this role that is neither installed nor known: a file of the person's."""
    wanted = desk.settings.models.named(role)
    if not wanted or desk.store.lock().get(wanted) is not None:
        return False
    now = works(desk, role)
    return not now.is_spare and desk.card(wanted) is None
