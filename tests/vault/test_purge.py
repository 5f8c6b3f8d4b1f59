"""A purged word is in no byte, a purged key in no file, and what is kept is what it was."""

from __future__ import annotations

import base64
import json
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.errors import PurgePending, RecordTampered, VaultError, VaultLocked
from privacy_assistant.ports import LedgerLine
from privacy_assistant.vault import traces
from privacy_assistant.vault.database import SIDE_FILES
from privacy_assistant.vault.factors import PassphraseSource
from privacy_assistant.vault.keys import describe, open_keys
from privacy_assistant.vault.purge import Predicate, Receipt, Surroundings, panic, purge, rehearse, resume
from tests.vault.key_fixtures import reopen_keys
from tests.vault.vault_fixtures import NOON, OpenedVault, database_of, fill, keyring_of, opened

CANARY = "Zwölf-Ölkännchen-7391-\U0001f9ed"
ALL = Predicate(conversations=None)


def encodings(word: str) -> set[bytes]:
    """The word as a careless program might write it."""
    shapes: set[bytes] = set()
    for text in (word, word.lower(), word.upper(), word.casefold()):
        for plain in (text.encode(), text.encode("utf-16-le"), text.encode("utf-16-be"), text.encode("utf-32-le")):
            shapes.add(plain)
            shapes.add(plain.hex().encode())
            # Base64 of a word inside a longer text depends on where in a group of three bytes it begins.
            for offset in range(3):
                shapes.add(base64.b64encode(b"x" * offset + plain)[4:-4])
        shapes.add(json.dumps(text).encode()[1:-1])
        shapes.add(json.dumps(text, ensure_ascii=False).encode()[1:-1])
        shapes.add(ascii(text).encode()[1:-1])
        shapes.add(text.encode("ascii", "ignore")[:12])
    return shapes


def bytes_below(*roots: Path) -> dict[Path, bytes]:
    """Every file, read raw."""
    return {path: path.read_bytes() for root in roots for path in sorted(root.rglob("*")) if path.is_file()}


def holding(files: dict[Path, bytes], needles: set[bytes]) -> list[str]:
    """Names of the files that hold one of the needles."""
    return [path.name for path, data in files.items() if any(needle in data for needle in needles)]


def blobs(vault: OpenedVault, *conversations: str) -> set[bytes]:
    """Ciphertexts and wrapped keys of conversations as the rows hold them: whole, from the middle, and the end."""
    found: list[bytes] = []
    for conversation in conversations:
        for sql in (
            "SELECT wrapped_dek FROM conversation WHERE id = ?",
            "SELECT head FROM conversation WHERE id = ?",
            "SELECT body FROM message WHERE conversation_id = ?",
            "SELECT body FROM attachment WHERE conversation_id = ?",
        ):
            found += [row[0] for row in vault.database.query(sql, (conversation,))]
    return {part for blob in found for part in (blob[:24], blob[len(blob) // 2 :][:24], blob[-24:])}


def texts(vault: OpenedVault, conversation: str) -> list[str]:
    return [stored.message.text for stored in vault.history.messages(conversation)]


def a_line(vault: OpenedVault) -> int:
    return vault.ledger.append(
        LedgerLine(NOON, "api.example", "cloud", "cloud-ok", "00", {"PERSON": 1}, 12, payload_mac="00")
    )


# ------------------------------------------------------------------ P1, P2, P3


def test_a_purged_word_is_in_no_byte_and_was_in_none_before(tmp_path: Path) -> None:
    """P1: a canary in text, title, legend and drawer, in every encoding a file could hold it."""
    home = tmp_path / "home"
    needles = encodings(CANARY)
    with opened(home) as vault:
        conversation = fill(vault, [f"{CANARY} as title", f"and {CANARY.upper()} answered"] * 30)
        vault.history.attach(conversation, "legend", {"«PERSON-1»": CANARY})
        vault.drawer.put("note", {"text": CANARY})
        assert holding(bytes_below(tmp_path), needles) == []
        receipt = purge(vault.database, vault.keys, Predicate.everything())
        assert holding(bytes_below(tmp_path), needles) == []
        assert receipt.removed == {
            "conversations": 1, "messages": 60, "attachments": 1, "items": 1, "ledger_lines": 0,
        }  # fmt: skip
        assert vault.history.conversations() == []
        assert vault.drawer.items("note") == []
    assert holding(bytes_below(tmp_path), needles) == []


def test_the_search_for_canaries_would_find_them(tmp_path: Path) -> None:
    """The oracle of P1 itself: plain text in a file, in each encoding, is found."""
    for shape in encodings(CANARY):
        (tmp_path / "leak").write_bytes(b"before" + shape + b"after")
        assert holding(bytes_below(tmp_path), encodings(CANARY)) == ["leak"]


def test_no_ciphertext_and_no_wrapped_key_of_what_was_purged_is_left(tmp_path: Path) -> None:
    """P2: in the database, its log, its index, the key store or anywhere else; and the rest reads as before."""
    home = tmp_path / "home"
    with opened(home) as vault:
        gone = [fill(vault, [f"question {n} " * 60, "answer " * 90]) for n in range(12)]
        kept = fill(vault, ["this stays", "and this"])
        needles = blobs(vault, *gone)
        assert holding(bytes_below(home), needles)
        receipt = purge(vault.database, vault.keys, Predicate(conversations=tuple(gone)))
        assert holding(bytes_below(home), needles) == []
        assert receipt.physical == "done"
        assert receipt.found == ()
        assert receipt.searched_for > 24
        assert texts(vault, kept) == ["this stays", "and this"]
        vault.history.check()
    assert holding(bytes_below(home), needles) == []
    with opened(home) as vault:
        assert [conversation.id for conversation in vault.history.conversations()] == [kept]


def test_a_copy_of_the_database_from_before_opens_with_no_key_of_today(tmp_path: Path) -> None:
    """P3: every key that today's key store holds is tried on every wrapped key of the snapshot."""
    home = tmp_path / "home"
    with opened(home) as vault:
        for n in range(20):
            fill(vault, [f"text {n}"])
        kept = fill(vault, ["kept"])
        with closing(sqlite3.connect(database_of(home))) as source, closing(sqlite3.connect(tmp_path / "copy")) as copy:
            source.backup(copy)
        purge(vault.database, vault.keys, Predicate(conversations=None, keep_pinned=True))
        assert kept not in [conversation.id for conversation in vault.history.conversations()]
    keys = reopen_keys(home, keyring=keyring_of(home))
    with closing(sqlite3.connect(tmp_path / "copy")) as copy:
        rows = copy.execute("SELECT id, epoch, wrapped_dek FROM conversation").fetchall()
    assert len(rows) == 21
    unwrapped = 0
    for conversation, epoch, wrapped in rows:
        for tried in (epoch, keys.epoch):
            try:
                keys.unwrap(wrapped, conversation, tried)
                unwrapped += 1
            except RecordTampered:
                continue
    assert unwrapped == 0


def test_a_key_store_from_before_opens_nothing_once_the_keyring_has_a_new_secret(tmp_path: Path) -> None:
    """The copy of both files is worth nothing without the secret that the purge replaced."""
    home = tmp_path / "home"
    with opened(home) as vault:
        fill(vault, ["text"])
        old = (home / "keys").read_bytes()
        purge(vault.database, vault.keys, ALL)
    (home / "keys").write_bytes(old)
    with pytest.raises(VaultLocked):
        reopen_keys(home, keyring=keyring_of(home))


# ------------------------------------------------------------------ P5


def test_an_open_reader_makes_the_purge_pending_and_its_end_lets_it_finish(tmp_path: Path) -> None:
    """P5: nobody is answered from what was removed, the key lives until the reader ends, then all of it goes."""
    home = tmp_path / "home"
    with opened(home) as vault:
        gone = fill(vault, ["to be removed " * 50] * 6)
        kept = fill(vault, ["to be kept"])
        needles = blobs(vault, gone)
        with closing(sqlite3.connect(database_of(home))) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM message").fetchone()
            receipt = purge(vault.database, vault.keys, Predicate(conversations=(gone,)), wait_s=0.05)
            assert receipt.is_pending
            assert "pending" in receipt.lines()[1]
            assert receipt.as_json()["physical"] == "pending"
            assert [conversation.id for conversation in vault.history.conversations()] == [kept]
            assert vault.keys.is_purge_pending
            fill(vault, ["written while the purge waits"])
            with pytest.raises(PurgePending):
                purge(vault.database, vault.keys, ALL, wait_s=0.05)
            again = resume(vault.database, vault.keys, wait_s=0.05)
            assert again is not None
            assert again.is_pending
            reader.rollback()
        done = resume(vault.database, vault.keys)
        assert done is not None
        assert done.physical == "done"
        assert done.is_resumed
        assert done.removed["messages"] == 6
        assert vault.keys.next_epoch is None
        assert vault.keys.epoch == 2
        assert holding(bytes_below(home), needles) == []
        assert len(vault.history.conversations()) == 2
        assert resume(vault.database, vault.keys) is None


def test_a_reader_that_ends_in_time_is_waited_for(tmp_path: Path) -> None:
    """`--wait`: the purge ends as done, not as pending."""
    home = tmp_path / "home"
    with opened(home) as vault:
        fill(vault, ["text"])
        reader = sqlite3.connect(database_of(home), check_same_thread=False)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM message").fetchone()

        def end_later() -> None:
            time.sleep(0.3)
            reader.close()

        ending = threading.Thread(target=end_later)
        ending.start()
        receipt = purge(vault.database, vault.keys, ALL, wait_s=30)
        ending.join()
        assert receipt.physical == "done"


# ------------------------------------------------------------------ what is chosen


def _pinned_and_old(vault: OpenedVault) -> tuple[str, str, str]:
    old = fill(vault, ["old"], at=NOON - timedelta(days=40))
    pinned = fill(vault, ["old and pinned"], at=NOON - timedelta(days=40))
    vault.history.pin(pinned, True)
    return old, pinned, fill(vault, ["new"])


@pytest.mark.parametrize(
    ("make", "left"),
    [
        (lambda ids: Predicate(conversations=None), ()),
        (lambda ids: Predicate(conversations=None, keep_pinned=True), (1,)),
        (lambda ids: Predicate(older_than=NOON - timedelta(days=30)), (2,)),
        (lambda ids: Predicate(older_than=NOON - timedelta(days=30), keep_pinned=True), (1, 2)),
        (lambda ids: Predicate(older_than=NOON), (2,)),
        (lambda ids: Predicate(conversations=(ids[2], "ab" * 16)), (0, 1)),
        (lambda ids: Predicate(conversations=(ids[1],), keep_pinned=True), (0, 1, 2)),
        (lambda ids: Predicate(), (0, 1, 2)),
    ],
)
def test_a_predicate_takes_what_it_names_and_nothing_else(
    tmp_path: Path, make: Callable[[tuple[str, ...]], Predicate], left: tuple[int, ...]
) -> None:
    """All, pinned kept, by age, by id, and none (a rotation); the rehearsal counts the same and changes nothing."""
    with opened(tmp_path / "home") as vault:
        ids = _pinned_and_old(vault)
        predicate = make(ids)
        assert Predicate.from_json(json.loads(json.dumps(predicate.as_json()))) == predicate
        rehearsed = rehearse(vault.database, vault.keys, predicate)
        assert len(vault.history.conversations()) == 3
        assert rehearsed.lines()[0].startswith("would remove")
        receipt = purge(vault.database, vault.keys, predicate)
        assert receipt.removed == rehearsed.removed
        assert receipt.removed["conversations"] == 3 - len(left)
        assert {conversation.id for conversation in vault.history.conversations()} == {ids[n] for n in left}
        assert vault.keys.epoch == 2
        vault.history.check()


def test_a_purge_of_conversations_keeps_notes_tokens_and_a_ledger_that_verifies(tmp_path: Path) -> None:
    """`--all` is about conversations; everything else moves to the new keys."""
    with opened(tmp_path / "home") as vault:
        fill(vault, ["text"])
        vault.drawer.put("note", {"text": "stays"})
        a_line(vault)
        receipt = purge(vault.database, vault.keys, ALL)
        assert (receipt.removed["items"], receipt.removed["ledger_lines"]) == (0, 0)
        assert [payload for _, payload in vault.drawer.items("note")] == [{"text": "stays"}]
        assert vault.ledger.verify() == 1
        assert a_line(vault) == 2
        assert vault.ledger.verify() == 2


def test_everything_takes_notes_tokens_and_ledger_and_the_next_line_verifies(tmp_path: Path) -> None:
    """A ledger that was emptied goes on from its sealed checkpoint."""
    with opened(tmp_path / "home") as vault:
        fill(vault, ["text"])
        vault.drawer.put("note", {"text": "goes"})
        a_line(vault)
        receipt = purge(vault.database, vault.keys, Predicate.everything())
        assert (receipt.removed["items"], receipt.removed["ledger_lines"]) == (1, 1)
        assert vault.drawer.items("note") == []
        assert vault.ledger.verify() == 0
        assert a_line(vault) == 2
        assert vault.ledger.verify() == 1
    with opened(tmp_path / "home") as vault:
        assert vault.ledger.verify() == 1


def test_several_purges_in_a_row_each_leave_one_key(tmp_path: Path) -> None:
    """Epochs count up; only the newest secret is in the keyring."""
    home = tmp_path / "home"
    with opened(home) as vault:
        kept = fill(vault, ["kept"])
        vault.history.pin(kept, True)
        for _ in range(3):
            fill(vault, ["goes"])
            purge(vault.database, vault.keys, Predicate(conversations=None, keep_pinned=True))
        assert vault.keys.epoch == 4
        assert texts(vault, kept) == ["kept"]
        assert keyring_of(home).accounts() == [f"{vault.keys.id}/3"]


def test_an_empty_history_can_be_purged(tmp_path: Path) -> None:
    """Nothing there: nothing removed, the keys moved all the same."""
    with opened(tmp_path / "home") as vault:
        receipt = purge(vault.database, vault.keys, ALL)
        assert sum(receipt.removed.values()) == 0
        assert "removed: nothing" in receipt.lines()
        fill(vault, ["first words"])
    with opened(tmp_path / "home") as vault:
        assert len(vault.history.conversations()) == 1


def test_compacting_makes_the_file_small_and_changes_no_word(tmp_path: Path) -> None:
    """`--compact` rewrites the file; without it free pages are given back too."""
    home = tmp_path / "home"
    with opened(home) as vault:
        gone = [fill(vault, ["long " * 400] * 4) for _ in range(20)]
        kept = fill(vault, ["kept"])
        vault.database.checkpoint()
        before = database_of(home).stat().st_size
        purge(vault.database, vault.keys, Predicate(conversations=tuple(gone)), is_compacted=True)
        assert database_of(home).stat().st_size < before // 3
        assert texts(vault, kept) == ["kept"]


# ------------------------------------------------------------------ what stands around


def test_temporary_files_go_and_links_are_not_followed(tmp_path: Path) -> None:
    """Temporary audio and caches are emptied; what a link points to is left alone."""
    swept, outside = tmp_path / "tmp", tmp_path / "outside"
    (swept / "deep").mkdir(parents=True)
    outside.mkdir()
    (outside / "mine").write_bytes(b"mine")
    (swept / "a.wav").write_bytes(b"RIFF")
    (swept / "deep" / "b.wav").write_bytes(b"RIFF")
    (swept / "link").symlink_to(outside)
    with opened(tmp_path / "home") as vault:
        purge(vault.database, vault.keys, ALL, surroundings=Surroundings(sweep=(swept, tmp_path / "none")))
    assert list(swept.iterdir()) == []
    assert (outside / "mine").read_bytes() == b"mine"


def test_a_copy_of_a_deleted_ciphertext_elsewhere_is_reported(tmp_path: Path) -> None:
    """The self-check reads every file it was given, and says where something is left."""
    home = tmp_path / "home"
    with opened(home) as vault:
        conversation = fill(vault, ["text " * 100])
        body = vault.database.query("SELECT body FROM message WHERE conversation_id = ?", (conversation,))[0][0]
        (home / "stray.bin").write_bytes(b"\0" * 1000 + body + b"\0")
        receipt = purge(vault.database, vault.keys, ALL)
    assert receipt.found == (str(home / "stray.bin"),)
    assert any("stray.bin" in line for line in receipt.lines())
    assert receipt.as_json()["self_check"]["found_in"] == [str(home / "stray.bin")]


@settings(max_examples=40, deadline=None)
@given(before=st.integers(0, 40), record=st.binary(min_size=8, max_size=300), start=st.integers(0, 60))
def test_a_remnant_is_found_wherever_it_lies(
    tmp_path_factory: pytest.TempPathFactory, before: int, record: bytes, start: int
) -> None:
    """Any part of a record that holds a whole fragment is found, at any offset of the file."""
    path = tmp_path_factory.mktemp("t") / "file"
    record = b"\1" + record
    path.write_bytes(b"\xff" * before + record[start:] + b"\xff")
    wanted = set(traces.fragments(record))
    expected = sum(fragment in path.read_bytes() for fragment in wanted)
    assert traces.search([path], wanted).get(path, 0) == expected
    if start == 0:
        assert expected >= 1


def test_a_remnant_across_two_blocks_of_reading_is_found(tmp_path: Path) -> None:
    """Large files are read in pieces, and nothing hides at the seam."""
    needle = b"\1abcdefg"
    for offset in (4 * 1024 * 1024 - 7, 4 * 1024 * 1024 - 1, 4 * 1024 * 1024):
        (tmp_path / "large").write_bytes(b"\0" * offset + needle + b"\0" * 10)
        assert traces.search(traces.files_below([tmp_path]), {needle}) == {tmp_path / "large": 1}


def test_the_search_reads_every_file_once_and_follows_no_link(tmp_path: Path) -> None:
    """A link could lead out of the home, or around in a circle."""
    (tmp_path / "home" / "deep").mkdir(parents=True)
    (tmp_path / "home" / "deep" / "file").write_bytes(b"x")
    (tmp_path / "outside").write_bytes(b"x")
    (tmp_path / "home" / "link").symlink_to(tmp_path / "outside")
    (tmp_path / "home" / "circle").symlink_to(tmp_path / "home")
    (tmp_path / "root").symlink_to(tmp_path / "home")
    deep = tmp_path / "home" / "deep"
    roots = [tmp_path / "home", deep, deep / "file", tmp_path / "root", tmp_path / "none"]
    assert traces.files_below(roots) == [deep / "file"]


def test_the_receipt_says_what_it_does_not_cover(tmp_path: Path) -> None:
    """Copies, flash drives, the cloud; and without a keyring, how little an overwritten file is worth."""
    with opened(tmp_path / "home") as vault:
        receipt = purge(vault.database, vault.keys, ALL)
    said = " ".join(receipt.not_covered)
    assert "copies" in said
    assert "flash" in said
    assert "cloud" in said
    assert "without a keyring" not in said
    assert not Receipt({}, "done", "done", 2).is_pending


# ------------------------------------------------------------------ damage, other processes, panic


def test_a_missing_row_stops_a_purge_of_some_and_nothing_is_removed(tmp_path: Path) -> None:
    """Otherwise a row taken out from outside would pass unnoticed for ever; all the rest still can be purged."""
    home = tmp_path / "home"
    with opened(home) as vault:
        gone, kept, taken = (fill(vault, [name]) for name in ("a", "b", "c"))
        vault.database.sql.conn.execute("DELETE FROM conversation WHERE id = ?", (taken,))
        with pytest.raises(VaultError, match="transaction"):
            purge(vault.database, vault.keys, ALL)
        vault.database.sql.conn.commit()
        with pytest.raises(RecordTampered):
            purge(vault.database, vault.keys, Predicate(conversations=(gone,)))
        assert vault.keys.pending is None
        assert vault.database.query("SELECT count(*) FROM conversation") == [(2,)]
        assert texts(vault, kept) == ["b"]
        purge(vault.database, vault.keys, ALL)
        assert vault.history.conversations() == []
    with opened(home) as vault:
        fill(vault, ["afterwards"])


def test_a_roster_that_does_not_open_stops_a_purge_of_some_and_not_of_all(tmp_path: Path) -> None:
    """A damaged history can still be removed, and a new one begun; what is in the drawer stays."""
    home = tmp_path / "home"
    with opened(home) as vault:
        gone = fill(vault, ["text"])
        vault.drawer.put("note", {"text": "stays"})
        vault.database.sql.conn.execute("UPDATE meta SET value = x'0102' WHERE key = 'roster'")
        vault.database.sql.conn.commit()
        with pytest.raises(RecordTampered):
            purge(vault.database, vault.keys, Predicate(conversations=(gone,)))
        assert purge(vault.database, vault.keys, ALL).physical == "done"
        assert [payload for _, payload in vault.drawer.items("note")] == [{"text": "stays"}]
    with opened(home) as vault:
        fill(vault, ["afterwards"])


def test_a_purge_that_cannot_write_removes_nothing_and_blocks_nothing(tmp_path: Path) -> None:
    """Another writer holds the database: one clear error, and the next start has nothing to finish."""
    home = tmp_path / "home"
    with opened(home) as vault:
        fill(vault, ["text"])
        vault.database.sql.conn.execute("PRAGMA busy_timeout = 0")
        with closing(sqlite3.connect(database_of(home), isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            with pytest.raises(VaultError):
                purge(vault.database, vault.keys, ALL)
        assert vault.keys.pending is None
        assert len(vault.history.conversations()) == 1


def test_a_process_with_old_keys_writes_nothing_after_a_purge_and_goes_on_with_new_ones(tmp_path: Path) -> None:
    """Another chat that is open: told to read the keys again, then it works."""
    home = tmp_path / "home"
    with opened(home) as purging, opened(home) as sleeping:
        kept = fill(purging, ["kept"])
        purge(purging.database, purging.keys, Predicate())
        with pytest.raises(VaultError):
            fill(sleeping, ["too late"])
        sleeping.keys.reload()
        assert texts(sleeping, kept) == ["kept"]
        fill(sleeping, ["in time"])
        assert len(purging.history.conversations()) == 2


def test_panic_needs_no_secret_and_leaves_nothing(tmp_path: Path) -> None:
    """Keys first, then files; afterwards the home is as new."""
    home = tmp_path / "home"
    with opened(home) as vault:
        fill(vault, ["text"])
    ring = keyring_of(home)
    receipt = panic(home / "keys", database_of(home), find_keyring=lambda: ring)
    assert receipt.found == ()
    assert ring.accounts() == []
    assert not (home / "keys").exists()
    assert not any(Path(f"{database_of(home)}{suffix}").exists() for suffix in SIDE_FILES)
    panic(home / "keys", database_of(home))


def test_panic_that_was_interrupted_leaves_keys_that_are_gone_and_goes_on(tmp_path: Path) -> None:
    """Between the keys and the files nothing opens; a second call finishes."""
    home = tmp_path / "home"
    with opened(home) as vault:
        fill(vault, ["text"])

    class Unplugged(Exception):
        """The power fails."""

    def at(step: str) -> None:
        if step == "keys":
            raise Unplugged

    with pytest.raises(Unplugged):
        panic(home / "keys", database_of(home), at=at)
    assert describe(home / "keys").state == "destroyed"
    with pytest.raises(VaultLocked, match="destroyed"):
        open_keys(home / "keys", passphrase=PassphraseSource(), find_keyring=lambda: keyring_of(home))
    assert database_of(home).exists()
    panic(home / "keys", database_of(home))
    assert not database_of(home).exists()


def test_panic_without_the_keyring_says_that_its_secret_is_left(tmp_path: Path) -> None:
    """The key store is destroyed all the same; the secret alone opens nothing."""
    home = tmp_path / "home"
    with opened(home) as vault:
        fill(vault, ["text"])
    receipt = panic(home / "keys", database_of(home))
    assert receipt.found == ("keyring keyring.backends.SecretService.Keyring",)
