"""The child's side of a detector of a turn's end: `SmartTurn`, asked by messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.engines.turn_smart import SmartTurn
from privacy_assistant.engines.worker.frames import Packet
from privacy_assistant.engines.worker.sides import Call


class TurnSide:
    """Implements `sides.Side`. Methods: warm; probability, of the payload."""

    def __init__(self, built: Mapping[str, Any]) -> None:
        self._built = built
        self._detector: SmartTurn | None = None

    def prepare(self) -> None:
        """Nothing: the first call follows the start at once."""

    def serve(self, call: Call) -> Iterator[Packet]:
        """As the detector answers."""
        if self._detector is None:
            self._detector = SmartTurn(Path(self._built["path"]), is_alone=self._built["is_alone"])
        if call.method == "probability":
            yield Packet({"chance": self._detector.probability(Recording(call.payload, HEARD_HZ))})

    def cancel(self, call: Call) -> None:
        """Nothing: it takes less time than a message."""
