"""A back end that the policy names and nothing can be sent to: it says why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from privacy_assistant.core.money import Money
from privacy_assistant.errors import Unreachable
from privacy_assistant.ports import ChatMessage, CloudInfo, Delayed, Dispatch, Finished, Piece, Sent, ToolCall


class ClosedDoor:
    """Implements `ports.CloudModel`: routing sees the back end, and why it is not taken."""

    def __init__(self, info: CloudInfo, why: str) -> None:
        self._info = info
        self._why = why

    @property
    def info(self) -> CloudInfo:
        """As the policy names it."""
        return self._info

    def why_not(self) -> str:
        """The reason it was made with."""
        return self._why

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Nothing is counted for a back end that reads nothing."""
        return 0

    def cost(self, prompt_tokens: int, completion_tokens: int) -> Money | None:
        """Nothing is charged."""
        return None

    def generate(self, dispatch: Dispatch) -> Iterator[Sent | Delayed | Piece | ToolCall | Finished]:
        """Raises Unreachable."""
        raise Unreachable(self._why)

    def cancel(self, parcel_id: str) -> None:
        """There is never anything to cancel."""

    def close(self) -> None:
        """Nothing is open."""
