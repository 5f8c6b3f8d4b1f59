"""Bugs that other redactors had, each by its number, kept out of this one."""

from __future__ import annotations

import json
import logging
import sys
from types import FrameType
from typing import Any

import pytest

from privacy_assistant.core.arguments import ArgumentsRestorer, restore_arguments
from privacy_assistant.core.detection import Detector
from privacy_assistant.core.kinds import Finding, Findings, Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.core.public import is_public
from privacy_assistant.core.redaction import Restorer, redact, redact_again, restore
from privacy_assistant.core.turn import Origin
from privacy_assistant.errors import EgressDenied, RecordTampered
from tests.fakes import FakeFinder

TAG = "CI2"


def masked(text: str, words: dict[str, Kind], legend: Legend, *, is_restorable: bool = True) -> str:
    """The text with these words found in it."""
    return redact(text, FakeFinder(words).find(text), legend, is_restorable=is_restorable).text


def test_litellm_31959_and_41600_numbering_is_stable_over_turns() -> None:
    """A value keeps its number whatever comes before it, and a new value never takes a used one."""
    legend = Legend(TAG)
    words = {"Ann": Kind.PERSON, "Bob": Kind.PERSON, "a@b.example": Kind.EMAIL}
    first = masked("Ann and Bob", words, legend)
    assert first == f"⟦PERSON·{TAG}·1⟧ and ⟦PERSON·{TAG}·2⟧"
    assert masked("Bob wrote a@b.example to Ann", words, legend) == (
        f"⟦PERSON·{TAG}·2⟧ wrote ⟦EMAIL·{TAG}·3⟧ to ⟦PERSON·{TAG}·1⟧"
    )
    again = Legend.from_payload(json.loads(json.dumps(legend.to_payload())))
    assert masked("Ann and Bob", words, again) == first


def test_litellm_41611_a_value_that_is_cut_over_chunks_comes_back() -> None:
    """Wherever the stream is cut."""
    legend = Legend(TAG)
    text = f"to {masked('Ann', {'Ann': Kind.PERSON}, legend)}."
    for cut in range(len(text)):
        restorer = Restorer(legend)
        assert restorer.feed(text[:cut]) + restorer.feed(text[cut:]) + restorer.close() == "to Ann."


def test_litellm_31950_arguments_of_tool_calls_are_restored() -> None:
    """And stay JSON, streamed or whole."""
    legend = Legend(TAG)
    value = 'Ann "A" Zorn'
    written = json.dumps({"to": masked(value, {value: Kind.PERSON}, legend)})
    assert json.loads(restore_arguments(written, legend)) == {"to": value}
    restorer = ArgumentsRestorer(legend)
    streamed = "".join([restorer.feed(char) for char in written] + [restorer.close()])
    assert json.loads(streamed) == {"to": value}


def test_litellm_24291_places_are_those_of_the_text_that_was_given() -> None:
    """Not of the redacted one, in which everything has moved; those of another text are refused."""
    text = "a@b.example wrote to c@d.example 😀 e@f.example"
    finder = PatternFinder()
    redacted, found = redact_again(text, finder.find(text), finder.find, Legend(TAG))
    assert [text[s.start : s.end] for s in found.spans] == ["a@b.example", "c@d.example", "e@f.example"]
    assert "@" not in redacted.text
    with pytest.raises(EgressDenied):
        redact("short", found, Legend(TAG))


def test_litellm_35951_and_37965_no_value_is_in_a_log_a_repr_or_an_error(caplog: pytest.LogCaptureFixture) -> None:
    """Of anything that holds one."""
    caplog.set_level(logging.DEBUG)
    legend = Legend(TAG)
    finder = FakeFinder({"Grobnik": Kind.PERSON})
    text = "to Grobnik"
    redacted, found = redact_again(text, finder.find(text), finder.find, legend)
    shown = [repr(thing) for thing in (legend, redacted, found, list(legend), legend.recogniser(), Restorer(legend))]
    with pytest.raises(RecordTampered) as raised:
        Legend.from_payload({"version": 1, "tag": TAG, "entries": [["PERSON", "9", "Grobnik", True]]})
    shown += [str(raised.value), repr(raised.value), raised.value.hint, caplog.text]
    assert not any("Grobnik" in one for one in shown)


def test_llm_guard_82_two_values_never_share_a_placeholder() -> None:
    """Nor do two spellings of one; nor two conversations."""
    legend, other = Legend(TAG), Legend("ZZZ")
    values = ["John Smith", "john smith", "Smith", "John Smith Jr", "Jane Smith", "John", "4111 1111", "41111111"]
    written = [legend.write(legend.add(value, Kind.PERSON)) for value in values]
    assert len(set(written)) == len(values)
    assert [restore(one, legend) for one in written] == values
    other.add("Somebody Else", Kind.PERSON)
    assert restore(written[0], other) == written[0]


def test_opentranscribe_499_a_family_name_filed_as_a_company_is_masked_all_the_same() -> None:
    """Names are one class: the kind names the placeholder and decides nothing else."""
    text = "Anna Kovacs came. Kovacs left."
    words = {"Anna": Kind.PERSON, "Kovacs": Kind.ORG}
    found = Detector([FakeFinder(words)]).find(text)
    legend = Legend(TAG)
    redacted = redact(text, found, legend).text
    assert "Anna" not in redacted
    assert "Kovacs" not in redacted
    assert restore(redacted, legend) == text


@pytest.mark.parametrize("order", [1, -1])
def test_pasteguard_39_overlapping_findings_leave_no_rest(order: int) -> None:
    """ "Eric" inside "Eric's": one span, and the possessive stays readable."""
    text = "It is Eric's car, Eric said"
    spans = [Finding(6, 10, Kind.PERSON), Finding(6, 12, Kind.PERSON), Finding(18, 22, Kind.PERSON)][::order]
    legend = Legend(TAG)
    redacted = redact(text, Findings(tuple(spans)), legend).text
    assert redacted == f"It is ⟦PERSON·{TAG}·1⟧'s car, ⟦PERSON·{TAG}·1⟧ said"
    assert restore(redacted, legend) == text


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("Apple stock price?", "Apple", Kind.ORG),
        ("who was Einstein?", "Einstein", Kind.PERSON),
        ("what is the capital of France?", "France", Kind.LOCATION),
    ],
)
def test_ai_chat_terminal_23_public_questions_pass(text: str, name: str, kind: Kind) -> None:
    """What the whole world knows is nobody's secret; the same name in somebody's life is."""

    class Guess:
        kinds = frozenset({kind})

        def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
            at = text.find(name)
            return Findings((Finding(at, at + len(name), kind, 0.9, "ner"),) if at >= 0 else ())

    detector = Detector([Guess()], is_public=is_public)
    assert detector.find(text).spans == ()
    assert len(detector.find(f"I am meeting my boss from {name} tomorrow").spans) == 1


@pytest.mark.parametrize("text", ["my name is john smith", "MY NAME IS JOHN SMITH", "My name is John Smith"])
def test_presidio_1354_case_hides_nobody(text: str) -> None:
    """As a person types, shouts, or is transcribed."""
    found = PatternFinder().find(text)
    assert [text[span.start : span.end].lower() for span in found.spans] == ["john smith"]


@pytest.mark.parametrize("unit", ["a@", "1-", "1 ", "((", "http://a.", "⟦PERSON·", "%E2%9F%A6", "A. ", "John ", '\\"'])
def test_presidio_2063_work_grows_with_the_text(unit: str) -> None:
    """Counted, not timed: ten times the text, ten times the steps of redaction and restoring, not a hundred."""

    def steps(repeat: int) -> int:
        text = unit * repeat
        count = 0

        def trace(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal count
            count += 1
            return trace

        legend = Legend(TAG)
        legend.add("John", Kind.PERSON)
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            redact(text, Findings(), legend)
            restore(text, legend)
            restore_arguments(text, legend)
        finally:
            sys.settrace(before)
        return count

    assert steps(400) < 14 * steps(40) + 2000


def test_gomodel_941_an_echo_of_the_system_text_restores_nothing() -> None:
    """A model that repeats its instructions shows placeholders, not what they stand for."""
    legend = Legend(TAG)
    system = masked("You serve Ann Zorn", {"Ann Zorn": Kind.PERSON}, legend, is_restorable=False)
    asked = masked("who is Ann Zorn?", {"Ann Zorn": Kind.PERSON}, legend)
    assert restore(f"I was told: {system}", legend) == f"I was told: {system}"
    assert restore(asked, legend) == "who is Ann Zorn?"
