"""How well a recogniser understands the voice, beside espeak-ng itself: `python -m models.piper_voice.evaluate`.

Word errors of pocketsphinx with its own language model, and which of all sentences it takes one for. Nobody has
listened: the figures compare two voices, and say little of either alone.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from piper import PiperVoice
from pocketsphinx import Decoder

from models.piper_voice.build import NAME, PLACE
from models.piper_voice.espeak import Espeak, Sound, resampled
from models.piper_voice.graph import as_bytes

HEARD_HZ = 16_000
SENTENCES = Path(__file__).with_name("sentences.txt")


def errors(said: str, heard: str) -> tuple[int, int]:
    """Wrong, missing and added words, and how many were said."""
    words, others = said.split(), heard.split()
    row = np.arange(len(others) + 1)
    for at, word in enumerate(words, 1):
        above = row.copy()
        row[0] = at
        for column, other in enumerate(others, 1):
            row[column] = min(above[column] + 1, row[column - 1] + 1, above[column - 1] + (word != other))
    return int(row[-1]), len(words)


def plain(sentence: str) -> str:
    """As a recogniser writes it."""
    return re.sub(r"[^a-z' ]", "", sentence.lower())


def hear(decoder: Decoder, sound: Sound) -> str:
    """What the decoder makes of it, with a little silence and noise around."""
    level = sound / max(1e-9, float(np.abs(sound).max())) * 0.6
    around = np.zeros(HEARD_HZ * 3 // 10)
    whole = np.concatenate([around, level, around])
    whole = whole + np.random.default_rng(0).normal(0, 1e-4, len(whole))
    decoder.start_utt()
    decoder.process_raw((whole * 32767).astype("<i2").tobytes(), full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    return found.hypstr if found else ""


def of_voice(voice: PiperVoice, sentence: str) -> Sound:
    """By Piper, at 16 kHz."""
    sound = np.concatenate([chunk.audio_float_array for chunk in voice.synthesize(sentence)])
    return resampled(sound.astype(np.float32), voice.config.sample_rate, HEARD_HZ)


def coarse(sound: Sound) -> Sound:
    """With the noise of 8 bits, which the voice has too."""
    coded, back = as_bytes(sound)
    out: npt.NDArray[np.float32] = back[coded]
    return out


def score(name: str, sounds: Iterable[tuple[str, Sound]], sentences: list[str]) -> None:
    """One line of figures."""
    free = Decoder(loglevel="FATAL")
    choice = "|".join(f"({plain(sentence)})" for sentence in sentences)
    closed = Decoder(loglevel="FATAL", lm=None)
    closed.add_jsgf_string("closed", f"#JSGF V1.0; grammar closed; public <one> = {choice};")
    closed.activate_search("closed")
    wrong = total = exact = right = 0
    length = 0.0
    for sentence, sound in sounds:
        mistakes, count = errors(plain(sentence), hear(free, sound))
        wrong, total, exact = wrong + mistakes, total + count, exact + (mistakes == 0)
        right += hear(closed, sound) == plain(sentence)
        length += len(sound) / HEARD_HZ
    print(
        f"{name:28} words wrong {wrong / total:.3f} of {total}, sentences right {exact}/{len(sentences)}, "
        f"of a closed set {right}/{len(sentences)}, {length:.0f} s",
        flush=True,
    )


def main() -> None:
    """Every voice that is named, then espeak-ng as it comes and with the noise of 8 bits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("voices", nargs="*", type=Path, default=[PLACE / f"{NAME}.onnx"])
    sentences = SENTENCES.read_text("utf-8").splitlines()
    for path in parser.parse_args().voices:
        voice = PiperVoice.load(path)
        score(str(path)[-28:], ((sentence, of_voice(voice, sentence)) for sentence in sentences), sentences)
    espeak = Espeak("en-us")
    spoken = []
    for sentence in sentences:
        sound, _ = espeak.say(sentence, rate=160, pitch=50, pitch_range=50)
        spoken.append((sentence, resampled(sound, espeak.rate_hz, HEARD_HZ)))
    score("espeak-ng", spoken, sentences)
    score("espeak-ng in 8 bits", ((sentence, coarse(sound)) for sentence, sound in spoken), sentences)


if __name__ == "__main__":
    main()
