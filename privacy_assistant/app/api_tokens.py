"""Keys of back ends that are kept sealed, under the name of the back end: put, list, remove."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

from privacy_assistant import tripwire
from privacy_assistant.app.api_keys import is_key
from privacy_assistant.app.files import read_policy
from privacy_assistant.app.opening import Opening
from privacy_assistant.app.paths import paths_for
from privacy_assistant.errors import UsageError, VaultLocked
from privacy_assistant.ports import Tokens
from privacy_assistant.vault.tokens import SealedTokens

_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
"""What a back end may be called (core/policy_backends.py)."""


class ApiTokens:
    """The sealed keys of a home, and what its policy makes of them."""

    def __init__(self, tokens: Tokens, backends: tuple[str, ...]) -> None:
        self._tokens = tokens
        self._backends = backends

    def put(self, name: str, value: str) -> str:
        """Keep a key in the place of the one of this name; a remark about its name, or "". Raises UsageError."""
        if not _NAME.fullmatch(name):
            raise UsageError(
                "that is no name of a back end", hint="letters, digits, - and _, at most 40, as in [backend.NAME]"
            )
        if not is_key(value):
            raise UsageError(
                "that cannot be a key: it is empty, or holds blanks, line breaks or characters beyond ASCII",
                hint="copy it again, alone and on one line",
            )
        self._tokens.put(name, value)
        return "" if name in self._backends else f"the policy has no [backend.{name}] yet"

    def names(self) -> list[str]:
        """The names there is a key for."""
        return self._tokens.names()

    def remove(self, name: str) -> None:
        """Take a key out. Raises UsageError where there is none of this name."""
        if not self._tokens.remove(name):
            raise UsageError("there is no key of that name", hint="privacy-assistant key token list")


@contextlib.contextmanager
def open_tokens(opening: Opening) -> Iterator[ApiTokens]:
    """The sealed keys of a home that has a key store. Raises VaultLocked, WrongPassphrase, RecordTampered."""
    tripwire.install()
    paths = paths_for(opening.home)
    if not paths.key_store.exists() and not paths.database.exists():
        raise VaultLocked("there is no key store to seal a key in", hint="privacy-assistant key init")
    from privacy_assistant.app.vault import open_vault

    vault = open_vault(paths, opening)
    if vault is None:
        raise VaultLocked("there is no key store to seal a key in", hint="privacy-assistant key init")
    try:
        yield ApiTokens(SealedTokens(vault.drawer), tuple(backend.name for backend in read_policy(paths).backends))
    finally:
        vault.close()
