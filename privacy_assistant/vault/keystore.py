"""The key store file: what stands in clear about the way to the keys, and the sealed keys.

`magic | header length | header (JSON, in clear) | key-check tag | sealed body`; docs/vault-format.md has the bytes.
The header tells which factors open the store and holds no secret. It is replaced as a whole, atomically, and the
bytes of the file that it replaces are overwritten, since they hold keys that may be meant to be gone.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from privacy_assistant.errors import RecordTampered, VaultLocked
from privacy_assistant.vault import seal

MAGIC = b"PAKEYS\0"
STORE_VERSION = 1
TAG_BYTES = 16
_MAX_BYTES = 16 * 1024 * 1024
_MAX_HEADER = 64 * 1024


@dataclass(frozen=True, slots=True)
class Stretching:
    """Cost of Argon2id: KiB of memory, passes over it, lanes."""

    memory_kib: int
    passes: int
    lanes: int

    def is_at_least(self, other: Stretching) -> bool:
        """No parameter is below the other's."""
        return self.memory_kib >= other.memory_kib and self.passes >= other.passes and self.lanes >= other.lanes


FLOOR = Stretching(memory_kib=64 * 1024, passes=3, lanes=4)
"""Nothing cheaper is ever created or opened."""

_CEILING = Stretching(memory_kib=8 * 1024 * 1024, passes=64, lanes=64)


@dataclass(frozen=True, slots=True)
class Header:
    """What stands in clear: the store's id, the factors that open it, salts, costs, the keyring's name and slot."""

    id: str
    salt: bytes
    stretching: Stretching | None = None
    stretching_salt: bytes = b""
    uses_key_file: bool = False
    keyring_backend: str | None = None
    keyring_slot: int = 0
    is_destroyed: bool = False

    @property
    def uses_passphrase(self) -> bool:
        """Whether a passphrase is one of the factors."""
        return self.stretching is not None

    @property
    def factors(self) -> tuple[str, ...]:
        """Names of what opens the store, in a fixed order: keyring, passphrase, key_file."""
        named = (
            ("keyring", self.keyring_backend is not None),
            ("passphrase", self.uses_passphrase),
            ("key_file", self.uses_key_file),
        )
        return tuple(name for name, is_used in named if is_used)

    def to_bytes(self) -> bytes:
        """The one way to write a header: JSON with sorted keys and no blanks."""
        kdf = None
        if self.stretching is not None:
            kdf = {
                "name": "argon2id",
                "memory_kib": self.stretching.memory_kib,
                "passes": self.stretching.passes,
                "lanes": self.stretching.lanes,
                "salt": self.stretching_salt.hex(),
            }
        keyring = None
        if self.keyring_backend is not None:
            keyring = {"backend": self.keyring_backend, "slot": self.keyring_slot}
        return json.dumps(
            {
                "destroyed": self.is_destroyed,
                "id": self.id,
                "kdf": kdf,
                "key_file": self.uses_key_file,
                "keyring": keyring,
                "salt": self.salt.hex(),
            },
            sort_keys=True,
            separators=(",", ":"),
        ).encode()


@dataclass(frozen=True, slots=True)
class StoredKeys:
    """A key store file, read and not yet opened."""

    header: Header
    check: bytes
    body: bytes = field(repr=False)


def read_store(path: Path) -> StoredKeys:
    """Read a key store; raises VaultLocked when it is no regular private file of ours, or no key store."""
    data = _read_private(path)
    try:
        return _parse(data)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise VaultLocked(
            f"{path} is not a key store, or a part of it is missing",
            hint="put a backup of the key store in its place; without one its history cannot be read",
        ) from None


def write_store(path: Path, header: Header, user_key: bytes, body: Mapping[str, Any], *, is_new: bool = False) -> None:
    """Put a key store in place: temporary file, fsync, rename, fsync of the directory, old bytes overwritten.

    With `is_new` an existing file is never replaced: raises FileExistsError. Raises VaultLocked where the directory
    or disk refuses; then the old file stands unchanged.
    """
    prefix = _prefix(header, check_tag(user_key))
    plaintext = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    sealed = seal.seal(_store_key(user_key), plaintext, _place(prefix))
    _replace(path, prefix + sealed, is_new=is_new)


def write_destroyed(path: Path, header: Header) -> None:
    """Replace a key store by a tombstone that holds no key, so that nothing can ever open what it guarded."""
    tombstone = Header(
        id=header.id, salt=b"", is_destroyed=True, keyring_backend=header.keyring_backend, keyring_slot=0
    )
    _replace(path, _prefix(tombstone, bytes(TAG_BYTES)), is_new=False)


def make_directory(path: Path) -> None:
    """Make a directory (and what is above it) that only this person enters; an existing one is checked."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise VaultLocked(f"{path} cannot be made: {error.strerror}", hint="check the mode of its parent") from None
    check_directory(path)


def open_body(stored: StoredKeys, user_key: bytes) -> dict[str, Any] | None:
    """The sealed part, or None when the user key is not the one of this store. Raises RecordTampered."""
    if not seal.is_same(check_tag(user_key), stored.check):
        return None
    plaintext = seal.unseal(_store_key(user_key), stored.body, _place(_prefix(stored.header, stored.check)))
    try:
        body = json.loads(plaintext)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise RecordTampered("the key store does not hold what it should", hint="put a backup of it in its place")
    return body


def check_tag(user_key: bytes) -> bytes:
    """16 bytes that tell a wrong secret from a damaged file (AES-GCM alone does not commit to its key)."""
    return seal.subkey(user_key, seal.aad("check"), length=TAG_BYTES)


def check_directory(path: Path) -> None:
    """Raise VaultLocked unless the directory belongs to this person and is not writable by everybody."""
    found = path.stat()
    if not stat.S_ISDIR(found.st_mode):
        raise VaultLocked(f"{path} is not a directory", hint="remove it, or name another home")
    if os.name == "posix":
        if found.st_uid != os.geteuid():
            raise VaultLocked(f"{path} belongs to another user", hint="run this as its owner, or name another home")
        if found.st_mode & 0o002:
            raise VaultLocked(f"everybody may write to {path}", hint=f"chmod go-rwx {path}")


def check_file(path: Path, found: os.stat_result) -> None:
    """Raise VaultLocked unless this is a regular file of this person.

    A symbolic link is refused: it would let another file be read or replaced in its place.
    """
    if stat.S_ISLNK(found.st_mode):
        raise VaultLocked(f"{path} is a symbolic link", hint="put the file itself there")
    if not stat.S_ISREG(found.st_mode):
        raise VaultLocked(f"{path} is not a regular file", hint="remove it")
    if os.name == "posix" and found.st_uid != os.geteuid():
        raise VaultLocked(f"{path} belongs to another user", hint="run this as its owner, or change the owner")


def _read_private(path: Path) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except FileNotFoundError:
        raise
    except OSError:
        if path.is_symlink():
            check_file(path, path.lstat())
        raise VaultLocked(f"{path} cannot be read", hint="check its owner and its mode (0600)") from None
    try:
        found = os.fstat(fd)
        check_file(path, found)
    except BaseException:
        os.close(fd)
        raise
    with os.fdopen(fd, "rb") as file:
        if os.name == "posix" and found.st_mode & 0o077:
            # A copy or an archive widens the mode easily; nothing in it opens without the secret. Narrow it again.
            os.fchmod(file.fileno(), 0o600)
        return file.read(_MAX_BYTES + 1)


def _parse(data: bytes) -> StoredKeys:
    start = len(MAGIC) + 1 + 4
    if len(data) > _MAX_BYTES or len(data) < start or not data.startswith(MAGIC) or data[len(MAGIC)] != STORE_VERSION:
        raise ValueError
    length = int.from_bytes(data[len(MAGIC) + 1 : start], "big")
    if length > _MAX_HEADER or start + length + TAG_BYTES > len(data):
        raise ValueError
    raw = data[start : start + length]
    header = _parse_header(json.loads(raw))
    # Everything that follows is bound to these bytes, so there must be one way to write them.
    if header.to_bytes() != raw:
        raise ValueError
    return StoredKeys(header, data[start + length : start + length + TAG_BYTES], data[start + length + TAG_BYTES :])


def _parse_header(untrusted: Any) -> Header:
    kdf, keyring = untrusted["kdf"], untrusted["keyring"]
    stretching = None
    if kdf is not None:
        stretching = Stretching(kdf["memory_kib"], kdf["passes"], kdf["lanes"])
        if kdf["name"] != "argon2id" or not all(
            type(cost) is int for cost in (stretching.memory_kib, stretching.passes, stretching.lanes)
        ):
            raise ValueError
        if not stretching.is_at_least(FLOOR):
            raise VaultLocked(
                "the key store asks for a weaker passphrase stretching than this program accepts",
                hint="it was changed, or made by something else; put a backup of it in its place",
            )
        if not _CEILING.is_at_least(stretching):
            raise ValueError
    if keyring is not None and (type(keyring["backend"]) is not str or type(keyring["slot"]) is not int):
        raise ValueError
    if type(untrusted["id"]) is not str or len(bytes.fromhex(untrusted["id"])) != 16:
        raise ValueError
    if type(untrusted["destroyed"]) is not bool or type(untrusted["key_file"]) is not bool:
        raise ValueError
    return Header(
        id=untrusted["id"],
        salt=bytes.fromhex(untrusted["salt"]),
        stretching=stretching,
        stretching_salt=bytes.fromhex(kdf["salt"]) if kdf is not None else b"",
        uses_key_file=untrusted["key_file"],
        keyring_backend=keyring["backend"] if keyring is not None else None,
        keyring_slot=keyring["slot"] if keyring is not None else 0,
        is_destroyed=untrusted["destroyed"],
    )


def _prefix(header: Header, check: bytes) -> bytes:
    raw = header.to_bytes()
    return MAGIC + bytes([STORE_VERSION]) + len(raw).to_bytes(4, "big") + raw + check


def _store_key(user_key: bytes) -> bytes:
    return seal.subkey(user_key, seal.aad("keystore"))


def _place(prefix: bytes) -> bytes:
    return seal.aad("keystore") + b"|" + prefix


def _replace(path: Path, data: bytes, *, is_new: bool) -> None:
    temporary = path.with_name(f".{path.name}.{seal.random_bytes(8).hex()}.new")
    try:
        _write_synced(temporary, data)
        if is_new:
            _link_new(temporary, path)
        else:
            with _opened_for_overwriting(path) as old:
                os.replace(temporary, path)
                sync_directory(path.parent)
                if old is not None:
                    _overwrite(old)
        sync_directory(path.parent)
    except FileExistsError:
        raise
    except OSError as error:
        raise VaultLocked(
            f"the key store {path} cannot be written: {error.strerror}",
            hint="check the free space and the mode of its directory; nothing was changed",
        ) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def _link_new(temporary: Path, path: Path) -> None:
    if os.name == "posix":
        os.link(temporary, path)
    else:
        os.rename(temporary, path)  # on Windows a rename never replaces


def _write_synced(path: Path, data: bytes) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def _opened_for_overwriting(path: Path) -> Iterator[IO[bytes] | None]:
    """The old file, kept open over the rename where the system allows it: its blocks hold keys."""
    if os.name != "posix":
        yield None
        return
    try:
        fd = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        yield None
        return
    with os.fdopen(fd, "r+b") as file:
        yield file


def _overwrite(file: IO[bytes]) -> None:
    length = os.fstat(file.fileno()).st_size
    file.seek(0)
    file.write(seal.random_bytes(length))
    file.flush()
    os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    """Make a rename in this directory last over a power cut. Windows has no such call and needs none."""
    if os.name != "posix":
        return
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
