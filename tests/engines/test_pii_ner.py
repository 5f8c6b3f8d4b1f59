"""The tagger of names: its words, its features, its lists, and what the shipped network finds."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.kinds import Kind
from privacy_assistant.engines.pii_ner import Tagger
from privacy_assistant.engines.pii_ner.features import COLUMNS, FORMS, GRAM_BUCKETS, GRAMS, WORD_BUCKETS, buckets, rows
from privacy_assistant.engines.pii_ner.lexicon import FAMILY, GIVEN, ORDINARY, PLACE, Lexicon
from privacy_assistant.engines.pii_ner.words import Gap, Shape, fold, split
from privacy_assistant.errors import EngineFailed, EngineMissing, ModelTampered

ANY_TEXT = st.text(max_size=200)


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """The network and the lists of the package."""
    return Tagger()


def found(tagger: Tagger, text: str) -> dict[str, Kind]:
    """What was found, by its own words."""
    return {text[span.start : span.end]: span.kind for span in tagger.find(text).spans}


# ---------------------------------------------------------------- words


@given(ANY_TEXT)
@settings(deadline=None)
def test_words_stand_in_order_and_cover_every_letter_and_digit(text: str) -> None:
    """No letter or digit is left without a word, and no two words share a code point."""
    words = split(text)
    seen = [False] * len(text)
    at = 0
    for word in words:
        assert at <= word.start < word.end <= len(text)
        at = word.end
        seen[word.start : word.end] = [True] * (word.end - word.start)
    assert all(seen[i] for i, char in enumerate(text) if char.isalnum())


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("John's car", ["John", "'", "s", "car"]),
        ("O'Brien and d'Angelo", ["O'Brien", "and", "d'Angelo"]),
        ("They're late", ["They", "'re", "late"]),
        ("Apt4B, 12345-6789", ["Apt", "4", "B", ",", "12345", "-", "6789"]),
        ("Jean-Luc", ["Jean", "-", "Luc"]),
        ("José", ["José"]),
        ("\U0001f600 Anna\u200d", ["\U0001f600", "Anna", "\u200d"]),
    ],
)
def test_text_is_cut_where_names_end(text: str, pieces: list[str]) -> None:
    """Possessives, hyphens and digits come apart; apostrophes and accents inside a name do not."""
    assert [text[word.start : word.end] for word in split(text)] == pieces


def test_a_line_break_is_seen_before_a_word() -> None:
    """An address block is known by its lines, whatever the system that broke them."""
    assert [word.gap for word in split("a b\nc\r\nd,e")] == [
        Gap.START,
        Gap.BLANK,
        Gap.LINE,
        Gap.LINE,
        Gap.NOTHING,
        Gap.NOTHING,
    ]


@pytest.mark.parametrize(
    ("word", "shape"),
    [
        ("anna", Shape.LOWER),
        ("Anna", Shape.TITLE),
        ("ANNA", Shape.UPPER),
        ("McDonald", Shape.MIXED),
        ("A", Shape.ONE_CAPITAL),
        ("12", Shape.DIGITS_SHORT),
        ("1234", Shape.DIGITS_LONG),
        (",", Shape.MARK),
        ("王", Shape.CASELESS),
    ],
)
def test_the_shape_of_a_word_is_told(word: str, shape: Shape) -> None:
    """Capitals and digits are features of their own."""
    assert split(word)[0].shape is shape


@pytest.mark.parametrize("word", ["Müller", "MÜLLER", "müller", "mu\u0308ller", "Muller"])
def test_spellings_of_one_name_fold_to_one(word: str) -> None:
    """The lists hold each name once."""
    assert fold(word) == "muller"


# ---------------------------------------------------------------- features and lists


@given(ANY_TEXT)
@settings(deadline=None)
def test_every_feature_is_in_its_table(text: str) -> None:
    """The network looks nothing up outside of its tables, whatever the text."""
    table = rows(split(text), Lexicon(np.array([], dtype=np.uint32), np.array([], dtype=np.uint8)))
    assert table.shape[1] == COLUMNS
    assert (table >= 0).all()
    assert (table[:, 0] < WORD_BUCKETS).all()
    assert (table[:, 1] < 256).all()
    assert (table[:, 2] < FORMS).all()
    assert (table[:, 3:] < GRAM_BUCKETS).all()


def test_no_word_has_more_n_grams_than_there_are_columns() -> None:
    """A long word is looked at by its edges first."""
    assert len(buckets("a" * 500)) == GRAMS + 1
    assert len(buckets("")) == 1


def test_long_numbers_of_one_length_look_alike() -> None:
    """A house number is known by its length and its place, not by its value."""
    assert buckets("4711") == buckets("8080")
    assert buckets("12") != buckets("13")


def test_the_lists_know_names_places_and_ordinary_words() -> None:
    """Each bit says what its word is used for, also when it is several things."""
    lists = Lexicon.load()
    assert lists.lookup("sarah") & GIVEN
    assert not lists.lookup("sarah") & ORDINARY
    assert lists.lookup("muller") & FAMILY
    assert lists.lookup("hackensack") & PLACE
    assert lists.lookup("will") & GIVEN
    assert lists.lookup("will") & ORDINARY
    assert lists.lookup("umbrella") & ORDINARY
    assert not lists.lookup("umbrella") & (GIVEN | FAMILY | PLACE)
    assert lists.lookup("qqzxv") == 0


@given(st.dictionaries(st.text(alphabet="abcdefghij", min_size=1, max_size=6), st.integers(1, 255), max_size=40))
@settings(deadline=None)
def test_packed_lists_are_read_back(tmp_path_factory: pytest.TempPathFactory, marks: dict[str, int]) -> None:
    """What `pack` writes, `load` reads."""
    file = tmp_path_factory.mktemp("lists") / "words.bin"
    file.write_bytes(Lexicon.pack(marks))
    lists = Lexicon.load(file)
    assert {word: lists.lookup(word) for word in marks} == marks


@pytest.mark.parametrize("data", [b"", b"PAWL", b"PAWL\x02" + bytes(10), b"PAWL\x01" + bytes(7)])
def test_damaged_lists_are_refused(tmp_path: Path, data: bytes) -> None:
    """A file that is not ours is named, not read."""
    file = tmp_path / "words.bin"
    file.write_bytes(data)
    with pytest.raises(ModelTampered):
        Lexicon.load(file)


def test_missing_lists_are_named(tmp_path: Path) -> None:
    """One line says what is gone."""
    with pytest.raises(EngineMissing):
        Lexicon.load(tmp_path / "none.bin")


# ---------------------------------------------------------------- the network


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("My name is Katarzyna Wójcik and I live in Gdańsk.", ["Katarzyna Wójcik", "Gdańsk"]),
        ("call sarah and tell her that mum is in hospital", ["sarah"]),
        ("can you text priya that i am late", ["priya"]),
        (
            "Dear Mr. Oyelaran,\nyour order is on its way.\nKind regards\nFiona Gallagher",
            ["Oyelaran", "Fiona Gallagher"],
        ),
        ("I worked for Siemens in Munich until 2019.", ["Siemens", "Munich"]),
        ("ship it to 12 Elm Street, Springfield, IL 62704 please", ["12 Elm Street, Springfield, IL 62704"]),
        ("Ich heiße Jürgen Schröder und wohne in der Lindenstraße 5, 10969 Berlin.", ["Jürgen Schröder"]),
        ("Je m'appelle Chloé Lefèvre.", ["Chloé Lefèvre"]),
    ],
)
def test_names_are_found_in_any_case_and_language(tagger: Tagger, text: str, names: list[str]) -> None:
    """What a person would call a name is masked whole."""
    masked = {i for span in tagger.find(text).spans for i in range(span.start, span.end)}
    for name in names:
        start = text.index(name)
        assert all(i in masked for i in range(start, start + len(name)) if text[i].isalnum()), name


@pytest.mark.parametrize(
    "text",
    [
        "what is the weather like tomorrow",
        "How do I cook rice without a pot?",
        "set a timer for ten minutes",
        "Write a function that sorts a list of numbers.",
        "I will mark the date, and may call the plumber in June.",
        "remind me to water the plants",
    ],
)
def test_sentences_about_nobody_are_left_alone(tagger: Tagger, text: str) -> None:
    """Ordinary words stay, also those that some people are called."""
    assert found(tagger, text) == {}


def test_a_kind_is_told(tagger: Tagger) -> None:
    """The kind names the placeholder."""
    assert found(tagger, "Please call Miguel Hernández tomorrow.") == {"Miguel Hernández": Kind.PERSON}


def test_two_names_beside_each_other_are_two(tagger: Tagger) -> None:
    """A list of people gives a placeholder to each."""
    assert list(found(tagger, "I met Alice Johnson, Bob Miller and Carla Gomez.")) == [
        "Alice Johnson",
        "Bob Miller",
        "Carla Gomez",
    ]


def test_a_placeholder_is_no_name(tagger: Tagger) -> None:
    """What was taken out is not found again."""
    assert found(tagger, "Please call ⟦PERSON·QF7·1⟧ in ⟦LOCATION·QF7·2⟧ tomorrow.") == {}


def test_brackets_that_hold_no_placeholder_hide_no_name(tagger: Tagger) -> None:
    """Only what redaction writes is passed over; a name that somebody puts between such brackets is found."""
    assert "John Smith" in found(tagger, "Please call ⟦John Smith⟧ tomorrow.")


def test_a_lower_threshold_never_finds_less(tagger: Tagger) -> None:
    """Strict masks all that balanced masks."""
    strict = Tagger(threshold=0.1)
    text = "Tell rosa that the house on Willow Lane near Ashford was sold to Bright Homes, says mr keating."
    balanced = {i for span in tagger.find(text).spans for i in range(span.start, span.end) if text[i].isalnum()}
    assert balanced <= {i for span in strict.find(text).spans for i in range(span.start, span.end)}


@given(ANY_TEXT)
@settings(deadline=None, max_examples=60)
def test_any_text_gives_sorted_spans_inside_it(text: str) -> None:
    """Emoji, marks, right-to-left text and control characters never raise, and spans fit the code points."""
    at = 0
    for span in _ANY.find(text).spans:
        assert at <= span.start < span.end <= len(text)
        assert any(char.isalnum() for char in text[span.start : span.end])
        assert 0 <= span.score <= 1
        at = span.end


_ANY = Tagger(threshold=0.05)


def test_a_name_is_found_wherever_it_stands_in_a_long_text(tagger: Tagger) -> None:
    """Windows overlap: no place of a long text is read without what stands around it."""
    filler = "The weather was fine and the bread was good. "
    for blocks in (3, 11, 12, 13, 14, 40):
        text = filler * blocks + "My neighbour is called Ngozi Adeyemi. " + filler * 20
        start = text.index("Ngozi")
        masked = {i for span in tagger.find(text).spans for i in range(span.start, span.end)}
        assert set(range(start, start + 5)) <= masked


def test_a_text_gives_the_same_answer_alone_and_again(tagger: Tagger) -> None:
    """No state is kept between texts."""
    texts = ["Call Anna.", "hello", "Peter Novak lives at 5 Hill Road, Leeds."]
    first = [tagger.find(text) for text in texts]
    random.Random(1).shuffle(texts)
    assert [tagger.find("Call Anna."), tagger.find("hello")] == first[:2]


def test_a_missing_network_is_named(tmp_path: Path) -> None:
    """One line says what is gone and what to do."""
    with pytest.raises(EngineMissing) as raised:
        Tagger(network=tmp_path / "none.onnx")
    assert raised.value.hint


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"not a network"])
def test_a_damaged_network_is_named(tmp_path: Path, data: bytes) -> None:
    """What is not a network is refused with one line, without its content."""
    file = tmp_path / "broken.onnx"
    file.write_bytes(data)
    with pytest.raises(EngineFailed):
        Tagger(network=file)
