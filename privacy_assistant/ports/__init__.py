"""Small Protocols: what the flow needs from outside. Each has one fake in tests/fakes.py; `ports.sound` has those of
the voice.

Ports pass plain data: frozen dataclasses, strings, numbers. Streams are iterators, and a running one is
cancelled by message (its request id), so that an implementation can stand behind a process boundary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from privacy_assistant.core.prompt import ChatMessage as ChatMessage
from privacy_assistant.core.turn import Conversation, Label, Message, Origin, StoredMessage, Usage, Zone

if TYPE_CHECKING:
    # A worker that only wants to know what a Piece is loads no policy, which takes longer than its wall.
    from privacy_assistant.core.consent import Answer, Request
    from privacy_assistant.core.kinds import Findings, Kind, Topic
    from privacy_assistant.core.legend import Legend
    from privacy_assistant.core.money import Money
    from privacy_assistant.core.parcel import Parcel
    from privacy_assistant.core.policy_terms import Budget
    from privacy_assistant.core.routing import Spent

# ---------------------------------------------------------------- language models


@dataclass(frozen=True, slots=True)
class Sampling:
    """Decoding settings; None means the model's own default (docs/decisions/0003 has the measured ones)."""

    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class GenerationRequest:
    """One generation. `id` names it for `cancel`. `grammar` (GBNF, its root is "root") binds what may be written."""

    id: str
    messages: tuple[ChatMessage, ...]
    sampling: Sampling = Sampling()
    grammar: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of streamed text, never empty, never half a code point."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Finished:
    """The last item of every stream that was not broken: why it ended (stop, length, cancelled) and its usage."""

    reason: str
    usage: Usage


@dataclass(frozen=True, slots=True)
class Remark:
    """One line for the person about the model that answers: it was started again, or another one took its place."""

    line: str


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """What the person is shown of a model. `path` names a file, sizes are bytes and tokens."""

    name: str
    path: str
    bytes: int
    context_tokens: int
    licence: str = ""


class LocalModel(Protocol):
    """A language model on this machine. One generation runs at a time; a second waits."""

    @property
    def info(self) -> ModelInfo: ...

    def warm(self) -> None:
        """Load the model if it is not loaded. Raises EngineMissing or EngineFailed."""

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """Tokens of these messages through the model's own template and tokenizer, generation prompt included."""

    def prefill(self, messages: Sequence[ChatMessage]) -> None:
        """Read these messages now, so that a prompt which begins with them starts sooner. Skipped while busy."""

    def generate(self, request: GenerationRequest) -> Iterator[Piece | Remark | Finished]:
        """Stream an answer. Ends with exactly one Finished. Raises EngineFailed."""

    def cancel(self, request_id: str) -> None:
        """End that generation within one token; its stream ends with Finished("cancelled"). Any thread may call."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CloudInfo:
    """What is known of a back end without asking it. `host` is what the person is shown; tokens 0: unknown."""

    name: str
    model: str
    host: str
    zone: Zone
    kind: str
    context_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A parcel on its way: what it may not reveal, what was agreed to, and where the exact bytes are kept.

    `consented` is the digest a person said yes to, "" where nobody was asked. `keep` is called with the bytes of each
    attempt right before they leave, and returns their MAC for the ledger; where it raises, nothing leaves.
    """

    parcel: Parcel
    legend: Legend = field(repr=False)
    keep: Callable[[bytes], str] = field(repr=False)
    consented: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The bytes of one attempt left, under this line of the ledger; also told of an attempt that then failed."""

    ledger_seq: int
    destination: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Delayed:
    """The back end asked to wait, or an attempt failed: the next one follows in so many seconds."""

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that the model asks for, whole; `arguments` is JSON text."""

    id: str
    name: str
    arguments: str = field(repr=False)


class CloudModel(Protocol):
    """A model behind the gate: takes a Parcel, streams what came back, still redacted and untrusted."""

    @property
    def info(self) -> CloudInfo: ...

    def why_not(self) -> str:
        """Why it cannot be tried now (no route, no key, it failed a moment ago); "" where it can. Asks nobody."""

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """An upper bound, counted here."""

    def cost(self, prompt_tokens: int, completion_tokens: int) -> Money | None:
        """What so many tokens cost at the prices known here; None where they are not known or nobody charges."""

    def generate(self, dispatch: Dispatch) -> Iterator[Sent | Delayed | Piece | ToolCall | Finished]:
        """Stream an answer; ends with exactly one Finished.

        Raises EgressDenied (nothing left), Unreachable, TimedOut, ReplyMalformed. No attempt follows a first Piece.
        """

    def cancel(self, parcel_id: str) -> None:
        """End that answer at once, also while it waits; its stream ends with Finished("cancelled"). Any thread or a
        signal handler may call."""

    def close(self) -> None: ...


# ---------------------------------------------------------------- finding and consent


class Finder(Protocol):
    """Finds personal data in text. Its error is a refusal, never an empty answer."""

    @property
    def kinds(self) -> frozenset[Kind | Topic]:
        """What it is able to find; a policy category outside of it is said aloud."""

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings: ...

    def find_again(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        """The same for a text that was redacted already: rules and lists alone."""


class Consent(Protocol):
    """Asks the person about one packed parcel. Silence means no."""

    def ask(self, request: Request) -> Answer: ...


# ---------------------------------------------------------------- what stays


class History(Protocol):
    """Conversations, sealed or (without any key) in memory. Ids are 32 hex digits."""

    @property
    def is_durable(self) -> bool:
        """False when it lives in memory only."""

    def start(self, *, temporary: bool = False) -> str:
        """Open a conversation; returns its id. Nothing is written before its first message."""

    def append(self, conversation: str, message: Message) -> StoredMessage: ...

    def messages(self, conversation: str) -> list[StoredMessage]:
        """All messages in order; raises UsageError for an unknown id, RecordTampered for a changed one."""

    def last(self, conversation: str, n: int) -> list[StoredMessage]: ...

    def conversations(self) -> list[Conversation]:
        """Newest first."""

    def newest(self) -> str | None:
        """The id of the conversation written to last."""

    def resolve(self, prefix: str) -> str:
        """A full id from an unambiguous prefix of 4 or more hex digits; raises UsageError."""

    def search(self, words: str, *, limit: int = 50) -> list[StoredMessage]:
        """Messages that hold all the words, case-folded, newest first."""

    def pin(self, conversation: str, pinned: bool) -> None: ...

    def attach(self, conversation: str, kind: str, payload: Mapping[str, Any]) -> None:
        """Keep one JSON-able payload of this kind (legend, sent copies) under the conversation's key; replaces."""

    def attached(self, conversation: str, kind: str) -> Mapping[str, Any] | None: ...

    def payload_mac(self, conversation: str, payload: bytes) -> str:
        """A MAC of what left, hex, under the conversation's key: once that is purged it confirms no guess any more."""

    def forget(self, conversation: str) -> None:
        """Delete one conversation logically; `purge` is what destroys."""


class Drawer(Protocol):
    """Sealed small things outside conversations: notes, lists, timers, profile, budget. Kinds never stand in clear."""

    def put(self, kind: str, payload: Mapping[str, Any]) -> str:
        """Keep a JSON-able payload; returns its id."""

    def items(self, kind: str) -> list[tuple[str, Mapping[str, Any]]]:
        """All (id, payload) of a kind, oldest first."""

    def replace(self, item: str, kind: str, payload: Mapping[str, Any]) -> None: ...

    def remove(self, item: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What left, or was about to: written before the first byte. No content, no digest that confirms a guess."""

    at: datetime
    destination: str
    zone: str
    rule: str
    policy_hash: str
    counts: Mapping[str, int]
    bytes: int
    payload_mac: str


class Ledger(Protocol):
    """Append-only, hash-chained record of what left."""

    def append(self, line: LedgerLine) -> int: ...

    def lines(self) -> list[tuple[int, LedgerLine]]: ...

    def verify(self) -> int:
        """The number of lines verified; raises RecordTampered."""


class Tokens(Protocol):
    """API tokens for back ends, sealed."""

    def get(self, name: str) -> str | None: ...

    def put(self, name: str, token: str) -> None: ...

    def remove(self, name: str) -> bool: ...

    def names(self) -> list[str]: ...


class Purse(Protocol):
    """What back ends have cost, and what is reserved for calls that are under way; one for all processes of a home."""

    def spent(self, conversation: str, now: datetime) -> Spent:
        """Of the day and the month of `now` (on its own clock) and of this conversation, reservations included."""

    def reserve(self, conversation: str, amount: Money, budget: Budget, now: datetime) -> str:
        """Set an upper bound aside before the call; returns the reservation. Raises BudgetExceeded, all or nothing:
        two processes never pass a limit together."""

    def settle(self, reservation: str, amount: Money) -> None:
        """Put what it came to in the place of what was reserved. Without it the reservation counts as spent."""


# ---------------------------------------------------------------- skills


@dataclass(frozen=True, slots=True)
class SkillRequest:
    """What a skill sees: the text, an aware local time, a language tag, and the last answer (for "repeat that")."""

    text: str = field(repr=False)
    now: datetime
    language: str = "en"
    last_answer: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class SkillAnswer:
    """`label` STAY when the answer shows stored data. `effect` names what a face must do (volume_up, stop, …)."""

    text: str = field(repr=False)
    label: Label = Label.FREE
    effect: str = ""


class Skill(Protocol):
    """A small offline ability. None means "not mine, or not sure": the model answers instead."""

    @property
    def name(self) -> str: ...

    def answer(self, request: SkillRequest) -> SkillAnswer | None: ...
