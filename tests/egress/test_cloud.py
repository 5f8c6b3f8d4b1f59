"""A model behind the gate: what it streams, how it fails, what it tries again, and what it never takes along."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.money import parse_money
from privacy_assistant.core.parcel import PackedTool
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.turn import Role, Usage
from privacy_assistant.egress.cloud import OpenAICloud
from privacy_assistant.egress.errands import Errands
from privacy_assistant.egress.timeouts import Timeouts
from privacy_assistant.errors import KeyMissing, ReplyMalformed
from privacy_assistant.ports import ChatMessage, Finished, Sent, ToolCall
from tests.egress.door import NAME, QUICK, Door, kinds_of, open_door, text_of, write_policy
from tests.egress.servers.capturing import CapturingServer, Plain, echo
from tests.egress.servers.certificates import Authority
from tests.egress.servers.http_messages import chunk, head
from tests.egress.servers.listening import Connection, Listener
from tests.egress.servers.openai_shapes import Call, Says, sse

SHORT = Timeouts(connect=2, first_byte=0.2, stall=0.2, write=5, total=20)
BOTH = pytest.mark.parametrize("api", ["chat", "responses"])


# ---------------------------------------------------------------- an answer


@BOTH
def test_an_answer_streams_and_ends_once(api: str, capturing_server: CapturingServer) -> None:
    """First that it was sent, then the pieces, then the end with its count."""
    door = open_door(write_policy(capturing_server.url, api=api))
    items = door.ask()
    assert kinds_of([*items]) == ["Sent", "Piece", "Finished"]
    assert text_of(items) == "The cloud answers."
    assert items[-1] == Finished("stop", Usage(prompt_tokens=11, completion_tokens=7))
    request = capturing_server.requests[0]
    assert items[0] == Sent(1, f"POST http://127.0.0.1:{capturing_server.port}{request.path}", len(request.body))


@BOTH
def test_the_body_is_the_dialects_own_and_holds_no_name(api: str, capturing_server: CapturingServer) -> None:
    """What the SDK makes of it on the way is nothing."""
    capturing_server.answer = echo
    door = open_door(write_policy(capturing_server.url, api=api))
    said = text_of(door.ask())
    assert NAME not in capturing_server.requests[0].body.decode()
    assert "⟦PERSON·" in said
    assert door.kept == [capturing_server.requests[0].body]


@BOTH
def test_exactly_these_headers_leave(api: str, capturing_server: CapturingServer) -> None:
    """Nothing that tells the SDK, its version, this system or its Python."""
    open_door(write_policy(capturing_server.url, api=api)).ask()
    assert [name for name, _ in capturing_server.requests[0].headers] == [
        *("Host", "User-Agent", "Accept", "Accept-Encoding", "Content-Type", "Authorization", "Content-Length")
    ]
    assert capturing_server.requests[0].header("user-agent") == "privacy-assistant"


def test_no_key_sends_no_authorization(capturing_server: CapturingServer) -> None:
    """A server of one's own may want none, and the SDK's stand-in stays here."""
    open_door(write_policy(capturing_server.url), key=lambda: "").ask()
    request = capturing_server.requests[0]
    assert request.header("authorization", "none") == "none"
    assert "made-by-the-gate" not in str(request.headers)


def test_a_key_that_is_not_there_ends_it_before_anything_is_written(capturing_server: CapturingServer) -> None:
    """Its error comes out as it is; the ledger has no line."""

    def missing() -> str:
        raise KeyMissing("there is no key")

    door = open_door(write_policy(capturing_server.url), key=missing)
    with pytest.raises(KeyMissing):
        door.ask()
    assert (door.ledger.lines(), capturing_server.connections) == ([], 0)


@BOTH
def test_the_environment_changes_nothing(api: str, capturing_server: CapturingServer) -> None:
    """Addresses, keys, organisations, headers and proxies that the SDK or httpx would take."""
    with CapturingServer() as other:
        os.environ.update(
            OPENAI_BASE_URL=other.url,
            OPENAI_API_KEY="sk-of-the-environment",
            OPENAI_ADMIN_KEY="sk-admin",
            OPENAI_ORG_ID="org-environment",
            OPENAI_PROJECT_ID="proj-environment",
            OPENAI_CUSTOM_HEADERS="X-Other: 1\nAuthorization: Bearer other\nCookie: a=b",
            OPENAI_WEBHOOK_SECRET="hook",
            AZURE_OPENAI_ENDPOINT=other.url,
            AZURE_OPENAI_API_KEY="azure-key",
            AZURE_OPENAI_AD_TOKEN="azure-token",
            OPENAI_API_VERSION="2000-01-01",
            HTTP_PROXY=other.url,
            HTTPS_PROXY=other.url,
            ALL_PROXY=other.url,
            http_proxy=other.url,
        )
        open_door(write_policy(capturing_server.url, api=api)).ask()
        assert other.connections == 0
    headers = dict(capturing_server.requests[0].headers)
    assert headers["Authorization"] == "Bearer secret-key"
    assert not {"OpenAI-Organization", "OpenAI-Project", "X-Other", "Cookie", "api-key"} & set(headers)


def test_a_tool_call_comes_whole(capturing_server: CapturingServer) -> None:
    """With its arguments as JSON text; the tool's schema left as the parcel has it."""
    capturing_server.answer = Says(calls=(Call("look_up", '{"place": "⟦LOCATION·ABC·1⟧"}'),))
    door = open_door(write_policy(capturing_server.url))
    schema = door.redacted('{"type": "object", "properties": {"place": {"type": "string", "maxLength": 80}}}')
    items = door.ask(door.parcel(tools=[PackedTool("look_up", door.redacted("Looks a place up."), schema)]))
    assert [item for item in items if isinstance(item, ToolCall)] == [
        ToolCall("call_1", "look_up", '{"place": "⟦LOCATION·ABC·1⟧"}')
    ]
    assert capturing_server.bodies[0]["tools"][0]["function"]["parameters"]["properties"]["place"]["maxLength"] == 80


@given(st.integers(1, 40), st.sampled_from(["chat", "responses"]))
def test_every_way_of_cutting_the_bytes_gives_the_same_answer(size: int, api: str) -> None:
    """Also through a placeholder and through the bytes of a letter."""
    said = "Grüße an ⟦PERSON·MFR·1⟧ — 你好."
    with CapturingServer(Says(said, write=size, piece=3)) as server:
        door = open_door(write_policy(server.url, api=api))
        assert text_of(door.ask()) == said
        door.gate.close()


def test_a_connection_serves_the_next_question(capturing_server: CapturingServer) -> None:
    """And the one after; each has its own line."""
    door = open_door(write_policy(capturing_server.url))
    for _ in range(3):
        door.ask()
    assert (capturing_server.connections, len(door.ledger.lines())) == (1, 3)


def test_a_warm_connection_that_was_closed_meanwhile_is_made_again(capturing_server: CapturingServer) -> None:
    """A server that ended it between two questions is no failure."""
    door = open_door(write_policy(capturing_server.url))
    door.ask()
    port = capturing_server.port
    capturing_server.close()
    capturing_server.open(port)
    assert text_of(door.ask()) == "The cloud answers."


def test_a_server_that_does_not_end_its_answer_is_not_waited_for() -> None:
    """The last event was the end; the connection is given up after a moment."""

    def serve(connection: Connection) -> None:
        assert connection.incoming.request(connection.number) is not None
        connection.send(head(200, [("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked")]))
        for delta, reason in (({"content": "All of it."}, None), ({}, "stop")):
            choice = {"index": 0, "delta": delta, "finish_reason": reason}
            connection.send(chunk(sse({"object": "chat.completion.chunk", "choices": [choice]})))
        connection.send(chunk(b"data: [DONE]\n\n"))
        connection.hold()

    with Listener(serve) as listener:
        url = f"http://127.0.0.1:{listener.port}/v1"
        door = open_door(write_policy(url), timeouts=Timeouts(first_byte=600, stall=600, total=600))
        items = door.ask()
    assert text_of(items) == "All of it."
    assert isinstance(items[-1], Finished)


def test_two_answers_at_once_have_a_connection_each(capturing_server: CapturingServer) -> None:
    """And neither waits for the other."""
    door = open_door(write_policy(capturing_server.url))
    first = door.cloud.generate(door.dispatch(door.parcel(parcel_id="one")))
    assert isinstance(next(first), Sent)
    assert text_of(list(door.cloud.generate(door.dispatch(door.parcel(parcel_id="two"))))) == "The cloud answers."
    assert text_of(list(first)) == "The cloud answers."
    assert capturing_server.connections == 2


def test_an_answer_over_tls_is_proved_by_the_file_of_the_policy(authority: Authority) -> None:
    """`ca_file` is for a server of one's own."""
    with CapturingServer(tls=authority.server_context()) as server:
        door = open_door(write_policy(server.url, more=f"ca_file = {json.dumps(str(authority.file))}"))
        assert text_of(door.ask()) == "The cloud answers."


# ---------------------------------------------------------------- Azure


def azure(server: CapturingServer, more: str, *, api: str = "chat") -> Door:
    """A door to a deployment of Azure."""
    url = server.url.removesuffix("/v1")
    return open_door(write_policy(url, kind="azure", api=api, more=f'deployment = "my dep"\n{more}'))


def test_azure_with_a_version_names_the_deployment_in_the_path(capturing_server: CapturingServer) -> None:
    """And has its key in a header of its own."""
    azure(capturing_server, 'api_version = "2024-10-21"').ask()
    request = capturing_server.requests[0]
    assert request.target == "/openai/deployments/my%20dep/chat/completions?api-version=2024-10-21"
    assert (request.header("api-key"), request.header("authorization")) == ("secret-key", "")
    assert request.json["model"] == "my dep"


def test_azure_without_a_version_reads_like_openai(capturing_server: CapturingServer) -> None:
    """The later way, for both interfaces."""
    azure(capturing_server, "").ask()
    azure(capturing_server, "", api="responses").ask()
    targets = [request.target for request in capturing_server.requests]
    assert targets == ["/openai/v1/chat/completions", "/openai/v1/responses"]


def test_azure_with_a_token_command_sends_the_token(capturing_server: CapturingServer) -> None:
    """What the callable gives is an Entra token then."""
    azure(capturing_server, 'token_command = ["az", "token"]').ask()
    request = capturing_server.requests[0]
    assert (request.header("authorization"), request.header("api-key")) == ("Bearer secret-key", "")


# ---------------------------------------------------------------- what is known without asking


def test_what_a_person_is_shown_comes_from_the_policy() -> None:
    """The host with its port, the size of the table or of the policy."""
    info = open_door(write_policy("http://127.0.0.1:8000/v1", more="context_tokens = 4096")).cloud.info
    assert (info.name, info.host, info.model, info.context_tokens) == ("there", "127.0.0.1:8000", "gpt-4o", 4096)
    assert open_door(write_policy("https://api.openai.com/v1")).cloud.info.context_tokens > 0
    elsewhere = open_door(write_policy("http://127.0.0.1:8000/v1", kind="openai-compatible")).cloud.info
    assert elsewhere.context_tokens == 0


def test_a_region_of_openai_has_a_host_of_its_own() -> None:
    """The person sees it, and the gate holds to it."""
    door = open_door(write_policy("https://api.openai.com/v1", more='data_residency = "eu"'))
    assert door.cloud.info.host == "eu.api.openai.com"
    assert door.parcel().host == "eu.api.openai.com"


def test_a_back_end_without_a_model_or_a_key_says_why() -> None:
    """Routing passes it over."""
    door = open_door(write_policy("http://127.0.0.1:8000/v1"))
    backend = replace(door.backend, model="")
    cloud = OpenAICloud(Errands(backend, gate=door.gate, reach=door.reach))
    assert cloud.why_not() == "the policy names no model for it"
    errands = Errands(door.backend, gate=door.gate, reach=door.reach, why_no_key=lambda: "no key")
    assert OpenAICloud(errands).why_not() == "no key"


def test_costs_are_those_of_the_policy_or_of_the_table() -> None:
    """A server of one's own charges nothing that is known here."""
    own = open_door(write_policy("http://127.0.0.1:1/v1", more='input_price = "2 USD"\noutput_price = "8 USD"')).cloud
    assert own.cost(1_000_000, 500_000) == parse_money("6 USD")
    assert open_door(write_policy("https://api.openai.com/v1")).cloud.cost(1000, 1000) is not None
    assert open_door(write_policy("http://127.0.0.1:1/v1", kind="openai-compatible")).cloud.cost(1, 1) is None


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        # As the tokenizer of the embedded model counts them, which knows 49,152 tokens.
        ("The quick brown fox jumps over the lazy dog.", 10),
        ("Write to ⟦PERSON·K7Q·1⟧ and ⟦EMAIL·K7Q·2⟧, please.", 34),
        ("1234567890 1234567890", 21),
        ("Donaudampfschifffahrtsgesellschaft", 14),
        ("你好，世界", 10),
        ("Привет, как дела? Это длинное предложение.", 31),
        ("for (i = 0; i < 10; i++) { a[i] = b[i]; }", 27),
        ("Größe der Überweisung: 1.200,50 €", 22),
    ],
)
def test_tokens_are_bound_from_above(text: str, tokens: int) -> None:
    """A budget that is reserved by it is never passed by prose, code or placeholders."""
    cloud = open_door(write_policy("http://127.0.0.1:1/v1")).cloud
    assert tokens + 8 <= cloud.count_tokens([ChatMessage(Role.USER, text)]) <= 2 * tokens + 8


def test_a_timeout_of_the_policy_is_for_silences() -> None:
    """Before the answer and inside it."""
    policy = parse_policy(write_policy("http://127.0.0.1:1/v1", more='timeout = "45s"'), "policy.toml")
    assert policy.backends[0].timeout == timedelta(seconds=45)
    door = open_door(write_policy("http://127.0.0.1:1/v1", more='timeout = "45s"'))
    timeouts = door.errands.timeouts
    assert (timeouts.first_byte, timeouts.stall, timeouts.connect) == (45, 45, QUICK.connect)


def test_an_answer_as_a_plain_document_is_no_stream() -> None:
    """A compatible server that ignores what it was asked for."""
    with CapturingServer(Plain(200, b'{"choices": []}')) as server:
        door = open_door(write_policy(server.url))
        with pytest.raises(ReplyMalformed, match="does not stream"):
            door.ask()
