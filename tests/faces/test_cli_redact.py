"""`redact` as the contract says: exact places whatever the text is, levels, languages, explanations."""

from __future__ import annotations

import json

import pytest

from tests.faces.conftest import Person

MAIL = "anna@example.org"
AROUND = {
    "emoji": "👩‍👩‍👧 🇩🇪 {} 😀",
    "combining": "Cafe\u0301 a\u0308 {} e\u0301",
    "right to left": "שלום {} עולם مرحبا",
    "override": "a\u202e {} \u202cb",
    "line ends": "one\r\n\r\n{}\r\ntwo\r",
    "zero width": "a\u200bb \ufeff {} \u2060",
    "full width": "Ｍａｉｌ　{}　！",
    "ligature": "ﬁ ß İ ŉ {} ǆ",
    "astral": "𝔘𝔫𝔦 𐍈 {} 🜁",
    "blank ends": "  \n\t {} \n  ",
    "separators": "a\u2028{}\u2029b\x85 c",
}


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND.keys())
def test_places_are_code_points_of_the_input(person: Person, around: str) -> None:
    """From standard input, a file, an argument and a line of JSON alike."""
    text = around.format(MAIL)
    file = person.home.parent / "text"
    file.write_bytes(text.encode())
    shown = [
        person.types("redact", "--json", stdin=text.encode(), with_key=False).json,
        person.types("redact", "--json", "--file", str(file), with_key=False).json,
        person.types("redact", "--json", text, with_key=False).json,
        person.types(
            "redact", "--jsonl", stdin=json.dumps({"text": text}, ensure_ascii=False).encode(), with_key=False
        ).json,
    ]
    for body in shown:
        places = [(span["start"], span["end"]) for span in body["spans"] if span["type"] == "EMAIL"]
        assert places == [(text.index(MAIL), text.index(MAIL) + len(MAIL))]
        assert MAIL not in body["redacted"]


@pytest.mark.parametrize("text", [f"\0{MAIL}\0", f"\ud83d {MAIL} \udc00"])
def test_what_only_json_can_say_is_counted_too(person: Person, text: str) -> None:
    """NUL and halves of surrogate pairs: one code point each."""
    body = person.types("redact", "--jsonl", stdin=json.dumps({"text": text}).encode(), with_key=False).json
    assert MAIL in [text[span["start"] : span["end"]] for span in body["spans"]]


def test_a_text_keeps_its_blanks(person: Person) -> None:
    """Nothing but the personal parts changes."""
    shown = person.types("redact", stdin=b"  one\r\n two \r\n\r\n", with_key=False)
    assert shown.out == "  one\r\n two \r\n\r\n"


def test_strict_masks_more_than_balanced(person: Person) -> None:
    """An unexplained capital and an unexplained number."""
    text = "then the Grobnikov wrote of Blue, ref AB-7743-x, mail anna@example.org"
    balanced = person.types("redact", "--json", text, with_key=False).json
    strict = person.types("redact", "--json", "--level", "strict", text, with_key=False).json
    assert not any(span["by"].startswith("floor:") for span in balanced["spans"])
    assert not any(word in strict["redacted"] for word in ("Grobnikov", "Blue", "7743", "anna"))
    for span in balanced["spans"]:
        assert any(wide["start"] <= span["start"] and span["end"] <= wide["end"] for wide in strict["spans"])


def test_strict_reads_capitals_by_the_language(person: Person) -> None:
    """In German a noun is no name."""
    text = "ich habe die Katze im Garten gesehen und die Wohnung auch"

    def by_the_floor(*options: str) -> bool:
        shown = person.types("redact", "--json", "--level", "strict", *options, text, with_key=False)
        return any(span["by"] == "floor:capital" for span in shown.json["spans"])

    assert by_the_floor()
    assert not any(by_the_floor("--lang", tag) for tag in ("de", "de-AT", "auto"))


@pytest.mark.parametrize("tag", ["", "klingon!", "EN", "e"])
def test_what_is_no_language_is_a_usage_error(person: Person, tag: str) -> None:
    """One line, with the tags there are."""
    shown = person.types("redact", "--lang", tag, "hello", with_key=False)
    assert shown.code == 2
    assert "auto" in shown.err


def test_block_is_no_level_of_redact(person: Person) -> None:
    """It says where something may go; this command sends nothing."""
    assert person.types("redact", "--level", "block", "hello", with_key=False).code == 2


def test_explain_marks_each_span_and_names_its_finder(person: Person) -> None:
    """On standard error, so that the redacted text can still be piped."""
    shown = person.types("redact", "--explain", f"mail\x1b[31m {MAIL}\nnow", with_key=False)
    assert MAIL not in shown.out
    (line,) = [line for line in shown.err.splitlines() if "EMAIL" in line]
    assert line.split()[0] == "10-26"
    assert f"»{MAIL}«" in line
    assert "rule:email" in line
    assert "\x1b" not in line


def test_explain_adds_the_text_to_each_line_of_json(person: Person) -> None:
    """And without it no text of a span is repeated."""
    stdin = json.dumps({"id": 1, "text": f"mail {MAIL}"}).encode()
    (span,) = person.types("redact", "--jsonl", "--explain", stdin=stdin, with_key=False).json["spans"]
    assert span["text"] == MAIL
    (span,) = person.types("redact", "--jsonl", stdin=stdin, with_key=False).json["spans"]
    assert set(span) == {"start", "end", "type", "score", "by"}


def test_nothing_found_is_said_to_be_no_proof(person: Person) -> None:
    """Where somebody asks for an explanation."""
    shown = person.types("redact", "--explain", "what is the time", with_key=False)
    assert shown.out == "what is the time\n"
    assert "not proof" in shown.err


def test_without_a_text_one_line_says_what_to_do(person: Person) -> None:
    """Nothing to read gives nothing, and nobody waits."""
    assert person.types("redact", "--jsonl", stdin=b"\n\n", with_key=False).out == ""
    assert person.types("redact", "--jsonl", "text", with_key=False).code == 2


def test_a_text_and_a_file_are_one_too_many(person: Person) -> None:
    """Neither is left out without a word."""
    file = person.home.parent / "text"
    file.write_text("x", encoding="utf-8")
    shown = person.types("redact", "call Anna", "--file", str(file), with_key=False)
    assert (shown.code, shown.out) == (2, "")
    assert "TEXT or --file, not both" in shown.err


def test_what_is_no_json_is_no_id(person: Person) -> None:
    """Python reads NaN; whoever reads the answer may not."""
    shown = person.types("redact", "--jsonl", stdin=b'{"id": NaN, "text": "x"}', with_key=False)
    assert (shown.code, shown.out) == (2, "")
    assert "line 1" in shown.err


def test_an_extra_finder_that_is_missing_is_said(person: Person) -> None:
    """Exit 8 with the remedy; no text is shown as if it had been searched."""
    for name in ("presidio", "gliner"):
        shown = person.types("redact", "--also", name, "mail anna@example.org", with_key=False)
        assert shown.code == 8
        assert "pip install" in shown.err
        assert shown.out == ""


def test_a_house_asks_the_extra_finders_of_its_policy(person: Person) -> None:
    """One that is missing lets nothing leave, and the local answer goes on."""
    person.writes_policy("[redaction]\nalso = ['presidio']\nlevel = 'block'\n")
    body = person.types("route", "hello there", "--json", with_key=False).json
    assert body["verdict"] == "stay"
    assert any("finder" in reason for reason in body["reasons"])
    shown = person.types("policy", "show", "--json", with_key=False).json
    assert shown["redaction"] == {"level": "block", "ask_local_model": False, "also": ["presidio"]}
