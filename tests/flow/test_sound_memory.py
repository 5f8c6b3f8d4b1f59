"""What was heard is there for a while, and overwritten when it is let go."""

from __future__ import annotations

from privacy_assistant.core.sound import HEARD_HZ
from privacy_assistant.flow.sound_memory import SoundMemory

TICK = 0.01
LENGTH = 2 * HEARD_HZ // 100


def filled(ticks: int, **kwargs: float) -> SoundMemory:
    """One that heard ticks of its own number each, from 0 on."""
    memory = SoundMemory(**kwargs)
    for number in range(ticks):
        memory.add(bytes([number % 256]) * LENGTH, number * TICK)
    return memory


def test_a_stretch_is_what_was_heard_then() -> None:
    """Times are those of the sample clock; what is not there is left out."""
    memory = filled(100)
    assert memory.between(0.5, 0.52).pcm == bytes([50]) * LENGTH + bytes([51]) * LENGTH
    assert memory.between(0.99, 5.0).pcm == bytes([99]) * LENGTH
    assert memory.between(7.0, 8.0).pcm == b""


def test_what_is_forgotten_is_gone_and_the_rest_keeps_its_time() -> None:
    """Times do not move when the beginning is let go."""
    memory = filled(100)
    memory.forget(before=0.5)
    assert memory.between(0.0, 0.51).pcm == bytes([50]) * LENGTH
    assert abs(memory.seconds - 0.5) < 1e-9


def test_what_is_let_go_is_overwritten_before() -> None:
    """The buffer itself holds zeros where the sound was."""
    memory = filled(10)
    view = memoryview(memory._pcm)
    kept = bytes(view)
    view.release()
    overwritten: list[bytes] = []

    class Watched(bytearray):
        def __delitem__(self, place: object) -> None:
            overwritten.append(bytes(self))
            super().__delitem__(place)  # type: ignore[arg-type] # a slice

    memory._pcm = Watched(kept)
    memory.forget()
    assert overwritten == [bytes(len(kept))]
    assert memory.seconds == 0


def test_it_never_holds_more_than_its_longest() -> None:
    """The oldest goes first."""
    memory = filled(300, longest_s=1.0)
    assert memory.seconds == 1.0
    assert memory.between(2.99, 3.0).pcm == bytes([299 % 256]) * LENGTH


def test_a_jump_of_the_clock_begins_anew() -> None:
    """Sound from before a gap is not joined to sound from after it."""
    memory = filled(10)
    memory.add(b"\x07" * LENGTH, 5.0)
    assert memory.between(0.0, 10.0).pcm == b"\x07" * LENGTH
