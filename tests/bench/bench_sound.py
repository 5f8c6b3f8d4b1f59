"""What the sound card costs while nobody speaks, and whether it grows: `python -m tests.bench.bench_sound`.

A PulseAudio daemon of its own with one null sink; the card plays silence there and hears its monitor. Prints CPU time
of this process per second of sound, how much memory it grew by, gaps, underruns and overruns. Also the
converter alone, per second of sound. Bounds: below 6 % of a core, and no more than 2 MiB of growth in five minutes.
"""

from __future__ import annotations

import argparse
import gc
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from privacy_assistant.engines.sound import LiveCard
from privacy_assistant.engines.sound.converter import Converter
from tests.sound_server import SoundServer

MOST_SHARE = 0.06
MOST_GROWTH_MIB = 2.0
_SETTLING_S = 10
"""What is not counted: PortAudio loads, the sound server finds its pace."""


@dataclass(frozen=True)
class Measured:
    """Of one run."""

    seconds: float
    share: float
    growth_mib: float
    gaps: int
    underruns: int
    overruns: int
    ticks: int


def run(seconds: int) -> Measured:
    """The card for so long, doing nothing."""
    process = psutil.Process()
    card = LiveCard("Monitor of Kitchen", "Kitchen")
    number = gaps = 0
    begin = cpu = memory = 0.0
    for tick in card.ticks(lambda samples: bytes(2 * samples)):
        number += 1
        if number == _SETTLING_S * 100:
            gc.collect()
            begin, cpu, memory = time.monotonic(), time.process_time(), process.memory_info().rss
            under, over = card.underruns, card.overruns
        elif number > _SETTLING_S * 100:
            gaps += tick.is_gap
        if number == (_SETTLING_S + seconds) * 100:
            card.close()
    passed, used = time.monotonic() - begin, time.process_time() - cpu
    gc.collect()
    grown = (process.memory_info().rss - memory) / 2**20
    return Measured(
        passed,
        used / passed,
        grown,
        gaps,
        card.underruns - under,
        card.overruns - over,
        number - _SETTLING_S * 100,
    )


def converter_ms(from_hz: int, to_hz: int) -> float:
    """CPU time for a second of sound in pieces of 10 ms."""
    converter = Converter(from_hz, to_hz)
    piece = os.urandom(2 * from_hz // 100)
    begin = time.process_time()
    for _ in range(1000):
        converter.feed(piece)
    return (time.process_time() - begin) * 100


def main() -> None:
    """Measure and print; exit 1 where a bound is passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=300)
    seconds: int = parser.parse_args().seconds
    for rates in ((44_100, 16_000), (48_000, 16_000), (48_000, 44_100)):
        print(f"converter {rates[0]} → {rates[1]} Hz: {converter_ms(*rates):.1f} ms of CPU per second of sound")
    with tempfile.TemporaryDirectory(prefix="snd-") as place:
        server = SoundServer(Path(place))
        os.environ.update(server.environment)
        server.start()
        try:
            server.plug_in("kitchen", "Kitchen")
            found = run(seconds)
        finally:
            server.stop()
    print(
        f"card: {found.ticks} ticks in {found.seconds:.1f} s, {found.share:.1%} of a core, "
        f"{found.growth_mib:+.1f} MiB, {found.gaps} gaps, {found.underruns} underruns, {found.overruns} overruns"
    )
    if found.share > MOST_SHARE or found.growth_mib > MOST_GROWTH_MIB:
        raise SystemExit("beyond the bounds")


if __name__ == "__main__":
    main()
