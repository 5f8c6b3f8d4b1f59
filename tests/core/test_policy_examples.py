"""`policy test FILE`: the examples that a person writes to see that their policy says what they mean."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from privacy_assistant.core.kinds import Finding, Findings, Kind, Topic
from privacy_assistant.core.policy import Stance, Switches
from privacy_assistant.core.policy_examples import parse_examples, run_examples
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.turn import Label, Origin
from privacy_assistant.errors import SettingsError

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EVERYTHING = frozenset({*(kind.value for kind in Kind), *(topic.value for topic in Topic)})

POLICY = """
[categories]
EMAIL = "local"
[[rule]]
name = "night"
when = { hours = "22:00-07:00" }
then = "refuse"
[[rule]]
name = "voice"
when = { origin = "voice" }
then = "ask"
[[rule]]
name = "not to a"
when = { backend = "a" }
then = "stay"
[backend.a]
zone = "cloud"
kind = "openai"
[backend.b]
zone = "lan"
kind = "openai"
"""

EXAMPLES = '''
[[example]]
text = "what is the capital of France"
expect = "leave"

[[example]]
name = "mail"
text = """write to
a@b.example"""
expect = "stay"

[[example]]
text = "at night"
at = "23:30"
expect = "refuse"

[[example]]
text = "spoken"
origin = "voice"
expect = "ask"

[[example]]
text = "to a"
backend = "a"
expect = "stay"

[[example]]
text = "to b"
backend = "b"
expect = "leave"

[[example]]
text = "labelled"
labels = "stay"
expect = "stay"

[[example]]
text = "offline"
offline = true
expect = "stay"

[[example]]
text = "no cloud"
no_cloud = true
backend = "b"
expect = "leave"

[[example]]
text = "local"
local = true
expect = "stay"
'''


def find(text: str, origin: Origin) -> Findings:
    """Finds one mail address, by its sign."""
    at = text.find("@")
    return Findings() if at < 0 else Findings((Finding(at, at + 1, Kind.EMAIL),))


def test_examples_say_what_the_policy_says() -> None:
    """Every key of an example takes part in its verdict."""
    examples = parse_examples(EXAMPLES, "examples.toml")
    results = run_examples(parse_policy(POLICY, "p"), examples, find, EVERYTHING, NOON)
    assert [result.verdict.stance for result in results] == [example.expect for example in examples]
    assert all(result.passed for result in results)
    assert [example.name for example in examples[:3]] == ["example 1", "mail", "example 3"]
    assert [example.line for example in examples[:2]] == [2, 6]
    assert (examples[2].at, examples[3].origin, examples[4].backend) == (time(23, 30), Origin.VOICE, "a")
    assert examples[6].labels == frozenset({Label.STAY})
    assert [example.switches for example in examples[7:]] == [
        Switches(offline=True),
        Switches(no_cloud=True),
        Switches(local=True),
    ]


def test_an_example_that_is_not_met_is_told() -> None:
    """A wrong expectation does not pass, and carries the verdict that came instead."""
    examples = parse_examples("[[example]]\ntext = 'a@b'\nexpect = 'leave'", "e")
    (result,) = run_examples(parse_policy(POLICY, "p"), examples, find, EVERYTHING, NOON)
    assert not result.passed
    assert (result.verdict.stance, result.verdict.rule) == (Stance.STAY, "category:EMAIL")


def test_what_nothing_can_find_counts_in_examples_too() -> None:
    """Examples see the same finders as a question."""
    examples = parse_examples("[[example]]\ntext = 'a'\nexpect = 'leave'", "e")
    (result,) = run_examples(parse_policy(POLICY, "p"), examples, find, frozenset(), NOON)
    assert result.verdict.rule == "category:EMAIL"


@pytest.mark.parametrize(
    ("text", "line", "key", "says"),
    [
        ("[[example]]\ntext = 'a'", 1, "example[1].expect", "is missing"),
        ("[[example]]\nexpect = 'stay'", 1, "example[1].text", "is missing"),
        (
            "[[example]]\ntext = 'a'\nexpect = 'local'",
            3,
            "example[1].expect",
            "must be one of: leave, ask, stay, refuse",
        ),
        ("[[example]]\ntext = 'a'\nexpect = 'stay'\nat = '25:00'", 4, "example[1].at", "must be a time of day"),
        ("[[example]]\ntext = 'a'\nexpect = 'stay'\norigins = 'x'", 4, "example[1].origins", "is an unknown key"),
        ("examples = 1", 1, "examples", "is an unknown key"),
        ("example = 1", 1, "example", "must be written [[example]]"),
        ("[[", 1, "", "is not TOML"),
    ],
)
def test_a_mistake_in_an_example_names_its_line_and_key(text: str, line: int, key: str, says: str) -> None:
    """Examples are read with the same care as a policy."""
    with pytest.raises(SettingsError) as caught:
        parse_examples(text, "examples.toml")
    assert (caught.value.line, caught.value.key) == (line, key)
    assert says in caught.value.message


def test_the_text_of_an_example_is_in_no_repr() -> None:
    """Examples are made of a person's own words."""
    assert "hush" not in repr(parse_examples("[[example]]\ntext = 'hush'\nexpect = 'stay'", "e"))
