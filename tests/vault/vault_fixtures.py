"""An opened vault in a folder for tests: real parts, a keyring in a folder (no slow key derivation)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from privacy_assistant.core.turn import Message, Role
from privacy_assistant.vault.database import Database
from privacy_assistant.vault.drawer import DurableDrawer
from privacy_assistant.vault.history import DurableHistory
from privacy_assistant.vault.keys import Keys
from privacy_assistant.vault.ledger import DurableLedger
from privacy_assistant.vault.rekey import rekey
from privacy_assistant.vault.roster import Roster
from tests.vault.key_fixtures import FolderKeyring, make_keys, reopen_keys

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


class OpenedVault:
    """Everything that is built over one database and one key store."""

    def __init__(self, home: Path, keys: Keys, *, writes_temporary: bool = False) -> None:
        self.home = home
        self.keys = keys
        self.database = Database(database_of(home), busy_s=10)
        try:
            self.roster = Roster(self.database, keys)
        except BaseException:
            self.database.close()
            raise
        self.history = DurableHistory(self.roster, writes_temporary=writes_temporary)
        self.drawer = DurableDrawer(self.roster)
        self.ledger = DurableLedger(self.roster)
        self._is_closed = False

    def close(self) -> None:
        """As a process ends that ends well. A second time does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        self.database.sql.rollback()
        self.history.close()
        self.database.close()


def database_of(home: Path) -> Path:
    """Where the database of a test's home is."""
    return home / "data" / "history.db"


def keyring_of(home: Path) -> FolderKeyring:
    """The keyring of a test's home: outside of it, as a real one is."""
    return FolderKeyring(home.parent / f"{home.name}-keyring")


@contextmanager
def opened(home: Path, *, writes_temporary: bool = False) -> Iterator[OpenedVault]:
    """The vault of a home, made when it is not there; closed at the end."""
    keyring = keyring_of(home)
    keys = reopen_keys(home, keyring=keyring) if (home / "keys").exists() else make_keys(home, keyring=keyring)
    vault = OpenedVault(home, keys, writes_temporary=writes_temporary)
    try:
        yield vault
    finally:
        vault.close()
        keys.close()


def said(text: str, *, at: datetime = NOON, role: Role = Role.USER) -> Message:
    """A message with nothing remarkable about it."""
    return Message(role=role, text=text, at=at)


def fill(vault: OpenedVault, texts: Sequence[str], *, at: datetime = NOON) -> str:
    """A conversation with these texts, a second apart; its id."""
    conversation = vault.history.start()
    for number, text in enumerate(texts):
        role = Role.ASSISTANT if number % 2 else Role.USER
        vault.history.append(conversation, said(text, at=at + timedelta(seconds=number), role=role))
    return conversation


def move_epoch(vault: OpenedVault) -> None:
    """What a purge of nothing does to the keys and the rows."""
    old = vault.keys.epoch
    vault.keys.decide_purge({})
    with vault.database.writing(None):
        anchor = rekey(vault.database, vault.keys, old=old, new=old + 1)
    vault.keys.note_committed(anchor)
    vault.keys.destroy_old()
    vault.keys.finish_purge()
