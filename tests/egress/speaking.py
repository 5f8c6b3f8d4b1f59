"""A back end that hears and speaks, for the tests of this room: its policy, its gate, and parcels of speech for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.policy import Case, Policy, Verdict, decide_speech
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.policy_terms import Backend
from privacy_assistant.core.redaction import redact
from privacy_assistant.core.sound import Frame, Recording
from privacy_assistant.core.sound_parcel import SoundDispatch, SoundParcel
from privacy_assistant.egress.dialects.transcriptions import Transcript
from privacy_assistant.egress.errands import Errands
from privacy_assistant.egress.gate import Gate
from privacy_assistant.egress.reach import Reach
from privacy_assistant.egress.speech import CloudSpeaker, CloudTranscriber
from privacy_assistant.egress.timeouts import Timeouts
from tests.egress.door import QUICK, ROUTES
from tests.fakes import EPOCH, FakeFinder, FakeLedger

IMPATIENT = Timeouts(connect=2.0, first_byte=0.3, stall=0.3, write=0.5, total=5.0)
NAME = "Anna Meier"
RECORDING = Recording(bytes(range(256)) * 250, 16_000)
"""Two seconds of something."""

GATES: list[Gate] = []
"""Those that a test opened; the fixtures of this room close them behind it."""


@dataclass
class SpeechDoor:
    """One back end that hears and speaks, and all that leads to it. `kept` is what was kept of what was sent,
    `refused` has a word for each time that the key was not accepted."""

    policy: Policy
    ledger: FakeLedger
    gate: Gate
    transcriber: CloudTranscriber
    speaker: CloudSpeaker
    legend: Legend
    kept: list[bytes] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def backend(self) -> Backend:
        """The one back end."""
        return self.policy.backends[0]

    def verdict(self, what: Literal["stt", "tts"], counts: Mapping[str, int] | None = None) -> Verdict:
        """What the policy says of speech."""
        return decide_speech(self.policy, Case(texts=(), counts=counts or {}, now=EPOCH), self.backend, what)

    def recording(self, language: str = "") -> SoundParcel:
        """The recording, packed."""
        return self.transcriber.pack("heard", self.verdict("stt"), RECORDING, language)

    def words(self, text: str, masked: Sequence[str] = ()) -> SoundParcel:
        """A text to be spoken, packed, in which a finder finds these words."""
        finder = FakeFinder(dict.fromkeys(masked, Kind.PERSON))
        return self.speaker.pack("said", self.verdict("tts"), redact(text, finder.find(text), self.legend))

    def dispatch(self, parcel: SoundParcel, consented: str = "") -> SoundDispatch:
        """That parcel on its way."""
        return SoundDispatch(parcel, self.legend, self._keep, consented)

    def hear(self, parcel: SoundParcel | None = None, consented: str = "") -> Transcript:
        """What the back end understood."""
        *_, last = self.transcriber.transcribe(self.dispatch(parcel or self.recording("en"), consented))
        assert isinstance(last, Transcript)
        return last

    def say(self, text: str = "Good morning.") -> list[Frame]:
        """The sound of a text."""
        items = self.speaker.speak(self.dispatch(self.words(text)))
        return [item for item in items if isinstance(item, Frame)]

    def _keep(self, payload: bytes) -> str:
        self.kept.append(payload)
        return f"mac {len(self.kept)}"


def open_speech(
    url: str,
    *,
    kind: str = "openai",
    zone: str = "cloud",
    speech: str = 'stt_cloud = "allow"\ntts_cloud = "allow"',
    more: str = 'stt_model = "whisper-1"\ntts_model = "tts-1"\nvoice = "alloy"',
    timeouts: Timeouts = QUICK,
    key: Callable[[], str] = lambda: "secret-key",
    personal: Sequence[str] = (),
) -> SpeechDoor:
    """A door for speech by what the policy says; `personal` is what the last look finds."""
    table = f'[backend.there]\nzone = "{zone}"\nkind = "{kind}"\nbase_url = "{url}"\n{more}'
    written = f"version = 1\n[speech]\n{speech}\n{table}"
    policy = parse_policy(written, "policy.toml")
    assert not policy.problem
    ledger = FakeLedger()
    finder = FakeFinder(dict.fromkeys(personal, Kind.PERSON))
    gate = Gate(policy=lambda: policy, ledger=ledger, rescan=finder.find, clock=lambda: EPOCH)
    GATES.append(gate)
    reach = Reach(lambda: None, lambda payload: None, lambda: EPOCH, lambda: ROUTES)
    refused: list[str] = []
    errands = Errands(
        policy.backends[0],
        gate=gate,
        reach=reach,
        key=key,
        key_refused=lambda: refused.append("key"),
        timeouts=timeouts,
        draw=lambda: 0.0,
    )
    transcriber, speaker = CloudTranscriber(errands), CloudSpeaker(errands)
    return SpeechDoor(policy, ledger, gate, transcriber, speaker, Legend.new(b"ab"), refused=refused)


def pcm_of(frames: Sequence[Frame]) -> bytes:
    """The sound of the frames together."""
    return b"".join(frame.pcm for frame in frames)
