"""Everything that would be sent is searched: the question, the file beside it, every turn that would go along."""

from __future__ import annotations

from privacy_assistant.core.exchange import Question
from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.policy import Stance
from privacy_assistant.core.turn import Utterance
from tests.fakes import FakeCloudModel, FakeFinder
from tests.flow.test_assistant import Bench, cloud_policy


def test_litellm_38841_no_field_goes_unsearched() -> None:
    """A card in any one of them keeps the whole at home, though the others are clean."""
    finder = FakeFinder({"4111": Kind.CARD}, kinds=frozenset(Kind))
    cloud = FakeCloudModel(["the number is 4111"], name="openai")
    bench = Bench(policy=cloud_policy(), finder=finder, clouds=[cloud])
    history = bench.history
    assistant = bench.assistant

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
