"""Parcels for the dialects: written ones for the snapshots, and any one for the properties."""

from __future__ import annotations

import json
from collections.abc import Sequence

from hypothesis import strategies as st

from privacy_assistant.core import policy
from privacy_assistant.core.kinds import Findings
from privacy_assistant.core.parcel import PackedCall, PackedMessage, PackedTool, Parcel, pack
from privacy_assistant.core.policy_terms import Api, Backend, BackendKind
from privacy_assistant.core.redaction import Legend, Redacted, redact
from privacy_assistant.core.turn import Role, Zone

KINDS = (BackendKind.OPENAI, BackendKind.AZURE, BackendKind.OPENAI_COMPATIBLE)
MODELS = (
    "gpt-4o",
    "gpt-4.1",
    "gpt-5.4",
    "gpt-5.5",
    "gpt-5.6-sol",
    "gpt-6-astra",
    "o3",
    "ft:gpt-4.1:us:x:1",
    "qwen3",
    "",
)


def backend(kind: BackendKind, api: Api, model: str) -> Backend:
    return Backend("cloud", Zone.CLOUD, kind, "https://cloud.example/v1", api=api, model=model)


def redacted(text: str) -> Redacted:
    """Text in which nothing was found: what the finder finds is tested elsewhere."""
    return redact(text, Findings(), Legend("BBB"))


def say(role: Role, text: str, calls: Sequence[tuple[str, str, str]] = (), answers: str = "") -> PackedMessage:
    packed = tuple(PackedCall(id, name, redacted(arguments)) for id, name, arguments in calls)
    return PackedMessage(role, redacted(text), packed, answers)


def tool(name: str, description: str, schema: object) -> PackedTool:
    return PackedTool(name, redacted(description), redacted(json.dumps(schema)))


def parcel(
    *messages: PackedMessage,
    model: str = "gpt-4.1",
    tools: Sequence[PackedTool] = (),
    temperature: float | None = None,
    max_tokens: int | None = None,
) -> Parcel:
    verdict = policy.Verdict(policy.Stance.LEAVE, "a rule", (), "0" * 64, "cloud")
    return pack(
        *("01", verdict, "cloud", "cloud.example", Zone.CLOUD),
        messages,
        model=model,
        tools=tools,
        temperature=temperature,
        max_tokens=max_tokens,
    )


WEATHER = tool(
    "weather",
    "The weather at a place.",
    {"type": "object", "properties": {"place": {"type": "string"}}, "required": ["place"]},
)
QUESTION = say(Role.USER, "What may ⟦PERSON·AAA·1⟧ eat? Ümlaut, 食べ物, 🍲")
SYSTEM = say(Role.SYSTEM, "You are a helpful assistant.")
TALK = (
    SYSTEM,
    say(Role.USER, "Is it warm?"),
    say(Role.ASSISTANT, "Let me see.", [("call_1", "weather", '{"place": "⟦ADDRESS·AAA·1⟧"}')]),
    say(Role.TOOL, "21 °C", answers="call_1"),
    say(Role.ASSISTANT, "", [("call_2", "weather", "{}"), ("call_3", "weather", "{}")]),
    say(Role.TOOL, "", answers="call_2"),
    say(Role.TOOL, "3 °C", answers="call_3"),
    say(Role.ASSISTANT, "Yes."),
    say(Role.SYSTEM, "Be short."),
    QUESTION,
)


def cases(model: str) -> dict[str, Parcel]:
    """The parcels of the snapshots, by the name of the case."""
    return {
        "a question": parcel(QUESTION, model=model),
        "a question with its system text, a temperature and a limit": parcel(
            SYSTEM, QUESTION, model=model, temperature=0.5, max_tokens=200
        ),
        "a conversation with tools": parcel(*TALK, model=model, tools=[WEATHER], max_tokens=1000),
    }


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
_NAMES = st.from_regex(r"[a-z_]{1,12}", fullmatch=True)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)
_CALLS = st.lists(st.tuples(_NAMES, _NAMES, _JSON.map(json.dumps)), max_size=3)
_MESSAGES = st.one_of(
    st.builds(say, st.sampled_from([Role.SYSTEM, Role.USER]), _TEXTS),
    st.builds(say, st.just(Role.ASSISTANT), _TEXTS, _CALLS),
    st.builds(say, st.just(Role.TOOL), _TEXTS, answers=_NAMES),
)
_TOOLS = st.builds(tool, _NAMES, _TEXTS, st.dictionaries(_TEXTS, _JSON, max_size=4))

PARCELS = st.builds(
    lambda messages, **rest: parcel(*messages, **rest),
    st.lists(_MESSAGES, min_size=1, max_size=6),
    model=st.sampled_from([name for name in MODELS if name]),
    tools=st.lists(_TOOLS, max_size=3),
    temperature=st.none() | st.floats(0, 2),
    max_tokens=st.none() | st.integers(1, 10**6),
)
BACKENDS = st.builds(backend, st.sampled_from(KINDS), st.sampled_from(Api), st.sampled_from(MODELS))
