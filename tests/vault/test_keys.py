"""The key store opens with its factors and with nothing else, and never gives a destroyed key back."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

import keyring.backend
import keyring.backends.fail
import keyring.backends.null
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.errors import ExitCode, RecordTampered, UsageError, VaultLocked, WrongPassphrase
from privacy_assistant.vault import factors, keystore, seal
from privacy_assistant.vault.factors import PassphraseSource, Prompt
from privacy_assistant.vault.keys import Anchor, Keys, PurgePhase, create_keys, describe, open_keys
from privacy_assistant.vault.keystore import FLOOR, Stretching
from privacy_assistant.vault.os_keyring import accept_backend
from tests.vault.key_fixtures import PASSPHRASE, FolderKeyring, make_keys, reopen_keys

NOTHING = PassphraseSource()
CONVERSATION = "ab" * 16


def _no_prompt(_: Prompt) -> str | None:
    raise AssertionError("nobody may be asked here")


def _opened(home: Path, **how: object) -> Keys | None:
    options: dict[str, object] = {"passphrase": NOTHING, "cost": FLOOR} | how
    return open_keys(home / "keys", **options)  # type: ignore[arg-type]  # options are named in each test


# ------------------------------------------------------------------ the table of states


def test_a_passphrase_makes_a_store_silently_and_leaves_the_keyring_of_the_person_alone(tmp_path: Path) -> None:
    """With a home that was set, the passphrase alone is used."""
    ring = FolderKeyring(tmp_path / "ring")
    source = PassphraseSource(given=PASSPHRASE, ask=_no_prompt)
    keys = _opened(tmp_path, passphrase=source, find_keyring=lambda: ring, is_home_explicit=True)
    assert keys is not None
    assert keys.status().factors == ("passphrase",)
    assert ring.accounts() == []


def test_a_usable_keyring_and_no_home_make_a_store_without_a_question(tmp_path: Path) -> None:
    """The ordinary desktop: a secret in the keyring, no passphrase, and the same keys when opened again."""
    ring = FolderKeyring(tmp_path / "ring")
    source = PassphraseSource(ask=_no_prompt)
    keys = _opened(tmp_path, passphrase=source, find_keyring=lambda: ring)
    again = _opened(tmp_path, passphrase=source, find_keyring=lambda: ring)
    assert keys is not None
    assert again is not None
    assert keys.status().factors == ("keyring",)
    assert again.kek(1) == keys.kek(1)


def test_a_keyring_and_a_passphrase_are_needed_together(tmp_path: Path) -> None:
    """Made with both, it opens with neither alone."""
    ring = FolderKeyring(tmp_path / "ring")
    both = {"passphrase": PassphraseSource(given=PASSPHRASE), "find_keyring": lambda: ring}
    keys = _opened(tmp_path, **both)
    assert keys is not None
    assert keys.status().factors == ("keyring", "passphrase")
    assert _opened(tmp_path, **both) is not None
    with pytest.raises(VaultLocked):
        _opened(tmp_path, passphrase=PassphraseSource(given=PASSPHRASE))
    with pytest.raises(VaultLocked):
        _opened(tmp_path, find_keyring=lambda: ring)


def test_a_terminal_is_asked_once_for_a_new_passphrase(tmp_path: Path) -> None:
    """One prompt, for creating; what it answers opens the store afterwards."""
    asked: list[Prompt] = []

    def ask(prompt: Prompt) -> str:
        asked.append(prompt)
        return PASSPHRASE

    keys = _opened(tmp_path, passphrase=PassphraseSource(ask=ask))
    assert asked == [Prompt.CREATE]
    assert keys is not None
    assert reopen_keys(tmp_path).kek(1) == keys.kek(1)


@pytest.mark.parametrize("answer", [None, ""])
def test_without_any_secret_there_are_no_keys_and_no_file(tmp_path: Path, answer: str | None) -> None:
    """Nothing given, nobody there or nothing answered: from memory only, and not a byte is written."""
    assert _opened(tmp_path) is None
    assert _opened(tmp_path, passphrase=PassphraseSource(given="", ask=lambda _: answer)) is None
    assert _opened(tmp_path, find_keyring=lambda: None) is None
    assert list(tmp_path.iterdir()) == []


def test_a_locked_store_never_falls_to_memory(tmp_path: Path) -> None:
    """A store and no passphrase: exit 7."""
    make_keys(tmp_path)
    with pytest.raises(VaultLocked) as caught:
        _opened(tmp_path)
    assert caught.value.exit_code == ExitCode.LOCKED
    assert caught.value.hint


def test_a_wrong_passphrase_changes_no_byte(tmp_path: Path) -> None:
    """Exit 7, and the file stands as it was, time included."""
    make_keys(tmp_path)
    path = tmp_path / "keys"
    before, stamp = path.read_bytes(), path.stat().st_mtime_ns
    with pytest.raises(WrongPassphrase) as caught:
        _opened(tmp_path, passphrase=PassphraseSource(given="wrong"))
    assert caught.value.exit_code == ExitCode.LOCKED
    assert (path.read_bytes(), path.stat().st_mtime_ns) == (before, stamp)
    assert [entry.name for entry in tmp_path.iterdir()] == ["keys"]


def test_a_history_without_its_key_store_is_never_given_new_keys(tmp_path: Path) -> None:
    """Somebody removed the key store: making another would leave a history nobody can read."""
    history = tmp_path / "history.db"
    history.write_bytes(b"x")
    with pytest.raises(VaultLocked, match="key store"):
        _opened(tmp_path, passphrase=PassphraseSource(given=PASSPHRASE), guarded=[history])
    assert not (tmp_path / "keys").exists()


def test_two_processes_that_create_at_once_end_with_one_store(tmp_path: Path) -> None:
    """Both hold the same keys afterwards."""
    found: list[bytes] = []

    def work() -> None:
        keys = _opened(tmp_path, passphrase=PassphraseSource(given=PASSPHRASE))
        assert keys is not None
        found.append(keys.kek(1))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(set(found)) == 1


# ------------------------------------------------------------------ factors


def test_a_key_file_opens_what_it_made_and_another_does_not(tmp_path: Path) -> None:
    """A made key file is private and random; none or another one leaves the store shut."""
    first, second = tmp_path / "first.key", tmp_path / "second.key"
    factors.create_key_file(first)
    factors.create_key_file(second)
    assert first.stat().st_mode & 0o777 == 0o600
    keys = _opened(tmp_path, key_file=first, is_home_explicit=True)
    assert keys is not None
    assert keys.status().factors == ("key_file",)
    assert _opened(tmp_path, key_file=first) is not None
    for key_file in (second, None):
        with pytest.raises(VaultLocked):
            _opened(tmp_path, key_file=key_file)


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"a" * 64, bytes(range(256)) * 4097])
def test_a_file_that_cannot_be_a_key_is_refused(tmp_path: Path, content: bytes) -> None:
    """Too short, too plain, too long."""
    (tmp_path / "f").write_bytes(content)
    with pytest.raises(VaultLocked, match="key file"):
        factors.read_key_file(tmp_path / "f")


def test_a_key_file_is_never_replaced(tmp_path: Path) -> None:
    """Making one where a file is, or where none can be, is an error and not a loss."""
    (tmp_path / "f").write_bytes(b"mine")
    with pytest.raises(UsageError):
        factors.create_key_file(tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == b"mine"
    with pytest.raises(VaultLocked):
        factors.read_key_file(tmp_path / "none")


def test_a_passphrase_typed_on_another_keyboard_still_opens(tmp_path: Path) -> None:
    """Composed and decomposed letters are the same passphrase."""
    create_keys(tmp_path / "keys", passphrase="caf\u00e9", cost=FLOOR)
    assert _opened(tmp_path, passphrase=PassphraseSource(given="cafe\u0301")) is not None


def test_secrets_show_in_no_repr(tmp_path: Path) -> None:
    """Neither the source, nor the gathered factors, nor the status, nor the keys."""
    keys = make_keys(tmp_path)
    source = PassphraseSource(given=PASSPHRASE)
    shown = repr((source, keys, keys.status(), factors.Factors(b"D" * 32, b"S" * 32, b"F" * 32)))
    assert PASSPHRASE not in shown
    assert "DDD" not in shown
    assert keys.kek(1).hex() not in shown


def test_each_factor_changes_the_user_key() -> None:
    """The same bytes in another role, or under another salt, are another key."""
    one = b"x" * 32
    made = {
        factors.Factors(device_secret=one).user_key(b"s"),
        factors.Factors(stretched=one).user_key(b"s"),
        factors.Factors(key_file=one).user_key(b"s"),
        factors.Factors(device_secret=one, stretched=one).user_key(b"s"),
        factors.Factors(device_secret=one).user_key(b"t"),
    }
    assert len(made) == 5
    with pytest.raises(ValueError, match="factor"):
        factors.Factors().user_key(b"s")


# ------------------------------------------------------------------ the keyring


def test_the_back_ends_of_a_headless_machine_are_refused() -> None:
    """fail and null are no keyrings; neither is a class that is merely called Keyring."""

    class Keyring(keyring.backends.null.Keyring):
        """Somebody's plain-text plug-in."""

    for kind in (keyring.backends.fail.Keyring, keyring.backends.null.Keyring, Keyring):
        make: Callable[[], keyring.backend.KeyringBackend] = kind
        assert accept_backend(make()) is None


def test_a_keyring_of_another_name_is_not_used(tmp_path: Path) -> None:
    """The back end's name is recorded and compared at unlock."""
    make_keys(tmp_path, keyring=FolderKeyring(tmp_path / "ring"))
    other = FolderKeyring(tmp_path / "ring", name="keyring.backends.kwallet.DBusKeyring")
    with pytest.raises(VaultLocked, match=r"SecretService.*kwallet"):
        _opened(tmp_path, find_keyring=lambda: other)
    with pytest.raises(VaultLocked):
        _opened(tmp_path, find_keyring=lambda: None)


def test_a_keyring_that_lost_the_secret_locks_the_store(tmp_path: Path) -> None:
    """Gone or replaced: locked, never a new store."""
    ring = FolderKeyring(tmp_path / "ring")
    keys = make_keys(tmp_path, keyring=ring)
    ring.put(f"{keys.id}/0", bytes(32))
    with pytest.raises(VaultLocked):
        _opened(tmp_path, find_keyring=lambda: ring)
    ring.remove(f"{keys.id}/0")
    with pytest.raises(VaultLocked, match="no longer holds"):
        _opened(tmp_path, find_keyring=lambda: ring)


# ------------------------------------------------------------------ the file


def test_the_file_is_private_and_holds_no_key(tmp_path: Path) -> None:
    """Mode 0600 in a directory 0700; neither the key nor the passphrase stands in it."""
    home = tmp_path / "home"
    keys = make_keys(home)
    data = (home / "keys").read_bytes()
    assert (home / "keys").stat().st_mode & 0o777 == 0o600
    assert home.stat().st_mode & 0o777 == 0o700
    for secret in (keys.kek(1), keys.kek(1).hex().encode(), PASSPHRASE.encode()):
        assert secret not in data


def test_a_widened_mode_is_narrowed_again(tmp_path: Path) -> None:
    """A copy made it readable for others; opening it puts that right."""
    make_keys(tmp_path)
    (tmp_path / "keys").chmod(0o644)
    reopen_keys(tmp_path)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o600


def test_a_link_a_directory_and_a_pipe_are_refused(tmp_path: Path) -> None:
    """Only a regular file is a key store; a pipe does not hang."""
    make_keys(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real" / "keys")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "folder", "pipe"):
        with pytest.raises(VaultLocked):
            open_keys(tmp_path / name, passphrase=PassphraseSource(given=PASSPHRASE))


def test_a_file_of_another_user_is_refused(tmp_path: Path) -> None:
    """Its owner could read what is sealed with it."""
    make_keys(tmp_path)
    found = (tmp_path / "keys").stat()
    foreign = os.stat_result((*found[:4], found.st_uid + 1, *found[5:10]))
    with pytest.raises(VaultLocked, match="another user"):
        keystore.check_file(tmp_path / "keys", foreign)


def test_a_directory_that_everybody_may_write_is_refused(tmp_path: Path) -> None:
    """Somebody else could put another key store there."""
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    with pytest.raises(VaultLocked, match="everybody"):
        create_keys(tmp_path / "open" / "keys", passphrase=PASSPHRASE, cost=FLOOR)


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_changed_byte_never_opens_and_never_crashes(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Magic, version, header, tag, body: whatever changes, the store stays shut with one line."""
    home = tmp_path_factory.mktemp("home")
    keys_file = tmp_path_factory.mktemp("made") / "f.key"
    keys_file.write_bytes(bytes(range(32)))
    create_keys(home / "keys", key_file=keys_file)
    content = bytearray((home / "keys").read_bytes())
    position = data.draw(st.integers(0, len(content) - 1))
    content[position] ^= data.draw(st.integers(1, 255))
    (home / "keys").write_bytes(content)
    with pytest.raises((VaultLocked, RecordTampered)):
        open_keys(home / "keys", passphrase=NOTHING, key_file=keys_file)


@settings(max_examples=40, deadline=None)
@given(junk=st.one_of(st.binary(max_size=400), st.binary(max_size=100).map(lambda b: keystore.MAGIC + b"\1" + b)))
def test_random_bytes_are_not_a_key_store(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    """One line and exit 7."""
    path = tmp_path_factory.mktemp("home") / "keys"
    path.write_bytes(junk)
    with pytest.raises(VaultLocked):
        open_keys(path, passphrase=PassphraseSource(given="x"))


@pytest.mark.parametrize(
    "change",
    [
        {"kdf": 3},
        {"kdf": {"name": "argon2id", "memory_kib": 65536.5, "passes": 3, "lanes": 4, "salt": "00"}},
        {"kdf": {"name": "scrypt", "memory_kib": 65536, "passes": 3, "lanes": 4, "salt": "00"}},
        {"kdf": {"name": "argon2id", "memory_kib": 2**40, "passes": 3, "lanes": 4, "salt": "00"}},
        {"keyring": {"backend": 3, "slot": 0}},
        {"keyring": {"backend": "x", "slot": "0"}},
        {"id": "00"},
        {"id": "zz" * 16},
        {"salt": None},
        {"destroyed": 0},
        {"key_file": "yes"},
        {"unknown": 1},
    ],
)
def test_a_header_with_other_types_is_no_key_store(tmp_path: Path, change: dict[str, object]) -> None:
    """What is read before anything is authenticated is checked field by field."""
    path = tmp_path / "keys"
    create_keys(path, passphrase=PASSPHRASE, cost=FLOOR)
    _rewrite_header(path, change)
    with pytest.raises(VaultLocked, match="not a key store"):
        open_keys(path, passphrase=PassphraseSource(given=PASSPHRASE))


@pytest.mark.parametrize("weaker", [{"memory_kib": 65535}, {"passes": 2}, {"lanes": 3}])
def test_a_store_below_the_floor_is_refused_before_anything_is_computed(tmp_path: Path, weaker: dict[str, int]) -> None:
    """Each cost has its floor, for opening and for making."""
    path = tmp_path / "keys"
    create_keys(path, passphrase=PASSPHRASE, cost=FLOOR)
    cost = {"memory_kib": 65536, "passes": 3, "lanes": 4} | weaker
    _rewrite_header(path, {"kdf": {"name": "argon2id", "salt": "00" * 16, **cost}})
    with pytest.raises(VaultLocked, match="weaker"):
        open_keys(path, passphrase=PassphraseSource(given=PASSPHRASE, ask=_no_prompt))
    with pytest.raises(UsageError, match="floor"):
        create_keys(tmp_path / "new", passphrase=PASSPHRASE, cost=Stretching(**cost))


def test_the_bytes_of_the_replaced_file_are_overwritten(tmp_path: Path) -> None:
    """A second name of the old file shows what became of its blocks: nothing of it is left."""
    keys = make_keys(tmp_path)
    os.link(tmp_path / "keys", tmp_path / "old")
    before = (tmp_path / "old").read_bytes()
    keys.set_anchor(Anchor(1, bytes(32)))
    after = (tmp_path / "old").read_bytes()
    assert len(after) == len(before)
    assert not any(before[i : i + 8] == after[i : i + 8] for i in range(0, len(before) - 8, 8))
    assert reopen_keys(tmp_path).anchor() == Anchor(1, bytes(32))


def test_a_directory_that_cannot_be_written_leaves_the_old_store(tmp_path: Path) -> None:
    """The replacement fails as one line, and the old file opens as before."""
    keys = make_keys(tmp_path)
    path = tmp_path / "keys"
    with pytest.raises(VaultLocked, match="cannot be written"):
        keystore.write_store(path / "below", keystore.read_store(path).header, bytes(32), {})
    assert reopen_keys(tmp_path).kek(1) == keys.kek(1)


# ------------------------------------------------------------------ using the keys


def test_a_conversation_key_opens_under_its_own_name_and_epoch_only(tmp_path: Path) -> None:
    """Wrapped keys cannot be swapped between conversations."""
    keys = make_keys(tmp_path)
    dek = seal.new_key()
    wrapped = keys.wrap(dek, CONVERSATION)
    assert keys.unwrap(wrapped, CONVERSATION, 1) == dek
    with pytest.raises(RecordTampered):
        keys.unwrap(wrapped, "cd" * 16, 1)


def test_purposes_differ_from_each_other_and_from_epoch_to_epoch(tmp_path: Path) -> None:
    """A subkey serves one purpose in one epoch."""
    keys = make_keys(tmp_path)
    keys.decide_purge({})
    made = {keys.purpose("head"), keys.purpose("ledger"), keys.purpose("head", 2), keys.kek(1), keys.kek(2)}
    assert len(made) == 5
    assert keys.purpose("head") == reopen_keys(tmp_path).purpose("head")


def test_an_epoch_that_is_gone_and_one_to_come_are_told_apart(tmp_path: Path) -> None:
    """A restored backup is not the same as a stale process."""
    keys = make_keys(tmp_path)
    with pytest.raises(RecordTampered, match="destroyed"):
        keys.kek(0)
    with pytest.raises(VaultLocked, match="newer"):
        keys.kek(2)


def test_the_anchor_moves_forward_only(tmp_path: Path) -> None:
    """A late writer does not set it back."""
    keys = make_keys(tmp_path)
    assert keys.anchor() is None
    keys.set_anchor(Anchor(5, b"a" * 32))
    keys.set_anchor(Anchor(4, b"b" * 32))
    keys.set_anchor(Anchor(5, b"c" * 32))
    assert keys.anchor() == reopen_keys(tmp_path).anchor() == Anchor(5, b"a" * 32)


@pytest.mark.parametrize("with_keyring", [False, True])
def test_after_a_purge_the_old_key_is_in_no_file_and_opens_nothing(tmp_path: Path, *, with_keyring: bool) -> None:
    """The envelope moves to the next epoch; what was wrapped before stays shut, also for the same process."""
    ring = FolderKeyring(tmp_path / "ring") if with_keyring else None
    keys = make_keys(tmp_path, keyring=ring)
    old_wrapped = keys.wrap(seal.new_key(), CONVERSATION)
    old_salt = keystore.read_store(tmp_path / "keys").header.salt
    keys.decide_purge({"conversations": [CONVERSATION]})
    assert (keys.epoch, keys.next_epoch) == (1, 2)
    with pytest.raises(UsageError):
        keys.decide_purge({})
    with pytest.raises(UsageError):
        keys.destroy_old()
    with pytest.raises(UsageError):
        keys.finish_purge()
    kept = seal.new_key()
    wrapped = keys.wrap(kept, CONVERSATION, epoch=2)
    keys.note_removal({"messages": 3}, [b"12345678"])
    keys.note_committed(Anchor(9, bytes(32)))
    assert (keys.epoch, keys.next_epoch) == (2, 2)
    keys.destroy_old()
    keys.destroy_old()
    assert keystore.read_store(tmp_path / "keys").header.salt != old_salt
    for ring_keys in (keys, reopen_keys(tmp_path, keyring=ring)):
        assert (ring_keys.epoch, ring_keys.next_epoch) == (2, None)
        assert ring_keys.unwrap(wrapped, CONVERSATION, 2) == kept
        assert ring_keys.anchor() == Anchor(9, bytes(32))
        with pytest.raises(RecordTampered):
            ring_keys.unwrap(old_wrapped, CONVERSATION, 1)
        pending = ring_keys.pending
        assert pending is not None
        assert pending.phase is PurgePhase.DESTROYED
        assert pending.removed == {"messages": 3}
        assert pending.needles == (b"12345678",)
    if ring is not None:
        assert ring.accounts() == [f"{keys.id}/1"]
    keys.finish_purge()
    keys.finish_purge()
    assert keys.pending is None


def test_a_process_that_slept_through_a_purge_cannot_bring_the_old_key_back(tmp_path: Path) -> None:
    """Its next write starts from the file, so it learns the new epoch instead of writing its own memory."""
    ring = FolderKeyring(tmp_path / "ring")
    purging = make_keys(tmp_path, keyring=ring)
    sleeping = reopen_keys(tmp_path, keyring=ring)
    stale = sleeping.purpose("head")
    purging.decide_purge({})
    purging.note_committed()
    purging.destroy_old()
    sleeping.set_anchor(Anchor(1, bytes(32)))
    assert sleeping.epoch == 2
    assert sleeping.purpose("head") != stale
    fresh = reopen_keys(tmp_path, keyring=ring)
    assert fresh.kek(2) == purging.kek(2) == sleeping.kek(2)


def test_a_crash_between_the_keyring_and_the_file_leaves_a_pair_that_fits(tmp_path: Path) -> None:
    """The new secret goes beside the old one; a store that was not replaced still finds its own."""
    ring = FolderKeyring(tmp_path / "ring")
    keys = make_keys(tmp_path, keyring=ring)
    ring.put(f"{keys.id}/1", seal.new_key())
    reopened = reopen_keys(tmp_path, keyring=ring)
    assert reopened.kek(1) == keys.kek(1)
    reopened.decide_purge({})
    reopened.note_committed()
    reopened.destroy_old()
    assert reopen_keys(tmp_path, keyring=ring).epoch == 2


def test_a_retired_secret_that_could_not_be_removed_is_removed_later(tmp_path: Path) -> None:
    """The keyring locked at the wrong moment: the store remembers the slot until it is gone."""

    class StubbornKeyring(FolderKeyring):
        """Refuses to remove until it is told to."""

        is_stubborn = True

        def remove(self, account: str) -> None:
            if self.is_stubborn:
                raise VaultLocked("locked")
            super().remove(account)

    ring = StubbornKeyring(tmp_path / "ring")
    keys = make_keys(tmp_path, keyring=ring)
    keys.decide_purge({})
    keys.note_committed()
    with pytest.raises(VaultLocked):
        keys.destroy_old()
    ring.is_stubborn = False
    assert ring.accounts() == [f"{keys.id}/0", f"{keys.id}/1"]
    reopen_keys(tmp_path, keyring=ring).destroy_old()
    assert ring.accounts() == [f"{keys.id}/1"]


def test_a_new_passphrase_replaces_the_old_one_and_the_cost_only_rises(tmp_path: Path) -> None:
    """The keys stay, the way to them changes."""
    keys = make_keys(tmp_path)
    keys.change_passphrase("another", cost=Stretching(FLOOR.memory_kib, 4, 4))
    keys.change_passphrase("a third", cost=FLOOR)
    with pytest.raises(WrongPassphrase):
        reopen_keys(tmp_path)
    opened = _opened(tmp_path, passphrase=PassphraseSource(given="a third"))
    assert opened is not None
    assert opened.kek(1) == keys.kek(1)
    assert opened.status().stretching == Stretching(FLOOR.memory_kib, 4, 4)


def test_after_panic_nothing_opens_and_nothing_new_is_made(tmp_path: Path) -> None:
    """A tombstone stands where the keys were, and the keyring's secret is gone."""
    ring = FolderKeyring(tmp_path / "ring")
    keys = make_keys(tmp_path, keyring=ring)
    sleeping = reopen_keys(tmp_path, keyring=ring)
    keys.destroy()
    assert ring.accounts() == []
    with pytest.raises(VaultLocked, match="destroyed"):
        _opened(tmp_path, find_keyring=lambda: ring)
    with pytest.raises(VaultLocked, match="destroyed"):
        sleeping.set_anchor(Anchor(1, bytes(32)))
    assert describe(tmp_path / "keys").state == "destroyed"
    with pytest.raises(VaultLocked):
        keys.kek(1)


def test_status_tells_all_but_secrets(tmp_path: Path) -> None:
    """Missing, locked, open; factors, costs, epoch; nothing that helps to open it."""
    assert describe(tmp_path / "keys").state == "missing"
    keys = make_keys(tmp_path)
    locked = describe(tmp_path / "keys")
    assert (locked.state, locked.factors, locked.epoch, locked.stretching) == ("locked", ("passphrase",), None, FLOOR)
    keys.decide_purge({})
    opened = keys.status()
    assert (opened.state, opened.epoch, opened.is_purge_pending) == ("open", 1, True)


def test_init_needs_a_factor_and_never_replaces(tmp_path: Path) -> None:
    """No factor, or a store already there: a usage error, the file unchanged."""
    with pytest.raises(UsageError, match="needs a passphrase"):
        create_keys(tmp_path / "keys", passphrase="")
    make_keys(tmp_path)
    before = (tmp_path / "keys").read_bytes()
    with pytest.raises(UsageError, match="already"):
        make_keys(tmp_path)
    assert (tmp_path / "keys").read_bytes() == before


def test_a_store_that_opens_to_something_else_is_tampered(tmp_path: Path) -> None:
    """The right key and a body that is no object."""
    make_keys(tmp_path)
    header = keystore.read_store(tmp_path / "keys").header
    keystore.write_store(tmp_path / "keys", header, bytes(32), json.loads("[1]"))
    with pytest.raises(RecordTampered):
        keystore.open_body(keystore.read_store(tmp_path / "keys"), bytes(32))


# ------------------------------------------------------------------ the cost of a passphrase


@pytest.mark.parametrize(
    ("ram_gib", "floor_s", "expected_mib"),
    [(16, 0.13, 256), (1, 0.13, 256), (0.75, 0.13, 128), (0.4, 0.13, 64), (0.1, 0.01, 64), (16, 0.3, 128), (16, 9, 64)],
)
def test_the_cost_fits_the_machine(ram_gib: float, floor_s: float, expected_mib: int) -> None:
    """At most a quarter of the memory and one second, 256 MiB at most, 64 MiB at least."""
    readings = iter([0.0, floor_s])
    cost = factors.calibrate(ram_bytes=int(ram_gib * 1024**3), clock=lambda: next(readings))
    assert cost == Stretching(expected_mib * 1024, 3, 4)


def _rewrite_header(path: Path, change: dict[str, object]) -> None:
    data = path.read_bytes()
    start = len(keystore.MAGIC) + 5
    length = int.from_bytes(data[start - 4 : start], "big")
    header = json.loads(data[start : start + length]) | change
    raw = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    path.write_bytes(data[: start - 4] + len(raw).to_bytes(4, "big") + raw + data[start + length :])
