"""History and drawer for a machine without any key, and for temporary chats: in memory, gone with the process."""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from privacy_assistant.core.turn import Conversation, Message, Role, StoredMessage
from privacy_assistant.errors import UsageError
from privacy_assistant.vault.record import fold, title_of


@dataclass(frozen=True, slots=True)
class Stats:
    """What `history stats` shows. `oldest` and `newest` are times of messages, `bytes` what lies on disk."""

    conversations: int
    messages: int
    pinned: int
    bytes: int
    oldest: datetime | None
    newest: datetime | None
    epoch: int | None


@dataclass(slots=True)
class _Chat:
    is_temporary: bool
    messages: list[StoredMessage] = field(default_factory=list)
    attachments: dict[str, str] = field(default_factory=dict)
    is_pinned: bool = False
    written: int = 0
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)


class MemoryHistory:
    """ports.History that writes nothing anywhere."""

    def __init__(self) -> None:
        self._chats: dict[str, _Chat] = {}
        self._writes = 0

    @property
    def is_durable(self) -> bool:
        """False: nothing of this is kept."""
        return False

    def start(self, *, temporary: bool = False) -> str:
        """Open a conversation; returns its id."""
        conversation = secrets.token_hex(16)
        self._chats[conversation] = _Chat(is_temporary=temporary)
        return conversation

    def append(self, conversation: str, message: Message) -> StoredMessage:
        """Keep a message. Raises UsageError for an unknown id, ValueError for a time without an offset."""
        if message.at.tzinfo is None:
            raise ValueError("the time of a message must have an offset")
        chat = self._chat(conversation)
        stored = StoredMessage(conversation, len(chat.messages) + 1, message)
        chat.messages.append(stored)
        self._writes += 1
        chat.written = self._writes
        return stored

    def messages(self, conversation: str) -> list[StoredMessage]:
        """All messages in order. Raises UsageError."""
        return list(self._chat(conversation).messages)

    def last(self, conversation: str, n: int) -> list[StoredMessage]:
        """The last `n` messages, in order."""
        return self.messages(conversation)[-n:] if n > 0 else []

    def conversations(self) -> list[Conversation]:
        """Those with a message, the one written to last first."""
        written = sorted(self._written().items(), key=lambda pair: -pair[1].written)
        return [_described(conversation, chat) for conversation, chat in written]

    def newest(self) -> str | None:
        """The id of the conversation written to last."""
        return max(self._written(), key=lambda conversation: self._chats[conversation].written, default=None)

    def resolve(self, prefix: str) -> str:
        """A full id from 4 or more of its first hex digits. Raises UsageError."""
        return resolved(prefix, self._written())

    def search(self, words: str, *, limit: int = 50) -> list[StoredMessage]:
        """Messages that hold all the words, newest first; none for no words."""
        wanted = fold(words).split()
        if not wanted:
            return []
        hits = [
            stored
            for chat in self._chats.values()
            for stored in chat.messages
            if all(word in fold(stored.message.text) for word in wanted)
        ]
        return newest_first(hits)[: max(0, limit)]

    def pin(self, conversation: str, pinned: bool) -> None:
        """Keep a conversation from retention, or no longer."""
        if conversation not in self._written():
            raise unknown()
        self._chats[conversation].is_pinned = pinned

    def attach(self, conversation: str, kind: str, payload: Mapping[str, Any]) -> None:
        """Keep one payload of this kind."""
        self._chat(conversation).attachments[kind] = as_plain(payload)

    def attached(self, conversation: str, kind: str) -> Mapping[str, Any] | None:
        """The payload of this kind, or None."""
        kept = self._chat(conversation).attachments.get(kind)
        return None if kept is None else json.loads(kept)

    def payload_mac(self, conversation: str, payload: bytes) -> str:
        """A MAC, hex, under a key that is made with the conversation and gone with it."""
        return hmac.digest(self._chat(conversation).key, payload, "sha256").hex()

    def forget(self, conversation: str) -> None:
        """Drop a conversation."""
        self._chat(conversation)
        del self._chats[conversation]

    def has(self, conversation: str) -> bool:
        """Whether it was started here."""
        return conversation in self._chats

    def stats(self) -> Stats:
        """How much there is."""
        times = [stored.message.at for chat in self._chats.values() for stored in chat.messages]
        written = self._written().values()
        return Stats(
            conversations=len(written),
            messages=len(times),
            pinned=sum(chat.is_pinned for chat in written),
            bytes=0,
            oldest=min(times, default=None),
            newest=max(times, default=None),
            epoch=None,
        )

    def close(self) -> None:
        """Forget everything."""
        self._chats.clear()

    def _chat(self, conversation: str) -> _Chat:
        try:
            return self._chats[conversation]
        except KeyError:
            raise unknown() from None

    def _written(self) -> dict[str, _Chat]:
        return {conversation: chat for conversation, chat in self._chats.items() if chat.messages}


class MemoryDrawer:
    """ports.Drawer that writes nothing anywhere."""

    def __init__(self) -> None:
        self._items: dict[str, tuple[str, str]] = {}

    def put(self, kind: str, payload: Mapping[str, Any]) -> str:
        """Keep a JSON-able payload; returns its id."""
        item = secrets.token_hex(16)
        self._items[item] = (kind, as_plain(payload))
        return item

    def items(self, kind: str) -> list[tuple[str, Mapping[str, Any]]]:
        """All (id, payload) of a kind, oldest first."""
        return [(item, json.loads(plain)) for item, (of, plain) in self._items.items() if of == kind]

    def replace(self, item: str, kind: str, payload: Mapping[str, Any]) -> None:
        """Put another payload in the place of one. Raises UsageError for an unknown id."""
        if item not in self._items:
            raise UsageError("there is no such item any more")
        self._items[item] = (kind, as_plain(payload))

    def remove(self, item: str) -> bool:
        """Take an item out; False when it is not there."""
        return self._items.pop(item, None) is not None


def as_plain(payload: object) -> str:
    """The payload as JSON. Raises UsageError for what JSON cannot hold."""
    try:
        return json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError):
        raise UsageError("this cannot be kept: it is not plain JSON") from None


def newest_first(hits: list[StoredMessage]) -> list[StoredMessage]:
    """Search results in one order for every kind of history: by time, then by place."""
    return sorted(hits, key=lambda stored: (stored.message.at, stored.seq, stored.conversation), reverse=True)


def resolved(prefix: str, conversations: Mapping[str, object]) -> str:
    """The only id that begins with `prefix`. Raises UsageError."""
    if len(prefix) < 4 or any(digit not in "0123456789abcdef" for digit in prefix):
        raise UsageError(
            "a conversation is named by 4 or more hexadecimal digits",
            hint="'privacy-assistant history list' shows them",
        )
    fits = [conversation for conversation in conversations if conversation.startswith(prefix)]
    if not fits:
        raise unknown()
    if len(fits) > 1:
        raise UsageError("more than one conversation begins like that", hint="give more digits")
    return fits[0]


def unknown() -> UsageError:
    """The error for an id that is not kept here."""
    return UsageError("there is no such conversation", hint="'privacy-assistant history list' shows what is kept")


def _described(conversation: str, chat: _Chat) -> Conversation:
    titles = (title_of(stored.message.text) for stored in chat.messages if stored.message.role is Role.USER)
    times = [stored.message.at for stored in chat.messages]
    return Conversation(
        id=conversation,
        title=next(filter(None, titles), ""),
        started=times[0],
        newest=max(times),
        messages=len(times),
        is_pinned=chat.is_pinned,
        is_temporary=chat.is_temporary,
    )
