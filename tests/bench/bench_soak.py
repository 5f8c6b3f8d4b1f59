"""Half an hour of continuous listening: does the memory grow, and how much of a core does it take.

The loop that people run, over a sound file of a room: noise, and now and then somebody who says something. As fast as
it can, so half an hour takes a few minutes; `--minutes` for less. Nothing is kept (ephemeral).

    python -m tests.bench.bench_soak [--minutes 30]
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from array import array
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil

from privacy_assistant.app.house import House
from privacy_assistant.app.opening import Opening
from privacy_assistant.app.voice_loop import VoiceOpening, open_voice
from privacy_assistant.core.activation import Activation
from privacy_assistant.core.sound import HEARD_HZ, Frame, Tick
from privacy_assistant.engines.sound_file import resampled
from privacy_assistant.engines.tts_piper import PiperSpeaker
from privacy_assistant.engines.voices import SHIPPED

SENTENCES = ("What time is it?", "Set a timer for two minutes.", "What is 12 times 12?", "Cancel the timer.", "Stop.")
EVERY_S = 60
"""Somebody says something once a minute, and is silent else."""


class Room:
    """A sound card that hears noise for so many minutes, with a sentence at the beginning of each."""

    def __init__(self, minutes: int, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._minutes = minutes
        draw = random.Random(1)
        self._noise = array("h", [draw.randint(-40, 40) for _ in range(10 * HEARD_HZ)]).tobytes()
        speaker = PiperSpeaker(SHIPPED)
        self._said = []
        for text in SENTENCES:
            frames = list(speaker.speak(text))
            self._said.append(resampled_pcm(b"".join(frame.pcm for frame in frames), speaker.rate_hz))
        self.marks: list[tuple[float, int, float]] = []

    def ticks(self, fill: object) -> Iterator[Tick]:
        """10 ms at a time; marks memory and processor time at each minute."""
        assert callable(fill)
        step = 2 * HEARD_HZ // 100
        process = psutil.Process(os.getpid())
        for number in range(self._minutes * 60 * 100):
            second, minute = number / 100 % EVERY_S, number // (100 * EVERY_S)
            if number % (100 * EVERY_S) == 0:
                self.marks.append((number / 100, process.memory_info().rss, time.process_time()))
            said = self._said[minute % len(self._said)]
            at = int(second * 100) * step
            heard = said[at : at + step] or self._noise[at % len(self._noise) :][:step]
            played = fill(self.rate_hz // 100)
            yield Tick(
                Frame(heard.ljust(step, b"\0"), HEARD_HZ, number / 100), Frame(played, self.rate_hz, number / 100)
            )
        self.marks.append((self._minutes * 60.0, process.memory_info().rss, time.process_time()))

    def close(self) -> None:
        """Nothing is open."""


def resampled_pcm(pcm: bytes, rate_hz: int) -> bytes:
    """The same sound at the rate that is heard."""
    from privacy_assistant.core.sound import Recording

    return resampled(Recording(pcm, rate_hz), HEARD_HZ).pcm


def main() -> None:
    """Print memory by the minute and the processor's share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=30)
    minutes = parser.parse_args().minutes
    opening = VoiceOpening(Activation.CONTINUOUS, is_live=False)
    with (
        tempfile.TemporaryDirectory() as home,
        House(Opening(home=Path(home), is_ephemeral=True)) as house,
        open_voice(house, opening) as voice,
    ):
        room = Room(minutes, voice.rate_hz)
        before = time.perf_counter()
        counts = Counter(type(event).__name__ for event in voice.loop.run(room))
        took = time.perf_counter() - before
    settled = room.marks[min(3, len(room.marks) - 1)]
    last = room.marks[-1]
    print(f"{minutes} min of sound in {took:.0f} s; events: {dict(counts)}")
    for at, rss, _ in room.marks[:: max(1, minutes // 6)]:
        print(f"  {at / 60:5.0f} min  {rss / 1e6:7.1f} MB")
    print(f"growth after the first 3 min: {(last[1] - settled[1]) / 1e6:+.1f} MB")
    print(f"processor: {100 * (last[2] - room.marks[0][2]) / (minutes * 60):.1f} % of a core, answers included")


if __name__ == "__main__":
    main()
