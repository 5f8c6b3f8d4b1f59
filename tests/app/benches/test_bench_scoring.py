"""Leaks are counted as the yardstick counts them."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.app.benches.marked import Mark, MarkedText
from privacy_assistant.app.benches.scoring import Span, score
from tests.architecture.reading import ROOT

_PLACES = (
    Path(os.environ.get("PRIVACY_ASSISTANT_TEST_DATA") or ROOT.parent / "shared" / "data").parent,
    ROOT.parent / "shared",
)
_TYPES = ("PERSON", "GPE", "LOC", "CREDIT_CARD", "DATE_TIME", "TITLE", "ADDRESS", "MISC")


@pytest.fixture(scope="module")
def yardstick() -> ModuleType:
    """The scorer that others use, where it is at hand."""
    for place in _PLACES:
        if (file := place / "tools" / "pii_score.py").is_file():
            spec = importlib.util.spec_from_file_location("pii_score", file)
            assert spec is not None
            assert spec.loader is not None
            module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            return module
    pytest.skip("tools/pii_score.py is not at hand (PRIVACY_ASSISTANT_TEST_DATA names the data beside it)")


def marked(text: str, *marks: tuple[int, int, str]) -> MarkedText:
    return MarkedText(text, tuple(Mark(*mark) for mark in marks))


@st.composite
def cases(draw: st.DrawFn) -> list[tuple[MarkedText, list[Span]]]:
    """A few texts, each with marks inside it and findings anywhere near it."""
    rows = []
    for text in draw(st.lists(st.text("ab 1,é٤-", max_size=12), max_size=6)):
        places = st.integers(0, len(text))
        marks = draw(st.lists(st.tuples(places, places, st.sampled_from(_TYPES)), max_size=3))
        found = draw(st.lists(st.tuples(st.integers(-2, len(text) + 2), st.integers(-2, len(text) + 2)), max_size=3))
        rows.append((marked(text, *((min(a, b), max(a, b), kind) for a, b, kind in marks)), found))
    return rows


@given(rows=cases())
@settings(max_examples=300, deadline=None)
def test_our_figures_are_those_of_the_yardstick(
    rows: list[tuple[MarkedText, list[Span]]], yardstick: ModuleType
) -> None:
    """Every share and every type, for any marks and findings, rounded alike."""
    gold = [
        {"text": one.text, "spans": [{"start": m.start, "end": m.end, "type": m.type} for m in one.marks]}
        for one, _found in rows
    ]
    out: list[dict[str, Any]] = [{"spans": [{"start": a, "end": b} for a, b in found]} for _one, found in rows]
    ours = score([one for one, _found in rows], [found for _one, found in rows]).to_json()
    theirs = yardstick.score(gold, out)
    assert ours == theirs
    assert list(ours["by_type"].values()) == list(theirs["by_type"].values())


def test_one_readable_letter_is_a_leak_and_a_comma_is_none() -> None:
    """The strict view: half a name masked is a name leaked; punctuation inside a span is nobody's name."""
    text = marked("Ann, Bo", (0, 7, "PERSON"))
    whole = score([text], [[(0, 3), (5, 7)]])
    half = score([text], [[(0, 2), (5, 7)]])
    assert (whole.leaks.percent, half.leaks.percent, half.misses.percent) == (0.0, 100.0, 0.0)
    assert score([text], [[]]).misses.percent == 100.0


def test_masking_what_nobody_cares_about_is_neither_reward_nor_fault() -> None:
    """A date is no leak when it stays, and no excess when it goes; a clean word that goes is excess."""
    text = marked("on 3 May ok", (3, 8, "DATE_TIME"))
    for found, over in (([], 0.0), ([(3, 8)], 0.0), ([(9, 11)], 50.0)):
        result = score([text], [found])
        assert (result.leaks.n, result.over.percent, result.over_docs.n) == (0, over, 0)


def test_several_types_are_summed_and_aliases_are_one_type() -> None:
    """GPE and LOC are places; the leak of names is that of their types together."""
    texts = [marked("Rome Oslo Ann", (0, 4, "GPE"), (5, 9, "LOC"), (10, 13, "PER"))]
    result = score(texts, [[(0, 4)]])
    assert {name: tally.n for name, tally in result.by_type.items()} == {"LOCATION": 2, "PERSON": 1}
    assert result.leak_of({"LOCATION"}).percent == 50.0
    assert result.leak_of({"LOCATION", "PERSON"}).percent == 66.67
    assert result.leak_of({"CARD"}).percent is None


def test_texts_and_findings_of_different_number_are_refused() -> None:
    """A finder that lost a text gets no score."""
    with pytest.raises(ValueError):
        score([marked("a")], [])
