"""The head of a conversation: its sealed summary, and the chain that its messages are links of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from privacy_assistant.vault import seal

CHAIN_BYTES: int = 32
"""Length of a chain value; each message's plaintext begins with the one before it."""


@dataclass(frozen=True, slots=True)
class Head:
    """What a conversation's row holds sealed. Times are ISO 8601.

    `count` is the number of messages and the last `seq`. `chain` is the chain value after the last message, hex.
    `write` is the roster's counter at the last message, which orders conversations. `attachments` maps the tag of
    a kind to the version and the AEAD tag of what is attached.
    """

    count: int = 0
    chain: str = ""
    title: str = field(default="", repr=False)
    started: str = ""
    newest: str = ""
    write: int = 0
    attachments: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    is_temporary: bool = False


def seal_head(dek: bytes, conversation: str, head: Head) -> bytes:
    """The column `head`."""
    plain = json.dumps(asdict(head), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return seal.seal(dek, plain, seal.aad("head", conversation))


def open_head(dek: bytes, conversation: str, sealed: bytes) -> Head:
    """What `seal_head` sealed. Raises RecordTampered."""
    raw = json.loads(seal.unseal(dek, sealed, seal.aad("head", conversation)).decode("utf-8", "surrogatepass"))
    attachments = {tag: (version, mark) for tag, (version, mark) in raw["attachments"].items()}
    return Head(**{**raw, "attachments": attachments})


def first_link(conversation: str) -> bytes:
    """The chain value before the first message."""
    return hashlib.sha256(seal.aad("chain", conversation)).digest()


def chained(before: bytes, body: bytes) -> bytes:
    """The chain value after a message.

    Its AEAD tag stands for the whole body: under one key no second body with the same tag can be made without it.
    """
    return hashlib.sha256(before + body[-seal.TAG_BYTES :]).digest()


def kind_tag(dek: bytes, kind: str) -> bytes:
    """What stands in the table `attachment` instead of the kind: 16 bytes of a MAC."""
    return seal.mac(seal.subkey(dek, seal.aad("purpose", "attachment-kind")), kind.encode())[:16]
