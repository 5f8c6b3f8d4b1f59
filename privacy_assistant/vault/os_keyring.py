"""The operating system's keyring, where a secret of this device can be overwritten for good.

Only back ends that keep secrets sealed are taken: those of macOS, Windows, Secret Service and KWallet. The null and
fail back ends and everything from `keyrings.alt` (plain files) are refused.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode

import keyring
import keyring.backend
import keyring.backends.chainer
import keyring.errors

from privacy_assistant.errors import VaultLocked

SERVICE = "privacy-assistant"

ALLOWED: frozenset[str] = frozenset(
    {
        "keyring.backends.macOS.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
    }
)
"""Full class names of the back ends that may hold a device secret."""


class OsKeyring:
    """A `factors.KeyringPort` over an allowed back end of the keyring library."""

    def __init__(self, backend: keyring.backend.KeyringBackend) -> None:
        self._backend = backend

    @property
    def name(self) -> str:
        return backend_name(self._backend)

    def get(self, account: str) -> bytes | None:
        try:
            text = self._backend.get_password(SERVICE, account)
            return None if text is None else b64decode(text, validate=True)
        except binascii.Error:
            raise _unusable() from None
        except Exception:  # noqa: BLE001 - back ends raise what their system's binding raises; none may show a secret
            raise _unusable() from None

    def text(self, account: str) -> str | None:
        """An entry that a person made, as it stands (`keyring set privacy-assistant NAME`). Raises VaultLocked.

        Secrets of our own are bytes and lie there as base64; a key for a back end is text and is read as nothing else.
        """
        try:
            return self._backend.get_password(SERVICE, account)
        except Exception:  # noqa: BLE001 - as in `get`
            raise _unusable() from None

    def put(self, account: str, secret: bytes) -> None:
        try:
            self._backend.set_password(SERVICE, account, b64encode(secret).decode())
        except Exception:  # noqa: BLE001 - as in `get`
            raise _unusable() from None
        if self.get(account) != secret:
            raise _unusable()

    def remove(self, account: str) -> None:
        if self.get(account) is None:
            return
        self.put(account, bytes(32))
        try:
            self._backend.delete_password(SERVICE, account)
        except keyring.errors.PasswordDeleteError:
            pass  # it was overwritten, which is what counts
        except Exception:  # noqa: BLE001 - as in `get`
            raise _unusable() from None


def find_keyring() -> OsKeyring | None:
    """The keyring of this session, or None on a machine without an allowed one (headless, or switched off)."""
    try:
        chosen = keyring.get_keyring()
    except Exception:  # noqa: BLE001 - a broken plug-in or configuration means: no keyring
        return None
    return accept_backend(chosen)


def accept_backend(chosen: keyring.backend.KeyringBackend) -> OsKeyring | None:
    """Wrap a back end of the keyring library if it is allowed; of a chain, the first that is."""
    candidates = [chosen]
    if isinstance(chosen, keyring.backends.chainer.ChainerBackend):
        candidates = list(chosen.backends)
    for candidate in candidates:
        if backend_name(candidate) in ALLOWED:
            return OsKeyring(candidate)
    return None


def backend_name(backend: keyring.backend.KeyringBackend) -> str:
    """Full class name of a back end."""
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def _unusable() -> VaultLocked:
    return VaultLocked(
        "the system's keyring does not answer, or is locked",
        hint="unlock it (log in to the desktop session), then try again",
    )
