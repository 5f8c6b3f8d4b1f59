"""The local model asked for what was missed: it adds what stands in the text, and invents nothing."""

from __future__ import annotations

import re

import pytest

from privacy_assistant.core.detection import Detector
from privacy_assistant.core.kinds import Findings, Kind
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.core.turn import Role
from privacy_assistant.engines.llm_llamacpp import LlamaCppModel
from privacy_assistant.engines.pii_local_model import LocalModelFinder, grammar_of
from privacy_assistant.errors import EngineFailed
from privacy_assistant.ports import ChatMessage, GenerationRequest, Piece, Sampling
from tests.fakes import FakeLocalModel


def said(text: str, found: Findings) -> list[tuple[str, Kind]]:
    return [(text[span.start : span.end], span.kind) for span in found.spans]


def test_what_the_model_names_is_found_everywhere_it_stands() -> None:
    """As whole words, each place."""
    model = FakeLocalModel(["PERSON: zorn\nADDRESS: 4 Mill Lane\n"])
    text = "zorn lives at 4 Mill Lane, and zornig is not zorn"
    found = LocalModelFinder(model).find(text)
    assert said(text, found) == [("zorn", Kind.PERSON), ("4 Mill Lane", Kind.ADDRESS), ("zorn", Kind.PERSON)]
    assert {span.by for span in found.spans} == {"llm"}


@pytest.mark.parametrize(
    "answer",
    [
        "none",
        "",
        "PERSON: Bob\n",
        "NAME: zorn\n",
        "zorn",
        "PERSON:zorn",
        "PERSON: \n",
        "PERSON: z\n",
        "PERSON: the\n",
        "{}",
    ],
)
def test_what_is_not_in_the_text_is_dropped(answer: str) -> None:
    """Invented names, foreign kinds, small words and chatter give nothing."""
    assert LocalModelFinder(FakeLocalModel([answer])).find("the z of zorn").spans == ()


def test_it_only_ever_adds() -> None:
    """Beside the rules nothing that they found is lost, whatever the model says."""
    text = "mail anna@example.org to grobnik"
    rules = PatternFinder()
    both = Detector([rules, LocalModelFinder(FakeLocalModel(["PERSON: grobnik\nORG: example\n"]))])
    assert said(text, both.find(text)) == [("anna@example.org", Kind.EMAIL), ("grobnik", Kind.PERSON)]
    quiet = Detector([rules, LocalModelFinder(FakeLocalModel(["none"]))])
    assert quiet.find(text).spans == rules.find(text).spans
    assert quiet.kinds == rules.kinds


def test_overlapping_answers_become_one_span() -> None:
    """Nothing of either stays readable."""
    text = "so Ann van Zorn said"
    found = LocalModelFinder(FakeLocalModel(["PERSON: Ann van\nPERSON: van Zorn\n"])).find(text)
    assert said(text, found) == [("Ann van Zorn", Kind.PERSON)]


def test_a_model_that_breaks_is_never_an_empty_answer() -> None:
    """Its error is a refusal; so is a search that was interrupted."""
    with pytest.raises(EngineFailed):
        LocalModelFinder(FakeLocalModel(error=EngineFailed("broken"))).find("hello zorn")

    class Cancelled(FakeLocalModel):
        def generate(self, request: GenerationRequest):  # type: ignore[no-untyped-def]  # as the fake's
            self.cancel(request.id)
            return super().generate(request)

    with pytest.raises(EngineFailed, match="interrupted"):
        LocalModelFinder(Cancelled("none")).find("hello zorn")


def test_a_long_text_is_asked_about_in_parts() -> None:
    """Each word stands in a question; the work grows with the text."""
    model = FakeLocalModel("none")
    text = " ".join(f"word{n}" for n in range(500))
    LocalModelFinder(model).find(text)
    asked = " ".join(request.messages[-1].text for request in model.requests)
    assert set(re.findall(r"word\d+", asked)) == set(text.split())
    assert len(model.requests) == 5


def test_a_text_without_words_is_not_asked_about() -> None:
    """Nor one that holds placeholders alone."""
    model = FakeLocalModel("none")
    assert LocalModelFinder(model).find(" ... ⟦PERSON·K7Q·1⟧ !").spans == ()
    assert model.requests == []


def test_the_grammar_holds_neighbouring_words_and_begins_with_none_of_the_small_ones() -> None:
    """Runs of words, none over the end of a line."""
    text = "the Ann met\nBob"
    rules = dict(
        rule.split(" ::= ", 1)
        for rule in grammar_of(text, [(m.start(), m.group()) for m in re.finditer(r"\w+", text)]).splitlines()
    )
    assert rules["item"] == "w1-6 | w2-6 | w3-6"
    assert rules["w1-6"] == '"Ann" (" " w2-5)?'
    assert rules["w2-5"] == '"met"'
    assert rules["w1-1"] == '"Ann"'


def test_small_words_alone_are_not_asked_about() -> None:
    """There is nothing in them to name."""
    model = FakeLocalModel("none")
    assert LocalModelFinder(model).find("who is it and what can he do").spans == ()
    assert model.requests == []


def test_no_placeholder_is_found_again() -> None:
    """What stands for somebody is nobody."""
    model = FakeLocalModel(["PERSON: PERSON\nPERSON: K7Q\n"])
    assert LocalModelFinder(model).find("hello ⟦PERSON·K7Q·1⟧").spans == ()
    assert "K7Q" not in model.requests[0].messages[-1].text


def test_the_embedded_model_keeps_to_the_grammar(warm_model: LlamaCppModel) -> None:
    """The real model writes lines of the text's own words, whatever the words are."""
    text = 'Please tell Grobnik "Bo\\b" Müller from Acme, 4 Mill Lane, that 🦊 é is late.\nThanks\tZed'
    words = [(match.start(), match.group()) for match in re.finditer(r"[^\W_]+", text)]
    request = GenerationRequest(
        "g", (ChatMessage(Role.USER, "List names: " + text),), Sampling(max_tokens=60), grammar_of(text, words)
    )
    answer = "".join(item.text for item in warm_model.generate(request) if isinstance(item, Piece))
    lines = answer.split("\n")
    assert answer == "none" or len(lines) > 1
    for line in lines[:-1]:
        kind, _, named = line.partition(": ")
        assert kind in Kind.__members__
        assert named in text
    for span in LocalModelFinder(warm_model).find(text).spans:
        assert 0 <= span.start < span.end <= len(text)


def test_a_grammar_that_is_none_is_refused(warm_model: LlamaCppModel) -> None:
    """Not silently ignored: the answer would be free."""
    request = GenerationRequest("g", (ChatMessage(Role.USER, "hi"),), Sampling(max_tokens=4), "root ::= (")
    with pytest.raises(EngineFailed, match="grammar"):
        list(warm_model.generate(request))
