"""A door for the tests of this room: a policy with one back end, its gate, its cloud, and parcels for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from privacy_assistant.core.kinds import Findings, Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.parcel import PackedMessage, PackedTool, Parcel, pack
from privacy_assistant.core.policy import Case, Policy, decide
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.policy_terms import Backend
from privacy_assistant.core.redaction import Redacted, redact
from privacy_assistant.core.turn import Role
from privacy_assistant.egress.cloud import OpenAICloud
from privacy_assistant.egress.dialects import dialect_for
from privacy_assistant.egress.errands import Errands
from privacy_assistant.egress.gate import Gate
from privacy_assistant.egress.goods import Words
from privacy_assistant.egress.halt import Halt
from privacy_assistant.egress.outgoing import Outgoing
from privacy_assistant.egress.reach import Reach
from privacy_assistant.egress.routing_table import Routes
from privacy_assistant.egress.timeouts import Timeouts
from privacy_assistant.errors import EgressDenied
from privacy_assistant.ports import Delayed, Dispatch, Finished, Piece, Sent, ToolCall
from tests.fakes import EPOCH, FakeFinder, FakeLedger

Item = Sent | Delayed | Piece | ToolCall | Finished

QUICK = Timeouts(connect=2.0, first_byte=5.0, stall=5.0, write=5.0, total=20.0)
NAME = "Anna Meier"
JSON = "application/json"
QUESTION = f"Write to {NAME}, please."


OPENED: list[Door] = []
"""Doors that a test opened; the fixtures of this room close them behind it."""


def write_policy(url: str, *, zone: str = "cloud", kind: str = "openai", api: str = "chat", more: str = "") -> str:
    """A policy with one back end, `there`; `more` is added to its table, and may open further ones."""
    return f"""version = 1
[backend.there]
zone = "{zone}"
kind = "{kind}"
api = "{api}"
base_url = "{url}"
model = "gpt-4o"
{more}
"""


@dataclass
class Door:
    """One back end and all that leads to it. `policy` may be changed behind its back; `refused` has its name
    for each key that was not accepted, `kept` the sent bytes."""

    policy: Policy
    ledger: FakeLedger
    finder: FakeFinder
    gate: Gate
    reach: Reach
    errands: Errands
    cloud: OpenAICloud
    legend: Legend
    told: list[dict[str, Any]]
    refused: list[str]
    kept: list[bytes] = field(default_factory=list)

    @property
    def backend(self) -> Backend:
        """The one back end."""
        return self.policy.backends[0]

    def redacted(self, text: str, words: Sequence[str] = (NAME,)) -> Redacted:
        """A text with these words masked, by the legend of the door."""
        finder = FakeFinder(dict.fromkeys(words, Kind.PERSON))
        return redact(text, finder.find(text), self.legend)

    def parcel(self, *texts: str, tools: Sequence[PackedTool] = (), parcel_id: str = "parcel") -> Parcel:
        """A parcel of the user's texts, masked, with the verdict of the policy."""
        case = Case(texts=texts, counts={}, now=EPOCH)
        return pack(
            parcel_id,
            decide(self.policy, case, self.backend),
            self.backend.name,
            self.cloud.info.host,
            self.backend.zone,
            [PackedMessage(Role.USER, self.redacted(text)) for text in texts or (QUESTION,)],
            model=self.cloud.info.model,
            tools=tools,
            max_tokens=100,
        )

    def dispatch(self, parcel: Parcel | None = None, consented: str = "") -> Dispatch:
        """That parcel on its way."""
        return Dispatch(self.parcel() if parcel is None else parcel, self.legend, self._keep, consented)

    def ask(self, parcel: Parcel | None = None) -> list[Item]:
        """Everything that comes back."""
        return list(self.cloud.generate(self.dispatch(parcel)))

    def _keep(self, payload: bytes) -> str:
        self.kept.append(payload)
        return f"mac {len(self.kept)}"


def open_door(
    written: str,
    *,
    timeouts: Timeouts = QUICK,
    key: Callable[[], str] = lambda: "secret-key",
    ledger: FakeLedger | None = None,
    rescan: Callable[[str], Findings] | None = None,
    most_search_seconds: float = 10.0,
) -> Door:
    """A door by a policy's text, with short time-outs and no pauses between attempts."""
    policy = parse_policy(written, "policy.toml")
    ledger = FakeLedger() if ledger is None else ledger
    finder = FakeFinder()
    told: list[dict[str, Any]] = []
    door: Door
    gate = Gate(
        policy=lambda: door.policy,
        ledger=ledger,
        rescan=rescan or finder.find,
        clock=lambda: EPOCH,
        most_search_seconds=most_search_seconds,
    )
    reach = Reach(lambda: None, lambda payload: told.append(dict(payload)), lambda: EPOCH, lambda: ROUTES)
    backend = policy.backends[0]
    refused: list[str] = []
    errands = Errands(
        backend,
        gate=gate,
        reach=reach,
        key=key,
        key_refused=lambda: refused.append(backend.name),
        timeouts=timeouts,
        draw=lambda: 0.0,
    )
    door = Door(policy, ledger, finder, gate, reach, errands, OpenAICloud(errands), Legend.new(b"ab"), told, refused)
    OPENED.append(door)
    return door


ROUTES = Routes(is_known=False)
"""As on a system whose routing table is not read."""


def text_of(items: Sequence[Item]) -> str:
    """What the pieces say together."""
    return "".join(item.text for item in items if isinstance(item, Piece))


def request_of(door: Door, body: bytes | None = None, **changes: Any) -> Outgoing:
    """The request that the SDK would make for the parcel of the door, with changes."""
    encoded = json.dumps(Words(door.dispatch(), dialect_for(door.backend)).encode()).encode()
    out = Outgoing(
        method="POST",
        scheme="http",
        host="127.0.0.1",
        port=9,
        target="/v1/chat/completions",
        headers=(("content-type", JSON), ("x-stainless-os", "Linux"), ("authorization", "Bearer other")),
        body=encoded if body is None else body,
    )
    return replace(out, **changes)


def inspect(door: Door, out: Outgoing, dispatch: Dispatch | None = None) -> list[tuple[str, str]]:
    """Hold a request against the parcel of the door, as the wire does. Nothing is connected to."""
    goods = Words(dispatch or door.dispatch(), dialect_for(door.backend))
    passage = door.gate.open(
        door.cloud.backend, goods, lambda: "secret-key", halt=Halt(), timeouts=QUICK, deadline=1e12
    )
    try:
        return passage.inspect(out)
    finally:
        passage.close()
        door.gate.close()


def rule_of(door: Door, out: Outgoing | None = None, dispatch: Dispatch | None = None) -> str:
    """The rule by which a request is denied; nothing of it was kept or written down."""
    with pytest.raises(EgressDenied) as denied:
        inspect(door, out or request_of(door), dispatch)
    assert not door.kept
    assert not door.ledger.lines()
    return denied.value.rule


def kinds_of(items: list[object]) -> list[str]:
    """The names of what came, runs of pieces as one."""
    names = [type(item).__name__ for item in items]
    return [name for at, name in enumerate(names) if at == 0 or name != names[at - 1]]
