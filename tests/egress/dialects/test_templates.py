"""What leaves in a request is the parcel and constants, in the documented shape, and nothing that identifies."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from httpx2 import Client, MockTransport, Request, Response
from hypothesis import given
from openai import OpenAI

from privacy_assistant.core.parcel import PackedTool, Parcel
from privacy_assistant.core.policy_terms import Api, Backend, BackendKind
from privacy_assistant.core.turn import Role
from privacy_assistant.egress.dialects import content_of, dialect_for, identifiers_of
from privacy_assistant.egress.inspection import strings_of
from privacy_assistant.errors import EgressDenied
from tests.egress.dialects import snapshots
from tests.egress.dialects.parcels import (
    BACKENDS,
    KINDS,
    PARCELS,
    QUESTION,
    TALK,
    WEATHER,
    backend,
    parcel,
    redacted,
    say,
    tool,
)

FORBIDDEN = frozenset(
    {
        *("previous_response_id", "conversation", "background", "user", "metadata", "safety_identifier"),
        *("prompt_cache_key", "service_tier", "prompt", "context_management", "access_programs", "moderation", "n"),
        *("functions", "function_call", "prediction", "web_search_options", "audio", "modalities", "logprobs"),
    }
)
"""Fields that keep something with the provider, point to a person, or ask for more than an answer."""


def encode(parcel: Parcel, kind: BackendKind, api: Api, model: str = "") -> dict[str, Any]:
    return dialect_for(backend(kind, api, model or parcel.model)).encode(parcel)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("api", Api)
def test_a_request_is_exactly_its_snapshot(kind: BackendKind, api: Api) -> None:
    """Every field and its order, per kind and interface; `python -m tests.egress.dialects.snapshots` writes them."""
    written = (snapshots.FOLDER / snapshots.name(kind, api)).read_text(encoding="utf-8")
    assert snapshots.render(kind, api) == written


@given(to=BACKENDS, sent=PARCELS)
def test_no_request_holds_a_field_that_keeps_or_identifies(to: Backend, sent: Parcel) -> None:
    """Whatever the parcel: the forbidden fields never appear, and nothing is kept with those who would."""
    body = dialect_for(to).encode(sent)
    assert not FORBIDDEN & set(body)
    assert body["stream"] is True
    if to.api is Api.RESPONSES:
        assert (body["store"], body["truncation"], body["include"]) == (False, "disabled", [])
    else:
        assert body.get("store") is (None if to.kind is BackendKind.OPENAI_COMPATIBLE else False)
    if to.kind is not BackendKind.OPENAI:
        assert not any(field.startswith("prompt_cache") for field in body)


@given(to=BACKENDS, sent=PARCELS)
def test_every_string_of_a_request_is_content_or_constant(to: Backend, sent: Parcel) -> None:
    """So the gate can refuse whatever is neither."""
    dialect = dialect_for(to)
    known = dialect.constants | content_of(sent) | identifiers_of(sent)
    assert [text for text in strings_of(dialect.encode(sent)) if text not in known] == []


@given(to=BACKENDS, sent=PARCELS)
def test_every_text_of_the_parcel_leaves_once_and_whole(to: Backend, sent: Parcel) -> None:
    """No text is lost, doubled, joined or trimmed; schemas leave as the objects that they are."""
    body = dialect_for(to).encode(sent)
    schemas = [(tool.get("function") or tool)["parameters"] for tool in body.get("tools", [])]
    assert schemas == [json.loads(tool.parameters.text) for tool in sent.tools]
    marked = Counter(text for text in _texts_in(body) if text)
    assert marked == Counter(
        text.text
        for text in [
            *(message.text for message in sent.body),
            *(call.arguments for message in sent.body for call in message.calls),
            *(tool.description for tool in sent.tools),
        ]
        if text.text
    )


def _texts_in(body: dict[str, Any]) -> list[str]:
    """What stands in the places for texts, read by the documented shapes and not by the encoder."""
    texts = [body.get("instructions", "")]
    for item in (*body.get("input", ()), *body.get("messages", ())):
        content = item.get("content") or ""
        texts += [content] if isinstance(content, str) else [part["text"] for part in content]
        texts += [item.get("output", ""), item.get("arguments", "")]
        texts += [call["function"]["arguments"] for call in item.get("tool_calls", ())]
    return texts + [(tool.get("function") or tool)["description"] for tool in body.get("tools", ())]


@pytest.mark.parametrize("api", Api)
def test_the_sdk_sends_the_body_unchanged(api: Api) -> None:
    """The openai package takes every field by its name, and adds none: what it serialises is what was encoded."""
    seen: list[bytes] = []

    def answer(request: Request) -> Response:
        seen.append(request.content)
        return Response(200, headers={"content-type": "text/event-stream"}, content=b"data: [DONE]\n\n")

    body = encode(parcel(*TALK, tools=[WEATHER], temperature=0.5, max_tokens=9), BackendKind.OPENAI, api)
    with Client(transport=MockTransport(answer)) as http:
        client = OpenAI(api_key="k", base_url="https://cloud.example/v1", http_client=http, max_retries=0)
        (client.responses if api is Api.RESPONSES else client.chat.completions).create(**body)
    assert [json.loads(content) for content in seen] == [body]


@pytest.mark.parametrize("api", Api)
@pytest.mark.parametrize(
    ("kind", "model", "is_sent"),
    [
        (BackendKind.OPENAI, "gpt-4o-mini", True),
        (BackendKind.OPENAI, "ft:gpt-4.1-mini:firm::1", True),
        (BackendKind.OPENAI, "gpt-5", False),
        (BackendKind.OPENAI, "gpt-6-astra", False),
        (BackendKind.OPENAI, "o3", False),
        (BackendKind.AZURE, "a-deployment", False),
        (BackendKind.AZURE, "gpt-4o", True),
        (BackendKind.OPENAI_COMPATIBLE, "qwen3", True),
    ],
)
def test_a_temperature_goes_only_to_a_model_that_takes_one(
    api: Api, kind: BackendKind, model: str, is_sent: bool
) -> None:
    """A model that reasons first answers it with an error, and one that is not known could."""
    body = encode(parcel(QUESTION, model=model, temperature=0.0), kind, api)
    assert body.get("temperature") == (0.0 if is_sent else None)


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("gpt-4.1", {"prompt_cache_retention": "in_memory"}),
        ("gpt-4.1-2025-04-14", {"prompt_cache_retention": "in_memory"}),
        ("gpt-5.4", {"prompt_cache_retention": "in_memory"}),
        ("gpt-4o", {}),
        ("gpt-5-mini", {}),
        ("gpt-5.5", {}),
        ("gpt-5.5-2026-04-23", {}),
        ("gpt-5.6-sol", {"prompt_cache_options": {"mode": "explicit"}}),
        ("gpt-6-astra", {"prompt_cache_options": {"mode": "explicit"}}),
        ("gpt-6.2-sol", {"prompt_cache_options": {"mode": "explicit"}}),
        ("gpt-50x", {}),
        ("gpt-oss-120b", {}),
    ],
)
@pytest.mark.parametrize("api", Api)
def test_prompts_are_cached_as_little_as_the_model_allows(api: Api, model: str, fields: dict[str, Any]) -> None:
    """By the guide to prompt caching of OpenAI; a model that knows neither field gets neither."""
    body = encode(parcel(QUESTION, model=model), BackendKind.OPENAI, api)
    assert {key: value for key, value in body.items() if key.startswith("prompt_cache")} == fields


@pytest.mark.parametrize("api", Api)
def test_the_rules_follow_the_model_of_the_policy_where_a_deployment_has_another_name(api: Api) -> None:
    """On Azure the parcel names the deployment; the model behind it decides what may be sent."""
    sent = parcel(QUESTION, model="my-deployment", temperature=0.5)
    body = encode(sent, BackendKind.AZURE, api, model="gpt-4o")
    assert (body["model"], body["temperature"]) == ("my-deployment", 0.5)


@pytest.mark.parametrize(
    ("kind", "model", "role"),
    [
        (BackendKind.OPENAI, "gpt-5", "developer"),
        (BackendKind.AZURE, "o3", "developer"),
        (BackendKind.OPENAI, "gpt-4o", "system"),
        (BackendKind.AZURE, "my-deployment", "system"),
        (BackendKind.OPENAI_COMPATIBLE, "gpt-oss-120b", "system"),
    ],
)
def test_the_system_text_of_a_chat_has_the_role_that_the_model_knows(kind: BackendKind, model: str, role: str) -> None:
    """Models that reason put developer in the place of system; other servers know system alone."""
    body = encode(parcel(say(Role.SYSTEM, "x"), QUESTION, model=model), kind, Api.CHAT)
    assert [message["role"] for message in body["messages"]] == [role, "user"]


@pytest.mark.parametrize("api", Api)
@pytest.mark.parametrize("text", ["\ud83d", "a\udc00b"])
def test_half_a_character_is_not_sent(api: Api, text: str) -> None:
    """It has no UTF-8: better a clear refusal than an error while it leaves."""
    with pytest.raises(EgressDenied) as denied:
        encode(parcel(say(Role.USER, text)), BackendKind.OPENAI, api)
    assert denied.value.hint


@pytest.mark.parametrize("api", Api)
@pytest.mark.parametrize("schema", [[], "text", None, {"x": "\ud83d"}, {"x": float("nan")}])
def test_a_tool_without_a_schema_is_not_sent(api: Api, schema: object) -> None:
    """Its parameters must be a JSON object that can be written."""
    with pytest.raises(EgressDenied):
        encode(parcel(QUESTION, tools=[tool("t", "d", schema)]), BackendKind.OPENAI, api)


def test_a_schema_nested_without_end_is_not_sent() -> None:
    """Depth is an error of the tool and no crash."""
    deep = PackedTool("t", redacted("d"), redacted('{"a":' * 20_000))
    with pytest.raises(EgressDenied):
        encode(parcel(QUESTION, tools=[deep]), BackendKind.OPENAI, Api.CHAT)
