"""The voice detector: its windows, its state, and that it says what faster-whisper's own code says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.sound import HEARD_HZ, Frame
from privacy_assistant.engines.vad_silero import WINDOW, SileroDetector
from privacy_assistant.errors import EngineFailed, EngineMissing
from tests.fakes import silence
from tests.voice.acoustics import Sound, to_pcm
from tests.voice.voices import noise_of, spoken


@pytest.fixture(scope="module")
def sentence() -> Sound:
    """Somebody speaks, with a second of nothing before and after."""
    nothing = np.zeros(HEARD_HZ, dtype=np.float32)
    return np.concatenate([nothing, spoken("What is the weather like tomorrow in the afternoon?"), nothing])


def windows(detector: SileroDetector, pcm: bytes, samples: int) -> list[float]:
    """What it says when it is given so many samples at a time."""
    found = [
        detector.probability(Frame(pcm[start : start + 2 * samples], HEARD_HZ, start / 2 / HEARD_HZ))
        for start in range(0, len(pcm), 2 * samples)
    ]
    return [one for one in found if one is not None]


def test_it_says_what_the_code_of_faster_whisper_says(sentence: Sound) -> None:
    """The same windows, contexts and states, so the same probabilities; but for its last window, which it spoils."""
    from faster_whisper.vad import get_vad_model  # type: ignore[import-untyped]  # it carries no types

    whole = sentence[: len(sentence) // WINDOW * WINDOW]
    pcm = to_pcm(whole)
    theirs = get_vad_model()(np.frombuffer(pcm, dtype="<i2").astype(np.float32) / 32768).reshape(-1)
    ours = windows(SileroDetector(), pcm, HEARD_HZ // 100)
    assert len(ours) == len(theirs)
    assert np.allclose(ours[:-1], theirs[:-1], atol=1e-4)


def test_speech_is_speech_and_silence_is_not(sentence: Sound) -> None:
    """A sentence is found where it is, and nowhere else."""
    found = windows(SileroDetector(), to_pcm(sentence), HEARD_HZ // 100)
    second = HEARD_HZ // WINDOW
    assert max(found[: second - 2]) < 0.3
    assert np.median(found[second + 5 : -second - 5]) > 0.8
    assert found[-1] < 0.3


def test_a_knock_is_no_speech() -> None:
    """Loud is not the same as spoken."""
    knock = np.concatenate([noise_of("knock"), np.zeros(HEARD_HZ, dtype=np.float32)])
    assert max(windows(SileroDetector(), to_pcm(knock), HEARD_HZ // 100)) < 0.5


@given(st.lists(st.integers(1, 700), min_size=1, max_size=30))
def test_it_speaks_once_for_each_window_that_is_full(sizes: list[int]) -> None:
    """Frames of any length: an answer comes exactly with the frames that complete a window."""
    detector = _shared()
    detector.reset()
    unread = 0
    for size in sizes:
        full, unread = divmod(unread + size, WINDOW)
        found = detector.probability(silence(size / HEARD_HZ))
        assert (found is not None) == (full > 0)
        assert found is None or 0 <= found <= 1


def test_the_length_of_the_frames_changes_nothing(sentence: Sound) -> None:
    """10 ms at a time or a window at a time: the same numbers."""
    pcm = to_pcm(sentence[: HEARD_HZ + 20 * WINDOW])
    assert windows(SileroDetector(), pcm, 160)[:40] == windows(SileroDetector(), pcm, WINDOW)[:40]


def test_after_a_reset_it_remembers_nothing(sentence: Sound) -> None:
    """The same sound gives the same numbers again; without a reset it would not."""
    detector = SileroDetector()
    pcm = to_pcm(sentence)[HEARD_HZ : 3 * HEARD_HZ + 320]
    first = windows(detector, pcm, 160)
    detector.reset()
    assert windows(detector, pcm, 160) == first


def test_another_rate_is_refused() -> None:
    """Sound of 48 kHz would be taken for slow mumbling."""
    with pytest.raises(EngineFailed, match="48000"):
        _shared().probability(silence(rate_hz=48_000))


def test_a_missing_or_foreign_network_is_named(tmp_path: Path) -> None:
    """One line and a remedy, and no traceback of the library."""
    with pytest.raises(EngineMissing) as missing:
        SileroDetector(tmp_path / "none.onnx")
    assert missing.value.hint
    (tmp_path / "foreign.onnx").write_bytes(b"not a network")
    with pytest.raises(EngineFailed) as foreign:
        SileroDetector(tmp_path / "foreign.onnx")
    assert foreign.value.hint
    assert foreign.value.__cause__ is None


def test_faster_whisper_is_not_loaded_for_it() -> None:
    """Its import takes a second, and the detector is wanted first."""
    code = (
        "import sys; from privacy_assistant.engines.vad_silero import SileroDetector; SileroDetector(); "
        "sys.exit('faster_whisper' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


_DETECTOR: list[SileroDetector] = []


def _shared() -> SileroDetector:
    if not _DETECTOR:
        _DETECTOR.append(SileroDetector())
    return _DETECTOR[0]
