"""An error is known by its words and its status, and what the server wrote about it is never repeated."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.egress.dialects import ErrorKind, error_kind
from privacy_assistant.egress.dialects.failures import stream_failure
from privacy_assistant.errors import BackendRefused, ReplyMalformed


def body(code: object = None, type: object = None, message: str = "secret words") -> bytes:
    """An error as OpenAI writes it."""
    return json.dumps({"error": {"message": message, "type": type, "param": None, "code": code}}).encode()


@pytest.mark.parametrize(
    ("status", "answer", "kind"),
    [
        (401, body("invalid_api_key", "invalid_request_error"), ErrorKind.KEY),
        (401, b"", ErrorKind.KEY),
        (403, body(None, "permission_error"), ErrorKind.KEY),
        (403, body("unsupported_country_region_territory", "request_forbidden"), ErrorKind.REFUSED),
        (404, body("model_not_found", "invalid_request_error"), ErrorKind.MODEL),
        (404, body("DeploymentNotFound"), ErrorKind.MODEL),
        (404, b"<html>not here</html>", ErrorKind.MODEL),
        (400, body("context_length_exceeded", "invalid_request_error"), ErrorKind.TOO_LONG),
        (400, body(400, "exceed_context_size_error"), ErrorKind.TOO_LONG),
        (413, b"", ErrorKind.TOO_LONG),
        (400, body("content_filter"), ErrorKind.CONTENT),
        (
            400,
            b'{"error":{"code":null,"innererror":{"code":"ResponsibleAIPolicyViolation"},"message":"x"}}',
            ErrorKind.CONTENT,
        ),
        (400, body("unknown_parameter", "invalid_request_error"), ErrorKind.REFUSED),
        (400, b'{"object":"error","message":"secret","type":"BadRequestError","code":400}', ErrorKind.REFUSED),
        (400, b'[{"error":{"code":400,"message":"x","status":"INVALID_ARGUMENT"}}]', ErrorKind.REFUSED),
        (422, b'{"detail":[{"loc":["body"],"msg":"secret"}]}', ErrorKind.REFUSED),
        (402, b"", ErrorKind.CREDIT),
        (429, body("insufficient_quota", "insufficient_quota"), ErrorKind.CREDIT),
        (429, body("rate_limit_exceeded", "tokens"), ErrorKind.BUSY),
        (429, b"slow down", ErrorKind.BUSY),
        (503, body(503, "unavailable_error"), ErrorKind.BUSY),
        (408, b"", ErrorKind.BUSY),
        (500, body(None, "server_error"), ErrorKind.SERVER),
        (502, b"<html>Bad gateway</html>", ErrorKind.SERVER),
        (529, b"", ErrorKind.SERVER),
        (302, b"", ErrorKind.REFUSED),
    ],
)
def test_an_error_is_known_by_its_words_or_else_by_its_status(status: int, answer: bytes, kind: ErrorKind) -> None:
    """As OpenAI, Azure, llama.cpp, vLLM and gateways write them."""
    assert error_kind(status, answer) is kind


def test_only_what_may_pass_by_itself_is_worth_another_try() -> None:
    """A server that is busy or broken; not a key, a model, credit, or what it does not want."""
    assert [kind for kind in ErrorKind if kind.may_pass] == [ErrorKind.BUSY, ErrorKind.SERVER]


def test_of_an_endless_error_the_beginning_is_read() -> None:
    """What comes after 64 kB may say what it likes."""
    assert error_kind(400, b" " * 65_536 + body("invalid_api_key")) is ErrorKind.REFUSED


def test_the_text_of_an_error_decides_nothing() -> None:
    """A question about keys that is quoted in an error is no error about a key."""
    assert error_kind(400, body("nothing_known", "t", "invalid_api_key insufficient_quota")) is ErrorKind.REFUSED


@given(status=st.integers(100, 599), answer=st.binary(max_size=80) | st.text(max_size=40).map(str.encode))
def test_any_answer_has_a_kind(status: int, answer: bytes) -> None:
    """Nothing in a body raises."""
    assert error_kind(status, answer) in ErrorKind


@pytest.mark.parametrize("answer", [b"[" * 60_000, b'{"error":' * 10_000, b"[]", b"null", b'{"error":[]}', b"\xff"])
def test_a_strange_body_says_nothing(answer: bytes) -> None:
    """Then the status decides."""
    assert error_kind(500, answer) is ErrorKind.SERVER


@pytest.mark.parametrize("kind", ErrorKind)
def test_every_kind_has_an_error_that_repeats_nothing(kind: ErrorKind) -> None:
    """In a stream: refused, or broken where another try can help; what is refused comes with a hint."""
    words = {
        ErrorKind.KEY: "invalid_api_key",
        ErrorKind.MODEL: "model_not_found",
        ErrorKind.CREDIT: "insufficient_quota",
        ErrorKind.TOO_LONG: "context_length_exceeded",
        ErrorKind.CONTENT: "invalid_prompt",
        ErrorKind.REFUSED: "data_residency_mismatch",
        ErrorKind.BUSY: "rate_limit_exceeded",
        ErrorKind.SERVER: "server_error",
    }
    error = stream_failure({"error": {"code": words[kind], "message": "secret words"}})
    assert isinstance(error, ReplyMalformed if kind.may_pass else BackendRefused)
    assert bool(error.hint) is (not kind.may_pass)
    assert "secret" not in f"{error.message} {error.hint}"
