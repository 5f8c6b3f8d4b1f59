"""Originals come back into the arguments of a tool call, and what comes out is still JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.arguments import ArgumentsRestorer, restore_arguments, restore_value
from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.legend import Legend

TAG = "CI2"
NASTY = 'Jo "Bo" \\ Li\n<&> é😀'


def legend() -> Legend:
    book = Legend(TAG)
    book.add("John Smith", Kind.PERSON)
    book.add(NASTY, Kind.PERSON)
    return book


ONE, TWO = "⟦PERSON·CI2·1⟧", "⟦PERSON·CI2·2⟧"


def in_pieces(text: str, sizes: list[int]) -> str:
    restorer = ArgumentsRestorer(legend())
    out, at = [], 0
    for size in sizes:
        out.append(restorer.feed(text[at : at + size]))
        at += size
    return "".join([*out, restorer.feed(text[at:]), restorer.close()])


def dumped(value: Any, *, ascii_only: bool) -> str:
    return json.dumps(value, ensure_ascii=ascii_only)


ARGUMENTS: list[tuple[Any, Any]] = [
    ({"to": ONE, "body": f"Dear {TWO}!"}, {"to": "John Smith", "body": f"Dear {NASTY}!"}),
    ({ONE: [1, None, {"deep": [TWO]}]}, {"John Smith": [1, None, {"deep": [NASTY]}]}),
    ([ONE, TWO, "", "plain"], ["John Smith", NASTY, "", "plain"]),
    (TWO, NASTY),
    ({"text": f"see [{ONE}](x) and [PERSON·CI2·2]"}, {"text": f"see [John Smith](x) and {NASTY}"}),
    ({"text": "⟦PERSON·CI2·9⟧ \\u27e6 \\n {x}"}, {"text": "⟦PERSON·CI2·9⟧ \\u27e6 \\n {x}"}),
    ({"url": "a?b=%E2%9F%A6PERSON%C2%B7CI2%C2%B71%E2%9F%A7"}, {"url": "a?b=John%20Smith"}),
]


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize(("sent", "wanted"), ARGUMENTS)
def test_arguments_of_a_tool_call_are_restored(sent: Any, wanted: Any, ascii_only: bool) -> None:
    """LiteLLM 31950: in values, keys, lists and nested objects, written as they are or with escapes."""
    assert json.loads(restore_arguments(dumped(sent, ascii_only=ascii_only), legend())) == wanted
    assert restore_value(sent, legend()) == wanted


@pytest.mark.parametrize("depth", [1, 2, 3])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_inside_a_string_stays_json(depth: int, ascii_only: bool) -> None:
    """A value with quotes and backslashes is escaped as often as it lies deep."""
    sent: Any = {"to": ONE, "n": [TWO]}
    for _ in range(depth):
        sent = {"inner": dumped(sent, ascii_only=ascii_only)}
    got = json.loads(restore_arguments(dumped(sent, ascii_only=ascii_only), legend()))
    for _ in range(depth):
        got = json.loads(got["inner"])
    assert got == {"to": "John Smith", "n": [NASTY]}


def test_a_placeholder_without_quotes_becomes_a_string() -> None:
    """What a model forgot would be no JSON: the value is written with quotes."""
    assert json.loads(restore_arguments(f'{{"to": {TWO}, "n": 1}}', legend())) == {"to": NASTY, "n": 1}


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ARGUMENTS), st.booleans(), st.lists(st.integers(1, 9), max_size=30), st.booleans())
def test_no_cut_changes_the_arguments(
    case: tuple[Any, Any], ascii_only: bool, sizes: list[int], is_nested: bool
) -> None:
    """Streamed in pieces of any size, the result is that of the whole."""
    sent = {"inner": dumped(case[0], ascii_only=ascii_only)} if is_nested else case[0]
    text = dumped(sent, ascii_only=ascii_only)
    assert in_pieces(text, sizes) == restore_arguments(text, legend())


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet='{}[]":,\\u27e6⟦⟧·PERSONCI2 1\nd8', max_size=60), st.lists(st.integers(1, 5), max_size=20))
def test_what_is_no_json_is_cut_alike_and_raises_nothing(text: str, sizes: list[int]) -> None:
    """Broken escapes, half strings, loose quotes."""
    assert in_pieces(text, sizes) == restore_arguments(text, legend())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(json_values, st.booleans())
def test_arguments_without_placeholders_keep_their_value(value: Any, ascii_only: bool) -> None:
    """Whatever the JSON is, surrogates and control characters included."""
    assert json.loads(restore_arguments(dumped(value, ascii_only=ascii_only), legend())) == value


def test_little_is_held_back() -> None:
    """Text without a placeholder passes but for an escape that is not whole."""
    restorer = ArgumentsRestorer(legend())
    assert restorer.feed('{"a": "hello wor') == '{"a": "hello wor'
    assert restorer.feed("ld \\u00") == "ld "
    assert restorer.feed("e9\\ud83d") == "é"
    assert restorer.feed("\\ude00 \\ud83dab") == "😀 \\ud83dab"
    assert restorer.feed('"}') == '"}'
    assert restorer.close() == ""


def test_a_deep_nest_of_json_ends() -> None:
    """Nobody can make it recurse without end."""
    text: Any = "x"
    for _ in range(12):
        text = json.dumps({"a": text})
        if len(text) > 50_000:
            break
    assert json.loads(restore_arguments(text, legend())) == json.loads(text)
