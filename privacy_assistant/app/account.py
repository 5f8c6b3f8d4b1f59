"""The account of what left: the lines of the ledger, and what was spent against the limits of the policy."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from privacy_assistant.app.files import write_new
from privacy_assistant.app.house import House
from privacy_assistant.core.money import Money
from privacy_assistant.flow.sending import sent_kind
from privacy_assistant.vault.ledger import json_of

Line = dict[str, Any]


def lines_of(house: House) -> list[Line]:
    """What left, or was about to, oldest first, JSON-able; no content. Raises RecordTampered where a line is amiss."""
    if house.vault is None:
        return []
    return [{"seq": seq, **json_of(line)} for seq, line in house.vault.ledger.lines()]


def what_left(house: House, conversation: str, turn: int, seq: int | None = None) -> tuple[list[Line], Line | None]:
    """The exact bytes that left for a turn, or were about to (`left` tells), an entry for each different body, with
    the numbers of its lines in the ledger; and the line `seq`, None where there is none or it is not kept any more.

    JSON-able. Raises RecordTampered where the ledger is amiss.
    """
    kept = house.history.attached(conversation, sent_kind(turn)) or {}
    is_asked = bool(kept) or seq is not None
    lines = dict(house.vault.ledger.lines()) if house.vault is not None and is_asked else {}
    by_mac: dict[str, list[int]] = {}
    for number, line in lines.items():
        by_mac.setdefault(line.payload_mac, []).append(number)
    sent = [{"left": True, **attempt, "ledger": by_mac.get(attempt["mac"], [])} for attempt in kept.get("sent", ())]
    return sent, json_of(lines[seq]) if seq in lines else None


def verify(house: House) -> int:
    """The number of lines, each of them verified. Raises RecordTampered."""
    return 0 if house.vault is None else house.vault.ledger.verify()


def spending(house: House, now: datetime) -> dict[str, dict[str, str | None]]:
    """Of this day and this month of the person's clock: what was spent, reservations included, and the limit."""
    budget = house.policy.budget
    spent = house.purse.spent("", now)
    return {"day": _against(spent.day, budget.day), "month": _against(spent.month, budget.month)}


def export_lines(house: House, output: Path) -> int:
    """Write every line to a new file that only its owner can read, as JSON Lines; how many. Raises UsageError."""
    lines = lines_of(house)
    write_new(output, "".join(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n" for line in lines))
    return len(lines)


def _against(spent: Money | None, limit: Money | None) -> dict[str, str | None]:
    return {"spent": "0" if spent is None else str(spent), "limit": None if limit is None else str(limit)}
