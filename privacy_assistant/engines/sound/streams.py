"""A microphone and a loudspeaker that are open: what their threads do, and whether they still live."""

from __future__ import annotations

import threading
import time
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy_assistant.core.sound import HEARD_HZ, TICKS_PER_SECOND
from privacy_assistant.engines.sound.converter import Converter
from privacy_assistant.engines.sound.meeting import Meeting
from privacy_assistant.engines.sound.naming import Device, Side
from privacy_assistant.engines.sound.portaudio import Callback, Stream
from privacy_assistant.errors import EngineFailed

PLAYED_HZ = 48_000
"""What a loudspeaker is given: nearly every one has this rate, and it is a whole multiple of HEARD_HZ."""

_PIECE = PLAYED_HZ // TICKS_PER_SECOND
_STARTING_S, _STARTING_PATIENCE_S, _PATIENCE_S = 6.0, 5.0, 2.0
"""A device that calls no more for so long is gone, even where nobody says so; sound servers take seconds to begin."""


class _Open:
    """An open device of one direction."""

    side: Side

    def __init__(self, device: Device, wanted_hz: int) -> None:
        """Raises EngineFailed where it opens at no rate and with no number of channels."""
        self.device = device
        self.troubles = 0
        """Times that the device, or a thread of ours, was late."""
        self._opened = self._called = time.monotonic()
        self._stream = self._any(wanted_hz)

    @property
    def rate_hz(self) -> int:
        """Of the device."""
        return self._stream.rate_hz

    @property
    def latency_s(self) -> float:
        """As PortAudio tells it."""
        return self._stream.latency_s

    def is_lost(self) -> bool:
        """Whether it ended, or is silent for longer than anything that works."""
        now = time.monotonic()
        patience = _STARTING_PATIENCE_S if now - self._opened < _STARTING_S else _PATIENCE_S
        return not self._stream.is_active or now - self._called > patience

    def close(self) -> None:
        """Stop at once."""
        self._stream.close()

    @abstractmethod
    def _begin(self, rate_hz: int, channels: int) -> Callback:
        """What is called back with every 10 ms."""

    def _any(self, wanted_hz: int) -> Stream:
        """The first way in which the device opens: its own rate where it does not take ours, two channels for one."""
        rates = dict.fromkeys((wanted_hz, self.device.rate_hz, 48_000, 44_100))
        first_error: EngineFailed | None = None
        for channels in (1, 2):
            for rate in rates:
                if channels > self.device.channels(self.side) or rate < 1000:
                    continue
                try:
                    return Stream(self.device, self.side, rate, channels, self._begin(rate, channels))
                except EngineFailed as error:
                    first_error = first_error or error
        raise first_error or EngineFailed(f"{self.device.name} has no channel that can be used")


class Ear(_Open):
    """A microphone; what it hears goes to the meeting at HEARD_HZ."""

    side: Side = "input"

    def __init__(self, device: Device, meeting: Meeting) -> None:
        self._meeting = meeting
        super().__init__(device, HEARD_HZ)

    def _begin(self, rate_hz: int, channels: int) -> Callback:
        converter = Converter(rate_hz, HEARD_HZ)

        def heard(untrusted: Any, _frames: int, _time: Any, status: Any) -> None:
            self._called = time.monotonic()
            if status.input_overflow:
                self.troubles += 1
                self._meeting.jump()
            self._meeting.hear(converter.feed(_mono(bytes(untrusted), channels)))

        return heard


class Mouth(_Open):
    """A loudspeaker; it asks `fill` for what to play, and tells the meeting."""

    side: Side = "output"

    def __init__(self, device: Device, meeting: Meeting, fill: Filler) -> None:
        self._meeting = meeting
        self._fill = fill
        super().__init__(device, PLAYED_HZ)

    def _begin(self, rate_hz: int, channels: int) -> Callback:
        converter = Converter(PLAYED_HZ, rate_hz)
        waiting = bytearray()

        def play(out: Any, frames: int, _time: Any, status: Any) -> None:
            self._called = time.monotonic()
            if status.output_underflow:
                self.troubles += 1
            while len(waiting) < 2 * frames:
                piece = self._fill.next()
                self._meeting.hand_out(piece)
                waiting.extend(converter.feed(piece))
            mono = bytes(waiting[: 2 * frames])
            waiting[: 2 * frames] = bytes(2 * frames)
            del waiting[: 2 * frames]
            out[:] = mono if channels == 1 else np.repeat(np.frombuffer(mono, "<i2"), channels).tobytes()

        return play


class Filler:
    """The caller's `fill`, asked by one thread at a time and 10 ms at a time; whatever it does, the sound goes on."""

    def __init__(self, fill: Callable[[int], bytes]) -> None:
        self._fill = fill
        self._turn = threading.Lock()
        self.error: Exception | None = None
        """What `fill` raised first; for the reader of the ticks, since in the device's thread nobody would see it."""
        self.misses = 0
        """Pieces that were silence because there was nothing to be had."""

    def next(self) -> bytes:
        """Exactly 10 ms; silence where another thread is just asking, or there is a fault."""
        if not self._turn.acquire(blocking=False):
            self.misses += 1
            return bytes(2 * _PIECE)
        try:
            piece = self._fill(_PIECE)
        except Exception as error:  # noqa: BLE001 - raised again where the ticks are read; here it would end the device's thread
            self.error = self.error or error
            piece = b""
        finally:
            self._turn.release()
        if len(piece) != 2 * _PIECE:
            self.misses += 1
            return piece[: 2 * _PIECE].ljust(2 * _PIECE, b"\0")
        return piece


def _mono(pcm: bytes, channels: int) -> bytes:
    if channels == 1:
        return pcm
    mean: npt.NDArray[np.int16] = np.frombuffer(pcm, "<i2").reshape(-1, channels).mean(axis=1).round().astype("<i2")
    return mean.tobytes()
