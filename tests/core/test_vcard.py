"""Contacts of every version of vCard are read; what is not to be masked is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.vcard import is_vcard, read_vcard
from privacy_assistant.errors import UsageError


def _read(*lines: str) -> list[tuple[str, Kind | None]]:
    return [(wish.value, wish.kind) for wish in read_vcard("\r\n".join(lines) + "\r\n")]


def test_a_card_of_version_3_is_read() -> None:
    """Name, nicknames, telephones, mail, addresses; not the company, the birthday, the picture."""
    assert _read(
        "BEGIN:VCARD",
        "VERSION:3.0",
        "N:Lee;Ann;Marie;Dr.;",
        "FN:Dr. Ann Marie Lee",
        "NICKNAME:Annie,A\\, the Lee",
        "ORG:Acme Widgets;Sales",
        "item1.TEL;TYPE=CELL,VOICE:+1 555 010 9999",
        "EMAIL;TYPE=INTERNET:ann@example.org",
        "ADR;TYPE=HOME:;Apt 4;12 Main St;Springfield;IL;62701;USA",
        "ADR;TYPE=WORK:;;;Springfield;;;USA",
        "BDAY:1980-05-03",
        "PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD//gA7Q1JFQVR=",
        "NOTE:likes tea",
        "END:VCARD",
    ) == [
        ("Dr. Ann Marie Lee", Kind.PERSON),
        ("Annie", Kind.PERSON),
        ("A, the Lee", Kind.PERSON),
        ("+1 555 010 9999", Kind.PHONE),
        ("ann@example.org", Kind.EMAIL),
        ("12 Main St, Apt 4, Springfield, IL 62701", Kind.ADDRESS),
    ]


def test_a_card_of_version_2_1_is_decoded() -> None:
    """Quoted-printable with soft breaks, and a character set of its own."""
    assert _read(
        "BEGIN:VCARD",
        "VERSION:2.1",
        "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:N=C3=BA=C3=B1ez;Jos=C3=",
        "=A9;;;",
        "PHOTO;ENCODING=BASE64:AAAA=",
        "TEL;CELL:0171 2345678",
        "ADR;HOME;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:;;Ahornstra=DFe 7;Musterstadt;;12345;",
        "END:VCARD",
    ) == [
        ("José Núñez", Kind.PERSON),
        ("0171 2345678", Kind.PHONE),
        ("Ahornstraße 7, Musterstadt, 12345", Kind.ADDRESS),
    ]


def test_a_card_of_version_4_is_read() -> None:
    """Telephones as URIs, quoted parameters with colons, folded lines, companies by their kind."""
    assert _read(
        "BEGIN:VCARD",
        "VERSION:4.0",
        "KIND:org",
        "FN:Acme Widg",
        " ets",
        'TEL;VALUE=uri;X="a:b":tel:+1-555-010-9999',
        "END:VCARD",
        "BEGIN:VCARD",
        "FN:Bo Ek",
        "END:VCARD",
    ) == [("Acme Widgets", Kind.ORG), ("+1-555-010-9999", Kind.PHONE), ("Bo Ek", Kind.PERSON)]


def test_a_card_without_its_end_counts() -> None:
    """A file that was cut still names people."""
    assert _read("BEGIN:VCARD", "FN:Ann Lee") == [("Ann Lee", Kind.PERSON)]


def test_empty_fields_are_no_entries() -> None:
    """Programs write them by the dozen."""
    assert _read("BEGIN:VCARD", "FN:Ann Lee", "TEL:", "EMAIL:", "NICKNAME:A", "ADR:;;;;;;", "END:VCARD") == [
        ("Ann Lee", Kind.PERSON)
    ]


@pytest.mark.parametrize("text", ["BEGIN:VCARD\nEND:VCARD\n", "BEGIN:VCARD\nTEL:\nEND:VCARD\n"])
def test_a_file_without_a_contact_is_refused(text: str) -> None:
    """Rather than to add nothing and say that it worked."""
    with pytest.raises(UsageError):
        read_vcard(text)


def test_a_list_of_names_is_no_vcard() -> None:
    """Even with the word in it."""
    assert is_vcard("begin:vcard\n")
    assert not is_vcard("Ann Lee\nmy BEGIN:VCARD\n")


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_any_text_after_a_contact_leaves_it(text: str) -> None:
    """However broken a file goes on, what was read before it counts."""
    assert read_vcard("BEGIN:VCARD\nFN:Ann Lee\nTEL:555 010 9999\n" + text)[0].value == "Ann Lee"


def test_a_card_that_begins_in_another_ends_it() -> None:
    """Two files pasted together lose nobody."""
    assert _read("BEGIN:VCARD", "FN:Ann Lee", "BEGIN:VCARD", "FN:Bo Ek", "END:VCARD") == [
        ("Ann Lee", Kind.PERSON),
        ("Bo Ek", Kind.PERSON),
    ]
