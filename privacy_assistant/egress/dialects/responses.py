"""The Responses interface: one request that leaves nothing with the provider to continue from, and its events.

By the types of openai 3.54 (`ResponseCreateParams`, `ResponseStreamEvent`). The system text stands in `instructions`;
what was said before is sent again each time, because `previous_response_id` needs a provider that keeps it.
"""

from __future__ import annotations

from typing import Any

from privacy_assistant.core.parcel import PackedMessage, Parcel
from privacy_assistant.core.policy_terms import BackendKind
from privacy_assistant.core.turn import Role, Usage
from privacy_assistant.egress.dialects.contents import schema_of, text_of
from privacy_assistant.egress.dialects.failures import stream_failure
from privacy_assistant.egress.dialects.model_rules import (
    CACHE_CONSTANTS,
    cache_fields,
    is_ours_to_tell,
    takes_temperature,
)
from privacy_assistant.egress.dialects.reading import (
    DONE,
    MOST_ARGUMENTS,
    MOST_CALLS,
    Text,
    broken_off,
    malformed,
    member,
    object_of,
    string,
    usage_of,
)
from privacy_assistant.egress.sse import Event
from privacy_assistant.ports import Finished, Piece, ToolCall

_CONSTANTS = frozenset(
    {
        *("model", "stream", "store", "include", "truncation", "disabled", "instructions", "input", "type", "message"),
        *("role", "user", "assistant", "developer", "system", "content", "input_text", "text"),
        *("function_call", "call_id", "name", "arguments", "function_call_output", "output"),
        *("tools", "function", "description", "parameters", "strict", "temperature", "max_output_tokens"),
        *CACHE_CONSTANTS,
    }
)


class Responses:
    """Requests to `responses`. `model` is the one that the policy names, which on Azure is not the parcel's."""

    path = "responses"
    constants = _CONSTANTS

    def __init__(self, kind: BackendKind, model: str = "") -> None:
        self._kind = kind
        self._model = model

    def encode(self, parcel: Parcel) -> dict[str, Any]:
        """The body. The first message is `instructions` where it is the system's; all others stand in `input`."""
        model = self._model or parcel.model
        messages = list(parcel.body)
        body: dict[str, Any] = {"model": parcel.model, "stream": True, "store": False, "include": []}
        if messages[0].role is Role.SYSTEM:
            body["instructions"] = text_of(messages.pop(0).text)
        body["input"] = [item for message in messages for item in self._items(message)]
        if parcel.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "name": tool.name,
                    "description": text_of(tool.description),
                    "parameters": schema_of(tool.parameters),
                    "strict": False,
                }
                for tool in parcel.tools
            ]
        if parcel.max_tokens is not None:
            body["max_output_tokens"] = parcel.max_tokens
        if parcel.temperature is not None and takes_temperature(self._kind, model):
            body["temperature"] = parcel.temperature
        return body | {"truncation": "disabled"} | cache_fields(self._kind, model)

    def _items(self, message: PackedMessage) -> list[dict[str, Any]]:
        text = text_of(message.text)
        if message.role is Role.TOOL:
            return [{"type": "function_call_output", "call_id": message.answers, "output": text}]
        if message.role is Role.ASSISTANT:
            # An answer of the model as typed content must carry the id that the provider gave it; as text it need not.
            said = [{"type": "message", "role": "assistant", "content": text}] if text else []
            return [
                *said,
                *(
                    {
                        "type": "function_call",
                        "call_id": call.id,
                        "name": call.name,
                        "arguments": text_of(call.arguments),
                    }
                    for call in message.calls
                ),
            ]
        role = "user"
        if message.role is Role.SYSTEM:
            role = "developer" if is_ours_to_tell(self._kind) else "system"
        return [{"type": "message", "role": role, "content": [{"type": "input_text", "text": text}]}]

    def decoder(self) -> ResponsesDecoder:
        """A decoder for one answer."""
        return ResponsesDecoder()


_CUT = {"content_filter": "content_filter"}
"""Why an answer is incomplete, where it is for another reason than its length."""


class ResponsesDecoder:
    """Reads the events by the `type` in their data. Thinking, its summary and events that are not known are passed
    over; a tool call is given when its item is done, which holds it whole."""

    def __init__(self) -> None:
        self._text = Text()
        self._calls: set[str] = set()
        self._arguments = 0
        self._is_finished = False

    def feed(self, event: Event) -> list[Piece | ToolCall | Finished]:
        """What this event says. Raises ReplyMalformed, or BackendRefused where the stream says no."""
        if self._is_finished or event.data == DONE:
            return []
        untrusted = object_of(event)
        kind = untrusted.get("type")
        if kind in ("response.output_text.delta", "response.refusal.delta"):
            text = self._text.add(string(untrusted, "delta"))
            return [Piece(text)] if text else []
        if kind == "response.output_item.done":
            return list(self._call(member(untrusted, "item")))
        if kind in ("response.completed", "response.incomplete"):
            return self._end(member(untrusted, "response"), is_whole=kind == "response.completed")
        if kind == "response.failed":
            raise stream_failure(member(untrusted, "response"))
        if kind == "error" or (kind is None and "error" in untrusted):
            raise stream_failure(untrusted)
        if not isinstance(kind, str):
            raise malformed("type")
        return []

    def close(self) -> list[Piece | ToolCall | Finished]:
        """Nothing, where the end came. Raises ReplyMalformed when it did not."""
        if not self._is_finished:
            raise broken_off()
        return []

    def _call(self, untrusted_item: dict[str, Any]) -> list[ToolCall]:
        """The call in an item, once; one that was cut with its answer is none."""
        if untrusted_item.get("type") != "function_call" or untrusted_item.get("status") == "incomplete":
            return []
        call = ToolCall(
            string(untrusted_item, "call_id"), string(untrusted_item, "name"), string(untrusted_item, "arguments")
        )
        if call.id in self._calls:
            return []
        self._calls.add(call.id)
        self._arguments += len(call.arguments)
        if len(self._calls) > MOST_CALLS or self._arguments > MOST_ARGUMENTS:
            raise malformed("too many tool calls")
        return [call]

    def _end(self, untrusted_response: dict[str, Any], *, is_whole: bool) -> list[Piece | ToolCall | Finished]:
        """The end: what it is, what it came to, and calls that no event of their own announced."""
        usage: Usage = usage_of(untrusted_response.get("usage"), "input_tokens", "output_tokens")
        if not is_whole:
            details = untrusted_response.get("incomplete_details")
            why = details.get("reason") if isinstance(details, dict) else None
            self._is_finished = True
            return [Finished(_CUT.get(why, "length") if isinstance(why, str) else "length", usage)]
        items = untrusted_response.get("output")
        late = [
            call
            for item in (items if isinstance(items, list) else ())
            if isinstance(item, dict)
            for call in self._call(item)
        ]
        self._is_finished = True
        return [*late, Finished("tool_calls" if self._calls else "stop", usage)]
