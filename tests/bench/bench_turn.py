"""How often somebody who pauses is cut off, how long somebody who is done waits: `python -m tests.bench.bench_turn`.

On speech/turn_pauses of the test data (`../shared/data` or PRIVACY_ASSISTANT_TEST_DATA): 15 whole turns, and the same
with 30 pauses of 0.6 to 1.5 s put in between two words. On the sample clock, plus what each decision costs a core.
`--smart FILE` adds Smart Turn (else it is looked for in an installed pipecat-ai); `--words` adds what pocketsphinx
understands while they speak, which takes a few minutes; `--json` prints everything each detector said.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from pocketsphinx import Decoder  # type: ignore[import-untyped]  # it carries no types

from privacy_assistant.core.completeness import completeness, fused
from privacy_assistant.core.patience import KNOTS, Patience
from privacy_assistant.core.sound import HEARD_HZ
from privacy_assistant.engines.turn_small import SmallTurn
from privacy_assistant.engines.turn_smart import SmartTurn, find_smart_turn
from privacy_assistant.errors import EngineMissing
from privacy_assistant.ports.sound import TurnDetector
from tests.bench.turn_clips import (
    Clip,
    Judge,
    Windows,
    curve,
    fixed,
    is_short,
    mapped,
    play,
    timed,
    turn_pauses,
    until,
)

FIXED = (0.5, 0.65, 0.8, 1.0, 1.25, 1.5)
FACTORS = (0.5, 0.75, 1.0, 1.25, 1.5)
Words = Callable[[Clip, float], str | None]


def data_folder() -> Path:
    """Where the test data lie."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    return Path(os.environ.get("PRIVACY_ASSISTANT_TEST_DATA", beside))


def transcript(clip: Clip, at: float) -> str | None:
    """What a recogniser without faults would have understood until then; None at a pause that nobody labelled."""
    words = clip.text.split()
    if at > clip.turn_end - 0.1:
        return clip.text
    if clip.pause_at is None or not clip.pause_at - 0.3 < at < clip.pause_at + clip.pause_s + 0.3:
        return None
    places = [number for number, word in enumerate(words) if word == clip.word_before]
    share = clip.pause_at / (clip.turn_end - clip.pause_s)
    last = min(places, key=lambda number: abs((number + 1) / len(words) - share), default=len(words) // 2)
    return " ".join(words[: last + 1])


class Streaming:
    """pocketsphinx, fed while they speak; so at a pause it is asked for what it has understood so far and no more."""

    def __init__(self) -> None:
        self._decoder = Decoder(samprate=HEARD_HZ, loglevel="FATAL")
        self._name = ""
        self._fed = 0
        self._known: dict[tuple[str, int], str] = {}

    def __call__(self, clip: Clip, at: float) -> str | None:
        """The words until then."""
        stop = round(at * HEARD_HZ)
        key = (clip.name, stop)
        if key not in self._known:
            if clip.name != self._name or stop < self._fed:
                if self._name:
                    self._decoder.end_utt()
                self._decoder.start_utt()
                self._name, self._fed = clip.name, 0
            for start in range(self._fed, stop, 1600):
                self._decoder.process_raw(clip.samples[start : min(start + 1600, stop)].tobytes())
            self._fed = stop
            found = self._decoder.hyp()
            self._known[key] = re.sub(r"<\w+>|\(\d+\)|\[\w+\]", "", found.hypstr if found else "").strip()
        return self._known[key]


def detector(voice: TurnDetector | None, words: Words | None = None) -> Judge:
    """A judge of a voice, of words, or of both; words are decoded while they are spoken."""

    def decide(clip: Clip, at: float) -> tuple[float, bool]:
        audio = None if voice is None else voice.probability(until(clip, at))
        said = words(clip, at) if words is not None else None
        text = completeness(said) if said else None
        return fused(audio, text.p if text else None), text.is_long if text else False

    return timed(decide)


def prime(clips: Sequence[Clip], windows: Windows, judge: Judge, words: Words | None) -> None:
    """Ask about every pause once, in order, as somebody would who never takes a turn for over."""
    for clip in clips:
        if words is not None:
            play(clip, windows.of(clip), timed(lambda clip, at: (float(bool(words(clip, at))), False)), _endless())
        play(clip, windows.of(clip), judge, _endless())


def _endless() -> Patience:
    return Patience(((0.0, 2.5), (1.0, 2.5)), unjudged=2.5)


def main(arguments: Sequence[str]) -> int:
    """Prints the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_turn", description=__doc__)
    parser.add_argument("--smart", default="", help="the file of Smart Turn")
    parser.add_argument("--words", action="store_true", help="with what pocketsphinx understands")
    parser.add_argument("--json", type=Path, help="what each detector said at each pause")
    given = parser.parse_args(arguments)
    clips = [clip for clip in turn_pauses(data_folder()) if is_short(clip)]
    windows = Windows()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; {len(clips)} clips\n")
    print("## Silence alone\n")
    for line in curve(clips, windows, None, {f"{seconds} s": fixed(seconds) for seconds in FIXED}):
        print(line)
    small = SmallTurn()
    small.probability(until(clips[0], 2.0))
    judges: dict[str, tuple[Judge, Words | None]] = {
        "the voice, by the network of the package": (detector(small), None)
    }
    streaming = Streaming() if given.words else None
    if streaming is not None:
        judges["the words alone, by pocketsphinx"] = (detector(None, streaming), streaming)
        judges["voice and words by pocketsphinx"] = (detector(small, streaming), streaming)
    judges["voice, and words as a recogniser without faults would have them"] = (
        detector(small, transcript),
        transcript,
    )
    try:
        smart = SmartTurn(find_smart_turn(given.smart), is_alone=True)
        both = SmartTurn(find_smart_turn(given.smart))
    except EngineMissing as error:
        print(f"\nwithout Smart Turn: {error.message}")
    else:
        smart.probability(until(clips[0], 2.0))
        judges["Smart Turn"] = (detector(smart), None)
        judges["Smart Turn and the network of the package"] = (detector(both), None)
        if streaming is not None:
            judges["Smart Turn, words by pocketsphinx"] = (detector(smart, streaming), streaming)
            judges["both and words by pocketsphinx"] = (detector(both, streaming), streaming)
        judges["Smart Turn, words without faults"] = (detector(smart, transcript), transcript)
        judges["both and words without faults"] = (detector(both, transcript), transcript)
    for name, (judge, words) in judges.items():
        prime(clips, windows, judge, words)
        print(f"\n## {name[0].upper()}{name[1:]}\n")
        for line in curve(clips, windows, judge, {f"waits x {factor}": mapped(factor) for factor in FACTORS}):
            print(line)
        costs = _costs(clips, windows, judge)
        print(f"\na decision: {np.median(costs) * 1e3:.0f} ms of a core, p95 {np.percentile(costs, 95) * 1e3:.0f} ms")
    if given.json:
        given.json.write_text(
            json.dumps({name: _said(clips, windows, judge) for name, (judge, _) in judges.items()}), "utf-8"
        )
    print(f"\nwaits: {', '.join(f'{complete} -> {seconds} s' for complete, seconds in KNOTS)}")
    return 0


def _costs(clips: Sequence[Clip], windows: Windows, judge: Judge) -> list[float]:
    return [row[2] for row in _said(clips, windows, judge)]


def _said(clips: Sequence[Clip], windows: Windows, judge: Judge) -> list[tuple[str, float, float, float]]:
    """(clip, seconds, cost, how complete) of every pause."""
    found: list[tuple[str, float, float, float]] = []
    for clip in clips:

        def keep(clip: Clip, at: float) -> tuple[float, bool]:
            judgement = judge(clip, at)
            found.append((clip.name, at, judgement.seconds, judgement.complete))
            return judgement.complete, judgement.is_long

        play(clip, windows.of(clip), timed(keep), _endless())
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
