"""One utterance in, one streamed answer out: skill, find, decide, route, answer here or elsewhere, check, keep."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from privacy_assistant.core.exchange import Decided, Question
from privacy_assistant.core.kinds import Findings
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.policy import Stance
from privacy_assistant.core.routing import Route
from privacy_assistant.core.turn import Decision, Role
from privacy_assistant.errors import UsageError
from privacy_assistant.flow.answering import Answering, Event, kept
from privacy_assistant.flow.deciding import Decider, Rules
from privacy_assistant.flow.keeping import Keeper, Made, Work
from privacy_assistant.flow.sending import Sender
from privacy_assistant.ports import (
    CloudModel,
    Consent,
    Finder,
    GenerationRequest,
    History,
    LocalModel,
    Piece,
    Purse,
    Skill,
    SkillAnswer,
    SkillRequest,
)


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
        clouds: Sequence[CloudModel],
        history: History,
        purse: Purse,
        consent: Consent,
        new_legend: Callable[[], Legend],
        clock: Callable[[], datetime],
        stopwatch: Callable[[], float],
    ) -> None:
        self.rules = rules
        self._skills = tuple(skills)
        self._model = model
        self._clock = clock
        self._keeper = Keeper(history, clock, stopwatch)
        self._decider = Decider(
            finder=finder, model=model, clouds=clouds, purse=purse, clock=clock, stopwatch=stopwatch
        )
        self._sender = Sender(
            finder=finder,
            history=history,
            keeper=self._keeper,
            purse=purse,
            consent=consent,
            new_legend=new_legend,
            clock=clock,
        )
        self._cancelled = threading.Event()
        self._answering: Answering | None = None

    def cancel(self) -> None:
        """End the answer that is being made within one token; what was shown of it is kept."""
        self._cancelled.set()
        answering = self._answering
        if answering is not None:
            answering.stop()

    def answer(self, question: Question, *, heard: Callable[[], int] | None = None) -> Iterator[Event]:
        """Stream the answer. Closing the iterator early keeps what was shown.

        Where it is spoken, `heard` tells how many code points of it were heard so far, and a Whole comes before the
        answer is kept.

        Raises EgressDenied, Unreachable or BudgetExceeded for `asked="cloud"` (the question is kept then),
        UsageError for an empty or too long question, EngineError when no model can answer, VaultError.
        """
        if not question.text.strip():
            raise UsageError("there is no question", hint='privacy-assistant ask "…"')
        self._cancelled.clear()
        work = self._keeper.begin(question, heard=heard)
        skill = self._try_skills(work) if question.asked != "cloud" else None
        if skill is not None:
            yield from self._answer_by_skill(work, *skill)
            return
        answering = self._answering_now()
        self._answering = answering
        try:
            yield from answering.answer(work)
        finally:
            self._answering = None

    def consider(self, question: Question) -> Considered:
        """Find, decide and route without answering or keeping anything.

        The skills are really asked, since nothing else knows what is theirs: an assistant made for a dry run is
        given a drawer that nobody keeps.
        """
        work = self._keeper.begin(question, is_dry=True)
        skill = self._try_skills(work) if question.asked != "cloud" else None
        judged = self._decider.decide(self.rules, work)
        return Considered(judged.route, judged.counts, judged.findings, skill[0] if skill else None, judged.find_ms)

    def foresee(self, question: Question) -> GenerationRequest | None:
        """What the model of this machine would be asked for it, if it came now; None where somebody else would answer.
        Nothing is kept, no skill is asked. Raises EngineError, UsageError."""
        return self._answering_now().foresee(self._keeper.begin(question, is_dry=True))

    def _answering_now(self) -> Answering:
        return Answering(
            self.rules,
            model=self._model,
            decider=self._decider,
            sender=self._sender,
            keeper=self._keeper,
            cancelled=self._cancelled,
        )

    # ------------------------------------------------------------ skills

    def _try_skills(self, work: Work) -> tuple[str, SkillAnswer] | None:
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

    def _answer_by_skill(self, work: Work, name: str, answer: SkillAnswer) -> Iterator[Event]:
        decision = Decision(
            rule="skill",
            verdict=str(Stance.STAY),
            policy_hash=self.rules.policy.sha256,
            answered_by=f"skill:{name}",
            reasons=(f"the skill {name} answers without a model",),
        )
        self._keeper.keep_question(work, answer.label, decision)
        yield Decided(decision)
        work.latency["first_token"] = self._keeper.elapsed(work)
        yield Piece(answer.text)
        made = Made(decision, answer.label, [answer.text], is_cut=False, effect=answer.effect)
        yield from kept(self._keeper, work, made)
