"""The endpointer: soft ends, revisions and the end of a turn, on the sample clock alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.endpointing import (
    LEAST_SPEECH,
    SOFT_END,
    UNJUDGED,
    Ended,
    Endpointer,
    Event,
    Paused,
    Resumed,
    Started,
)
from privacy_assistant.core.patience import LONGEST, Patience

WINDOW = 0.032
SPEECH, UNSURE, SILENCE = 0.9, 0.4, 0.05
Window = tuple[float, float]
PROBABILITIES = st.floats(0, 1) | st.sampled_from([0.0, 0.34, 0.35, 0.49, 0.5, 1.0])
SOUNDS = st.lists(st.tuples(st.sampled_from([0.01, 0.03, WINDOW, 0.1]), PROBABILITIES), max_size=200)
JUDGEMENTS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=20)


def sound(*parts: tuple[float, float]) -> list[Window]:
    """Seconds of each probability, in windows of the voice detector."""
    return [(WINDOW, probability) for seconds, probability in parts for _ in range(round(seconds / WINDOW))]


def run(
    windows: Iterable[Window],
    *,
    judgements: Sequence[tuple[float, bool]] = (),
    endpointer: Endpointer | None = None,
    start: float = 0.0,
) -> list[Event]:
    """All events; each revision is judged at once, by the judgements in turn."""
    endpointer = endpointer or Endpointer(Patience())
    events: list[Event] = []
    at, judged = start, 0
    for seconds, probability in windows:
        at += seconds
        for event in endpointer.feed(at, seconds, probability):
            events.append(event)
            if isinstance(event, Paused) and judgements:
                complete, is_long = judgements[judged % len(judgements)]
                endpointer.judge(event.revision, complete, is_long=is_long)
                judged += 1
    return events


def kinds(events: Iterable[Event]) -> list[str]:
    """The names of the events."""
    return [type(event).__name__ for event in events]


def test_a_sentence_is_started_paused_and_ended() -> None:
    """The start is back-dated to the first window, the end of the speech to the last."""
    events = run(sound((0.32, SILENCE), (0.96, SPEECH), (3.2, SILENCE)), judgements=[(1.0, False)])
    started, paused, ended = events
    assert isinstance(started, Started)
    assert started.at == pytest.approx(0.32)
    assert isinstance(paused, Paused)
    assert paused.revision == 1
    assert paused.speech_end == pytest.approx(1.28)
    assert paused.at == pytest.approx(1.28 + SOFT_END, abs=WINDOW)
    assert isinstance(ended, Ended)
    assert (ended.revision, ended.speech_end, ended.complete) == (1, paused.speech_end, 1.0)


def test_who_goes_on_makes_the_revision_stale() -> None:
    """The turn is one, with two revisions, and the first is resumed before the second comes."""
    sounds = sound((0.64, SPEECH), (0.48, SILENCE), (0.64, SPEECH), (3.2, SILENCE))
    events = run(sounds, judgements=[(0.1, False), (0.9, False)])
    assert kinds(events) == ["Started", "Paused", "Resumed", "Paused", "Ended"]
    assert [getattr(event, "revision", None) for event in events] == [None, 1, 1, 2, 2]


@pytest.mark.parametrize(("complete", "is_long"), [(0.0, False), (0.5, False), (0.9, False), (1.0, False), (1.0, True)])
def test_the_wait_is_what_patience_says_of_the_judgement(complete: float, is_long: bool) -> None:
    """To a window of the voice detector."""
    events = run(sound((0.96, SPEECH), (4.0, SILENCE)), judgements=[(complete, is_long)])
    ended = events[-1]
    assert isinstance(ended, Ended)
    wait = Patience().wait(complete, is_long=is_long)
    assert wait - 1e-6 <= ended.at - ended.speech_end < max(wait, SOFT_END + WINDOW) + WINDOW


def test_where_nobody_judges_a_fixed_silence_ends_the_turn() -> None:
    """And how complete it was is said to be unknown."""
    ended = run(sound((0.96, SPEECH), (4.0, SILENCE)))[-1]
    assert isinstance(ended, Ended)
    assert ended.complete == UNJUDGED
    assert ended.at - ended.speech_end == pytest.approx(Patience().wait(None), abs=WINDOW)


def test_a_judgement_of_another_revision_is_ignored() -> None:
    """A decision that comes late is about words that are not the last any more."""
    endpointer = Endpointer(Patience())
    run(sound((0.64, SPEECH), (0.48, SILENCE), (0.64, SPEECH), (0.256, SILENCE)), endpointer=endpointer)
    before = endpointer.wait_s
    endpointer.judge(1, 1.0)
    endpointer.judge(3, 1.0)
    endpointer.judge(2, float("nan"))
    assert endpointer.wait_s == before
    endpointer.judge(2, 1.0)
    assert endpointer.wait_s == SOFT_END


def test_the_last_judgement_of_a_revision_counts() -> None:
    """First the sound alone, then its words as well."""
    endpointer = Endpointer(Patience())
    run(sound((0.64, SPEECH), (0.256, SILENCE)), endpointer=endpointer)
    endpointer.judge(1, 1.0)
    endpointer.judge(1, 0.0, is_long=True)
    assert endpointer.wait_s == Patience().wait(0.0)
    assert run(sound((1.0, SILENCE)), endpointer=endpointer, start=0.896) == []


@pytest.mark.parametrize("burst", [0.032, 0.064])
def test_a_click_neither_begins_nor_resumes_a_turn(burst: float) -> None:
    """The end of the speech stays where it was, and the wait goes on over it."""
    assert run(sound((0.32, SILENCE), (burst, SPEECH), (0.32, SILENCE))) == []
    sounds = sound((0.64, SPEECH), (0.48, SILENCE), (burst, SPEECH), (1.6, SILENCE))
    quiet = sound((0.64, SPEECH), (0.48 + burst + 1.6, SILENCE))
    assert run(sounds) == run(quiet)


def test_what_is_unsure_keeps_speech_going_and_begins_none() -> None:
    """Hysteresis: the soft end of a word is still the word."""
    assert run(sound((2.0, UNSURE))) == []
    events = run(sound((0.32, SPEECH), (0.96, UNSURE), (2.0, SILENCE)))
    assert isinstance(events[1], Paused)
    assert events[1].speech_end == pytest.approx(1.28)


def test_while_a_key_is_held_no_silence_ends_the_turn() -> None:
    """Pauses are told of all the same; letting go ends the turn at once."""
    endpointer = Endpointer(Patience())
    endpointer.hold()
    events = run(sound((0.64, SPEECH), (9.6, SILENCE)), endpointer=endpointer)
    assert kinds(events) == ["Started", "Paused"]
    (ended,) = endpointer.release(10.5)
    assert isinstance(ended, Ended)
    assert (ended.at, ended.revision, ended.complete) == (10.5, 1, 1.0)
    assert endpointer.release(10.6) == ()


def test_a_key_that_is_let_go_in_the_middle_of_a_word_ends_the_turn_there() -> None:
    """With the soft end that every end has, so that whoever works on revisions has this one."""
    endpointer = Endpointer(Patience())
    endpointer.hold()
    run(sound((0.64, SPEECH)), endpointer=endpointer)
    assert endpointer.release(0.65) == (Paused(0.65, 0.65, 1), Ended(0.65, 0.65, 1, 1.0))
    assert kinds(run(sound((0.64, SPEECH)), endpointer=endpointer, start=0.65)) == ["Started"]


def test_a_key_that_was_held_in_silence_says_nothing() -> None:
    """Nor does a click while it was."""
    endpointer = Endpointer(Patience())
    endpointer.hold()
    run(sound((0.64, SILENCE), (0.032, SPEECH)), endpointer=endpointer)
    assert endpointer.release(0.7) == ()


def test_what_was_before_a_reset_is_forgotten() -> None:
    """Our own speech is no pause of theirs: neither the turn nor the pause goes on behind it."""
    patience = Patience()
    endpointer = Endpointer(patience)
    run(sound((0.64, SPEECH), (0.48, SILENCE)), endpointer=endpointer)
    endpointer.reset(1.12)
    assert not endpointer.is_in_turn
    events = run(sound((0.64, SPEECH), (2.0, SILENCE)), endpointer=endpointer, start=1.12)
    assert kinds(events) == ["Started", "Paused", "Ended"]
    assert patience.to_payload()["pauses"] == 0


def test_a_turn_ends_when_it_is_longer_than_any() -> None:
    """A radio in the room does not fill the memory; what it says next is a turn of its own."""
    endpointer = Endpointer(Patience(), longest_s=2.0)
    events = run(sound((5.0, SPEECH)), endpointer=endpointer)
    assert kinds(events) == ["Started", "Paused", "Ended"] * 2 + ["Started"]
    assert [event.complete for event in events if isinstance(event, Ended)] == [0.0, 0.0]


def test_lost_sound_is_silence() -> None:
    """A gap as long as a wait ends the turn, and a sound on each side of one is not one sound."""
    endpointer = Endpointer(Patience())
    run(sound((0.64, SPEECH)), endpointer=endpointer)
    assert kinds(run(sound((0.032, SILENCE)), endpointer=endpointer, start=3.0)) == ["Paused", "Ended"]
    endpointer = Endpointer(Patience())
    for at in (1.0, 2.0, 3.0, 4.0):
        assert endpointer.feed(at, WINDOW, SPEECH) == ()


def test_a_window_that_was_heard_already_says_nothing() -> None:
    """Nor does one without a time."""
    endpointer = Endpointer(Patience())
    run(sound((0.64, SPEECH)), endpointer=endpointer)
    for at in (0.1, 0.64, float("nan")):
        assert endpointer.feed(at, WINDOW, SILENCE) == ()


def test_pauses_and_cuts_are_learned_from() -> None:
    """A pause within the turn, and a turn that was taken for over too early."""
    patience = Patience()
    endpointer = Endpointer(patience)
    sounds = sound((0.64, SPEECH), (0.48, SILENCE), (0.64, SPEECH), (1.6, SILENCE), (0.64, SPEECH))
    assert kinds(run(sounds, endpointer=endpointer))[-2:] == ["Ended", "Started"]
    assert (patience.to_payload()["pauses"], patience.to_payload()["cuts"]) == (1, 1)


@given(SOUNDS, JUDGEMENTS)
def test_every_turn_is_started_once_ended_once_and_in_order(
    sounds: list[Window], judgements: list[tuple[float, bool]]
) -> None:
    """For any sound: started, then pauses that are each resumed but for the last, which is the end."""
    revision, inside, paused, latest = 0, False, False, 0.0
    for event in run(sounds, judgements=judgements):
        assert event.at >= latest or isinstance(event, Started)
        latest = max(latest, event.at)
        match event:
            case Started():
                assert not inside
                inside, paused, revision = True, False, 0
            case Paused():
                assert inside
                assert not paused
                assert event.revision == revision + 1
                revision, paused = event.revision, True
            case Resumed():
                assert paused
                assert event.revision == revision
                paused = False
            case Ended():
                assert paused
                assert event.revision == revision
                inside = paused = False


@given(SOUNDS, JUDGEMENTS)
def test_no_turn_ends_before_a_soft_end_nor_long_after_its_wait(
    sounds: list[Window], judgements: list[tuple[float, bool]]
) -> None:
    """A sound in the pause that may be speech puts the end off until it is known to be none."""
    for event in run([*sounds, *sound((4.0, SILENCE))], judgements=judgements):
        if isinstance(event, Ended):
            assert event.at >= event.speech_end + SOFT_END - 1e-6
            assert event.at <= event.speech_end + LONGEST + LEAST_SPEECH + 0.3


@given(SOUNDS, JUDGEMENTS)
def test_silence_ends_whatever_was_begun(sounds: list[Window], judgements: list[tuple[float, bool]]) -> None:
    """As many ends as beginnings, once it has been quiet for long enough."""
    events = kinds(run([*sounds, *sound((4.0, SILENCE))], judgements=judgements))
    assert events.count("Started") == events.count("Ended")


@given(SOUNDS, st.data())
def test_how_the_sound_is_cut_into_windows_does_not_matter(sounds: list[Window], data: st.DataObject) -> None:
    """The same turns, revisions and ends of speech; only when it is known moves, by less than a window."""
    parts = data.draw(st.lists(st.integers(1, 3), min_size=len(sounds), max_size=len(sounds)))
    cut = [
        (seconds / number, probability)
        for (seconds, probability), number in zip(sounds, parts, strict=True)
        for _ in range(number)
    ]
    whole, split = run(sounds), run(cut)
    assert kinds(whole) == kinds(split)
    for one, other in zip(whole, split, strict=True):
        assert abs(one.at - other.at) <= 0.1 + 1e-6
        if isinstance(one, Paused | Ended) and isinstance(other, Paused | Ended):
            assert one.speech_end == pytest.approx(other.speech_end)
            assert one.revision == other.revision


@given(SOUNDS, st.floats(0, 1e5))
def test_only_the_sample_clock_counts(sounds: list[Window], start: float) -> None:
    """The same sound a day later gives the same events, a day later."""
    now, later = run(sounds), run(sounds, start=start)
    assert kinds(now) == kinds(later)
    for one, other in zip(now, later, strict=True):
        assert other.at - start == pytest.approx(one.at, abs=1e-6)
