"""From the end of speech to the first sound, set beside other machines' figures: `python -m tests.bench.bench_voice`.

As delivered first, then once more for each `--home DIR` with the models and the settings of that home. Everything in
real time and one after the other; a busy machine shows. What PortAudio tells of the devices of this machine comes on
top of it, and is asked where there are any.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from privacy_assistant.app.benches.speed import quantile
from privacy_assistant.app.benches.voice import Report, lines, measure
from privacy_assistant.app.paths import paths_for
from privacy_assistant.engines.sound import LiveCard
from privacy_assistant.errors import AssistantError

OTHERS = (
    ("LiveKit, all of it local, two GPUs; wait not counted", "about 520"),
    ("eliza; 700 of it a fixed silence", "770-870"),
    ("guides for CPUs", "800-1500"),
    ("Jetson Orin Nano", "3960"),
)
"""Milliseconds, as their makers tell them."""


def compared(report: Report) -> Iterator[str]:
    """Our median beside the others'."""
    answered = report.of("skill", "model")
    yield ""
    yield "| end of speech to first sound | ms |"
    yield "|---|---|"
    if answered:
        totals = [one.total_ms for one in answered]
        yield f"| here, p50 and p95, wait counted | {quantile(totals, 0.5):.0f}, {quantile(totals, 0.95):.0f} |"
    for name, figure in OTHERS:
        yield f"| {name} | {figure} |"


def devices() -> str:
    """What PortAudio tells of a microphone and a loudspeaker that it has opened."""
    card = LiveCard()
    try:
        for tick in card.ticks(lambda samples: bytes(2 * samples)):
            if tick.heard.at > 0.5:
                card.close()
    except AssistantError as error:
        return f"devices: {error.message}"
    hears, speaks = card.latency_s
    return f"devices: microphone {1000 * hears:.0f} ms, loudspeaker {1000 * speaks:.0f} ms, as PortAudio tells"


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--home", type=Path, action="append", default=[])
    arguments = parser.parse_args()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} before")
    for home in (None, *arguments.home):
        report = measure(arguments.rounds, installed=None if home is None else paths_for(home))
        print(f"\n## {'as delivered' if home is None else 'with the models of a home'}\n")
        print("\n".join([*lines(report), *compared(report)]))
    print(f"\n{devices()}")


if __name__ == "__main__":
    main()
