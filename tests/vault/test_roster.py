"""Tests of the roster's own arithmetic, and of the re-key that a purge does in its transaction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy_assistant.errors import RecordTampered, VaultError
from privacy_assistant.vault import seal
from privacy_assistant.vault.rekey import current_anchor, rekey
from privacy_assistant.vault.roster import Tally, conversation_tag, sealed_tag
from tests.vault.test_ledger import line
from tests.vault.vault_fixtures import NOON, OpenedVault, fill, move_epoch, opened


@pytest.fixture
def vault(home: Path) -> Iterator[OpenedVault]:
    """An opened vault."""
    with opened(home) as vault:
        yield vault


def test_a_tally_comes_back_to_nothing() -> None:
    """The order of adding and taking means nothing; adding twice is not adding once."""
    tags = [bytes([n]) * 32 for n in (1, 255, 128)]
    tally = Tally()
    for tag in tags:
        tally.add(tag)
    other = Tally()
    for tag in reversed(tags):
        other.add(tag)
    assert tally == other
    for tag in tags:
        tally.take(tag)
    assert tally == Tally()
    tally.add(tags[0])
    tally.add(tags[0])
    assert tally != Tally(1, tally.total)


def test_every_column_counts_in_a_tag() -> None:
    """Changing any one of them gives another MAC, also where bytes move from one to the next."""
    row = ("a" * 32, 1, b"w" * 77, b"head", 20_000, 0)
    rows = {
        row,
        ("b" * 32, *row[1:]),
        (row[0], 2, *row[2:]),
        (*row[:2], b"v" * 77, *row[3:]),
        (*row[:3], b"heaD", *row[4:]),
        (*row[:4], 20_001, 0),
        (*row[:5], 1),
        (*row[:2], b"w" * 77 + b"h", b"ead", *row[4:]),
    }
    key = seal.new_key()
    assert len({conversation_tag(key, changed) for changed in rows}) == len(rows)
    item = ("a" * 32, b"t" * 16, 1, b"body")
    items = {item, ("b" * 32, *item[1:]), (item[0], b"u" * 16, 1, b"body"), (*item[:2], 2, b"body"), (*item[:3], b"x")}
    items.add((item[0], b"t" * 16 + b"b", 1, b"ody"))
    assert len({sealed_tag(key, changed) for changed in items}) == len(items)


def test_a_write_that_fails_counts_nothing(vault: OpenedVault) -> None:
    """The counter stands where it was, and the rows agree with the roster."""
    fill(vault, ["x"])
    before = vault.roster.state()
    with pytest.raises(ZeroDivisionError):
        _fail(vault)
    assert vault.roster.state() == before
    vault.roster.check()


def _fail(vault: OpenedVault) -> None:
    with vault.roster.changing() as state:
        state.counter = 99
        vault.database.sql.conn.execute("DELETE FROM message")
        raise ZeroDivisionError


def test_the_counter_goes_up_by_one_with_each_write(vault: OpenedVault) -> None:
    """Also with those that take something away."""
    conversation = fill(vault, ["x", "y"])
    vault.history.pin(conversation, True)
    vault.drawer.remove(vault.drawer.put("note", {}))
    vault.history.forget(conversation)
    assert vault.roster.state().counter == 6
    move_epoch(vault)
    assert vault.roster.state().counter == 7


def test_a_rekey_leaves_nothing_for_the_old_key(vault: OpenedVault) -> None:
    """Every wrapped key and every sealed row opens under the new epoch, and none under the old."""
    conversation = fill(vault, ["x"])
    vault.drawer.put("note", {"n": 1})
    before = vault.database.query("SELECT wrapped_dek FROM conversation UNION ALL SELECT body FROM sealed")
    old_roster, old_key = vault.database.meta("roster"), vault.keys.purpose("roster", 1)
    move_epoch(vault)
    after = vault.database.query("SELECT wrapped_dek FROM conversation UNION ALL SELECT body FROM sealed")
    assert not {row[0] for row in before} & {row[0] for row in after}
    assert vault.database.query("SELECT DISTINCT epoch FROM conversation") == [(2,)]
    assert vault.database.query("SELECT DISTINCT epoch FROM sealed") == [(2,)]
    assert vault.database.epoch() == 2
    assert seal.unseal(old_key, old_roster, seal.aad("roster", 1))
    with pytest.raises(RecordTampered):
        seal.unseal(old_key, vault.database.meta("roster"), seal.aad("roster", 1))
    assert vault.history.messages(conversation)[0].message.at == NOON


def test_the_anchor_of_an_interrupted_purge_is_the_one_it_would_have_noted(vault: OpenedVault) -> None:
    """Between the commit and the note in the key store the process may end: the database knows it too."""
    fill(vault, ["x"])
    vault.keys.decide_purge({})
    with vault.database.writing(None):
        anchor = rekey(vault.database, vault.keys, old=1, new=2)
    assert current_anchor(vault.database, vault.keys, 2) == anchor
    vault.keys.note_committed(anchor)
    assert vault.keys.anchor() == anchor
    vault.roster.check()


def test_a_rekey_of_another_epoch_is_refused(vault: OpenedVault) -> None:
    """The transaction that is redone after a crash must not run on a database that is ahead."""
    fill(vault, ["x"])
    move_epoch(vault)
    vault.keys.decide_purge({})
    with pytest.raises(VaultError, match="epoch"), vault.database.writing(None):
        rekey(vault.database, vault.keys, old=1, new=3)


def test_a_damaged_roster_stops_a_rekey_unless_that_is_accepted(home: Path) -> None:
    """A person who purges because the history is damaged gets one that opens; nobody else does by accident."""
    with opened(home) as vault:
        fill(vault, ["x"])
        kept = fill(vault, ["kept"])
        for number in range(1, 4):
            vault.ledger.append(line(number))
        with vault.database.writing(None) as sql:
            sql.conn.execute("UPDATE meta SET value = zeroblob(400) WHERE key = 'roster'")
        vault.keys.decide_purge({})
        with pytest.raises(RecordTampered), vault.database.writing(None):
            rekey(vault.database, vault.keys, old=1, new=2)
        with vault.database.writing(None) as sql:
            sql.conn.execute("DELETE FROM conversation WHERE id <> ?", (kept,))
            anchor = rekey(vault.database, vault.keys, old=1, new=2, is_damage_accepted=True)
        vault.keys.note_committed(anchor)
        vault.keys.destroy_old()
        vault.keys.finish_purge()
    with opened(home) as vault:
        assert [row.id for row in vault.history.conversations()] == [kept]
        assert vault.history.check() == 1
        assert vault.ledger.verify() == 3
        assert vault.ledger.append(line(4)) == 4


def test_a_conversation_that_does_not_open_stops_a_rekey(vault: OpenedVault) -> None:
    """It is not thrown away on the quiet."""
    fill(vault, ["x"])
    vault.keys.decide_purge({})
    with vault.database.writing(None) as sql:
        sql.conn.execute("UPDATE conversation SET wrapped_dek = zeroblob(length(wrapped_dek))")
    with pytest.raises(RecordTampered), vault.database.writing(None):
        rekey(vault.database, vault.keys, old=1, new=2)
    assert vault.database.epoch() == 1
