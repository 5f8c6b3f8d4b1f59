"""The linear canceller takes our voice out and leaves who speaks over it; where it cannot, the other one counts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
import numpy.typing as npt
import pytest

from privacy_assistant.core.sound import HEARD_HZ, Frame, Tick
from privacy_assistant.engines.aec_double import DoubleCanceller
from privacy_assistant.engines.aec_webrtc import PassThrough
from privacy_assistant.engines.echo_filter import HOP, EchoFilter
from tests.fakes import FakeEchoCanceller

Samples = npt.NDArray[np.float64]


@cache
def speech(seed: int, seconds: float) -> Samples:
    """Noise that rises and falls as syllables do."""
    draw = np.random.default_rng(seed)
    count = int(seconds * HEARD_HZ)
    swells = 0.5 + 0.5 * np.sin(2 * np.pi * 4 * np.arange(count) / HEARD_HZ)
    coloured = np.convolve(draw.normal(size=count), np.hanning(9) / 4.5, mode="same")
    made: Samples = 0.05 * swells * coloured
    return made


def room(played: Samples, *, delay_ms: float = 80, seed: int = 5) -> Samples:
    """What a microphone hears of it, four times as loud as it was."""
    draw = np.random.default_rng(seed)
    tail = int(0.15 * HEARD_HZ)
    path = np.zeros(int(delay_ms * HEARD_HZ / 1000) + tail)
    path[-tail:] = 0.1 * draw.normal(size=tail) * np.exp(-6.9 * np.arange(tail) / tail)
    path[-tail] = 1.0
    heard: Samples = 4 * np.convolve(played, path)[: len(played)]
    return heard


def power_db(samples: Samples) -> float:
    """Mean power in dB."""
    return float(10 * np.log10(np.mean(samples**2) + 1e-15))


def taken_out(heard: Samples, played: Samples, by: EchoFilter) -> tuple[Samples, Samples]:
    """What the filter leaves of all of it, plain and suppressed."""
    both = [by.run(played[at : at + HOP], heard[at : at + HOP]) for at in range(0, len(heard) // HOP * HOP, HOP)]
    return np.concatenate([left for left, _ in both]), np.concatenate([suppressed for _, suppressed in both])


def ticks(heard: Samples, played: Samples, *, gaps: Sequence[int] = ()) -> list[Tick]:
    """The same as a card gives it."""
    made = []
    for number in range(len(heard) // HOP):
        place = slice(number * HOP, (number + 1) * HOP)
        frames = [
            Frame((np.clip(side[place], -1, 1) * 32767).astype("<i2").tobytes(), HEARD_HZ, number / 100)
            for side in (heard, played)
        ]
        made.append(Tick(frames[0], frames[1], is_gap=number in gaps))
    return made


def cleaned(canceller: DoubleCanceller, all_ticks: list[Tick]) -> Samples:
    """What comes out, as samples."""
    pcm = b"".join(canceller.clean(tick).pcm for tick in all_ticks)
    return np.frombuffer(pcm, dtype="<i2").astype(np.float64) / 32768


def test_a_loud_echo_goes_after_a_few_seconds() -> None:
    """More than 20 dB less is left, and with suppression still less."""
    played = speech(1, 8)
    heard = room(played)
    left, suppressed = taken_out(heard, played, EchoFilter())
    last = slice(6 * HEARD_HZ, None)
    assert power_db(left[last]) < power_db(heard[last]) - 20
    assert power_db(suppressed[last]) < power_db(left[last]) - 6


def test_who_speaks_over_it_is_left_as_they_were() -> None:
    """12 dB below the echo, and still there afterwards: within 3 dB, and alike."""
    played, person = speech(1, 10), speech(2, 10).copy()
    person[: 7 * HEARD_HZ] = 0
    heard = room(played) + person
    left, suppressed = taken_out(heard, played, EchoFilter())
    there = slice(int(7.5 * HEARD_HZ), None)
    assert power_db(person[there]) < power_db(room(played)[there]) - 10
    assert abs(power_db(left[there]) - power_db(person[there])) < 3
    late = person[there.start - HOP : len(suppressed) - HOP]
    assert np.corrcoef(suppressed[there], late)[0, 1] > 0.8


def test_somebody_who_speaks_leads_the_filter_astray_for_no_longer_than_they_speak() -> None:
    """After three seconds of both the echo is taken out as well as before."""
    played, person = speech(1, 14), speech(2, 14).copy()
    person[: 7 * HEARD_HZ] = 0
    person[10 * HEARD_HZ :] = 0
    heard = room(played)
    left, _ = taken_out(heard + person, played, EchoFilter())
    before, after = slice(6 * HEARD_HZ, 7 * HEARD_HZ), slice(13 * HEARD_HZ, None)
    taken = [power_db(heard[place]) - power_db(left[place]) for place in (before, after)]
    assert taken[1] > taken[0] - 3


def test_the_linear_one_counts_when_it_has_shown_what_it_can() -> None:
    """Before that, and while nothing is played, the other one's sound comes out as it is."""
    canceller = DoubleCanceller(FakeEchoCanceller(is_full_duplex=False))
    played = speech(1, 6)
    heard = room(played)
    out = cleaned(canceller, ticks(heard, played))
    assert canceller.is_proven
    assert canceller.is_full_duplex
    assert power_db(out[: HEARD_HZ // 4]) == pytest.approx(power_db(heard[: HEARD_HZ // 4]), abs=0.1)
    assert power_db(out[5 * HEARD_HZ :]) < power_db(heard[5 * HEARD_HZ :]) - 20


def test_a_microphone_that_hears_no_echo_proves_nothing() -> None:
    """Headphones: there is nothing to take out, and the other one goes on."""
    canceller = DoubleCanceller(PassThrough())
    cleaned(canceller, ticks(speech(2, 5), speech(1, 5)))
    assert not canceller.is_proven
    assert not canceller.is_full_duplex


@pytest.mark.parametrize("is_told", [True, False])
def test_a_jump_of_the_delay_is_noticed_told_or_not(is_told: bool) -> None:
    """The linear one stops counting within a fifth of a second, and counts again later."""
    canceller = DoubleCanceller(FakeEchoCanceller())
    played = speech(1, 16)
    near, far = room(played, delay_ms=60), room(played, delay_ms=120)
    at = 6 * HEARD_HZ
    heard = np.concatenate([near[:at], far[at:]])
    all_ticks = ticks(heard, played, gaps=[600] if is_told else [])
    cleaned(canceller, all_ticks[:600])
    was_proven = canceller.is_proven
    cleaned(canceller, all_ticks[600:620])
    still = canceller.is_proven
    cleaned(canceller, all_ticks[620:])
    assert (was_proven, still, canceller.is_proven) == (True, False, True)


def test_a_loudspeaker_at_another_rate_is_understood() -> None:
    """A card plays at 48 kHz and hears at 16."""
    played = speech(1, 6)
    heard = room(played)
    canceller = DoubleCanceller(FakeEchoCanceller())
    wide = np.repeat(played, 3)
    for tick in ticks(heard, played):
        place = round(tick.heard.at * 100) * 480
        loud = (np.clip(wide[place : place + 480], -1, 1) * 32767).astype("<i2").tobytes()
        canceller.clean(Tick(tick.heard, Frame(loud, 48_000, tick.heard.at)))
    assert canceller.is_proven


def test_without_our_voice_nothing_is_changed() -> None:
    """What is heard in silence is the other one's, sample by sample."""
    heard = speech(2, 2)
    all_ticks = ticks(heard, np.zeros_like(heard))
    canceller = DoubleCanceller(FakeEchoCanceller())
    assert b"".join(canceller.clean(tick).pcm for tick in all_ticks) == b"".join(tick.heard.pcm for tick in all_ticks)


def test_a_reset_forgets_the_room() -> None:
    """It has to be shown again."""
    canceller = DoubleCanceller(FakeEchoCanceller())
    played = speech(1, 6)
    cleaned(canceller, ticks(room(played), played))
    was_proven = canceller.is_proven
    canceller.reset()
    assert (was_proven, canceller.is_proven) == (True, False)
