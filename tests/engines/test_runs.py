"""One generation at a time, and each can be cancelled by its id."""

from __future__ import annotations

import threading

from privacy_assistant.engines.runs import Run, Runs


def test_a_second_run_waits_for_the_turn_of_the_first() -> None:
    """And gets it when that one leaves; what comes with the turn is done then."""
    runs, order = Runs(), list[str]()
    first, second = runs.announce("1"), runs.announce("2")
    runs.enter(first)
    waiting = threading.Thread(target=lambda: runs.enter(second, lambda: order.append("second")))
    waiting.start()
    assert not runs.enter_if_free(Run())
    order.append("first")
    runs.leave(first)
    waiting.join(10)
    assert order == ["first", "second"]


def test_a_run_that_waits_can_be_cancelled_and_never_has_the_turn() -> None:
    """Who has it is not disturbed."""
    runs = Runs()
    first, second = runs.announce("1"), runs.announce("2")
    runs.enter(first)
    waiting = threading.Thread(target=lambda: runs.enter(second))
    waiting.start()
    assert runs.cancel("2", lambda: "at work") is None
    waiting.join(10)
    assert (waiting.is_alive(), first.is_cancelled(), second.is_cancelled()) == (False, False, True)
    runs.leave(second)
    assert not runs.enter_if_free(Run())


def test_who_has_the_turn_is_told_to_stop_and_an_unknown_id_is_nobody() -> None:
    """A run that nobody holds any more is unknown, too."""
    runs = Runs()
    first = runs.announce("1")
    runs.enter(first)
    assert runs.cancel("2", lambda: "at work") is None
    assert runs.cancel("1", lambda: "at work") == "at work"
    assert first.is_cancelled()
    runs.leave(first)
    del first
    assert runs.cancel("1", lambda: "at work") is None


def test_all_are_cancelled_together() -> None:
    """Those that wait as well as the one at work."""
    runs, stopped = Runs(), list[str]()
    first, second = runs.announce("1"), runs.announce("2")
    runs.enter(first)
    runs.cancel_all(lambda: stopped.append("now"))
    assert (first.is_cancelled(), second.is_cancelled(), stopped) == (True, True, ["now"])
