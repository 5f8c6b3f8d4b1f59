"""Reading `policy.toml`: what is understood, what is a mistake and where, and that nothing else ever comes out."""

from __future__ import annotations

import hashlib
import random
import tomllib
from datetime import date, timedelta
from datetime import time as clock
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.detection import Level
from privacy_assistant.core.kinds import Kind, Topic
from privacy_assistant.core.money import Money
from privacy_assistant.core.policy import Stance
from privacy_assistant.core.policy_check import check_policy
from privacy_assistant.core.policy_file import parse_policy, read_policy
from privacy_assistant.core.policy_template import policy_template
from privacy_assistant.core.policy_terms import (
    Action,
    Api,
    BackendKind,
    Hours,
    Mode,
    Permission,
    Policy,
    PolicyState,
    Reason,
    Redaction,
    When,
)
from privacy_assistant.core.toml_reader import MAX_BYTES
from privacy_assistant.core.turn import Origin, Zone
from privacy_assistant.errors import SettingsError

TODAY = date(2026, 11, 21)
EVERYTHING = frozenset({*(kind.value for kind in Kind), *(topic.value for topic in Topic)})
MISTAKES = tomllib.loads((Path(__file__).parents[1] / "vectors" / "policy" / "mistakes.toml").read_text("utf-8"))

FULL = """\
version = 1
mode = "cloud-first"

[categories]
default    = "redact"
health     = "local"
credential = "refuse"
URL        = "allow"
name       = "ask"

[speech]
stt_cloud = "ask"
tts_cloud = "allow"

[[rule]]
name = "project falcon stays home"
when.text = '(?i)project falcon'
when.categories = ["EMAIL", "health"]
when.origin = ["voice", "mcp"]
when.backend = "lab"
when.hours = "22:00-07:00"
then = "stay"

[[rule]]
when.text = ['a', 'b']
when.hours = ["09:00-12:00", "13:00-24:00"]
then = "refuse"

[backend.openai]
zone = "cloud"
kind = "openai"
api = "responses"
model = "some-model"
api_key_env = "OPENAI_API_KEY"
timeout = "2m"
organization = "org-mine"
project = "proj_mine"
data_residency = "eu"
ca_file = "/etc/ssl/mine.pem"
stt_model = "ears"
tts_model = "mouth"
voice = "alto"
context_tokens = 100000
input_price = "1.25 USD"
output_price = "10 USD"

[backend.lab]
zone = "lan"
kind = "openai-compatible"
base_url = "http://192.168.0.9:8000/v1"
insecure = true
redact = false
api_key_keyring = "lab"

[backend.azure]
zone = "cloud"
kind = "azure"
base_url = "https://name.openai.azure.com"
deployment = "mine"
api_version = "2025-01-01"
api_key_command = ["pass", "show", "azure"]
timeout = "90s"

[backend.ears]
zone = "device"
kind = "wyoming"
base_url = "tcp://127.0.0.1:10300"

[backend.proxy]
zone = "cloud"
kind = "openai-compatible"
base_url = "http://[::1]:8080/v1"

[[always]]
rule = "category:name"
backend = "openai"

[budget]
day = "0.50 USD"
month = "5 USD"
conversation = "0.10 USD"

[escalate]
to_cloud_when = ["asked", "low_confidence"]

[retention]
messages = "30d"
temporary = "0"
ledger = "forever"
"""


def test_everything_that_is_written_is_read() -> None:
    """Every key of the language ends in the policy, with the hash of the bytes."""
    policy = parse_policy(FULL.encode(), "policy.toml")

    assert policy.state is PolicyState.READ
    assert policy.file == "policy.toml"
    assert policy.sha256 == hashlib.sha256(FULL.encode()).hexdigest()
    assert policy.mode is Mode.CLOUD_FIRST
    assert policy.categories == {
        "default": Action.REDACT,
        "health": Action.LOCAL,
        "credential": Action.REFUSE,
        "URL": Action.ALLOW,
        "name": Action.ASK,
    }
    assert (policy.speech.stt_cloud, policy.speech.tts_cloud) == (Permission.ASK, Permission.ALLOW)
    first, second = policy.rules
    assert (first.name, first.then, first.line) == ("project falcon stays home", Stance.STAY, 15)
    assert first.when == When(
        text=("(?i)project falcon",),
        categories=("EMAIL", "health"),
        origin=(Origin.VOICE, Origin.MCP),
        backend=("lab",),
        hours=(Hours(clock(22), clock(7)),),
    )
    assert (second.name, second.then, second.line) == ("rule 2", Stance.REFUSE, 24)
    assert second.when.text == ("a", "b")
    assert second.when.hours == (Hours(clock(9), clock(12)), Hours(clock(13), clock(0)))
    openai, lab, azure, ears, proxy = policy.backends
    assert (openai.zone, openai.kind, openai.api) == (Zone.CLOUD, BackendKind.OPENAI, Api.RESPONSES)
    assert (openai.base_url, openai.model) == ("https://api.openai.com/v1", "some-model")
    assert openai.key is not None
    assert (openai.key.how, openai.key.where) == ("env", ("OPENAI_API_KEY",))
    assert (openai.context_tokens, openai.is_redacted, openai.is_insecure) == (100000, True, False)
    assert (openai.input_price, openai.output_price) == (Money(Decimal("1.25"), "USD"), Money(Decimal(10), "USD"))
    assert (openai.timeout, azure.timeout, lab.timeout) == (timedelta(minutes=2), timedelta(seconds=90), None)
    assert (openai.organization, openai.project, openai.data_residency) == ("org-mine", "proj_mine", "eu")
    assert (openai.stt_model, openai.tts_model, openai.voice) == ("ears", "mouth", "alto")
    assert (openai.ca_file, lab.ca_file) == ("/etc/ssl/mine.pem", "")
    assert (lab.zone, lab.api, lab.is_redacted, lab.is_insecure) == (Zone.LAN, Api.CHAT, False, True)
    assert lab.key is not None
    assert (lab.key.how, lab.key.where) == ("keyring", ("lab",))
    assert (azure.kind, azure.deployment, azure.api_version) == (BackendKind.AZURE, "mine", "2025-01-01")
    assert azure.key is not None
    assert (azure.key.how, azure.key.where) == ("command", ("pass", "show", "azure"))
    assert (ears.zone, ears.kind, ears.base_url) == (Zone.DEVICE, BackendKind.WYOMING, "tcp://127.0.0.1:10300")
    assert (ears.key, ears.context_tokens, ears.input_price) == (None, 0, None)
    assert (proxy.zone, proxy.base_url) == (Zone.CLOUD, "http://[::1]:8080/v1")
    assert policy.backend("lab") is lab
    assert policy.backend("nobody") is None
    assert [str(limit) for limit in (policy.budget.day, policy.budget.month)] == ["0.50 USD", "5 USD"]
    assert str(policy.budget.conversation) == "0.10 USD"
    assert [(always.rule, always.backend) for always in policy.always] == [("category:name", "openai")]
    assert FULL.split("\n")[policy.always[0].line - 1] == "[[always]]"
    assert policy.to_cloud_when == (Reason.ASKED, Reason.LOW_CONFIDENCE)
    assert policy.retention.messages == timedelta(days=30)
    assert policy.retention.temporary == timedelta(0)
    assert policy.retention.ledger is None


def test_an_empty_file_is_the_careful_policy() -> None:
    """What is not written is redacted, kept, unspent and reached only when asked for."""
    policy = parse_policy("", "policy.toml")
    assert policy == Policy(sha256=hashlib.sha256(b"").hexdigest(), file="policy.toml")
    assert policy.mode is Mode.LOCAL_FIRST
    assert policy.categories == {"default": Action.REDACT}
    assert policy.to_cloud_when == (Reason.ASKED,)
    assert (policy.retention.messages, policy.retention.temporary) == (timedelta(days=30), timedelta(0))
    assert policy.retention.ledger is None


def test_no_reason_at_all_may_be_listed() -> None:
    """`to_cloud_when = []` is a plain way to say never, and one word needs no list."""
    assert parse_policy("[escalate]\nto_cloud_when = []", "p").to_cloud_when == ()
    assert parse_policy("[escalate]\nto_cloud_when = 'asked'", "p").to_cloud_when == (Reason.ASKED,)


@pytest.mark.parametrize("name", ["mode", "work: mine", "skills", "a " * 50])
def test_a_name_that_is_nobody_elses_is_taken(name: str) -> None:
    """A colon alone, or a first word of the program's alone, makes no name of the program's."""
    policy = parse_policy(f"[[rule]]\nname = '{name}'\nwhen.text = 'a'\nthen = 'stay'", "p")
    assert policy.rules[0].name == name.strip()


@pytest.mark.parametrize("mistake", MISTAKES["mistake"], ids=lambda mistake: str(mistake["name"]))
def test_every_mistake_names_its_line_and_key(mistake: dict[str, Any]) -> None:
    """Each text of the table gives one line that names file, line and key, and never a word of what was written."""
    with pytest.raises(SettingsError) as caught:
        parse_policy(mistake["text"], "policy.toml")
    error = caught.value
    assert (error.file, error.line, error.key) == ("policy.toml", mistake["line"], mistake["key"])
    assert error.message.startswith(f"policy.toml, line {mistake['line']}, {mistake['key']}: ")
    assert mistake["says"] in error.message
    assert mistake.get("hint", "") in error.hint
    assert "\n" not in error.message
    assert "hush" not in error.message + error.hint


def test_carriage_returns_do_not_move_lines() -> None:
    """A file from another system names the same lines."""
    with pytest.raises(SettingsError) as caught:
        parse_policy(b"version = 1\r\n\r\nmood = 1\r\n", "policy.toml")
    assert (caught.value.line, caught.value.key) == (3, "mood")


def test_a_byte_order_mark_is_no_mistake() -> None:
    """Editors write one; the hash is still that of the bytes."""
    policy = parse_policy("\ufeffmode = 'ask'".encode(), "p")
    assert policy.mode is Mode.ASK
    assert policy.sha256 == hashlib.sha256("\ufeffmode = 'ask'".encode()).hexdigest()


def test_all_mistakes_are_listed_by_line() -> None:
    """`read_policy` gives them all, and no policy with them."""
    policy, mistakes = read_policy("[retention]\nx = 1\n[speech]\ny = 1\n[budget]\nz = 1", "p")
    assert policy is None
    assert [mistake.line for mistake in mistakes] == [2, 4, 6]
    policy, mistakes = read_policy("not toml", "p")
    assert policy is None
    assert len(mistakes) == 1
    policy, mistakes = read_policy(FULL, "p")
    assert policy is not None
    assert mistakes == []


@pytest.mark.parametrize(
    ("raw", "line", "says"),
    [
        (b"mode = 'ask'\n# \xff", 2, "is not UTF-8 text"),
        ("\n# \ud800", 2, "is not UTF-8 text"),
        (b"#" * (MAX_BYTES + 1), 1, "is larger than 256 KiB"),
        ("a" + ".a" * 501 + " = 1", 1, "has more than 500 dots on one line"),
        ("\nx = " + "[" * 100_000, 2, "is nested too deeply"),
        ("\nx = " + "{a=" * 50_000, 2, "is nested too deeply"),
        ("\nx = " + "9" * 5000, 2, "holds a number or a date that cannot be read"),
    ],
)
def test_what_is_no_text_is_one_clear_line(raw: str | bytes, line: int, says: str) -> None:
    """Wrong encodings, sizes, depths and numbers are mistakes like any other."""
    with pytest.raises(SettingsError) as caught:
        parse_policy(raw, "policy.toml")
    assert caught.value.line == line
    assert says in caught.value.message
    assert "\n" not in caught.value.message


def test_the_largest_file_that_is_read_is_read() -> None:
    """The limit itself is still allowed, and so are 500 dots."""
    assert parse_policy(b"#" * MAX_BYTES, "p").mode is Mode.LOCAL_FIRST
    assert parse_policy("# " + "." * 500, "p").mode is Mode.LOCAL_FIRST


def test_200_kb_of_random_bytes_are_one_clear_line() -> None:
    """Noise as a policy is a mistake with a line, quickly."""
    noise = random.Random(7).randbytes(200_000)
    for raw in (noise, bytes(byte & 0x7F for byte in noise), noise.decode("latin-1")):
        with pytest.raises(SettingsError):
            parse_policy(raw, "policy.toml")


def mistake_in(raw: str | bytes) -> SettingsError | None:
    """What is wrong with a text; any other error comes through."""
    try:
        policy = parse_policy(raw, "policy.toml")
    except SettingsError as error:
        return error
    assert len(policy.sha256) == 64
    return None


FRAGMENTS = [
    *("mode", "version", "[", "]", "[[rule]]", "when", "=", "{", "}", '"', "'", '"""', "\n", ".", "1", "true", ","),
    *("[backend.a]", "zone", "base_url", "\\", "#", "[categories]", "EMAIL", "'local'", "text", " ", "then", "'stay'"),
    *("1979-05-27", "-", "\r", "'http://[::1'", "'22:00-7:00'", "hours", "api_key_env", "[budget]", "day", "'1 USD'"),
    *("\x00", "é", "\u2028"),
]
fragments = st.sampled_from(FRAGMENTS)


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200) | st.lists(fragments, max_size=30).map("".join))
def test_any_text_gives_a_policy_or_a_mistake_and_nothing_else(raw: str | bytes) -> None:
    """Whatever the bytes are: a policy, or a SettingsError of one line."""
    error = mistake_in(raw)
    if error is not None:
        assert error.line >= 1
        assert error.message.splitlines() == [error.message]


words = st.sampled_from(["'ask'", "1", "true", "'x'", "[]", "['a', 1]", "{}", "{ text = 'a' }", "''", "[{}]", "1.5"])
KEYS = [
    *("version", "mode", "categories", "categories.default", "categories.EMAIL", "speech", "speech.stt_cloud", "rule"),
    *("redaction", "redaction.level", "redaction.ask_local_model", "redaction.also"),
    *("backend", "backend.a", "backend.a.zone", "backend.a.base_url", "backend.a.redact", "backend.a.api_key_command"),
    *("budget", "budget.day", "escalate", "escalate.to_cloud_when", "retention", "retention.ledger", "x", "''"),
]
keys = st.sampled_from(KEYS)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(keys, words), max_size=6))
def test_any_value_under_any_key_gives_a_policy_or_a_mistake(lines: list[tuple[str, str]]) -> None:
    """Wrong types everywhere are mistakes with a line that exists."""
    text = "\n".join(f"{key} = {value}" for key, value in lines)
    error = mistake_in(text)
    if error is not None:
        assert 1 <= error.line <= max(1, len(lines))


@pytest.mark.parametrize("level", Level)
def test_each_level_of_redaction_is_read(level: Level) -> None:
    """The three words, and balanced without asking a model where nothing is said."""
    policy = parse_policy(f"[redaction]\nlevel = '{level}'\nask_local_model = true", "p")
    assert policy.redaction == Redaction(level, True)
    assert parse_policy("[redaction]\nalso = ['gliner', 'presidio']", "p").redaction.also == ("gliner", "presidio")
    assert parse_policy("", "p").redaction == Redaction(Level.BALANCED, False)


# ---------------------------------------------------------------- template and check


def test_the_template_is_a_policy_without_a_mistake() -> None:
    """What `policy init` writes reads back clean, lets nothing leave and says the design's words."""
    policy = parse_policy(policy_template(), "policy.toml")
    assert policy.backends == ()
    assert policy.mode is Mode.LOCAL_FIRST
    assert policy.categories == {"default": Action.REDACT, "credential": Action.REFUSE, "health": Action.LOCAL}
    assert policy.to_cloud_when == tuple(Reason)


def test_the_commented_parts_of_the_template_are_policies_too() -> None:
    """Taking away the comment marks of its examples gives a policy without a mistake."""
    lines = policy_template().split("\n")
    code = (
        "# [",
        "# name =",
        "# when =",
        "# then =",
        "# zone =",
        "# kind =",
        "# api",
        "# base_url =",
        "# model =",
        "# rule =",
        "# backend =",
        "# timeout =",
        "# day =",
        "# month =",
        "# conversation =",
    )
    opened = "\n".join(line[2:] if line.startswith(code) else line for line in lines)
    policy = parse_policy(opened, "policy.toml")
    assert [backend.name for backend in policy.backends] == ["lab", "openai"]
    assert [rule.name for rule in policy.rules] == ["project falcon stays home"]
    assert (str(policy.budget.day), str(policy.budget.month)) == ("0.50 USD", "5 USD")
    assert [always.rule for always in policy.always] == ["mode:ask"]
    assert policy.backends[0].timeout == timedelta(minutes=1)


def warnings_of(text: str, detectable: frozenset[str] = EVERYTHING) -> str:
    return "\n".join(check_policy(parse_policy(text, "p"), detectable, TODAY))


GOOD = """
[categories]
health = "local"
legal = "local"
sexual = "local"
political = "local"
[backend.a]
zone = "cloud"
kind = "openai"
model = "some-model"
api_key_env = "KEY"
"""


def test_a_policy_that_does_what_it_says_has_no_warning() -> None:
    """Nothing is said where nothing is amiss."""
    assert warnings_of(GOOD) == ""


@pytest.mark.parametrize(
    ("text", "detectable", "says"),
    [
        (GOOD, EVERYTHING - {"health"}, "[categories] health is local, and nothing can find it yet"),
        (
            GOOD + "[[rule]]\nname='a'\nwhen.categories='name'\nthen='ask'",
            EVERYTHING - {"ORG"},
            "nothing can find ORG yet",
        ),
        (
            "[categories]\ncredential='refuse'",
            EVERYTHING - {"KEY"},
            "credential (KEY) is refuse, and nothing can find it",
        ),
        (
            GOOD + "[[rule]]\nname='a'\nwhen.text='b'\nthen='leave'",
            EVERYTHING,
            'rule "a" says leave, which adds nothing',
        ),
        ("", EVERYTHING, "there is no [backend.NAME] outside this device"),
        ("mode='local-only'\n" + GOOD, EVERYTHING, "the mode is local-only: a will never be asked"),
        (GOOD + "[escalate]\nto_cloud_when=[]", EVERYTHING, "does not list asked: --cloud is refused"),
        ("[categories]\ndefault='allow'", EVERYTHING, "everything that is not listed is sent in clear"),
        ("[categories]\nEMAIL='allow'", EVERYTHING, "EMAIL is sent in clear"),
        ("[speech]\nstt_cloud='ask'", EVERYTHING, "a recording cannot be redacted"),
        ("[categories]\nhealth='local'", EVERYTHING, "not listed, and not to be redacted: legal, sexual, political"),
        (FULL, EVERYTHING, "[backend.lab] is insecure"),
        (FULL, EVERYTHING, "[backend.lab] has redact = false"),
        (FULL, EVERYTHING, "[backend.proxy] has no key"),
        (FULL, EVERYTHING, "'key token set proxy'"),
        (FULL, EVERYTHING, "[backend.proxy] names no model"),
        (FULL, EVERYTHING, "[backend.azure] has no input_price and output_price"),
        (
            "[backend.a]\nzone='lan'\nkind='openai'\nbase_url='https://8.8.8.8/v1'",
            EVERYTHING,
            "its address is on the internet",
        ),
        (GOOD.replace("some-model", "gpt-4o"), EVERYTHING, "model gpt-4o ends on 2027-01-14"),
        (GOOD.replace("some-model", "o3-2025-04-16"), EVERYTHING, "model o3-2025-04-16 ends on 2026-12-11"),
        (GOOD.replace("some-model", "gpt-4-0613"), EVERYTHING, "model gpt-4-0613 ended on 2026-10-23"),
        (GOOD.replace("some-model", "gpt-5"), EVERYTHING, "as its maker announced; instead of it: gpt-5.6-sol"),
        (GOOD + "stt_model='whisper-1'\ntts_model='tts-1'", EVERYTHING, "stt_model whisper-1 ends on 2027-02-26"),
        (GOOD + "stt_model='whisper-1'\ntts_model='tts-1'", EVERYTHING, "tts_model tts-1 ends on 2027-01-06"),
        (FULL, EVERYTHING, '[[always]] "category:name" for openai: what this asks about is sent without asking'),
        (
            GOOD + "[[always]]\nrule='category:EMAIL'\nbackend='a'",
            EVERYTHING,
            '[[always]] "category:EMAIL" for a: nothing asks under that name',
        ),
    ],
)
def test_what_a_policy_does_not_do_is_said(text: str, detectable: frozenset[str], says: str) -> None:
    """Each thing that reads better than it works has one line."""
    assert says in warnings_of(text, detectable)


@pytest.mark.parametrize(
    "says_not",
    [
        "[backend.openai] has no key",
        "[backend.openai] names no model",
        "[backend.openai] has no input_price",
        "[backend.openai] is insecure",
        "[backend.azure] names no model",
        "[backend.azure] has no key",
        "[backend.ears] has no key",
        "[backend.ears] is insecure",
        "[backend.lab] has no key",
        "[backend.lab] is called lan",
        "never be asked",
        "there is no [backend.NAME]",
    ],
)
def test_what_is_well_is_not_warned_of(says_not: str) -> None:
    """No warning where the policy is right."""
    assert says_not not in warnings_of(FULL)


def test_what_a_wyoming_server_is_never_told_is_said() -> None:
    """A key beside it would look as if it were used."""
    ear = "[backend.ear]\nzone='device'\nkind='wyoming'\nbase_url='tcp://127.0.0.1:10300'\n"
    assert "no place for" not in warnings_of(ear + "stt_model='small'\n")
    said = warnings_of(ear + "model='small'\napi_key_env='EAR'\n")
    assert "[backend.ear] is of kind wyoming, which has no place for model, a key" in said


def test_a_back_end_that_only_hears_or_speaks_needs_no_model() -> None:
    """It is asked no question, so there is nothing to say about a model that would answer one."""
    ear = "[backend.ear]\nzone='lan'\nkind='openai-compatible'\nbase_url='https://ear.example/v1'\n"
    assert "[backend.ear] names no model" in warnings_of(ear)
    assert "names no model" not in warnings_of(ear + "stt_model='whisper'\n")
    assert "names no model" not in warnings_of(ear + "tts_model='voices'\nvoice='a'\n")


PRICED = """
[backend.b]
zone='cloud'
kind='openai'
input_price='1 USD'
output_price='2 USD'
[budget]
conversation='1 USD'
"""


def test_every_kind_of_asking_can_be_answered_for_always() -> None:
    """A rule, a category, the mode, speech: what asks under that name is sent without asking, else it does nothing."""
    asking = GOOD.replace("[backend.a]", "name = 'ask'\n[backend.a]") + (
        "[speech]\nstt_cloud='ask'\n[[rule]]\nname='mine'\nwhen.text='x'\nthen='ask'\n"
    )
    for name in ("mine", "category:name", "mode:ask", "speech:stt_cloud"):
        always = f"[[always]]\nrule='{name}'\nbackend='a'\n"
        assert f'"{name}" for a: what this asks about is sent without asking' in warnings_of(
            "mode='ask'\n" + asking + always
        )
        assert f'"{name}" for a: nothing asks under that name' in warnings_of(GOOD + always)


def test_prices_of_the_table_are_prices() -> None:
    """A model of OpenAI whose price is known needs none in the policy; in another currency it is never asked."""
    known = PRICED.replace("kind='openai'", "kind='openai'\nmodel='gpt-4o-2024-08-06'")
    known = known.replace("input_price='1 USD'\noutput_price='2 USD'\n", "")
    assert "no input_price" not in warnings_of(known)
    euros = known.replace("1 USD", "1 EUR")
    assert "[backend.b] has its prices in USD: under a budget in EUR it is never asked" in warnings_of(euros)
    monthly = known.replace("conversation=", "month=").replace("gpt-4o-2024-08-06", "mine")
    assert "no input_price" in warnings_of(monthly)


def test_a_budget_needs_both_prices() -> None:
    """Any limit asks for prices, and one price alone is none."""
    assert "no input_price" not in warnings_of(PRICED)
    for price in ("input_price='1 USD'\n", "output_price='2 USD'\n"):
        assert "[backend.b] has no input_price and output_price" in warnings_of(PRICED.replace(price, ""))
    by_day = PRICED.replace("conversation=", "day=").replace("input_price='1 USD'\n", "")
    assert "[backend.b] has no input_price and output_price" in warnings_of(by_day)


def test_only_a_lan_that_is_sent_to_in_clear_is_warned_of() -> None:
    """A lan that is redacted, and a server on this device that is not, are both well."""
    lan = "[backend.b]\nzone='lan'\nkind='openai'"
    here = "[backend.b]\nzone='device'\nkind='openai'\nbase_url='http://127.0.0.1:1/v1'\nredact=false"
    assert "redact = false" in warnings_of(lan + "\nredact=false")
    assert "redact = false" not in warnings_of(lan)
    assert "redact = false" not in warnings_of(here)


def test_a_rule_that_says_leave_needs_no_finder() -> None:
    """What adds nothing need not be found."""
    text = GOOD + "[[rule]]\nname='a'\nwhen.categories='name'\nthen='leave'"
    assert "nothing can find" not in warnings_of(text, EVERYTHING - {"ORG"})


def test_a_default_that_is_not_redact_holds_for_topics() -> None:
    """Only what can neither be redacted nor is listed is told; a policy built without a default has one."""
    assert "not to be redacted" not in warnings_of("[categories]\ndefault='local'")
    assert "not to be redacted" not in warnings_of(GOOD)
    assert any("not to be redacted" in said for said in check_policy(Policy(categories={}), EVERYTHING, TODAY))


def test_without_a_policy_one_line_is_said() -> None:
    """Absent and unreadable policies are told apart."""
    absent, unreadable = (check_policy(p, EVERYTHING, TODAY) for p in (Policy.absent(), Policy.unreadable("x")))
    assert absent == ["there is no policy: nothing leaves this device"]
    assert unreadable == ["the policy cannot be used: nothing leaves this device"]
