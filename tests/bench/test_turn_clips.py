"""The bench of a turn's end counts what it says it counts."""

from __future__ import annotations

import numpy as np
import pytest

from privacy_assistant.core.patience import Patience
from privacy_assistant.core.sound import HEARD_HZ
from privacy_assistant.engines.turn_small import SmallTurn
from tests.bench.bench_turn import data_folder, detector, prime, transcript
from tests.bench.turn_clips import (
    Clip,
    Judgement,
    Windows,
    fixed,
    is_short,
    mapped,
    play,
    score,
    turn_pauses,
    until,
)

STEP = 512 / HEARD_HZ


def clip(*, pause_s: float = 0.0, own_pause_s: float = 0.0) -> tuple[Clip, list[float]]:
    """A second of speech, a pause of the reader's own, another, a pause that was put in, a third; then silence."""
    seconds = [round(length / STEP) * STEP for length in (1.0, own_pause_s, 1.0, pause_s, 1.0, 3.0)]
    chances = [0.9 * ((number + 1) % 2) for number, length in enumerate(seconds) for _ in range(round(length / STEP))]
    samples = np.zeros(len(chances) * 512, np.int16)
    pause_at = sum(seconds[:3]) if pause_s else None
    text = "set a timer for the tea"
    return Clip("one", samples, sum(seconds[:5]), pause_at, seconds[3], text, "the"), chances


def test_a_turn_that_ends_in_the_pause_is_cut() -> None:
    """And one that ends after it is not, and has waited as long as the silence was fixed."""
    paused, chances = clip(pause_s=1.0)
    assert play(paused, chances, None, fixed(0.8)()).is_cut
    outcome = play(paused, chances, None, fixed(1.2)())
    assert not outcome.is_cut
    assert not outcome.is_cut_elsewhere
    assert outcome.wait == pytest.approx(1.2, abs=0.06)


def test_a_pause_of_the_readers_own_is_counted_for_itself() -> None:
    """The one that was put in is still looked at."""
    both, chances = clip(pause_s=1.0, own_pause_s=0.6)
    outcome = play(both, chances, None, fixed(0.5)())
    assert outcome.is_cut
    assert outcome.is_cut_elsewhere
    outcome = play(both, chances, None, fixed(0.8)())
    assert outcome.is_cut
    assert not outcome.is_cut_elsewhere


def test_a_judgement_counts_from_when_it_was_made() -> None:
    """Who needs half a second to say that somebody is done has made them wait for half a second."""
    whole, chances = clip()
    quick = play(whole, chances, lambda clip, at: Judgement(1.0, 0.0), Patience())
    slow = play(whole, chances, lambda clip, at: Judgement(1.0, 0.5), Patience())
    assert quick.wait < 0.3
    assert slow.wait == pytest.approx(0.7, abs=0.07)


def test_what_was_heard_and_said_is_that_until_the_pause() -> None:
    """Eight seconds at most; the words end with the one before the pause."""
    paused, _ = clip(pause_s=1.0)
    assert until(paused, 2.2).seconds == pytest.approx(2.2)
    assert transcript(paused, 2.2) == "set a timer for the"
    assert transcript(paused, 4.2) == "set a timer for the tea"
    assert transcript(paused, 1.0) is None


@pytest.mark.slow
def test_the_curve_of_fixed_silences_is_beaten() -> None:
    """On the labelled clips: fewer cut off than by 1.25 s of silence, at half the wait."""
    if not (data_folder() / "speech" / "turn_pauses").is_dir():
        pytest.skip("the test data are not there (PRIVACY_ASSISTANT_TEST_DATA)")
    clips = [one for one in turn_pauses(data_folder()) if is_short(one)]
    windows = Windows()
    judge = detector(SmallTurn())
    prime(clips, windows, judge, None)
    ours = score(clips, windows, judge, mapped())
    silence = score(clips, windows, None, fixed(1.25))
    assert ours.cuts <= silence.cuts <= 10
    assert ours.median < silence.median / 2
