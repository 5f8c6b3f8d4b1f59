"""What the weights and waits were chosen by: `python -m models.turn.choose SCORES [SMART]`, on the training clips.

SCORES is what `train --table T` leaves beside T (`T.scores.npz`): the network's logits for people it did not hear. SMART is the
file of Smart Turn. Each cut stands for pauses of 0.6 to 1.5 s. The words are those of the text, as a recogniser without
faults would have them. Nothing of speech/turn_pauses is looked at here.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.turn.clips import RATE, Aligner, real
from models.turn.cuts import Cut, cuts_of, render
from models.turn.train import area, scale
from privacy_assistant.core.completeness import LIKELY, completeness
from privacy_assistant.core.patience import KNOTS, Patience
from privacy_assistant.core.sound import Recording
from privacy_assistant.engines.turn_smart import SLOPE, TOGETHER, SmartTurn

PAUSES = np.array([0.6, 0.8, 1.0, 1.2, 1.5])
LATE = 0.065
"""Seconds that the voice detector is late at the end of speech, about."""

Numbers = npt.NDArray[np.float64]


def logit(chance: npt.ArrayLike) -> Numbers:
    """Of a chance that is never quite sure."""
    clipped = np.clip(np.asarray(chance, dtype=np.float64), 0.01, 0.99)
    return np.log(clipped / (1 - clipped))


def words(cut: Cut) -> float:
    """How complete its words are; LIKELY where they are not known."""
    if cut.is_whole:
        return completeness(cut.clip.text).p
    if not cut.word:
        return LIKELY
    return completeness(" ".join(word for at, word in cut.clip.edges if at <= cut.at)).p


def report(name: str, scores: Numbers, is_whole: npt.NDArray[np.bool_]) -> None:
    """How well it tells them apart, and what the waits of `Patience` make of it."""
    patience = Patience()
    waits = np.array([patience.wait(float(chance)) for chance in 1 / (1 + np.exp(-scores))])
    cut = (waits[~is_whole][:, None] < PAUSES - LATE).mean()
    late = waits[is_whole] + LATE
    print(
        f"{name:32} area {area(scores, is_whole):.3f}; cut off {cut:.0%}; "
        f"wait p50 {np.median(late):.2f} s, p95 {np.percentile(late, 95):.2f} s"
    )


def main(scores: Path, smart_file: Path | None) -> None:
    """Prints a line for each way to decide."""
    cuts = [cut for clip in real(Aligner()) for cut in cuts_of(clip)]
    kept = np.load(scores)
    is_whole = np.array([cut.is_whole for cut in cuts])
    if not np.array_equal(kept["is_whole"], is_whole):
        raise SystemExit("the scores are of other clips")
    slope, shift = scale(kept["logits"], is_whole)
    small = slope * kept["logits"] + shift
    said = logit([words(cut) for cut in cuts]) - logit(LIKELY)
    print(f"{is_whole.sum()} ends, {(~is_whole).sum()} cuts; waits {KNOTS}")
    for seconds in (0.5, 0.8, 1.0, 1.25, 1.5):
        cut = (seconds < PAUSES - LATE).mean()
        print(f"{seconds:.2f} s of silence{'':15} cut off {cut:.0%}; wait {seconds + LATE:.2f} s")
    report("the network of the package", small, is_whole)
    report("... and the words", small + said, is_whole)
    report("the words alone", said + logit(LIKELY), is_whole)
    if smart_file is None:
        return
    smart = SmartTurn(smart_file, is_alone=True)
    draw = np.random.default_rng(3)
    heard = logit([smart.probability(Recording(render(cut, draw).tobytes(), RATE)) for cut in cuts])
    line = scale(heard, is_whole)
    print(f"Smart Turn: slope {SLOPE}; once more on top of it: x {line[0]:.2f} + {line[1]:.2f}")
    report("Smart Turn", heard, is_whole)
    report("... and the words", heard + said, is_whole)
    report("both", TOGETHER * (heard + small), is_whole)
    report("... and the words", TOGETHER * (heard + small) + said, is_whole)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
