"""The talk key: down, held and up, out of nothing but presses that a terminal reports."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.faces.voice_keys import TalkKey, Turn


def replay(presses: list[float], until: float, *, every: float = 0.05) -> list[tuple[Turn, float]]:
    """What became of the key when it was reported at these seconds and looked at now and then."""
    key = TalkKey()
    turns: list[tuple[Turn, float]] = []
    steps = [(at, True) for at in presses] + [(n * every, False) for n in range(int(until / every) + 1)]
    for at, is_press in sorted(steps):
        turn = key.reported(at) if is_press else key.look(at)
        if turn is not None:
            turns.append((turn, at))
    return turns


def test_a_tap_stays_down_until_the_next_one() -> None:
    """No repeat within what terminals take: it was a tap."""
    assert replay([1.0, 9.0], 12.0) == [(Turn.DOWN, 1.0), (Turn.UP, 9.0)]


def test_a_held_key_comes_up_soon_after_its_last_repeat() -> None:
    """X11's own figures: 0.66 s, then 25 a second; up within a quarter of a second of the last."""
    repeats = [1.0, *(1.66 + 0.04 * n for n in range(60))]
    (down, begin), (up, end) = replay(repeats, 8.0)
    assert (down, begin, up) == (Turn.DOWN, 1.0, Turn.UP)
    assert 0.15 < end - repeats[-1] < 0.3


def test_slow_repeats_are_waited_for() -> None:
    """Three a second, the slowest that keyboards are set to: it stays down while they come."""
    repeats = [1.0, *(1.5 + 0.33 * n for n in range(10))]
    turns = replay(repeats, 8.0)
    assert [turn for turn, _ in turns] == [Turn.DOWN, Turn.UP]
    assert turns[1][1] > repeats[-1]


def test_a_stutter_of_the_line_does_not_let_go() -> None:
    """Repeats that come in bunches, as over a bad connection, are one hold."""
    repeats = [0.0, 0.5]
    for n in range(20):
        repeats += [0.55 + 0.13 * n, 0.551 + 0.13 * n, 0.552 + 0.13 * n]
    assert [turn for turn, _ in replay(repeats, 6.0)] == [Turn.DOWN, Turn.UP]


def test_two_quick_taps_do_not_leave_it_down() -> None:
    """They look like a hold that was short, and end as one."""
    turns = replay([1.0, 1.3], 4.0)
    assert [turn for turn, _ in turns] == [Turn.DOWN, Turn.UP]
    assert turns[1][1] < 2.0


@given(st.lists(st.floats(0.0, 60.0), max_size=60))
def test_down_and_up_take_turns(presses: list[float]) -> None:
    """Whatever is pressed whenever: down comes first, and never twice in a row."""
    turns = [turn for turn, _ in replay(sorted(presses), 70.0)]
    assert turns[:1] in ([], [Turn.DOWN])
    assert all(before is not after for before, after in pairwise(turns))


@given(
    start=st.floats(0.0, 5.0),
    delay=st.floats(0.2, 0.7),
    gap=st.floats(0.02, 0.3),
    count=st.integers(1, 80),
)
def test_a_steady_hold_is_one_hold(start: float, delay: float, gap: float, count: int) -> None:
    """At every usual setting of a keyboard: down once, up once, and not before the last repeat."""
    repeats = [start, *(start + delay + gap * n for n in range(count))]
    turns = replay(repeats, repeats[-1] + 3.0)
    assert [turn for turn, _ in turns] == [Turn.DOWN, Turn.UP]
    assert repeats[-1] < turns[1][1] < repeats[-1] + 0.75
