"""The roster: one sealed record that says which rows there are, so that a row too few or too old is noticed.

AES-GCM proves that a row is genuine, not that it is the newest one or that none is missing. The roster holds, for
conversations and for the drawer, how many rows there are and a sum of their MACs (a multiset hash: Clarke and
others, "Incremental multiset hash functions", ASIACRYPT 2003, MSet-Add-Hash), and the state of the ledger's chain.
Each write adds and subtracts only the rows it touches. Its counter, compared with the anchor in the key store,
shows that the whole file was put back to an earlier state.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

from privacy_assistant.errors import RecordTampered
from privacy_assistant.vault import seal
from privacy_assistant.vault.database import Database, damaged
from privacy_assistant.vault.keys import Anchor, Keys

ANCHOR_EVERY: int = 100
"""Writes between two anchors: at most so many of the newest could be rolled back unnoticed after a crash."""

_MODULUS = 2**256
_COLUMNS = "id, epoch, wrapped_dek, head, purge_day, pinned"
_CONVERSATION_TYPES = (str, int, bytes, bytes, int, int)
_SEALED_TYPES = (str, bytes, int, bytes)

ConversationRow = tuple[str, int, bytes, bytes, int, int]
"""id, epoch, wrapped_dek, head, purge_day, pinned."""

SealedRow = tuple[str, bytes, int, bytes]
"""id, kind_tag, epoch, body."""


@dataclass(slots=True)
class Tally:
    """How many rows, and the sum of their MACs modulo 2**256."""

    count: int = 0
    total: int = 0

    def add(self, tag: bytes) -> None:
        """Count a row in."""
        self.count += 1
        self.total = (self.total + int.from_bytes(tag, "big")) % _MODULUS

    def take(self, tag: bytes) -> None:
        """Count a row out."""
        self.count -= 1
        self.total = (self.total - int.from_bytes(tag, "big")) % _MODULUS


@dataclass(slots=True)
class Chain:
    """The ledger's state: the first line kept and the chain value before it, the last line and the chain value now."""

    first: int = 1
    before: str = "00" * 32
    last: int = 0
    now: str = "00" * 32


@dataclass(slots=True)
class State:
    """What the sealed record holds. `counter` goes up by one with every write transaction, for ever."""

    counter: int = 0
    conversations: Tally = field(default_factory=Tally)
    drawer: Tally = field(default_factory=Tally)
    ledger: Chain = field(default_factory=Chain)


class Roster:
    """The door through which history, drawer and ledger read and write the database under the keys."""

    def __init__(self, database: Database, keys: Keys) -> None:
        """Check the whole roster against the rows and the anchor. Raises RecordTampered or EpochMoved."""
        self.database = database
        self.keys = keys
        self._anchored = 0
        with database.reading():
            database.check_epoch(keys.epoch)
            state = read(database, keys, keys.epoch)
            check(database, keys, keys.epoch, state)
        anchor = keys.anchor()
        self._anchored = anchor.counter if anchor else 0

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A snapshot under the epoch of the keys. Raises EpochMoved."""
        with self.database.reading():
            self.database.check_epoch(self.keys.epoch)
            yield

    @contextmanager
    def changing(self, *, waits_for_disk: bool = True) -> Iterator[State]:
        """A write transaction; what the block changes in the state is sealed with it, all or nothing.

        `waits_for_disk` as `Database.writing` has it.
        """
        epoch = self.keys.epoch
        with self.database.writing(epoch, waits_for_disk=waits_for_disk):
            state = read(self.database, self.keys, epoch)
            yield state
            state.counter += 1
            write(self.database, self.keys, epoch, state)
        # The anchor follows the commit and never leads it: a database ahead of its anchor is merely a crash.
        is_committed = not self.database.sql.conn.in_transaction  # else a larger transaction holds this one
        if waits_for_disk and is_committed and (self._anchored == 0 or state.counter - self._anchored >= ANCHOR_EVERY):
            self._set_anchor(state)

    def state(self) -> State:
        """The roster as it stands now."""
        with self.reading():
            return read(self.database, self.keys, self.keys.epoch)

    def check(self) -> State:
        """Compare every row with the roster again (`doctor`). Raises RecordTampered."""
        with self.reading():
            state = read(self.database, self.keys, self.keys.epoch)
            check(self.database, self.keys, self.keys.epoch, state)
        return state

    def set_anchor(self) -> None:
        """Write where the database stands into the key store: at close."""
        state = self.state()
        if state.counter > self._anchored:
            self.database.sync()
            self._set_anchor(state)

    def conversation_tag(self, row: ConversationRow) -> bytes:
        """The MAC of a row of `conversation`, every column of it."""
        return conversation_tag(self.keys.purpose("roster-row", self.keys.epoch), row)

    def sealed_tag(self, row: SealedRow) -> bytes:
        """The MAC of a row of `sealed`."""
        return sealed_tag(self.keys.purpose("roster-row", self.keys.epoch), row)

    def conversation_row(self, conversation: str) -> ConversationRow | None:
        """One row of `conversation`; call inside a transaction."""
        rows = self.database.query(
            f"SELECT {_COLUMNS} FROM conversation WHERE id = ?",  # noqa: S608 - a constant list of columns
            (conversation,),
            _CONVERSATION_TYPES,
        )
        if rows:
            return rows[0]
        # Asked of the table itself, since a damaged index hides a row: "there is none" would be a wrong answer.
        if self.database.query("SELECT 1 FROM conversation NOT INDEXED WHERE id = ?", (conversation,)):
            raise damaged(self.database.path)
        return None

    def conversation_rows(self) -> list[ConversationRow]:
        """All rows of `conversation`; call inside a transaction."""
        return _conversation_rows(self.database)

    def sizes(self) -> dict[str, int]:
        """Bytes of the sealed rows of each conversation, for retention by size."""
        with self.reading():
            rows = self.database.query(
                "SELECT c.id, length(c.head) + length(c.wrapped_dek)"
                " + (SELECT coalesce(sum(length(m.body)), 0) FROM message m WHERE m.conversation_id = c.id)"
                " + (SELECT coalesce(sum(length(a.body)), 0) FROM attachment a WHERE a.conversation_id = c.id)"
                " FROM conversation c",
                (),
                (str, int),
            )
        return dict(rows)

    def _set_anchor(self, state: State) -> None:
        self.keys.set_anchor(anchor_of(self.keys, self.keys.epoch, state))
        self._anchored = state.counter


def read(database: Database, keys: Keys, epoch: int) -> State:
    """The state of `epoch`; empty for a database nothing was written to. Raises RecordTampered."""
    sealed = database.meta("roster")
    if sealed is None:
        if _is_empty(database):
            return State()
        raise _tampered("rows are there and the roster is not")
    if not isinstance(sealed, bytes) or database.epoch() != epoch:
        raise _tampered("the roster is not of this epoch")
    raw = json.loads(seal.unseal(keys.purpose("roster", epoch), sealed, seal.aad("roster", epoch)))
    return State(
        counter=raw["counter"],
        conversations=Tally(raw["conversations"]["count"], int(raw["conversations"]["total"], 16)),
        drawer=Tally(raw["drawer"]["count"], int(raw["drawer"]["total"], 16)),
        ledger=Chain(**raw["ledger"]),
    )


def write(database: Database, keys: Keys, epoch: int, state: State) -> None:
    """Seal the state under `epoch`, and say so in the clear `epoch`; call inside a write transaction."""
    sealed = seal.seal(keys.purpose("roster", epoch), _plain(state), seal.aad("roster", epoch))
    database.set_meta("roster", sealed)
    if database.epoch() != epoch:
        database.set_meta("epoch", epoch)


def check(database: Database, keys: Keys, epoch: int, state: State) -> None:
    """Compare the state with every row and with the anchor; call inside a transaction. Raises RecordTampered."""
    conversations, drawer = tally(database, keys, epoch)
    if conversations != state.conversations:
        raise _tampered("a conversation is missing, was put back or changed")
    if drawer != state.drawer:
        raise _tampered("a note, timer or token is missing, was put back or changed")
    anchor = keys.anchor()
    if anchor is None:
        return
    if state.counter < anchor.counter:
        raise RecordTampered(
            "the history is older than its key store remembers: it was put back to an earlier state, or is gone",
            hint="restore history and key store from one backup, or begin anew with 'purge-history --all'",
        )
    if state.counter == anchor.counter and not seal.is_same(anchor_of(keys, epoch, state).mac, anchor.mac):
        raise _tampered("the history is not the one that the key store remembers")


def tally(database: Database, keys: Keys, epoch: int) -> tuple[Tally, Tally]:
    """Conversations and drawer as the rows are; call inside a transaction."""
    key = keys.purpose("roster-row", epoch)
    conversations, drawer = Tally(), Tally()
    for row in _conversation_rows(database):
        conversations.add(conversation_tag(key, row))
    for sealed in database.query("SELECT id, kind_tag, epoch, body FROM sealed", (), _SEALED_TYPES):
        drawer.add(sealed_tag(key, sealed))
    return conversations, drawer


def anchor_of(keys: Keys, epoch: int, state: State) -> Anchor:
    """The anchor that names this state."""
    return Anchor(state.counter, seal.mac(keys.purpose("anchor", epoch), _plain(state)))


def conversation_tag(key: bytes, row: ConversationRow) -> bytes:
    """The MAC of every column of a conversation; the two blobs are told apart by the fixed length of the first."""
    conversation, epoch, wrapped, head, purge_day, pinned = row
    numbers = b"".join(number.to_bytes(8, "big", signed=True) for number in (epoch, purge_day, pinned, len(wrapped)))
    return seal.mac(key, b"conversation" + conversation.encode() + numbers + wrapped + head)


def sealed_tag(key: bytes, row: SealedRow) -> bytes:
    """The MAC of every column of a drawer's row."""
    item, kind_tag, epoch, body = row
    numbers = epoch.to_bytes(8, "big", signed=True) + len(kind_tag).to_bytes(8, "big")
    return seal.mac(key, b"sealed" + item.encode() + numbers + kind_tag + body)


def _conversation_rows(database: Database) -> list[ConversationRow]:
    return database.query(
        f"SELECT {_COLUMNS} FROM conversation",  # noqa: S608 - a constant list of columns
        (),
        _CONVERSATION_TYPES,
    )


def _plain(state: State) -> bytes:
    # Sums are hexadecimal words: other readers of JSON lose digits of numbers beyond 2**53.
    raw = {
        "counter": state.counter,
        "conversations": {"count": state.conversations.count, "total": f"{state.conversations.total:064x}"},
        "drawer": {"count": state.drawer.count, "total": f"{state.drawer.total:064x}"},
        "ledger": asdict(state.ledger),
    }
    return json.dumps(raw, sort_keys=True, separators=(",", ":")).encode()


def _is_empty(database: Database) -> bool:
    counts = database.query(
        "SELECT (SELECT count(*) FROM conversation) + (SELECT count(*) FROM message)"
        " + (SELECT count(*) FROM attachment) + (SELECT count(*) FROM sealed) + (SELECT count(*) FROM ledger)"
        " + (SELECT count(*) FROM meta)"
    )
    return counts == [(0,)]


def _tampered(what: str) -> RecordTampered:
    return RecordTampered(
        f"the history was changed from outside: {what}",
        hint="restore history and key store from one backup, or give it up with 'purge-history --everything'",
    )
