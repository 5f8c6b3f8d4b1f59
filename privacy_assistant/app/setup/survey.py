"""What a machine has that matters here: memory, cores, room on the disk, sound, a way to a network. Sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from privacy_assistant.app.machine import memory_bytes
from privacy_assistant.app.models.room import free_bytes
from privacy_assistant.app.paths import Paths
from privacy_assistant.app.sound_devices import Device, devices
from privacy_assistant.core.settings import Audio
from privacy_assistant.egress.routing_table import Routes, read_routes
from privacy_assistant.engines.cores import physical_cores
from privacy_assistant.engines.sound.naming import Side, choose
from privacy_assistant.errors import AssistantError


class Network(StrEnum):
    """What the routing table says."""

    WAY_OUT = "a way out"
    LOCAL = "your own network only"
    NONE = "none"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Machine:
    """`microphone` and `loudspeaker` are names, "" for none; `sound_problem` says why, where it is known."""

    memory_bytes: int
    cores: int
    free_bytes: int
    microphone: str
    loudspeaker: str
    network: Network
    sound_problem: str = ""


def survey(
    paths: Paths,
    audio: Audio,
    *,
    find_devices: Callable[[], Sequence[Device]] = devices,
    routes: Callable[[], Routes] = read_routes,
    memory: Callable[[], int] = memory_bytes,
    cores: Callable[[], int] = physical_cores,
) -> Machine:
    """Look at the machine of this home. Never raises for what is missing; no microphone is opened."""
    found: Sequence[Device] = ()
    problems = []
    try:
        found = find_devices()
    except AssistantError as error:
        problems.append(_line(error))
    microphone, no_ear = _chosen(found, audio.input, "input")
    loudspeaker, no_mouth = _chosen(found, audio.output, "output")
    if found:
        problems += filter(None, (no_ear, no_mouth))
    return Machine(
        memory_bytes=memory(),
        cores=cores(),
        free_bytes=free_bytes(paths.models),
        microphone=microphone,
        loudspeaker=loudspeaker,
        network=_network(routes()),
        sound_problem="; ".join(problems),
    )


def _chosen(found: Sequence[Device], wanted: str, side: Side) -> tuple[str, str]:
    try:
        device = choose(found, wanted, side)
    except AssistantError as error:
        return "", _line(error)
    return (device.name if device is not None else ""), ""


def _line(error: AssistantError) -> str:
    return error.message + (f" ({error.hint})" if error.hint else "")


def _network(routes: Routes) -> Network:
    if not routes.is_known:
        return Network.UNKNOWN
    if routes.has_default:
        return Network.WAY_OUT
    return Network.LOCAL if routes.has_any else Network.NONE
