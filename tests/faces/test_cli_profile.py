"""`profile` at the command line."""

from __future__ import annotations

from pathlib import Path

from tests.faces.conftest import Person

CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann Lee\r\nTEL:+1 555 010 9999\r\nEMAIL:ann@example.org\r\nEND:VCARD\r\n"


def test_a_person_lists_masks_and_removes(person: Person) -> None:
    """The whole life of an entry."""
    shown = person.types("profile", "add", "Quenby Farnsworth", "12 Elm Road, Springfield")
    assert (shown.code, shown.out) == (0, "")
    assert "2 added (1 ADDRESS, 1 PERSON), 0 known already" in shown.err
    shown = person.types("profile", "list", "--json")
    rows = shown.json
    assert [(row["value"], row["kind"], row["allow"]) for row in rows] == [
        ("Quenby Farnsworth", "PERSON", False),
        ("12 Elm Road, Springfield", "ADDRESS", False),
    ]
    routed = person.types("route", "tell farnsworth: 12 elm rd", "--json").json
    assert routed["findings"] == {"ADDRESS": 1, "PERSON": 1}
    assert "farnsworth" not in routed["redacted"]
    shown = person.types("profile", "remove", rows[0]["id"], "12 elm road springfield", "--json")
    assert shown.json == {"removed": 2}
    assert person.types("profile", "list").out == ""
    told = person.types("redact", "tell farnsworth all", "--json").json["spans"]
    assert [span for span in told if span["by"] == "profile"] == []


def test_lines_and_contacts_are_read_from_files_and_pipes(person: Person, tmp_path: Path) -> None:
    """One value a line, or a vCard, by what is in it."""
    names, cards = tmp_path / "names.txt", tmp_path / "cards.vcf"
    names.write_text("# family\nQuenby Farnsworth\n\nZelda Quist\n", encoding="utf-8")
    cards.write_bytes(CARD)
    assert "2 added" in person.types("profile", "add", "--file", str(names)).err
    assert "3 added (1 EMAIL, 1 PERSON, 1 PHONE)" in person.types("profile", "add", "--file", str(cards)).err
    shown = person.types("profile", "add", "-", "--json", "--kind", "org", stdin=b"Acme\nacme\n")
    assert ([row["kind"] for row in shown.json["added"]], shown.json["known"]) == (["ORG"], 1)
    assert person.types("profile", "list", "--kind", "phone").out.split()[-4:] == ["+1", "555", "010", "9999"]


def test_what_is_never_masked_is_listed_apart(person: Person) -> None:
    """And gives way to what always is."""
    person.types("profile", "add", "--allow", "support@example.com")
    assert person.types("route", "write to support@example.com", "--json").json["findings"] == {}
    shown = person.types("profile", "add", "support@example.com")
    assert "1 stand on both lists" in shown.err
    assert person.types("route", "write to support@example.com", "--json").json["findings"] == {"EMAIL": 1}
    assert len(person.types("profile", "list", "--allow").out.splitlines()) == 1


def test_mistakes_are_one_line_without_the_value(person: Person) -> None:
    """Exit code 2, a remedy, and no word of what was typed."""
    for arguments in (
        ("add", "x"),
        ("add", "Quenby\x1bFarnsworth"),
        ("add", "Quenby" * 60),
        ("add", "Quenby", "-"),
        ("add", "Quenby Farnsworth", "--file", "Quenby.txt"),
        ("remove", "Quenby Farnsworth"),
        ("remove",),
        ("remove", "--all"),
        ("remove", "--all", "--yes", "Quenby"),
        ("add",),
    ):
        shown = person.types("profile", *arguments)
        assert shown.code == 2, arguments
        assert len(shown.err.splitlines()) == 1
        assert " · " in shown.err
        assert "Quenby" not in shown.err + shown.out


def test_a_bad_line_of_a_file_is_named_by_its_number(person: Person, tmp_path: Path) -> None:
    """Nothing of the file is kept then."""
    names = tmp_path / "names.txt"
    names.write_text("Quenby Farnsworth\n\nx\n", encoding="utf-8")
    shown = person.types("profile", "add", "--file", str(names), "--json")
    assert shown.json["error"]["message"].startswith("line 3: ")
    assert person.types("profile", "list").out == ""


def test_everything_goes_at_once(person: Person) -> None:
    """With --all --yes; a second time there is nothing."""
    person.types("profile", "add", "Quenby Farnsworth", "Zelda Quist")
    assert "2 removed" in person.types("profile", "remove", "--all", "--yes").err
    assert "0 removed" in person.types("profile", "remove", "--all", "--yes").err


def test_without_any_key_nothing_is_kept_or_made(person: Person) -> None:
    """One line says what would help; looking is no error."""
    shown = person.types("profile", "add", "Quenby Farnsworth", with_key=False)
    assert shown.code == 7
    assert "key init" in shown.err
    assert person.types("profile", "list", with_key=False).code == 0
    assert list(person.home.iterdir()) == []


def test_no_byte_of_the_home_shows_the_profile(person: Person) -> None:
    """Not in the database, the log, the key store."""
    person.types("profile", "add", "Quenby Farnsworth")
    person.types("ask", "what time is it", "--local")
    assert b"quenby" not in person.every_byte().lower()


def test_redact_uses_the_profile_where_nobody_is_asked(person: Person) -> None:
    """With the key file; without it one line says what is missing, and the text is searched all the same."""
    person.types("profile", "add", "Quenby Farnsworth")
    person.types("profile", "add", "--kind", "other", "the blue folder")
    text = "put the blue folder beside 4111 1111 1111 1111"
    shown = person.types("redact", text)
    assert "blue folder" not in shown.out
    shown = person.types("redact", text, with_key=False)
    assert (shown.code, "blue folder" in shown.out, "4111" in shown.out) == (0, True, False)
    assert "profile" in shown.err
    assert person.types("--quiet", "redact", text, with_key=False).err == ""


def test_redact_makes_no_home(person: Person) -> None:
    """Nor a key store in an empty one."""
    assert person.types("redact", "call me").code == 0
    assert list(person.home.iterdir()) == []
