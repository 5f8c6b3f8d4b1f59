"""Grammars as graphs: what the rules say is what the graph says, and nothing else."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.word_graph import word_graph
from privacy_assistant.errors import UsageError


def all_sentences(rules: dict[str, str], sentence: str) -> set[str]:
    """Every sentence of a small graph."""
    graph = word_graph(rules, sentence)
    found: set[str] = set()
    todo = [(graph.start, "")]
    while todo:
        at, said = todo.pop()
        may_end, ways = graph.states[at]
        if may_end:
            found.add(said.strip())
        todo += [(behind, f"{said} {word}") for word, behind in ways]
    return found


def test_choices_options_and_rules_are_said_in_every_way() -> None:
    """A small grammar, counted by hand."""
    rules = {"drink": "tea | black coffee"}
    assert all_sentences(rules, "[please] (make | bring) <drink> [now]") == {
        f"{a}{b} {c}{d}"
        for a in ("", "please ")
        for b in ("make", "bring")
        for c in ("tea", "black coffee")
        for d in ("", " now")
    }


def test_sentences_that_begin_alike_share_their_way() -> None:
    """No state has two ways with one word, so a recogniser follows one path."""
    graph = word_graph({}, "set a timer | set an alarm | set a clock")
    for _, ways in graph.states:
        assert len({word for word, _ in ways}) == len(ways)
    assert len(graph.states) == 5
    assert graph.says("set a clock")
    assert not graph.says("set a")
    assert not graph.says("set a clock now")


def test_a_state_with_the_same_future_is_there_once() -> None:
    """The same ending after a hundred beginnings costs its states once."""
    beginnings = " | ".join(f"word{number} then" for number in range(100))
    assert len(word_graph({}, f"({beginnings}) the end of it").states) == 7


@given(st.integers(0, 10_000))
def test_what_is_drawn_from_a_graph_is_a_sentence_of_it(seed: int) -> None:
    """Drawing and checking agree."""
    rules = {"digit": "one | two | three", "number": "<digit> [hundred [and <digit>]]"}
    graph = word_graph(rules, "<number> (plus | minus) <number> | stop")
    assert graph.says(graph.sentence(Random(seed).randrange))


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ({}, "say <nothing>"),
        ({"a": "x <b>", "b": "[<a>] y"}, "<a>"),
        ({}, "(one | two"),
        ({}, "one | two)"),
        ({}, "[one | two)"),
    ],
)
def test_rules_that_make_no_sense_are_refused(rules: dict[str, str], sentence: str) -> None:
    """A rule that is not there, one that needs itself, and brackets without their partner."""
    with pytest.raises(UsageError):
        word_graph(rules, sentence)
