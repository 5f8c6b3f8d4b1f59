"""Tests of the database file: what is demanded when it opens, and what a person is told when it does not."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from privacy_assistant.errors import RecordTampered, VaultError
from privacy_assistant.vault.database import APPLICATION_ID, Database, EpochMoved


def write_value(database: Database, key: str, value: int | bytes) -> None:
    """One small write of no epoch."""
    with database.writing(None):
        database.set_meta(key, value)


def write_two(database: Database, *pairs: tuple[str, int | bytes]) -> None:
    """Several small writes in one transaction."""
    with database.writing(None):
        for key, value in pairs:
            database.set_meta(key, value)


def fail_in_a_block(database: Database, key: str, *, inner: str = "") -> None:
    """Write, perhaps in a nested block too, and fail."""
    with database.writing(None):
        database.set_meta(key, 1)
        if inner:
            write_value(database, inner, 1)
        raise ZeroDivisionError


def foreign_database(path: Path, script: str) -> bytes:
    """A database that this program did not make; its bytes."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    connection.executescript(script)
    connection.close()
    return path.read_bytes()


def assert_one_line(error: VaultError) -> None:
    """What is shown to a person: one line, and what to do."""
    assert error.hint
    assert "\n" not in f"{error.message}{error.hint}"


def test_every_pragma_is_as_it_was_asked_for(tmp_path: Path) -> None:
    """The settings that keep plaintext, old pages and foreign schemas away hold on the open connection."""
    with Database(tmp_path / "data" / "history.db") as database:
        found = {
            name: database.query(f"PRAGMA {name}")[0][0]
            for name in (
                "journal_mode",
                "secure_delete",
                "temp_store",
                "foreign_keys",
                "trusted_schema",
                "cell_size_check",
                "mmap_size",
                "auto_vacuum",
                "synchronous",
            )
        }
    assert found == {
        "journal_mode": "wal",
        "secure_delete": 1,
        "temp_store": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "mmap_size": 0,
        "auto_vacuum": 2,
        "synchronous": 2,
    }


def test_a_setting_that_does_not_hold_refuses_the_database(tmp_path: Path) -> None:
    """A file that was made without incremental vacuum cannot be given it, so it is not opened."""
    path = tmp_path / "data" / "history.db"
    foreign_database(path, f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version=1; CREATE TABLE meta (key)")
    with pytest.raises(VaultError, match="auto_vacuum") as caught:
        Database(path)
    assert_one_line(caught.value)


def test_nobody_else_can_read_the_files(tmp_path: Path) -> None:
    """The directory is 0700 and every file in it 0600, also when they were looser before."""
    path = tmp_path / "data" / "history.db"
    old_mask = os.umask(0)
    try:
        with Database(path) as database:
            write_value(database, "x", 1)
            path.chmod(0o644)
            path.parent.chmod(0o755)
            with Database(path) as again:
                write_value(again, "x", 2)
                modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
        assert modes == {"history.db": 0o600, "history.db-wal": 0o600, "history.db-shm": 0o600}
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    finally:
        os.umask(old_mask)


@pytest.mark.parametrize("suffix", ["", "-wal", "-journal"])
def test_a_symbolic_link_is_refused(tmp_path: Path, suffix: str) -> None:
    """A link in the place of a file would have us write into somebody else's."""
    path = tmp_path / "data" / "history.db"
    path.parent.mkdir(mode=0o700)
    target = tmp_path / "target"
    target.write_bytes(b"untouched")
    Path(f"{path}{suffix}").symlink_to(target)
    with pytest.raises(VaultError, match="symbolic link") as caught:
        Database(path)
    assert_one_line(caught.value)
    assert target.read_bytes() == b"untouched"


def test_a_linked_directory_is_refused(tmp_path: Path) -> None:
    """The directory itself must not be a link either."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(VaultError, match="symbolic link"):
        Database(tmp_path / "data" / "history.db")


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("what", ["file", "directory"])
def test_files_of_another_user_are_refused(tmp_path: Path, what: str) -> None:
    """What belongs to somebody else may be read by them."""
    path = tmp_path / "data" / "history.db"
    Database(path).close()
    os.chown(path if what == "file" else path.parent, 12345, 12345)
    with pytest.raises(VaultError, match="another user"):
        Database(path)


def test_a_directory_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    """A folder named like the database is told as such."""
    (tmp_path / "data" / "history.db").mkdir(parents=True)
    with pytest.raises(VaultError, match="not a regular file"):
        Database(tmp_path / "data" / "history.db")


def test_a_file_in_the_place_of_the_directory_is_one_line(tmp_path: Path) -> None:
    """A home that cannot hold a directory gives an error with a remedy."""
    (tmp_path / "data").write_text("x")
    with pytest.raises(VaultError) as caught:
        Database(tmp_path / "data" / "history.db")
    assert_one_line(caught.value)


@pytest.mark.parametrize("prefix", [b"", b"SQLite format 3\0"])
def test_random_bytes_as_database_are_one_line_and_stay(tmp_path: Path, prefix: bytes) -> None:
    """200 kB of rubbish give one line with a remedy, and are left as they are."""
    path = tmp_path / "data" / "history.db"
    path.parent.mkdir(mode=0o700)
    rubbish = prefix + os.urandom(200_000)
    path.write_bytes(rubbish)
    with pytest.raises(RecordTampered) as caught:
        Database(path)
    assert_one_line(caught.value)
    assert path.read_bytes() == rubbish


def test_the_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """A valid SQLite file that is not ours is refused before a pragma changes it."""
    path = tmp_path / "data" / "history.db"
    before = foreign_database(path, "CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('x')")
    with pytest.raises(VaultError, match="another program") as caught:
        Database(path)
    assert_one_line(caught.value)
    assert path.read_bytes() == before


def test_a_later_version_is_not_opened(tmp_path: Path) -> None:
    """A schema from the future is not understood, so it is not touched."""
    path = tmp_path / "data" / "history.db"
    Database(path).close()
    foreign_database(path, "PRAGMA user_version = 99")
    with pytest.raises(VaultError, match="newer version"):
        Database(path)


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    """What a crash right after the first creation leaves is made whole."""
    path = tmp_path / "data" / "history.db"
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    with Database(path) as database:
        write_value(database, "x", 1)
        assert database.query("PRAGMA auto_vacuum") == [(2,)]


def test_no_time_stands_in_clear(tmp_path: Path) -> None:
    """Not even the moment the tables were made."""
    with Database(tmp_path / "data" / "history.db") as database:
        assert database.query("SELECT DISTINCT applied_at FROM _sqlite_migrations") == [("",)]


def test_every_table_is_strict_and_every_foreign_key_has_an_index(tmp_path: Path) -> None:
    """STRICT refuses a wrong type; without the indexes a purge scans all messages for each conversation."""
    with Database(tmp_path / "data" / "history.db") as database:
        tables = dict(database.query("SELECT name, strict FROM pragma_table_list()"))
        for table in ("meta", "conversation", "message", "attachment", "sealed", "ledger"):
            assert tables[table] == 1, table
        for table in ("message", "attachment"):
            plan = database.query(f"EXPLAIN QUERY PLAN SELECT 1 FROM {table} WHERE conversation_id = ''")
            assert "USING" in plan[0][3]
            assert "INDEX" in plan[0][3]


def test_a_second_writer_waits_and_then_is_told(tmp_path: Path) -> None:
    """Somebody else's long transaction ends in one line, and what was there before is there after."""
    path = tmp_path / "data" / "history.db"
    with Database(path) as first, Database(path, busy_s=0.05) as second:
        write_value(first, "x", 1)
        with first.writing(None):
            with pytest.raises(VaultError, match="in use") as caught, second.writing(None):
                pass
            assert_one_line(caught.value)
        write_value(second, "x", 2)
        assert first.meta("x") == 2


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    """A write that finds no room is rolled back whole; everything older can be read."""
    with Database(tmp_path / "data" / "history.db") as database:
        write_value(database, "kept", 1)
        pages = database.query("PRAGMA page_count")[0][0]
        database.query(f"PRAGMA max_page_count = {pages + 1}")
        with pytest.raises(VaultError, match="full") as caught:
            write_two(database, ("small", 1), ("large", bytes(100_000)))
        assert_one_line(caught.value)
        assert (database.meta("kept"), database.meta("small")) == (1, None)


def test_a_read_only_database_is_one_line(tmp_path: Path) -> None:
    """A write that SQLite may not do names the file and what to check."""
    with Database(tmp_path / "data" / "history.db") as database:
        database.query("PRAGMA query_only = ON")
        with pytest.raises(VaultError, match="cannot be opened for writing") as caught:
            write_value(database, "x", 1)
        assert_one_line(caught.value)


def test_a_closed_database_says_so(tmp_path: Path) -> None:
    """Using it after `close` is an error of ours with our words."""
    database = Database(tmp_path / "data" / "history.db")
    database.close()
    with pytest.raises(VaultError, match="closed"):
        database.meta("x")


def test_another_epoch_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """A process with the keys of yesterday must not write rows that nobody can open."""
    with Database(tmp_path / "data" / "history.db") as database:
        write_value(database, "epoch", 2)
        with pytest.raises(EpochMoved, match="re-keyed") as caught, database.writing(1):
            database.set_meta("x", 1)
        assert "re-read the keys" in caught.value.hint
        assert database.meta("x") is None
        with database.writing(2):
            database.set_meta("x", 1)
        assert database.meta("x") == 1


def test_a_block_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """All of a transaction or none of it, nested ones included."""
    with Database(tmp_path / "data" / "history.db") as database:
        with pytest.raises(ZeroDivisionError):
            fail_in_a_block(database, "outer", inner="inner")
        assert (database.meta("outer"), database.meta("inner")) == (None, None)
        with database.writing(None):
            database.set_meta("outer", 1)
            with pytest.raises(ZeroDivisionError):
                fail_in_a_block(database, "inner")
        assert (database.meta("outer"), database.meta("inner")) == (1, None)


def test_a_reader_sees_one_state(tmp_path: Path) -> None:
    """Within one reading block nothing changes, whatever another process writes."""
    path = tmp_path / "data" / "history.db"
    with Database(path) as first, Database(path) as second:
        write_value(first, "x", 1)
        with first.reading():
            assert first.meta("x") == 1
            write_value(second, "x", 2)
            assert first.meta("x") == 1
        assert first.meta("x") == 2


def test_a_value_of_a_wrong_type_is_damage(tmp_path: Path) -> None:
    """A flipped bit in a row's header can make a number of a blob: never hand that on."""
    with Database(tmp_path / "data" / "history.db") as database:
        write_value(database, "epoch", b"not a number")
        with pytest.raises(RecordTampered):
            database.epoch()
        with pytest.raises(RecordTampered):
            database.query("SELECT value FROM meta", (), (int,))
        assert database.query("SELECT value FROM meta", (), (bytes,)) == [(b"not a number",)]


def test_several_that_create_the_same_file_all_get_it(tmp_path: Path) -> None:
    """Two processes at their first start: nobody fails, nothing is written twice, no write is lost."""
    path = tmp_path / "data" / "history.db"
    errors: list[BaseException] = []
    gate = threading.Barrier(6)

    def create(number: int) -> None:
        try:
            gate.wait()
            with Database(path, busy_s=20) as database:
                for turn in range(10):
                    write_value(database, f"{number}.{turn}", turn)
        except BaseException as error:  # noqa: BLE001 - a thread would swallow it
            errors.append(error)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with Database(path) as database:
        assert database.query("SELECT count(*) FROM meta") == [(60,)]
        assert database.query("PRAGMA auto_vacuum") == [(2,)]
        database.check_integrity()


def test_an_open_reader_keeps_the_log_and_its_end_lets_it_go(tmp_path: Path) -> None:
    """(0, 0, 0) means that the log is empty: with a reader in the way it is not."""
    path = tmp_path / "data" / "history.db"
    with Database(path, busy_s=0.05) as writer, Database(path) as reader:
        write_value(writer, "x", 1)
        with reader.reading():
            assert reader.meta("x") == 1
            write_value(writer, "x", 2)
            assert writer.checkpoint()[0] == 1
        assert writer.checkpoint() == (0, 0, 0)
        assert Path(f"{path}-wal").stat().st_size == 0
        assert writer.size_bytes() >= path.stat().st_size
