"""The only objects the gate accepts: what is redacted, the verdict that lets it leave, and a digest of it all."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from privacy_assistant.core.policy import Stance, Verdict
from privacy_assistant.core.redaction import Redacted
from privacy_assistant.core.turn import Role, Zone
from privacy_assistant.errors import EgressDenied

_FORMAT = "privacy-assistant parcel 2"


@dataclass(frozen=True, slots=True)
class PackedCall:
    """A tool call that an earlier answer made. `id` and `name` are the protocol's, `arguments` is JSON text."""

    id: str
    name: str
    arguments: Redacted


@dataclass(frozen=True, slots=True)
class PackedMessage:
    """One message that would leave. A message of role TOOL says in `answers` the id of the call it answers."""

    role: Role
    text: Redacted
    calls: tuple[PackedCall, ...] = ()
    answers: str = ""


@dataclass(frozen=True, slots=True)
class PackedTool:
    """A tool that the model may ask for; `parameters` is a JSON schema as text."""

    name: str
    description: Redacted
    parameters: Redacted


@dataclass(frozen=True, slots=True)
class Parcel:
    """What would leave, exactly; made only by `pack`.

    `host` is where it goes (host, or host:port), `model` the name that the back end knows, `body` the messages in
    order. `temperature` and `max_tokens` None leave it to the back end. `digest` is the SHA-256, in hex, of
    everything else: consent is given to a digest, and the gate counts it again.
    """

    id: str
    backend: str
    host: str
    zone: Zone
    model: str
    body: tuple[PackedMessage, ...] = field(repr=False)
    verdict: Verdict
    digest: str
    tools: tuple[PackedTool, ...] = field(default=(), repr=False)
    temperature: float | None = None
    max_tokens: int | None = None

    @property
    def needs_consent(self) -> bool:
        """Whether a person must say yes to this very parcel first."""
        return self.verdict.stance is Stance.ASK and self.zone is not Zone.DEVICE

    @property
    def texts(self) -> tuple[Redacted, ...]:
        """Every text in it, in order: of messages, calls and tools."""
        return tuple(self._texts())

    def _texts(self) -> Iterator[Redacted]:
        for message in self.body:
            yield message.text
            yield from (call.arguments for call in message.calls)
        for tool in self.tools:
            yield tool.description
            yield tool.parameters

    @property
    def counts(self) -> dict[str, int]:
        """How many of each kind were taken out of the body."""
        total: dict[str, int] = {}
        for redacted in self._texts():
            for kind, n in redacted.counts.items():
                total[kind] = total.get(kind, 0) + n
        return dict(sorted(total.items()))

    @property
    def is_intact(self) -> bool:
        """Whether the digest is that of the content."""
        return self.digest == _digest(self)


def pack(
    parcel_id: str,
    verdict: Verdict,
    backend: str,
    host: str,
    zone: Zone,
    messages: Sequence[PackedMessage],
    *,
    model: str = "",
    tools: Sequence[PackedTool] = (),
    temperature: float | None = None,
    max_tokens: int | None = None,
) -> Parcel:
    """One parcel for one back end.

    A verdict of ASK may be packed, so that there is something to consent to; STAY and REFUSE may not, unless it goes
    to a server of this very device; and neither may a verdict about another back end or about speech, raw text or
    nothing at all: EgressDenied, naming the rule.
    """
    check_verdict(verdict, backend, zone)
    if verdict.matter != "words":
        raise EgressDenied("The verdict is about speech.", rule=verdict.rule)
    body = tuple(messages)
    is_packed = all(isinstance(message, PackedMessage) for message in body)
    draft = Parcel(
        id=parcel_id,
        backend=backend,
        host=host,
        zone=zone,
        model=model,
        body=body,
        verdict=verdict,
        digest="",
        tools=tuple(tools),
        temperature=temperature,
        max_tokens=max_tokens,
    )
    if not body or not is_packed or not all(isinstance(text, Redacted) for text in draft.texts):
        raise EgressDenied("Only redacted messages can be packed.", rule="parcel:unredacted")
    return replace(draft, digest=_digest(draft))


def check_verdict(verdict: Verdict, backend: str, zone: Zone) -> None:
    """Whether something may be packed for this back end by this verdict. Raises EgressDenied, naming the rule."""
    if verdict.stance not in (Stance.LEAVE, Stance.ASK) and zone is not Zone.DEVICE:
        raise EgressDenied(
            f"The policy says that this must {verdict.stance}."
            if verdict.stance is Stance.STAY
            else "The policy refuses.",
            hint="See `privacy-assistant explain` for what decided.",
            rule=verdict.rule,
        )
    if verdict.backend and verdict.backend != backend:
        raise EgressDenied("The verdict is about another back end.", rule=verdict.rule)


def _digest(parcel: Parcel) -> str:
    """Over canonical JSON: sorted keys, ASCII, no blanks. `json` escapes lone surrogates, so every text has one."""
    verdict = parcel.verdict
    content: dict[str, Any] = {
        "format": _FORMAT,
        "id": parcel.id,
        "backend": parcel.backend,
        "host": parcel.host,
        "zone": str(parcel.zone),
        "model": parcel.model,
        "body": [
            [
                message.role.value,
                message.text.text,
                [[call.id, call.name, call.arguments.text] for call in message.calls],
                message.answers,
            ]
            for message in parcel.body
        ],
        "tools": [[tool.name, tool.description.text, tool.parameters.text] for tool in parcel.tools],
        "sampling": [parcel.temperature, parcel.max_tokens],
        "verdict": [str(verdict.stance), verdict.rule, verdict.policy_hash, verdict.backend],
    }
    encoded = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(encoded.encode("ascii")).hexdigest()
