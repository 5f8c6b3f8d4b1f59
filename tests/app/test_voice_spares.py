"""The spare engine takes over where the first work of another fails, and only there."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import cast

import pytest

from privacy_assistant.app.voice_spares import SparedSpeaker, SparedTranscriber, SparedTurnDetector
from privacy_assistant.core.sound import HEARD_HZ, Frame, Recording, Transcript
from privacy_assistant.engines.worker.answers import WorkerEnded
from privacy_assistant.errors import EngineFailed
from tests.fakes import FakeSpeaker, FakeTranscriber, FakeTurnDetector

SOUND = Recording(bytes(3200), HEARD_HZ)


class Stumbling:
    """Ear, mouth and judge, which does so many things before it fails, and again after `until` things."""

    name = "stumbling"
    rate_hz = HEARD_HZ

    def __init__(self, good: int = 0, *, until: int = 1000) -> None:
        self._good, self._until = good, until
        self._done = 0
        self.closed = 0
        self.streams_closed = 0

    def warm(self) -> None:
        """One thing."""
        self._do()

    def transcribe(self, sound: Recording, *, hints: object = (), language: str = "") -> Transcript:
        """One thing."""
        del sound, hints
        self._do()
        return Transcript("stumbled", 1.0, self.name, language)

    def probability(self, sound: Recording) -> float:
        """One thing."""
        del sound
        self._do()
        return 0.25

    def speak(self, text: str) -> Iterator[Frame]:
        """Each frame is one thing."""
        del text
        try:
            for number in range(3):
                self._do()
                yield Frame(bytes(320), self.rate_hz, number / 100)
        finally:
            self.streams_closed += 1

    def close(self) -> None:
        """Counted."""
        self.closed += 1

    def _do(self) -> None:
        self._done += 1
        if self._good < self._done <= self._until:
            raise EngineFailed("it stumbled")


class Told:
    """Counts how often somebody was told, and how many spare ones were made."""

    def __init__(self) -> None:
        self.lines = 0

    def __call__(self) -> None:
        self.lines += 1


def ear(engine: Stumbling, told: Told) -> SparedTranscriber:
    """That one, with a fake behind it."""
    return SparedTranscriber(engine, lambda: FakeTranscriber("spare"), told)


def mouth(engine: Stumbling, told: Told) -> SparedSpeaker:
    """That one, with a fake of another rate behind it."""
    return SparedSpeaker(engine, lambda: FakeSpeaker(rate_hz=22_050), told)


@pytest.mark.parametrize("first", ["warm", "transcribe"])
def test_an_ear_that_fails_at_its_first_work_is_stood_in_for(first: str) -> None:
    """Told once; the work is done, the other is closed, and from then on the spare one has the name."""
    engine, told = Stumbling(), Told()
    spared = ear(engine, told)
    assert spared.name == "stumbling"
    if first == "warm":
        spared.warm()
    for _ in range(2):
        assert spared.transcribe(SOUND).text == "spare"
    assert (spared.name, told.lines, engine.closed) == ("fake ear", 1, 1)


def test_an_ear_that_worked_once_stays() -> None:
    """A later failure is an error, as of any engine, and the next work is its own again."""
    engine, told = Stumbling(1, until=2), Told()
    spared = ear(engine, told)
    spared.warm()
    with pytest.raises(EngineFailed):
        spared.transcribe(SOUND)
    assert spared.transcribe(SOUND).text == "stumbled"
    spared.close()
    assert (told.lines, engine.closed) == (0, 1)


def test_an_ear_that_is_closed_at_its_first_work_is_not_stood_in_for() -> None:
    """Somebody left: nothing is said, and no other one is loaded."""

    class Closed(Stumbling):
        def _do(self) -> None:
            raise WorkerEnded("the recogniser", "was closed", is_closed=True)

    told = Told()
    with pytest.raises(WorkerEnded):
        ear(Closed(), told).transcribe(SOUND)
    assert told.lines == 0


def test_an_ear_that_another_thread_found_broken_and_closed_is_stood_in_for() -> None:
    """Whoever was at work with it goes on with the spare one."""

    class FoundClosed(Stumbling):
        def _do(self) -> None:
            if not told.lines:
                spared._post.gave_up(self)  # what the other thread does
            raise WorkerEnded("the recogniser", "was closed", is_closed=True)

    told = Told()
    spared = ear(FoundClosed(), told)
    assert spared.transcribe(SOUND).text == "spare"
    assert told.lines == 1


def test_a_spare_one_that_fails_too_is_an_error() -> None:
    """Nobody stands behind it."""
    spared = SparedTranscriber(Stumbling(), Stumbling, Told())
    for _ in range(2):
        with pytest.raises(EngineFailed):
            spared.warm()


@pytest.mark.parametrize("first", ["warm", "speak"])
def test_a_voice_that_fails_before_its_first_frame_is_stood_in_for(first: str) -> None:
    """The whole text is said by the other, at its own rate."""
    engine, told = Stumbling(), Told()
    spared = mouth(engine, told)
    if first == "warm":
        spared.warm()
    frames = list(spared.speak("word"))
    assert frames == list(FakeSpeaker(rate_hz=22_050).speak("word"))
    assert list(spared.speak("word")) == frames
    assert (spared.rate_hz, spared.name, told.lines, engine.closed) == (22_050, "fake voice", 1, 1)


def test_a_voice_that_fails_in_the_middle_is_an_error() -> None:
    """Nobody goes on with another's sentence."""
    told = Told()
    spared = mouth(Stumbling(1), told)
    stream = spared.speak("word")
    assert next(stream).rate_hz == HEARD_HZ
    with pytest.raises(EngineFailed):
        next(stream)
    assert (spared.name, told.lines) == ("stumbling", 0)


def test_a_voice_says_all_of_it_and_an_end_is_passed_on() -> None:
    """The first stream and the later ones; one that nobody hears on is closed."""
    engine = Stumbling(1000)
    spared = mouth(engine, Told())
    for wanted in (1, 2):
        stream = cast("Generator[Frame, None, None]", spared.speak("word"))
        next(stream)
        stream.close()
        assert engine.streams_closed == wanted
    assert len(list(spared.speak("word"))) == 3


def test_a_text_without_a_word_settles_nothing_wrong() -> None:
    """Nothing comes, and nothing failed."""
    told = Told()
    spared = SparedSpeaker(FakeSpeaker(), FakeSpeaker, told)
    assert list(spared.speak("")) == []
    assert told.lines == 0
    spared.close()


@pytest.mark.parametrize("make", [Stumbling, lambda: FakeTurnDetector((0.5,))])
def test_a_judge_is_stood_in_for_and_closed(make: Callable[[], Stumbling | FakeTurnDetector]) -> None:
    """One that has nothing to close is closed all the same."""
    engine, told = make(), Told()
    spared = SparedTurnDetector(engine, lambda: FakeTurnDetector((0.75,)), told)
    is_stumbling = isinstance(engine, Stumbling)
    assert spared.probability(SOUND) == (0.75 if is_stumbling else 0.5)
    assert spared.name == "fake turn"
    spared.close()
    assert told.lines == int(is_stumbling)
