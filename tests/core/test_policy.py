"""What may leave: tables of verdicts, the properties that hold for all of them, and what a verdict says."""

from __future__ import annotations

import dataclasses
import tomllib
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from privacy_assistant.core.kinds import CLASSES, Kind, Topic
from privacy_assistant.core.policy import Case, Stance, Switches, compile_pattern, decide, decide_speech
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.policy_terms import (
    CATEGORIES,
    DEFAULT,
    Action,
    Backend,
    BackendKind,
    Hours,
    Mode,
    Permission,
    Policy,
    PolicyState,
    Rule,
    Speech,
    Standing,
    When,
)
from privacy_assistant.core.turn import Label, Origin, Zone

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
EVERYTHING = frozenset({*(kind.value for kind in Kind), *(topic.value for topic in Topic)})
BACKENDS = """
[backend.cloud]
zone = "cloud"
kind = "openai"
[backend.lab]
zone = "lan"
kind = "openai-compatible"
base_url = "https://lab.example/v1"
"""
CLOUD = Backend("cloud", Zone.CLOUD, BackendKind.OPENAI, "https://api.example/v1")
LAB = Backend("lab", Zone.LAN, BackendKind.OPENAI_COMPATIBLE, "https://lab.example/v1")
VECTORS = tomllib.loads((Path(__file__).parents[1] / "vectors" / "policy" / "verdicts.toml").read_text("utf-8"))


def case_of(**changes: Any) -> Case:
    """A case in which nothing was found and everything could have been."""
    plain: dict[str, Any] = {"texts": ("a question",), "counts": {}, "now": NOON, "detectable": EVERYTHING}
    return Case(**plain | changes)


@pytest.mark.parametrize("vector", VECTORS["case"], ids=lambda vector: str(vector["name"]))
def test_the_table_of_verdicts_holds(vector: dict[str, Any]) -> None:
    """Every case of the table gets its word, by its rule."""
    policy = parse_policy(vector["policy"].replace("BACKENDS", BACKENDS), "policy.toml")
    hour, minute = vector.get("at", "12:00").split(":")
    case = case_of(
        texts=(vector.get("text", "a question"),),
        counts=vector.get("counts", {}),
        now=NOON.replace(hour=int(hour), minute=int(minute)),
        origin=Origin(vector.get("origin", "typed")),
        labels=frozenset(Label(label) for label in vector.get("labels", [])),
        switches=Switches(**dict.fromkeys(vector.get("switches", []), True)),
        detectable=frozenset(vector.get("detectable", EVERYTHING)),
    )
    backend = policy.backend(vector["backend"]) if "backend" in vector else None

    verdict = decide(policy, case, backend)

    assert (str(verdict.stance), verdict.rule) == (vector["expect"], vector["rule"])
    assert verdict.reasons
    assert verdict.policy_hash == policy.sha256
    assert verdict.backend == vector.get("backend", "")


def test_without_a_policy_nothing_leaves() -> None:
    """No policy file is STAY, named as such even where a switch says the same."""
    verdict = decide(Policy.absent(), case_of(switches=Switches(offline=True, local=True)))
    assert (verdict.stance, verdict.rule, verdict.policy_hash) == (Stance.STAY, "policy:absent", "")
    assert verdict.reasons[0] == "there is no policy file"


def test_an_unreadable_policy_lets_nothing_leave() -> None:
    """A policy that cannot be read is STAY, and nothing of its text or problem is in the verdict."""
    verdict = decide(Policy.unreadable("line 3 says hush", "policy.toml", 3), case_of())
    assert (verdict.stance, verdict.rule) == (Stance.STAY, "policy:unreadable")
    assert "hush" not in repr(verdict)
    assert verdict.reasons[0] == "the policy cannot be used (line 3)"
    assert decide(Policy.unreadable("x"), case_of()).reasons[0] == "the policy cannot be used"
    assert not any(reason.startswith("the mode") for reason in verdict.reasons)


def test_a_readable_policy_is_not_called_anything_else() -> None:
    """A policy from a file is READ, and its mode is among the reasons."""
    policy = parse_policy(BACKENDS, "policy.toml")
    assert policy.state is PolicyState.READ
    assert decide(policy, case_of()).reasons == ("the mode is local-first",)


def test_a_back_end_that_is_not_in_the_policy_gets_nothing() -> None:
    """A back end must be the policy's own, to the letter: one with another address is another one."""
    policy = Policy(backends=(CLOUD,))
    moved = dataclasses.replace(CLOUD, base_url="https://elsewhere.example/v1")
    assert decide(policy, case_of(), CLOUD).stance is Stance.LEAVE
    verdict = decide(policy, case_of(), moved)
    assert (verdict.stance, verdict.rule) == (Stance.STAY, "backend:unknown")


def test_every_reason_is_told_the_deciding_one_first() -> None:
    """A verdict lists all that applied, by privacy."""
    policy = Policy(
        mode=Mode.ASK,
        categories={DEFAULT: Action.REDACT, "EMAIL": Action.LOCAL, "URL": Action.ALLOW},
        backends=(CLOUD,),
        rules=(Rule("mine", When(text=("q",)), Stance.LEAVE),),
    )
    verdict = decide(policy, case_of(counts={"CARD": 1, "EMAIL": 2, "URL": 3}))
    assert verdict.reasons == (
        "EMAIL: 2 found, EMAIL is local",
        "the mode is ask",
        'the rule "mine" says leave',
        "CARD: 1 found, sent as placeholders",
        "URL: 3 found, sent in clear",
    )


def test_what_nothing_can_find_is_named() -> None:
    """The reason names what lacks a finder: the entry itself, or the kinds of a class."""
    policy = Policy(categories={"health": Action.LOCAL, "credential": Action.REFUSE}, backends=(CLOUD,))
    reasons = decide(policy, case_of(detectable=EVERYTHING - {"health", "KEY"})).reasons
    assert reasons[:2] == (
        "health is listed as local, and nothing can find it yet",
        "credential is listed as refuse, and nothing can find KEY yet",
    )


def test_a_lan_back_end_without_redaction_is_told_so() -> None:
    """`redact = false` on a lan back end sends in clear, and the reasons say it."""
    open_lab = dataclasses.replace(LAB, is_redacted=False)
    policy = Policy(backends=(open_lab, CLOUD))
    case = case_of(counts={"EMAIL": 1})
    assert "EMAIL: 1 found, sent in clear" in decide(policy, case, open_lab).reasons
    assert "EMAIL: 1 found, sent as placeholders" in decide(policy, case, CLOUD).reasons
    assert not policy.masks(Kind.EMAIL, open_lab)
    assert policy.masks(Kind.EMAIL, CLOUD)
    assert policy.masks(Kind.EMAIL)


def test_what_is_allowed_is_not_masked() -> None:
    """Only `allow` sends a kind in clear."""
    policy = Policy(categories={DEFAULT: Action.REDACT, "URL": Action.ALLOW, "name": Action.ASK})
    assert not policy.masks(Kind.URL)
    assert policy.masks(Kind.PERSON)
    assert policy.masks(Kind.CARD)


def test_the_mode_ask_is_not_outvoted_by_a_rule_that_says_leave() -> None:
    """A rule can only make a thing more private."""
    policy = Policy(mode=Mode.ASK, backends=(CLOUD,), rules=(Rule("go", When(origin=(Origin.TYPED,)), Stance.LEAVE),))
    assert decide(policy, case_of()).stance is Stance.ASK


def test_a_rule_without_a_name_decides_all_the_same() -> None:
    """A file cannot write one; who builds one in code is not let through for it."""
    nameless = Rule("", When(text=("q",)), Stance.STAY)
    verdict = decide(Policy(backends=(CLOUD,), rules=(nameless,)), case_of())
    assert (verdict.stance, verdict.rule) == (Stance.STAY, "")


def test_the_context_counts_like_the_question() -> None:
    """A pattern that matches an older turn that would be sent decides, whatever the question is."""
    policy = Policy(backends=(CLOUD,), rules=(Rule("falcon", When(text=("falcon",)), Stance.STAY),))
    assert decide(policy, case_of(texts=("and now?", "we spoke of falcon"))).rule == "falcon"


def test_content_of_any_kind_raises_nothing() -> None:
    """Lone surrogates, NUL and odd counts give a verdict; content is in no repr."""
    policy = Policy(backends=(CLOUD,), rules=(Rule("x", When(text=("x$",)), Stance.STAY),))
    case = case_of(texts=("\ud800\x00 hush x", ""), counts={"": 1, "EMAIL": -3})
    assert decide(policy, case).rule == "x"
    assert "hush" not in repr(case)


def test_patterns_are_linear() -> None:
    """A pattern that takes a backtracking engine forever is nothing for this one; look-around is no pattern."""
    policy = Policy(backends=(CLOUD,), rules=(Rule("slow", When(text=("(a+)+$",)), Stance.STAY),))
    assert decide(policy, case_of(texts=("a" * 50_000 + "b",))).stance is Stance.LEAVE
    for wrong in ("(?=a)", r"(a)\1", "(", "\ud800"):
        with pytest.raises(ValueError, match="not a pattern that RE2 can read"):
            compile_pattern(wrong)


@pytest.mark.parametrize(
    ("what", "permission", "counts", "stance", "rule"),
    [
        ("stt", Permission.NEVER, {}, Stance.STAY, "speech:stt_cloud"),
        ("stt", Permission.ASK, {}, Stance.ASK, "speech:stt_cloud"),
        ("stt", Permission.ALLOW, {}, Stance.LEAVE, "mode:local-first"),
        ("tts", Permission.NEVER, {}, Stance.STAY, "speech:tts_cloud"),
        ("tts", Permission.ASK, {}, Stance.ASK, "speech:tts_cloud"),
        ("tts", Permission.ALLOW, {}, Stance.LEAVE, "mode:local-first"),
        ("tts", Permission.ALLOW, {"EMAIL": 1}, Stance.STAY, "speech:personal"),
        ("tts", Permission.ALLOW, {"EMAIL": 0}, Stance.LEAVE, "mode:local-first"),
        ("tts", Permission.ALLOW, {"URL": 1}, Stance.LEAVE, "mode:local-first"),
        ("stt", Permission.ALLOW, {"EMAIL": 1}, Stance.LEAVE, "mode:local-first"),
        ("stt", Permission.ALLOW, {"KEY": 1}, Stance.REFUSE, "category:KEY"),
    ],
)
def test_speech_has_a_word_of_its_own(
    what: Any, permission: Permission, counts: dict[str, int], stance: Stance, rule: str
) -> None:
    """A recording leaves only by its own permission, and a personal answer is never spoken elsewhere."""
    speech = Speech(stt_cloud=permission) if what == "stt" else Speech(tts_cloud=permission)
    categories = {DEFAULT: Action.REDACT, "URL": Action.ALLOW, "KEY": Action.REFUSE}
    policy = Policy(backends=(CLOUD,), speech=speech, categories=categories)
    verdict = decide_speech(policy, case_of(counts=counts), CLOUD, what)
    assert (verdict.stance, verdict.rule) == (stance, rule)


def test_the_words_are_those_of_the_file() -> None:
    """Stances and actions print as a policy writes them and order by privacy."""
    assert [str(stance) for stance in sorted(Stance)] == ["leave", "ask", "stay", "refuse"]
    assert [f"{action}" for action in sorted(Action)] == ["allow", "redact", "ask", "local", "refuse"]
    assert [str(action.stance) for action in sorted(Action)] == ["leave", "leave", "ask", "stay", "refuse"]


def test_hours_that_end_where_they_begin_are_the_whole_day() -> None:
    """A file cannot say so; who builds such a span in code gets every moment, not none."""
    assert all(Hours(time(7), time(7)).hold(time(hour)) for hour in range(24))


def test_a_verdict_is_frozen() -> None:
    """Nobody can widen a verdict after it was made."""
    verdict = decide(Policy.absent(), case_of())
    with pytest.raises(dataclasses.FrozenInstanceError):
        verdict.stance = Stance.LEAVE  # type: ignore[misc]  # the point of the test


def test_an_ask_names_everything_that_asks() -> None:
    """A yes is a yes to all of it: each name once, the deciding one first, and none where nothing asks."""
    policy = Policy(
        mode=Mode.ASK,
        categories={DEFAULT: Action.REDACT, "name": Action.ASK, "EMAIL": Action.ASK},
        backends=(CLOUD,),
        rules=(Rule("mine", When(text=("q",)), Stance.ASK), Rule("go", When(text=("q",)), Stance.LEAVE)),
    )
    case = case_of(counts={"EMAIL": 1, "PERSON": 2, "ORG": 1})
    verdict = decide(policy, case, CLOUD)
    assert verdict.asks == ("mine", "category:EMAIL", "category:name", "mode:ask")
    assert verdict.rule == "mine"
    staying = dataclasses.replace(case, labels=frozenset({Label.STAY}))
    assert decide(policy, staying, CLOUD).asks == ()
    assert decide(Policy(backends=(CLOUD,)), case_of(), CLOUD).asks == ()


def test_what_always_answers_is_told() -> None:
    """What asks no more is no longer among `asks`, and the reasons say why."""
    policy = Policy(mode=Mode.ASK, categories={DEFAULT: Action.ASK}, backends=(CLOUD,))
    policy = dataclasses.replace(policy, always=(Standing("mode:ask", "cloud"),))
    verdict = decide(policy, case_of(counts={"EMAIL": 1}), CLOUD)
    assert verdict.asks == ("category:default",)
    assert "the mode is ask, and [[always]] says yes" in verdict.reasons
    speech = dataclasses.replace(
        policy,
        mode=Mode.LOCAL_FIRST,
        speech=Speech(stt_cloud=Permission.ASK),
        always=(Standing("speech:stt_cloud", "cloud"),),
    )
    assert decide_speech(speech, case_of(), CLOUD, "stt").stance is Stance.LEAVE
    never = dataclasses.replace(speech, speech=Speech())
    assert decide_speech(never, case_of(), CLOUD, "stt").stance is Stance.STAY


# ---------------------------------------------------------------- properties

categories = st.dictionaries(st.sampled_from(sorted(CATEGORIES)), st.sampled_from(Action), max_size=6).flatmap(
    lambda listed: st.sampled_from(Action).map(lambda default: {**listed, DEFAULT: default})
)
counts_of = st.dictionaries(st.sampled_from(sorted(EVERYTHING)), st.integers(0, 3), max_size=5)
whens = st.builds(
    When,
    text=st.lists(st.sampled_from(["q", "x", "^$", "(?i)A"]), max_size=2).map(tuple),
    categories=st.lists(st.sampled_from(sorted(CATEGORIES)), max_size=2).map(tuple),
    origin=st.lists(st.sampled_from(Origin), max_size=2).map(tuple),
    backend=st.lists(st.sampled_from(["cloud", "lab"]), max_size=1).map(tuple),
    hours=st.lists(st.just(Hours(time(22), time(7))) | st.just(Hours(time(9), time(17))), max_size=1).map(tuple),
)
rules = st.builds(Rule, name=st.sampled_from(["one", "two", "three"]), when=whens, then=st.sampled_from(Stance))
standings = st.builds(
    Standing,
    rule=st.sampled_from(
        ["one", "two", "mode:ask", "mode:local-only", "category:default", "label:stay", "switch:local", ""]
    )
    | st.sampled_from(sorted(CATEGORIES)).map(lambda name: f"category:{name}"),
    backend=st.sampled_from(["cloud", "lab"]),
)
policies = st.builds(
    Policy,
    mode=st.sampled_from(Mode),
    categories=categories,
    rules=st.lists(rules, max_size=4).map(tuple),
    always=st.lists(standings, max_size=2).map(tuple),
    backends=st.sampled_from([(), (CLOUD,), (LAB,), (LAB, CLOUD)]),
    state=st.sampled_from([PolicyState.READ] * 4 + [PolicyState.ABSENT, PolicyState.UNREADABLE]),
)
switches = st.builds(Switches, st.booleans(), st.booleans(), st.booleans(), st.booleans())
cases = st.builds(
    Case,
    texts=st.lists(st.text(max_size=8), max_size=3).map(tuple),
    counts=counts_of,
    now=st.datetimes(timezones=st.just(UTC)),
    origin=st.sampled_from(Origin),
    labels=st.frozensets(st.sampled_from(Label)),
    switches=switches,
    detectable=st.frozensets(st.sampled_from(sorted(EVERYTHING))) | st.just(EVERYTHING),
)
backends = st.sampled_from([None, CLOUD, LAB])
often = settings(max_examples=150, deadline=None)


@often
@given(policies, cases, backends, counts_of, st.text(max_size=5))
def test_more_findings_never_widen_a_verdict(
    policy: Policy, case: Case, backend: Backend | None, more: dict[str, int], text: str
) -> None:
    """Whatever else is found or said, the verdict is as private or more."""
    together = {name: case.counts.get(name, 0) + more.get(name, 0) for name in {*case.counts, *more}}
    richer = dataclasses.replace(case, counts=together, texts=(*case.texts, text))
    assert decide(policy, richer, backend).stance >= decide(policy, case, backend).stance


@often
@given(policies, cases, backends, rules, st.integers(0, 5))
def test_more_rules_never_widen_a_verdict(
    policy: Policy, case: Case, backend: Backend | None, rule: Rule, place: int
) -> None:
    """A rule written anywhere, before or after the others, only adds privacy."""
    longer = dataclasses.replace(policy, rules=(*policy.rules[:place], rule, *policy.rules[place:]))
    assert decide(longer, case, backend).stance >= decide(policy, case, backend).stance


@often
@given(policies, cases, backends, switches)
def test_a_switch_never_widens_a_verdict(policy: Policy, case: Case, backend: Backend | None, more: Switches) -> None:
    """Switches only add privacy; --cloud adds nothing."""
    on = {f.name: getattr(case.switches, f.name) or getattr(more, f.name) for f in dataclasses.fields(Switches)}
    switched = dataclasses.replace(case, switches=Switches(**on))
    assert decide(policy, switched, backend).stance >= decide(policy, case, backend).stance


@often
@given(policies, cases, backends)
def test_a_stay_label_keeps_everything_here(policy: Policy, case: Case, backend: Backend | None) -> None:
    """Nothing that is built from something ruled to stay may leave."""
    labelled = dataclasses.replace(case, labels=case.labels | {Label.STAY})
    assert decide(policy, labelled, backend).stance >= Stance.STAY


@often
@given(policies, cases)
def test_a_back_end_is_never_allowed_more_than_leaving_at_all(policy: Policy, case: Case) -> None:
    """The verdict for one back end is as private as the general one, or more."""
    for backend in policy.backends:
        assert decide(policy, case, backend).stance >= decide(policy, case).stance


@often
@given(policies, cases, backends)
def test_only_a_readable_policy_with_a_back_end_lets_anything_leave(
    policy: Policy, case: Case, backend: Backend | None
) -> None:
    """Nothing leaves because nothing was found: a person must have written where to."""
    verdict = decide(policy, case, backend)
    if verdict.stance <= Stance.ASK:
        assert policy.state is PolicyState.READ
        assert policy.backends
        assert backend is None or backend in policy.backends


@often
@given(policies, cases, backends, st.sampled_from(sorted(EVERYTHING)))
def test_a_finder_less_never_widens_a_verdict(policy: Policy, case: Case, backend: Backend | None, lost: str) -> None:
    """What nothing can find any more is not thereby free to leave."""
    blinder = dataclasses.replace(case, detectable=case.detectable - {lost})
    assert decide(policy, blinder, backend).stance >= decide(policy, case, backend).stance


@often
@given(policies, cases, st.sampled_from(sorted(CATEGORIES)), st.sampled_from(Action))
def test_a_stricter_listing_never_widens_a_verdict(policy: Policy, case: Case, name: str, action: Action) -> None:
    """Making one listed category stricter makes no verdict wider."""
    before = policy.categories.get(name)
    if before is None or action <= before:
        return
    stricter = dataclasses.replace(policy, categories={**policy.categories, name: action})
    assert decide(stricter, case).stance >= decide(policy, case).stance


def test_where_a_kind_were_in_two_classes_the_stricter_would_speak(monkeypatch: pytest.MonkeyPatch) -> None:
    """Classes may come to overlap; the stricter entry then counts. No two overlap today, hence the patch."""
    monkeypatch.setitem(CLASSES, "travel", frozenset({Kind.PASSPORT}))
    policy = Policy(categories={DEFAULT: Action.ALLOW, "travel": Action.LOCAL, "government": Action.REDACT})
    assert policy.listing("PASSPORT") == ("travel", Action.LOCAL)
    policy = Policy(categories={DEFAULT: Action.ALLOW, "travel": Action.REDACT, "government": Action.LOCAL})
    assert policy.listing("PASSPORT") == ("government", Action.LOCAL)


@often
@given(policies, cases, backends, st.lists(standings, max_size=6))
def test_always_turns_no_stay_and_no_refusal(
    policy: Policy, case: Case, backend: Backend | None, always: list[Standing]
) -> None:
    """Whatever is written there, it changes an ask to a leave or nothing at all."""
    before = decide(dataclasses.replace(policy, always=()), case, backend)
    always += [Standing(before.rule, name) for name in ("cloud", "lab")]
    after = decide(dataclasses.replace(policy, always=tuple(always)), case, backend)
    if before.stance is Stance.ASK:
        assert after.stance in (Stance.ASK, Stance.LEAVE)
        assert set(after.asks) <= set(before.asks)
        assert set(before.asks) - set(after.asks) <= {standing.rule for standing in always}
    else:
        assert (after.stance, after.rule) == (before.stance, before.rule)


@often
@given(policies, cases, backends)
def test_only_an_ask_asks(policy: Policy, case: Case, backend: Backend | None) -> None:
    """A verdict of ASK names what asks, and no other one does."""
    verdict = decide(policy, case, backend)
    assert bool(verdict.asks) is (verdict.stance is Stance.ASK and bool(verdict.rule))
