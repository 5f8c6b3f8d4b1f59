"""The purse: what back ends have cost, and what is set aside for calls that are under way.

What a day came to is sealed in the drawer, without any name of a conversation. What a conversation came to is kept
with the conversation, under its own key: a purge takes it away, and the sum of the day stays what it was.
"""

from __future__ import annotations

import secrets
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from privacy_assistant.core.money import Money
from privacy_assistant.core.policy_terms import Budget
from privacy_assistant.core.routing import Spent
from privacy_assistant.errors import BudgetExceeded, UsageError
from privacy_assistant.ports import Drawer, History

if TYPE_CHECKING:
    from privacy_assistant.vault.roster import Roster  # brings the database, which a purse in memory does without

DAYS_KEPT: int = 62
"""Days with a sum of their own, the latest: two months of the calendar fit in."""

FOLDED_AFTER = timedelta(days=1)
"""A call that was not settled by then is taken for broken off: what was reserved for it is spent."""

SEVERAL = "MIX"
"""What stands for the currency of a sum in several ones (no code of ISO 4217). It is over every limit."""

_KIND = "purse"


@dataclass(frozen=True, slots=True)
class _Held:
    """One reservation: the sum it counts to, since when, and how much."""

    under: str
    since: datetime
    amount: Money


@dataclass(slots=True)
class _Account:
    """Sums by name and currency, and what is held; a day's name is its ISO date, a conversation's sum has none."""

    totals: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    held: dict[str, _Held] = field(default_factory=dict)

    def spent(self, begins: str) -> Money | None:
        """The sum of all names that begin so, held amounts included; None for nothing at all."""
        sums: dict[str, Decimal] = {}
        for name, by_currency in self.totals.items():
            if name.startswith(begins):
                for currency, amount in by_currency.items():
                    sums[currency] = sums.get(currency, Decimal(0)) + amount
        for held in self.held.values():
            if held.under.startswith(begins):
                sums[held.amount.currency] = sums.get(held.amount.currency, Decimal(0)) + held.amount.amount
        if not sums:
            return None
        return Money(sum(sums.values(), Decimal(0)), next(iter(sums)) if len(sums) == 1 else SEVERAL)

    def add(self, name: str, money: Money) -> None:
        """Count an amount that was spent."""
        if money.amount:
            by_currency = self.totals.setdefault(name, {})
            by_currency[money.currency] = by_currency.get(money.currency, Decimal(0)) + money.amount

    def settle(self, reservation: str, money: Money) -> None:
        """Spend this in the place of what was held; what was folded before stays as it was reserved."""
        held = self.held.pop(reservation, None)
        if held is not None:
            self.add(held.under, money)

    def fold(self, now: datetime) -> None:
        """Let what broke off count as spent, and forget all but the latest sums."""
        for reservation, held in list(self.held.items()):
            if now - held.since > FOLDED_AFTER:
                self.settle(reservation, held.amount)
        # By number and not by the clock, which may be wrong for a while: that must not empty the purse.
        for name in sorted(self.totals)[:-DAYS_KEPT]:
            del self.totals[name]

    def as_json(self) -> dict[str, Any]:
        """What is sealed: exact decimals as text."""
        return {
            "spent": {name: {c: f"{a:f}" for c, a in by.items()} for name, by in self.totals.items()},
            "held": {
                key: [held.under, held.since.isoformat(), f"{held.amount.amount:f}", held.amount.currency]
                for key, held in self.held.items()
            },
        }

    @classmethod
    def from_json(cls, raw: Mapping[str, Any] | None) -> _Account:
        """The account of `as_json`; an empty one for None."""
        if raw is None:
            return cls()
        return cls(
            {name: {c: Decimal(a) for c, a in by.items()} for name, by in raw["spent"].items()},
            {
                key: _Held(under, datetime.fromisoformat(since), Money(Decimal(amount), currency))
                for key, (under, since, amount, currency) in raw["held"].items()
            },
        )


@dataclass(slots=True)
class _Books:
    """The accounts of one call: of the days, and of one conversation."""

    days: _Account
    conversation: _Account


class _Purse(ABC):
    """ports.Purse over accounts that are kept somewhere."""

    @abstractmethod
    def _read(self, conversation: str) -> _Books:
        """The accounts as they are; an empty one for a conversation that nobody knows."""

    @abstractmethod
    def _changing(self, conversation: str, *, may_be_gone: bool) -> Any:
        """A context with the accounts: what the block changes is kept, all or nothing, while nobody else writes."""

    def spent(self, conversation: str, now: datetime) -> Spent:
        """Of the day and the month of `now` and of this conversation, reservations included."""
        books = self._read(conversation)
        day = now.date().isoformat()
        return Spent(books.days.spent(day), books.days.spent(day[:8]), books.conversation.spent(""))

    def reserve(self, conversation: str, amount: Money, budget: Budget, now: datetime) -> str:
        """Set an upper bound aside; returns the reservation. Raises BudgetExceeded, and keeps nothing then.

        `now` is an aware time on the person's clock: its date says which day and month the call counts to. Another
        currency than that of a limit is over it. Raises UsageError for a conversation that is not there.
        """
        key = secrets.token_hex(8)
        day = now.date().isoformat()
        with self._changing(conversation, may_be_gone=False) as books:
            for account in (books.days, books.conversation):
                account.fold(now)
            for name, limit, account, begins in (
                ("day", budget.day, books.days, day),
                ("month", budget.month, books.days, day[:8]),
                ("conversation", budget.conversation, books.conversation, ""),
            ):
                if limit is not None and not _fits(account.spent(begins), amount, limit):
                    raise BudgetExceeded(
                        f"not sent: it would pass the budget for the {name}, {limit}",
                        hint="[budget] in the policy sets the limit; `ledger list` shows what was spent",
                    )
            books.days.held[key] = _Held(day, now, amount)
            books.conversation.held[key] = _Held("", now, amount)
        return f"{key}:{conversation}"

    def settle(self, reservation: str, amount: Money) -> None:
        """Put what it came to in the place of what was reserved; a second time does nothing.

        After `FOLDED_AFTER` the reservation may have been counted as spent already, and stays so.
        """
        key, _, conversation = reservation.partition(":")
        with self._changing(conversation, may_be_gone=True) as books:
            books.days.settle(key, amount)
            books.conversation.settle(key, amount)


class MemoryPurse(_Purse):
    """ports.Purse that writes nothing anywhere; for one process."""

    def __init__(self) -> None:
        self._days = _Account()
        self._conversations: dict[str, _Account] = {}
        self._lock = threading.RLock()

    def _read(self, conversation: str) -> _Books:
        with self._lock:
            return _Books(self._days, self._conversations.get(conversation, _Account()))

    @contextmanager
    def _changing(self, conversation: str, *, may_be_gone: bool) -> Iterator[_Books]:
        with self._lock:
            yield _Books(self._days, self._conversations.setdefault(conversation, _Account()))


class SealedPurse(_Purse):
    """ports.Purse in the vault: one for all processes of a home."""

    def __init__(self, roster: Roster, drawer: Drawer, history: History) -> None:
        """`drawer` and `history` are those over `roster`; a history in memory keeps its own sums in memory."""
        self._roster = roster
        self._drawer = drawer
        self._history = history

    def _read(self, conversation: str) -> _Books:
        with self._roster.reading():
            return self._opened(conversation)[0]

    @contextmanager
    def _changing(self, conversation: str, *, may_be_gone: bool) -> Iterator[_Books]:
        # One write transaction around drawer and history, whose own join it: between reading and writing the sums
        # no other process can write. A reservation is on the disk with the line of the ledger, before anything leaves;
        # a settlement that a power cut undoes leaves the reservation, which is never less.
        with self._roster.database.writing(self._roster.keys.epoch, waits_for_disk=False):
            books, item, is_there = self._opened(conversation)
            if not is_there and not may_be_gone:
                raise UsageError("there is no such conversation")
            yield books
            if is_there:
                self._history.attach(conversation, _KIND, books.conversation.as_json())
            if item is None:
                self._drawer.put(_KIND, books.days.as_json())
            else:
                self._drawer.replace(item, _KIND, books.days.as_json())

    def _opened(self, conversation: str) -> tuple[_Books, str | None, bool]:
        """The accounts, the id of the drawer's item, and whether the conversation is there."""
        items = self._drawer.items(_KIND)
        item, days = items[0] if items else (None, None)
        try:
            kept, is_there = self._history.attached(conversation, _KIND), True
        except UsageError:
            kept, is_there = None, False
        return _Books(_Account.from_json(days), _Account.from_json(kept)), item, is_there


def _fits(spent: Money | None, amount: Money, limit: Money) -> bool:
    used = spent or Money(Decimal(0), limit.currency)
    return used.currency == amount.currency == limit.currency and used.amount + amount.amount <= limit.amount
