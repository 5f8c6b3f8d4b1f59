"""Whose words are for us, in each of the four ways to open the ear."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.activation import FOLLOW_UP_S, WAKE_WINDOW_S, Activation, Attention

MOVES = st.lists(st.sampled_from(["press", "release", "toggle", "woken", "asked", "satisfied"]), max_size=12)


def moved(activation: Activation, moves: list[str]) -> Attention:
    """One on which this was done, at the beginning of the clock."""
    attention = Attention(activation)
    for move in moves:
        if move in ("press", "release", "toggle"):
            getattr(attention, move)()
        else:
            getattr(attention, move)(0.0)
    return attention


def test_continuous_is_always_open() -> None:
    """Everything that is said is for us."""
    assert Attention(Activation.CONTINUOUS).is_open(1e6, is_in_turn=False)


def test_a_wake_word_opens_for_a_while() -> None:
    """After it there are some seconds to begin, and whoever began may end."""
    attention = moved(Activation.WAKE, ["woken"])
    assert attention.is_open(WAKE_WINDOW_S - 0.1, is_in_turn=False)
    assert not attention.is_open(WAKE_WINDOW_S + 0.1, is_in_turn=False)
    assert attention.is_open(WAKE_WINDOW_S + 9, is_in_turn=True)


def test_a_question_of_ours_opens_without_a_wake_word() -> None:
    """And an answer closes again."""
    attention = moved(Activation.WAKE, ["asked"])
    assert attention.is_open(FOLLOW_UP_S - 0.1, is_in_turn=False)
    attention.satisfied(1.0)
    assert not attention.is_open(1.1, is_in_turn=False)


@given(MOVES)
def test_without_a_held_key_hold_is_closed(moves: list[str]) -> None:
    """Whatever else happened."""
    attention = moved(Activation.HOLD, moves)
    assert attention.is_open(0.5, is_in_turn=True) == attention.is_held
    assert not attention.is_stopped_by_voice


@given(st.sampled_from([each for each in Activation if each is not Activation.TOGGLE]), MOVES)
def test_what_is_muted_opens_by_a_held_key_alone(activation: Activation, moves: list[str]) -> None:
    """An odd number of toggles mutes, where the ear opens by itself."""
    attention = moved(activation, moves)
    if moves.count("toggle") % 2:
        assert attention.is_open(0.5, is_in_turn=True) == attention.is_held
        assert not attention.is_stopped_by_voice


def test_a_toggle_opens_and_closes() -> None:
    """It tells which."""
    attention = Attention(Activation.TOGGLE)
    assert not attention.is_open(0.0, is_in_turn=False)
    assert attention.toggle()
    assert attention.is_open(1e6, is_in_turn=False)
    assert not attention.toggle()


def test_a_key_that_is_down_goes_down_once() -> None:
    """A terminal repeats keys."""
    attention = Attention(Activation.HOLD)
    assert attention.press()
    assert not attention.press()
    attention.release()
    assert attention.press()
