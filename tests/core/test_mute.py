"""Is the microphone muted, or too loud."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.mute import CLIPPED, MUTED, MicrophoneWatch
from privacy_assistant.core.sound import HEARD_HZ, Frame

STEP = HEARD_HZ // 100
ZEROS = bytes(2 * STEP)
NOISE = array("h", [(-1) ** n * (n % 3) for n in range(STEP)]).tobytes()
"""A quiet room: one or two steps around zero."""


def tone(amplitude: float) -> bytes:
    """10 ms of 200 Hz; what is beyond full scale is cut off, as a converter does."""
    wave = [round(32767 * amplitude * math.sin(2 * math.pi * 200 * n / HEARD_HZ)) for n in range(STEP)]
    return array("h", [max(-32768, min(32767, sample)) for sample in wave]).tobytes()


def frames(*parts: tuple[bytes, float]) -> Iterator[Frame]:
    """Each part's 10 ms repeated for so many seconds, on one sample clock."""
    index = 0
    for pcm, seconds in parts:
        for _ in range(round(seconds * 100)):
            yield Frame(pcm, HEARD_HZ, index / 100)
            index += 1


def told(*parts: tuple[bytes, float], watch: MicrophoneWatch | None = None) -> list[tuple[float, str]]:
    """Which lines came, and when."""
    watch = watch or MicrophoneWatch()
    return [(frame.at, line) for frame in frames(*parts) if (line := watch.heard(frame))]


def test_a_microphone_that_gives_nothing_is_told_once() -> None:
    """After five seconds, and not again while nothing changes."""
    assert told((ZEROS, 60.0)) == [(4.99, MUTED)]


def test_a_quiet_room_is_not_muted() -> None:
    """A microphone that is on gives noise."""
    assert told((NOISE, 120.0)) == []


def test_a_constant_that_is_not_zero_is_silence_too() -> None:
    """Cards with an offset give it without end."""
    assert told((b"\xff\xff" * STEP, 6.0)) == [(4.99, MUTED)]


def test_a_headset_that_is_silent_between_words_is_not_muted() -> None:
    """Where something was heard, zeros for ten seconds are a pause."""
    assert told((NOISE, 1.0), (ZEROS, 10.0), (tone(0.3), 1.0), (ZEROS, 10.0)) == []


def test_a_microphone_that_is_muted_later_is_told_after_longer() -> None:
    """Half a minute of nothing; and again after it was on in between."""
    lines = told((NOISE, 1.0), (ZEROS, 40.0), (NOISE, 1.0), (ZEROS, 40.0))
    assert lines == [(30.99, MUTED), (71.99, MUTED)]


def test_another_microphone_is_judged_anew() -> None:
    """After a change of the device it counts from the beginning."""
    watch = MicrophoneWatch()
    assert told((NOISE, 1.0), watch=watch) == []
    watch.reset()
    assert told((ZEROS, 6.0), watch=watch) == [(4.99, MUTED)]


def test_speech_that_is_cut_off_is_told_once_in_five_minutes() -> None:
    """A tone of three times full scale."""
    assert [line for _, line in told((tone(3.0), 60.0))] == [CLIPPED]
    lines = told((tone(3.0), 1.0), (NOISE, 400.0), (tone(3.0), 1.0))
    assert [line for _, line in lines] == [CLIPPED, CLIPPED]


def test_loud_speech_and_single_clicks_are_not_cut_off() -> None:
    """Just below the limit, and a click a second at it."""
    click = array("h", [32767, 32767, *([5, -5] * (STEP // 2 - 1))]).tobytes()
    assert told((tone(0.99), 20.0)) == []
    assert told(*[(click, 0.01), (NOISE, 0.99)] * 20) == []
    knock = array("h", [*([32767] * 40), *([5, -5] * (STEP // 2 - 20))]).tobytes()
    assert told(*[(knock, 0.01), (NOISE, 0.99)] * 20) == []


@given(st.lists(st.tuples(st.sampled_from([ZEROS, NOISE]), st.floats(0.0, 4.0)), max_size=20))
def test_pauses_shorter_than_the_limit_are_never_told(parts: list[tuple[bytes, float]]) -> None:
    """However silence and noise take turns, with noise in between."""
    spaced = [piece for part in parts for piece in (part, (NOISE, 0.02))]
    assert told(*spaced) == []


def test_a_frame_without_samples_says_nothing() -> None:
    """It is neither silent nor loud."""
    assert MicrophoneWatch().heard(Frame(b"", HEARD_HZ, 0.0)) == ""
