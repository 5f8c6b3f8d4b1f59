"""Echo cancellation, noise suppression, high-pass and gain: WebRTC's audio processing, out of livekit's wheel.

Of livekit nothing else is used: no room, no connection. Its library opens no internet socket of its own accord
(traced: one AF_UNIX socket pair within the process, four threads); importing it takes 0.3 s and 40 MB.

What is on by default was measured (tests/bench/bench_front.py). Noise suppression and gain are not: with them the voice
detector misses more speech in noise, finds less of what is said over us, and pocketsphinx understands no more. What is
left of an echo in a hollow room is 30 to 50 dB down and still sounds like speech to the detector, whatever its level;
so while we play, what lost more than 20 dB is taken for echo alone and made silent.

Where nothing at all comes back (headphones), the library needs up to six seconds of playing to see it, and mutes who
speaks over that; so `reset` is for another room or card, not for the next answer.

The library ends the process for a frame that is not 10 ms, so nothing but whole 10 ms is handed to it here.
"""

from __future__ import annotations

from typing import Any

from privacy_assistant.core.sound import HEARD_HZ, TICKS_PER_SECOND, Frame, Tick
from privacy_assistant.engines.echo_meter import EchoMeter, EchoQuality
from privacy_assistant.engines.level import loudness
from privacy_assistant.errors import EngineFailed, EngineMissing

_RATES = range(8_000, 192_001)
_REST = 10 ** (-20 / 20)
"""Of the loudness of what was heard while we play: what is below it after cancelling is echo."""

_STEP = 2 * HEARD_HZ // TICKS_PER_SECOND


class WebRtcCanceller:
    """Implements `ports.EchoCanceller`: 0.15 ms of work for 10 ms.

    Each part can be switched off. `hears_us`: whether what is played can come back; where it cannot, as from a file,
    no echo is sought, and nobody is deaf for one. Raises EngineMissing on construction where livekit is not installed.
    """

    _apm: Any

    def __init__(
        self, *, echo: bool = True, noise: bool = False, rumble: bool = True, gain: bool = False, hears_us: bool = True
    ) -> None:
        echo = echo and hears_us
        self._hears_us = hears_us
        self._parts = {
            "echo_cancellation": echo,
            "noise_suppression": noise,
            "high_pass_filter": rumble,
            "auto_gain_control": gain,
        }
        self._cancels = echo
        self._rtc: Any = _library()
        self._meter = EchoMeter()
        self.reset()

    @property
    def is_full_duplex(self) -> bool:
        """False where too little of the echo is taken out, as far as it was heard by now."""
        return not self._hears_us or (self._cancels and not self._meter.quality.is_poor)

    @property
    def quality(self) -> EchoQuality:
        """How well the echo is taken out, for `doctor` and for who asks."""
        return self._meter.quality

    def clean(self, tick: Tick) -> Frame:
        """What was heard without what was played; as long as what was heard. Raises EngineFailed for a foreign rate."""
        heard, played = tick.heard, tick.played
        if heard.rate_hz != HEARD_HZ or played.rate_hz not in _RATES:
            raise EngineFailed(f"echo cancellation cannot take {heard.rate_hz} and {played.rate_hz} Hz")
        # A card gives exactly 10 ms of both. Whatever else comes is filled up with silence and cut again.
        if tick.is_gap:
            # Whatever the delay was, it is another one now: to begin anew is quieter than to adapt.
            self._apm = self._rtc.AudioProcessingModule(**self._parts)
            self._meter.skip()
        count = max(1, -(-len(heard.pcm) // _STEP))
        step = 2 * (played.rate_hz // TICKS_PER_SECOND)
        clean = bytearray()
        for number in range(count):
            said = played.pcm[number * step : (number + 1) * step].ljust(step, b"\0")
            rough = heard.pcm[number * _STEP : (number + 1) * _STEP].ljust(_STEP, b"\0")
            self._apm.process_reverse_stream(self._frame(said, played.rate_hz))
            frame = self._frame(rough, HEARD_HZ)
            self._apm.process_stream(frame)
            left = bytes(frame.data.cast("B"))
            clean += self._without_rest(said, rough, left)
        return Frame(bytes(clean[: len(heard.pcm)]), HEARD_HZ, heard.at)

    def reset(self) -> None:
        """Forget the room; a millisecond."""
        self._apm = self._rtc.AudioProcessingModule(**self._parts)
        self._meter.reset()

    def _without_rest(self, said: bytes, rough: bytes, left: bytes) -> bytes:
        if not self._cancels:
            return left
        before, after = loudness(rough), loudness(left)
        self._meter.note(loudness(said), before, after)
        return bytes(_STEP) if self._meter.is_echo_on_its_way and after < _REST * before else left

    def _frame(self, pcm: bytes, rate_hz: int) -> Any:
        return self._rtc.AudioFrame(bytearray(pcm), rate_hz, 1, len(pcm) // 2)


class PassThrough:
    """Implements `ports.EchoCanceller` where there is none: takes nothing out, so whoever listens is deaf meanwhile,
    unless nothing can come back."""

    def __init__(self, *, hears_us: bool = True) -> None:
        self._hears_us = hears_us

    @property
    def is_full_duplex(self) -> bool:
        """Only where nothing that is played can come back."""
        return not self._hears_us

    def clean(self, tick: Tick) -> Frame:
        """What was heard."""
        return tick.heard

    def reset(self) -> None:
        """Nothing is remembered."""


def _library() -> Any:
    try:
        from livekit import rtc
    except ImportError:
        raise EngineMissing("echo cancellation needs livekit", hint="pip install livekit") from None
    return rtc
