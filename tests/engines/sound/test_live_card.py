"""The card with real devices: PortAudio, ALSA's plug-in, a sound server, and sinks that come and go."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest

from privacy_assistant.core.sound import Tick
from privacy_assistant.engines.sound import LiveCard, listed, portaudio, pulse, refresh
from privacy_assistant.errors import EngineFailed, EngineMissing, UsageError
from tests.sound_server import SoundServer

RATE = 48_000
LONGEST = 2000
"""Ticks after which a test has waited long enough: 20 s."""


def chirp(seconds: float = 1.0) -> bytes:
    """A sweep from 300 Hz to 3 kHz, which is like itself at one delay only."""
    at = np.arange(round(RATE * seconds)) / RATE
    samples: npt.NDArray[np.int16] = np.rint(8000 * np.sin(2 * np.pi * (300 * at + 1350 / seconds * at**2))).astype(
        "<i2"
    )
    return samples.tobytes()


@dataclass
class Talker:
    """What is to be played, and all ticks that came."""

    waiting: bytearray = field(default_factory=bytearray)
    ticks: list[Tick] = field(default_factory=list)

    def fill(self, samples: int) -> bytes:
        """The next of it, then silence."""
        piece = bytes(self.waiting[: 2 * samples])
        del self.waiting[: 2 * samples]
        return piece.ljust(2 * samples, b"\0")

    def listen(self, ticks: Iterator[Tick], until: Callable[[Tick], bool]) -> list[Tick]:
        """Take ticks until one is as wanted."""
        taken = []
        for tick in ticks:
            taken.append(tick)
            self.ticks.append(tick)
            assert len(taken) < LONGEST, [tick.notices for tick in self.ticks if tick.notices]
            if until(tick):
                return taken
        raise AssertionError("the ticks ended")

    def some(self, ticks: Iterator[Tick], number: int) -> list[Tick]:
        """So many ticks."""
        left = iter(range(number))
        return self.listen(ticks, lambda _: next(left) == number - 1)


def echo(ticks: list[Tick]) -> tuple[float, float]:
    """How late what was played is heard, in seconds, and how alike the two are (0..1)."""
    heard = np.frombuffer(b"".join(tick.heard.pcm for tick in ticks), "<i2").astype(float)
    played = np.frombuffer(b"".join(tick.played.pcm for tick in ticks), "<i2").astype(float)[::3]
    size = 2 ** (2 * len(heard) - 1).bit_length()
    alike = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(played, size)), size)
    best = int(np.argmax(alike))
    scale = float(np.sqrt(np.sum(heard**2) * np.sum(played**2)))
    return (best if best < size // 2 else best - size) / 16_000, float(alike[best]) / scale if scale else 0.0


def notices(ticks: list[Tick]) -> list[str]:
    """All lines about devices."""
    return [line for tick in ticks for line in tick.notices]


def test_what_is_played_is_heard_again_a_little_later(
    sound_server: SoundServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """Whole and undistorted, at a delay that the echo canceller can have; by a part of the names, and quietly."""
    talker, card = Talker(), LiveCard("monitor of kit", "kitchen")
    ticks = card.ticks(talker.fill)
    talker.some(ticks, 50)
    talker.waiting += chirp()
    taken = talker.some(ticks, 170)
    card.close()
    assert list(ticks) == []
    delay, likeness = echo(taken)
    assert 0 < delay < 0.35
    assert likeness > 0.98
    assert not any(tick.is_gap for tick in taken)
    assert [tick.heard.at for tick in talker.ticks] == pytest.approx([n / 100 for n in range(220)])
    assert notices(talker.ticks) == ["the microphone is Monitor of Kitchen, which hears what this machine plays"]
    assert capfd.readouterr().err == ""


def test_a_device_that_goes_in_the_middle_of_a_sentence_comes_back(
    sound_server: SoundServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """Silence by the clock and a line meanwhile, though there is another sink: the person named this one."""
    sound_server.plug_in("study", "Study")
    talker, card = Talker(), LiveCard("Monitor of Kitchen", "Kitchen")
    ticks = card.ticks(talker.fill)
    talker.waiting += chirp(30.0)
    talker.some(ticks, 60)
    sound_server.unplug("kitchen")
    gone = talker.listen(ticks, lambda tick: any("loudspeaker Kitchen is gone" in line for line in tick.notices))
    assert not any("Study" in line for line in notices(gone))
    left = len(talker.waiting)
    quiet = talker.some(ticks, 60)
    assert len(talker.waiting) == left, "what is being said waits for the loudspeaker"
    assert not any(any(tick.heard.pcm) or any(tick.played.pcm) for tick in quiet[5:])
    sound_server.plug_in("kitchen", "Kitchen")
    told: list[str] = []

    def are_back(tick: Tick) -> bool:
        told.extend(line for line in tick.notices if line.endswith(" is back"))
        return len(told) == 2

    talker.listen(ticks, are_back)
    talker.waiting.clear()
    talker.some(ticks, 50)
    talker.waiting += chirp()
    taken = talker.some(ticks, 170)
    card.close()
    assert list(ticks) == []
    assert sorted(told) == ["the loudspeaker Kitchen is back", "the microphone Monitor of Kitchen is back"]
    assert echo(taken)[1] > 0.98
    assert any(tick.is_gap for tick in talker.ticks[60:])
    assert [tick.heard.at for tick in talker.ticks] == pytest.approx([n / 100 for n in range(len(talker.ticks))])
    assert capfd.readouterr().err == ""


def test_a_sound_server_that_dies_and_starts_again_is_found_again(
    sound_server: SoundServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """With nothing named: what is the default then is taken. What the native code says of it reaches no terminal."""
    talker, card = Talker(), LiveCard()
    ticks = card.ticks(talker.fill)
    talker.some(ticks, 60)
    sound_server.stop()
    talker.listen(ticks, lambda tick: any("is gone" in line for line in tick.notices))
    talker.some(ticks, 30)
    sound_server.start()
    sound_server.plug_in("study", "Study")
    told: list[str] = []

    def are_there(tick: Tick) -> bool:
        told.extend(line for line in tick.notices if line.endswith(("is back", "is taken now")))
        return len(told) >= 2

    talker.listen(ticks, are_there)
    talker.some(ticks, 50)
    talker.waiting += chirp()
    taken = talker.some(ticks, 170)
    card.close()
    assert list(ticks) == []
    assert echo(taken)[1] > 0.98
    assert capfd.readouterr().err == ""


def test_a_default_that_goes_is_moved_by_the_sound_server(sound_server: SoundServer) -> None:
    """The ticks go on, what is played is heard at the other one, and there is nothing to tell."""
    sound_server.plug_in("study", "Study")
    talker, card = Talker(), LiveCard()
    ticks = card.ticks(talker.fill)
    talker.some(ticks, 60)
    sound_server.unplug("kitchen")
    talker.some(ticks, 100)
    talker.waiting += chirp()
    taken = talker.some(ticks, 170)
    card.close()
    assert list(ticks) == []
    assert echo(taken)[1] > 0.9
    assert len(notices(talker.ticks)) == 1


def test_a_loudspeaker_alone_is_enough(sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is heard is silence then, with a line that says so; what is played comes out."""
    refresh()
    deaf = [device for device in listed() if not device.inputs]
    monkeypatch.setattr(portaudio, "listed", lambda: deaf)
    talker, card = Talker(), LiveCard()
    ticks = card.ticks(talker.fill)
    talker.waiting += chirp(0.5)
    taken = talker.some(ticks, 100)
    card.close()
    assert list(ticks) == []
    assert notices(taken)[0] == "there is no microphone; one that is plugged in will be taken"
    assert not any(any(tick.heard.pcm) for tick in taken)
    assert sum(any(tick.played.pcm) for tick in taken) >= 40
    assert not talker.waiting


def test_a_microphone_alone_is_enough(sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be played comes to its end all the same, and goes nowhere."""
    refresh()
    mute = [device for device in listed() if not device.outputs]
    monkeypatch.setattr(portaudio, "listed", lambda: mute)
    talker, card = Talker(), LiveCard()
    ticks = card.ticks(talker.fill)
    talker.waiting += chirp(0.5)
    taken = talker.some(ticks, 60)
    card.close()
    assert list(ticks) == []
    assert "there is no loudspeaker; one that is plugged in will be taken" in notices(taken)
    assert not any(any(tick.played.pcm) for tick in taken)
    assert not talker.waiting


def test_a_name_that_is_not_there_or_not_clear_lists_the_names(sound_server: SoundServer) -> None:
    """Before anything is opened."""
    sound_server.plug_in("kitchenette", "Kitchenette")
    with pytest.raises(EngineMissing, match=r"no microphone is named 'garage'; there are: .*Monitor of Kitchen "):
        next(LiveCard("garage", "").ticks(bytes))
    with pytest.raises(UsageError, match=r"'kitch' could be more than one loudspeaker: Kitchen .*Kitchenette"):
        next(LiveCard("", "kitch").ticks(bytes))


def test_what_the_caller_raises_while_it_is_asked_for_sound_reaches_the_reader(sound_server: SoundServer) -> None:
    """In the loudspeaker's own thread nobody would see it."""

    def fill(_samples: int) -> bytes:
        raise KeyError("queue")

    with pytest.raises(KeyError):
        for _ in LiveCard("", "Kitchen").ticks(fill):
            pass


def test_a_card_is_closed_from_any_thread(sound_server: SoundServer) -> None:
    """The ticks end, and the next card opens the same devices."""
    for _ in range(2):
        card, talker = LiveCard("Monitor of Kitchen", "Kitchen"), Talker()
        ticks = card.ticks(talker.fill)
        talker.waiting += chirp()
        talker.some(ticks, 30)
        time.sleep(0.2)  # so that something stands there that nobody took
        assert any(card._meeting._heard._store)
        thread = threading.Thread(target=card.close)
        thread.start()
        thread.join()
        assert list(ticks) == []
        assert not any(any(part) for part in (card._meeting._heard._store, card._meeting._played._store))


def test_a_sound_server_on_another_machine_is_not_told_what_is_said(
    sound_server: SoundServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PULSE_SERVER can name one anywhere; sound would leave there by no door of ours."""
    server = pulse.ask()
    assert server is not None
    assert server.is_local
    far = pulse.Server(server.sinks, server.sources, server.default_sink, server.default_source, is_local=False)
    monkeypatch.setattr(pulse, "ask", lambda: far)
    with pytest.raises(EngineFailed, match="runs on another machine"):
        listed()


def test_the_environment_is_as_it_was_after_a_device_was_opened_by_name(sound_server: SoundServer) -> None:
    """The plug-in takes the names from there, and so would every other program that we start."""
    card = LiveCard("Monitor of Kitchen", "Kitchen")
    ticks = card.ticks(Talker().fill)
    next(ticks)
    assert not {"PULSE_SINK", "PULSE_SOURCE"} & set(os.environ)
    card.close()
    assert list(ticks) == []


def test_a_caller_who_is_late_with_the_sound_is_counted_and_survived(sound_server: SoundServer) -> None:
    """The loudspeaker runs dry; nothing that was heard meanwhile is lost, and the sound goes on."""
    talker, card = Talker(), LiveCard("", "Kitchen")
    is_late = threading.Event()

    def fill(samples: int) -> bytes:
        if is_late.is_set():
            is_late.clear()
            time.sleep(0.5)
        return talker.fill(samples)

    ticks = card.ticks(fill)
    talker.some(ticks, 50)
    assert (card.underruns, card.overruns) == (0, 0)
    is_late.set()
    talker.some(ticks, 100)
    talker.waiting += chirp()
    taken = talker.some(ticks, 170)
    assert card.underruns > 0
    assert card.overruns == 0
    card.close()
    assert list(ticks) == []
    assert echo(taken)[1] > 0.9
