"""Speech by back ends of the policy: one recording to text, one text to sound; this device has no engine for it yet.

The steps are those of a question: find, decide, pack, consent, set aside what it may cost, send, settle. Sound cannot
be redacted and a placeholder cannot be spoken, so a recording leaves as it is, and words only where nothing personal
was found in them. Nothing of it is kept but the line of the ledger.
"""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from privacy_assistant.core.consent import Request
from privacy_assistant.core.exchange import Notice
from privacy_assistant.core.kinds import Kind, count
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.model_facts import hearing_cost, speaking_cost
from privacy_assistant.core.money import Money, total
from privacy_assistant.core.policy import Case, Policy, Stance, Switches, Verdict, decide_speech
from privacy_assistant.core.policy_terms import Action, Backend, Mode
from privacy_assistant.core.redaction import Redacted, redact_again
from privacy_assistant.core.routing import Candidate, Fault, FaultKind, over_budget
from privacy_assistant.core.sound import Frame, Recording
from privacy_assistant.core.sound_parcel import SoundDispatch, SoundParcel
from privacy_assistant.core.turn import Decision, Origin, Zone
from privacy_assistant.errors import (
    EgressDenied,
    EgressError,
    ReplyMalformed,
)
from privacy_assistant.flow.leaving import SetAside, agreed, waiting
from privacy_assistant.flow.permitting import Matter, denied, nobody, require_somebody
from privacy_assistant.flow.searching import checked, searched
from privacy_assistant.ports import Consent, Delayed, Finder, Purse, Sent

MOST_SOUND_BYTES = 64 * 1024 * 1024
"""No text that is spoken at once is longer as sound: 4096 characters are five minutes, a quarter of this."""


class Understood(Protocol):
    """What a back end understood; `language` is "" where it does not say."""

    @property
    def text(self) -> str: ...

    @property
    def language(self) -> str: ...


class Way(Protocol):
    """One back end behind the gate that hears or speaks; `why_not` asks nobody."""

    @property
    def backend(self) -> Backend: ...

    def why_not(self) -> str: ...

    def cancel(self, parcel_id: str) -> None: ...


class Hearing(Way, Protocol):
    """One that hears. `transcribe` gives what it understood last, and not where it was cancelled."""

    def pack(self, parcel_id: str, verdict: Verdict, recording: Recording, language: str = "") -> SoundParcel: ...

    def transcribe(self, dispatch: SoundDispatch) -> Generator[Understood | Sent | Delayed, None, None]: ...


class Voice(Way, Protocol):
    """One that speaks. `speak` gives the sound as it comes, and ends early where it was cancelled."""

    def pack(self, parcel_id: str, verdict: Verdict, text: Redacted) -> SoundParcel: ...

    def speak(self, dispatch: SoundDispatch) -> Generator[Frame | Sent | Delayed, None, None]: ...


@dataclass(frozen=True, slots=True)
class Heard:
    """What was said in a recording, as a back end understood it, and who that was."""

    text: str = field(repr=False)
    language: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text as sound, and who spoke it."""

    recording: Recording = field(repr=False)
    decision: Decision


W = TypeVar("W", bound=Way)
_Going = Generator[Notice, None, Decision | None]


@dataclass(frozen=True, slots=True)
class _Errand(Generic[W]):
    """What is wanted, and how it is packed for one back end and sent to it. `send` keeps what comes back."""

    what: Matter
    ways: Sequence[W]
    case: Case
    cost: Callable[[Backend], Money | None]
    pack: Callable[[W, str, Verdict], SoundParcel]
    send: Callable[[W, SoundDispatch], Generator[Sent | Delayed, None, None]]
    originals: tuple[str, ...] = field(default=(), repr=False)


@dataclass(slots=True)
class _Tries:
    """What was tried: who is out and why, the widest zone that is left, what it came to, the last failure."""

    at_most: Zone
    faults: dict[str, Fault] = field(default_factory=dict)
    costs: list[Money] = field(default_factory=list)
    failure: EgressError | None = None
    ledger_seq: int | None = None


class Speaking:
    """Hears and speaks by the back ends of one policy, one thing at a time.

    `account` is the conversation that it is counted to, `keep` gives a MAC for what leaves: where there is no
    conversation, one under a key that is made for the purpose and gone with the process.
    """

    def __init__(
        self,
        policy: Policy,
        switches: Switches,
        *,
        hearing: Sequence[Hearing],
        voices: Sequence[Voice],
        finder: Finder,
        purse: Purse,
        consent: Consent,
        account: str,
        keep: Callable[[bytes], str],
        new_legend: Callable[[], Legend],
        clock: Callable[[], datetime],
    ) -> None:
        self._policy = policy
        self._switches = switches
        self._hearing = tuple(hearing)
        self._voices = tuple(voices)
        self._finder = finder
        self._purse = purse
        self._consent = consent
        self._account = account
        self._keep = keep
        self._new_legend = new_legend
        self._clock = clock
        self._agreed: dict[tuple[str, str, Matter], frozenset[str]] = {}
        self._cancelled = threading.Event()
        self._stop: Callable[[], None] | None = None

    def cancel(self) -> None:
        """End what is under way, and what follows. Any thread or a signal handler may call."""
        self._cancelled.set()
        stop = self._stop
        if stop is not None:
            stop()

    def hear(self, recording: Recording, language: str = "") -> Generator[Notice | Heard, None, None]:
        """What was said: the last item, and only missing where it was cancelled.

        Raises EngineMissing where nobody may, ConsentMissing and EgressDenied (nothing left), BudgetExceeded,
        Unreachable and its kinds.
        """
        got: list[Understood] = []

        def send(way: Hearing, dispatch: SoundDispatch) -> Generator[Sent | Delayed, None, None]:
            with contextlib.closing(way.transcribe(dispatch)) as items:
                for item in items:
                    if isinstance(item, Sent | Delayed):
                        yield item
                    else:
                        got[:] = [item]

        errand = _Errand(
            "stt",
            self._hearing,
            self._case(origin=Origin.VOICE),
            lambda backend: hearing_cost(backend, recording.seconds),
            lambda way, parcel_id, verdict: way.pack(parcel_id, verdict, recording, language),
            send,
        )
        decision = yield from self._run(errand)
        if decision is not None and got:
            yield Heard(got[0].text, got[0].language, decision)

    def speak(self, text: str) -> Generator[Notice | Spoken, None, None]:
        """The sound of a text, whole: the last item, and only missing where it was cancelled. Raises what `hear`
        raises; a text in which something personal was found goes to a server of this very device or nowhere."""
        findings = searched(lambda: checked(self._finder.find(text)))
        frames: list[Frame] = []

        def pack(way: Voice, parcel_id: str, verdict: Verdict) -> SoundParcel:
            # What the policy allows in clear is not personal to it; what stays on this device is not masked at all.
            is_here = way.backend.zone is Zone.DEVICE
            keep = frozenset(k for k in Kind if is_here or self._policy.listing(k.value)[1] is Action.ALLOW)
            redacted, _ = searched(
                lambda: redact_again(text, findings, self._finder.find_again, self._new_legend(), keep=keep)
            )
            return way.pack(parcel_id, verdict, redacted)

        def send(way: Voice, dispatch: SoundDispatch) -> Generator[Sent | Delayed, None, None]:
            frames.clear()
            size = 0
            with contextlib.closing(way.speak(dispatch)) as items:
                for item in items:
                    if isinstance(item, Sent | Delayed):
                        yield item
                        continue
                    frames.append(item)
                    size += len(item.pcm)
                    if size > MOST_SOUND_BYTES:
                        raise ReplyMalformed(f"{way.backend.name}: what it sent is too long")

        errand = _Errand(
            "tts",
            self._voices,
            self._case(text, counts=count([findings])),
            lambda backend: speaking_cost(backend, len(text)),
            pack,
            send,
            (text,),
        )
        decision = yield from self._run(errand)
        if decision is not None and frames:
            yield Spoken(Recording(b"".join(frame.pcm for frame in frames), frames[0].rate_hz), decision)

    # ------------------------------------------------------------ who is asked

    def _run(self, errand: _Errand[W]) -> _Going:
        """Try those that may, the wanted zone first and then only more private ones; None where it was cancelled."""
        backends = [way.backend for way in errand.ways]
        require_somebody(self._policy, backends, errand.what)
        verdicts = {b.name: decide_speech(self._policy, errand.case, b, errand.what) for b in backends}
        # By who may, and not by who is up: a fallback could move outwards else.
        able = [b.zone for b in backends if b.zone is Zone.DEVICE or verdicts[b.name].stance < Stance.STAY]
        wanted = (max if self._policy.mode is Mode.CLOUD_FIRST else min)(able, default=Zone.CLOUD)
        tries = _Tries(wanted)
        ways = sorted(errand.ways, key=lambda way: -way.backend.zone)
        while (way := self._next(errand, ways, verdicts, tries)) is not None:
            backend, verdict = way.backend, verdicts[way.backend.name]
            if tries.failure is not None:
                yield Notice(f"{tries.failure.message.removesuffix('.')}; {backend.name} is asked instead")
            try:
                yield from self._send(errand, way, verdict, tries)
            except EgressError as error:
                is_denied = isinstance(error, EgressDenied)
                tries.failure = error
                tries.faults[backend.name] = Fault(FaultKind.UNREACHABLE, error.message, error.rule, backend.name)
                tries.at_most = Zone(max(backend.zone - is_denied, Zone.DEVICE))
                continue
            if self._cancelled.is_set():
                return None
            return self._decision(errand, way.backend, verdict, wanted, tries)
        raise tries.failure or nobody(errand.what, tries.faults)

    def _next(self, errand: _Errand[W], ways: Sequence[W], verdicts: dict[str, Verdict], tries: _Tries) -> W | None:
        """The first one that may be and can be asked; why the others were not goes to `tries`."""
        for way in ways:
            name = way.backend.name
            if name in tries.faults or way.backend.zone > tries.at_most:
                # Who was passed over for its zone alone is told of with what its verdict says.
                if name not in tries.faults and verdicts[name].stance >= Stance.STAY:
                    tries.faults[name] = denied(self._policy, errand.what, way.backend, verdicts[name])
                continue
            fault = self._fault(errand, way, verdicts[name])
            if fault is None:
                return way
            tries.faults[name] = fault
        return None

    def _fault(self, errand: _Errand[W], way: W, verdict: Verdict) -> Fault | None:
        """What keeps a back end from being asked, in the order of the steps: verdict, budget, connection."""
        backend, name = way.backend, way.backend.name
        if backend.zone is Zone.DEVICE:
            why = "offline is switched on" if self._switches.offline else way.why_not()
            return Fault(FaultKind.UNREACHABLE, why, who=name) if why else None
        if verdict.stance >= Stance.STAY:
            return denied(self._policy, errand.what, backend, verdict)
        cost = errand.cost(backend)
        candidate = Candidate(name, backend.zone, backend.kind.value, available=True, estimated_cost=cost)
        over = over_budget(self._policy.budget, candidate, self._purse.spent(self._account, errand.case.now))
        if over:
            return Fault(FaultKind.BUDGET, over, who=name)
        why = way.why_not()
        return Fault(FaultKind.UNREACHABLE, why, who=name) if why else None

    # ------------------------------------------------------------ one back end

    def _send(self, errand: _Errand[W], way: W, verdict: Verdict, tries: _Tries) -> Generator[Notice, None, None]:
        """Pack, ask, set aside, send, settle. Raises EgressError."""
        parcel = errand.pack(way, uuid.uuid4().hex, verdict)
        consented = self._consented(errand, parcel) if parcel.needs_consent else ""
        bound = errand.cost(way.backend)
        aside = SetAside(self._purse, self._account, bound, self._policy.budget, self._clock())
        self._stop = lambda: way.cancel(parcel.id)
        if self._cancelled.is_set():
            way.cancel(parcel.id)
        try:
            for item in errand.send(way, SoundDispatch(parcel, self._new_legend(), self._keep, consented)):
                if isinstance(item, Sent):
                    tries.ledger_seq = item.ledger_seq
                    aside.left()
                else:
                    yield waiting(way.backend.name, item)
        finally:
            self._stop = None
            aside.settle(tries.costs)

    def _consented(self, errand: _Errand[W], parcel: SoundParcel) -> str:
        """The digest that was agreed to. Raises ConsentMissing."""
        verdict = parcel.verdict
        place = (parcel.backend, verdict.policy_hash, errand.what)
        request = Request(parcel, errand.originals, verdict.asks, verdict.reasons)
        self._agreed[place] = agreed(self._consent, request, self._agreed.get(place, frozenset()))
        return parcel.digest

    def _case(self, *texts: str, counts: dict[str, int] | None = None, origin: Origin = Origin.TYPED) -> Case:
        return Case(
            texts=texts,
            counts=counts or {},
            now=self._clock(),
            origin=origin,
            switches=self._switches,
            detectable=frozenset(str(kind) for kind in self._finder.kinds),
        )

    def _decision(
        self, errand: _Errand[W], backend: Backend, verdict: Verdict, wanted: Zone, tries: _Tries
    ) -> Decision:
        return Decision(
            rule=verdict.rule,
            verdict=str(verdict.stance),
            zone=backend.zone,
            wanted=wanted,
            policy_hash=verdict.policy_hash,
            answered_by=backend.name,
            model=(backend.stt_model if errand.what == "stt" else backend.tts_model or backend.voice) or None,
            reasons=verdict.reasons,
            findings=errand.case.counts,
            rejected=tuple((name, fault.why) for name, fault in tries.faults.items()),
            estimated_cost=str(errand.cost(backend) or 0),
            cost=total(tries.costs),
            ledger_seq=tries.ledger_seq,
        )


__all__ = ["Heard", "Speaking", "Spoken"]
