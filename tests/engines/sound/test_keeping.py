"""When a device is looked for, and when PortAudio is started anew for it, with devices that are only pretended."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privacy_assistant.engines.sound import keeping, portaudio
from privacy_assistant.engines.sound.keeping import Keeper
from privacy_assistant.engines.sound.meeting import Meeting
from privacy_assistant.engines.sound.naming import Device, Side
from privacy_assistant.engines.sound.streams import Filler
from privacy_assistant.errors import EngineFailed, EngineMissing

INSIDE = Device("Inside", "ALSA", 2, 2, 48_000, 0, is_default_output=True)
HEADSET = Device("Headset", "ALSA", 1, 0, 48_000, 1, is_default_input=True)
CAMERA = Device("Camera", "ALSA", 1, 0, 48_000, 2)


class Machine:
    """Devices that are plugged in, and PortAudio's list of them, which is as old as its last start."""

    def __init__(self, patch: pytest.MonkeyPatch, *plugged: Device) -> None:
        self.plugged = list(plugged)
        self.listed = list(plugged)
        self.open: list[Pretended] = []
        self.starts = 0
        self.sign: object = None
        self.now = 1000.0
        patch.setattr(portaudio, "refresh", lambda: None)
        patch.setattr(portaudio, "listed", lambda: list(self.listed))
        patch.setattr(portaudio, "restart", self._restart)
        patch.setattr(keeping, "Ear", lambda device, _meeting: Pretended(self, device, "input"))
        patch.setattr(keeping, "Mouth", lambda device, _meeting, _filler: Pretended(self, device, "output"))
        patch.setattr(keeping, "_sign", lambda: self.sign)
        patch.setattr(keeping, "_now", lambda: self.now)

    def keeper(self, input: str = "", output: str = "") -> Keeper:
        """One that has opened what there is."""
        keeper = Keeper(input, output, Meeting(4, 4), Filler(lambda samples: bytes(2 * samples)))
        keeper.open()
        return keeper

    def names(self) -> list[str]:
        """What is open now."""
        return sorted(stream.device.name for stream in self.open)

    def pass_by(self, keeper: Keeper, seconds: float) -> None:
        """So much time, with a look every quarter of a second."""
        for _ in range(round(4 * seconds)):
            self.now += 0.25
            keeper.look()

    def _restart(self) -> None:
        assert not self.open, "PortAudio must not start anew over an open stream"
        self.starts += 1
        self.listed = [replace(device, index=device.index + self.starts) for device in self.plugged]

    def has(self, device: Device) -> bool:
        """Whether it is plugged in; its number may be another now."""
        return any(plugged.name == device.name for plugged in self.plugged)


class Pretended:
    """An open stream of a device that may be pulled out."""

    latency_s = 0.05

    def __init__(self, machine: Machine, device: Device, side: Side) -> None:
        if not machine.has(device):
            raise EngineFailed("it cannot be opened")
        self.device, self.side, self.troubles = device, side, 0
        self._machine = machine
        machine.open.append(self)

    def is_lost(self) -> bool:
        return not self._machine.has(self.device)

    def close(self) -> None:
        self._machine.open.remove(self)


def test_a_working_device_is_not_disturbed_without_a_sign(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting PortAudio anew would be a gap in what is played; the system says when there is something new."""
    machine = Machine(monkeypatch, INSIDE, HEADSET)
    machine.sign = "both"
    keeper = machine.keeper(input="Headset")
    machine.plugged.remove(HEADSET)
    machine.sign = "one"
    machine.pass_by(keeper, 60)
    assert machine.starts == 1
    assert machine.names() == ["Inside"]
    machine.plugged.append(HEADSET)
    machine.sign = "both"
    machine.pass_by(keeper, 5)
    assert machine.starts == 2
    assert machine.names() == ["Headset", "Inside"]
    assert keeper.notices() == (
        "the microphone Headset is gone; waiting for it",
        "the microphone Headset is back",
    )


def test_where_the_system_gives_no_sign_it_is_tried_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    """Twice a minute while the other device works."""
    machine = Machine(monkeypatch, INSIDE, HEADSET)
    keeper = machine.keeper(input="Headset")
    machine.plugged.remove(HEADSET)
    machine.pass_by(keeper, 120)
    assert 3 <= machine.starts <= 5
    machine.plugged.append(HEADSET)
    machine.pass_by(keeper, 40)
    assert machine.names() == ["Headset", "Inside"]


def test_where_nothing_works_it_is_tried_often_and_then_less(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to disturb; but a computer that tries all the time is warm for nothing."""
    machine = Machine(monkeypatch, INSIDE)
    keeper = machine.keeper()
    machine.plugged.clear()
    machine.pass_by(keeper, 60)
    assert 20 <= machine.starts <= 40
    machine.plugged.append(INSIDE)
    machine.pass_by(keeper, 5)
    assert machine.names() == ["Inside", "Inside"]


def test_a_new_default_is_taken_where_none_was_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """And told by its name."""
    machine = Machine(monkeypatch, INSIDE, HEADSET)
    machine.sign = 1
    keeper = machine.keeper()
    machine.plugged[:] = [INSIDE, CAMERA]
    monkeypatch.setattr(machine, "plugged", [Device("Inside", "ALSA", 0, 2, 48_000, 0, is_default_output=True), CAMERA])
    machine.sign = 2
    machine.pass_by(keeper, 5)
    assert machine.names() == ["Camera", "Inside"]
    assert "the microphone Camera is taken now" in keeper.notices()


def test_a_device_that_was_named_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """No other one hears what is said, however long it takes, and whatever its name."""
    machine = Machine(monkeypatch, INSIDE, HEADSET, Device("Headset of somebody", "ALSA", 1, 0, 48_000, 2))
    machine.sign = 1
    keeper = machine.keeper(input="headset")
    machine.plugged.remove(HEADSET)
    machine.sign = 2
    machine.pass_by(keeper, 100)
    assert machine.names() == ["Inside"]
    assert not keeper.is_hearing
    assert keeper.is_speaking


def test_what_is_said_waits_for_a_loudspeaker_that_went_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds; then it comes to its end unheard, and whoever waits for the end of it goes on."""
    machine = Machine(monkeypatch, INSIDE, HEADSET)
    keeper = machine.keeper()
    seen = [keeper.is_holding]
    machine.plugged.remove(INSIDE)
    for seconds in (5, 6):
        machine.pass_by(keeper, seconds)
        seen.append(keeper.is_holding)
    assert seen == [False, True, False]


def test_a_machine_without_any_device_says_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """With where to look."""
    with pytest.raises(EngineMissing, match="no microphone and no loudspeaker"):
        Machine(monkeypatch).keeper()


def test_nothing_stays_open_where_one_of_both_does_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error of the one is told."""
    machine = Machine(monkeypatch, INSIDE, HEADSET)
    machine.plugged.remove(INSIDE)
    with pytest.raises(EngineFailed):
        machine.keeper()
    assert machine.names() == []
