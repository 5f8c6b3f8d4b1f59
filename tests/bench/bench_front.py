"""Figures of what stands before the recogniser: echo, voice detection, wake words and key phrases, and what it costs.

Run as `python -m tests.bench.bench_front [part ...]`; the parts are cost, detector, echo, over, wake, alarms, stop
and cleaning, all of them without a name (a quarter of an hour). The sound is that of PRIVACY_ASSISTANT_TEST_DATA (or
../shared/data); the room is simulated (`tests.voice.acoustics`), the voice that plays is the one in the package.
"""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from privacy_assistant.core.sound import HEARD_HZ, Frame, Tick
from privacy_assistant.engines.aec_webrtc import PassThrough, WebRtcCanceller
from privacy_assistant.engines.spotter_pocketsphinx import KeyphraseSpotter
from privacy_assistant.engines.vad_silero import WINDOW, SileroDetector
from privacy_assistant.engines.wake import SeveralEars
from privacy_assistant.engines.wake_micro import BUILT_IN, MicroWakeWords
from privacy_assistant.ports.sound import WakeWord
from tests.bench.front_sounds import (
    answer,
    clip,
    frames,
    hits,
    less_db,
    padded,
    probabilities,
    recognised,
    rows,
    through,
    word_errors,
)
from tests.voice.acoustics import SPEECH_DBFS, STEP, Acoustics, steady_noise, to_level, to_pcm
from tests.voice.voices import spoken

# ---------------------------------------------------------------- the parts


def detector() -> None:
    """Milliseconds of a window, beside the code of faster-whisper, which is given the whole clip at once."""
    from faster_whisper.vad import get_vad_model  # type: ignore[import-untyped]  # it carries no types

    sound = clip("speech/librispeech/4088-158077-0001.flac")
    sound = sound[: len(sound) // WINDOW * WINDOW]
    ours, theirs = SileroDetector(), get_vad_model()
    listened = list(frames(sound))
    fastest = {"ours": 9.0, "theirs": 9.0}
    for _ in range(5):
        start = time.process_time()
        found = [one for frame in listened if (one := ours.probability(frame)) is not None]
        fastest["ours"] = min(fastest["ours"], time.process_time() - start)
        ours.reset()
        start = time.process_time()
        other = theirs(np.round(sound * 32768).astype(np.float32) / 32768).reshape(-1)
        fastest["theirs"] = min(fastest["theirs"], time.process_time() - start)
    size = min(len(found), len(other)) - 1
    apart = float(np.abs(np.array(found[:size]) - other[:size]).max())
    print(f"detector: {len(other)} windows of 32 ms, probabilities at most {apart:.6f} apart")
    for name, seconds in fastest.items():
        print(f"  {name}: {seconds / len(other) * 1000:.3f} ms of one core a window")


def cleaning() -> None:
    """What the switches of WebRTC's audio processing do to the detector and to pocketsphinx, with nothing played."""
    print("cleaning: detector misses and false windows (truth: itself on the clean clip) | pocketsphinx, word errors")
    noisy = [row for row in rows() if "/noisy/" in row["file"]]
    read = [row for row in rows() if "librispeech" in row["file"]][::8]
    sets = {
        "noisy": [(clip(row["file"]), clip(row["noise"]["source"].replace(".wav", ".flac")), row) for row in noisy],
        "read": [(clip(row["file"]), clip(row["file"]), row) for row in read],
    }
    sets["quiet"] = [(sound * 0.03, truth, row) for sound, truth, row in sets["read"]]
    for name, clips in sets.items():
        for noise, gain in ((None, False), (False, False), (True, False), (False, True), (True, True)):
            missed = false = speech = other = errors = words = 0
            for sound, truth, row in clips:
                after = sound
                if noise is not None:
                    nothing = Acoustics(echo_db=None, noise_dbfs=None)
                    canceller = WebRtcCanceller(noise=noise, gain=gain)
                    _, after = through(canceller, nothing, said=np.zeros_like(sound), person=sound)
                wanted, found = probabilities(truth) > 0.5, probabilities(after) > 0.5
                wanted, found = wanted[: len(found)], found[: len(wanted)]
                missed, speech = missed + int((wanted & ~found).sum()), speech + int(wanted.sum())
                false, other = false + int((found & ~wanted).sum()), other + int((~wanted).sum())
                wrong, said = word_errors(row["text"], recognised(after))
                errors, words = errors + wrong, words + said
            how = (
                "as it is"
                if noise is None
                else f"noise suppression {'on ' if noise else 'off'} gain {'on' if gain else 'off'}"
            )
            print(f"  {name:6} {how:33} {missed / speech:5.1%} {false / other:5.1%} | {errors / words:.3f} of {words}")


def echo() -> None:
    """How much of the echo is taken out, alone: whole, in the first 2 s, what the meter says, false speech."""
    print("echo: delay, gain, rate, drift, drive: dB taken out after 5 s | first 2 s | meter | ms taken for speech")
    rooms = [Acoustics(delay_s=delay, echo_db=db) for delay in (0.02, 0.1, 0.2, 0.35) for db in (-6.0, 0.0, 6.0, 12.0)]
    rooms += [Acoustics(echo_db=6.0, drift_ppm=ppm) for ppm in (20.0, 100.0, 500.0)]
    rooms += [Acoustics(echo_db=6.0, drive=drive) for drive in (2.0, 6.0)]
    rooms += [Acoustics(echo_db=6.0, reverb_s=0.6), Acoustics(echo_db=6.0, jumps=((12.0, 0.06),))]
    for room, rate in [*((room, HEARD_HZ) for room in rooms), (Acoustics(), 24_000), (Acoustics(), 48_000)]:
        canceller = Watched()
        rough, clean = through(canceller, room, said=answer(rate), rate_hz=rate)
        late, early = slice(5 * HEARD_HZ, None), slice(0, 2 * HEARD_HZ)
        meter = canceller.quality.erle_db
        print(
            f"  {room.delay_s * 1000:4.0f} ms {room.echo_db:+4.0f} dB {rate:6} Hz {room.drift_ppm:4.0f} ppm"
            f" {room.drive:3.1f} {room.reverb_s:.2f} s{' jump' if room.jumps else '     '}:"
            f" {less_db(rough[late], clean[late]):5.1f} | {less_db(rough[early], clean[early]):5.1f} |"
            f" {'none' if meter is None else f'{meter:4.1f}'} | {32 * int((probabilities(clean) > 0.5).sum()):5}"
            f"{' | poor for a while' if any(canceller.poor) else ''}"
        )


def over() -> None:
    """Somebody speaks over us: how much of their speech the detector still finds, and what the meter makes of it."""
    print("over our voice: echo less person: share of their speech that is found without and with noise suppression")
    for name in ("4088-158077-0021", "5652-39938-0000"):
        sentence = to_level(clip(f"speech/librispeech/{name}.flac"), SPEECH_DBFS)[: 10 * HEARD_HZ]
        wanted = probabilities(sentence) > 0.5
        for echo_db in (-12.0, -6.0, 0.0, 6.0, 12.0):
            line = []
            for noise in (False, True):
                canceller = Watched(noise=noise)
                _, clean = through(canceller, Acoustics(echo_db=echo_db), said=answer(), person=sentence, at=12.0)
                found = probabilities(clean[12 * HEARD_HZ : 12 * HEARD_HZ + len(sentence)]) > 0.5
                both = found[: len(wanted)] & wanted[: len(found)]
                line.append(
                    f"{both.sum() / max(1, wanted.sum()):4.0%}{' (poor for a while)' if any(canceller.poor) else ''}"
                )
            print(f"  {echo_db:+4.0f} dB: {line[0]} {line[1]}")


class Watched(WebRtcCanceller):
    """Keeps what the meter said at each tick."""

    def __init__(self, *, noise: bool = False) -> None:
        self.poor: list[bool] = []
        super().__init__(noise=noise)

    def clean(self, tick: Tick) -> Frame:
        left = super().clean(tick)
        self.poor.append(not self.is_full_duplex)
        return left


CALLED = {"alexa": "alexa", "jarvis": "jarvis", "hey_jarvis": "hey jarvis", "computer": "computer"}
CALLED |= {"smart_mirror": "smart mirror", "hey_mycroft": "hey mycroft", "okay_nabu": "okay nabu"}
SPOTTED = ("computer", "jarvis", "smart mirror", "stop")


def called(name: str) -> str:
    """The word that a clip of data/wake holds, "" for one that nobody here knows."""
    parts = Path(name).with_suffix("").parts
    return CALLED.get(parts[-1].removesuffix("_test"), CALLED.get(parts[-2], ""))


def wake() -> None:
    """Hits and false alarms on data/wake by folder: 0.7 s of a quiet room before and after each clip."""
    ear = SeveralEars([MicroWakeWords(BUILT_IN), KeyphraseSpotter(SPOTTED)])
    table: dict[str, list[list[str]]] = {}
    for row in rows():
        if row["file"].startswith("wake/"):
            name = row["file"]
            folder = str(Path(name).parent).removeprefix("wake/")
            each = [word for part in ear.ears for word in hits(part, padded(clip(name)))]
            table.setdefault(f"{folder} ({called(name) or 'another word'})", []).append(each)
    print("wake: folder (word): clips, clips in which it was heard, other words that were")
    for folder, clips in sorted(table.items()):
        word = folder.split("(")[1].rstrip(")")
        others = Counter(other for each in clips for other in each if other != word)
        print(f"  {folder}: {len(clips)}, {sum(word in each for each in clips)}, {dict(others) or 'none'}")


def alarms() -> None:
    """False alarms in an hour of other speech: all of data/speech, then again more quietly with dishes being done."""
    names = [row["file"] for row in rows() if row["file"].startswith("speech/") and "/noise/" not in row["file"]]
    dishes = clip("speech/noise/doing_the_dishes.flac")
    ears: list[WakeWord] = [MicroWakeWords(BUILT_IN), KeyphraseSpotter(SPOTTED)]
    found: Counter[str] = Counter()
    seconds, once = 0.0, 0.0
    for number, name in enumerate(names * 3):
        if seconds > 3600:
            break
        sound = clip(name)
        if number >= len(names):
            once = once or seconds
            start = (number * 7919) % max(1, len(dishes) - len(sound))
            sound = sound * 0.25 + 0.25 * np.resize(dishes[start:], len(sound))
        seconds += len(sound) / HEARD_HZ
        for frame in frames(sound):
            found.update(word for ear in ears if (word := ear.heard(frame)))
    print(f"alarms: {seconds / 60:.0f} min of other speech, of which the first {once / 60:.0f} min as they are")
    for word in (*BUILT_IN, *SPOTTED):
        print(f"  {word}: {found[word]}")


def stop() -> None:
    """ "Stop" said four times over our own voice, by the package's voice lowered and raised (nobody recorded it)."""
    print('stop over our voice: echo less person: heard of 4, false while nobody says it, "stop" of raw sound')
    times = (5.0, 10.0, 15.0, 20.0)
    near = np.zeros(24 * HEARD_HZ, dtype=np.float32)
    for at, voice in zip(times, ("low", "high", "low", "high"), strict=True):
        word = spoken("stop", voice)
        near[int(at * HEARD_HZ) : int(at * HEARD_HZ) + len(word)] = word
    for echo_db in (-12.0, -6.0, 0.0, 6.0, 12.0):
        room = Acoustics(echo_db=echo_db)
        line = []
        for canceller in (WebRtcCanceller(), PassThrough()):
            ear = KeyphraseSpotter(["stop"])
            _, clean = through(canceller, room, said=answer(), person=near)
            when = [frame.at for frame in frames(clean) if ear.heard(frame)]
            right = sum(any(at < hit < at + 1.5 for hit in when) for at in times)
            line.append((right, len([hit for hit in when if not any(at < hit < at + 1.5 for at in times)])))
        alone = len(hits(KeyphraseSpotter(["stop"]), through(WebRtcCanceller(), room, said=answer(seconds=96.0))[1]))
        print(
            f"  {echo_db:+4.0f} dB: {line[0][0]} heard, {line[0][1]} false; {alone} false in 96 s of our voice alone;"
            f" not cancelled: {line[1][0]} heard, {line[1][1]} false"
        )


def cost() -> None:
    """What each part takes of one core for a second of sound, and of memory; each as it is made."""
    print("cost: part: % of one core in a quiet room | while somebody speaks | while we speak | MB it adds")
    quiet = steady_noise(Acoustics(noise_dbfs=-62.0), 20 * HEARD_HZ)
    speech = clip("speech/librispeech/4088-158077-0000.flac")
    sounds = {"quiet": (quiet, False), "spoken": (speech, False), "ours": (quiet, True)}
    said = to_pcm(np.resize(answer(), 20 * HEARD_HZ))
    for name, make in CHAIN.items():
        before = memory_mb()
        part = make()
        step: Any = (
            part.clean if isinstance(part, WebRtcCanceller) else getattr(part, "probability", None) or part.heard
        )
        line = []
        for sound, is_ours in sounds.values():
            listened: list[Any] = list(frames(sound))
            if isinstance(part, WebRtcCanceller):
                rest = bytes(2 * STEP)
                at = range(0, 2 * STEP * len(listened), 2 * STEP)
                listened = [
                    Tick(frame, Frame(said[first : first + 2 * STEP] if is_ours else rest, HEARD_HZ, frame.at))
                    for frame, first in zip(listened, at, strict=True)
                ]
            start = time.process_time()
            for one in listened:
                step(one)
            line.append((time.process_time() - start) / (len(sound) / HEARD_HZ))
        print(f"  {name:32} " + " | ".join(f"{share:6.2%}" for share in line) + f" | {memory_mb() - before:4.0f}")


CHAIN: dict[str, Callable[[], Any]] = {
    "echo cancellation": WebRtcCanceller,
    "voice detector": SileroDetector,
    "one wake word (microWakeWord)": lambda: MicroWakeWords(["hey jarvis"]),
    "four wake words": lambda: MicroWakeWords(BUILT_IN),
    "key phrases computer, stop": lambda: KeyphraseSpotter(["computer", "stop"]),
}


def memory_mb() -> float:
    """What of this process is in memory now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


PARTS: dict[str, Callable[[], None]] = {
    "cost": cost,
    "detector": detector,
    "echo": echo,
    "over": over,
    "wake": wake,
    "alarms": alarms,
    "stop": stop,
    "cleaning": cleaning,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()
        sys.stdout.flush()
