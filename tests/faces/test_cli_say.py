"""`say` at the command line: by the voice of this device, offline and without keys; elsewhere where the policy is for
the cloud first and lets it."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from privacy_assistant.core.consent import Answer, Request
from privacy_assistant.faces.consent import TerminalConsent
from tests.egress.household import KEY, KEY_VARIABLE
from tests.egress.servers.capturing import CapturingServer, Plain, silence
from tests.egress.servers.openai_shapes import Says
from tests.egress.servers.wyoming_server import WyomingServer, speaks
from tests.faces.conftest import Person
from tests.fakes import FakeConsent

PERSONAL = "Write to anna.okafor@example.org today."
OURS = "en_US-robot-low"


def policy(url: str, speech: str = "allow", *, mode: str = "cloud-first", more: str = "") -> str:
    """One back end that speaks, and what `[speech]` says of it."""
    return f"""version = 1
mode = "{mode}"
[speech]
tts_cloud = "{speech}"
[backend.there]
zone = "cloud"
kind = "openai-compatible"
base_url = "{url}"
tts_model = "tts-1"
voice = "alloy"
api_key_env = "{KEY_VARIABLE}"
{more}
"""


@pytest.fixture
def sound(home: Path) -> Path:
    """Where the sound goes."""
    return home.parent / "out.wav"


@pytest.fixture
def there(person: Person, monkeypatch: pytest.MonkeyPatch, capturing_server: CapturingServer) -> CapturingServer:
    """A back end that speaks half a second of silence, under a policy that is for the cloud first and lets it."""
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    capturing_server.answer = Says(audio=silence(0.5))
    person.writes_policy(policy(capturing_server.url))
    return capturing_server


def shape(file: Path) -> tuple[int, int, int, float]:
    """Rate, width, channels and seconds of a WAV file."""
    with wave.open(str(file)) as written:
        rate = written.getframerate()
        return rate, written.getsampwidth(), written.getnchannels(), written.getnframes() / rate


# ---------------------------------------------------------------- here


def test_the_voice_of_this_device_speaks_without_key_store_or_policy(person: Person, sound: Path) -> None:
    """Offline too; a new file of mode 0600, and nothing else is made in the home."""
    shown = person.types("--offline", "say", "Good morning. How are you?", "-o", str(sound), with_key=False)
    assert (shown.code, shown.out) == (0, "")
    assert shown.err.splitlines()[-1] == f"[local · {OURS}]"
    rate, width, channels, seconds = shape(sound)
    assert (rate, width, channels) == (16_000, 2, 1)
    assert 1.0 < seconds < 4.0
    assert sound.stat().st_mode & 0o777 == 0o600
    assert not person.home.exists() or list(person.home.rglob("*")) == []


def test_json_says_who_spoke(person: Person, sound: Path) -> None:
    """The same keys as for a back end."""
    body = person.types("say", "Good morning.", "-o", str(sound), "--json").json
    assert (body["file"], body["rate_hz"]) == (str(sound), 16_000)
    assert (body["answered_by"], body["zone"], body["wanted"], body["model"]) == (OURS, "device", "device", OURS)
    assert (body["rule"], body["reasons"], body["cost"], body["ledger"]) == ("local-voice", [], "0", None)
    assert body["seconds"] == pytest.approx(shape(sound)[3], abs=0.001)


def test_a_file_that_is_there_is_not_touched(person: Person, sound: Path) -> None:
    """Exit 2, and its bytes are as they were."""
    sound.write_bytes(b"mine")
    assert person.types("say", "Good morning.", "-o", str(sound)).code == 2
    assert sound.read_bytes() == b"mine"


def test_a_text_of_any_length_is_spoken(person: Person, sound: Path) -> None:
    """Cut into sentences, with pauses between; ten minutes in seconds."""
    text = "The kettle is on the stove and the water is warm. " * 150
    assert person.types("say", "-o", str(sound), stdin=text.encode()).code == 0
    assert shape(sound)[3] > 300


def test_speed_changes_how_long_it_takes(person: Person, sound: Path) -> None:
    """Twice the pace is about half the time; out of range is exit 2."""
    slow, quick = sound.with_name("slow.wav"), sound.with_name("quick.wav")
    for file, speed in ((slow, "1"), (quick, "2")):
        assert person.types("say", "The kettle is on the stove", "-o", str(file), "--speed", speed).code == 0
    assert shape(quick)[3] == pytest.approx(shape(slow)[3] / 2, rel=0.2)
    assert person.types("say", "Hello", "-o", str(sound), "--speed", "3").code == 2


def test_a_voice_is_chosen_by_name_or_path(person: Person, sound: Path) -> None:
    """One that is not there is exit 8 with what to do; a path that leads up is exit 1."""
    assert person.types("say", "Hello", "-o", str(sound), "--voice", OURS).code == 0
    shown = person.types("say", "Hello", "-o", str(sound.with_name("b.wav")), "--voice", "de_DE-nobody-low")
    assert (shown.code, shown.err.count("\n")) == (8, 1)
    assert "models/tts" in shown.err
    assert person.types("say", "Hello", "-o", str(sound.with_name("b.wav")), "--voice", "../x").code == 1
    broken = sound.with_name("broken.onnx")
    broken.write_bytes(b"no network")
    shown = person.types("say", "Hello", "-o", str(sound.with_name("b.wav")), "--voice", str(broken))
    assert (shown.code, shown.err.count("\n")) == (8, 1)
    assert "broken.onnx.json" in shown.err


@pytest.mark.parametrize("text", ["", "   ", "😀", "```"])
def test_a_text_without_a_word_is_refused(person: Person, sound: Path, text: str) -> None:
    """Exit 2, and no file."""
    shown = person.types("say", text, "-o", str(sound))
    assert (shown.code, shown.err.count("\n")) == (2, 1)
    assert not sound.exists()


@pytest.mark.parametrize("name", ["-", "nowhere/out.wav", "link.wav"])
def test_sound_that_could_not_be_written_is_not_asked_for(
    person: Person, there: CapturingServer, sound: Path, name: str
) -> None:
    """Exit 2 before anything leaves: no directory, a link to nowhere, the screen."""
    sound.with_name("link.wav").symlink_to(sound.with_name("nowhere.wav"))
    where = name if name == "-" else str(sound.parent / name)
    shown = person.types("say", "Good morning.", "-o", where)
    assert (shown.code, shown.out) == (2, "")
    assert there.connections == 0


# ---------------------------------------------------------------- elsewhere


def test_only_a_policy_for_the_cloud_first_that_lets_it_has_it_spoken_elsewhere(
    person: Person, there: CapturingServer, sound: Path
) -> None:
    """In every other case this device speaks: no connection, and no key store is made for it."""
    for number, (mode, speech) in enumerate(
        (("local-first", "allow"), ("local-only", "allow"), ("cloud-first", "never"))
    ):
        person.writes_policy(policy(there.url, speech, mode=mode))
        body = person.types("say", "Good morning.", "-o", str(sound.with_name(f"{number}.wav")), "--json").json
        assert (body["answered_by"], body["zone"]) == (OURS, "device")
    person.writes_policy(policy(there.url))
    assert person.types("--offline", "say", "Good morning.", "-o", str(sound)).code == 0
    assert there.connections == 0
    assert not list(person.home.rglob("*.db"))


def test_a_back_end_speaks_where_it_comes_first(person: Person, there: CapturingServer, sound: Path) -> None:
    """The sound of the server, with its line in the ledger; the text may come on standard input."""
    body = person.types("say", "-o", str(sound), "--json", stdin=b"Good morning.\n").json
    assert there.bodies[0]["input"] == "Good morning."
    assert shape(sound) == (24_000, 2, 1, 0.5)
    assert (body["seconds"], body["answered_by"], body["zone"]) == (0.5, "there", "cloud")
    assert (body["model"], body["ledger"], body["cost"]) == ("tts-1", 1, "0")
    assert sound.stat().st_mode & 0o777 == 0o600


def test_a_text_with_something_personal_in_it_is_spoken_here(
    person: Person, there: CapturingServer, sound: Path
) -> None:
    """Not with a yes either; one line says why, without the words."""
    for number, speech in enumerate(("allow", "ask")):
        person.writes_policy(policy(there.url, speech))
        file = sound.with_name(f"{number}.wav")
        shown = person.types("say", PERSONAL, "-o", str(file), "--yes-redacted")
        assert (shown.code, shown.out) == (0, "")
        assert "spoken on this device" in shown.err
        assert "anna" not in shown.err
        assert shape(file)[0] == 16_000
    assert there.connections == 0


def test_a_server_of_this_device_may_speak_anything(person: Person, sound: Path) -> None:
    """Nothing leaves the machine, so `[speech]` is not asked and nothing is masked."""
    with WyomingServer(speaks(b"ab" * 100)) as server:
        person.writes_policy(
            f'version = 1\nmode = "cloud-first"\n[backend.mouth]\nzone = "device"\nkind = "wyoming"\n'
            f'base_url = "{server.url}"\nvoice = "alba"\n'
        )
        shown = person.types("say", PERSONAL, "-o", str(sound))
        assert (shown.code, shown.out) == (0, "")
        assert server.told[0][0].data["text"] == PERSONAL
    with wave.open(str(sound)) as written:
        assert written.readframes(1000) == b"ab" * 100


def test_where_the_policy_asks_and_nobody_is_there_this_device_speaks(
    person: Person, there: CapturingServer, sound: Path
) -> None:
    """Without a terminal it is no; `--yes-redacted` is a yes."""
    person.writes_policy(policy(there.url, "ask"))
    assert person.types("say", "Good morning.", "-o", str(sound), "--json").json["answered_by"] == OURS
    assert there.connections == 0
    other = sound.with_name("other.wav")
    body = person.types("say", "Good morning.", "-o", str(other), "--yes-redacted", "--json").json
    assert body["answered_by"] == "there"


def test_a_person_who_says_no_hears_it_from_this_device(
    person: Person, there: CapturingServer, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked about that very text, once."""
    person.writes_policy(policy(there.url, "ask"))
    consent = FakeConsent(Answer.NO)

    def ask(_: TerminalConsent, request: Request) -> Answer:
        return consent.ask(request)

    monkeypatch.setattr(TerminalConsent, "ask", ask)
    body = person.types("say", "Good morning.", "-o", str(sound), "--json").json
    assert body["answered_by"] == OURS
    assert len(body["reasons"]) == 1
    assert [request.asks for request in consent.requests] == [("speech:tts_cloud",)]
    assert there.connections == 0


def test_what_costs_too_much_fails_or_is_too_long_is_spoken_here(
    person: Person, there: CapturingServer, sound: Path
) -> None:
    """A budget under which the price is not known, a server that refuses, a whole book."""
    person.writes_policy(policy(there.url, more='[budget]\nmonth = "5 USD"'))
    assert "spoken on this device" in person.types("say", "Good morning.", "-o", str(sound)).err
    person.writes_policy(policy(there.url))
    long = sound.with_name("long.wav")
    assert person.types("say", "word " * 900, "-o", str(long), "--json").json["answered_by"] == OURS
    named = sound.with_name("named.wav")
    assert person.types("say", "Hello.", "-o", str(named), "--voice", OURS, "--json").json["answered_by"] == OURS
    assert there.connections == 0
    there.answer = Plain(400, b"{}")
    refused = person.types("say", "Good morning.", "-o", str(sound.with_name("refused.wav")))
    assert refused.code == 0
    assert "spoken on this device" in refused.err


def test_without_a_key_store_there_is_no_ledger_and_this_device_speaks(
    person: Person, there: CapturingServer, sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can leave then."""
    monkeypatch.delenv("PRIVACY_ASSISTANT_PASSPHRASE", raising=False)
    shown = person.types("say", "Good morning.", "-o", str(sound), with_key=False)
    assert shown.code == 0
    assert "spoken on this device" in shown.err
    assert there.connections == 0
