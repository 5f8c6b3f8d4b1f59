"""Numbers said in other languages are seen as digits, each mapped to the words it came from."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.patterns.abroad import spoken_abroad
from privacy_assistant.core.patterns.views import View, written


@pytest.mark.parametrize(
    ("said", "seen"),
    [
        ("null eins sieben zwo", "0172"),
        ("null einundzwanzig zweiunddreißig", "02132"),
        ("zweimal drei vier fünf", "3345"),
        ("zéro six douze trente-quatre", "061234"),
        ("quatre-vingt-dix-sept soixante et onze", "9771"),
        ("soixante-dix quatre-vingts", "7080"),
        ("deux fois cinq sept huit", "5578"),
        ("seis doce treinta y cuatro", "61234"),
        ("seiscientos doce veintitrés", "61223"),
        ("doble cinco uno dos", "5512"),
        ("tre ventotto cinquantuno", "32851"),
        ("doppio due tre quattro", "2234"),
        ("nul zes eenentwintig drieëndertig", "062133"),
        ("dubbel twee drie vier", "2234"),
        ("um meia vinte e dois", "1622"),
        ("più tre nove zero due", "+3902"),
        ("zwei 34 fünf", "2345"),
        ("drei triplo", None),
    ],
)
def test_number_words_of_a_language_are_seen_as_digits(said: str, seen: str | None) -> None:
    """Units, tens, what is said together, and what doubles; four digits at least."""
    view = spoken_abroad(written(f"a, {said}."))
    if seen is None:
        assert view is None
        return
    assert view is not None
    assert view.text == f"a, {seen}."
    assert view.origin(3, 3 + len(seen)) == (3, 3 + len(said))


@pytest.mark.parametrize(
    "text", ["un deux trois", "uno de los dos", "", "zwei", "eins oder zwei Leute", "sei gut", "12 34 56"]
)
def test_a_few_number_words_are_no_number(text: str) -> None:
    """Words of everyday language make no view; neither do digits alone."""
    assert spoken_abroad(written(text)) is None


def test_a_number_that_ends_with_a_double_has_no_digit_for_it() -> None:
    """ "doble" without a digit behind it says nothing."""
    view = spoken_abroad(written("uno dos tres cuatro doble"))
    assert view is not None
    assert view.text == "1234 doble"


def test_a_ten_does_not_reach_over_a_comma() -> None:
    """ "veinte, uno" are two numbers."""
    view = spoken_abroad(written("quarante, quatre trois deux"))
    assert view is not None
    assert view.text == "40432"


def test_the_view_of_a_view_maps_to_the_text_itself() -> None:
    """An invisible character in the words shifts nothing."""
    text = "\u200bnull eins\u200b sieben drei"
    view = spoken_abroad(written(text))
    assert isinstance(view, View)
    assert view.text == "0173"
    assert view.origin(0, 4) == (1, len(text))


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "null ",
                "eins ",
                "zwei ",
                "six ",
                "quatre-",
                "vingt ",
                "doble ",
                "y ",
                "treinta ",
                "plus ",
                ", ",
                "x ",
                "7 ",
                "ë",
                "\n",
            ]
        ),
        max_size=24,
    ).map("".join)
)
def test_every_character_of_the_view_comes_from_the_text(text: str) -> None:
    """Origins are in bounds and in order."""
    view = spoken_abroad(written(text))
    last = 0
    for at in range(len(view.text) if view else 0):
        assert view is not None
        start, end = view.origin(at, at + 1)
        assert last <= start < end <= len(text)
        last = start
