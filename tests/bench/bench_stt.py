"""Words wrong and time, by set of clips, for each recogniser of this device beside the bare library on the same sound.

Run as `python -m tests.bench.bench_stt [--most N] [--whisper DIRECTORY]`: N clips of each set (8), and any CTranslate2
Whisper in place of the tiny one of the tests, which knows only its own sentences and is not tried on people. The clips
are those of PRIVACY_ASSISTANT_TEST_DATA (or ../shared/data); `skills` are sentences of the grammar by our own voice.

"bare" is the library alone at its defaults, for Whisper with the options that the recogniser uses; of those two the
words have to be the same, and the time is compared clip by clip.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import numpy as np

from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.core.spoken_commands import ORDERS, as_written, rules
from privacy_assistant.core.word_graph import word_graph
from privacy_assistant.engines.hearable import at_heard_rate
from privacy_assistant.engines.silence import silence
from privacy_assistant.engines.sound_file import read_sound
from privacy_assistant.engines.stt_pocketsphinx import PocketsphinxTranscriber
from privacy_assistant.engines.stt_whisper import WhisperTranscriber
from privacy_assistant.skills.numbers import to_digits
from tests.engines.speech_of_our_own import VOICES, say

DATA = Path(os.environ.get("PRIVACY_ASSISTANT_TEST_DATA") or Path(__file__).parents[3] / "shared" / "data")
TINY = Path(__file__).parents[1] / "engines" / "data" / "tiny_whisper"
FOLDERS = ("librispeech", "common_voice_en", "noisy", "cmu_arctic", "pocketsphinx_cards", "spoken_numbers")
SKILLS = "skills"
OWN = (
    "What time is it?",
    "Set a timer for 10 minutes.",
    "Add milk and eggs to my shopping list.",
    "What is the capital of France?",
    "Tell me a joke.",
    "Repeat that.",
    "Yes.",
    "Stop.",
)
"""What the tiny Whisper knows."""

Hear = Callable[[Recording], str]


@dataclass(slots=True)
class Tally:
    """What an engine made of a set."""

    wrong: int = 0
    words: int = 0
    exact: int = 0
    texts: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    sound_s: float = 0.0

    def add(self, truth: str, found: str, took: float, sound: Recording) -> None:
        """One clip."""
        said, heard = plain(truth), plain(found)
        self.wrong += errors(said, heard)
        self.words += len(said)
        self.exact += said == heard
        self.texts.append(found)
        self.seconds.append(took)
        self.sound_s += sound.seconds


def plain(text: str) -> list[str]:
    """Words in lower case without marks, numbers in figures."""
    flat = text.lower().replace("’", "'").replace(".m.", "m").replace("%", " percent ").replace(" oh ", " 0 ")
    return re.findall(r"[\w']+", to_digits(" ".join(re.findall(r"[\w']+", flat))))


def errors(said: list[str], heard: list[str]) -> int:
    """Words wrong, missing or too many, at least."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(said, 1):
        before, row[0] = row[0], number
        for at, other in enumerate(heard, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (word != other))
    return row[-1]


def of_people(folder: str, most: int) -> Iterator[tuple[str, Recording]]:
    """Clips of a folder, spread over it."""
    lines = (DATA / "audio.jsonl").read_text("utf-8").splitlines() if DATA.is_dir() else []
    rows = [row for row in map(json.loads, lines) if row["file"].startswith(f"speech/{folder}/") and row.get("text")]
    for row in rows[:: max(1, len(rows) // most)][:most]:
        yield row["text"], at_heard_rate(read_sound(DATA / row["file"]))


def of_skills(most: int) -> Iterator[tuple[str, Recording]]:
    """Sentences of the grammar, by our voice in its manners."""
    random = Random(1)
    for number in range(most):
        order = ORDERS[number % len(ORDERS)]
        text = word_graph(rules(), f"<{order}>").sentence(random.randrange)
        yield as_written(text), say(text, random.choice(list(VOICES)), noise_db=35)


def bare_pocketsphinx() -> Hear:
    """The library as it comes."""
    import pocketsphinx  # type: ignore[import-untyped]  # it carries no types

    decoder = pocketsphinx.Decoder(loglevel="FATAL")

    def hear(sound: Recording) -> str:
        decoder.start_utt()
        decoder.process_raw(sound.pcm, False, True)
        decoder.end_utt()
        found = decoder.hyp()
        return str(found.hypstr) if found else ""

    return hear


def bare_whisper(directory: Path) -> Hear:
    """The library with the options that matter for the words, and no more."""
    silence()
    from faster_whisper import WhisperModel  # type: ignore[import-untyped]  # it carries no types

    model: Any = WhisperModel(str(directory), device="cpu", compute_type="int8", cpu_threads=1)

    def hear(sound: Recording) -> str:
        samples = np.frombuffer(sound.pcm, dtype="<i2").astype(np.float32) / 32768
        segments, _ = model.transcribe(
            samples,
            language="en",
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            no_speech_threshold=None,
            log_prob_threshold=None,
            compression_ratio_threshold=None,
        )
        return " ".join(segment.text.strip() for segment in segments)

    return hear


def run(title: str, clips: list[tuple[str, Recording]], ears: dict[str, Hear]) -> dict[str, Tally]:
    """Print a set's lines."""
    tallies = {name: Tally() for name in ears}
    for truth, sound in clips:
        for name, hear in ears.items():
            start = time.process_time()
            found = hear(sound)
            tallies[name].add(truth, found, time.process_time() - start, sound)
    for name, tally in tallies.items():
        pace = sum(tally.seconds) / max(tally.sound_s, 0.01)
        print(
            f"{title:20} {name:20} {len(clips):3} clips {tally.words:4} words  WER {tally.wrong / tally.words:5.3f}"
            f"  exact {tally.exact:3}  CPU {pace:5.2f} of real time",
            flush=True,
        )
    return tallies


def beside(ours: Tally, bare: Tally) -> None:
    """Print whether two engines say the same, and what ours adds."""
    same = sum(one == other for one, other in zip(ours.texts, bare.texts, strict=True))
    ratio = statistics.median(one / other for one, other in zip(ours.seconds, bare.seconds, strict=True))
    print(f"whisper beside bare: {same} of {len(ours.texts)} the same words, time ratio {ratio:.3f} (median)")


def main() -> int:
    """The tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=8)
    parser.add_argument("--whisper", type=Path, default=TINY)
    chosen = parser.parse_args()
    spare = PocketsphinxTranscriber()
    spare.warm()
    ears: dict[str, Hear] = {"pocketsphinx": lambda sound: spare.transcribe(sound).text, "bare": bare_pocketsphinx()}
    people = {folder: list(of_people(folder, chosen.most)) for folder in FOLDERS}
    for title, clips in {SKILLS: list(of_skills(3 * chosen.most)), **people}.items():
        if clips:
            run(title, clips, ears)
    ear = WhisperTranscriber(chosen.whisper, threads=1)
    ear.warm()
    whispers: dict[str, Hear] = {
        ear.name: lambda sound: ear.transcribe(sound, language="en").text,
        "bare": bare_whisper(chosen.whisper),
    }
    whispers["bare"](say(OWN[0]))
    own = [(text, say(text, voice)) for text in OWN for voice in ("plain", "slow", "quick")]
    tallies = run("own sentences", own, whispers)
    beside(tallies[ear.name], tallies["bare"])
    if chosen.whisper != TINY:
        for title, clips in people.items():
            if clips:
                tallies = run(title, clips, whispers)
                beside(tallies[ear.name], tallies["bare"])
    return 0


if __name__ == "__main__":
    assert HEARD_HZ == 16_000
    sys.exit(main())
