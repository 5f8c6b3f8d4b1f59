"""Devices, and which of them a name means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from privacy_assistant.errors import EngineMissing, UsageError

Side = Literal["input", "output"]
WORDS: dict[Side, str] = {"input": "microphone", "output": "loudspeaker"}


@dataclass(frozen=True, slots=True)
class Device:
    """Something that hears or can be heard.

    `index` is PortAudio's number of it until PortAudio starts anew. `route` is the sound server's own name of a
    device that PortAudio reaches through the server ("" where it reaches it itself). A monitor hears what a loudspeaker
    of this machine is given.
    """

    name: str
    host_api: str
    inputs: int
    outputs: int
    rate_hz: int
    index: int
    route: str = ""
    is_monitor: bool = False
    is_default_input: bool = False
    is_default_output: bool = False

    def channels(self, side: Side) -> int:
        """How many of them that way; 0 where it cannot."""
        return self.inputs if side == "input" else self.outputs

    def is_default(self, side: Side) -> bool:
        """Whether it is what is taken where nobody names one."""
        return self.is_default_input if side == "input" else self.is_default_output


def name_of(untrusted: str) -> str:
    """A name in one line and without what would steer a terminal: some come from the device itself."""
    return " ".join("".join(char if char.isprintable() else " " for char in untrusted).split())[:200] or "unnamed"


def choose(devices: Sequence[Device], wanted: str, side: Side) -> Device | None:
    """The device that is meant; without a name the default, else the first that can, else None.

    Case does not matter, part of a name is enough where only one has it, and the host API may stand behind it
    ("usb alsa", "USB Headset, ALSA"). Raises EngineMissing for a name that nothing has, UsageError for one that
    several have; both list the names.
    """
    able = [device for device in devices if device.channels(side)]
    if not wanted.strip():
        return next((device for device in able if device.is_default(side)), able[0] if able else None)
    found = _matching(able, wanted)
    if len(found) == 1:
        return found[0]
    word = WORDS[side]
    if found:
        raise UsageError(
            f"{wanted!r} could be more than one {word}: {_names(found)}", hint="name more of it, or add the host API"
        )
    there = f"there are: {_names(able)}" if able else "there is none at all"
    raise EngineMissing(
        f"no {word} is named {wanted!r}; {there}", hint=f"plug it in, or change {side} under [audio] in config.toml"
    )


def again(devices: Sequence[Device], known: Device, side: Side) -> Device | None:
    """The device that was known by this name and host API, where it is there (again)."""
    same = [
        device
        for device in devices
        if device.channels(side) and (device.name, device.host_api) == (known.name, known.host_api)
    ]
    # Two of one kind have one name; then the server's own name of it decides, else the first is as good.
    return next((device for device in same if device.route == known.route), same[0] if same else None)


def _matching(able: Sequence[Device], wanted: str) -> list[Device]:
    words = wanted.casefold().replace(",", " ").split()
    whole = " ".join(words)
    named = [(device, _plain(f"{device.name} {device.host_api}")) for device in able]
    return (
        [device for device, name in named if whole in (_plain(device.name), name, _plain(device.route))]
        or [device for device, name in named if whole in name]
        or [device for device, name in named if all(word in name for word in words)]
    )


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace(",", " ").split())


def _names(devices: Sequence[Device]) -> str:
    return " · ".join(f"{device.name} ({device.host_api})" for device in devices)
