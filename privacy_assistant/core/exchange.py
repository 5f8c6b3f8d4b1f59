"""A question, and what comes back for it, in order: Decided, then Notices and ports.Piece, then one Reply.

Where an answer breaks off or turns out wrong and another one follows, a Restarted and a second Decided stand between.
Where it is spoken, a Whole stands before the Reply.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from privacy_assistant.core.turn import Decision, Usage, Utterance


@dataclass(frozen=True, slots=True)
class Question:
    """One utterance with what the person asked for around it.

    `conversation` is a full id, or None for a new one. `attachment` is the text of a file, added to the question.
    `asked` is the zone the person demands: "local" alone, or "cloud" or nothing.
    """

    utterance: Utterance
    conversation: str | None = None
    attachment: str = field(default="", repr=False)
    asked: Literal["local", "cloud"] | None = None

    @property
    def text(self) -> str:
        """What is found, redacted, answered and kept: the utterance and its attachment."""
        if not self.attachment:
            return self.utterance.text
        return f"{self.utterance.text}\n\n{self.attachment}".strip()


@dataclass(frozen=True, slots=True)
class Decided:
    """It is known who answers, and why. Nothing was computed or sent before this."""

    decision: Decision


@dataclass(frozen=True, slots=True)
class Notice:
    """One line for the person about the answer that follows; no content."""

    line: str


@dataclass(frozen=True, slots=True)
class Restarted:
    """What was streamed so far is given up for what follows; `why` is a line for the person, no content.

    It was shown already, so a face marks it as superseded and never as unsaid.
    """

    why: str


@dataclass(frozen=True, slots=True)
class Whole:
    """The answer is known to its end and not kept yet: comes only where it is spoken.

    Whoever speaks it goes on reading when it was heard, since what is kept is what was heard.
    """


@dataclass(frozen=True, slots=True)
class Reply:
    """The whole answer, after its last piece. `turn` is the number of its question, counted from 1.

    `latency_ms` has find, route, first_token and total, in milliseconds from the start of the question.
    """

    text: str = field(repr=False)
    decision: Decision
    conversation: str
    turn: int
    usage: Usage | None = None
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    effect: str = ""
    is_cut: bool = False
