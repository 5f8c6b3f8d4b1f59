"""Answers from another zone: what is sent, what comes back, and what happens when it does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from privacy_assistant.core.consent import Answer
from privacy_assistant.core.exchange import Decided, Notice, Question, Restarted
from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.money import Money
from privacy_assistant.core.policy import Switches
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.policy_terms import Action, Policy
from privacy_assistant.core.settings import Persona, Settings
from privacy_assistant.core.turn import Label, Role, Usage, Utterance, Zone
from privacy_assistant.errors import BudgetExceeded, ConsentMissing, EgressDenied, EngineMissing, Unreachable
from privacy_assistant.flow.legends import LEGEND
from privacy_assistant.flow.sending import PLACEHOLDERS, sent_kind
from privacy_assistant.ports import Delayed, Dispatch, Finished, Piece, Sent, ToolCall
from tests.fakes import FakeCloudModel, FakeConsent, FakeFinder, FakeLocalModel, FakePurse
from tests.flow.test_assistant import KINDS, Bench, cloud_policy, reply_of, shown

FRANCE = "What is the capital of France?"
PARIS = ["The capital of France ", "is Paris."]


def named(*words: str, kind: Kind = Kind.PERSON) -> FakeFinder:
    return FakeFinder(dict.fromkeys(words, kind), kinds=KINDS)


def cloud(script: Sequence[str | ToolCall | Delayed] = PARIS, **more: object) -> FakeCloudModel:
    return FakeCloudModel(script, name="openai", **more)  # type: ignore[arg-type] # keyword arguments of the fake


def two_back_ends() -> Policy:
    return parse_policy(
        """\
version = 1
mode = "cloud-first"
[backend.lab]
zone = "lan"
kind = "openai-compatible"
base_url = "https://lab.example/v1"
model = "l"
[backend.openai]
zone = "cloud"
kind = "openai"
model = "m"
[backend.other]
zone = "cloud"
kind = "openai"
model = "o"
""",
        "policy.toml",
    )


class Echoing(FakeCloudModel):
    """Says what it was told last, cut into single characters."""

    def generate(self, dispatch: Dispatch) -> Iterator[Sent | Delayed | Piece | ToolCall | Finished]:
        said = f"Dear friend, you wrote to me and said: {dispatch.parcel.body[-1].text.text} and I answer it gladly."
        self._script = tuple(said)
        yield from super().generate(dispatch)


# ---------------------------------------------------------------- what is sent and restored


def test_a_name_leaves_as_a_placeholder_and_comes_back() -> None:
    """The parcel holds no name, the answer does, for every place where the stream is cut."""
    there = Echoing(name="openai")
    bench = Bench(policy=cloud_policy(), finder=named("Anna Okafor"), clouds=[there])
    reply = reply_of(bench.ask("Is Anna Okafor at home today or tomorrow?"))
    sent = "".join(text.text for text in there.parcels[0].texts)
    assert "Anna" not in sent
    assert "⟦PERSON" in sent
    assert "you wrote to me and said: Is Anna Okafor at home today or tomorrow?" in reply.text
    assert reply.decision.zone is Zone.CLOUD
    assert reply.decision.answered_by == "openai"
    assert reply.decision.redacted == 1
    assert reply.decision.ledger_seq == 1


def test_the_model_is_told_what_the_marks_mean_only_where_there_are_any() -> None:
    """The sentence about placeholders stands in the system text of a parcel that has some."""
    there = cloud()
    bench = Bench(policy=cloud_policy(), finder=named("Anna"), clouds=[there])
    bench.ask(FRANCE)
    bench.ask("Where is Anna?")
    told = [PLACEHOLDERS in parcel.body[0].text.text for parcel in there.parcels]
    assert told == [False, True]


def test_an_answer_is_never_sent_back_raw() -> None:
    """The restored name of the first answer leaves as the same placeholder with the second question."""
    there = Echoing(name="openai")
    bench = Bench(policy=cloud_policy(), finder=named("Anna"), clouds=[there])
    first = reply_of(bench.ask("Is Anna at home?"))
    bench.ask("And what about tomorrow?", conversation=first.conversation)
    marks = {word for text in there.parcels[1].texts for word in text.text.split() if "⟦" in word and "PERSON" in word}
    assert len(there.parcels[1].body) == 4
    assert len(marks) == 1
    assert "Anna" not in "".join(text.text for text in there.parcels[1].texts)


def test_a_value_that_a_later_text_gives_away_is_masked_in_the_earlier_ones() -> None:
    """What no finder sees in the first question is masked there once the second one names it."""

    class Late(FakeFinder):
        """Sees the name only where "my name is" stands."""

        def find(self, text: str, **more: object) -> object:  # type: ignore[override] # a fake of a fake
            found = super().find(text)
            return found if "my name is" in text else replace(found, spans=())

    there = cloud()
    bench = Bench(policy=cloud_policy(), finder=Late({"Okafor": Kind.PERSON}, kinds=KINDS), clouds=[there])
    first = reply_of(bench.ask("Okafor bakes bread in France, what else?"))
    bench.ask("my name is Okafor, what is the capital of France?", conversation=first.conversation)
    assert "Okafor" in "".join(text.text for text in there.parcels[0].texts)
    assert "Okafor" not in "".join(text.text for text in there.parcels[1].texts)


def test_the_system_prompt_is_searched_and_masked() -> None:
    """A name in the persona leaves as a placeholder that no echo restores."""
    there = Echoing(name="openai")
    bench = Bench(
        policy=cloud_policy(), finder=named("Bo Li"), clouds=[there], settings=Settings(persona=Persona(max_tokens=7))
    )
    bench.assistant.rules = replace(bench.assistant.rules, system="You work for Bo Li.")
    bench.ask(FRANCE)
    assert "Bo Li" not in there.parcels[0].body[0].text.text
    assert "⟦PERSON" in there.parcels[0].body[0].text.text
    assert there.parcels[0].max_tokens == 7


def test_what_is_in_the_system_prompt_decides_too() -> None:
    """A card in the persona keeps every question here, under a policy that keeps cards."""
    there = cloud()
    bench = Bench(policy=cloud_policy(), finder=named("4111", kind=Kind.CARD), clouds=[there])
    bench.assistant.rules = replace(bench.assistant.rules, system="Charge 4111.")
    assert reply_of(bench.ask(FRANCE)).decision.zone is Zone.DEVICE
    assert there.parcels == []


def test_a_turn_that_stays_is_in_no_parcel() -> None:
    """What was ruled to stay is withheld, and a notice says how much goes along when the place changes."""
    there = cloud()
    bench = Bench("It is fine.", policy=cloud_policy(), finder=named("4111", kind=Kind.CARD), clouds=[there])
    first = reply_of(bench.ask("my card is 4111"))
    events = bench.ask(FRANCE, conversation=first.conversation)
    assert len(there.parcels[0].body) == 2
    notices = [event.line for event in events if isinstance(event, Notice)]
    assert notices == ["0 earlier messages go along to openai, 2 stay here, 0 personal parts are masked"]


def test_the_exact_bytes_are_kept_with_the_conversation() -> None:
    """The copy of what left and the legend are attached, under the number of the turn."""
    bench = Bench(policy=cloud_policy(), finder=named("Anna"), clouds=[Echoing(name="openai")])
    reply = reply_of(bench.ask("Is Anna at home?"))
    kept = bench.history.attached(reply.conversation, sent_kind(reply.turn))
    assert kept is not None
    assert kept["sent"][0]["backend"] == "openai"
    assert "⟦PERSON" in kept["sent"][0]["body"]
    assert bench.history.attached(reply.conversation, LEGEND) is not None


def test_a_tool_call_comes_back_with_the_originals() -> None:
    """Placeholders in the arguments of a call become what they stand for, as JSON."""

    class Calling(FakeCloudModel):
        """Answers with a call that names what it was told."""

        def generate(self, dispatch: Dispatch) -> Iterator[Sent | Delayed | Piece | ToolCall | Finished]:
            mark = next(word for word in dispatch.parcel.body[-1].text.text.split() if "⟦" in word)
            self._script = ("I will look up the address for you. ", ToolCall("c1", "find", '{"who": "' + mark + '"}'))
            yield from super().generate(dispatch)

    bench = Bench(policy=cloud_policy(), finder=named('Bo"Li'), clouds=[Calling(name="openai")])
    calls = [event for event in bench.ask('Look up the address of Bo"Li now') if isinstance(event, ToolCall)]
    assert [call.arguments for call in calls] == ['{"who": "Bo\\"Li"}']


# ---------------------------------------------------------------- consent


def asking() -> Policy:
    return parse_policy(
        """\
version = 1
mode = "ask"
[backend.openai]
zone = "cloud"
kind = "openai"
model = "m"
[escalate]
to_cloud_when = ["asked"]
""",
        "policy.toml",
    )


def test_silence_is_no_and_the_answer_comes_from_here() -> None:
    """Cloud or nothing ends with ConsentMissing; nothing left, and the question is kept."""
    there, consent = cloud(), FakeConsent(Answer.NO)
    bench = Bench(policy=asking(), finder=named(), clouds=[there], consent=consent)
    with pytest.raises(ConsentMissing) as caught:
        bench.ask(FRANCE, asked="cloud")
    assert caught.value.rule == "mode:ask"
    assert there.dispatches == []
    assert len(consent.requests) == 1
    newest = bench.history.newest()
    assert newest is not None
    assert [m.message.role for m in bench.history.messages(newest)] == [Role.USER]


def test_a_no_keeps_the_turn_here_for_good() -> None:
    """After a no the local model answers, with the reason, and the turn goes along with no later question."""
    policy = replace(cloud_policy(), categories={"PERSON": Action.ASK})
    bench = Bench("She is in.", policy=policy, finder=named("Anna"), clouds=[cloud()], consent=FakeConsent(Answer.NO))
    reply = reply_of(bench.ask("Is Anna in?"))
    assert reply.decision.zone is Zone.DEVICE
    assert reply.decision.reasons[0].startswith("not sent: the policy asks")
    assert bench.history.messages(reply.conversation)[1].message.label is Label.STAY


def test_a_yes_for_the_conversation_is_not_asked_again() -> None:
    """The second parcel of the conversation to the same back end leaves without a question; another one asks."""
    there, consent = cloud(), FakeConsent(Answer.CONVERSATION)
    bench = Bench(policy=asking(), finder=named(), clouds=[there], consent=consent)
    first = reply_of(bench.ask(FRANCE, asked="cloud"))
    bench.ask(FRANCE, asked="cloud", conversation=first.conversation)
    assert len(consent.requests) == 1
    bench.ask(FRANCE, asked="cloud")
    assert len(consent.requests) == 2
    assert len(there.dispatches) == 3


def test_a_yes_once_is_a_yes_to_one_parcel() -> None:
    """The next question of the same conversation asks again, and the request shows what each text was made of."""
    there, consent = cloud(), FakeConsent(Answer.ONCE)
    bench = Bench(policy=asking(), finder=named("France"), clouds=[there], consent=consent)
    first = reply_of(bench.ask(FRANCE, asked="cloud"))
    bench.ask(FRANCE, asked="cloud", conversation=first.conversation)
    assert len(consent.requests) == 2
    request = consent.requests[0]
    assert len(request.originals) == len(consent.parcels[0].texts)
    assert request.originals[-1] == FRANCE
    assert request.asks == ("mode:ask",)
    assert there.dispatches[0].consented == request.parcel.digest


# ---------------------------------------------------------------- when it does not work


def test_a_back_end_that_cannot_be_reached_leaves_the_answer_to_this_machine() -> None:
    """Exit 0, the cause first among the reasons, said in a notice, and the ledger number is kept."""
    there = cloud(error=Unreachable("it does not answer"))
    bench = Bench("Paris is the capital of France.", policy=cloud_policy(), finder=named(), clouds=[there])
    events = bench.ask(FRANCE)
    reply = reply_of(events)
    assert reply.decision.zone is Zone.DEVICE
    assert reply.decision.wanted is Zone.CLOUD
    assert reply.decision.reasons[0] == "openai: it does not answer"
    assert reply.decision.ledger_seq == 1
    assert [e.line for e in events if isinstance(e, Notice)] == ["openai: it does not answer; answered on this device"]


def test_cloud_or_nothing_tells_the_failure() -> None:
    """Under --cloud the error is raised; the question is kept."""
    bench = Bench(policy=cloud_policy(), finder=named(), clouds=[cloud(error=Unreachable("it does not answer"))])
    with pytest.raises(Unreachable):
        bench.ask(FRANCE, asked="cloud")
    assert bench.model.requests == []


def test_another_back_end_of_the_zone_is_tried_and_then_more_private_ones() -> None:
    """cloud, cloud, lan, device: in that order, each once."""
    down = Unreachable("it does not answer")
    clouds = [
        FakeCloudModel(name="lab", zone=Zone.LAN, error=down),
        FakeCloudModel(name="openai", error=down),
        FakeCloudModel(name="other", error=down),
    ]
    bench = Bench("Paris is the capital of France.", policy=two_back_ends(), finder=named(), clouds=clouds)
    reply = reply_of(bench.ask(FRANCE))
    assert reply.decision.zone is Zone.DEVICE
    assert [len(one.dispatches) for one in clouds] == [1, 1, 1]
    assert [reason.partition(":")[0] for reason in reply.decision.reasons[:3]] == ["lab", "other", "openai"]


def test_a_fallback_never_goes_outwards() -> None:
    """A lan back end that fails is followed by this device, never by a cloud."""
    lab = FakeCloudModel(name="lab", zone=Zone.LAN, error=Unreachable("it does not answer"))
    there = cloud()
    policy = parse_policy(
        """\
version = 1
mode = "local-first"
[escalate]
to_cloud_when = ["no_local_model"]
[backend.lab]
zone = "lan"
kind = "openai-compatible"
base_url = "https://lab.example/v1"
[backend.openai]
zone = "cloud"
kind = "openai"
model = "m"
""",
        "policy.toml",
    )

    class Missing(FakeLocalModel):
        """No model is installed here."""

        @property
        def info(self):  # type: ignore[no-untyped-def] # raises whatever is asked
            raise EngineMissing("no model is installed")

    bench = Bench(policy=policy, finder=named(), clouds=[lab, there], model=Missing())
    with pytest.raises(EngineMissing):
        bench.ask(FRANCE)
    assert len(lab.dispatches) == 1
    assert there.dispatches == []


def test_a_gate_that_denies_is_not_asked_again_elsewhere() -> None:
    """A parcel that one gate refused goes to no other back end of that zone."""
    first = FakeCloudModel(name="openai", error=EgressDenied("no", rule="gate:rescan"))
    second = FakeCloudModel(name="other")
    bench = Bench("Paris is the capital of France.", policy=two_back_ends(), finder=named(), clouds=[first, second])
    reply = reply_of(bench.ask(FRANCE))
    assert reply.decision.zone is Zone.DEVICE
    assert second.dispatches == []
    assert bench.history.messages(reply.conversation)[1].message.label is Label.STAY


def test_an_answer_that_breaks_off_is_followed_by_one_from_here() -> None:
    """What was shown is announced as given up; the whole answer, and the one kept, is the local one."""
    there = cloud(error=Unreachable("the connection broke off"), error_after=1)
    bench = Bench("Paris is the capital of France.", policy=cloud_policy(), finder=named(), clouds=[there])
    events = bench.ask(FRANCE)
    kinds = [type(event).__name__ for event in events]
    assert kinds[:4] == ["Decided", "Piece", "Restarted", "Decided"]
    assert reply_of(events).text == "Paris is the capital of France."
    kept = bench.history.messages(reply_of(events).conversation)
    assert [m.message.text for m in kept] == [FRANCE, "Paris is the capital of France."]


def test_cloud_or_nothing_keeps_the_part_that_was_shown() -> None:
    """Under --cloud a broken answer is kept as cut, and the failure is told."""
    there = cloud(error=Unreachable("the connection broke off"), error_after=1)
    bench = Bench(policy=cloud_policy(), finder=named(), clouds=[there])
    with pytest.raises(Unreachable):
        bench.ask(FRANCE, asked="cloud")
    newest = bench.history.newest()
    assert newest is not None
    answer = bench.history.messages(newest)[1].message
    assert answer.text == "The capital of France "
    assert answer.is_cut


def test_a_delay_is_told() -> None:
    """A back end that asks to wait is a notice, not silence."""
    bench = Bench(policy=cloud_policy(), finder=named(), clouds=[cloud([Delayed(2.0, "it is busy"), *PARIS])])
    events = bench.ask(FRANCE)
    assert Notice("openai: it is busy, again in 2 s") in events
    assert shown(events) == "".join(PARIS)


def test_cancel_ends_an_answer_from_elsewhere() -> None:
    """The back end is told, and what was shown is kept as cut."""
    there = cloud()
    bench = Bench(policy=cloud_policy(), finder=named(), clouds=[there])
    stream = bench.assistant.answer(Question(Utterance(FRANCE)))
    events = []
    for event in stream:
        events.append(event)
        if isinstance(event, Piece):
            bench.assistant.cancel()
    assert there.cancelled
    assert reply_of(events).is_cut
    assert reply_of(events).text == PARIS[0]


def test_a_back_end_that_is_known_to_be_away_is_said_and_not_waited_for() -> None:
    """Offline is known without an attempt: the answer comes from here at once, with a line that says why."""
    there = cloud(why_not="this machine is offline")
    events = Bench("Paris is it, in France.", policy=cloud_policy(), finder=named(), clouds=[there]).ask(FRANCE)
    assert Notice("openai: this machine is offline; answered on this device") in events
    assert there.dispatches == []
    there.reason = ""
    assert (
        reply_of(Bench(policy=cloud_policy(), finder=named(), clouds=[there]).ask(FRANCE)).decision.zone is Zone.CLOUD
    )


# ---------------------------------------------------------------- money


def priced() -> FakeCloudModel:
    return cloud(price=Money(Decimal("0.01"), "USD"))


def test_what_it_came_to_is_settled_and_told() -> None:
    """The reservation is an upper bound; the reply says what it cost."""
    purse = FakePurse()
    bench = Bench(policy=cloud_policy(), finder=named(), clouds=[priced()], purse=purse)
    reply = reply_of(bench.ask(FRANCE))
    spent = purse.spent(reply.conversation, bench.history.messages(reply.conversation)[0].message.at)
    assert spent.day is not None
    assert str(spent.day) == reply.decision.cost
    assert Decimal(reply.decision.cost.split()[0]) < Decimal(reply.decision.estimated_cost.split()[0])


def test_over_the_budget_the_answer_comes_from_here() -> None:
    """Without --cloud a local answer with the cause; with it BudgetExceeded, and nothing is sent."""
    there = priced()
    limited = parse_policy(
        """\
version = 1
mode = "cloud-first"
[budget]
day = "0.0001 USD"
[backend.openai]
zone = "cloud"
kind = "openai"
model = "m"
""",
        "policy.toml",
    )
    bench = Bench("Paris is the capital of France.", policy=limited, finder=named(), clouds=[there])
    reply = reply_of(bench.ask(FRANCE))
    assert reply.decision.zone is Zone.DEVICE
    assert any("budget for the day" in reason for reason in reply.decision.reasons)
    with pytest.raises(BudgetExceeded):
        bench.ask(FRANCE, asked="cloud")
    assert there.dispatches == []


def test_an_answer_from_here_tells_what_the_attempt_before_it_cost() -> None:
    """A call that broke off counts in full, and the turn says so although this machine answered."""
    there = cloud(price=Money(Decimal("0.01"), "USD"), error=Unreachable("it does not answer"))
    purse = FakePurse()
    bench = Bench("Paris is it, in France.", policy=cloud_policy(), finder=named(), clouds=[there], purse=purse)
    reply = reply_of(bench.ask(FRANCE))
    assert reply.decision.zone is Zone.DEVICE
    spent = purse.spent(reply.conversation, bench.history.messages(reply.conversation)[0].message.at)
    assert reply.decision.cost == str(spent.day) != "0"
    assert bench.history.messages(reply.conversation)[1].message.decision == reply.decision


def test_a_call_that_reached_nobody_costs_nothing() -> None:
    """The reservation of a question that was denied before it left is given back."""
    purse = FakePurse()

    class Denying(FakeCloudModel):
        """Lets nothing out."""

        def generate(self, dispatch: Dispatch) -> Iterator[Sent | Delayed | Piece | ToolCall | Finished]:
            raise EgressDenied("no", rule="gate:rescan")

    there = Denying(name="openai", price=Money(Decimal(1), "USD"))
    bench = Bench("Paris is the capital of France.", policy=cloud_policy(), finder=named(), clouds=[there], purse=purse)
    reply = reply_of(bench.ask(FRANCE))
    spent = purse.spent(reply.conversation, bench.history.messages(reply.conversation)[0].message.at)
    assert spent.day is None or spent.day.amount == 0


# ---------------------------------------------------------------- answers that cannot be right


def test_an_empty_answer_is_asked_for_once_more_and_then_made_here() -> None:
    """Two empty answers, then the local one; nothing was shown, so nothing is given up."""
    there = cloud([])
    bench = Bench("Paris is the capital of France.", policy=cloud_policy(), finder=named(), clouds=[there])
    events = bench.ask(FRANCE)
    assert len(there.dispatches) == 2
    assert not any(isinstance(event, Restarted) for event in events)
    assert reply_of(events).text == "Paris is the capital of France."


def test_a_refusal_is_tried_once_elsewhere_and_then_marked() -> None:
    """The second back end answers; both refuse: the answer is marked and shown, never withheld."""
    refusing = ["I'm sorry, but I can't help with that."]
    first, second = FakeCloudModel(refusing, name="openai"), FakeCloudModel(PARIS, name="other")
    bench = Bench(policy=two_back_ends(), finder=named(), clouds=[first, second])
    events = bench.ask(FRANCE)
    assert reply_of(events).text == "".join(PARIS)
    assert reply_of(events).decision.flaw == ""
    assert any(isinstance(event, Restarted) for event in events)
    third = FakeCloudModel(refusing, name="other")
    events = Bench(policy=two_back_ends(), finder=named(), clouds=[first, third]).ask(FRANCE)
    assert reply_of(events).decision.flaw == "refusal"
    assert reply_of(events).text == refusing[0]


def test_a_refusal_with_nobody_else_to_ask_is_marked() -> None:
    """One back end, one refusal: it is shown with its mark, and the local model is not taken for better."""
    bench = Bench(policy=cloud_policy(), finder=named(), clouds=[cloud(["I'm sorry, but I can't help with that."])])
    reply = reply_of(bench.ask(FRANCE))
    assert reply.decision.flaw == "refusal"
    assert reply.decision.zone is Zone.CLOUD


# ---------------------------------------------------------------- escalation


class Unsure(FakeLocalModel):
    """Answers, and was unsure of every word."""

    def generate(self, request: object) -> Iterator[Piece | Finished]:
        yield Piece("The capital of France could be something like Marseille or another town, who knows that.")
        yield Finished("stop", Usage(prompt_tokens=9, completion_tokens=20, mean_logprob=-5.0))


def escalating(*reasons: str) -> Policy:
    listed = ", ".join(f'"{reason}"' for reason in reasons)
    return parse_policy(
        f"""\
version = 1
mode = "local-first"
[escalate]
to_cloud_when = [{listed}]
[backend.openai]
zone = "cloud"
kind = "openai"
model = "m"
""",
        "policy.toml",
    )


def test_an_unsure_answer_goes_to_the_cloud_where_that_counts() -> None:
    """The local answer is shown, given up for the other one, and only the better one is kept."""
    there = cloud()
    bench = Bench(policy=escalating("low_confidence"), finder=named(), clouds=[there], model=Unsure())
    events = bench.ask(FRANCE)
    assert any(isinstance(event, Restarted) for event in events)
    assert reply_of(events).text == "".join(PARIS)
    assert reply_of(events).decision.wanted is Zone.CLOUD
    assert len(bench.history.messages(reply_of(events).conversation)) == 2
    quiet = Bench(policy=escalating("asked"), finder=named(), clouds=[there], model=Unsure())
    assert reply_of(quiet.ask(FRANCE)).decision.zone is Zone.DEVICE


def test_an_unsure_answer_stands_when_the_cloud_fails() -> None:
    """Nothing is given up for a cloud that does not answer."""
    there = cloud(error=Unreachable("it does not answer"))
    bench = Bench(policy=escalating("low_confidence"), finder=named(), clouds=[there], model=Unsure())
    events = bench.ask(FRANCE)
    assert not any(isinstance(event, Restarted) for event in events)
    assert reply_of(events).decision.zone is Zone.DEVICE
    assert reply_of(events).text.startswith("The capital of France could be")
    assert reply_of(events).decision.reasons[0] == "openai: it does not answer"


def test_a_conversation_too_long_for_this_machine_goes_where_it_fits() -> None:
    """context_too_long counts what would really be read here."""
    there = cloud(context_tokens=100_000)
    model = FakeLocalModel("short", context_tokens=80)
    bench = Bench(policy=escalating("context_too_long"), finder=named(), clouds=[there], model=model)
    reply = reply_of(bench.ask(FRANCE + " Think of the capital of France." * 40))
    assert reply.decision.zone is Zone.CLOUD
    assert reply_of(bench.ask(FRANCE)).decision.zone is Zone.DEVICE


def test_offline_never_asks_anybody_and_leaves_the_turn_free() -> None:
    """The switch counts at once; a turn that nobody could be asked about was not ruled to stay."""
    there = cloud()
    bench = Bench(
        "Paris is the capital of France.",
        policy=cloud_policy(),
        finder=named(),
        clouds=[there],
        switches=Switches(offline=True),
    )
    reply = reply_of(bench.ask(FRANCE))
    assert there.dispatches == []
    assert reply.decision.rule == "switch:offline"
    assert bench.history.messages(reply.conversation)[1].message.label is Label.FREE


def test_decided_names_who_answers_before_the_first_piece() -> None:
    """Decided comes before the first piece, also when somebody else was tried first."""
    down = cloud(error=Unreachable("it does not answer"))
    events = Bench("Paris is it, in France.", policy=cloud_policy(), finder=named(), clouds=[down]).ask(FRANCE)
    decided = [event for event in events if isinstance(event, Decided)]
    assert [one.decision.answered_by for one in decided] == ["local"]


# ---------------------------------------------------------------- a server of this device


def beside() -> Policy:
    return parse_policy(
        """\
version = 1
mode = "local-only"
[categories]
CARD = "local"
[backend.ollama]
zone = "device"
kind = "openai-compatible"
base_url = "http://127.0.0.1:11434/v1"
model = "m"
""",
        "policy.toml",
    )


def test_a_server_of_this_device_answers_what_stays() -> None:
    """Zone device comes before the embedded model, also for what was ruled to stay, and its turns keep their label."""
    there = FakeCloudModel(PARIS, name="ollama", zone=Zone.DEVICE)
    bench = Bench(policy=beside(), finder=named("4111", kind=Kind.CARD), clouds=[there])
    first = reply_of(bench.ask("my card is 4111, what is the capital of France?"))
    assert first.decision.answered_by == "ollama"
    assert first.decision.zone is Zone.DEVICE
    second = reply_of(bench.ask(FRANCE, conversation=first.conversation))
    assert second.decision.answered_by == "ollama"
    assert len(there.parcels[1].body) == 4
    assert bench.history.messages(first.conversation)[1].message.label is Label.STAY
    assert bench.model.requests == []


def test_a_server_of_this_device_that_is_down_leaves_it_to_the_embedded_model() -> None:
    """It failed, or offline is switched on: the model in this process answers."""
    down = FakeCloudModel(name="ollama", zone=Zone.DEVICE, error=Unreachable("it takes no connection"))
    bench = Bench("Paris is the capital of France.", policy=beside(), finder=named(), clouds=[down])
    assert reply_of(bench.ask(FRANCE)).decision.answered_by == "local"
    there = FakeCloudModel(PARIS, name="ollama", zone=Zone.DEVICE)
    bench = Bench(
        "Paris is the capital of France.",
        policy=beside(),
        finder=named(),
        clouds=[there],
        switches=Switches(offline=True),
    )
    assert reply_of(bench.ask(FRANCE)).decision.answered_by == "local"
    assert there.dispatches == []


def test_a_text_that_was_not_searched_does_not_go_to_a_server_of_this_device() -> None:
    """Another program is another program: where the finder failed, the model in this process answers."""
    there = FakeCloudModel(PARIS, name="ollama", zone=Zone.DEVICE)
    broken = FakeFinder(kinds=KINDS, error=RuntimeError("no idea"))
    bench = Bench("Paris is the capital of France.", policy=beside(), finder=broken, clouds=[there])
    assert reply_of(bench.ask(FRANCE)).decision.answered_by == "local"
    assert there.dispatches == []
