"""The Chat Completions interface: what every compatible server speaks, OpenAI's own fields only for OpenAI and Azure.

By the types of openai 3.54 (`CompletionCreateParams`, `ChatCompletionChunk`). A compatible server may answer a field
that it does not know with an error, so it gets the old names and no more than it needs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
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
    takes_developer,
    takes_temperature,
)
from privacy_assistant.egress.dialects.reading import (
    DONE,
    MOST_ARGUMENTS,
    MOST_CALLS,
    Text,
    broken_off,
    malformed,
    object_of,
    usage_of,
)
from privacy_assistant.egress.sse import Event
from privacy_assistant.ports import Finished, Piece, ToolCall

_CONSTANTS = frozenset(
    {
        *("model", "stream", "stream_options", "include_usage", "store", "messages", "role", "content", "user"),
        *("assistant", "system", "developer", "tool", "tool_call_id", "tool_calls", "id", "type", "function", "name"),
        *("arguments", "tools", "description", "parameters", "temperature", "max_completion_tokens", "max_tokens"),
        *CACHE_CONSTANTS,
    }
)


class Chat:
    """Requests to `chat/completions`. `model` is the one that the policy names, which on Azure is not the parcel's."""

    path = "chat/completions"
    constants = _CONSTANTS

    def __init__(self, kind: BackendKind, model: str = "") -> None:
        self._kind = kind
        self._model = model

    def encode(self, parcel: Parcel) -> dict[str, Any]:
        """The body. `store` only for those who know it: a compatible server has nowhere to say so."""
        model = self._model or parcel.model
        system = "developer" if takes_developer(self._kind, model) else "system"
        body: dict[str, Any] = {
            "model": parcel.model,
            "stream": True,
            "stream_options": {"include_usage": True},
            "messages": [_message(message, system) for message in parcel.body],
        }
        is_openai = is_ours_to_tell(self._kind)
        if is_openai:
            body["store"] = False
        if parcel.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": text_of(tool.description),
                        "parameters": schema_of(tool.parameters),
                    },
                }
                for tool in parcel.tools
            ]
        if parcel.max_tokens is not None:
            body["max_completion_tokens" if is_openai else "max_tokens"] = parcel.max_tokens
        if parcel.temperature is not None and takes_temperature(self._kind, model):
            body["temperature"] = parcel.temperature
        return body | cache_fields(self._kind, model)

    def decoder(self) -> ChatDecoder:
        """A decoder for one answer."""
        return ChatDecoder()


def _message(message: PackedMessage, system: str) -> dict[str, Any]:
    text = text_of(message.text)
    if message.role is Role.TOOL:
        return {"role": "tool", "tool_call_id": message.answers, "content": text}
    if message.role is Role.ASSISTANT and message.calls:
        calls = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": text_of(call.arguments)}}
            for call in message.calls
        ]
        # Not null and not missing where nothing was said: llama.cpp's server takes neither.
        return {"role": "assistant", "content": text, "tool_calls": calls}
    return {"role": system if message.role is Role.SYSTEM else message.role.value, "content": text}


_CUT = frozenset({"length", "content_filter"})
"""Why a choice can end before its end; a tool call that it holds is then cut too, and not given."""


@dataclass(slots=True)
class _Growing:
    """A tool call whose deltas are still coming."""

    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list, repr=False)


class ChatDecoder:
    """Reads the chunks of one choice. Thinking and fields that are not known are passed over; tool calls are put
    together from their deltas and given, in order, when the choice ends.

    The end is given with the count of tokens that follows the choice, or with the mark after it, whichever comes first;
    where a server sends neither, by `close`.
    """

    def __init__(self) -> None:
        self._text = Text()
        self._growing: dict[int, _Growing] = {}
        self._arguments = 0
        self._reason = ""
        self._usage: Usage | None = None
        self._is_finished = False

    def feed(self, event: Event) -> list[Piece | ToolCall | Finished]:
        """What this chunk says. Raises ReplyMalformed, or BackendRefused where the stream says no."""
        if self._is_finished:
            return []
        if event.data == DONE:
            return self.close()
        untrusted = object_of(event)
        if untrusted.get("error") is not None or untrusted.get("object") == "error":
            raise stream_failure(untrusted)
        choices = untrusted.get("choices")
        if not isinstance(choices, list):
            raise malformed("choices")
        if untrusted.get("usage") is not None:
            self._usage = usage_of(untrusted["usage"], "prompt_tokens", "completion_tokens")
        said: list[Piece | ToolCall | Finished] = []
        for choice in choices:
            if not isinstance(choice, dict):
                raise malformed("choices")
            if choice.get("index", 0) == 0:
                self._choice(choice, said)
        if self._reason and self._usage is not None and not choices:
            said += self.close()
        return said

    def close(self) -> list[Piece | ToolCall | Finished]:
        """The end, where the choice said why it ended and nothing followed. Raises ReplyMalformed when it did not."""
        if self._is_finished:
            return []
        if not self._reason:
            raise broken_off()
        self._is_finished = True
        return [Finished(self._reason, self._usage or Usage())]

    def _choice(self, untrusted: dict[str, Any], said: list[Piece | ToolCall | Finished]) -> None:
        delta = untrusted.get("delta")
        if isinstance(delta, dict):
            for key in ("content", "refusal"):
                text = delta.get(key)
                if text is None:
                    continue
                if not isinstance(text, str):
                    raise malformed(key)
                if text := self._text.add(text):
                    said.append(Piece(text))
            if delta.get("tool_calls") is not None:
                self._grow(delta["tool_calls"])
        elif delta is not None:
            raise malformed("delta")
        reason = untrusted.get("finish_reason")
        if reason is None:
            return
        if not isinstance(reason, str):
            raise malformed("finish_reason")
        if reason == "error":
            raise stream_failure(untrusted)
        if not self._reason:
            calls = [] if reason in _CUT else self._calls()
            said += calls
            self._reason = "tool_calls" if calls else reason if reason in _CUT else "stop"

    def _grow(self, untrusted_deltas: object) -> None:
        if not isinstance(untrusted_deltas, list):
            raise malformed("tool_calls")
        for delta in untrusted_deltas:
            index = delta.get("index") if isinstance(delta, dict) else None
            if not isinstance(delta, dict) or not isinstance(index, int):
                raise malformed("tool_calls")
            call = self._growing.setdefault(index, _Growing())
            function = delta.get("function") or {}
            if len(self._growing) > MOST_CALLS or not isinstance(function, dict):
                raise malformed("tool_calls")
            parts = [delta.get("id"), function.get("name"), function.get("arguments")]
            if any(part is not None and not isinstance(part, str) for part in parts):
                raise malformed("tool_calls")
            # A name comes whole; some servers send it again with each delta.
            call.id = call.id or parts[0] or ""
            call.name = call.name or parts[1] or ""
            call.arguments.append(parts[2] or "")
            self._arguments += len(call.arguments[-1])
            if self._arguments > MOST_ARGUMENTS:
                raise malformed("too many tool calls")

    def _calls(self) -> list[ToolCall]:
        """The calls, whole. Some compatible servers give no ids: then a call is named by its place."""
        calls = [(index, self._growing[index]) for index in sorted(self._growing)]
        if any(not call.name for _, call in calls):
            raise malformed("tool_calls")
        return [ToolCall(call.id or f"call_{index}", call.name, "".join(call.arguments)) for index, call in calls]
