"""The child's side of a voice: `PiperSpeaker`, asked by messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from privacy_assistant.engines.tts_piper import PiperSpeaker, Samples
from privacy_assistant.engines.worker.frames import Packet
from privacy_assistant.engines.worker.sides import Call
from privacy_assistant.errors import EngineFailed


class SpeechSide:
    """Implements `sides.Side`. Methods: warm; speak, which begins a text; next, which goes on with it.

    Both give a sentence as a payload, or that it is over. Nothing is computed in between.
    """

    def __init__(self, built: Mapping[str, Any]) -> None:
        self._built = built
        self._speaker: PiperSpeaker | None = None
        self._streams: dict[int, Iterator[Samples]] = {}

    def prepare(self) -> None:
        """Nothing: the first call follows the start at once."""

    def serve(self, call: Call) -> Iterator[Packet]:
        """As the voice speaks."""
        if self._speaker is None:
            built = self._built
            self._speaker = PiperSpeaker(Path(built["voice"]), speed=built["speed"], speaker_id=built["speaker_id"])
        if call.method == "warm":
            self._speaker.warm()
        elif call.method == "speak":
            for dropped in call.args["dropped"]:
                self._streams.pop(dropped, None)
            self._streams[call.args["stream"]] = self._speaker.sentences(call.args["text"])
            yield self._next(call.args["stream"])
        elif call.method == "next":
            yield self._next(call.args["stream"])

    def cancel(self, call: Call) -> None:
        """Nothing: a sentence cannot be stopped in the middle."""

    def _next(self, stream: int) -> Packet:
        """The next sentence of a text. What it raises ends the text."""
        sentences = self._streams.pop(stream, None)
        if sentences is None:
            raise EngineFailed("the voice does not know what to go on with", hint="ask again")
        samples = next(sentences, None)
        if samples is None:
            return Packet({"is_over": True})
        self._streams[stream] = sentences
        return Packet({}, samples.astype("<i2").tobytes())
