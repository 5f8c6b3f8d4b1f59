"""Sets are read whole or refused with the line that is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from stdnum import iban, luhn

from privacy_assistant.app.benches.marked import measured_files, read_set, usual_places
from privacy_assistant.app.benches.own_set import own_set
from privacy_assistant.errors import UsageError

GOOD = '{"text": "Ann", "spans": [{"start": 0, "end": 3, "type": "PERSON"}]}\n'


def test_a_set_is_named_by_its_file_and_can_be_cut_short(tmp_path: Path) -> None:
    """Blank lines are no texts; `first` takes so many from the front."""
    file = tmp_path / "mine.jsonl"
    file.write_text(GOOD + "\n" + GOOD * 2, encoding="utf-8")
    assert (read_set(file).name, len(read_set(file).texts), len(read_set(file, 2).texts)) == ("mine", 3, 2)
    assert read_set(file).texts[0].marks[0].end == 3


@pytest.mark.parametrize(
    "line",
    [
        "no json",
        '{"text": "Ann"}',
        '{"text": 3, "spans": []}',
        '{"text": "Ann", "spans": [{"start": 0, "end": 4, "type": "PERSON"}]}',
        '{"text": "Ann", "spans": [{"start": 2, "end": 1, "type": "PERSON"}]}',
        '{"text": "Ann", "spans": [{"start": 0}]}',
    ],
)
def test_a_line_that_is_no_marked_text_is_named_and_not_shown(tmp_path: Path, line: str) -> None:
    """The number of the line and a remedy; what stands there stays out of the message."""
    file = tmp_path / "mine.jsonl"
    file.write_text(GOOD + line + "\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"line 2 of .*mine\.jsonl") as raised:
        read_set(file)
    assert "Ann" not in raised.value.message


def test_files_that_hold_nothing_are_refused(tmp_path: Path) -> None:
    """An absent file, an empty one, and bytes that are no text."""
    empty, wrong = tmp_path / "empty.jsonl", tmp_path / "wrong.jsonl"
    empty.touch()
    wrong.write_bytes(b"\xff\n")
    for file, why in ((empty, "holds no text"), (wrong, "not UTF-8"), (tmp_path / "absent", "No such file")):
        with pytest.raises(UsageError, match=why):
            read_set(file)


def test_only_sets_that_nothing_was_learned_from_are_taken_unasked(tmp_path: Path) -> None:
    """A training set beside them is left alone; the variable names another place, and then only that."""
    place = tmp_path / "pii"
    place.mkdir()
    for name in ("ids", "wnut17_train"):
        (place / f"{name}.jsonl").write_text(GOOD, encoding="utf-8")
    assert usual_places({"PRIVACY_ASSISTANT_TEST_DATA": str(tmp_path)}) == [place]
    assert measured_files([tmp_path, place]) == [place / "ids.jsonl"]
    assert measured_files([tmp_path]) == []


def test_our_own_set_is_the_same_every_time_and_its_numbers_are_right() -> None:
    """Cards pass Luhn, accounts ISO 7064; there are names in several scripts' letters and texts without anything."""
    own = own_set()
    assert own == own_set()
    assert own != own_set(seed=2)
    values: dict[str, list[str]] = {}
    for marked in own.texts:
        for mark in marked.marks:
            values.setdefault(mark.type, []).append(marked.text[mark.start : mark.end])
    assert set(values) == {"PERSON", "LOCATION", "ORG", "ADDRESS", "PHONE", "EMAIL", "CARD", "IBAN", "SSN", "IP"}
    assert all(luhn.is_valid(value.replace(" ", "")) for value in values["CARD"])
    assert all(iban.is_valid(value) for value in values["IBAN"])
    assert sum(not marked.marks for marked in own.texts) >= 40
    assert all("{" not in marked.text for marked in own.texts)
