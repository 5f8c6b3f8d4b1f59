"""What `doctor` says of back ends: everything but the key itself, and nothing is sent or started."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from privacy_assistant.app import cloud_checks, environment
from privacy_assistant.app.checks import run_checks
from privacy_assistant.app.paths import paths_for
from privacy_assistant.app.proofs import Check

KEY = "sk-test-0123456789"
FAR = '[backend.far]\nzone = "cloud"\nkind = "openai"\nmodel = "gpt-4o"\n'
LAB = '[backend.lab]\nzone = "lan"\nkind = "openai-compatible"\nbase_url = "https://10.0.0.7:8080/v1"\nmodel = "m"\n'


@pytest.fixture(autouse=True)
def nothing_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has just begun."""
    monkeypatch.setattr(environment, "_taken", {})


def checks(home: Path, text: str) -> list[Check]:
    """What is said under this policy."""
    file = home / "policy.toml"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)
    return list(cloud_checks.back_ends(paths_for(home)))


def test_without_back_ends_there_is_nothing_to_say(home: Path) -> None:
    """Neither about a policy without one nor about a policy that cannot be read."""
    assert list(cloud_checks.back_ends(paths_for(home))) == []
    assert checks(home, 'mode = "ask"\n') == []
    assert checks(home, FAR + "mistake = 1\n") == []


def test_zone_host_model_and_the_place_of_the_key_are_said(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key is in no line, and its variable has left the environment."""
    monkeypatch.setenv("FAR_KEY", KEY)
    said = checks(home, FAR + 'api_key_env = "FAR_KEY"\n' + LAB)
    assert said[0] == Check("back end", "ok", "far: cloud, api.openai.com, openai, gpt-4o, key in the environment")
    assert Check("back end", "ok", "lab: lan, 10.0.0.7:8080, openai-compatible, m, no key needed") in said
    assert KEY not in repr(said)
    assert not [check for check in said if check.state == "fault"]


def test_a_key_that_is_missing_is_a_note_with_a_remedy(home: Path) -> None:
    """This machine answers without it, so nothing is broken."""
    said = checks(home, FAR + 'api_key_env = "FAR_KEY"\n')
    (note,) = [check for check in said if "FAR_KEY" in check.says]
    assert (note.state, "key token set far" in note.remedy) == ("note", True)


def test_a_sealed_key_is_not_looked_for(home: Path) -> None:
    """Doctor opens no key store, and says so."""
    said = checks(home, FAR)
    assert "which is not open" in said[0].says
    assert said[0].state == "ok"


def test_a_command_is_not_run(home: Path, tmp_path: Path) -> None:
    """That it is there is all that is known."""
    sign = tmp_path / "sign"
    words = [sys.executable, "-c", f"open({str(sign)!r}, 'w')"]
    said = checks(home, FAR + f"api_key_command = {json.dumps(words)}\n")
    assert "key by a command that was not run" in said[0].says
    assert not sign.exists()


def test_a_deployment_is_named_by_its_own_name(home: Path) -> None:
    """It is what requests name; the model behind it has other last days in Azure, so none is said."""
    azure = '[backend.az]\nzone = "cloud"\nkind = "azure"\nbase_url = "https://mine.openai.azure.com"\n'
    said = checks(home, azure + 'deployment = "small"\nmodel = "gpt-4o"\n')
    assert said[0].says.startswith("az: cloud, mine.openai.azure.com, azure, small,")
    assert not any("gpt-4o" in check.says for check in said)


def test_a_last_day_is_said_once(home: Path) -> None:
    """By the check of the policy, which has the table of models; not a second time for the back end."""
    (home / "policy.toml").write_text(FAR, encoding="utf-8")
    (home / "policy.toml").chmod(0o600)
    said = run_checks(paths_for(home), wants_latency=False, wants_network=False)
    assert len([check for check in said if "gpt-4o ends on" in check.says or "gpt-4o ended on" in check.says]) == 1


def test_a_host_of_another_protocol_is_named(home: Path) -> None:
    """Wyoming speaks over plain TCP and needs no key."""
    said = checks(home, '[backend.ear]\nzone = "device"\nkind = "wyoming"\nbase_url = "tcp://127.0.0.1:10300"\n')
    assert said == [Check("back end", "ok", "ear: device, 127.0.0.1:10300, wyoming, no key needed")]


def test_the_way_out_is_read_from_the_routing_table(home: Path) -> None:
    """One line, never a fault: being offline breaks nothing."""
    (way,) = [check for check in checks(home, FAR) if check.name == "reach"]
    assert way.state in ("ok", "note")
