"""An address is found whole, and the sentence around it stays."""

from __future__ import annotations

import pytest

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.patterns import PatternFinder, postcodes, towns

FINDER = PatternFinder()


def _found(text: str) -> list[str]:
    return [text[span.start : span.end] for span in FINDER.find(text).spans if span.kind is Kind.ADDRESS]


@pytest.mark.parametrize(
    ("before", "address", "behind"),
    [
        ("dass das Paket an ", "Hofmannstrasse 916, 1790 Versoix", " ging"),
        ("Abholung ", "Elena-Zöchling-Weg 632, 9360 Oberndorf bei Salzburg", ", Ziel ist offen"),
        ("Adresse: ", "Vincent-Putz-Weg 51, 3058 Gloggnitz", ". Fragen an uns"),
        ("", "Calle Sudán 564, San Benjamín, TLAX 96911", "\n\nSolicito la baja"),
        ("we drove past ", "4988 Woods Islands, South Phillip, NM 87101", " yesterday"),
        ("at ", "12 Elm Street, Springfield", ", Thanks a lot"),
        ("", "12 Elm Street\nSpringfield, IL 62704", "\nPhone: none"),
        ("", "12 Elm Street", "\nDear all"),
        ("at ", "12 Elm Street, St. Louis, MO 63101", " now"),
        ("from ", "5 High Road, Lower Slaughter, Cheltenham GL54 2HN, England", " on"),
        ("to ", "8 rue Neuve, 75002 Paris, France", ", please"),
        ("at ", "24 Park Drive, Unit 7, Floor 2, Perth WA 6000, Australia", " as"),
        ("", "Via Piave 4, 20121 Milano (MI), Italia", " grazie"),
        ("", "Am Alten Markt 3, 01067 Dresden", ""),
        ("", "742 evergreen terrace, springfield 62704", " is it"),
        ("send it to ", "20911 curtis loaf apt. 251, west brooke, nm 38765", " please"),
        ("it is ", "studio 86, alexander pike, west barrow, sw2 9yq", ""),
        ("", "Ringstrasse 4, 8001 Zürich, Schweiz", ""),
        ("", "Kirkegata 9, 0153 Oslo, Norge", ""),
    ],
)
def test_an_address_is_found_from_its_number_to_its_country(before: str, address: str, behind: str) -> None:
    """All of it in one span, none of the words beside it."""
    assert _found(before + address + behind) == [address]


@pytest.mark.parametrize(
    "text",
    [
        "the 1961 Westercon, 1968 Worldcon",
        "in Paris, 2019 Congress",
        "Berlin, 12345 Leute",
        "on 12 May, Dallas, 75001 people",
        "chapter 3, section 20001",
        "he said, 50000 Euro",
        "a list: one, two, 12345",
    ],
)
def test_a_number_beside_a_name_is_no_address(text: str) -> None:
    """A post code counts with a town and a line with a house number only."""
    assert list(postcodes.anchored(text)) == []


def test_a_street_ends_where_nothing_follows() -> None:
    """The end stays where it was."""
    text = "12 Elm Street is closed"
    assert towns.extend(text, 13) == 13


def test_a_town_without_a_code_counts_behind_a_comma_only() -> None:
    """ "12 Elm Street Springfield" may go on as a sentence does."""
    assert towns.extend("12 Elm Street, Springfield", 13) == 26
    assert towns.extend("12 Elm Street Springfield", 13) == 13
    assert towns.extend("12 Elm Street Springfield IL 62704", 13) == 34
    assert towns.extend("12 Elm Street, Springfield, Bring Bread", 13) == 26


def test_a_year_is_no_post_code() -> None:
    """Four digits of this or the last century, behind a town."""
    text = "12 Elm Street, Springfield 1999"
    assert towns.extend(text, 13) == 26
    assert towns.code_at("1999 Berlin", 0) == 4
    assert towns.code_at("1999 dogs", 0) is None


def test_a_count_is_no_post_code() -> None:
    """A unit behind the digits."""
    assert towns.code_at("12345 dollars", 0) is None
    assert towns.code_at("12345 Francillon", 0) == 5


def test_an_empty_line_ends_an_address() -> None:
    """What stands behind it begins a letter; a country may stand there all the same."""
    assert towns.extend("12 Elm Street\n\nSolicito", 13) == 13
    assert towns.extend("12 Elm Street\n\nSpain", 13) == 20
