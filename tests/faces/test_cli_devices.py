"""`devices` at the command line: a table for people, an object for programs."""

from __future__ import annotations

import pytest

from privacy_assistant.app import sound_devices
from privacy_assistant.app.sound_devices import Device
from privacy_assistant.errors import EngineMissing
from tests.faces.conftest import Person

HEADSET = Device("USB Headset", "ALSA", 1, 2, 48_000, 0, is_default_input=True)
SCREEN = Device("HDMI", "PulseAudio", 0, 8, 44_100, 1, route="hdmi.sink", is_default_output=True)


def has(patch: pytest.MonkeyPatch, *found: Device) -> None:
    """This machine has these devices."""
    patch.setattr(sound_devices, "refresh", lambda: None)
    patch.setattr(sound_devices, "listed", lambda: list(found))


def test_devices_are_a_table_by_name(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """How many channels each way, and which is the default; no key is asked for."""
    has(monkeypatch, HEADSET, SCREEN)
    shown = person.types("devices", with_key=False)
    assert (shown.code, shown.err) == (0, "")
    assert shown.out.splitlines() == [
        "NAME         HOST API    IN  OUT  DEFAULT",
        "USB Headset  ALSA        1   2    in",
        "HDMI         PulseAudio  0   8    out",
    ]


def test_a_program_gets_the_same_as_an_object(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PortAudio's numbers, which are others at each start."""
    has(monkeypatch, HEADSET)
    shown = person.types("devices", "--json", with_key=False)
    assert shown.json == {
        "devices": [
            {
                "name": "USB Headset",
                "host_api": "ALSA",
                "inputs": 1,
                "outputs": 2,
                "rate_hz": 48_000,
                "default_input": True,
                "default_output": False,
                "monitor": False,
            }
        ]
    }


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ((SCREEN,), ["no microphone"]),
        ((), ["no microphone", "no loudspeaker"]),
    ],
)
def test_what_is_missing_is_told_and_is_no_error(
    person: Person, monkeypatch: pytest.MonkeyPatch, found: tuple[Device, ...], told: list[str]
) -> None:
    """A machine without a sound card is whole."""
    has(monkeypatch, *found)
    shown = person.types("devices", with_key=False)
    assert shown.code == 0
    assert [line.split(":")[0] for line in shown.err.splitlines()] == told
    assert len(shown.out.splitlines()) == (2 if found else 0)


def test_a_missing_library_is_one_line_and_exit_8(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the remedy."""

    def refresh() -> None:
        raise EngineMissing("there is no sound", hint="install it")

    monkeypatch.setattr(sound_devices, "refresh", refresh)
    shown = person.types("devices", with_key=False)
    assert (shown.code, shown.out) == (8, "")
    assert shown.err == "privacy-assistant: there is no sound · install it\n"
