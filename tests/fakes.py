"""One fake per port: small, scripted, honest about what it was asked. mypy checks each against its Protocol below."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from privacy_assistant.core.consent import Answer, Request
from privacy_assistant.core.kinds import Finding, Findings, Kind, Topic
from privacy_assistant.core.money import Money
from privacy_assistant.core.parcel import Parcel
from privacy_assistant.core.turn import Origin, Usage, Zone
from privacy_assistant.errors import AssistantError, EgressDenied, RecordTampered
from privacy_assistant.ports import (
    ChatMessage,
    CloudInfo,
    Delayed,
    Dispatch,
    Finished,
    Frame,
    GenerationRequest,
    LedgerLine,
    ModelInfo,
    Piece,
    Sent,
    SkillAnswer,
    SkillRequest,
    ToolCall,
)
from privacy_assistant.vault.memory import MemoryDrawer, MemoryHistory
from privacy_assistant.vault.purse import MemoryPurse

if TYPE_CHECKING:
    from privacy_assistant import ports
    from privacy_assistant.core.policy_terms import Budget

EPOCH = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

Script = str | Sequence[str] | Callable[[GenerationRequest], Iterable[str]]
"""What a fake model says: one text (streamed word by word), its pieces, or a function of the request."""


def pieces_of(script: Script, request: GenerationRequest) -> list[str]:
    """The pieces of a script; a plain text is cut after each space, so that joining gives it back."""
    if isinstance(script, str):
        return [piece for piece in script.replace(" ", " \0").split("\0") if piece]
    if callable(script):
        return list(script(request))
    return list(script)


# ---------------------------------------------------------------- language models


class FakeLocalModel:
    """Streams its scripts in order, the last one again and again; keeps what it was asked in `requests`.

    `error` is raised instead of the first piece, or after `error_after` pieces. Cancelled ids end at the next
    piece, also when `cancel` comes before the stream is read. `on_piece` is called with the number of pieces given.
    """

    def __init__(
        self,
        *scripts: Script,
        name: str = "fake-model",
        context_tokens: int = 2048,
        error: AssistantError | None = None,
        error_after: int = 0,
        warm_error: AssistantError | None = None,
        on_piece: Callable[[int], None] | None = None,
    ) -> None:
        self._scripts: tuple[Script, ...] = scripts or ("The fake answer.",)
        self._info = ModelInfo(name=name, path="fake.gguf", bytes=1, context_tokens=context_tokens, licence="none")
        self._error = error
        self._error_after = error_after
        self._warm_error = warm_error
        self._on_piece = on_piece
        self._cancelled: set[str] = set()
        self._turn = threading.Lock()
        self.requests: list[GenerationRequest] = []
        self.cancelled: list[str] = []
        self.warmed = 0
        self.is_closed = False

    @property
    def info(self) -> ModelInfo:
        return self._info

    def warm(self) -> None:
        if self._warm_error is not None:
            raise self._warm_error
        self.warmed += 1

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """One token per word, four per message, two for the generation prompt."""
        return sum(4 + len(message.text.split()) for message in messages) + 2

    def generate(self, request: GenerationRequest) -> Iterator[Piece | Finished]:
        with self._turn:
            script = self._scripts[min(len(self.requests), len(self._scripts) - 1)]
            self.requests.append(request)
            given = 0
            limit = request.sampling.max_tokens
            reason = "stop"
            for text in pieces_of(script, request):
                if self._error is not None and given >= self._error_after:
                    raise self._error
                if request.id in self._cancelled:
                    reason = "cancelled"
                    break
                if limit is not None and given >= limit:
                    reason = "length"
                    break
                given += 1
                yield Piece(text)
                if self._on_piece is not None:
                    self._on_piece(given)
            else:
                if self._error is not None:
                    raise self._error
                if request.id in self._cancelled:
                    reason = "cancelled"
            prompt = self.count_tokens(request.messages)
            yield Finished(reason, Usage(prompt_tokens=prompt, completion_tokens=given, mean_logprob=-0.1))

    def cancel(self, request_id: str) -> None:
        self.cancelled.append(request_id)
        self._cancelled.add(request_id)

    def close(self) -> None:
        self.is_closed = True


class FakeCloudModel:
    """A cloud that hears nothing: keeps the dispatches it was given, has their bytes kept, and streams its script.

    `error` is raised instead of the first piece, or after `error_after` items. A ToolCall or Delayed in the script is
    passed on as it is. Consent that is missing is EgressDenied, as at the gate. Cancelled ids end at the next item.
    """

    def __init__(
        self,
        script: Sequence[str | ToolCall | Delayed] = ("From ", "afar."),
        *,
        name: str = "fake-cloud",
        model: str = "fake-model",
        host: str = "cloud.example",
        zone: Zone = Zone.CLOUD,
        kind: str = "openai",
        context_tokens: int = 8192,
        price: Money | None = None,
        why_not: str = "",
        error: AssistantError | None = None,
        error_after: int = 0,
    ) -> None:
        self._script = tuple(script)
        self._info = CloudInfo(name, model, host, zone, kind, context_tokens)
        self._price = price
        self._error = error
        self._error_after = error_after
        self._cancelled: set[str] = set()
        self.reason = why_not
        self.dispatches: list[Dispatch] = []
        self.cancelled: list[str] = []
        self.is_closed = False

    @property
    def info(self) -> CloudInfo:
        return self._info

    @property
    def parcels(self) -> list[Parcel]:
        return [dispatch.parcel for dispatch in self.dispatches]

    def why_not(self) -> str:
        return self.reason

    def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
        """One token per character, four per message."""
        return sum(4 + len(message.text) for message in messages)

    def cost(self, prompt_tokens: int, completion_tokens: int) -> Money | None:
        """The price for each thousand tokens, whichever they are."""
        if self._price is None:
            return None
        return Money(self._price.amount * (prompt_tokens + completion_tokens) / 1000, self._price.currency)

    def generate(self, dispatch: Dispatch) -> Iterator[Sent | Delayed | Piece | ToolCall | Finished]:
        parcel = dispatch.parcel
        if not parcel.is_intact or (parcel.needs_consent and dispatch.consented != parcel.digest):
            raise EgressDenied("Nobody agreed to this parcel.", rule="gate:consent")
        self.dispatches.append(dispatch)
        payload = "\n".join(text.text for text in parcel.texts).encode("utf-8", "surrogatepass")
        dispatch.keep(payload)
        yield Sent(len(self.dispatches), parcel.host, len(payload))
        reason = "stop"
        given = 0
        for item in self._script:
            if self._error is not None and given >= self._error_after:
                raise self._error
            if parcel.id in self._cancelled:
                reason = "cancelled"
                break
            given += 1
            yield Piece(item) if isinstance(item, str) else item
        else:
            if self._error is not None:
                raise self._error
            if parcel.id in self._cancelled:
                reason = "cancelled"
        prompt = sum(4 + len(message.text.text) for message in parcel.body)
        yield Finished(reason, Usage(prompt_tokens=prompt, completion_tokens=given))

    def cancel(self, parcel_id: str) -> None:
        self.cancelled.append(parcel_id)
        self._cancelled.add(parcel_id)

    def close(self) -> None:
        self.is_closed = True


# ---------------------------------------------------------------- finding and consent


class FakeFinder:
    """Finds the literal strings it was told, everywhere they stand; the longest wins where two overlap."""

    def __init__(
        self,
        words: Mapping[str, Kind] | None = None,
        *,
        topics: Mapping[str, Topic] | None = None,
        kinds: Iterable[Kind | Topic] = (*Kind, *Topic),
        error: Exception | None = None,
    ) -> None:
        self._words = dict(words or {})
        self._topics = dict(topics or {})
        self._kinds = frozenset(kinds)
        self._error = error
        self.texts: list[str] = []

    @property
    def kinds(self) -> frozenset[Kind | Topic]:
        return self._kinds

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        self.texts.append(text)
        if self._error is not None:
            raise self._error
        found: list[Finding] = []
        for word, kind in sorted(self._words.items(), key=lambda item: -len(item[0])):
            at = text.find(word) if word else -1
            while at >= 0:
                span = Finding(at, at + len(word), kind, by="fake")
                if all(span.end <= other.start or span.start >= other.end for other in found):
                    found.append(span)
                at = text.find(word, at + 1)
        found.sort(key=lambda span: span.start)
        return Findings(tuple(found), frozenset(topic for word, topic in self._topics.items() if word in text))

    def find_again(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        """The same once more; not among `texts`."""
        found = self.find(text, origin=origin)
        self.texts.pop()
        return found


class FakeConsent:
    """Answers as told, in order, the last one again and again (silence means no); keeps what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = answers or (Answer.NO,)
        self.requests: list[Request] = []

    @property
    def parcels(self) -> list[Parcel]:
        return [request.parcel for request in self.requests if isinstance(request.parcel, Parcel)]

    def ask(self, request: Request) -> Answer:
        answer = self._answers[min(len(self.requests), len(self._answers) - 1)]
        self.requests.append(request)
        return answer


# ---------------------------------------------------------------- what stays


class FakeHistory(MemoryHistory):
    """The real history that lives in memory; `is_durable` is what it was told, so that it can play a sealed one."""

    def __init__(self, *, is_durable: bool = True) -> None:
        super().__init__()
        self._is_durable = is_durable

    @property
    def is_durable(self) -> bool:
        return self._is_durable


class FakeDrawer(MemoryDrawer):
    """The real drawer that lives in memory."""


class FakeLedger:
    """Lines in a list, each chained to the one before; `tamper` changes one behind its back."""

    def __init__(self) -> None:
        self._lines: list[LedgerLine] = []
        self._chain: list[str] = []

    def append(self, line: LedgerLine) -> int:
        self._chain.append(self._link(len(self._lines), line))
        self._lines.append(line)
        return len(self._lines)

    def lines(self) -> list[tuple[int, LedgerLine]]:
        return list(enumerate(self._lines, start=1))

    def verify(self) -> int:
        for at, line in enumerate(self._lines):
            if self._chain[at] != self._link(at, line):
                raise RecordTampered("The ledger was changed.")
        return len(self._lines)

    def tamper(self, seq: int) -> None:
        """Change one line without its link."""
        self._lines[seq - 1] = replace(self._lines[seq - 1], bytes=self._lines[seq - 1].bytes + 1)

    def _link(self, at: int, line: LedgerLine) -> str:
        before = self._chain[at - 1] if at else ""
        return sha256(f"{before}|{line!r}".encode()).hexdigest()


class FakeTokens:
    """Tokens in a dictionary."""

    def __init__(self, tokens: Mapping[str, str] | None = None) -> None:
        self._tokens = dict(tokens or {})

    def get(self, name: str) -> str | None:
        return self._tokens.get(name)

    def put(self, name: str, token: str) -> None:
        self._tokens[name] = token

    def remove(self, name: str) -> bool:
        return self._tokens.pop(name, None) is not None

    def names(self) -> list[str]:
        return sorted(self._tokens)


class FakePurse(MemoryPurse):
    """The real purse that lives in memory; keeps what was reserved and what each reservation came to."""

    def __init__(self) -> None:
        super().__init__()
        self.reserved: list[tuple[str, Money]] = []
        self.settled: list[tuple[str, Money]] = []

    def reserve(self, conversation: str, amount: Money, budget: Budget, now: datetime) -> str:
        reservation = super().reserve(conversation, amount, budget, now)
        self.reserved.append((conversation, amount))
        return reservation

    def settle(self, reservation: str, amount: Money) -> None:
        super().settle(reservation, amount)
        self.settled.append((reservation.partition(":")[2], amount))


# ---------------------------------------------------------------- skills


class FakeSkill:
    """Answers exactly the texts it knows and leaves every other to the model; keeps what it was asked."""

    def __init__(self, answers: Mapping[str, str | SkillAnswer] | None = None, *, name: str = "fake-skill") -> None:
        self._answers = dict(answers or {})
        self._name = name
        self.requests: list[SkillRequest] = []

    @property
    def name(self) -> str:
        return self._name

    def answer(self, request: SkillRequest) -> SkillAnswer | None:
        self.requests.append(request)
        known = self._answers.get(request.text)
        return SkillAnswer(known) if isinstance(known, str) else known


# ---------------------------------------------------------------- voice


def silence(seconds: float = 0.01, *, at: float = 0.0, rate_hz: int = 16_000) -> Frame:
    """A frame of zeros."""
    return Frame(bytes(2 * round(seconds * rate_hz)), rate_hz, at)


def seconds_of(frame: Frame) -> float:
    """How long a frame lasts: 16-bit samples."""
    return len(frame.pcm) / 2 / frame.rate_hz


class FakeMicrophone:
    """Gives its frames once, then ends."""

    def __init__(self, frames: Iterable[Frame] = ()) -> None:
        self._frames = tuple(frames)

    def frames(self) -> Iterator[Frame]:
        yield from self._frames


class FakeLoudspeaker:
    """Keeps what was played; by default everything played has been heard when it is stopped."""

    def __init__(self, *, heard_seconds: float | None = None) -> None:
        self._heard_seconds = heard_seconds
        self.played: list[Frame] = []
        self.stops = 0

    def play(self, frame: Frame) -> None:
        self.played.append(frame)

    def stop(self) -> float:
        self.stops += 1
        total = sum(seconds_of(frame) for frame in self.played)
        return total if self._heard_seconds is None else min(total, self._heard_seconds)


class FakeSpeechDetector:
    """Gives its probabilities in order, then 0."""

    def __init__(self, probabilities: Iterable[float] = ()) -> None:
        self._probabilities = iter(tuple(probabilities))

    def probability(self, frame: Frame) -> float:
        return next(self._probabilities, 0.0)


class FakeTurnDetector:
    """Gives its probabilities in order, then 1: the speaker is done."""

    def __init__(self, probabilities: Iterable[float] = ()) -> None:
        self._probabilities = iter(tuple(probabilities))

    def probability(self, frames: Sequence[Frame]) -> float:
        return next(self._probabilities, 1.0)


class FakeWakeWord:
    """Hears the word in the frames that begin at these seconds."""

    def __init__(self, at: Iterable[float] = ()) -> None:
        self._at = frozenset(at)

    def heard(self, frame: Frame) -> bool:
        return frame.at in self._at


class FakeEchoCanceller:
    """Passes frames through and keeps what was played."""

    def __init__(self) -> None:
        self.heard_playing: list[Frame] = []

    def played(self, frame: Frame) -> None:
        self.heard_playing.append(frame)

    def clean(self, frame: Frame) -> Frame:
        return frame


class FakeTranscriber:
    """Hears its texts in order, the last one again and again."""

    def __init__(self, *texts: str, confidence: float = 0.95) -> None:
        self._texts = texts or ("hello",)
        self._confidence = confidence
        self.calls = 0

    def transcribe(self, frames: Sequence[Frame]) -> tuple[str, float]:
        text = self._texts[min(self.calls, len(self._texts) - 1)]
        self.calls += 1
        return text, self._confidence


class FakeSpeaker:
    """Speaks silence, 50 ms for each character, in frames of 10 ms; keeps the texts."""

    def __init__(self) -> None:
        self.spoken: list[str] = []

    def speak(self, text: str) -> Iterator[Frame]:
        self.spoken.append(text)
        for index in range(5 * len(text)):
            yield silence(0.01, at=index * 0.01)


if TYPE_CHECKING:
    # The check that a fake is its port: mypy compares every signature here.
    _PORTS: tuple[
        type[ports.LocalModel],
        type[ports.CloudModel],
        type[ports.Finder],
        type[ports.Consent],
        type[ports.History],
        type[ports.Drawer],
        type[ports.Ledger],
        type[ports.Tokens],
        type[ports.Purse],
        type[ports.Skill],
        type[ports.Microphone],
        type[ports.Loudspeaker],
        type[ports.SpeechDetector],
        type[ports.TurnDetector],
        type[ports.WakeWord],
        type[ports.EchoCanceller],
        type[ports.Transcriber],
        type[ports.Speaker],
    ] = (
        FakeLocalModel,
        FakeCloudModel,
        FakeFinder,
        FakeConsent,
        FakeHistory,
        FakeDrawer,
        FakeLedger,
        FakeTokens,
        FakePurse,
        FakeSkill,
        FakeMicrophone,
        FakeLoudspeaker,
        FakeSpeechDetector,
        FakeTurnDetector,
        FakeWakeWord,
        FakeEchoCanceller,
        FakeTranscriber,
        FakeSpeaker,
    )
