"""What a purge is asked for, and what it answers: the predicate and the receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Predicate:
    """What goes: the conversations named (None: all), or those whose newest message is before `older_than`.

    `keep_pinned` leaves the pinned ones. `with_drawer` and `with_ledger` take notes, lists, timers, profile and
    tokens, and the lines of the ledger, too. Nothing named and nothing else set: a rotation of the keys.
    """

    conversations: tuple[str, ...] | None = ()
    older_than: datetime | None = None
    keep_pinned: bool = False
    with_drawer: bool = False
    with_ledger: bool = False

    @classmethod
    def everything(cls) -> Predicate:
        """All that is sealed; policy and settings are not."""
        return cls(conversations=None, with_drawer=True, with_ledger=True)

    def as_json(self) -> dict[str, Any]:
        """Ids, a time and switches; never content."""
        return {
            "conversations": None if self.conversations is None else list(self.conversations),
            "older_than": None if self.older_than is None else self.older_than.isoformat(),
            "keep_pinned": self.keep_pinned,
            "with_drawer": self.with_drawer,
            "with_ledger": self.with_ledger,
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Predicate:
        """What `as_json` gave."""
        return cls(
            conversations=None if raw["conversations"] is None else tuple(raw["conversations"]),
            older_than=None if raw["older_than"] is None else datetime.fromisoformat(raw["older_than"]),
            keep_pinned=raw["keep_pinned"],
            with_drawer=raw["with_drawer"],
            with_ledger=raw["with_ledger"],
        )


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a purge did. `removed` counts rows by table; `logical` and `physical` are done, pending or dry-run.

    `searched_files`, `searched_for` and `found` are the self-check: files read, fragments of ciphertext looked for,
    and the files that still hold one (none, or the purge says so). `not_covered` is what no program can promise.
    """

    removed: Mapping[str, int]
    logical: str
    physical: str
    epoch: int
    searched_files: int = 0
    searched_for: int = 0
    found: tuple[str, ...] = ()
    not_covered: tuple[str, ...] = field(default=())
    is_resumed: bool = False

    @property
    def is_pending(self) -> bool:
        """The physical part waits for a reader to end (exit 3)."""
        return self.physical == "pending"

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "removed": dict(self.removed),
            "logical": self.logical,
            "physical": self.physical,
            "epoch": self.epoch,
            "self_check": {
                "files": self.searched_files,
                "fragments": self.searched_for,
                "found_in": list(self.found),
            },
            "not_covered": list(self.not_covered),
            "resumed": self.is_resumed,
        }

    def lines(self) -> list[str]:
        """For a person."""
        counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in self.removed.items() if count)
        if self.physical == "dry-run":
            return [f"would remove: {counts or 'nothing'}"]
        said = [f"removed: {counts or 'nothing'}"]
        if self.is_pending:
            said.append("pending: another program reads the history; keys and old pages go once it has ended")
            said.append("run any command again then, or 'privacy-assistant purge-history' with --wait")
            return said
        if self.epoch:
            said.append(f"the old keys are destroyed (now epoch {self.epoch})")
        elif self.removed.get("key_stores"):
            said.append("the keys are destroyed: what was sealed with them cannot be opened any more")
        else:
            return said
        if self.found:
            said.append(f"self-check: remnants of ciphertext, without a key, stand in {', '.join(self.found)}")
        else:
            said.append(
                f"self-check: none of {self.searched_for} fragments of what was deleted in {self.searched_files} files"
            )
        said += [f"not covered: {what}" for what in self.not_covered]
        return said


def not_covered(factors: tuple[str, ...]) -> tuple[str, ...]:
    """What no receipt can promise, given the factors that open the key store."""
    said = [
        "copies of the history and the key store made before, kept together with what opens them",
        "what a cloud service that was asked keeps in its own logs",
        "blocks of ciphertext that a flash drive keeps aside; no key for them is left",
    ]
    if "keyring" not in factors:
        said.append(
            "without a keyring the old key is only as gone as the overwritten bytes of the key store file: "
            "a snapshot of the disk and the passphrase or key file would still open it"
        )
    return tuple(said)
