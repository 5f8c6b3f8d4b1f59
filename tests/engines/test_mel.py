"""The mel spectrum is the one that the networks were trained on."""

from __future__ import annotations

import numpy as np
import pytest
from faster_whisper.feature_extractor import FeatureExtractor  # type: ignore[import-untyped]  # it has none

from privacy_assistant.engines.mel import HOP, RATE, filters, log_mel


@pytest.mark.parametrize("bands", [80, 128])
def test_the_bands_are_whispers(bands: int) -> None:
    """The same triangles, to a rounding error."""
    theirs = FeatureExtractor.get_mel_filters(RATE, 400, n_mels=bands)
    assert np.abs(filters(bands) - theirs).max() < 1e-6


def test_the_spectrum_is_whispers() -> None:
    """Of noise that changes in loudness, at every band and frame."""
    draw = np.random.default_rng(3)
    sound = (draw.normal(0, 0.1, 2 * RATE) * np.linspace(0.001, 1, 2 * RATE)).astype(np.float32)
    theirs = FeatureExtractor()(sound, padding=0)
    ours = log_mel(sound)
    assert ours.shape == (80, 2 * RATE // HOP)
    assert np.abs(ours - theirs[:, : ours.shape[1]]).max() < 1e-3


def test_silence_has_a_spectrum_too() -> None:
    """Nothing is divided by nothing."""
    assert np.isfinite(log_mel(np.zeros(RATE, np.float32))).all()
