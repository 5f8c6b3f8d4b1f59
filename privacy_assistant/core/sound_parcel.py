"""Speech on its way to a back end: a recording to be understood, or words to be spoken, sealed like a parcel of words.

Sound cannot be redacted, and a placeholder cannot be spoken. So a recording leaves as it is or not at all, and words
only where nothing was found in them; both by a verdict of `decide_speech`, and by no other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from privacy_assistant.core.legend import Legend
from privacy_assistant.core.parcel import check_verdict
from privacy_assistant.core.policy import Stance, Verdict
from privacy_assistant.core.redaction import Redacted
from privacy_assistant.core.sound import Recording
from privacy_assistant.core.turn import Zone
from privacy_assistant.errors import EgressDenied

LOWEST_HZ, HIGHEST_HZ = 8_000, 48_000
MOST_PCM_BYTES = 24 * 1024 * 1024
"""What one request takes: OpenAI's limit for a file is 25 MB, twelve minutes at 16 kHz."""

MOST_CHARACTERS = 4096
"""Characters that are spoken in one request: OpenAI's limit."""

_FORMAT = "privacy-assistant sound 1"


@dataclass(frozen=True, slots=True)
class SoundParcel:
    """What would leave, exactly; made only by `pack_recording` and `pack_speech`.

    `what` is stt (with a `recording`, and the `language` in it, "" for the back end to find out) or tts (with a `text`
    and whose `voice`). `host` is where it goes, `model` the name that the back end knows. `digest` is the SHA-256, in
    hex, of everything else, the sound included.
    """

    id: str
    backend: str
    host: str
    zone: Zone
    what: Literal["stt", "tts"]
    model: str
    verdict: Verdict
    digest: str
    recording: Recording | None = field(default=None, repr=False)
    text: Redacted | None = field(default=None, repr=False)
    language: str = ""
    voice: str = ""

    @property
    def needs_consent(self) -> bool:
        """Whether a person must say yes to this very parcel first."""
        return self.verdict.stance is Stance.ASK and self.zone is not Zone.DEVICE

    @property
    def counts(self) -> Mapping[str, int]:
        """Nothing: there is nothing in it that was taken out."""
        return {}

    @property
    def is_intact(self) -> bool:
        """Whether the digest is that of the content."""
        return self.digest == _digest(self)


@dataclass(frozen=True, slots=True)
class SoundDispatch:
    """A parcel of speech on its way: as `ports.Dispatch` for words.

    `keep` is called right before the bytes of each attempt leave: with those bytes where they are words, and with
    their length and SHA-256 (as JSON) where they are sound, which is kept nowhere.
    """

    parcel: SoundParcel
    legend: Legend = field(repr=False)
    keep: Callable[[bytes], str] = field(repr=False)
    consented: str = ""


def pack_recording(
    parcel_id: str,
    verdict: Verdict,
    backend: str,
    host: str,
    zone: Zone,
    recording: Recording,
    *,
    model: str = "",
    language: str = "",
) -> SoundParcel:
    """One recording for one back end, by a verdict of `decide_speech` for it.

    Raises EgressDenied, naming the rule, for a verdict that does not let it leave or is about something else, and for
    what is no recording.
    """
    _check(verdict, backend, zone, "stt")
    if not recording.pcm or len(recording.pcm) % 2 or not LOWEST_HZ <= recording.rate_hz <= HIGHEST_HZ:
        raise EgressDenied("not sent: this is no recording", rule="parcel:recording")
    if len(recording.pcm) > MOST_PCM_BYTES:
        raise EgressDenied(
            "not sent: the recording is too long for one request",
            hint="speak in shorter pieces",
            rule="parcel:recording",
        )
    draft = SoundParcel(
        parcel_id, backend, host, zone, "stt", model, verdict, "", recording=recording, language=language
    )
    return replace(draft, digest=_digest(draft))


def pack_speech(
    parcel_id: str,
    verdict: Verdict,
    backend: str,
    host: str,
    zone: Zone,
    text: Redacted,
    *,
    model: str = "",
    voice: str = "",
) -> SoundParcel:
    """Words to be spoken for one back end, by a verdict of `decide_speech` for it.

    Raises EgressDenied, naming the rule, for a verdict that does not let them leave or is about something else, for a
    text in which something was found, and for one that is empty or too long.
    """
    _check(verdict, backend, zone, "tts")
    if not isinstance(text, Redacted) or text.counts:
        raise EgressDenied(
            "not sent: what is spoken elsewhere may hold nothing personal",
            hint="an answer with personal data is spoken on this device",
            rule="speech:personal",
        )
    if not text.text.strip() or len(text.text) > MOST_CHARACTERS:
        raise EgressDenied("not sent: the text is empty or too long to be spoken at once", rule="parcel:spoken")
    draft = SoundParcel(parcel_id, backend, host, zone, "tts", model, verdict, "", text=text, voice=voice)
    return replace(draft, digest=_digest(draft))


def _check(verdict: Verdict, backend: str, zone: Zone, what: str) -> None:
    check_verdict(verdict, backend, zone)
    if verdict.matter != what or not verdict.backend:
        raise EgressDenied("not sent: the verdict is about something else than this speech", rule=verdict.rule)


def _digest(parcel: SoundParcel) -> str:
    """Over canonical JSON, as for a parcel of words; the sound is in it by its own hash."""
    verdict, recording = parcel.verdict, parcel.recording
    content = {
        "format": _FORMAT,
        "id": parcel.id,
        "backend": parcel.backend,
        "host": parcel.host,
        "zone": str(parcel.zone),
        "what": parcel.what,
        "model": parcel.model,
        "recording": None if recording is None else [hashlib.sha256(recording.pcm).hexdigest(), recording.rate_hz],
        "text": None if parcel.text is None else parcel.text.text,
        "language": parcel.language,
        "voice": parcel.voice,
        "verdict": [str(verdict.stance), verdict.rule, verdict.policy_hash, verdict.backend, verdict.matter],
    }
    encoded = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(encoded.encode("ascii")).hexdigest()
