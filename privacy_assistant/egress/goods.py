"""What the gate lets through: a parcel of words now; recordings have a form of their own and pass the same checks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from privacy_assistant.core.policy import Verdict
from privacy_assistant.core.turn import Zone
from privacy_assistant.egress.dialects import Dialect, content_of, identifiers_of
from privacy_assistant.egress.inspection import Look, decoded, denied, numbers_of, strings_of, unfolded
from privacy_assistant.ports import Dispatch


class Packed(Protocol):
    """What every parcel says of itself, whatever is in it."""

    @property
    def id(self) -> str: ...

    @property
    def backend(self) -> str: ...

    @property
    def host(self) -> str: ...

    @property
    def zone(self) -> Zone: ...

    @property
    def verdict(self) -> Verdict: ...

    @property
    def digest(self) -> str: ...

    @property
    def is_intact(self) -> bool: ...

    @property
    def counts(self) -> Mapping[str, int]: ...


class Goods(Protocol):
    """One thing that is to leave. `path` follows the base address; `content_type` is what its body is (for a
    multipart form without the boundary), `accept` what may come back. `consented` is the digest that a person said
    yes to."""

    @property
    def parcel(self) -> Packed: ...

    @property
    def consented(self) -> str: ...

    @property
    def path(self) -> str: ...

    @property
    def content_type(self) -> str: ...

    @property
    def accept(self) -> str: ...

    def examine(self, body: bytes, content_type: str, look: Look) -> None:
        """Hold the exact bytes against the parcel. Raises EgressDenied."""

    def keep(self, payload: bytes) -> str:
        """Keep what leaves, and give its MAC for the ledger."""


class Words:
    """A parcel of words on its way, in the dialect of its back end."""

    content_type = "application/json"
    accept = "text/event-stream"

    def __init__(self, dispatch: Dispatch, dialect: Dialect) -> None:
        self._dispatch = dispatch
        self._dialect = dialect

    @property
    def parcel(self) -> Packed:
        """The parcel."""
        return self._dispatch.parcel

    @property
    def consented(self) -> str:
        """The digest that was agreed to."""
        return self._dispatch.consented

    @property
    def path(self) -> str:
        """Where its dialect is spoken."""
        return self._dialect.path

    def keep(self, payload: bytes) -> str:
        """Whatever the one who sends does with it."""
        return self._dispatch.keep(payload)

    def encode(self) -> dict[str, Any]:
        """The body that is to be sent."""
        return self._dialect.encode(self._dispatch.parcel)

    def examine(self, body: bytes, content_type: str, look: Look) -> None:
        """Every string is a text of the parcel, a name that the protocol needs or a fixed word of the dialect, and
        none but those words tells anything; every number is one that was set or stands in a tool's schema."""
        parcel, legend = self._dispatch.parcel, self._dispatch.legend
        untrusted = decoded(body)
        content = content_of(parcel)
        names = identifiers_of(parcel)
        strings = dict.fromkeys(strings_of(untrusted))
        texts = [string for string in strings if string not in self._dialect.constants]
        if any(text not in content and text not in names for text in texts):
            raise denied("the body holds a text that is not of the parcel", "gate:texts")
        numbers = {parcel.temperature, parcel.max_tokens}
        for tool in parcel.tools:
            numbers.update(numbers_of(decoded(tool.parameters.text.encode("utf-8"))))
        if any(number not in numbers for number in numbers_of(untrusted)):
            raise denied("the body holds a number that is not of the parcel", "gate:texts")
        # A fixed word that a text of the parcel is too ("user", asked as a question) is looked at as that text.
        texts += [text for text in content if text in self._dialect.constants]
        unfolding = dict.fromkeys(deep for text in texts for deep in unfolded(text))
        look.holds_known(unfolding, legend)
        look.holds_personal(text for text in unfolding if text not in names or text in content)
