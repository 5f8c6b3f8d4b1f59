"""Timers, alarms and reminders: kept in the drawer, fired once, also when nobody was there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.turn import Label
from privacy_assistant.ports import SkillRequest
from privacy_assistant.skills.moments import say_time
from privacy_assistant.skills.timers import KIND, Fired, Timers, due, next_due, pending
from tests.fakes import FakeDrawer
from tests.skills.asking import BERLIN, NOW, ask


def test_a_timer_fires_when_its_time_has_come_and_only_once() -> None:
    """Not a second earlier, and not again."""
    drawer = FakeDrawer()
    ask(Timers(drawer), "set a pasta timer for 8 minutes 30")
    end = NOW + timedelta(minutes=8, seconds=30)
    assert next_due(drawer) == end
    assert due(drawer, end - timedelta(seconds=1)) == []
    assert due(drawer, end) == [Fired("timer", "pasta", end.astimezone(UTC))]
    assert due(drawer, end) == []
    assert next_due(drawer) is None


def test_what_was_missed_is_told_with_its_time() -> None:
    """A program that starts a day late tells what it slept through, the earliest first."""
    drawer = FakeDrawer()
    timers = Timers(drawer)
    ask(timers, "remind me to call my mum at 5pm")
    ask(timers, "set a timer for 10 minutes")
    ask(timers, "wake me up at 7 tomorrow")
    later = NOW + timedelta(days=1)
    assert [fired.line(later) for fired in due(drawer, later)] == [
        "Your timer is done. It was due yesterday at 10:17 AM.",
        "Reminder: call my mum. It was due yesterday at 5 PM.",
        "Your alarm. It was due at 7 AM.",
    ]


def test_what_fires_in_time_says_no_time() -> None:
    """Within a minute it is simply done."""
    fired = Fired("timer", "tea", NOW)
    assert fired.line(NOW + timedelta(seconds=60)) == "Your tea timer is done."
    assert fired.line(NOW + timedelta(seconds=61)) == "Your tea timer is done. It was due at 10:07 AM."
    assert Fired("reminder", "", NOW).line(NOW) == "Here is your reminder."
    assert Fired("reminder", "about the rent", NOW).line(NOW) == "Reminder: the rent."


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 5000), min_size=1, max_size=12), st.lists(st.integers(1, 600), min_size=1, max_size=40))
def test_every_timer_fires_exactly_once_whenever_one_looks(lengths: list[int], looks: list[int]) -> None:
    """Any timers, looked after at any times: each once, at the first look from its end on."""
    drawer = FakeDrawer()
    timers = Timers(drawer)
    for seconds in lengths:
        ask(timers, f"set a timer for {seconds} seconds")
    now, seen = NOW, []
    for step in [*looks, 10_000]:
        now += timedelta(seconds=step)
        for fired in due(drawer, now):
            assert now - timedelta(seconds=step) < fired.due <= now
            seen.append(fired.due)
    assert sorted(seen) == sorted(NOW + timedelta(seconds=seconds) for seconds in lengths)


class SharedDrawer(FakeDrawer):
    """A drawer in which another program takes an item out between our looking and our taking."""

    def items(self, kind: str) -> list[tuple[str, Mapping[str, Any]]]:
        found = super().items(kind)
        for item, _ in found[:1]:
            super().remove(item)
        return found


def test_two_programs_over_one_drawer_do_not_both_tell() -> None:
    """Who took the item out tells it; the other keeps silent."""
    drawer = SharedDrawer()
    ask(Timers(drawer), "set a timer for 5 minutes")
    ask(Timers(drawer), "set a timer for 6 minutes")
    assert len(due(drawer, NOW + timedelta(hours=1))) == 1


def test_a_reminder_for_a_wall_clock_keeps_it_over_the_change_of_clocks() -> None:
    """9 in the morning after the clocks went back is 9 by the new time."""
    drawer = FakeDrawer()
    ask(Timers(drawer), "remind me to vote tomorrow at 9am", datetime(2026, 10, 24, 12, tzinfo=BERLIN))
    assert next_due(drawer) == datetime(2026, 10, 25, 8, tzinfo=UTC)


def test_a_timer_over_the_change_of_clocks_is_as_long_as_it_says() -> None:
    """Three hours of an egg are three hours."""
    drawer = FakeDrawer()
    start = datetime(2026, 3, 29, 1, tzinfo=BERLIN)
    assert ask(Timers(drawer), "set a timer for 3 hours", start) == "Timer set for 3 hours."
    assert next_due(drawer) == datetime(2026, 3, 29, 3, tzinfo=UTC)


def test_what_is_kept_holds_utc_and_nothing_else() -> None:
    """The drawer's payload: four strings, times in UTC."""
    drawer = FakeDrawer()
    now = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("America/New_York"))
    ask(Timers(drawer), "remind me to call Ann in 10 minutes", now)
    ((_, payload),) = drawer.items(KIND)
    assert payload == {
        "kind": "reminder",
        "name": "call Ann",
        "due": "2026-07-01T16:10:00+00:00",
        "created": "2026-07-01T16:00:00+00:00",
    }


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"due": 5, "created": "x", "kind": "timer", "name": ""},
        {"due": "2026-07-01T16:10:00", "created": "2026-07-01T16:00:00+00:00", "kind": "timer", "name": ""},
        {"due": "soon", "created": "2026-07-01T16:00:00+00:00", "kind": "timer", "name": ""},
    ],
)
def test_an_item_that_is_none_of_ours_is_passed_over(payload: dict[str, Any]) -> None:
    """It neither fires nor stops the others."""
    drawer = FakeDrawer()
    drawer.put(KIND, payload)
    ask(Timers(drawer), "set a timer for 5 minutes")
    assert len(pending(drawer)) == 1
    assert len(due(drawer, NOW + timedelta(days=1))) == 1


def test_several_that_fit_are_asked_about_and_none_is_cancelled() -> None:
    """No wrong guess: the person chooses by number or by name."""
    drawer = FakeDrawer()
    timers = Timers(drawer)
    ask(timers, "set a pasta timer for 8 minutes")
    ask(timers, "set a timer for 20 minutes")
    asked = "Which one? You have 2 timers like that: 1. pasta, 8 minutes left; 2. 20 minutes left."
    assert ask(timers, "cancel the timer") == asked
    assert ask(timers, "cancel timer 3") == "You have 2 timers."
    assert ask(timers, "cancel the rice timer") == "You have no timer like that."
    assert len(pending(drawer)) == 2
    assert ask(timers, "cancel the 20 minute timer") == "Cancelled the 20 minute timer."
    assert ask(timers, "cancel timer 1") == "Cancelled the pasta timer."
    assert ask(timers, "cancel the timer") == "You have no timers."


def test_the_numbers_that_are_asked_with_are_the_numbers_that_cancel() -> None:
    """Two of three fit; they keep the numbers they have in the list of all."""
    drawer = FakeDrawer()
    timers = Timers(drawer)
    for text in ("tea timer for 3 minutes", "egg timer for 6 minutes", "goose egg timer for 9 minutes"):
        ask(timers, f"set a {text}")
    asked = ask(timers, "cancel the egg timer")
    assert asked == "Which one? You have 2 timers like that: 2. egg, 6 minutes left; 3. goose egg, 9 minutes left."
    assert ask(timers, "cancel timer 3") == "Cancelled the goose egg timer."


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("cancel the 7 am alarm", ["7 PM", "8 AM"]),
        ("cancel the 7 pm alarm", ["7 AM", "8 AM"]),
        ("cancel the alarm at 8", ["7 PM", "7 AM"]),
        ("cancel the 7 alarm", ["7 PM", "7 AM", "8 AM"]),
        ("cancel the alarm for tomorrow at 7 pm", ["7 PM", "7 AM", "8 AM"]),
        ("cancel the alarm for tomorrow", ["7 PM", "7 AM", "8 AM"]),
        ("cancel all alarms for tomorrow", ["7 PM"]),
        ("cancel the 9 am alarm", ["7 PM", "7 AM", "8 AM"]),
    ],
)
def test_an_alarm_is_cancelled_by_its_time_and_never_by_another(text: str, left: list[str]) -> None:
    """Morning is not evening, today is not tomorrow, and two that fit are asked about."""
    drawer = FakeDrawer()
    timers = Timers(drawer)
    for clock in ("7 pm", "7 am", "8 am"):
        ask(timers, f"set an alarm for {clock}")
    ask(timers, text)
    assert [say_time(each.due.astimezone(BERLIN)) for each in pending(drawer)] == left


def test_a_timer_that_runs_gets_more_time() -> None:
    """And only where it is clear which one."""
    drawer = FakeDrawer()
    timers = Timers(drawer)
    assert ask(timers, "add 5 minutes to the timer") == "You have no timer."
    ask(timers, "set a pasta timer for 8 minutes")
    assert ask(timers, "add 5 minutes to the timer") == "13 minutes left on the pasta timer."
    ask(timers, "set a tea timer for 3 minutes")
    assert ask(timers, "extend the tea timer by 30 seconds") == "3 minutes and 30 seconds left on the tea timer."
    asked = ask(timers, "add 5 minutes to the timer")
    assert asked is not None
    assert asked.startswith("Which one?")
    assert [each.due for each in pending(drawer)] == [NOW + timedelta(seconds=210), NOW + timedelta(minutes=13)]


def test_kinds_do_not_mix() -> None:
    """Cancelling the timers leaves alarms and reminders."""
    drawer = FakeDrawer()
    timers = Timers(drawer)
    for text in ("set a timer for 5 minutes", "set an alarm for 7am", "remind me to eat at noon"):
        ask(timers, text)
    ask(timers, "cancel all timers")
    assert [each.kind for each in pending(drawer)] == ["reminder", "alarm"]
    assert ask(timers, "cancel the noon reminder") == "Cancelled the reminder to eat."
    assert ask(timers, "turn off the 7 am alarm") == "Cancelled the alarm."


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("remind me to tell no one about the party tomorrow", "tell no one about the party"),
        ("remind me to buy two apples and 3 pears at 5pm", "buy two apples and 3 pears"),
        ("remind me at 5pm to meet Ann at the station", "meet Ann at the station"),
        ("remind me tomorrow at 9 about the two forms", "about the two forms"),
        ("remind me to read 1984 tomorrow", "read 1984"),
        ("remind me that the shop closes at 8 at 6pm", "that the shop closes at 8"),
        ("set a reminder for the dentist at 5pm", "about the dentist"),
        ("set a reminder for 5pm", ""),
        ("remind me in an hour", ""),
    ],
)
def test_the_words_of_a_reminder_are_kept_as_they_were_said(text: str, name: str) -> None:
    """Without the time, and with nothing else changed."""
    drawer = FakeDrawer()
    assert ask(Timers(drawer), text) is not None
    assert [each.name for each in pending(drawer)] == [name]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("remind me to sleep today at 9am", "That time has already passed."),
        (
            "remind me to buy milk",
            "When shall I remind you? Say, for example, “remind me to call mum tomorrow at 5 PM”.",
        ),
        ("set a timer", "For how long? Say, for example, “set a timer for 10 minutes”."),
        ("remind me to stretch every hour", "I can't repeat reminders yet. I can set a single one."),
        ("set an alarm for 7 every day", "I can't repeat reminders yet. I can set a single one."),
        ("how long is left on the timer", "You have no timer."),
        ("list my alarms", "You have no alarms."),
    ],
)
def test_what_cannot_be_set_is_said_and_nothing_is_kept(text: str, says: str) -> None:
    """A question back or a plain no."""
    drawer = FakeDrawer()
    assert ask(Timers(drawer), text) == says
    assert pending(drawer) == []


@pytest.mark.parametrize("text", ["set a timer for 5 minutes", "list timers", "cancel all timers"])
def test_answers_that_show_what_is_kept_stay_on_the_machine(text: str) -> None:
    """They are labelled to stay."""
    answer = Timers(FakeDrawer()).answer(SkillRequest(text, NOW))
    assert answer is not None
    assert answer.label is Label.STAY


def test_how_long_is_left_without_a_timer_is_no_question_for_us() -> None:
    """It may be about anything in the conversation."""
    assert ask(Timers(FakeDrawer()), "how long is left") is None


def test_the_name_of_a_reminder_is_in_no_repr() -> None:
    """What a person said stays out of logs and errors."""
    drawer = FakeDrawer()
    ask(Timers(drawer), "remind me to call Ann in 10 minutes")
    assert "Ann" not in repr(pending(drawer))
    assert "Ann" not in repr(due(drawer, NOW + timedelta(days=1)))
