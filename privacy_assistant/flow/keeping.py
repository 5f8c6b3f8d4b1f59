"""One answer in the making, and how question and answer are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from privacy_assistant.core.exchange import Question, Reply
from privacy_assistant.core.kinds import Finding
from privacy_assistant.core.money import Money, total
from privacy_assistant.core.turn import Decision, Label, Message, Role, StoredMessage, Usage
from privacy_assistant.errors import UsageError
from privacy_assistant.ports import History


@dataclass(slots=True)
class Work:
    """One answer in the making. `started` is on the stopwatch; `turn` is the number of the question once it is kept.

    `costs` is what was charged for it so far, by whoever was asked, answered or not. `heard` tells how many code points
    of the answer were heard so far, where it is spoken: what nobody heard was not said.
    """

    question: Question
    conversation: str
    started: float
    context: list[StoredMessage] = field(repr=False)
    latency: dict[str, float] = field(default_factory=lambda: {"find": 0.0, "route": 0.0})
    turn: int = 0
    costs: list[Money] = field(default_factory=list)
    heard: Callable[[], int] | None = None


@dataclass(slots=True)
class Made:
    """An answer as far as it came: what was shown of it, and who made it. `restored` says where originals stand."""

    decision: Decision
    label: Label
    shown: list[str] = field(default_factory=list, repr=False)
    usage: Usage | None = None
    is_cut: bool = True
    effect: str = ""
    restored: list[Finding] = field(default_factory=list, repr=False)

    @property
    def text(self) -> str:
        """What was shown so far."""
        return "".join(self.shown)


class Keeper:
    """Puts questions and answers into the history, with the decision that each was made under."""

    def __init__(self, history: History, clock: Callable[[], datetime], stopwatch: Callable[[], float]) -> None:
        self._history = history
        self._clock = clock
        self._stopwatch = stopwatch

    def begin(self, question: Question, *, is_dry: bool = False, heard: Callable[[], int] | None = None) -> Work:
        """Open the conversation. Raises UsageError for an unknown one."""
        started = self._stopwatch()
        context = self._history.messages(question.conversation) if question.conversation else []
        conversation = question.conversation or ("" if is_dry else self._history.start())
        return Work(question, conversation, started, context, heard=heard)

    def elapsed(self, work: Work) -> float:
        """Milliseconds since the question came."""
        return (self._stopwatch() - work.started) * 1000

    def keep_question(self, work: Work, label: Label, decision: Decision) -> None:
        """Seal the question; once, whatever becomes of the answer."""
        if work.turn:
            return
        message = Message(
            role=Role.USER,
            text=work.question.text,
            at=self._clock(),
            label=label,
            origin=work.question.utterance.origin,
            decision=decision,
        )
        work.turn = self._history.append(work.conversation, message).seq

    def keep_answer(self, work: Work, made: Made) -> Reply:
        """Seal the answer as far as it was shown, or heard; the reply for the face. Its turn is 0 where it could not be
        kept."""
        if work.heard is not None:
            whole = made.text
            heard = whole[: work.heard()]
            made.is_cut = made.is_cut or len(heard) < len(whole)
            made.shown[:] = [heard]
            if not heard:
                return self.reply(work, made)
        reply = self.reply(work, made)
        text = made.text
        message = Message(
            role=Role.ASSISTANT,
            text=text,
            at=self._clock(),
            label=made.label,
            decision=made.decision,
            usage=made.usage,
            is_cut=made.is_cut,
            latency_ms=reply.latency_ms,
            restored=tuple((one.start, one.end, str(one.kind)) for one in made.restored if one.end <= len(text)),
        )
        try:
            self._history.append(work.conversation, message)
        except UsageError:
            # The question was kept, so the conversation was there: somebody purged it while the answer was made.
            work.turn = 0
            return replace(reply, conversation="", turn=0)
        return reply

    def reply(self, work: Work, made: Made) -> Reply:
        """The reply without keeping anything."""
        made.decision = replace(made.decision, cost=total(work.costs))
        latency: Mapping[str, float] = {
            name: round(ms, 2) for name, ms in {**work.latency, "total": self.elapsed(work)}.items()
        }
        return Reply(
            text=made.text,
            decision=made.decision,
            conversation=work.conversation,
            turn=work.turn,
            usage=made.usage,
            latency_ms=latency,
            effect=made.effect,
            is_cut=made.is_cut,
        )
