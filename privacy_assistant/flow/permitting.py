"""What the policy says of speech as a whole, and what is told where nobody may be asked or nobody can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from privacy_assistant.core.policy import UNREACHABLE_RULES, Policy, Verdict
from privacy_assistant.core.policy_terms import Backend, Permission, PolicyState
from privacy_assistant.core.routing import Fault, FaultKind
from privacy_assistant.core.turn import Zone
from privacy_assistant.errors import BudgetExceeded, EgressError, EngineMissing, Unreachable

Matter = Literal["stt", "tts"]
"""What is wanted of a back end: to hear a recording, or to speak a text."""


def permission(policy: Policy, what: Matter) -> Permission:
    """What `[speech]` says of it."""
    return policy.speech.stt_cloud if what == "stt" else policy.speech.tts_cloud


def require_somebody(policy: Policy, backends: Sequence[Backend], what: Matter) -> None:
    """Raises EngineMissing where nobody may be asked, whatever it is about: none of these back ends is on this device,
    and `[speech]` lets nothing off it; or there are none."""
    if policy.state is PolicyState.UNREADABLE:
        raise _missing(what, "the policy cannot be used: `privacy-assistant policy check` names the line")
    if not backends:
        keys = "stt_model" if what == "stt" else "tts_model and voice"
        lets = f'[speech] {what}_cloud = "ask" or "allow"'
        raise _missing(what, f"name a [backend.NAME] with {keys} in the policy, and let it: {lets}")
    if permission(policy, what) is Permission.NEVER and all(b.zone is not Zone.DEVICE for b in backends):
        names = ", ".join(backend.name for backend in backends)
        raise _missing(
            what, f'[speech] {what}_cloud is never; "ask" or "allow" in the policy lets {names}', f"speech:{what}_cloud"
        )


def denied(policy: Policy, what: Matter, backend: Backend, verdict: Verdict) -> Fault:
    """Why the policy keeps it from this back end. What is never let is told of first: no switch would change it."""
    if permission(policy, what) is Permission.NEVER:
        return Fault(FaultKind.DENIED, f"[speech] {what}_cloud is never", f"speech:{what}_cloud", backend.name)
    kind = FaultKind.UNREACHABLE if verdict.rule in UNREACHABLE_RULES else FaultKind.DENIED
    return Fault(kind, verdict.reasons[0], verdict.rule, backend.name)


def nobody(what: Matter, faults: Mapping[str, Fault]) -> EngineMissing | EgressError:
    """What it ends with where nobody was asked: the fault of the one that came furthest."""
    fault = max(faults.values(), key=lambda fault: fault.kind)
    if fault.kind is FaultKind.BUDGET:
        return BudgetExceeded(f"not sent: {fault.told}", rule=fault.rule, hint="[budget] in the policy sets the limit")
    if fault.kind is FaultKind.UNREACHABLE:
        return Unreachable(f"nobody to ask: {fault.told}", rule=fault.rule)
    return _missing(what, f"the policy keeps it here: {fault.told}", fault.rule)


def _missing(what: Matter, hint: str, rule: str = "") -> EngineMissing:
    engine = "recogniser" if what == "stt" else "voice"
    return EngineMissing(f"this version has no {engine} of its own, and nobody else may be asked", hint=hint, rule=rule)
