"""What steers a cloud leaves the environment at the start, and no child process sees it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from privacy_assistant.app import environment
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.faces.cli import invocation

_READ = re.compile(r"""(?:environ(?:\.get)?\s*[\[(]|getenv\()\s*["']([A-Z][A-Z0-9_]+)["']""")

HARMLESS = {
    "AWS_DEFAULT_REGION": "a region of a service that is not used",
    "AWS_REGION": "the same",
    "DEFER_PYDANTIC_BUILD": "when the SDK's classes are built",
    "GOOGLE_CLOUD_LOCATION": "a region of a service that is not used",
    "GOOGLE_CLOUD_PROJECT": "a name for a service that is not used",
}
"""Variables that the installed SDK reads and that carry no key, no address and no header for what we use of it."""


@pytest.fixture(autouse=True)
def nothing_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has just begun."""
    monkeypatch.setattr(environment, "_taken", {})


def test_every_variable_that_the_installed_sdk_reads_is_taken_or_known_to_be_harmless() -> None:
    """The SDK's own source is searched, so that a later version with one more variable is noticed."""
    spec = find_spec("openai")
    assert spec is not None
    assert spec.origin is not None
    read = {
        name
        for file in Path(spec.origin).parent.rglob("*.py")
        for name in _READ.findall(file.read_text(encoding="utf-8"))
    }
    assert {"OPENAI_API_KEY", "OPENAI_BASE_URL", "OPENAI_CUSTOM_HEADERS", "AZURE_OPENAI_AD_TOKEN"} <= read
    assert {name for name in read if not environment.steers_a_cloud(name)} <= set(HARMLESS)


def test_what_is_taken_is_gone_for_this_process_and_its_children(monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that is started afterwards sees neither the always-taken ones nor the one that was named."""
    for name in ("OPENAI_API_KEY", "OPENAI_LATER_VERSION", "AZURE_OPENAI_API_KEY", "LAB_TOKEN"):
        monkeypatch.setenv(name, f"value of {name}")
    monkeypatch.setenv("UNRELATED", "stays")
    environment.take_out(["LAB_TOKEN", "NOT_THERE"])
    child = subprocess.run(
        [sys.executable, "-c", "import os; print(*os.environ)"], capture_output=True, text=True, check=True
    )
    assert "UNRELATED" in child.stdout.split()
    assert not {"OPENAI_API_KEY", "OPENAI_LATER_VERSION", "AZURE_OPENAI_API_KEY", "LAB_TOKEN"} & {
        *child.stdout.split(),
        *os.environ,
    }
    assert environment.taken()["LAB_TOKEN"] == "value of LAB_TOKEN"
    assert "NOT_THERE" not in environment.taken()


def test_the_command_line_takes_them_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """`take_secrets` is the first thing a run does; what it took is there for the back ends."""
    monkeypatch.setattr(invocation, "_taken", [])
    monkeypatch.setenv("OPENAI_API_KEY", "sk-from-the-shell")
    monkeypatch.setenv("OPENAI_BASE_URL", "https://elsewhere.example")
    view = environment.taken()
    invocation.take_secrets()
    assert "OPENAI_API_KEY" not in os.environ
    assert "OPENAI_BASE_URL" not in os.environ
    assert view["OPENAI_API_KEY"] == "sk-from-the-shell"
    invocation.take_secrets()
    assert view["OPENAI_API_KEY"] == "sk-from-the-shell"


def test_the_variables_of_a_policy_are_those_of_its_back_ends() -> None:
    """Each once, in order; a keyring's entry and a command are no variables."""
    policy = parse_policy(
        """
        [backend.one]
        zone = "lan"
        kind = "openai-compatible"
        base_url = "https://one.example/v1"
        api_key_env = "LAB_TOKEN"
        [backend.two]
        zone = "lan"
        kind = "openai-compatible"
        base_url = "https://two.example/v1"
        api_key_keyring = "two"
        [backend.three]
        zone = "cloud"
        kind = "openai"
        model = "m"
        api_key_env = "LAB_TOKEN"
        """,
        "policy.toml",
    )
    assert environment.variables_of(policy) == ("LAB_TOKEN",)
