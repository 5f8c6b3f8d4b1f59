"""Patterns that wait for their first use are those of the library in all they answer."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.patterns.pattern import Pattern

_SOURCE = r"(?P<word>[a-z]+)(\d?)"


@settings(max_examples=60, deadline=None)
@given(st.text("ab1 ,\n", max_size=24), st.integers(0, 8), st.sampled_from((0, re.IGNORECASE)))
def test_a_pattern_answers_as_the_compiled_one_does(text: str, at: int, flags: int) -> None:
    """Every method, before and after it was used, with and without a place to begin at."""
    waiting = Pattern(_SOURCE, flags)
    compiled = re.compile(_SOURCE, flags)
    for _ in range(2):
        for name in ("match", "search", "fullmatch"):
            ours, theirs = getattr(waiting, name)(text, at), getattr(compiled, name)(text, at)
            assert (ours and ours.span()) == (theirs and theirs.span())
        assert [found.span("word") for found in waiting.finditer(text, at)] == [
            found.span("word") for found in compiled.finditer(text, at)
        ]
        assert waiting.split(text) == compiled.split(text)
        assert waiting.sub("x", text) == compiled.sub("x", text)


def test_flags_are_heeded() -> None:
    """Case is folded where the flags ask for it, and nowhere else."""
    assert Pattern("a", re.IGNORECASE).match("A")
    assert not Pattern("a").match("A")


def test_what_is_compiled_is_told_as_the_library_tells_it() -> None:
    """The source and the flags can be read without a search."""
    assert Pattern("a+b").pattern == "a+b"
    assert Pattern("a", re.IGNORECASE).flags & re.IGNORECASE


def test_nothing_is_compiled_before_the_first_use() -> None:
    """A broken pattern can be made; using it raises what the library raises."""
    broken = Pattern("(")
    with pytest.raises(re.error):
        broken.search("a")
