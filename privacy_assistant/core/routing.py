"""Who answers: a verdict, the candidates and the budget → a route. A route is never less private than its verdict.

Preference comes first (`Route.wanted`), then every candidate is judged by itself, then the first one that may and
can is taken, going from the wanted zone to more private ones and never the other way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from privacy_assistant.core.money import Money
from privacy_assistant.core.policy import UNREACHABLE_RULES, Case, Policy, Stance, Verdict, decide
from privacy_assistant.core.policy_terms import Budget, Mode, Reason
from privacy_assistant.core.turn import Zone
from privacy_assistant.errors import BudgetExceeded, EgressDenied, EgressError, PolicyUnreadable, Unreachable


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model that could answer: the local engine (zone device) or a back end of the policy, by its name.

    `why_not` says why it is not available. `context_ok` tells whether everything to be sent fits into it.
    `estimated_cost` is an upper bound; None where it is not known or where nobody charges.
    """

    name: str
    zone: Zone
    kind: str
    available: bool
    why_not: str = ""
    context_ok: bool = True
    estimated_cost: Money | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What today and this conversation have cost, reservations included; None is nothing."""

    day: Money | None = None
    month: Money | None = None
    conversation: Money | None = None


class FaultKind(IntEnum):
    """Why a back end was not taken. The larger, the further it came: the largest one is what a person is told."""

    DENIED = 0
    BUDGET = 1
    UNREACHABLE = 2


@dataclass(frozen=True, slots=True)
class Fault:
    """Why the wanted zone was not reached; `rule` names what decided, for a fault of kind DENIED; `who` the back end
    that it is about, where it is about one."""

    kind: FaultKind
    why: str
    rule: str = ""
    who: str = ""

    @property
    def told(self) -> str:
        """In one line, with the name of who it is about."""
        return f"{self.who}: {self.why}" if self.who else self.why


@dataclass(frozen=True, slots=True)
class Route:
    """Who answers and why. `backend` is the candidate's name, None where nobody can.

    `verdict` is the one for what was chosen; `wanted` the zone preferred before any fallback; `rejected` every
    candidate that was judged unfit and why; `fault` why the wanted zone was not reached, None where it was.
    """

    zone: Zone
    backend: str | None
    verdict: Verdict
    wanted: Zone
    reasons: tuple[str, ...] = ()
    rejected: tuple[tuple[str, str], ...] = ()
    estimated_cost: Money | None = None
    fault: Fault | None = None

    @property
    def leaves(self) -> bool:
        """Whether anything would leave this device."""
        return self.backend is not None and self.zone is not Zone.DEVICE

    @property
    def needs_consent(self) -> bool:
        """Whether the person must be asked about the parcel first."""
        return self.leaves and self.verdict.stance is Stance.ASK


@dataclass(frozen=True, slots=True)
class _Judged:
    candidate: Candidate
    verdict: Verdict
    fault: Fault | None


def choose(
    policy: Policy,
    case: Case,
    candidates: Sequence[Candidate],
    *,
    asked: Literal["local", "cloud"] | None = None,
    low_confidence: bool = False,
    spent: Spent = Spent(),
    at_most: Zone = Zone.CLOUD,
) -> Route:
    """Choose who answers; candidates of one zone are tried in their order.

    `asked` is what the person asked for (`--local`, `--cloud`); without it the switches of the case count.
    "cloud" is a back end or nothing: the route then has no device to fall back to, and `require_cloud` says why.
    It means the cloud where the policy has a cloud back end, else the lan. `low_confidence` tells that the local
    answer was unsure. `at_most` is for choosing again after a failure: the zone that failed is the widest allowed.
    Never raises on content.
    """
    if case.switches.local:
        asked = "local"
    elif asked is None and case.switches.cloud:
        asked = "cloud"
    general = decide(policy, case)
    judged = [_judge(policy, case, candidate, spent, at_most) for candidate in candidates]
    wanted, preference, forbidden = _prefer(policy, judged, asked, low_confidence)
    if forbidden is not None:
        judged = [_forbid(one, forbidden) for one in judged]

    fit = [one for one in judged if one.fault is None and one.candidate.zone <= wanted]
    if asked == "cloud":
        fit = [one for one in fit if one.candidate.zone is wanted]
    # Sorting is stable: zones from the wanted one inwards, on this device what fits before what must be cut.
    fit.sort(key=lambda one: (-one.candidate.zone, not one.candidate.context_ok))
    chosen = fit[0] if fit else None

    fault = None
    verdict = general if chosen is None else chosen.verdict
    if chosen is None or chosen.candidate.zone < wanted:
        fault = forbidden or _worst(judged, wanted, general)
        if chosen is None or chosen.candidate.zone is Zone.DEVICE:
            verdict = _verdict_of(judged, wanted, fault, general)
    taken = None if chosen is None else chosen.candidate
    return Route(
        zone=Zone.DEVICE if taken is None else taken.zone,
        backend=None if taken is None else taken.name,
        verdict=verdict,
        wanted=wanted,
        reasons=_reasons(preference, fault, taken),
        rejected=tuple((one.candidate.name, one.fault.why) for one in judged if one.fault is not None),
        estimated_cost=None if taken is None else taken.estimated_cost,
        fault=fault,
    )


def require_cloud(route: Route) -> str:
    """The name of the back end that answers, where the person said "cloud or nothing".

    Raises EgressDenied (PolicyUnreadable where that is why), Unreachable or BudgetExceeded.
    """
    if route.backend is None or route.zone is Zone.DEVICE:
        raise _error(route)
    return route.backend


# ---------------------------------------------------------------- preference


def _prefer(
    policy: Policy, judged: Sequence[_Judged], asked: Literal["local", "cloud"] | None, low_confidence: bool
) -> tuple[Zone, str, Fault | None]:
    """The wanted zone, why, and what forbids every back end if the mode does not let this reason count."""
    outside = [one for one in judged if one.candidate.zone is not Zone.DEVICE]
    zones = [one.candidate.zone for one in outside]
    if asked == "local":
        return Zone.DEVICE, "a local answer was asked for", None
    if asked == "cloud":
        forbidden = None
        if policy.mode is not Mode.CLOUD_FIRST and Reason.ASKED not in policy.to_cloud_when:
            forbidden = Fault(FaultKind.DENIED, "asking is no reason in to_cloud_when", "escalate:asked")
        return max(zones, default=Zone.CLOUD), "the cloud was asked for", forbidden
    if policy.mode is Mode.LOCAL_ONLY or not outside:
        return Zone.DEVICE, "", None
    if policy.mode is Mode.CLOUD_FIRST:
        return max(zones), "the mode is cloud-first", None
    reasons = [reason for reason in _pressing(judged, low_confidence) if reason in policy.to_cloud_when]
    if not reasons:
        return Zone.DEVICE, "", None
    # The most private zone that may take it: were it chosen by who is up, a fallback could move outwards.
    able = [one.candidate.zone for one in outside if one.candidate.context_ok and one.verdict.stance < Stance.STAY]
    return min(able or zones), f"to_cloud_when: {', '.join(reasons)}", None


def _pressing(judged: Sequence[_Judged], low_confidence: bool) -> list[Reason]:
    """The reasons, beside being asked, that hold now."""
    here = [one.candidate for one in judged if one.candidate.zone is Zone.DEVICE and one.fault is None]
    reasons = []
    if not here:
        reasons.append(Reason.NO_LOCAL_MODEL)
    elif not any(candidate.context_ok for candidate in here):
        reasons.append(Reason.CONTEXT_TOO_LONG)
    if low_confidence:
        reasons.append(Reason.LOW_CONFIDENCE)
    return reasons


# ---------------------------------------------------------------- judging one candidate


def _judge(policy: Policy, case: Case, candidate: Candidate, spent: Spent, at_most: Zone) -> _Judged:
    backend = policy.backend(candidate.name)
    verdict = decide(policy, case, backend)
    if backend is not None and backend.zone is not candidate.zone:
        return _Judged(candidate, verdict, Fault(FaultKind.DENIED, "it is not in the zone that the policy names"))
    if candidate.zone is Zone.DEVICE:
        fault = (
            None if candidate.available else Fault(FaultKind.UNREACHABLE, candidate.why_not or "it is not available")
        )
        return _Judged(candidate, verdict, fault)
    return _Judged(candidate, verdict, _fault(policy, verdict, candidate, spent, at_most))


def _fault(policy: Policy, verdict: Verdict, candidate: Candidate, spent: Spent, at_most: Zone) -> Fault | None:
    """What keeps a back end from being taken, in the order of the steps: verdict, size, budget, connection."""
    if verdict.stance >= Stance.STAY:
        kind = FaultKind.UNREACHABLE if verdict.rule in UNREACHABLE_RULES else FaultKind.DENIED
        return Fault(kind, verdict.reasons[0], verdict.rule)
    if policy.backend(candidate.name) is None:
        return Fault(FaultKind.DENIED, "it does not stand in the policy", "backend:unknown")
    if candidate.zone > at_most:
        return Fault(FaultKind.DENIED, "a fallback never moves to a less private zone", "fallback:wider")
    if not candidate.context_ok:
        return Fault(FaultKind.UNREACHABLE, "the conversation is too long for it", who=candidate.name)
    over = over_budget(policy.budget, candidate, spent)
    # What a back end that is away would have cost is often not known either, and not what keeps it from being asked.
    if over and (candidate.available or candidate.estimated_cost is not None):
        return Fault(FaultKind.BUDGET, over)
    if not candidate.available:
        return Fault(FaultKind.UNREACHABLE, candidate.why_not or "it is not available", who=candidate.name)
    return None


def over_budget(budget: Budget, candidate: Candidate, spent: Spent) -> str:
    """Which limit would be passed; "" for none. What cannot be told under a limit counts as passing it."""
    cost = candidate.estimated_cost
    for limit, used, name in (
        (budget.day, spent.day, "day"),
        (budget.month, spent.month, "month"),
        (budget.conversation, spent.conversation, "conversation"),
    ):
        if limit is None or (cost is None and candidate.zone is not Zone.CLOUD):
            continue
        if cost is None:
            return f"its cost is not known, and there is a budget for the {name}"
        if {cost.currency, (used or cost).currency} != {limit.currency}:
            return f"its cost is in another currency than the budget for the {name}"
        if cost.amount + (used.amount if used else 0) > limit.amount:
            return f"it would pass the budget for the {name}, {limit}"
    return ""


def _forbid(one: _Judged, fault: Fault) -> _Judged:
    """A back end under a fault that holds for all of them; its own verdict, where stricter, stays the reason."""
    is_own = one.fault is not None and one.fault.kind is FaultKind.DENIED
    if one.candidate.zone is Zone.DEVICE or is_own:
        return one
    return _Judged(one.candidate, one.verdict, fault)


# ---------------------------------------------------------------- what is told


def _worst(judged: Sequence[_Judged], wanted: Zone, general: Verdict) -> Fault:
    """The fault of the back end in the wanted zone that came furthest; without one, what holds for all."""
    faults = [one.fault for one in judged if one.candidate.zone is wanted and one.fault is not None]
    if faults:
        return max(faults, key=lambda fault: fault.kind)
    if general.stance < Stance.STAY:
        return Fault(FaultKind.UNREACHABLE, "nobody is there")
    kind = FaultKind.UNREACHABLE if general.rule in UNREACHABLE_RULES else FaultKind.DENIED
    return Fault(kind, general.reasons[0], general.rule)


def _verdict_of(judged: Sequence[_Judged], wanted: Zone, fault: Fault, general: Verdict) -> Verdict:
    """The verdict to show for what was not sent: that of the back end whose fault is told, else the general one."""
    own = [one.verdict for one in judged if one.candidate.zone is wanted and one.fault is fault]
    return next(iter(own), general)


def _reasons(preference: str, fault: Fault | None, chosen: Candidate | None) -> tuple[str, ...]:
    reasons = [preference] if preference else []
    if fault is not None:
        reasons.append(fault.told)
    if chosen is not None and not chosen.context_ok:
        reasons.append("the conversation is too long for it: its oldest turns are left out")
    return tuple(reasons)


def _error(route: Route) -> EgressError:
    """What "cloud or nothing" ends with. Static words and names of rules only."""
    fault = route.fault or Fault(FaultKind.UNREACHABLE, "nobody is there")
    if fault.kind is FaultKind.BUDGET:
        return BudgetExceeded(f"not sent: {fault.why}", rule=fault.rule, hint="[budget] in the policy sets the limit")
    if fault.kind is FaultKind.UNREACHABLE:
        hint = "without --cloud the answer is made on this device"
        if fault.rule == "backend:none":
            hint = "add a [backend.NAME] to the policy"
        return Unreachable(f"nobody to ask: {fault.told}", rule=fault.rule, hint=hint)
    if fault.rule == "policy:unreadable":
        hint = "`privacy-assistant policy check` names the line"
        return PolicyUnreadable(f"the policy refused: {fault.why}", rule=fault.rule, hint=hint)
    if fault.rule == "policy:absent":
        hint = "`privacy-assistant policy init` writes one"
        return EgressDenied(f"the policy refused: {fault.why}", rule=fault.rule, hint=hint)
    hint = "`privacy-assistant route` shows what applied; without --cloud the answer is made on this device"
    return EgressDenied(f"the policy refused: {fault.why}", rule=fault.rule, hint=hint)
