"""A Wyoming server of the tests' own: what it is told, and what becomes of what it says."""

from __future__ import annotations

import json
import struct
import threading

import pytest

from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.sound import Frame, Recording
from privacy_assistant.egress.dialects import wyoming
from privacy_assistant.egress.dialects.transcriptions import Transcript
from privacy_assistant.egress.halt import Halt
from privacy_assistant.egress.outgoing import Outgoing
from privacy_assistant.egress.sound_goods import Sound, WyomingRecording
from privacy_assistant.errors import EgressDenied, ReplyMalformed, SettingsError, TimedOut, Unreachable
from privacy_assistant.ports import Sent
from tests.egress.door import QUICK
from tests.egress.servers.fault_proxy import refusing_port
from tests.egress.servers.listening import Connection, Listener
from tests.egress.servers.wyoming_server import (
    Answer,
    Told,
    WyomingServer,
    event,
    repeats,
    says,
    sends,
    sound,
    speaks,
)
from tests.egress.speaking import IMPATIENT, RECORDING, SpeechDoor, open_speech, pcm_of

TONE = struct.pack("<1000h", *range(1000))


def door_to(server: WyomingServer, speech: str = 'stt_cloud = "allow"\ntts_cloud = "allow"') -> SpeechDoor:
    """A door to that server, as one of the local network."""
    return open_speech(server.url, kind="wyoming", zone="lan", speech=speech, more="", timeouts=IMPATIENT)


# ---------------------------------------------------------------- off unless the policy lets it


@pytest.mark.parametrize("said", ["", 'stt_cloud = "ask"\ntts_cloud = "ask"'])
def test_nothing_is_told_without_leave(said: str) -> None:
    """Off by default also for a server of the local network; and asking needs a yes."""
    with WyomingServer(says("hello")) as server:
        door = door_to(server, said)
        with pytest.raises(EgressDenied):
            door.hear()
        with pytest.raises(EgressDenied):
            door.say()
        assert server.connections == 0
        assert not door.ledger.lines()


def test_an_address_in_clear_needs_a_word_in_the_policy() -> None:
    """Anybody in the network may listen in; `insecure = true` says that one knows."""
    written = 'version = 1\n[backend.there]\nzone = "lan"\nkind = "wyoming"\nbase_url = "tcp://ears.example:10300"\n'
    with pytest.raises(SettingsError):
        parse_policy(written, "policy.toml")
    assert not parse_policy(written + "insecure = true", "policy.toml").problem


# ---------------------------------------------------------------- what leaves and comes back


def test_a_recording_is_told_in_pieces_and_a_transcript_comes_back() -> None:
    """The events of the protocol, the whole sound, one line in the ledger, and no sound that is kept."""
    with WyomingServer(says("Turn on the light, Zoë.")) as server:
        door = door_to(server)
        assert door.hear() == Transcript("Turn on the light, Zoë.", "en")
        [told] = server.told
    form = {"rate": 16_000, "width": 2, "channels": 1}
    chunks = [each for each in told if each.kind == "audio-chunk"]
    assert [each.kind for each in told if each not in chunks] == ["transcribe", "audio-start", "audio-stop"]
    assert told[0].data == {"language": "en"}
    assert told[1].data == form == chunks[0].data
    assert b"".join(each.payload for each in chunks) == RECORDING.pcm
    [(_, line)] = door.ledger.lines()
    assert line.destination == f"SEND {server.url}/transcribe"
    assert [set(json.loads(kept)) for kept in door.kept] == [{"bytes", "sha256"}]


def test_words_are_told_whole_and_come_back_as_sound() -> None:
    """Every piece is a frame, at the place in time where it begins; the words are kept as they left."""
    with WyomingServer(speaks(TONE[:900], b"", TONE[900:])) as server:
        door = open_speech(server.url, kind="wyoming", zone="lan", more='voice = "en_GB-alba-medium"')
        frames = door.say("Grüß Gott.")
        assert server.told == [[Told("synthesize", {"text": "Grüß Gott.", "voice": {"name": "en_GB-alba-medium"}})]]
    assert pcm_of(frames) == TONE
    assert [(frame.rate_hz, frame.at) for frame in frames] == [(22_050, 0.0), (22_050, 450 / 22_050)]
    [kept] = door.kept
    assert "Grüß Gott." in kept.decode()


def test_an_older_server_that_writes_all_in_the_line_is_understood() -> None:
    """Data may stand in the line itself."""
    with WyomingServer(sends(event("transcript", {"text": "hello"}, is_inline=True))) as server:
        assert door_to(server).hear() == Transcript("hello")


# ---------------------------------------------------------------- the gate


def test_events_that_are_not_those_of_the_parcel_do_not_pass() -> None:
    """The very bytes, to the very port."""
    door = open_speech("tcp://127.0.0.1:9", kind="wyoming", zone="lan", more="")
    goods = Sound(door.dispatch(door.recording()), WyomingRecording(), door.backend)
    body = goods.encode(wyoming.CONTENT_TYPE)
    right = Outgoing(
        *("SEND", "tcp", "127.0.0.1", 9, "/transcribe", (("content-type", wyoming.CONTENT_TYPE),)), body=body
    )
    rules = []
    for changed in (
        Outgoing(*("SEND", "tcp", "127.0.0.1", 9, "/transcribe", right.headers), body=body + b"{}\n"),
        Outgoing(*("SEND", "tcp", "127.0.0.1", 8, "/transcribe", right.headers), body=body),
        Outgoing(*("SEND", "tcp", "127.0.0.1", 9, "/synthesize", right.headers), body=body),
        Outgoing(*("POST", "http", "127.0.0.1", 9, "/transcribe", right.headers), body=body),
        Outgoing(*("POST", "tcp", "127.0.0.1", 9, "/transcribe", right.headers), body=body),
    ):
        passage = door.gate.open(door.backend, goods, lambda: "", halt=Halt(), timeouts=QUICK, deadline=1e12)
        with pytest.raises(EgressDenied) as denied:
            passage.inspect(changed)
        rules.append(denied.value.rule)
    assert rules == ["gate:body", *["gate:address"] * 4]
    assert not door.ledger.lines()


def test_a_passage_serves_one_conversation() -> None:
    """A second one must be announced, like a second request."""
    with WyomingServer(says("hello")) as server:
        door = door_to(server)
        goods = Sound(door.dispatch(door.recording()), WyomingRecording(), door.backend)
        passage = door.gate.open(door.backend, goods, lambda: "", halt=Halt(), timeouts=QUICK, deadline=1e12)
        body = goods.encode(wyoming.CONTENT_TYPE)
        assert b"hello" in b"".join(passage.converse(body))
        with pytest.raises(EgressDenied) as denied:
            next(passage.converse(body))
        assert denied.value.rule == "gate:once"
        assert server.connections == 1


# ---------------------------------------------------------------- broken servers


def _hang_up(connection: Connection, told: list[Told]) -> None:
    """Ends the connection without a word."""


BROKEN: dict[str, tuple[Answer, type[Unreachable]]] = {
    "silence": (sends(then_holds=True), TimedOut),
    "stall in a line": (sends(b'{"type": "transc', then_holds=True), TimedOut),
    "stall in the sound": (sends(sound(TONE), sound(TONE)[:-9], then_holds=True), TimedOut),
    "hang-up": (_hang_up, ReplyMalformed),
    "garbage": (sends(b"\xff\xfe\x00 garbage\n"), ReplyMalformed),
    "a web server": (sends(b"HTTP/1.1 400 Bad Request\r\n\r\n"), ReplyMalformed),
    "another shape": (sends(b'["transcript"]\n'), ReplyMalformed),
    "no kind": (sends(b'{"type": 5}\n'), ReplyMalformed),
    "data that is none": (sends(b'{"type": "transcript", "data": [1]}\n'), ReplyMalformed),
    "a length below nothing": (sends(b'{"type": "x", "payload_length": -1}\n'), ReplyMalformed),
    "a length without measure": (sends(b'{"type": "x", "payload_length": 99999999999}\n'), ReplyMalformed),
    "a transcript of numbers": (
        sends(event("transcript", {"text": 5}), event("audio-chunk", {"rate": 1}, b"ab")),
        ReplyMalformed,
    ),
    "an error": (sends(event("error", {"text": "Good morning.", "code": "x"})), Unreachable),
    "a line without end": (repeats(b"x" * 65536), ReplyMalformed),
    "events without end": (repeats(event("info") * 500), ReplyMalformed),
    "bytes without end": (
        repeats(event("ping", payload=bytes(2**20))),
        ReplyMalformed,
    ),
}


@pytest.mark.parametrize("what", ["stt", "tts"])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_server_ends_in_one_clear_error(name: str, what: str) -> None:
    """It names the back end and nothing of what was said; the ledger has a line for each attempt."""
    answer, error = BROKEN[name]
    with WyomingServer(answer) as server:
        door = door_to(server)
        with pytest.raises(error) as failed:
            door.hear() if what == "stt" else door.say("Good morning.")
        assert str(failed.value).startswith("there: ")
        assert "Good morning" not in f"{failed.value}{failed.value.hint}"
        assert len(door.ledger.lines()) == server.connections


@pytest.mark.parametrize(
    "pieces",
    [
        [event("audio-stop")],
        [sound(b"abc")],
        [sound(b"abcd", width=4)],
        [sound(b"abcd", channels=2)],
        [sound(b"ab", rate=0)],
        [event("audio-chunk", {"rate": "22050", "width": 2, "channels": 1}, b"ab")],
    ],
)
def test_what_is_no_sound_is_malformed(pieces: list[bytes]) -> None:
    """One channel of 16 bits, at a rate that can be played."""
    with WyomingServer(sends(*pieces, event("audio-stop"))) as server, pytest.raises(ReplyMalformed):
        door_to(server).say()


def test_an_error_of_the_server_is_told_without_its_words() -> None:
    """They may quote what was said."""
    with WyomingServer(sends(event("error", {"text": "cannot say Good morning."}))) as server:
        with pytest.raises(Unreachable) as failed:
            door_to(server).say("Good morning.")
        assert str(failed.value).startswith("there: it reports a fault of its own")
        assert "Good morning" not in str(failed.value)


def test_after_the_first_sound_nothing_is_tried_again() -> None:
    """Another rate in the middle, and what was heard is not said twice."""
    with WyomingServer(sends(sound(TONE), sound(TONE, rate=8000))) as server:
        door = door_to(server)
        heard: list[object] = []
        with pytest.raises(ReplyMalformed):
            heard.extend(door.speaker.speak(door.dispatch(door.words("Good morning."))))
        assert [type(item) for item in heard] == [Sent, Frame]
        assert server.connections == 1


def test_nobody_at_the_port_is_said_at_once() -> None:
    """A refused connection is not tried again."""
    with refusing_port() as port, pytest.raises(Unreachable) as failed:
        open_speech(f"tcp://127.0.0.1:{port}", kind="wyoming", zone="lan", more="", timeouts=IMPATIENT).hear()
    assert "takes no connection" in str(failed.value)


def test_a_server_that_reads_nothing_is_left() -> None:
    """A long recording does not wait for ever to be taken."""
    with Listener(lambda connection: connection.hold_unread()) as deaf:
        url = f"tcp://127.0.0.1:{deaf.port}"
        door = open_speech(url, kind="wyoming", zone="lan", more="", timeouts=IMPATIENT)
        long = door.transcriber.pack("1", door.verdict("stt"), Recording(bytes(12_000_000), 16_000))
        with pytest.raises(TimedOut):
            door.hear(long)
        assert deaf.connections == 1


def test_listening_that_is_cancelled_just_ends() -> None:
    """While the server thinks."""
    with WyomingServer(sends(then_holds=True)) as server:
        door = open_speech(server.url, kind="wyoming", zone="lan", more="")

        def interrupt() -> None:
            server.listener.wait_for(lambda: server.listener.connections == 1)
            door.transcriber.cancel("heard")

        thread = threading.Thread(target=interrupt)
        thread.start()
        items = list(door.transcriber.transcribe(door.dispatch(door.recording())))
        thread.join()
        assert [item for item in items if not isinstance(item, Sent)] == []
