"""Open what stays on this machine: keys, database, history, drawer, ledger."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from privacy_assistant.app.opening import Opening, Prompt
from privacy_assistant.app.paths import Paths, paths_for
from privacy_assistant.errors import AssistantError, PurgePending, RecordTampered, UsageError, VaultLocked
from privacy_assistant.flow.housekeeping import Housekeeping
from privacy_assistant.vault.database import Database, EpochMoved
from privacy_assistant.vault.drawer import DurableDrawer
from privacy_assistant.vault.factors import KeyringPort, create_key_file
from privacy_assistant.vault.history import DurableHistory
from privacy_assistant.vault.keys import Keys, KeyStatus, create_keys, describe, open_keys
from privacy_assistant.vault.ledger import DurableLedger
from privacy_assistant.vault.memory_guard import guard_memory
from privacy_assistant.vault.purge import Predicate, Receipt, Surroundings, purge, resume
from privacy_assistant.vault.roster import Roster


@dataclass(slots=True)
class Vault:
    """The opened vault of one home."""

    paths: Paths
    keys: Keys
    database: Database
    roster: Roster
    history: DurableHistory
    drawer: DurableDrawer
    ledger: DurableLedger

    def purge(self, predicate: Predicate, *, wait_s: float = 10.0) -> Receipt:
        """Remove for good while the house is open; what is kept goes on under the new keys."""
        return purge(self.database, self.keys, predicate, surroundings=surroundings(self.paths), wait_s=wait_s)

    def housekeeping(self) -> Housekeeping:
        """Retention for this vault, through the same purge as everything that is removed."""
        return Housekeeping(
            self.history,
            self.drawer,
            purge=self._remove,
            sizes=self.history.sizes,
            shorten_ledger=self.ledger.shorten,
        )

    def _remove(self, ids: Sequence[str]) -> None:
        if self.purge(Predicate(conversations=tuple(ids)), wait_s=0.0).is_pending:
            raise PurgePending(
                "retention waits for another program that reads the history", hint="it goes on at the next start"
            )

    def close(self) -> None:
        """Write the anchor, close the database, forget the keys."""
        try:
            # A purge in another process has written its own anchor, and these keys open nothing any more.
            with contextlib.suppress(EpochMoved):
                self.roster.set_anchor()
        finally:
            with contextlib.suppress(EpochMoved):
                self.history.close()
            self.database.close()
            self.keys.close()


def find_keyring() -> KeyringPort | None:
    """The system's keyring; imported when it is asked for, since most homes open without it."""
    from privacy_assistant.vault import os_keyring

    return os_keyring.find_keyring()


def open_database(paths: Paths, opening: Opening, *, may_create: bool) -> tuple[Keys, Database] | None:
    """The keys and the database, an unfinished purge finished first; None: there is no key store and none was made.

    Raises VaultLocked, WrongPassphrase, RecordTampered.
    """
    if not may_create and not paths.key_store.exists() and not paths.database.exists():
        return None
    guard_memory()
    keys = open_keys(
        paths.key_store,
        passphrase=opening.passphrase,
        key_file=opening.key_file,
        find_keyring=find_keyring,
        is_home_explicit=paths.is_explicit,
        guarded=(paths.database,),
    )
    if keys is None:
        return None
    with contextlib.ExitStack() as undo:
        undo.callback(keys.close)
        database = Database(paths.database)
        undo.callback(database.close)
        resumed = resume(database, keys, surroundings=surroundings(paths))
        if resumed is not None:
            opening.say("an interrupted purge goes on: " + " · ".join(resumed.lines()[:2]))
        undo.pop_all()
    return keys, database


def open_vault(paths: Paths, opening: Opening) -> Vault | None:
    """Open or (where the opening gives a factor) make the key store, then the history; None: memory only."""
    opened = open_database(paths, opening, may_create=True)
    if opened is None:
        return None
    keys, database = opened
    with contextlib.ExitStack() as undo:
        undo.callback(keys.close)
        undo.callback(database.close)
        roster = Roster(database, keys)
        undo.pop_all()
    return Vault(paths, keys, database, roster, DurableHistory(roster), DurableDrawer(roster), DurableLedger(roster))


def surroundings(paths: Paths) -> Surroundings:
    """What a purge empties, and where it looks for remnants: every place of this home but the model files."""
    places = {paths.config_dir, paths.data_dir, paths.state_dir, paths.cache_dir}
    inside = sorted(child for place in places if place.is_dir() for child in place.iterdir() if child != paths.models)
    return Surroundings(sweep=(paths.temporary,), search=tuple(inside))


def initialise_keys(opening: Opening, *, wants_keyring: bool) -> dict[str, Any]:
    """`key init`: make the key store from every factor that was given. Raises UsageError, VaultLocked."""
    paths = paths_for(opening.home)
    if paths.key_store.exists():
        raise UsageError(f"there is a key store already: {paths.key_store}", hint="privacy-assistant key status")
    if paths.database.exists():
        raise VaultLocked(
            f"{paths.database} is here and its key store is not",
            hint="put the key store back from a backup, or move that file away",
        )
    guard_memory()
    keyring = find_keyring() if wants_keyring or not paths.is_explicit else None
    if wants_keyring and keyring is None:
        raise VaultLocked("there is no usable keyring in this session", hint="use a passphrase or --key-file F")
    words = opening.passphrase.given
    if not words and keyring is None and opening.key_file is None:
        words = opening.passphrase.obtain(Prompt.CREATE)
        if not words:
            raise UsageError(
                "a key store needs a passphrase, a key file or a keyring",
                hint="PRIVACY_ASSISTANT_PASSPHRASE, --passphrase-fd N, --key-file F or --keyring",
            )
    if opening.key_file is not None and not opening.key_file.exists():
        create_key_file(opening.key_file)
    keys = create_keys(paths.key_store, passphrase=words, key_file=opening.key_file, keyring=keyring)
    try:
        return _shown(keys.status())
    finally:
        keys.close()


def key_status(opening: Opening) -> dict[str, Any]:
    """`key status`: what can be said without opening, and the rest where it opens without a question."""
    paths = paths_for(opening.home)
    status = describe(paths.key_store)
    if status.state == "locked" and _opens_silently(status, opening):
        guard_memory()
        try:
            keys = open_keys(
                paths.key_store,
                passphrase=opening.passphrase,
                key_file=opening.key_file,
                find_keyring=find_keyring,
                is_home_explicit=paths.is_explicit,
            )
        except RecordTampered:
            raise
        except AssistantError:
            keys = None
        if keys is not None:
            status = keys.status()
            keys.close()
    return _shown(status)


def opens_silently(paths: Paths, opening: Opening) -> bool:
    """Whether the key store asks nobody: every factor it needs was given, or is in the keyring."""
    return _opens_silently(describe(paths.key_store), opening)


def _opens_silently(status: KeyStatus, opening: Opening) -> bool:
    return ("passphrase" not in status.factors or bool(opening.passphrase.given)) and (
        "key_file" not in status.factors or opening.key_file is not None
    )


def _shown(status: KeyStatus) -> dict[str, Any]:
    values = asdict(status)
    values["factors"] = list(status.factors)
    if status.stretching is not None:
        cost = status.stretching
        values["stretching"] = f"argon2id, {cost.memory_kib // 1024} MiB, {cost.passes} passes, {cost.lanes} lanes"
    return values
