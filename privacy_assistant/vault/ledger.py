"""The ledger: an append-only, hash-chained record of what left, or was about to.

Each line is sealed and holds the chain value before and after it; the roster holds the first line that is kept, the
value before it and the last value. So a line that was changed, moved, left out at either end or put back is
noticed, and a purge can shorten the ledger and leave what is kept verifiable.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from privacy_assistant.errors import RecordTampered
from privacy_assistant.ports import LedgerLine
from privacy_assistant.vault import seal
from privacy_assistant.vault.keys import Keys
from privacy_assistant.vault.roster import Chain, Roster


class DurableLedger:
    """ports.Ledger in the encrypted database."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def append(self, line: LedgerLine) -> int:
        """Write a line, lastingly, before the first byte leaves; returns its number, counted from 1."""
        keys = self._roster.keys
        raw = json_of(line)
        with self._roster.changing() as state:
            seq = state.ledger.last + 1
            now = chained(state.ledger.now, seq, raw)
            body = seal_line(keys, keys.epoch, seq, {"line": raw, "before": state.ledger.now, "now": now})
            self._roster.database.sql.conn.execute("INSERT INTO ledger (seq, body) VALUES (?, ?)", (seq, body))
            state.ledger.last, state.ledger.now = seq, now
        return seq

    def shorten(self, before: datetime) -> int:
        """Remove the lines from before a time, from the oldest on; the number. What is kept stays verifiable."""
        keys = self._roster.keys
        removed = 0
        with self._roster.changing() as state:
            rows = self._roster.database.query("SELECT seq, body FROM ledger ORDER BY seq", (), (int, bytes))
            for seq, body in rows:
                opened = open_line(keys, keys.epoch, seq, body)
                if _line(opened["line"]).at >= before:
                    break
                state.ledger.first, state.ledger.before = seq + 1, opened["now"]
                removed += 1
            self._roster.database.sql.conn.execute("DELETE FROM ledger WHERE seq < ?", (state.ledger.first,))
        return removed

    def lines(self) -> list[tuple[int, LedgerLine]]:
        """All lines that are kept, oldest first, verified. Raises RecordTampered."""
        keys = self._roster.keys
        with self._roster.reading():
            # Inside the snapshot: another process may append between the two reads.
            chain = self._roster.state().ledger
            rows = self._roster.database.query("SELECT seq, body FROM ledger ORDER BY seq", (), (int, bytes))
        return [(seq, _line(raw)) for seq, raw in walk(keys, keys.epoch, rows, chain)]

    def verify(self) -> int:
        """The number of lines verified; raises RecordTampered."""
        return len(self.lines())


def json_of(line: LedgerLine) -> dict[str, Any]:
    """A line as it is sealed and shown: JSON-able, its time in ISO form."""
    return {**asdict(line), "at": line.at.isoformat(), "counts": dict(line.counts)}


def walk(keys: Keys, epoch: int, rows: list[tuple[Any, ...]], chain: Chain) -> list[tuple[int, dict[str, Any]]]:
    """Every line, after checking that there is none missing, changed or too many. Raises RecordTampered."""
    value = chain.before
    lines = []
    for expected, (seq, body) in enumerate(rows, start=chain.first):
        opened = open_line(keys, epoch, seq, body)
        value_after = chained(value, seq, opened["line"])
        if seq != expected or opened["before"] != value or opened["now"] != value_after:
            raise _broken()
        lines.append((seq, opened["line"]))
        value = value_after
    if value != chain.now or len(rows) != chain.last - chain.first + 1:
        raise _broken()
    return lines


def chained(before: str, seq: int, raw: dict[str, Any]) -> str:
    """The chain value after a line, hex: SHA-256 of the value before, the number and the canonical line."""
    canonical = json.dumps([before, seq, raw], sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def seal_line(keys: Keys, epoch: int, seq: int, opened: dict[str, Any]) -> bytes:
    """The body of one row of the table `ledger`."""
    return seal.seal(keys.purpose("ledger", epoch), json.dumps(opened).encode(), seal.aad("ledger", seq, epoch))


def open_line(keys: Keys, epoch: int, seq: int, body: bytes) -> dict[str, Any]:
    """What `seal_line` sealed. Raises RecordTampered."""
    opened: dict[str, Any] = json.loads(
        seal.unseal(keys.purpose("ledger", epoch), body, seal.aad("ledger", seq, epoch))
    )
    return opened


def _line(raw: dict[str, Any]) -> LedgerLine:
    return LedgerLine(**{**raw, "at": datetime.fromisoformat(raw["at"])})


def _broken() -> RecordTampered:
    return RecordTampered(
        "the ledger is not whole: a line is missing, was put back or changed",
        hint="restore history and key store from one backup; what left since then is not recorded there",
    )
