"""A text in lower case and as speech, with its marks where their words went."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.app.benches.marked import Mark, MarkedText
from privacy_assistant.app.benches.own_set import own_set
from privacy_assistant.app.benches.views import VIEWS, seen, spoken

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def told(text: str, *values: str) -> tuple[str, list[str]]:
    """The spoken view of a text and of the values marked in it."""
    marks = tuple(Mark(text.index(value), text.index(value) + len(value), "PERSON") for value in values)
    view = spoken(MarkedText(text, marks))
    return view.text, [view.text[mark.start : mark.end] for mark in view.marks]


def test_mail_addresses_are_said_with_at_and_dot() -> None:
    """Inside a word a full stop is "dot"; at the end of a sentence nobody says it."""
    text, (mail,) = told("Mail Ann.Lee_2@Example.org.", "Ann.Lee_2@Example.org")
    assert mail == "ann dot lee underscore two at example dot org"
    assert text.rstrip() == f"mail {mail}"


def test_digits_are_said_one_by_one_or_double() -> None:
    """The words give the digits back, whatever was doubled."""
    digits = "4111 1111 1111 1111 0055 99"
    _text, (said,) = told(f"card {digits}, please", digits)
    words = said.split()
    assert set(words) <= {*_DIGITS, "oh", "double"}
    assert "".join(str(_DIGITS.index(word)) for word in _undoubled(said)) == digits.replace(" ", "")
    assert "double" in words


def test_punctuation_is_dropped_and_words_keep_their_apostrophe() -> None:
    """What a recogniser would not write is not there; blanks come one at a time."""
    text, (name,) = told('He said: "O’Brien -- (not Bob)!"\r\nOK?', "O’Brien")
    assert (text.strip(), name) == ("he said o'brien not bob ok", "o'brien")
    assert told("say 'no' to 'em")[0].split() == ["say", "no", "to", "em"]


def test_no_double_reaches_over_the_edge_of_a_mark() -> None:
    """Half a "double five" would belong to nobody."""
    for length in range(60):
        text = "x" * length + " 5555"
        view = spoken(MarkedText(text, (Mark(length + 3, length + 5, "CARD"),)))
        (mark,) = view.marks
        assert _undoubled(view.text[mark.start : mark.end]) == ["five", "five"]
        assert _undoubled(view.text[: mark.start]).count("five") == 2


def test_the_same_text_is_said_the_same_way() -> None:
    """A bench that is run twice compares the same words."""
    text = MarkedText("call 0055 1100 2233 4400")
    assert spoken(text) == spoken(text)


@given(text=st.text("aB1 .,@_-'İß\u0301٤😀\n", max_size=30), data=st.data())
@settings(max_examples=200, deadline=None)
def test_marks_hold_what_their_words_became(text: str, data: st.DataObject) -> None:
    """In bounds, in order, never edged by a blank in speech; in lower case exactly the lower-cased words."""
    places = st.integers(0, len(text))
    start, end = sorted((data.draw(places), data.draw(places)))
    given_text = MarkedText(text, (Mark(start, end, "PERSON"),))
    low = seen(given_text, "lower")
    (mark,) = low.marks
    assert low.text[mark.start : mark.end].strip() == "".join(char.lower() for char in text[start:end]).strip()
    said = seen(given_text, "speech")
    (mark,) = said.marks
    words = said.text[mark.start : mark.end]
    assert 0 <= mark.start <= mark.end <= len(said.text)
    assert words == words.strip()
    assert "  " not in said.text
    assert bool(words) >= any(char.isalnum() for char in text[start:end])


def test_a_text_as_it_is_is_itself_and_no_other_view_exists() -> None:
    """The first view changes nothing; a wrong name is an error."""
    text = MarkedText("Ann", (Mark(0, 3, "PERSON"),))
    assert seen(text, VIEWS[0]) is text
    with pytest.raises(ValueError):
        seen(text, "shouted")


def test_every_value_of_our_own_set_is_found_again_in_speech() -> None:
    """The words of a mark are what the value alone would become, but for what was doubled by chance."""
    for marked in own_set().texts:
        view = spoken(marked)
        for mark, there in zip(marked.marks, view.marks, strict=True):
            alone = spoken(MarkedText(marked.text[mark.start : mark.end])).text
            assert _undoubled(view.text[there.start : there.end]) == _undoubled(alone)


def _undoubled(said: str) -> list[str]:
    """Words, with digits undoubled and "oh" as zero."""
    words: list[str] = []
    repeat = 1
    for word in said.split():
        if word == "double":
            repeat = 2
            continue
        words += ["zero" if word == "oh" else word] * repeat
        repeat = 1
    return words
