"""The detectors of a turn's end: what they give, what they refuse, and that sound decides.

Smart Turn in this process and in a worker: whoever asks sees no difference.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.engines.turn_small import SmallTurn
from privacy_assistant.engines.turn_small.features import CHANNELS, GLOBALS, STEPS, features
from privacy_assistant.engines.turn_smart import SmartTurn, find_smart_turn
from privacy_assistant.engines.worker.turn import WorkerTurnDetector
from privacy_assistant.errors import EngineFailed, EngineMissing

Floats = npt.NDArray[np.float64]
Kind = Callable[..., SmartTurn | WorkerTurnDetector]
SMALL = Path(sys.modules[SmallTurn.__module__].__file__ or "").with_name("turn.onnx")


def vowel(seconds: float, *, begin_hz: float, end_hz: float, begin_level: float, end_level: float) -> Floats:
    """A voiced sound whose pitch and loudness move: twenty harmonics, falling off."""
    count = int(seconds * HEARD_HZ)
    phase = 2 * np.pi * np.cumsum(np.linspace(begin_hz, end_hz, count)) / HEARD_HZ
    wave = np.zeros(count)
    for number in range(1, 21):
        wave += np.sin(number * phase) / number
    return wave * np.linspace(begin_level, end_level, count)


def said(*, is_falling: bool) -> Recording:
    """Six syllables; the last one long, low and fading, or as the others are."""
    parts: list[Floats] = []
    for number in range(6):
        parts += [
            vowel(0.14, begin_hz=150 + 8 * (number % 2), end_hz=148, begin_level=3000, end_level=3000),
            np.zeros(800),
        ]
    if is_falling:
        parts.append(vowel(0.45, begin_hz=125, end_hz=80, begin_level=2200, end_level=30))
    else:
        parts.append(vowel(0.12, begin_hz=155, end_hz=160, begin_level=3000, end_level=3000))
    parts.append(np.zeros(int(0.2 * HEARD_HZ)))
    draw = np.random.default_rng(1)
    wave = np.concatenate(parts)
    wave += draw.normal(0, 8, len(wave))
    return Recording(np.clip(wave, -32768, 32767).astype("<i2").tobytes(), HEARD_HZ)


@pytest.fixture(scope="module", params=[SmartTurn, WorkerTurnDetector], ids=["here", "worker"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Where Smart Turn runs."""
    made: Kind = request.param
    return made


@pytest.fixture(scope="module")
def small() -> SmallTurn:
    """The detector of the package."""
    return SmallTurn()


def test_a_voice_that_sinks_and_fades_is_done_sooner_than_one_that_breaks_off(small: SmallTurn) -> None:
    """The same syllables before it."""
    done, broken = small.probability(said(is_falling=True)), small.probability(said(is_falling=False))
    assert 0 <= broken < done - 0.1 <= 1


def test_the_same_sound_gives_the_same_chance(small: SmallTurn) -> None:
    """There is nothing that it remembers."""
    first = small.probability(said(is_falling=True))
    small.probability(said(is_falling=False))
    assert small.probability(said(is_falling=True)) == first


@pytest.mark.parametrize("gain", [0.1, 0.3, 3.0])
def test_how_loud_somebody_is_matters_little(small: SmallTurn, gain: float) -> None:
    """Everything is measured against the same voice."""
    wave = np.frombuffer(said(is_falling=True).pcm, "<i2") * gain
    louder = Recording(np.clip(wave, -32768, 32767).astype("<i2").tobytes(), HEARD_HZ)
    assert small.probability(louder) == pytest.approx(small.probability(said(is_falling=True)), abs=0.2)


@settings(max_examples=40, deadline=None)
@given(
    st.binary(max_size=4000) | st.integers(0, 200_000).map(bytes) | st.integers(0, 9_000).map(lambda n: b"\x00\x80" * n)
)
def test_any_sound_has_a_chance(pcm: bytes) -> None:
    """Nothing, half a sample, silence, noise, the loudest there is."""
    sound = Recording(pcm, HEARD_HZ)
    assert 0 <= _SMALL.probability(sound) <= 1
    frames, figures = features(np.frombuffer(pcm[: len(pcm) // 2 * 2], "<i2"))
    assert frames.shape == (CHANNELS, STEPS)
    assert figures.shape == (GLOBALS,)
    assert np.isfinite(frames).all()
    assert np.isfinite(figures).all()


_SMALL = SmallTurn()


@pytest.mark.parametrize("seconds", [0.1, 0.4, 1.0])
def test_how_long_the_silence_was_matters_little(small: SmallTurn, seconds: float) -> None:
    """What is heard is the end of the speech, wherever that is."""
    draw = np.random.default_rng(2)
    silence = draw.normal(0, 8, int(seconds * HEARD_HZ)).astype("<i2").tobytes()
    for is_falling in (True, False):
        sound = said(is_falling=is_falling)
        later = Recording(sound.pcm + silence, HEARD_HZ)
        assert small.probability(later) == pytest.approx(small.probability(sound), abs=0.1)


def test_another_rate_is_refused(small: SmallTurn) -> None:
    """It would be heard as a slower voice, and believed."""
    with pytest.raises(EngineFailed, match="48000"):
        small.probability(Recording(bytes(96_000), 48_000))


def test_the_network_is_small() -> None:
    """It ships in the package."""
    assert SMALL.stat().st_size < 1_000_000


def test_a_missing_and_a_damaged_network_are_said_to_be(tmp_path: Path, kind: Kind) -> None:
    """With the remedy."""
    with pytest.raises(EngineMissing, match="missing") as missing:
        SmallTurn(tmp_path / "none.onnx")
    assert missing.value.hint
    (tmp_path / "cut.onnx").write_bytes(SMALL.read_bytes()[:500])
    with pytest.raises(EngineFailed, match="damaged") as damaged:
        SmallTurn(tmp_path / "cut.onnx")
    assert damaged.value.hint
    (tmp_path / "smart.onnx").write_bytes(b"")
    with pytest.raises(EngineFailed, match="damaged"):
        kind(tmp_path / "smart.onnx")
    with pytest.raises(EngineMissing, match="missing"):
        kind(tmp_path / "none.onnx")


def test_another_network_is_not_taken_for_smart_turn(kind: Kind) -> None:
    """A wrong path in the settings is told at the start, not at the first pause."""
    with pytest.raises(EngineFailed, match="another network"):
        kind(SMALL)


def test_smart_turn_is_found_where_settings_say(tmp_path: Path) -> None:
    """And its absence has a remedy."""
    path = tmp_path / "own.onnx"
    with pytest.raises(EngineMissing, match="not there"):
        find_smart_turn(str(path))
    path.write_bytes(b"x")
    assert find_smart_turn(str(path)) == path


def test_smart_turn_is_found_in_a_package_without_running_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The code of pipecat needs libraries that nobody installs for one file; of several files the newest counts."""
    folder = tmp_path / "pipecat" / "audio" / "turn" / "smart_turn" / "data"
    folder.mkdir(parents=True)
    (tmp_path / "pipecat" / "__init__.py").write_text("raise RuntimeError")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EngineMissing, match="not installed") as missing:
        find_smart_turn()
    assert "[turn]" in missing.value.hint
    for name in ("smart-turn-v3.1-cpu.onnx", "smart-turn-v3.2-cpu.onnx", "vad.onnx"):
        (folder / name).write_bytes(b"x")
    assert find_smart_turn().name == "smart-turn-v3.2-cpu.onnx"


def _smart() -> Path:
    try:
        return find_smart_turn()
    except EngineMissing:
        pytest.skip("Smart Turn is not installed (pipecat-ai)")


def test_smart_turn_hears_a_difference(kind: Kind) -> None:
    """The real network, where it is installed."""
    smart = kind(_smart())
    chances = [smart.probability(said(is_falling=is_falling)) for is_falling in (True, False)]
    assert all(0 <= chance <= 1 for chance in chances)
    assert chances[0] != chances[1]
    with pytest.raises(EngineFailed, match="8000"):
        smart.probability(Recording(bytes(100), 8_000))
