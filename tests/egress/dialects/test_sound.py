"""The forms of speech: exactly the named fields, and an answer that is text or an error."""

from __future__ import annotations

import json
from email.parser import BytesParser
from email.policy import HTTP

import pytest
from httpx2 import Client, MockTransport, Request, Response
from hypothesis import given
from hypothesis import strategies as st
from openai import OpenAI

from privacy_assistant.egress.dialects import speech, transcriptions
from privacy_assistant.egress.dialects.transcriptions import Transcript
from privacy_assistant.errors import EgressDenied, ReplyMalformed
from tests.egress.dialects.parcels import redacted

BOUNDARY = "0123456789abcdef"


@given(audio=st.binary(max_size=300), language=st.sampled_from(["", "de", "en-GB"]))
def test_a_form_holds_the_recording_and_the_named_fields(audio: bytes, language: str) -> None:
    """Read back by a parser of mail, which knows forms too: nothing but model, format, temperature and language."""
    form = transcriptions.encode("gpt-transcribe", audio, language)
    head = f"Content-Type: multipart/form-data; boundary={BOUNDARY}\r\n\r\n".encode()
    parts = list(BytesParser(policy=HTTP).parsebytes(head + form.multipart(BOUNDARY)).iter_parts())
    named = {str(part.get_param("name", header="content-disposition")): part for part in parts}
    wanted = {"model": "gpt-transcribe", "response_format": "json", "temperature": "0"}
    if language:
        wanted["language"] = language[:2]
    file = named.pop("file")
    assert (file.get_filename(), file.get_content_type()) == ("speech.wav", "audio/wav")
    assert {name: part.get_content() for name, part in named.items()} == wanted
    assert b"audio/wav\r\n\r\n" + audio + b"\r\n--" in form.multipart(BOUNDARY)


@pytest.mark.parametrize("language", ["x", "english", "12", "d\r", "DE-at\r\nX: y"])
def test_what_is_no_language_is_not_sent(language: str) -> None:
    """The server then finds out by itself; a tag is cut to its first part."""
    fields = dict(transcriptions.encode("whisper-1", b"", language).fields)
    assert fields.get("language") in (None, "de")


@pytest.mark.parametrize(
    ("model", "boundary"), [("a\r\nb", BOUNDARY), ("a", "short"), ("a", "x" * 15 + "\r"), ("a", "w" * 16)]
)
def test_a_form_that_could_be_read_otherwise_is_not_made(model: str, boundary: str) -> None:
    """No line ends in fields, and no boundary that stands in the recording."""
    with pytest.raises(EgressDenied):
        transcriptions.encode(model, b"w" * 16).multipart(boundary)


def test_the_sdk_sends_the_same_form() -> None:
    """The openai package writes the same parts, in its own order."""
    seen: list[bytes] = []

    def answer(request: Request) -> Response:
        seen.append(request.read())
        return Response(200, json={"text": "hello"})

    form = transcriptions.encode("whisper-1", b"RIFF", "de")
    with Client(transport=MockTransport(answer)) as http:
        client = OpenAI(api_key="k", base_url="https://cloud.example/v1", http_client=http, max_retries=0)
        client.audio.transcriptions.create(
            file=(transcriptions.FILE_NAME, form.audio, transcriptions.FILE_TYPE),
            model="whisper-1",
            response_format="json",
            temperature=0,
            language="de",
        )
    boundary = seen[0].split(b"\r\n", 1)[0][2:].decode()
    assert sorted(seen[0].split(b"--" + boundary.encode())) == sorted(
        form.multipart(boundary).split(b"--" + boundary.encode())
    )


@pytest.mark.parametrize(
    ("answer", "transcript"),
    [
        ({"text": "hello"}, Transcript("hello")),
        ({"text": "", "language": "german", "duration": 1.5}, Transcript("", "german", 1.5)),
        (
            {"text": "a", "languages": [{"code": "de"}], "usage": {"type": "duration", "seconds": 3}},
            Transcript("a", "de", 3.0),
        ),
        ({"text": "a", "languages": [], "usage": {"type": "tokens", "total_tokens": 3}}, Transcript("a")),
        ({"text": "a", "language": "<b>", "duration": -1}, Transcript("a")),
        ({"text": "a", "language": 5, "duration": True}, Transcript("a")),
        ({"text": "\ud83d"}, Transcript("?")),
    ],
)
def test_a_transcript_is_read_with_what_the_server_tells(answer: object, transcript: Transcript) -> None:
    """The language and the length of older and newer models; what makes no sense is left out."""
    assert transcriptions.decode(json.dumps(answer).encode()) == transcript


@pytest.mark.parametrize("answer", [b"", b"hello", b"[]", b"{}", b'{"text":5}', b"\xff", b"[" * 50_000])
def test_an_answer_without_text_is_malformed(answer: bytes) -> None:
    """And the error repeats nothing of it."""
    with pytest.raises(ReplyMalformed) as malformed:
        transcriptions.decode(answer)
    assert "hello" not in malformed.value.message


def test_a_recording_and_a_transcript_show_nothing_in_their_repr() -> None:
    """Neither sound nor words."""
    shown = repr(transcriptions.encode("m", b"secret")) + repr(Transcript("secret"))
    assert "secret" not in shown


def test_a_text_to_be_spoken_leaves_with_voice_and_format_alone() -> None:
    """No instructions, no stream format, no speed."""
    body = speech.encode("gpt-4o-mini-tts", "alloy", redacted("Good morning."))
    assert body == {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Good morning.", "response_format": "wav"}
    bare = speech.encode("tts-1", "alloy", redacted("x"), sound="pcm")
    assert (bare["response_format"], set(bare)) == ("pcm", set(body))


@pytest.mark.parametrize("text", ["", "x" * 4097, "\ud83d"])
def test_what_cannot_be_spoken_is_not_sent(text: str) -> None:
    """Refused here, with a clear line, and not by the server."""
    with pytest.raises(EgressDenied):
        speech.encode("tts-1", "alloy", redacted(text))
