"""The profile in a drawer: added, folded, removed, and given to the finder."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from privacy_assistant.app.house import House
from privacy_assistant.app.opening import Opening, PassphraseSource
from privacy_assistant.app.profile import PROFILE, Profile, lists_without_asking, open_profile, profile_lists
from privacy_assistant.core import profile as entries
from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.profile import Wish
from privacy_assistant.errors import RecordTampered, UsageError, VaultError, VaultLocked
from privacy_assistant.vault.memory import MemoryDrawer


def _wishes(*values: str) -> list[Wish]:
    return [Wish(value) for value in values]


def _values(profile: Profile) -> list[str]:
    return [entry.value for entry in profile.entries()]


def test_what_was_added_is_listed_in_order() -> None:
    """With a kind and an id of its own each."""
    profile = Profile(MemoryDrawer())
    profile.add(_wishes("Ann Lee", "Acme GmbH"))
    profile.add(_wishes("Falcon"))
    assert _values(profile) == ["Ann Lee", "Acme GmbH", "Falcon"]
    assert len({entry.id for entry in profile.entries()}) == 3


def test_a_value_is_listed_once() -> None:
    """Case, accents, blanks and hyphens make no other value, within one run and over several."""
    profile = Profile(MemoryDrawer())
    added = profile.add(_wishes("José Núñez", "jose-nunez"))
    assert (len(added.entries), added.known) == (1, 1)
    added = profile.add(_wishes("JOSE NUNEZ", "Bo"))
    assert ([entry.value for entry in added.entries], added.known) == (["Bo"], 1)
    assert _values(profile) == ["José Núñez", "Bo"]


def test_a_kind_that_is_given_later_replaces_the_guess() -> None:
    """Adding a value again with --kind corrects it; without, nothing changes."""
    profile = Profile(MemoryDrawer())
    profile.add(_wishes("Falcon"))
    profile.add([Wish("falcon", Kind.OTHER)])
    profile.add(_wishes("Falcon"))
    assert [(entry.value, entry.kind) for entry in profile.entries()] == [("Falcon", Kind.OTHER)]


def test_the_lists_know_of_one_another() -> None:
    """A value on both is kept on both, and said."""
    profile = Profile(MemoryDrawer())
    profile.add(_wishes("Acme"))
    added = profile.add(_wishes("acme"), is_allowed=True)
    assert (len(added.entries), added.known, added.contrary) == (1, 0, 1)


def test_one_bad_value_adds_nothing() -> None:
    """All or nothing, so that a corrected file can be read again."""
    profile = Profile(MemoryDrawer())
    with pytest.raises(UsageError, match="line 2"):
        profile.add(_wishes("Ann Lee", "x"), places=["line 1", "line 2"])
    assert profile.entries() == []


def test_entries_are_removed_by_id_and_value() -> None:
    """An item that is empty then goes; the others keep their ids."""
    drawer = MemoryDrawer()
    profile = Profile(drawer)
    profile.add(_wishes("Ann Lee", "Bo Ek"))
    profile.add(_wishes("Acme"))
    bo = profile.entries()[1]
    assert profile.remove(["ann lee", profile.entries()[2].id]) == 2
    assert profile.entries() == [bo]
    assert len(drawer.items(PROFILE)) == 1
    assert profile.remove([bo.id, bo.value]) == 1
    assert drawer.items(PROFILE) == []


def test_nothing_is_removed_when_one_is_unknown() -> None:
    """And the message repeats no name."""
    profile = Profile(MemoryDrawer())
    profile.add(_wishes("Ann Lee"))
    with pytest.raises(UsageError, match="entry 2 of 2") as caught:
        profile.remove(["Ann Lee", "Bo Ek"])
    assert "Bo" not in str(caught.value)
    assert _values(profile) == ["Ann Lee"]


def test_a_profile_is_cleared_whole() -> None:
    """Other things in the drawer stay."""
    drawer = MemoryDrawer()
    drawer.put("note", {"text": "milk"})
    profile = Profile(drawer)
    profile.add(_wishes("Ann Lee", "Bo Ek"))
    profile.add(_wishes("Acme"))
    assert profile.clear() == 3
    assert profile.entries() == []
    assert len(drawer.items("note")) == 1


def test_a_profile_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Said with a remedy; what is known already does not count."""
    monkeypatch.setattr("privacy_assistant.app.profile.MOST_ENTRIES", 2)
    assert entries.MOST_ENTRIES >= 5_000
    profile = Profile(MemoryDrawer())
    profile.add(_wishes("Ann Lee", "Bo Ek"))
    profile.add(_wishes("ann lee"))
    with pytest.raises(UsageError, match="at most 2"):
        profile.add(_wishes("Cy Dow"))


def test_a_profile_of_another_version_is_an_error() -> None:
    """Never an empty list, which would unmask everything."""
    drawer = MemoryDrawer()
    drawer.put(PROFILE, {"v": 99})
    with pytest.raises(VaultError):
        profile_lists(drawer)


# ---------------------------------------------------------------- in a home


@pytest.fixture
def opening(home: Path) -> Opening:
    """A key file opens this home, and what is said is kept."""
    key = home.parent / "key"
    key.write_bytes(bytes(range(64)))
    said: list[str] = []
    return Opening(home=home, key_file=key, say=said.append)


def _said(opening: Opening) -> list[str]:
    said = opening.say.__self__  # type: ignore[attr-defined] # the list whose append it is
    assert isinstance(said, list)
    return said


def test_the_profile_is_sealed_and_there_at_the_next_opening(opening: Opening, home: Path) -> None:
    """No byte on the disk shows a name."""
    with open_profile(opening, may_create=True) as profile:
        profile.add(_wishes("Quenby Farnsworth"))
    with open_profile(opening, may_create=False) as profile:
        assert _values(profile) == ["Quenby Farnsworth"]
    stored = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert b"Quenby" not in stored
    assert b"quenby" not in stored
    assert b"profile" not in stored


def test_looking_makes_no_key_store(opening: Opening, home: Path) -> None:
    """An empty home stays empty."""
    with open_profile(opening, may_create=False) as profile:
        assert profile.entries() == []
    assert lists_without_asking(opening).deny == ()
    assert list(home.iterdir()) == []
    assert len(_said(opening)) == 1


def test_without_a_key_no_profile_is_kept(opening: Opening, home: Path) -> None:
    """It would be forgotten at once, which must be said."""
    bare = dataclasses.replace(opening, key_file=None)
    with pytest.raises(VaultLocked) as caught, open_profile(bare, may_create=True):
        pass
    assert "key init" in caught.value.hint
    assert list(home.iterdir()) == []


def test_the_lists_are_read_where_no_question_is_needed(opening: Opening) -> None:
    """With the key file given; without it one line says that they are missing, and nobody is asked."""
    with open_profile(opening, may_create=True) as profile:
        profile.add(_wishes("Quenby Farnsworth"))
        profile.add(_wishes("Acme"), is_allowed=True)
    lists = lists_without_asking(opening)
    assert (lists.deny, lists.allow) == ((("Quenby Farnsworth", Kind.PERSON),), ("Acme",))
    asked: list[object] = []
    locked = dataclasses.replace(opening, key_file=None, passphrase=PassphraseSource(ask=lambda _: asked.append(1)))
    assert not lists_without_asking(locked)
    assert asked == []
    assert "locked" in _said(opening)[-1]


def test_a_key_that_does_not_open_is_said(opening: Opening, home: Path) -> None:
    """The text is searched all the same."""
    with open_profile(opening, may_create=True) as profile:
        profile.add(_wishes("Quenby Farnsworth"))
    other = home.parent / "other"
    other.write_bytes(bytes(range(100, 164)))
    assert not lists_without_asking(dataclasses.replace(opening, key_file=other))
    assert "is not used" in _said(opening)[-1]


def test_every_house_masks_the_profile(opening: Opening) -> None:
    """One that answers, and one for a dry run."""
    with open_profile(opening, may_create=True) as profile:
        profile.add(_wishes("Quenby Farnsworth"))
    for is_dry in (False, True):
        with House(dataclasses.replace(opening, is_dry=is_dry)) as house:
            found = house.finder.find("tell quenby all about it")
            assert [(span.start, span.end, span.by) for span in found.spans] == [(5, 11, "profile")]


def test_a_changed_profile_stops_a_house(opening: Opening, home: Path) -> None:
    """Rather than to answer without it."""
    with open_profile(opening, may_create=True) as profile:
        profile.add(_wishes("Quenby Farnsworth"))
    database = home / "history.db"
    data = database.read_bytes()
    with open_profile(opening, may_create=False) as profile:
        item = profile._drawer.items(PROFILE)[0][0]
    at = database.read_bytes().find(item.encode()) + len(item) + 40
    assert at > 100
    data = database.read_bytes()
    database.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    with pytest.raises(RecordTampered):
        House(opening).close()
