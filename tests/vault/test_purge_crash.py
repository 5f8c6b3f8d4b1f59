"""P4: the power fails anywhere in a purge; nothing kept is lost, nothing purged comes back, the next start finishes."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from privacy_assistant.errors import RecordTampered
from privacy_assistant.vault.database import Database
from privacy_assistant.vault.purge import STEPS, Predicate, purge, resume
from tests.vault.key_fixtures import FolderKeyring, reopen_keys
from tests.vault.test_purge import blobs, bytes_below, holding, texts
from tests.vault.vault_fixtures import OpenedVault, database_of, fill, keyring_of, opened

KEPT = ["this stays", "and so does this"]


class Killing(FolderKeyring):
    """A keyring during whose write or removal the process dies: before it, or right after."""

    def __init__(self, folder: Path, where: str) -> None:
        super().__init__(folder)
        self._where = where

    def put(self, account: str, secret: bytes) -> None:
        self._die("before put")
        super().put(account, secret)
        self._die("after put")

    def remove(self, account: str) -> None:
        self._die("before remove")
        super().remove(account)
        self._die("after remove")

    def _die(self, where: str) -> None:
        if where == self._where:
            _kill_me()


def _kill_me() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _in_a_child(work: Callable[[], None], *, kill_after_s: float | None = None) -> int:
    """Run `work` in a process of its own; the signal that ended it, 0 for none."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:  # noqa: BLE001 - whatever it is, the parent must see a failed child and not a second pytest
            os._exit(1)
        os._exit(0)
    if kill_after_s is not None:
        time.sleep(kill_after_s)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert not os.WIFEXITED(status) or os.WEXITSTATUS(status) == 0
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def _filled(home: Path) -> tuple[list[str], str, set[bytes], list[tuple[str, int, bytes]]]:
    """Conversations to purge, one to keep, the ciphertexts and the wrapped keys of the former."""
    with opened(home) as vault:
        gone = [fill(vault, [f"to be removed {n} " * 40, "yes " * 100]) for n in range(4)]
        kept = fill(vault, KEPT)
        vault.drawer.put("note", {"text": "stays"})
        rows = vault.database.query("SELECT id, epoch, wrapped_dek FROM conversation WHERE id != ?", (kept,))
        return gone, kept, blobs(vault, *gone), [(row[0], row[1], row[2]) for row in rows]


@contextmanager
def _restarted(home: Path) -> Iterator[OpenedVault]:
    """A start as the program makes it: keys, database, what a purge left, then the rest."""
    keys = reopen_keys(home, keyring=keyring_of(home))
    with Database(database_of(home)) as database:
        resume(database, keys)
        assert keys.pending is None
    vault = OpenedVault(home, keys)
    try:
        yield vault
    finally:
        vault.close()


def _purge(home: Path, gone: list[str], *, keyring: FolderKeyring, at: Callable[[str], None]) -> None:
    keys = reopen_keys(home, keyring=keyring)
    with Database(database_of(home)) as database:
        resume(database, keys)
        purge(database, keys, Predicate(conversations=tuple(gone)), at=at)


def _assert_recovered(
    home: Path,
    gone: list[str],
    kept: str,
    needles: set[bytes],
    wrapped: list[tuple[str, int, bytes]],
    *,
    is_purged: bool,
) -> None:
    with closing(sqlite3.connect(database_of(home))) as plain:
        assert plain.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    with _restarted(home) as vault:
        assert texts(vault, kept) == KEPT
        assert [payload for _, payload in vault.drawer.items("note")] == [{"text": "stays"}]
        vault.history.check()
        left = {conversation.id for conversation in vault.history.conversations()}
        assert left == ({kept} if is_purged else {kept, *gone})
        fill(vault, ["life goes on"])
        if is_purged:
            assert vault.keys.epoch == 2
            for conversation, epoch, blob in wrapped:
                with pytest.raises(RecordTampered):
                    vault.keys.unwrap(blob, conversation, epoch)
    if is_purged:
        assert holding(bytes_below(home), needles) == []
        assert len(keyring_of(home).accounts()) == 1
    with _restarted(home) as vault:
        assert texts(vault, kept) == KEPT


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_each_step_is_finished_at_the_next_start(tmp_path: Path, step: str) -> None:
    """kill -9 at each numbered step; only before the decision is nothing removed."""
    home = tmp_path / "home"
    gone, kept, needles, wrapped = _filled(home)

    def at(name: str) -> None:
        if name == step:
            _kill_me()

    died_of = _in_a_child(lambda: _purge(home, gone, keyring=keyring_of(home), at=at))
    assert died_of == signal.SIGKILL
    _assert_recovered(home, gone, kept, needles, wrapped, is_purged=step != "1.begin")


@pytest.mark.parametrize("where", ["before put", "after put", "before remove", "after remove"])
def test_a_kill_around_the_keyring_leaves_a_pair_that_opens(tmp_path: Path, where: str) -> None:
    """The point of destruction: whichever of keyring and file was written, together they open, and the old is gone."""
    home = tmp_path / "home"
    gone, kept, needles, wrapped = _filled(home)
    ring = Killing(keyring_of(home).folder, where)
    died_of = _in_a_child(lambda: _purge(home, gone, keyring=ring, at=lambda step: None))
    assert died_of == signal.SIGKILL
    _assert_recovered(home, gone, kept, needles, wrapped, is_purged=True)


@pytest.mark.parametrize(
    "second", ["2.deleted", "2.noted", "2.committed", "3.checkpointed", "4.destroyed", "6.searched"]
)
def test_a_kill_during_the_recovery_is_recovered_from_too(tmp_path: Path, second: str) -> None:
    """The first start after the crash dies as well, further on."""
    home = tmp_path / "home"
    gone, kept, needles, wrapped = _filled(home)

    def dies_at(step: str) -> Callable[[str], None]:
        return lambda name: _kill_me() if name == step else None

    def restart() -> None:
        keys = reopen_keys(home, keyring=keyring_of(home))
        with Database(database_of(home)) as database:
            resume(database, keys, at=dies_at(second))

    assert _in_a_child(lambda: _purge(home, gone, keyring=keyring_of(home), at=dies_at("1.decided"))) == signal.SIGKILL
    assert _in_a_child(restart) == signal.SIGKILL
    _assert_recovered(home, gone, kept, needles, wrapped, is_purged=True)


@pytest.mark.parametrize("seed", range(8))
def test_a_kill_at_a_random_moment_loses_nothing_and_brings_nothing_back(tmp_path: Path, seed: int) -> None:
    """Whenever it comes, the purge either was not decided or is finished at the next start."""
    home = tmp_path / "home"
    gone, kept, needles, wrapped = _filled(home)
    delay = random.Random(seed).uniform(0.0, 0.06)
    _in_a_child(lambda: _purge(home, gone, keyring=keyring_of(home), at=lambda step: None), kill_after_s=delay)
    with _restarted(home) as vault:
        left = {conversation.id for conversation in vault.history.conversations()}
    assert left in ({kept}, {kept, *gone})
    _assert_recovered(home, gone, kept, needles, wrapped, is_purged=left == {kept})
