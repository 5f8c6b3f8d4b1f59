"""`setup` by flags, in homes of its own: from nothing, again, with a hub, from a stick, and where it goes wrong."""

from __future__ import annotations

import json
import shutil
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from privacy_assistant.vault import factors
from privacy_assistant.vault.keystore import FLOOR
from tests.egress.hub_faults import Status
from tests.egress.hub_server import Hub
from tests.faces.conftest import Person, Shown
from tests.faces.own_models import EAR, MIND, MOUTH, hub_of_ours, lists_our_models
from tests.faces.test_listen_live import Recorder
from tests.sound_server import SoundServer

NAME = "Quenby Farnsworth"
QUICKLY = ("--no-sound", "--no-figures", "--json")
FETCHES = ("--quality", "small", "--online", "--yes", *QUICKLY)
STREET = "12 Elm Road, Springfield"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """Our models, for whoever is here."""
    with hub_of_ours() as opened:
        monkeypatch.setenv("HF_ENDPOINT", opened.url)
        yield opened


def told(shown: Shown) -> dict[str, Any]:
    """What it says to a program."""
    body: dict[str, Any] = json.loads(shown.out)
    return body


def loudness(file: Path) -> tuple[float, float]:
    """Seconds of a WAV file, and the root of the mean square of its samples."""
    with wave.open(str(file)) as opened:
        assert (opened.getnchannels(), opened.getsampwidth()) == (1, 2)
        samples = np.frombuffer(opened.readframes(opened.getnframes()), "<i2").astype(np.float64)
        return len(samples) / opened.getframerate(), float(np.sqrt(np.mean(samples**2)))


# ---------------------------------------------------------------- from nothing


def test_without_flags_and_without_a_key_it_does_what_needs_no_agreement(person: Person) -> None:
    """Policy and settings are there, nothing was fetched and nothing asked, and what is left out is said."""
    shown = person.starts("setup", "--no-sound", stdin=b"a line that nobody reads\n")
    assert shown.code == 0
    assert "there is no key store" in shown.err
    assert "nothing leaves this machine" in shown.err
    assert "tokens/s" in shown.out
    assert "privacy-assistant chat" in shown.out
    assert sorted(path.name for path in person.home.iterdir()) == ["config.toml", "policy.toml"]
    assert person.types("policy", "check").code == 0


def test_a_fresh_home_by_flags_masks_says_hello_and_keeps_no_word_in_clear(person: Person, tmp_path: Path) -> None:
    """The profile masks in `redact` and `route`; the hello is as loud and as long as speech; the name is in no file."""
    wav = tmp_path / "hello.wav"
    shown = person.types("setup", "--name", NAME, "--mask", STREET, "--language", "de-AT", "-o", str(wav), "--json")
    assert shown.code == 0
    body = told(shown)
    assert (body["language"], body["keys"], body["policy"], body["masked"]) == ("de-AT", "made", "made", 2)
    assert body["working"] == {"stt": "pocketsphinx", "llm": "smollm2-135m-instruct", "tts": "en_US-robot-low"}
    assert body["figures"].keys() == {
        *("mind_load_s", "mind_first_token_s", "mind_tokens_per_s", "voice_load_s", "voice_first_sound_s")
    }
    assert all(value > 0 for value in body["figures"].values())
    seconds, loud = loudness(wav)
    assert abs(seconds - body["hello"]["seconds"]) < 0.01
    assert 1.5 < seconds < 8
    assert loud > 300
    assert NAME.lower() not in (shown.out + shown.err).lower()
    for word in (*NAME.split(), "Elm Road"):
        assert word.encode().lower() not in person.every_byte().lower()
    redacted = person.types("redact", "tell farnsworth: 12 elm rd", "--json").json
    assert "farnsworth" not in redacted["redacted"]
    assert person.types("route", "tell farnsworth: 12 elm rd", "--json").json["findings"] == {"ADDRESS": 1, "PERSON": 1}


def test_hello_is_said_by_the_loudspeaker(person: Person, sound_server: SoundServer, tmp_path: Path) -> None:
    """Where there is one, by its name, and without opening a microphone."""
    if shutil.which("parec") is None:
        pytest.skip("parec is not installed")
    sound_server.plug_in("room", "Room")
    with Recorder(tmp_path / "hello.raw") as recorder:
        shown = person.starts("setup")
        assert shown.code == 0, shown.err
        recorder.hears_a_voice(0.5)
    body = told(person.types("setup", *QUICKLY))
    assert body["machine"]["loudspeaker"] in ("Kitchen", "Room")
    assert "privacy-assistant listen" in body["next"]


def test_run_again_it_changes_nothing(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same bytes in every file that a person may write, the same keys; and a policy of theirs stays theirs."""
    assert person.types("setup", *QUICKLY, "--language", "fr", "--name", NAME).code == 0
    monkeypatch.setenv("LANG", "de_AT.UTF-8")
    person.writes_policy('version = 1\nmode = "local-only"  # mine\n')
    kept = {path.name: path.read_bytes() for path in person.home.iterdir() if path.suffix == ".toml"}
    again = told(person.types("setup", *QUICKLY))
    assert (again["language"], again["keys"], again["policy"]) == ("fr", "was there", "was there")
    assert (again["settings"], again["masked"], again["models"]) == ([], 0, [])
    assert {path.name: path.read_bytes() for path in person.home.iterdir() if path.suffix == ".toml"} == kept
    assert len(person.types("profile", "list", "--json").json) == 1
    known = told(person.types("setup", *QUICKLY, "--name", NAME.upper()))
    assert known["masked"] == 0


def test_what_is_masked_can_come_where_nobody_else_sees_it(person: Person, tmp_path: Path) -> None:
    """From standard input, as names or as whatever it is, and from a file; a value a line."""
    piped = person.types("setup", *QUICKLY, "--name", "-", stdin=b"Zelda Quist\n\nquenby\n")
    assert told(piped)["masked"] == 2
    assert [row["kind"] for row in person.types("profile", "list", "--json").json] == ["PERSON", "PERSON"]
    assert told(person.types("setup", *QUICKLY, "--mask-file", "-", stdin=STREET.encode()))["masked"] == 1
    names = tmp_path / "names"
    names.write_text(f"# us\n{NAME}\nZelda Quist\n", encoding="utf-8")
    assert told(person.types("setup", *QUICKLY, "--mask-file", str(names)))["masked"] == 1
    assert len(person.types("profile", "list", "--json").json) == 4


@pytest.mark.parametrize(
    "arguments",
    [
        ("--online", "--quality", "small"),
        ("--online", "--later", "--yes"),
        ("--from", "/no/such/stick"),
        ("--language", "no such one"),
        ("--name", "x"),
        ("--name", NAME, "--mask", "\x07"),
        ("--mask-file", "/no/such/file"),
        ("--name", "-", "--mask-file", "-"),
        ("--output", "/no/such/folder/hello.wav"),
        ("--output", "hello.wav", "--no-sound"),
        ("--quality", "splendid"),
    ],
)
def test_what_cannot_be_meant_is_one_line_and_nothing_is_done(person: Person, arguments: tuple[str, ...]) -> None:
    """Exit code 2, a remedy, no word that was to be masked, and a home as empty as before."""
    shown = person.types("setup", *arguments)
    assert shown.code == 2
    assert len(shown.err.strip().splitlines()) == 1
    assert " · " in shown.err
    assert NAME not in shown.err
    assert list(person.home.iterdir()) == []


def test_a_wrong_passphrase_ends_with_seven_and_leaves_the_rest(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The policy and the settings were written; the profile is as it was."""
    monkeypatch.setattr(factors, "calibrate", lambda: FLOOR)

    def with_words(words: str, *arguments: str) -> Shown:
        monkeypatch.setenv("PRIVACY_ASSISTANT_PASSPHRASE", words)
        return person.types("setup", *QUICKLY, *arguments, with_key=False)

    assert told(with_words("the right words", "--name", NAME))["masked"] == 1
    (person.home / "policy.toml").unlink()
    wrong = with_words("other words", "--mask", STREET)
    assert (wrong.code, told(wrong)["error"]["kind"]) == (7, "WrongPassphrase")
    assert (person.home / "policy.toml").exists()
    assert told(with_words("the right words", "--mask", NAME))["masked"] == 0


# ---------------------------------------------------------------- models


def test_what_fits_is_fetched_from_the_hub_and_works(person: Person, hub: Hub) -> None:
    """Ear, mind and mouth come by the gate, a line of the ledger for each request, and are used from then on."""
    lists_our_models(person, hub)
    before = person.types("models", "list", "--json").json
    assert {row["name"] for row in before if row["state"] == "in use"} >= {"pocketsphinx", "smollm2-135m-instruct"}
    shown = person.starts(
        *("--key-file", str(person.key), "setup"), *("--quality", "small", "--online", "--yes", "--no-sound")
    )
    assert shown.code == 0, shown.err
    assert f"{hub.url}/own/ear/resolve/main/model.bin" in shown.err
    assert f"hears with {EAR}, answers with {MIND}, speaks with " in shown.out
    after = person.types("models", "list", "--json").json
    assert {row["name"] for row in after if row["state"] == "in use"} >= {EAR, MIND, MOUTH}
    lines = person.types("ledger", "list", "--json").json["lines"]
    assert len(lines) == len(hub.requests) + len(hub.store_requests) > 7
    answer = person.types("ask", "--json", "What is the capital of France?").json
    assert answer["model"] == MIND
    # Again: all of it is here, and nothing is asked for.
    count = len(hub.requests)
    again = told(person.types("setup", *FETCHES))
    assert (again["models"], again["settings"], len(hub.requests)) == ([], [], count)


def test_a_pull_that_fails_leaves_the_spare_wheels_and_its_exit_code(person: Person, hub: Hub) -> None:
    """Everything else is done, the hello is said by the spare voice, and the failure is told at the end."""
    lists_our_models(person, hub, (MOUTH,))
    hub.faults["own/voice/en_US-robot-low.onnx"] = Status(404)
    shown = person.types("setup", *FETCHES, "--name", NAME)
    body = told(shown)
    assert shown.code == body["error"]["code"] == 5
    assert body["error"]["kind"] == "BackendRefused"
    assert (body["masked"], body["models"]) == (1, [])
    assert body["working"]["tts"] == "en_US-robot-low"


@pytest.mark.parametrize(("switch", "code"), [("--offline", 5), ("--no-cloud", 4)])
def test_a_hard_switch_refuses_to_fetch_and_everything_else_is_done(
    person: Person, hub: Hub, switch: str, code: int
) -> None:
    """With the line that brings models without a network; nobody is asked for anything."""
    lists_our_models(person, hub, (MOUTH,))
    shown = person.types("setup", switch, *FETCHES)
    error = told(shown)["error"]
    assert (shown.code, error["code"]) == (code, code)
    assert "privacy-assistant models import PATH" in error["hint"]
    assert told(shown)["keys"] == "made"
    assert hub.requests == []


def test_a_stick_needs_no_network_and_no_keys(person: Person, hub: Hub, tmp_path: Path) -> None:
    """What another machine wrote there is copied, held against what is known, and used."""
    lists_our_models(person, hub, (MOUTH,))
    stick = tmp_path / "stick"
    stick.mkdir()
    for name in ("en_US-robot-low.onnx", "en_US-robot-low.onnx.json"):
        content = hub.files[f"own/voice/{name}"]
        assert isinstance(content, Path)
        (stick / name).write_bytes(content.read_bytes())
    shown = person.types("--offline", "setup", "--from", str(stick), *QUICKLY, with_key=False)
    body = told(shown)
    assert (shown.code, body["models"], body["keys"]) == (0, [MOUTH], "none")
    rows = person.types("models", "list", "--role", "tts", "--json").json
    assert [(row["name"], row["trust"]) for row in rows if row["state"] == "in use"] == [(MOUTH, "published")]


def test_a_model_that_was_set_gives_way_to_the_one_that_is_wanted(person: Person, hub: Hub) -> None:
    """A name under [models] that is installed or known does; a file of the person's own does not."""
    manifest = lists_our_models(person, hub, (MOUTH,))
    config = person.home / "config.toml"
    config.write_text(config.read_text() + 'tts = "en_US-robot-low"  # the spare one\n')
    body = told(person.types("setup", *FETCHES))
    assert body["models"] == [MOUTH]
    assert body["settings"] == ["language", "models.tts"]
    text = config.read_text()
    assert f'manifest = "{manifest}"' in text
    assert "# the spare one" in text
    assert body["working"]["llm"] != MIND
