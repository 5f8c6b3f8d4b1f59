"""One holder at a time, whoever dies."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from privacy_assistant.errors import VaultLocked
from privacy_assistant.vault.lock import held_lock


def test_a_second_holder_is_refused_with_one_line(tmp_path: Path) -> None:
    """Also within one process; and afterwards the lock is free again."""
    with held_lock(tmp_path / "lock"), pytest.raises(VaultLocked, match="another"), held_lock(tmp_path / "lock"):
        pytest.fail("two holders")
    with held_lock(tmp_path / "lock"):
        assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


def test_a_second_holder_waits_for_the_first(tmp_path: Path) -> None:
    """With time to wait it gets the lock when the first lets go, and not before."""
    order: list[str] = []
    holds, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with held_lock(tmp_path / "lock"):
            holds.set()
            may_end.wait(30)
            order.append("first ends")

    first = threading.Thread(target=hold)
    first.start()
    assert holds.wait(30)
    threading.Timer(0.2, may_end.set).start()
    with held_lock(tmp_path / "lock", wait_s=30):
        order.append("second holds")
    first.join()
    assert order == ["first ends", "second holds"]


def test_a_killed_holder_leaves_no_lock(tmp_path: Path) -> None:
    """The system lets go of it; the empty file stays and means nothing."""
    child = os.fork()
    if child == 0:
        with held_lock(tmp_path / "lock"):
            os.kill(os.getpid(), signal.SIGKILL)
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    with held_lock(tmp_path / "lock"):
        assert (tmp_path / "lock").read_bytes() == b""


def test_a_lock_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    """No directory, or a link in its place."""
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for path in (tmp_path / "none" / "lock", tmp_path / "link"):
        with pytest.raises(VaultLocked, match="lock file"), held_lock(path):
            pytest.fail("held")
