"""Which device a name means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.engines.sound.naming import Device, again, choose, name_of
from privacy_assistant.errors import EngineMissing, UsageError

INSIDE = Device("HDA Intel PCH: ALC257 (hw:0,0)", "ALSA", 2, 2, 44_100, 0, is_default_output=True)
HEADSET = Device("USB Headset", "ALSA", 1, 2, 48_000, 1)
HEADSET_BY_SERVER = Device("USB Headset", "PulseAudio", 1, 0, 48_000, 2, route="usb.source", is_default_input=True)
SCREEN = Device("HDMI Screen", "ALSA", 0, 8, 48_000, 3)
ALL = [INSIDE, HEADSET, HEADSET_BY_SERVER, SCREEN]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("", HEADSET_BY_SERVER),
        ("hda intel", INSIDE),
        ("ALC257", INSIDE),
        ("usb headset, alsa", HEADSET),
        ("USB PulseAudio", HEADSET_BY_SERVER),
        ("usb.source", HEADSET_BY_SERVER),
    ],
)
def test_part_of_a_name_is_enough_where_only_one_has_it(wanted: str, found: Device) -> None:
    """In any case of letters; the host API tells two of one name apart; without a name it is the default."""
    assert choose(ALL, wanted, "input") == found


def test_a_whole_name_wins_over_one_that_holds_it() -> None:
    """A monitor has the name of its sink in its own."""
    monitor = Device("Monitor of Kitchen", "PulseAudio", 2, 0, 48_000, 0)
    kitchen = Device("Kitchen", "PulseAudio", 1, 0, 48_000, 0)
    assert choose([monitor, kitchen], "kitchen", "input") == kitchen


def test_a_name_that_could_be_several_is_a_question() -> None:
    """Both are listed, and nothing else is."""
    with pytest.raises(UsageError) as told:
        choose(ALL, "headset", "input")
    assert "USB Headset (ALSA) · USB Headset (PulseAudio)" in told.value.message
    assert "HDA" not in told.value.message


def test_a_name_that_nothing_has_lists_what_there_is() -> None:
    """Only what can do it: a screen is no microphone."""
    with pytest.raises(EngineMissing) as told:
        choose(ALL, "HDMI", "input")
    assert "no microphone is named 'HDMI'" in told.value.message
    assert "USB Headset (ALSA)" in told.value.message
    with pytest.raises(EngineMissing, match="there is none at all"):
        choose([], "HDMI", "output")


def test_without_a_default_the_first_that_can_is_taken() -> None:
    """And nothing where nothing can."""
    assert choose([SCREEN, HEADSET], "", "input") == HEADSET
    assert choose([SCREEN], "", "input") is None


def test_a_device_is_known_again_by_name_and_host_api() -> None:
    """Its number is another each time; of two alike the one with the same way to it."""
    moved = Device("USB Headset", "ALSA", 1, 2, 48_000, 7)
    twin = Device("USB Headset", "PulseAudio", 1, 0, 48_000, 8, route="usb.source.2")
    assert again([twin, moved, INSIDE], HEADSET, "input") == moved
    assert again([twin, HEADSET_BY_SERVER], HEADSET_BY_SERVER, "input") == HEADSET_BY_SERVER
    assert again([INSIDE], HEADSET, "input") is None


@given(st.text())
def test_a_name_never_steers_the_terminal(untrusted: str) -> None:
    """Names come from the devices themselves, and from whoever is near by radio."""
    name = name_of(untrusted)
    assert name.isprintable()
    assert 0 < len(name) <= 200
