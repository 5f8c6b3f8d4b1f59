"""The fuzz run sees what it is there to see."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest

from privacy_assistant.core.kinds import Finding, Findings, Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.core.turn import Origin
from tests.bench.fuzz_redaction import Broken, check, maker_of_texts
from tests.fakes import FakeFinder


class Scripted(FakeFinder):
    """Gives these answers, one after another, and the last one from then on."""

    def __init__(self, *answers: Findings) -> None:
        super().__init__()
        self._answers = list(answers)

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def findings(*places: tuple[int, int], **changes: object) -> Findings:
    fields: Mapping[str, object] = {"kind": Kind.PERSON, "score": 1.0, "by": "fake", **changes}
    return Findings(tuple(Finding(start, end, **fields) for start, end in places))  # type: ignore[arg-type] # wrong fields on purpose


def run(finder: FakeFinder, text: str = "Ann met Bob") -> str:
    return check(text, finder, random.Random(1), Legend.new(b"ab"))


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (findings((0, 5), (4, 8)), "overlap"),
        (findings((4, 8), (0, 3)), "out of order"),
        (findings((3, 3)), "empty"),
        (findings((0, 30)), "order"),
        (findings((0, 3), score=2.0), "score"),
        (findings((0, 3), by=""), "what found it"),
    ],
)
def test_wrong_spans_are_seen(answer: Findings, says: str) -> None:
    """Overlap, order, length, place, score and origin of each span are looked at."""
    with pytest.raises(Broken, match=says):
        run(Scripted(answer))


def test_an_answer_that_changes_is_seen() -> None:
    """A finder is asked twice."""
    with pytest.raises(Broken, match="another answer"):
        run(Scripted(findings((0, 3)), findings()))


def test_an_error_of_the_finder_is_not_swallowed() -> None:
    """Whatever a finder raises ends the run."""
    with pytest.raises(ZeroDivisionError):
        run(FakeFinder(error=ZeroDivisionError()))


def test_a_short_run_over_the_rules_breaks_no_promise() -> None:
    """A few hundred texts of every make, from one seed; the long run is `make fuzz`."""
    make = maker_of_texts(["my card is 4111 1111 1111 1111, mail ann@example.org", "call me on +49 30 901820"])
    finder = PatternFinder()
    went = set()
    for number in range(300):
        rng = random.Random(number)
        went.add(check(make(rng), finder, rng, Legend.new(rng.randbytes(2))))
    assert "restored" in went
