"""What decides that a text need not be searched never lets a match go."""

from __future__ import annotations

import importlib
import itertools
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns import PatternFinder, credentials, cues, names, network, traces, uncued, views
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.said import Cued, Said
from privacy_assistant.core.patterns.views import spelled, spoken, written

_PARSER: Any = importlib.import_module("re._parser")
_CUED = {name: value for name, value in vars(names).items() if isinstance(value, Cued)}
_SPELLING = "i a x b one six 1 42 two ray oh dash india"


def forms(source: str, flags: int = 0) -> Iterator[str]:
    """A text for each way through the alternatives of a pattern, the optional parts left out and put in."""
    yield from _forms(_PARSER.parse(source, flags))


def _forms(tree: Any) -> Iterator[str]:
    for choice in itertools.product(*(list(_of_node(op, args)) for op, args in tree)):
        yield "".join(choice)


def _of_node(op: Any, args: Any) -> Iterator[str]:
    name = str(op)
    if name == "LITERAL":
        yield chr(args)
    elif name == "IN":
        yield _char(args)
    elif name == "NOT_LITERAL" or name == "ANY":
        yield "~"
    elif name == "BRANCH":
        for branch in args[1]:
            yield from _forms(branch)
    elif name == "SUBPATTERN":
        yield from _forms(args[-1])
    elif name in ("MAX_REPEAT", "MIN_REPEAT"):
        least, _, body = args
        for once in _forms(body):
            yield once * max(least, 1)
        if not least:
            yield ""
    else:
        assert name in ("AT", "ASSERT", "ASSERT_NOT"), name
        yield ""


def _char(args: Any) -> str:
    """One character of a class: of `[^\\W\\d_]` a letter."""
    if str(args[0][0]) == "NEGATE":
        return "z"
    kind, value = str(args[0][0]), args[0][1]
    if kind == "CATEGORY":
        return {"CATEGORY_SPACE": " ", "CATEGORY_DIGIT": "7"}.get(str(value), "z")
    return chr(value if kind == "LITERAL" else value[0])


def test_forms_are_what_the_pattern_takes() -> None:
    """The forms of a small pattern are all of its matches."""
    assert set(forms("a(?:b|c[de])?x*")) == {"ax", "abx", "acdx", "a", "ab", "acd"}


@pytest.mark.parametrize("name", sorted(_CUED))
def test_each_alternative_of_a_name_cue_opens_the_search(name: str) -> None:
    """A cue word that is added to the pattern alone is caught here."""
    cued = _CUED[name]
    closed = {form for form in forms(cued.source) if not cued.is_possible(Said(f"\n{form}Xy"))}
    assert not closed, sorted(closed)[:5]


def test_a_cue_in_capitals_or_without_a_dot_on_its_i_opens_the_search() -> None:
    """What patterns without regard to case take for one word is one."""
    for text in ("MY SISTER Anna", "my sıster Anna", "my sİster Anna"):
        assert list(names.find(Said(text))), text


def test_a_text_without_a_cue_is_not_searched() -> None:
    """Otherwise nothing was won."""
    said = Said("What is the best way to cook a steak so that it stays red?")
    assert not [name for name, cued in _CUED.items() if cued.is_possible(said)]


def test_each_way_to_write_an_at_and_a_dot_opens_the_search() -> None:
    """Signs and words of all languages."""
    for pattern, signs, listed in (
        (network._AT, "@", network._AT_WORDS),
        (Pattern(network._DOT), ".", network._DOT_WORDS),
    ):
        for form in forms(pattern.pattern):
            said = Said(f"ab{form}cd")
            assert any(sign in said.text for sign in signs) or said.has_any(listed), form


def test_each_word_for_a_password_opens_the_search() -> None:
    """Also those whose letters have accents."""
    for form in forms(credentials._PASSWORD_CUE.pattern):
        assert any(stem in form.lower() for stem in credentials._PASSWORD_STEMS), form


def test_each_date_with_a_month_has_a_year_that_opens_the_search() -> None:
    """In digits, shortened, in words."""
    years = uncued._YEAR, r"['’]\d\d", uncued._YEAR_SAID
    for form in itertools.chain.from_iterable(map(forms, years)):
        assert uncued._A_YEAR.search(form), form


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_each_way_to_write_coordinates_opens_the_search(data: st.DataObject) -> None:
    """Numbers with a point or a comma in them."""
    for pattern in (traces._DECIMALS, traces._LATITUDE, traces._GEO_URI, traces._HEMISPHERE):
        text = data.draw(st.from_regex(re.compile(pattern.pattern)))
        assert traces._POINTED.search(text), text


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_SPELLING.split()), max_size=9), st.sampled_from((" ", ", ", ",", ". ")))
def test_what_is_spelled_is_looked_for(said: list[str], gap: str) -> None:
    """The search that is left out would have found nothing."""
    text = gap.join(said)
    assert spelled(written(text)) == _spelled_without_asking(text)
    assert spoken(written(text)) == spoken(written(text), Said(text))


def _spelled_without_asking(text: str) -> views.View | None:
    """The same with a word in it that opens every search, cut off again; nothing else is near it."""
    view = spelled(written(text + ". ray"))
    if view is None or view.starts is None or view.ends is None:
        return None
    kept = len(view.text) - len(". ray")
    return views.View(view.text[:kept], view.starts[:kept], view.ends[:kept])


@pytest.mark.parametrize("text", ["my VISA 1", "MÓVIL, cartão", "a vısa or vİsa", "TELEFONNUMMER and Handys", "PİN"])
def test_cues_of_numbers_are_found_without_regard_to_case(text: str) -> None:
    """In small letters the pattern finds what it finds in the text as it stands, at the same places."""
    pattern, _ = cues._cue_pattern()
    anywhere = re.compile("(?i)" + pattern.pattern)
    found = [(match.span(), match.lastindex) for match in pattern.finditer(Said(text).searched)]
    assert found == [(match.span(), match.lastindex) for match in anywhere.finditer(text)]
    assert found


def test_four_digits_are_enough_to_look_for_numbers() -> None:
    """The fewest that a cue can make something of."""
    found = PatternFinder().find("my card ends in 4242").spans
    assert [span.kind for span in found] == [Kind.CARD]
