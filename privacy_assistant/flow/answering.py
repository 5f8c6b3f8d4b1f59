"""Answer by a model: here or elsewhere, checked, and once more where an answer broke off or cannot be right.

A fallback only ever goes to an equally or more private place. What was shown is never taken back: a second answer is
announced (Restarted), and where it fails the first one stands.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from privacy_assistant.core.exchange import Decided, Notice, Reply, Restarted, Whole
from privacy_assistant.core.policy_terms import Reason
from privacy_assistant.core.prompt import Prompt, build_prompt
from privacy_assistant.core.routing import FaultKind, require_cloud
from privacy_assistant.core.turn import Decision, Label, Zone
from privacy_assistant.errors import ConsentMissing, EgressDenied, EgressError, EngineError
from privacy_assistant.flow.deciding import (
    LOCAL,
    Decider,
    Judged,
    Rules,
    decision_of,
    label_of,
    prompt_budget,
)
from privacy_assistant.flow.keeping import Keeper, Made, Work
from privacy_assistant.flow.searching import failed
from privacy_assistant.flow.sending import Sender
from privacy_assistant.ports import (
    CloudModel,
    Finished,
    GenerationRequest,
    LocalModel,
    ModelInfo,
    Piece,
    Remark,
    Sampling,
    ToolCall,
)

if TYPE_CHECKING:
    from privacy_assistant.core.reply_check import Flaw  # its lists of words are loaded for the first answer

Event = Decided | Notice | Piece | ToolCall | Restarted | Whole | Reply
"""What `Assistant.answer` streams."""

_Answering = Generator[Event, None, Judged | None]


@dataclass(slots=True)
class _Tries:
    """What was tried for one question: who is out and why, what happened (the last first), the answer that stands.

    `is_checked` when the one retry for a wrong answer was used, `is_refused` when a parcel was not allowed out.
    """

    out: dict[str, str] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    standing: Made | None = None
    is_checked: bool = False
    is_refused: bool = False
    ledger_seq: int | None = None

    def begin(self, decision: Decision) -> Iterator[Event]:
        """Before the first piece of an answer: what was shown before it is superseded, and who answers now."""
        if self.standing is not None and self.standing.shown:
            yield Restarted(self.reasons[0])
        yield Decided(decision)

    def settled(self) -> Made:
        """The answer that stands after all, with what was tried since."""
        assert self.standing is not None  # asked for only where there is one
        decision = self.standing.decision
        reasons = tuple(dict.fromkeys((*self.reasons, *decision.reasons)))
        self.standing.decision = replace(decision, reasons=reasons, ledger_seq=self.ledger_seq or decision.ledger_seq)
        return self.standing


class Answering:
    """Answers one question by a model, for the rules that hold when it comes."""

    def __init__(
        self,
        rules: Rules,
        *,
        model: LocalModel,
        decider: Decider,
        sender: Sender,
        keeper: Keeper,
        cancelled: threading.Event,
    ) -> None:
        self._rules = rules
        self._model = model
        self._decider = decider
        self._sender = sender
        self._keeper = keeper
        self._cancelled = cancelled
        self._stop: Callable[[], None] | None = None

    def stop(self) -> None:
        """End the answer that is being made; any thread or a signal handler may call, after `cancelled` was set."""
        stop = self._stop
        if stop is not None:
            stop()

    def answer(self, work: Work) -> Iterator[Event]:
        """Stream the answer of whoever may and can give it. Raises what `Assistant.answer` says."""
        judged = self._decider.decide(self._rules, work)
        work.latency["find"] = judged.find_ms
        work.latency["route"] = self._keeper.elapsed(work) - judged.find_ms
        route = judged.route
        if work.question.asked == "cloud":
            wanted = decision_of(judged, answered_by=route.backend or "", model=None, zone=route.zone)
            self._keeper.keep_question(work, label_of(route.verdict), wanted)
            if judged.has_failed:
                raise failed()
            require_cloud(route)
        tries = _Tries()
        following: Judged | None = judged
        while following is not None:
            cloud = self._decider.cloud(following.route.backend)
            if cloud is None:
                following = yield from self._from_here(work, following, tries)
            else:
                following = yield from self._from_elsewhere(work, following, cloud, tries)

    def foresee(self, work: Work) -> GenerationRequest | None:
        """What the model of this machine would be asked; None where somebody else would answer. Raises EngineError."""
        judged = self._decider.decide(self._rules, work)
        if self._decider.cloud(judged.route.backend) is not None:
            return None
        return self._request(self._prompt(work, self._model.info))

    def _from_elsewhere(self, work: Work, judged: Judged, cloud: CloudModel, tries: _Tries) -> _Answering:
        """Ask one back end; returns the route to go on with, None when an answer stands."""
        info = cloud.info
        decision = decision_of(
            judged, answered_by=info.name, model=info.model or None, zone=info.zone, more=tries.reasons
        )
        self._keeper.keep_question(work, label_of(judged.route.verdict), decision)
        made = Made(decision, label_of(judged.route.verdict) if info.zone is Zone.DEVICE else Label.FREE)
        failure: EgressError | None = None
        is_over = False
        try:
            for item in self._sender.send(self._rules, work, judged, cloud, made, self._stopped_by(cloud.cancel)):
                if isinstance(item, Piece) and len(made.shown) == 1:
                    yield from tries.begin(made.decision)
                yield item
            is_over = True
        except EgressError as error:
            failure = error
        finally:
            self._stop = None
            tries.ledger_seq = made.decision.ledger_seq or tries.ledger_seq
            if not is_over and failure is None:  # the reader went away, or something of ours broke
                self._keep_what_stands(work, made, tries)
        if failure is not None:
            return (yield from self._after_failure(work, judged, cloud, made, tries, failure))
        return (yield from self._after_answer(work, judged, cloud, made, tries))

    def _after_answer(self, work: Work, judged: Judged, cloud: CloudModel, made: Made, tries: _Tries) -> _Answering:
        """Take the answer, or try once more where it cannot be right."""
        from privacy_assistant.core.reply_check import Flaw, check_reply

        flaw = None if made.is_cut else check_reply(work.question.text, made.text, self._rules.settings.language)
        name = cloud.info.name
        if flaw is None:
            yield from self._end(work, made, None)
            return None
        why = f"the answer of {name} {flaw.told}"
        if flaw is Flaw.EMPTY and not tries.is_checked:
            tries.is_checked = True
            tries.reasons.insert(0, why)
            return judged
        following = None
        if flaw is Flaw.EMPTY or not tries.is_checked:
            tries.out[name] = why
            following = self._decider.again(
                self._rules,
                work,
                judged,
                tried=tries.out,
                at_most=cloud.info.zone if flaw is not Flaw.EMPTY else Zone.DEVICE,
            )
        tries.is_checked = True
        is_final = flaw is Flaw.EMPTY and work.question.asked != "cloud"
        if following is None or not (is_final or self._decider.cloud(following.route.backend)):
            yield from self._end(work, made, flaw)
            return None
        tries.reasons.insert(0, why)
        tries.standing = made
        return following

    def _after_failure(
        self, work: Work, judged: Judged, cloud: CloudModel, made: Made, tries: _Tries, failure: EgressError
    ) -> _Answering:
        """An equally or more private place answers instead; where it must be the cloud, the failure is told."""
        info = cloud.info
        what = failure.message.removeprefix(f"{info.name}: ").removesuffix(".")
        why = what if isinstance(failure, ConsentMissing) else f"{info.name}: {what}"
        tries.out[info.name] = what
        is_denied = isinstance(failure, EgressDenied)
        at_most = Zone(max(info.zone - 1, Zone.DEVICE)) if is_denied else info.zone
        tries.is_refused = tries.is_refused or is_denied
        following = self._decider.again(self._rules, work, judged, tried=tries.out, at_most=at_most)
        goes_on = self._decider.cloud(following.route.backend) is not None
        if work.question.asked == "cloud" and (made.shown or not goes_on):
            yield from rested(work) if made.shown else ()
            self._keep_what_stands(work, made, tries)
            raise failure
        tries.reasons.insert(0, why)
        if tries.standing is not None:
            yield Notice(f"{why}; the first answer stands")
            yield from self._end(work, tries.settled(), None)
            return None
        if made.shown:
            tries.standing = made
        elif not goes_on:
            # Who said no needs no remedy, and who cannot be asked is told with --cloud.
            has_remedy = failure.hint and not isinstance(failure, ConsentMissing)
            remedy = f" · {failure.hint}" if has_remedy else ""
            yield Notice(f"{why}; answered on this device{remedy}")
        return following

    def _from_here(self, work: Work, judged: Judged, tries: _Tries) -> _Answering:
        """Ask the model of this machine; returns the route to go on with, None when an answer stands."""
        route = judged.route
        try:
            info = self._model.info
            decision = decision_of(judged, answered_by=LOCAL, model=info.name, zone=Zone.DEVICE, more=tries.reasons)
            decision = replace(decision, ledger_seq=tries.ledger_seq)
            prompt = self._prompt(work, info)
        except EngineError:
            if tries.standing is None:
                raise
            yield from self._end(work, tries.settled(), None)
            return None
        label = Label.STAY if tries.is_refused else label_of(route.verdict)
        self._keeper.keep_question(work, label, decision)
        # An answer may tell again what it was built on, in other words that no rule knows.
        made = Made(decision, Label.STAY if prompt.has_stay else label)
        yield from tries.begin(decision)
        fault = route.fault
        if fault is not None and fault.kind is not FaultKind.DENIED and not fault.rule and not tries.reasons:
            yield Notice(f"{fault.told}; answered on this device")
        if prompt.left_out:
            yield Notice(f"{prompt.left_out} older messages of this conversation no longer fit and were left out")
        is_over = False
        try:
            yield from self._generate(work, self._request(prompt), made)
            is_over = True
        except EngineError:
            if made.shown:
                yield from rested(work)
            raise
        finally:
            # Also when the reader closes the stream or the model breaks: what was shown is part of the conversation.
            if not is_over and made.shown:
                self._keeper.keep_answer(work, made)
        following, flaw = self._escalated(work, judged, made, tries)
        if following is None:
            yield from self._end(work, made, flaw)
        return following

    def _prompt(self, work: Work, info: ModelInfo) -> Prompt:
        rules = self._rules
        return build_prompt(
            system=rules.system,
            history=[m.message for m in work.context],
            question=work.question.text,
            zone=Zone.DEVICE,
            budget=prompt_budget(info.context_tokens, rules.settings.persona.max_tokens),
            count=self._model.count_tokens,
        )

    def _request(self, prompt: Prompt) -> GenerationRequest:
        persona = self._rules.settings.persona
        return GenerationRequest(
            id=uuid.uuid4().hex,
            messages=prompt.messages,
            sampling=Sampling(temperature=persona.temperature, max_tokens=persona.max_tokens),
        )

    def _generate(self, work: Work, request: GenerationRequest, made: Made) -> Iterator[Event]:
        self._stopped_by(self._model.cancel)(request.id)
        try:
            for item in self._model.generate(request):
                if isinstance(item, Finished):
                    made.usage = item.usage
                    made.is_cut = item.reason == "cancelled"
                    continue
                if isinstance(item, Remark):
                    # Another model may stand in from here on, and the answer says so.
                    reasons = (item.line, *made.decision.reasons)
                    made.decision = replace(made.decision, model=self._model.info.name, reasons=reasons)
                    yield Notice(item.line)
                    continue
                if not made.shown:
                    work.latency["first_token"] = self._keeper.elapsed(work)
                made.shown.append(item.text)
                yield item
                if self._cancelled.is_set():
                    self._model.cancel(request.id)
        finally:
            self._stop = None

    def _escalated(self, work: Work, judged: Judged, made: Made, tries: _Tries) -> tuple[Judged | None, Flaw | None]:
        """A route to a back end where the local answer is unsure and the policy lets that count; and the flaw."""
        from privacy_assistant.core.reply_check import check_reply, is_unsure

        if made.is_cut:
            return None, None
        flaw = check_reply(work.question.text, made.text, self._rules.settings.language)
        policy = self._rules.policy
        may = policy.backends and Reason.LOW_CONFIDENCE in policy.to_cloud_when
        if work.question.asked is not None or tries.out or not may or tries.is_checked:
            return None, flaw
        if flaw is None and (made.usage is None or not is_unsure(made.usage, made.text)):
            return None, None
        following = self._decider.again(self._rules, work, judged, tried={}, low_confidence=True)
        if not following.route.leaves:
            return None, flaw
        tries.is_checked = True
        tries.reasons.insert(0, "the answer of this machine is unsure")
        tries.standing = made
        return following, flaw

    # ------------------------------------------------------------ ends

    def _end(self, work: Work, made: Made, flaw: Flaw | None) -> Iterator[Event]:
        """Keep the answer and tell the reply; what looks wrong is marked, never withheld."""
        if flaw is not None:
            made.decision = replace(made.decision, flaw=str(flaw))
            yield Notice(f"this answer {flaw.told}")
        if not made.shown and made.is_cut:
            yield from told(self._keeper.reply(work, made))
            return
        yield from kept(self._keeper, work, made)

    def _keep_what_stands(self, work: Work, made: Made, tries: _Tries) -> None:
        """Nobody listens any more, or an error follows: what was shown is part of the conversation."""
        best = made if made.shown else tries.standing
        if best is not None:
            self._keeper.keep_answer(work, best)

    def _stopped_by(self, cancel: Callable[[str], None]) -> Callable[[str], None]:
        """What remembers how to stop an answer, once its id is known; at once where `cancel` came first."""

        def started(identifier: str) -> None:
            self._stop = lambda: cancel(identifier)
            if self._cancelled.is_set():
                cancel(identifier)

        return started


def kept(keeper: Keeper, work: Work, made: Made) -> Iterator[Event]:
    """Keep the answer, when it was heard where it is spoken, and tell the reply."""
    if work.heard is not None:
        try:
            yield Whole()
        except GeneratorExit:  # whoever spoke it went away: what was heard by then is part of the conversation
            keeper.keep_answer(work, made)
            raise
    yield from told(keeper.keep_answer(work, made))


def rested(work: Work) -> Iterator[Event]:
    """Where it is spoken, an answer that broke off is heard before it is kept: what was shown of it is still said."""
    if work.heard is not None:
        yield Whole()


def told(reply: Reply) -> Iterator[Event]:
    """The reply, after a notice where it could not be kept."""
    if not reply.turn:
        yield Notice("this conversation was removed meanwhile, so the answer is not kept")
    yield reply
