"""The first line of a chat says what may leave, by everything that settles it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from privacy_assistant.app.house import House
from privacy_assistant.app.opening import Opening
from tests.egress.household import household, policy_of

LAB = '[backend.lab]\nzone = "lan"\nkind = "openai-compatible"\nbase_url = "http://127.0.0.1:9/v1"\nmodel = "m"\n'
EAR = '[backend.ear]\nzone = "lan"\nkind = "wyoming"\nbase_url = "tcp://127.0.0.1:9"\n'
POLICY = policy_of("http://127.0.0.1:9/v1", more=LAB + EAR)
NOTHING = "nothing leaves this machine"


def test_those_who_may_be_asked_are_named(home: Path) -> None:
    """One that hears and speaks is asked no question."""
    with household(home, POLICY).opened() as house:
        assert "may ask there, lab ·" in house.greeting()


@pytest.mark.parametrize(
    ("switch", "variable", "says"),
    [
        ({"no_cloud": True}, {}, "may ask lab ·"),
        ({}, {"PRIVACY_ASSISTANT_NO_CLOUD": "1"}, "may ask lab ·"),
        ({"offline": True}, {}, NOTHING),
        ({}, {"PRIVACY_ASSISTANT_OFFLINE": "1"}, NOTHING),
    ],
)
def test_a_switch_counts_wherever_it_was_set(
    home: Path, switch: dict[str, Any], variable: dict[str, str], says: str
) -> None:
    """On the command line or in the environment."""
    with household(home, POLICY).opened(environment=variable, **switch) as house:
        assert says in house.greeting()


def test_a_setting_and_a_mode_count_too(home: Path) -> None:
    """What config.toml switches, and a policy that is local-only."""
    made = household(home, POLICY)
    made.writes("config.toml", "[network]\noffline = true\n")
    with made.opened() as house:
        assert NOTHING in house.greeting()
    made.writes("config.toml", "")
    made.writes("policy.toml", policy_of("http://127.0.0.1:9/v1", mode="local-only"))
    with made.opened() as house:
        assert NOTHING in house.greeting()


def test_without_a_ledger_nothing_leaves(home: Path) -> None:
    """And nobody is named who could be asked then."""
    with household(home, POLICY).scripted(), House(Opening(home=home, is_ephemeral=True)) as house:
        assert NOTHING in house.greeting()
