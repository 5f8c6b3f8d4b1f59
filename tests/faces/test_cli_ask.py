"""`ask`, `route`, `explain`, `history` and `redact` as the contract says, with the embedded model."""

from __future__ import annotations

import json
import os

import pytest

from tests.faces.conftest import Person

CAPITAL = "What is the capital of France?"

CLOUD = """\
version = 1
mode = "cloud-first"
[categories]
default = "redact"
CARD = "local"
[backend.openai]
zone = "cloud"
kind = "openai"
api = "responses"
base_url = "https://api.openai.com/v1"
model = "m"
api_key_env = "OPENAI_API_KEY"
"""

ASK_JSON = {
    *("answer", "answered_by", "zone", "model", "wanted", "rule", "reasons", "findings", "redacted"),
    *("conversation", "turn", "latency_ms", "usage", "cost"),
}


def test_a_question_gets_a_real_answer_on_stdout_and_nothing_else(person: Person) -> None:
    """Data to stdout, the badge to stderr."""
    shown = person.types("ask", CAPITAL)
    assert shown.code == 0
    assert "Paris" in shown.out
    assert "[local" in shown.err
    assert "[local" not in shown.out


def test_json_has_the_fields_of_the_contract(person: Person) -> None:
    """Every field of the contract is there, and the model said it."""
    body = person.types("ask", CAPITAL, "--json").json
    assert set(body) >= ASK_JSON
    assert body["answered_by"] == "local"
    assert (body["zone"], body["wanted"], body["turn"]) == ("device", "device", 1)
    assert {"find", "route", "first_token", "total"} <= set(body["latency_ms"])
    assert body["usage"]["mean_logprob"] < 0


def test_fifteen_percent_of_eighty_is_a_skills_answer(person: Person) -> None:
    """A skill answers, twelve, without a model."""
    body = person.types("ask", "What is 15% of 80?", "--json").json
    assert "12" in body["answer"]
    assert body["answered_by"].startswith("skill:")
    assert (body["rule"], body["zone"], body["model"]) == ("skill", "device", None)


def test_a_question_comes_from_standard_input(person: Person) -> None:
    """Piped text is the question."""
    shown = person.types("ask", stdin=CAPITAL.encode())
    assert shown.code == 0
    assert "Paris" in shown.out


def test_nothing_asked_is_a_usage_error(person: Person) -> None:
    """Empty standard input: exit 2 and one line."""
    shown = person.types("ask")
    assert shown.code == 2
    assert len(shown.err.splitlines()) == 1


@pytest.mark.parametrize("junk", [os.urandom(200_000), b"\xff\xfe", b"abc\0def"])
def test_bytes_that_are_no_text_are_one_clear_line(person: Person, junk: bytes) -> None:
    """Random bytes as the question: exit 2, one line, no traceback."""
    shown = person.types("ask", stdin=junk)
    assert shown.code == 2
    assert len(shown.err.splitlines()) == 1
    assert "Traceback" not in shown.err


def test_a_question_longer_than_the_model_reads_is_one_clear_line(person: Person) -> None:
    """200 kB of text: exit 2 and one line."""
    shown = person.types("ask", stdin=b"many words " * 18_000)
    assert shown.code == 2
    assert "too long" in shown.err
    assert len(shown.err.splitlines()) == 1


def test_a_conversation_goes_on(person: Person) -> None:
    """--continue puts the next question into the newest conversation, and ID into a named one."""
    first = person.types("ask", CAPITAL, "--json").json
    second = person.types("ask", "And of Italy?", "--continue", "--json").json
    assert second["conversation"] == first["conversation"]
    assert second["turn"] == 3
    third = person.types("ask", "And of Spain?", "--conversation", first["conversation"][:6], "--json").json
    assert third["turn"] == 5


def test_ephemeral_keeps_nothing(person: Person) -> None:
    """The answer comes, the history stays empty."""
    person.types("key", "init")
    body = person.types("ask", CAPITAL, "--ephemeral", "--json").json
    assert body["conversation"] is None
    assert person.types("history", "list", "--json").json == []


def test_without_a_key_the_answer_comes_and_one_line_names_three_ways_out(person: Person) -> None:
    """A headless machine without a passphrase: answered from memory, said once, nothing written."""
    shown = person.types("ask", CAPITAL, with_key=False)
    assert shown.code == 0
    assert "Paris" in shown.out
    warned = [line for line in shown.err.splitlines() if "nothing of this is kept" in line]
    assert len(warned) == 1
    for way in ("passphrase", "key file", "--ephemeral"):
        assert way in warned[0]
    assert not any(person.home.iterdir())


def test_cloud_or_nothing_without_a_policy_is_refused_and_the_question_kept(person: Person) -> None:
    """Exit 4, the rule named in JSON, the question in the history."""
    shown = person.types("ask", CAPITAL, "--cloud", "--json")
    assert shown.code == 4
    error = shown.json["error"]
    assert (error["code"], error["rule"]) == (4, "policy:absent")
    assert error["hint"]
    assert len(person.types("history", "search", "capital", "--json").json) == 1


def test_cloud_or_nothing_with_nobody_there_is_unreachable(person: Person) -> None:
    """A policy that lets it leave, and no back end built: exit 5; without --cloud a local answer says why."""
    person.writes_policy(CLOUD)
    assert person.types("ask", CAPITAL, "--cloud").code == 5
    body = person.types("ask", CAPITAL, "--json").json
    assert (body["zone"], body["wanted"]) == ("device", "cloud")
    assert body["reasons"]


def test_a_card_under_a_local_category_is_refused_to_the_cloud(person: Person) -> None:
    """--cloud with a card number that stays: exit 4."""
    person.writes_policy(CLOUD)
    assert person.types("ask", "is 4111 1111 1111 1111 my card?", "--cloud").code == 4


@pytest.mark.parametrize("switch", ["--offline", "--no-cloud"])
def test_a_hard_switch_keeps_everything_here(person: Person, switch: str) -> None:
    """--offline and --no-cloud under --cloud: refused or unreachable, never answered elsewhere."""
    person.writes_policy(CLOUD)
    assert person.types(switch, "ask", CAPITAL, "--cloud").code in (4, 5)
    assert person.types("ask", CAPITAL, switch, "--json").json["zone"] == "device"


def test_the_policys_mistake_is_named_by_line_and_nothing_leaves(person: Person) -> None:
    """An unknown key on line 7: check exits 1 naming it, --cloud exits 4, a local answer still comes."""
    lines = CLOUD.splitlines()
    lines.insert(6, 'colour = "blue"')
    person.writes_policy("\n".join(lines))
    checked = person.types("policy", "check")
    assert checked.code == 1
    assert len(checked.err.splitlines()) == 1
    assert "line 7" in checked.err
    assert "colour" in checked.err
    assert person.types("ask", CAPITAL, "--cloud").code == 4
    assert "Paris" in person.types("ask", CAPITAL).out


def test_random_bytes_as_a_policy_refuse_and_answer(person: Person) -> None:
    """200 kB of noise as policy.toml: no traceback, check 1, --cloud 4, local answer 0."""
    file = person.home / "policy.toml"
    file.write_bytes(os.urandom(200_000))
    file.chmod(0o600)
    checked = person.types("policy", "check")
    assert checked.code == 1
    assert len(checked.err.splitlines()) == 1
    assert person.types("ask", CAPITAL, "--cloud").code == 4
    assert person.types("ask", CAPITAL).code == 0


def test_a_policy_that_others_may_write_counts_as_unreadable(person: Person) -> None:
    """Group-writable: nothing leaves."""
    person.writes_policy(CLOUD)
    (person.home / "policy.toml").chmod(0o660)
    assert person.types("ask", CAPITAL, "--cloud").code == 4


def test_random_bytes_as_the_database_are_one_clear_line(person: Person) -> None:
    """Noise in the place of the history: exit 1, one line, the file as it was."""
    person.types("ask", CAPITAL)
    noise = os.urandom(200_000)
    (person.home / "history.db").write_bytes(noise)
    shown = person.types("ask", CAPITAL)
    assert shown.code == 1
    assert len(shown.err.splitlines()) == 1
    assert (person.home / "history.db").read_bytes() == noise


def test_a_wrong_passphrase_is_exit_seven_and_changes_nothing(person: Person) -> None:
    """Even for a skill: exit 7, and no byte of the home has changed."""
    assert person.starts("ask", "What is 2+2?", PRIVACY_ASSISTANT_PASSPHRASE="right one").code == 0
    before = person.every_byte()
    shown = person.starts("ask", "What is 2+2?", PRIVACY_ASSISTANT_PASSPHRASE="wrong one")
    assert shown.code == 7
    assert len(shown.err.splitlines()) == 1
    assert person.every_byte() == before


def test_the_passphrase_comes_by_descriptor(person: Person) -> None:
    """--passphrase-fd 0 reads the first line."""
    assert person.starts("ask", "What is 2+2?", "--passphrase-fd", "0", stdin=b"secret words\n").code == 0
    assert person.starts("history", "list", "--passphrase-fd", "0", stdin=b"other words\n").code == 7


def test_a_truncated_model_is_exit_eight(person: Person) -> None:
    """A model file cut in the middle: one line, exit 8; a skill still answers."""
    from privacy_assistant.engines.catalogue import find_llm

    whole = find_llm(None, None).path.read_bytes()
    cut = person.home.parent / "cut.gguf"
    cut.write_bytes(whole[: len(whole) // 3])
    (person.home / "config.toml").write_text(f'[models]\nllm = "{cut}"\n')
    shown = person.types("ask", CAPITAL)
    assert shown.code == 8
    assert len(shown.err.splitlines()) == 1
    assert person.types("ask", "What is 2+2?").code == 0


def test_a_mistake_in_the_settings_is_named_by_line(person: Person) -> None:
    """An unknown key of config.toml: exit 1 with file, line, key."""
    (person.home / "config.toml").write_text("[persona]\nsytem = 'x'\n")
    shown = person.types("ask", CAPITAL)
    assert shown.code == 1
    assert "sytem" in shown.err


def test_route_is_a_dry_run_with_a_preview(person: Person) -> None:
    """What was found, which rule decides, what the text would be; nothing is kept, not even a key store."""
    person.writes_policy(CLOUD)
    text = "my card is 4111 1111 1111 1111"
    body = person.types("route", text, "--json", with_key=False).json
    assert body["verdict"] == "stay"
    assert "CARD" in body["rule"]
    assert body["findings"]["CARD"] == 1
    assert "4111" not in body["redacted"]
    assert body["policy_hash"]
    assert sorted(path.name for path in person.home.iterdir()) == ["policy.toml"]


def test_explain_tells_why(person: Person) -> None:
    """explain last: who answered, the rule, and that nothing left."""
    person.types("ask", CAPITAL)
    shown = person.types("explain")
    assert shown.code == 0
    assert "policy:absent" in shown.out
    assert "nothing left this machine" in shown.out
    assert person.types("explain", "last", "--json").json["turn"] == 1


def test_explain_without_a_turn_is_a_usage_error(person: Person) -> None:
    """Nothing kept: exit 2."""
    person.types("key", "init")
    assert person.types("explain").code == 2


def test_history_is_listed_shown_searched_and_pinned(person: Person) -> None:
    """The kept words come back to the person, and stand in no file."""
    conversation = person.types("ask", CAPITAL, "--json").json["conversation"]
    assert person.types("history", "list", "--json").json[0]["conversation"] == conversation
    assert "Paris" in person.types("history", "show", conversation[:8]).out
    assert len(person.types("history", "search", "CAPITAL", "france", "--json").json) == 2
    assert person.types("history", "pin", conversation[:8]).code == 0
    assert person.types("history", "list", "--json").json[0]["pinned"] is True
    assert person.types("history", "stats", "--json").json["messages"] == 2
    assert b"capital of France" not in person.every_byte()


def test_export_in_clear_needs_a_yes(person: Person) -> None:
    """--plaintext alone is refused; with --yes the words are in the file."""
    person.types("ask", CAPITAL)
    file = person.home.parent / "out.jsonl"
    assert person.types("history", "export", "-o", str(file), "--plaintext").code == 2
    assert not file.exists()
    assert person.types("history", "export", "-o", str(file), "--plaintext", "--yes").code == 0
    assert "Paris" in file.read_text()


def test_redact_masks_and_explains(person: Person) -> None:
    """A mail address is masked; spans carry code points, type, score and finder."""
    body = person.types("redact", "😀 mail anna@example.org now", "--json", with_key=False).json
    (span,) = body["spans"]
    assert (span["start"], span["end"], span["type"]) == (7, 23, "EMAIL")
    assert {"score", "by"} <= set(span)
    assert "anna@example.org" not in body["redacted"]


def test_redact_jsonl_keeps_the_order_and_the_ids(person: Person) -> None:
    """One line in, one line out."""
    rows = [{"id": n, "text": f"call {n} at anna{n}@example.org\r\nשלום"} for n in range(20)]
    stdin = "".join(json.dumps(row) + "\n" for row in rows).encode()
    shown = person.types("redact", "--jsonl", stdin=stdin, with_key=False)
    out = [json.loads(line) for line in shown.out.splitlines()]
    assert [row["id"] for row in out] == list(range(20))
    for row, result in zip(rows, out, strict=True):
        (span,) = [span for span in result["spans"] if span["type"] == "EMAIL"]
        assert str(row["text"])[span["start"] : span["end"]] == f"anna{row['id']}@example.org"
    assert not any(person.home.iterdir())


@pytest.mark.parametrize("line", [b"{", b"[]", b'{"id": 1}', b'{"text": 5}', b"\xff"])
def test_redact_jsonl_names_the_line_that_is_none(person: Person, line: bytes) -> None:
    """A broken second line: exit 2, and it is line 2."""
    shown = person.types("redact", "--jsonl", stdin=b'{"text": "a"}\n' + line + b"\n", with_key=False)
    assert shown.code == 2
    assert "line 2" in shown.err


def test_unknown_commands_and_options_are_usage_errors(person: Person) -> None:
    """Exit 2, one line, with the help to ask for; JSON where it was asked for."""
    assert person.types("frobnicate").code == 2
    assert person.types("ask", "--frobnicate").code == 2
    shown = person.types("ask", "--frobnicate", "--json")
    assert shown.json["error"]["kind"] == "UsageError"


def test_common_options_stand_before_or_after_the_command(person: Person) -> None:
    """--home after the command counts as well."""
    from privacy_assistant.faces.cli import run

    assert run(["config", "path", "--home", str(person.home)]) == 0
    assert person.types("config", "path", "--json").json["history"] == str(person.home / "history.db")


def test_settings_say_where_they_come_from(person: Person) -> None:
    """config show --origin: default, file, switch."""
    (person.home / "config.toml").write_text('language = "de"\n')
    body = person.types("config", "show", "--origin", "--offline", "--json").json
    assert body["language"] == {"value": "de", "origin": str(person.home / "config.toml")}
    assert body["network.offline"] == {"value": True, "origin": "--offline"}
    assert body["network.no_cloud"]["origin"] == "default"


def test_policy_is_written_once_and_is_sound(person: Person) -> None:
    """init writes a policy that check accepts; a second init leaves it alone."""
    assert person.types("policy", "init").code == 0
    assert person.types("policy", "check").code == 0
    assert person.types("policy", "init").code == 2
    assert person.types("policy", "show", "--json").json["state"] == "read"


def test_policy_examples_pass_and_fail(person: Person) -> None:
    """policy test: 0 when all are as expected, 1 when one is not."""
    person.writes_policy(CLOUD)
    file = person.home.parent / "examples.toml"
    file.write_text('[[example]]\ntext = "hello"\nexpect = "leave"\nbackend = "openai"\n')
    assert person.types("policy", "test", str(file)).code == 0
    file.write_text('[[example]]\ntext = "hello"\nexpect = "refuse"\nbackend = "openai"\n')
    assert person.types("policy", "test", str(file)).code == 1


def test_doctor_looks_at_everything(person: Person) -> None:
    """Exit 0 on a sound home, each part named; 1 with a broken policy."""
    body = person.types("doctor", "--json", with_key=False).json
    names = {check["name"] for check in body["checks"]}
    assert {"cpu", "memory", "disk", "policy", "keys", "finder", "model", "tripwire"} <= names
    assert body["faults"] == 0
    person.writes_policy("version = 9")
    assert person.types("doctor").code == 1


def test_key_status_shows_no_secret(person: Person) -> None:
    """State and factors, before and after init."""
    assert person.types("key", "status", "--json").json["state"] == "missing"
    assert person.types("key", "init").code == 0
    status = person.types("key", "status", "--json")
    assert status.json["state"] == "open"
    assert person.key.read_bytes().hex() not in status.out
    assert person.types("key", "init").code == 2


def test_help_lists_every_command_without_importing_one() -> None:
    """The table of commands says what each command says of itself."""
    from privacy_assistant.faces.cli import COMMANDS, cli

    for name, (_, line) in COMMANDS.items():
        command = cli.get_command(cli.make_context("x", ["--help"], resilient_parsing=True), name)
        assert command is not None
        assert command.short_help == line


def test_the_passphrase_leaves_the_environment_at_once(person: Person) -> None:
    """After the start no child process could inherit it."""
    from privacy_assistant.faces.cli import run

    os.environ["PRIVACY_ASSISTANT_PASSPHRASE"] = "correct horse"
    run(["--home", str(person.home), "config", "path"])
    assert "PRIVACY_ASSISTANT_PASSPHRASE" not in os.environ
