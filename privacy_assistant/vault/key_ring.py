"""The key ring in memory, and the envelope of epochs in the key store.

The key store holds KEK_e, the key of epoch e; KEK_e wraps one key per conversation and gives subkeys by purpose. A
purge moves everything that is kept to KEK_{e+1} and destroys KEK_e: what is wrapped under it, in any copy of the
database, stays shut.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from privacy_assistant.errors import RecordTampered, UsageError, VaultLocked
from privacy_assistant.vault import factors, keystore, seal
from privacy_assistant.vault.factors import Factors, KeyringPort
from privacy_assistant.vault.keystore import FLOOR, Header, Stretching
from privacy_assistant.vault.lock import held_lock

_STORE_LOCK_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Anchor:
    """The database's write counter and a MAC over its state, as last seen; kept where the database is not.

    A database ahead of it has crashed before the anchor was written, which is fine. One behind it was rolled back.
    """

    counter: int
    mac: bytes


class PurgePhase(StrEnum):
    """How far a purge has come: key made, database committed, old key destroyed (cleaning and receipt are left)."""

    DECIDED = "decided"
    COMMITTED = "committed"
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class PurgeRecord:
    """A purge that was decided and is not finished: what it removes and how far it has come.

    `needles` are 8-byte fragments of deleted ciphertexts for the self-check. No content.
    """

    predicate: Mapping[str, Any]
    phase: PurgePhase
    removed: Mapping[str, int] = field(default_factory=dict)
    needles: tuple[bytes, ...] = field(default=(), repr=False)
    wants_compact: bool = False


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """What `key status` shows; never a secret. `epoch` is None while the store is locked."""

    state: str
    path: str
    factors: tuple[str, ...] = ()
    keyring_backend: str | None = None
    stretching: Stretching | None = None
    epoch: int | None = None
    is_purge_pending: bool = False


class Keys:
    """An opened key ring. Writing it takes the store's own lock and starts from what the file holds by then."""

    def __init__(
        self, store: Path, header: Header, secrets: Factors, keyring: KeyringPort | None, body: dict[str, Any]
    ) -> None:
        self._store = store
        self._header = header
        self._secrets = secrets
        self._keyring = keyring
        self._body = body
        self._purposes: dict[tuple[str, int], bytes] = {}

    # ------------------------------------------------------------ reading

    @property
    def store(self) -> Path:
        """Where the key store stands."""
        return self._store

    @property
    def id(self) -> str:
        """32 hex digits, the same for the life of the store."""
        return self._header.id

    @property
    def epoch(self) -> int:
        """The epoch that new records are sealed under: the next one as soon as a purge has committed it."""
        current = int(self._body["epoch"])
        purge = self._body["purge"]
        return current + 1 if purge is not None and purge["phase"] == PurgePhase.COMMITTED else current

    @property
    def next_epoch(self) -> int | None:
        """The epoch a running purge moves to; None without one, and once the old key is destroyed."""
        purge = self._body["purge"]
        return int(self._body["epoch"]) + 1 if purge is not None and purge["kek"] is not None else None

    @property
    def is_purge_pending(self) -> bool:
        """A purge was decided and is not finished, as far as this process has read."""
        return self._body["purge"] is not None

    @property
    def pending(self) -> PurgeRecord | None:
        """The purge that was decided and is not finished."""
        purge = self._body["purge"]
        if purge is None:
            return None
        return PurgeRecord(
            predicate=purge["predicate"],
            phase=PurgePhase(purge["phase"]),
            removed=purge["removed"],
            needles=tuple(bytes.fromhex(needle) for needle in purge["needles"]),
            wants_compact=purge["compact"],
        )

    def kek(self, epoch: int) -> bytes:
        """The key of an epoch: the current one, or the next during a purge.

        Raises RecordTampered for an epoch that was destroyed (a restored backup), VaultLocked for one yet to come.
        """
        if epoch == self._body["epoch"]:
            return bytes.fromhex(self._body["kek"])
        if epoch == self.next_epoch:
            return bytes.fromhex(self._body["purge"]["kek"])
        if epoch < self._body["epoch"]:
            raise RecordTampered(
                "a record belongs to keys that a purge has destroyed",
                hint="the history is older than its keys: it was restored from a backup made before that purge",
            )
        raise VaultLocked(
            "the history has moved on to newer keys than these",
            hint="start again, so that the keys are read again; a key store from a backup needs its own history",
        )

    def wrap(self, dek: bytes, conversation: str, *, epoch: int | None = None) -> bytes:
        """Seal a conversation's key under an epoch's (the current one without `epoch`)."""
        chosen = self.epoch if epoch is None else epoch
        return seal.wrap_key(self.kek(chosen), dek, seal.aad("dek", conversation, chosen))

    def unwrap(self, wrapped: bytes, conversation: str, epoch: int) -> bytes:
        """A conversation's key. Raises RecordTampered."""
        return seal.unwrap_key(self.kek(epoch), wrapped, seal.aad("dek", conversation, epoch))

    def purpose(self, name: str, epoch: int | None = None) -> bytes:
        """A subkey for one purpose ("sealed", "head", "ledger", …) of an epoch; it dies with that epoch's key."""
        chosen = self.epoch if epoch is None else epoch
        known = self._purposes.get((name, chosen))
        if known is None:
            known = seal.subkey(self.kek(chosen), seal.aad("purpose", name, chosen))
            self._purposes[(name, chosen)] = known
        return known

    def anchor(self) -> Anchor | None:
        """The anchor as last written; None before the first."""
        stored = self._body["anchor"]
        return None if stored is None else Anchor(stored["counter"], bytes.fromhex(stored["mac"]))

    def status(self) -> KeyStatus:
        """What `key status` shows of an opened store."""
        shown = described(self._store, self._header)
        return replace(shown, state="open", epoch=self.epoch, is_purge_pending=self.is_purge_pending)

    # ------------------------------------------------------------ writing

    def set_anchor(self, anchor: Anchor) -> None:
        """Write the anchor; one that is behind the stored one changes nothing."""
        with self._changing() as body:
            stored = body["anchor"]
            if stored is None or anchor.counter > stored["counter"]:
                body["anchor"] = _stored_anchor(anchor)

    def decide_purge(self, predicate: Mapping[str, Any], *, wants_compact: bool = False) -> None:
        """Step 1: the next epoch's key and the predicate (ids and a cut-off only), lastingly.

        Raises UsageError while another purge is not finished.
        """
        with self._changing() as body:
            if body["purge"] is not None:
                raise UsageError("another purge is not finished", hint="run 'privacy-assistant purge-history' again")
            body["purge"] = {
                "phase": PurgePhase.DECIDED,
                "kek": seal.new_key().hex(),
                "predicate": dict(predicate),
                "removed": {},
                "needles": [],
                "compact": wants_compact,
            }

    def note_removal(self, removed: Mapping[str, int], needles: Sequence[bytes]) -> None:
        """Within step 2, before its COMMIT: the counts for the receipt and what the self-check will look for."""
        with self._changing_purge() as (_, purge):
            purge["removed"] = dict(removed)
            purge["needles"] = [needle.hex() for needle in needles]

    def note_committed(self, anchor: Anchor | None = None) -> None:
        """After step 2: the database is at the next epoch, and so are new records. Idempotent."""
        with self._changing_purge() as (body, purge):
            if purge["phase"] == PurgePhase.DECIDED:
                purge["phase"] = PurgePhase.COMMITTED
            if anchor is not None:
                body["anchor"] = _stored_anchor(anchor)

    def destroy_old(self) -> None:
        """Step 4: a new device secret or a fresh salt, and a key store that holds the next epoch's key alone.

        From here on nothing opens what the old key wrapped. Idempotent: where the old key is gone already it only
        clears what an interruption has left in the keyring. Raises UsageError before the database has committed.
        """
        with self._store_locked():
            self._reread()
            purge = self._body["purge"]
            if purge is not None and purge["phase"] == PurgePhase.DECIDED:
                raise UsageError("the old keys are still in use", hint="run 'privacy-assistant purge-history' again")
            if purge is not None and purge["phase"] == PurgePhase.COMMITTED:
                self._replace_secret()
            self._remove_retired()

    def abandon_purge(self) -> None:
        """Drop a purge that the database has not committed; its new key was never used. Idempotent."""
        with self._changing() as body:
            if body["purge"] is not None and body["purge"]["phase"] == PurgePhase.DECIDED:
                body["purge"] = None

    def finish_purge(self) -> None:
        """After the receipt: nothing of the purge is kept. Idempotent."""
        with self._changing() as body:
            purge = body["purge"]
            if purge is not None and purge["phase"] != PurgePhase.DESTROYED:
                raise UsageError("the purge is not finished", hint="run 'privacy-assistant purge-history' again")
            body["purge"] = None

    def change_passphrase(self, words: str, *, cost: Stretching | None = None) -> None:
        """Seal the store under a new passphrase; the cost may only go up. Copies of the old file keep the old one."""
        with self._store_locked():
            self._reread()
            old = self._header.stretching or FLOOR
            wanted = cost or factors.calibrate()
            raised = Stretching(
                max(old.memory_kib, wanted.memory_kib), max(old.passes, wanted.passes), max(old.lanes, wanted.lanes)
            )
            salt = seal.random_bytes(16)
            secrets = replace(self._secrets, stretched=factors.stretch_passphrase(words, salt, raised))
            header = replace(self._header, salt=seal.random_bytes(16), stretching=raised, stretching_salt=salt)
            self._write(header, secrets, self._body)

    def destroy(self) -> None:
        """Panic: from here on nothing opens anything. The file becomes a tombstone, the keyring's secret goes."""
        with self._store_locked():
            keystore.write_destroyed(self._store, self._header)
            if self._keyring is not None:
                for slot in {self._header.keyring_slot, *self._body["retired"]}:
                    self._keyring.remove(factors.account(self._header.id, slot))
        self.close()

    def reload(self) -> None:
        """Read the store again, after another process moved the epoch. Raises VaultLocked if it no longer opens."""
        with self._store_locked():
            self._reread()

    def close(self) -> None:
        """Forget the keys, as far as the language lets one."""
        self._body = {"epoch": -1, "kek": "", "purge": None, "anchor": None, "retired": []}
        self._secrets = Factors()
        self._purposes.clear()

    # ------------------------------------------------------------ inner

    def _store_locked(self) -> contextlib.AbstractContextManager[None]:
        return held_lock(self._store.with_name(self._store.name + ".lock"), wait_s=_STORE_LOCK_WAIT_S)

    @contextlib.contextmanager
    def _changing(self) -> Iterator[dict[str, Any]]:
        # Starts from the file, not from memory: another process may have moved the epoch, and writing what this
        # one remembers would bring a destroyed key back.
        with self._store_locked():
            self._reread()
            body = copy.deepcopy(self._body)
            yield body
            if body != self._body:
                self._write(self._header, self._secrets, body)

    @contextlib.contextmanager
    def _changing_purge(self) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        with self._changing() as body:
            if body["purge"] is None:
                raise UsageError("no purge is running")
            yield body, body["purge"]

    def _reread(self) -> None:
        try:
            stored = keystore.read_store(self._store)
        except FileNotFoundError:
            raise destroyed() from None
        if stored.header.is_destroyed:
            raise destroyed()
        secrets = self._secrets
        if self._keyring is not None and stored.header.keyring_slot != self._header.keyring_slot:
            account = factors.account(stored.header.id, stored.header.keyring_slot)
            secrets = replace(secrets, device_secret=self._keyring.get(account) or b"")
        body = keystore.open_body(stored, secrets.user_key(stored.header.salt))
        if body is None:
            raise VaultLocked("the key store was locked anew by another program", hint="start again")
        if body["epoch"] != self._body["epoch"]:
            self._purposes.clear()
        self._header, self._secrets, self._body = stored.header, secrets, body

    def _write(self, header: Header, secrets: Factors, body: dict[str, Any]) -> None:
        keystore.write_store(self._store, header, secrets.user_key(header.salt), body)
        self._header, self._secrets, self._body = header, secrets, body

    def _replace_secret(self) -> None:
        header = replace(self._header, salt=seal.random_bytes(16))
        secrets = self._secrets
        body = copy.deepcopy(self._body)
        if self._keyring is not None:
            # The new secret goes beside the old one: whichever file is found after a crash, its secret is there.
            body["retired"].append(header.keyring_slot)
            header = replace(header, keyring_slot=header.keyring_slot + 1)
            fresh = seal.new_key()
            secrets = replace(secrets, device_secret=fresh)
            self._keyring.put(factors.account(header.id, header.keyring_slot), fresh)
        body["epoch"] += 1
        body["kek"] = body["purge"]["kek"]
        body["purge"]["kek"] = None
        body["purge"]["phase"] = PurgePhase.DESTROYED
        self._write(header, secrets, body)
        self._purposes.clear()

    def _remove_retired(self) -> None:
        if self._keyring is None or not self._body["retired"]:
            return
        for slot in self._body["retired"]:
            self._keyring.remove(factors.account(self._header.id, slot))
        self._write(self._header, self._secrets, {**self._body, "retired": []})


def described(store: Path, header: Header) -> KeyStatus:
    """What a header tells of a store that is not open."""
    return KeyStatus(
        state="destroyed" if header.is_destroyed else "locked",
        path=str(store),
        factors=header.factors,
        keyring_backend=header.keyring_backend,
        stretching=header.stretching,
    )


def _stored_anchor(anchor: Anchor) -> dict[str, Any]:
    return {"counter": anchor.counter, "mac": anchor.mac.hex()}


def destroyed() -> VaultLocked:
    """The error of a store that a panic has emptied."""
    return VaultLocked(
        "the keys of this home were destroyed",
        hint="what they sealed cannot be read any more; 'privacy-assistant purge-history --panic' clears the rest away",
    )
