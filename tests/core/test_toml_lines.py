"""The line of every key of a TOML text, held against `tomllib` on texts made of everything that TOML has."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.toml_lines import Path, dotted, scan


def paths_of(value: Any, path: Path = ()) -> dict[Path, Any]:
    """Every path in what `tomllib` read."""
    found: dict[Path, Any] = {path: value} if path else {}
    if isinstance(value, dict):
        for key, inner in value.items():
            found |= paths_of(inner, (*path, key))
    if isinstance(value, list):
        for index, inner in enumerate(value):
            found |= paths_of(inner, (*path, index))
    return found


@pytest.mark.parametrize(
    ("text", "path", "line"),
    [
        ("a = 1\nb = 2", ("b",), 2),
        ("\n\n[t]\n\na = 1", ("t",), 3),
        ("\n\n[t]\n\na = 1", ("t", "a"), 5),
        ("[[t]]\na = 1\n[[t]]\na = 1", ("t", 1), 3),
        ("[[t]]\na = 1\n[[t]]\na = 1", ("t", 1, "a"), 4),
        ("[[t]]\n[t.u]\na = 1\n[[t]]\n[t.u]\na = 2", ("t", 1, "u", "a"), 6),
        ("[[t]]\n[[t.u]]\n[[t.u]]\na = 2", ("t", 0, "u", 1, "a"), 4),
        ("a.b.c = 1\na.d = 2", ("a", "d"), 2),
        ("a.b.c = 1\na.d = 2", ("a", "b"), 1),
        ('a . "b.c" = 1', ("a", "b.c"), 1),
        ("'a b' = 1", ("a b",), 1),
        ('"a\\u0062" = 1', ("ab",), 1),
        ("a = { b = 1, c = { d = 2 } }", ("a", "c", "d"), 1),
        ("a = [\n 1,\n # no = 1\n { b = 2 },\n]\nc = 3", ("a", 1, "b"), 4),
        ("a = [\n 1,\n # no = 1\n { b = 2 },\n]\nc = 3", ("c",), 6),
        ('a = """\nb = 1\n[t]\n"""\nc = 2', ("c",), 5),
        ('a = """\\"""\n"""\nc = 2', ("c",), 3),
        ('a = """\\\\"""\nc = 2', ("c",), 2),
        ('a = """x"""""\nc = 2', ("c",), 2),
        ("a = '''x\\'''\nc = 2", ("c",), 2),
        ("a = '''''x'''''\nc = 2", ("c",), 2),
        ('a = "#]}\\""\nc = 2', ("c",), 2),
        ("a = '#]}'\nc = 2", ("c",), 2),
        ("a = 1979-05-27 07:32:00 # b = 1\nc = 2", ("c",), 2),
        ("a = []\nb = {}\nc = 2", ("c",), 3),
        ("a = [[1], [2,\n3]]", ("a", 1, 1), 2),
        ("a = 1\r\n\r\nb = 2", ("b",), 3),
    ],
)
def test_a_key_is_found_on_its_line(text: str, path: Path, line: int) -> None:
    """Comments, strings of four sorts, arrays, inline tables, dotted and quoted keys do not mislead."""
    assert path in paths_of(tomllib.loads(text))
    assert scan(text).of[path] == line


def test_what_is_not_there_has_the_line_of_what_is_around_it() -> None:
    """A missing key is named by its table; nothing around means the first line."""
    lines = scan("\n[t]\na = 1")
    assert lines.line(("t", "missing", "deeper")) == 2
    assert lines.line(("elsewhere",)) == 1


@pytest.mark.parametrize(
    ("text", "duplicates"),
    [
        ("a = 1\nb = 2\na = 3", [(3, ("a",))]),
        ("[t]\n[u]\n[t]", [(3, ("t",))]),
        ("a = { b = 1, b = 2 }", [(1, ("a", "b"))]),
        ("[t]\na = 1\n[u]\na = 1", []),
        ("[[t]]\na = 1\n[[t]]\na = 1", []),
        ("a.b = 1\na.c = 1", []),
    ],
)
def test_what_is_given_twice_is_noted(text: str, duplicates: list[tuple[int, Path]]) -> None:
    """Duplicate keys and tables are found; the same key in two tables is none."""
    assert scan(text).duplicates == duplicates


def test_the_statement_around_a_line_is_known() -> None:
    """A mistake inside a long value is told by the key that it belongs to."""
    lines = scan("a = 1\nb = [\n1,\n2\n]\nc = 1")
    assert lines.statement_at(4) == (2, ("b",))
    assert lines.statement_at(6) == (6, ("c",))
    assert scan("").statement_at(3) == (3, ())


def test_a_path_is_read_by_people() -> None:
    """Elements count from one; odd keys are quoted, escaped and cut."""
    assert dotted(("rule", 1, "when", "text")) == "rule[2].when.text"
    assert dotted(("a b",)) == "'a b'"
    assert dotted(("t", "é\n")) == "t.'\\xe9\\n'"
    assert dotted(("x" * 61,)) == "'" + "x" * 40 + "...'"
    assert dotted(("x" * 60,)) == "x" * 60
    assert dotted((" " * 40,)) == "'" + " " * 40 + "'"


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a =",
        "= 1",
        "[a",
        "[[a]",
        "a = [1",
        "a = [1 2]",
        "a = {b = 1",
        "a = {b = 1 c = 2}",
        'a = "x',
        "a = '''x",
        "[]",
        "a.",
        "a = 1 b = 2",
    ],
)
def test_broken_text_ends_the_walk_and_raises_nothing(text: str) -> None:
    """What stands before the break is still known."""
    assert scan(f"first = 1\n{text}").of[("first",)] == 1


names = st.sampled_from(["a", "b", '"c d"', "'e.f'", '"g\\""', "1"])
dotted_keys = st.lists(names, min_size=1, max_size=3).map(".".join)
gaps = st.sampled_from(["", " ", "\n", " # x = 1 ]}\n", "\n\n"])


def values(marker: str) -> st.SearchStrategy[str]:
    """Values that hold a number of their own, so that its line can be found in the text."""
    plain = st.sampled_from(
        [marker, f'"{marker} = ] #"', f"'[{marker}]'", f'"""{marker}\n[a]\nb = 1\n\\""" """', f"'''{marker}\n'a' '''"]
    )
    arrays = st.tuples(gaps, gaps, plain).map(
        lambda parts: f"[{parts[0]}{parts[2]}{parts[1]}, 0, [{parts[0]}1],{parts[1]}]"
    )
    tables = st.tuples(dotted_keys, plain).map(lambda parts: f"{{ {parts[0]} = {parts[1]}, z = [{parts[1]}] }}")
    return plain | arrays | tables


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Texts that are nearly always TOML, with tables, arrays of tables and every sort of value."""
    text = ""
    for number in range(draw(st.integers(1, 7))):
        text += draw(st.sampled_from(["", "", "\n", "# x = 1\n", " \t"]))
        header = draw(st.sampled_from(["", "", "[{}]", "[[{}]]", "[ {} ]  # [x]"]))
        if header:
            text += header.format(draw(dotted_keys)) + "\n"
        text += f"{draw(dotted_keys)} = {draw(values(str(1000 + number)))}\n"
    return text


@settings(max_examples=400, deadline=None)
@given(documents())
def test_every_path_of_every_text_has_its_line(text: str) -> None:
    """What `tomllib` reads and what the scan finds are the same paths, each at or before the line of its value."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        scan(text)
        return
    lines = scan(text)
    expected = paths_of(data)
    assert set(lines.of) == set(expected)
    assert lines.duplicates == []
    for path, value in expected.items():
        if isinstance(value, int | str) and str(value)[:4].isdigit() and not isinstance(path[-1], int):
            written = [number for number, line in enumerate(text.split("\n"), 1) if str(value)[:4] in line]
            assert lines.of[path] in written


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="ab=[]{}\"'\n.,#1 \\", max_size=60))
def test_no_text_raises(text: str) -> None:
    """The scan reads what it can of anything, and all of what `tomllib` accepts."""
    lines = scan(text)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert set(lines.of) == set(paths_of(data))


def test_depth_without_end_raises_nothing() -> None:
    """A hundred thousand brackets end the walk."""
    assert scan("first = 1\na = " + "[" * 100_000).of[("first",)] == 1
