"""The real server with the embedded model, asked with the bare SDK."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
from openai import NotFoundError, OpenAI

from privacy_assistant import tripwire
from tests.egress.servers.fault_proxy import FaultProxy
from tests.egress.servers.faults import Truncated
from tests.egress.servers.listening import HOST
from tests.egress.servers.llama_server import CONTEXT_TOKENS, LlamaServer, running_llama_server


@contextmanager
def asking(url: str, port: int) -> Iterator[OpenAI]:
    """The SDK with a permit for this port alone."""
    with tripwire.sending(HOST, port), httpx2.Client(trust_env=False, timeout=60) as http:
        yield OpenAI(base_url=url, api_key="none", max_retries=0, http_client=http)


def answer_of(client: OpenAI, question: str, max_tokens: int = 8) -> str:
    """A streamed answer, joined."""
    stream = client.chat.completions.create(
        model="smollm2",
        messages=[{"role": "user", "content": question}],
        stream=True,
        max_tokens=max_tokens,
        temperature=0,
    )
    return "".join(chunk.choices[0].delta.content or "" for chunk in stream)


def test_a_real_model_streams_its_answer(llama_server: LlamaServer) -> None:
    """The embedded model answers chat completions in pieces, and twice the same."""
    with asking(llama_server.url, llama_server.port) as client:
        first = answer_of(client, "What is the capital of France?")
        assert first
        assert answer_of(client, "What is the capital of France?") == first
        assert [model.id for model in client.models.list()] == ["smollm2"]


def test_it_has_no_responses(llama_server: LlamaServer) -> None:
    """Which is why a back end of this kind says `api = "chat"`."""
    with asking(llama_server.url, llama_server.port) as client, pytest.raises(NotFoundError):
        client.responses.create(model="smollm2", input="Hello")


def test_what_does_not_fit_its_context_is_an_empty_stream(llama_server: LlamaServer) -> None:
    """A real server answers a prompt that is too long with 200 and not one event: nothing may pass for an answer."""
    with asking(llama_server.url, llama_server.port) as client:
        assert answer_of(client, "word " * 2 * CONTEXT_TOKENS) == ""


def test_a_fault_cuts_a_real_answer_short(llama_proxy: FaultProxy) -> None:
    """The proxy works in front of the real server as in front of the capturing one."""
    with asking(llama_proxy.url, llama_proxy.port) as client:
        whole = answer_of(client, "Tell me a story.")
        llama_proxy.inject(Truncated("in order", after=3))
        cut = answer_of(client, "Tell me a story.")
    assert whole.startswith(cut)
    assert 0 < len(cut) < len(whole)


def test_the_server_ends_with_its_block() -> None:
    """Nobody is left behind: the child is gone, and so is whoever listened."""
    with running_llama_server() as server:
        assert server.process.poll() is None
    assert server.process.returncode is not None
    with asking(server.url, server.port) as client, pytest.raises(Exception, match="Connection error"):
        client.models.list()
