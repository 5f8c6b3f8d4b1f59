"""The recordings that the detector of a turn's end is trained on, with the times of their words.

Never among them: speech/turn_pauses, and the speakers it is made of (LibriSpeech 4088 and 5652), which measure alone.
Word times come from pocketsphinx, given the text; where it knows a word of it not, or the language is another, from dips of
the loudness.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from pocketsphinx import Decoder

RATE = 16_000
KEPT_OUT = re.compile(r"turn_pauses|librispeech|/4088|/5652|noisy|multilingual/wy_")
REAL = (
    "common_voice_en",
    "cmu_arctic",
    "ljspeech",
    "pocketsphinx_librivox",
    "pocketsphinx_cards",
    "misc",
    "multilingual",
)
SKIPPED = ("22959173", "pv_test_ja", "pv_test_ko")

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True)
class Clip:
    """A whole utterance. `edges`: seconds where a word ends and the next begins; `begin`, `end`: of the speech."""

    name: str
    speaker: str
    samples: Samples
    edges: tuple[tuple[float, str], ...]
    begin: float
    end: float
    text: str


def data_folder() -> Path:
    """Where the sets lie."""
    return Path(os.environ.get("PRIVACY_ASSISTANT_TEST_DATA", Path(__file__).parents[2].parent / "shared" / "data"))


def load(path: Path) -> Samples:
    """One channel at 16 kHz."""
    parts = []
    with av.open(str(path)) as file:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
        for frame in file.decode(audio=0):
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
        parts += [part.to_ndarray()[0] for part in resampler.resample(None)]
    return np.concatenate(parts).astype(np.int16)


def levels(samples: Samples) -> npt.NDArray[np.float64]:
    """dB of each 10 ms, over 25 ms."""
    power = np.convolve(samples.astype(np.float64) ** 2, np.ones(400) / 400, mode="same")[::160]
    return 10 * np.log10(power + 1.0)


def bounds(samples: Samples) -> tuple[float, float]:
    """Where the speech begins and ends, by its loudness: 30 dB below the loud part, and 6 above the quiet one."""
    level = levels(samples)
    loud = np.percentile(level, 95)
    over = np.flatnonzero(level > max(loud - 30, np.percentile(level, 3) + 6))
    return float(over[0] / 100), float((over[-1] + 1) / 100)


class Aligner:
    """Word times by pocketsphinx."""

    def __init__(self) -> None:
        self._decoder = Decoder(samprate=RATE, loglevel="FATAL")

    def words(self, samples: Samples, text: str) -> list[tuple[str, float, float]]:
        """(word, begin, end) in seconds; empty where the text cannot be aligned."""
        said = re.findall(r"[a-z']+", text.lower().replace("’", "'"))
        known = [word for word in said if self._decoder.lookup_word(word) is not None]
        if not said or len(known) < len(said):
            return []
        try:
            self._decoder.set_align_text(" ".join(said))
            self._decoder.start_utt()
            self._decoder.process_raw(samples.tobytes(), full_utt=True)
            self._decoder.end_utt()
            found = [(part.word, part.start_frame / 100, (part.end_frame + 1) / 100) for part in self._decoder.seg()]
        except RuntimeError:
            return []
        return [(re.sub(r"\(\d+\)", "", word), begin, end) for word, begin, end in found if word[0] not in "<["]


def _edges(samples: Samples, text: str, aligner: Aligner, begin: float, end: float) -> tuple[tuple[float, str], ...]:
    level = levels(samples)
    words = aligner.words(samples, text)
    if words:
        places = []
        for (word, _, stop), (_, following, _) in pairwise(words):
            # The quietest place near the boundary, as a person's mouth is between two words.
            low = max(int(stop * 100) - 4, 0)
            at = low + int(np.argmin(level[low : int(following * 100) + 5]))
            places.append((at / 100, word))
        return tuple(place for place in places if begin + 0.3 < place[0] < end - 0.15)
    places = []
    for at in range(30, len(level) - 30):
        if begin + 0.4 < at / 100 < end - 0.4 and level[at] == level[at - 12 : at + 13].min() < np.median(level) - 6:
            places.append((at / 100, ""))
    return tuple(places)


def real(aligner: Aligner) -> Iterator[Clip]:
    """Recordings of people."""
    folder = data_folder()
    for line in (folder / "audio.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        kind = Path(row["file"]).parent.name
        if kind not in REAL or KEPT_OUT.search(row["file"]) or any(word in row["file"] for word in SKIPPED):
            continue
        stem = Path(row["file"]).stem
        speaker = stem if kind in ("common_voice_en", "multilingual", "misc") else kind + stem[:13]
        if kind.startswith("pocketsphinx") or kind == "ljspeech":
            speaker = kind
        samples = load(folder / row["file"])
        begin, end = bounds(samples)
        yield Clip(stem, speaker, samples, _edges(samples, row["text"], aligner, begin, end), begin, end, row["text"])
