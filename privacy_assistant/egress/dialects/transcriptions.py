"""Speech to text (`audio/transcriptions`): the fields of a form, the form as bytes, and what comes back.

By the types of openai 3.54 (`TranscriptionCreateParams`, `Transcription`, `TranscriptionVerbose`). Sound cannot be
redacted: whether it may leave is decided elsewhere, and never by default. No `prompt` and no `keywords` are sent: they
would be words of the person beside the sound.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field

from privacy_assistant.egress.dialects.reading import malformed
from privacy_assistant.errors import EgressDenied

PATH = "audio/transcriptions"
FILE_NAME = "speech.wav"
FILE_TYPE = "audio/wav"

_LANGUAGE = re.compile(r"[a-z]{2,3}")
_FIELD = re.compile(r"[^\x00-\x1f\x7f]*")
_BOUNDARY = re.compile(r"[0-9A-Za-z]{16,70}")


@dataclass(frozen=True, slots=True)
class Form:
    """One recording on its way: fields in order, and the bytes of the WAV file."""

    fields: tuple[tuple[str, str], ...]
    audio: bytes = field(repr=False)

    def multipart(self, boundary: str) -> bytes:
        """The body of `multipart/form-data` (RFC 7578). `boundary` is random, of letters and digits, 16 or more."""
        mark = boundary.encode("ascii")
        if not _BOUNDARY.fullmatch(boundary) or mark in self.audio:
            raise EgressDenied(
                "not sent: the recording cannot be put into a form with this boundary", rule="parcel:form"
            )
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in self.fields
        ]
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{FILE_NAME}"\r\n'
            f"Content-Type: {FILE_TYPE}\r\n\r\n"
        ).encode()
        return b"".join([*parts, head, self.audio, f"\r\n--{boundary}--\r\n".encode()])


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was understood. `language` is "" and `seconds` 0 where the server does not say."""

    text: str = field(repr=False)
    language: str = ""
    seconds: float = 0.0


def encode(model: str, wav: bytes, language: str = "") -> Form:
    """The form for one recording. `language` is a tag ("de-AT"), of which the first part is sent; "" lets the server
    find out. Raises EgressDenied for a model whose name cannot stand in a form."""
    fields = [("model", model), ("response_format", "json"), ("temperature", "0")]
    tag = language.partition("-")[0].lower()
    if _LANGUAGE.fullmatch(tag):
        fields.append(("language", tag))
    if not _FIELD.fullmatch(model):
        raise EgressDenied("not sent: the name of the model cannot be sent in a form", rule="parcel:form")
    return Form(tuple(fields), wav)


def decode(untrusted_body: bytes) -> Transcript:
    """The text, with its language and length where the server tells them. Raises ReplyMalformed."""
    try:
        untrusted = json.loads(untrusted_body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise malformed("JSON") from None
    if not isinstance(untrusted, dict) or not isinstance(untrusted.get("text"), str):
        raise malformed("text")
    text: str = untrusted["text"]
    return Transcript(text.encode("utf-8", "replace").decode("utf-8"), _language(untrusted), _seconds(untrusted))


def _language(untrusted: dict[str, object]) -> str:
    """One word: `language` of the older models, the first of `languages` of the newer ones."""
    spoken = untrusted.get("language")
    several = untrusted.get("languages")
    if spoken is None and isinstance(several, list) and several and isinstance(several[0], dict):
        spoken = several[0].get("code")
    return spoken[:32] if isinstance(spoken, str) and spoken[:32].isalpha() else ""


def _seconds(untrusted: dict[str, object]) -> float:
    usage = untrusted.get("usage")
    length = untrusted.get("duration")
    if length is None and isinstance(usage, dict):
        length = usage.get("seconds")
    if not isinstance(length, int | float) or isinstance(length, bool) or not math.isfinite(length) or length < 0:
        return 0.0
    return float(length)
