"""Who stops our voice: `python -m tests.bench.bench_barge_in [--quick] [--data] [--echo DB]`.

In the simulated room, with the real echo canceller and voice detector, our voice reads aloud without an end. Over a
grid of delay, level of the echo relative to a person's speech, and noise, it prints: how often our own voice lowered
or stopped itself in so many minutes (self-talk), how many interruptions stopped it, after how long (from their first
sound), and how often a cough, a hum and a "yeah, right" did. An interruption counts as caught when the voice stopped
before 0.7 s after its end. `--data` lets recorded people interrupt, too.

Two ladders: by sound alone, and with words of a recogniser that hears everything (`tests.voice.overhearing`), which is
asked each half second of speech and once after it.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

import numpy as np

from privacy_assistant.core.barge_in import DUCKED_TO, BargeIn, Step
from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.engines.aec_double import DoubleCanceller
from privacy_assistant.engines.aec_webrtc import WebRtcCanceller
from privacy_assistant.engines.vad_silero import SileroDetector
from tests.voice.acoustics import VOICE_DBFS, Acoustics, Sound, to_level, to_pcm
from tests.voice.overhearing import Overhearing
from tests.voice.person import Person, Said, Script
from tests.voice.room import RoomCard
from tests.voice.voices import spoken

OURS = (
    "Lighthouses were first built on cliffs, and keepers lived in them for months, with books and a stove.",
    "Later the lamps were turned by clockwork, and later still by electric motors.",
    "Most of them have no keeper any more, but their light can be seen from twenty miles away.",
    "A light is known by its colour and by the seconds between two flashes, so that sailors can tell where they are.",
)
INTERRUPTIONS = (
    ("wait, what about the keepers?", "low"),
    ("no, I wanted to know about the weather", "high"),
    ("can you say that again, please?", "low"),
    ("stop talking now", "high"),
    ("actually, set a timer for ten minutes", "low"),
    ("how many of them are there in France?", "high"),
)
RECORDED = (
    ("speech/common_voice_en/common_voice_en_678304", "leave now and you will arrive on time"),
    ("speech/common_voice_en/common_voice_en_18349094", "my watch is broken"),
    ("speech/common_voice_en/common_voice_en_20315440", "the reign length is unknown"),
)
LISTENING: Script = (
    {"waits": 3.0},
    {"makes": "cough"},
    {"waits": 3.0},
    {"makes": "hum"},
    {"waits": 3.0},
    {"says": "yeah, right"},
    {"waits": 3.0},
)
DELAYS = (0.02, 0.1, 0.2, 0.35)
ECHOES = (-6.0, 0.0, 6.0, 12.0)
NOISES = (-62.0, -45.0)
LATEST_S = 0.7


@dataclass(slots=True)
class Run:
    """What came of one script in one room."""

    seconds: float = 0.0
    ducks: int = 0
    stops: list[float] = field(default_factory=list)
    said: Sequence[Said] = ()


class Reader:
    """Our voice, which reads on and on: lowered, stopped and begun anew."""

    def __init__(self) -> None:
        pause = np.zeros(HEARD_HZ // 4, dtype=np.float32)
        parts = [part for text in OURS for part in (to_level(spoken(text, "ours"), VOICE_DBFS), pause)]
        self._sound: Sound = np.concatenate(parts)
        self._texts = [(text, len(spoken(text, "ours")) + len(pause)) for text in OURS]
        self._at = 0
        self.gain = 1.0
        self.is_silent = False

    def fill(self, samples: int) -> bytes:
        """The next of it."""
        if self.is_silent:
            return bytes(2 * samples)
        places = (np.arange(samples) + self._at) % len(self._sound)
        self._at += samples
        return to_pcm(self._sound[places] * np.float32(self.gain))

    @property
    def said(self) -> str:
        """About the last ten seconds of it, in words."""
        at, words = self._at % len(self._sound), ""
        for text, length in self._texts:
            words += f" {text}"
            if at < length:
                break
            at -= length
        return words[-250:]


def run(script: Script, acoustics: Acoustics, *, has_words: bool) -> Run:
    """Let a person do that while our voice reads."""
    reader, ladder = Reader(), BargeIn(has_words=has_words)
    person = Person(script)
    room = RoomCard(person, acoustics)
    ear = Overhearing(room, lambda: reader.said)
    canceller, detector = DoubleCanceller(WebRtcCanceller()), SileroDetector()
    found = Run()
    heard = bytearray()
    speech_since: float | None = None
    last_speech = asked_at = stopped_at = -10.0
    for tick in room.ticks(reader.fill):
        at = tick.heard.at + tick.heard.seconds
        frame = canceller.clean(tick)
        heard += frame.pcm
        probability = detector.probability(frame)
        if reader.is_silent and at - stopped_at > 1.0 and at - last_speech > 1.0:
            reader.is_silent, reader.gain = False, 1.0
            ladder.reset()
        if probability is None:
            if room.person.is_done:
                room.close()
            continue
        steps = [ladder.feed(at, 0.032, probability, is_playing=not reader.is_silent)]
        if probability >= 0.5:
            speech_since = at if speech_since is None else speech_since
            last_speech = at
        is_over = speech_since is not None and at - last_speech > 0.2
        if has_words and speech_since is not None and (is_over or at - max(asked_at, speech_since) >= 0.5):
            asked_at = at
            start = 2 * int(max(speech_since - 0.5, 0) * HEARD_HZ)
            text = ear.transcribe(Recording(bytes(heard[start:]), HEARD_HZ)).text
            steps.append(ladder.words(at, text, reader.said))
        if is_over:
            speech_since = None
        for step in steps:
            if step is Step.DUCK:
                reader.gain = DUCKED_TO
                found.ducks += 1
            elif step is Step.RESUME:
                reader.gain = 1.0
            elif step is Step.STOP:
                reader.is_silent = True
                stopped_at = at
                found.stops.append(at)
        if room.person.is_done:
            room.close()
    found.seconds, found.said = room.now, person.said
    return found


def caught(found: Run) -> tuple[int, list[float]]:
    """How many of the interruptions stopped the voice, and after how long."""
    waits = []
    for said in found.said:
        times = [at - said.start for at in found.stops if said.start < at < said.end + LATEST_S]
        waits += times[:1]
    return len(waits), waits


def interruptions(*, with_recorded: bool, quick: bool) -> Script:
    """Everybody who interrupts, one after the other."""
    steps: list[dict[str, object]] = [{"waits": 3.0}]
    for text, voice in INTERRUPTIONS[: 3 if quick else None]:
        steps += [{"says": text, "voice": voice}, {"waits": 4.3}]
    for file, text in RECORDED if with_recorded else ():
        steps += [{"plays": f"{file}.flac", "which says": text}, {"waits": 4.3}]
    return steps


def grid(*, quick: bool, echoes: Sequence[float]) -> Iterator[Acoustics]:
    """The rooms with these echoes."""
    delays, noises = (DELAYS[::3], NOISES[:1]) if quick else (DELAYS, NOISES)
    for noise, echo, delay in product(noises, echoes, delays):
        yield Acoustics(delay_s=delay, echo_db=echo, noise_dbfs=noise, reverb_s=0.3)


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="the corners of the grid, and half of the people")
    arguments.add_argument("--data", action="store_true", help="recorded people of the public data, too")
    arguments.add_argument("--echo", type=float, action="append", help="dB above a person's speech; may be repeated")
    chosen = arguments.parse_args()
    echoes = tuple(chosen.echo or (ECHOES[::3] if chosen.quick else ECHOES))
    script = interruptions(with_recorded=chosen.data, quick=chosen.quick)
    print("noise  echo  delay |        by sound alone              |          with words")
    print("dBFS    dB     ms  | self-talk  caught  median  listen. | self-talk  caught  median  listen.")
    sums: dict[bool, list[float]] = {False: [0.0] * 6, True: [0.0] * 6}
    waits: dict[bool, list[float]] = {False: [], True: []}
    for acoustics in grid(quick=chosen.quick, echoes=echoes):
        cells = []
        for has_words in (False, True):
            alone = run([{"waits": 30.0}], acoustics, has_words=has_words)
            spoken_over = run(script, acoustics, has_words=has_words)
            listened = run(LISTENING, acoustics, has_words=has_words)
            hits, took = caught(spoken_over)
            waits[has_words] += took
            for place, value in enumerate(
                (len(alone.stops), alone.ducks, alone.seconds, hits, len(spoken_over.said), len(listened.stops))
            ):
                sums[has_words][place] += value
            median = f"{statistics.median(took):5.2f} s" if took else "      -"
            of = len(spoken_over.said)
            cells.append(f"{len(alone.stops):3} ({alone.ducks:2})  {hits:3}/{of:2}  {median}   {len(listened.stops)}/3")
        print(
            f"{acoustics.noise_dbfs:4.0f}  {acoustics.echo_db:4.0f}  {1000 * acoustics.delay_s:5.0f}  |  "
            + "   |  ".join(cells),
            flush=True,
        )
    for is_listened, name in ((False, "by sound alone"), (True, "with words")):
        stops, ducks, seconds, hit, said, listening = sums[is_listened]
        print(
            f"{name}: {stops:.0f} stops and {ducks:.0f} times lowered by our own voice in {seconds / 60:.0f} minutes; "
            f"{hit:.0f} of {said:.0f} interruptions caught ({hit / max(said, 1):.1%}), "
            f"median {statistics.median(waits[is_listened]) if waits[is_listened] else float('nan'):.2f} s; "
            f"stopped by {listening:.0f} sounds of listening"
        )


if __name__ == "__main__":
    main()
