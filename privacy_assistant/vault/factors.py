"""What opens a key store: a passphrase, a key file, a secret in the system's keyring, or several of them together.

All factors in use are needed; they flow, each framed by its name and length, through HKDF into one user key.
"""

from __future__ import annotations

import os
import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from privacy_assistant.errors import UsageError, VaultLocked
from privacy_assistant.vault import seal
from privacy_assistant.vault.keystore import FLOOR, Header, Stretching

PASSPHRASE_VARIABLE = "PRIVACY_ASSISTANT_PASSPHRASE"  # noqa: S105 - the name of a variable

_KEY_FILE_MIN, _KEY_FILE_MAX = 32, 1024 * 1024
_KEY_FILE_DISTINCT = 8
_DEFAULT_MEMORY_KIB = 256 * 1024
_CALIBRATION_LIMIT_S = 1.0


class KeyringPort(Protocol):
    """A place for small secrets by account name. Each method raises VaultLocked when the keyring does not answer."""

    @property
    def name(self) -> str:
        """Full class name of the back end: recorded in the key store and compared at unlock."""

    def get(self, account: str) -> bytes | None: ...

    def put(self, account: str, secret: bytes) -> None:
        """Keep or overwrite a secret."""

    def remove(self, account: str) -> None:
        """Overwrite and remove a secret; nothing happens when there is none."""


KeyringFinder = Callable[[], KeyringPort | None]
"""Looks for the keyring only when it is needed: asking the desktop session for it takes a while."""


class Prompt(StrEnum):
    """Which question a person is asked."""

    UNLOCK = "unlock"
    CREATE = "create"


@dataclass(frozen=True, slots=True)
class PassphraseSource:
    """Where a passphrase comes from: `given` (variable, descriptor), else `ask`, which stands for a terminal.

    `ask` is called at most once and returns None or "" when the person gives none.
    """

    given: str | None = field(default=None, repr=False)
    ask: Callable[[Prompt], str | None] | None = None

    def obtain(self, prompt: Prompt) -> str | None:
        """The passphrase, or None."""
        if self.given:
            return self.given
        return (self.ask(prompt) or None) if self.ask is not None else None


@dataclass(frozen=True, slots=True)
class Factors:
    """The secrets of an opened store, kept so that it can be written again under a fresh salt without asking."""

    device_secret: bytes | None = field(default=None, repr=False)
    stretched: bytes | None = field(default=None, repr=False)
    key_file: bytes | None = field(default=None, repr=False)

    def user_key(self, salt: bytes) -> bytes:
        """HKDF-SHA256 over every factor in use."""
        framed = b""
        for name, secret in (("keyring", self.device_secret), ("passphrase", self.stretched), ("file", self.key_file)):
            if secret is not None:
                framed += seal.aad(name, len(secret)) + b"|" + secret
        if not framed:
            raise ValueError("a user key needs a factor")
        return seal.subkey(framed, seal.aad("uk"), salt=salt)


def gather(
    header: Header, *, passphrase: PassphraseSource, key_file: Path | None, find_keyring: KeyringFinder | None
) -> tuple[Factors, KeyringPort | None]:
    """Collect what this header asks for. Raises VaultLocked for what is not at hand."""
    keyring = None
    device_secret = stretched = file_secret = None
    if header.uses_key_file:
        if key_file is None:
            raise VaultLocked("this key store needs its key file", hint="name it with --key-file F")
        file_secret = read_key_file(key_file)
    if header.keyring_backend is not None:
        keyring = _same_keyring(header.keyring_backend, find_keyring)
        device_secret = keyring.get(account(header.id, header.keyring_slot))
        if device_secret is None or len(device_secret) != seal.KEY_BYTES:
            raise VaultLocked(
                "the system's keyring no longer holds the secret of this key store",
                hint="log in as the person and on the device that made it; a recovery needs a copy of that keyring",
            )
    if header.stretching is not None:
        words = passphrase.obtain(Prompt.UNLOCK)
        if words is None:
            raise VaultLocked(
                "the key store is locked by a passphrase",
                hint=f"run in a terminal, set {PASSPHRASE_VARIABLE}, or use --passphrase-fd N",
            )
        stretched = stretch_passphrase(words, header.stretching_salt, header.stretching)
    return Factors(device_secret, stretched, file_secret), keyring


def account(store_id: str, slot: int) -> str:
    """Name of a device secret in the keyring. A purge moves to the next slot and removes the one before."""
    return f"{store_id}/{slot}"


def stretch_passphrase(words: str, salt: bytes, cost: Stretching) -> bytes:
    """Argon2id of a passphrase, NFC-normalised, so that two keyboards that compose letters differently agree."""
    secret = unicodedata.normalize("NFC", words).encode("utf-8", "surrogateescape")
    try:
        return seal.stretch(secret, salt=salt, memory_kib=cost.memory_kib, passes=cost.passes, lanes=cost.lanes)
    except MemoryError:
        raise VaultLocked(
            f"opening the key store needs {cost.memory_kib // 1024} MiB of free memory", hint="close something"
        ) from None


def calibrate(*, ram_bytes: int | None = None, clock: Callable[[], float] = time.perf_counter) -> Stretching:
    """The strongest stretching for this machine: up to 256 MiB, at most one second, at most a quarter of the RAM.

    Never below the floor of 64 MiB, however slow the machine. `ram_bytes` None means: ask the system.
    """
    start = clock()
    stretch_passphrase("calibration", bytes(16), FLOOR)
    seconds = max(clock() - start, 1e-9)
    ram = _ram_bytes() if ram_bytes is None else ram_bytes
    memory = _DEFAULT_MEMORY_KIB
    while memory > FLOOR.memory_kib and (
        memory * 1024 > ram // 4 or seconds * memory / FLOOR.memory_kib > _CALIBRATION_LIMIT_S
    ):
        memory //= 2
    return replace(FLOOR, memory_kib=max(memory, FLOOR.memory_kib))


def read_key_file(path: Path) -> bytes:
    """32 bytes from a key file of 32 bytes to 1 MiB. It is not stretched: it must hold random bytes, not words.

    Raises VaultLocked when it cannot be read or cannot be a key.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_KEY_FILE_MAX + 1)
    except OSError as error:
        raise VaultLocked(
            f"the key file {path} cannot be read: {error.strerror}",
            hint="check the path; 'privacy-assistant key init --key-file F' makes a new one",
        ) from None
    if not _KEY_FILE_MIN <= len(content) <= _KEY_FILE_MAX or len(set(content)) < _KEY_FILE_DISTINCT:
        raise VaultLocked(
            f"{path} cannot be a key file: it must hold at least {_KEY_FILE_MIN} random bytes, at most 1 MiB",
            hint="let 'privacy-assistant key init --key-file F' make one",
        )
    return seal.subkey(content, seal.aad("keyfile"))


def create_key_file(path: Path) -> None:
    """Write a new key file (64 hex digits, mode 0600). Never replaces one: raises UsageError."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UsageError(
            f"the key file {path} cannot be made: {error.strerror}", hint="name a path that is free"
        ) from None
    with os.fdopen(fd, "wb") as file:
        file.write(seal.new_key().hex().encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def _same_keyring(recorded: str, find_keyring: KeyringFinder | None) -> KeyringPort:
    keyring = find_keyring() if find_keyring is not None else None
    if keyring is None:
        raise VaultLocked(
            "this key store needs the system's keyring, and there is none in this session",
            hint="log in to the desktop session that made it",
        )
    if keyring.name != recorded:
        raise VaultLocked(
            f"this key store was made with the keyring {recorded}, and this session offers {keyring.name}",
            hint="switch back to the keyring that made it",
        )
    return keyring


def _ram_bytes() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return 2 * 1024**3  # unknown: as if it were a small machine
