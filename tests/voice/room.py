"""A room with a person in it, as a sound card: everything on the sample clock, nothing in real time.

What is heard is the person, the echo of what the card was given to play, and noise. The person does what the script
says, and hears and sees what the loop does: the loop is closed. The same script, room and loop give the same sound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from privacy_assistant.core.sound import HEARD_HZ, Frame, Tick
from tests.voice.acoustics import STEP, Acoustics, EchoPath, Sound, from_pcm, steady_noise, to_pcm
from tests.voice.person import Person

LOST = "the {} is gone; plug it in again"
BACK = "the {} is back"


class RoomCard:
    """Implements `ports.sound.SoundCard`. It ends when the script is done and `tail_s` passed in silence.

    What the person uttered and what came back of our voice are kept apart, so that a test can compare. `is_busy` is
    whether the loop is in the middle of something: as long as it is, the room stays.
    """

    def __init__(
        self,
        person: Person,
        acoustics: Acoustics | None = None,
        *,
        rate_hz: int = HEARD_HZ,
        tail_s: float = 1.0,
        longest_s: float = 120.0,
        is_busy: Callable[[], bool] = lambda: False,
    ) -> None:
        self.person = person
        self.acoustics = acoustics or Acoustics()
        self.rate_hz = rate_hz
        self.people: list[Sound] = []
        self.echo: list[Sound] = []
        self.played: list[bytes] = []
        self.now = 0.0
        self._tail_s = tail_s
        self._longest_s = longest_s
        self._is_busy = is_busy
        self._is_closed = False

    def ticks(self, fill: Callable[[int], bytes]) -> Iterator[Tick]:
        """See `ports.sound.SoundCard`."""
        path = EchoPath(self.acoustics, self.rate_hz)
        silence = bytes(2 * (self.rate_hz // 100))
        said = silence
        idle = 0.0
        had = {"microphone": True, "loudspeaker": True}
        tick = 0
        while not self._is_closed and idle < self._tail_s and self.now < self._longest_s:
            at = self.now = tick / 100
            person = self.person.next_sound(at, from_pcm(said))
            has = {"microphone": self.person.devices.microphone, "loudspeaker": self.person.devices.loudspeaker}
            notices = tuple((BACK if has[one] else LOST).format(one) for one in had if had[one] != has[one])
            is_gap = has["microphone"] and not had["microphone"]
            had = has
            said = fill(self.rate_hz // 100) if has["loudspeaker"] else silence
            path.play(from_pcm(said))
            echo = path.heard(tick)
            self.people.append(person)
            self.echo.append(echo)
            self.played.append(said)
            sound = person + echo + steady_noise(self.acoustics, STEP, tick * STEP)
            heard = to_pcm(sound) if has["microphone"] else bytes(2 * STEP)
            yield Tick(Frame(heard, HEARD_HZ, at), Frame(said, self.rate_hz, at), is_gap, notices)
            is_over = self.person.is_done and not any(said) and not self._is_busy()
            idle = idle + 0.01 if is_over else 0.0
            tick += 1

    def close(self) -> None:
        """See `ports.sound.SoundCard`."""
        self._is_closed = True

    # ------------------------------------------------------------ for whoever compares

    def people_between(self, start: float, end: float) -> Sound:
        """What the person uttered in that time."""
        return _between(self.people, start, end)

    def echo_between(self, start: float, end: float) -> Sound:
        """What came back of our voice in that time."""
        return _between(self.echo, start, end)


def _between(ticks: list[Sound], start: float, end: float) -> Sound:
    chosen = ticks[max(int(start * 100), 0) : max(int(end * 100), 0)]
    return np.concatenate(chosen) if chosen else np.zeros(0, dtype=np.float32)
