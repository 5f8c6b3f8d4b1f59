"""The purge: what is removed is gone from the database, its key from the world, whenever the power fails.

Seven steps, each idempotent; `resume` at every start finishes what an interruption left, always forward:

1. the lock; the next epoch's key and the predicate into the key store
2. one transaction: rows deleted, the rest moved to the next epoch
3. the write-ahead log emptied, or the purge is *pending*: an open reader keeps every old page alive
4. the old key destroyed: a new secret in the keyring or a fresh salt, the key store replaced
5. free pages given back, temporary files removed
6. the raw bytes of every file searched for the deleted ciphertexts
7. the receipt

After step 2 nobody is answered from what was removed; after step 4 no copy of the database can be opened either.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from privacy_assistant.errors import PurgePending, RecordTampered, VaultError
from privacy_assistant.vault import roster, traces
from privacy_assistant.vault.database import Database
from privacy_assistant.vault.head import open_head
from privacy_assistant.vault.keys import Keys, PurgePhase, PurgeRecord
from privacy_assistant.vault.lock import held_lock
from privacy_assistant.vault.panic import empty, panic
from privacy_assistant.vault.receipt import Predicate, Receipt, not_covered
from privacy_assistant.vault.rekey import current_anchor, rekey

__all__ = ["STEPS", "Predicate", "Receipt", "Surroundings", "panic", "purge", "rehearse", "resume"]

STEPS = (
    "1.begin",
    "1.decided",
    "2.deleted",
    "2.noted",
    "2.committed",
    "2.marked",
    "3.checkpointed",
    "4.destroyed",
    "5.cleaned",
    "6.searched",
    "7.finished",
)
"""The names that `at` is called with, in order: where a test pulls the plug."""

_MAX_NEEDLES = 4096
_POLL_S = 0.02
_LOCK_WAIT_S = 10.0

At = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Files beside the database: `sweep` is emptied (temporary audio, caches), `search` is read in the self-check.

    Without `search` the directories of the database and of the key store are searched.
    """

    sweep: tuple[Path, ...] = ()
    search: tuple[Path, ...] = ()


def purge(
    database: Database,
    keys: Keys,
    predicate: Predicate,
    *,
    surroundings: Surroundings | None = None,
    wait_s: float = 10.0,
    is_compacted: bool = False,
    at: At = lambda step: None,
) -> Receipt:
    """Remove what the predicate names, for good. Finishes an earlier purge first.

    Waits up to `wait_s` seconds for other readers of the database; then the receipt says pending, and `resume` does
    the rest. Raises PurgePending when an earlier purge still waits, RecordTampered when rows that are kept do not
    open (nothing is removed then), VaultError, VaultLocked. With all conversations chosen, a damaged roster does not
    stop the purge: it may be why a person purges.
    """
    with _purging(database):
        keys.reload()
        if keys.is_purge_pending:
            earlier = _finish(database, keys, surroundings, wait_s, at)
            if earlier.is_pending:
                raise PurgePending(
                    "an earlier purge still waits for another program that reads the history",
                    hint="end it (another privacy-assistant, a backup, an open database tool), then try again",
                )
        at("1.begin")
        keys.decide_purge(predicate.as_json(), wants_compact=is_compacted)
        at("1.decided")
        return _finish(database, keys, surroundings, wait_s, at, is_resumed=False)


def resume(
    database: Database,
    keys: Keys,
    *,
    surroundings: Surroundings | None = None,
    wait_s: float = 0.0,
    at: At = lambda step: None,
) -> Receipt | None:
    """Finish what an interrupted purge left: at every start, before anything is read. None when there is nothing.

    A purge that was decided is done, never undone. The receipt is pending while a reader keeps the file.
    """
    if not keys.is_purge_pending:
        return None
    with _purging(database):
        keys.reload()
        return _finish(database, keys, surroundings, wait_s, at) if keys.pending is not None else None


def rehearse(database: Database, keys: Keys, predicate: Predicate) -> Receipt:
    """`--dry-run`: count what would go; changes nothing."""
    with database.reading():
        chosen = _chosen(database, keys, predicate)
        removed = _count(database, predicate, chosen)
    return Receipt(removed=removed, logical="dry-run", physical="dry-run", epoch=keys.epoch)


# ---------------------------------------------------------------------- the steps


def _finish(
    database: Database,
    keys: Keys,
    surroundings: Surroundings | None,
    wait_s: float,
    at: At,
    *,
    is_resumed: bool = True,
) -> Receipt:
    """Steps 2 to 7, from wherever the key store says that the purge stands."""
    around = surroundings or Surroundings()
    record = _pending(keys)
    if record.phase is PurgePhase.DECIDED:
        _commit(database, keys, Predicate.from_json(record.predicate), at)
        record = _pending(keys)
    at("2.marked")
    if record.phase is PurgePhase.COMMITTED:
        if not _emptied_log(database, wait_s):
            return _receipt(keys, record, "pending", is_resumed=is_resumed)
        at("3.checkpointed")
        keys.destroy_old()
    else:
        keys.destroy_old()  # an interruption may have left the old secret in the keyring
    at("4.destroyed")
    _give_back(database, is_compacted=record.wants_compact)
    empty(around.sweep)
    at("5.cleaned")
    roots = around.search or tuple({database.path.parent, keys.store.parent})
    files = traces.files_below(roots)
    hits = traces.search(files, record.needles)
    if any(path.name.startswith(database.path.name) for path in hits):
        # SQLite leaves copies behind when it moves rows within a page; a rewritten file has none.
        _give_back(database, is_compacted=True)
        files = traces.files_below(roots)
        hits = traces.search(files, record.needles)
    at("6.searched")
    keys.finish_purge()
    at("7.finished")
    return _receipt(
        keys,
        record,
        "done",
        is_resumed=is_resumed,
        files=len(files),
        found=tuple(str(path) for path in hits),
    )


def _commit(database: Database, keys: Keys, predicate: Predicate, at: At) -> None:
    """Step 2. In a resume the database may have committed already, and only the key store does not know."""
    old, new = keys.epoch, keys.epoch + 1
    if database.epoch() == new:
        keys.note_committed(current_anchor(database, keys, new))
        return
    is_all = predicate.conversations is None
    try:
        with database.writing(None):
            if not is_all:
                # Moving rows makes a new roster of what is there: a row that was taken out or put back unnoticed
                # would pass for genuine from then on.
                roster.check(database, keys, old, roster.read(database, keys, old))
            chosen = _chosen(database, keys, predicate)
            removed = _count(database, predicate, chosen)
            needles = _needles(database, predicate, chosen)
            _delete(database, predicate, chosen)
            anchor = rekey(database, keys, old=old, new=new, is_damage_accepted=is_all)
            at("2.deleted")
            keys.note_removal(removed, needles)
            at("2.noted")
    except VaultError:
        # Nothing was removed and no key was destroyed; a purge that can never succeed must not block every start.
        keys.abandon_purge()
        raise
    at("2.committed")
    keys.note_committed(anchor)


def _emptied_log(database: Database, wait_s: float) -> bool:
    """Step 3: True once the write-ahead log is empty and cut. Until then the old pages are all still there."""
    deadline = time.monotonic() + wait_s
    run = database.sql.conn.execute
    before = run("PRAGMA busy_timeout").fetchone()[0]
    run("PRAGMA busy_timeout = 0")
    try:
        while database.checkpoint() != (0, 0, 0):
            if time.monotonic() >= deadline:
                return False
            time.sleep(_POLL_S)
    finally:
        run(f"PRAGMA busy_timeout = {int(before)}")
    return True


def _give_back(database: Database, *, is_compacted: bool) -> None:
    """Step 5: free pages leave the file. They were zeroed when they were freed (`secure_delete`)."""
    database.query("VACUUM" if is_compacted else "PRAGMA incremental_vacuum")
    database.checkpoint()


# ---------------------------------------------------------------------- the rows


def _chosen(database: Database, keys: Keys, predicate: Predicate) -> list[str]:
    """The ids that go, out of those that are there."""
    rows = database.query("SELECT id, epoch, wrapped_dek, head, pinned FROM conversation", (), ())
    named = None if predicate.conversations is None else frozenset(predicate.conversations)
    chosen = []
    for conversation, epoch, wrapped, head, pinned in rows:
        is_named = named is None or conversation in named
        if not is_named and predicate.older_than is not None:
            opened = open_head(keys.unwrap(wrapped, conversation, epoch), conversation, head)
            is_named = datetime.fromisoformat(opened.newest) < predicate.older_than
        if is_named and not (predicate.keep_pinned and pinned):
            chosen.append(conversation)
    return chosen


def _count(database: Database, predicate: Predicate, chosen: Sequence[str]) -> dict[str, int]:
    removed = {"conversations": len(chosen), "messages": 0, "attachments": 0, "items": 0, "ledger_lines": 0}
    for name, table in (("messages", "message"), ("attachments", "attachment")):
        counts = dict(
            database.query(f"SELECT conversation_id, count(*) FROM {table} GROUP BY conversation_id")  # noqa: S608 - a constant name
        )
        removed[name] = sum(counts.get(conversation, 0) for conversation in chosen)
    if predicate.with_drawer:
        removed["items"] = database.query("SELECT count(*) FROM sealed")[0][0]
    if predicate.with_ledger:
        removed["ledger_lines"] = database.query("SELECT count(*) FROM ledger")[0][0]
    return removed


def _needles(database: Database, predicate: Predicate, chosen: Sequence[str]) -> list[bytes]:
    """Fragments of what is about to be deleted, wrapped keys included; an even choice where there are very many."""
    found: list[bytes] = []

    def take(sql: str, *parameters: object) -> None:
        for row in database.query(sql, parameters):
            for blob in row:
                found.extend(traces.fragments(blob))

    for conversation in chosen:
        take("SELECT wrapped_dek, head FROM conversation WHERE id = ?", conversation)
        take("SELECT body FROM message WHERE conversation_id = ?", conversation)
        take("SELECT body FROM attachment WHERE conversation_id = ?", conversation)
    if predicate.with_drawer:
        take("SELECT body FROM sealed")
    if predicate.with_ledger:
        take("SELECT body FROM ledger")
    stride = -(-len(found) // _MAX_NEEDLES) or 1
    return found[::stride]


def _delete(database: Database, predicate: Predicate, chosen: Sequence[str]) -> None:
    run = database.sql.conn
    # Messages and attachments go with their conversation (ON DELETE CASCADE over an index).
    run.executemany("DELETE FROM conversation WHERE id = ?", ((conversation,) for conversation in chosen))
    if predicate.with_drawer:
        run.execute("DELETE FROM sealed")
    if predicate.with_ledger:
        run.execute("DELETE FROM ledger")


# ---------------------------------------------------------------------- around


@contextlib.contextmanager
def _purging(database: Database) -> Iterator[None]:
    if database.sql.conn.in_transaction:
        # The deletion would join it and not be committed when the old key goes.
        raise VaultError("a purge cannot run inside another transaction")
    with held_lock(database.path.with_name(database.path.name + ".lock"), wait_s=_LOCK_WAIT_S):
        yield


def _pending(keys: Keys) -> PurgeRecord:
    record = keys.pending
    if record is None:
        raise RecordTampered("the key store lost its purge half-way", hint="put a backup of the key store in its place")
    return record


def _receipt(
    keys: Keys,
    record: PurgeRecord,
    physical: str,
    *,
    is_resumed: bool,
    files: int = 0,
    found: tuple[str, ...] = (),
) -> Receipt:
    return Receipt(
        removed=dict(record.removed),
        logical="done",
        physical=physical,
        epoch=keys.epoch,
        searched_files=files,
        searched_for=len(record.needles) if physical == "done" else 0,
        found=found,
        not_covered=not_covered(keys.status().factors),
        is_resumed=is_resumed,
    )
