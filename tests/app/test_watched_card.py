"""A card that tells of a microphone that is muted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from privacy_assistant.app.watched_card import WatchedCard
from privacy_assistant.core.mute import MUTED
from privacy_assistant.core.sound import HEARD_HZ, Tick
from privacy_assistant.ports.sound import SoundCard
from tests.fakes import FakeSoundCard


def told(card: SoundCard) -> list[tuple[float, str]]:
    """Every notice, with the tick that it came with."""
    return [(tick.heard.at, line) for tick in card.ticks(bytes_of) for line in tick.notices]


def bytes_of(samples: int) -> bytes:
    """Silence for the loudspeaker."""
    return bytes(2 * samples)


class Unplugged(FakeSoundCard):
    """Gives silence, and says after three seconds that the microphone went."""

    def ticks(self, fill: Callable[[int], bytes]) -> Iterator[Tick]:
        for tick in super().ticks(fill):
            yield replace(tick, notices=("it is gone",)) if tick.heard.at == 3.0 else tick


def test_a_muted_microphone_is_told_once_among_the_notices() -> None:
    """After five seconds of nothing but zeros; every tick arrives."""
    card = WatchedCard(FakeSoundCard(bytes(2 * HEARD_HZ * 20)))
    assert told(card) == [(4.99, MUTED)]
    assert len(list(WatchedCard(FakeSoundCard(bytes(2 * HEARD_HZ))).ticks(bytes_of))) == 100


def test_a_device_that_went_is_judged_anew() -> None:
    """What was told of it stays, and the five seconds begin again."""
    assert told(WatchedCard(Unplugged(bytes(2 * HEARD_HZ * 20)))) == [(3.0, "it is gone"), (7.99, MUTED)]


def test_closing_and_the_rate_are_the_card_s_own() -> None:
    """It stands before the card and adds nothing else."""
    card = FakeSoundCard(bytes(2 * HEARD_HZ), rate_hz=48_000)
    watched = WatchedCard(card)
    assert watched.rate_hz == 48_000
    watched.close()
    assert list(watched.ticks(bytes_of)) == []
