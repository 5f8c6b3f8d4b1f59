"""Listed values are found in every usual writing, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.core.patterns.addresses import canonical
from privacy_assistant.core.patterns.candidate import settle
from privacy_assistant.core.patterns.listed import ListedValues, fold
from privacy_assistant.core.patterns.variants import WORD
from privacy_assistant.core.patterns.views import folded, written

NAMES = ListedValues(
    [
        ("John Michael Smith", Kind.PERSON),
        ("Will Turner", Kind.PERSON),
        ("Dr. Jürgen Müller-Schmidt", Kind.PERSON),
        ("Łukasz O'Brien", Kind.PERSON),
        ("Anna van der Berg", Kind.PERSON),
        ("García Márquez, Lucía", Kind.PERSON),
        ("山田 太郎", Kind.PERSON),
        ("김철수", Kind.PERSON),
        ("Rose", Kind.PERSON),
        ("Ian MacDonald Jr.", Kind.PERSON),
    ]
)
PLACES = ListedValues(
    [
        ("12 Main Street, Apt 4, Springfield, IL 62701", Kind.ADDRESS),
        ("Ahornstraße 7, 12345 Musterstadt", Kind.ADDRESS),
        ("123 Fifth Avenue, London SW1A 2AA", Kind.ADDRESS),
        ("Keizersgracht 99, 1015 CJ Amsterdam", Kind.ADDRESS),
    ]
)
OTHERS = ListedValues(
    [
        ("Acme Widgets GmbH", Kind.ORG),
        ("Target Inc.", Kind.ORG),
        ("Project Falcon", Kind.OTHER),
        ("Mercury", Kind.OTHER),
        ("j.smith_99@mail.com", Kind.EMAIL),
        ("☂☂", Kind.OTHER),
    ]
)


def _found(values: ListedValues, text: str) -> list[str]:
    view = folded(written(text))
    spans = settle(candidate.finding(view) for candidate in values.find(view, text))
    return [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    "said",
    [
        *("John Michael Smith", "JOHN MICHAEL SMITH", "john smith", "Smith, John", "J. Smith", "J. M. Smith"),
        *(
            "John M. Smith",
            "john",
            "smith",
            "Michael",
            "johnsmith",
            "Smith John",
            "s m i t h",
            "J-O-H-N",
            "Will Turner",
        ),
        *(
            "Will Turner",
            "will turner",
            "Juergen Mueller-Schmidt",
            "Jurgen Müller Schmidt",
            "MÜLLER",
            "mueller",
            "Müllerschmidt",
        ),
        *("Lukasz OBrien", "łukasz o’brien", "o'brien", "obrien", "Anna van der Berg", "Van der Berg"),
        *(
            "Lucia Garcia Marquez",
            "lucía garcía",
            "Márquez",
            "山田太郎",
            "山田",
            "太郎",
            "김철수",
            "Ian Mac Donald",
            "macdonald",
        ),
        *("John  \n Smith", "John\u00a0Smith", "John\u200b Smith", "Jo\u0301hn Smith", "𝐉𝐨𝐡𝐧 𝐒𝐦𝐢𝐭𝐡"),
    ],
)
def test_a_name_is_found_in_each_of_its_writings(said: str) -> None:
    """Whole, in parts, turned round, with initials, spelt, without accents, in one word."""
    text = f"yes {said} is it"
    covered = "".join(_found(NAMES, text))
    letters = [char for char in said if char.isalnum()]
    assert [char for char in covered if char.isalnum()] == letters


@pytest.mark.parametrize(
    "text",
    [
        *("falconry and blacksmiths", "johnny cash", "a smithy", "it will turn", "I will go", "Will you come?"),
        *("they rose early", "Rose of the winds", "unturned"),
        *("an michaelmas daisy", "j is a letter", "the amber light", "lukewarm"),
    ],
)
def test_other_words_are_left_alone(text: str) -> None:
    """A part of a word is no name, and a common word is one only where it is written like one."""
    assert _found(NAMES, text) == []


def test_a_name_that_is_a_word_wants_a_capital_or_a_call() -> None:
    """ "Will" is a name with a capital that begins no question, or after a word that calls somebody."""
    assert _found(NAMES, "I think Will called") == ["Will"]
    assert _found(NAMES, "Will called") == ["Will"]
    assert _found(NAMES, "Will you call?") == []
    assert _found(NAMES, "call will now") == ["will"]
    assert _found(NAMES, "the call will be long") == []
    assert _found(NAMES, "call will you") == []
    assert _found(NAMES, "my text will arrive") == []
    assert _found(NAMES, "two roses, and the Roses came") == ["Rose"]
    assert _found(NAMES, "my sister Rose") == ["Rose"]
    assert _found(NAMES, "prices rose again") == []
    assert _found(NAMES, "I will. Turner came") == ["Turner"]


def test_the_pieces_of_a_name_are_one_span() -> None:
    """One placeholder for one person, whichever piece comes first."""
    for said in ("Smith, John", "J. M. Smith", "John Smith", "L. Márquez", "van der Berg, Anna", "Anna Berg"):
        assert _found(NAMES, f"yes {said} is") == [said]


def test_the_end_of_a_genitive_stays_outside() -> None:
    """What is left of "John's" and "the Smiths" is an s."""
    assert _found(NAMES, "John's car, the Smiths, Lukasz' Auto") == ["John", "Smith", "Lukasz"]


@pytest.mark.parametrize(
    "said",
    [
        *("12 Main Street, Apt 4, Springfield, IL 62701", "12 Main St", "twelve main street", "12 main street apt. 4"),
        *("12 MAIN ST., APARTMENT 4", "Main Street 12", "12 Main Street\nApt 4\nSpringfield\nIL 62701", "62701"),
        *("Ahornstr. 7", "ahornstrasse 7", "Ahornstraße", "12345 Musterstadt", "7 Ahornstraße"),
        *(
            "one twenty three fifth avenue",
            "123 5th Ave",
            "one hundred and twenty three Fifth Ave",
            "SW1A 2AA",
            "sw1a2aa",
        ),
        *("Keizersgracht 99", "keizersgracht", "1015 CJ", "1015cj"),
    ],
)
def test_an_address_is_found_by_its_lines(said: str) -> None:
    """Abbreviated, in number words, over lines, the street alone, the post code alone."""
    covered = "".join(_found(PLACES, f"to {said} ok"))
    assert [char for char in covered if char.isalnum()] == [char for char in said if char.isalnum()]


@pytest.mark.parametrize("text", ["Springfield is nice", "Main Street is busy", "in London", "12 cats", "apt 4 cats"])
def test_what_many_addresses_share_is_no_address(text: str) -> None:
    """The town, a plain street name, a number."""
    assert _found(PLACES, text) == []


def test_companies_projects_and_mail_are_found() -> None:
    """A company without its legal form, a project in any case, an address of mail as it is dictated."""
    assert _found(OTHERS, "at acme widgets now") == ["acme widgets"]
    assert _found(OTHERS, "ACMEWIDGETS") == ["ACMEWIDGETS"]
    assert _found(OTHERS, "a Target shop, a target") == ["Target", "target"]
    assert _found(OTHERS, "project-falcon and projectfalcon; a falcon") == ["project-falcon", "projectfalcon"]
    assert _found(OTHERS, "is mercury late") == ["mercury"]
    assert _found(OTHERS, "j dot smith underscore 99 at mail dot com") == ["j dot smith underscore 99 at mail dot com"]
    assert _found(OTHERS, "a ☂☂ b") == ["☂☂"]


def test_a_number_is_found_in_its_forms_at_home_and_abroad() -> None:
    """+49 171 …, 0049 171 …, 0171 … are one telephone."""
    finder = PatternFinder(deny=[("+49 171 2345678", Kind.PHONE), ("12-34567", Kind.OTHER)])
    for said in ("0171 2345678", "0171/23 45 678", "0049 171 2345678", "+491712345678", "171 2345678"):
        (span,) = finder.find(f"it is {said} ok").spans
        assert span.by == "profile"
    assert finder.find("no 1234567").spans[0].by == "profile"


def test_the_more_certain_of_two_entries_counts() -> None:
    """ "Rose" as a name wants a capital; the same word as a project does not, in either order."""
    for values in ([("Rose", Kind.PERSON), ("Rose", Kind.OTHER)], [("Rose", Kind.OTHER), ("Rose", Kind.PERSON)]):
        assert _found(ListedValues(values), "prices rose") == ["rose"]


def test_number_words_of_an_address_become_digits() -> None:
    """As people say house numbers."""
    for said, number in (
        ("twelve", "12"),
        ("one twenty three", "123"),
        ("forty two", "42"),
        ("one hundred twenty three", "123"),
        ("one hundred and five", "105"),
        ("four oh seven", "407"),
        ("ten fifty", "1050"),
        ("three hundred", "300"),
        ("fifth", "5"),
        ("22nd", "22"),
    ):
        tokens = [(found.start(), found.end(), found.group()) for found in WORD.finditer(said)]
        assert [word for _, _, word in canonical(tokens)] == [number]


_NAME = st.text(st.characters(categories=("Lu", "Ll", "Lo")), min_size=3, max_size=9)


@settings(max_examples=60)
@given(st.lists(_NAME, min_size=1, max_size=4), st.text(max_size=20), st.text(max_size=20))
def test_whatever_is_listed_is_found_as_it_stands(words: list[str], before: str, after: str) -> None:
    """Between any other text, when it stands apart and is written as it was listed."""
    value = " ".join(words)
    if not fold(value):
        return
    text = f"{before} , {value} , {after}"
    view = folded(written(text))
    covered = {
        place
        for found in ListedValues([(value, Kind.OTHER)]).find(view, text)
        for place in range(*view.origin(found.start, found.end))
    }
    start = len(before) + 3
    assert all(place in covered for place in range(start, start + len(value)) if text[place].isalnum())


def test_a_thousand_contacts_cost_no_more_per_word_than_one() -> None:
    """Each word of a text is looked up once: the trie of many values is as deep as that of one."""
    many = ListedValues([(f"Given{n} Family{n}", Kind.PERSON) for n in range(1000)])
    text = "Given7 Family7 met family12 and Given3, Family4"
    assert _found(many, text) == ["Given7 Family7", "family12", "Given3", "Family4"]
