"""Rates: a tone stays that tone and nothing else, whichever way the stream is cut."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.engines.sound.converter import Converter

RATES = [(48_000, 16_000), (44_100, 16_000), (16_000, 48_000), (48_000, 44_100), (22_050, 16_000), (8_000, 16_000)]


def tone(hz: float, rate: int, seconds: float = 1.0) -> bytes:
    """A sine of about -6 dB."""
    at = np.arange(round(rate * seconds)) / rate
    samples: npt.NDArray[np.int16] = np.rint(16_000 * np.sin(2 * np.pi * hz * at)).astype("<i2")
    return samples.tobytes()


def in_one(pcm: bytes, from_hz: int, to_hz: int) -> bytes:
    """All at once."""
    converter = Converter(from_hz, to_hz)
    return converter.feed(pcm) + converter.flush()


def noise_db(pcm: bytes, hz: float, rate: int) -> float:
    """What is left of a sine when its best fit is taken out, in dB below it; the ends are left out."""
    samples = np.frombuffer(pcm, "<i2").astype(float)[rate // 10 : -rate // 10]
    at = 2 * np.pi * hz * np.arange(len(samples)) / rate
    shape = np.stack((np.sin(at), np.cos(at)), axis=1)
    fit = shape @ np.linalg.lstsq(shape, samples, rcond=None)[0]
    return float(10 * np.log10(np.sum(fit**2) / np.sum((samples - fit) ** 2)))


@pytest.mark.parametrize(("from_hz", "to_hz"), RATES)
@pytest.mark.parametrize("hz", [60.0, 440.0, 3_300.0])
def test_a_pure_tone_stays_pure(from_hz: int, to_hz: int, hz: float) -> None:
    """More than 60 dB over all that is not the tone; 16 bits alone leave about 90."""
    assert noise_db(in_one(tone(hz, from_hz), from_hz, to_hz), hz, to_hz) > 60


def test_what_is_too_high_for_the_lower_rate_is_gone() -> None:
    """10 kHz would come back as 6 kHz at 16 kHz, in the middle of speech."""
    left = np.frombuffer(in_one(tone(10_000, 48_000), 48_000, 16_000), "<i2").astype(float)
    assert np.abs(left[1600:-1600]).max() <= 2


@given(
    st.sampled_from(RATES),
    st.binary(min_size=200, max_size=4000).map(lambda data: data[: len(data) // 2 * 2]),
    st.lists(st.integers(1, 400), min_size=1, max_size=30),
)
def test_the_same_comes_out_whichever_way_the_stream_is_cut(
    rates: tuple[int, int], pcm: bytes, cuts: list[int]
) -> None:
    """Not a sample differs, so there is no click where two pieces meet."""
    converter = Converter(*rates)
    out, at, turn = bytearray(), 0, 0
    while at < len(pcm):
        size = 2 * cuts[turn % len(cuts)]
        out += converter.feed(pcm[at : at + size])
        at, turn = at + size, turn + 1
    out += converter.flush()
    assert bytes(out) == in_one(pcm, *rates)


@given(st.integers(1, 3000), st.sampled_from(RATES))
def test_a_sound_is_as_long_as_it_was(samples: int, rates: tuple[int, int]) -> None:
    """To the next whole sample of the new rate."""
    assert len(in_one(bytes(2 * samples), *rates)) == 2 * -(-samples * rates[1] // rates[0])


def test_nothing_is_held_back_for_longer_than_the_filter_is() -> None:
    """A live stream is late by 1.5 ms at 16 kHz, and not by a block more with every block."""
    converter = Converter(48_000, 16_000)
    out = sum(len(converter.feed(bytes(960))) for _ in range(100)) // 2
    assert 16_000 - 30 <= out <= 16_000


def test_a_stream_at_the_rate_that_is_wanted_is_left_alone() -> None:
    """Byte for byte, and at once."""
    assert Converter(16_000, 16_000).feed(b"abcd") == b"abcd"


def test_rates_that_are_none_are_refused() -> None:
    """A file may say 0, or a number that would need a table of gigabytes."""
    for rates in ((0, 16_000), (16_000, -1), (191_999, 191_998)):
        with pytest.raises(ValueError):
            Converter(*rates)
