"""Speech over HTTP: what leaves, by whose leave, and what becomes of what comes back."""

from __future__ import annotations

import io
import json
import struct
import threading
import wave
from dataclasses import replace
from typing import Any

import pytest

from privacy_assistant.core.kinds import Findings, Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.policy import Case, decide
from privacy_assistant.core.redaction import redact
from privacy_assistant.core.sound import Frame, Recording
from privacy_assistant.core.sound_parcel import pack_recording
from privacy_assistant.egress.dialects.transcriptions import Transcript
from privacy_assistant.egress.halt import Halt
from privacy_assistant.egress.outgoing import Outgoing
from privacy_assistant.egress.sound_goods import Form, RecordingForm, Sound, SpeechForm
from privacy_assistant.egress.speech import hears, speaks
from privacy_assistant.egress.wav import wav_of
from privacy_assistant.errors import BackendRefused, EgressDenied, ReplyMalformed, TimedOut, Unreachable
from privacy_assistant.ports import Delayed, Sent
from tests.egress.door import QUICK
from tests.egress.servers.capturing import CapturingServer, Plain, silence
from tests.egress.servers.fault_proxy import FaultProxy
from tests.egress.servers.faults import BlackHole, Fault, HangUp, Huge, NotHttp, Portal, Status
from tests.egress.servers.openai_shapes import Says
from tests.egress.speaking import IMPATIENT, NAME, RECORDING, SpeechDoor, open_speech, pcm_of
from tests.fakes import EPOCH

URL = "http://127.0.0.1:9/v1"
AZURE = 'deployment = "chat"\nstt_model = "ears"\ntts_model = "mouth"\nvoice = "alloy"'
TONE = struct.pack("<1000h", *range(1000))


# ---------------------------------------------------------------- off unless the policy lets it


@pytest.mark.parametrize("what", ["stt", "tts"])
def test_without_a_word_in_the_policy_speech_stays(what: Any, capturing_server: CapturingServer) -> None:
    """A policy with a back end and no [speech] packs nothing, and nobody is connected to."""
    door = open_speech(capturing_server.url, speech="")
    with pytest.raises(EgressDenied) as denied:
        door.recording() if what == "stt" else door.words("Good morning.")
    assert denied.value.rule == f"speech:{what}_cloud"
    assert capturing_server.connections == 0
    assert not door.ledger.lines()


def test_what_is_asked_about_leaves_with_that_very_yes_only(capturing_server: CapturingServer) -> None:
    """No yes, or a yes to another recording, and nothing leaves."""
    door = open_speech(capturing_server.url, speech='stt_cloud = "ask"')
    parcel, other = door.recording(), door.recording("de")
    assert parcel.needs_consent
    for consented in ("", other.digest):
        with pytest.raises(EgressDenied) as denied:
            door.hear(parcel, consented)
        assert denied.value.rule == "gate:consent"
    assert capturing_server.connections == 0
    assert not door.ledger.lines()
    assert door.hear(parcel, parcel.digest).text == "The cloud answers."


def test_a_text_in_which_anything_was_found_is_not_packed() -> None:
    """Whatever the policy says of speech: a placeholder cannot be spoken, and the name may not be."""
    door = open_speech(URL)
    with pytest.raises(EgressDenied) as denied:
        door.words(f"Call {NAME}.", masked=[NAME])
    assert denied.value.rule == "speech:personal"
    assert NAME not in str(denied.value)
    counted = door.verdict("tts", {"PERSON": 1})
    with pytest.raises(EgressDenied) as denied:
        door.speaker.pack("1", counted, redact("Good morning.", Findings(), door.legend))
    assert denied.value.rule == "speech:personal"


def test_restored_personal_data_never_goes_to_a_cloud_voice(capturing_server: CapturingServer) -> None:
    """Where a finder overlooks a name that was put back, the legend of the conversation knows it."""
    door = open_speech(capturing_server.url)
    redact(f"I am {NAME}", Findings(), door.legend)
    door.legend.add(NAME, Kind.PERSON)
    parcel = door.speaker.pack("1", door.verdict("tts"), _unlooked(f"Good morning, {NAME}."))
    with pytest.raises(EgressDenied) as denied:
        list(door.speaker.speak(door.dispatch(parcel)))
    assert denied.value.rule == "gate:legend"
    assert capturing_server.connections == 0
    assert not door.ledger.lines()


def test_what_the_last_look_finds_in_a_text_stops_it(capturing_server: CapturingServer) -> None:
    """The rules and lists are asked once more, as for every text."""
    door = open_speech(capturing_server.url, personal=["Meier"])
    with pytest.raises(EgressDenied) as denied:
        door.say("Good morning, Meier.")
    assert denied.value.rule == "gate:rescan"
    assert capturing_server.connections == 0


def test_a_verdict_about_words_lets_no_recording_leave() -> None:
    """A conversation may leave masked; its sound is another matter."""
    door = open_speech(URL)
    verdict = decide(door.policy, Case(texts=(), counts={}, now=EPOCH), door.backend)
    for other in (verdict, door.verdict("tts")):
        with pytest.raises(EgressDenied):
            door.transcriber.pack("1", other, RECORDING)
    with pytest.raises(EgressDenied):
        door.speaker.pack("1", door.verdict("stt"), _unlooked("Good morning."))


# ---------------------------------------------------------------- what leaves


def test_a_recording_leaves_as_a_form_of_named_fields_alone(capturing_server: CapturingServer) -> None:
    """The sound as a WAV that was never a file, the model, the language, and our own headers."""
    door = open_speech(capturing_server.url)
    assert door.hear() == Transcript("The cloud answers.")
    [request] = capturing_server.requests
    assert request.target == "/v1/audio/transcriptions"
    assert {name for name, _ in request.headers} == {
        *("Host", "User-Agent", "Accept", "Accept-Encoding", "Content-Type", "Authorization", "Content-Length")
    }
    form = request.form
    with wave.open(io.BytesIO(form.pop("file"))) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, RECORDING.rate_hz)
        assert file.readframes(file.getnframes()) == RECORDING.pcm
    assert form == {"model": b"whisper-1", "response_format": b"json", "temperature": b"0", "language": b"en"}


def test_of_a_recording_nothing_is_kept_but_length_and_hash(capturing_server: CapturingServer) -> None:
    """The sound lives in memory only; the ledger has its line before the first byte."""
    seen: list[int] = []
    door = open_speech(capturing_server.url)
    capturing_server._on_request = lambda request: seen.append(len(door.ledger.lines()))
    door.hear()
    [kept] = door.kept
    assert set(json.loads(kept)) == {"bytes", "sha256"}
    [(_, line)] = door.ledger.lines()
    assert line.destination == f"POST {capturing_server.url}/audio/transcriptions"
    assert (line.bytes, line.payload_mac, dict(line.counts)) == (json.loads(kept)["bytes"], "mac 1", {})
    assert line.bytes == len(capturing_server.requests[0].body)
    assert seen == [1]
    assert str(RECORDING.pcm[:20]) not in repr(door.recording()) + repr(RECORDING)


def test_words_leave_with_their_voice_and_come_back_as_sound(capturing_server: CapturingServer) -> None:
    """Bare sound from OpenAI, at its rate, whole whatever the pieces; the words are kept as they left."""
    capturing_server.answer = Says("", audio=_wav(TONE))
    door = open_speech(capturing_server.url)
    frames = door.say()
    assert pcm_of(frames) == TONE
    assert {frame.rate_hz for frame in frames} == {24_000}
    body = {"model": "tts-1", "voice": "alloy", "input": "Good morning.", "response_format": "pcm"}
    assert capturing_server.bodies == [body]
    assert [json.loads(kept) for kept in door.kept] == [body]


def test_a_compatible_server_tells_its_rate_in_a_wav(capturing_server: CapturingServer) -> None:
    """speaches, LocalAI and others: the rate is theirs."""
    capturing_server.answer = Says("", audio=_wav(TONE, 22_050))
    door = open_speech(capturing_server.url, kind="openai-compatible", zone="lan")
    frames = door.say()
    assert pcm_of(frames) == TONE
    assert {frame.rate_hz for frame in frames} == {22_050}
    assert capturing_server.bodies[0]["response_format"] == "wav"
    assert door.hear().text == ""


@pytest.mark.parametrize(
    ("version", "paths", "model"),
    [
        ("", ["/openai/v1/audio/transcriptions", "/openai/v1/audio/speech"], "ears"),
        (
            'api_version = "2025-03-01-preview"',
            [
                "/openai/deployments/ears/audio/transcriptions?api-version=2025-03-01-preview",
                "/openai/deployments/mouth/audio/speech?api-version=2025-03-01-preview",
            ],
            "ears",
        ),
    ],
)
def test_azure_names_the_deployment_of_speech(
    version: str, paths: list[str], model: str, capturing_server: CapturingServer
) -> None:
    """In the path of its first way, in the body of its second; never the deployment that chats."""
    url = capturing_server.url.removesuffix("/v1")
    door = open_speech(url, kind="azure", more=f"{AZURE}\n{version}")
    door.hear()
    door.say()
    heard, said = capturing_server.requests
    assert [heard.target, said.target] == paths
    assert heard.form["model"].decode() == model
    assert heard.header("api-key") == "secret-key"
    assert not heard.header("authorization")


def test_a_voice_on_this_device_may_say_what_is_personal(capturing_server: CapturingServer) -> None:
    """What stays may be spoken by a server of this machine; no [speech] is needed for that."""
    door = open_speech(capturing_server.url, kind="openai-compatible", zone="device", speech="", personal=[NAME])
    door.legend.add(NAME, Kind.PERSON)
    text = f"Good morning, {NAME}."
    found = redact(text, Findings(), door.legend, keep=frozenset(Kind))
    parcel = door.speaker.pack("1", door.verdict("tts", {"PERSON": 1}), found)
    list(door.speaker.speak(door.dispatch(parcel)))
    assert capturing_server.bodies[0]["input"] == text


# ---------------------------------------------------------------- the gate


def rule_of(door: SpeechDoor, sound: Sound, **changes: Any) -> str:
    """The rule by which the gate denies a request for this."""
    content_type = "multipart/form-data; boundary=0123456789abcdef"
    out = Outgoing(
        method="POST",
        scheme="http",
        host="127.0.0.1",
        port=9,
        target="/v1/audio/transcriptions",
        headers=(("content-type", content_type),),
        body=sound.encode(content_type),
    )
    passage = door.gate.open(door.backend, sound, lambda: "", halt=Halt(), timeouts=QUICK, deadline=1e12)
    with pytest.raises(EgressDenied) as denied:
        passage.inspect(replace(out, **changes))
    passage.close()
    assert not door.ledger.lines()
    assert not door.kept
    return denied.value.rule


def test_a_form_with_anything_else_in_it_does_not_pass() -> None:
    """The very bytes that the parcel stands for: no field more, none less, no other sound, no other boundary."""
    door = open_speech(URL)
    sound = Sound(door.dispatch(door.recording()), RecordingForm(), door.backend)
    content_type = "multipart/form-data; boundary=0123456789abcdef"
    body = sound.encode(content_type)
    prompt = b'--0123456789abcdef\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nAnna\r\n'
    other = Sound(
        door.dispatch(door.transcriber.pack("x", door.verdict("stt"), Recording(b"ab", 16_000))),
        RecordingForm(),
        door.backend,
    )
    for changed in (prompt + body, body + b" ", body[:-1], other.encode(content_type), b"", body.replace(b"-1", b"-2")):
        assert rule_of(door, sound, body=changed) == "gate:body"
    for kind in ("multipart/form-data", "multipart/form-data; boundary=0123456789abcdeg", "application/json"):
        assert rule_of(door, sound, headers=(("content-type", kind),)) == "gate:body"
    assert rule_of(door, sound, target="/v1/audio/translations") == "gate:address"


def test_a_recording_that_was_changed_does_not_pass() -> None:
    """The sound is in the digest that was agreed to."""
    door = open_speech(URL)
    parcel = door.recording()
    object.__setattr__(parcel, "recording", Recording(b"ab", 16_000))
    assert rule_of(door, Sound(door.dispatch(parcel), RecordingForm(), door.backend)) == "gate:digest"


def test_another_model_or_voice_than_the_policys_does_not_pass() -> None:
    """What is asked for stands in the policy, and nowhere else."""
    door = open_speech(URL)
    backend = door.backend
    parcel = pack_recording(
        *("1", door.verdict("stt"), backend.name, "127.0.0.1:9", backend.zone, RECORDING), model="other"
    )
    assert rule_of(door, Sound(door.dispatch(parcel), RecordingForm(), backend)) == "gate:body"


@pytest.mark.parametrize("form", [SpeechForm(kind=None), RecordingForm()])  # type: ignore[arg-type]  # any kind
def test_a_parcel_in_the_wrong_form_is_not_encoded(form: Form) -> None:
    """A recording is no text, and a text no recording."""
    door = open_speech(URL)
    parcel = door.recording() if isinstance(form, SpeechForm) else door.words("Good morning.")
    with pytest.raises(EgressDenied):
        Sound(door.dispatch(parcel), form, door.backend).encode("multipart/form-data; boundary=0123456789abcdef")


# ---------------------------------------------------------------- what comes back


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Status(401, error_code="invalid_api_key"), BackendRefused),
        (Status(404, error_code="model_not_found"), BackendRefused),
        (Status(500), Unreachable),
        (Status(429, retry_after="3600"), Unreachable),
        (Portal(200), Unreachable),
        (BlackHole(), TimedOut),
        (HangUp(), ReplyMalformed),
        (NotHttp(), ReplyMalformed),
        (Huge("json", 20 * 1024 * 1024), ReplyMalformed),
        (Huge("gzip"), ReplyMalformed),
    ],
    ids=repr,
)
@pytest.mark.parametrize("what", ["stt", "tts"])
def test_a_broken_back_end_ends_in_one_clear_error(
    fault: Fault, error: type[Unreachable], what: str, fault_proxy: FaultProxy
) -> None:
    """It names the back end, and nothing of what was said or sent; every attempt stands in the ledger."""
    fault_proxy.inject(fault, None)
    door = open_speech(fault_proxy.url, timeouts=IMPATIENT)
    with pytest.raises(error) as failed:
        door.hear() if what == "stt" else door.say("Good morning.")
    assert str(failed.value).startswith("there: ")
    assert "Good morning" not in f"{failed.value}{failed.value.hint}"
    assert len(door.ledger.lines()) == len(fault_proxy.requests) == sum(fault_proxy.injected.values())


def test_a_key_that_is_not_accepted_is_told_of(capturing_server: CapturingServer) -> None:
    """So that it is looked for anew the next time; any other refusal says nothing of it."""
    capturing_server.key = "another-key"
    door = open_speech(capturing_server.url)
    with pytest.raises(BackendRefused):
        door.say()
    assert door.refused == ["key"]
    capturing_server.key, capturing_server.answer = "secret-key", Plain(403)
    with pytest.raises(BackendRefused):
        door.say()
    assert door.refused == ["key"]


def test_a_hiccup_is_tried_again_and_each_attempt_is_told(
    fault_proxy: FaultProxy, capturing_server: CapturingServer
) -> None:
    """The same loop as for words: the line of each attempt, the pause, and then the answer."""
    fault_proxy.inject(Status(503))
    door = open_speech(fault_proxy.url)
    items = list(door.transcriber.transcribe(door.dispatch(door.recording())))
    assert [type(item) for item in items] == [Sent, Delayed, Sent, Transcript]
    assert len(door.ledger.lines()) == 2
    assert len(capturing_server.requests) == 1


@pytest.mark.parametrize(
    "audio",
    [
        b"",
        b"RIFF",
        _cut := b"RIFF\x00\x00\x00\x00WAVE",
        _cut + b"data\x10\x00\x00\x00" + b"\0" * 16,
        silence()[:-10],
        silence().replace(struct.pack("<HH", 1, 1), struct.pack("<HH", 1, 2), 1),
        b"<html>" * 10,
    ],
    ids=["nothing", "a word", "no sound", "no format", "cut short", "two channels", "a page"],
)
def test_what_is_no_sound_is_malformed(audio: bytes, capturing_server: CapturingServer) -> None:
    """One error, whatever it is."""
    capturing_server.answer = Plain(200, audio, "audio/wav")
    door = open_speech(capturing_server.url, kind="openai-compatible")
    with pytest.raises(ReplyMalformed):
        door.say()


def test_after_the_first_sound_nothing_is_tried_again(capturing_server: CapturingServer) -> None:
    """What was heard cannot be said twice."""
    capturing_server.answer = Plain(200, _wav(TONE)[:-4], "audio/wav")
    door = open_speech(capturing_server.url, kind="openai-compatible")
    heard: list[object] = []
    with pytest.raises(ReplyMalformed):
        heard.extend(door.speaker.speak(door.dispatch(door.words("Good morning."))))
    assert any(isinstance(item, Frame) for item in heard)
    assert len(capturing_server.requests) == 1


def test_a_transcript_without_an_end_is_broken_off(capturing_server: CapturingServer) -> None:
    """A megabyte of text is no transcript."""
    capturing_server.answer = Says("word " * 300_000)
    door = open_speech(capturing_server.url)
    with pytest.raises(ReplyMalformed):
        door.hear()


def test_speech_that_is_cancelled_just_ends(fault_proxy: FaultProxy) -> None:
    """Before it begins, and while it is waited for."""
    fault_proxy.inject(BlackHole(), None)
    door = open_speech(fault_proxy.url)
    door.speaker.cancel("said")
    assert door.say() == []
    assert not door.ledger.lines()

    def interrupt() -> None:
        fault_proxy.listener.wait_for(lambda: len(fault_proxy.requests) == 1)
        door.speaker.cancel("said")

    thread = threading.Thread(target=interrupt)
    thread.start()
    assert door.say() == []
    thread.join()


def test_a_voice_that_is_left_in_the_middle_leaves_no_connection(capturing_server: CapturingServer) -> None:
    """Whoever barges in does not read to the end."""
    capturing_server.answer = Says("", audio=silence(20.0))
    door = open_speech(capturing_server.url)
    stream = door.speaker.speak(door.dispatch(door.words("Good morning.")))
    assert isinstance(next(stream), Sent)
    assert isinstance(next(stream), Frame)
    stream.close()
    assert pcm_of(door.say()) == bytes(2 * 24_000 * 20)


# ---------------------------------------------------------------- what a policy sets up


@pytest.mark.parametrize(
    ("kind", "more", "can_hear", "can_speak"),
    [
        ("openai", "", False, False),
        ("openai", 'stt_model = "a"', True, False),
        ("openai", 'tts_model = "a"', False, False),
        ("openai", 'tts_model = "a"\nvoice = "b"', False, True),
        ("wyoming", "", True, True),
        ("wyoming", 'stt_model = "a"', True, False),
        ("wyoming", 'voice = "b"', False, True),
        ("wyoming", 'voice = "b"\nstt_model = "a"', True, True),
    ],
)
def test_a_back_end_hears_and_speaks_as_the_policy_sets_it_up(
    kind: str, more: str, can_hear: bool, can_speak: bool
) -> None:
    """By its models and its voice; a Wyoming server has its own."""
    door = open_speech("tcp://127.0.0.1:9" if kind == "wyoming" else URL, kind=kind, more=more)
    assert (hears(door.backend), speaks(door.backend)) == (can_hear, can_speak)
    assert (not door.transcriber.why_not(), not door.speaker.why_not()) == (can_hear, can_speak)


def _unlooked(text: str) -> Any:
    """A text that no finder has looked at."""
    return redact(text, Findings(), Legend.new(b"cd"))


def _wav(pcm: bytes, rate: int = 24_000) -> bytes:
    return wav_of(Recording(pcm, rate))
