"""Text to speech (`audio/speech`): the body. What comes back is sound, and needs no decoding here.

By the types of openai 3.54 (`SpeechCreateParams`). No `instructions` are sent. The text is spoken as it is, so nothing
may be left to redact in it: placeholders cannot be said.
"""

from __future__ import annotations

from typing import Any, Literal

from privacy_assistant.core.redaction import Redacted
from privacy_assistant.core.sound_parcel import MOST_CHARACTERS
from privacy_assistant.egress.dialects.contents import text_of
from privacy_assistant.errors import EgressDenied

PATH = "audio/speech"
PCM_RATE_HZ = 24000
"""The rate of `pcm` from OpenAI and Azure: 16 bits, little-endian, one channel, no header."""


def encode(model: str, voice: str, text: Redacted, *, sound: Literal["wav", "pcm"] = "wav") -> dict[str, Any]:
    """The body for one text. Raises EgressDenied for one that the interface does not take."""
    said = text_of(text)
    if not said or len(said) > MOST_CHARACTERS:
        raise EgressDenied("not sent: the text is empty or too long to be spoken at once", rule="parcel:spoken")
    return {"model": model, "voice": voice, "input": said, "response_format": sound}
