"""A purge in another process: the keys are read again, and the call is made once more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from privacy_assistant.app.rereading import RereadingDrawer, RereadingHistory, RereadingPurse
from privacy_assistant.core.money import Money
from privacy_assistant.core.policy_terms import Budget
from privacy_assistant.core.routing import Spent
from privacy_assistant.core.turn import Message, Role
from privacy_assistant.vault.database import EpochMoved
from privacy_assistant.vault.memory import MemoryDrawer, MemoryHistory
from privacy_assistant.vault.purse import MemoryPurse

SAID = Message(Role.USER, "hello", datetime(2026, 11, 21, tzinfo=UTC))


class Elsewhere:
    """Refuses like the vault while the keys are old; `reread` makes them new, unless it `stays_old`."""

    def __init__(self, *, stays_old: bool = False) -> None:
        self.is_old = False
        self.stays_old = stays_old
        self.reads = 0

    def reread(self) -> None:
        self.reads += 1
        self.is_old = self.stays_old

    def check(self) -> None:
        if self.is_old:
            raise EpochMoved("the history was re-keyed by another process")


def _checked(found: object, elsewhere: Elsewhere | None) -> object:
    """A method that looks at the keys first; anything else as it is."""
    if elsewhere is None or not callable(found) or isinstance(found, Elsewhere):
        return found

    def call(*args: Any, **kwargs: Any) -> object:
        elsewhere.check()
        result: object = found(*args, **kwargs)
        return result

    return call


class OldHistory(MemoryHistory):
    """A history in memory under keys that can be of yesterday."""

    def __init__(self, elsewhere: Elsewhere) -> None:
        super().__init__()
        self._elsewhere = elsewhere

    def __getattribute__(self, name: str) -> object:
        return _checked(
            object.__getattribute__(self, name), object.__getattribute__(self, "__dict__").get("_elsewhere")
        )


class OldDrawer(MemoryDrawer):
    """A drawer in memory under keys that can be of yesterday."""

    def __init__(self, elsewhere: Elsewhere) -> None:
        super().__init__()
        self._elsewhere = elsewhere

    def __getattribute__(self, name: str) -> object:
        return _checked(
            object.__getattribute__(self, name), object.__getattribute__(self, "__dict__").get("_elsewhere")
        )


class OldPurse(MemoryPurse):
    """A purse in memory under keys that can be of yesterday."""

    def __init__(self, elsewhere: Elsewhere) -> None:
        super().__init__()
        self._elsewhere = elsewhere

    def __getattribute__(self, name: str) -> object:
        return _checked(
            object.__getattribute__(self, name), object.__getattribute__(self, "__dict__").get("_elsewhere")
        )


def test_every_call_of_a_history_goes_on() -> None:
    """Each method is refused once, the keys are read once, and the answer is that of the history."""
    elsewhere = Elsewhere()
    kept = RereadingHistory(OldHistory(elsewhere), elsewhere.reread)
    chat = kept.start()
    calls: list[tuple[Callable[[], object], Callable[[object], bool]]] = [
        (lambda: kept.append(chat, SAID).seq, lambda got: got == 1),
        (lambda: len(kept.messages(chat)), lambda got: got == 1),
        (lambda: len(kept.last(chat, 1)), lambda got: got == 1),
        (lambda: len(kept.conversations()), lambda got: got == 1),
        (kept.newest, lambda got: got == chat),
        (lambda: kept.resolve(chat[:8]), lambda got: got == chat),
        (lambda: len(kept.search("hello")), lambda got: got == 1),
        (lambda: kept.pin(chat, True), lambda got: kept.conversations()[0].is_pinned),
        (lambda: kept.attach(chat, "legend", {"a": 1}), lambda got: True),
        (lambda: kept.attached(chat, "legend"), lambda got: got == {"a": 1}),
        (lambda: kept.payload_mac(chat, b"sent"), lambda got: got == kept.payload_mac(chat, b"sent")),
        (lambda: kept.forget(chat), lambda got: kept.conversations() == []),
        (lambda: len(kept.start()), lambda got: got == 32),
    ]
    for number, (call, is_right) in enumerate(calls, start=1):
        elsewhere.is_old = True
        assert is_right(call())
        assert elsewhere.reads == number
    assert kept.is_durable is False


def test_every_call_of_a_drawer_goes_on() -> None:
    """Put, items, replace, remove: refused once, then done once."""
    elsewhere = Elsewhere()
    kept = RereadingDrawer(OldDrawer(elsewhere), elsewhere.reread)
    elsewhere.is_old = True
    item = kept.put("note", {"a": 1})
    elsewhere.is_old = True
    assert kept.items("note") == [(item, {"a": 1})]
    elsewhere.is_old = True
    kept.replace(item, "note", {"a": 2})
    elsewhere.is_old = True
    assert kept.remove(item) is True
    assert elsewhere.reads == 4
    assert kept.items("note") == []


def test_every_call_of_a_purse_goes_on() -> None:
    """Reserve, settle, spent: refused once, then done once."""
    elsewhere = Elsewhere()
    kept = RereadingPurse(OldPurse(elsewhere), elsewhere.reread)
    now = datetime(2026, 11, 21, tzinfo=UTC)
    bound, cost = Money(Decimal(2), "USD"), Money(Decimal(1), "USD")
    elsewhere.is_old = True
    reservation = kept.reserve("chat", bound, Budget(), now)
    elsewhere.is_old = True
    kept.settle(reservation, cost)
    elsewhere.is_old = True
    assert kept.spent("chat", now) == Spent(cost, cost, cost)
    assert elsewhere.reads == 3


def test_keys_that_stay_old_are_an_error() -> None:
    """One second try, no more: a key store that was put back does not turn in circles."""
    elsewhere = Elsewhere(stays_old=True)
    kept = RereadingHistory(OldHistory(elsewhere), elsewhere.reread)
    chat = kept.start()
    elsewhere.is_old = True
    with pytest.raises(EpochMoved):
        kept.append(chat, SAID)
    assert elsewhere.reads == 1
