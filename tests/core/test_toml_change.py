"""One key of a TOML text is set or removed; everything else stays, to the letter."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.toml_change import Value, with_key
from tests.core.test_toml_lines import documents


@pytest.mark.parametrize(
    ("text", "table", "key", "value", "after"),
    [
        ("", "", "a", "x", 'a = "x"\n'),
        ("", "t", "a", True, "[t]\na = true\n"),
        ("b = 1", "t", "a", "x", 'b = 1\n\n[t]\na = "x"\n'),
        ("b = 1\n", "", "a", ["x", "y"], 'b = 1\na = ["x", "y"]\n'),
        ("b = 1", "", "a", False, "b = 1\na = false\n"),
        ("a = 1 # why\nb = 2\n", "", "a", "x", 'a = "x" # why\nb = 2\n'),
        ("[t]\na = [\n 1, # one\n]\nb = 2\n", "t", "a", "x", '[t]\na = "x"\nb = 2\n'),
        (
            "[t] # a table\n\n# of mine\n[u]\nb = 1\n",
            "t",
            "a",
            "x",
            '[t] # a table\na = "x"\n\n# of mine\n[u]\nb = 1\n',
        ),
        ("[t]\nb = 1\n\n# of u\n[u]\n", "t", "a", "x", '[t]\nb = 1\na = "x"\n\n# of u\n[u]\n'),
        ("[t]", "t", "a", "x", '[t]\na = "x"\n'),
        ("[t]\nb = 1\n# a = 2\n\nc = 3\n", "t", "a", "x", '[t]\nb = 1\n# a = 2\na = "x"\n\nc = 3\n'),
        ('[t]\nb = """\n# a = 2\n"""\n', "t", "a", "x", '[t]\nb = """\n# a = 2\n"""\na = "x"\n'),
        ("# hello\n\n# of t\n[t]\nb = 1\n", "", "a", "x", '# hello\n\na = "x"\n\n# of t\n[t]\nb = 1\n'),
        ("[t]\na = 1\n", "", "a", "x", 'a = "x"\n\n[t]\na = 1\n'),
        ("t.b = 1\nc = 2\n", "t", "a", "x", 't.b = 1\nt.a = "x"\nc = 2\n'),
        ("t = { b = 1 } # in\n", "t", "a", "x", 't = { b = 1, a = "x" } # in\n'),
        ("t = {}\n", "t", "a", "x", 't = { a = "x" }\n'),
        ("t = { a = 1, b = 2 }\n", "t", "a", "x", 't = { a = "x", b = 2 }\n'),
        ("t.a = 1\n", "t", "a", "x", 't.a = "x"\n'),
        ('["t"]\n"a" = 1\n', "t", "a", "x", '["t"]\n"a" = "x"\n'),
        ("b = 1\r\n[t]\r\nc = 2\r\n", "t", "a", "x", 'b = 1\r\n[t]\r\nc = 2\r\na = "x"\r\n'),
        ("b = 1\r\na = 2\r\n", "", "a", "x", 'b = 1\r\na = "x"\r\n'),
        ("a = 1\nb = 2\n", "", "a", None, "b = 2\n"),
        ("b = 2\na = 1", "", "a", None, "b = 2\n"),
        ("a = 1 # why\nb = 2\n", "", "a", None, "# why\nb = 2\n"),
        ('[t]\n  a = """x\ny"""\nb = 1\n', "t", "a", None, "[t]\nb = 1\n"),
        ("b = 1\n", "", "a", None, "b = 1\n"),
        ("t = { a = 1, b = 2 }\n", "t", "a", None, "t = { b = 2 }\n"),
        ("t = { b = 1, a = 2 }\n", "t", "a", None, "t = { b = 1 }\n"),
        ("t = {a = 1}\n", "t", "a", None, "t = {}\n"),
        ("t.a = 1\r\nb = 1\r\n", "t", "a", None, "b = 1\r\n"),
    ],
)
def test_a_key_is_set_in_its_place(text: str, table: str, key: str, value: Value | None, after: str) -> None:
    """Headers, dotted keys, inline tables, comments, long values, either line end, at the top and at the end."""
    assert with_key(text, table, key, value) == after
    tomllib.loads(after)


VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20) | st.booleans() | st.lists(st.text("a\"'\\ü\n"))


def told(data: dict[str, Any]) -> dict[str, Any]:
    """What a text says; an empty table says nothing."""
    return {name: value for name, value in data.items() if value != {}}


@settings(max_examples=400, deadline=None)
@given(
    documents(), st.sampled_from(["", "a", "b", "c d"]), st.sampled_from(["a", "b", "1", "new"]), VALUES, st.booleans()
)
def test_of_any_text_one_key_changes_and_nothing_else(
    text: str, table: str, key: str, value: Value, is_windows: bool
) -> None:
    """Read by `tomllib` before and after: the key is as meant, all else as it was; every comment is still there."""
    if is_windows:
        text = text.replace("\n", "\r\n")
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    if not isinstance(before.get(table, {}), dict):
        return
    place = before.get(table, {}) if table else before
    if isinstance(place.get(key), dict | list):
        return
    if table and any(isinstance(inner, dict | list) for inner in place.values()):
        return
    meant = copy.deepcopy(before)
    (meant.setdefault(table, {}) if table else meant)[key] = value
    written = with_key(text, table, key, value)
    assert tomllib.loads(written) == meant
    gone = copy.deepcopy(meant)
    del (gone[table] if table else gone)[key]
    again = with_key(written, table, key, None)
    assert told(tomllib.loads(again)) == told(gone)
    assert again.count("# x = 1") == text.count("# x = 1")


@settings(max_examples=200, deadline=None)
@given(st.text("a=#\n [t]b\"'", max_size=40), VALUES)
def test_setting_what_is_new_and_taking_it_away_leaves_what_was_there(text: str, value: Value) -> None:
    """Every line that was there is there again, in order."""
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    written = with_key(with_key(text, "", "new", value), "", "new", None)
    assert tomllib.loads(written) == before
    assert [line for line in written.split("\n") if line] == [line for line in text.split("\n") if line]
