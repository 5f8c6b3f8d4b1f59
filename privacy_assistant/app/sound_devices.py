"""The sound devices of this machine, for the faces."""

from __future__ import annotations

from privacy_assistant.engines.sound import Device, listed, refresh


def devices() -> list[Device]:
    """Every device, as it is now where no card is open. Raises EngineMissing without PortAudio, else EngineFailed."""
    refresh()
    return listed()


__all__ = ["Device", "devices"]
