"""A stream of text in pieces that can be spoken: where it is cut, and that nothing is lost or cut by chance."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from privacy_assistant.core.sentences import (
    CLAUSE_S,
    HEADING_S,
    LINE_S,
    LONGEST_CHARS,
    LONGEST_WORD,
    PARAGRAPH_S,
    SENTENCE_S,
    SentenceCutter,
    Speakable,
)

ANSWER = """Sure, here is what I found. Dr. Smith paid $3.50 at 5 p.m. The shop, e.g. the one in the U.S., is open.

# Steps
1. Boil **water**. Then wait.
2. Add salt: [this one](https://example.org/a.b?c=d. e) is fine
- "Really?" she asked. "Yes."

```python
print("hello. world")
```
| Name | Price |
|---|---|
| Tea | $4 |
Wait... what? J. R. R. Tolkien wrote <break time="500ms"/> that. 你好。再见！ See https://example.org/x.y. The end"""

PARTS = st.lists(
    st.sampled_from(
        [
            *("Hello", "the", "of", "Dr", "e.g", "a.m", "U.S", "No", "3", "3.5", "J", "etc", "word", "water", "Paris"),
            *(
                ".",
                "!",
                "?",
                "...",
                "…",
                ",",
                ";",
                ":",
                " - ",
                "—",
                '"',
                "'",
                ")",
                "(",
                "[",
                "](",
                "]",
                "`",
                "```",
                "**",
            ),
            *(
                " ",
                "  ",
                "\n",
                "\n\n",
                "\r\n",
                "\t",
                "- ",
                "1. ",
                "# ",
                "|",
                "> ",
                "<",
                ">",
                '<break time="1s"/>',
                "<b>",
            ),
            *("⟦PERSON·K7Q·1⟧", "⟦", "https://example.org/a.b", "你好", "。", "，", "😀", "é", "x" * 90, "~~~", "।"),
        ]
    ),
    max_size=60,
).map("".join)


def cut(text: str, language: str = "en", *, sizes: Sequence[int] = (10**9,), first_chars: int = 10) -> list[Speakable]:
    """The pieces of a text that comes in pieces of these sizes, over and over."""
    cutter = SentenceCutter(language, first_chars=first_chars)
    out: list[Speakable] = []
    at = index = 0
    while at < len(text):
        size = max(1, sizes[index % len(sizes)])
        out += cutter.feed(text[at : at + size])
        at += size
        index += 1
    return out + cutter.finish()


def said(text: str, language: str = "en") -> list[str]:
    return [piece.text for piece in cut(text, language) if piece.text]


@given(PARTS, st.lists(st.integers(1, 40), min_size=1, max_size=8), st.sampled_from(["en", "de", "ja"]))
@example(ANSWER, [1], "en")
@settings(deadline=None)
def test_however_the_stream_is_cut_the_pieces_are_the_same(text: str, sizes: list[int], language: str) -> None:
    """Letter by letter, in any pieces, or at once."""
    assert cut(text, language, sizes=sizes) == cut(text, language)


@given(PARTS, st.sampled_from(["en", "de", "ja"]))
@example(ANSWER, "en")
@settings(deadline=None)
def test_the_pieces_cover_the_answer_and_stay_short(text: str, language: str) -> None:
    """Without a gap, from the first to the last character; a word without end is the only long one."""
    pieces = cut(text, language)
    assert [piece.start for piece in pieces] == [0, *(piece.end for piece in pieces)][: len(pieces)]
    assert (pieces[-1].end if pieces else 0) == len(text)
    for piece in pieces:
        assert piece.end > piece.start
        assert 0 <= piece.pause_s <= 5
        assert len(piece.text) <= 6 * LONGEST_CHARS
        if not any(mark in text for mark in "`~"):
            longest_word = max(map(len, text.split()), default=0)
            assert len(text[piece.start : piece.end].strip()) <= LONGEST_CHARS + max(longest_word, 300)


@given(st.text(st.sampled_from("abcde .,!?\n"), max_size=600))
@settings(deadline=None)
def test_no_letter_is_lost(text: str) -> None:
    """What is said is what was written, in its order."""
    letters = [char for piece in cut(text, "de") for char in piece.text if char.isalpha()]
    assert letters == [char for char in text if char.isalpha()]


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("The capital of France is Paris. It is big.", ["The capital,", "of France is Paris.", "It is big."]),
        ("Yes, it is.", ["Yes,", "it is."]),
        ("Yes.", ["Yes."]),
        ("42", ["42"]),
        ("It is a nice day.", ["It is a nice day."]),
        ("Hello Anna Okafor, welcome.", ["Hello Anna Okafor,", "welcome."]),
        ("I paid 3.50 dollars. Good.", ["I paid 3.50 dollars.", "Good."]),
        ("Dr. Smith is here. He waits.", ["Doctor Smith is here.", "He waits."]),
        ("John F. Kennedy spoke. We listened.", ["John F Kennedy spoke.", "We listened."]),
        ("Pick plan B. It is cheap.", ["Pick plan B.", "It is cheap."]),
        ("He and I. Then we left.", ["He and I.", "Then we left."]),
        ("The U.S. Army came. It left the U.S. The end.", ["The US Army came.", "It left the US.", "The end."]),
        ("Come at 5 p.m. The door is open.", ["Come at 5 PM.", "The door is open."]),
        ("Come at 5 p.m. or later.", ["Come at 5 PM or later."]),
        ("It is No. 5 of ten. No. It is six.", ["It is number 5 of ten.", "No.", "It is six."]),
        (
            "Apples, pears, etc. are cheap. Eat, etc. Then rest.",
            ["Apples,", "pears, etc. are cheap.", "Eat, etc.", "Then rest."],
        ),
        ("Wait... what? Wait... Stop.", ["Wait, what?", "Wait...", "Stop."]),
        ('"Really?" she said. "Yes!" He left.', ['"Really?" she said.', '"Yes!"', "He left."]),
        ("Ask at example.org or www.example.org. Fine.", ["Ask at example.org or a link to example dot org.", "Fine."]),
        ("What?! No way!! Ok.", ["What?!", "No way!!", "Ok."]),
        ("He has a Ph.D. from Bonn. She has one.", ["He has a PhD from Bonn.", "She has one."]),
        ("今天天气很好。我们走吧！「好。」他说。", ["今天天气很好。", "我们走吧！", "「好。」", "他说。"]),
        ("नमस्ते। आप कैसे हैं?", ["नमस्ते।", "आप कैसे हैं?"]),
    ],
)
def test_sentences_end_where_a_person_would_end_them(text: str, pieces: list[str]) -> None:
    """Abbreviations, initials, decimals, quotes, ellipses, and scripts without spaces."""
    assert said(text) == pieces


@pytest.mark.parametrize(
    ("language", "text", "pieces"),
    [
        ("de", "Am 3. Mai kommt Dr. Weiß. Das ist gut.", ["Am 3. Mai kommt Dr. Weiß.", "Das ist gut."]),
        ("de", "Das kostet z. B. nichts, bzw. wenig.", ["Das kostet z. B. nichts,", "bzw. wenig."]),
        ("fr", "M. Petit arrive. Il est là.", ["M. Petit arrive.", "Il est là."]),
        ("es", "El Sr. Ruiz llegó. Está aquí.", ["El Sr. Ruiz llegó.", "Está aquí."]),
    ],
)
def test_other_languages_have_abbreviations_of_their_own(language: str, text: str, pieces: list[str]) -> None:
    """And their small words; their numbers are left to the voice."""
    assert said(text, language) == pieces


def test_a_sentence_is_there_with_the_letter_that_follows_it() -> None:
    """Nothing is waited for that does not decide: a long word and a stop are enough, an abbreviation needs a word."""
    cutter = SentenceCutter()
    assert cutter.feed("The weather is fine today.") != []
    assert [piece.text for piece in cutter.feed(" ")] == ["is fine today."]
    assert cutter.feed("See you at 5 p.m.") == []
    assert cutter.feed(" ") == []
    assert [piece.text for piece in cutter.feed("T")] == ["See you at 5 PM."]


def test_the_first_piece_is_short_and_never_ends_in_a_small_word() -> None:
    """Nor in a number or inside of a name; and it is told as going on, so that no voice lets its pitch fall."""
    for text in (
        "The quick brown fox jumps over the lazy dog and runs away.",
        "You can do that in the settings of the house whenever you like it.",
        "There are 12 months in a year and 52 weeks, more or less.",
        "Queen Elizabeth the Second opened the Forth Road Bridge in the autumn.",
    ):
        first = cut(text)[0]
        assert 8 <= len(first.text) <= 45
        word = first.text.rstrip(",").split()[-1]
        assert first.text.endswith(",")
        assert word not in {"the", "in", "a", "of", "are", "12", "can", "and"}


def test_pauses_say_what_was_between() -> None:
    """Sentence, comma, line of a list, heading, paragraph; the last piece has none."""
    pieces = cut("# Tea\nWell, boil water. Then wait.\n\n- one\n- two\nDone")
    assert [(piece.text, round(piece.pause_s, 3)) for piece in pieces] == [
        ("Tea", HEADING_S),
        ("Well, boil water.", SENTENCE_S),
        ("Then wait.", SENTENCE_S),
        ("", PARAGRAPH_S),
        ("one", LINE_S),
        ("two", LINE_S),
        ("Done", 0.0),
    ]
    assert cut("Well, it is so.")[0].pause_s == CLAUSE_S


@pytest.mark.parametrize(
    ("tag", "seconds"),
    [
        ('<break time="500ms"/>', 0.5),
        ("<break time='1.5s' />", 1.5),
        ('<break time="90s"/>', 5.0),
        ('<break strength="strong"/>', 0.7),
        ("<break/>", 0.4),
    ],
)
def test_a_break_of_ssml_is_a_pause(tag: str, seconds: float) -> None:
    """As long as it says, five seconds at most; other tags are dropped, and none is spoken."""
    pieces = cut(f"Ready {tag}<emphasis>steady</emphasis> go.")
    assert [(piece.text, piece.pause_s) for piece in pieces] == [("Ready", seconds), ("steady go.", 0.0)]


def test_code_is_passed_over_with_a_word() -> None:
    """However long, and also where it never ends."""
    code = "```\n" + 'x = "Hello. World."\n' * 200
    for text in (f"Look:\n{code}```\nThat is all.", f"Look:\n{code}"):
        texts = [piece.text for piece in cut(text) if piece.text]
        assert texts[:2] == ["Look", "Code, not read aloud."]
        assert texts[2:] == ["That is all."] * text.endswith("all.")


def test_a_wrapped_line_goes_on_and_a_verse_does_not() -> None:
    """A small letter after the line's end continues the sentence."""
    assert said("The kettle is on\nthe stove now. Good.") == ["The kettle,", "is on the stove now.", "Good."]
    assert said("Roses are red\nViolets are blue") == ["Roses are red", "Violets are blue"]


def test_long_sentences_are_cut_at_commas_else_between_words() -> None:
    """No piece is longer than what can be spoken soon, and no word is broken."""
    words = "word " * 200
    pieces = cut(words)
    assert max(piece.end - piece.start for piece in pieces) <= LONGEST_CHARS
    assert all(piece.text.strip(",").split() == ["word"] * len(piece.text.split()) for piece in pieces)
    clauses = "some words stand here, " * 30
    assert all(piece.text.endswith("here,") for piece in cut(clauses)[:-1])


def test_a_url_is_never_cut_into_words() -> None:
    """Not even a very long one: its halves would be spoken."""
    url = "https://example.org/" + "secret/" * 200
    assert len(url) < LONGEST_WORD
    assert said(f"See {url} now.") == ["See a link to example dot org,", "now."]


def test_a_placeholder_and_a_link_stay_whole() -> None:
    """Spaces inside of them end nothing."""
    assert said("Ask [the very. Old man](https://example.org/x).") == ["Ask the very. Old man."]
    assert said("Here ⟦ PERSON · K7Q · 1 ⟧ waits.") == ["Here a hidden name waits."]


def test_many_cuttings_of_one_answer_agree() -> None:
    """An answer with everything in it, cut at random."""
    whole = cut(ANSWER)
    for seed in range(20):
        draw = random.Random(seed)
        assert cut(ANSWER, sizes=[draw.randint(1, 12) for _ in range(50)]) == whole
    assert ANSWER[whole[0].start : whole[0].end] == "Sure, "
