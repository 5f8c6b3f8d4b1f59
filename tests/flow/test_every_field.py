"""Everything that would be sent is searched: the question, the file beside it, every turn that would go along."""

from __future__ import annotations

import itertools

from privacy_assistant.core.exchange import Question
from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.policy import Stance
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.settings import Settings
from privacy_assistant.core.turn import Utterance
from privacy_assistant.flow.assistant import Assistant, Rules
from tests.fakes import EPOCH, FakeFinder, FakeHistory, FakeLocalModel
from tests.flow.test_assistant import CLOUD_POLICY, candidates


def test_litellm_38841_no_field_goes_unsearched() -> None:
    """A card in any one of them keeps the whole at home, though the others are clean."""
    finder = FakeFinder({"4111": Kind.CARD}, kinds=frozenset(Kind))
    history = FakeHistory()
    ticks = itertools.count()
    assistant = Assistant(
        rules=Rules(parse_policy(CLOUD_POLICY, "p"), Settings(), candidates=candidates(is_up=True), system="Help."),
        finder=finder,
        skills=(),
        model=FakeLocalModel("the number is 4111", "fine"),
        history=history,
        clock=lambda: EPOCH,
        stopwatch=lambda: next(ticks) / 1000,
    )

    def stance(text: str, attachment: str = "", conversation: str | None = None) -> Stance:
        question = Question(Utterance(text), conversation=conversation, attachment=attachment)
        return assistant.consider(question).route.verdict.stance

    assert stance("hello") is Stance.LEAVE
    assert stance("my card is 4111") is Stance.STAY
    assert stance("sum this up", attachment="card 4111") is Stance.STAY
    conversation = history.start()
    question = Question(Utterance("hello"), conversation=conversation)
    list(assistant.answer(question))  # whose answer holds the number
    assert stance("and now?", conversation=conversation) is Stance.STAY
    assert {"hello", "the number is 4111", "and now?"} <= set(finder.texts)
