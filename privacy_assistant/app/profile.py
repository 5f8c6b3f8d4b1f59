"""The profile of a home: kept sealed in the drawer, one sealed item for each time something was added."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from privacy_assistant import tripwire
from privacy_assistant.app.opening import Opening, PassphraseSource
from privacy_assistant.app.paths import paths_for
from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.profile import (
    MOST_ENTRIES,
    Entry,
    Wish,
    checked,
    lists_of,
    matching,
    read_payload,
    write_payload,
)
from privacy_assistant.core.profile import (
    Lists as Lists,
)
from privacy_assistant.errors import AssistantError, UsageError, VaultLocked
from privacy_assistant.ports import Drawer
from privacy_assistant.vault.memory import MemoryDrawer

PROFILE = "profile"
"""The kind of the sealed items."""

Change = Callable[[Entry], Entry | None]
"""What becomes of an entry; None: it goes."""


@dataclass(frozen=True, slots=True)
class Added:
    """What `add` did: the new entries, how many were there already, and how many stand on the other list too."""

    entries: tuple[Entry, ...]
    known: int
    contrary: int


class Profile:
    """Reads and changes the profile in a drawer."""

    def __init__(self, drawer: Drawer) -> None:
        self._drawer = drawer

    def entries(self) -> list[Entry]:
        """All entries, oldest first. Raises RecordTampered, VaultError."""
        return [entry for _, payload in self._drawer.items(PROFILE) for entry in read_payload(payload)]

    def add(self, wishes: Sequence[Wish], *, is_allowed: bool = False, places: Sequence[str] = ()) -> Added:
        """Keep what is new, all or nothing. `places` name the wishes in an error. Raises UsageError.

        Two values that differ in case, accents, blanks and hyphens alone are one; a kind that is given replaces the one
        that is kept.
        """
        present = self.entries()
        own = {entry.folded: entry for entry in present if entry.is_allowed is is_allowed}
        other = {entry.folded for entry in present if entry.is_allowed is not is_allowed}
        taken = {entry.id for entry in present}
        fresh: dict[str, Entry] = {}
        changed: dict[str, Kind] = {}
        kept_ids = set(taken)
        known = contrary = 0
        for number, wish in enumerate(wishes):
            value, kind = checked(wish, place=places[number] if number < len(places) else "")
            entry = Entry(_new_id(taken), value, kind, is_allowed)
            contrary += entry.folded in other
            kept = own.get(entry.folded) or fresh.get(entry.folded)
            if kept is None:
                fresh[entry.folded] = entry
                continue
            known += 1
            if wish.kind is not None and wish.kind is not kept.kind and kept.id in kept_ids:
                changed[kept.id] = wish.kind
        if len(present) + len(fresh) > MOST_ENTRIES:
            raise UsageError(
                f"a profile holds at most {MOST_ENTRIES} entries", hint="privacy-assistant profile remove makes room"
            )
        if changed:
            self._rewrite(lambda entry: replace(entry, kind=changed.get(entry.id, entry.kind)))
        if fresh:
            self._drawer.put(PROFILE, write_payload(tuple(fresh.values())))
        return Added(tuple(fresh.values()), known, contrary)

    def remove(self, wanted: Sequence[str]) -> int:
        """Remove the entries that ids or values name, from both lists; how many. All or nothing: raises UsageError."""
        present = self.entries()
        gone: set[str] = set()
        for number, name in enumerate(wanted, start=1):
            found = matching(present, name)
            if not found:
                raise UsageError(
                    f"entry {number} of {len(wanted)} is not in the profile; nothing was removed",
                    hint="'privacy-assistant profile list' shows what is, with its id",
                )
            gone.update(entry.id for entry in found)
        self._rewrite(lambda entry: None if entry.id in gone else entry)
        return len(gone)

    def clear(self) -> int:
        """Remove everything; how many entries."""
        gone = 0
        for item, payload in self._drawer.items(PROFILE):
            gone += len(read_payload(payload))
            self._drawer.remove(item)
        return gone

    def _rewrite(self, change: Change) -> None:
        for item, payload in self._drawer.items(PROFILE):
            before = read_payload(payload)
            after = [entry for entry in map(change, before) if entry is not None]
            if not after:
                self._drawer.remove(item)
            elif after != before:
                self._drawer.replace(item, PROFILE, write_payload(after))


def profile_lists(drawer: Drawer) -> Lists:
    """What the profile of an opened home gives the finder. Raises RecordTampered, VaultError."""
    return lists_of(Profile(drawer).entries())


@contextlib.contextmanager
def open_profile(opening: Opening, *, may_create: bool) -> Iterator[Profile]:
    """The profile of a home; with `may_create` the key store is made where there is something to make it from.

    Without a key store and without leave to make one it is empty, which is said. Raises VaultLocked, WrongPassphrase,
    RecordTampered.
    """
    tripwire.install()
    paths = paths_for(opening.home)
    if not may_create and not paths.key_store.exists() and not paths.database.exists():
        opening.say("no profile is kept here: there is no key store")
        yield Profile(MemoryDrawer())
        return
    from privacy_assistant.app.vault import open_vault

    vault = open_vault(paths, opening)
    if vault is None:
        raise VaultLocked(
            "there is no key store, and nothing to make one from, so no profile can be kept",
            hint="privacy-assistant key init, or PRIVACY_ASSISTANT_PASSPHRASE, --passphrase-fd N, --key-file F",
        )
    try:
        yield Profile(vault.drawer)
    finally:
        vault.close()


def lists_without_asking(opening: Opening) -> Lists:
    """The lists of the profile where a key store opens without a question; else none, which is said. Makes nothing."""
    paths = paths_for(opening.home)
    if not paths.key_store.exists() or not paths.database.exists():
        return Lists()
    from privacy_assistant.app.vault import open_vault, opens_silently

    silent = replace(opening, passphrase=PassphraseSource(given=opening.passphrase.given))
    try:
        if not opens_silently(paths, silent):
            opening.say("a profile, if there is one, is not used: the key store is locked")
            return Lists()
        vault = open_vault(paths, silent)
        if vault is None:
            return Lists()
        try:
            return profile_lists(vault.drawer)
        finally:
            vault.close()
    except AssistantError as error:
        # A text can be looked at without any key; that its profile was left out must be said.
        opening.say(f"a profile, if there is one, is not used: {error.message}")
        return Lists()


def _new_id(taken: set[str]) -> str:
    while (new := os.urandom(4).hex()) in taken:
        pass
    taken.add(new)
    return new
