"""Entries of the profile: their limits, the kind that is guessed, the lists they make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.profile import (
    LONGEST,
    Entry,
    Wish,
    checked,
    guess_kind,
    lists_of,
    matching,
    read_lines,
    read_payload,
    write_payload,
)
from privacy_assistant.errors import UsageError, VaultError


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("Ann Lee", Kind.PERSON),
        ("Smith", Kind.PERSON),
        ("Ludwig van Beethoven", Kind.PERSON),
        ("Jean-Luc O'Neill", Kind.PERSON),
        ("Lee, Ann", Kind.PERSON),
        ("山田太郎", Kind.PERSON),
        ("ann@example.org", Kind.EMAIL),
        ("@annlee", Kind.HANDLE),
        ("www.example.org/ann", Kind.URL),
        ("ann-lee.example.com", Kind.URL),
        ("+49 171 2345678", Kind.PHONE),
        ("(555) 010-9999", Kind.PHONE),
        ("12 Main St, Springfield, IL 62701", Kind.ADDRESS),
        ("Ahornstraße 7, 12345 Musterstadt", Kind.ADDRESS),
        ("Ahornweg 7", Kind.ADDRESS),
        ("14 Larch Crescent, Stockport", Kind.ADDRESS),
        ("Prinsenkade 3, Breda", Kind.ADDRESS),
        ("Calle Mayor 3, Madrid", Kind.ADDRESS),
        ("Acme Widgets GmbH", Kind.ORG),
        ("Acme Inc.", Kind.ORG),
        ("Springfield University", Kind.ORG),
        ("Project Falcon", Kind.OTHER),
        ("the blue folder", Kind.OTHER),
        ("operation mincemeat", Kind.OTHER),
        ("X-4711", Kind.OTHER),
        ("4711", Kind.OTHER),
    ],
)
def test_the_kind_is_guessed_by_form(value: str, kind: Kind) -> None:
    """Whoever names none gets a sensible one."""
    assert guess_kind(value) is kind
    assert checked(Wish(value)) == (value, kind)


def test_a_kind_that_is_given_counts() -> None:
    """However the value looks."""
    assert checked(Wish("Ann Lee", Kind.OTHER)) == ("Ann Lee", Kind.OTHER)


@pytest.mark.parametrize(
    "value", ["", "   ", "a", "-", "☂☂", "é", "x" * (LONGEST + 1), "a\0b", "a\x1b[31mb", "ab\ud800"]
)
def test_what_cannot_be_listed_is_refused_without_repeating_it(value: str) -> None:
    """Empty, a single letter, too long, control characters: one line, a remedy, no content."""
    with pytest.raises(UsageError) as caught:
        checked(Wish(value), place="line 7")
    assert caught.value.message.startswith("line 7: ")
    assert caught.value.hint
    assert not value.strip() or value not in caught.value.message.replace("a", "")


def test_blanks_are_one_blank() -> None:
    """Also line breaks, as in a copied address."""
    assert checked(Wish("  12 Main St,\n Springfield\t"))[0] == "12 Main St, Springfield"


def test_an_entry_shows_no_value_in_its_repr() -> None:
    """Nor do wishes and lists."""
    entry = Entry("00000001", "Ann Lee", Kind.PERSON)
    shown = f"{entry!r} {Wish('Ann Lee')!r} {lists_of([entry])!r}"
    assert "Ann" not in shown


def test_entries_are_matched_by_id_and_by_value() -> None:
    """A value in any case, accent and spacing; an id only whole."""
    entries = [Entry("0000000a", "José Núñez", Kind.PERSON), Entry("0000000b", "Acme", Kind.ORG, is_allowed=True)]
    assert matching(entries, "0000000b") == [entries[1]]
    assert matching(entries, "jose-nunez") == [entries[0]]
    assert matching(entries, "0000000") == matching(entries, "José") == matching(entries, "☂") == []


def test_a_value_that_looks_like_an_id_is_found_by_value() -> None:
    """Where no entry has that id."""
    entries = [Entry("0000000a", "deadbeef", Kind.OTHER)]
    assert matching(entries, "deadbeef") == entries


def test_the_two_lists_are_kept_apart() -> None:
    """What is always masked has a kind; what never is has none."""
    lists = lists_of([Entry("1", "Ann Lee", Kind.PERSON), Entry("2", "Acme", Kind.ORG, is_allowed=True)])
    assert (lists.deny, lists.allow) == ((("Ann Lee", Kind.PERSON),), ("Acme",))
    assert lists
    assert not lists_of([])


@given(
    st.lists(
        st.builds(
            Entry, st.text(max_size=9), st.text(max_size=20), st.sampled_from(list(Kind)), is_allowed=st.booleans()
        )
    )
)
def test_what_is_kept_is_read_back(entries: list[Entry]) -> None:
    """Nothing is lost on the way through the payload."""
    assert read_payload(write_payload(entries)) == entries


@pytest.mark.parametrize(
    "payload",
    [
        *({}, {"v": 2, "entries": []}, {"v": 1}, {"v": 1, "entries": [{"id": "1"}]}, {"v": 1, "entries": 3}),
        {"v": 1, "entries": [{"id": "1", "value": "Ann Lee", "kind": "NEWER", "allow": False}]},
    ],
)
def test_a_payload_of_another_version_is_refused(payload: dict[str, object]) -> None:
    """Guessing at it could unmask what somebody listed."""
    with pytest.raises(VaultError) as caught:
        read_payload(payload)
    assert "Ann" not in str(caught.value)


def test_lines_are_read_with_their_numbers() -> None:
    """Blank lines and comments say nothing."""
    text = "# family\n\n  Ann Lee \r\nAcme\n"
    assert [(number, wish.value) for number, wish in read_lines(text)] == [(3, "Ann Lee"), (4, "Acme")]
