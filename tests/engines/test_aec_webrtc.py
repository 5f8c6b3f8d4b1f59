"""Echo cancellation in a simulated room: what is taken out, what is kept, and that nothing ends the process."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from privacy_assistant.core.sound import HEARD_HZ, Frame, Tick
from privacy_assistant.engines.aec_webrtc import PassThrough, WebRtcCanceller
from privacy_assistant.engines.level import dbfs, loudness
from privacy_assistant.engines.vad_silero import SileroDetector
from privacy_assistant.errors import EngineFailed
from privacy_assistant.ports.sound import EchoCanceller
from tests.fakes import silence
from tests.voice.acoustics import STEP, Acoustics, EchoPath, Sound, from_pcm, resampled, steady_noise, to_pcm
from tests.voice.voices import spoken

SECONDS = 6
TEXT = "The weather tomorrow will be mild and mostly dry, with a little rain in the late afternoon."


def our_voice(rate_hz: int = HEARD_HZ) -> Sound:
    """Some seconds of what the assistant says."""
    once = spoken(TEXT, "ours")
    said = np.tile(once, 1 + SECONDS * HEARD_HZ // len(once))[: SECONDS * HEARD_HZ]
    return resampled(said, HEARD_HZ / rate_hz)


def in_room(
    canceller: EchoCanceller, room: Acoustics, *, rate_hz: int = HEARD_HZ, person: Sound | None = None, gap: int = -1
) -> tuple[Sound, Sound]:
    """What was heard, and what was left of it. The person speaks from the start."""
    said, step = our_voice(rate_hz), rate_hz // 100
    path = EchoPath(room, rate_hz)
    rough, clean = [], []
    for number in range(len(said) // step):
        played = said[number * step : (number + 1) * step]
        path.play(played)
        heard = path.heard(number) + steady_noise(room, STEP, number * STEP)
        if person is not None:
            here = person[number * STEP : (number + 1) * STEP]
            heard[: len(here)] += here
        at = number / 100
        tick = Tick(Frame(to_pcm(heard), HEARD_HZ, at), Frame(to_pcm(played), rate_hz, at), is_gap=number == gap)
        left = canceller.clean(tick)
        assert (len(left.pcm), left.rate_hz, left.at) == (2 * STEP, HEARD_HZ, at)
        rough.append(heard)
        clean.append(from_pcm(left.pcm))
    return np.concatenate(rough), np.concatenate(clean)


def quieter_db(before: Sound, after: Sound, *, since: float = 2.0) -> float:
    """By how many dB, from that second on."""
    first = int(since * HEARD_HZ)
    return 10 * float(np.log10((before[first:] ** 2).mean() / max(float((after[first:] ** 2).mean()), 1e-12)))


@pytest.mark.parametrize(
    ("delay_s", "echo_db", "rate_hz"),
    [(0.02, 12.0, 16_000), (0.1, 0.0, 16_000), (0.35, 6.0, 16_000), (0.06, 6.0, 24_000), (0.06, 6.0, 48_000)],
)
def test_our_own_voice_is_taken_out(delay_s: float, echo_db: float, rate_hz: int) -> None:
    """20 dB and more after two seconds, whatever the delay, the gain and the rate of the card."""
    canceller = WebRtcCanceller()
    rough, clean = in_room(canceller, Acoustics(delay_s=delay_s, echo_db=echo_db), rate_hz=rate_hz)
    assert quieter_db(rough, clean) > 20
    assert canceller.is_full_duplex
    assert canceller.quality.erle_db is not None
    assert canceller.quality.erle_db > 20


def test_a_person_stays_where_hardly_anything_comes_back() -> None:
    """A loudspeaker that is turned down takes nothing from them."""
    person = np.concatenate([np.zeros(2 * HEARD_HZ, dtype=np.float32), spoken("Remind me of the rice, please.")])
    rough, clean = in_room(WebRtcCanceller(), Acoustics(echo_db=-20.0), person=person)
    assert abs(quieter_db(rough, clean)) < 2


def test_what_is_left_in_a_hollow_room_is_no_speech() -> None:
    """The rest of an echo is quiet and still sounds spoken; it is made silent, or we would interrupt ourselves."""
    _, clean = in_room(WebRtcCanceller(), Acoustics(echo_db=0.0, reverb_s=0.6))
    detector, pcm = SileroDetector(), to_pcm(clean)
    found = [detector.probability(Frame(pcm[at : at + 320], HEARD_HZ, 0)) for at in range(0, len(pcm), 320)]
    spoken_s = sum(one is not None and one > 0.5 for one in found) * 0.032
    assert spoken_s < 0.9


def test_a_person_over_our_voice_is_still_there() -> None:
    """Somebody as loud as 6 dB above the echo keeps most of their energy."""
    person = np.concatenate([np.zeros(3 * HEARD_HZ, dtype=np.float32), spoken("Please stop, I have heard enough.")])
    room = Acoustics(echo_db=-6.0)
    _, alone = in_room(WebRtcCanceller(), room)
    rough, both = in_room(WebRtcCanceller(), room, person=person)
    there = slice(3 * HEARD_HZ, len(person))
    assert quieter_db(rough[there], both[there], since=0.0) < 6
    assert quieter_db(both[there], alone[there], since=0.0) > 20


def test_where_nothing_is_cancelled_the_ear_is_deaf_while_we_speak() -> None:
    """Switched off, or no library: half-duplex, and what was heard is what comes out."""
    off = WebRtcCanceller(echo=False, rumble=False)
    assert not off.is_full_duplex
    through = PassThrough()
    assert not through.is_full_duplex
    rough, clean = in_room(through, Acoustics(noise_dbfs=-40.0))
    through.reset()
    assert np.allclose(rough, clean, atol=1 / 32768)


def test_an_echo_that_does_not_go_away_closes_the_ear(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library gets another sound than the loudspeaker: the echo stays, the meter sees it, a reset forgets it."""
    canceller = WebRtcCanceller()
    parts = WebRtcCanceller(echo=False)
    monkeypatch.setattr(canceller, "_apm", parts._apm)
    in_room(canceller, Acoustics(echo_db=6.0))
    assert not canceller.is_full_duplex
    assert canceller.quality.is_poor
    canceller.reset()
    assert canceller.is_full_duplex


def test_where_nothing_can_come_back_nobody_is_muted_for_an_echo() -> None:
    """A file has no loudspeaker beside it: who speaks over an answer in it is heard from the first word."""
    answer = Frame(to_pcm(steady_noise(Acoustics(noise_dbfs=-30.0), HEARD_HZ)), HEARD_HZ, 0.0)
    person = Frame(to_pcm(steady_noise(Acoustics(noise_dbfs=-26.0), HEARD_HZ)), HEARD_HZ, 0.0)
    for canceller in (WebRtcCanceller(hears_us=False), PassThrough(hears_us=False)):
        clean = canceller.clean(Tick(person, answer))
        assert canceller.is_full_duplex
        assert loudness(clean.pcm) > 0.5 * loudness(person.pcm)


def test_lost_sound_begins_a_new_room_and_keeps_the_judgement() -> None:
    """After a gap the delay is another one; the echo is out again at once, and what was known of it stays."""
    canceller = WebRtcCanceller()
    room = Acoustics(echo_db=6.0, jumps=((3.0, 0.06),))
    rough, clean = in_room(canceller, room, gap=300)
    assert quieter_db(rough, clean, since=3.5) > 25
    assert canceller.quality.judged > 0


def test_steady_noise_is_taken_out_where_that_is_asked_for() -> None:
    """Noise suppression is a switch, off unless it is asked for."""
    noise = steady_noise(Acoustics(noise_dbfs=-40.0), 4 * HEARD_HZ)
    left = {}
    for asked in (False, True):
        canceller = WebRtcCanceller(noise=asked)
        pcm = to_pcm(noise)
        ticks = [Tick(Frame(pcm[at : at + 320], HEARD_HZ, 0), silence()) for at in range(0, len(pcm), 320)]
        left[asked] = quieter_db(noise, from_pcm(b"".join(canceller.clean(tick).pcm for tick in ticks)))
    assert left[True] > left[False] + 5


def test_a_quiet_person_is_raised_where_that_is_asked_for() -> None:
    """Gain is a switch, off unless it is asked for."""
    quiet = np.tile(spoken(TEXT), 2) * 0.05
    levels = {}
    for asked in (False, True):
        canceller = WebRtcCanceller(gain=asked)
        pcm = to_pcm(quiet)[: 2 * 6 * HEARD_HZ]
        ticks = [Tick(Frame(pcm[at : at + 320], HEARD_HZ, 0), silence()) for at in range(0, len(pcm), 320)]
        levels[asked] = dbfs(b"".join(canceller.clean(tick).pcm for tick in ticks[300:]))
    assert levels[True] > levels[False] + 6


@pytest.mark.parametrize("heard", [0, 2, 318, 320, 322, 640, 1000])
@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000])
def test_a_frame_of_any_length_and_rate_ends_nothing(heard: int, rate_hz: int) -> None:
    """The library ends the process for what is not 10 ms; as much comes out as went in."""
    canceller = _shared()
    for played in (0, 2, rate_hz // 50, rate_hz // 50 + 2):
        tick = Tick(Frame(bytes(heard), HEARD_HZ, 1.5), Frame(bytes(played), rate_hz, 1.5))
        assert len(canceller.clean(tick).pcm) == heard


@pytest.mark.parametrize(("heard_hz", "played_hz"), [(48_000, 48_000), (16_000, 100), (16_000, 1_000_000)])
def test_an_impossible_rate_is_refused(heard_hz: int, played_hz: int) -> None:
    """What the library cannot take is told in one line."""
    with pytest.raises(EngineFailed, match=str(played_hz)):
        _shared().clean(Tick(silence(rate_hz=heard_hz), silence(rate_hz=played_hz)))


def test_the_library_opens_no_internet_socket() -> None:
    """Watched from before its import: no socket of ours, and none of its own in the kernel's tables."""
    code = """
import os, sys
from privacy_assistant import tripwire
tripwire.install()
seen = []
sys.addaudithook(lambda event, args: seen.append(event) if event.startswith("socket.") else None)
from privacy_assistant.core.sound import Frame, Tick
from privacy_assistant.engines.aec_webrtc import WebRtcCanceller
canceller = WebRtcCanceller()
for _ in range(50):
    canceller.clean(Tick(Frame(bytes(320), 16000, 0), Frame(bytes(960), 48000, 0)))
internet = set()
for table in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
    try:
        lines = open(f"/proc/self/net/{table}").read().splitlines()[1:]
    except OSError:
        continue
    internet |= {line.split()[9] for line in lines}
fds = [f"/proc/self/fd/{fd}" for fd in os.listdir("/proc/self/fd")]
own = {os.readlink(fd) for fd in fds if os.path.lexists(fd)}
mine = {name[8:-1] for name in own if name.startswith("socket:")}
sys.exit(1 if seen else 2 if mine & internet else 0)
"""
    if not sys.platform.startswith("linux"):
        pytest.skip("the kernel's tables of sockets are Linux'")
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_loudness_is_that_of_a_meter() -> None:
    """A square wave at half of full scale is at -6 dB; silence is at the floor."""
    half = b"\x00\x40\x00\xc0" * 80
    assert loudness(half) == pytest.approx(16384)
    assert dbfs(half) == pytest.approx(-6.02, abs=0.01)
    assert loudness(b"") == 0
    assert dbfs(bytes(320)) == pytest.approx(-96, abs=0.1)


_CANCELLER: list[WebRtcCanceller] = []


def _shared() -> WebRtcCanceller:
    if not _CANCELLER:
        _CANCELLER.append(WebRtcCanceller())
    return _CANCELLER[0]
