"""Seal one record, or refuse to open it: the only module that imports `cryptography`.

A sealed record is `version (1 byte) | nonce (12 bytes, random) | AES-256-GCM ciphertext and tag`. The associated
data names the place of the record, so that a record which is moved, replayed elsewhere or changed does not open.
Byte level: docs/vault-format.md.
"""

from __future__ import annotations

import hmac
import os
import threading

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from privacy_assistant.errors import RecordTampered

RECORD_VERSION: int = 1
"""The first byte of every sealed record; it is part of the associated data too."""

KEY_BYTES: int = 32
NONCE_BYTES: int = 12
TAG_BYTES: int = 16
BUCKET_BYTES: int = 256
WRAPPED_KEY_BYTES: int = 1 + NONCE_BYTES + KEY_BYTES + TAG_BYTES
"""Length of what `wrap_key` returns."""

_LENGTH_BYTES = 4
_MAX_PLAINTEXT = 2**31
_OVERHEAD = 1 + NONCE_BYTES + TAG_BYTES

_one_derivation = threading.Lock()


def new_key() -> bytes:
    """32 bytes from the operating system's generator."""
    return os.urandom(KEY_BYTES)


def random_bytes(count: int) -> bytes:
    """`count` bytes from the operating system's generator: salts, ids."""
    return os.urandom(count)


def aad(*parts: str | int) -> bytes:
    """Associated data `pa1|part|part|…`, e.g. `aad("msg", conversation, seq, version)`.

    Raises ValueError for a part that would make two places look alike: empty, or with a `|` in it.
    """
    words = ["pa1"]
    for part in parts:
        word = str(part)
        if not word or "|" in word:
            raise ValueError("a part of associated data must not be empty and must not hold '|'")
        words.append(word)
    return "|".join(words).encode()


def padded_length(length: int) -> int:
    """Bytes that a plaintext of `length` bytes is stretched to before it is sealed.

    Whole buckets of 256 bytes, then Padmé (Nikitin and others, "Reducing metadata leakage from encrypted files",
    PoPETs 2019): the length leaks O(log log n) bits for an overhead below 12 %.
    """
    framed = max(1, length + _LENGTH_BYTES)
    bucketed = -(-framed // BUCKET_BYTES) * BUCKET_BYTES
    exponent = bucketed.bit_length() - 1
    free_bits = exponent - exponent.bit_length()
    mask = (1 << free_bits) - 1
    return (bucketed + mask) & ~mask


def seal(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Seal a record under a 32-byte key, bound to `aad`; its length shows only the bucket of the plaintext's."""
    if len(plaintext) >= _MAX_PLAINTEXT - 2 * BUCKET_BYTES:
        raise ValueError("a record must stay below 2 GiB")
    framed = len(plaintext).to_bytes(_LENGTH_BYTES, "big") + plaintext
    return _encrypt(key, framed.ljust(padded_length(len(plaintext)), b"\0"), aad)


def unseal(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """The plaintext of a record. Raises RecordTampered when it is not the record that was sealed for this place."""
    framed = _decrypt(key, sealed, aad)
    length = int.from_bytes(framed[:_LENGTH_BYTES], "big")
    if len(framed) < _LENGTH_BYTES or length > len(framed) - _LENGTH_BYTES:
        raise _tampered()
    return framed[_LENGTH_BYTES : _LENGTH_BYTES + length]


def wrap_key(key: bytes, inner: bytes, aad: bytes) -> bytes:
    """Seal a 32-byte key under another: like `seal`, without padding, since all keys have one length."""
    if len(inner) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return _encrypt(key, inner, aad)


def unwrap_key(key: bytes, wrapped: bytes, aad: bytes) -> bytes:
    """The key that was wrapped. Raises RecordTampered."""
    if len(wrapped) != WRAPPED_KEY_BYTES:
        raise _tampered()
    return _decrypt(key, wrapped, aad)


def mac(key: bytes, data: bytes) -> bytes:
    """HMAC-SHA256, 32 bytes."""
    return hmac.digest(key, data, "sha256")


def is_same(left: bytes, right: bytes) -> bool:
    """Compare two tags in constant time."""
    return hmac.compare_digest(left, right)


def subkey(key: bytes, name: bytes, *, salt: bytes = b"", length: int = KEY_BYTES) -> bytes:
    """HKDF-SHA256 (RFC 5869) of `key`, with `name` as info."""
    return HKDF(algorithm=SHA256(), length=length, salt=salt or None, info=name).derive(key)


def stretch(passphrase: bytes, *, salt: bytes, memory_kib: int, passes: int, lanes: int) -> bytes:
    """Argon2id (RFC 9106): 32 bytes that cost `memory_kib` KiB and `passes` passes over it to compute."""
    # OpenSSL shares one pool of threads among derivations, and two at once wait for each other for ever (4.0.3).
    with _one_derivation:
        derivation = Argon2id(salt=salt, length=KEY_BYTES, iterations=passes, lanes=lanes, memory_cost=memory_kib)
        return derivation.derive(passphrase)


def new_exchange_key() -> tuple[bytes, bytes]:
    """A fresh X25519 pair, `(private, public)`, 32 bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def agree(private: bytes, public: bytes) -> bytes:
    """X25519 shared secret (RFC 7748). Raises RecordTampered for a public key of small order."""
    try:
        return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise _tampered() from None


def _encrypt(key: bytes, plaintext: bytes, aad: bytes) -> bytes:
    version = bytes([RECORD_VERSION])
    nonce = os.urandom(NONCE_BYTES)
    return version + nonce + AESGCM(_checked(key)).encrypt(nonce, plaintext, version + aad)


def _decrypt(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    if len(sealed) < _OVERHEAD or sealed[0] != RECORD_VERSION:
        raise _tampered()
    nonce, ciphertext = sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
    try:
        return AESGCM(_checked(key)).decrypt(nonce, ciphertext, sealed[:1] + aad)
    except InvalidTag:
        raise _tampered() from None


def _checked(key: bytes) -> bytes:
    # AESGCM would take 16 bytes too, and quietly be AES-128.
    if len(key) != KEY_BYTES:
        raise ValueError("a key has 32 bytes")
    return key


def _tampered() -> RecordTampered:
    return RecordTampered(
        "a sealed record was changed, moved, replayed or cut",
        hint="restore the whole home from a backup, or give it up with 'purge-history --everything'",
    )
