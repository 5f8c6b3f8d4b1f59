"""The database file: opened with everything read back, written under one epoch, never left readable by others.

Knows tables, pragmas and permissions, and nothing of keys: whatever is in a `body`, `head` or `wrapped_dek` was
sealed before it came here. Byte level: docs/vault-format.md, "Tables".
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlite_utils
from sqlite_utils import Migrations

from privacy_assistant.errors import RecordTampered, VaultError
from privacy_assistant.vault.database_files import SIDE_FILES as SIDE_FILES
from privacy_assistant.vault.database_files import guard_files, sync_log

APPLICATION_ID: int = 0x70613031
"""`pa01` in the SQLite header, so that another program's database is recognised as such."""

SCHEMA_VERSION: int = 1
"""`user_version` of a database with every migration below."""

_PRAGMAS: tuple[tuple[str, str, object], ...] = (
    ("journal_mode", "WAL", "wal"),
    ("secure_delete", "ON", 1),
    ("temp_store", "MEMORY", 2),
    ("foreign_keys", "ON", 1),
    ("trusted_schema", "OFF", 0),
    ("cell_size_check", "ON", 1),
    ("mmap_size", "0", 0),
    # A commit that was answered must survive a power cut: the anchor in the key store may already count it.
    ("synchronous", "FULL", 2),
)

_TABLES = (
    """CREATE TABLE meta (
        key TEXT PRIMARY KEY NOT NULL,
        value ANY NOT NULL
    ) STRICT""",
    """CREATE TABLE conversation (
        id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 32),
        epoch INTEGER NOT NULL,
        wrapped_dek BLOB NOT NULL,
        head BLOB NOT NULL,
        purge_day INTEGER NOT NULL,
        pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1))
    ) STRICT""",
    """CREATE TABLE message (
        id INTEGER PRIMARY KEY NOT NULL,
        conversation_id TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
        seq INTEGER NOT NULL,
        version INTEGER NOT NULL,
        body BLOB NOT NULL,
        UNIQUE (conversation_id, seq)
    ) STRICT""",
    """CREATE TABLE attachment (
        id INTEGER PRIMARY KEY NOT NULL,
        conversation_id TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
        kind_tag BLOB NOT NULL,
        version INTEGER NOT NULL,
        body BLOB NOT NULL,
        UNIQUE (conversation_id, kind_tag)
    ) STRICT""",
    """CREATE TABLE sealed (
        id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 32),
        kind_tag BLOB NOT NULL,
        epoch INTEGER NOT NULL,
        body BLOB NOT NULL
    ) STRICT""",
    """CREATE TABLE ledger (
        seq INTEGER PRIMARY KEY NOT NULL,
        body BLOB NOT NULL
    ) STRICT""",
    # The UNIQUE constraints of message and attachment begin with the foreign key, so they are its index.
)

_migrations = Migrations("privacy_assistant")


@_migrations(name="1_tables")
def _make_tables(db: sqlite_utils.Database) -> None:
    for statement in _TABLES:
        db.execute(statement)


class EpochMoved(VaultError):
    """Another process purged or rotated: the keys in this process are of an older epoch than the database."""


class Database:
    """One open database. May be used from several threads: one transaction runs at a time.

    `reading` gives a consistent snapshot, `writing` the write lock and the check of the epoch. Inside them, `sql`
    is the `sqlite_utils.Database`. Every SQLite error comes out as one VaultError with a remedy; the transaction
    is rolled back, so that nothing is half written.
    """

    def __init__(self, path: Path, *, busy_s: float = 5.0) -> None:
        """Open `path`, or create it. Waits up to `busy_s` seconds for another writer, then raises VaultError."""
        self.path = path
        self._lock = threading.RLock()
        self._busy_s = busy_s
        is_new = guard_files(path)
        with self._explaining():
            connection = sqlite3.connect(path, timeout=busy_s, check_same_thread=False)
        self.sql = sqlite_utils.Database(connection, execute_plugins=False, recursive_triggers=False)
        try:
            with self._explaining():
                if is_new:
                    self.sql.execute("PRAGMA auto_vacuum = INCREMENTAL")
                self._recognise()
                self._set_pragmas()
                self._migrate()
                self._demand("auto_vacuum", 2)
        except BaseException:
            connection.close()
            raise

    def close(self) -> None:
        """Close the connection; the last one of all processes empties and removes the write-ahead log."""
        with self._lock, self._explaining():
            self.sql.close()

    def __enter__(self) -> Database:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------ transactions

    @contextmanager
    def reading(self) -> Iterator[sqlite_utils.Database]:
        """One snapshot for several queries. Keep it short: an open reader makes a purge wait."""
        with self._lock, self._explaining():
            if self.sql.conn.in_transaction:
                yield self.sql
                return
            self.sql.conn.execute("BEGIN")
            try:
                yield self.sql
            finally:
                self.sql.rollback()

    @contextmanager
    def writing(self, epoch: int | None, *, waits_for_disk: bool = True) -> Iterator[sqlite_utils.Database]:
        """One `BEGIN IMMEDIATE` … `COMMIT`. Raises EpochMoved, before anything, when the database left `epoch`.

        None leaves the check out: for the purge, which moves the epoch itself. A nested call joins the outer one.
        Without `waits_for_disk` it is all or nothing as ever and seen by every process, and a crash of this one does
        not undo it; but it is the next one that waits (or `sync`) that brings it to the disk, all before it first.
        """
        with self._lock, self._explaining():
            if self.sql.conn.in_transaction:
                with self.sql.atomic():
                    self._check_epoch(epoch)
                    yield self.sql
                return
            if not waits_for_disk:  # SQLite takes the setting outside of a transaction only
                self.sql.conn.execute("PRAGMA synchronous = NORMAL")
            try:
                self.sql.conn.execute("BEGIN IMMEDIATE")
                try:
                    self._check_epoch(epoch)
                    yield self.sql
                    self.sql.conn.execute("COMMIT")
                except BaseException:  # also Ctrl-C: half a transaction is none
                    self.sql.rollback()
                    raise
            finally:
                if not waits_for_disk:
                    self.sql.conn.execute("PRAGMA synchronous = FULL")

    def sync(self) -> None:
        """Bring to the disk what did not wait for it, also that of other processes: one log holds all of it."""
        sync_log(self.path)

    def check_epoch(self, epoch: int) -> None:
        """Raise EpochMoved when another process moved on; call inside `reading`."""
        with self._explaining():
            self._check_epoch(epoch)

    def epoch(self) -> int | None:
        """The epoch that the rows are under; None for a database nothing was written to."""
        value = self.meta("epoch")
        if value is not None and type(value) is not int:
            raise damaged(self.path)
        return value

    def meta(self, key: str) -> Any:
        """One value of the table `meta`, or None."""
        rows = self.query("SELECT value FROM meta WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def set_meta(self, key: str, value: int | bytes) -> None:
        """Set one value of the table `meta`; call inside `writing`."""
        self.sql.conn.execute(
            "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            (key, value),
        )

    def query(self, sql: str, parameters: Sequence[object] = (), types: tuple[type, ...] = ()) -> list[tuple[Any, ...]]:
        """All rows. With `types`, one per column, a value of another type raises RecordTampered.

        STRICT tables hold no other types, but a flipped bit in a page can make one.
        """
        with self._lock, self._explaining():
            rows: list[tuple[Any, ...]] = self.sql.conn.execute(sql, parameters).fetchall()
        if types and any(tuple(map(type, row)) != types for row in rows):
            raise damaged(self.path)
        return rows

    def checkpoint(self) -> tuple[int, int, int]:
        """`PRAGMA wal_checkpoint(TRUNCATE)`; (0, 0, 0) means that the log is empty and its file is cut to nothing."""
        with self._lock, self._explaining():
            busy, log, done = self.sql.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return int(busy), int(log), int(done)

    def check_integrity(self) -> None:
        """Ask SQLite to look at every page. Raises RecordTampered."""
        if self.query("PRAGMA integrity_check(1)") != [("ok",)] or self.query("PRAGMA foreign_key_check"):
            raise damaged(self.path)

    def size_bytes(self) -> int:
        """Bytes on disk: the database and the files beside it."""
        total = 0
        for suffix in SIDE_FILES:
            try:
                total += os.stat(f"{self.path}{suffix}").st_size
            except FileNotFoundError:
                continue
        return total

    # ------------------------------------------------------------ opening

    def _recognise(self) -> None:
        """Refuse a database of another program or of a later version, before a single pragma changes it."""
        application = self.sql.conn.execute("PRAGMA application_id").fetchone()[0]
        tables = self.sql.conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application != APPLICATION_ID and (application or tables):
            raise VaultError(
                f"{self.path} is a database of another program",
                hint="move it away, or choose another directory with --home",
            )
        if self._schema_version() > SCHEMA_VERSION:
            raise VaultError(
                f"{self.path} was written by a newer version of this program",
                hint="update privacy-assistant",
            )

    def _set_pragmas(self) -> None:
        deadline = time.monotonic() + self._busy_s
        for name, value, expected in _PRAGMAS:
            while True:
                try:
                    self.sql.conn.execute(f"PRAGMA {name} = {value}")
                    break
                except sqlite3.OperationalError as error:
                    # Two processes that create the file at once: SQLite does not wait for the switch to WAL.
                    if _primary(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                        raise
                    time.sleep(0.02)
            self._demand(name, expected)

    def _demand(self, name: str, expected: object) -> None:
        row = self.sql.conn.execute(f"PRAGMA {name}").fetchone()
        # A build without memory mapping answers `mmap_size` with no row, which is the 0 that is asked for.
        if (row[0] if row else 0) != expected:
            raise VaultError(
                f"this build of SQLite does not keep the setting '{name}' of {self.path}",
                hint="use a Python whose sqlite3 is 3.37 or later, on a local disk",
            )

    def _migrate(self) -> None:
        if self._schema_version() == SCHEMA_VERSION:
            return
        self.sql.conn.execute("BEGIN IMMEDIATE")
        try:
            if self._schema_version() < SCHEMA_VERSION:  # else another process was quicker
                _migrations.apply(self.sql)
                # When the vault was made is nobody's business: no exact time stands in clear.
                self.sql.execute("UPDATE _sqlite_migrations SET applied_at = ''")
                self.sql.conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                self.sql.conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            self.sql.conn.execute("COMMIT")
        except BaseException:
            self.sql.rollback()
            raise

    def _schema_version(self) -> int:
        return int(self.sql.conn.execute("PRAGMA user_version").fetchone()[0])

    def _check_epoch(self, epoch: int | None) -> None:
        if epoch is None:
            return
        found = self.epoch()
        if found is not None and found != epoch:
            raise EpochMoved(
                "the history was re-keyed by another process",
                hint="re-read the keys: start this command again",
            )

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise explain(error, self.path) from None
        except UnicodeDecodeError:
            # A word of the schema that is no text any more: the module raises this one while it makes its own error.
            raise damaged(self.path) from None


def damaged(path: Path) -> RecordTampered:
    """The error for a database whose pages or rows are not what was written."""
    return RecordTampered(
        f"{path} is damaged, was changed, or is not a history database",
        hint="restore it and the key store from one backup, or move it away; it was left as it is",
    )


def explain(error: sqlite3.Error, path: Path) -> VaultError:
    """One line and a remedy for a SQLite error. `path` names the file; nothing of its content is told."""
    code = _primary(error)
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return VaultError(
            f"{path} is in use by another process that is writing",
            hint="wait for it to end, or close the other privacy-assistant, and try again",
        )
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_CANTOPEN):
        return VaultError(
            f"{path} cannot be opened for writing; nothing was changed",
            hint="check the permissions of the file and its directory, and that the disk is not mounted read-only",
        )
    if code == sqlite3.SQLITE_FULL:
        return VaultError(f"the disk with {path} is full; nothing was lost", hint="free some space and try again")
    if code == sqlite3.SQLITE_IOERR:
        return VaultError(
            f"reading or writing {path} failed; nothing was half written",
            hint="check the disk: space, cable, file-system errors",
        )
    if code == sqlite3.SQLITE_NOMEM:
        return VaultError("SQLite ran out of memory", hint="close other programs and try again")
    if isinstance(error, sqlite3.ProgrammingError):
        return VaultError("the history is closed", hint="open it again")
    # NOTADB, CORRUPT, FORMAT, a schema that no longer parses, text that is not UTF-8, a constraint that cannot fail.
    return damaged(path)


def _primary(error: sqlite3.Error) -> int:
    # The low byte of an extended result code; errors that the Python module raises itself have none.
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
