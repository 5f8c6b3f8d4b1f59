"""Who hears and speaks for the loop besides this device: by real servers of this machine, through the real door."""

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest

from privacy_assistant.core.sound import HEARD_HZ
from privacy_assistant.core.turn import Zone
from privacy_assistant.core.voice_events import Answered, SoftEnded, Transcribed
from tests.app.talking_house import Talked, home_with_an_ear, talk
from tests.egress.household import KEY_VARIABLE, Household
from tests.egress.servers.capturing import CapturingServer, Plain
from tests.egress.servers.http_messages import Request
from tests.egress.servers.openai_shapes import Says
from tests.egress.servers.wyoming_server import WyomingServer, says
from tests.faces.said_aloud import CAPITAL, TIME, Part, sound_of
from tests.voice.voices import noise_of

WHISPER = "whisper tiny_whisper"
THERE = "what is 12 times 12"
"""What the server understands, whatever is said."""

PLAIN = "It is here and there, I think."
"""An answer in which nothing personal is found."""


def policy(url: str, *, stt: str = "never", tts: str = "never", mode: str = "cloud-first", chats: bool = False) -> str:
    """A back end that hears and speaks, and answers too where it `chats`."""
    model = 'model = "model"\n' if chats else ""
    return f"""version = 1
mode = "{mode}"
[speech]
stt_cloud = "{stt}"
tts_cloud = "{tts}"
[backend.there]
zone = "cloud"
kind = "openai-compatible"
base_url = "{url}"
stt_model = "whisper-1"
tts_model = "tts-1"
voice = "alloy"
{model}api_key_env = "{KEY_VARIABLE}"
"""


def asked_for(server: CapturingServer, end: str) -> list[Request]:
    """The requests to one place of the server."""
    return [request for request in server.requests if request.path.endswith(end)]


def seconds_of(request: Request) -> float:
    """How long the sound is that left."""
    with wave.open(io.BytesIO(request.form["file"])) as sound:
        return float(sound.getnframes() / sound.getframerate())


@pytest.fixture
def there(capturing_server: CapturingServer) -> CapturingServer:
    """A server that understands a sum."""
    capturing_server.answer = THERE
    return capturing_server


# ---------------------------------------------------------------- hearing


def test_only_a_turn_that_is_over_leaves_and_each_of_them_once(home: Path, there: CapturingServer) -> None:
    """Two turns, the second with a pause in it at which it was guessed at: two requests, each with the sound of its
    turn and no more; what was understood there is answered."""
    second: list[Part] = [0.5, "What is the", 0.7, "capital of France?", 3.0]
    made = home_with_an_ear(home, policy(there.url, stt="allow"))
    talked = talk(made, 0.4, TIME, 4.0, *second)
    assert talked.engines == ["there"] * len(talked.heard)
    assert len(there.requests) == len(talked.heard)
    assert len(talked.of(SoftEnded)) > len(talked.heard)
    assert talked.heard == [THERE] * 2
    assert talked.answers == ["144"] * 2
    first = len(sound_of(TIME)) / HEARD_HZ
    assert abs(seconds_of(there.requests[0]) - first) < 0.7
    assert seconds_of(there.requests[1]) < len(sound_of(*second)) / HEARD_HZ - 2.0


def test_what_nobody_said_does_not_leave(home: Path, there: CapturingServer) -> None:
    """A knock, a cough and a hiss are no question: this device hears for itself first."""
    hiss = (np.random.default_rng(3).standard_normal(HEARD_HZ) * 0.003).astype(np.float32)
    talked = talk(
        home_with_an_ear(home, policy(there.url, stt="allow")),
        *(0.5, noise_of("knock"), 1.5, noise_of("cough"), 1.5, hiss, 1.0),
    )
    assert there.connections == 0
    assert talked.heard == []


@pytest.mark.parametrize(
    ("may", "mode", "switch"),
    [
        ("never", "cloud-first", ""),
        ("allow", "local-first", ""),
        ("allow", "local-only", ""),
        ("allow", "cloud-first", "offline"),
        ("allow", "cloud-first", "no_cloud"),
    ],
)
def test_where_it_may_not_nothing_leaves(home: Path, there: CapturingServer, may: str, mode: str, switch: str) -> None:
    """By the policy or a switch: no connection, and this device understands."""
    made = home_with_an_ear(home, policy(there.url, stt=may, tts=may, mode=mode))
    talked = talk(made, TIME, offline=switch == "offline", no_cloud=switch == "no_cloud")
    assert there.connections == 0
    assert talked.engines == [WHISPER]
    assert talked.of(Answered)[0].decision is not None


def test_where_the_policy_asks_it_stays_and_says_so(home: Path, there: CapturingServer) -> None:
    """In voice nobody sees what would leave."""
    talked = talk(home_with_an_ear(home, policy(there.url, stt="ask")), TIME)
    assert there.connections == 0
    assert talked.heard == ["What time is it?"]
    assert "the policy asks" in talked.told
    assert "understood on this device" in talked.told


@pytest.mark.parametrize("kind", ["refuses", "is silent", "is gone"])
def test_a_server_that_fails_is_told_of_and_this_device_understands(
    home: Path, there: CapturingServer, kind: str
) -> None:
    """It refuses, understands nothing, or is not there: nothing of the question is lost."""
    there.answer = Plain(400, b"{}") if kind == "refuses" else Says("")
    made = home_with_an_ear(home, policy(there.url, stt="allow"))
    if kind == "is gone":
        there.close()
    talked = talk(made, TIME)
    assert talked.heard == ["What time is it?"]
    assert talked.engines == [WHISPER]
    assert talked.answers[0].startswith("It's ")
    assert kind == "is silent" or "understood on this device" in talked.told


def test_a_server_of_the_lan_hears(home: Path) -> None:
    """By Wyoming."""
    with WyomingServer(says(THERE)) as server:
        talked = talk(
            home_with_an_ear(
                home,
                f'version = 1\nmode = "cloud-first"\n[speech]\nstt_cloud = "allow"\n[backend.ears]\nzone = "lan"\n'
                f'kind = "wyoming"\nbase_url = "{server.url}"\ninsecure = true\nstt_model = "small"\n',
            ),
            TIME,
        )
        assert len(server.told) == 1
    assert [event.transcript.engine for event in talked.of(Transcribed)] == ["ears"]
    assert talked.answers == ["144"]


# ---------------------------------------------------------------- speaking


def spoken_there(server: CapturingServer, made: Household, *, answer: str) -> Talked:
    """A question that the cloud answers so."""
    server.answer = answer
    return talk(made, 0.3, CAPITAL)


def test_an_answer_that_was_made_elsewhere_is_spoken_elsewhere(home: Path, there: CapturingServer) -> None:
    """The text that leaves is the answer, and the sound that comes back (here it is silence) is what is played."""
    made = home_with_an_ear(home, policy(there.url, tts="allow", chats=True))
    talked = spoken_there(there, made, answer=PLAIN)
    assert talked.of(Answered)[0].zone is Zone.CLOUD
    sent = " ".join(request.json["input"] for request in asked_for(there, "/audio/speech"))
    assert sent.replace(",", "") == PLAIN.replace(",", "")
    assert not any(talked.played.pcm)


def test_an_answer_that_was_made_here_is_spoken_here(home: Path, there: CapturingServer) -> None:
    """A skill's: nothing of it leaves."""
    talked = talk(home_with_an_ear(home, policy(there.url, tts="allow", chats=True)), TIME)
    assert talked.answers[0].startswith("It's ")
    assert there.connections == 0
    assert any(talked.played.pcm)


def test_an_answer_in_which_something_was_masked_is_spoken_here(home: Path, there: CapturingServer) -> None:
    """The question left with a placeholder; the answer with the name in it does not leave again."""
    made = home_with_an_ear(home, policy(there.url, tts="allow", chats=True))
    made.lists("France")
    talked = spoken_there(there, made, answer=PLAIN)
    assert talked.of(Answered)[0].zone is Zone.CLOUD
    assert "France" not in there.requests[0].body.decode()
    assert not asked_for(there, "/audio/speech")
    assert any(talked.played.pcm)


def test_something_personal_in_an_answer_from_there_is_not_sent_to_be_spoken(
    home: Path, there: CapturingServer
) -> None:
    """The words are searched once more, and this device says them."""
    made = home_with_an_ear(home, policy(there.url, tts="allow", chats=True))
    talked = spoken_there(there, made, answer="Write to anna.okafor@example.org about it.")
    assert "anna.okafor" in talked.answers[0]
    assert "an answer with personal data is spoken on this device" in talked.told
    assert "of its own" not in talked.told
    assert not any("anna.okafor" in request.body.decode() for request in asked_for(there, "/audio/speech"))
    assert any(talked.played.pcm)


def test_a_voice_elsewhere_that_fails_loses_no_word(home: Path, there: CapturingServer) -> None:
    """This device says it, and says that."""
    made = home_with_an_ear(home, policy(there.url, tts="allow", chats=True))

    def answer(request: Request) -> str | Plain:
        return Plain(400, b"{}") if request.path.endswith("/audio/speech") else PLAIN

    there.answer = answer
    talked = talk(made, 0.3, CAPITAL)
    assert talked.answers == [PLAIN]
    assert asked_for(there, "/audio/speech")
    assert "spoken on this device" in talked.told
    assert any(talked.played.pcm)
