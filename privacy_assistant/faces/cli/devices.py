"""`devices`: what hears and what can be heard, by the names that the settings take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from privacy_assistant.errors import ExitCode
from privacy_assistant.faces.cli.invocation import Command, invocation

if TYPE_CHECKING:
    from privacy_assistant.app.sound_devices import Device

_NONE = {
    "in": "no microphone: nothing can be heard until one is plugged in, and `listen --input FILE` takes a recording",
    "out": "no loudspeaker: nothing can be spoken until one is plugged in",
}


@click.command(cls=Command, name="devices", short_help="List microphones and loudspeakers, by name.")
def command() -> int:
    """List microphones and loudspeakers, by name. config.toml takes the names, or an unambiguous part of them:
    [audio] input = "…", output = "…". Nothing is opened, and nothing is heard.
    """
    inv = invocation()

    from privacy_assistant.app.sound_devices import devices
    from privacy_assistant.faces.stream import json_line, write

    found = devices()
    if inv.json:
        write(json_line({"devices": [_as_json(device) for device in found]}) + "\n")
        return ExitCode.OK
    for line in _table([("NAME", "HOST API", "IN", "OUT", "DEFAULT"), *map(_row, found)] if found else []):
        write(line + "\n")
    if not any(device.inputs for device in found):
        inv.say(_NONE["in"])
    if not any(device.outputs for device in found):
        inv.say(_NONE["out"])
    return ExitCode.OK


def _as_json(device: Device) -> dict[str, Any]:
    return {
        "name": device.name,
        "host_api": device.host_api,
        "inputs": device.inputs,
        "outputs": device.outputs,
        "rate_hz": device.rate_hz,
        "default_input": device.is_default_input,
        "default_output": device.is_default_output,
        "monitor": device.is_monitor,
    }


def _row(device: Device) -> tuple[str, ...]:
    marks = [word for word, is_it in (("in", device.is_default_input), ("out", device.is_default_output)) if is_it]
    return device.name, device.host_api, str(device.inputs), str(device.outputs), " ".join(marks)


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
