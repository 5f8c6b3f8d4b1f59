"""`config.toml`: what is understood, what is a mistake and where; switches; whose file it is."""

from __future__ import annotations

import stat
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.duration import parse_duration
from privacy_assistant.core.money import Money, parse_money
from privacy_assistant.core.policy import Switches
from privacy_assistant.core.settings import (
    Audio,
    Level,
    Log,
    Models,
    Network,
    Persona,
    Settings,
    is_trustworthy,
    parse_settings,
    read_settings,
    switches_from,
)
from privacy_assistant.errors import SettingsError

FULL = '''\
language = "de-AT"

[persona]
system = """You are brief.
You are kind."""
temperature = 0.5
max_tokens = 400

[network]
offline = true
no_cloud = true

[log]
level = "debug"

[audio]
input = "Mic"
output = "Speaker"
speed = 1.2

[models]
stt = "small"
llm = "/models/x.gguf"
tts = "amy"
turn = "t"
wake = "w"
pii = "p"
'''


def test_everything_that_is_written_is_read() -> None:
    """Every key ends in the settings."""
    assert parse_settings(FULL, "config.toml") == Settings(
        persona=Persona("You are brief.\nYou are kind.", 0.5, 400),
        language="de-AT",
        network=Network(offline=True, no_cloud=True),
        log=Log(Level.DEBUG),
        audio=Audio("Mic", "Speaker", 1.2),
        models=Models(stt="small", llm="/models/x.gguf", tts="amy", turn="t", wake="w", pii="p"),
        file="config.toml",
    )


def test_nothing_written_is_the_default() -> None:
    """An empty file and no file are the same settings."""
    assert parse_settings("", "") == Settings()
    assert Settings().persona.temperature is None


def test_a_temperature_may_be_a_whole_number() -> None:
    """0 and 2 are temperatures."""
    assert parse_settings("[persona]\ntemperature = 0", "c").persona.temperature == 0.0
    assert parse_settings("[persona]\ntemperature = 2", "c").persona.temperature == 2.0


def test_the_longest_name_is_a_name() -> None:
    """200 characters are not too many."""
    assert len(parse_settings(f"[audio]\ninput = '{'x' * 200}'", "c").audio.input) == 200


def test_the_persona_is_in_no_repr() -> None:
    """What a person writes about themselves does not reach a log."""
    assert "brief" not in repr(parse_settings(FULL, "config.toml"))


@pytest.mark.parametrize(
    ("text", "line", "key", "says"),
    [
        ("\nlangauge = 'en'", 2, "langauge", "is an unknown key"),
        ("language = 'English'", 1, "language", "must be a language tag"),
        ("language = 3", 1, "language", "must be a text in quotes"),
        ("[persona]\ntemperature = 2.5", 2, "persona.temperature", "must be a number from 0 to 2"),
        ("[persona]\ntemperature = -0.1", 2, "persona.temperature", "must be a number from 0 to 2"),
        ("[persona]\ntemperature = nan", 2, "persona.temperature", "must be a number from 0 to 2"),
        ("[persona]\ntemperature = true", 2, "persona.temperature", "must be a number from 0 to 2"),
        ("[persona]\ntemperature = '1'", 2, "persona.temperature", "must be a number from 0 to 2"),
        ("[persona]\nmax_tokens = 0", 2, "persona.max_tokens", "must be a whole number from 1"),
        ("[persona]\nmax_tokens = 1000001", 2, "persona.max_tokens", "must be a whole number from 1"),
        ("[persona]\nmax_tokens = 1.0", 2, "persona.max_tokens", "must be a whole number from 1"),
        ('[persona]\nsystem = "a\\u0007"', 2, "persona.system", "printable"),
        ("[persona]\nname = 'x'", 2, "persona.name", "is an unknown key"),
        ("[network]\noffline = 1", 2, "network.offline", "must be true or false, without quotes"),
        ("[network]\nonline = true", 2, "network.online", "is an unknown key"),
        ("[log]\nlevel = 'loud'", 2, "log.level", "must be one of: debug, info, warning, error"),
        ("[log]\nfile = 'x'", 2, "log.file", "is an unknown key"),
        ('[audio]\ninput = "a\\nb"', 2, "audio.input", "printable"),
        (f"[audio]\noutput = '{'x' * 201}'", 2, "audio.output", "at most 200"),
        ("[audio]\nmic = 'x'", 2, "audio.mic", "is an unknown key"),
        ("[audio]\nspeed = 3", 2, "audio.speed", "from 0.5 to 2"),
        ("[models]\nllm = ['x']", 2, "models.llm", "must be a text in quotes"),
        ("[models]\nlmm = 'x'", 2, "models.lmm", "is an unknown key"),
        ("models = 'x'", 1, "models", "must be a table, written [models]"),
        ("x", 1, "x", "is not TOML"),
    ],
)
def test_every_mistake_names_its_line_and_key(text: str, line: int, key: str, says: str) -> None:
    """One line with file, line and key."""
    with pytest.raises(SettingsError) as caught:
        parse_settings(text, "config.toml")
    error = caught.value
    assert (error.file, error.line, error.key) == ("config.toml", line, key)
    assert says in error.message


def test_all_mistakes_are_listed() -> None:
    """Not only the first one is found."""
    found, mistakes = read_settings("[network]\nx = 1\n[log]\ny = 1", "c")
    assert found is None
    assert [mistake.line for mistake in mistakes] == [2, 4]
    assert read_settings("x", "c")[0] is None


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=100) | st.text(max_size=100))
def test_any_text_gives_settings_or_a_mistake(raw: str | bytes) -> None:
    """Nothing but a SettingsError ever comes out."""
    found, mistakes = read_settings(raw, "config.toml")
    assert (found is None) == bool(mistakes)


@pytest.mark.parametrize("name", ["PRIVACY_ASSISTANT_OFFLINE", "PRIVACY_ASSISTANT_NO_CLOUD"])
@pytest.mark.parametrize(
    ("value", "is_on"),
    [
        ("1", True),
        ("true", True),
        ("yes", True),
        ("ture", True),
        ("", False),
        ("0", False),
        (" No ", False),
        ("OFF", False),
        ("false", False),
    ],
)
def test_a_variable_switches_on(name: str, value: str, is_on: bool) -> None:
    """Each variable sets its own switch; a slip in its value still does."""
    switched = switches_from(Settings(), {name: value}, Switches())
    wanted = Switches(offline=is_on and name.endswith("OFFLINE"), no_cloud=is_on and name.endswith("NO_CLOUD"))
    assert switched == wanted


@pytest.mark.parametrize("switch", ["offline", "no_cloud"])
def test_the_union_of_all_switches_counts(switch: str) -> None:
    """Settings and flags each switch on; an environment that says 0 takes nothing back."""
    env = {"PRIVACY_ASSISTANT_OFFLINE": "0", "PRIVACY_ASSISTANT_NO_CLOUD": "0"}
    on = Switches(**{switch: True})
    assert switches_from(Settings(), env, on) == on
    assert switches_from(Settings(network=Network(**{switch: True})), env, Switches()) == on
    assert switches_from(Settings(), {}, Switches()) == Switches()


def test_what_was_asked_for_on_the_command_line_is_kept() -> None:
    """--local and --cloud come from the command line alone."""
    assert switches_from(Settings(), {}, Switches(local=True)) == Switches(local=True)
    assert switches_from(Settings(), {}, Switches(cloud=True)) == Switches(cloud=True)


@pytest.mark.parametrize(
    ("mode", "owner", "trusted"),
    [
        (stat.S_IFREG | 0o600, 1000, True),
        (stat.S_IFREG | 0o644, 1000, True),
        (stat.S_IFREG | 0o620, 1000, False),
        (stat.S_IFREG | 0o602, 1000, False),
        (stat.S_IFREG | 0o600, 1001, False),
        (stat.S_IFREG | 0o600, 0, False),
        (stat.S_IFDIR | 0o600, 1000, False),
        (stat.S_IFIFO | 0o600, 1000, False),
    ],
)
def test_only_a_file_of_ones_own_is_trusted(mode: int, owner: int, trusted: bool) -> None:
    """A policy that somebody else may write is nobody's policy."""
    assert is_trustworthy(mode, owner, 1000) is trusted


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("0", timedelta(0)),
        ("0d", timedelta(0)),
        ("45s", timedelta(seconds=45)),
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("30d", timedelta(days=30)),
        ("2w", timedelta(days=14)),
        ("100y", timedelta(days=36500)),
        ("forever", None),
    ],
)
def test_a_length_of_time_is_read(text: str, length: timedelta | None) -> None:
    """Every unit, nothing, and forever."""
    assert parse_duration(text) == length


@pytest.mark.parametrize(
    "text", ["", "d", "30", "30 d", "-1d", "1.5h", "30D", "101y", "36501d", "9999999999s", "٣d", "never"]
)
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    """No guess is made; the message does not repeat the text."""
    with pytest.raises(ValueError, match=r"not a length of time|longer than 100 years"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "amount"), [("0.50 USD", "0.50"), ("0 EUR", "0"), ("12 CHF", "12"), ("1.000001 USD", "1.000001")]
)
def test_an_amount_is_exact_and_prints_as_written(text: str, amount: str) -> None:
    """Decimal, never binary."""
    assert parse_money(text) == Money(Decimal(amount), text[-3:])
    assert str(parse_money(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "USD",
        "1USD",
        "1 usd",
        "$1",
        "-1 USD",
        "1,0 USD",
        ".5 USD",
        "1. USD",
        "1e3 USD",
        "1 USDX",
        "NaN USD",
        "1 USD ",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    """No guess is made about money."""
    with pytest.raises(ValueError, match="not an amount"):
        parse_money(text)
