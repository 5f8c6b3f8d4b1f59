"""The keys of back ends: found where the policy says, when they are first needed, and kept in memory alone.

No key is in a message, a log, a repr, an argument of a command or the environment of a child process.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Protocol

from privacy_assistant.app.clock import now
from privacy_assistant.app.environment import take_out, taken, variables_of
from privacy_assistant.app.key_command import CommandFailed, find_program, first_line
from privacy_assistant.core.policy_terms import Backend, BackendKind, KeySource, Policy
from privacy_assistant.core.turn import Zone
from privacy_assistant.errors import KeyMissing, VaultError
from privacy_assistant.ports import Tokens

NOT_OPEN = "its key would be sealed in the key store, which is not open"
"""What `why_no_key` says where nobody can tell without opening the key store."""

_KEY = re.compile(r"[\x21-\x7e]{1,16384}", re.ASCII)
# The device secrets of key stores lie in the same service of the keyring (vault/factors.py `account`).
_DEVICE_SECRET = re.compile(r"[0-9a-f]{32}/[0-9]+", re.ASCII)
_BEFORE_EXPIRY = timedelta(minutes=5)
_WITHOUT_EXPIRY = timedelta(minutes=10)


class Entries(Protocol):
    """A keyring that holds texts by name. Raises VaultLocked when it does not answer."""

    def text(self, account: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class _Kept:
    """A token of a command, and until when it is handed out."""

    value: str = field(repr=False)
    until: datetime


class ApiKeys:
    """Finds keys and keeps them. `tokens` None: no key store is open. Any thread may call."""

    def __init__(
        self,
        environment: Mapping[str, str],
        keyring: Callable[[], Entries | None],
        tokens: Tokens | None,
        *,
        clock: Callable[[], datetime] = now,
        run: Callable[[Sequence[str]], str] = first_line,
    ) -> None:
        self._environment = environment
        self._keyring = keyring
        self._tokens = tokens
        self._clock = clock
        self._run = run
        self._keys: dict[tuple[str, KeySource | None], str] = {}
        self._entra: dict[tuple[str, tuple[str, ...]], _Kept] = {}
        self._lock = threading.Lock()

    def key_for(self, backend: Backend) -> Callable[[], str]:
        """What gives the key of a back end when it is called; "" where the back end needs none.

        The call raises KeyMissing: no key there, an empty one, or one that no header can carry.
        """
        return lambda: self._key(backend)

    def token_for(self, backend: Backend) -> Callable[[], str] | None:
        """What gives the Entra token of an Azure back end when it is called; None where it has no `token_command`.

        A token is kept until five minutes before it runs out (`exp` of a JWT), else for ten minutes. The call raises
        KeyMissing.
        """
        return (lambda: self._entra_token(backend)) if backend.token_command else None

    def why_no_key(self, backend: Backend) -> str:
        """Why this back end cannot be given a key; "" where it can, or needs none. Starts no command."""
        if backend.token_command:
            return self._why_no_program(backend, "token_command", backend.token_command)
        source = backend.key
        if source is not None and source.how == "command":
            return self._why_no_program(backend, "api_key_command", source.where)
        if source is None and self._tokens is None and _needs_key(backend):
            return NOT_OPEN
        try:
            self._key(backend)
        except KeyMissing as error:
            return error.message
        return ""

    def forget(self, backend: str) -> None:
        """Look again the next time for the key and the token of that back end: it did not accept what it was given."""
        with self._lock:
            self._keys = {place: kept for place, kept in self._keys.items() if place[0] != backend}
            self._entra = {place: kept for place, kept in self._entra.items() if place[0] != backend}

    # ------------------------------------------------------------ where a key is

    def _key(self, backend: Backend) -> str:
        if backend.token_command and backend.key is None:
            return ""
        place = (backend.name, backend.key)
        with self._lock:
            if place not in self._keys:
                found = self._find(backend)
                if not found:
                    return ""
                self._keys[place] = _checked(backend, found)
            return self._keys[place]

    def _find(self, backend: Backend) -> str:
        source = backend.key
        if source is None:
            return self._sealed(backend)
        if source.how == "env":
            return self._from_environment(backend, source.where[0])
        if source.how == "keyring":
            return self._from_keyring(backend, source.where[0])
        return self._printed(backend, "api_key_command", source.where)

    def _from_environment(self, backend: Backend, name: str) -> str:
        value = self._environment.get(name, "")
        if not value:
            raise KeyMissing(
                f"there is no key: the variable {name} is not set",
                hint=f"set {name} before the program starts, or name another place in [backend.{backend.name}]",
            )
        return value

    def _from_keyring(self, backend: Backend, name: str) -> str:
        if _DEVICE_SECRET.fullmatch(name):
            raise KeyMissing(
                "there is no key: api_key_keyring names a secret of the key store itself",
                hint="give the key an entry of its own",
            )
        keyring = self._keyring()
        if keyring is None:
            raise KeyMissing(
                "there is no key: this session has no usable keyring",
                hint=f"log in to the desktop session, or name another place in [backend.{backend.name}]",
            )
        try:
            value = keyring.text(name)
        except VaultError:
            raise KeyMissing(
                "there is no key: the system's keyring does not answer, or is locked",
                hint="unlock it (log in to the desktop session), then try again",
            ) from None
        if not value:
            raise KeyMissing(
                f"there is no key: the system's keyring has no entry {_shown(name)}",
                hint=f"keyring set privacy-assistant {_shown(name)}",
            )
        return value

    def _sealed(self, backend: Backend) -> str:
        value = self._tokens.get(backend.name) if self._tokens is not None else None
        if not value and _needs_key(backend):
            raise KeyMissing(
                "there is no key",
                hint=f"privacy-assistant key token set {backend.name}, or name a place in [backend.{backend.name}]",
            )
        return value or ""

    # ------------------------------------------------------------ commands

    def _printed(self, backend: Backend, key: str, words: Sequence[str]) -> str:
        try:
            return self._run(words)
        except CommandFailed as error:
            raise _no_command(backend, key, words, str(error)) from None

    def _why_no_program(self, backend: Backend, key: str, words: Sequence[str]) -> str:
        if find_program(words[0]) is not None:
            return ""
        return _no_command(backend, key, words, "is not there").message

    def _entra_token(self, backend: Backend) -> str:
        place = (backend.name, backend.token_command)
        with self._lock:
            kept = self._entra.get(place)
            if kept is None or kept.until <= self._clock():
                value = _checked(backend, self._printed(backend, "token_command", backend.token_command))
                expiry = _expiry(value)
                until = self._clock() + _WITHOUT_EXPIRY if expiry is None else expiry - _BEFORE_EXPIRY
                kept = self._entra[place] = _Kept(value, until)
            return kept.value


def process_keys(policy: Policy, tokens: Tokens | None) -> ApiKeys:
    """The keys of this process, for a policy: the variables that it names leave the environment now.

    After another policy was read, `environment.take_out(variables_of(policy))` is enough.
    """
    take_out(variables_of(policy))
    return ApiKeys(taken(), _system_keyring, tokens)


def _system_keyring() -> Entries | None:
    from privacy_assistant.vault import os_keyring  # takes a while, and most homes have their keys elsewhere

    return os_keyring.find_keyring()


def _needs_key(backend: Backend) -> bool:
    """OpenAI, Azure and whatever else is in the cloud. A server of one's own may have none, and is then sent none."""
    if backend.kind is BackendKind.WYOMING:
        return False
    return backend.zone is Zone.CLOUD or backend.kind in (BackendKind.OPENAI, BackendKind.AZURE)


def _no_command(backend: Backend, key: str, words: Sequence[str], why: str) -> KeyMissing:
    name = _shown(os.path.basename(words[0]))
    return KeyMissing(
        f"there is no key: its {key} ({name}) {why}",
        hint="run it in a terminal: it must print the key on its first line, ask nothing and end with 0",
    )


def _shown(name: str) -> str:
    return name if name.isprintable() else "that is written with unprintable characters"


def _checked(backend: Backend, value: str) -> str:
    if _KEY.fullmatch(value):
        return value
    raise KeyMissing(
        f"the key for {backend.name} cannot be one: it holds blanks, line breaks or characters beyond ASCII",
        hint="copy it again, alone and on one line",
    )


def is_key(value: str) -> bool:
    """Whether a header can carry it: ASCII that can be seen, no blanks."""
    return _KEY.fullmatch(value) is not None


def _expiry(value: str) -> datetime | None:
    """When a JWT runs out, by its own word; None for any other token. Nothing is verified: the back end does that."""
    parts = value.split(".")
    if len(parts) != 3:
        return None
    try:
        untrusted_claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        untrusted_exp = untrusted_claims["exp"]
        if isinstance(untrusted_exp, bool) or not isinstance(untrusted_exp, int | float):
            return None
        return datetime.fromtimestamp(untrusted_exp, UTC)
    except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError, binascii.Error):
        return None
