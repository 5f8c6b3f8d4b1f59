"""What the decoders share: JSON out of an event, text out of deltas, numbers out of a count. All of it is untrusted."""

from __future__ import annotations

import json
from typing import Any

from privacy_assistant.core.turn import Usage
from privacy_assistant.egress.sse import Event
from privacy_assistant.errors import ReplyMalformed

DONE = "[DONE]"
"""The data of the event after the last one."""

MOST_CALLS = 128
"""The most tools that one answer may ask for."""

MOST_ARGUMENTS = 1024 * 1024
"""The most characters of arguments in one answer."""

_MOST_TOKENS = 10**9


def malformed(what: str) -> ReplyMalformed:
    """The error for an answer that is not as the protocol says; `what` is a static word for the part."""
    return ReplyMalformed(f"its answer is not as its protocol says ({what})")


def broken_off() -> ReplyMalformed:
    """The error for an answer whose end never came."""
    return ReplyMalformed("its answer broke off")


def object_of(event: Event) -> dict[str, Any]:
    """The JSON object in an event. Raises ReplyMalformed."""
    try:
        untrusted = json.loads(event.data)
    except (ValueError, RecursionError):
        raise malformed("JSON") from None
    if not isinstance(untrusted, dict):
        raise malformed("JSON")
    return untrusted


def member(untrusted: dict[str, Any], key: str) -> dict[str, Any]:
    """An object that must be there, of an object. Raises ReplyMalformed."""
    inner = untrusted.get(key)
    if not isinstance(inner, dict):
        raise malformed(key)
    return inner


def string(untrusted: dict[str, Any], key: str) -> str:
    """A string that must be there. Raises ReplyMalformed."""
    value = untrusted.get(key)
    if not isinstance(value, str):
        raise malformed(key)
    return value


def tokens(untrusted: dict[str, Any], key: str) -> int:
    """A count of tokens, 0 where it is missing. Raises ReplyMalformed for what is no count."""
    value = untrusted.get(key)
    if value is None:
        return 0
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_TOKENS:
        raise malformed("usage")
    return value


def usage_of(untrusted_usage: object, read: str, written: str) -> Usage:
    """The usage: `read` and `written` are the protocol's words for the tokens of the question and of the answer."""
    if untrusted_usage is None:
        return Usage()
    if not isinstance(untrusted_usage, dict):
        raise malformed("usage")
    details = untrusted_usage.get(f"{read}_details")
    return Usage(
        prompt_tokens=tokens(untrusted_usage, read),
        reused_tokens=tokens(details, "cached_tokens") if isinstance(details, dict) else 0,
        completion_tokens=tokens(untrusted_usage, written),
    )


class Text:
    """Makes whole code points of deltas: JSON can cut a surrogate pair in two, and then each half comes by itself."""

    def __init__(self) -> None:
        self._half = ""

    def add(self, delta: str) -> str:
        """What can be shown so far; the first half of a pair at the end waits for the second."""
        if not self._half and delta.isascii():
            return delta
        text = self._half + delta
        self._half = ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            self._half, text = text[-1], text[:-1]
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        return text
