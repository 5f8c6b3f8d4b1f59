"""What every test of this room ends with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.egress import door, speaking


@pytest.fixture(autouse=True)
def doors_closed() -> Iterator[None]:
    """Close the connections that doors keep warm."""
    yield
    while door.OPENED:
        door.OPENED.pop().gate.close()
    while speaking.GATES:
        speaking.GATES.pop().close()
