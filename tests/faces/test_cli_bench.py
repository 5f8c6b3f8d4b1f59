"""`bench`: tables or one object for a program, and clear words for what is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.test_without_network import run_without_network
from tests.faces.conftest import Person

SET = [
    {"text": "my card is 4111 1111 1111 1111", "spans": [{"start": 11, "end": 30, "type": "CREDIT_CARD"}]},
    {"text": "write to ann@example.org", "spans": [{"start": 9, "end": 24, "type": "EMAIL_ADDRESS"}]},
    {"text": "and so Zyxqua Vrr sat down", "spans": [{"start": 7, "end": 17, "type": "PERSON"}]},
    {"text": "how do I boil rice?", "spans": []},
]


@pytest.fixture
def marked(tmp_path: Path) -> Path:
    """A small set of marked texts."""
    file = tmp_path / "small.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in SET), encoding="utf-8")
    return file


def test_bench_redaction_prints_one_object(person: Person, marked: Path) -> None:
    """Each view scored, latency, growth, cold start, and each goal with its figure and whether it is reached."""
    shown = person.types("bench", "redaction", "--set", str(marked), "--no-peers", "--json", with_key=False)
    assert shown.code == 0, shown.err
    (ours,) = shown.json["finders"]
    scores = {row["view"]: row for row in ours["scores"]}
    assert set(scores) == {"cased", "lower", "speech"}
    assert (scores["cased"]["texts"], scores["cased"]["spans"], scores["cased"]["over_docs"]) == (4, 3, 0.0)
    assert {kind: scores[view]["by_type"][kind]["leak"] for view in scores for kind in ("CARD", "EMAIL")} == {
        "CARD": 0.0,
        "EMAIL": 0.0,
    }
    assert 0 < ours["p50_ms"] <= ours["p95_ms"]
    assert shown.json["cold_start_s"]["first_line"] > shown.json["cold_start_s"]["python"] > 0
    goals = {goal["what"]: goal["is_reached"] for goal in shown.json["goals"]}
    assert goals["1 structured data leaked (small, cased)"] is True
    assert goals["8 texts free of personal data touched (small, cased)"] is True


def test_the_level_that_was_asked_for_is_measured(person: Person, marked: Path) -> None:
    """In level strict a name that no finder knows is masked by the floor, and the row says which level it was."""
    arguments = ("--set", str(marked), "--no-peers", "--level", "strict", "--json")
    shown = person.types("bench", "redaction", *arguments, with_key=False)
    (ours,) = shown.json["finders"]
    assert ours["label"] == "privacy-assistant, strict"
    assert ours["scores"][0]["by_type"]["PERSON"]["leak"] == 0.0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--set", "/no/such/set.jsonl"), "cannot be read"),
        (("--peers-python", "/no/such/python"), "does not answer as a Python interpreter"),
        (("--first", "0"), "--first"),
    ],
)
def test_what_cannot_be_measured_is_one_clear_line(person: Person, arguments: tuple[str, ...], says: str) -> None:
    """Exit 2, one line, no traceback, nothing on standard output."""
    shown = person.types("bench", "redaction", *arguments, with_key=False)
    assert (shown.code, shown.out, shown.err.count("\n")) == (2, "", 1)
    assert says in shown.err


def test_redact_gives_the_same_lines_where_no_network_exists() -> None:
    """In a namespace without any network the finder finds what it finds elsewhere."""
    if not sys.platform.startswith("linux") or run_without_network("true").returncode != 0:
        pytest.skip("this system gives no network namespace")
    command = (sys.executable, "-m", "privacy_assistant", "redact", "--jsonl")
    lines = "".join(json.dumps(row) + "\n" for row in SET)
    script = f"printf %s '{lines}' | " + " ".join(command)
    inside = run_without_network("sh", "-c", script)
    outside = subprocess.run(command, input=lines, capture_output=True, text=True, timeout=60, check=True)

    def spans(out: str) -> list[object]:
        return [json.loads(line)["spans"] for line in out.splitlines()]

    assert inside.returncode == 0, inside.stderr
    assert len(spans(inside.stdout)) == len(SET)
    assert spans(inside.stdout) == spans(outside.stdout)


def test_bench_latency_prints_a_table_or_one_object(person: Person) -> None:
    """Every stage with its milliseconds, for both kinds of answer; nothing is made in the person's home."""
    shown = person.types("bench", "latency", "--rounds", "1", with_key=False)
    assert shown.code == 0, shown.err
    assert "| write the ledger, to the disk | – | " in shown.out
    shown = person.types("bench", "latency", "--rounds", "1", "--json", with_key=False)
    assert shown.json["answers"]["cloud"]["connect"]["median"] > 0
    assert list(person.home.iterdir()) == []


def test_bench_gateway_prints_one_object(person: Person) -> None:
    """Both interfaces; what was left out is a goal without a figure."""
    arguments = ("--rounds", "1", "--cold-rounds", "0", "--away-rounds", "0", "--json")
    shown = person.types("bench", "gateway", *arguments, with_key=False)
    assert shown.code == 0, shown.err
    assert [pair["what"].rpartition(", ")[2] for pair in shown.json["pairs"]] == ["chat", "chat"] + ["responses"] * 2
    assert [goal["is_reached"] is None for goal in shown.json["goals"]] == [False] * 4 + [True] * 3
