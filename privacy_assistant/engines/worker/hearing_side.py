"""The child's side of a recogniser: `WhisperTranscriber`, asked by messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.engines.stt_whisper import WhisperTranscriber
from privacy_assistant.engines.worker.frames import Packet
from privacy_assistant.engines.worker.sides import Call


class HearingSide:
    """Implements `sides.Side`. Methods: warm; hear, with a part of a recording; understand, what was heard.

    It is asked one thing after another.
    """

    def __init__(self, built: Mapping[str, Any]) -> None:
        self._built = built
        self._ear: WhisperTranscriber | None = None
        self._heard = bytearray()

    def prepare(self) -> None:
        """Nothing: the first call follows the start at once."""

    def serve(self, call: Call) -> Iterator[Packet]:
        """As the recogniser answers."""
        if self._ear is None:
            self._ear = WhisperTranscriber(Path(self._built["directory"]), threads=self._built["threads"])
        if call.method == "warm":
            self._ear.warm()
        elif call.method == "hear":
            if call.args["is_first"]:
                self._heard.clear()
            self._heard += call.payload
        elif call.method == "understand":
            sound = Recording(bytes(self._heard), HEARD_HZ)
            self._heard.clear()
            found = self._ear.transcribe(sound, hints=call.args["hints"], language=call.args["language"])
            yield Packet(
                {
                    "text": found.text,
                    "confidence": found.confidence,
                    "language": found.language,
                    "rejected": found.rejected,
                }
            )

    def cancel(self, call: Call) -> None:
        """Nothing: a recogniser cannot be stopped in the middle."""
