"""`transcribe` at the command line: by the recogniser of this device, offline and without keys; elsewhere where the
policy is for the cloud first and lets it. `say` has a file of its own."""

from __future__ import annotations

import hashlib
import io
import json
import wave
from collections.abc import Sequence
from pathlib import Path

import pytest

from privacy_assistant.app.sound_files import write_sound
from privacy_assistant.core.consent import Answer, Request
from privacy_assistant.faces.consent import TerminalConsent
from tests.egress.household import KEY, KEY_VARIABLE
from tests.egress.servers.capturing import CapturingServer, Plain, silence
from tests.egress.servers.wyoming_server import WyomingServer, says
from tests.engines.speech_of_our_own import say
from tests.faces.conftest import Person
from tests.fakes import FakeConsent

ALLOW = 'stt_cloud = "allow"\ntts_cloud = "allow"'
ASK = 'stt_cloud = "ask"\ntts_cloud = "ask"'
SAID = "the kettle is on"
PERSONAL = "Write to anna.okafor@example.org today."


def policy(url: str, speech: str = ALLOW, *, zone: str = "cloud", mode: str = "cloud-first", more: str = "") -> str:
    """One back end that hears and speaks, and what `[speech]` says of it."""
    return f"""version = 1
mode = "{mode}"
[speech]
{speech}
[backend.there]
zone = "{zone}"
kind = "openai-compatible"
base_url = "{url}"
stt_model = "whisper-1"
tts_model = "tts-1"
voice = "alloy"
api_key_env = "{KEY_VARIABLE}"
{more}
"""


def recorded(
    file: Path, *, seconds: float = 0.25, rate: int = 16_000, width: int = 2, channels: int = 1, value: int = 7
) -> Path:
    """A WAV file in which every byte is the same."""
    with wave.open(str(file), "wb") as sound:
        sound.setframerate(rate)
        sound.setsampwidth(width)
        sound.setnchannels(channels)
        sound.writeframes(bytes([value]) * (int(rate * seconds) * width * channels))
    return file


@pytest.fixture
def speaker(person: Person, monkeypatch: pytest.MonkeyPatch, capturing_server: CapturingServer) -> Person:
    """A person with the key of a back end that hears and speaks, and a policy that lets it."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    capturing_server.answer = SAID
    person.writes_policy(policy(capturing_server.url))
    return person


@pytest.fixture
def wav(home: Path) -> Path:
    """A quarter of a second of something."""
    return recorded(home.parent / "speech.wav")


def answers(patch: pytest.MonkeyPatch, *given: Answer) -> list[Request]:
    """A person at the terminal who answers so, in order; what they were asked."""
    consent = FakeConsent(*given)

    def ask(_: TerminalConsent, request: Request) -> Answer:
        return consent.ask(request)

    patch.setattr(TerminalConsent, "ask", ask)
    return consent.requests


# ---------------------------------------------------------------- here


@pytest.fixture
def timer(home: Path) -> Path:
    """A sentence of a skill, by our own voice."""
    file = home.parent / "timer.wav"
    write_sound(file, say("set a timer for ten minutes"))
    return file


def test_the_recogniser_of_this_device_needs_no_key_store_no_policy_and_no_network(person: Person, timer: Path) -> None:
    """Offline too, and nothing is made in the home."""
    shown = person.types("--offline", "transcribe", str(timer), with_key=False)
    assert (shown.code, shown.out) == (0, "set a timer for ten minutes\n")
    assert shown.err.startswith("[local · pocketsphinx (spare) · ")
    assert not person.home.exists() or list(person.home.rglob("*")) == []


def test_json_says_who_listened_and_how_sure_it_is(person: Person, timer: Path, wav: Path) -> None:
    """One line for each file; for one in which nobody speaks there is no text, and a word that says why."""
    shown = person.types("transcribe", str(timer), str(wav), "--json", with_key=False)
    spoken, nobody = map(json.loads, shown.out.splitlines())
    assert shown.code == 0
    assert (spoken["text"], spoken["language"], spoken["file"]) == ("set a timer for ten minutes", "en", str(timer))
    assert (spoken["answered_by"], spoken["zone"], spoken["ledger"]) == ("pocketsphinx", "device", None)
    assert 0.5 < spoken["confidence"] <= 1.0
    assert (nobody["text"], nobody["rejected"], nobody["confidence"]) == ("", "noise", 0.0)


@pytest.mark.parametrize("speech", ["", 'stt_cloud = "never"\ntts_cloud = "never"'])
@pytest.mark.parametrize("zone", ["cloud", "lan"])
def test_without_a_word_in_the_policy_nothing_is_heard_elsewhere(
    speaker: Person, capturing_server: CapturingServer, wav: Path, speech: str, zone: str
) -> None:
    """This device listens: no connection, and no key store is made for it."""
    speaker.writes_policy(policy(capturing_server.url, speech, zone=zone))
    heard = speaker.types("transcribe", str(wav), "--yes-redacted")
    assert (heard.code, heard.out) == (0, "\n")
    assert heard.err == "[local · pocketsphinx (spare) · noise]\n"
    assert capturing_server.connections == 0
    assert not list(speaker.home.rglob("*.db"))


def test_a_policy_that_is_not_for_the_cloud_first_keeps_it_here(
    speaker: Person, capturing_server: CapturingServer, timer: Path
) -> None:
    """Whatever [speech] lets."""
    speaker.writes_policy(policy(capturing_server.url, mode="local-first"))
    assert speaker.types("transcribe", str(timer)).out == "set a timer for ten minutes\n"
    assert capturing_server.connections == 0


@pytest.mark.parametrize("written", ["", "version = 1\n", "nonsense = ["])
def test_a_policy_that_names_nobody_or_cannot_be_read_is_in_nobodys_way(
    person: Person, wav: Path, written: str
) -> None:
    """What stays needs none."""
    if written:
        person.writes_policy(written)
    assert person.types("transcribe", str(wav)).code == 0


@pytest.mark.parametrize("switch", ["--offline", "--no-cloud"])
def test_the_switches_keep_it_here(
    speaker: Person, capturing_server: CapturingServer, timer: Path, switch: str
) -> None:
    """Whatever the policy lets."""
    shown = speaker.types(switch, "transcribe", str(timer))
    assert (shown.code, shown.out) == (0, "set a timer for ten minutes\n")
    assert capturing_server.connections == 0


def test_a_recogniser_that_is_broken_is_one_line_or_a_back_end_that_the_policy_lets(
    speaker: Person, capturing_server: CapturingServer, wav: Path
) -> None:
    """Exit 8 with the file that is missing; with [speech] in the policy it is asked instead, in any mode."""
    broken = speaker.home / "models" / "stt" / "broken"
    broken.mkdir(parents=True)
    (broken / "model.bin").write_bytes(b"")
    speaker.writes_policy(policy(capturing_server.url, "", mode="local-first"))
    shown = speaker.types("transcribe", str(wav))
    assert (shown.code, shown.out) == (8, "")
    assert "has no config.json" in shown.err
    speaker.writes_policy(policy(capturing_server.url, mode="local-first"))
    shown = speaker.types("transcribe", str(wav))
    assert (shown.code, shown.out) == (0, f"{SAID}\n")
    assert "a back end of the policy is asked instead" in shown.err


def test_another_language_than_english_needs_another_recogniser(person: Person, wav: Path) -> None:
    """Exit 8 with what would do; nothing is written down that nobody said."""
    shown = person.types("transcribe", str(wav), "--lang", "de")
    assert (shown.code, shown.out) == (8, "")
    assert "knows English" in shown.err


# ---------------------------------------------------------------- where it may


def test_a_recording_is_transcribed_and_only_its_hash_is_kept(
    speaker: Person, capturing_server: CapturingServer, wav: Path
) -> None:
    """The server gets the file once; the text goes to standard output; the ledger has a line and nobody the sound."""
    shown = speaker.types("transcribe", str(wav), "--lang", "en")
    assert (shown.code, shown.out) == (0, f"{SAID}\n")
    assert shown.err.splitlines()[0] == "[cloud there · whisper-1 · mode:cloud-first]"
    [request] = capturing_server.requests
    assert request.form["file"] == wav.read_bytes()
    assert request.form["language"] == b"en"
    assert speaker.types("ledger", "verify", "--json").json == {"verified": 1}
    [line] = speaker.types("ledger", "list", "--json").json["lines"]
    assert line["destination"] == f"POST {capturing_server.url}/audio/transcriptions"
    assert (line["bytes"], line["counts"]) == (len(request.body), {})
    assert speaker.types("history", "list", "--json").json == []
    kept = speaker.every_byte()
    assert wav.read_bytes()[44:] not in kept
    assert hashlib.sha256(request.body).hexdigest().encode() not in kept
    assert SAID.encode() not in kept


def test_a_server_of_the_lan_hears_where_the_policy_lets_it_and_needs_no_price(person: Person, wav: Path) -> None:
    """A budget counts what is charged; a server of one's own charges nothing."""
    with WyomingServer(says(SAID)) as server:
        person.writes_policy(
            f'version = 1\nmode = "cloud-first"\n[speech]\n{ALLOW}\n[budget]\nday = "1 USD"\n'
            f'[backend.ears]\nzone = "lan"\nkind = "wyoming"\n'
            f'base_url = "{server.url}"\ninsecure = true\n'
        )
        body = person.types("transcribe", str(wav), "--json").json
    assert (body["text"], body["language"], body["zone"], body["answered_by"]) == (SAID, "en", "lan", "ears")
    assert (body["file"], body["seconds"]) == (str(wav), 0.25)


def test_several_recordings_are_written_down_in_their_order(
    speaker: Person, capturing_server: CapturingServer, wav: Path
) -> None:
    """All files are read before the first one leaves, so that a wrong name costs nothing."""
    capturing_server.answer = ["one", "two"]
    other = recorded(wav.with_name("other.wav"), value=9)
    assert speaker.types("transcribe", str(wav), str(other)).out == "one\ntwo\n"
    missing = speaker.types("transcribe", str(wav), str(wav.with_name("missing.wav")))
    assert (missing.code, missing.out) == (2, "")
    assert len(capturing_server.requests) == 2


# ---------------------------------------------------------------- consent


def test_where_the_policy_asks_and_nobody_is_there_nothing_leaves(
    speaker: Person, capturing_server: CapturingServer, wav: Path
) -> None:
    """Without a terminal it is no: this device listens, without a connection; `--yes-redacted` is a yes."""
    speaker.writes_policy(policy(capturing_server.url, ASK))
    shown = speaker.types("transcribe", str(wav))
    assert (shown.code, shown.out) == (0, "\n")
    assert "not sent: the policy asks, and nobody agreed" in shown.err
    assert capturing_server.connections == 0
    assert speaker.types("transcribe", str(wav), "--yes-redacted").out == f"{SAID}\n"


def test_a_person_is_asked_about_this_very_recording(
    speaker: Person, capturing_server: CapturingServer, wav: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once is for one of them, the command is for all of it; after a no this device listens to what is left."""
    speaker.writes_policy(policy(capturing_server.url, ASK))
    other = recorded(wav.with_name("other.wav"), value=9)
    asked = answers(monkeypatch, Answer.ONCE, Answer.NO)
    shown = speaker.types("transcribe", str(wav), str(other))
    assert (shown.code, shown.out) == (0, f"{SAID}\n\n")
    assert [request.asks for request in asked] == [("speech:stt_cloud",)] * 2
    assert len({request.parcel.digest for request in asked}) == 2
    asked = answers(monkeypatch, Answer.CONVERSATION)
    assert speaker.types("transcribe", str(wav), str(other)).code == 0
    assert len(asked) == 1


def test_always_is_written_into_the_policy_and_holds_from_then_on(
    speaker: Person, capturing_server: CapturingServer, wav: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For recordings at this back end, also for the second one of the same command."""
    speaker.writes_policy(policy(capturing_server.url, ASK))
    asked = answers(monkeypatch, Answer.ALWAYS, Answer.NO)
    assert speaker.types("transcribe", str(wav), str(wav)).code == 0
    assert 'rule = "speech:stt_cloud"' in (speaker.home / "policy.toml").read_text()
    assert speaker.types("transcribe", str(wav)).code == 0
    assert len(asked) == 1


# ---------------------------------------------------------------- money and faults


def test_under_a_budget_a_cloud_without_a_price_is_not_asked(
    speaker: Person, capturing_server: CapturingServer, wav: Path
) -> None:
    """What it costs is not known, and may be more than there is: this device listens."""
    speaker.writes_policy(policy(capturing_server.url, more='[budget]\nmonth = "5 USD"'))
    shown = speaker.types("transcribe", str(wav))
    assert (shown.code, shown.out) == (0, "\n")
    assert "its cost is not known, and there is a budget for the month" in shown.err
    assert capturing_server.connections == 0


def test_one_that_fails_is_told_of_and_the_next_one_asked(
    speaker: Person, capturing_server: CapturingServer, wav: Path
) -> None:
    """In the same zone; where there is no other this device listens, and says why."""
    capturing_server.answer = Plain(400, b"{}")
    shown = speaker.types("transcribe", str(wav))
    assert (shown.code, shown.out) == (0, "\n")
    assert shown.err.startswith("there: it refuses this request (HTTP 400")
    assert "understood on this device" in shown.err
    with WyomingServer(says(SAID)) as server:
        table = f'[backend.ears]\nzone = "cloud"\nkind = "wyoming"\nbase_url = "{server.url}"\ninsecure = true\n'
        speaker.writes_policy(policy(capturing_server.url, more=table))
        shown = speaker.types("transcribe", str(wav))
    assert (shown.code, shown.out) == (0, f"{SAID}\n")
    assert "ears is asked instead" in shown.err


def test_without_a_key_store_there_is_no_ledger_and_nothing_leaves(
    speaker: Person, capturing_server: CapturingServer, wav: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for a question; this device listens."""
    monkeypatch.delenv("PRIVACY_ASSISTANT_PASSPHRASE", raising=False)
    shown = speaker.types("transcribe", str(wav), with_key=False)
    assert (shown.code, shown.out) == (0, "\n")
    assert "understood on this device" in shown.err
    assert capturing_server.connections == 0


# ---------------------------------------------------------------- files


def test_sound_of_other_widths_and_channels_becomes_one_channel_of_16_bits(
    speaker: Person, capturing_server: CapturingServer, wav: Path
) -> None:
    """At the rate that it has."""
    shapes = [
        (8_000, 1, 2, 0x80, b"\0\0"),
        (44_100, 3, 2, 5, b"\5\5"),
        (48_000, 4, 1, 6, b"\6\6"),
        (16_000, 2, 8, 1, b"\1\1"),
    ]
    for rate, width, channels, value, sample in shapes:
        file = recorded(wav, rate=rate, width=width, channels=channels, value=value)
        assert speaker.types("transcribe", str(file)).code == 0
        with wave.open(io.BytesIO(capturing_server.requests[-1].form["file"])) as sent:
            assert (sent.getframerate(), sent.getsampwidth(), sent.getnchannels()) == (rate, 2, 1)
            assert set(_pairs(sent.readframes(rate))) == {sample}
            assert sent.getnframes() == rate // 4


def _pairs(pcm: bytes) -> Sequence[bytes]:
    return [pcm[at : at + 2] for at in range(0, len(pcm), 2)]


@pytest.mark.parametrize("content", [b"", b"no sound", b"RIFF\x24\0\0\0WAVE", silence(0.0), b"OggS" + bytes(40)])
def test_a_file_that_is_no_recording_is_one_clear_line(
    speaker: Person, capturing_server: CapturingServer, wav: Path, content: bytes
) -> None:
    """Exit 2 with a way to convert it, before anything is opened or asked."""
    wav.write_bytes(content)
    shown = speaker.types("transcribe", str(wav))
    assert (shown.code, shown.out) == (2, "")
    assert shown.err.count("\n") == 1
    assert str(wav) in shown.err
    assert capturing_server.connections == 0


def test_a_recording_that_was_cut_counts_as_far_as_it_goes(
    speaker: Person, capturing_server: CapturingServer, wav: Path
) -> None:
    """Half a sample at its end is left out."""
    wav.write_bytes(wav.read_bytes()[:1045])
    assert speaker.types("transcribe", str(wav)).code == 0
    with wave.open(io.BytesIO(capturing_server.requests[0].form["file"])) as sent:
        assert sent.getnframes() == 500


def test_a_recording_that_is_too_long_for_one_request_is_refused_here(
    speaker: Person, capturing_server: CapturingServer, wav: Path
) -> None:
    """Twelve minutes at 16 kHz is what a request takes; a rate that is out of range is told of too."""
    shown = speaker.types("transcribe", str(recorded(wav, seconds=800)))
    assert shown.code == 2
    assert "is too long for one request (24 MiB, 13 minutes at 16 kHz)" in shown.err
    shown = speaker.types("transcribe", str(recorded(wav, rate=96_000)))
    assert shown.code == 2
    assert "96000 Hz, 16 bits, 1 channels" in shown.err
    assert capturing_server.connections == 0
