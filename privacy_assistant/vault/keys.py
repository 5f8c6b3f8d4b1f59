"""Open or make the key store: from a passphrase, a key file or the system's keyring to the keys.

Never a fall to plaintext and never a second key store beside a history: a store that is there and does not open is
an error, and where there is nothing to make one from the answer is "from memory only".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from privacy_assistant.errors import UsageError, VaultLocked, WrongPassphrase
from privacy_assistant.vault import factors, keystore, seal
from privacy_assistant.vault.factors import Factors, KeyringFinder, KeyringPort, PassphraseSource, Prompt
from privacy_assistant.vault.key_ring import Anchor, Keys, KeyStatus, PurgePhase, PurgeRecord, described, destroyed
from privacy_assistant.vault.keystore import FLOOR, Header, Stretching

__all__ = [
    "Anchor",
    "KeyStatus",
    "Keys",
    "PurgePhase",
    "PurgeRecord",
    "create_keys",
    "describe",
    "open_keys",
]


def open_keys(
    store: Path,
    *,
    passphrase: PassphraseSource,
    key_file: Path | None = None,
    find_keyring: KeyringFinder | None = None,
    is_home_explicit: bool = False,
    guarded: Sequence[Path] = (),
    cost: Stretching | None = None,
) -> Keys | None:
    """Open the key store, or make one where that needs no question; None means: answer from memory only.

    `find_keyring` is asked for a new store only when no home was set (`is_home_explicit`), since the keyring belongs
    to the person, not to that home. `guarded` names files that are unreadable without the store: with one of them
    there and the store gone nothing new is made. `cost` replaces the calibration of a new passphrase.

    Raises WrongPassphrase or VaultLocked when there is a store and it does not open; it stands unchanged then.
    """
    try:
        stored = keystore.read_store(store)
    except FileNotFoundError:
        return _create_silently(store, passphrase, key_file, None if is_home_explicit else find_keyring, guarded, cost)
    if stored.header.is_destroyed:
        raise destroyed()
    secrets, keyring = factors.gather(
        stored.header, passphrase=passphrase, key_file=key_file, find_keyring=find_keyring
    )
    body = keystore.open_body(stored, secrets.user_key(stored.header.salt))
    if body is None:
        if stored.header.uses_passphrase:
            raise WrongPassphrase("the passphrase does not open the key store", hint="try again; nothing was changed")
        raise VaultLocked("this key file or keyring does not open the key store", hint="name the one that made it")
    return Keys(store, stored.header, secrets, keyring, body)


def create_keys(
    store: Path,
    *,
    passphrase: str | None = None,
    key_file: Path | None = None,
    keyring: KeyringPort | None = None,
    cost: Stretching | None = None,
) -> Keys:
    """Make a key store that needs all the factors given (`key init`). Its directory is made with mode 0700.

    Raises UsageError when there is one already or no factor is given, VaultLocked when it cannot be written.
    """
    if cost is not None and not cost.is_at_least(FLOOR):
        raise UsageError("the passphrase stretching is below the floor", hint="64 MiB, 3 passes, 4 lanes at least")
    if not passphrase and key_file is None and keyring is None:
        raise UsageError("a key store needs a passphrase, a key file or the system's keyring", hint="give one of them")
    if store.exists() or store.is_symlink():
        raise UsageError(f"there is a key store already: {store}", hint="'privacy-assistant key status' shows it")
    header = Header(id=seal.random_bytes(16).hex(), salt=seal.random_bytes(16))
    secrets = Factors()
    if key_file is not None:
        header = replace(header, uses_key_file=True)
        secrets = replace(secrets, key_file=factors.read_key_file(key_file))
    if passphrase:
        chosen = cost or factors.calibrate()
        salt = seal.random_bytes(16)
        header = replace(header, stretching=chosen, stretching_salt=salt)
        secrets = replace(secrets, stretched=factors.stretch_passphrase(passphrase, salt, chosen))
    if keyring is not None:
        fresh = seal.new_key()
        header = replace(header, keyring_backend=keyring.name, keyring_slot=0)
        secrets = replace(secrets, device_secret=fresh)
        keyring.put(factors.account(header.id, 0), fresh)
    body = {"epoch": 1, "kek": seal.new_key().hex(), "purge": None, "anchor": None, "retired": []}
    keystore.make_directory(store.parent)
    try:
        keystore.write_store(store, header, secrets.user_key(header.salt), body, is_new=True)
    except FileExistsError:
        raise UsageError(f"there is a key store already: {store}", hint="it was made at this moment") from None
    return Keys(store, header, secrets, keyring, body)


def describe(store: Path) -> KeyStatus:
    """What `key status` can show without opening anything: state is missing, locked or destroyed."""
    try:
        stored = keystore.read_store(store)
    except FileNotFoundError:
        return KeyStatus(state="missing", path=str(store))
    return described(store, stored.header)


def _create_silently(
    store: Path,
    passphrase: PassphraseSource,
    key_file: Path | None,
    find_keyring: KeyringFinder | None,
    guarded: Sequence[Path],
    cost: Stretching | None,
) -> Keys | None:
    for path in guarded:
        if path.exists():
            raise VaultLocked(
                f"{path} is here and its key store {store} is not",
                hint="put the key store back from a backup; without it that history cannot be read and may be removed",
            )
    keyring = find_keyring() if find_keyring is not None else None
    words = passphrase.given
    if not words and keyring is None and key_file is None:
        words = passphrase.obtain(Prompt.CREATE)
        if not words:
            return None
    try:
        return create_keys(store, passphrase=words, key_file=key_file, keyring=keyring, cost=cost)
    except UsageError:
        # Another process made it at this moment; it opens with the same secrets or not at all.
        if not store.exists():
            raise
        source = PassphraseSource(given=words)
        return open_keys(store, passphrase=source, key_file=key_file, find_keyring=find_keyring)
