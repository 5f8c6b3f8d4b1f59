"""How soon the voice speaks, beside bare Piper: `python -m tests.bench.bench_tts [VOICE.onnx]`.

Both speak the same sentences in turn in one process, so that a busy machine slows both. Printed: the time to the first
sound and the real-time factor of each with the ratio of their medians, how much of an answer has to be written before
its first piece can be spoken, and, in fresh processes, load and first sound.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from privacy_assistant.core.sentences import SentenceCutter
from privacy_assistant.engines.silence import silence
from privacy_assistant.engines.tts_piper import PiperSpeaker
from privacy_assistant.engines.voices import find_voice

ROUNDS = 40
SENTENCES = (
    "The kettle is on.",
    "The timer for the pasta is done, and nobody has called.",
    "It takes about twenty minutes to walk there, and the last train leaves at a quarter past eleven.",
)
ANSWERS = (
    "The capital of France is Paris. It has about two million people.",
    "Yes, you can. Open the settings and choose the voice that you like.",
    "There are twelve months in a year, and seven of them have thirty-one days.",
    "I do not know what you mean by that, but I can look for it in your notes.",
    "Sure! Here are three things that you can cook with rice and beans.",
    "Water boils at 100 °C at sea level; on a mountain it boils earlier.",
)
COLD_PROGRAM = """
import sys
from pathlib import Path
from time import perf_counter
begun = perf_counter()
from privacy_assistant.engines.tts_piper import PiperSpeaker
speaker = PiperSpeaker(Path(sys.argv[1]))
next(iter(speaker.speak("Hello.")))
print(perf_counter() - begun)
"""


def ours(path: Path) -> Callable[[str], tuple[float, float, float]]:
    """Seconds to the first sound, to all of it, and of sound."""
    speaker = PiperSpeaker(path)
    speaker.warm()

    def speak(text: str) -> tuple[float, float, float]:
        begun = perf_counter()
        first = 0.0
        sound = 0.0
        for frame in speaker.speak(text):
            first = first or perf_counter() - begun
            sound += frame.seconds
        return first, perf_counter() - begun, sound

    return speak


def bare(path: Path) -> Callable[[str], tuple[float, float, float]]:
    """The same of Piper as its documentation has it."""
    silence()
    from piper import PiperVoice

    voice = PiperVoice.load(path)
    list(voice.synthesize("1, 2."))

    def speak(text: str) -> tuple[float, float, float]:
        begun = perf_counter()
        first = 0.0
        sound = 0.0
        for chunk in voice.synthesize(text):
            size = len(chunk.audio_int16_bytes)
            first = first or perf_counter() - begun
            sound += size / 2 / chunk.sample_rate
        return first, perf_counter() - begun, sound

    return speak


def warm(path: Path) -> None:
    """Every sentence by both in turn, whoever began last time coming second."""
    print(f"{path.stem}, warm, median of {ROUNDS}: first sound in ms, real-time factor")
    both = {"bare piper": bare(path), "this": ours(path)}
    for text in SENTENCES:
        times: dict[str, list[tuple[float, float, float]]] = {name: [] for name in both}
        for turn in range(ROUNDS):
            for name in sorted(both, reverse=bool(turn % 2)):
                times[name].append(both[name](text))
        firsts = {name: statistics.median(row[0] for row in rows) for name, rows in times.items()}
        factors = {name: statistics.median(row[1] / row[2] for row in rows) for name, rows in times.items()}
        for name in both:
            print(f"  {name:<12}{firsts[name] * 1000:8.2f} {factors[name]:9.5f}   {len(text)} characters")
        print(f"  {'ratio':<12}{firsts['this'] / firsts['bare piper']:8.3f}")


def first_pieces() -> None:
    """What of an answer is written, letter by letter, until something can be spoken, and what that is."""
    print("\nwritten until the first piece (characters), how long that piece sounds, beside the first sentence")
    speaker = PiperSpeaker(find_voice(""))
    for answer in ANSWERS:
        cutter = SentenceCutter()
        piece = None
        written = 0
        for written in range(1, len(answer) + 1):
            if found := cutter.feed(answer[written - 1]):
                piece = found[0]
                break
        piece = piece or cutter.finish()[0]
        sentence = min((answer.find(stop) + 2 for stop in ".!?;" if stop in answer), default=len(answer))
        seconds = sum(frame.seconds for frame in speaker.speak(piece.text))
        print(f"  {written:3} of {sentence:3}  {seconds:5.2f} s  {piece.text}")


def cold(path: Path) -> None:
    """From the import to the first sound, in fresh processes."""
    program = [sys.executable, "-c", COLD_PROGRAM, str(path)]
    runs = [float(subprocess.run(program, capture_output=True, text=True, check=True).stdout) for _ in range(5)]
    print(f"\ncold, import to first sound: {statistics.median(runs) * 1000:.0f} ms (median of 5)")


if __name__ == "__main__":
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}\n")
    voice = find_voice(sys.argv[1] if len(sys.argv) > 1 else "")
    warm(voice)
    first_pieces()
    cold(voice)
