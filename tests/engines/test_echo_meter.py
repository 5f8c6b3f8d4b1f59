"""The echo meter: what it says of good, poor and absent echoes, and that a person who speaks does not fool it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.engines.echo_meter import GOOD_AGAIN_DB, POOR_DB, EchoMeter

Loudness = npt.NDArray[np.float64]


def syllables(seconds: float, seed: int) -> Loudness:
    """The loudness of speech: it rises and falls about four times a second, with pauses."""
    draws = np.random.default_rng(seed)
    steps = draws.gamma(1.0, 2000.0, int(seconds * 8) + 2) * (draws.random(int(seconds * 8) + 2) > 0.25)
    return np.interp(np.arange(int(seconds * 100)) / 12.5, np.arange(len(steps)), steps)


def measured(
    meter: EchoMeter,
    *,
    left_db: float,
    seconds: float = 10.0,
    delay: int = 12,
    echo: float = 0.7,
    person: float = 0.0,
    seed: int = 1,
) -> list[bool]:
    """Whether it was poor, tick by tick, in a room in which so much of the echo is left."""
    played = syllables(seconds, seed)
    over = syllables(seconds, seed + 1000) * person
    back = np.concatenate([np.zeros(delay), played[: len(played) - delay]]) * echo
    poor = []
    for said, returned, spoken in zip(played, back, over, strict=True):
        heard = np.sqrt(returned**2 + spoken**2 + 15**2)
        clean = np.sqrt((returned * 10 ** (left_db / 20)) ** 2 + spoken**2 + 5**2)
        meter.note(said, heard, clean)
        poor.append(meter.quality.is_poor)
    return poor


def silent(meter: EchoMeter, seconds: float) -> None:
    """Nothing is played for so long."""
    for _ in range(int(seconds * 100)):
        meter.note(0.0, 15.0, 5.0)


def count(flags: Iterable[bool]) -> int:
    """How many."""
    return sum(flags)


@pytest.mark.parametrize("left_db", [-6.0, -20.0, -30.0])
@pytest.mark.parametrize("delay", [2, 12, 35])
def test_it_tells_how_much_is_taken_out(left_db: float, delay: int) -> None:
    """Within 2 dB, whatever the delay up to half a second."""
    meter = EchoMeter()
    measured(meter, left_db=left_db, delay=delay)
    assert meter.quality.erle_db == pytest.approx(-left_db, abs=2)
    assert meter.quality.is_poor == (-left_db < POOR_DB)


@pytest.mark.parametrize("person", [0.3, 1.0, 2.0])
@pytest.mark.parametrize("seed", range(12))
def test_a_person_who_speaks_over_us_is_not_taken_for_echo(seed: int, person: float) -> None:
    """Their speech is in what is left for ten seconds, but not in step with what we play."""
    assert not any(measured(EchoMeter(), left_db=-30, person=person, seed=seed))


@given(st.integers(0, 10_000))
def test_poor_is_told_within_four_seconds(seed: int) -> None:
    """Half of the loudness is left: whoever listens has to be deaf soon, and stay so."""
    poor = measured(EchoMeter(), left_db=-6, seed=seed)
    assert all(poor[400:])


def test_it_recovers_and_not_at_once() -> None:
    """Between the two limits things stay as they are, above the higher one they mend."""
    meter = EchoMeter()
    assert measured(meter, left_db=-3)[-1]
    between = -(POOR_DB + GOOD_AGAIN_DB) / 2
    assert all(measured(meter, left_db=between))
    assert not measured(meter, left_db=-30)[-1]
    assert not any(measured(meter, left_db=between)[350:])


def test_headphones_are_no_poor_echo() -> None:
    """Nothing comes back: there is nothing to judge, even while a person speaks."""
    meter = EchoMeter()
    assert not any(measured(meter, left_db=0, echo=0.0, person=1.0))
    assert meter.quality.erle_db is None


def test_headphones_end_a_poor_time() -> None:
    """After ten seconds without an echo the loudspeaker of before does not count any more."""
    meter = EchoMeter()
    was_poor = measured(meter, left_db=-3)
    assert was_poor[-1]
    poor = measured(meter, left_db=0, echo=0.0, seconds=20)
    assert poor[400]
    assert not poor[-1]
    assert meter.quality.erle_db is None


def test_while_nothing_is_played_nothing_is_judged() -> None:
    """A person who speaks into silence is no echo, and what was known stays known."""
    meter = EchoMeter()
    silent(meter, 5)
    assert (meter.quality, meter.is_echo_on_its_way) == (EchoMeter().quality, False)
    measured(meter, left_db=-20)
    known = meter.quality
    silent(meter, 0.4)
    assert meter.is_echo_on_its_way
    silent(meter, 5)
    assert meter.quality.is_poor == known.is_poor
    assert meter.quality.judged <= known.judged + 1


def test_lost_sound_and_another_room() -> None:
    """After a gap the judgement stays and what was noted does not; after a reset nothing is left."""
    meter = EchoMeter()
    measured(meter, left_db=-3)
    judged = meter.quality.judged
    meter.skip()
    assert meter.quality.is_poor
    measured(meter, left_db=-3, seconds=1.0)
    assert meter.quality.judged == judged
    meter.reset()
    assert meter.quality == EchoMeter().quality
