"""Find, decide, route: what is personal in all that would be sent, what the policy says, and who answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from privacy_assistant.core.exchange import Question
from privacy_assistant.core.kinds import Finding, Findings, Kind, count
from privacy_assistant.core.policy import UNREACHABLE_RULES, Case, Policy, Stance, Switches, Verdict
from privacy_assistant.core.policy_terms import Mode, Reason
from privacy_assistant.core.prompt import ChatMessage
from privacy_assistant.core.routing import Candidate, Route, Spent, choose
from privacy_assistant.core.settings import Settings
from privacy_assistant.core.turn import Decision, Label, Message, Role, StoredMessage, Zone
from privacy_assistant.errors import EgressDenied, EngineError
from privacy_assistant.flow.keeping import Work
from privacy_assistant.flow.searching import FINDER_FAILED, checked, searched
from privacy_assistant.ports import CloudModel, Finder, LocalModel, Purse

LOCAL = "local"
"""The word for the model of this machine in `answered_by`."""

UNKNOWN_CONTEXT_TOKENS = 8192
"""What a back end is taken to read where neither the policy nor the table of models says: few read less today."""

MOST_OUTPUT_TOKENS = 4096
"""The longest answer asked of a back end, where the settings name no other: without a bound a price has none."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides: the policy, the settings, the hard switches; and the system prompt."""

    policy: Policy
    settings: Settings
    switches: Switches = field(default_factory=Switches)
    system: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found where, and the route. `found` has the findings of every text that would go along.

    `has_failed` when the finder broke; nothing leaves then.
    """

    route: Route
    case: Case
    counts: Mapping[str, int]
    findings: Findings
    found: Mapping[str, Findings] = field(repr=False)
    find_ms: float
    has_failed: bool


class Decider:
    """Decides about one question at a time; remembers what it found in messages, which never change."""

    def __init__(
        self,
        *,
        finder: Finder,
        model: LocalModel,
        clouds: Sequence[CloudModel],
        purse: Purse,
        clock: Callable[[], datetime],
        stopwatch: Callable[[], float],
    ) -> None:
        self._finder = finder
        self._model = model
        self._clouds = tuple(clouds)
        self._purse = purse
        self._clock = clock
        self._stopwatch = stopwatch
        self._found: dict[tuple[str, int], Findings] = {}
        self._found_in_system: tuple[str, Findings] = ("", Findings())

    def decide(self, rules: Rules, work: Work) -> Judged:
        """Search the question and all that would go with it, then route. A finder that breaks lets nothing leave."""
        before = self._stopwatch()
        question = work.question
        # A turn that was ruled to stay is left out of what another zone would see, so it decides nothing there.
        free = [m for m in work.context if m.message.label is Label.FREE]
        findings, has_failed = Findings(), False
        found: dict[str, Findings] = {}

        def search() -> tuple[Findings, dict[str, Findings]]:
            asked = checked(self._finder.find(question.text, origin=question.utterance.origin))
            if not rules.policy.backends:
                return asked, {}
            others = {m.message.text: self._find_in(m) for m in free}
            return asked, {**others, rules.system: self._find_in_system(rules.system)}

        try:
            findings, found = searched(search)
        except EgressDenied:  # whatever was the matter: nothing leaves, the local path goes on
            has_failed = True
        found[question.text] = findings
        find_ms = (self._stopwatch() - before) * 1000
        counts = count([findings, *(self._of(m, found) for m in free), found.get(rules.system, Findings())])
        case = Case(
            texts=(question.text, *(m.message.text for m in free), rules.system),
            counts=counts,
            origin=question.utterance.origin,
            earlier_origins=frozenset(m.message.origin for m in free if m.message.role is Role.USER),
            labels=frozenset({Label.FREE}),
            switches=_switched(rules.switches, question, has_failed),
            now=self._clock(),
            detectable=frozenset(str(kind) for kind in self._finder.kinds),
        )
        route = self._choose(rules, work, case)
        if has_failed:
            route = replace(route, reasons=(FINDER_FAILED, *route.reasons))
        return Judged(route, case, counts, findings, found, find_ms, has_failed)

    def again(
        self,
        rules: Rules,
        work: Work,
        judged: Judged,
        *,
        tried: Mapping[str, str],
        at_most: Zone = Zone.CLOUD,
        low_confidence: bool = False,
    ) -> Judged:
        """Choose once more: `tried` names who is out and why, `at_most` the widest zone that is left."""
        route = self._choose(rules, work, judged.case, tried=tried, at_most=at_most, low_confidence=low_confidence)
        return replace(judged, route=route)

    def cloud(self, name: str | None) -> CloudModel | None:
        """The back end of that name."""
        return next((cloud for cloud in self._clouds if cloud.info.name == name), None)

    # ------------------------------------------------------------ who could answer

    def _choose(
        self,
        rules: Rules,
        work: Work,
        case: Case,
        *,
        tried: Mapping[str, str] | None = None,
        at_most: Zone = Zone.CLOUD,
        low_confidence: bool = False,
    ) -> Route:
        limits = rules.policy.budget
        has_limits = any((limits.day, limits.month, limits.conversation))
        spent = self._purse.spent(work.conversation, case.now) if has_limits else Spent()
        elsewhere = self._elsewhere(rules, case, tried or {})
        # A server of this device was set up by the person: it comes before the model that is merely there.
        beside = [candidate for candidate in elsewhere if candidate.zone is Zone.DEVICE]
        beyond = [candidate for candidate in elsewhere if candidate.zone is not Zone.DEVICE]
        candidates = [*beside, self._local(rules, case), *beyond]
        return choose(
            rules.policy,
            case,
            candidates,
            asked=work.question.asked,
            low_confidence=low_confidence,
            spent=spent,
            at_most=at_most,
        )

    def _local(self, rules: Rules, case: Case) -> Candidate:
        here = Candidate(LOCAL, Zone.DEVICE, "llama.cpp", available=True)
        policy = rules.policy
        if not self._clouds or policy.mode is Mode.LOCAL_ONLY:
            return here
        try:
            context = self._model.info.context_tokens
        except EngineError as error:
            return replace(here, available=False, why_not=error.message)
        if Reason.CONTEXT_TOO_LONG not in policy.to_cloud_when or policy.mode is Mode.CLOUD_FIRST:
            return here
        budget = prompt_budget(context, rules.settings.persona.max_tokens)
        # A token stands for at least one byte: what is short is known to fit without asking the model.
        if sum(len(text.encode("utf-8", "replace")) + 16 for text in case.texts) <= budget:
            return here
        try:
            fits = self._model.count_tokens([ChatMessage(Role.USER, text) for text in case.texts]) <= budget
        except EngineError as error:
            return replace(here, available=False, why_not=error.message)
        return replace(here, context_ok=fits)

    def _elsewhere(self, rules: Rules, case: Case, tried: Mapping[str, str]) -> list[Candidate]:
        found = []
        for cloud in self._clouds:
            info = cloud.info
            tokens = cloud.count_tokens([ChatMessage(Role.USER, text) for text in case.texts])
            context = info.context_tokens or UNKNOWN_CONTEXT_TOKENS
            output = most_output(rules.settings, context)
            is_off = case.switches.offline and info.zone is Zone.DEVICE
            why_not = tried.get(info.name, "") or ("offline is switched on" if is_off else cloud.why_not())
            found.append(
                Candidate(
                    name=info.name,
                    zone=info.zone,
                    kind=info.kind,
                    available=not why_not,
                    why_not=why_not,
                    context_ok=tokens <= context - output,
                    estimated_cost=cloud.cost(tokens, output),
                )
            )
        return found

    # ------------------------------------------------------------ finding

    def _of(self, stored: StoredMessage, found: Mapping[str, Findings]) -> Findings:
        return found.get(stored.message.text, Findings())

    def _find_in(self, stored: StoredMessage) -> Findings:
        key = (stored.conversation, stored.seq)
        found = self._found.get(key)
        if found is None:
            found = checked(self._finder.find(stored.message.text, origin=stored.message.origin))
            self._found[key] = found = _with_restored(found, stored.message)
        return found

    def _find_in_system(self, system: str) -> Findings:
        if self._found_in_system[0] != system:
            self._found_in_system = (system, checked(self._finder.find(system)))
        return self._found_in_system[1]


def _with_restored(found: Findings, message: Message) -> Findings:
    """The findings, and the originals that were put back into an answer: whoever gave it chose what is around them
    and how they are escaped, and would be told what no finder knows again there."""
    more = [
        Finding(start, end, Kind(kind), 1.0, "legend")
        for start, end, kind in message.restored
        if not any(span.start <= start and end <= span.end for span in found.spans)
    ]
    return replace(found, spans=(*found.spans, *more)) if more else found


def prompt_budget(context_tokens: int, max_tokens: int | None) -> int:
    """Tokens for the prompt: what a model reads less what the answer may take."""
    wanted = max_tokens or context_tokens // 4
    return max(64, context_tokens - min(wanted, context_tokens // 2))


def most_output(settings: Settings, context_tokens: int) -> int:
    """The longest answer asked of a back end, in tokens; never more than half of what it reads."""
    wanted = settings.persona.max_tokens or min(MOST_OUTPUT_TOKENS, context_tokens // 4)
    return max(1, min(wanted, context_tokens // 2))


def label_of(verdict: Verdict) -> Label:
    """What a turn under this verdict may be used for later. Where merely nobody could be reached, it was not ruled to
    stay: another question may take it along, after all of it was looked at again."""
    stays = verdict.stance >= Stance.STAY and verdict.rule not in UNREACHABLE_RULES
    return Label.STAY if stays else Label.FREE


def decision_of(
    judged: Judged, *, answered_by: str, model: str | None, zone: Zone, more: Sequence[str] = ()
) -> Decision:
    """What is recorded of a route. `more` are reasons that came after it, which stand first."""
    route = judged.route
    verdict = route.verdict
    return Decision(
        rule=verdict.rule,
        verdict=str(verdict.stance),
        zone=zone,
        wanted=route.wanted,
        policy_hash=verdict.policy_hash,
        answered_by=answered_by,
        model=model,
        reasons=tuple(dict.fromkeys((*more, *route.reasons, *verdict.reasons))),
        findings=judged.counts,
        rejected=route.rejected,
        estimated_cost=str(route.estimated_cost or 0),
    )


def _switched(switches: Switches, question: Question, has_failed: bool) -> Switches:
    if question.asked == "local" or has_failed:
        return replace(switches, local=True)
    if question.asked == "cloud":
        return replace(switches, cloud=True)
    return switches
