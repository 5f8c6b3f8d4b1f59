"""Scores are shares, rule by rule, and overlaps are settled by the rules' own."""

from __future__ import annotations

import pytest

from privacy_assistant.core.calibration import SHARES, calibrated
from privacy_assistant.core.detection import Detector
from privacy_assistant.core.kinds import Finding, Kind
from privacy_assistant.core.patterns import PatternFinder


@pytest.mark.parametrize(("key", "share"), SHARES.items())
def test_a_counted_rule_gets_its_share(key: tuple[str, float], share: float) -> None:
    """And nothing else of the finding changes."""
    rule, score = key
    assert calibrated(Finding(1, 3, Kind.OTHER, score, rule)) == Finding(1, 3, Kind.OTHER, share, rule)
    assert 0 < share < 1


def test_what_was_not_counted_keeps_its_score() -> None:
    """A checksum, another finder, the profile."""
    for finding in (
        Finding(1, 3, Kind.CARD, 1.0, "rule:card"),
        Finding(1, 3, Kind.PERSON, 0.5, "ner"),
        Finding(1, 3, Kind.DOB, 0.49, "rule:date"),
    ):
        assert calibrated(finding) is finding


def test_a_threshold_is_compared_with_the_share() -> None:
    """A rule whose own score is low, and which is mostly right, passes a threshold of nine in ten."""
    text = "my number is 555 123 4567 and my card 4111 1111 1111 1111"
    for threshold, wanted in ((0.0, 2), (0.95, 1), (1.0, 1)):
        found = Detector([PatternFinder()], threshold=threshold).find(text)
        assert len(found.spans) == wanted, threshold
    assert all(span.score == 1.0 for span in Detector([PatternFinder()], threshold=1.0).find(text).spans)
