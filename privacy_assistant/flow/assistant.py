"""One utterance in, one streamed answer out: skill, find, decide, route, answer, keep."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from privacy_assistant.core.exchange import Decided, Notice, Question, Reply
from privacy_assistant.core.kinds import Findings, count
from privacy_assistant.core.policy import Case, Policy, Stance, Switches, Verdict
from privacy_assistant.core.prompt import build_prompt
from privacy_assistant.core.routing import Candidate, Route, choose, require_cloud
from privacy_assistant.core.settings import Settings
from privacy_assistant.core.turn import Decision, Label, Message, Role, StoredMessage, Usage, Zone
from privacy_assistant.errors import EgressDenied, UsageError
from privacy_assistant.ports import (
    Finder,
    Finished,
    GenerationRequest,
    History,
    LocalModel,
    Piece,
    Sampling,
    Skill,
    SkillAnswer,
    SkillRequest,
)

LOCAL = "local"
"""The word for the model of this machine in `answered_by`."""

_FINDER_FAILED = "the finder of personal data failed, so nothing may leave"

Event = Decided | Notice | Piece | Reply
"""What `Assistant.answer` streams."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides: the policy, the settings, the hard switches, who could answer; and the system prompt."""

    policy: Policy
    settings: Settings
    switches: Switches = field(default_factory=Switches)
    candidates: tuple[Candidate, ...] = ()
    system: str = ""


@dataclass(frozen=True, slots=True)
class _Judged:
    """What was found, and the route; `has_failed` when the finder broke."""

    route: Route
    counts: dict[str, int]
    findings: Findings
    find_ms: float
    has_failed: bool


@dataclass(slots=True)
class _Work:
    """One answer in the making."""

    question: Question
    conversation: str
    started: float
    context: list[StoredMessage] = field(repr=False)
    latency: dict[str, float] = field(default_factory=lambda: {"find": 0.0, "route": 0.0})
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Considered:
    """A dry run: `counts` of question and context, `findings` of the question, the `skill` that would answer."""

    route: Route
    counts: Mapping[str, int]
    findings: Findings
    skill: str | None
    find_ms: float


class Assistant:
    """Answers questions. One at a time; `cancel` may come from any thread or from a signal handler."""

    def __init__(
        self,
        *,
        rules: Rules,
        finder: Finder,
        skills: Sequence[Skill],
        model: LocalModel,
        history: History,
        clock: Callable[[], datetime],
        stopwatch: Callable[[], float],
    ) -> None:
        self.rules = rules
        self._finder = finder
        self._skills = tuple(skills)
        self._model = model
        self._history = history
        self._clock = clock
        self._stopwatch = stopwatch
        self._cancelled = threading.Event()
        self._request_id = ""
        # Findings of messages already seen: a stored message never changes, so it is searched once.
        self._found: dict[tuple[str, int], Findings] = {}

    def cancel(self) -> None:
        """End the answer that is being made within one token; what was shown of it is kept."""
        self._cancelled.set()
        if self._request_id:
            self._model.cancel(self._request_id)

    def answer(self, question: Question) -> Iterator[Event]:
        """Stream the answer. Closing the iterator early keeps what was shown.

        Raises EgressDenied, Unreachable or BudgetExceeded for `asked="cloud"` (the question is kept then),
        UsageError for an empty or too long question, EngineError when no model can answer, VaultError.
        """
        if not question.text.strip():
            raise UsageError("there is no question", hint='privacy-assistant ask "…"')
        self._cancelled.clear()
        started = self._stopwatch()
        context = self._history.messages(question.conversation) if question.conversation else []
        conversation = question.conversation or self._history.start()
        work = _Work(question, conversation, started, context)
        skill = self._try_skills(work) if question.asked != "cloud" else None
        if skill is not None:
            yield from self._answer_by_skill(work, *skill)
        else:
            yield from self._answer_by_model(work)

    # ------------------------------------------------------------ dry run

    def consider(self, question: Question) -> Considered:
        """Find, decide and route without answering or keeping anything.

        The skills are really asked, since nothing else knows what is theirs: an assistant made for a dry run is
        given a drawer that nobody keeps.
        """
        context = self._history.messages(question.conversation) if question.conversation else []
        work = _Work(question, question.conversation or "", self._stopwatch(), context)
        skill = self._try_skills(work) if question.asked != "cloud" else None
        judged = self._decide(question, context)
        return Considered(judged.route, judged.counts, judged.findings, skill[0] if skill else None, judged.find_ms)

    # ------------------------------------------------------------ skills

    def _try_skills(self, work: _Work) -> tuple[str, SkillAnswer] | None:
        if work.question.attachment:
            return None
        last = next((m.message.text for m in reversed(work.context) if m.message.role is Role.ASSISTANT), None)
        request = SkillRequest(
            text=work.question.utterance.text,
            now=self._clock(),
            language=self.rules.settings.language,
            last_answer=last,
        )
        for skill in self._skills:
            answer = skill.answer(request)
            if answer is not None:
                return skill.name, answer
        return None

    def _answer_by_skill(self, work: _Work, name: str, answer: SkillAnswer) -> Iterator[Event]:
        decision = Decision(
            rule="skill",
            verdict=str(Stance.STAY),
            policy_hash=self.rules.policy.sha256,
            answered_by=f"skill:{name}",
            reasons=(f"the skill {name} answers without a model",),
        )
        self._keep_question(work, answer.label, decision)
        yield Decided(decision)
        work.latency["first_token"] = self._elapsed(work)
        yield Piece(answer.text)
        yield from _told(self._keep_answer(work, answer.text, answer.label, decision, None, effect=answer.effect))

    # ------------------------------------------------------------ the model

    def _answer_by_model(self, work: _Work) -> Iterator[Event]:
        question = work.question
        judged = self._decide(question, work.context)
        route = judged.route
        work.latency["find"] = judged.find_ms
        work.latency["route"] = self._elapsed(work) - judged.find_ms
        label = Label.STAY if route.verdict.stance >= Stance.STAY else Label.FREE
        decision = _decision(route, judged.counts, self._model.info.name)
        if question.asked == "cloud":
            self._keep_question(work, label, decision)
            if judged.has_failed:
                raise EgressDenied(f"not sent: {_FINDER_FAILED}", rule="finder:failed", hint="ask without --cloud")
            require_cloud(route)
        settings = self.rules.settings
        prompt = build_prompt(
            system=self.rules.system,
            history=[m.message for m in work.context],
            question=question.text,
            zone=route.zone,
            budget=self._prompt_budget(),
            count=self._model.count_tokens,
        )
        if question.asked != "cloud":
            self._keep_question(work, label, decision)
        yield Decided(decision)
        if prompt.left_out:
            yield Notice(f"{prompt.left_out} older messages of this conversation no longer fit and were left out")
        request = GenerationRequest(
            id=uuid.uuid4().hex,
            messages=prompt.messages,
            sampling=Sampling(temperature=settings.persona.temperature, max_tokens=settings.persona.max_tokens),
        )
        yield from self._generate(work, request, label, decision)

    def _generate(self, work: _Work, request: GenerationRequest, label: Label, decision: Decision) -> Iterator[Event]:
        shown: list[str] = []
        usage: Usage | None = None
        reply: Reply | None = None
        is_cut = True
        self._request_id = request.id
        try:
            for item in self._model.generate(request):
                if isinstance(item, Finished):
                    usage = item.usage
                    is_cut = item.reason == "cancelled"
                    continue
                if not shown:
                    work.latency["first_token"] = self._elapsed(work)
                shown.append(item.text)
                yield item
                if self._cancelled.is_set():
                    self._model.cancel(request.id)
        finally:
            # Also when the reader closes the stream or the model breaks: what was shown is part of the conversation.
            self._request_id = ""
            if shown or not is_cut:
                reply = self._keep_answer(work, "".join(shown), label, decision, usage, is_cut=is_cut)
        if reply is None:
            reply = self._reply(work, "", decision, usage, is_cut=True)
        yield from _told(reply)

    # ------------------------------------------------------------ deciding

    def _decide(self, question: Question, context: Sequence[StoredMessage]) -> _Judged:
        """Find in the question and its context, then route. A finder that breaks lets nothing leave."""
        before = self._stopwatch()
        rules = self.rules
        # A turn that was ruled to stay is left out of what another zone would see, so it decides nothing there.
        free = [m for m in context if m.message.label is Label.FREE]
        has_failed = False
        try:
            found = self._finder.find(question.text, origin=question.utterance.origin)
            seen = [self._find_in(m) for m in free] if rules.policy.backends else []
        except Exception:  # noqa: BLE001 - whatever a finder raises, the answer is the same: nothing leaves, the local path goes on
            found, seen = Findings(), []
            has_failed = True
        find_ms = (self._stopwatch() - before) * 1000
        counts = count([found, *seen])
        switches = rules.switches
        if question.asked == "local" or has_failed:
            switches = replace(switches, local=True)
        elif question.asked == "cloud":
            switches = replace(switches, cloud=True)
        case = Case(
            texts=(question.text, *(m.message.text for m in free)),
            counts=counts,
            origin=question.utterance.origin,
            labels=frozenset({Label.FREE}),
            switches=switches,
            now=self._clock(),
            detectable=frozenset(str(kind) for kind in self._finder.kinds),
        )
        route = choose(rules.policy, case, rules.candidates, asked=question.asked)
        if has_failed:
            route = replace(route, reasons=(_FINDER_FAILED, *route.reasons))
        return _Judged(route, counts, found, find_ms, has_failed)

    def _find_in(self, stored: StoredMessage) -> Findings:
        key = (stored.conversation, stored.seq)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._finder.find(stored.message.text, origin=stored.message.origin)
        return found

    def _prompt_budget(self) -> int:
        """Tokens for the prompt: the model's context less what the answer may take."""
        context = self._model.info.context_tokens
        wanted = self.rules.settings.persona.max_tokens or context // 4
        return max(64, context - min(wanted, context // 2))

    # ------------------------------------------------------------ keeping

    def _keep_question(self, work: _Work, label: Label, decision: Decision) -> None:
        message = Message(
            role=Role.USER,
            text=work.question.text,
            at=self._clock(),
            label=label,
            origin=work.question.utterance.origin,
            decision=decision,
        )
        work.turn = self._keep(work, message)

    def _keep_answer(
        self,
        work: _Work,
        text: str,
        label: Label,
        decision: Decision,
        usage: Usage | None,
        *,
        effect: str = "",
        is_cut: bool = False,
    ) -> Reply:
        reply = self._reply(work, text, decision, usage, effect=effect, is_cut=is_cut)
        message = Message(
            role=Role.ASSISTANT,
            text=text,
            at=self._clock(),
            label=label,
            decision=decision,
            usage=usage,
            is_cut=is_cut,
            latency_ms=reply.latency_ms,
        )
        try:
            self._keep(work, message)
        except UsageError:
            # The question was kept, so the conversation was there: somebody purged it while the answer was made.
            work.turn = 0
            return replace(reply, conversation="", turn=0)
        return reply

    def _keep(self, work: _Work, message: Message) -> int:
        return self._history.append(work.conversation, message).seq

    def _reply(
        self,
        work: _Work,
        text: str,
        decision: Decision,
        usage: Usage | None,
        *,
        effect: str = "",
        is_cut: bool = False,
    ) -> Reply:
        latency: Mapping[str, float] = {
            name: round(ms, 2) for name, ms in {**work.latency, "total": self._elapsed(work)}.items()
        }
        return Reply(
            text=text,
            decision=decision,
            conversation=work.conversation,
            turn=work.turn,
            usage=usage,
            latency_ms=latency,
            effect=effect,
            is_cut=is_cut,
        )

    def _elapsed(self, work: _Work) -> float:
        return (self._stopwatch() - work.started) * 1000


def _told(reply: Reply) -> Iterator[Event]:
    """The reply, after a notice where it could not be kept."""
    if not reply.turn:
        yield Notice("this conversation was removed meanwhile, so the answer is not kept")
    yield reply


def _decision(route: Route, counts: Mapping[str, int], model: str) -> Decision:
    verdict: Verdict = route.verdict
    return Decision(
        rule=verdict.rule,
        verdict=str(verdict.stance),
        zone=Zone.DEVICE,
        wanted=route.wanted,
        policy_hash=verdict.policy_hash,
        answered_by=LOCAL,
        model=model,
        reasons=tuple(dict.fromkeys((*route.reasons, *verdict.reasons))),
        findings=counts,
        rejected=route.rejected,
        estimated_cost=str(route.estimated_cost or 0),
    )
