"""What is said, on its way to the loudspeaker: queued, lowered, held, dropped, and how much of it was heard.

The loudspeaker asks for samples, perhaps in a thread of its own that may not wait; everything else is told here.
"""

from __future__ import annotations

import threading
from array import array
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from sys import byteorder

RAMP_S = 0.02
"""How long a change of loudness takes: a jump is heard as a click."""


@dataclass(slots=True)
class _Said:
    """One piece in the queue; `start` and `end` are the code points of the answer that it stands for."""

    pcm: bytearray = field(repr=False)
    start: int
    end: int
    at: int = 0


class Playback:
    """The queue of one loudspeaker, at its rate. All methods may be called from any thread."""

    def __init__(self, rate_hz: int, stopwatch: Callable[[], float]) -> None:
        self.rate_hz = rate_hz
        self._stopwatch = stopwatch
        self._lock = threading.Lock()
        self._queue: deque[_Said] = deque()
        self._volume = 1.0
        self._duck = 1.0
        self._is_held = False
        self._gain = 1.0  # as it is now, on its way to the wanted one
        self._heard = 0
        self._heard_samples = 0
        self._first_at: float | None = None
        self._waits_for_first = False

    # ------------------------------------------------------------ in

    def begin(self) -> None:
        """A new answer: nothing of it was heard yet, and nobody has spoken over it."""
        with self._lock:
            self._renew()
            self._is_held = False
            self._duck = 1.0

    def restart(self) -> None:
        """Another answer in the place of this one; whoever speaks over it speaks over that one."""
        with self._lock:
            self._renew()

    def _renew(self) -> None:
        self._wipe_queue()
        self._heard = 0
        self._heard_samples = 0
        self._first_at = None
        self._waits_for_first = True

    def _wipe_queue(self) -> None:
        for said in self._queue:
            _wipe(said)
        self._queue.clear()

    def add(self, pcm: bytes, *, start: int = 0, end: int = 0) -> None:
        """Queue a piece that stands for these code points; one without sound counts as heard when its turn comes."""
        with self._lock:
            self._queue.append(_Said(bytearray(pcm), start, end))

    # ------------------------------------------------------------ out

    def fill(self, samples: int) -> bytes:
        """The next samples, silence where there is nothing to say; never waits for long."""
        wanted = 2 * samples
        with self._lock:
            target = 0.0 if self._is_held else self._volume * self._duck
            if self._is_held and self._gain == 0.0:
                return bytes(wanted)
            out = self._taken(wanted)
            if not out:
                # Whoever is lowered while nothing is said begins lowered.
                self._gain = target
                return bytes(wanted)
            if self._waits_for_first:
                self._waits_for_first = False
                self._first_at = self._stopwatch()
            self._heard_samples += len(out) // 2
            if target != 1.0 or self._gain != 1.0:
                self._louden(out, target)
        return bytes(out) + bytes(wanted - len(out))

    def _taken(self, wanted: int) -> bytearray:
        out = bytearray()
        while self._queue and len(out) < wanted:
            said = self._queue[0]
            step = min(wanted - len(out), len(said.pcm) - said.at)
            out += said.pcm[said.at : said.at + step]
            said.at += step
            if said.at >= len(said.pcm):
                self._heard = max(self._heard, said.end)
                _wipe(said)
                self._queue.popleft()
        return out

    def _louden(self, pcm: bytearray, target: float) -> None:
        samples = array("h", bytes(pcm))
        if byteorder == "big":  # pragma: no cover - what we play is little-endian everywhere
            samples.byteswap()
        gain, step = self._gain, 1.0 / (RAMP_S * self.rate_hz)
        for place, sample in enumerate(samples):
            if gain != target:
                gain = min(target, gain + step) if gain < target else max(target, gain - step)
            samples[place] = int(sample * gain)
        if byteorder == "big":  # pragma: no cover
            samples.byteswap()
        self._gain = gain
        pcm[:] = samples.tobytes()

    # ------------------------------------------------------------ control

    def duck(self, factor: float) -> None:
        """Lower what is said while somebody else may be speaking."""
        with self._lock:
            self._duck = factor

    def hold(self) -> None:
        """Fall silent and keep what is left."""
        with self._lock:
            self._is_held = True

    def resume(self) -> None:
        """Go on from the cut point, as loud as before."""
        with self._lock:
            self._is_held = False
            self._duck = 1.0

    def drop(self) -> None:
        """Give up what is left; what was heard of it still counts."""
        with self._lock:
            self._heard = self._heard_now()
            self._wipe_queue()
            self._is_held = False
            self._duck = 1.0

    def set_volume(self, volume: float) -> None:
        """0..1 of what the voice gives; from now on."""
        with self._lock:
            self._volume = min(max(volume, 0.0), 1.0)

    @property
    def volume(self) -> float:
        """0..1 of what the voice gives."""
        return self._volume

    # ------------------------------------------------------------ what was heard

    @property
    def pending_s(self) -> float:
        """Seconds that are queued and not played."""
        with self._lock:
            return sum(len(said.pcm) - said.at for said in self._queue) / 2 / self.rate_hz

    @property
    def is_audible(self) -> bool:
        """Whether something is being said at this moment, ducked or not."""
        with self._lock:
            return bool(self._queue) and not self._is_held

    @property
    def is_held(self) -> bool:
        """Whether it fell silent in the middle."""
        return self._is_held

    @property
    def heard(self) -> int:
        """Code points of the answer that were heard; inside a piece by the share of its sound."""
        with self._lock:
            return self._heard_now()

    @property
    def heard_s(self) -> float:
        """Seconds of the answer that were played."""
        return self._heard_samples / self.rate_hz

    @property
    def first_at(self) -> float | None:
        """When the first sample of this answer was taken, on the stopwatch; None before."""
        return self._first_at

    def _heard_now(self) -> int:
        if not self._queue or not self._queue[0].at:
            return self._heard
        said = self._queue[0]
        share = said.at / len(said.pcm)
        return max(self._heard, said.start + int(share * (said.end - said.start)))


def _wipe(said: _Said) -> None:
    said.pcm[:] = bytes(len(said.pcm))
