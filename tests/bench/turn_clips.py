"""Turns with pauses in them, played through the real voice detector and the endpointer: who is cut off, who waits."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt

from privacy_assistant.core.endpointing import Ended, Endpointer, Paused
from privacy_assistant.core.patience import KNOTS, Patience
from privacy_assistant.core.sound import HEARD_HZ, Frame, Recording
from privacy_assistant.engines.vad_silero import WINDOW, SileroDetector

Samples = npt.NDArray[np.int16]
EARLY = 0.25
"""Seconds before the labelled end of the turn up to which an end counts as too early; labels are not finer."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A turn. `pause_at` is where its pause begins, None for one without; `turn_end` where the speech is over."""

    name: str
    samples: Samples = field(repr=False)
    turn_end: float
    pause_at: float | None = None
    pause_s: float = 0.0
    text: str = field(default="", repr=False)
    word_before: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a detector says of a pause, and the seconds of a core that it took to say so."""

    complete: float
    seconds: float
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one clip: whether the turn was taken for over in the labelled pause, or in one of the reader's own, and how
    long after its end it was."""

    is_cut: bool
    is_cut_elsewhere: bool
    wait: float


Judge = Callable[[Clip, float], Judgement]


def load(path: Path) -> Samples:
    """One channel at HEARD_HZ."""
    parts: list[Samples] = []
    with av.open(str(path)) as file:
        resampler = av.AudioResampler(format="s16", layout="mono", rate=HEARD_HZ)
        for frame in [*file.decode(audio=0), None]:
            parts += [part.to_ndarray()[0].astype(np.int16) for part in resampler.resample(frame)]
    return np.concatenate(parts)


def turn_pauses(folder: Path) -> list[Clip]:
    """The labelled clips of speech/turn_pauses whose pause is at most 1.5 s, and whole turns."""
    rows = [json.loads(line) for line in (folder / "audio.jsonl").read_text("utf-8").splitlines()]
    texts = {Path(row["file"]).stem: row["text"] for row in rows if "/librispeech/" in row["file"]}
    clips = []
    for row in rows:
        turn = row.get("turn")
        if turn is None or turn["kind"] == "incomplete" or turn.get("pause_s", 0.0) > 1.5:
            continue
        stem = Path(row["file"]).stem
        text = row.get("text") or texts.get(stem.partition("_")[0], "")
        samples = load(folder / row["file"])
        clip = Clip(stem, samples, turn["turn_end"], turn.get("pause_at"), turn.get("pause_s", 0.0), text.lower())
        clips.append(clip if "word_before" not in turn else _with_word(clip, turn["word_before"]))
    return clips


def _with_word(clip: Clip, word: str) -> Clip:
    return Clip(clip.name, clip.samples, clip.turn_end, clip.pause_at, clip.pause_s, clip.text, word)


def is_short(clip: Clip) -> bool:
    """One of the 45 that the curve of fixed silences is quoted of."""
    return re.search(r"_(short|whole)", clip.name) is not None


class Windows:
    """The probabilities of speech of each clip, computed once."""

    def __init__(self) -> None:
        self._detector = SileroDetector()
        self._known: dict[str, list[float]] = {}

    def of(self, clip: Clip) -> list[float]:
        """One for each 32 ms."""
        if clip.name not in self._known:
            self._detector.reset()
            pcm = clip.samples.tobytes()
            found = [
                self._detector.probability(Frame(pcm[at : at + 2 * WINDOW], HEARD_HZ, at / 2 / HEARD_HZ))
                for at in range(0, len(pcm) - 2 * WINDOW + 1, 2 * WINDOW)
            ]
            self._known[clip.name] = [chance for chance in found if chance is not None]
        return self._known[clip.name]


def until(clip: Clip, at: float) -> Recording:
    """What was heard of it until then, the last 8 seconds."""
    stop = round(at * HEARD_HZ)
    return Recording(clip.samples[max(0, stop - 8 * HEARD_HZ) : stop].tobytes(), HEARD_HZ)


def timed(decide: Callable[[Clip, float], tuple[float, bool]]) -> Judge:
    """A judge that is asked once for each pause, with what it cost: on one core, as if nobody else used it."""
    known: dict[tuple[str, float], Judgement] = {}

    def judge(clip: Clip, at: float) -> Judgement:
        key = (clip.name, round(at, 3))
        if key not in known:
            began = time.thread_time()
            complete, is_long = decide(clip, at)
            known[key] = Judgement(complete, time.thread_time() - began, is_long)
        return known[key]

    return judge


def play(clip: Clip, chances: Sequence[float], judge: Judge | None, patience: Patience) -> Outcome:
    """Run the endpointer over it; a judgement counts from the sample on that was heard when it was made."""
    endpointer = Endpointer(patience)
    pending: list[tuple[float, int, Judgement]] = []
    is_cut = is_cut_elsewhere = False
    step = WINDOW / HEARD_HZ
    for number, chance in enumerate(chances, 1):
        at = number * step
        while pending and pending[0][0] <= at:
            _, revision, judgement = pending.pop(0)
            endpointer.judge(revision, judgement.complete, is_long=judgement.is_long)
        for event in endpointer.feed(at, step, chance):
            if isinstance(event, Paused) and judge is not None:
                judgement = judge(clip, event.at)
                pending.append((event.at + judgement.seconds, event.revision, judgement))
            if isinstance(event, Ended):
                if event.at >= clip.turn_end - EARLY:
                    return Outcome(is_cut, is_cut_elsewhere, event.at - clip.turn_end)
                if clip.pause_at is not None and clip.pause_at < event.at < clip.pause_at + clip.pause_s + EARLY:
                    is_cut = True
                else:
                    is_cut_elsewhere = True
    return Outcome(is_cut, is_cut_elsewhere, len(chances) * step - clip.turn_end)


class Stranger(Patience):
    """Somebody whose pauses nobody remembers."""

    def observe_pause(self, seconds: float) -> None:
        """Forgotten."""

    def observe_cut(self) -> None:
        """Forgotten."""


def fixed(seconds: float) -> Callable[[], Patience]:
    """Silence alone."""
    return lambda: Stranger(unjudged=seconds)


def mapped(factor: float = 1.0, knots: Iterable[tuple[float, float]] = KNOTS) -> Callable[[], Patience]:
    """The usual waits times `factor`, for somebody nothing is known of."""
    scaled = tuple((complete, seconds * factor) for complete, seconds in knots)
    return lambda: Stranger(scaled, unjudged=0.8 * factor)


@dataclass(frozen=True, slots=True)
class Score:
    """`cuts` of `pauses` that were put in; `own_cuts` of all turns in a pause that the reader made; the waits at the
    end of the turns without a pause put in."""

    cuts: int
    pauses: int
    own_cuts: int
    turns: int
    median: float
    late: float

    def row(self, name: str) -> str:
        """One line of a table."""
        share = self.cuts / max(self.pauses, 1)
        return (
            f"| {name} | {self.cuts}/{self.pauses} ({share:.0%}) | {self.own_cuts}/{self.turns} "
            f"| {self.median:.2f} | {self.late:.2f} |"
        )


HEADER = "| | cut off in the pause | in one of the reader's own | wait p50, s | p95, s |\n|---|---|---|---|---|"


def score(clips: Sequence[Clip], windows: Windows, judge: Judge | None, patience: Callable[[], Patience]) -> Score:
    """Everybody is somebody unknown: nothing is learned from one clip for the next."""
    outcomes = [(clip, play(clip, windows.of(clip), judge, patience())) for clip in clips]
    paused = [outcome for clip, outcome in outcomes if clip.pause_at is not None]
    whole = [outcome for clip, outcome in outcomes if clip.pause_at is None]
    waits = [outcome.wait for outcome in whole] or [0.0]
    return Score(
        sum(outcome.is_cut for outcome in paused),
        len(paused),
        sum(outcome.is_cut_elsewhere for _, outcome in outcomes),
        len(outcomes),
        float(np.percentile(waits, 50)),
        float(np.percentile(waits, 95)),
    )


def curve(
    clips: Sequence[Clip], windows: Windows, judge: Judge | None, patiences: Mapping[str, Callable[[], Patience]]
) -> Iterator[str]:
    """A table: one row for each way of waiting."""
    yield HEADER
    for name, patience in patiences.items():
        yield score(clips, windows, judge, patience).row(name)
