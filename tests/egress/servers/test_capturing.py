"""The capturing server, asked with the bare SDK: what it says is what the SDK's types say, and it misses nothing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from openai import APIStatusError, OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response

from privacy_assistant import tripwire
from tests.egress.servers import capturing, openai_shapes
from tests.egress.servers.capturing import CapturingServer, Plain
from tests.egress.servers.listening import HOST
from tests.egress.servers.openai_shapes import Call, Says

QUESTION = "Write to ⟦PERSON·K7Q·1⟧ and ⟦EMAIL·K7Q·1⟧."
HELLO: Any = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}]
TOOL_CALLS = (Call("set_timer", '{"minutes": 3}'), Call("add", '{"item": "milk"}', id="call_2"))


@contextmanager
def asking(server: CapturingServer, key: str = "sk-test") -> Iterator[OpenAI]:
    """The SDK as it comes, with a permit for this server alone."""
    with (
        tripwire.sending(HOST, server.port),
        httpx2.Client(trust_env=False) as http,
        OpenAI(base_url=server.url, api_key=key, max_retries=0, http_client=http) as client,
    ):
        yield client


def strictly(kind: Any, events: Iterator[bytes] | list[bytes]) -> list[Any]:
    """Every event as the SDK's type, checked in full: the SDK itself reads past what is wrong."""
    found = []
    for event in b"".join(events).split(b"\n\n"):
        data = event.partition(b"data: ")[2]
        if data and data != b"[DONE]":
            found.append(kind.model_validate(json.loads(data), strict=False))
    return found


def test_a_streamed_chat_says_its_text_and_its_numbers(capturing_server: CapturingServer) -> None:
    """Pieces joined are the text, the last chunk has the usage, and the request is kept with body and headers."""
    capturing_server.answer = Says("Dear ⟦PERSON·K7Q·1⟧, good day.", piece=3, write=7)
    with asking(capturing_server) as client:
        stream = client.chat.completions.create(
            model="m", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
        chunks = list(stream)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == "Dear ⟦PERSON·K7Q·1⟧, good day."
    assert [chunk.usage.total_tokens for chunk in chunks if chunk.usage] == [18]
    (request,) = capturing_server.requests
    assert (request.method, request.path, request.question) == ("POST", "/v1/chat/completions", QUESTION)
    assert request.header("Authorization") == "Bearer sk-test"
    assert "Be brief." in request.strings


def test_a_streamed_response_says_its_text_and_its_numbers(capturing_server: CapturingServer) -> None:
    """The Responses interface gives the same text in named events, and the whole answer at the end."""
    capturing_server.answer = capturing.name_placeholders
    with (
        asking(capturing_server) as client,
        client.responses.stream(model="m", instructions="Be brief.", input=QUESTION, store=False) as stream,
    ):
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        over = stream.get_final_response()
    assert text == over.output_text == "You wrote of ⟦PERSON·K7Q·1⟧, ⟦EMAIL·K7Q·1⟧."
    assert over.usage is not None
    assert (over.usage.input_tokens, over.usage.output_tokens) == (11, 7)
    (request,) = capturing_server.requests
    assert request.messages == [("system", "Be brief."), ("user", QUESTION)]
    assert request.json["store"] is False


def test_answers_that_are_not_streamed_are_the_same(capturing_server: CapturingServer) -> None:
    """Both interfaces answer in one piece where no stream is asked for."""
    capturing_server.answer = "At once."
    with asking(capturing_server) as client:
        assert client.chat.completions.create(model="m", messages=HELLO).choices[0].message.content == "At once."
        assert client.responses.create(model="m", input=HELLO).output_text == "At once."
    assert [request.question for request in capturing_server.requests] == [QUESTION, QUESTION]
    assert capturing_server.connections == 1, "one connection served both"


def test_tool_calls_come_in_both_interfaces(capturing_server: CapturingServer) -> None:
    """Calls are streamed in pieces and come out whole, with their ids and the reason that calls end with."""
    capturing_server.answer = Says(calls=TOOL_CALLS, piece=5)
    with asking(capturing_server) as client:
        with client.chat.completions.stream(model="m", messages=HELLO) as stream:
            choice = stream.get_final_completion().choices[0]
        with client.responses.stream(model="m", input=HELLO) as answered:
            output = answered.get_final_response().output
    calls = [call for call in choice.message.tool_calls or () if call.type == "function"]
    assert [(call.id, call.function.name, call.function.arguments) for call in calls] == [
        (call.id, call.name, call.arguments) for call in TOOL_CALLS
    ]
    assert choice.finish_reason == "tool_calls"
    assert [(item.call_id, item.name, item.arguments) for item in output if item.type == "function_call"] == [
        (call.id, call.name, call.arguments) for call in TOOL_CALLS
    ]


@pytest.mark.parametrize(
    "says",
    [
        Says("Text.", piece=2),
        Says(""),
        Says(refusal="I cannot."),
        Says("Half of", reason="length"),
        Says("Half of", reason="content_filter"),
        Says("First", calls=TOOL_CALLS),
        Says("Thought about.", reasoning_tokens=5, cached_tokens=3, has_usage=False),
    ],
)
def test_every_event_is_what_the_types_of_the_sdk_say(says: Says) -> None:
    """Each event of either stream, and each whole answer, validates in full against the SDK's own types."""
    from openai.types.responses import ResponseStreamEvent
    from pydantic import TypeAdapter

    body = {"model": "m", "stream_options": {"include_usage": True}}
    assert strictly(ChatCompletionChunk, openai_shapes.chat_stream(says, body, 1))
    ChatCompletion.model_validate(openai_shapes.chat_whole(says, "m", 1))
    Response.model_validate(openai_shapes.responses_whole(says, body, 1))
    events: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
    seen = []
    for event in b"".join(openai_shapes.responses_stream(says, body, 1)).split(b"\n\n")[:-1]:
        name, data = event.split(b"\n")
        decoded = json.loads(data.removeprefix(b"data: "))
        assert name.decode() == f"event: {decoded['type']}"
        assert events.validate_python(decoded).type == decoded["type"]
        seen.append(decoded["sequence_number"])
    assert seen == list(range(len(seen)))


def test_speech_goes_both_ways(capturing_server: CapturingServer) -> None:
    """A recording comes as a form and is answered with words; words are answered with a sound."""
    capturing_server.answer = "Three minutes, please."
    with asking(capturing_server) as client:
        heard = client.audio.transcriptions.create(model="t", file=("turn.wav", capturing.silence()), language="en")
        spoken = client.audio.speech.create(model="s", voice="alloy", input="Done.", response_format="wav").read()
    assert heard.text == "Three minutes, please."
    assert spoken[:4] == b"RIFF"
    recording, words = capturing_server.requests
    assert recording.form["language"] == b"en"
    assert ("file", "turn.wav", capturing.silence()) in recording.parts
    assert words.json["input"] == "Done."


def test_what_a_service_refuses_is_refused(capturing_server: CapturingServer) -> None:
    """A wrong key, a path that is none and a body without a model are errors, and are kept all the same."""
    capturing_server.key = "sk-right"
    with asking(capturing_server, "sk-wrong") as client:
        with pytest.raises(APIStatusError) as refused:
            client.responses.create(model="m", input="Hello")
        assert refused.value.status_code == 401
    with asking(capturing_server, "sk-right") as client:
        with pytest.raises(APIStatusError) as lost:
            client.embeddings.create(model="m", input="Hello")
        assert lost.value.status_code == 404
        assert client.post("/responses", body={"model": "m", "input": "x"}, cast_to=Response).status == "completed"
        with pytest.raises(APIStatusError) as missing:
            client.post("/responses", body={"input": "x"}, cast_to=Response)
        assert missing.value.status_code == 400
        assert [model.id for model in client.models.list()] == ["model"]
    assert len(capturing_server.requests) == 5


def test_answers_come_one_after_another_and_the_last_again() -> None:
    """A script of several answers is followed in order, an answer of any status among them."""
    busy = Plain(429, b"{}", headers=(("Retry-After", "2"),))
    with CapturingServer([busy, "First.", "Last."]) as server, asking(server) as client:
        with pytest.raises(APIStatusError) as refused:
            client.responses.create(model="m", input="Hello")
        texts = [client.responses.create(model="m", input="Hello").output_text for _ in range(3)]
    assert refused.value.response.headers["retry-after"] == "2"
    assert texts == ["First.", "Last.", "Last."]


def test_a_connection_without_a_request_is_counted(capturing_server: CapturingServer) -> None:
    """Whoever connects and says nothing is seen: no byte has to come for a leak to show."""
    assert capturing_server.connections == 0
    with tripwire.sending(HOST, capturing_server.port):
        socket.create_connection((HOST, capturing_server.port)).close()
    assert capturing_server.connections == 1
    assert capturing_server.requests == []


def test_a_client_that_goes_away_in_the_middle_is_noticed(capturing_server: CapturingServer) -> None:
    """The server sees that nobody listens any more, which is how cancelling is proved."""
    capturing_server.answer = Says("word " * 1000, pace=0.02)
    with (
        asking(capturing_server) as client,
        client.chat.completions.create(model="m", messages=HELLO, stream=True) as stream,
    ):
        next(iter(stream))
    capturing_server.wait_for_hang_ups()
    assert capturing_server.hang_ups == 1


def test_as_a_program_it_writes_every_request_to_its_log(tmp_path: Path) -> None:
    """It says its address on its first line, answers, and its log has the request with its headers."""
    log = tmp_path / "requests.jsonl"
    command = [sys.executable, "-m", "tests.egress.servers.capturing", "--log", str(log), "--echo"]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root, env=dict(os.environ)) as program:
        try:
            assert program.stdout is not None
            url = program.stdout.readline().strip()
            port = int(url.split(":")[2].split("/")[0])
            with tripwire.sending(HOST, port), httpx2.Client(trust_env=False) as http:
                client = OpenAI(base_url=url, api_key="sk-test", max_retries=0, http_client=http)
                assert client.responses.create(model="m", input=QUESTION).output_text == QUESTION
        finally:
            program.terminate()
    (line,) = log.read_text("utf-8").splitlines()
    assert json.loads(line)["json"]["input"] == QUESTION
    assert ["authorization", "Bearer sk-test"] in json.loads(line)["headers"]
