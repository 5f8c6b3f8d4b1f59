"""What is attached to a conversation (legend, sent copies): sealed under its key, so that it dies with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from privacy_assistant.vault import seal
from privacy_assistant.vault.database import Database
from privacy_assistant.vault.head import Head, broken
from privacy_assistant.vault.memory import as_plain


def put_attachment(
    database: Database, dek: bytes, conversation: str, head: Head, kind: str, payload: Mapping[str, Any]
) -> Head:
    """Write a payload in the place of the one of this kind; the head that knows it. Call inside a write transaction."""
    tag = kind_tag(dek, kind)
    version = head.attachments.get(tag.hex(), (0, ""))[0] + 1
    plain = as_plain(payload).encode("utf-8", "surrogatepass")
    body = seal.seal(dek, plain, seal.aad("attachment", conversation, tag.hex(), version))
    database.sql.conn.execute(
        "INSERT INTO attachment (conversation_id, kind_tag, version, body) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (conversation_id, kind_tag) DO UPDATE SET version = excluded.version, body = excluded.body",
        (conversation, tag, version, body),
    )
    entry = (version, body[-seal.TAG_BYTES :].hex())
    return replace(head, attachments={**head.attachments, tag.hex(): entry})


def read_attachment(
    database: Database, dek: bytes, conversation: str, head: Head, kind: str
) -> Mapping[str, Any] | None:
    """The payload of this kind, or None. Raises RecordTampered where table and head do not say the same."""
    tag = kind_tag(dek, kind)
    rows = database.query(
        "SELECT version, body FROM attachment WHERE conversation_id = ? AND kind_tag = ?",
        (conversation, tag),
        (int, bytes),
    )
    known = head.attachments.get(tag.hex())
    if known is None and not rows:
        return None
    if known is None or not rows or (rows[0][0], rows[0][1][-seal.TAG_BYTES :].hex()) != known:
        raise broken()
    version, body = rows[0]
    plain = seal.unseal(dek, body, seal.aad("attachment", conversation, tag.hex(), version))
    payload: Mapping[str, Any] = json.loads(plain.decode("utf-8", "surrogatepass"))
    return payload


def kind_tag(dek: bytes, kind: str) -> bytes:
    """What stands in the table `attachment` instead of the kind: 16 bytes of a MAC."""
    return seal.mac(seal.subkey(dek, seal.aad("purpose", "attachment-kind")), kind.encode())[:16]
