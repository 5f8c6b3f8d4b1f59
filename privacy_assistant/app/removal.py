"""Remove what is kept: the part of the house that works also where the history can no longer be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from privacy_assistant.app.opening import Opening
from privacy_assistant.app.paths import Paths, paths_for
from privacy_assistant.app.vault import find_keyring, open_database, surroundings
from privacy_assistant.errors import UsageError, VaultLocked
from privacy_assistant.vault.database import Database
from privacy_assistant.vault.history import DurableHistory
from privacy_assistant.vault.keys import Keys
from privacy_assistant.vault.purge import Predicate, panic, purge, rehearse
from privacy_assistant.vault.purge import Receipt as Receipt
from privacy_assistant.vault.roster import Roster


@dataclass(frozen=True, slots=True)
class Removal:
    """What a person wants removed, and how. Nothing chosen: only what an earlier purge left is finished."""

    is_everything: bool = False
    is_all: bool = False
    older_than: timedelta | None = None
    conversations: tuple[str, ...] = ()
    is_rotation: bool = False
    keeps_pinned: bool = False
    is_dry_run: bool = False
    wait_s: float = 10.0
    is_compacted: bool = False

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was chosen."""
        return not (self.is_everything or self.is_all or self.older_than or self.conversations or self.is_rotation)


def remove(opening: Opening, removal: Removal, now: datetime) -> Receipt:
    """Remove for good; the receipt says pending when another reader keeps the file.

    Raises UsageError for an unknown conversation, VaultLocked, WrongPassphrase, RecordTampered, PurgePending.
    """
    paths = paths_for(opening.home)
    opened = open_database(paths, opening, may_create=False)
    if opened is None:
        opening.say("nothing is kept here: there is no key store")
        return Receipt(removed={}, logical="done", physical="done", epoch=0)
    keys, database = opened
    try:
        if removal.is_nothing:
            raise UsageError("say what to remove", hint="--all, --older-than 30d, --conversation ID, or --everything")
        predicate = _predicate(removal, database, keys, now)
        if removal.is_dry_run:
            return rehearse(database, keys, predicate)
        return purge(
            database,
            keys,
            predicate,
            surroundings=surroundings(paths),
            wait_s=removal.wait_s,
            is_compacted=removal.is_compacted,
        )
    finally:
        database.close()
        keys.close()


def destroy(opening: Opening) -> Receipt:
    """`--panic`: the keys first, at once and without any secret, then the files."""
    paths: Paths = paths_for(opening.home)
    if not paths.key_store.exists() and not paths.database.exists():
        raise VaultLocked("nothing is kept here: there is no key store", hint="privacy-assistant config path")
    return panic(paths.key_store, paths.database, find_keyring=find_keyring, sweep=(paths.temporary,))


def _predicate(removal: Removal, database: Database, keys: Keys, now: datetime) -> Predicate:
    chosen: Sequence[str] | None = ()
    if removal.is_all or removal.is_everything:
        chosen = None
    elif removal.conversations:
        history = DurableHistory(Roster(database, keys))
        chosen = [history.resolve(prefix) for prefix in removal.conversations]
    return Predicate(
        conversations=None if chosen is None else tuple(chosen),
        older_than=now - removal.older_than if removal.older_than is not None else None,
        keep_pinned=removal.keeps_pinned,
        with_drawer=removal.is_everything,
        with_ledger=removal.is_everything,
    )
