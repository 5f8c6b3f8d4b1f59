"""The drawer: sealed small things outside conversations. What kind they are shows only as a keyed tag."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from privacy_assistant.errors import RecordTampered, UsageError
from privacy_assistant.vault import seal
from privacy_assistant.vault.keys import Keys
from privacy_assistant.vault.memory import as_plain
from privacy_assistant.vault.roster import Roster, SealedRow

_TYPES = (str, bytes, int, bytes)


class DurableDrawer:
    """ports.Drawer in the encrypted database."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def put(self, kind: str, payload: Mapping[str, Any]) -> str:
        """Keep a JSON-able payload; returns its id, 32 hex digits."""
        item = seal.random_bytes(16).hex()
        with self._roster.changing() as state:
            row = seal_item(self._roster.keys, self._roster.keys.epoch, item, kind, payload)
            self._roster.database.sql.conn.execute(
                "INSERT INTO sealed (id, kind_tag, epoch, body) VALUES (?, ?, ?, ?)", row
            )
            state.drawer.add(self._roster.sealed_tag(row))
        return item

    def items(self, kind: str) -> list[tuple[str, Mapping[str, Any]]]:
        """All (id, payload) of a kind, oldest first. Raises RecordTampered."""
        keys = self._roster.keys
        with self._roster.reading():
            rows: list[SealedRow] = self._roster.database.query(
                "SELECT id, kind_tag, epoch, body FROM sealed NOT INDEXED WHERE kind_tag = ? ORDER BY rowid",
                (kind_tag(keys, keys.epoch, kind),),
                _TYPES,
            )
            opened = [(row[0], *open_item(keys, row)) for row in rows]
        for _, found, _ in opened:
            if found != kind:
                raise RecordTampered("a sealed item is not of the kind it is filed under")
        return [(item, payload) for item, _, payload in opened]

    def replace(self, item: str, kind: str, payload: Mapping[str, Any]) -> None:
        """Put another payload in the place of one. Raises UsageError for an unknown id."""
        with self._roster.changing() as state:
            old = self._row(item)
            if old is None:
                raise UsageError("there is no such item any more")
            row = seal_item(self._roster.keys, self._roster.keys.epoch, item, kind, payload)
            self._roster.database.sql.conn.execute(
                "UPDATE sealed SET kind_tag = ?, epoch = ?, body = ? WHERE id = ?", (*row[1:], item)
            )
            state.drawer.take(self._roster.sealed_tag(old))
            state.drawer.add(self._roster.sealed_tag(row))

    def remove(self, item: str) -> bool:
        """Take an item out; False when it is not there."""
        with self._roster.changing() as state:
            old = self._row(item)
            if old is None:
                return False
            self._roster.database.sql.conn.execute("DELETE FROM sealed WHERE id = ?", (item,))
            state.drawer.take(self._roster.sealed_tag(old))
        return True

    def _row(self, item: str) -> SealedRow | None:
        # A drawer is small: no index, which could be damaged and hide a row.
        rows = self._roster.database.query(
            "SELECT id, kind_tag, epoch, body FROM sealed NOT INDEXED WHERE id = ?", (item,), _TYPES
        )
        return rows[0] if rows else None


def kind_tag(keys: Keys, epoch: int, kind: str) -> bytes:
    """What stands in the table instead of the word: 16 bytes of a MAC."""
    return seal.mac(keys.purpose("drawer-kind", epoch), kind.encode())[:16]


def seal_item(keys: Keys, epoch: int, item: str, kind: str, payload: Mapping[str, Any]) -> SealedRow:
    """One row of the table `sealed`. Raises UsageError for a payload that JSON cannot hold."""
    plain = as_plain({"kind": kind, "payload": payload}).encode("utf-8", "surrogatepass")
    body = seal.seal(keys.purpose("drawer", epoch), plain, seal.aad("sealed", item, epoch))
    return item, kind_tag(keys, epoch, kind), epoch, body


def open_item(keys: Keys, row: SealedRow) -> tuple[str, Mapping[str, Any]]:
    """Kind and payload of one row. Raises RecordTampered."""
    item, _, epoch, body = row
    # The id comes from the table: one that could not be in associated data was not written by us.
    if not item.isalnum():
        raise RecordTampered("a sealed item has an id that was never given")
    plain = seal.unseal(keys.purpose("drawer", epoch), body, seal.aad("sealed", item, epoch))
    raw = json.loads(plain.decode("utf-8", "surrogatepass"))
    return raw["kind"], raw["payload"]
