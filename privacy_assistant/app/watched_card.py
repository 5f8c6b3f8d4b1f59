"""A sound card whose microphone is watched: muted, or too loud, is told among its notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from privacy_assistant.core.mute import MicrophoneWatch
from privacy_assistant.core.sound import Tick
from privacy_assistant.ports.sound import SoundCard


class WatchedCard:
    """`ports.SoundCard`: the same ticks as another card, with more to tell. For devices; files may be silent."""

    def __init__(self, card: SoundCard) -> None:
        self._card = card

    @property
    def rate_hz(self) -> int:
        """Of the loudspeaker."""
        return self._card.rate_hz

    def ticks(self, fill: Callable[[int], bytes]) -> Iterator[Tick]:
        """As the other card's."""
        watch = MicrophoneWatch()
        for tick in self._card.ticks(fill):
            if tick.notices:
                watch.reset()  # a device that went gives silence, and was told of
            line = watch.heard(tick.heard)
            yield replace(tick, notices=(*tick.notices, line)) if line else tick

    def close(self) -> None:
        """End `ticks`."""
        self._card.close()
