"""Back ends as a house makes them: closed where there is no ledger, and nothing loaded where there are none."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from privacy_assistant.app import environment
from privacy_assistant.app.elsewhere import NO_LEDGER, Elsewhere, beyond
from privacy_assistant.core.kinds import Findings
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.policy_terms import Policy
from privacy_assistant.vault.memory import MemoryDrawer

AZURE = """
[backend.azure]
zone = "cloud"
kind = "azure"
base_url = "https://mine.openai.azure.com"
deployment = "small"
model = "gpt-4o"
api_key_env = "MY_AZURE_KEY"
"""
EAR = '[backend.ear]\nzone = "device"\nkind = "wyoming"\nbase_url = "tcp://127.0.0.1:10300"\n'


def without_ledger(policy: Policy) -> Elsewhere:
    """What is beyond this device, where there is no key store."""
    return beyond(lambda: policy, ledger=None, rescan=lambda _: Findings(), drawer=MemoryDrawer(), tokens=None)


def test_without_a_ledger_every_door_is_closed_and_says_what_to_do() -> None:
    """Routing sees the back end by the name that it would be asked for, and why it is not taken."""
    (door,) = without_ledger(parse_policy(AZURE, "policy.toml")).models
    assert door.why_not() == NO_LEDGER
    assert "key init" in NO_LEDGER
    assert (door.info.name, door.info.model, door.info.host) == ("azure", "small", "mine.openai.azure.com")


def test_the_variables_of_a_policy_leave_the_environment_also_without_a_ledger(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that is started from here inherits no key, whether anything may leave or not."""
    monkeypatch.setattr(environment, "_taken", {})
    monkeypatch.setenv("MY_AZURE_KEY", "sk-test")
    without_ledger(parse_policy(AZURE, "policy.toml"))
    assert "MY_AZURE_KEY" not in os.environ
    assert environment.taken() == {"MY_AZURE_KEY": "sk-test"}


def test_what_only_hears_and_speaks_is_asked_no_question() -> None:
    """A Wyoming server is none of the models."""
    assert without_ledger(parse_policy(EAR, "policy.toml")).models == ()


def test_a_house_without_back_ends_loads_none_of_the_door() -> None:
    """The first answer waits for what is imported; what no question needs is left for the first that does."""
    listed = "import sys, privacy_assistant.faces.cli.opening; print(*(n for n in sys.modules if n.count('.')))"
    child = subprocess.run([sys.executable, "-c", listed], capture_output=True, text=True, check=True)
    loaded = set(child.stdout.split())
    assert "privacy_assistant.app.elsewhere" in loaded
    unused = {
        "egress.gate",
        "egress.cloud",
        "egress.reach",
        "egress.dialects",
        "app.api_keys",
        "faces.parcel_view",
        "core.reply_words",
    }
    assert not {f"privacy_assistant.{name}" for name in unused} & loaded
