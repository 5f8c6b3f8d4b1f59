"""Speech for tests: the same each time, at the level and rate that everything that listens is given."""

from __future__ import annotations

import numpy as np
import pytest

from privacy_assistant.core.sound import HEARD_HZ, Recording
from tests.engines.speech_of_our_own import VOICES, Floats, joined, pink_noise, quiet, say


def samples(sound: Recording) -> Floats:
    """As numbers, 1 is full scale."""
    return np.frombuffer(sound.pcm, dtype="<i2") / 32768


@pytest.mark.parametrize("voice", sorted(VOICES))
def test_every_voice_says_a_sentence_at_half_of_full_scale(voice: str) -> None:
    """At 16 kHz, with silence before and behind it."""
    sound = say("What time is it?", voice)
    assert sound.rate_hz == HEARD_HZ
    assert 1.0 < sound.seconds < 2.5
    assert 0.45 < np.abs(samples(sound)).max() < 0.5
    assert not np.abs(samples(sound))[: HEARD_HZ // 4].any()


def test_the_voices_differ_in_pace_and_pitch() -> None:
    """Slow takes longer than quick; high is no longer than plain, and another sound."""
    slow, plain, quick, high = (say("Set a timer for 5 minutes.", v) for v in ("slow", "plain", "quick", "high"))
    assert slow.seconds > plain.seconds > quick.seconds
    assert abs(high.seconds - plain.seconds) < 0.1
    assert high.pcm != plain.pcm


def test_the_same_is_said_the_same_way_again() -> None:
    """A test that fails once fails always."""
    first = say("Stop.", noise_db=20)
    say.cache_clear()
    assert say("Stop.", noise_db=20) == first


def test_noise_is_as_far_below_the_speech_as_asked() -> None:
    """Measured where nobody speaks."""
    before = samples(say("Stop.", noise_db=20))[: HEARD_HZ // 4]
    speech = samples(say("Stop.", around_s=0))
    decibels = 10 * np.log10((speech**2).mean() / (before**2).mean())
    assert 15 < decibels < 25
    assert abs(pink_noise(HEARD_HZ).std() - 1) < 1e-9


def test_recordings_are_put_one_after_the_other() -> None:
    """With as much silence between as is wanted."""
    sound = joined(say("Set a timer for"), quiet(0.5), say("5 minutes."))
    assert abs(sound.seconds - say("Set a timer for").seconds - 0.5 - say("5 minutes.").seconds) < 1e-6
