"""The folder of models: nothing that was installed is lost, and nothing that was changed since gets to a parser."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from privacy_assistant.core.model_card import MAKER_OF, ModelRole
from privacy_assistant.core.model_lock import Installed, Lock, LockedFile, Trust
from privacy_assistant.engines import model_store
from privacy_assistant.engines.model_store import QUARANTINE, Store
from privacy_assistant.engines.seen_files import SEEN_FILE, Mark, whole_digest
from privacy_assistant.errors import AssistantError, EngineFailed, EngineMissing, ExitCode, ModelTampered, SettingsError
from privacy_assistant.file_lock import held

CONTENT = bytes(range(256)) * 40
only_posix = pytest.mark.skipif(os.name != "posix", reason="links, signals and limits of POSIX")


def entry(name: str = "small", *contents: bytes, licence: str = "MIT") -> Installed:
    """An entry with one file for each content."""
    files = [
        LockedFile(f"llm/{name}/part-{number}.gguf", len(content), sha256(content).hexdigest())
        for number, content in enumerate(contents or (CONTENT,), 1)
    ]
    return Installed(name, ModelRole.LLM, MAKER_OF[ModelRole.LLM], tuple(files), Trust.IMPORTED, licence)


def place(store: Store, model: Installed, *contents: bytes) -> tuple[Path, ...]:
    """Put its files into the folder, and the model into the lock file."""
    for path, content in zip(store.files(model), contents or (CONTENT,), strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    store.change(lambda lock: lock.with_model(model))
    return store.files(model)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """A folder of models that does not exist yet."""
    return Store(tmp_path / "data" / "models")


# ---------------------------------------------------------------- the lock file


def test_without_a_folder_nothing_is_installed(store: Store) -> None:
    """To look makes no folder."""
    assert store.lock() == Lock()
    assert not store.folder.exists()


@only_posix
def test_what_is_put_there_is_the_persons_alone(store: Store) -> None:
    """Folder 0700, files 0600, whatever the umask, and no draft is left."""
    before = os.umask(0)
    try:
        store.change(lambda lock: lock.with_model(entry()))
    finally:
        os.umask(before)
    assert store.lock() == Lock((entry(),))
    assert stat.S_IMODE(store.folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.folder.iterdir()} == {
        "lock.json": 0o600,
        ".lock": 0o600,
    }


def test_a_change_that_fails_changes_nothing(store: Store) -> None:
    """Whether it raises, or makes what could not be read again."""
    store.change(lambda lock: lock.with_model(entry()))

    def fail(_lock: Lock) -> Lock:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.change(fail)
    with pytest.raises(SettingsError):
        store.change(lambda lock: lock.with_model(entry("other", licence="two\nlines")))
    assert store.lock() == Lock((entry(),))
    assert not (store.folder / "lock.json.new").exists()


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff" * 100, b'{"version": 1, "models": [{}]}', bytes(17 * 1024 * 1024)])
def test_a_damaged_lock_file_is_told_of_and_kept_aside_by_the_next_change(raw: bytes, store: Store) -> None:
    """What it named can be installed again; its bytes are not thrown away."""
    store.change(lambda lock: lock)
    store.lock_file.write_bytes(raw)
    with pytest.raises(SettingsError) as caught:
        store.lock()
    assert caught.value.exit_code is ExitCode.ERROR
    assert store.change(lambda lock: lock.with_model(entry())) == store.lock() == Lock((entry(),))
    (aside,) = (store.folder / QUARANTINE).iterdir()
    assert aside.read_bytes() == raw


def test_a_lock_file_of_another_version_is_not_written_over(store: Store) -> None:
    """Who wrote it can still read it."""
    store.change(lambda lock: lock)
    store.lock_file.write_text('{"version": 2, "models": []}')
    with pytest.raises(SettingsError, match="another version"):
        store.change(lambda lock: lock.with_model(entry()))
    assert json.loads(store.lock_file.read_text())["version"] == 2


@only_posix
@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_a_lock_file_that_is_no_file_is_not_read(kind: str, store: Store, tmp_path: Path) -> None:
    """A link leads elsewhere, and a pipe would be waited for without end; neither is put aside."""
    store.change(lambda lock: lock)
    other = tmp_path / "other.json"
    store.lock_file.rename(other)
    if kind == "link":
        store.lock_file.symlink_to(other)
    elif kind == "folder":
        store.lock_file.mkdir()
    else:
        os.mkfifo(store.lock_file)
    with pytest.raises(SettingsError, match="cannot be read"):
        store.lock()
    with pytest.raises(SettingsError, match="cannot be read"):
        store.change(lambda lock: lock)


# ---------------------------------------------------------------- several processes, and their ends

_ADDING = """
import sys
from collections.abc import Callable
from pathlib import Path
from tests.engines.test_model_store import Store, entry
for number in range(12):
    Store(Path(sys.argv[1])).change(lambda lock: lock.with_model(entry(f"{sys.argv[2]}-{number}")))
"""

_ENDED_IN_THE_MIDDLE = """
import os, signal, sys
from pathlib import Path
from tests.engines.test_model_store import Store, entry
def end(*_):
    os.kill(os.getpid(), signal.SIGKILL)
setattr(os, sys.argv[2], end)
Store(Path(sys.argv[1])).change(lambda lock: lock.with_model(entry("new")))
"""

_LITTLE_ROOM = """
import resource, sys
from pathlib import Path
from tests.engines.test_model_store import Store, entry
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    Store(Path(sys.argv[1])).change(lambda lock: lock.with_model(entry("new")))
except OSError as error:
    print(error.errno)
"""


def started(script: str, *arguments: str) -> subprocess.Popen[bytes]:
    """A process that runs this."""
    return subprocess.Popen([sys.executable, "-c", script, *arguments], stdout=subprocess.PIPE)


def ended(child: subprocess.Popen[bytes]) -> tuple[int, bytes]:
    """How it ended, and what it wrote."""
    out, _ = child.communicate()
    return child.returncode, out.strip()


def test_two_processes_that_change_the_lock_at_once_lose_nothing(store: Store) -> None:
    """Every entry of both is there in the end."""
    both = [started(_ADDING, str(store.folder), name) for name in ("a", "b")]
    assert [ended(child) for child in both] == [(0, b""), (0, b"")]
    assert {model.name for model in store.lock().models} == {f"{who}-{n}" for who in "ab" for n in range(12)}


@only_posix
@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_who_is_killed_in_the_middle_leaves_the_lock_as_it_was(moment: str, store: Store) -> None:
    """With the draft half or wholly written; and the next one is not kept waiting."""
    store.change(lambda lock: lock.with_model(entry()))
    child = started(_ENDED_IN_THE_MIDDLE, str(store.folder), moment)
    assert ended(child) == (-signal.SIGKILL, b"")
    assert store.lock() == Lock((entry(),))
    store.change(lambda lock: lock.with_model(entry("next")))
    assert [model.name for model in store.lock().models] == ["next", "small"]
    assert not (store.folder / "lock.json.new").exists()


@only_posix
def test_a_full_disk_leaves_the_lock_as_it_was(store: Store) -> None:
    """Here a file that may not grow; nothing half is left."""
    store.change(lambda lock: lock.with_model(entry()))
    child = started(_LITTLE_ROOM, str(store.folder))
    assert ended(child) == (0, b"27")  # EFBIG
    assert store.lock() == Lock((entry(),))
    assert not (store.folder / "lock.json.new").exists()


def test_a_lock_that_another_holds_is_not_waited_for_without_end(tmp_path: Path) -> None:
    """One line, and what to do."""
    with (
        held(tmp_path / ".lock", "the folder of models"),
        pytest.raises(AssistantError, match="another privacy-assistant is working on the folder of models"),
        held(tmp_path / ".lock", "the folder of models", wait_s=0.05),
    ):
        raise AssertionError("held twice")
    with held(tmp_path / ".lock", "the folder of models"):
        assert (tmp_path / ".lock").exists()


# ---------------------------------------------------------------- the files


def test_what_is_as_it_was_installed_passes(store: Store) -> None:
    """Several files too."""
    model = entry("two", CONTENT, b"more")
    place(store, model, CONTENT, b"more")
    store.check(model)
    store.check(model)
    assert store.verify(model) == ()


def test_a_file_that_was_seen_is_not_read_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five gigabytes are not hashed at each start; `verify` does it all the same."""
    model = entry()
    place(store, model)
    store.check(model)
    read: list[Path] = []

    def noted(path: Path, *more: Callable[[], bool]) -> tuple[str, Mark | None]:
        read.append(path)
        return whole_digest(path, *more)

    monkeypatch.setattr(model_store, "whole_digest", noted)
    Store(store.folder).check(model)
    assert read == []
    store.verify(model)
    assert read == list(store.files(model))


def changed(path: Path) -> None:
    """One bit of the file."""
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    with path.open("r+b") as file:
        file.write(raw)


def aged(path: Path) -> None:
    """One bit, with the time that the file had before."""
    before = path.stat()
    changed(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def replaced(path: Path) -> None:
    """Another file of the same size and time in its place."""
    before = path.stat()
    other = path.with_name("other")
    other.write_bytes(bytes(before.st_size))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


def linked(path: Path) -> None:
    """A link to the very same bytes."""
    path.rename(path.with_name("other"))
    path.symlink_to("other")


def a_folder(path: Path) -> None:
    """A folder of its name."""
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    """A pipe, which would be waited for without end."""
    path.unlink()
    os.mkfifo(path)


CHANGES = {
    "one bit": (changed, "has other content"),
    "one bit and its time": (aged, "has other content"),
    "replaced": (replaced, "has other content"),
    "cut": (lambda path: os.truncate(path, 100), "has 100 bytes instead of 10240"),
    "grown": (lambda path: path.write_bytes(CONTENT + b"x"), "has 10241 bytes instead of 10240"),
    "a link": (linked, "is not a plain file"),
    "a folder": (a_folder, "is not a plain file"),
    "a pipe": (a_pipe, "is not a plain file"),
}


@only_posix
@pytest.mark.parametrize("seen", [True, False], ids=["seen before", "never seen"])
@pytest.mark.parametrize("change", CHANGES)
def test_a_file_that_is_not_as_it_was_installed_is_refused(change: str, seen: bool, store: Store) -> None:
    """Exit 8, which file and what is wrong with it, and the remedy; `verify` finds the same."""
    model = entry("two", b"first", CONTENT)
    path = place(store, model, b"first", CONTENT)[1]
    if seen:
        store.check(model)
    do, what = CHANGES[change]
    do(path)
    with pytest.raises(ModelTampered) as caught:
        store.check(model)
    assert caught.value.exit_code is ExitCode.MODEL
    assert f"{path} {what}" in caught.value.message
    assert "privacy-assistant models verify two" in caught.value.hint
    faults = store.verify(model)
    assert (path, False) in [(fault.path, fault.is_missing) for fault in faults]
    with pytest.raises(ModelTampered):
        Store(store.folder).check(model)


@only_posix
def test_a_folder_that_is_a_link_is_refused(store: Store) -> None:
    """Also where it leads to the very same files."""
    model = entry()
    (path,) = place(store, model)
    store.check(model)
    path.parent.rename(path.parent.with_name("other"))
    path.parent.symlink_to("other")
    with pytest.raises(ModelTampered, match="does not lie in a plain folder"):
        store.check(model)


def test_a_file_that_is_gone_is_missing(store: Store) -> None:
    """Or its folder."""
    model = entry()
    (path,) = place(store, model)
    path.unlink()
    with pytest.raises(EngineMissing, match="is missing"):
        store.check(model)
    path.parent.rmdir()
    with pytest.raises(EngineMissing, match="is missing"):
        store.check(model)
    (fault,) = store.verify(model)
    assert (fault.path, fault.is_missing) == (path, True)


# ---------------------------------------------------------------- the cache


def damaged(store: Store) -> dict[str, bytes]:
    """What might stand in the cache instead."""
    whole = (store.folder / SEEN_FILE).read_bytes()
    row = json.loads(whole)
    return {
        "nothing": b"",
        "cut": whole[:-9],
        "binary": b"\xff" * 50,
        "nested": b"[" * 100_000,
        "a list": b"[]",
        "other version": json.dumps({**row, "version": 2}).encode(),
        "no files": b'{"version": 1}',
        "files of another kind": b'{"version": 1, "files": [1]}',
        "entries of another kind": json.dumps({**row, "files": {path: {"a": 1} for path in row["files"]}}).encode(),
        "short entries": json.dumps({**row, "files": {path: [1] for path in row["files"]}}).encode(),
        "huge": b" " * (5 * 1024 * 1024) + whole,
    }


@pytest.mark.parametrize(
    "how",
    [
        *("nothing", "cut", "binary", "nested", "a list", "other version", "no files", "files of another kind"),
        *("entries of another kind", "short entries", "huge"),
    ],
)
def test_a_damaged_cache_costs_a_reading_and_nothing_else(how: str, store: Store) -> None:
    """What is whole passes, what is not is refused, and the cache is made anew."""
    model = entry()
    (path,) = place(store, model)
    store.check(model)
    whole = (store.folder / SEEN_FILE).read_bytes()
    (store.folder / SEEN_FILE).write_bytes(damaged(store)[how])
    store.check(model)
    assert json.loads((store.folder / SEEN_FILE).read_bytes()) == json.loads(whole)
    (store.folder / SEEN_FILE).write_bytes(damaged(store)[how])
    changed(path)
    with pytest.raises(ModelTampered):
        store.check(model)


@only_posix
def test_a_cache_that_is_a_link_or_a_pipe_is_not_followed(store: Store, tmp_path: Path) -> None:
    """Nothing is written where it leads, and nothing is waited for."""
    model = entry()
    place(store, model)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("mine")
    (store.folder / SEEN_FILE).symlink_to(elsewhere)
    store.check(model)
    assert elsewhere.read_text() == "mine"
    (store.folder / SEEN_FILE).unlink()
    os.mkfifo(store.folder / SEEN_FILE)
    store.check(model)
    assert store.verify(model) == ()


@only_posix
def test_a_folder_that_cannot_be_written_is_checked_all_the_same(store: Store) -> None:
    """Nothing is remembered, so it is only slower; a folder in the way of the cache stops root as well."""
    model = entry()
    place(store, model)
    (store.folder / SEEN_FILE).mkdir()
    store.check(model)
    assert list((store.folder / SEEN_FILE).iterdir()) == []
    assert not list(store.folder.glob(f"{SEEN_FILE}.*"))


def test_a_look_is_remembered_for_the_very_file_that_was_checked(store: Store) -> None:
    """Not before it was compared, not for another look, and not after a change."""
    model = entry()
    (path,) = place(store, model)
    (file,) = model.files
    store.note_look(file, "header-1")
    assert not store.was_looked_at(file, "header-1")
    store.check(model)
    store.note_look(file, "header-1")
    assert store.was_looked_at(file, "header-1")
    assert not store.was_looked_at(file, "header-2")
    changed(path)
    assert not store.was_looked_at(file, "header-1")
    path.unlink()
    assert not store.was_looked_at(file, "header-1")


def test_a_comparison_that_nobody_waits_for_any_more_ends_and_proves_nothing(store: Store) -> None:
    """It is no sign of a changed file, and the next comparison reads all of it."""
    model = entry()
    place(store, model)
    with pytest.raises(EngineFailed) as raised:
        store.check(model, is_unwanted=lambda: True)
    assert raised.value.is_closed
    assert not store.was_compared(model)
    store.check(model)
