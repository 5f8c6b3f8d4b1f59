"""The sound devices of this machine, for the faces: which there are, and a card of those that the settings name."""

from __future__ import annotations

from privacy_assistant.core.settings import Audio
from privacy_assistant.engines.sound import Device, LiveCard, listed, refresh


def devices() -> list[Device]:
    """Every device, as it is now where no card is open. Raises EngineMissing without PortAudio, else EngineFailed."""
    refresh()
    return listed()


def live_card(audio: Audio) -> LiveCard:
    """A card of the devices that `[audio]` names, else of the system's defaults; nothing is opened before `ticks`."""
    return LiveCard(audio.input, audio.output)


__all__ = ["Device", "LiveCard", "devices", "live_card"]
