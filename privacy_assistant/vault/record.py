"""What is inside a sealed message: JSON with short, lasting names. Also the title of a conversation.

Names are read by later versions: add, never rename. Whatever equals its default is left out.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from privacy_assistant.core.turn import Decision, Label, Message, Origin, Role, Usage, Zone

TITLE_CHARACTERS: int = 60


def pack(message: Message) -> bytes:
    """A message as UTF-8 JSON. A lone surrogate in the text (from a terminal, say) is kept as it is."""
    return json.dumps(as_json(message), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def unpack(plain: bytes) -> Message:
    """The message of `pack`."""
    return from_json(json.loads(plain.decode("utf-8", "surrogatepass")))


def as_json(message: Message) -> dict[str, Any]:
    """A message as plain JSON values; `time` is ISO 8601 with its offset. Raises ValueError without one."""
    if message.at.tzinfo is None:
        raise ValueError("the time of a message must have an offset")
    raw: dict[str, Any] = {"role": message.role.value, "text": message.text, "time": message.at.isoformat()}
    if message.label is not Label.FREE:
        raw["label"] = message.label.value
    if message.origin is not Origin.TYPED:
        raw["origin"] = message.origin.value
    if message.decision is not None:
        raw["decision"] = {
            **asdict(message.decision),
            "zone": str(message.decision.zone),
            "wanted": str(message.decision.wanted),
        }
    if message.usage is not None:
        raw["usage"] = asdict(message.usage)
    if message.is_cut:
        raw["cut"] = True
    if message.latency_ms:
        raw["latency"] = dict(message.latency_ms)
    if message.restored:
        raw["restored"] = [list(place) for place in message.restored]
    return raw


def from_json(raw: dict[str, Any]) -> Message:
    """The message of `as_json`."""
    decision = raw.get("decision")
    usage = raw.get("usage")
    return Message(
        role=Role(raw["role"]),
        text=raw["text"],
        at=datetime.fromisoformat(raw["time"]),
        label=Label(raw.get("label", Label.FREE.value)),
        origin=Origin(raw.get("origin", Origin.TYPED.value)),
        decision=_decision(decision) if decision is not None else None,
        usage=Usage(**usage) if usage is not None else None,
        is_cut=raw.get("cut", False),
        latency_ms=raw.get("latency", {}),
        restored=tuple((start, end, kind) for start, end, kind in raw.get("restored", ())),
    )


def title_of(text: str) -> str:
    """A title from a question: its words on one line, at most 60 characters."""
    words = " ".join("".join(mark if mark.isprintable() else " " for mark in text[:1000]).split())
    if len(words) <= TITLE_CHARACTERS:
        return words
    return words[: TITLE_CHARACTERS - 1].rstrip() + "…"


def fold(text: str) -> str:
    """The text as it is compared in a search: composed (NFC) and case-folded."""
    return text.casefold() if text.isascii() else unicodedata.normalize("NFC", text).casefold()


def utc_day(at: datetime) -> int:
    """The number of the UTC day, counted from 1970-01-01: coarse on purpose, since it stands in clear."""
    return (at.astimezone(UTC).date() - datetime(1970, 1, 1, tzinfo=UTC).date()).days


def _decision(raw: dict[str, Any]) -> Decision:
    zones = {name: Zone[raw[name].upper()] for name in ("zone", "wanted")}
    return Decision(
        **{
            **raw,
            **zones,
            "reasons": tuple(raw["reasons"]),
            "rejected": tuple((name, why) for name, why in raw["rejected"]),
        }
    )
