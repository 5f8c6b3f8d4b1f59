"""The templates that the tagger learns from: well-formed, many, and without a name in clear where none may be."""

from __future__ import annotations

import re

import pytest

from models.pii_ner import template

ALL = [(stem, line) for many in template.templates().values() for stem, line in many]
_SLOTLIKE = re.compile(r"[{}]")


@pytest.mark.parametrize("stem", sorted({stem for stem, _ in ALL}))
def test_every_slot_and_bracket_of_a_file_is_understood(stem: str) -> None:
    """A slot nobody fills would teach the network a word in braces."""
    for line in (line for name, line in ALL if name == stem):
        assert set(template.slots(line)) <= template.LABELS.keys() | template.FOUND_BY_RULES | template.PLAIN, line
        assert not _SLOTLIKE.search(template.SLOT.sub("", line)), line
        assert not re.search(r"[\[\]]", template.CHOICE.sub("", line)), line


def test_there_are_at_least_five_hundred_english_templates_with_names() -> None:
    """The design asks for as many; choices inside of them are not counted."""
    english = {line for stem, line in ALL if stem.startswith("en") and template.has_label(line)}
    assert len(english) >= 500


@pytest.mark.parametrize("language", ["de", "fr", "es", "it", "nl", "pt"])
def test_every_language_has_templates_with_and_without_names(language: str) -> None:
    """A language that has only names would teach that all of its words are names."""
    lines = {line for stem, line in ALL if stem.startswith(language)}
    assert sum(template.has_label(line) for line in lines) >= 60
    assert sum(not template.has_label(line) for line in lines) >= 40


def test_files_of_negatives_hold_no_slot_that_is_personal() -> None:
    """They are what must stay readable."""
    assert not [line for stem, line in ALL if "negatives" in stem and template.has_label(line)]
