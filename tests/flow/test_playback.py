"""What is queued is played in order, lowered, held and dropped when told, and its heard part is known."""

from __future__ import annotations

from array import array
from itertools import count, pairwise

from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.flow.playback import RAMP_S, Playback

RATE = 1000
LOUD = array("h", [10_000]).tobytes()


def playback() -> Playback:
    """One at 1 kHz, whose stopwatch counts its readings."""
    readings = count(1)
    return Playback(RATE, lambda: float(next(readings)))


def played(of: Playback, samples: int) -> list[int]:
    """The next samples as numbers."""
    return list(array("h", of.fill(samples)))


def test_silence_is_played_where_nothing_is_said() -> None:
    """An empty queue gives zeros, as many as were asked for."""
    assert playback().fill(80) == bytes(160)


@given(st.lists(st.integers(1, 50), max_size=6), st.lists(st.integers(1, 70), min_size=1, max_size=12))
def test_every_sample_is_played_once_and_in_order(pieces: list[int], asked: list[int]) -> None:
    """However it is asked for, what comes out is what went in, then silence."""
    queue, value, said = playback(), count(1), array("h")
    for size in pieces:
        piece = array("h", [next(value) for _ in range(size)])
        said += piece
        queue.add(piece.tobytes())
    heard = [sample for samples in asked for sample in played(queue, samples)]
    assert heard == (list(said) + [0] * sum(asked))[: sum(asked)]


def test_a_piece_without_sound_counts_as_heard_when_its_turn_comes() -> None:
    """What cannot be said (a heading's marks) is passed over, and is part of what was heard."""
    queue = playback()
    queue.begin()
    queue.add(LOUD * 2, start=0, end=5)
    queue.add(b"", start=5, end=9)
    queue.fill(2)
    assert queue.heard == 5
    queue.fill(1)
    assert queue.heard == 9


def test_what_was_heard_grows_with_what_was_played_inside_a_piece_too() -> None:
    """Half of the samples of a piece stand for half of its code points."""
    queue = playback()
    queue.begin()
    queue.add(LOUD * 100, start=0, end=10)
    queue.add(LOUD * 100, start=10, end=40)
    assert queue.heard == 0
    queue.fill(50)
    assert queue.heard == 5
    queue.fill(100)
    assert queue.heard == 25
    queue.fill(100)
    assert (queue.heard, queue.pending_s) == (40, 0)
    assert queue.heard_s == 0.2


def test_what_is_dropped_is_not_played_and_was_heard_as_far_as_it_came() -> None:
    """After `drop` there is silence, and the heard part stays known."""
    queue = playback()
    queue.begin()
    queue.add(LOUD * 100, start=0, end=100)
    queue.fill(30)
    queue.drop()
    assert played(queue, 10) == [0] * 10
    assert queue.heard == 30
    assert not queue.is_audible


def test_a_voice_is_lowered_without_a_click_and_comes_back() -> None:
    """Ducking moves the loudness in steps of the ramp to its share, and back."""
    queue = playback()
    queue.add(LOUD * 200)
    queue.fill(10)
    queue.duck(0.3)
    lowered = played(queue, 40)
    assert lowered[-1] == 3000
    assert max(abs(a - b) for a, b in pairwise(lowered)) <= 10_000 / (RAMP_S * RATE) + 1
    queue.resume()
    assert played(queue, 40)[-1] == 10_000


def test_a_held_voice_is_silent_and_goes_on_from_the_cut_point() -> None:
    """Nothing of what is left is lost while it is held, but for the ramp."""
    queue = playback()
    queue.add(LOUD * 100)
    queue.fill(10)
    queue.hold()
    fading = played(queue, 30)
    assert fading[-1] == 0
    audible, left = [queue.is_audible], queue.pending_s
    assert played(queue, 50) == [0] * 50
    assert queue.pending_s == left
    queue.resume()
    audible.append(queue.is_audible)
    assert audible == [False, True]
    assert played(queue, 30)[-1] == 10_000


def test_the_first_sample_of_an_answer_is_timed_once() -> None:
    """`first_at` is None until something of this answer is played, and stays as it was then."""
    queue = playback()
    queue.begin()
    queue.fill(10)
    firsts = [queue.first_at]
    queue.add(LOUD * 10)
    for _ in range(2):
        queue.fill(5)
        firsts.append(queue.first_at)
    queue.begin()
    firsts.append(queue.first_at)
    assert firsts == [None, 1.0, 1.0, None]


def test_the_volume_holds_for_what_follows() -> None:
    """Half the volume is half the samples; it stays between nothing and all."""
    queue = playback()
    queue.set_volume(0.5)
    queue.fill(1)
    queue.add(LOUD * 40)
    assert played(queue, 40)[-1] == 5000
    queue.set_volume(7)
    assert queue.volume == 1.0
    queue.set_volume(-1)
    assert queue.volume == 0.0


def test_a_new_answer_begins_afresh() -> None:
    """Neither lowered nor held, with nothing of the last one left that would count as heard."""
    queue = playback()
    queue.begin()
    queue.add(LOUD, start=0, end=5)
    queue.add(b"", start=5, end=9)
    queue.fill(1)
    queue.duck(0.3)
    queue.hold()
    queue.begin()
    queue.add(LOUD * 200, start=0, end=4)
    assert played(queue, 100)[-1] == 10_000
    assert queue.heard == 2
    queue.fill(100)
    assert queue.heard == 4


def test_an_answer_in_the_place_of_another_is_held_where_that_was() -> None:
    """Whoever speaks over us is not spoken over because there is a better answer."""
    queue = playback()
    queue.begin()
    queue.add(LOUD * 200, start=0, end=8)
    queue.fill(100)
    queue.hold()
    queue.fill(100)
    queue.restart()
    queue.add(LOUD * 200, start=0, end=8)
    assert queue.heard == 0
    assert played(queue, 100)[-1] == 0
    queue.resume()
    assert played(queue, 100)[-1] == 10_000
