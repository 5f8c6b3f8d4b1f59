"""Text to speech (`audio/speech`): the body. What comes back is sound, and needs no decoding here.

By the types of openai 3.54 (`SpeechCreateParams`). No `instructions` are sent. The text is spoken as it is, so nothing
may be left to redact in it: placeholders cannot be said.
"""

from __future__ import annotations

from typing import Any

from privacy_assistant.core.redaction import Redacted
from privacy_assistant.core.sound_parcel import MOST_CHARACTERS
from privacy_assistant.egress.dialects.contents import text_of
from privacy_assistant.errors import EgressDenied

PATH = "audio/speech"
PCM_RATE_HZ = 24000
"""The rate of `pcm` from OpenAI and Azure: 16 bits, little-endian, one channel, no header."""

CONSTANTS = frozenset({"model", "voice", "input", "response_format", "wav", "pcm", "speed"})
"""Every string of a body that is neither text nor the model nor the voice."""


def encode(model: str, voice: str, text: Redacted, *, sound: str = "wav", speed: float | None = None) -> dict[str, Any]:
    """The body for one text. `sound` is "wav" or "pcm"; `speed` 0.25 to 4, None leaves it to the server.

    Raises EgressDenied for what the interface does not take.
    """
    said = text_of(text)
    if not said or len(said) > MOST_CHARACTERS:
        raise EgressDenied(
            "not sent: the text is empty or too long to be spoken at once", rule="text to be spoken"
        )
    if sound not in ("wav", "pcm") or (speed is not None and not 0.25 <= speed <= 4):
        raise EgressDenied(
            "not sent: this sound or its speed cannot be asked for", rule="text to be spoken"
        )
    body: dict[str, Any] = {"model": model, "voice": voice, "input": said, "response_format": sound}
    return body if speed is None else body | {"speed": speed}
