"""What a text is about decides where it may be answered."""

from __future__ import annotations

from tests.faces.conftest import Person

_BACK_END = """
[backend.lab]
zone = "lan"
kind = "openai-compatible"
api = "chat"
model = "m"
base_url = "http://127.0.0.1:9/v1"
"""


def with_template(person: Person) -> None:
    """The policy that `policy init` writes, and a back end to leave to."""
    assert person.types("policy", "init", with_key=False).code == 0
    policy = (person.home / "policy.toml").read_text(encoding="utf-8")
    person.writes_policy(policy.replace("\n# [backend.lab]", f"{_BACK_END}\n# [backend.lab]", 1))


def test_a_question_about_health_stays_here_under_the_template(person: Person) -> None:
    """The template lists health as local, and something can find it now."""
    with_template(person)
    shown = person.types("route", "--cloud", "my doctor says my blood sugar is too high", "--json").json
    assert shown["verdict"] == "stay"
    assert shown["rule"] == "category:health"
    assert shown["findings"] == {"health": 1}


def test_a_question_about_nothing_private_may_leave_under_the_template(person: Person) -> None:
    """A topic that is listed as local keeps what is on it, not everything."""
    with_template(person)
    shown = person.types("route", "--cloud", "what is the capital of France", "--json").json
    assert shown["verdict"] == "leave"
    assert not {"health", "legal", "sexual", "political"} & set(shown["findings"])


def test_nothing_in_the_template_is_beyond_our_finders(person: Person) -> None:
    """`policy check` warned of health as long as nothing could find it."""
    with_template(person)
    shown = person.types("policy", "check", with_key=False)
    assert shown.code == 0
    assert "nothing can find" not in shown.out + shown.err
