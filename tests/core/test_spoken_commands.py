"""The sentences that the spare recogniser listens for, and the figures it writes."""

from __future__ import annotations

import pytest

from privacy_assistant.core.spoken_commands import as_written, spoken_commands


def test_the_graph_is_small_enough_to_be_built_for_each_conversation() -> None:
    """Two thousand states are walked at a twentieth of real time."""
    assert len(spoken_commands().states) < 2_000


def test_names_can_stand_where_a_timer_a_list_or_a_person_is_named() -> None:
    """The names of this person are sentences only once they are given."""
    mine = spoken_commands(["lasagna", "aunt caroline"])
    for sentence in (
        "cancel the lasagna timer",
        "remind me to call aunt caroline tomorrow at five p.m.",
        "what's on my lasagna list",
    ):
        assert mine.says(sentence)
        assert not spoken_commands().says(sentence)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("set an alarm for six thirty a.m.", "set an alarm for 6:30 a.m."),
        ("set an alarm for six oh five", "set an alarm for 6:05"),
        ("wake me up at seven forty five tomorrow", "wake me up at 7:45 tomorrow"),
        ("cancel the twelve fifteen p.m. alarm", "cancel the 12:15 p.m. alarm"),
        ("remind me at nine twenty to call mom", "remind me at 9:20 to call mom"),
        ("what day is december twenty fourth", "what day is december 24th"),
        ("remind me on the third to pay rent", "remind me on the 3rd to pay rent"),
        ("remind me on march twelfth to pay rent", "remind me on march 12th to pay rent"),
        ("how many days until the thirty first of october", "how many days until the 31st of october"),
        ("delete the second note", "delete the second note"),
        ("what is twenty one plus thirty", "what is twenty one plus thirty"),
        ("set a timer for ten minutes", "set a timer for ten minutes"),
    ],
)
def test_times_of_day_and_ordinals_become_figures_and_nothing_else_does(said: str, written: str) -> None:
    """What a skill reads only in figures is written in figures."""
    assert spoken_commands().says(said)
    assert as_written(said) == written


def test_no_word_of_the_grammar_is_a_sign() -> None:
    """Every word is letters with apostrophes, full stops or hyphens; a rule that is misspelt would show up here."""
    said = {word for _, _, word in spoken_commands().arcs()}
    assert len(said) > 400
    assert all(
        word.replace("'", "").replace(".", "").replace("-", "").isalpha() and word == word.lower() for word in said
    )
