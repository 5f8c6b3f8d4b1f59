"""Notes and lists in the drawer."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.turn import Label
from privacy_assistant.ports import SkillRequest
from privacy_assistant.skills.lists import ENTRY, NOTE, Lists
from tests.fakes import FakeDrawer
from tests.skills.asking import NOW, ask

WORDS = st.text("abcdefghijklmnopqrstuvwxyzäéß", min_size=3, max_size=9).filter(
    lambda word: word not in ("and", "the", "any", "some")
)


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=6, unique_by=str.casefold))
def test_what_was_added_is_read_and_what_was_removed_is_gone(things: list[str]) -> None:
    """A list is what was put on it, in that order, each thing once."""
    drawer = FakeDrawer()
    lists = Lists(drawer)
    assert ask(lists, f"add {', '.join(things)} to my shopping list") is not None
    assert [payload["item"] for _, payload in drawer.items(ENTRY)] == things
    again = ask(lists, f"add {things[0]} to my shopping list")
    assert again == f"You already have {things[0]} on your shopping list."
    ask(lists, f"remove {things[0]} from my shopping list")
    assert [payload["item"] for _, payload in drawer.items(ENTRY)] == things[1:]


def test_lists_are_apart() -> None:
    """Clearing one leaves the other, and a grocery list is the shopping list."""
    drawer = FakeDrawer()
    lists = Lists(drawer)
    ask(lists, "add milk to my grocery list")
    ask(lists, "add tent and stove to my camping list")
    assert ask(lists, "what's on my shopping list") == "On your shopping list: milk."
    assert ask(lists, "clear my camping list") == "Cleared your camping list: 2 things removed."
    assert ask(lists, "what lists do I have") == "You have 1 list: shopping (1)."


def test_the_list_is_ours_only_when_it_is_known() -> None:
    """ "the camping list" may be anybody's until something is on it."""
    lists = Lists(FakeDrawer())
    assert ask(lists, "add a tent to the camping list") is None
    assert ask(lists, "add a tent to my camping list") == "Added tent to your camping list."
    assert ask(lists, "add a stove to the camping list") == "Added stove to your camping list."


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("is milk on my shopping list", "Yes, you have milk on your shopping list."),
        ("is rum on my shopping list", "No, I can't find rum on your shopping list."),
        ("remove rum from my shopping list", "I can't find rum on your shopping list."),
        ("remove milk and rum from my shopping list", "Removed milk from your shopping list. I couldn't find rum."),
        ("my shopping list", "On your shopping list: milk and eggs."),
        ("clear my to-do list", "Your to-do list is already empty."),
        (
            "create a new list called books",
            "A list begins with the first thing on it: say “add milk to my books list”.",
        ),
        ("delete note 7", "There is no note 7; you have 2 notes."),
        ("read note 2", "Note 2: the code is on page two."),
        ("read my last note", "the code is on page two."),
        ("read my first note", "buy stamps."),
        ("search my notes for STAMPS", "1. buy stamps."),
        ("find my notes about rum", "None of your notes says that."),
        ("delete my first note", "Deleted note 1: buy stamps."),
        ("delete my notes", "Deleted 2 notes."),
        ("make a note", "What shall I note? Say, for example, “make a note that the keys are in the drawer”."),
    ],
)
def test_a_drawer_with_two_things_and_two_notes_answers_so(text: str, says: str) -> None:
    """Reading, asking, removing, clearing and what is not there."""
    lists = Lists(FakeDrawer())
    ask(lists, "add milk and eggs to my shopping list")
    ask(lists, "note to self: buy stamps")
    ask(lists, "make a note that the code is on page two")
    assert ask(lists, text) == says


def test_a_note_keeps_its_words() -> None:
    """Letters, commas and numbers stay as they were."""
    drawer = FakeDrawer()
    ask(Lists(drawer), "Make a note: call Dr. Ötker at 5, no one else!")
    ((_, payload),) = drawer.items(NOTE)
    assert payload["text"] == "call Dr. Ötker at 5, no one else"


@pytest.mark.parametrize(
    "text", ["add milk to my shopping list", "what's on my shopping list", "note to self: hi", "read my notes"]
)
def test_answers_that_show_what_is_kept_stay_on_the_machine(text: str) -> None:
    """They are labelled to stay."""
    answer = Lists(FakeDrawer()).answer(SkillRequest(text, NOW))
    assert answer is not None
    assert answer.label is Label.STAY


def test_foreign_items_in_the_drawer_are_passed_over() -> None:
    """An item without its fields neither shows nor fails."""
    drawer = FakeDrawer()
    drawer.put(ENTRY, {"list": 5})
    drawer.put(NOTE, {})
    assert ask(Lists(drawer), "what lists do I have") == "You have no lists yet."
    assert ask(Lists(drawer), "read my notes") == "You have no notes."


def test_a_note_is_not_made_of_what_is_for_the_model() -> None:
    """Nothing is kept of a sentence that was passed on."""
    drawer = FakeDrawer()
    for text in (
        "note that Python is dynamically typed, explain why",
        "write a note to my landlord",
        "add more to the list",
    ):
        assert ask(Lists(drawer), text) is None
    assert drawer.items(NOTE) == drawer.items(ENTRY) == []
