"""What an OpenAI-like service writes: both interfaces, streamed and whole, as the types of the installed SDK say."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

CREATED = 1_795_000_000
"""When everything here was made, in seconds since 1970: fixed, so that two runs are the same."""

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call that the model makes; `arguments` is JSON text."""

    name: str
    arguments: str = "{}"
    id: str = "call_1"


@dataclass(frozen=True, slots=True)
class Says:
    """What the model says, in which pieces, and what it counted.

    `piece` is the length of one delta in code points, 0 for the whole text in one. `write` cuts the body into so many
    bytes a write, wherever that falls; 0 writes an event at a time. `pace` is the silence between two writes in
    seconds. `reason` is `stop`, `length` or `content_filter`; with calls, `stop` becomes what calls end with.
    `has_usage` False leaves the numbers out, as some servers do.
    """

    text: str = ""
    calls: tuple[Call, ...] = ()
    refusal: str = ""
    reason: Literal["stop", "length", "content_filter"] = "stop"
    input_tokens: int = 11
    output_tokens: int = 7
    cached_tokens: int = 0
    reasoning_tokens: int = 0
    has_usage: bool = True
    piece: int = 4
    write: int = 0
    pace: float = 0.0
    audio: bytes = field(default=b"", repr=False)


def pieces(text: str, size: int) -> list[str]:
    """The text in pieces of `size` code points, 0 for one."""
    return [text] if size <= 0 else [text[at : at + size] for at in range(0, len(text), size)]


def error(message: str, kind: str, code: str | None = None, param: str | None = None) -> Event:
    """The body of an error."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def sse(event: Event, name: str = "") -> bytes:
    """One server-sent event. The Responses interface names its events, chat completions do not."""
    named = f"event: {name}\n" if name else ""
    return f"{named}data: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


DONE = b"data: [DONE]\n\n"


# ---------------------------------------------------------------- chat completions


def chat_usage(says: Says) -> Event:
    """Token counts as chat completions names them."""
    return {
        "prompt_tokens": says.input_tokens,
        "completion_tokens": says.output_tokens,
        "total_tokens": says.input_tokens + says.output_tokens,
        "prompt_tokens_details": {"cached_tokens": says.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": says.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def _chat_reason(says: Says) -> str:
    return "tool_calls" if says.calls and says.reason == "stop" else says.reason


def _chat_call(call: Call, arguments: str) -> Event:
    return {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments}}


def chat_whole(says: Says, model: str, number: int) -> Event:
    """The answer to a request that is not streamed."""
    message: Event = {
        "role": "assistant",
        "content": says.text or None,
        "refusal": says.refusal or None,
        "annotations": [],
    }
    if says.calls:
        message["tool_calls"] = [_chat_call(call, call.arguments) for call in says.calls]
    whole: Event = {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": CREATED,
        "model": model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": _chat_reason(says)}],
        "service_tier": "default",
    }
    if says.has_usage:
        whole["usage"] = chat_usage(says)
    return whole


def chat_stream(says: Says, body: Event, number: int) -> Iterator[bytes]:
    """The same, streamed; the numbers come last, in a chunk without choices, and only where they are asked for."""
    counts = says.has_usage and bool((body.get("stream_options") or {}).get("include_usage"))

    def chunk(delta: Event | None, reason: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
        whole: Event = {
            "id": f"chatcmpl-{number}",
            "object": "chat.completion.chunk",
            "created": CREATED,
            "model": body.get("model", ""),
            "service_tier": "default",
            "choices": [] if delta is None else [choice],
        }
        if counts:
            whole["usage"] = chat_usage(says) if delta is None else None
        return sse(whole)

    yield chunk({"role": "assistant", "content": "", "refusal": None})
    for piece in pieces(says.text, says.piece) if says.text else ():
        yield chunk({"content": piece})
    for piece in pieces(says.refusal, says.piece) if says.refusal else ():
        yield chunk({"refusal": piece})
    for index, call in enumerate(says.calls):
        yield chunk({"tool_calls": [{"index": index, **_chat_call(call, "")}]})
        for piece in pieces(call.arguments, says.piece):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield chunk({}, _chat_reason(says))
    if counts:
        yield chunk(None)
    yield DONE


# ---------------------------------------------------------------- responses


def responses_usage(says: Says) -> Event:
    """Token counts as the Responses interface names them."""
    return {
        "input_tokens": says.input_tokens,
        "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": says.cached_tokens},
        "output_tokens": says.output_tokens,
        "output_tokens_details": {"reasoning_tokens": says.reasoning_tokens},
        "total_tokens": says.input_tokens + says.output_tokens,
    }


def _output(says: Says, status: str) -> list[Event]:
    """The items of an answer, in their final form."""
    items: list[Event] = []
    if says.reasoning_tokens:
        items.append({"id": "rs_1", "type": "reasoning", "summary": []})
    if says.text or says.refusal or not says.calls:
        content: list[Event] = []
        if says.text or not says.refusal:
            content.append({"type": "output_text", "text": says.text, "annotations": [], "logprobs": []})
        if says.refusal:
            content.append({"type": "refusal", "refusal": says.refusal})
        items.append({"id": "msg_1", "type": "message", "role": "assistant", "status": status, "content": content})
    for number, call in enumerate(says.calls, start=1):
        names = {"id": f"fc_{number}", "type": "function_call", "call_id": call.id, "name": call.name}
        items.append({**names, "arguments": call.arguments, "status": "completed"})
    return items


def responses_whole(says: Says, body: Event, number: int, status: str = "") -> Event:
    """The answer to a request that is not streamed; `status` in_progress is how a stream begins."""
    status = status or ("completed" if says.reason == "stop" else "incomplete")
    incomplete = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(says.reason)
    is_over = status != "in_progress"
    return {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": CREATED,
        "status": status,
        "background": False,
        "error": None,
        "incomplete_details": {"reason": incomplete} if is_over and incomplete else None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "model": body.get("model", ""),
        "output": _output(says, status) if is_over else [],
        "parallel_tool_calls": True,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": body.get("store", True),
        "temperature": body.get("temperature", 1.0),
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": body.get("tools", []),
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": responses_usage(says) if is_over and says.has_usage else None,
        "user": None,
        "metadata": {},
    }


def responses_stream(says: Says, body: Event, number: int) -> Iterator[bytes]:
    """The same, streamed: every item is announced, filled and closed; the last event has the whole answer."""
    over = responses_whole(says, body, number)
    for sequence, event in enumerate(_responses_events(says, body, number, over)):
        yield sse({**event, "sequence_number": sequence}, event["type"])


def _responses_events(says: Says, body: Event, number: int, over: Event) -> Iterator[Event]:
    begun = responses_whole(says, body, number, "in_progress")
    yield {"type": "response.created", "response": begun}
    yield {"type": "response.in_progress", "response": begun}
    for index, item in enumerate(over["output"]):
        place: Event = {"output_index": index}
        filled: Event = {"item_id": item["id"], "output_index": index}
        empties: dict[str, Event] = {"message": {"content": []}, "function_call": {"arguments": ""}}
        empty = empties.get(item["type"], {})
        begun_item = {**item, **empty} if "status" not in item else {**item, **empty, "status": "in_progress"}
        yield {"type": "response.output_item.added", "item": begun_item, **place}
        if item["type"] == "message":
            for content_index, part in enumerate(item["content"]):
                yield from _part_events(says, part, {**filled, "content_index": content_index})
        elif item["type"] == "function_call":
            for piece in pieces(item["arguments"], says.piece):
                yield {"type": "response.function_call_arguments.delta", "delta": piece, **filled}
            whole = {"arguments": item["arguments"], "name": item["name"]}
            yield {"type": "response.function_call_arguments.done", **whole, **filled}
        yield {"type": "response.output_item.done", "item": item, **place}
    yield {"type": f"response.{over['status']}", "response": over}


def _part_events(says: Says, part: Event, place: Event) -> Iterator[Event]:
    key = "text" if part["type"] == "output_text" else "refusal"
    extra: Event = {"logprobs": []} if key == "text" else {}
    yield {"type": "response.content_part.added", "part": {**part, key: ""}, **place}
    for piece in pieces(part[key], says.piece) if part[key] else ():
        yield {"type": f"response.{part['type']}.delta", "delta": piece, **extra, **place}
    yield {"type": f"response.{part['type']}.done", key: part[key], **extra, **place}
    yield {"type": "response.content_part.done", "part": part, **place}
