"""`ledger` at the command line: what left, what it cost, and whether the record of it is whole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from privacy_assistant.app.clock import now
from privacy_assistant.app.opening import Opening, PassphraseSource
from privacy_assistant.app.paths import paths_for
from privacy_assistant.app.vault import Vault, open_vault
from privacy_assistant.core.money import parse_money
from privacy_assistant.core.policy_terms import Budget
from privacy_assistant.ports import LedgerLine
from privacy_assistant.vault.purse import SealedPurse
from tests.faces.conftest import Person

POLICY = """
[backend.lab]
zone = "lan"
kind = "openai-compatible"
base_url = "https://lab.example/v1"
model = "m"
[budget]
day = "0.50 USD"
"""


@contextmanager
def vault_of(person: Person) -> Iterator[Vault]:
    """The person's vault, as another process opens it."""
    paths = paths_for(person.home)
    source = PassphraseSource(given=None, ask=None)
    vault = open_vault(paths, Opening(home=person.home, passphrase=source, key_file=person.key))
    assert vault is not None
    try:
        yield vault
    finally:
        vault.close()


@pytest.fixture
def sender(person: Person) -> Person:
    """A person from whose machine three parcels left, for a quarter of a dollar each."""
    assert person.types("ask", "what is 2+2?").code == 0
    person.writes_policy(POLICY)
    with vault_of(person) as vault:
        chat = vault.history.newest()
        assert chat is not None
        purse = SealedPurse(vault.roster, vault.drawer, vault.history)
        for number in range(3):
            at = now() + timedelta(seconds=number)
            counts = {"PERSON": 2, "EMAIL": 1} if number else {}
            line = LedgerLine(at, f"host{number}.example", "lan", "mode:ask", "ab" * 32, counts, 100 + number, "00")
            vault.ledger.append(line)
            purse.settle(purse.reserve(chat, parse_money("0.9 USD"), Budget(), at), parse_money("0.25 USD"))
    return person


def test_what_left_is_listed_newest_last(sender: Person) -> None:
    """Number, time, zone, host, bytes, rule and counts; the sums against the limits beside it."""
    shown = sender.types("ledger", "list")
    assert shown.code == 0
    first, _, last = shown.out.splitlines()
    assert first.startswith("    1 ")
    assert "lan host0.example, 100 bytes, mode:ask, nothing masked" in first
    assert "lan host2.example, 102 bytes, mode:ask, 2× PERSON, 1× EMAIL" in last
    assert "spent this day: 0.75 USD, limit 0.50 USD" in shown.err
    assert "spent this month: 0.75 USD, no limit" in shown.err


def test_programs_get_the_lines_and_the_sums(sender: Person) -> None:
    """The newest of them with -n, in the same order."""
    body = sender.types("ledger", "list", "-n", "2", "--json").json
    assert [line["seq"] for line in body["lines"]] == [2, 3]
    assert set(body["lines"][0]) == {
        *("seq", "at", "destination", "zone", "rule", "policy_hash", "counts", "bytes", "payload_mac")
    }
    assert body["spent"] == {
        "day": {"spent": "0.75 USD", "limit": "0.50 USD"},
        "month": {"spent": "0.75 USD", "limit": None},
    }


def test_a_whole_ledger_verifies(sender: Person) -> None:
    """With the number of its lines."""
    assert sender.types("ledger", "verify").out == "3 lines, none missing, none changed\n"
    assert sender.types("ledger", "verify", "--json").json == {"verified": 3}


@pytest.mark.parametrize("script", ["DELETE FROM ledger WHERE seq = 2", "UPDATE ledger SET seq = 9 WHERE seq = 3"])
def test_a_ledger_that_was_changed_is_one_clear_line(sender: Person, script: str) -> None:
    """Exit 1, for a person and for a program, also where it would only be listed."""
    with vault_of(sender) as vault, vault.database.writing(None) as sql:
        sql.conn.execute(script)
    shown = sender.types("ledger", "verify")
    assert (shown.code, shown.out, len(shown.err.splitlines())) == (1, "", 1)
    shown = sender.types("ledger", "list", "--json")
    assert (shown.code, shown.json["error"]["kind"]) == (1, "RecordTampered")
    assert sender.types("ledger", "export", str(sender.home / "out")).code == 1
    assert not (sender.home / "out").exists()


def test_an_export_has_a_line_for_each_line(sender: Person) -> None:
    """JSON Lines for its owner alone, never over a file that is there, never on the screen."""
    file = sender.home.parent / "left.jsonl"
    assert sender.types("ledger", "export", str(file)).code == 0
    lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert lines == sender.types("ledger", "list", "--json").json["lines"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert sender.types("ledger", "export", str(file)).code == 2
    assert sender.types("ledger", "export", "-").code == 2


def test_where_nothing_is_kept_nothing_left(person: Person) -> None:
    """Without a key store there is no ledger, which is no error and makes none."""
    shown = person.types("ledger", "list", with_key=False)
    assert (shown.code, shown.out) == (0, "")
    assert "nothing has left this machine" in shown.err
    body = person.types("ledger", "list", "--json", with_key=False).json
    assert body == {"lines": [], "spent": {name: {"spent": "0", "limit": None} for name in ("day", "month")}}
    assert person.types("ledger", "verify", "--json", with_key=False).json == {"verified": 0}
    assert not person.home.exists() or not list(person.home.rglob("*.db"))
