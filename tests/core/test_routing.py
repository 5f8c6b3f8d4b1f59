"""Who answers: preference, judgement, fallback inwards only, and what "cloud or nothing" ends with."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.kinds import Kind, Topic
from privacy_assistant.core.money import Money
from privacy_assistant.core.policy import Case, Policy, Stance, Switches, decide
from privacy_assistant.core.policy_terms import (
    DEFAULT,
    Action,
    Backend,
    BackendKind,
    Budget,
    Mode,
    PolicyState,
    Reason,
    Rule,
    When,
)
from privacy_assistant.core.routing import Candidate, Fault, FaultKind, Route, Spent, choose, require_cloud
from privacy_assistant.core.turn import Label, Zone
from privacy_assistant.errors import BudgetExceeded, EgressDenied, ExitCode, PolicyUnreadable, Unreachable

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EVERYTHING = frozenset({*(kind.value for kind in Kind), *(topic.value for topic in Topic)})
CLOUD = Backend("cloud", Zone.CLOUD, BackendKind.OPENAI, "https://api.example/v1")
CLOUD2 = Backend("cloud2", Zone.CLOUD, BackendKind.OPENAI, "https://two.example/v1")
LAB = Backend("lab", Zone.LAN, BackendKind.OPENAI_COMPATIBLE, "https://lab.example/v1")
LAB2 = Backend("lab2", Zone.LAN, BackendKind.OPENAI_COMPATIBLE, "https://lab2.example/v1")
HERE = Candidate("smollm2", Zone.DEVICE, "llamacpp", True)
TO_CLOUD = Candidate("cloud", Zone.CLOUD, "openai", True)
TO_CLOUD2 = Candidate("cloud2", Zone.CLOUD, "openai", True)
TO_LAB = Candidate("lab", Zone.LAN, "openai-compatible", True)
TO_LAB2 = Candidate("lab2", Zone.LAN, "openai-compatible", True)
ALL = (HERE, TO_CLOUD, TO_CLOUD2, TO_LAB, TO_LAB2)
OPEN = Policy(mode=Mode.CLOUD_FIRST, backends=(CLOUD, CLOUD2, LAB, LAB2))
CAREFUL = dataclasses.replace(OPEN, mode=Mode.LOCAL_FIRST, to_cloud_when=tuple(Reason))


def usd(amount: str) -> Money:
    """An amount of dollars."""
    return Money(Decimal(amount), "USD")


def case_of(**changes: Any) -> Case:
    """A case in which nothing was found and everything could have been."""
    plain: dict[str, Any] = {"texts": ("a question",), "counts": {}, "now": NOON, "detectable": EVERYTHING}
    return Case(**plain | changes)


def off(candidate: Candidate, why: str = "the line is dead") -> Candidate:
    """The same candidate, not available."""
    return dataclasses.replace(candidate, available=False, why_not=why)


def short(candidate: Candidate) -> Candidate:
    """The same candidate, too small for the conversation."""
    return dataclasses.replace(candidate, context_ok=False)


def at(candidate: Candidate, cost: str) -> Candidate:
    """The same candidate, for that many dollars."""
    return dataclasses.replace(candidate, estimated_cost=usd(cost))


# ---------------------------------------------------------------- preference


def test_local_first_answers_here() -> None:
    """Without a reason nothing is sent, though it might be."""
    route = choose(CAREFUL, case_of(), ALL)
    assert (route.zone, route.backend, route.wanted) == (Zone.DEVICE, "smollm2", Zone.DEVICE)
    assert (route.verdict.stance, route.fault, route.rejected, route.reasons) == (Stance.LEAVE, None, (), ())
    assert not route.leaves
    assert not route.needs_consent


def test_cloud_first_asks_the_cloud() -> None:
    """The least private zone there is, in the order written."""
    route = choose(OPEN, case_of(), ALL)
    assert (route.zone, route.backend, route.wanted) == (Zone.CLOUD, "cloud", Zone.CLOUD)
    assert route.verdict == decide(OPEN, case_of(), CLOUD)
    assert route.reasons == ("the mode is cloud-first",)
    assert route.leaves
    assert not route.needs_consent


def test_candidates_of_a_zone_keep_their_order() -> None:
    """The first one listed is the first one asked."""
    assert choose(OPEN, case_of(), (TO_CLOUD2, TO_CLOUD)).backend == "cloud2"


def test_local_only_answers_here_whatever_is_pressing() -> None:
    """No reason moves this mode."""
    policy = dataclasses.replace(CAREFUL, mode=Mode.LOCAL_ONLY)
    route = choose(policy, case_of(), (off(HERE), TO_LAB), low_confidence=True)
    assert (route.zone, route.backend, route.wanted) == (Zone.DEVICE, None, Zone.DEVICE)
    assert route.rejected == (("smollm2", "the line is dead"), ("lab", "the mode is local-only"))


@pytest.mark.parametrize(
    ("reason", "candidates", "low_confidence"),
    [
        (Reason.NO_LOCAL_MODEL, (off(HERE), TO_LAB), False),
        (Reason.NO_LOCAL_MODEL, (TO_LAB,), False),
        (Reason.CONTEXT_TOO_LONG, (short(HERE), TO_LAB), False),
        (Reason.LOW_CONFIDENCE, (HERE, TO_LAB), True),
    ],
)
@pytest.mark.parametrize("mode", [Mode.LOCAL_FIRST, Mode.ASK])
def test_a_back_end_is_asked_for_a_listed_reason_only(
    reason: Reason, candidates: tuple[Candidate, ...], low_confidence: bool, mode: Mode
) -> None:
    """Each reason counts where it is listed, and not where all the others are."""
    listed = dataclasses.replace(CAREFUL, mode=mode, to_cloud_when=(reason,))
    route = choose(listed, case_of(), candidates, low_confidence=low_confidence)
    assert (route.zone, route.backend, route.wanted) == (Zone.LAN, "lab", Zone.LAN)
    assert route.reasons == (f"to_cloud_when: {reason.value}",)
    assert route.needs_consent is (mode is Mode.ASK)
    others = dataclasses.replace(listed, to_cloud_when=tuple(other for other in Reason if other is not reason))
    assert choose(others, case_of(), candidates, low_confidence=low_confidence).zone is Zone.DEVICE


def test_a_long_conversation_is_cut_where_nobody_else_may_have_it() -> None:
    """The local model still answers, and it is told that turns are left out."""
    policy = dataclasses.replace(CAREFUL, to_cloud_when=())
    route = choose(policy, case_of(), (short(HERE), TO_LAB))
    assert route.backend == "smollm2"
    assert route.reasons == ("the conversation is too long for it: its oldest turns are left out",)


def test_a_local_model_that_fits_goes_before_one_that_does_not() -> None:
    """Nothing need be cut while something larger is here."""
    bigger = dataclasses.replace(HERE, name="bigger")
    assert choose(CAREFUL, case_of(), (short(HERE), bigger, TO_LAB)).backend == "bigger"


def test_for_a_reason_the_most_private_zone_is_wanted() -> None:
    """Where the lan can take it, the cloud is not wanted."""
    route = choose(CAREFUL, case_of(), ALL, low_confidence=True)
    assert (route.wanted, route.backend) == (Zone.LAN, "lab")


def test_a_lan_that_may_not_or_cannot_take_it_is_not_wanted() -> None:
    """A lan back end that is too small, or that a rule excludes, leaves the cloud as the wanted zone."""
    candidates = (HERE, TO_CLOUD, short(TO_LAB))
    assert choose(CAREFUL, case_of(), candidates, low_confidence=True).backend == "cloud"
    rule = Rule("not there", When(backend=("lab",)), Stance.STAY)
    policy = dataclasses.replace(CAREFUL, rules=(rule,))
    assert choose(policy, case_of(), (HERE, TO_CLOUD, TO_LAB), low_confidence=True).backend == "cloud"


def test_a_lan_that_is_down_does_not_send_it_further_out() -> None:
    """What would have gone to the lan comes home."""
    route = choose(CAREFUL, case_of(), (HERE, TO_CLOUD, off(TO_LAB)), low_confidence=True)
    assert (route.wanted, route.zone, route.backend) == (Zone.LAN, Zone.DEVICE, "smollm2")
    assert route.rejected == (("lab", "the line is dead"),)
    assert route.reasons == ("to_cloud_when: low_confidence", "lab: the line is dead")


# ---------------------------------------------------------------- fallback


def test_the_next_of_the_same_zone_comes_first() -> None:
    """A cloud that is down is followed by the next cloud."""
    route = choose(OPEN, case_of(), (HERE, off(TO_CLOUD), TO_CLOUD2, TO_LAB))
    assert (route.backend, route.fault) == ("cloud2", None)
    assert route.rejected == (("cloud", "the line is dead"),)


def test_then_the_lan_then_this_device() -> None:
    """Inwards, zone by zone; the cause is told."""
    route = choose(OPEN, case_of(), (HERE, off(TO_CLOUD), off(TO_CLOUD2), TO_LAB))
    assert (route.backend, route.wanted, route.fault) == (
        "lab",
        Zone.CLOUD,
        Fault(FaultKind.UNREACHABLE, "the line is dead", who="cloud"),
    )
    route = choose(OPEN, case_of(), (HERE, off(TO_CLOUD), off(TO_LAB)))
    assert (route.backend, route.zone) == ("smollm2", Zone.DEVICE)
    route = choose(OPEN, case_of(), (off(HERE), off(TO_CLOUD), off(TO_LAB, "")))
    assert (route.backend, route.zone) == (None, Zone.DEVICE)
    assert route.rejected[2] == ("lab", "it is not available")


def test_a_second_choice_is_never_wider_than_the_first() -> None:
    """After a failure on the lan the cloud is out of question."""
    route = choose(OPEN, case_of(), (HERE, TO_CLOUD, off(TO_LAB), TO_LAB2), at_most=Zone.LAN)
    assert route.backend == "lab2"
    assert route.rejected[0] == ("cloud", "a fallback never moves to a less private zone")
    route = choose(OPEN, case_of(), ALL, at_most=Zone.DEVICE)
    assert route.backend == "smollm2"


def test_offline_needs_no_back_end() -> None:
    """Offline holds for cloud and lan, and the local answer stands."""
    route = choose(OPEN, case_of(switches=Switches(offline=True)), ALL)
    assert (route.backend, route.wanted, route.verdict.rule) == ("smollm2", Zone.CLOUD, "switch:offline")
    assert route.fault == Fault(FaultKind.UNREACHABLE, "offline is switched on", "switch:offline")


def test_no_cloud_leaves_the_lan() -> None:
    """The cloud is switched off; the lan may answer."""
    route = choose(OPEN, case_of(switches=Switches(no_cloud=True)), ALL)
    assert (route.backend, route.wanted) == ("lab", Zone.CLOUD)
    assert route.fault == Fault(FaultKind.DENIED, "the cloud is switched off", "switch:no_cloud")


def test_a_back_end_with_a_rule_of_its_own_is_passed_over() -> None:
    """What one back end may not have another may; where none may, its verdict is the route's."""
    softer = dataclasses.replace(OPEN, rules=(Rule("not there", When(backend=("cloud",)), Stance.STAY),))
    assert choose(softer, case_of(), (HERE, TO_CLOUD)).verdict.rule == "not there"
    rule = Rule("not there", When(backend=("cloud",)), Stance.REFUSE)
    policy = dataclasses.replace(OPEN, rules=(rule,))
    assert choose(policy, case_of(), ALL).backend == "cloud2"
    route = choose(policy, case_of(), (HERE, TO_CLOUD))
    assert (route.backend, route.verdict.stance, route.verdict.rule) == ("smollm2", Stance.REFUSE, "not there")
    route = choose(policy, case_of(), (HERE, TO_CLOUD, TO_LAB))
    assert (route.backend, route.verdict) == ("lab", decide(policy, case_of(), LAB))
    route = choose(policy, case_of(switches=Switches(offline=True)), (HERE, TO_CLOUD))
    assert (route.verdict.stance, route.verdict.rule) == (Stance.REFUSE, "not there")


def test_the_cause_is_told_of_the_zone_that_was_wanted() -> None:
    """A lan that is down does not excuse what the policy forbids the cloud."""
    rule = Rule("not there", When(backend=("cloud",)), Stance.STAY)
    policy = dataclasses.replace(CAREFUL, rules=(rule,))
    for route in (ask_cloud(policy, TO_CLOUD, off(TO_LAB)), ask_cloud(policy, off(TO_LAB), TO_CLOUD)):
        assert route.fault == Fault(FaultKind.DENIED, 'the rule "not there" says stay', "not there")


def test_the_verdict_told_is_that_of_the_fault() -> None:
    """Where one cloud was free to answer and is down, the other one's rule is not the reason."""
    rule = Rule("not there", When(backend=("cloud2",)), Stance.REFUSE)
    policy = dataclasses.replace(OPEN, rules=(rule,))
    route = choose(policy, case_of(), (HERE, TO_CLOUD2, off(TO_CLOUD)))
    assert route.fault == Fault(FaultKind.UNREACHABLE, "the line is dead", who="cloud")
    assert (route.verdict.stance, route.verdict.rule) == (Stance.LEAVE, "mode:cloud-first")


def test_what_is_not_the_policys_is_never_asked() -> None:
    """An unknown name, or a known one that claims another zone, is rejected."""
    stranger = Candidate("stranger", Zone.CLOUD, "openai", True)
    liar = dataclasses.replace(TO_CLOUD, zone=Zone.LAN)
    masked = dataclasses.replace(TO_CLOUD, zone=Zone.DEVICE)
    route = choose(OPEN, case_of(), (stranger, liar, masked))
    assert route.backend is None
    assert route.rejected == (
        ("stranger", "it does not stand in the policy"),
        ("cloud", "it is not in the zone that the policy names"),
        ("cloud", "it is not in the zone that the policy names"),
    )


def test_a_server_on_this_device_is_this_device() -> None:
    """A back end with zone device may answer what must stay."""
    server = Backend("server", Zone.DEVICE, BackendKind.OPENAI_COMPATIBLE, "http://127.0.0.1:8080/v1")
    policy = Policy(mode=Mode.LOCAL_ONLY, backends=(server,))
    route = choose(policy, case_of(), (off(HERE), Candidate("server", Zone.DEVICE, "openai-compatible", True)))
    assert (route.backend, route.zone, route.leaves) == ("server", Zone.DEVICE, False)


# ---------------------------------------------------------------- budget

LIMITED = dataclasses.replace(OPEN, budget=Budget(day=usd("1.00"), month=usd("3.00"), conversation=usd("0.20")))


@pytest.mark.parametrize(
    ("cost", "spent", "why"),
    [
        ("0.20", Spent(), ""),
        ("0.21", Spent(), "it would pass the budget for the conversation, 0.20 USD"),
        ("0.10", Spent(day=usd("0.90")), ""),
        ("0.11", Spent(day=usd("0.90")), "it would pass the budget for the day, 1.00 USD"),
        ("0.10", Spent(month=usd("2.90")), ""),
        ("0.11", Spent(month=usd("2.90")), "it would pass the budget for the month, 3.00 USD"),
        ("0.10", Spent(conversation=usd("0.10")), ""),
        ("0.10", Spent(conversation=usd("0.11")), "it would pass the budget for the conversation, 0.20 USD"),
        (
            "0.10",
            Spent(day=Money(Decimal("0.1"), "EUR")),
            "its cost is in another currency than the budget for the day",
        ),
        (
            "0.10",
            Spent(month=Money(Decimal("0.1"), "MIX")),
            "its cost is in another currency than the budget for the month",
        ),
    ],
)
def test_a_budget_holds_to_the_cent(cost: str, spent: Spent, why: str) -> None:
    """What would pass a limit is not sent; what meets it exactly is."""
    route = choose(LIMITED, case_of(), (HERE, at(TO_CLOUD, cost)), spent=spent)
    assert route.backend == ("smollm2" if why else "cloud")
    assert route.rejected == ((("cloud", why),) if why else ())
    assert route.estimated_cost == (None if why else usd(cost))


def test_a_cost_that_is_not_known_passes_every_budget() -> None:
    """Under a limit the cloud must say its price; the lan need not."""
    route = choose(LIMITED, case_of(), (HERE, TO_CLOUD, TO_LAB))
    assert route.backend == "lab"
    assert route.rejected == (("cloud", "its cost is not known, and there is a budget for the day"),)
    assert choose(OPEN, case_of(), (HERE, TO_CLOUD), spent=Spent(usd("99"))).backend == "cloud"


def test_a_price_in_another_currency_cannot_be_compared() -> None:
    """No exchange rate is invented."""
    route = choose(LIMITED, case_of(), (dataclasses.replace(TO_CLOUD, estimated_cost=Money(Decimal(0), "EUR")),))
    assert route.rejected == (("cloud", "its cost is in another currency than the budget for the day"),)


# ---------------------------------------------------------------- cloud or nothing


def ask_cloud(policy: Policy, *candidates: Candidate, **changes: Any) -> Route:
    """The route of `ask --cloud`."""
    return choose(policy, case_of(**changes), (HERE, *candidates), asked="cloud")


def test_asked_is_a_reason() -> None:
    """`--cloud` goes to the cloud, by flag or by switch."""
    route = ask_cloud(CAREFUL, TO_CLOUD, TO_LAB)
    assert (route.backend, route.wanted, route.reasons) == ("cloud", Zone.CLOUD, ("the cloud was asked for",))
    assert require_cloud(route) == "cloud"
    assert choose(CAREFUL, case_of(switches=Switches(cloud=True)), ALL).backend == "cloud"


def test_where_there_is_only_a_lan_that_is_what_was_asked_for() -> None:
    """A person whose only back end is on the lan reaches it by --cloud."""
    assert require_cloud(ask_cloud(CAREFUL, TO_LAB)) == "lab"


def test_asking_must_be_listed() -> None:
    """Without "asked" among the reasons the policy refuses, except in cloud-first."""
    policy = dataclasses.replace(CAREFUL, to_cloud_when=(Reason.LOW_CONFIDENCE,))
    route = ask_cloud(policy, TO_CLOUD)
    assert route.rejected == (("cloud", "asking is no reason in to_cloud_when"),)
    with pytest.raises(EgressDenied) as caught:
        require_cloud(route)
    assert caught.value.rule == "escalate:asked"
    assert ask_cloud(dataclasses.replace(policy, mode=Mode.CLOUD_FIRST), TO_CLOUD).backend == "cloud"
    stricter = dataclasses.replace(policy, mode=Mode.LOCAL_ONLY)
    assert ask_cloud(stricter, TO_CLOUD).rejected == (("cloud", "the mode is local-only"),)
    assert choose(policy, case_of(), (HERE, off(TO_CLOUD)), asked="cloud").fault == Fault(
        FaultKind.DENIED, "asking is no reason in to_cloud_when", "escalate:asked"
    )


def test_local_was_asked_for() -> None:
    """`--local` is this device, whatever the mode, and outdoes --cloud."""
    assert choose(OPEN, case_of(), ALL, asked="local").backend == "smollm2"
    assert choose(OPEN, case_of(), ALL, asked="local").reasons == ("a local answer was asked for",)
    route = choose(OPEN, case_of(switches=Switches(local=True)), ALL, asked="cloud")
    assert (route.wanted, route.backend) == (Zone.DEVICE, "smollm2")


HEALTHY = dataclasses.replace(CAREFUL, categories={DEFAULT: Action.REDACT, "EMAIL": Action.LOCAL, "KEY": Action.REFUSE})


@pytest.mark.parametrize(
    ("route", "error", "code", "rule"),
    [
        (ask_cloud(HEALTHY, TO_CLOUD, counts={"EMAIL": 1}), EgressDenied, 4, "category:EMAIL"),
        (ask_cloud(HEALTHY, TO_CLOUD, counts={"KEY": 1}), EgressDenied, 4, "category:KEY"),
        (ask_cloud(HEALTHY, off(TO_CLOUD), counts={"KEY": 1}), EgressDenied, 4, "category:KEY"),
        (ask_cloud(HEALTHY, TO_CLOUD, labels=frozenset({Label.STAY})), EgressDenied, 4, "label:stay"),
        (ask_cloud(HEALTHY, TO_CLOUD, switches=Switches(no_cloud=True)), EgressDenied, 4, "switch:no_cloud"),
        (ask_cloud(Policy.absent()), EgressDenied, 4, "policy:absent"),
        (ask_cloud(Policy.unreadable("x"), TO_CLOUD), PolicyUnreadable, 4, "policy:unreadable"),
        (ask_cloud(Policy.unreadable("x")), PolicyUnreadable, 4, "policy:unreadable"),
        (ask_cloud(dataclasses.replace(CAREFUL, mode=Mode.LOCAL_ONLY), TO_CLOUD), EgressDenied, 4, "mode:local-only"),
        (ask_cloud(Policy()), Unreachable, 5, "backend:none"),
        (ask_cloud(CAREFUL), Unreachable, 5, ""),
        (ask_cloud(CAREFUL, off(TO_CLOUD)), Unreachable, 5, ""),
        (ask_cloud(CAREFUL, off(TO_CLOUD), TO_LAB), Unreachable, 5, ""),
        (ask_cloud(CAREFUL, short(TO_CLOUD)), Unreachable, 5, ""),
        (ask_cloud(CAREFUL, TO_CLOUD, switches=Switches(offline=True)), Unreachable, 5, "switch:offline"),
        (ask_cloud(LIMITED, at(TO_CLOUD, "5")), BudgetExceeded, 6, ""),
        (ask_cloud(LIMITED, at(TO_CLOUD, "5"), off(at(TO_CLOUD2, "0"))), Unreachable, 5, ""),
    ],
)
def test_cloud_or_nothing_ends_with_its_cause(route: Route, error: type[Exception], code: int, rule: str) -> None:
    """Forbidden is 4, nobody there is 5, over budget is 6; the rule is named and a remedy given."""
    assert (route.backend, route.zone) == (None, Zone.DEVICE)
    with pytest.raises(error) as caught:
        require_cloud(route)
    raised = caught.value
    assert isinstance(raised, EgressDenied | Unreachable | BudgetExceeded)
    assert type(raised) is error
    assert (raised.exit_code, raised.rule) == (ExitCode(code), rule)
    assert raised.hint
    assert "\n" not in raised.message


def test_the_remedy_fits_the_cause() -> None:
    """No policy, no back end, an unreadable policy: each has a command or a line of its own."""
    for route, word in (
        (ask_cloud(Policy.absent()), "policy init"),
        (ask_cloud(Policy.unreadable("x")), "policy check"),
        (ask_cloud(Policy()), "[backend.NAME]"),
        (ask_cloud(HEALTHY, TO_CLOUD, counts={"KEY": 1}), "route"),
        (ask_cloud(CAREFUL, off(TO_CLOUD)), "without --cloud"),
        (ask_cloud(LIMITED, at(TO_CLOUD, "5")), "[budget]"),
    ):
        with pytest.raises((EgressDenied, Unreachable, BudgetExceeded)) as caught:
            require_cloud(route)
        assert isinstance(caught.value, EgressDenied | Unreachable | BudgetExceeded)
        assert word in caught.value.hint


def test_an_ask_is_a_route_that_needs_consent() -> None:
    """The route stands until somebody was asked about the parcel; only then may it leave."""
    route = ask_cloud(dataclasses.replace(CAREFUL, mode=Mode.ASK), TO_CLOUD)
    assert route.needs_consent
    assert require_cloud(route) == "cloud"
    assert not ask_cloud(CAREFUL, TO_CLOUD).needs_consent


def test_a_local_route_is_no_cloud() -> None:
    """An answer from this device never passes for the cloud's."""
    with pytest.raises(Unreachable):
        require_cloud(choose(CAREFUL, case_of(), ALL))


# ---------------------------------------------------------------- properties

candidates = st.builds(
    Candidate,
    name=st.sampled_from(["smollm2", "cloud", "cloud2", "lab", "lab2", "stranger"]),
    zone=st.sampled_from(Zone),
    kind=st.just("openai"),
    available=st.booleans(),
    context_ok=st.booleans(),
    estimated_cost=st.sampled_from([None, usd("0"), usd("0.15"), usd("3")]),
)
rules = st.builds(
    Rule,
    name=st.sampled_from(["one", "two"]),
    when=st.builds(When, backend=st.sampled_from([(), ("cloud",), ("lab", "cloud2")])),
    then=st.sampled_from(Stance),
)
policies = st.builds(
    Policy,
    mode=st.sampled_from(Mode),
    categories=st.sampled_from(Action).map(lambda action: {DEFAULT: Action.REDACT, "EMAIL": action}),
    rules=st.lists(rules, max_size=2).map(tuple),
    backends=st.sampled_from([(), (CLOUD, CLOUD2, LAB, LAB2), (LAB,), (CLOUD,)]),
    budget=st.sampled_from([Budget(), Budget(day=usd("1"))]),
    to_cloud_when=st.lists(st.sampled_from(Reason), unique=True).map(tuple),
    state=st.sampled_from([PolicyState.READ, PolicyState.READ, PolicyState.ABSENT, PolicyState.UNREADABLE]),
)
cases = st.builds(
    case_of,
    counts=st.sampled_from([{}, {"EMAIL": 1}]),
    labels=st.frozensets(st.sampled_from(Label)),
    switches=st.builds(Switches, st.booleans(), st.booleans(), st.booleans(), st.booleans()),
)
asked_for: st.SearchStrategy[Literal["local", "cloud"] | None] = st.sampled_from([None, "local", "cloud"])


@settings(max_examples=400, deadline=None)
@given(policies, cases, st.lists(candidates, max_size=5), asked_for, st.booleans(), st.sampled_from(Zone))
def test_no_route_is_less_private_than_its_verdict(
    policy: Policy,
    case: Case,
    those: list[Candidate],
    asked: Literal["local", "cloud"] | None,
    low_confidence: bool,
    at_most: Zone,
) -> None:
    """Whatever the candidates claim: what leaves goes to the policy's own back end, by its own verdict, and inwards."""
    route = choose(policy, case, those, asked=asked, low_confidence=low_confidence, at_most=at_most)
    if route.zone is not Zone.DEVICE:
        assert route.backend is not None
        backend = policy.backend(route.backend)
        assert backend is not None
        assert backend.zone is route.zone
        assert route.verdict == decide(policy, case, backend)
        assert route.verdict.stance <= Stance.ASK
        assert decide(policy, case).stance <= route.verdict.stance
        assert route.zone <= min(route.wanted, at_most)
        assert not case.switches.offline
        assert not case.switches.local
        assert not (case.switches.no_cloud and route.zone is Zone.CLOUD)
        assert policy.mode is not Mode.LOCAL_ONLY
        assert asked != "local"
    else:
        assert route.verdict.stance >= decide(policy, case).stance
    if (asked or ("cloud" if case.switches.cloud else None)) == "cloud" and not case.switches.local:
        assert route.zone is not Zone.DEVICE or route.backend is None
    assert (route.fault is None) == (route.backend is not None and route.zone is route.wanted)


@settings(max_examples=200, deadline=None)
@given(policies, cases, st.lists(candidates, max_size=5), st.integers(0, 4))
def test_a_candidate_that_goes_down_never_moves_a_route_outwards(
    policy: Policy, case: Case, those: list[Candidate], which: int
) -> None:
    """Taking a back end away leaves the same zone or a more private one."""
    if which >= len(those) or those[which].zone is Zone.DEVICE:
        return
    fewer = [off(one) if place == which else one for place, one in enumerate(those)]
    assert choose(policy, case, fewer).zone <= choose(policy, case, those).zone


def test_a_back_end_that_is_away_is_not_over_a_budget_that_nobody_can_count() -> None:
    """Without a key store no cost is known, and the missing ledger is what is told; a known cost is told first."""
    route = choose(LIMITED, case_of(), (HERE, off(TO_CLOUD)))
    assert route.fault == Fault(FaultKind.UNREACHABLE, "the line is dead", who="cloud")
    route = choose(LIMITED, case_of(), (HERE, off(at(TO_CLOUD, "5"))))
    assert route.fault is not None
    assert route.fault.kind is FaultKind.BUDGET
