"""Other libraries run in an interpreter of their own, and a broken one breaks nothing of ours."""

from __future__ import annotations

import json
import sys
import venv
from pathlib import Path

import pytest

from privacy_assistant.app.benches.children import Peer, cold_start, f2_of, find_all, peers_in
from privacy_assistant.errors import UsageError

_SCRUBBER = """
import socket

class Found:
    def __init__(self, beg, end):
        self.beg, self.end = beg, end

class Scrubber:
    def iter_filth(self, text):
        print("a library that prints")
        if "break" in text:
            raise RuntimeError
        if "leave" in text:
            raise SystemExit(0)
        if "network" in text:
            try:
                socket.create_connection(("127.0.0.1", 9))
            except ConnectionRefusedError as refused:
                yield Found(0, 1 if "measuring" in str(refused) else 2)
            return
        if "Ann" in text:
            yield Found(text.index("Ann"), text.index("Ann") + 3)
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter where something that calls itself scrubadub is installed, and nothing else."""
    folder = tmp_path_factory.mktemp("peer")
    venv.create(folder, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "scrubadub.py").write_text(_SCRUBBER, encoding="utf-8")
    record = site / "scrubadub-9.9.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: scrubadub\nVersion: 9.9\n", encoding="utf-8")
    return folder / "bin" / "python"


def test_what_is_installed_there_is_listed_with_its_version(python: Path) -> None:
    """One library, in the interpreter that was named."""
    assert peers_in(python) == [Peer("scrubadub", "scrubadub 9.9", python)]


def test_a_peer_answers_every_text_in_order_with_its_time(python: Path) -> None:
    """Code points, any script, and what the library prints is not taken for an answer."""
    (peer,) = peers_in(python)
    found = find_all(peer, ["😀 Ann\r\n", "nobody", "é Ann \ud800"])
    assert found is not None
    assert [spans for spans, _took in found] == [[(2, 5)], [], [(2, 5)]]
    assert all(took >= 0 for _spans, took in found)


def test_a_peer_that_asks_for_the_network_is_refused(python: Path) -> None:
    """As on a machine without one, even where the address is this machine's own."""
    (peer,) = peers_in(python)
    found = find_all(peer, ["network"])
    assert found is not None
    assert found[0][0] == [(0, 1)]


def test_a_peer_that_breaks_gives_no_row(python: Path) -> None:
    """It is left out of the tables; a half answer is no answer."""
    (peer,) = peers_in(python)
    assert find_all(peer, ["Ann", "break"]) is None
    assert find_all(peer, ["Ann", "leave"]) is None
    assert find_all(Peer("absent", "absent", python), ["Ann"]) is None
    assert f2_of(Peer("f2", "absent", python), [("Ann", [(0, 3)], [])]) is None


@pytest.mark.parametrize("program", ["/no/such/python", "/bin/echo"])
def test_a_program_that_is_no_interpreter_is_one_clear_line(program: str) -> None:
    """A wrong path, or a program that answers something else."""
    with pytest.raises(UsageError, match="does not answer as a Python interpreter"):
        peers_in(Path(program))


def test_our_own_interpreter_can_be_asked() -> None:
    """Nothing of the peers is a dependency, so the list may well be empty; asking is no error."""
    assert json.dumps([peer.label for peer in peers_in(Path(sys.executable))]).startswith("[")


def test_a_cold_start_takes_longer_than_an_empty_one() -> None:
    """The first line of `redact --jsonl` comes after the interpreter has started."""
    first, bare = cold_start(rounds=1)
    assert first > bare > 0
