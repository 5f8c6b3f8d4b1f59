"""What may leave: the most private of everything that applies decides.

Rules, categories of what was found, labels, switches and the mode are each asked; the largest `Stance` wins.
Nothing here can make a verdict less private than another part made it, so the order of asking only settles
which name is shown. The language is described in docs/policy-language.md.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

import re2  # type: ignore[import-untyped]  # google-re2 ships no stubs

from privacy_assistant.core.level import Level
from privacy_assistant.core.policy_terms import (
    Action,
    Backend,
    Mode,
    Permission,
    Policy,
    PolicyState,
    Stance,
    When,
    members,
)
from privacy_assistant.core.turn import Label, Origin, Zone

__all__ = [
    "UNREACHABLE_RULES",
    "Backend",
    "Case",
    "Policy",
    "Stance",
    "Switches",
    "Verdict",
    "compile_pattern",
    "decide",
    "decide_speech",
]

UNREACHABLE_RULES = frozenset({"switch:offline", "backend:none"})
"""Rules that say that nobody can be reached, not that somebody forbids it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about one thing that could leave; made only in this module.

    `rule` names what decided, `reasons` lists everything that applied, the deciding one first (names and counts,
    never content), `policy_hash` is the SHA-256 of the policy file in hex, `backend` the back end it was decided
    for, if one. `asks` names everything that asks, where the stance is ASK: a yes is a yes to all of it. `matter` is
    what was decided about: words, a recording (stt) or words to be spoken (tts).
    """

    stance: Stance
    rule: str
    reasons: tuple[str, ...]
    policy_hash: str
    backend: str = ""
    asks: tuple[str, ...] = ()
    matter: Literal["words", "stt", "tts"] = "words"


@dataclass(frozen=True, slots=True)
class Switches:
    """What a person switched for this process or this question."""

    local: bool = False
    cloud: bool = False
    offline: bool = False
    no_cloud: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is decided about: everything that would be sent, and how it came.

    `texts` are the utterance and the context that would go with it; `counts` the kinds and topics found in all of
    them (`kinds.count`); `labels` the labels of what would be sent; `origin` is that of the utterance and
    `earlier_origins` are those of the questions that would go with it; `now` an aware time on the person's clock;
    `detectable` the kinds and topics that some finder is able to find.
    """

    texts: tuple[str, ...] = field(repr=False)
    counts: Mapping[str, int]
    now: datetime
    origin: Origin = Origin.TYPED
    earlier_origins: frozenset[Origin] = frozenset()
    labels: frozenset[Label] = frozenset()
    switches: Switches = Switches()
    detectable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Cause:
    """One thing that applies. An empty `rule` is a remark: it is among the reasons and decides nothing."""

    stance: Stance
    rule: str
    reason: str


def decide(policy: Policy, case: Case, backend: Backend | None = None) -> Verdict:
    """The verdict on a case, for one back end or (None) for leaving at all: the most private of all that apply.

    Never raises on content. STAY means this device; REFUSE forbids leaving and never stops a local answer.
    """
    return _verdict(list(_causes(policy, case, backend)), policy, backend)


def decide_speech(policy: Policy, case: Case, backend: Backend, what: Literal["stt", "tts"]) -> Verdict:
    """The verdict on sending a recording (stt) or a text to be spoken (tts) to a speech back end off this device.

    Sound cannot be redacted, so `[speech]` is one more voice beside everything `decide` asks; a spoken answer in
    which anything personal was found stays, whatever `[speech]` says.
    """
    permission = policy.speech.stt_cloud if what == "stt" else policy.speech.tts_cloud
    causes = list(_causes(policy, case, backend))
    stance = {Permission.NEVER: Stance.STAY, Permission.ASK: Stance.ASK, Permission.ALLOW: Stance.LEAVE}[permission]
    causes.append(_Cause(stance, f"speech:{what}_cloud", f"[speech] {what}_cloud is {permission.value}"))
    found = [name for name, n in case.counts.items() if n > 0]
    if what == "tts" and any(policy.listing(name)[1] is not Action.ALLOW for name in found):
        causes.append(_Cause(Stance.STAY, "speech:personal", "an answer with personal data is spoken on this device"))
    return _verdict(causes, policy, backend, what)


def _verdict(
    causes: list[_Cause], policy: Policy, backend: Backend | None, matter: Literal["words", "stt", "tts"] = "words"
) -> Verdict:
    """The largest stance, the first cause of it that has a name, and every reason by privacy."""
    causes = [_answered(cause, policy, backend) for cause in causes]
    causes.sort(key=lambda cause: -cause.stance)
    stance = causes[0].stance
    rule = next((cause.rule for cause in causes if cause.stance is stance and cause.rule), "")
    reasons = tuple(dict.fromkeys(cause.reason for cause in causes))
    asks = [cause.rule for cause in causes if cause.rule and cause.stance is stance is Stance.ASK]
    return Verdict(
        stance,
        rule,
        reasons,
        policy.sha256,
        backend.name if backend is not None else "",
        tuple(dict.fromkeys(asks)),
        matter,
    )


def _answered(cause: _Cause, policy: Policy, backend: Backend | None) -> _Cause:
    """A question that was answered for always is none any more."""
    if cause.stance is Stance.ASK and policy.answers_always(cause.rule, backend):
        return _Cause(Stance.LEAVE, cause.rule, f"{cause.reason}, and [[always]] says yes")
    return cause


def _causes(policy: Policy, case: Case, backend: Backend | None) -> Iterator[_Cause]:
    """Everything that applies. Among equally private ones the first is shown, so what nobody forbids comes last."""
    if policy.state is not PolicyState.READ:
        what = "there is no policy file"
        if policy.state is PolicyState.UNREADABLE:
            what = "the policy cannot be used" + (f" (line {policy.line})" if policy.line else "")
        yield _Cause(Stance.STAY, f"policy:{policy.state.value}", what)
    yield from _rules(policy, case, backend)
    yield from _categories(policy, case, backend)
    if policy.redaction.level is Level.BLOCK and any(n > 0 for n in case.counts.values()):
        yield _Cause(Stance.STAY, "level:block", "something personal was found, and the level is block")
    if Label.STAY in case.labels:
        yield _Cause(Stance.STAY, "label:stay", "it is built from something that was ruled to stay")
    yield from _switches(policy, case.switches, backend)
    stance = {Mode.LOCAL_ONLY: Stance.STAY, Mode.ASK: Stance.ASK}.get(policy.mode, Stance.LEAVE)
    if policy.state is PolicyState.READ:
        yield _Cause(stance, f"mode:{policy.mode.value}", f"the mode is {policy.mode.value}")
    if case.switches.offline:
        yield _Cause(Stance.STAY, "switch:offline", "offline is switched on")
    if backend is not None and backend not in policy.backends:
        yield _Cause(Stance.STAY, "backend:unknown", "this back end does not stand in the policy")
    if all(other.zone is Zone.DEVICE for other in policy.backends):
        yield _Cause(Stance.STAY, "backend:none", "the policy names no back end outside this device")


def _switches(policy: Policy, switches: Switches, backend: Backend | None) -> Iterator[_Cause]:
    if switches.local:
        yield _Cause(Stance.STAY, "switch:local", "a local answer was asked for")
    if switches.no_cloud:
        zones = {other.zone for other in policy.backends} if backend is None else {backend.zone}
        if Zone.LAN not in zones:
            yield _Cause(Stance.STAY, "switch:no_cloud", "the cloud is switched off")


# ---------------------------------------------------------------- rules


def _rules(policy: Policy, case: Case, backend: Backend | None) -> Iterator[_Cause]:
    """Every rule that matches: were only the first asked, one that matches more would hide a stricter one."""
    views = _views(policy, case)
    for rule in policy.rules:
        if not _circumstances_hold(rule.when, case, backend) or not _any_text_matches(rule.when, views):
            continue
        if not rule.when.categories:
            yield _Cause(rule.then, rule.name, f'the rule "{rule.name}" says {rule.then}')
            continue
        wanted = {member for category in rule.when.categories for member in members(category)}
        if any(case.counts.get(member, 0) > 0 for member in wanted):
            yield _Cause(rule.then, rule.name, f'the rule "{rule.name}" says {rule.then}')
        missing = sorted(wanted - case.detectable)
        if missing and rule.then is not Stance.LEAVE:
            reason = f'the rule "{rule.name}" asks for {", ".join(missing)}, which nothing can find yet'
            yield _Cause(Stance.STAY, rule.name, reason)


def _circumstances_hold(when: When, case: Case, backend: Backend | None) -> bool:
    if when.origin and case.earlier_origins.union([case.origin]).isdisjoint(when.origin):
        return False
    if when.backend and (backend is None or backend.name not in when.backend):
        return False
    return not when.hours or any(hours.hold(case.now.time()) for hours in when.hours)


def _any_text_matches(when: When, views: frozenset[str]) -> bool:
    """Whether a pattern matches a text as written or as it reads. A match can only add privacy, so both count."""
    if not when.text:
        return True
    return any(compile_pattern(pattern).search(view) is not None for pattern in when.text for view in views)


def _views(policy: Policy, case: Case) -> frozenset[str]:
    """The texts as written and as they read; none where no rule asks for them."""
    if not any(rule.when.text for rule in policy.rules):
        return frozenset()
    written = [_sound(text) for text in case.texts]
    return frozenset(written).union(_plain(text) for text in written)


def _sound(text: str) -> str:
    """The text without lone surrogates, which RE2 cannot read."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _plain(text: str) -> str:
    """The text with its compatibility forms (full-width letters, ligatures) undone and its invisible marks left out."""
    if text.isascii():
        return text
    folded = unicodedata.normalize("NFKC", text)
    return folded.translate({ord(char): None for char in set(folded) if unicodedata.category(char) == "Cf"})


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> Any:
    """A linear-time pattern (RE2). Raises ValueError for one that RE2 cannot take."""
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options)
    except (re2.error, UnicodeEncodeError):
        raise ValueError("not a pattern that RE2 can read") from None


# ---------------------------------------------------------------- categories


def _categories(policy: Policy, case: Case, backend: Backend | None) -> Iterator[_Cause]:
    for name, n in case.counts.items():
        if n <= 0:
            continue
        entry, action = policy.listing(name)
        if action.stance is not Stance.LEAVE:
            yield _Cause(action.stance, f"category:{entry}", f"{name}: {n} found, {entry} is {action}")
        elif action is Action.REDACT and (backend is None or backend.is_redacted):
            yield _Cause(Stance.LEAVE, "", f"{name}: {n} found, sent as placeholders")
        else:
            yield _Cause(Stance.LEAVE, "", f"{name}: {n} found, sent in clear")
    for entry, action, missing in policy.undetectable(case.detectable):
        what = "it" if missing == (entry,) else ", ".join(missing)
        reason = f"{entry} is listed as {action}, and nothing can find {what} yet"
        yield _Cause(Stance.STAY, f"category:{entry}", reason)
