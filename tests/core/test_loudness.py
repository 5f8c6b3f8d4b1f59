"""Loudness in dB below full scale."""

from __future__ import annotations

from array import array

import pytest

from privacy_assistant.core.loudness import SILENCE_DBFS, dbfs


@pytest.mark.parametrize(("sample", "expected"), [(32767, 0.0), (16384, -6.0), (3277, -20.0), (33, -60.0)])
def test_a_level_is_told_as_it_is(sample: int, expected: float) -> None:
    """A square wave has the power of its samples."""
    assert dbfs(array("h", [sample, -sample] * 80).tobytes()) == pytest.approx(expected, abs=0.1)


def test_silence_and_no_sound_are_the_least_there_is() -> None:
    """No logarithm of nothing; half a sample is none."""
    assert dbfs(bytes(320)) == dbfs(b"") == dbfs(b"\x01") == SILENCE_DBFS
