"""Finders that are made at the first text: alone, and beside others."""

from __future__ import annotations

import threading

import pytest

from privacy_assistant.app.deferred import FinderBeside
from privacy_assistant.core.detection import Detector
from privacy_assistant.core.kinds import Findings, Kind, Topic
from privacy_assistant.core.turn import Origin
from privacy_assistant.errors import EngineFailed, EngineMissing
from tests.fakes import FakeFinder

NAMES: frozenset[Kind | Topic] = frozenset({Kind.PERSON})


class Meeting(FakeFinder):
    """Comes back when another one of its kind searches at the same moment."""

    def __init__(self, barrier: threading.Barrier, kind: Kind) -> None:
        super().__init__({"Ann": kind})
        self._barrier = barrier
        self.origins: list[Origin] = []

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        self.origins.append(origin)
        self._barrier.wait(30)
        return super().find(text, origin=origin)


def test_two_finders_work_at_the_same_time() -> None:
    """The one that was begun, and the one that is asked here: neither would end alone."""
    barrier = threading.Barrier(2)
    here, beside = Meeting(barrier, Kind.ORG), Meeting(barrier, Kind.PERSON)
    detector = Detector([here], once=[FinderBeside(NAMES, lambda: beside)])
    found = detector.find("Ann", origin=Origin.VOICE)
    assert [(span.start, span.end) for span in found.spans] == [(0, 3)]
    assert here.texts == beside.texts == ["Ann"]
    assert beside.origins == [Origin.VOICE]


def test_an_error_in_the_thread_comes_where_it_is_waited_for() -> None:
    """It is never an empty answer, whether the finder breaks or cannot be made; the next text asks again."""
    broken = Detector([FakeFinder()], once=[FinderBeside(NAMES, lambda: FakeFinder(error=EngineFailed("broken")))])
    with pytest.raises(EngineFailed, match="broken"):
        broken.find("Ann")

    def missing() -> FakeFinder:
        raise EngineMissing("missing")

    absent = Detector([FakeFinder()], once=[FinderBeside(NAMES, missing)])
    for _ in range(2):
        with pytest.raises(EngineMissing):
            absent.find("Ann")


def test_where_another_finder_breaks_nobody_waits() -> None:
    """The error is told at once, though the one beside it has not come back."""
    never = threading.Event()

    class Stuck(FakeFinder):
        def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
            never.wait(30)
            return super().find(text, origin=origin)

    detector = Detector([FakeFinder(error=EngineFailed("broken"))], once=[FinderBeside(NAMES, Stuck)])
    with pytest.raises(EngineFailed, match="broken"):
        detector.find("Ann")
    never.set()
