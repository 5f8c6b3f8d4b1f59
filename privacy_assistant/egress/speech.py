"""Speech of a back end: what was said in a recording, and words spoken. Off unless `[speech]` of the policy lets it.

Those of kind openai, azure and openai-compatible are asked over HTTP (`audio/transcriptions`, `audio/speech`), those
of kind wyoming over a bare connection. Both go out through the gate, in the bytes that are made here, and in no others.
"""

from __future__ import annotations

import secrets
from collections.abc import Generator, Iterator
from itertools import chain
from typing import TYPE_CHECKING

from privacy_assistant.core.address import target_of
from privacy_assistant.core.breaker import Failure, failure_of
from privacy_assistant.core.policy import Verdict
from privacy_assistant.core.policy_terms import Backend, BackendKind
from privacy_assistant.core.redaction import Redacted
from privacy_assistant.core.sound import Frame, Recording
from privacy_assistant.core.sound_parcel import (
    HIGHEST_HZ,
    LOWEST_HZ,
    SoundDispatch,
    SoundParcel,
    pack_recording,
    pack_speech,
)
from privacy_assistant.egress.attempts import Problem, problem_of
from privacy_assistant.egress.broken import Broken
from privacy_assistant.egress.dialects import transcriptions, wyoming
from privacy_assistant.egress.dialects.reading import broken_off, malformed
from privacy_assistant.egress.dialects.transcriptions import Transcript
from privacy_assistant.egress.errands import Answer, Asking, Errands
from privacy_assistant.egress.gate import Passage
from privacy_assistant.egress.sound_goods import Form, RecordingForm, Sound, SpeechForm, WyomingRecording, WyomingSpeech
from privacy_assistant.egress.wav import SoundReader
from privacy_assistant.ports import Delayed, Sent

if TYPE_CHECKING:
    from httpx2 import Response

MOST_TRANSCRIPT_BYTES = 1024 * 1024
"""No transcript is longer; an hour of speech has 60,000 letters."""


def hears(backend: Backend) -> bool:
    """Whether the policy sets this back end up to transcribe: by `stt_model`; a Wyoming server needs to name none."""
    if backend.kind is BackendKind.WYOMING:
        return bool(backend.stt_model) or not (backend.tts_model or backend.voice)
    return bool(backend.stt_model)


def speaks(backend: Backend) -> bool:
    """Whether the policy sets this back end up to speak: by `tts_model` and `voice`; a Wyoming server needs neither."""
    if backend.kind is BackendKind.WYOMING:
        return bool(backend.tts_model or backend.voice) or not backend.stt_model
    return bool(backend.tts_model and backend.voice)


class CloudTranscriber:
    """Understands recordings, by one back end. `errands` are those of that back end."""

    def __init__(self, errands: Errands) -> None:
        self._errands = errands
        self._is_wyoming = errands.backend.kind is BackendKind.WYOMING

    @property
    def backend(self) -> Backend:
        """Its entry in the policy: what a verdict is asked for."""
        return self._errands.backend

    def why_not(self) -> str:
        """Why it cannot be tried now; "" where it can. Asks nobody, and does not say what the policy allows."""
        if not hears(self.backend):
            return "the policy names no stt_model for it"
        return self._errands.why_not()

    def pack(self, parcel_id: str, verdict: Verdict, recording: Recording, language: str = "") -> SoundParcel:
        """The recording for this back end, by a verdict of `decide_speech`. Raises EgressDenied."""
        backend = self.backend
        return pack_recording(
            *(parcel_id, verdict, backend.name, self._errands.host, backend.zone, recording),
            model=backend.stt_model,
            language=language,
        )

    def transcribe(self, dispatch: SoundDispatch) -> Generator[Transcript | Sent | Delayed, None, None]:
        """What was understood: the last item, and only missing where it was cancelled.

        Raises EgressDenied and the errors of a key (nothing left), BackendRefused, Unreachable, TimedOut,
        ReplyMalformed.
        """
        form: Form = WyomingRecording() if self._is_wyoming else RecordingForm()
        goods = Sound(dispatch, form, self.backend)
        begin = _converse if self._is_wyoming else _post
        read = _transcript_of_events if self._is_wyoming else _transcript
        return self._errands.run(Asking(goods, lambda passage: begin(self._errands, passage, goods), read))

    def cancel(self, parcel_id: str) -> None:
        """End that one at once. Any thread may call, and a signal handler."""
        self._errands.cancel(parcel_id)

    def close(self) -> None:
        """End all."""
        self._errands.close()


class CloudSpeaker:
    """Speaks words, by one back end. `errands` are those of that back end."""

    def __init__(self, errands: Errands) -> None:
        self._errands = errands

    @property
    def backend(self) -> Backend:
        """Its entry in the policy: what a verdict is asked for."""
        return self._errands.backend

    def why_not(self) -> str:
        """Why it cannot be tried now; "" where it can. Asks nobody, and does not say what the policy allows."""
        if not speaks(self.backend):
            return "the policy names no tts_model and voice for it"
        return self._errands.why_not()

    def pack(self, parcel_id: str, verdict: Verdict, text: Redacted) -> SoundParcel:
        """The words for this back end, by a verdict of `decide_speech`. Raises EgressDenied, also where anything was
        found in them."""
        backend = self.backend
        return pack_speech(
            *(parcel_id, verdict, backend.name, self._errands.host, backend.zone, text),
            model=backend.tts_model,
            voice=backend.voice,
        )

    def speak(self, dispatch: SoundDispatch) -> Generator[Frame | Sent | Delayed, None, None]:
        """The sound as it comes; `Frame.at` counts from its first sample. It ends early where it was cancelled.

        Take it as fast as it comes, and play from memory: the time-outs go on meanwhile. Closing it ends the request.

        Raises EgressDenied and the errors of a key (nothing left), BackendRefused, Unreachable, TimedOut,
        ReplyMalformed. After a first frame nothing is tried again.
        """
        if self.backend.kind is BackendKind.WYOMING:
            words = Sound(dispatch, WyomingSpeech(), self.backend)
            return self._errands.run(
                Asking(words, lambda passage: _converse(self._errands, passage, words), _frames_of_events)
            )
        form = SpeechForm(self.backend.kind)
        goods = Sound(dispatch, form, self.backend)
        return self._errands.run(
            Asking(
                goods,
                lambda passage: _post(self._errands, passage, goods),
                lambda answer: _frames(answer, form.rate_hz),
            )
        )

    def cancel(self, parcel_id: str) -> None:
        """End that one at once. Any thread may call, and a signal handler."""
        self._errands.cancel(parcel_id)

    def close(self) -> None:
        """End all."""
        self._errands.close()


# ---------------------------------------------------------------- over HTTP


def _post(errands: Errands, passage: Passage, goods: Sound) -> Answer | Problem:
    """Ask, and give the body of an answer that is one."""
    backend, address, content_type = errands.backend, errands.address, goods.content_type
    if content_type.startswith("multipart/"):
        content_type = f"{content_type}; boundary={secrets.token_hex(16)}"
    client = passage.client
    request = client.build_request(
        "POST",
        f"{address.scheme}://{address.shown}{target_of(backend, goods.path)}",
        content=goods.encode(content_type),
        headers={"Content-Type": content_type},
    )
    response = client.send(request, stream=True)
    try:
        problem = _problem_of_head(errands, goods, response)
    except BaseException:  # also a cancel: nobody else knows of this answer yet
        response.close()
        raise
    if problem is not None:
        response.close()
        return problem
    return Answer(response.iter_raw(), response.close, passage.drain)


def _problem_of_head(errands: Errands, goods: Sound, response: Response) -> Problem | None:
    """What is the matter with an answer, as far as its head tells, and for a refusal its body."""
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if response.status_code != 200:
        return errands.refusal(response.status_code, response.headers, response.read())
    if _is_expected(media_type, goods):
        return None
    failure = failure_of(200, media_type, is_sealed=errands.address.is_sealed) or Failure.MALFORMED
    why = "" if failure is Failure.CAPTIVE else "what it sent is not what was asked for"
    return problem_of(Broken(failure, why), errands.backend, may_pass=False)


def _is_expected(media_type: str, goods: Sound) -> bool:
    """Servers give sound many names, or none; a transcript is looked at anyway."""
    if goods.accept == "audio/*":
        return media_type.startswith("audio/") or media_type in ("", "application/octet-stream")
    return media_type != "text/html"


def _transcript(answer: Answer) -> Iterator[Transcript]:
    whole = bytearray()
    for chunk in answer.chunks:
        whole += chunk
        if len(whole) > MOST_TRANSCRIPT_BYTES:
            raise Broken(Failure.MALFORMED, "what it sent is too long")
    yield transcriptions.decode(bytes(whole))


def _frames(answer: Answer, rate_hz: int | None) -> Iterator[Frame]:
    reader = SoundReader(rate_hz)
    for chunk in answer.chunks:
        yield from reader.feed(chunk)
    reader.close()


# ---------------------------------------------------------------- Wyoming


def _converse(errands: Errands, passage: Passage, goods: Sound) -> Answer | Problem:
    """Ask, and give what comes back once the first of it is there."""
    answer = passage.converse(goods.encode(goods.content_type))
    first = next(answer, b"")
    return Answer(chain([first], answer), answer.close, passage.drain)


def _events(answer: Answer) -> Iterator[wyoming.Event]:
    """Every event until the end. Raises Broken where one of them is an error, ReplyMalformed at the end: the caller
    leaves before it."""
    reader = wyoming.Reader()
    for chunk in answer.chunks:
        for event in reader.feed(chunk):
            if event.kind == "error":
                raise Broken(Failure.SERVER)
            yield event
    raise broken_off()


def _transcript_of_events(answer: Answer) -> Iterator[Transcript]:
    for event in _events(answer):
        if event.kind == "transcript":
            untrusted_text, language = event.untrusted_data.get("text"), event.untrusted_data.get("language")
            if not isinstance(untrusted_text, str):
                raise malformed("text")
            text = untrusted_text.encode("utf-8", "replace").decode("utf-8")
            is_tag = isinstance(language, str) and language[:32].replace("-", "").replace("_", "").isalpha()
            yield Transcript(text, language[:32] if is_tag and isinstance(language, str) else "")
            return


def _frames_of_events(answer: Answer) -> Iterator[Frame]:
    rate_hz, samples = 0, 0
    for event in _events(answer):
        if event.kind == "audio-stop":
            if not samples:
                raise malformed("sound")
            return
        if event.kind != "audio-chunk":
            continue
        rate_hz = _rate_of(event, rate_hz)
        if event.payload:
            yield Frame(event.payload, rate_hz, samples / rate_hz)
            samples += len(event.payload) // 2


def _rate_of(event: wyoming.Event, before: int) -> int:
    """The rate of this piece, which is that of the pieces before it (0: none yet). Raises ReplyMalformed."""
    rate, width, channels = (event.untrusted_data.get(key) for key in ("rate", "width", "channels"))
    if not isinstance(rate, int) or not LOWEST_HZ <= rate <= HIGHEST_HZ or before not in (0, rate):
        raise malformed("sound: its rate")
    if (width, channels) != (2, 1) or len(event.payload) % 2:
        raise malformed("sound: not one channel of 16 bits")
    return rate
