"""One fake per port: small, scripted, honest about what it was asked. mypy checks each against its Protocol below."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from privacy_assistant.core.consent import Answer, Request
from privacy_assistant.core.kinds import Finding, Findings, Kind, Topic
from privacy_assistant.core.money import Money
from privacy_assistant.core.parcel import Parcel
from privacy_assistant.core.sound import HEARD_HZ, Frame, Recording, Tick, Transcript
from privacy_assistant.core.turn import Origin, Usage, Zone
from privacy_assistant.errors import (
    AssistantError,
    BackendRefused,
    EgressDenied,
    ModelTampered,
    RecordTampered,
    Unreachable,
)
from privacy_assistant.ports import (
    ChatMessage,
    CloudInfo,
    Delayed,
    Dispatch,
    Finished,
    GenerationRequest,
    LedgerLine,
    ModelInfo,
    Piece,
    Sent,
    SkillAnswer,
    SkillRequest,
    ToolCall,
    models,
)
from privacy_assistant.vault.memory import MemoryDrawer, MemoryHistory
from privacy_assistant.vault.purse import MemoryPurse

if TYPE_CHECKING:
    from privacy_assistant import ports
    from privacy_assistant.core.policy_terms import Budget
    from privacy_assistant.ports import sound

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

    def prefill(self, messages: Sequence[ChatMessage]) -> None:
        pass

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


class FakeFetcher:
    """Gives files by their address; a file that is missing is refused. `drops` addresses break off half way, once each.

    `orders` are those it got, `partials` where they were written.
    """

    def __init__(self, files: Mapping[str, bytes], *, drops: Iterable[str] = (), commit: str = "") -> None:
        self._files = dict(files)
        self._drops = set(drops)
        self._commit = commit
        self.orders: list[models.Order] = []
        self.partials: list[str] = []
        self.is_closed = False

    def fetch(self, order: models.Order, partial: str) -> Iterator[models.Progress | Delayed | models.Arrived]:
        self.orders.append(order)
        self.partials.append(partial)
        url = order.place.shown
        if url not in self._files:
            raise BackendRefused(f"{order.model}: there is no such file", hint="look at its page")
        data = self._files[url]
        if url in self._drops:
            self._drops.discard(url)
            Path(partial).write_bytes(data[: len(data) // 2])
            yield models.Progress(len(data) // 2, len(data))
            raise Unreachable(f"{order.model}: the connection broke off", hint="run it again: it goes on")
        Path(partial).write_bytes(data)
        yield models.Progress(len(data), len(data))
        digest = sha256(data).hexdigest()
        if order.sha256 and digest != order.sha256:
            raise ModelTampered(f"{order.model}: what came is not what was published", hint="try another mirror")
        yield models.Arrived(len(data), digest, url, commit=self._commit)

    def cancel(self) -> None:
        pass

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


def silence(seconds: float = 0.01, *, at: float = 0.0, rate_hz: int = HEARD_HZ) -> Frame:
    """A frame of zeros."""
    return Frame(bytes(2 * round(seconds * rate_hz)), rate_hz, at)


class FakeSoundCard:
    """Hears its sound, 10 ms at a time, and keeps what it was given to play in `played`."""

    rate_hz: int = HEARD_HZ

    def __init__(self, heard: bytes = b"", *, rate_hz: int = HEARD_HZ) -> None:
        self._heard = heard
        self._is_closed = False
        self.rate_hz = rate_hz
        self.played = bytearray()

    def ticks(self, fill: Callable[[int], bytes]) -> Iterator[Tick]:
        step = 2 * HEARD_HZ // 100
        for number, start in enumerate(range(0, len(self._heard) - step + 1, step)):
            if self._is_closed:
                return
            said = fill(self.rate_hz // 100)
            self.played += said
            at = number / 100
            yield Tick(Frame(self._heard[start : start + step], HEARD_HZ, at), Frame(said, self.rate_hz, at))

    def close(self) -> None:
        self._is_closed = True


class FakeEchoCanceller:
    """Passes through what was heard."""

    is_full_duplex: bool = True

    def __init__(self, *, is_full_duplex: bool = True) -> None:
        self.is_full_duplex = is_full_duplex
        self.resets = 0

    def clean(self, tick: Tick) -> Frame:
        return tick.heard

    def reset(self) -> None:
        self.resets += 1


class FakeSpeechDetector:
    """Takes loudness for speech, in windows of 30 ms: 0 below -50 dB of full scale, 1 above."""

    def __init__(self) -> None:
        self._window = bytearray()

    def probability(self, frame: Frame) -> float | None:
        self._window += frame.pcm
        if len(self._window) < 960:
            return None
        samples = memoryview(bytes(self._window[:960])).cast("h")
        self._window.clear()
        return float(sum(sample * sample for sample in samples) / len(samples) > 10_000)

    def reset(self) -> None:
        self._window.clear()


class FakeTurnDetector:
    """Gives its probabilities in order, then 1: the speaker is done."""

    name = "fake turn"

    def __init__(self, probabilities: Iterable[float] = ()) -> None:
        self._probabilities = iter(tuple(probabilities))

    def probability(self, sound: Recording) -> float:
        return next(self._probabilities, 1.0)


class FakeWakeWord:
    """Hears its word in the frames that begin at these seconds."""

    words: tuple[str, ...] = ()

    def __init__(self, at: Iterable[float] = (), *, word: str = "computer") -> None:
        self._at = frozenset(at)
        self.words = (word,)

    def heard(self, frame: Frame) -> str:
        return self.words[0] if frame.at in self._at else ""

    def reset(self) -> None:
        pass


class FakeTranscriber:
    """Hears its transcripts in order, the last one again and again; a text alone is one of good confidence."""

    name = "fake ear"

    def __init__(self, *heard: str | Transcript) -> None:
        self._heard = heard or ("hello",)
        self.sounds: list[Recording] = []
        self.hints: list[tuple[str, ...]] = []

    def warm(self) -> None:
        pass

    def transcribe(self, sound: Recording, *, hints: Sequence[str] = (), language: str = "") -> Transcript:
        heard = self._heard[min(len(self.sounds), len(self._heard) - 1)]
        self.sounds.append(sound)
        self.hints.append(tuple(hints))
        return heard if isinstance(heard, Transcript) else Transcript(heard, 0.95, self.name, language)

    def close(self) -> None:
        pass


class FakeSpeaker:
    """Speaks a tone, 50 ms for each character, in frames of 10 ms; keeps the texts."""

    name = "fake voice"
    rate_hz: int = HEARD_HZ

    def __init__(self, *, rate_hz: int = HEARD_HZ) -> None:
        self.rate_hz = rate_hz
        self.spoken: list[str] = []

    def warm(self) -> None:
        pass

    def speak(self, text: str) -> Iterator[Frame]:
        self.spoken.append(text)
        tone = (b"\x00\x20" * 8 + b"\x00\xe0" * 8) * (self.rate_hz // 1600)
        for index in range(5 * len(text)):
            yield Frame(tone, self.rate_hz, index * 0.01)

    def close(self) -> None:
        pass


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
        type[sound.SoundCard],
        type[sound.EchoCanceller],
        type[sound.SpeechDetector],
        type[sound.TurnDetector],
        type[sound.WakeWord],
        type[sound.Transcriber],
        type[sound.Speaker],
        type[models.Fetcher],
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
        FakeSoundCard,
        FakeEchoCanceller,
        FakeSpeechDetector,
        FakeTurnDetector,
        FakeWakeWord,
        FakeTranscriber,
        FakeSpeaker,
        FakeFetcher,
    )
