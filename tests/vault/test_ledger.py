"""Tests of the ledger: it only grows, and what is missing in it is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from privacy_assistant.errors import RecordTampered
from privacy_assistant.ports import LedgerLine
from privacy_assistant.vault import seal
from tests.vault.vault_fixtures import NOON, OpenedVault, move_epoch, opened


def line(number: int) -> LedgerLine:
    """A line of the day with this number."""
    return LedgerLine(
        at=NOON + timedelta(days=number),
        destination="api.example.org:443",
        zone="cloud",
        rule="mode:ask",
        policy_hash="ab" * 32,
        counts={"PERSON": number},
        bytes=100 + number,
        payload_mac=f"{number:064x}",
    )


@pytest.fixture
def vault(home: Path) -> Iterator[OpenedVault]:
    """An opened vault with five lines."""
    with opened(home) as vault:
        for number in range(1, 6):
            assert vault.ledger.append(line(number)) == number
        yield vault


def rewrite(vault: OpenedVault, script: str) -> None:
    """Change the rows behind the ledger's back."""
    with vault.database.writing(None) as sql:
        sql.conn.execute(script)


def test_lines_come_back_in_order_and_verified(vault: OpenedVault, home: Path) -> None:
    """With their numbers, and in the next process too."""
    expected = [(number, line(number)) for number in range(1, 6)]
    assert vault.ledger.lines() == expected
    vault.close()
    with opened(home) as again:
        assert again.ledger.lines() == expected
        assert again.ledger.verify() == 5
        assert again.ledger.append(line(6)) == 6


def test_an_empty_ledger_verifies(home: Path) -> None:
    """Nothing left, and that is proved too."""
    with opened(home) as vault:
        assert vault.ledger.verify() == 0


@pytest.mark.parametrize(
    "script",
    [
        "DELETE FROM ledger WHERE seq = 1",
        "DELETE FROM ledger WHERE seq = 3",
        "DELETE FROM ledger WHERE seq = 5",
        "DELETE FROM ledger",
        "UPDATE ledger SET seq = 9 WHERE seq = 5",
        "INSERT INTO ledger SELECT 6, body FROM ledger WHERE seq = 5",
        "UPDATE ledger SET body = (SELECT l.body FROM ledger l WHERE l.seq = 2) WHERE seq = 3",
        "UPDATE ledger SET body = substr(body, 1, 40) WHERE seq = 3",
    ],
)
def test_a_changed_ledger_is_noticed(vault: OpenedVault, script: str) -> None:
    """At either end, in the middle, moved or cut."""
    rewrite(vault, script)
    with pytest.raises(RecordTampered):
        vault.ledger.verify()
    with pytest.raises(RecordTampered):
        vault.ledger.lines()


def test_a_genuine_line_of_another_past_is_noticed(vault: OpenedVault) -> None:
    """Sealed with the right key for the right place, but not a link of this chain."""
    from privacy_assistant.vault.ledger import chained, open_line, seal_line

    [(body,)] = vault.database.query("SELECT body FROM ledger WHERE seq = 3")
    opened_line = open_line(vault.keys, 1, 3, body)
    other = {**opened_line["line"], "bytes": 1}
    forged = {"line": other, "before": opened_line["before"], "now": chained(opened_line["before"], 3, other)}
    with vault.database.writing(None) as sql:
        sql.conn.execute("UPDATE ledger SET body = ? WHERE seq = 3", (seal_line(vault.keys, 1, 3, forged),))
    with pytest.raises(RecordTampered, match="not whole"):
        vault.ledger.verify()


def test_a_shortened_ledger_still_verifies(vault: OpenedVault, home: Path) -> None:
    """The lines from before a time go; the checkpoint holds what the rest is a chain to."""
    assert vault.ledger.shorten(NOON) == 0
    assert vault.ledger.shorten(NOON + timedelta(days=3)) == 2
    assert [seq for seq, _ in vault.ledger.lines()] == [3, 4, 5]
    assert vault.ledger.append(line(6)) == 6
    vault.close()
    with opened(home) as again:
        assert again.ledger.verify() == 4
        rewrite(again, "DELETE FROM ledger WHERE seq = 3")
        with pytest.raises(RecordTampered):
            again.ledger.verify()


def test_an_emptied_ledger_goes_on_counting(vault: OpenedVault) -> None:
    """Numbers are not given twice, so that a turn never points at another line."""
    assert vault.ledger.shorten(NOON + timedelta(days=99)) == 5
    assert vault.ledger.verify() == 0
    assert vault.ledger.append(line(6)) == 6
    assert vault.ledger.verify() == 1


def test_a_change_of_epoch_seals_every_line_anew(vault: OpenedVault) -> None:
    """The lines are the same and the bytes are not; the old key opens none."""
    before = vault.ledger.lines()
    old_key = vault.keys.purpose("ledger", 1)
    move_epoch(vault)
    assert vault.ledger.lines() == before
    [(body,)] = vault.database.query("SELECT body FROM ledger WHERE seq = 1")
    with pytest.raises(RecordTampered):
        seal.unseal(old_key, body, seal.aad("ledger", 1, 1))


def test_a_purge_of_all_lines_leaves_a_ledger_that_verifies(vault: OpenedVault) -> None:
    """`--everything` deletes the rows; the re-key moves the checkpoint behind them."""
    rewrite(vault, "DELETE FROM ledger")
    move_epoch(vault)
    assert vault.ledger.verify() == 0
    assert vault.ledger.append(line(6)) == 6
    assert vault.ledger.verify() == 1


def test_a_purge_of_old_lines_leaves_a_ledger_that_verifies(vault: OpenedVault) -> None:
    """The re-key takes the first line that is left as the new beginning, and refuses a hole."""
    rewrite(vault, "DELETE FROM ledger WHERE seq < 3")
    move_epoch(vault)
    assert vault.ledger.verify() == 3
    rewrite(vault, "DELETE FROM ledger WHERE seq = 4")
    with pytest.raises(RecordTampered):
        move_epoch(vault)
