"""Keys and keyrings for the tests of the vault: real parts at the floor of their cost, and a keyring in a folder."""

from __future__ import annotations

from pathlib import Path

from privacy_assistant.vault.factors import PassphraseSource
from privacy_assistant.vault.keys import Keys, create_keys, open_keys
from privacy_assistant.vault.keystore import FLOOR

PASSPHRASE = "correct horse battery staple"
ALLOWED_NAME = "keyring.backends.SecretService.Keyring"


class FolderKeyring:
    """A `KeyringPort` that keeps each secret in a file, so that a second process sees what the first one wrote."""

    def __init__(self, folder: Path, name: str = ALLOWED_NAME) -> None:
        self.folder = folder
        self._name = name
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def name(self) -> str:
        return self._name

    def get(self, account: str) -> bytes | None:
        path = self._path(account)
        return path.read_bytes() if path.exists() else None

    def put(self, account: str, secret: bytes) -> None:
        self._path(account).write_bytes(secret)

    def remove(self, account: str) -> None:
        self._path(account).unlink(missing_ok=True)

    def accounts(self) -> list[str]:
        return sorted(path.name.replace("_", "/") for path in self.folder.iterdir())

    def _path(self, account: str) -> Path:
        return self.folder / account.replace("/", "_")


def make_keys(home: Path, *, keyring: FolderKeyring | None = None) -> Keys:
    """A new key store in `home`: under the passphrase, or under the keyring where one is given."""
    return create_keys(
        home / "keys", passphrase=None if keyring else PASSPHRASE, keyring=keyring, cost=FLOOR if not keyring else None
    )


def reopen_keys(home: Path, *, keyring: FolderKeyring | None = None) -> Keys:
    """Open what `make_keys` made, as another process would."""
    keys = open_keys(
        home / "keys",
        passphrase=PassphraseSource(given=PASSPHRASE),
        find_keyring=lambda: keyring,
        is_home_explicit=True,
    )
    assert keys is not None
    return keys
