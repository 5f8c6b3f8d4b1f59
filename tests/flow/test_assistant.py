"""One utterance in, one streamed answer out."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.exchange import Decided, Notice, Question, Reply
from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.policy import Switches
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.policy_terms import Policy
from privacy_assistant.core.settings import Persona, Settings
from privacy_assistant.core.turn import Label, Role, Utterance, Zone
from privacy_assistant.errors import EgressDenied, EngineFailed, Unreachable, UsageError
from privacy_assistant.flow.answering import Event
from privacy_assistant.flow.assistant import Assistant
from privacy_assistant.flow.deciding import LOCAL, Rules
from privacy_assistant.ports import CloudModel, Consent, Piece, Purse, Skill, SkillAnswer
from tests.fakes import FakeCloudModel, FakeConsent, FakeFinder, FakeHistory, FakeLocalModel, FakePurse, FakeSkill

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

CLOUD_POLICY = """\
version = 1
mode = "cloud-first"
[categories]
default = "redact"
CARD = "local"
[[rule]]
name = "falcon"
when = { text = '(?i)falcon' }
then = "refuse"
[backend.openai]
zone = "cloud"
kind = "openai"
api = "responses"
base_url = "https://api.openai.com/v1"
model = "m"
api_key_env = "OPENAI_API_KEY"
"""

KINDS = frozenset(Kind)


def cloud_policy() -> Policy:
    return parse_policy(CLOUD_POLICY, "policy.toml")


def away(*, is_up: bool = False) -> FakeCloudModel:
    """The back end of the policy above."""
    return FakeCloudModel(name="openai", model="m", host="api.openai.com", why_not="" if is_up else "not built")


def new_legend() -> Legend:
    return Legend.new(b"pa")


class Bench:
    """An assistant of fakes, with what it kept."""

    def __init__(
        self,
        *scripts: str,
        policy: Policy | None = None,
        finder: FakeFinder | None = None,
        skills: Sequence[Skill] = (),
        model: FakeLocalModel | None = None,
        switches: Switches | None = None,
        settings: Settings | None = None,
        clouds: Sequence[CloudModel] | None = None,
        consent: Consent | None = None,
        purse: Purse | None = None,
    ) -> None:
        self.model = model or FakeLocalModel(*(scripts or ("Paris is the capital.",)))
        self.history = FakeHistory()
        chosen = policy or Policy.absent()
        ticks = itertools.count()
        self.assistant = Assistant(
            rules=Rules(
                policy=chosen,
                settings=settings or Settings(),
                switches=switches or Switches(),
                system="You are a helpful assistant.",
            ),
            finder=finder or FakeFinder(kinds=KINDS),
            skills=skills,
            model=self.model,
            clouds=clouds if clouds is not None else [away()] if chosen.backends else [],
            history=self.history,
            purse=purse or FakePurse(),
            consent=consent or FakeConsent(),
            new_legend=new_legend,
            clock=lambda: NOW,
            stopwatch=lambda: next(ticks) / 1000,
        )

    def ask(
        self, text: str, conversation: str | None = None, asked: Literal["local", "cloud"] | None = None, **more: Any
    ) -> list[Event]:
        question = Question(Utterance(text), conversation=conversation, asked=asked, **more)
        return list(self.assistant.answer(question))


def reply_of(events: list[Event]) -> Reply:
    last = events[-1]
    assert isinstance(last, Reply)
    return last


def shown(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Piece))


def test_an_answer_is_decided_streamed_and_kept() -> None:
    """Decided comes first, the pieces add up to the reply, and both messages are in the history."""
    bench = Bench("Paris is the capital.")
    events = bench.ask("What is the capital of France?")
    assert isinstance(events[0], Decided)
    reply = reply_of(events)
    assert shown(events) == reply.text == "Paris is the capital."
    kept = bench.history.messages(reply.conversation)
    assert [(m.message.role, m.message.text) for m in kept] == [
        (Role.USER, "What is the capital of France?"),
        (Role.ASSISTANT, "Paris is the capital."),
    ]
    assert kept[1].message.decision == reply.decision
    assert reply.turn == 1
    assert {"find", "route", "first_token", "total"} <= set(reply.latency_ms)


def test_without_a_policy_the_turn_stays_and_says_so() -> None:
    """No policy: zone device, verdict stay, the label stay, and a reason."""
    reply = reply_of(Bench().ask("hello"))
    assert reply.decision.zone is Zone.DEVICE
    assert reply.decision.verdict == "stay"
    assert reply.decision.rule == "policy:absent"
    assert reply.decision.reasons


def test_the_conversation_is_part_of_the_prompt() -> None:
    """The second question is asked with the first and its answer before it."""
    bench = Bench("Paris.", "About two million.")
    first = reply_of(bench.ask("Capital of France?"))
    bench.ask("How many people?", conversation=first.conversation)
    texts = [m.text for m in bench.model.requests[-1].messages]
    assert texts == ["You are a helpful assistant.", "Capital of France?", "Paris.", "How many people?"]


def test_what_no_longer_fits_is_left_out_with_a_notice() -> None:
    """A small context drops the oldest turns and tells how many messages."""
    bench = Bench(model=FakeLocalModel("other " * 30, context_tokens=200))
    conversation = reply_of(bench.ask("word " * 30)).conversation
    notices: list[str] = []
    for _ in range(6):
        notices += [e.line for e in bench.ask("word " * 30, conversation=conversation) if isinstance(e, Notice)]
    assert any("left out" in notice for notice in notices)


def test_a_skill_answers_before_any_model() -> None:
    """What a skill takes is answered by it: rule skill, zone device, no model, nothing generated."""
    bench = Bench(skills=[FakeSkill({"what is 2+2": "4"}, name="calculator")])
    reply = reply_of(bench.ask("what is 2+2"))
    assert (reply.text, reply.decision.answered_by, reply.decision.rule) == ("4", "skill:calculator", "skill")
    assert reply.decision.model is None
    assert bench.model.requests == []
    assert set(reply.latency_ms) == {"find", "route", "first_token", "total"}


def test_an_answer_of_stored_data_keeps_its_whole_turn_here() -> None:
    """A skill that shows notes labels question and answer stay."""
    bench = Bench(skills=[FakeSkill({"my notes": SkillAnswer("milk", label=Label.STAY)}, name="notes")])
    reply = reply_of(bench.ask("my notes"))
    assert [m.message.label for m in bench.history.messages(reply.conversation)] == [Label.STAY, Label.STAY]


def test_a_skill_sees_the_last_answer() -> None:
    """Repeat needs what was said last in this conversation, and nothing of another."""
    skill = FakeSkill({})
    bench = Bench("Paris.", skills=[skill])
    first = reply_of(bench.ask("Capital of France?"))
    bench.ask("again", conversation=first.conversation)
    bench.ask("again")
    assert [request.last_answer for request in skill.requests] == [None, "Paris.", None]


def test_an_attachment_is_no_skills_business() -> None:
    """A question with a file goes to the model, and the file's text is found and kept with it."""
    finder = FakeFinder({"secret": Kind.OTHER}, kinds=KINDS)
    bench = Bench(skills=[FakeSkill({"sum this up": "no"})], finder=finder)
    reply = reply_of(bench.ask("sum this up", attachment="a secret paper"))
    assert reply.decision.answered_by == LOCAL
    assert reply.decision.findings == {"OTHER": 1}
    assert "secret paper" in bench.history.messages(reply.conversation)[0].message.text


def test_an_empty_question_is_an_error() -> None:
    """Nothing asked, nothing kept."""
    bench = Bench()
    with pytest.raises(UsageError):
        bench.ask("  \n ")
    assert bench.history.conversations() == []


def test_cancel_keeps_what_was_shown() -> None:
    """Cancelled after two pieces, the answer is those two, marked as cut, and in the history."""
    bench = Bench("one two three four five")
    stream = bench.assistant.answer(Question(Utterance("count")))
    events: list[Event] = []
    for event in stream:
        events.append(event)
        if sum(isinstance(e, Piece) for e in events) == 2:
            bench.assistant.cancel()
    reply = reply_of(events)
    assert reply.is_cut
    assert reply.text == shown(events)
    assert reply.text.startswith("one two")
    assert "five" not in reply.text
    assert bench.history.messages(reply.conversation)[1].message.is_cut


def test_a_stream_that_is_closed_early_is_kept_as_far_as_it_was_shown() -> None:
    """A reader that goes away in the middle leaves the shown part in the history."""
    bench = Bench("one two three")
    stream: Iterator[Event] = bench.assistant.answer(Question(Utterance("count")))
    for event in stream:
        if isinstance(event, Piece):
            break
    stream.close()  # type: ignore[attr-defined] # it is a generator
    conversation = bench.history.newest()
    assert conversation is not None
    kept = bench.history.messages(conversation)
    assert kept[1].message.text == "one "
    assert kept[1].message.is_cut


def test_a_model_that_breaks_loses_neither_question_nor_shown_part() -> None:
    """The error comes out; the question and what was shown before it are kept."""
    bench = Bench(model=FakeLocalModel("one two three", error=EngineFailed("broken"), error_after=1))
    with pytest.raises(EngineFailed):
        bench.ask("count")
    conversation = bench.history.newest()
    assert conversation is not None
    assert [m.message.text for m in bench.history.messages(conversation)] == ["count", "one "]


def test_cloud_or_nothing_is_refused_by_a_missing_policy_and_the_question_kept() -> None:
    """--cloud without a policy: EgressDenied with the rule, no generation, the question in the history."""
    bench = Bench()
    with pytest.raises(EgressDenied) as caught:
        bench.ask("hello", asked="cloud")
    assert caught.value.rule == "policy:absent"
    assert bench.model.requests == []
    conversation = bench.history.newest()
    assert conversation is not None
    assert [m.message.text for m in bench.history.messages(conversation)] == ["hello"]


def test_cloud_or_nothing_without_a_reachable_back_end_is_unreachable() -> None:
    """The policy lets it leave and nobody is there."""
    with pytest.raises(Unreachable):
        Bench(policy=cloud_policy()).ask("hello", asked="cloud")


@pytest.mark.parametrize("text", ["about falcon", "my card"])
def test_cloud_or_nothing_against_the_policy_is_refused(text: str) -> None:
    """A refuse rule and a local category both end with EgressDenied."""
    bench = Bench(policy=cloud_policy(), finder=FakeFinder({"card": Kind.CARD}, kinds=KINDS))
    with pytest.raises(EgressDenied):
        bench.ask(text, asked="cloud")


def test_a_refusal_never_stops_a_local_answer() -> None:
    """Without --cloud a refused question is answered here, and the turn is labelled stay."""
    bench = Bench(policy=cloud_policy())
    reply = reply_of(bench.ask("about falcon"))
    assert reply.decision.verdict == "refuse"
    assert reply.decision.zone is Zone.DEVICE
    assert bench.history.messages(reply.conversation)[0].message.label is Label.STAY


def test_an_unavailable_cloud_gives_a_local_answer_with_the_cause() -> None:
    """Wanted cloud, answered here, and both the wish and the cause are recorded."""
    reply = reply_of(Bench(policy=cloud_policy()).ask("hello"))
    assert reply.decision.zone is Zone.DEVICE
    assert reply.decision.wanted is Zone.CLOUD
    assert ("openai", "not built") in reply.decision.rejected
    assert reply.decision.reasons


def test_a_free_turn_is_not_labelled_stay() -> None:
    """What the policy would let leave may be part of a later prompt for another zone."""
    bench = Bench(policy=cloud_policy())
    reply = reply_of(bench.ask("hello"))
    assert bench.history.messages(reply.conversation)[0].message.label is Label.FREE


def test_findings_of_the_context_count_for_the_next_question() -> None:
    """A card number in an earlier free turn keeps the next question here too."""
    finder = FakeFinder({"4111": Kind.CARD}, kinds=KINDS)
    policy = replace(cloud_policy(), categories={})
    bench = Bench("ok", policy=policy, finder=finder)
    first = reply_of(bench.ask("card 4111"))
    second = reply_of(bench.ask("and now?", conversation=first.conversation))
    assert second.decision.findings == {"CARD": 1}


def test_a_turn_that_stays_does_not_decide_about_the_next() -> None:
    """A turn ruled to stay is left out of what would leave, so it keeps nothing else back."""
    bench = Bench("ok", policy=cloud_policy(), finder=FakeFinder({"4111": Kind.CARD}, kinds=KINDS))
    first = reply_of(bench.ask("card 4111"))
    assert first.decision.verdict == "stay"
    second = reply_of(bench.ask("and now?", conversation=first.conversation))
    assert second.decision.verdict == "leave"
    assert second.decision.findings == {}


def test_a_finder_that_breaks_lets_nothing_leave_and_stops_no_local_answer() -> None:
    """Any exception of the finder: local answer, reason recorded; under --cloud a refusal."""
    broken = FakeFinder(kinds=KINDS, error=RuntimeError("secret content"))
    bench = Bench(policy=cloud_policy(), finder=broken)
    reply = reply_of(bench.ask("hello"))
    assert reply.decision.verdict == "stay"
    assert any("finder" in reason for reason in reply.decision.reasons)
    assert "secret content" not in repr(reply)
    with pytest.raises(EgressDenied):
        bench.ask("hello", asked="cloud")


def test_local_is_local() -> None:
    """--local never wants another zone."""
    reply = reply_of(Bench(policy=cloud_policy()).ask("hello", asked="local"))
    assert reply.decision.wanted is Zone.DEVICE
    assert reply.decision.verdict == "stay"


def test_the_persona_reaches_the_model() -> None:
    """Temperature and length of config.toml are part of the request."""
    bench = Bench(settings=Settings(persona=Persona(temperature=0.5, max_tokens=7)))
    bench.ask("hello")
    assert bench.model.requests[0].sampling.temperature == 0.5
    assert bench.model.requests[0].sampling.max_tokens == 7


def test_a_dry_run_keeps_and_generates_nothing() -> None:
    """consider: a route and findings, an empty history, an idle model."""
    bench = Bench(policy=cloud_policy(), finder=FakeFinder({"4111": Kind.CARD}, kinds=KINDS))
    considered = bench.assistant.consider(Question(Utterance("card 4111")))
    assert considered.counts == {"CARD": 1}
    assert str(considered.route.verdict.stance) == "stay"
    assert considered.skill is None
    assert bench.history.conversations() == []
    assert bench.model.requests == []


def test_a_dry_run_names_the_skill() -> None:
    """consider says which skill would answer."""
    bench = Bench(skills=[FakeSkill({"2+2": "4"}, name="calculator")])
    assert bench.assistant.consider(Question(Utterance("2+2"))).skill == "calculator"


def test_content_is_in_no_repr() -> None:
    """Questions, replies and decisions print without a word of the person's."""
    bench = Bench("sesame")
    events = bench.ask("open sesame")
    assert "sesame" not in repr(events) + repr(Question(Utterance("sesame"), attachment="sesame"))


@given(st.lists(st.sampled_from(["hello", "card 4111", "about falcon"]), max_size=5), st.sampled_from([None, "local"]))
def test_no_answer_is_less_private_than_its_verdict(texts: list[str], asked: Literal["local"] | None) -> None:
    """Whatever is asked in whatever order, a verdict of stay or refuse is answered on this device."""
    bench = Bench("ok", policy=cloud_policy(), finder=FakeFinder({"4111": Kind.CARD}, kinds=KINDS))
    conversation = None
    for text in texts:
        reply = reply_of(bench.ask(text, conversation=conversation, asked=asked))
        conversation = reply.conversation
        assert reply.decision.zone is Zone.DEVICE
        labels = {m.message.label for m in bench.history.messages(conversation)[-2:]}
        assert (labels == {Label.STAY}) == (reply.decision.verdict in ("stay", "refuse"))
