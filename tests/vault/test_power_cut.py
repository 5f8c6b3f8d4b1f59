"""What need not wait for the disk, and what a power cut may and may not take: nothing that something left for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy_assistant.core.money import parse_money
from privacy_assistant.core.policy_terms import Budget
from privacy_assistant.errors import UsageError, VaultError
from privacy_assistant.vault import database as database_module
from privacy_assistant.vault.database_files import sync_log
from privacy_assistant.vault.key_ring import Anchor
from privacy_assistant.vault.purse import SealedPurse
from privacy_assistant.vault.roster import ANCHOR_EVERY
from tests.vault.test_ledger import line
from tests.vault.vault_fixtures import NOON, OpenedVault, database_of, fill, opened, said

CENT = parse_money("0.01 USD")


@pytest.fixture
def vault(home: Path) -> Iterator[OpenedVault]:
    """An opened vault."""
    with opened(home) as vault:
        yield vault


def settings_at_commits(vault: OpenedVault) -> list[str]:
    """How each transaction from now on is committed: filled while it lasts."""
    commits: list[str] = []
    setting = ["FULL"]

    def look(statement: str) -> None:
        if statement.startswith("PRAGMA synchronous = "):
            setting[0] = statement.rpartition(" ")[2]
        elif statement == "COMMIT":
            commits.append(setting[0])

    vault.database.sql.conn.set_trace_callback(look)
    return commits


def setting_of(vault: OpenedVault) -> int:
    """What is set between two transactions; 2 is FULL."""
    value: int = vault.database.query("PRAGMA synchronous")[0][0]
    return value


def write_half(vault: OpenedVault) -> None:
    """Break in the middle of a transaction."""
    with vault.database.writing(None, waits_for_disk=False):
        vault.database.set_meta("half", 1)
        raise ZeroDivisionError


def test_only_what_is_attached_and_counted_does_not_wait(vault: OpenedVault) -> None:
    """Messages, the drawer and the ledger wait for the disk; legends, copies and sums come with the next of them."""
    conversation = fill(vault, ["hello"])
    purse = SealedPurse(vault.roster, vault.drawer, vault.history)
    commits = settings_at_commits(vault)
    held = purse.reserve(conversation, CENT, Budget(), NOON)
    vault.history.attach(conversation, "legend", {"a": 1})
    vault.ledger.append(line(1))
    purse.settle(held, CENT)
    vault.history.append(conversation, said("again"))
    vault.drawer.put("list", {"b": 2})
    assert commits == ["NORMAL", "NORMAL", "FULL", "NORMAL", "FULL", "FULL"]
    assert setting_of(vault) == 2


def test_the_next_one_waits_also_where_one_failed(vault: OpenedVault) -> None:
    """The setting comes back whatever becomes of the transaction, and nothing of it is kept."""
    with pytest.raises(UsageError):
        vault.history.attach("0" * 32, "legend", {"a": 1})
    assert setting_of(vault) == 2
    with pytest.raises(ZeroDivisionError):
        write_half(vault)
    assert setting_of(vault) == 2
    assert vault.database.meta("half") is None


def test_a_power_cut_takes_what_did_not_wait_and_the_vault_still_opens(home: Path, tmp_path: Path) -> None:
    """However much was attached meanwhile: the anchor in the key store never counts what may not be on the disk."""
    files = database_of(home).parent
    with opened(home) as vault:
        conversation = fill(vault, ["hello"])
        shutil.copytree(files, tmp_path / "on-disk")
        for number in range(ANCHOR_EVERY + 5):
            vault.history.attach(conversation, "legend", {"number": number})
        vault.keys.close()  # no good end: nothing is written, nothing is synced
        vault.database.sql.conn.close()
        vault.close = lambda: None  # type: ignore[method-assign]  # the process is gone, so nothing is closed
    shutil.rmtree(files)
    shutil.copytree(tmp_path / "on-disk", files)
    with opened(home) as vault:
        assert [stored.message.text for stored in vault.history.messages(conversation)] == ["hello"]
        assert vault.history.attached(conversation, "legend") is None


def test_the_anchor_is_written_when_everything_before_it_is_on_the_disk(
    vault: OpenedVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the end the log is synced first, and only where there is something to anchor."""
    conversation = fill(vault, ["hello"])
    vault.history.attach(conversation, "legend", {"a": 1})
    done: list[str] = []
    set_anchor = vault.keys.set_anchor

    def synced(path: Path) -> None:
        sync_log(path)
        done.append("sync")

    def anchored(anchor: Anchor) -> None:
        set_anchor(anchor)
        done.append("anchor")

    monkeypatch.setattr(database_module, "sync_log", synced)
    monkeypatch.setattr(vault.keys, "set_anchor", anchored)
    vault.roster.set_anchor()
    vault.roster.set_anchor()
    assert done == ["sync", "anchor"]


def test_a_log_that_is_not_there_is_synced_already(tmp_path: Path) -> None:
    """What was in it is in the database; a link in its place is not followed."""
    sync_log(tmp_path / "none.db")
    (tmp_path / "other").write_bytes(b"")
    (tmp_path / "linked.db-wal").symlink_to(tmp_path / "other")
    with pytest.raises(VaultError, match="cannot be opened"):
        sync_log(tmp_path / "linked.db")
