"""`ports.SoundCard` of the machine's own devices, which may go and come back while it runs."""

from __future__ import annotations

import atexit
import threading
import time
from collections.abc import Callable, Iterator

from privacy_assistant.core.sound import HEARD_HZ, TICKS_PER_SECOND, Frame, Tick
from privacy_assistant.engines.sound import native_stderr
from privacy_assistant.engines.sound.keeping import Keeper
from privacy_assistant.engines.sound.meeting import Meeting, Pair
from privacy_assistant.engines.sound.streams import PLAYED_HZ, Filler

_STEP = 1 / TICKS_PER_SECOND
_HEARD_SIZE, _PLAYED_SIZE = 2 * HEARD_HZ // TICKS_PER_SECOND, 2 * PLAYED_HZ // TICKS_PER_SECOND
_LOOK_S = 0.008
"""How long the reader sleeps where there is nothing yet; a wake-up by the device's thread would need a lock there."""
_WATCH_S = 0.25
_MOST_CATCHING_UP = 300
"""Pieces of silence that are made up for at once, after the machine slept or stood still."""


class LiveCard:
    """Microphone and loudspeaker by name, as `devices` prints them; "" is the system's default.

    One call of `ticks` per card. `close` sets a mark and no more, so a signal handler may call it.
    """

    rate_hz: int = PLAYED_HZ

    def __init__(self, input: str | None = "", output: str = "") -> None:
        """An `input` of None opens no microphone at all: what is heard is silence."""
        self._input, self._output = input, output
        self._meeting = Meeting(_HEARD_SIZE, _PLAYED_SIZE)
        self._keeper: Keeper | None = None
        self._fault: Exception | None = None
        self._is_closed = False

    def ticks(self, fill: Callable[[int], bytes]) -> Iterator[Tick]:
        """10 ms of both directions at a time; see `ports.SoundCard`.

        `fill` is asked in the thread of the loudspeaker, or in the reader's where there is none. Raises EngineMissing
        where PortAudio or a named device is not there, or neither a microphone nor a loudspeaker; EngineFailed where
        one does not open; UsageError for a name that could be several; what `fill` raised.
        """
        filler = Filler(fill)
        keeper = Keeper(self._input, self._output, self._meeting, filler)
        native_stderr.begin()
        try:
            keeper.open()
            self._keeper = keeper
            watcher = threading.Thread(target=self._watch, args=(keeper,), name="sound-devices", daemon=True)
            watcher.start()

            def end() -> None:
                self._is_closed = True
                watcher.join(timeout=5.0)
                # PortAudio may hang in a device that is broken; then the thread is left to it, and nobody else waits.
                if not watcher.is_alive():
                    keeper.close()

            # A reader who left these ticks in the middle must not leave threads that call into a dying interpreter.
            atexit.register(end)
            try:
                yield from self._paced(keeper, filler)
            finally:
                atexit.unregister(end)
                end()
        finally:
            self._meeting.wipe()
            native_stderr.end()

    def close(self) -> None:
        """End `ticks`, within a tick or so."""
        self._is_closed = True

    @property
    def underruns(self) -> int:
        """Times that the loudspeaker was not given sound in time, and was silent."""
        return self._keeper.underruns if self._keeper else 0

    @property
    def overruns(self) -> int:
        """Times that the microphone's sound was not taken in time, and was lost."""
        return (self._keeper.overruns if self._keeper else 0) + self._meeting.lost

    @property
    def latency_s(self) -> tuple[float, float]:
        """Of microphone and loudspeaker, as PortAudio tells them; 0 where there is none."""
        return self._keeper.latency_s if self._keeper else (0.0, 0.0)

    def _watch(self, keeper: Keeper) -> None:
        while not self._is_closed:
            time.sleep(_WATCH_S)
            try:
                keeper.look()
            except Exception as error:  # noqa: BLE001 - raised again where the ticks are read; here nobody would see it
                self._fault = error
                return

    def _paced(self, keeper: Keeper, filler: Filler) -> Iterator[Tick]:
        number = 0
        clock = time.monotonic()
        while not self._is_closed:
            if fault := filler.error or self._fault:
                raise fault
            if keeper.is_hearing:
                clock = time.monotonic()
            else:
                clock = self._silence_until_now(clock)
            is_idle = True
            while not self._is_closed and (pair := self._meeting.take()) is not None:
                is_idle = False
                if not keeper.is_speaking and not keeper.is_holding:
                    filler.next()  # nobody hears it, but what is being said must come to its end
                yield _tick(number, pair, keeper.notices())
                number += 1
            if is_idle:
                time.sleep(_LOOK_S)

    def _silence_until_now(self, clock: float) -> float:
        """Without a microphone the wall's clock sets the pace; returns how far it was counted."""
        due = int((time.monotonic() - clock) / _STEP)
        self._meeting.hear(bytes(_HEARD_SIZE * min(due, _MOST_CATCHING_UP)))
        return clock + due * _STEP


def _tick(number: int, pair: Pair, notices: tuple[str, ...]) -> Tick:
    at = number / TICKS_PER_SECOND
    return Tick(Frame(pair.heard, HEARD_HZ, at), Frame(pair.played, PLAYED_HZ, at), pair.is_gap, notices)
