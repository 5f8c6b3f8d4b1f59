"""The parts of a parcel as a request takes them: texts that can be sent, schemas as objects, and what those hold."""

from __future__ import annotations

import json
from typing import Any

from privacy_assistant.core.parcel import Parcel
from privacy_assistant.core.redaction import Redacted
from privacy_assistant.egress.inspection import strings_of
from privacy_assistant.errors import EgressDenied


def text_of(redacted: Redacted) -> str:
    """The text, where it can be sent: half of a surrogate pair has no UTF-8. Raises EgressDenied."""
    try:
        redacted.text.encode("utf-8")
    except UnicodeEncodeError:
        raise EgressDenied(
            "not sent: the text holds half a character",
            hint="type it again without what looks like a broken sign",
            rule="parcel:character",
        ) from None
    return redacted.text


def schema_of(parameters: Redacted) -> dict[str, Any]:
    """The JSON schema of a tool as an object. Raises EgressDenied where it is none."""
    try:
        schema: object = json.loads(text_of(parameters))
        json.dumps(schema, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except (ValueError, RecursionError):
        schema = None
    if not isinstance(schema, dict):
        raise EgressDenied("not sent: the parameters of a tool are no JSON schema", rule="parcel:schema")
    return schema


def content_of(parcel: Parcel) -> frozenset[str]:
    """Every string that a request may hold because it is content: the texts, and what stands in the schemas."""
    messages = (message.text.text for message in parcel.body)
    arguments = (call.arguments.text for message in parcel.body for call in message.calls)
    descriptions = (tool.description.text for tool in parcel.tools)
    schemas = (leaf for tool in parcel.tools for leaf in strings_of(schema_of(tool.parameters)))
    return frozenset((*messages, *arguments, *descriptions, *schemas))


def identifiers_of(parcel: Parcel) -> frozenset[str]:
    """Every string that a request may hold because the protocol needs it: the model, tools' names, calls' ids."""
    calls = [call for message in parcel.body for call in message.calls]
    tools = (tool.name for tool in parcel.tools)
    answers = (message.answers for message in parcel.body if message.answers)
    return frozenset((parcel.model, *tools, *answers, *(call.id for call in calls), *(call.name for call in calls)))
