"""Keeps a microphone and a loudspeaker open: notices when one goes, waits for it, and takes it back.

PortAudio knows only the devices that were there when it started, and starting anew means closing everything. So a
device that went is first tried as it is, which is enough where a sound server stands before the devices; PortAudio is
started anew where that fails. While the other device works that costs a gap in it, so then only after the system has
shown a sign of change, and seldom where it shows none.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from privacy_assistant.engines.sound import portaudio, pulse
from privacy_assistant.engines.sound.meeting import Meeting
from privacy_assistant.engines.sound.naming import WORDS, Device, Side, again, choose
from privacy_assistant.engines.sound.streams import Ear, Filler, Mouth
from privacy_assistant.errors import AssistantError, EngineMissing

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.25, 2.0
_SELDOM_S = 30.0
_ASK_S = 0.5
_HELD_S = 10.0
"""What is being said waits for so long for a loudspeaker that went, and goes on where it was."""
_CARDS = Path("/proc/asound/cards")


@dataclass(slots=True)
class _Half:
    """One direction: what is wanted, what it was, what is open."""

    side: Side
    wanted: str
    known: Device | None = None
    stream: Ear | Mouth | None = None
    past_troubles: int = 0
    wait_s: float = _FIRST_WAIT_S
    next_try: float = 0.0
    lost_at: float | None = None

    @property
    def word(self) -> str:
        return WORDS[self.side]

    def find(self, devices: Sequence[Device]) -> Device | None:
        """The device to open: the very one that was, where a person named it, else what is the default now."""
        if self.wanted and self.known is not None:
            return again(devices, self.known, self.side)
        found = choose(devices, self.wanted, self.side)
        # A default is left to the sound server, which moves it as the person moves it.
        return found if self.wanted or found is None else replace(found, route="")


class Keeper:
    """Both directions. `open` and `close` by the reader's thread, `look` by one other in between."""

    def __init__(self, input: str | None, output: str, meeting: Meeting, filler: Filler) -> None:
        """Names as `naming.choose` takes them; an `input` of None is never opened, nor missed."""
        self._meeting, self._filler = meeting, filler
        self._has_ear = input is not None
        self._ear, self._mouth = _Half("input", input or ""), _Half("output", output)
        self._notices: deque[str] = deque(maxlen=20)
        self._sign: object = None
        self._restarted = self._asked = 0.0
        self._is_closed = False

    # ---------------------------------------------------------------- the reader's side

    @property
    def is_hearing(self) -> bool:
        """Whether a microphone is open."""
        return self._ear.stream is not None

    @property
    def is_speaking(self) -> bool:
        """Whether a loudspeaker is open."""
        return self._mouth.stream is not None

    @property
    def is_holding(self) -> bool:
        """Whether what is being said should wait, for the loudspeaker went a moment ago and may come back."""
        lost_at = self._mouth.lost_at
        return self._mouth.stream is None and lost_at is not None and _now() - lost_at < _HELD_S

    @property
    def _halves(self) -> tuple[_Half, ...]:
        """Those that are wanted."""
        return (self._ear, self._mouth) if self._has_ear else (self._mouth,)

    @property
    def overruns(self) -> int:
        """Of the microphone, since `open`."""
        return self._ear.past_troubles + (self._ear.stream.troubles if self._ear.stream else 0)

    @property
    def underruns(self) -> int:
        """Of the loudspeaker, since `open`."""
        return self._mouth.past_troubles + (self._mouth.stream.troubles if self._mouth.stream else 0)

    @property
    def latency_s(self) -> tuple[float, float]:
        """As PortAudio tells them; 0 where nothing is open."""
        ear, mouth = self._ear.stream, self._mouth.stream
        return (ear.latency_s if ear else 0.0, mouth.latency_s if mouth else 0.0)

    def notices(self) -> tuple[str, ...]:
        """What happened to the devices since this was asked last."""
        told: list[str] = []
        while self._notices:
            told.append(self._notices.popleft())
        return tuple(told)

    def open(self) -> None:
        """Open what is wanted. Raises EngineMissing, EngineFailed or UsageError; then nothing is open."""
        portaudio.refresh()
        devices = portaudio.listed()
        found = [(half, half.find(devices)) for half in self._halves]
        if all(device is None for _, device in found):
            raise EngineMissing(
                "there is no microphone and no loudspeaker", hint="plug one in; privacy-assistant devices lists them"
            )
        self._sign = _sign()
        try:
            for half, device in found:
                if device is None:
                    self._notices.append(f"there is no {half.word}; one that is plugged in will be taken")
                else:
                    self._open(half, device)
        except AssistantError:
            self.close()
            raise
        if self._ear.known is not None and self._ear.known.is_monitor:
            self._notices.append(f"the microphone is {self._ear.known.name}, which hears what this machine plays")

    def close(self) -> None:
        """Close both."""
        self._is_closed = True
        for half in (self._mouth, self._ear):
            self._shut(half)

    # ---------------------------------------------------------------- the watcher's side

    def look(self) -> None:
        """Whether everything is still there, and whether what went is back. Takes as long as PortAudio takes."""
        now = _now()
        routes = self._routes(now)
        for half in self._halves:
            stream = half.stream
            if stream is None:
                continue
            is_unplugged = routes is not None and bool(stream.device.route) and stream.device.route not in routes
            if is_unplugged or stream.is_lost():
                self._shut(half)
                self._notices.append(f"the {half.word} {stream.device.name} is gone; waiting for it")
                half.wait_s, half.next_try, half.lost_at = _FIRST_WAIT_S, now, now
        missing = [half for half in self._halves if half.stream is None and now >= half.next_try]
        if missing and not self._is_closed:
            self._fetch(missing, now)
            for half in missing:
                half.next_try = _now() + half.wait_s
                half.wait_s = min(2 * half.wait_s, _LONGEST_WAIT_S)

    def _routes(self, now: float) -> frozenset[str] | None:
        """What the sound server has now, where a device of it was named; None where that is not known."""
        halves = (self._ear, self._mouth)
        if now - self._asked < _ASK_S or not any(half.stream and half.stream.device.route for half in halves):
            return None
        self._asked = now
        server = pulse.ask()
        if server is None:
            return None
        return frozenset(endpoint.name for endpoint in (*server.sinks, *server.sources))

    def _fetch(self, missing: Sequence[_Half], now: float) -> None:
        """Open again what is missing, as PortAudio is, or after it was started anew."""
        for half in missing:
            self._try(half)
        if all(half.stream is not None for half in missing):
            return
        sign = _sign()
        working = [half for half in (self._ear, self._mouth) if half.stream is not None]
        is_changed = sign != self._sign
        had_one = any(half.known is not None for half in missing)
        is_due = sign is None and had_one and now - self._restarted > _SELDOM_S
        if working and not (is_changed or is_due):
            return
        self._sign, self._restarted = sign, now
        for half in working:
            self._shut(half)
        try:
            portaudio.restart()
        except AssistantError:
            return
        for half in (*working, *missing):
            if half.stream is None:
                self._try(half, is_quiet=half in working)
                if half in working and half.stream is None:
                    self._notices.append(f"the {half.word} is gone; waiting for it")

    def _try(self, half: _Half, *, is_quiet: bool = False) -> None:
        before = half.known
        with contextlib.suppress(AssistantError):
            device = half.find(portaudio.listed())
            if device is None or self._is_closed:
                return
            self._open(half, device)
            is_same = before is not None and (before.name, before.host_api) == (device.name, device.host_api)
            if is_quiet and is_same:
                return
            self._notices.append(f"the {half.word} {device.name} is {'back' if is_same else 'taken now'}")

    def _open(self, half: _Half, device: Device) -> None:
        if half is self._ear:
            half.stream = Ear(device, self._meeting)
            self._meeting.jump()
        else:
            self._meeting.mute(False)
            try:
                half.stream = Mouth(device, self._meeting, self._filler)
            except AssistantError:
                self._meeting.mute(True)
                raise
        half.known = device

    def _shut(self, half: _Half) -> None:
        stream, half.stream = half.stream, None
        if stream is None:
            return
        half.past_troubles += stream.troubles
        stream.close()
        if half is self._ear:
            self._meeting.jump()
        else:
            self._meeting.mute(True)


def _now() -> float:
    return time.monotonic()


def _sign() -> object:
    """Something cheap that is another after a device was plugged in or out; None where this system has nothing."""
    try:
        cards = _CARDS.read_bytes()
    except OSError:
        cards = b""
    server = pulse.ask()
    return (cards, server) if cards or server is not None else None
