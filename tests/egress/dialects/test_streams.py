"""An answer is read whole however its bytes were cut, as the openai package reads it, or ends in one clear error."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from httpx2 import Client, MockTransport, Request, Response
from hypothesis import given
from hypothesis import strategies as st
from openai import OpenAI

from privacy_assistant.core.policy_terms import Api, BackendKind
from privacy_assistant.core.turn import Usage
from privacy_assistant.egress import sse
from privacy_assistant.egress.dialects import Decoder, dialect_for
from privacy_assistant.egress.dialects.reading import MOST_CALLS
from privacy_assistant.errors import AssistantError, ReplyMalformed
from privacy_assistant.ports import Finished, Piece, ToolCall
from tests.architecture.reading import ROOT
from tests.egress.dialects.parcels import backend

STREAMS: list[dict[str, Any]] = json.loads((ROOT / "tests/vectors/dialects/streams.json").read_text(encoding="utf-8"))
GOOD = [stream for stream in STREAMS if "error" not in stream]
BAD = [stream for stream in STREAMS if "error" in stream]


def name_of(stream: dict[str, Any]) -> str:
    return f"{stream['api']}: {stream['name']}"


@dataclass
class Heard:
    """What came out of one stream."""

    text: str = ""
    calls: list[list[str]] = field(default_factory=list)
    ends: list[Finished] = field(default_factory=list)

    def add(self, said: list[Piece | ToolCall | Finished]) -> None:
        for part in said:
            assert not self.ends, "nothing follows the end"
            if isinstance(part, Piece):
                assert part.text
                part.text.encode("utf-8")
                self.text += part.text
            elif isinstance(part, ToolCall):
                self.calls.append([part.id, part.name, part.arguments])
            else:
                self.ends.append(part)


def decoder(api: str) -> Decoder:
    return dialect_for(backend(BackendKind.OPENAI, Api(api), "gpt-4.1")).decoder()


def bytes_of(stream: dict[str, Any], end: str = "\n") -> bytes:
    """The stream as a server writes it: Responses names its events, Chat Completions does not."""
    lines = []
    for event in stream["events"]:
        if isinstance(event, dict) and stream["api"] == "responses" and "type" in event:
            lines.append(f"event: {event['type']}")
        data = event if isinstance(event, str) else json.dumps(event, ensure_ascii=False, separators=(",", ":"))
        lines += [f"data: {data}", ""]
    return "".join(line + end for line in lines).encode()


def hear(api: str, *chunks: bytes) -> Heard:
    """What the flow of bytes says, read as egress reads it."""
    reader, reading, heard = sse.Reader(), decoder(api), Heard()
    for chunk in chunks:
        for event in reader.feed(chunk):
            heard.add(reading.feed(event))
    for event in reader.close():
        heard.add(reading.feed(event))
    heard.add(reading.close())
    return heard


def expected(stream: dict[str, Any]) -> Heard:
    read, reused, written = stream["usage"]
    usage = Usage(prompt_tokens=read, reused_tokens=reused, completion_tokens=written)
    return Heard(stream["text"], stream["calls"], [Finished(stream["finish"], usage)])


@pytest.mark.parametrize("stream", GOOD, ids=name_of)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_an_answer_is_read_whole(stream: dict[str, Any], end: str) -> None:
    """Text, tool calls, the reason and the tokens, with any line end; and one end, which nothing follows."""
    assert hear(stream["api"], bytes_of(stream, end)) == expected(stream)


@pytest.mark.parametrize("stream", GOOD, ids=name_of)
def test_an_answer_is_read_whole_wherever_it_is_cut(stream: dict[str, Any]) -> None:
    """At every byte, also inside of a character."""
    body, wanted = bytes_of(stream), expected(stream)
    assert [place for place in range(len(body)) if hear(stream["api"], body[:place], body[place:]) != wanted] == []


@pytest.mark.parametrize("stream", GOOD, ids=name_of)
def test_an_answer_that_breaks_off_is_no_answer(stream: dict[str, Any]) -> None:
    """Ended at any byte, it is either an error, or the whole text: never a part that is taken for the whole."""
    body, wanted = bytes_of(stream), expected(stream)
    for place in range(0, len(body), 7):
        try:
            heard = hear(stream["api"], body[:place])
        except ReplyMalformed:
            continue
        assert (heard.text, heard.calls, heard.ends[0].reason) == (wanted.text, wanted.calls, wanted.ends[0].reason)


@pytest.mark.parametrize("stream", BAD, ids=name_of)
def test_what_is_no_answer_ends_in_one_error_that_repeats_nothing(stream: dict[str, Any]) -> None:
    """Garbage, errors inside of a stream and a missing end: the class tells whether another try can help."""
    with pytest.raises(AssistantError) as raised:
        hear(stream["api"], bytes_of(stream))
    assert type(raised.value).__name__ == stream["error"]
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ or raised.value.__context__ is None
    assert "secret" not in f"{raised.value.message} {raised.value.hint} {raised.value!r}"


@pytest.mark.parametrize("stream", [stream for stream in GOOD if "odd" not in stream], ids=name_of)
def test_the_openai_package_reads_the_same(stream: dict[str, Any]) -> None:
    """Its own parser, given the same bytes, has the same text and the same calls."""

    def answer(_request: Request) -> Response:
        return Response(200, headers={"content-type": "text/event-stream"}, content=bytes_of(stream))

    with Client(transport=MockTransport(answer)) as http:
        client = OpenAI(api_key="k", base_url="https://cloud.example/v1", http_client=http, max_retries=0)
        theirs = _responses(client) if stream["api"] == "responses" else _chat(client)
    heard = hear(stream["api"], bytes_of(stream))
    # The package gives the halves of a pair as they come, and calls that the answer's length cut.
    assert theirs[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le") == heard.text
    if heard.ends[0].reason not in ("length", "content_filter"):
        assert [call[1:] for call in theirs[1]] == [call[1:] for call in heard.calls]
        assert all(one[0] in ("", other[0]) for one, other in zip(theirs[1], heard.calls, strict=True))


def _responses(client: OpenAI) -> tuple[str, list[list[str]]]:
    text, calls = "", []
    for event in client.responses.create(model="m", input="x", stream=True):
        if event.type == "response.output_text.delta" or event.type == "response.refusal.delta":
            text += event.delta
        elif event.type == "response.completed":
            items = [item for item in event.response.output if item.type == "function_call"]
            calls = [[item.call_id, item.name, item.arguments] for item in items]
    return text, calls


def _chat(client: OpenAI) -> tuple[str, list[list[str]]]:
    text, calls = "", dict[int, list[str]]()
    for chunk in client.chat.completions.create(model="m", messages=[], stream=True):
        for choice in chunk.choices:
            if choice.index != 0 or choice.delta is None:
                continue
            text += (choice.delta.content or "") + (choice.delta.refusal or "")
            for part in choice.delta.tool_calls or ():
                call = calls.setdefault(part.index, ["", "", ""])
                told = [part.id, part.function and part.function.name, part.function and part.function.arguments]
                for place, word in enumerate(told):
                    call[place] += word or ""
    return text, [calls[index] for index in sorted(calls)]


_KEYS = st.sampled_from(
    [
        *("type", "delta", "item", "response", "usage", "error", "code", "choices", "index", "tool_calls", "function"),
        *("name", "arguments", "id", "call_id", "finish_reason", "content", "output", "incomplete_details", "reason"),
        *("input_tokens", "prompt_tokens", "input_tokens_details", "cached_tokens", "object", "refusal"),
    ]
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=12,
)
_TYPES = sorted(
    {event["type"] for stream in STREAMS for event in stream["events"] if isinstance(event, dict) and "type" in event}
)


@given(api=st.sampled_from(Api), events=st.lists(st.dictionaries(_KEYS, _JSON, max_size=6), max_size=5), data=st.data())
def test_any_json_is_read_or_refused_and_never_crashes(
    api: Api, events: list[dict[str, Any]], data: st.DataObject
) -> None:
    """Whatever a server sends, the only errors are ours."""
    reading = decoder(api.value)
    try:
        for event in events:
            if data.draw(st.booleans()):
                event["type"] = data.draw(st.sampled_from(_TYPES))
            for said in reading.feed(sse.Event("", json.dumps(event))):
                assert isinstance(said, Piece | ToolCall | Finished)
        reading.close()
    except AssistantError as error:
        said_of_it = error.message
    else:
        said_of_it = ""
    assert said_of_it.isascii()


@pytest.mark.parametrize("api", Api)
def test_tool_calls_without_end_are_refused(api: Api) -> None:
    """Their number is bounded, and so is what they hold together."""
    for count, arguments in ((MOST_CALLS + 1, "{}"), (9, "x" * 200_000)):
        events = [_call_event(api, f"c{index}", arguments) for index in range(count)]
        with pytest.raises(ReplyMalformed):
            _feed_all(decoder(api.value), events)


def _feed_all(reading: Decoder, events: list[dict[str, Any]]) -> None:
    for event in events:
        reading.feed(sse.Event("", json.dumps(event)))


def _call_event(api: Api, name: str, arguments: str) -> dict[str, Any]:
    if api is Api.RESPONSES:
        item = {"type": "function_call", "call_id": name, "name": "n", "arguments": arguments}
        return {"type": "response.output_item.done", "item": item}
    part = {"index": int(name[1:]), "id": name, "function": {"name": "n", "arguments": arguments}}
    return {"choices": [{"index": 0, "delta": {"tool_calls": [part]}}]}


@pytest.mark.parametrize("half", ['"\\ud83c b"', '"\\udf72"', '"\\ud83c\\ud83c\\udf72"'])
def test_half_a_pair_that_stays_alone_becomes_a_sign_for_it(half: str) -> None:
    """A piece is never half a code point: what cannot be text is shown as what it is, unreadable."""
    reading = decoder("responses")
    said = reading.feed(sse.Event("", '{"type":"response.output_text.delta","delta":' + half + "}"))
    assert ["\ufffd" in part.text for part in said if isinstance(part, Piece)] == [True]


def test_half_a_pair_waits_for_no_longer_than_the_next_delta() -> None:
    """What follows it is shown with it, in order."""
    reading, heard = decoder("responses"), Heard()
    for delta in ('"a\\ud83c"', '"b"', '"c"'):
        heard.add(reading.feed(sse.Event("", '{"type":"response.output_text.delta","delta":' + delta + "}")))
    assert heard.text == "a\ufffdbc"
