"""Where an answer is spoken, what is kept of it is what was heard."""

from __future__ import annotations

import pytest

from privacy_assistant.core.exchange import Question, Reply, Whole
from privacy_assistant.core.turn import Role, Utterance
from privacy_assistant.errors import EngineFailed
from privacy_assistant.ports import Piece, SkillAnswer
from tests.fakes import FakeLocalModel, FakeSkill
from tests.flow.test_assistant import Bench, away, cloud_policy

ANSWER = "Paris is the capital."


def spoken(bench: Bench, text: str, heard: int) -> Reply:
    """The reply to a question of whose answer so many code points were heard by its end."""
    events = list(bench.assistant.answer(Question(Utterance(text)), heard=lambda: heard))
    kinds = [type(event) for event in events]
    assert kinds.index(Whole) > max(place for place, kind in enumerate(kinds) if kind is Piece)
    (reply,) = [event for event in events if isinstance(event, Reply)]
    return reply


def kept(bench: Bench, reply: Reply) -> list[tuple[Role, str, bool]]:
    """The messages of its conversation: who, what, whether it was cut."""
    return [
        (stored.message.role, stored.message.text, stored.message.is_cut)
        for stored in bench.history.messages(reply.conversation)
    ]


def test_an_answer_that_was_heard_is_kept_whole() -> None:
    """Heard to its end, it is not cut."""
    bench = Bench(ANSWER)
    reply = spoken(bench, "Capital?", len(ANSWER))
    assert kept(bench, reply)[1] == (Role.ASSISTANT, ANSWER, False)


def test_an_answer_that_was_cut_is_kept_as_far_as_it_was_heard() -> None:
    """The rest was never said: the next prompt does not have it either."""
    bench = Bench(ANSWER, "Indeed.")
    reply = spoken(bench, "Capital?", 8)
    assert kept(bench, reply)[1] == (Role.ASSISTANT, "Paris is", True)
    assert (reply.text, reply.is_cut) == ("Paris is", True)
    list(bench.assistant.answer(Question(Utterance("Go on"), conversation=reply.conversation)))
    assert "capital." not in str([message.text for message in bench.model.requests[-1].messages])


def test_of_an_answer_that_nobody_heard_nothing_is_kept() -> None:
    """The question stands alone."""
    bench = Bench(ANSWER)
    reply = spoken(bench, "Capital?", 0)
    assert [role for role, _, _ in kept(bench, reply)] == [Role.USER]


def test_an_answer_by_a_skill_is_kept_as_it_was_heard_as_well() -> None:
    """Whoever answers."""
    bench = Bench(skills=[FakeSkill({"time?": SkillAnswer("It is noon sharp.")})])
    reply = spoken(bench, "time?", 10)
    assert kept(bench, reply)[1] == (Role.ASSISTANT, "It is noon", True)


def test_an_answer_from_elsewhere_is_kept_as_it_was_heard_as_well() -> None:
    """Wherever it was made."""
    bench = Bench(policy=cloud_policy(), clouds=[away(is_up=True)])
    reply = spoken(bench, "Capital of France, and what else is there to know about it?", 3)
    role, text, is_cut = kept(bench, reply)[1]
    assert (role, len(text), is_cut) == (Role.ASSISTANT, 3, True)
    assert reply.decision.answered_by == "openai"


def test_a_speaker_who_goes_away_leaves_what_was_heard() -> None:
    """A closed stream keeps it, at its end as in its middle."""
    for after in (Piece, Whole):
        bench = Bench(ANSWER)
        stream = bench.assistant.answer(Question(Utterance("Capital?")), heard=lambda: 5)
        for event in stream:
            if isinstance(event, after):
                break
        stream.close()  # type: ignore[attr-defined] # a generator
        conversation = bench.history.conversations()[0].id
        texts = [stored.message.text for stored in bench.history.messages(conversation)]
        assert texts[1] == "Paris"


def test_what_is_only_shown_tells_of_no_whole() -> None:
    """Nobody else has to know of it."""
    bench = Bench(ANSWER)
    assert not [event for event in bench.assistant.answer(Question(Utterance("?"))) if isinstance(event, Whole)]


def test_an_answer_that_breaks_off_is_kept_when_what_there_is_of_it_was_heard() -> None:
    """What was shown is still said, and only then is it known how much of it was heard."""
    bench = Bench(model=FakeLocalModel("Paris is the capital.", error=EngineFailed("it broke"), error_after=3))
    heard = 0
    stream = bench.assistant.answer(Question(Utterance("Capital?")), heard=lambda: heard)
    for event in stream:
        if isinstance(event, Whole):
            heard = len("Paris is")
            break
    with pytest.raises(EngineFailed):
        list(stream)
    conversation = bench.history.conversations()[0].id
    assert [stored.message.text for stored in bench.history.messages(conversation)] == ["Capital?", "Paris is"]
