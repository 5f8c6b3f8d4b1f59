"""Where what was heard meets what was played meanwhile, 10 ms of each at a time.

Two streams put, each from its own thread and by its own clock; one reader takes pairs. Which piece was played while
which was heard is only known by counting, so the difference of the two counts is held still: a steady delay between
them is what an echo canceller expects. Two crystals are never the same, so now and then a piece of what was played is
left out or put in, and the pair after that says so (`is_gap`). What was heard is never left out while the reader
keeps up.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

MOST_WAITING = 1000
"""10 s that nobody took: from then on the oldest is lost."""

WATCHED = 200
"""The difference is judged by 2 s of it at a time: both threads come in bursts."""

MOST_LATE = 5
"""Pieces that were heard wait for what was played with them, but not for more than 50 ms."""

_STANDING = 2
_STANDING_IN_SPEECH = 4
"""Pieces by which one side may be ahead all the time before that is set right: in silence, and in speech."""


class Ring:
    """Pieces of one size, first in first out, in memory that is its own and overwritten behind each piece."""

    def __init__(self, size: int, most: int) -> None:
        self._size, self._most = size, most
        self._store = bytearray(size * most)
        self._first = self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def is_full(self) -> bool:
        return self._count == self._most

    def put(self, piece: bytes | bytearray) -> None:
        """One more piece; the ring must not be full."""
        at = (self._first + self._count) % self._most * self._size
        self._store[at : at + self._size] = piece
        self._count += 1

    def first(self) -> bytes:
        """A look at the oldest piece; the ring must not be empty."""
        return bytes(self._store[self._first * self._size : (self._first + 1) * self._size])

    def take(self) -> bytes:
        """The oldest piece; the ring must not be empty."""
        piece, at = self.first(), self._first * self._size
        self._store[at : at + self._size] = bytes(self._size)
        self._first, self._count = (self._first + 1) % self._most, self._count - 1
        return piece

    def wipe(self) -> None:
        """Nothing is left, here or in the memory."""
        self._store[:] = bytes(len(self._store))
        self._first = self._count = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """10 ms heard, and the 10 ms that go with them."""

    heard: bytes = field(repr=False)
    played: bytes = field(repr=False)
    is_gap: bool


class Meeting:
    """Pieces of `heard_size` and `played_size` bytes, 10 ms each."""

    def __init__(self, heard_size: int, played_size: int) -> None:
        # Room for what the loudspeaker takes ahead, so that both sides lose together when nobody comes.
        self._heard, self._played = Ring(heard_size, MOST_WAITING), Ring(played_size, MOST_WAITING + 100)
        self._heard_size = heard_size
        self._silence = bytes(played_size)
        self._rest = bytearray()
        self._lock = threading.Lock()
        self._watched = self._least = self._most = self._owed = 0
        self._is_gap = self._is_late = self._is_in_step = self._is_urgent = False
        self._is_mute = True
        self.lost = 0
        """Pieces that were heard, and that nobody took in time."""

    def hear(self, pcm: bytes) -> None:
        """Sound from the microphone, of any length."""
        with self._lock:
            self._rest += pcm
            whole = len(self._rest) // self._heard_size * self._heard_size
            for at in range(0, whole, self._heard_size):
                if self._heard.is_full:
                    # What was played with it goes too, so that the rest stays in step.
                    self._heard.take()
                    if len(self._played):
                        self._played.take()
                    self.lost += 1
                    self._is_gap = True
                self._heard.put(self._rest[at : at + self._heard_size])
            self._rest[:whole] = bytes(whole)
            del self._rest[:whole]

    def hand_out(self, piece: bytes) -> None:
        """A piece that the loudspeaker was given."""
        with self._lock:
            if self._played.is_full:
                self._played.take()
                self._is_gap = True
            self._played.put(piece)

    def mute(self, is_mute: bool) -> None:
        """Without a loudspeaker nobody waits for what it was given."""
        with self._lock:
            self._is_mute = is_mute
            self._restart()

    def jump(self) -> None:
        """Sound was lost, for a reason of the caller: the next pair says so, and the counts begin anew."""
        with self._lock:
            self._restart()

    def take(self) -> Pair | None:
        """The next pair; None where nothing was heard, or what was played with it may still come."""
        with self._lock:
            if not len(self._heard):
                return None
            if len(self._played):
                if self._is_late:
                    self._is_late, self._is_gap = False, True
                    self._watched = self._owed = 0
                played = self._in_step()
            elif self._is_mute:
                played = self._silence
            elif self._is_late or len(self._heard) > MOST_LATE:
                # The loudspeaker has stopped; all that was heard meanwhile goes on without it.
                self._is_late = True
                played = self._silence
            else:
                return None
            pair = Pair(self._heard.take(), played, self._is_gap)
            self._is_gap = False
            return pair

    def wipe(self) -> None:
        """Overwrite what is still here."""
        with self._lock:
            self._heard.wipe()
            self._played.wipe()
            self._rest[:] = bytes(len(self._rest))
            self._rest.clear()

    def _restart(self) -> None:
        self._is_gap = True
        self._is_late = self._is_in_step = False
        self._played.wipe()
        self._watched = self._owed = 0

    def _in_step(self) -> bytes:
        """What was played with the oldest piece that was heard, after the counts were set right where they drifted."""
        if not self._is_in_step:
            # What the loudspeaker took ahead stands in its buffer and is heard later: the newest of it goes with this.
            while len(self._played) > len(self._heard):
                self._played.take()
            self._is_in_step = True
        self._watch(len(self._played) - len(self._heard))
        if self._owed and (self._is_urgent or not any(self._played.first())):
            self._is_gap = True
            if self._owed < 0:
                self._owed += 1
                return self._silence
            while self._owed and len(self._played) > 1:
                self._played.take()
                self._owed -= 1
            self._owed = 0
        return self._played.take()

    def _watch(self, ahead: int) -> None:
        """Judge 2 s of the difference: what it never fell below, or rose above, is no burst."""
        self._least = min(self._least, ahead) if self._watched else ahead
        self._most = max(self._most, ahead) if self._watched else ahead
        self._watched += 1
        if self._watched == WATCHED:
            standing = max(self._least, -self._most)
            # One stays, or the next burst would ask for the opposite.
            self._owed = 0 if standing < _STANDING else (standing - 1) * (1 if self._least > 0 else -1)
            self._is_urgent = standing >= _STANDING_IN_SPEECH
            self._watched = 0
