"""Tests of housekeeping: retention runs at start and daily, purges what is due, and says what it does."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from privacy_assistant.core.retention import Brake, Rules
from privacy_assistant.core.turn import Message, Role
from privacy_assistant.errors import PurgePending
from privacy_assistant.flow.housekeeping import Housekeeping
from tests.fakes import FakeDrawer, FakeHistory

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Rooms:
    """A history with a purge that writes down what it was given."""

    def __init__(self) -> None:
        self.history = FakeHistory()
        self.drawer = FakeDrawer()
        self.purged: list[tuple[str, ...]] = []
        self.shortened: list[datetime] = []
        self.sizes: dict[str, int] = {}
        self.is_busy = False
        self.housekeeping = Housekeeping(
            self.history,
            self.drawer,
            purge=self._purge,
            sizes=lambda: {row.id: self.sizes.get(row.id, 1) for row in self.history.conversations()},
            shorten_ledger=self._shorten,
        )

    def talk(self, days_ago: float, *, pinned: bool = False, temporary: bool = False) -> str:
        """A conversation whose only message is this old."""
        conversation = self.history.start(temporary=temporary)
        self.history.append(conversation, Message(Role.USER, "x", NOW - timedelta(days=days_ago)))
        self.history.pin(conversation, pinned)
        return conversation

    def _purge(self, ids: Sequence[str]) -> None:
        if self.is_busy:
            raise PurgePending("a reader is in the way")
        self.purged.append(tuple(ids))
        for conversation in ids:
            self.history.forget(conversation)

    def _shorten(self, before: datetime) -> int:
        self.shortened.append(before)
        return 3


@pytest.fixture
def rooms() -> Rooms:
    """Everything empty, after a first run yesterday."""
    rooms = Rooms()
    rooms.housekeeping.run(Rules(), NOW - DAY)
    return rooms


def test_what_is_due_is_purged_and_said(rooms: Rooms) -> None:
    """Through the purge that was given, in one go, and nothing else."""
    old, _, pinned, older = rooms.talk(31), rooms.talk(1), rooms.talk(99, pinned=True), rooms.talk(50)
    swept = rooms.housekeeping.run(Rules(), NOW)
    assert rooms.purged == [(older, old)]
    assert swept.conversations == 2
    assert swept.notices == ("retention removed 2 conversations for good",)
    assert pinned in {row.id for row in rooms.history.conversations()}
    assert rooms.housekeeping.run(Rules(), NOW).conversations == 0
    assert len(rooms.purged) == 1


def test_the_first_run_announces_how_long_things_are_kept() -> None:
    """Once, and not again."""
    rooms = Rooms()
    assert rooms.housekeeping.run(Rules(), NOW).notices == (
        "conversations are kept for 30 days after their last message ([retention] in policy.toml)",
    )
    assert rooms.housekeeping.run(Rules(), NOW + DAY).notices == ()
    forever = Rooms().housekeeping.run(Rules(messages=None), NOW)
    assert "until you remove them" in forever.notices[0]


def test_it_runs_once_a_day(rooms: Rooms) -> None:
    """At the start of a process and when a day has passed; a clock that went back is looked at too."""
    assert rooms.housekeeping.run_if_due(Rules(), NOW) is not None
    assert rooms.housekeeping.run_if_due(Rules(), NOW) is None
    assert rooms.housekeeping.run_if_due(Rules(), NOW + DAY - timedelta(seconds=1)) is None
    assert rooms.housekeeping.is_due(NOW + DAY)
    assert rooms.housekeeping.is_due(NOW - timedelta(seconds=1))
    assert rooms.housekeeping.run_if_due(Rules(), NOW + DAY) is not None


def test_the_next_process_knows_when_the_last_run_was(rooms: Rooms) -> None:
    """The time stands in the drawer, one item for good."""
    rooms.housekeeping.run(Rules(), NOW)
    again = Housekeeping(rooms.history, rooms.drawer, purge=lambda ids: None)
    assert not again.is_due(NOW + timedelta(hours=1))
    assert rooms.drawer.items("housekeeping")[0][1] == {"last_run": NOW.isoformat()}
    assert len(rooms.drawer.items("housekeeping")) == 1


def test_an_unreadable_policy_stops_it_with_a_remedy(rooms: Rooms) -> None:
    """Nothing goes, and it stays due."""
    rooms.talk(99)
    swept = rooms.housekeeping.run(None, NOW)
    assert (swept.brake, rooms.purged) == (Brake.POLICY_UNREADABLE, [])
    assert "policy check" in swept.notices[-1]
    assert rooms.housekeeping.is_due(NOW)


def test_a_clock_that_is_behind_stops_it(rooms: Rooms) -> None:
    """A message from later than now."""
    rooms.talk(99)
    rooms.talk(-1)
    swept = rooms.housekeeping.run(Rules(), NOW)
    assert (swept.brake, rooms.purged) == (Brake.CLOCK_BEHIND, [])
    assert "set the clock" in swept.notices[-1]


def test_too_much_after_a_pause_waits_for_a_person_day_after_day(rooms: Rooms) -> None:
    """The brake does not let go by itself: the last run stays where it was, until half is gone by hand."""
    old = rooms.talk(99)
    for later in range(3, 9):
        swept = rooms.housekeeping.run(Rules(), NOW + later * DAY)
        assert (swept.brake, rooms.purged) == (Brake.TOO_MUCH, [])
        assert "1 conversation," in swept.notices[-1]
        assert "purge-history" in swept.notices[-1]
    rooms.history.forget(old)
    assert rooms.housekeeping.run(Rules(), NOW + 9 * DAY).brake is None


def test_a_brake_at_the_very_first_run_is_announced_once() -> None:
    """Keys and history from a backup, no note of a last run: nothing goes."""
    rooms = Rooms()
    rooms.talk(99)
    first = rooms.housekeeping.run(Rules(), NOW)
    second = rooms.housekeeping.run(Rules(), NOW + DAY)
    assert (first.brake, second.brake) == (Brake.TOO_MUCH, Brake.TOO_MUCH)
    assert (len(first.notices), len(second.notices)) == (2, 1)


def test_a_purge_that_waits_is_tried_again(rooms: Rooms) -> None:
    """Its error comes out, and the run does not count as done."""
    rooms.talk(99)
    rooms.is_busy = True
    with pytest.raises(PurgePending):
        rooms.housekeeping.run(Rules(), NOW)
    assert rooms.housekeeping.is_due(NOW)
    rooms.is_busy = False
    assert rooms.housekeeping.run(Rules(), NOW).conversations == 1


def test_a_limit_by_size_asks_for_sizes(rooms: Rooms) -> None:
    """The newest that fit stay."""
    first, second = rooms.talk(2), rooms.talk(1)
    rooms.sizes = {first: 600, second: 600}
    assert rooms.housekeeping.run(Rules(bytes=1200), NOW).conversations == 0
    rooms.housekeeping.run(Rules(bytes=1199), NOW)
    assert rooms.purged == [(first,)]


def test_temporary_ones_go_by_their_own_limit(rooms: Rooms) -> None:
    """And pinned ones of them stay."""
    fleeting, _ = rooms.talk(0.5, temporary=True), rooms.talk(0.5, temporary=True, pinned=True)
    rooms.talk(0.5)
    rooms.housekeeping.run(Rules(temporary=timedelta(hours=1)), NOW)
    assert rooms.purged == [(fleeting,)]


def test_the_ledger_is_shortened_by_its_own_limit(rooms: Rooms) -> None:
    """Only where there is one."""
    assert rooms.housekeeping.run(Rules(), NOW).ledger_lines == 0
    assert rooms.housekeeping.run(Rules(ledger=timedelta(days=365)), NOW).ledger_lines == 3
    assert rooms.shortened == [NOW - timedelta(days=365)]


def test_a_temporary_chat_in_memory_is_left_alone(home: Path) -> None:
    """Somebody is in the middle of it, and there is nothing of it to purge."""
    from tests.vault.vault_fixtures import NOON, opened, said

    with opened(home) as vault:
        fleeting = vault.history.start(temporary=True)
        vault.history.append(fleeting, said("x"))
        purged: list[object] = []
        keeper = Housekeeping(vault.history, vault.drawer, purge=purged.append, sizes=vault.history.sizes)
        keeper.run(Rules(), NOON)
        assert keeper.run(Rules(), NOON + DAY).conversations == 0
        assert purged == []
        assert vault.history.newest() == fleeting


def test_it_works_on_the_encrypted_history(home: Path) -> None:
    """Real parts: sizes, state in the sealed drawer, the ledger."""
    from tests.vault.vault_fixtures import NOON, fill, opened

    with opened(home) as vault:
        gone: list[str] = []

        def purge(ids: Sequence[str]) -> None:
            for conversation in ids:
                vault.history.forget(conversation)
                gone.append(conversation)

        housekeeping = Housekeeping(
            vault.history,
            vault.drawer,
            purge=purge,
            sizes=vault.roster.sizes,
            shorten_ledger=vault.ledger.shorten,
        )
        housekeeping.run(Rules(), NOON)
        large, small = fill(vault, ["x" * 9000], at=NOON), fill(vault, ["y"], at=NOON + timedelta(hours=1))
        swept = housekeeping.run(Rules(bytes=5000, ledger=DAY), NOON + DAY)
        assert (gone, swept.conversations) == ([large], 1)
        assert [row.id for row in vault.history.conversations()] == [small]
    with opened(home) as vault:
        assert not Housekeeping(vault.history, vault.drawer, purge=lambda ids: None).is_due(NOON + DAY)
