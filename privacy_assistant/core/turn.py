"""The nouns: what is said, who answered, and why it was allowed to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum


class Origin(StrEnum):
    """How an utterance reached us; a rule may name it."""

    TYPED = "typed"
    VOICE = "voice"
    GATEWAY = "gateway"
    MCP = "mcp"


class Zone(IntEnum):
    """Where an answer is made. A larger number is less private."""

    DEVICE = 0
    LAN = 1
    CLOUD = 2

    def __str__(self) -> str:
        """The word of the policy file: device, lan, cloud."""
        return self.name.lower()


class Role(StrEnum):
    """Who says a message."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


class Label(StrEnum):
    """What a stored message may be used for. STAY: in no prompt, title or summary for another zone."""

    FREE = "free"
    STAY = "stay"


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing a person said or typed. `confidence` is 0..1 for speech, 1 for typing."""

    text: str = field(repr=False)
    origin: Origin = Origin.TYPED
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written by a model; `mean_logprob` is the mean natural log-probability of the written ones."""

    prompt_tokens: int = 0
    reused_tokens: int = 0
    completion_tokens: int = 0
    mean_logprob: float | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Why an answer was made where it was made. Holds names and counts only, so it may be logged and shown.

    `zone` is where the answer was made, `wanted` the zone preferred before any fallback, `verdict` the word of
    the policy (leave, ask, stay, refuse), `rule` the name of what decided it. `ledger_seq` is the last line of the
    ledger that was written for this answer, also where the answer then came from here; None: nothing left.
    `estimated_cost` was reserved, `cost` is what it came to, "0" where nobody charges. `flaw` is what looked wrong
    with the answer (a word of `reply_check.Flaw`), "" for nothing.
    """

    rule: str
    verdict: str = "stay"
    zone: Zone = Zone.DEVICE
    wanted: Zone = Zone.DEVICE
    policy_hash: str = ""
    answered_by: str = ""
    model: str | None = None
    reasons: tuple[str, ...] = ()
    findings: Mapping[str, int] = field(default_factory=dict)
    rejected: tuple[tuple[str, str], ...] = ()
    redacted: int = 0
    estimated_cost: str = "0"
    cost: str = "0"
    ledger_seq: int | None = None
    flaw: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation, as it is sealed in the history.

    `at` is an aware datetime. `is_cut` marks an answer that was interrupted: `text` is what was shown. `restored` says
    where originals were put back into an answer from elsewhere, each as start, end (code points) and the kind.
    """

    role: Role
    text: str = field(repr=False)
    at: datetime
    label: Label = Label.FREE
    origin: Origin = Origin.TYPED
    decision: Decision | None = None
    usage: Usage | None = None
    is_cut: bool = False
    latency_ms: Mapping[str, float] = field(default_factory=dict)
    restored: tuple[tuple[int, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message with its place: `seq` counts from 1 in its conversation; a turn is named by its first message."""

    conversation: str
    seq: int
    message: Message


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a list of conversations shows. `title` comes from the first question, never from a model."""

    id: str
    title: str = field(repr=False)
    started: datetime
    newest: datetime
    messages: int
    is_pinned: bool = False
    is_temporary: bool = False
