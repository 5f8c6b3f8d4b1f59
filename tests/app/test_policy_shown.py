"""`policy show`: the policy as it was understood, for a person and for programs; never a key."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from privacy_assistant.app.files import describe_policy
from privacy_assistant.app.paths import Paths, paths_for
from privacy_assistant.core.policy_terms import Backend

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
model = "gpt-4o"
token_command = ["az", "hush"]
[backend.lab]
zone = "lan"
kind = "openai-compatible"
base_url = "http://10.0.0.7:8080/v1"
insecure = true
redact = false
stt_model = "whisper"
tts_model = "voices"
voice = "a"
context_tokens = 4000
[speech]
stt_cloud = "ask"
[escalate]
to_cloud_when = ["asked", "no_local_model"]
[retention]
messages = "36h"
ledger = "365d"
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
    assert (
        "back end    lab: lan, openai-compatible, http://10.0.0.7:8080/v1, hears with whisper, speaks with voices, "
        "nothing redacted, insecure"
    ) in lines
    assert "speech      stt_cloud: ask" in lines
    assert "escalate    asked, no_local_model" in lines
    assert [line for line in lines if line.startswith("retention")] == [
        "retention   messages: 36h",
        "retention   temporary: never written",
        "retention   ledger: 365d",
    ]
    assert "budget      day: 0.50 USD" in lines
    assert "budget      month: 5 USD" in lines
    assert not any(line.startswith("budget      conversation") for line in lines)


def test_every_key_that_a_back_end_may_have_is_shown(paths: Paths) -> None:
    """A key that is read and not shown is one that a person cannot check."""
    called = {
        "deployment": "model",
        "token_command": "key",
        "timeout": "timeout_s",
        "is_insecure": "insecure",
        "is_redacted": "redact",
        "input_price": "prices",
        "output_price": "prices",
    }
    body, _ = describe_policy(paths)
    read = {field.name for field in fields(Backend)} - {"line"}
    assert {called.get(name, name) for name in read} == set(body["backends"][0])


def test_what_was_understood_is_shown_to_programs(paths: Paths) -> None:
    """The same with stable names; where a key is found is told by its kind alone."""
    body, lines = describe_policy(paths)
    assert body["always"] == [{"rule": "category:name", "backend": "openai"}]
    assert body["budget"] == {"day": "0.50 USD", "month": "5 USD"}
    assert body["retention"] == {"messages": 36 * 3600, "temporary": 0, "ledger": 365 * 86400}
    openai, azure, lab = body["backends"]
    assert (lab["redact"], lab["insecure"], lab["context_tokens"], lab["api"]) == (False, True, 4000, "chat")
    assert (openai["key"], openai["timeout_s"]) == ("api_key_command", 90)
    assert openai["prices"] == ["2.50", "10", "USD"]
    assert (azure["key"], azure["model"], azure["timeout_s"], azure["prices"]) == ("token_command", "small", None, None)
    assert "hush" not in str(body) + str(lines)
