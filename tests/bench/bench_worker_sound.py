"""A recogniser and a voice in processes of their own against the same ones in this process, side by side.

    python -m tests.bench.bench_worker_sound [--rounds N] [--voice VOICE.onnx] [--whisper DIRECTORY] [--threads N]

Warm, and taking turns within one run, so that whatever else the machine does hits both: two seconds of speech to text
by the tiny Whisper of the tests, the first frame and all frames of a sentence by the voice of the package. Medians over
the rounds, and what the quickest of each took against one another; the first round is not counted. Between two
measurements there is a pause, because the threads of a recogniser wait for more work by turning round.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.engines.cores import physical_cores
from privacy_assistant.engines.stt_whisper import WhisperTranscriber
from privacy_assistant.engines.tts_piper import PiperSpeaker
from privacy_assistant.engines.voices import SHIPPED
from privacy_assistant.engines.worker.hearing import WorkerTranscriber
from privacy_assistant.engines.worker.speech import WorkerSpeaker
from tests.engines.speech_of_our_own import say

TINY = Path(__file__).parents[1] / "engines" / "data" / "tiny_whisper"
SENTENCE = "The kettle is on the stove, and the water is nearly warm enough for the tea."
SECONDS = 2

PAUSE_S = 0.3

Question = Callable[[], object]


def compare(here: Question, worker: Question, rounds: int) -> str:
    """Medians of both in milliseconds, what the worker adds, their ratio, and that of the quickest."""
    times: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds + 1):
        for which in (0, 1) if number % 2 else (1, 0):
            time.sleep(PAUSE_S)
            begin = time.perf_counter()
            (here, worker)[which]()
            if number:
                times[which].append((time.perf_counter() - begin) * 1000)
    first, second = map(statistics.median, times)
    quickest = min(times[1]) / min(times[0])
    return f"{first:>9.2f} ms {second:>9.2f} ms   {second - first:+.2f} ms   {second / first:.3f}x   {quickest:.3f}x"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="hearing and speaking in a process of its own and in this one")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument("--voice", type=Path, default=SHIPPED)
    parser.add_argument("--whisper", type=Path, default=TINY)
    parser.add_argument("--threads", type=int, default=physical_cores(), help="of the recogniser")
    chosen = parser.parse_args()
    ears = [kind(chosen.whisper, threads=chosen.threads) for kind in (WhisperTranscriber, WorkerTranscriber)]
    voices = [kind(chosen.voice) for kind in (PiperSpeaker, WorkerSpeaker)]
    sound = Recording((say("what time is it").pcm * 3)[: 2 * SECONDS * HEARD_HZ], HEARD_HZ)
    for one in (*ears, *voices):
        one.warm()
    print(f"{platform.machine()}, {physical_cores()} cores, {chosen.rounds} rounds, load {os.getloadavg()[0]:.1f}")
    print(f"{'':<26} {'here':>9}    {'worker':>9}")
    hear, first, whole = (
        [lambda ear=ear: ear.transcribe(sound, language="en") for ear in ears],
        [lambda voice=voice: next(iter(voice.speak(SENTENCE))) for voice in voices],
        [lambda voice=voice: list(voice.speak(SENTENCE)) for voice in voices],
    )
    for name, (here, worker) in (("2 s of speech to text", hear), ("first frame", first), ("whole sentence", whole)):
        print(f"{name:<26} {compare(here, worker, chosen.rounds)}")
    for one in (*ears, *voices):
        one.close()


if __name__ == "__main__":
    main()
