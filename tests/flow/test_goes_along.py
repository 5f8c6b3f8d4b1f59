"""What of a conversation goes along with a later question, and what an answer from elsewhere could draw out of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from privacy_assistant.core.consent import Answer
from privacy_assistant.core.exchange import Question
from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.policy_terms import Policy
from privacy_assistant.core.turn import Label, Origin, Utterance, Zone
from privacy_assistant.errors import ReplyMalformed
from privacy_assistant.flow import sending
from privacy_assistant.ports import Delayed, Dispatch, Finished, Piece, Sent, ToolCall
from tests.fakes import FakeCloudModel, FakeConsent
from tests.flow.test_assistant import Bench, cloud_policy, reply_of
from tests.flow.test_elsewhere import FRANCE, PARIS, asking, cloud, named


def policy_with(rule: str, mode: str = "local-first") -> Policy:
    return parse_policy(
        f"""\
version = 1
mode = "{mode}"
[[rule]]
name = "ours"
{rule}
[backend.openai]
zone = "cloud"
kind = "openai"
model = "m"
[escalate]
to_cloud_when = ["asked"]
""",
        "policy.toml",
    )


def sent_by(there: FakeCloudModel) -> str:
    return "\n".join(text.text for text in there.parcels[-1].texts)


# ---------------------------------------------------------------- what an answer is built on


def test_an_answer_that_was_built_on_a_turn_that_stays_goes_along_with_nothing() -> None:
    """The question in between names nothing, its answer tells the secret again in other words, and both stay here."""
    there = cloud()
    bench = Bench(
        "It starts on the third of May in Bremen.",
        policy=policy_with('when = { text = "(?i)falcon" }\nthen = "stay"'),
        finder=named(),
        clouds=[there],
    )
    first = reply_of(bench.ask("Project Falcon starts on the third of May in Bremen."))
    second = reply_of(bench.ask("When does it start, and where?", conversation=first.conversation))
    assert second.decision.verdict == "leave"
    assert bench.history.messages(first.conversation)[3].message.label is Label.STAY
    bench.ask(FRANCE, conversation=first.conversation, asked="cloud")
    assert "Bremen" not in sent_by(there)
    assert len(there.parcels[-1].body) == 2


def test_an_answer_of_a_server_of_this_device_keeps_what_it_was_built_on_here_too() -> None:
    """A server of this device reads the turns that stay; what it makes of them stays as well."""
    there, beside = cloud(), FakeCloudModel(PARIS, name="ollama", zone=Zone.DEVICE)
    policy = parse_policy(
        """\
version = 1
[[rule]]
name = "ours"
when = { text = "(?i)falcon" }
then = "stay"
[backend.ollama]
zone = "device"
kind = "openai-compatible"
base_url = "http://127.0.0.1:11434/v1"
model = "m"
[backend.openai]
zone = "cloud"
kind = "openai"
model = "m"
""",
        "policy.toml",
    )
    bench = Bench(policy=policy, finder=named(), clouds=[beside, there])
    first = reply_of(bench.ask("What is the capital of France, says Falcon?"))
    bench.ask(FRANCE, conversation=first.conversation)
    labels = [m.message.label for m in bench.history.messages(first.conversation)]
    assert labels == [Label.STAY, Label.STAY, Label.FREE, Label.STAY]


def test_an_answer_that_was_built_on_nothing_that_stays_is_free() -> None:
    """Where the turn that stays came later, the earlier answer goes along."""
    bench = Bench(PARIS[0] + PARIS[1], policy=policy_with('when = { text = "falcon" }\nthen = "stay"'), finder=named())
    reply = reply_of(bench.ask(FRANCE))
    assert bench.history.messages(reply.conversation)[1].message.label is Label.FREE


@pytest.mark.parametrize("origin", [Origin.VOICE, Origin.TYPED])
def test_a_rule_about_where_a_question_came_from_holds_for_the_questions_that_go_along(origin: Origin) -> None:
    """What was spoken is asked about also where it goes along with something typed."""
    there, consent = cloud(), FakeConsent(Answer.NO)
    rule = 'when = { origin = "voice" }\nthen = "ask"'
    bench = Bench(PARIS[0] + PARIS[1], policy=policy_with(rule), finder=named(), clouds=[there], consent=consent)
    spoken = Question(Utterance("What is the capital of France, then?", origin=origin))
    first = reply_of(list(bench.assistant.answer(spoken)))
    assert first.decision.zone is Zone.DEVICE
    considered = bench.assistant.consider(Question(Utterance(FRANCE), first.conversation, asked="cloud"))
    assert considered.route.verdict.asks == (("ours",) if origin is Origin.VOICE else ())


# ---------------------------------------------------------------- what an answer could draw out


class Writing(FakeCloudModel):
    """Writes the first placeholder that it is told in a way of its own, and later only what anybody would."""

    def __init__(self, write: Callable[[str], str]) -> None:
        super().__init__(name="openai")
        self._write = write

    def generate(self, dispatch: Dispatch) -> Iterator[Sent | Delayed | Piece | ToolCall | Finished]:
        mark = re.search(r"⟦[A-Z]+·[^⟧]*⟧", dispatch.parcel.body[-1].text.text)
        told = f"What you wrote is {self._write(mark[0])}, and that is all." if mark else PARIS[0] + PARIS[1]
        self._script = tuple(told)
        yield from super().generate(dispatch)


ESCAPES = {
    "inside a word": lambda mark: f"xy{mark}zz",
    "for a URL": lambda mark: mark.replace("⟦", "%E2%9F%A6"),
    "for JSON": lambda mark: mark.replace("⟦", "\\u27e6"),
    "for HTML": lambda mark: mark.replace("⟦", "&#10214;"),
    "twice": lambda mark: mark + mark,
}


@pytest.mark.parametrize("way", ESCAPES)
@pytest.mark.parametrize("value", ["Zoë O'Brien", "DE89 3704 0044 0532 0130 00", "+49 170 1234567", "hunter2 & co"])
def test_no_way_of_writing_a_placeholder_brings_its_value_out_with_the_next_question(value: str, way: str) -> None:
    """A back end that has a value written inside a word, or escaped, reads no more of it than of any other."""

    class OnlyAsked(type(named())):  # type: ignore[misc] # the class of the fake
        """Finds nothing where the value does not stand as a word of its own."""

        def find(self, text: str, **more: object) -> object:
            found = super().find(text)
            return found if text.startswith("I wrote") else replace(found, spans=())

    there = Writing(ESCAPES[way])
    finder = OnlyAsked({value: Kind.OTHER}, kinds=named().kinds)
    bench = Bench(policy=cloud_policy(), finder=finder, clouds=[there])
    first = reply_of(bench.ask(f"I wrote {value} to you."))
    answer = bench.history.messages(first.conversation)[1].message
    assert [kind for _, _, kind in answer.restored] == ["OTHER"] * (1 + (way == "twice"))
    bench.ask(FRANCE, conversation=first.conversation)
    (start, end, _), text = answer.restored[0], answer.text
    assert text[start:end] not in sent_by(there)
    assert re.search(r"What you wrote is (?:xy)?(?:⟦OTHER·\w+·\w+⟧)+(?:zz)?, and that is all\.", sent_by(there))


def test_an_answer_that_repeats_a_long_value_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short placeholder may stand for a long value: what it all comes to is bounded, and what was shown is kept."""
    monkeypatch.setattr(sending, "MOST_CHARACTERS", 10_000)
    long = "k" * 900
    bench = Bench(policy=cloud_policy(), finder=named(long), clouds=[Writing(lambda mark: mark * 20)])
    with pytest.raises(ReplyMalformed) as caught:
        bench.ask(f"I wrote {long} to you.", asked="cloud")
    assert caught.value.message == "openai: what it sent is too long"
    newest = bench.history.newest()
    assert newest is not None
    kept = bench.history.messages(newest)[1].message
    assert 8_000 < len(kept.text) <= 10_000


# ---------------------------------------------------------------- what was agreed to


def test_a_yes_for_the_conversation_ends_with_the_policy_it_was_given_under() -> None:
    """Under a changed policy the back end of that name may be somebody else: it is asked again."""
    there, consent = cloud(), FakeConsent(Answer.CONVERSATION)
    bench = Bench(policy=asking(), finder=named(), clouds=[there], consent=consent)
    first = reply_of(bench.ask(FRANCE, asked="cloud"))
    bench.ask(FRANCE, conversation=first.conversation, asked="cloud")
    assert len(consent.requests) == 1
    bench.assistant.rules = replace(bench.assistant.rules, policy=replace(asking(), sha256="0" * 64))
    bench.ask(FRANCE, conversation=first.conversation, asked="cloud")
    assert len(consent.requests) == 2
