"""The two OpenAI-style interfaces as pure codecs: a parcel → the JSON body, events → pieces, calls and the end.

Nothing here opens, reads or asks anything. What is encoded is the parcel and constants, so that a person can say yes to
it; what is decoded is untrusted. docs/what-leaves.md lists every field.
"""

from __future__ import annotations

from typing import Any, Protocol

from privacy_assistant.core.parcel import Parcel
from privacy_assistant.core.policy_terms import Api, Backend
from privacy_assistant.egress.dialects.chat import Chat
from privacy_assistant.egress.dialects.contents import content_of, identifiers_of
from privacy_assistant.egress.dialects.failures import ErrorKind, error_kind, refusal
from privacy_assistant.egress.dialects.responses import Responses
from privacy_assistant.egress.sse import Event
from privacy_assistant.ports import Finished, Piece, ToolCall

__all__ = ["Decoder", "Dialect", "ErrorKind", "content_of", "dialect_for", "error_kind", "identifiers_of", "refusal"]


class Decoder(Protocol):
    """Reads one answer. What it gives is still redacted, and untrusted."""

    def feed(self, event: Event) -> list[Piece | ToolCall | Finished]:
        """What this event says. Raises ReplyMalformed, or BackendRefused where the stream says no."""

    def close(self) -> list[Piece | ToolCall | Finished]:
        """To be called when the bytes have ended: the end, where it was announced and not yet given.

        Raises ReplyMalformed when it was not announced.
        """


class Dialect(Protocol):
    """One interface of one back end. `constants` are all strings of its requests that are no content."""

    @property
    def path(self) -> str:
        """What follows the base address, without a slash before it."""

    @property
    def constants(self) -> frozenset[str]: ...

    def encode(self, parcel: Parcel) -> dict[str, Any]:
        """The body, exactly. Raises EgressDenied for a parcel that has no form in it."""

    def decoder(self) -> Decoder:
        """A new one for each answer."""


def dialect_for(backend: Backend) -> Dialect:
    """The dialect that this back end speaks."""
    if backend.api is Api.RESPONSES:
        return Responses(backend.kind, backend.model)
    return Chat(backend.kind, backend.model)
