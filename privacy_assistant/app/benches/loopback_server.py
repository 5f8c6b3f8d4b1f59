"""An OpenAI-like server of this machine in a process of its own: both interfaces, streamed, as fast as it can.

`python -m privacy_assistant.app.benches.loopback_server` prints its address, and then a line for each request: how
many bytes its head and its body had. It ends when its standard input does. The name of the model says how many words
it answers ("words-8"); a placeholder of the question comes back in every hundredth, cut in two as tokens cut it.
"""

from __future__ import annotations

import json
import os
import re
import socket
import sys
import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from privacy_assistant import tripwire

HOST = "127.0.0.1"
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_LENGTH = re.compile(rb"\r\ncontent-length:\s*(\d+)", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"⟦\w[^⟧]{0,63}⟧")
_WORDS = ("one ", "little ", "word ", "and ", "then ", "another, ", "as ", "models ", "say ", "them. ")
_EACH = 100
_MADE_AT = 1_795_000_000


def answer_of(target: str, untrusted_body: bytes) -> Iterator[bytes]:
    """The events of an answer, each as one chunk of HTTP/1.1; the chunk that ends it comes last."""
    request = json.loads(untrusted_body)
    words = int(str(request["model"]).rpartition("-")[2])
    found = _PLACEHOLDER.search(untrusted_body.decode("utf-8"))
    said = found[0] if found is not None else ""
    dialect = _responses if target.endswith("/responses") else _chat
    before, plain, after = dialect(words)
    yield from before
    for number, event in enumerate(plain):
        place = number % _EACH
        if said and place in (1, 2):
            half = said[:4] if place == 1 else said[4:] + " "
            yield _delta(dialect is _responses, half, number)
        else:
            yield event
    yield from after
    yield b"0\r\n\r\n"


@lru_cache(maxsize=8)
def _chat(words: int) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """What comes before, the words, what comes after."""
    usage = {"prompt_tokens": 90, "completion_tokens": words, "total_tokens": 90 + words}
    counted = {"id": "c", "object": "chat.completion.chunk", "created": _MADE_AT, "model": "words"}
    return (
        [_chat_chunk({"role": "assistant", "content": "", "refusal": None})],
        [_delta(False, _WORDS[number % len(_WORDS)], number) for number in range(words)],
        [
            _chat_chunk({}, "stop"),
            _chunk({**counted, "choices": [], "usage": usage}),
            _framed(b"data: [DONE]\n\n"),
        ],
    )


@lru_cache(maxsize=8)
def _responses(words: int) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """What comes before, the words, what comes after."""
    text = "".join(_WORDS[number % len(_WORDS)] for number in range(words))
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    begun_item = {**item, "status": "in_progress", "content": []}
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": _whole("in_progress", [], None)},
        {"type": "response.output_item.added", "item": begun_item, "output_index": 0},
        {"type": "response.content_part.added", "part": {**part, "text": ""}, **place},
    ]
    ends: list[dict[str, Any]] = [
        {"type": "response.output_text.done", "text": text, "logprobs": [], **place},
        {"type": "response.content_part.done", "part": part, **place},
        {"type": "response.output_item.done", "item": item, "output_index": 0},
        {"type": "response.completed", "response": _whole("completed", [item], words)},
    ]
    return (
        [_chunk({**event, "sequence_number": number}) for number, event in enumerate(events)],
        [_delta(True, _WORDS[number % len(_WORDS)], number) for number in range(words)],
        [_chunk({**event, "sequence_number": 3 + words + number}) for number, event in enumerate(ends)],
    )


def _whole(status: str, output: list[dict[str, Any]], words: int | None) -> dict[str, Any]:
    usage = None
    if words is not None:
        usage = {
            "input_tokens": 90,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": words,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 90 + words,
        }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": _MADE_AT,
        "status": status,
        "model": "words",
        "output": output,
        "usage": usage,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "metadata": {},
    }


def _delta(is_responses: bool, text: str, number: int) -> bytes:
    if not is_responses:
        return _chat_chunk({"content": text})
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0, "sequence_number": 3 + number}
    return _chunk({"type": "response.output_text.delta", "delta": text, "logprobs": [], **place})


def _chat_chunk(delta: dict[str, Any], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}
    return _chunk(
        {"id": "c", "object": "chat.completion.chunk", "created": _MADE_AT, "model": "words", "choices": [choice]}
    )


def _chunk(event: dict[str, Any]) -> bytes:
    """A server-sent event; those of the Responses interface have names."""
    named = f"event: {event['type']}\n" if "type" in event else ""
    return _framed(f"{named}data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


# ---------------------------------------------------------------- serving


def _converse(connection: socket.socket) -> None:
    """Answer every request of one connection; whoever sends something else is hung up on."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection:
        waiting = b""
        while True:
            while b"\r\n\r\n" not in waiting:
                more = connection.recv(65536)
                if not more:
                    return
                waiting += more
            head, _, body = waiting.partition(b"\r\n\r\n")
            said = _LENGTH.search(head)
            length = int(said[1]) if said is not None else 0
            while len(body) < length:
                body += connection.recv(65536)
            body, waiting = body[:length], body[length:]
            os.write(1, json.dumps({"head": len(head) + 4, "body": length}).encode() + b"\n")
            target = head.split(b" ", 2)[1].decode("ascii")
            connection.sendall(_HEAD)
            for chunk in answer_of(target, body):
                connection.sendall(chunk)


def _quietly(connection: socket.socket) -> None:
    try:
        _converse(connection)
    except (OSError, ValueError, KeyError):
        connection.close()


def main() -> None:
    """Serve on a free port of loopback until standard input ends."""
    tripwire.install()
    with tripwire.listening(0):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind((HOST, 0))
        listener.listen(16)
    os.write(1, f"http://{HOST}:{listener.getsockname()[1]}/v1\n".encode())

    def take() -> None:
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=_quietly, args=(connection,), daemon=True).start()

    threading.Thread(target=take, daemon=True).start()
    sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
