"""What a person changes while a question is on its way: the door goes by what the policy says then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from privacy_assistant.core.consent import Answer, Request
from privacy_assistant.core.turn import Zone
from privacy_assistant.errors import EgressDenied, SettingsError
from tests.egress.household import Household, ask, household, policy_of
from tests.egress.servers.capturing import CapturingServer
from tests.fakes import FakeConsent

FRANCE = "What is the capital of France?"


class Meanwhile(FakeConsent):
    """Says yes, after something else has happened."""

    def __init__(self, happens: Callable[[], None], answer: Answer = Answer.ONCE) -> None:
        super().__init__(answer)
        self._happens = happens

    def ask(self, request: Request) -> Answer:
        self._happens()
        return super().ask(request)


@pytest.fixture
def living(home: Path, capturing_server: CapturingServer) -> Household:
    return household(home, policy_of(capturing_server.url, mode="ask"))


@pytest.mark.parametrize("change", ["another mode", "a rule", "gone", "broken"])
def test_a_policy_that_was_changed_while_a_person_was_asked_lets_nothing_leave(
    living: Household, capturing_server: CapturingServer, change: str
) -> None:
    """The yes was to what the old policy let leave; under the new one it is decided anew, with the next question."""
    policy = policy_of(capturing_server.url, mode="ask")

    def happens() -> None:
        if change == "gone":
            (living.home / "policy.toml").unlink()
        elif change == "broken":
            living.writes("policy.toml", "mode =")
        elif change == "a rule":
            rule = '[[rule]]\nname = "france"\nwhen = { text = "France" }\nthen = "stay"'
            living.writes("policy.toml", policy_of(capturing_server.url, mode="ask", top=rule))
        else:
            living.writes("policy.toml", policy.replace('"ask"', '"local-only"'))

    with living.opened(Meanwhile(happens)) as house:
        with pytest.raises(EgressDenied) as caught:
            ask(house, FRANCE, asked="cloud")
        assert caught.value.rule == "gate:policy"
        assert capturing_server.connections == 0
        assert ask(house, FRANCE).reply.decision.zone is Zone.DEVICE
    assert capturing_server.connections == 0


def test_an_always_changes_the_file_and_the_answer_comes(living: Household, capturing_server: CapturingServer) -> None:
    """What the answer itself added to the policy stands in nobody's way, and the next question is not asked about."""
    consent = FakeConsent(Answer.ALWAYS)
    with living.opened(consent) as house:
        first = ask(house, FRANCE, asked="cloud").reply
        assert "[[always]]" in (living.home / "policy.toml").read_text(encoding="utf-8")
        second = ask(house, FRANCE, first.conversation, asked="cloud").reply
    assert (first.decision.zone, second.decision.zone) == (Zone.CLOUD, Zone.CLOUD)
    assert len(consent.requests) == 1
    assert len(capturing_server.requests) == 2


def test_an_always_that_is_taken_out_meanwhile_holds_no_more(
    living: Household, capturing_server: CapturingServer
) -> None:
    """Less than what was decided by is another policy, also where it is an answer for always that is missing."""
    rule = '[[rule]]\nname = "france"\nwhen = { text = "France" }\nthen = "ask"'
    always = '[[always]]\nrule = "mode:ask"\nbackend = "there"\n'
    living.writes("policy.toml", policy_of(capturing_server.url, mode="ask", top=rule, more=always))
    consent = Meanwhile(lambda: living.writes("policy.toml", policy_of(capturing_server.url, mode="ask", top=rule)))
    with living.opened(consent) as house, pytest.raises(EgressDenied) as caught:
        ask(house, FRANCE, asked="cloud")
    assert caught.value.rule == "gate:policy"
    assert len(consent.requests) == 1
    assert capturing_server.connections == 0


def test_a_switch_thrown_in_the_settings_counts_for_the_next_question(
    living: Household, capturing_server: CapturingServer
) -> None:
    """Whoever writes `no_cloud = true` into config.toml while a chat is open means it; a file that is no settings
    is told, and nothing is answered by older ones."""
    with living.opened(FakeConsent(Answer.ONCE)) as house:
        assert ask(house, FRANCE, asked="cloud").reply.decision.zone is Zone.CLOUD
        living.writes("config.toml", "[network]\nno_cloud = true\n")
        with pytest.raises(EgressDenied) as caught:
            ask(house, FRANCE, asked="cloud")
        assert caught.value.rule == "switch:no_cloud"
        living.writes("config.toml", "[network]\nno_cloud = perhaps\n")
        with pytest.raises(SettingsError):
            ask(house, FRANCE)
        living.writes("config.toml", "")
        assert ask(house, FRANCE, asked="cloud").reply.decision.zone is Zone.CLOUD
    assert len(capturing_server.requests) == 2
