"""What comes out of redaction is searched once more: masking one thing may show another."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.detection import Detector, Level
from privacy_assistant.core.kinds import Finding, Findings, Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.core.redaction import redact, redact_again, restore
from privacy_assistant.core.turn import Origin
from tests.fakes import FakeFinder

TAG = "CI2"


class AfterCue:
    """Finds "secret" as a name, and the word after "code " unless "secret" stands between."""

    kinds = frozenset({Kind.PERSON})

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        spans = []
        at = text.find("secret")
        if at >= 0:
            spans.append(Finding(at, at + 6, Kind.PERSON))
        cue = text.find("⟧ x")
        if cue >= 0:
            spans.append(Finding(cue + 2, cue + 4, Kind.PASSWORD))
        return Findings(tuple(spans))


def test_what_shows_only_after_masking_is_masked_too() -> None:
    """Its place is told in the original text (LiteLLM 24291: not in that of the placeholders)."""
    text = "é😀 code secret x9 end"
    finder = AfterCue()
    first = finder.find(text)
    assert "x9" in redact(text, first, Legend(TAG)).text
    legend = Legend(TAG)
    redacted, findings = redact_again(text, first, finder.find, legend)
    assert [text[span.start : span.end] for span in findings.spans] == ["secret", "x9"]
    assert "x9" not in redacted.text
    assert restore(redacted.text, legend) == text


def test_a_span_that_runs_over_a_placeholder_covers_what_it_stands_for() -> None:
    """A second look that finds a name around a masked one widens it in the original text."""
    text = "Mr Ann Zorn left"
    finder = FakeFinder({"Ann": Kind.PERSON, f"⟦PERSON·{TAG}·1⟧ Zorn": Kind.PERSON})
    redacted, findings = redact_again(text, finder.find(text), finder.find, Legend(TAG))
    assert [text[span.start : span.end] for span in findings.spans] == ["Ann Zorn"]
    assert "Zorn" not in redacted.text


def test_kept_kinds_are_no_reason_to_look_again() -> None:
    """What the policy sends in clear stays so."""
    text = "see https://example.org/a now"
    finder = FakeFinder({"https://example.org/a": Kind.URL})
    redacted, findings = redact_again(text, finder.find(text), finder.find, Legend(TAG), keep=frozenset({Kind.URL}))
    assert redacted.text == text
    assert [span.kind for span in findings.spans] == [Kind.URL]
    assert finder.texts == [text]


def test_kept_kinds_stay_in_clear_after_a_second_look() -> None:
    """Also where the second look masks more."""
    text = "é secret x9 at https://example.org/a"
    links = FakeFinder({"https://example.org/a": Kind.URL})
    finder = Detector([AfterCue(), links])
    redacted, findings = redact_again(text, finder.find(text), finder.find, Legend(TAG), keep=frozenset({Kind.URL}))
    assert redacted.text == f"é ⟦PERSON·{TAG}·1⟧ ⟦PASSWORD·{TAG}·2⟧ at https://example.org/a"
    assert [span.kind for span in findings.spans] == [Kind.PERSON, Kind.PASSWORD, Kind.URL]
    assert len(links.texts) == 3


@pytest.mark.parametrize("inside", ["PERSON", f"⟦PERSON·{TAG}·1⟧", f"⟦PERSON·{TAG}·1⟧ ⟦PERSON·{TAG}·2⟧", "·1⟧ ⟦"])
def test_placeholders_alone_are_nothing_new(inside: str) -> None:
    """Whatever a finder sees in them: they are not searched for ever."""
    finder = FakeFinder({"Ann": Kind.PERSON, "Bob": Kind.PERSON, inside: Kind.OTHER})
    text = "Ann Bob here"
    _, findings = redact_again(text, finder.find(text), finder.find, Legend(TAG))
    assert [text[span.start : span.end] for span in findings.spans] == ["Ann", "Bob"]
    assert len(finder.texts) == 2


def test_everything_that_was_replaced_is_told() -> None:
    """Also the places that only the legend knew, and what imitates a placeholder."""
    text = f"Ann Zorn; so Zorn said ⟦CARD·{TAG}·1⟧"
    finder = FakeFinder({"Ann Zorn": Kind.PERSON})
    _, findings = redact_again(text, finder.find(text), finder.find, Legend(TAG))
    assert [text[span.start : span.end] for span in findings.spans] == ["Ann Zorn", "Zorn", f"⟦CARD·{TAG}·1⟧"]
    assert [span.by for span in findings.spans] == ["fake", "legend", "rule:placeholder"]


def test_a_finder_that_finds_something_new_each_time_is_asked_four_times() -> None:
    """It ends, with everything masked that was found."""
    words = list("abcdefgh")
    text = " ".join(f"w{word}" for word in words)
    seen = []

    def find(shown: str) -> Findings:
        seen.append(shown)
        at = shown.find("w")
        return Findings((Finding(at, at + 2, Kind.OTHER),) if at >= 0 else ())

    redacted, findings = redact_again(text, find(text), find, Legend(TAG))
    assert len(seen) == 5
    assert len(findings.spans) == 5
    assert all(f"w{word}" not in redacted.text for word in words[:5])


PIECES = st.sampled_from(
    [
        *("my", "number", "is", "call", "me", "at", "the", "card", "phone", "pin", "code", "account", "iban", "ssn"),
        *(
            "4111 1111 1111 1111",
            "555-123-4567",
            "a@b.example",
            "+49 30 123456",
            "12345",
            "John",
            "Mr Smith",
            "12/5/1980",
        ),
        *(
            "https://x.example/u",
            "password:",
            "hunter2!",
            "born",
            "on",
            "10.0.0.1",
            ",",
            ".",
            "\n",
            "ext",
            "#",
            "(",
            ")",
        ),
    ]
)


@pytest.mark.parametrize("level", [Level.BALANCED, Level.STRICT])
@settings(max_examples=120, deadline=None)
@given(st.lists(PIECES, max_size=14))
def test_what_was_redacted_is_found_empty(level: Level, pieces: list[str]) -> None:
    """A gate that searches what it is about to send finds nothing any more."""
    text = " ".join(pieces)
    detector = Detector([PatternFinder()], level=level)
    legend = Legend(TAG)
    redacted, findings = redact_again(text, detector.find(text), detector.find, legend)
    left = [s for s in detector.find(redacted.text).spans if "⟦" not in redacted.text[s.start : s.end]]
    assert left == []
    assert restore(redacted.text, legend) == text
    assert all(0 <= span.start < span.end <= len(text) for span in findings.spans)
