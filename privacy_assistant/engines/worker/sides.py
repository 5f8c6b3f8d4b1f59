"""The child's side of a role: what the worker does its work by.

A side is built from what the hello says (`built`, plain JSON of the parent's), before anything native is loaded; its
library is imported in `prepare`, and a file is opened at the first call that needs it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from privacy_assistant.engines.worker.frames import Packet

DID_NOT_STOP = 4
"""What a worker ends with that cannot stop what was cancelled."""


@dataclass(slots=True, eq=False)
class Call:
    """One call as the child sees it. `cancelled` is set from another thread, then the side's `cancel` is told."""

    id: int
    method: str
    args: Mapping[str, Any] = field(repr=False)
    payload: bytes = field(repr=False)
    cancelled: threading.Event = field(default_factory=threading.Event)


class Side(Protocol):
    """The child's side of one role."""

    def prepare(self) -> None:
        """Import what is slow to import. What it raises comes again with the first call, so it is ignored here."""

    def serve(self, call: Call) -> Iterator[Packet]:
        """The items of the answer to one call. Raises EngineError, which the parent raises again.

        Called from several threads where the parent calls again before the last answer has ended.
        """

    def cancel(self, call: Call) -> None:
        """End that call soon; called from another thread, at any time, after `call.cancelled` was set."""
