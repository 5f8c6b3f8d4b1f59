"""`bench gateway`: both sides ask the same server in turns, and what fails is not shown as a figure."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from privacy_assistant.app.benches.away import measured
from privacy_assistant.app.benches.companions import (
    BareClient,
    Server,
    answer_of_child,
    bare_script,
    timed_process,
    without_network,
)
from privacy_assistant.app.benches.comparing import Pair, alternating, goal_lines, series, table
from privacy_assistant.app.benches.gateway import APIS, lines, measure, to_json
from privacy_assistant.app.benches.goals import Goal
from privacy_assistant.app.benches.loopback_server import answer_of
from privacy_assistant.app.benches.measured_home import QUESTION, ask, make_home
from privacy_assistant.core.exchange import Question, Reply
from privacy_assistant.core.turn import Utterance
from privacy_assistant.errors import AssistantError


def test_a_tiny_run_has_its_figures_and_every_goal() -> None:
    """First word, throughput and bytes of both sides; what was left out is not measured; a program gets the same."""
    said: list[str] = []
    report = measure(1, cold_rounds=0, away_rounds=0, apis=["responses"], long=120, say=said.append)
    assert [pair.what for pair in report.pairs] == ["first token, responses", "throughput of 120 deltas, responses"]
    (ours, bare) = report.sent["responses"]["ours"], report.sent["responses"]["bare openai"]
    assert ours[0] < bare[0]  # no word about the machine or the library
    assert min(ours[1], bare[1]) > len(QUESTION)
    assert [goal.limit for goal in report.goals] == [15.0, 0.95, 50.0, 50.0, 50.0]
    assert [goal.measured is None for goal in report.goals] == [False, False, True, True, True]
    shown = list(lines(report))
    assert sum(line.startswith("| local answer when the network is gone") for line in shown) == 3
    assert any(line.startswith("bytes of a request, responses: ours: ") for line in shown)
    assert json.loads(json.dumps(to_json(report)))["pairs"][0]["what"] == "first token, responses"
    assert "responses: throughput" in said


@pytest.mark.slow
def test_a_whole_run_measures_everything() -> None:
    """Cold processes, and a network that is gone in three ways, each in a process of its own."""
    report = measure(1, cold_rounds=1, away_rounds=1)
    whats = [pair.what for pair in report.pairs]
    assert whats.count("cold process to the first word, chat") == 1
    assert all(goal.measured is not None for goal in report.goals[:6])
    assert (report.goals[6].measured is None) == (without_network() is None)


def test_a_back_end_that_is_away_is_tried_once_and_then_known() -> None:
    """The first question tries it, and this machine answers that one and the next; the plain path is beside it."""
    with Server() as server:
        url = server.url
    times = measured(1, url)
    assert {what: len(values) for what, values in times.items()} == {"plain": 1, "first": 1, "next": 1}
    assert all(value > 0 for values in times.values() for value in values)


@pytest.mark.parametrize("api", APIS)
def test_both_sides_hear_the_same_words(tmp_path: Path, api: str) -> None:
    """As many as the name of the model says; to us a placeholder comes back, and is restored."""
    with Server() as server, BareClient(server.url, api) as bare:
        timed = bare.ask("Be kind.", QUESTION, "words-8")
        head, body = server.heard()
        assert (timed.words, body > len(QUESTION), head > 100) == (8, True, True)
        assert 0 < timed.first <= timed.last
        with make_home(tmp_path / "one", server.url, api=api, words=8).opened() as house:
            ours = ask(house, QUESTION, "cloud")
            assert 0 < ours.first <= ours.last
            reply = list(house.answer(Question(Utterance(QUESTION), asked="cloud")))[-1]
        assert isinstance(reply, Reply)
        assert reply.decision.answered_by == "there"
        assert reply.decision.redacted == 4
        assert "⟦" not in reply.text
        assert "Anna Kowalski" in reply.text
        assert reply.usage is not None
        assert reply.usage.completion_tokens == 8


def test_the_server_cuts_a_placeholder_in_two() -> None:
    """In the second and third word of every hundred; whoever sends none gets plain words."""
    body = json.dumps({"model": "words-150", "input": "I am ⟦PERSON_1⟧"}, ensure_ascii=False).encode()
    answer = b"".join(answer_of("/v1/chat/completions", body)).decode()
    assert answer.count('"content": "⟦PER"') == answer.count('"content": "SON_1⟧ "') == 2
    assert "⟦" not in b"".join(answer_of("/v1/responses", b'{"model": "words-150"}')).decode()
    assert answer.endswith("0\r\n\r\n")


def test_a_process_that_breaks_is_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run ends with one clear line, whoever broke: the bare client, a cold process, a child, unshare."""
    with Server() as server:
        url = server.url
    with BareClient(url, "chat") as bare, pytest.raises(AssistantError, match="broke"):
        bare.ask("", "anybody there?", "words-8")
    with pytest.raises(AssistantError, match="broke"):
        timed_process(bare_script(url, "chat", "anybody there?"), {})
    with pytest.raises(AssistantError, match="broke"):
        answer_of_child("privacy_assistant.app.benches.away", ["none"])
    monkeypatch.setenv("PATH", "/nowhere")
    assert without_network() is None


def test_a_process_is_timed_to_its_first_byte_and_its_end() -> None:
    """The first comes before the second."""
    first, ended = timed_process([sys.executable, "-c", "print(1)"], {})
    assert 0 < first <= ended


def test_a_pair_shows_both_sides_their_difference_and_ratio() -> None:
    """Medians, with the least and the most of each."""
    pair = Pair("first token", "ms", series([9.0, 5.0, 6.0]), series([2.0, 4.0, 3.0]))
    *_, row = table([pair])
    assert row == "| first token, ms | 6.0 (5.0 to 9.0) | 3.0 (2.0 to 4.0) | bare openai | +3.0 ms | 2.00 |"
    assert pair.to_json()["difference_of_minima"] == 3.0
    assert Pair("x", "ms", series([1.0]), series([0.0])).ratio is None
    assert list(alternating(3)) == [True, False, True]
    with pytest.raises(ValueError):
        series([])


def test_a_goal_without_a_figure_is_not_called_reached() -> None:
    """Reached, fallen short, or not measured."""
    goals = [Goal("a", 1.0, "ms", 0.5), Goal("b", 0.95, "times", 0.9, is_least=True), Goal("c", 1.0, "ms", None)]
    marks = [line.split("|")[4].strip() for line in goal_lines(goals)][2:]
    assert marks == ["reached", "FELL SHORT", "not measured"]
