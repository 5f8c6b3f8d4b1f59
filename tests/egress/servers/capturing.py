"""An OpenAI-like server of this machine that keeps every request: both interfaces, transcriptions and speech.

As a program: `python -m tests.egress.servers.capturing --port 0 --log FILE` prints its address and serves until it is
stopped; the log has one line of JSON for each request, after it was read and before it is answered.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import re
import ssl
import sys
import threading
import wave
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.egress.servers import openai_shapes
from tests.egress.servers.http_messages import Headers, Request, chunk, head, whole
from tests.egress.servers.listening import HOST, Connection, Listener
from tests.egress.servers.openai_shapes import Says

_PLACEHOLDER = re.compile(r"⟦[^⟧]*⟧")
_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Plain:
    """An answer of any status and body instead of the model's."""

    status: int
    body: bytes = field(default=b"", repr=False)
    content_type: str = _JSON
    headers: Headers = ()


Reply = str | Says | Plain
Answer = Reply | Sequence[Reply] | Callable[[Request], Reply]
"""What is answered: the same to all, one after another (the last again and again), or a function of the request."""


def echo(request: Request) -> str:
    """The question again, word for word, as it left."""
    return request.question


def name_placeholders(request: Request) -> str:
    """A sentence with every placeholder of the question: what restoring is seen by."""
    found = dict.fromkeys(_PLACEHOLDER.findall(request.question))
    return f"You wrote of {', '.join(found)}." if found else "You wrote of nobody."


def silence(seconds: float = 0.25, rate: int = 24_000) -> bytes:
    """A WAV file in which nothing is heard."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(bytes(2 * int(rate * seconds)))
    return written.getvalue()


class CapturingServer:
    """Answers, and keeps what was asked in `requests`, in the order it came.

    `key` set, a request without it (as a bearer token or in `api-key`) is answered with 401. `answer` and `key` may
    be changed while it runs. `connections` and `hang_ups` count as `Listener` does.
    """

    def __init__(
        self,
        answer: Answer = "The cloud answers.",
        *,
        key: str = "",
        tls: ssl.SSLContext | None = None,
        on_request: Callable[[Request], None] | None = None,
    ) -> None:
        self.answer = answer
        self.key = key
        self.requests: list[Request] = []
        self.listener = Listener(self._serve, tls=tls)
        self._scheme = "http" if tls is None else "https"
        self._on_request = on_request
        self._turn = threading.Lock()
        self._answered = 0

    @property
    def port(self) -> int:
        return self.listener.port

    @property
    def url(self) -> str:
        """The base URL that a back end is given."""
        return f"{self._scheme}://{HOST}:{self.port}/v1"

    @property
    def connections(self) -> int:
        """How many connections there have been, with or without a request."""
        return self.listener.settled()

    @property
    def hang_ups(self) -> int:
        return self.listener.hang_ups

    @property
    def bodies(self) -> list[Any]:
        """The decoded bodies of the requests that had JSON."""
        return [request.json for request in self.requests if request.json is not None]

    def wait_for_requests(self, number: int) -> list[Request]:
        """Wait until so many have been read, and give them."""
        self.listener.wait_for(lambda: len(self.requests) >= number)
        return self.requests[:number]

    def wait_for_hang_ups(self, number: int = 1) -> None:
        """Wait until so many clients have gone away in the middle of an answer."""
        self.listener.wait_for(lambda: self.listener.hang_ups >= number)

    def open(self, port: int = 0) -> Self:
        """Begin to listen; 0 is any free port."""
        self.listener.open(port)
        return self

    def close(self) -> None:
        """End it and every connection."""
        self.listener.close()

    def __enter__(self) -> Self:
        self.listener.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.listener.__exit__(kind, error, where)

    # ------------------------------------------------------------ one connection

    def _serve(self, connection: Connection) -> None:
        while (request := connection.incoming.request(connection.number)) is not None:
            with self._turn:
                self.requests.append(request)
                number = len(self.requests)
                if self._on_request is not None:
                    self._on_request(request)
            self.listener.happened()
            self._reply(connection, request, number)
            if request.header("connection").lower() == "close":
                return

    def _reply(self, connection: Connection, request: Request, number: int) -> None:
        if (refusal := self._refusal_of(request)) is not None:
            return _send_plain(connection, refusal)
        if request.path.endswith("/models"):
            models = [{"id": "model", "object": "model", "created": openai_shapes.CREATED, "owned_by": "tests"}]
            return _send_json(connection, {"object": "list", "data": models})
        reply = self._next(request)
        if isinstance(reply, Plain):
            return _send_plain(connection, reply)
        says = Says(reply) if isinstance(reply, str) else reply
        if request.path.endswith("/audio/transcriptions"):
            return _send_transcription(connection, request, says)
        if request.path.endswith("/audio/speech"):
            return _send_speech(connection, request, says)
        body = request.json
        if request.path.endswith("/chat/completions"):
            if not body.get("stream"):
                return _send_json(connection, openai_shapes.chat_whole(says, body.get("model", ""), number))
            return _stream(connection, openai_shapes.chat_stream(says, body, number), says)
        if not body.get("stream"):
            return _send_json(connection, openai_shapes.responses_whole(says, body, number))
        return _stream(connection, openai_shapes.responses_stream(says, body, number), says)

    def _next(self, request: Request) -> Reply:
        answer = self.answer
        if callable(answer):
            return answer(request)
        if isinstance(answer, str | Says | Plain):
            return answer
        with self._turn:
            self._answered += 1
            return answer[min(self._answered, len(answer)) - 1]

    def _refusal_of(self, request: Request) -> Plain | None:
        """What a service refuses before it asks its model."""
        given = request.header("authorization").removeprefix("Bearer ") or request.header("api-key")
        if self.key and given != self.key:
            return _refuse(401, "Incorrect API key provided.", "invalid_api_key")
        if request.path.endswith("/models"):
            return None
        needed = _NEEDED.get(next((end for end in _NEEDED if request.path.endswith(end)), ""))
        if needed is None or request.method != "POST":
            return _refuse(404, f"Invalid URL ({request.method} {request.path})", None)
        body = request.form if "audio/transcriptions" in request.path else request.json
        if not isinstance(body, dict):
            return _refuse(400, "We could not parse the JSON body of your request.", None)
        if missing := [name for name in needed if name not in body]:
            return _refuse(400, f"Missing required parameter: '{missing[0]}'.", "missing_required_parameter")
        return None


_NEEDED: dict[str, tuple[str, ...]] = {
    "/chat/completions": ("model", "messages"),
    "/responses": ("model", "input"),
    "/audio/transcriptions": ("model", "file"),
    "/audio/speech": ("model", "input", "voice"),
}


def _refuse(status: int, message: str, code: str | None) -> Plain:
    return Plain(status, json.dumps(openai_shapes.error(message, "invalid_request_error", code)).encode())


def _send_plain(connection: Connection, plain: Plain) -> None:
    connection.send(whole(plain.status, plain.content_type, plain.body, plain.headers))


def _send_json(connection: Connection, body: dict[str, Any]) -> None:
    connection.send(whole(200, _JSON, json.dumps(body).encode(), [("x-request-id", "req_1")]))


def _stream(connection: Connection, events: Iterable[bytes], says: Says) -> None:
    connection.send(
        head(
            200,
            [
                ("Content-Type", "text/event-stream; charset=utf-8"),
                ("Transfer-Encoding", "chunked"),
                ("x-request-id", "req_1"),
            ],
        )
    )
    if says.write:
        body = b"".join(events)
        events = (body[at : at + says.write] for at in range(0, len(body), says.write))
    for number, event in enumerate(events):
        if number and says.pace:
            connection.hold(says.pace)
        connection.send(chunk(event))
    connection.send(chunk(b""))


def _send_transcription(connection: Connection, request: Request, says: Says) -> None:
    form = request.form
    usage = {
        "type": "tokens",
        "input_tokens": says.input_tokens,
        "input_token_details": {"audio_tokens": says.input_tokens, "text_tokens": 0},
        "output_tokens": says.output_tokens,
        "total_tokens": says.input_tokens + says.output_tokens,
    }
    counted = {"usage": usage} if says.has_usage else {}
    if form.get("stream") == b"true":
        events: list[dict[str, Any]] = [
            {"type": "transcript.text.delta", "delta": piece} for piece in openai_shapes.pieces(says.text, says.piece)
        ]
        events.append({"type": "transcript.text.done", "text": says.text, **counted})
        return _stream(connection, [openai_shapes.sse(event) for event in events], says)
    if form.get("response_format") == b"text":
        return connection.send(whole(200, "text/plain; charset=utf-8", f"{says.text}\n".encode()))
    return _send_json(connection, {"text": says.text, **counted})


def _send_speech(connection: Connection, request: Request, says: Says) -> None:
    audio = says.audio or silence()
    body = request.json
    if body.get("stream_format") == "sse":
        encoded = [audio[at : at + 4096] for at in range(0, len(audio), 4096)]
        events = [{"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()} for piece in encoded]
        usage = {"input_tokens": says.input_tokens, "output_tokens": says.output_tokens}
        total = says.input_tokens + says.output_tokens
        events.append({"type": "speech.audio.done", "usage": {**usage, "total_tokens": total}})  # type: ignore[dict-item]  # the last event has numbers
        return _stream(connection, [openai_shapes.sse(event) for event in events], says)
    kinds = {"wav": "audio/wav", "pcm": "audio/pcm", "opus": "audio/opus", "flac": "audio/flac", "aac": "audio/aac"}
    kind = kinds.get(body.get("response_format", "mp3"), "audio/mpeg")
    if kind == "audio/pcm" and audio[:4] == b"RIFF":
        with wave.open(io.BytesIO(audio)) as file:
            audio = file.readframes(file.getnframes())
    return connection.send(whole(200, kind, audio))


# ---------------------------------------------------------------- as a program


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m tests.egress.servers.capturing", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 is any free port")
    parser.add_argument("--log", type=Path, help="a file for the requests, one line of JSON each")
    parser.add_argument("--answer", default="", help="what to answer; without it, the placeholders of the question")
    parser.add_argument("--echo", action="store_true", help="answer with the question, word for word")
    parser.add_argument("--key", default="", help="refuse requests that do not have this key")
    parser.add_argument("--piece", type=int, default=4, help="code points of one piece")
    parser.add_argument("--pace", type=float, default=0.0, help="seconds between two pieces")
    options = parser.parse_args(arguments)

    def answer(request: Request) -> Says:
        text = options.answer or (echo(request) if options.echo else name_placeholders(request))
        return Says(text, piece=options.piece, pace=options.pace)

    def keep(request: Request) -> None:
        if options.log is not None:
            with options.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps(as_line(request), ensure_ascii=False) + "\n")

    with CapturingServer(answer, key=options.key, on_request=keep).open(options.port) as server:
        print(server.url, flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            sys.exit(0)


def as_line(request: Request) -> dict[str, Any]:
    """One request for the log; a body that is no UTF-8 text is written in base64."""
    try:
        body: dict[str, Any] = {"body": request.body.decode("utf-8")}
    except UnicodeDecodeError:
        body = {"base64": base64.b64encode(request.body).decode()}
    named = {"connection": request.connection, "method": request.method, "target": request.target}
    return {**named, "headers": [list(header) for header in request.headers], **body, "json": request.json}


if __name__ == "__main__":
    main()
