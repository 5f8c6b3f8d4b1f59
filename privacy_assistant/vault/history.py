"""The encrypted history: conversations whose rows are sealed under a key of their own.

A conversation's key (DEK) stands in its row, wrapped under the epoch's key. Its `head`, sealed under it, says how
many messages there are and where a hash chain over their tags ends; each message holds the chain
value before it. So a message that is missing, moved, put back or swapped is RecordTampered when it is read, and
never a wrong text. Byte level: docs/vault-format.md, "Tables".
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from privacy_assistant.core.turn import Conversation, Message, Role, StoredMessage
from privacy_assistant.errors import UsageError
from privacy_assistant.vault import seal
from privacy_assistant.vault.attachment import put_attachment, read_attachment
from privacy_assistant.vault.head import MESSAGE_VERSION, Head, Walk, broken, chained, first_link, open_head, seal_head
from privacy_assistant.vault.memory import MemoryHistory, Stats, as_plain, newest_first, resolved, unknown
from privacy_assistant.vault.record import fold, pack, title_of, unpack, utc_day
from privacy_assistant.vault.roster import ConversationRow, Roster

_CACHED_KEYS = 100_000


@dataclass(slots=True)
class _Started:
    """A conversation without a message yet: its key, and what was attached to it."""

    dek: bytes = field(repr=False)
    is_temporary: bool = False
    attachments: dict[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)


class DurableHistory:
    """ports.History in the encrypted database.

    Temporary conversations stay in memory, unless `writes_temporary`: a policy that gives them a limit other than 0
    has them written and swept by that limit.
    """

    def __init__(self, roster: Roster, *, writes_temporary: bool = False) -> None:
        self._roster = roster
        self._writes_temporary = writes_temporary
        self._started: dict[str, _Started] = {}
        self._temporary = MemoryHistory()
        self._temporary_order: dict[str, tuple[int, int]] = {}
        self._deks: OrderedDict[tuple[str, bytes], bytes] = OrderedDict()
        self._heads: OrderedDict[str, tuple[bytes, Head]] = OrderedDict()

    @property
    def is_durable(self) -> bool:
        """True: what is appended stays until it is purged."""
        return True

    def close(self) -> None:
        """Write the anchor and forget the keys; the database is closed by who opened it."""
        self._roster.set_anchor()
        self._started.clear()
        self._temporary.close()
        self._deks.clear()
        self._heads.clear()

    # ------------------------------------------------------------ writing

    def start(self, *, temporary: bool = False) -> str:
        """Open a conversation; returns its id. Nothing is written before its first message."""
        if temporary and not self._writes_temporary:
            return self._temporary.start(temporary=True)
        conversation = seal.random_bytes(16).hex()
        self._started[conversation] = _Started(seal.new_key(), is_temporary=temporary)
        return conversation

    def append(self, conversation: str, message: Message) -> StoredMessage:
        """Seal a message at the end; it is on the disk when this returns.

        Raises UsageError for an unknown id, EpochMoved after a purge elsewhere, VaultError when it cannot be written.
        """
        if self._temporary.has(conversation):
            stored = self._temporary.append(conversation, message)
            self._temporary_order[conversation] = (self._roster.state().counter, self._temporary.stats().messages)
            return stored
        plain = pack(message)
        with self._roster.changing() as state:
            row = self._roster.conversation_row(conversation)
            started = self._started.get(conversation) if row is None else None
            if row is None:
                if started is None:
                    raise unknown()
                row = self._new_row(conversation, started, state.counter)
            else:
                state.conversations.take(self._roster.conversation_tag(row))
            dek, head = self._opened(row)
            seq = head.count + 1
            place = seal.aad("msg", conversation, seq, MESSAGE_VERSION)
            body = seal.seal(dek, bytes.fromhex(head.chain) + plain, place)
            time = message.at.isoformat()
            head = replace(
                head,
                count=seq,
                chain=chained(bytes.fromhex(head.chain), body).hex(),
                title=head.title or (title_of(message.text) if message.role is Role.USER else ""),
                started=head.started or time,
                newest=time if not head.newest else max(head.newest, time, key=datetime.fromisoformat),
                write=state.counter + 1,
            )
            day = utc_day(message.at) if seq == 1 else max(row[4], utc_day(message.at))
            state.conversations.add(self._roster.conversation_tag(self._store_row(row, dek, head, purge_day=day)))
            self._roster.database.sql.conn.execute(
                "INSERT INTO message (conversation_id, seq, version, body) VALUES (?, ?, ?, ?)",
                (conversation, seq, MESSAGE_VERSION, body),
            )
        self._started.pop(conversation, None)
        return StoredMessage(conversation, seq, message)

    def pin(self, conversation: str, pinned: bool) -> None:
        """Keep a conversation from retention, or no longer. Does not reset any clock."""
        if self._temporary.has(conversation):
            self._temporary.pin(conversation, pinned)
            return
        with self._roster.changing() as state:
            row = self._existing(conversation)
            state.conversations.take(self._roster.conversation_tag(row))
            run = self._roster.database.sql.conn.execute
            run("UPDATE conversation SET pinned = ? WHERE id = ?", (int(pinned), conversation))
            state.conversations.add(self._roster.conversation_tag((*row[:5], int(pinned))))

    def attach(self, conversation: str, kind: str, payload: Mapping[str, Any]) -> None:
        """Keep one JSON-able payload of this kind under the conversation's key, in the place of an earlier one.

        It dies with the conversation. Before the first message it waits in memory; what comes later is on the disk
        with the next message or line of the ledger, and so before anything leaves.
        """
        if self._temporary.has(conversation):
            self._temporary.attach(conversation, kind, payload)
            return
        as_plain(payload)  # refused now, not at the first message
        if conversation in self._started:
            self._started[conversation].attachments[kind] = dict(payload)
            return
        with self._roster.changing(waits_for_disk=False) as state:
            row = self._existing(conversation)
            state.conversations.take(self._roster.conversation_tag(row))
            dek, head = self._opened(row)
            head = put_attachment(self._roster.database, dek, conversation, head, kind, payload)
            state.conversations.add(self._roster.conversation_tag(self._store_row(row, dek, head, purge_day=row[4])))

    def forget(self, conversation: str) -> None:
        """Delete a conversation logically; the purge is what destroys its key and its bytes."""
        if self._temporary.has(conversation):
            self._temporary.forget(conversation)
            self._temporary_order.pop(conversation, None)
            return
        if self._started.pop(conversation, None) is not None:
            return
        with self._roster.changing() as state:
            row = self._existing(conversation)
            self._roster.database.sql.conn.execute("DELETE FROM conversation WHERE id = ?", (conversation,))
            state.conversations.take(self._roster.conversation_tag(row))
        self._heads.pop(conversation, None)

    # ------------------------------------------------------------ reading

    def messages(self, conversation: str) -> list[StoredMessage]:
        """All messages in order; raises UsageError for an unknown id, RecordTampered for a changed one."""
        if self._temporary.has(conversation):
            return self._temporary.messages(conversation)
        with self._roster.reading():
            row = self._found(conversation)
            if row is None:
                return []
            return [StoredMessage(conversation, seq, unpack(plain)) for seq, plain in self._plain_messages(row)]

    def last(self, conversation: str, n: int) -> list[StoredMessage]:
        """The last `n` messages, in order."""
        if self._temporary.has(conversation):
            return self._temporary.last(conversation, n)
        with self._roster.reading():
            row = self._found(conversation)
            if row is None or n <= 0:
                return []
            return [StoredMessage(conversation, seq, unpack(plain)) for seq, plain in self._plain_messages(row, last=n)]

    def conversations(self) -> list[Conversation]:
        """The one written to last first."""
        with self._roster.reading():
            shown = [self._described(row) for row in self._roster.conversation_rows()]
        shown += [(self._temporary_order[chat.id], chat) for chat in self._temporary.conversations()]
        return [conversation for _, conversation in sorted(shown, key=lambda pair: pair[0], reverse=True)]

    def newest(self) -> str | None:
        """The id of the conversation written to last."""
        return next((conversation.id for conversation in self.conversations()), None)

    def resolve(self, prefix: str) -> str:
        """A full id from 4 or more of its first hex digits. Raises UsageError."""
        with self._roster.reading():
            kept = {str(row[0]): None for row in self._roster.database.query("SELECT id FROM conversation", (), (str,))}
        return resolved(prefix, {**kept, **dict.fromkeys(self._temporary_order)})

    def search(self, words: str, *, limit: int = 50) -> list[StoredMessage]:
        """Messages that hold all the words, newest first; none for no words. Opens and checks every message."""
        wanted = fold(words).split()
        if not wanted:
            return []
        # In ASCII the JSON of a text holds each of its words as JSON writes it, so that only what can match is parsed.
        needles = [json.dumps(word, ensure_ascii=False)[1:-1].encode("utf-8", "surrogatepass") for word in wanted]
        needles.sort(key=len, reverse=True)  # the longest is the rarest
        hits = []
        with self._roster.reading():
            for conversation, seq, plain in self._all_messages():
                if plain.isascii():
                    lowered = plain.lower()
                    if needles[0] not in lowered or not all(needle in lowered for needle in needles):
                        continue
                stored = StoredMessage(conversation, seq, unpack(plain))
                text = fold(stored.message.text)
                if all(word in text for word in wanted):
                    hits.append(stored)
        return newest_first(hits + self._temporary.search(words, limit=limit))[: max(0, limit)]

    def attached(self, conversation: str, kind: str) -> Mapping[str, Any] | None:
        """The payload of this kind, or None. Raises UsageError, RecordTampered."""
        if self._temporary.has(conversation):
            return self._temporary.attached(conversation, kind)
        if conversation in self._started:
            return self._started[conversation].attachments.get(kind)
        with self._roster.reading():
            dek, head = self._opened(self._existing(conversation))
            return read_attachment(self._roster.database, dek, conversation, head, kind)

    def payload_mac(self, conversation: str, payload: bytes) -> str:
        """HMAC-SHA256, hex, of what was sent, under the conversation's key: for `LedgerLine.payload_mac`.

        It proves a sent copy while the conversation lives; once that is purged it confirms no guess any more.
        """
        started = self._started.get(conversation)
        if started is not None:
            dek = started.dek
        elif self._temporary.has(conversation):
            dek = seal.new_key()  # nothing of a temporary chat can be proved later
        else:
            with self._roster.reading():
                dek, _ = self._opened(self._existing(conversation))
        return seal.mac(seal.subkey(dek, seal.aad("purpose", "payload-mac")), payload).hex()

    def stats(self) -> Stats:
        """How much is kept, and since when; bytes are those of the database's files."""
        with self._roster.reading():
            rows = self._roster.conversation_rows()
            heads = [self._opened(row)[1] for row in rows]
        return Stats(
            conversations=len(rows),
            messages=sum(head.count for head in heads),
            pinned=sum(row[5] for row in rows),
            bytes=self._roster.database.size_bytes(),
            oldest=min((datetime.fromisoformat(head.started) for head in heads), default=None),
            newest=max((datetime.fromisoformat(head.newest) for head in heads), default=None),
            epoch=self._roster.keys.epoch,
        )

    def sizes(self) -> dict[str, int]:
        """`Roster.sizes`: bytes of each conversation, for retention by size."""
        return self._roster.sizes()

    def check(self) -> int:
        """Open every record and compare it with its head (`doctor`); the number of messages. Raises RecordTampered."""
        self._roster.check()
        count = 0
        with self._roster.reading():
            self._roster.database.check_integrity()
            for _, _, plain in self._all_messages():
                unpack(plain)
                count += 1
        return count

    # ------------------------------------------------------------ inner

    def _new_row(self, conversation: str, started: _Started, write: int) -> ConversationRow:
        keys = self._roster.keys
        head = Head(chain=first_link(conversation).hex(), write=write, is_temporary=started.is_temporary)
        wrapped = keys.wrap(started.dek, conversation)
        row = (conversation, keys.epoch, wrapped, seal_head(started.dek, conversation, head), 0, 0)
        self._roster.database.sql.conn.execute(
            "INSERT INTO conversation (id, epoch, wrapped_dek, head, purge_day, pinned) VALUES (?, ?, ?, ?, ?, ?)", row
        )
        for kind, payload in started.attachments.items():
            head = put_attachment(self._roster.database, started.dek, conversation, head, kind, payload)
        return (*row[:3], seal_head(started.dek, conversation, head), 0, 0)

    def _store_row(self, row: ConversationRow, dek: bytes, head: Head, *, purge_day: int) -> ConversationRow:
        """Write head and purge day of a conversation; the row as it is then."""
        sealed = seal_head(dek, row[0], head)
        self._roster.database.sql.conn.execute(
            "UPDATE conversation SET head = ?, purge_day = ? WHERE id = ?", (sealed, purge_day, row[0])
        )
        return (*row[:3], sealed, purge_day, row[5])

    def _found(self, conversation: str) -> ConversationRow | None:
        """The row; None for a conversation without a message yet. Raises UsageError for an unknown id."""
        row = self._roster.conversation_row(conversation)
        if row is None and conversation not in self._started:
            raise unknown()
        return row

    def _existing(self, conversation: str) -> ConversationRow:
        row = self._roster.conversation_row(conversation)
        if row is None:
            if conversation in self._started:
                raise UsageError("this conversation has no message yet")
            raise unknown()
        return row

    def _opened(self, row: ConversationRow) -> tuple[bytes, Head]:
        """Key and head of a row, from the cache where the row is the one that was opened before."""
        conversation, epoch, wrapped, sealed = row[:4]
        if len(conversation) != 32 or not conversation.isalnum():
            raise broken()
        dek = self._deks.get((conversation, wrapped))
        if dek is None:
            dek = self._roster.keys.unwrap(wrapped, conversation, epoch)
            _remember(self._deks, (conversation, wrapped), dek)
        cached = self._heads.get(conversation)
        if cached is not None and cached[0] == sealed:
            return dek, cached[1]
        head = open_head(dek, conversation, sealed)
        _remember(self._heads, conversation, (sealed, head))
        return dek, head

    def _plain_messages(self, row: ConversationRow, *, last: int | None = None) -> list[tuple[int, bytes]]:
        """(seq, JSON) of all messages of a conversation or the last ones, each checked against head and chain."""
        conversation = row[0]
        dek, head = self._opened(row)
        if last is None:
            rows = self._roster.database.query(
                "SELECT seq, version, body FROM message WHERE conversation_id = ? ORDER BY seq",
                (conversation,),
                (int, int, bytes),
            )
            first = 1
        else:
            rows = self._roster.database.query(
                "SELECT seq, version, body FROM message WHERE conversation_id = ? ORDER BY seq DESC LIMIT ?",
                (conversation, last),
                (int, int, bytes),
            )[::-1]
            first = max(1, head.count - last + 1)
        walk = Walk(dek, conversation, head, first=first)
        opened = [(seq, walk.step(seq, version, body)) for seq, version, body in rows]
        walk.end()
        return opened

    def _all_messages(self) -> Iterator[tuple[str, int, bytes]]:
        """(conversation, seq, JSON) of everything, in the order of the table, which is read from end to end once.

        What it gave is only good once it has ended: a missing message is noticed last. Call inside a transaction.
        """
        walks = {}
        for row in self._roster.conversation_rows():
            dek, head = self._opened(row)
            walks[row[0]] = Walk(dek, row[0], head)
        for conversation, seq, version, body in self._roster.database.sql.conn.execute(
            "SELECT conversation_id, seq, version, body FROM message ORDER BY id"
        ):
            walk = walks.get(conversation)
            if walk is None:
                raise broken()
            yield conversation, seq, walk.step(seq, version, body)
        for walk in walks.values():
            walk.end()

    def _described(self, row: ConversationRow) -> tuple[tuple[int, int], Conversation]:
        _, head = self._opened(row)
        return (head.write, 0), Conversation(
            id=row[0],
            title=head.title,
            started=datetime.fromisoformat(head.started),
            newest=datetime.fromisoformat(head.newest),
            messages=head.count,
            is_pinned=bool(row[5]),
            is_temporary=head.is_temporary,
        )


def _remember(cache: OrderedDict[Any, Any], key: object, value: object) -> None:
    cache[key] = value
    if len(cache) > _CACHED_KEYS:
        cache.popitem(last=False)
