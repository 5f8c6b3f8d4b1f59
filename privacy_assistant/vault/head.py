"""The head of a conversation: its sealed summary, and the chain that its messages are links of."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from privacy_assistant.errors import RecordTampered
from privacy_assistant.vault import seal

MESSAGE_VERSION: int = 1
"""The version of what is inside a message's body; it stands in the row and in its associated data."""

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


_FIELDS = tuple(column.name for column in fields(Head))


def seal_head(dek: bytes, conversation: str, head: Head) -> bytes:
    """The column `head`."""
    plain = json.dumps(
        {name: getattr(head, name) for name in _FIELDS}, ensure_ascii=False, separators=(",", ":")
    ).encode("utf-8", "surrogatepass")
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


class Walk:
    """A walk along the messages of one conversation, which opens each and checks that it is the next link."""

    def __init__(self, dek: bytes, conversation: str, head: Head, *, first: int = 1) -> None:
        self._dek = dek
        self._head = head
        self._next = first
        self._chain = first_link(conversation) if first == 1 else None
        # Followed by seq and version it is what seal.aad gives; a quarter of a search would be spent on making that.
        self._place = seal.aad("msg", conversation)

    def step(self, seq: object, version: object, body: object) -> bytes:
        """The JSON of the next message. Raises RecordTampered, also for values of another type."""
        if type(body) is not bytes or seq != self._next or version != MESSAGE_VERSION:
            raise broken()
        plain = seal.unseal(self._dek, body, b"%b|%d|%d" % (self._place, seq, version))
        before = plain[:CHAIN_BYTES]
        if self._chain is not None and before != self._chain:
            raise broken()
        self._chain = chained(before, body)
        self._next += 1
        return plain[CHAIN_BYTES:]

    def end(self) -> None:
        """Raises RecordTampered where the walk did not end at the end of the head's chain."""
        chain = self._chain.hex() if self._chain is not None else None
        if self._next != self._head.count + 1 or chain != self._head.chain:
            raise broken()


def broken() -> RecordTampered:
    """The error for a conversation whose rows are not those that were written."""
    return RecordTampered(
        "a conversation is not whole: a message is missing, was moved, put back or changed",
        hint="restore history and key store from one backup, or remove it with 'purge-history --conversation ID'",
    )
