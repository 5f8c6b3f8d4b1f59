"""Servers that were not written with these codecs understand what is sent and are understood."""

from __future__ import annotations

import httpx2
import pytest

from privacy_assistant import tripwire
from privacy_assistant.core.parcel import PackedMessage, Parcel
from privacy_assistant.core.policy_terms import Api, BackendKind
from privacy_assistant.egress import sse
from privacy_assistant.egress.dialects import dialect_for
from privacy_assistant.ports import Finished
from tests.egress.dialects.parcels import QUESTION, SYSTEM, TALK, WEATHER, backend, parcel
from tests.egress.dialects.test_streams import Heard
from tests.egress.servers.capturing import CapturingServer
from tests.egress.servers.listening import HOST
from tests.egress.servers.llama_server import LlamaServer
from tests.egress.servers.openai_shapes import Call, Says


def ask(url: str, port: int, api: Api, kind: BackendKind, sent: Parcel) -> Heard:
    """Post the body, and read the answer as it comes."""
    dialect = dialect_for(backend(kind, api, sent.model))
    reader, decoder, heard = sse.Reader(), dialect.decoder(), Heard()
    target = f"{url}/{dialect.path}"
    with (
        tripwire.sending(HOST, port),
        httpx2.Client(trust_env=False, timeout=60) as http,
        http.stream("POST", target, json=dialect.encode(sent)) as answer,
    ):
        assert answer.status_code == 200
        for part in answer.iter_raw():
            for event in reader.feed(part):
                heard.add(decoder.feed(event))
    for event in reader.close():
        heard.add(decoder.feed(event))
    heard.add(decoder.close())
    return heard


@pytest.mark.parametrize("talk", [(QUESTION,), (SYSTEM, QUESTION), TALK], ids=["question", "system", "tools"])
def test_a_real_server_takes_every_template_of_a_chat(
    llama_server: LlamaServer, talk: tuple[PackedMessage, ...]
) -> None:
    """llama.cpp's server validates what it is sent, and answers a conversation with tool calls too."""
    tools = [WEATHER] if talk is TALK else []
    sent = parcel(*talk, model="smollm2", tools=tools, temperature=0.0, max_tokens=8)
    heard = ask(llama_server.url, llama_server.port, Api.CHAT, BackendKind.OPENAI_COMPATIBLE, sent)
    assert heard.ends[0].reason in ("length", "stop", "tool_calls")
    assert heard.text or heard.calls


@pytest.mark.parametrize("api", Api)
@pytest.mark.parametrize("kind", [BackendKind.OPENAI, BackendKind.OPENAI_COMPATIBLE])
@pytest.mark.parametrize("write", [0, 1, 7])
def test_the_capturing_server_is_understood(
    capturing_server: CapturingServer, api: Api, kind: BackendKind, write: int
) -> None:
    """Text, refusals, several calls, lengths and numbers, also a byte at a time."""
    capturing_server.answer = [
        Says("⟦PERSON·AAA·1⟧ may eat 🍲.", input_tokens=5, output_tokens=3, cached_tokens=2, write=write),
        Says("Let me see.", calls=(Call("weather", '{"place": "x"}'), Call("clock", "{}", "call_2")), write=write),
        Says(refusal="I can't help.", write=write),
        Says("Half", reason="length", has_usage=False, write=write),
        Says("Half", reason="content_filter", write=write),
    ]
    sent = parcel(*TALK, tools=[WEATHER], max_tokens=9)
    heard = [ask(capturing_server.url, capturing_server.port, api, kind, sent) for _ in range(5)]
    assert [one.text for one in heard] == ["⟦PERSON·AAA·1⟧ may eat 🍲.", "Let me see.", "I can't help.", "Half", "Half"]
    assert heard[1].calls == [["call_1", "weather", '{"place": "x"}'], ["call_2", "clock", "{}"]]
    assert [one.ends[0].reason for one in heard] == ["stop", "tool_calls", "stop", "length", "content_filter"]
    assert all(len(one.ends) == 1 and isinstance(one.ends[0], Finished) for one in heard)
    usage = heard[0].ends[0].usage
    assert (usage.prompt_tokens, usage.reused_tokens, usage.completion_tokens) == (5, 2, 3)
    assert capturing_server.requests[0].question == QUESTION.text.text
