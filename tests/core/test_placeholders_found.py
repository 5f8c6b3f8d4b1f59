"""A placeholder of ours looks personal to no finder, whatever stands in its tag."""

from __future__ import annotations

import pytest

from privacy_assistant.core.detection import Detector
from privacy_assistant.core.kinds import Finding, Kind
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.core.placeholder import outside_placeholders
from tests.fakes import FakeFinder

SENT = [
    *(f"⟦{kind}·{tag}·{number}⟧" for kind in Kind for tag, number in (("43X", 13), ("U76", "10b"), ("234", 567890))),
    "my password is ' ⟦PASSWORD·VWP·10⟧ '",
    "account number ⟦ACCOUNT·234·567890⟧.",
    "call ⟦PERSON·ABC·1⟧\n⟦PHONE·222·222222⟧",
]


@pytest.mark.parametrize("sent", SENT)
def test_nothing_personal_is_in_a_placeholder_alone(sent: str) -> None:
    """Kinds that are cue words, tags of digits, long numbers, and blanks or quotes around them."""
    assert PatternFinder().find(sent).spans == ()
    assert PatternFinder().find(f"so {sent} and {sent}").spans == ()


def test_a_finder_that_takes_a_placeholder_for_a_name_is_not_followed() -> None:
    """A network may take any word with capitals for a name; what reaches beyond the placeholder stays found."""
    finder = Detector([FakeFinder({"PERSON·K7Q": Kind.PERSON, "Ann ⟦PERSON·K7Q·2⟧": Kind.PERSON})])
    assert finder.find("hi ⟦PERSON·K7Q·1⟧").spans == ()
    (span,) = finder.find("hi Ann ⟦PERSON·K7Q·2⟧").spans
    assert (span.start, span.end) == (3, 21)


def test_what_is_no_placeholder_hides_nothing() -> None:
    """Another bracket, an unknown kind, a long number: the value in them is found as anywhere."""
    for text in ("⟦CARD 4111111111111111⟧", "⟦CARD·K7Q·4111111111111111⟧", "⟦NAME·K7Q·1⟧ 4111111111111111", "⟦"):
        whole = Finding(0, len(text), Kind.OTHER)
        assert outside_placeholders(text, [whole]) == [whole]
    assert [span.kind for span in PatternFinder().find("⟦CARD 4111111111111111⟧").spans] == [Kind.CARD]


def test_marks_alone_are_a_finding_where_no_placeholder_stands() -> None:
    """A password may be made of marks; beside a placeholder it is none."""
    text = "?!?! ⟦KEY·K7Q·1⟧"
    assert outside_placeholders(text, [Finding(0, 4, Kind.PASSWORD)]) == [Finding(0, 4, Kind.PASSWORD)]
    assert outside_placeholders(text, [Finding(3, 16, Kind.PASSWORD)]) == []
