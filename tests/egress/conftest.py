"""What every test of this room ends with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.egress import door


@pytest.fixture(autouse=True)
def doors_closed() -> Iterator[None]:
    """Close the connections that doors keep warm."""
    yield
    while door.OPENED:
        door.OPENED.pop().gate.close()
