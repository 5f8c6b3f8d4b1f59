"""Leaks that other assistants had, each by its number, kept out of this one: what is sent, by whom, and when.

On a real house, with a server of this machine declared a cloud. Where one is tested elsewhere: what redactors missed
in `test_bugs_of_redactors` here and in tests/core; libraries that phone home by running the whole suite where no
network is (tests/architecture/test_without_network); the history of a line editor (ollama 3002, 12081) by
tests/faces/test_terminal. A page with a title (open-webui 17847) is not there yet.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from pathlib import Path

import pytest

from privacy_assistant.core.turn import Label, Zone
from privacy_assistant.errors import EngineFailed, EngineMissing, ExitCode, Unreachable
from privacy_assistant.faces.cli import invocation, run
from privacy_assistant.ports import LocalModel
from tests.egress.household import Household, ask, household, policy_of
from tests.egress.servers.capturing import CapturingServer, Plain, echo
from tests.egress.servers.openai_shapes import error
from tests.fakes import FakeLocalModel

FRANCE = "What is the capital of France?"
CARD = "4111 1111 1111 1111"
CARD_STAYS = '[categories]\nCARD = "local"'


def sent_to(server: CapturingServer) -> str:
    """Everything of every request that came: targets, headers, bodies with their escapes undone."""
    parts = []
    for request in server.requests:
        parts += [request.target, repr(request.headers), request.body.decode("utf-8"), *request.strings]
    return "\n".join(parts)


def types(house: Household, *arguments: str) -> int:
    """Type one command in this process."""
    return run(["--home", str(house.home), "--key-file", str(house.key_file), *arguments])


@pytest.fixture(autouse=True)
def nobody_typed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """No passphrase is left over in this process."""
    monkeypatch.setattr(invocation, "_taken", [])


# ---------------------------------------------------------------- what is sent besides the question


def test_opencode_15854_and_chatwise_769_titles_and_summaries_ask_nobody(
    home: Path, capturing_server: CapturingServer
) -> None:
    """Twenty turns in local-only: every conversation has its title, and there is not one connection."""
    model = FakeLocalModel(*(f"Answer {number}." for number in range(20)))
    living = household(home, policy_of(capturing_server.url, mode="local-only"), model)
    with living.opened() as house:
        first = ask(house, "Tell me about bread.")
        for number in range(19):
            ask(house, f"And what of flour number {number}?", first.reply.conversation)
        ask(house, "A second one begins.")
        titles = [conversation.title for conversation in house.history.conversations()]
    with living.opened() as house:
        assert len(house.history.messages(first.reply.conversation)) == 40
    assert sorted(titles) == ["A second one begins.", "Tell me about bread."]
    assert len(model.requests) == 21
    assert capturing_server.connections == 0


def test_openai_codex_41711_nothing_but_questions_is_sent(home: Path, capturing_server: CapturingServer) -> None:
    """One request for each question that leaves, none for a title, a memory or the end of a conversation; and what was
    ruled to stay is in none of them, today or after the house was opened again."""
    living = household(home, policy_of(capturing_server.url, top=CARD_STAYS))
    capturing_server.answer = "Paris is the capital of France."
    with living.opened() as house:
        first = ask(house, FRANCE)
        kept = ask(house, f"My card {CARD} pays for the garden gnomes.", first.reply.conversation)
        labels = [stored.message.label for stored in house.history.messages(first.reply.conversation)]
    with living.opened() as house:
        for question in (FRANCE, "And where is that?", "What else is there to see?"):
            ask(house, question, first.reply.conversation)
    assert kept.reply.decision.zone is Zone.DEVICE
    assert labels == [Label.FREE, Label.FREE, Label.STAY, Label.STAY]
    assert len(capturing_server.requests) == 4
    for secret in (CARD, "4111", "gnomes", "The answer of this machine."):
        assert secret not in sent_to(capturing_server)


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_open_webui_13481_profile_persona_and_file_names_are_in_no_request(
    api: str, home: Path, capturing_server: CapturingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The persona's own text goes along with its personal values masked; the profile and names of files never do."""
    living = household(home, policy_of(capturing_server.url, api=api))
    living.writes("config.toml", '[persona]\nsystem = "Serve Philippa Ashgrove (pip@ashgrove.example). Be brief."\n')
    living.lists("Project Falcon", "Quillfeather", "14 Larkspur Mews")
    scan = tmp_path / "Ashgrove-diagnosis-quillfeather.txt"
    scan.write_text("Sent from 14 Larkspur Mews, about project falcon.\n", encoding="utf-8")
    capturing_server.answer = echo
    with living.scripted():
        code = types(living, "ask", "--cloud", "--file", str(scan), "What would quillfeather say to this?")
    shown = capsys.readouterr()
    assert code == ExitCode.OK
    assert "14 Larkspur Mews, about project falcon" in shown.out
    sent = sent_to(capturing_server).lower()
    assert "be brief." in sent
    for secret in ("ashgrove", "philippa", "falcon", "quillfeather", "larkspur", "diagnosis", str(home), str(tmp_path)):
        assert secret.lower() not in sent
    assert not any("tools" in body for body in capturing_server.bodies)


def test_openai_codex_41711_a_switch_of_the_model_says_what_goes_along(
    home: Path, capturing_server: CapturingServer
) -> None:
    """Asked here first and then there: the notice counts what leaves and what stays, and the parcel agrees."""
    living = household(home, policy_of(capturing_server.url, mode="local-first", top=CARD_STAYS))
    with living.opened() as house:
        first = ask(house, "Is Rosalind Featherstonehaugh a good name?")
        conversation = first.reply.conversation
        ask(house, "Which tree is the oldest?", conversation)
        ask(house, f"The card {CARD} is for the garden gnomes.", conversation)
        assert capturing_server.connections == 0
        switched = ask(house, FRANCE, conversation, asked="cloud")
    assert switched.notices[0] == "4 earlier messages go along to there, 2 stay here, 1 personal parts are masked"
    assert len(capturing_server.requests[0].messages) == 6  # the system's, four, the question
    for secret in (CARD, "gnomes", "Rosalind", "Featherstonehaugh"):
        assert secret not in sent_to(capturing_server)
    assert "Which tree is the oldest?" in sent_to(capturing_server)


# ---------------------------------------------------------------- who answers in the place of whom


@pytest.mark.parametrize("broken", [EngineFailed("the model broke"), EngineMissing("there is no model")])
@pytest.mark.parametrize(
    ("mode", "question", "option"),
    [
        ("local-only", FRANCE, ()),
        ("cloud-first", FRANCE, ("--local",)),
        ("cloud-first", f"Is {CARD} a card?", ()),
        ("local-first", f"Is {CARD} a card?", ()),
    ],
)
def test_hermes_agent_109634_quillcode_1549_hyperwhisper_48_what_stays_never_falls_back_to_a_cloud(
    mode: str,
    question: str,
    option: Sequence[str],
    broken: EngineFailed | EngineMissing,
    home: Path,
    capturing_server: CapturingServer,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The model of this machine is broken and a cloud is there: exit 8, one line, and not one connection."""
    policy = policy_of(capturing_server.url, mode=mode, top=CARD_STAYS)
    living = household(home, policy, FakeLocalModel(error=broken))
    with living.scripted():
        code = types(living, "ask", *option, question)
    assert code == ExitCode.MODEL
    assert broken.message in capsys.readouterr().err
    assert capturing_server.connections == 0


def test_openclaw_39818_every_answer_tells_who_gave_it_who_was_wanted_and_why(
    home: Path, capturing_server: CapturingServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether it came from there, from here because the policy says so, or from here because nobody is there."""
    living = household(home, policy_of(capturing_server.url, top=CARD_STAYS))
    told = []
    with living.scripted():
        for question in (FRANCE, f"Is {CARD} a card?", "what is 2 + 2?"):
            assert types(living, "ask", "--json", question) == ExitCode.OK
            told.append(json.loads(capsys.readouterr().out))
        capturing_server.close()
        assert types(living, "ask", "--json", FRANCE) == ExitCode.OK
        told.append(json.loads(capsys.readouterr().out))
    assert [one["answered_by"] for one in told] == ["there", "local", "skill:calculator", "local"]
    assert [one["zone"] for one in told] == ["cloud", "device", "device", "device"]
    assert [one["wanted"] for one in told] == ["cloud", "cloud", "device", "cloud"]
    assert all(one["reasons"] for one in told)
    assert "there" in told[3]["reasons"][0]
    assert "CARD" in " ".join(told[1]["reasons"])


# ---------------------------------------------------------------- what an error says


ECHOED = "Why does Leocadia Brimblecombe hum at night?"


@pytest.mark.parametrize("status", [400, 401, 404, 413, 429, 500])
@pytest.mark.parametrize("api", ["chat", "responses"])
def test_openai_sdk_an_error_that_echoes_the_prompt_is_repeated_nowhere(
    api: str,
    status: int,
    home: Path,
    capturing_server: CapturingServer,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """In no message, log, file or repr, and in nothing that an error carries: as it was asked or as it left."""
    caplog.set_level(logging.DEBUG)
    wordy = json.dumps(error(f"Invalid: {ECHOED} hum at night", "invalid_request_error", "hum at night"))
    capturing_server.answer = Plain(status, wordy.encode(), headers=[("x-request-id", "she hums")])  # type: ignore[arg-type] # any headers
    living = household(home, policy_of(capturing_server.url, api=api))
    with living.scripted():
        code = types(living, "--verbose", "ask", "--json", "--cloud", ECHOED)
    shown = capsys.readouterr()
    assert code == ExitCode.UNREACHABLE, shown.err
    assert len(capturing_server.requests) >= 1
    files = living.every_byte().decode("latin-1")
    for said in (shown.out, shown.err, files, caplog.text):
        assert "Brimblecombe" not in said
        assert "hum at night" not in said
    assert "she hums" not in shown.out + shown.err + files  # a header of the answer; the SDK's own log has it
    with living.opened() as house, pytest.raises(Unreachable) as no:
        ask(house, ECHOED, asked="cloud")
    assert "hum" not in repr(no.value) + str(no.value) + str(no.value.__cause__) + str(no.value.__context__)


def test_openai_sdk_an_error_in_the_middle_of_a_stream_is_repeated_nowhere(
    home: Path, capturing_server: CapturingServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same for an error that comes as an event."""
    event = json.dumps(error(f"The server broke at {ECHOED}", "server_error"))
    delta = json.dumps({"choices": [{"index": 0, "delta": {"content": "One moment"}}]})
    body = f"data: {delta}\n\ndata: {event}\n\n".encode()
    capturing_server.answer = Plain(200, body, "text/event-stream")
    living = household(home, policy_of(capturing_server.url))
    with living.scripted():
        code = types(living, "--verbose", "ask", "--json", "--cloud", ECHOED)
    shown = capsys.readouterr()
    assert code == ExitCode.UNREACHABLE, shown.err
    for said in (shown.out, shown.err, living.every_byte().decode("latin-1")):
        assert "Brimblecombe" not in said
        assert "hum at night" not in said


def test_the_scripted_model_is_one_of_this_machine() -> None:
    """What stands for the embedded model here keeps its port."""
    model: LocalModel = FakeLocalModel()
    assert model.info.path == "fake.gguf"
