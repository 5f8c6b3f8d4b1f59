"""What a back end's error means: read from the words of its `code` and `type` alone, never from its text.

The text of an error quotes the question, names of accounts and parts of keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum

from privacy_assistant.errors import AssistantError, BackendRefused, ReplyMalformed


class ErrorKind(StrEnum):
    """Why there is no answer. BUSY and SERVER may pass by themselves, the others do not."""

    KEY = "key"
    MODEL = "model"
    CREDIT = "credit"
    TOO_LONG = "too_long"
    CONTENT = "content"
    REFUSED = "refused"
    BUSY = "busy"
    SERVER = "server"

    @property
    def may_pass(self) -> bool:
        """Whether the same request can be answered a moment later."""
        return self in (ErrorKind.BUSY, ErrorKind.SERVER)


_MOST_BYTES = 64 * 1024

_WORDS: dict[str, ErrorKind] = {
    **dict.fromkeys(
        (
            *(
                "invalid_api_key",
                "incorrect_api_key",
                "account_deactivated",
                "authentication_error",
                "permission_error",
            ),
            *(
                "invalid_authentication",
                "permission_denied",
                "permissiondenied",
                "unauthorized",
                "invalid_organization",
            ),
            *("mismatched_organization", "mismatched_project", "ip_not_authorized", "invalid_token"),
        ),
        ErrorKind.KEY,
    ),
    **dict.fromkeys(
        (
            "model_not_found",
            "deploymentnotfound",
            "model_not_available",
            "unknown_model",
            "not_found_error",
            "notfounderror",
        ),
        ErrorKind.MODEL,
    ),
    **dict.fromkeys(
        (
            "insufficient_quota",
            "billing_hard_limit_reached",
            "billing_not_active",
            "payment_required",
            "quota_exceeded",
        ),
        ErrorKind.CREDIT,
    ),
    **dict.fromkeys(
        ("context_length_exceeded", "string_above_max_length", "exceed_context_size_error", "request_too_large"),
        ErrorKind.TOO_LONG,
    ),
    **dict.fromkeys(
        (
            *(
                "content_filter",
                "content_policy_violation",
                "responsibleaipolicyviolation",
                "bio_policy",
                "cyber_policy",
            ),
            *("misalignment_policy_violation", "invalid_prompt"),
        ),
        ErrorKind.CONTENT,
    ),
    **dict.fromkeys(
        (
            *("rate_limit_exceeded", "rate_limit_error", "too_many_requests", "overloaded_error", "slow_down"),
            *("server_overloaded", "unavailable_error", "engine_overloaded"),
        ),
        ErrorKind.BUSY,
    ),
    **dict.fromkeys(
        ("server_error", "internal_error", "internal_server_error", "internalservererror"), ErrorKind.SERVER
    ),
    **dict.fromkeys(("data_residency_mismatch", "unsupported_country_region_territory"), ErrorKind.REFUSED),
}
"""The closed list, in lower case; of words that are not on it the status decides."""

_SAID: dict[ErrorKind, tuple[str, str]] = {
    ErrorKind.KEY: ("it does not accept the key", "see the key of this back end in the policy"),
    ErrorKind.MODEL: ("it does not have this model, or nothing at this address", "see its model and base_url"),
    ErrorKind.CREDIT: ("its account has no credit left", "see the account at the provider"),
    ErrorKind.TOO_LONG: ("the conversation is too long for this model", "start a new conversation, or ask shorter"),
    ErrorKind.CONTENT: ("the provider's content policy refuses this", "ask it here, with --local"),
}


def error_kind(status: int, body: bytes = b"") -> ErrorKind:
    """What an answer with this HTTP status says; a body that cannot be read says nothing. Never raises."""
    return _of_words(_words(_parsed(body[:_MOST_BYTES]))) or _of_status(status)


def refusal(kind: ErrorKind) -> tuple[str, str]:
    """What a person is told of a refusal, without the name of who refuses, and the remedy."""
    return _SAID.get(kind, ("it refuses this request", "see what it allows at the provider, or ask with --local"))


def stream_failure(untrusted_error: object) -> AssistantError:
    """The error to raise for one that came inside of a stream: BackendRefused, or ReplyMalformed where it may pass."""
    kind = _of_words(_words(untrusted_error)) or ErrorKind.SERVER
    if kind.may_pass:
        return ReplyMalformed("it ended its answer with an error of its own")
    message, hint = refusal(kind)
    return BackendRefused(message, hint=hint)


def _parsed(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def _words(untrusted: object) -> Iterator[str]:
    """The words that may say what it is, the most telling first; servers nest them, list them, or do neither."""
    if isinstance(untrusted, list):
        untrusted = untrusted[0] if untrusted else None
    if not isinstance(untrusted, dict):
        return
    error = untrusted.get("error", untrusted)
    if not isinstance(error, dict):
        return
    inner = error.get("innererror", error.get("inner_error"))
    for source in (inner, error):
        for key in ("code", "type"):
            word = source.get(key) if isinstance(source, dict) else None
            if isinstance(word, str):
                yield word.lower()


def _of_words(words: Iterator[str]) -> ErrorKind | None:
    return next((_WORDS[word] for word in words if word in _WORDS), None)


def _of_status(status: int) -> ErrorKind:
    by_number = {401: ErrorKind.KEY, 402: ErrorKind.CREDIT, 403: ErrorKind.KEY, 404: ErrorKind.MODEL}
    if status in by_number:
        return by_number[status]
    if status == 413:
        return ErrorKind.TOO_LONG
    if status in (408, 409, 425, 429):
        return ErrorKind.BUSY
    return ErrorKind.SERVER if status >= 500 else ErrorKind.REFUSED
