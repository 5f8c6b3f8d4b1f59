"""A small world to reach in: back ends of every sort, a clock that is set by hand, a routing table that is swapped."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from privacy_assistant.core.policy_terms import Backend, BackendKind
from privacy_assistant.core.turn import Zone
from privacy_assistant.egress.reach import Reach
from privacy_assistant.egress.routing_table import Routes

HOME = Routes(is_known=True, has_any=True, has_default_v4=True, fingerprint="home")
CAFE = Routes(is_known=True, has_any=True, has_default_v4=True, fingerprint="cafe")
NEAR = Routes(is_known=True, has_any=True, fingerprint="near")
NOTHING = Routes(is_known=True, fingerprint="nothing")
UNKNOWN = Routes()

OFFLINE = "this machine is offline"
ONLY_NEAR = "there is no way beyond the local network"


def backend(name: str, address: str, zone: Zone = Zone.CLOUD) -> Backend:
    """A back end at this address."""
    return Backend(name, zone, BackendKind.OPENAI_COMPATIBLE, address)


CLOUD = backend("cloud", "https://api.example/v1")
OTHER = backend("other", "https://other.example/v1")
BY_NUMBER = backend("by-number", "https://9.9.9.9/v1")
LAB = backend("lab", "https://lab.example/v1", Zone.LAN)
SHELF = backend("shelf", "https://192.168.7.7/v1", Zone.LAN)
LOOPBACK = backend("loopback", "http://127.0.0.1:8080/v1")
ALL = (CLOUD, OTHER, BY_NUMBER, LAB, SHELF, LOOPBACK)


class World:
    """A clock that is set by hand, a routing table that is swapped, and the payloads that were kept."""

    def __init__(self, routes: Routes = HOME) -> None:
        self.now = datetime(2026, 6, 1, tzinfo=UTC)
        self.routes = routes
        self.kept: list[Mapping[str, Any]] = []

    def reach(self) -> Reach:
        """A process that begins now."""
        return Reach(
            lambda: json.loads(json.dumps(self.kept[-1])) if self.kept else None,
            self.kept.append,
            lambda: self.now,
            lambda: self.routes,
        )

    def passes(self, seconds: float) -> None:
        """Time passes."""
        self.now += timedelta(seconds=seconds)


def reachable(reach: Reach) -> list[str]:
    """The names of those that may be tried."""
    return [each.name for each in ALL if reach.why_not(each) == ""]
