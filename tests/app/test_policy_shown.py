"""`policy show`: the policy as it was understood, for a person and for programs; never a key."""

from __future__ import annotations

from pathlib import Path

import pytest

from privacy_assistant.app.files import describe_policy
from privacy_assistant.app.paths import Paths, paths_for

WRITTEN = """
[[always]]
rule = "category:name"
backend = "openai"
[categories]
name = "ask"
[backend.openai]
zone = "cloud"
kind = "openai"
model = "gpt-4o"
timeout = "90s"
api_key_command = ["pass", "show", "hush"]
[backend.azure]
zone = "cloud"
kind = "azure"
base_url = "https://mine.openai.azure.com"
deployment = "small"
token_command = ["az", "hush"]
[budget]
day = "0.50 USD"
month = "5 USD"
"""


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    """A home with this policy."""
    paths = paths_for(tmp_path / "home")
    paths.policy.parent.mkdir(parents=True, mode=0o700)
    paths.policy.write_text(WRITTEN, encoding="utf-8")
    paths.policy.chmod(0o600)
    return paths


def test_what_was_understood_is_shown_to_a_person(paths: Paths) -> None:
    """Always, back ends with address, time-out and prices, and the limits."""
    _, lines = describe_policy(paths)
    assert "always      category:name: openai" in lines
    assert (
        "back end    openai: cloud, openai, https://api.openai.com/v1, gpt-4o, silent for at most 90 s, "
        "2.50 and 10 USD for a million tokens"
    ) in lines
    assert "back end    azure: cloud, azure, https://mine.openai.azure.com, small" in lines
    assert "budget      day: 0.50 USD" in lines
    assert "budget      month: 5 USD" in lines
    assert not any(line.startswith("budget      conversation") for line in lines)


def test_what_was_understood_is_shown_to_programs(paths: Paths) -> None:
    """The same with stable names; where a key is found is told by its kind alone."""
    body, lines = describe_policy(paths)
    assert body["always"] == [{"rule": "category:name", "backend": "openai"}]
    assert body["budget"] == {"day": "0.50 USD", "month": "5 USD"}
    openai, azure = body["backends"]
    assert (openai["key"], openai["timeout_s"]) == ("api_key_command", 90)
    assert openai["prices"] == ["2.50", "10", "USD"]
    assert (azure["key"], azure["model"], azure["timeout_s"], azure["prices"]) == ("token_command", "small", None, None)
    assert "hush" not in str(body) + str(lines)
