"""A fetcher for the tests of this room: its gate and ledger, orders for files of a hub, and what they bring."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from privacy_assistant.core.hub import place_of
from privacy_assistant.core.policy_terms import Policy
from privacy_assistant.egress.fetch import PATIENCE, HubFetcher, Pace
from privacy_assistant.egress.gate import Gate
from privacy_assistant.egress.timeouts import Timeouts
from privacy_assistant.errors import AssistantError
from privacy_assistant.ports import Delayed
from privacy_assistant.ports.models import Arrived, Order, Progress
from tests.egress.hub_server import Hub
from tests.fakes import EPOCH, FakeFinder, FakeLedger

LARGE = "some/model/model.bin"
"""Lies in the store."""

SMALL = "some/model/config.json"
"""Is given by the hub itself."""

DATA = Random(6).randbytes(300_000)
CONFIG = b'{"a": 1}\n'

QUICK = Timeouts(connect=2.0, first_byte=5.0, stall=5.0, write=5.0, total=20.0)
PACE = Pace()
IMPATIENT = Timeouts(connect=2.0, first_byte=0.3, stall=0.3, write=5.0, total=20.0)

Item = Progress | Delayed | Arrived


def a_hub(**settings: Any) -> Hub:
    """A hub with one large and one small file."""
    return Hub({LARGE: DATA, SMALL: CONFIG}, **settings)


def order_of(hub: Hub, name: str = LARGE, **changes: Any) -> Order:
    """An order of which nothing is known but where the file is, and what `changes` say."""
    return Order("the-model", place_of(hub.address_of(name)), **changes)


@dataclass
class Line:
    """A fetcher and what it writes. `items` are those of the last fetch, also of one that failed."""

    fetcher: HubFetcher
    gate: Gate
    ledger: FakeLedger
    partial: Path
    items: list[Item] = field(default_factory=list)

    @property
    def note(self) -> Path:
        """What lies beside the partial file."""
        return self.partial.with_name(f"{self.partial.name}.json")

    @property
    def here(self) -> bytes | None:
        """What is in the partial file; None where there is none."""
        return self.partial.read_bytes() if self.partial.exists() else None

    @property
    def destinations(self) -> list[str]:
        """Those in the ledger."""
        return [line.destination for _, line in self.ledger.lines()]

    @property
    def delays(self) -> list[Delayed]:
        """The waits of the last fetch."""
        return [item for item in self.items if isinstance(item, Delayed)]

    def fetch(self, order: Order) -> Arrived:
        """Fetch it; what arrived."""
        self.items = []
        for item in self.fetcher.fetch(order, str(self.partial)):
            self.items.append(item)
        last = self.items[-1]
        assert isinstance(last, Arrived)
        assert all(isinstance(item, Progress | Delayed) for item in self.items[:-1])
        return last

    def fails(self, order: Order, kind: type[AssistantError]) -> AssistantError:
        """Fetch it, in vain; the error, in which nothing of a signed address stands, nor in anything that was said."""
        self.items = []
        with pytest.raises(kind) as raised:
            self.items.extend(self.fetcher.fetch(order, str(self.partial)))
        error = raised.value
        assert "Signature" not in f"{error!r} {error} {error.hint} {self.items!r} {self.destinations}"
        assert type(error) is kind
        return error


@contextmanager
def a_line(
    folder: Path,
    *,
    token: str = "",
    timeouts: Timeouts = QUICK,
    pace: Pace = PACE,
    policy: Callable[[], Policy] = Policy.absent,
    patient: bool = False,
    monotonic: Callable[[], float] = time.monotonic,
) -> Iterator[Line]:
    """A fetcher that waits for nothing between two attempts, unless it is `patient`."""
    ledger = FakeLedger()
    gate = Gate(policy=policy, ledger=ledger, rescan=FakeFinder().find, clock=lambda: EPOCH, monotonic=monotonic)
    fetcher = HubFetcher(
        gate,
        token=lambda: token,
        draw=lambda: 0.5 if patient else 0.0,
        timeouts=PATIENCE if patient else timeouts,
        pace=pace,
        monotonic=monotonic,
    )
    try:
        yield Line(fetcher, gate, ledger, folder / "file.part")
    finally:
        fetcher.close()
        gate.close()


def progress_of(items: Sequence[Item]) -> list[tuple[int, int]]:
    """How far it was, each time it was told."""
    return [(item.have, item.total) for item in items if isinstance(item, Progress)]
