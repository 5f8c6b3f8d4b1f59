"""Who hears and who speaks, by the policy; nothing of that asks or sends anything."""

from __future__ import annotations

from privacy_assistant.app.api_keys import ApiKeys
from privacy_assistant.app.elsewhere import Door
from privacy_assistant.app.speech_elsewhere import SpeechElsewhere, speech_back_ends
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.policy import Case, decide_speech
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.sound import Recording
from privacy_assistant.core.sound_parcel import SoundDispatch
from privacy_assistant.egress.dialects.transcriptions import Transcript
from privacy_assistant.egress.gate import Gate
from privacy_assistant.egress.reach import Reach
from privacy_assistant.egress.routing_table import Routes
from tests.egress.servers.wyoming_server import WyomingServer, says
from tests.fakes import EPOCH, FakeFinder, FakeLedger

POLICY = """version = 1
[backend.chat]
zone = "cloud"
kind = "openai"
api_key_env = "CHAT_KEY"
model = "gpt-4o"
[backend.both]
zone = "cloud"
kind = "openai"
api_key_env = "BOTH_KEY"
stt_model = "gpt-transcribe"
tts_model = "tts-1"
voice = "alloy"
[backend.ears]
zone = "device"
kind = "wyoming"
base_url = "tcp://127.0.0.1:10300"
stt_model = "small"
[backend.mouth]
zone = "lan"
kind = "wyoming"
base_url = "tcp://mouth.example:10200"
insecure = true
voice = "alba"
"""


def elsewhere(written: str, environment: dict[str, str]) -> tuple[SpeechElsewhere, FakeLedger]:
    """What a policy sets up, and the ledger of its gate."""
    policy = parse_policy(written, "policy.toml")
    ledger = FakeLedger()
    gate = Gate(policy=lambda: policy, ledger=ledger, rescan=FakeFinder().find, clock=lambda: EPOCH)
    reach = Reach(lambda: None, lambda payload: None, lambda: EPOCH, lambda: Routes(is_known=False))
    keys = ApiKeys(environment, lambda: None, None, clock=lambda: EPOCH)
    return speech_back_ends(policy, Door(gate, reach, keys)), ledger


def test_those_that_the_policy_sets_up_hear_and_speak_in_its_order() -> None:
    """One that only chats does neither."""
    found, ledger = elsewhere(POLICY, {"BOTH_KEY": "secret"})
    assert [each.backend.name for each in found.transcribers] == ["both", "ears"]
    assert [each.backend.name for each in found.speakers] == ["both", "mouth"]
    assert all(each.why_not() == "" for each in found.transcribers)
    assert all(each.why_not() == "" for each in found.speakers)
    found.close()
    assert not ledger.lines()


def test_a_back_end_without_its_key_says_so_and_wyoming_needs_none() -> None:
    """Before anything is asked."""
    found, _ = elsewhere(POLICY, {})
    both, ears = found.transcribers
    assert "BOTH_KEY" in both.why_not()
    assert ears.why_not() == ""


def test_a_wyoming_server_is_asked_without_a_key() -> None:
    """It has no place for one, so that a missing one is no reason."""
    with WyomingServer(says("hello")) as server:
        written = POLICY.replace("tcp://127.0.0.1:10300", server.url)
        written = written.replace('stt_model = "small"', 'stt_model = "small"\napi_key_env = "NOPE"')
        found, ledger = elsewhere(written, {})
        ears, policy = found.transcribers[1], parse_policy(written, "policy.toml")
        verdict = decide_speech(policy, Case(texts=(), counts={}, now=EPOCH), ears.backend, "stt")
        parcel = ears.pack("1", verdict, Recording(b"ab" * 800, 16_000))
        dispatch = SoundDispatch(parcel, Legend.new(b"ab"), lambda payload: "mac")
        assert Transcript("hello", "en") in list(ears.transcribe(dispatch))
        assert len(ledger.lines()) == 1


def test_a_policy_without_speech_sets_nobody_up() -> None:
    """Nor does one without back ends."""
    assert elsewhere("version = 1", {})[0] == SpeechElsewhere()
