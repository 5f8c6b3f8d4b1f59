"""Originals are taken out of JSON leaf by leaf, and come back where they were."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.arguments import redact_json, restore_arguments
from privacy_assistant.core.json_text import is_json
from privacy_assistant.core.kinds import Finding, Findings, Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.redaction import Redacted, redact, woven
from privacy_assistant.errors import EgressDenied

NAME, NASTY, CARD = "John Smith", 'Jo "Bo" \\ Li\n<&> é😀', "4111111111111111"
PLANTED = (NAME, NASTY, CARD)


def redactor(legend: Legend) -> Callable[[str], Redacted]:
    """What finds the planted values and nothing else."""

    def one(text: str) -> Redacted:
        spans = [
            Finding(found.start(), found.end(), Kind.CARD if value is CARD else Kind.PERSON, 1.0, "rule:test")
            for value in PLANTED
            for found in re.finditer(re.escape(value), text)
        ]
        return redact(text, Findings(tuple(sorted(spans, key=lambda span: span.start))), legend)

    return one


def leaves(value: Any) -> list[str]:
    """Every leaf and key as text, also of JSON that lies in a string."""
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in (*leaves(key), *leaves(inner))]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "[") and is_json(value):
        return [value, *leaves(json.loads(value))]
    return [str(value)]


def both_ways(text: str) -> tuple[Redacted, str]:
    legend = Legend("CI2")
    redacted = redact_json(text, redactor(legend))
    return redacted, restore_arguments(redacted.text, legend)


@pytest.mark.parametrize("ascii_only", [True, False])
def test_strings_keys_and_json_in_strings_are_redacted_by_themselves(ascii_only: bool) -> None:
    """The structure, the other leaves and the order stay."""
    inner = json.dumps({"q": f"for {NASTY}"}, ensure_ascii=ascii_only)
    value = {"to": NAME, NASTY: [1, 2.5, True, None, "plain"], "inner": inner}
    redacted, restored = both_ways(json.dumps(value, ensure_ascii=ascii_only))
    assert json.loads(redacted.text) == {
        "to": "⟦PERSON·CI2·1⟧",
        "⟦PERSON·CI2·2⟧": [1, 2.5, True, None, "plain"],
        "inner": '{"q": "for ⟦PERSON·CI2·2⟧"}',
    }
    assert redacted.counts == {"PERSON": 3}
    assert unfolded(json.loads(restored)) == unfolded(value)


def test_an_escaped_value_is_found() -> None:
    """`\\u004a` is a J: whole JSON, JSON that broke off, and JSON in JSON."""
    hidden = "".join(f"\\u{ord(letter):04x}" for letter in NAME)
    for text in (f'{{"a": "{hidden}"}}', f'{{"a": "{hidden}', f'{{"a": "{hidden}", tru', json.dumps([f'["{hidden}"]'])):
        redacted, _ = both_ways(text)
        assert redacted.counts == {"PERSON": 1}
        assert "⟦PERSON·CI2·1⟧" in redacted.text
        assert "004a" not in redacted.text


def test_a_number_that_is_personal_becomes_a_string() -> None:
    """A card number without quotes is masked too, and other numbers are written as they were."""
    redacted, restored = both_ways(f'{{"card": {CARD}, "n": [1.50, 1e400, -0]}}')
    assert redacted.text == '{"card": "⟦CARD·CI2·1⟧", "n": [1.50, 1e400, -0]}'
    assert restored == f'{{"card": "{CARD}", "n": [1.50, 1e400, -0]}}'


@pytest.mark.parametrize("text", ["", f"{NAME} said hello", f'He said "{NAME}"', f'{{"a": {NAME}', f"[{NAME}](x)"])
def test_what_is_no_json_is_redacted_as_text(text: str) -> None:
    """Nothing is lost for the want of a bracket."""
    redacted, _ = both_ways(text)
    assert redacted == redactor(Legend("CI2"))(text)


def test_json_too_deep_to_come_back_does_not_leave() -> None:
    """Eight levels of JSON in JSON are read, a tenth is refused."""

    def nested(levels: int) -> str:
        text = json.dumps([NAME])
        for _ in range(levels):
            text = json.dumps([text], ensure_ascii=False)
        return text

    redacted, restored = both_ways(nested(8))
    assert NAME not in redacted.text
    assert restored == nested(8)
    with pytest.raises(EgressDenied):
        both_ways(nested(9))


def test_a_nest_too_deep_to_be_read_is_still_redacted() -> None:
    """Ten thousand brackets are no reason to send what lies in them."""
    redacted, _ = both_ways("[" * 10_000 + '{"a": "\\u004aohn Smith"}' + "]" * 10_000)
    assert redacted.counts == {"PERSON": 1}


def test_only_structure_may_stand_between() -> None:
    """Whoever weaves cannot slip content past the redaction."""
    some = redactor(Legend("CI2"))(NAME)
    assert woven(['["', (some, True), '", {}, [null, -Infinity]]']).counts == {"PERSON": 1}
    with pytest.raises(EgressDenied):
        woven(['["secret", "', (some, True), '"]'])


planted = st.sampled_from(PLANTED)
texts = st.builds("".join, st.lists(planted | st.text(max_size=6), max_size=4)).filter(
    lambda text: text.lstrip()[:1] not in ("{", "[")
)
flat = st.none() | st.booleans() | st.integers(-999, 999) | texts
shallow = st.dictionaries(texts, st.lists(flat, max_size=2), min_size=1, max_size=2)
values = st.recursive(
    flat | st.builds(json.dumps, shallow, ensure_ascii=st.booleans()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def unfolded(value: Any) -> Any:
    """With JSON in strings read: how that is escaped may change on the way."""
    if isinstance(value, dict):
        return {key: unfolded(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [unfolded(inner) for inner in value]
    if isinstance(value, str) and value[:1] == "{" and is_json(value):
        return ["JSON", json.loads(value)]
    return value


@settings(max_examples=150, deadline=None)
@given(values, st.booleans())
def test_no_planted_value_stays_and_all_come_back(value: Any, ascii_only: bool) -> None:
    """Whatever JSON they lie in, as a part of a string, as a key, escaped or in JSON within."""
    redacted, restored = both_ways(json.dumps(value, ensure_ascii=ascii_only))
    found = leaves(json.loads(redacted.text))
    assert not [leaf for leaf in found if any(planted in leaf for planted in PLANTED)]
    assert unfolded(json.loads(restored)) == unfolded(value)


@settings(max_examples=80, deadline=None)
@given(st.text(alphabet='{}[]":,\\u0041⟦⟧·ACI2 1\ne-', max_size=50))
def test_nothing_breaks_on_broken_json(text: str) -> None:
    """It ends with a text and no error."""
    assert isinstance(redact_json(text, redactor(Legend("CI2"))), Redacted)
