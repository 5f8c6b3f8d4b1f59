"""What was spent: limits that two processes cannot pass together, sums that a purge does not lower."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.money import Money, parse_money
from privacy_assistant.core.policy_terms import Budget
from privacy_assistant.core.routing import Spent
from privacy_assistant.errors import BudgetExceeded, ExitCode, UsageError
from privacy_assistant.ports import Purse
from privacy_assistant.vault.database import EpochMoved
from privacy_assistant.vault.memory import MemoryHistory
from privacy_assistant.vault.purge import Predicate, purge
from privacy_assistant.vault.purse import DAYS_KEPT, FOLDED_AFTER, MemoryPurse, SealedPurse
from tests.vault.vault_fixtures import OpenedVault, fill, move_epoch, opened

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=timezone(timedelta(hours=1)))
FREE = Budget()

Opener = Callable[[], tuple[Purse, Callable[[], str]]]


def usd(amount: str) -> Money:
    return parse_money(f"{amount} USD")


def sealed(vault: OpenedVault) -> SealedPurse:
    """The purse as a process of this home has it."""
    return SealedPurse(vault.roster, vault.drawer, vault.history)


def over(purse: Purse, conversation: str, amount: Money, budget: Budget, now: datetime = NOON) -> str:
    """The message of a reservation that is refused; "" where it is not."""
    before = purse.spent(conversation, now)
    try:
        purse.reserve(conversation, amount, budget, now)
    except BudgetExceeded as error:
        raised = error
    else:
        return ""
    assert raised.exit_code is ExitCode.BUDGET
    assert raised.hint
    assert purse.spent(conversation, now) == before
    return raised.message


@pytest.fixture(params=["sealed", "memory", "ephemeral", "temporary", "unwritten"])
def kept(request: pytest.FixtureRequest, home: Path) -> Iterator[tuple[Purse, Callable[[], str]]]:
    """Each kind of purse, and what opens a conversation for it."""
    kind = request.param
    if kind == "memory":
        history = MemoryHistory()
        yield MemoryPurse(), history.start
        return
    with opened(home) as vault:
        if kind == "ephemeral":
            memory = MemoryHistory()
            yield SealedPurse(vault.roster, vault.drawer, memory), memory.start
        else:
            starts: dict[str, Callable[[], str]] = {
                "sealed": lambda: fill(vault, ["hello"]),
                "temporary": lambda: vault.history.start(temporary=True),
                "unwritten": vault.history.start,
            }
            yield sealed(vault), starts[kind]


def test_what_is_reserved_counts_until_it_is_settled(kept: tuple[Purse, Callable[[], str]]) -> None:
    """First the bound, then what it came to; exact, of the day, the month and the conversation."""
    purse, start = kept
    one, two = start(), start()
    assert purse.spent(one, NOON) == Spent()
    first = purse.reserve(one, usd("0.3"), FREE, NOON)
    assert purse.spent(one, NOON) == Spent(usd("0.3"), usd("0.3"), usd("0.3"))
    purse.settle(first, usd("0.1"))
    purse.settle(purse.reserve(two, usd("0.5"), FREE, NOON), usd("0.2"))
    assert purse.spent(one, NOON) == Spent(usd("0.3"), usd("0.3"), usd("0.1"))
    assert purse.spent(two, NOON).conversation == usd("0.2")
    assert purse.spent(one, NOON + timedelta(days=1)) == Spent(None, usd("0.3"), usd("0.1"))
    assert purse.spent(one, NOON + timedelta(days=10)) == Spent(None, None, usd("0.1"))


def test_settling_twice_counts_once(kept: tuple[Purse, Callable[[], str]]) -> None:
    """And what nobody reserved is not spent."""
    purse, start = kept
    chat = start()
    reservation = purse.reserve(chat, usd("0.5"), FREE, NOON)
    for _ in range(2):
        purse.settle(reservation, usd("0.25"))
    purse.settle(f"0123:{chat}", usd("9"))
    assert purse.spent(chat, NOON) == Spent(usd("0.25"), usd("0.25"), usd("0.25"))


def test_each_limit_holds(kept: tuple[Purse, Callable[[], str]]) -> None:
    """Up to the limit itself, not a millionth more; a refusal keeps nothing and names the limit."""
    purse, start = kept
    chat, other = start(), start()
    budget = Budget(day=usd("0.50"), month=usd("0.80"), conversation=usd("0.40"))
    assert "conversation, 0.40 USD" in over(purse, chat, usd("0.400001"), budget)
    purse.settle(purse.reserve(chat, usd("0.40"), budget, NOON), usd("0.40"))
    assert "conversation, 0.40 USD" in over(purse, chat, usd("0.000001"), budget)
    assert "day, 0.50 USD" in over(purse, other, usd("0.100001"), budget)
    purse.reserve(other, usd("0.10"), budget, NOON)
    tomorrow = NOON + timedelta(days=1)
    assert "month, 0.80 USD" in over(purse, other, usd("0.300001"), budget, tomorrow)
    assert over(purse, other, usd("0.30"), budget, tomorrow) == ""
    assert over(purse, start(), usd("0.40"), budget, NOON + timedelta(days=10)) == ""


def test_another_currency_is_over_the_limit(kept: tuple[Purse, Callable[[], str]]) -> None:
    """Of the call, of the limit, or of what was spent before: what cannot be compared is not spent."""
    purse, start = kept
    chat = start()
    euro = Money(Decimal("0.01"), "EUR")
    assert over(purse, chat, euro, Budget(day=usd("5")))
    purse.reserve(chat, euro, FREE, NOON)
    assert over(purse, chat, usd("0.01"), Budget(month=usd("5")))
    purse.reserve(chat, usd("0.02"), FREE, NOON)
    assert str(purse.spent(chat, NOON).day) == "0.03 MIX"
    for limit in (usd("5"), Money(Decimal(5), "EUR"), Money(Decimal(5), "MIX")):
        assert over(purse, chat, usd("0.01"), Budget(conversation=limit))


def test_what_broke_off_is_spent(kept: tuple[Purse, Callable[[], str]]) -> None:
    """A reservation that nobody settled counts, and after a day it cannot be taken back."""
    purse, start = kept
    chat = start()
    lost = purse.reserve(chat, usd("0.5"), FREE, NOON)
    late = NOON + FOLDED_AFTER
    purse.settle(purse.reserve(chat, usd("0.1"), FREE, late), usd("0.1"))
    purse.settle(lost, usd("0.4"))
    assert purse.spent(chat, late).conversation == usd("0.5")
    lost = purse.reserve(chat, usd("0.5"), FREE, NOON)
    purse.settle(purse.reserve(chat, usd("0.1"), FREE, late + timedelta(seconds=1)), usd("0.1"))
    purse.settle(lost, usd("0"))
    assert purse.spent(chat, late).conversation == usd("1.1")


def test_a_day_is_that_of_the_persons_clock(kept: tuple[Purse, Callable[[], str]]) -> None:
    """Half an hour past midnight here is today, wherever it is still yesterday."""
    purse, start = kept
    chat = start()
    night = NOON.replace(hour=0, minute=30, day=1)
    purse.reserve(chat, usd("1"), FREE, night)
    assert purse.spent(chat, NOON.replace(day=1)).day == usd("1")
    assert purse.spent(chat, night.astimezone(timezone(timedelta(0)))) == Spent(None, None, usd("1"))


def test_a_clock_that_was_wrong_empties_no_purse(kept: tuple[Purse, Callable[[], str]]) -> None:
    """A call in a wrong year is one more day, and the latest days are kept, however many there were."""
    purse, start = kept
    chat = start()
    for day in (NOON - timedelta(days=n) for n in range(DAYS_KEPT + 20, -1, -1)):
        purse.settle(purse.reserve(chat, usd("0.01"), FREE, day), usd("0.01"))
    purse.settle(purse.reserve(chat, usd("1"), FREE, NOON.replace(year=2036)), usd("1"))
    assert purse.spent(chat, NOON).month == usd("0.21")
    assert purse.spent(chat, NOON - timedelta(days=DAYS_KEPT + 5)).day is None


# ---------------------------------------------------------------- in the vault


def test_the_next_process_knows_what_was_spent(home: Path) -> None:
    """Sealed with the drawer and the conversation, and read back to the last decimal."""
    with opened(home) as vault:
        chat = fill(vault, ["hello"])
        sealed(vault).settle(sealed(vault).reserve(chat, usd("1"), FREE, NOON), usd("0.123456"))
        fresh = vault.history.start()
        sealed(vault).reserve(fresh, usd("0.000001"), FREE, NOON)
        vault.history.append(fresh, vault.history.messages(chat)[0].message)
    with opened(home) as again:
        assert sealed(again).spent(chat, NOON) == Spent(usd("0.123457"), usd("0.123457"), usd("0.123456"))
        assert sealed(again).spent(fresh, NOON).conversation == usd("0.000001")
        again.roster.check()
        assert again.history.check() == 2


def test_a_purged_conversation_leaves_its_cost_and_no_trace(home: Path) -> None:
    """The sum of the day stays; nothing that is kept names the conversation, settled or not."""
    with opened(home) as vault:
        chat = fill(vault, ["hello"])
        purse = sealed(vault)
        purse.settle(purse.reserve(chat, usd("0.5"), FREE, NOON), usd("0.5"))
        open_call = purse.reserve(chat, usd("0.25"), FREE, NOON)
        purge(vault.database, vault.keys, Predicate(conversations=(chat,)))
        assert purse.spent(chat, NOON) == Spent(usd("0.75"), usd("0.75"), None)
        assert chat not in json.dumps(vault.drawer.items("purse"))
        purse.settle(open_call, usd("0.125"))
        assert purse.spent(chat, NOON).day == usd("0.625")
        with pytest.raises(UsageError):
            purse.reserve(chat, usd("0.1"), FREE, NOON)
        assert purse.spent(chat, NOON).day == usd("0.625")


def test_a_purge_of_all_that_is_kept_takes_the_purse(home: Path) -> None:
    """`purge-history --all` with the drawer begins anew."""
    with opened(home) as vault:
        chat = fill(vault, ["hello"])
        sealed(vault).reserve(chat, usd("0.5"), FREE, NOON)
        purge(vault.database, vault.keys, Predicate(conversations=None, with_drawer=True))
        assert sealed(vault).spent(chat, NOON) == Spent()


def test_a_purge_of_others_leaves_the_sums(home: Path) -> None:
    """Under the new keys day and conversation are what they were."""
    with opened(home) as vault:
        chat, other = fill(vault, ["hello"]), fill(vault, ["hello"])
        purse = sealed(vault)
        purse.reserve(chat, usd("0.5"), FREE, NOON)
        purge(vault.database, vault.keys, Predicate(conversations=(other,)))
        assert purse.spent(chat, NOON) == Spent(usd("0.5"), usd("0.5"), usd("0.5"))


def test_keys_of_yesterday_reserve_nothing(home: Path) -> None:
    """After a purge elsewhere the call is refused before anything is read or written."""
    with opened(home) as vault, opened(home) as elsewhere:
        chat = fill(vault, ["hello"])
        move_epoch(elsewhere)
        for call in (
            lambda: sealed(vault).reserve(chat, usd("0.5"), FREE, NOON),
            lambda: sealed(vault).settle(f"0123:{chat}", usd("0.5")),
            lambda: sealed(vault).spent(chat, NOON),
        ):
            with pytest.raises(EpochMoved):
                call()
        vault.keys.reload()
        assert sealed(vault).spent(chat, NOON) == Spent()


def test_a_purse_stays_small(home: Path) -> None:
    """One item in the drawer, whatever was spent, and no reservation that was settled."""
    with opened(home) as vault:
        chat = fill(vault, ["hello"])
        purse = sealed(vault)
        for hours in range(12):
            purse.settle(purse.reserve(chat, usd("0.5"), FREE, NOON + timedelta(hours=hours)), usd("0.01"))
        ((_, payload),) = vault.drawer.items("purse")
        assert payload == {"spent": {"2026-11-21": {"USD": "0.12"}}, "held": {}}


def forked(act: Callable[[], int]) -> int:
    """A child process that does this and ends with its number."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            code = act()
        finally:
            os._exit(code)
    return child


def test_of_processes_that_race_for_one_call_exactly_one_wins(home: Path) -> None:
    """Each has its own connection and conversation; all ask at once for what fits a single one."""
    with opened(home) as vault:
        chats = [fill(vault, [f"question {number}"]) for number in range(4)]
    start, go = os.pipe()
    budget = Budget(day=usd("0.50"))

    def race(chat: str) -> Callable[[], int]:
        def act() -> int:
            with opened(home) as mine:
                os.close(go)
                os.read(start, 1)  # ends for all at once, when the last writer lets go
                try:
                    sealed(mine).reserve(chat, usd("0.30"), budget, NOON)
                except BudgetExceeded as error:
                    return error.exit_code
                return 0

        return act

    children = [forked(race(chat)) for chat in chats]
    os.close(go)
    os.close(start)
    codes = sorted(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)
    assert codes == [0, 6, 6, 6]
    with opened(home) as vault:
        assert sealed(vault).spent(chats[0], NOON).day == usd("0.30")
        vault.roster.check()


amounts = st.decimals(0, 1, places=6).map(lambda amount: Money(amount, "USD"))


@given(st.lists(st.tuples(amounts, amounts | st.none()), max_size=12), amounts)
def test_no_sequence_of_calls_passes_a_limit(calls: list[tuple[Money, Money | None]], limit: Money) -> None:
    """Whatever is reserved and settled lower, or never, the day stays within its limit and every decimal is there."""
    purse = MemoryPurse()
    budget = Budget(day=limit)
    expected = Decimal(0)
    for bound, cost in calls:
        try:
            reservation = purse.reserve("c", bound, budget, NOON)
        except BudgetExceeded:
            assert expected + bound.amount > limit.amount
            continue
        came_to = bound.amount
        if cost is not None:
            came_to = min(bound.amount, cost.amount)
            purse.settle(reservation, Money(came_to, "USD"))
        expected += came_to
        spent = purse.spent("c", NOON)
        assert (spent.day.amount if spent.day else 0) == expected <= limit.amount
