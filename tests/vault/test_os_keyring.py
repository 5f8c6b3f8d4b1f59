"""The system's keyring: a real one in a session of its own, and the machine that has none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keyring.backend
import keyring.backends.chainer
import keyring.errors
import pytest

from privacy_assistant.errors import VaultLocked
from privacy_assistant.vault import os_keyring
from privacy_assistant.vault.os_keyring import OsKeyring, accept_backend

_IN_A_SESSION = """
import sys
from pathlib import Path
from privacy_assistant.errors import RecordTampered
from privacy_assistant.vault.factors import PassphraseSource
from privacy_assistant.vault.keys import open_keys
from privacy_assistant.vault.os_keyring import find_keyring

store = Path(sys.argv[1]) / "keys"
ring = find_keyring()
print(ring.name)
keys = open_keys(store, passphrase=PassphraseSource(), find_keyring=find_keyring)
old = keys.kek(1)
assert open_keys(store, passphrase=PassphraseSource(), find_keyring=find_keyring).kek(1) == old
before = store.read_bytes()
keys.decide_purge({})
keys.note_committed()
keys.destroy_old()
keys.finish_purge()
again = open_keys(store, passphrase=PassphraseSource(), find_keyring=find_keyring)
print(again.epoch, ring.get(f"{keys.id}/0"), len(ring.get(f"{keys.id}/1")))
store.write_bytes(before)
try:
    open_keys(store, passphrase=PassphraseSource(), find_keyring=find_keyring)
except Exception as error:
    print(type(error).__name__)
ring.remove(f"{keys.id}/1")
ring.remove(f"{keys.id}/1")
print(ring.get(f"{keys.id}/1"))
"""

_HEADLESS = """
from pathlib import Path
import sys
from privacy_assistant.vault.factors import PassphraseSource
from privacy_assistant.vault.keys import open_keys
from privacy_assistant.vault.os_keyring import find_keyring
print(find_keyring(), open_keys(Path(sys.argv[1]) / "keys", passphrase=PassphraseSource(), find_keyring=find_keyring))
"""


class KeptInMemory(keyring.backend.KeyringBackend):
    """A back end for tests; its name is not on the list."""

    priority = 0.0

    def __init__(self) -> None:
        self.secrets: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[(service, username)] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.secrets[(service, username)]


class Forgetful(KeptInMemory):
    """Says yes and keeps nothing, like a session that is not unlocked."""

    def set_password(self, service: str, username: str, password: str) -> None:
        del service, username, password


class Locked(KeptInMemory):
    """Answers nothing; its error shows a secret."""

    def get_password(self, service: str, username: str) -> str | None:
        raise keyring.errors.KeyringLocked("secret-in-a-message")

    set_password = get_password  # type: ignore[assignment]  # any use of it fails


def test_a_secret_comes_back_and_is_overwritten_before_it_goes() -> None:
    """Binary secrets pass as text, and a removal leaves nothing to undelete."""
    backend = KeptInMemory()
    ring = OsKeyring(backend)
    ring.put("id/0", bytes(range(32)))
    assert ring.get("id/0") == bytes(range(32))
    written: list[str] = []
    keep = backend.set_password

    def record(service: str, username: str, password: str) -> None:
        written.append(password)
        keep(service, username, password)

    backend.set_password = record  # type: ignore[method-assign]  # watched, not replaced
    ring.remove("id/0")
    assert len(written) == 1
    assert ring.get("id/0") is None
    ring.remove("id/0")
    assert len(written) == 1


def test_a_keyring_that_keeps_nothing_is_noticed_when_it_is_written() -> None:
    """Read back at once: a store whose secret is nowhere would be lost."""
    with pytest.raises(VaultLocked):
        OsKeyring(Forgetful()).put("id/0", bytes(32))


def test_what_a_back_end_raises_is_one_line_without_its_message() -> None:
    """Locked, broken, foreign text: VaultLocked with a remedy."""
    ring = OsKeyring(Locked())
    works: list[Callable[[], object]] = [
        lambda: ring.get("id/0"),
        lambda: ring.put("id/0", bytes(32)),
        lambda: ring.remove("id/0"),
    ]
    for work in works:
        with pytest.raises(VaultLocked) as caught:
            work()
        assert "secret" not in str(caught.value)
        assert caught.value.hint
    foreign = KeptInMemory()
    foreign.secrets[(os_keyring.SERVICE, "id/0")] = "no base64!"
    with pytest.raises(VaultLocked):
        OsKeyring(foreign).get("id/0")


def test_an_entry_that_a_person_made_is_read_as_it_stands() -> None:
    """Text and not base64, also where it happens to be base64; a locked keyring is one line."""
    backend = KeptInMemory()
    backend.secrets[(os_keyring.SERVICE, "openai")] = "c2stdGVzdA=="
    assert OsKeyring(backend).text("openai") == "c2stdGVzdA=="
    assert OsKeyring(backend).text("another") is None
    with pytest.raises(VaultLocked) as caught:
        OsKeyring(Locked()).text("openai")
    assert "secret" not in str(caught.value)


def test_every_allowed_name_is_a_class_of_the_library_and_plain_files_are_none() -> None:
    """The list holds full names, and nothing of keyrings.alt."""
    assert all(name.startswith("keyring.backends.") for name in os_keyring.ALLOWED)
    assert not any("null" in name or "fail" in name or "alt" in name for name in os_keyring.ALLOWED)
    assert accept_backend(KeptInMemory()) is None


def test_a_machine_without_a_session_has_no_keyring_and_answers_from_memory(tmp_path: Path) -> None:
    """The library's fail back end: no keyring, no keys, no file."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DBUS", "XDG", "DISPLAY"))}
    environment["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    done = subprocess.run(
        [sys.executable, "-c", _HEADLESS, str(tmp_path)], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.split() == ["None", "None"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(
    not (shutil.which("gnome-keyring-daemon") and shutil.which("dbus-run-session")),
    reason="needs gnome-keyring and dbus-run-session",
)
def test_a_purge_replaces_the_secret_in_a_real_secret_service(tmp_path: Path) -> None:
    """gnome-keyring in a D-Bus session of its own: made, opened, purged; the old store opens no more."""
    home = tmp_path / "user"
    home.mkdir()
    (tmp_path / "run").mkdir(mode=0o700)
    script = tmp_path / "script.py"
    script.write_text(_IN_A_SESSION)
    environment = os.environ | {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_RUNTIME_DIR": str(tmp_path / "run"),
        "PYTHONPATH": os.getcwd(),
    }
    environment.pop("PYTHON_KEYRING_BACKEND", None)
    command = (
        f"printf password | gnome-keyring-daemon --unlock --components=secrets >/dev/null"
        f" && exec '{sys.executable}' '{script}' '{tmp_path}'"
    )
    done = subprocess.run(
        ["dbus-run-session", "--", "sh", "-c", command],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    assert done.stdout.splitlines() == [
        "keyring.backends.SecretService.Keyring",
        "2 None 32",
        "VaultLocked",
        "None",
    ], done.stderr
