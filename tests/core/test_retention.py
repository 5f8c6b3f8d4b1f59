"""Tests of retention: what goes by age, number and size, and what stops it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.policy_terms import Policy, PolicyState, Retention
from privacy_assistant.core.retention import Brake, Kept, Rules, Sweep, expired, rules_for

NOW = datetime(2026, 6, 1, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
NOTHING = Rules(messages=None, temporary=None)


def kept(name: str, days: float, *, size: int = 1, pinned: bool = False, temporary: bool = False) -> Kept:
    """A conversation whose newest message is this many days old."""
    return Kept(name, NOW - timedelta(days=days), size, pinned, temporary)


def test_age_takes_what_is_as_old_as_the_limit() -> None:
    """30 days to the second is over; a second less is not. Oldest first."""
    rows = [kept("c", 30), kept("young", 29.9999), kept("a", 400), kept("b", 31)]
    assert expired(rows, Rules(), NOW, YESTERDAY).ids == ("a", "b", "c")


def test_without_a_limit_everything_stays() -> None:
    """`forever` is no limit."""
    assert expired([kept("a", 10_000, temporary=True)], NOTHING, NOW, YESTERDAY) == Sweep()


def test_pinned_ones_survive_every_limit() -> None:
    """By age, by number and by size."""
    rows = [kept("a", 400, size=10**9, pinned=True), kept("t", 400, pinned=True, temporary=True), kept("b", 1)]
    strict = Rules(messages=timedelta(days=30), temporary=timedelta(0), conversations=1, bytes=1)
    assert expired(rows, strict, NOW, YESTERDAY) == Sweep()


def test_temporary_ones_have_a_limit_of_their_own() -> None:
    """Shorter or longer than that of the others."""
    rows = [kept("temporary", 2, temporary=True), kept("lasting", 2)]
    assert expired(rows, Rules(temporary=timedelta(days=1)), NOW, YESTERDAY).ids == ("temporary",)
    other = Rules(messages=timedelta(days=1), temporary=None)
    assert expired(rows, other, NOW, YESTERDAY).ids == ("lasting",)


def test_the_number_keeps_the_newest() -> None:
    """Pinned and temporary ones do not count."""
    rows = [kept(str(day), day) for day in range(1, 6)]
    rows += [kept("pinned", 0.5, pinned=True), kept("temporary", 0.5, temporary=True)]
    assert expired(rows, Rules(None, None, conversations=3), NOW, YESTERDAY).ids == ("5", "4")
    assert expired(rows, Rules(None, None, conversations=0), NOW, YESTERDAY).ids == ("5", "4", "3", "2", "1")


def test_the_size_keeps_the_newest_that_fit() -> None:
    """Once one does not fit, no older one stays, however small."""
    rows = [kept("a", 1, size=50), kept("b", 2, size=60), kept("c", 3, size=1), kept("p", 4, size=999, pinned=True)]
    assert expired(rows, Rules(None, None, bytes=111), NOW, YESTERDAY) == Sweep()
    assert expired(rows, Rules(None, None, bytes=110), NOW, YESTERDAY).ids == ("c",)
    assert expired(rows, Rules(None, None, bytes=109), NOW, YESTERDAY).ids == ("c", "b")


def test_what_age_takes_crowds_out_nobody() -> None:
    """Limits by number count only what age leaves."""
    rows = [kept("old", 40), kept("a", 1), kept("b", 2)]
    assert expired(rows, Rules(conversations=2), NOW, YESTERDAY).ids == ("old",)


def test_an_unreadable_policy_deletes_nothing() -> None:
    """Nobody knows what it would have said."""
    assert expired([kept("a", 9999)], None, NOW, YESTERDAY) == Sweep(brake=Brake.POLICY_UNREADABLE)


@pytest.mark.parametrize("pinned", [True, False])
def test_a_clock_before_the_newest_message_deletes_nothing(pinned: bool) -> None:
    """A clock that is behind is wrong, and may be wrong by more."""
    rows = [kept("old", 9999), kept("x", 1), kept("from the future", -0.001, pinned=pinned)]
    assert expired(rows, Rules(), NOW, YESTERDAY) == Sweep(brake=Brake.CLOCK_BEHIND, held=1)
    rows[2] = kept("now", 0)
    assert expired(rows, Rules(), NOW, YESTERDAY).ids == ("old",)


@pytest.mark.parametrize(
    "last_run", [None, NOW - timedelta(days=2, seconds=1), NOW + timedelta(seconds=1), NOW - timedelta(days=400)]
)
def test_after_a_long_pause_more_than_half_waits(last_run: datetime | None) -> None:
    """A clock that jumped ahead would otherwise take everything at once; exactly half still goes."""
    rows = [kept("a", 99), kept("b", 98), kept("c", 1), kept("p", 1, pinned=True), kept("q", 1, pinned=True)]
    assert expired(rows, Rules(), NOW, last_run) == Sweep(brake=Brake.TOO_MUCH, held=2)
    rows.append(kept("d", 1))
    assert expired(rows, Rules(), NOW, last_run).ids == ("a", "b")
    assert expired([], Rules(), NOW, last_run) == Sweep()


@pytest.mark.parametrize("last_run", [NOW, YESTERDAY, NOW - timedelta(days=2)])
def test_without_a_pause_more_than_half_goes(last_run: datetime) -> None:
    """Day by day the limit is the limit."""
    assert expired([kept("a", 99), kept("b", 98)], Rules(), NOW, last_run).ids == ("a", "b")


def test_the_rules_are_those_of_the_policy() -> None:
    """30 days without a file, None for one that cannot be read, else what it says."""
    written = Retention(messages=timedelta(days=7), temporary=timedelta(hours=1), ledger=timedelta(days=365))
    read = rules_for(Policy(state=PolicyState.READ, retention=written))
    assert read == Rules(timedelta(days=7), timedelta(hours=1), timedelta(days=365))
    assert rules_for(Policy(state=PolicyState.ABSENT)) == Rules(messages=timedelta(days=30))
    assert rules_for(Policy(state=PolicyState.UNREADABLE, retention=written)) is None


_ROWS = st.lists(
    st.builds(
        lambda number, days, size, pinned, temporary: kept(
            f"{number}", days, size=size, pinned=pinned, temporary=temporary
        ),
        st.integers(0, 10**6),
        st.floats(0, 100),
        st.integers(0, 100),
        st.booleans(),
        st.booleans(),
    ),
    max_size=12,
    unique_by=lambda row: row.id,
)
_LIMITS = st.one_of(st.none(), st.timedeltas(timedelta(0), timedelta(days=100)))
_COUNTS = st.one_of(st.none(), st.integers(0, 200))
_RULES = st.builds(Rules, _LIMITS, _LIMITS, st.none(), _COUNTS, _COUNTS)


@given(rows=_ROWS, rules=_RULES)
def test_a_sweep_leaves_what_needs_no_sweep(rows: list[Kept], rules: Rules) -> None:
    """No pinned one goes, the order of rows means nothing, and a second sweep finds nothing to do."""
    sweep = expired(rows, rules, NOW, YESTERDAY)
    assert sweep == expired(rows[::-1], rules, NOW, YESTERDAY)
    left = [row for row in rows if row.id not in sweep.ids]
    assert all(not row.is_pinned for row in rows if row.id in sweep.ids)
    assert expired(left, rules, NOW, YESTERDAY) == Sweep()


@given(rows=_ROWS, rules=_RULES, later=st.timedeltas(timedelta(0), timedelta(days=50)))
def test_what_is_over_today_is_over_tomorrow(rows: list[Kept], rules: Rules, later: timedelta) -> None:
    """With age alone, time only adds."""
    by_age = Rules(rules.messages, rules.temporary)
    today = expired(rows, by_age, NOW, YESTERDAY)
    tomorrow = expired(rows, by_age, NOW + later, NOW + later)
    assert set(today.ids) <= set(tomorrow.ids)
