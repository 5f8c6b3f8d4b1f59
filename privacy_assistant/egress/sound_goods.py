"""What the gate lets through of speech: the one form, body or run of events that its parcel stands for.

No library makes these bytes, we do; so the gate asks for the very same bytes again, made anew from the parcel whose
digest it has just counted. Nothing else could be hidden in them, in whatever form.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Protocol

from privacy_assistant.core.policy_terms import Backend, BackendKind
from privacy_assistant.core.sound_parcel import SoundDispatch, SoundParcel
from privacy_assistant.core.turn import Zone
from privacy_assistant.egress.dialects import speech, transcriptions, wyoming
from privacy_assistant.egress.goods import Packed
from privacy_assistant.egress.inspection import Look, denied
from privacy_assistant.egress.wav import wav_of
from privacy_assistant.errors import EgressDenied

_FORM = re.compile(r"multipart/form-data; boundary=([0-9A-Za-z]{16,70})")


class Form(Protocol):
    """How a parcel of speech is written for one kind of back end. `path`, `content_type` and `accept` are those of
    `goods.Goods`."""

    @property
    def path(self) -> str: ...

    @property
    def content_type(self) -> str: ...

    @property
    def accept(self) -> str: ...

    def body(self, parcel: SoundParcel, content_type: str) -> bytes:
        """The exact bytes. Raises EgressDenied for a parcel that has no form in it."""


class RecordingForm:
    """A recording for `audio/transcriptions`. The boundary stands in the content type, and is the only thing in the
    bytes that does not come from the parcel."""

    path = transcriptions.PATH
    content_type = "multipart/form-data"
    accept = "application/json"

    def body(self, parcel: SoundParcel, content_type: str) -> bytes:
        """The form."""
        boundary = _FORM.fullmatch(content_type)
        if parcel.recording is None or boundary is None:
            raise denied("the form is not the one that was packed", "gate:body")
        form = transcriptions.encode(parcel.model, wav_of(parcel.recording), parcel.language)
        return form.multipart(boundary[1])


class SpeechForm:
    """Words for `audio/speech`. OpenAI and Azure send bare sound, whose first piece comes sooner; of which rate that
    of others is, only a WAV tells."""

    path = speech.PATH
    content_type = "application/json"
    accept = "audio/*"

    def __init__(self, kind: BackendKind) -> None:
        self.rate_hz = speech.PCM_RATE_HZ if kind in (BackendKind.OPENAI, BackendKind.AZURE) else None

    def body(self, parcel: SoundParcel, content_type: str) -> bytes:
        """The JSON."""
        if parcel.text is None:
            raise denied("the body is not the one that was packed", "gate:body")
        body = speech.encode(parcel.model, parcel.voice, parcel.text, sound="wav" if self.rate_hz is None else "pcm")
        return json.dumps(body, ensure_ascii=False).encode("utf-8")


class WyomingRecording:
    """A recording for a Wyoming server."""

    path = wyoming.TRANSCRIBE
    content_type = wyoming.CONTENT_TYPE
    accept = wyoming.CONTENT_TYPE

    def body(self, parcel: SoundParcel, content_type: str) -> bytes:
        """The events."""
        if parcel.recording is None:
            raise denied("the events are not those that were packed", "gate:body")
        return wyoming.transcribe(parcel.recording, parcel.model, parcel.language)


class WyomingSpeech:
    """Words for a Wyoming server."""

    path = wyoming.SYNTHESIZE
    content_type = wyoming.CONTENT_TYPE
    accept = wyoming.CONTENT_TYPE

    def body(self, parcel: SoundParcel, content_type: str) -> bytes:
        """The event."""
        if parcel.text is None:
            raise denied("the event is not the one that was packed", "gate:body")
        return wyoming.synthesize(parcel.text, parcel.voice or parcel.model)


class Sound:
    """A parcel of speech on its way, in the form of its back end."""

    def __init__(self, dispatch: SoundDispatch, form: Form, backend: Backend) -> None:
        if not isinstance(dispatch.parcel, SoundParcel):
            raise denied("this is no parcel of speech", "gate:parcel")
        self._dispatch = dispatch
        self._form = form
        self._backend = backend

    @property
    def parcel(self) -> Packed:
        """The parcel."""
        return self._dispatch.parcel

    @property
    def consented(self) -> str:
        """The digest that was agreed to."""
        return self._dispatch.consented

    @property
    def path(self) -> str:
        """Where this is asked for."""
        return self._form.path

    @property
    def content_type(self) -> str:
        """What the body is."""
        return self._form.content_type

    @property
    def accept(self) -> str:
        """What may come back."""
        return self._form.accept

    def encode(self, content_type: str) -> bytes:
        """The body that is to be sent. Raises EgressDenied."""
        return self._form.body(self._dispatch.parcel, content_type)

    def keep(self, payload: bytes) -> str:
        """Words as they leave; of sound its length and hash, which prove what was sent and cannot be heard."""
        if self._dispatch.parcel.text is None:
            told = {"bytes": len(payload), "sha256": hashlib.sha256(payload).hexdigest()}
            payload = json.dumps(told).encode("ascii")
        return self._dispatch.keep(payload)

    def examine(self, body: bytes, content_type: str, look: Look) -> None:
        """The bytes are those of the parcel; and nothing that was masked, or should have been, is in its words.

        What is spoken on this device may be personal: the gate has seen that it goes nowhere else.
        """
        parcel, backend = self._dispatch.parcel, self._backend
        is_heard = parcel.what == "stt"
        model = backend.stt_model if is_heard else backend.tts_model
        if (parcel.model, parcel.voice) != (model, "" if is_heard else backend.voice):
            raise EgressDenied("not sent: another model or voice than the policy names", rule="gate:body")
        if body != self.encode(content_type):
            raise denied("the body is not the one that was packed", "gate:body")
        if parcel.text is not None and parcel.zone is not Zone.DEVICE:
            look.holds_known([parcel.text.text], self._dispatch.legend)
            look.holds_personal([parcel.text.text])
