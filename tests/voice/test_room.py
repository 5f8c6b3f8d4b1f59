"""Tests of the simulated room: it sounds as it says, and the same each time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from privacy_assistant.core.sound import HEARD_HZ, Recording, Tick
from privacy_assistant.core.voice_events import Answered, Done, FirstAudio
from tests.voice.acoustics import (
    SPEECH_DBFS,
    STEP,
    VOICE_DBFS,
    Acoustics,
    Sound,
    from_pcm,
    loudness,
    steady_noise,
    to_level,
    to_pcm,
)
from tests.voice.overhearing import Overhearing
from tests.voice.person import Person, Script
from tests.voice.room import RoomCard
from tests.voice.voices import noise_of, spoken

OURS = "The capital of France is Paris, which has been the seat of government for centuries."


def _plays(sound: Sound, rate_hz: int = HEARD_HZ) -> Callable[[int], bytes]:
    """A `fill` that plays one sound and then nothing."""
    places = np.arange(int(len(sound) * rate_hz / HEARD_HZ)) * HEARD_HZ / rate_hz
    rest = bytearray(to_pcm(np.interp(places, np.arange(len(sound)), sound).astype(np.float32)))

    def fill(samples: int) -> bytes:
        piece = bytes(rest[: 2 * samples])
        del rest[: 2 * samples]
        return piece.ljust(2 * samples, b"\0")

    return fill


def _silent(samples: int) -> bytes:
    return bytes(2 * samples)


def _heard(ticks: list[Tick]) -> Sound:
    return from_pcm(b"".join(tick.heard.pcm for tick in ticks))


@pytest.fixture(scope="module")
def voice() -> Sound:
    """Our own voice, as loud as it is."""
    return to_level(spoken(OURS, "ours"), VOICE_DBFS)


def _delay_of(room: RoomCard, played: Sound, start: float, end: float) -> float:
    """Seconds between what was played and what came back, at the best correlation."""
    echo = room.echo_between(start, end)
    first = int(start * HEARD_HZ)
    lags = range(0, int(0.45 * HEARD_HZ), 4)
    padded = np.concatenate([np.zeros(HEARD_HZ, dtype=np.float32), played, np.zeros(9 * HEARD_HZ, dtype=np.float32)])
    scores = [float(echo @ padded[HEARD_HZ + first - lag :][: len(echo)]) for lag in lags]
    return lags[int(np.argmax(scores))] / HEARD_HZ


@pytest.mark.parametrize(("delay", "rate_hz"), [(0.02, 16_000), (0.1, 24_000), (0.35, 48_000), (0.35, 16_000)])
def test_our_voice_comes_back_as_late_and_as_loud_as_told(voice: Sound, delay: float, rate_hz: int) -> None:
    """Whatever the rate of the loudspeaker is."""
    room = RoomCard(Person([{"waits": 5}]), Acoustics(delay_s=delay, echo_db=6, drive=0), rate_hz=rate_hz)
    list(room.ticks(_plays(voice, rate_hz)))
    echo = room.echo_between(0, 6)
    assert loudness(echo) == pytest.approx(SPEECH_DBFS + 6, abs=2.5)
    assert _delay_of(room, voice, 0.5, 3) == pytest.approx(delay, abs=0.001)


def test_headphones_give_no_echo(voice: Sound) -> None:
    """And what is heard is the noise alone."""
    acoustics = Acoustics(echo_db=None)
    room = RoomCard(Person([{"waits": 1}]), acoustics)
    ticks = list(room.ticks(_plays(voice)))
    assert not np.concatenate(room.echo).any()
    assert np.allclose(_heard(ticks), steady_noise(acoustics, len(ticks) * STEP), atol=1 / 32768)


def test_a_drifting_clock_moves_the_echo_and_a_jump_moves_it_at_once() -> None:
    """At 2000 ppm three seconds are six milliseconds."""
    voice = to_level(noise_of("hoover")[: 5 * HEARD_HZ], VOICE_DBFS)
    drifting = RoomCard(Person([{"waits": 5}]), Acoustics(delay_s=0.1, drift_ppm=2000, drive=0))
    list(drifting.ticks(_plays(voice)))
    early, late = (_delay_of(drifting, voice, start, start + 0.1) for start in (0.5, 3.5))
    assert early - late == pytest.approx(0.006, abs=0.001)
    jumping = RoomCard(Person([{"waits": 5}]), Acoustics(delay_s=0.1, jumps=((2.0, 0.06),), drive=0))
    list(jumping.ticks(_plays(voice)))
    assert _delay_of(jumping, voice, 0.5, 1.9) == pytest.approx(0.1, abs=0.001)
    assert _delay_of(jumping, voice, 2.2, 3.5) == pytest.approx(0.16, abs=0.001)


def test_the_same_script_gives_the_same_sound(voice: Sound) -> None:
    """To the sample, noise and reverberation too."""
    script: Script = [{"waits": 0.3}, {"says": "hello"}, {"makes": "cough"}, {"waits": 0.5}]
    heard = [_heard(list(RoomCard(Person(script), Acoustics()).ticks(_plays(voice)))) for _ in range(2)]
    assert np.array_equal(heard[0], heard[1])
    assert loudness(heard[0]) > -40


def test_a_person_is_as_loud_as_a_person() -> None:
    """In any voice, and as much louder as the script says."""
    for voice in ("low", "high"):
        assert loudness(spoken("What time is it?", voice)) == pytest.approx(SPEECH_DBFS, abs=0.1)
    room = RoomCard(Person([{"says": "What time is it?", "louder": 6}]), Acoustics(noise_dbfs=None))
    assert loudness(_heard(list(room.ticks(_silent)))) == pytest.approx(SPEECH_DBFS + 6, abs=0.2)


def test_a_person_hears_when_we_speak_and_speaks_over_it(voice: Sound) -> None:
    """After as many seconds of our voice as the script says."""
    person = Person([{"listens for": 1.5}, {"says": "stop"}])
    room = RoomCard(person, Acoustics())
    list(room.ticks(_plays(np.concatenate([np.zeros(HEARD_HZ, dtype=np.float32), voice]))))
    assert person.said[0].start == pytest.approx(2.5, abs=0.25)


def test_a_person_waits_until_they_were_answered() -> None:
    """The answer has to be told and to be over; what was before does not count."""
    person = Person([{"waits until": "answered", "at most": 3}, {"says": "thanks"}])
    at = 0.0
    for event in (Done(0, 0), FirstAudio(0, 0), Answered(0, 0, "Four."), Done(0, 0)):
        for _ in range(5):
            assert not person.said
            person.next_sound(at, np.zeros(STEP, dtype=np.float32))
            at += 0.01
        person.saw(event)
    person.next_sound(at, np.zeros(STEP, dtype=np.float32))
    assert [said.text for said in person.said] == ["thanks"]


def test_a_microphone_that_is_gone_gives_silence_and_a_gap_when_it_is_back() -> None:
    """And a line each time, as a card does."""
    script: Script = [
        {"waits": 0.5},
        {"unplugs": "microphone"},
        {"waits": 0.5},
        {"plugs in": "microphone"},
        {"waits": 0.2},
    ]
    ticks = list(RoomCard(Person(script), Acoustics()).ticks(_silent))
    gaps = [tick.heard.at for tick in ticks if tick.is_gap]
    assert gaps == [pytest.approx(1.0, abs=0.02)]
    assert [tick.notices for tick in ticks if tick.notices] == [
        ("the microphone is gone; plug it in again",),
        ("the microphone is back",),
    ]
    assert not any(from_pcm(tick.heard.pcm).any() for tick in ticks if 0.55 < tick.heard.at < 0.95)


def test_a_loudspeaker_that_is_gone_asks_for_nothing(voice: Sound) -> None:
    """What was to be said waits until it is back."""
    asked: list[int] = []
    fill = _plays(voice)

    def counted(samples: int) -> bytes:
        asked.append(samples)
        return fill(samples)

    script: Script = [{"unplugs": "loudspeaker"}, {"waits": 1}, {"plugs in": "loudspeaker"}, {"waits": 1}]
    ticks = list(RoomCard(Person(script), Acoustics(), tail_s=0.1).ticks(counted))
    assert len(asked) == pytest.approx(len(ticks) - 100, abs=2)
    assert not any(any(tick.played.pcm) for tick in ticks if tick.heard.at < 0.99)


def test_the_room_ends_with_the_script_or_when_it_is_closed(voice: Sound) -> None:
    """Not before our voice is through."""
    room = RoomCard(Person([{"waits": 0.2}]), Acoustics(), tail_s=0.5)
    assert len(list(room.ticks(_plays(voice)))) / 100 == pytest.approx(len(voice) / HEARD_HZ + 0.5, abs=0.1)
    closed = RoomCard(Person([{"waits": 60}]))
    for tick in closed.ticks(_silent):
        if tick.heard.at > 0.2:
            closed.close()
    assert closed.now < 0.3


def test_words_are_overheard_as_far_as_they_are_in_the_sound() -> None:
    """The first half of a recording has the first half of the words, noise has none."""
    person = Person([{"waits": 1}, {"says": "set a timer for five minutes please"}, {"waits": 2}])
    room = RoomCard(person, Acoustics())
    pcm = b"".join(tick.heard.pcm for tick in room.ticks(_silent))
    ear = Overhearing(room)
    said = person.said[0]
    middle = (said.start + said.end) / 2

    def between(start: float, end: float) -> Recording:
        return Recording(pcm[2 * int(start * HEARD_HZ) : 2 * int(end * HEARD_HZ)], HEARD_HZ)

    assert ear.transcribe(between(said.start - 0.3, said.end + 0.2)).text == "set a timer for five minutes please"
    assert ear.transcribe(between(said.start - 0.3, middle)).text == "set a timer for"
    nothing = ear.transcribe(between(said.end + 0.4, said.end + 1.2))
    assert (nothing.text, nothing.rejected) == ("", "noise")


def test_our_own_words_are_overheard_where_they_are_all_there_is(voice: Sound) -> None:
    """An echo that nobody took out is understood like anything else."""
    room = RoomCard(Person([{"waits": 4}]), Acoustics(echo_db=6))
    pcm = b"".join(tick.heard.pcm for tick in room.ticks(_plays(voice)))
    heard = Overhearing(room, lambda: OURS).transcribe(Recording(pcm[: 4 * HEARD_HZ * 2], HEARD_HZ))
    assert heard.text
    assert heard.text in OURS


@pytest.mark.parametrize("kind", ["cough", "hum", "knock", "hoover"])
def test_sounds_that_are_no_words_are_sounds(kind: str) -> None:
    """Loud enough to be heard, within full scale."""
    sound = noise_of(kind)
    assert loudness(sound) > SPEECH_DBFS - 10
    assert float(np.abs(sound).max()) < 1.0
