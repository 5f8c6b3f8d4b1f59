"""History, drawer and purse that go on after another process purged: the keys are read again, the call is made again.

The vault refuses every transaction under keys that a purge elsewhere has destroyed, before it reads or writes a row,
so that a second try repeats nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from privacy_assistant.core.money import Money
from privacy_assistant.core.policy_terms import Budget
from privacy_assistant.core.routing import Spent
from privacy_assistant.core.turn import Conversation, Message, StoredMessage
from privacy_assistant.ports import Drawer, History, Ledger, LedgerLine, Purse
from privacy_assistant.vault.database import EpochMoved

T = TypeVar("T")


class _Rereading:
    def __init__(self, reread: Callable[[], None]) -> None:
        self._reread = reread

    def _again(self, act: Callable[[], T]) -> T:
        try:
            return act()
        except EpochMoved:
            self._reread()
            return act()


class RereadingHistory(_Rereading):
    """Implements `ports.History` by another one; `reread` reads the keys again."""

    def __init__(self, kept: History, reread: Callable[[], None]) -> None:
        super().__init__(reread)
        self._kept = kept

    @property
    def is_durable(self) -> bool:
        """As the other one."""
        return self._kept.is_durable

    def start(self, *, temporary: bool = False) -> str:
        """Open a conversation; returns its id."""
        return self._again(lambda: self._kept.start(temporary=temporary))

    def append(self, conversation: str, message: Message) -> StoredMessage:
        """Keep a message. Raises UsageError when the purge took the conversation."""
        return self._again(lambda: self._kept.append(conversation, message))

    def messages(self, conversation: str) -> list[StoredMessage]:
        """All messages in order."""
        return self._again(lambda: self._kept.messages(conversation))

    def last(self, conversation: str, n: int) -> list[StoredMessage]:
        """The last `n` messages, in order."""
        return self._again(lambda: self._kept.last(conversation, n))

    def conversations(self) -> list[Conversation]:
        """Newest first."""
        return self._again(self._kept.conversations)

    def newest(self) -> str | None:
        """The id of the conversation written to last."""
        return self._again(self._kept.newest)

    def resolve(self, prefix: str) -> str:
        """A full id from a prefix. Raises UsageError."""
        return self._again(lambda: self._kept.resolve(prefix))

    def search(self, words: str, *, limit: int = 50) -> list[StoredMessage]:
        """Messages that hold all the words, newest first."""
        return self._again(lambda: self._kept.search(words, limit=limit))

    def pin(self, conversation: str, pinned: bool) -> None:
        """Keep a conversation from retention, or no longer."""
        self._again(lambda: self._kept.pin(conversation, pinned))

    def attach(self, conversation: str, kind: str, payload: Mapping[str, Any]) -> None:
        """Keep one payload of this kind under the conversation's key."""
        self._again(lambda: self._kept.attach(conversation, kind, payload))

    def attached(self, conversation: str, kind: str) -> Mapping[str, Any] | None:
        """The payload of this kind, or None."""
        return self._again(lambda: self._kept.attached(conversation, kind))

    def payload_mac(self, conversation: str, payload: bytes) -> str:
        """A MAC of what left, under the conversation's key."""
        return self._again(lambda: self._kept.payload_mac(conversation, payload))

    def forget(self, conversation: str) -> None:
        """Delete one conversation logically."""
        self._again(lambda: self._kept.forget(conversation))


class RereadingDrawer(_Rereading):
    """Implements `ports.Drawer` by another one; `reread` reads the keys again."""

    def __init__(self, kept: Drawer, reread: Callable[[], None]) -> None:
        super().__init__(reread)
        self._kept = kept

    def put(self, kind: str, payload: Mapping[str, Any]) -> str:
        """Keep a payload; returns its id."""
        return self._again(lambda: self._kept.put(kind, payload))

    def items(self, kind: str) -> list[tuple[str, Mapping[str, Any]]]:
        """All (id, payload) of a kind, oldest first."""
        return self._again(lambda: self._kept.items(kind))

    def replace(self, item: str, kind: str, payload: Mapping[str, Any]) -> None:
        """Put another payload in the place of one."""
        self._again(lambda: self._kept.replace(item, kind, payload))

    def remove(self, item: str) -> bool:
        """Take one away; False when it is not there."""
        return self._again(lambda: self._kept.remove(item))


class RereadingPurse(_Rereading):
    """Implements `ports.Purse` by another one; `reread` reads the keys again."""

    def __init__(self, kept: Purse, reread: Callable[[], None]) -> None:
        super().__init__(reread)
        self._kept = kept

    def spent(self, conversation: str, now: datetime) -> Spent:
        """Of the day, the month and this conversation."""
        return self._again(lambda: self._kept.spent(conversation, now))

    def reserve(self, conversation: str, amount: Money, budget: Budget, now: datetime) -> str:
        """Set an upper bound aside; returns the reservation. Raises BudgetExceeded."""
        return self._again(lambda: self._kept.reserve(conversation, amount, budget, now))

    def settle(self, reservation: str, amount: Money) -> None:
        """Put what it came to in the place of what was reserved."""
        self._again(lambda: self._kept.settle(reservation, amount))


class RereadingLedger(_Rereading):
    """Implements `ports.Ledger` by another one; `reread` reads the keys again."""

    def __init__(self, kept: Ledger, reread: Callable[[], None]) -> None:
        super().__init__(reread)
        self._kept = kept

    def append(self, line: LedgerLine) -> int:
        """Write a line; its number."""
        return self._again(lambda: self._kept.append(line))

    def lines(self) -> list[tuple[int, LedgerLine]]:
        """All lines that are kept, oldest first."""
        return self._again(self._kept.lines)

    def verify(self) -> int:
        """The number of lines verified."""
        return self._again(self._kept.verify)
