"""Questions to a cloud at the command line: what left, what came back, what is told when it may not or cannot."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.egress.household import KEY, KEY_VARIABLE, Household, policy_of
from tests.egress.servers.capturing import CapturingServer, name_placeholders
from tests.egress.servers.llama_server import running_llama_server
from tests.faces.conftest import Person
from tests.faces.test_cli_ask import ASK_JSON
from tests.fakes import FakeLocalModel

CAPITAL = "What is the capital of France?"
NAME, MAIL, CARD = "Anna Okafor", "anna.okafor@example.org", "4111 1111 1111 1111"
LETTER = f"Write to {NAME} at {MAIL}, please: my card {CARD} was charged twice."
HERE = "The answer of this machine."
PRICES = 'input_price = "1 USD"\noutput_price = "2 USD"'
FIRST = "conversations are kept for 30 days after their last message ([retention] in policy.toml)"
"""Said once, after the first answer of a home."""


@pytest.fixture
def asker(person: Person, capturing_server: CapturingServer) -> Iterator[Person]:
    """A person whose policy prefers the capturing server, and whose own model always says the same."""
    capturing_server.answer = name_placeholders
    person.writes_policy(policy_of(capturing_server.url))
    with Household(person.home, FakeLocalModel(HERE)).scripted():
        yield person


def strings_of(server: CapturingServer) -> str:
    """Everything of every request that came, escapes undone."""
    return "\n".join(
        part
        for request in server.requests
        for part in (request.target, repr(request.headers), request.body.decode(), *request.strings)
    )


# ---------------------------------------------------------------- what leaves and what comes back


def test_a_name_an_address_and_a_card_leave_as_placeholders_and_come_back(
    asker: Person, capturing_server: CapturingServer
) -> None:
    """The server sees a placeholder for each and none of them, the answer on the screen has all three."""
    shown = asker.types("ask", LETTER)
    assert shown.code == 0
    assert shown.out == f"You wrote of {NAME}, {MAIL}, {CARD}.\n"
    assert "[cloud there (3 redacted) · model · mode:cloud-first · found " in shown.err
    [request] = capturing_server.requests
    for kind in ("PERSON", "EMAIL", "CARD"):
        assert f"⟦{kind}·" in request.question
    seen = strings_of(capturing_server)
    for value in (*NAME.split(), MAIL, CARD, CARD.replace(" ", "")):
        assert value not in seen
    assert request.header("authorization") == f"Bearer {KEY}"
    assert KEY not in shown.out + shown.err
    assert KEY.encode() not in asker.every_byte()


def test_the_next_question_of_a_conversation_masks_the_restored_answer_again(
    asker: Person, capturing_server: CapturingServer
) -> None:
    """What came back in clear is kept in clear here, and leaves with the same placeholders as before."""
    asker.types("ask", LETTER)
    assert asker.types("ask", "And what did I tell you of the card?", "--continue").code == 0
    first, second = capturing_server.requests
    assert first.question in [text for _, text in second.messages]
    seen = strings_of(capturing_server)
    assert not any(value in seen for value in (*NAME.split(), MAIL, CARD))


def test_explain_prints_the_exact_bytes_that_left(asker: Person, capturing_server: CapturingServer) -> None:
    """Byte for byte what the server got, with the line of the ledger about it, for a person and for a program."""
    asker.types("ask", LETTER)
    [request] = capturing_server.requests
    shown = asker.types("explain", "last")
    assert request.body.decode() in shown.out.splitlines()
    assert "sent to there, " in shown.out
    assert "ledger 1" in shown.out.splitlines()
    body = asker.types("explain", "--json").json
    [attempt] = body["sent"]
    assert attempt["body"].encode() == request.body
    assert (attempt["left"], attempt["ledger"], attempt["backend"]) == (True, [1], "there")
    line = body["ledger_line"]
    assert line["destination"] == f"POST {capturing_server.url}/chat/completions"
    assert (line["bytes"], line["payload_mac"]) == (len(request.body), attempt["mac"])
    assert line["counts"] == {"PERSON": 1, "EMAIL": 1, "CARD": 1}
    assert (body["answered_by"], body["zone"], body["redacted"], body["is_answered"]) == ("there", "cloud", 3, True)


def test_the_ledger_counts_what_left_and_is_whole(asker: Person) -> None:
    """A line for each question that left, none for the one that stayed."""
    asker.types("ask", CAPITAL)
    asker.types("ask", CAPITAL, "--local")
    asker.types("ask", LETTER)
    assert asker.types("ledger", "verify", "--json").json == {"verified": 2}
    lines = asker.types("ledger", "list", "--json").json["lines"]
    assert [line["counts"] for line in lines] == [{}, {"PERSON": 1, "EMAIL": 1, "CARD": 1}]


def test_programs_get_where_it_was_answered_and_what_it_cost(asker: Person, capturing_server: CapturingServer) -> None:
    """The fields of the contract, one object on standard output, nothing beside it."""
    asker.writes_policy(policy_of(capturing_server.url, more=PRICES))
    shown = asker.types("ask", LETTER, "--json")
    body = shown.json
    assert set(body) >= ASK_JSON
    assert (body["answered_by"], body["zone"], body["model"], body["wanted"]) == ("there", "cloud", "model", "cloud")
    assert (body["redacted"], body["ledger"], body["turn"], body["is_cut"]) == (3, 1, 1, False)
    assert body["answer"] == f"You wrote of {NAME}, {MAIL}, {CARD}."
    assert body["usage"]["completion_tokens"] == 7
    assert body["cost"] == "0.000025 USD"
    assert shown.err.splitlines() == [FIRST]


# ---------------------------------------------------------------- when it cannot


def test_a_real_server_that_was_killed_is_answered_for_by_the_embedded_model(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Answered there while it runs; then here, with the badge and the reason, and with --cloud not at all (exit 5)."""
    (person.home / "config.toml").write_text("[persona]\ntemperature = 0.0\nmax_tokens = 16\n", encoding="utf-8")
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    with running_llama_server() as server:
        person.writes_policy(policy_of(server.url, more="context_tokens = 1024"))
        body = person.types("ask", CAPITAL, "--cloud", "--json").json
        assert "Paris" in body["answer"]
        assert (body["answered_by"], body["zone"]) == ("there", "cloud")
        server.process.kill()
        server.process.wait()
        shown = person.types("ask", CAPITAL)
        assert shown.code == 0
        assert "Paris" in shown.out
        told, badge = shown.err.splitlines()
        assert told == (
            "there: it takes no connection; answered on this device · check that it runs, and base_url in the policy"
        )
        assert badge.startswith("[local · ")
        assert person.types("explain", "--json").json["reasons"][0] == "there: it takes no connection"
        shown = person.types("ask", CAPITAL, "--cloud")
    assert (shown.code, shown.out) == (5, "")
    assert shown.err.startswith(
        "privacy-assistant: nobody to ask: there: it took no connection a moment ago (again in "
    )


def test_a_program_is_told_of_a_server_that_is_down_in_one_object(
    asker: Person, capturing_server: CapturingServer
) -> None:
    """Exit 5 with code, kind and remedy; the question is kept."""
    capturing_server.close()
    shown = asker.types("ask", CAPITAL, "--cloud", "--json")
    assert shown.code == 5
    assert shown.json["error"] == {
        "code": 5,
        "kind": "Unreachable",
        "message": "there: it takes no connection",
        "hint": "check that it runs, and base_url in the policy",
        "rule": "",
    }
    assert len(asker.types("history", "search", "capital", "--json").json) == 1
    explained = asker.types("explain").out
    assert "not answered" in explained
    assert "nothing left this machine" in explained
    assert "it came to no connection" in explained
    assert "sent to" not in explained


# ---------------------------------------------------------------- when it may not


def test_local_only_makes_no_connection(asker: Person, capturing_server: CapturingServer) -> None:
    """With a server that would answer: asked, asked for the cloud, looked at by route and doctor."""
    asker.writes_policy(policy_of(capturing_server.url, mode="local-only"))
    assert asker.types("ask", CAPITAL).out == f"{HERE}\n"
    assert asker.types("ask", CAPITAL, "--cloud", "--yes-redacted").code == 4
    assert asker.types("route", CAPITAL).code == 0
    asker.types("doctor")
    assert capturing_server.connections == 0
    assert asker.types("ledger", "verify", "--json").json == {"verified": 0}


REFUSALS = {
    "a rule": ('[[rule]]\nname = "no letters"\nwhen = { text = "(?i)write to" }\nthen = "stay"', "no letters"),
    "a rule that refuses": ('[[rule]]\nname = "never"\nwhen = { text = "card" }\nthen = "refuse"', "never"),
    "a category": ('[categories]\nCARD = "local"', "CARD"),
    "nobody asks": ('[escalate]\nto_cloud_when = ["no_local_model"]', "escalate:asked"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_cloud_against_the_policy_is_exit_four(name: str, asker: Person, capturing_server: CapturingServer) -> None:
    """The rule is named, not one connection is made, and without --cloud this machine answers."""
    top, rule = REFUSALS[name]
    mode = "local-first" if name == "nobody asks" else "cloud-first"
    asker.writes_policy(policy_of(capturing_server.url, mode=mode, top=top))
    error = asker.types("ask", LETTER, "--cloud", "--json").json["error"]
    assert error["code"] == 4
    assert rule in error["rule"]
    assert error["hint"]
    shown = asker.types("ask", LETTER)
    assert (shown.code, shown.out) == (0, f"{HERE}\n")
    assert "[local · " in shown.err
    assert capturing_server.connections == 0


def test_a_cloud_over_the_budget_is_exit_six(asker: Person, capturing_server: CapturingServer) -> None:
    """Before it leaves; without --cloud this machine answers and says why. What is under the limit passes."""
    policy = policy_of(capturing_server.url, more=f'{PRICES}\n[budget]\nday = "0.0001 USD"')
    asker.writes_policy(policy)
    shown = asker.types("ask", CAPITAL, "--cloud")
    assert (shown.code, shown.out) == (6, "")
    assert shown.err.startswith("privacy-assistant: not sent: it would pass the budget for the day, 0.0001 USD · ")
    shown = asker.types("ask", CAPITAL)
    assert (shown.code, shown.out) == (0, f"{HERE}\n")
    assert "it would pass the budget for the day, 0.0001 USD; answered on this device" in shown.err
    assert capturing_server.connections == 0
    asker.writes_policy(policy.replace("0.0001 USD", "0.01 USD"))
    assert asker.types("ask", CAPITAL, "--cloud").code == 0


def test_a_cloud_of_unknown_price_is_over_every_budget(asker: Person, capturing_server: CapturingServer) -> None:
    """What cannot be told under a limit is not sent."""
    asker.writes_policy(policy_of(capturing_server.url, more='[budget]\nmonth = "100 USD"'))
    shown = asker.types("ask", CAPITAL, "--cloud", "--json")
    assert (shown.code, shown.json["error"]["kind"]) == (6, "BudgetExceeded")
    assert "its cost is not known" in shown.json["error"]["message"]
    assert capturing_server.connections == 0


def test_without_a_terminal_nobody_can_agree(asker: Person, capturing_server: CapturingServer) -> None:
    """A policy that asks: this machine answers and says why, --cloud is exit 4, and a script may say yes beforehand."""
    asker.writes_policy(policy_of(capturing_server.url, top='[categories]\nEMAIL = "ask"'))
    shown = asker.types("ask", LETTER)
    assert (shown.code, shown.out) == (0, f"{HERE}\n")
    assert "not sent: the policy asks, and nobody agreed; answered on this device\n" in shown.err
    shown = asker.types("ask", LETTER, "--cloud", "--json")
    assert (shown.code, shown.json["error"]["kind"]) == (4, "ConsentMissing")
    assert capturing_server.connections == 0
    shown = asker.types("ask", LETTER, "--yes-redacted")
    assert (shown.code, shown.out) == (0, f"You wrote of {NAME}, {MAIL}, {CARD}.\n")
    assert MAIL not in strings_of(capturing_server)


@pytest.mark.parametrize("switch", ["--offline", "--no-cloud"])
def test_a_hard_switch_makes_no_connection(switch: str, asker: Person, capturing_server: CapturingServer) -> None:
    """As an option, and by its variable; the explanation names it."""
    shown = asker.types(switch, "ask", CAPITAL)
    assert (shown.code, shown.out) == (0, f"{HERE}\n")
    assert asker.types("explain", "--json").json["zone"] == "device"
    shown = asker.types("ask", CAPITAL, "--cloud", switch, "--json")
    assert shown.code in (4, 5)
    assert shown.json["error"]["message"]
    variable = f"PRIVACY_ASSISTANT_{switch.strip('-').replace('-', '_').upper()}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(variable, "1")
        assert asker.types("ask", CAPITAL).out == f"{HERE}\n"
    assert capturing_server.connections == 0
    assert asker.types("ask", CAPITAL).out == "You wrote of nobody.\n"


def test_route_shows_what_would_leave_and_sends_nothing(asker: Person, capturing_server: CapturingServer) -> None:
    """A dry run names the back end and the redacted text."""
    body = asker.types("route", LETTER, "--json").json
    assert body["verdict"] == "leave"
    assert "⟦CARD·" in body["redacted"]
    assert json.dumps(body).find(MAIL) == -1
    assert capturing_server.connections == 0
