"""What a readable policy does not do although it looks as if it did: the warnings of `policy check` and `doctor`."""

from __future__ import annotations

import ipaddress
from datetime import date
from urllib.parse import urlsplit

from privacy_assistant.core.kinds import Topic
from privacy_assistant.core.model_facts import facts_for, prices_for
from privacy_assistant.core.policy_terms import (
    DEFAULT,
    Action,
    Backend,
    BackendKind,
    Budget,
    Mode,
    Permission,
    Policy,
    PolicyState,
    Reason,
    Stance,
    members,
)
from privacy_assistant.core.turn import Zone


def check_policy(policy: Policy, detectable: frozenset[str], today: date) -> list[str]:
    """Warnings, each one line; [] where the policy does what it says. `detectable`: kinds and topics with a finder."""
    if policy.state is PolicyState.ABSENT:
        return ["there is no policy: nothing leaves this device"]
    if policy.state is PolicyState.UNREADABLE:
        return ["the policy cannot be used: nothing leaves this device"]
    return [*_unheard(policy, detectable), *_idle(policy), *_open_handed(policy), *_back_ends(policy, today)]


def _unheard(policy: Policy, detectable: frozenset[str]) -> list[str]:
    """What is listed and cannot be found."""
    said = []
    for entry, action, missing in policy.undetectable(detectable):
        what = "" if missing == (entry,) else f" ({', '.join(missing)})"
        said.append(f"[categories] {entry}{what} is {action}, and nothing can find it yet: until then nothing leaves")
    for rule in policy.rules:
        wanted = {member for category in rule.when.categories for member in members(category)}
        missing = tuple(sorted(wanted - detectable))
        if missing and rule.then is not Stance.LEAVE:
            what = ", ".join(missing)
            said.append(f'rule "{rule.name}": nothing can find {what} yet: where the rest of it holds, nothing leaves')
    return said


def _idle(policy: Policy) -> list[str]:
    """What stands there and does nothing."""
    said = [
        f'rule "{rule.name}" says leave, which adds nothing: it takes back no other rule'
        for rule in policy.rules
        if rule.then is Stance.LEAVE
    ]
    asking = _asking(policy)
    said += [
        f'[[always]] "{standing.rule}" for {standing.backend}: nothing asks under that name'
        for standing in policy.always
        if standing.rule not in asking
    ]
    outside = [backend for backend in policy.backends if backend.zone is not Zone.DEVICE]
    if not outside:
        said.append("there is no [backend.NAME] outside this device: nothing leaves")
    elif policy.mode is Mode.LOCAL_ONLY:
        said.append(f"the mode is local-only: {', '.join(backend.name for backend in outside)} will never be asked")
    elif policy.mode is not Mode.CLOUD_FIRST and Reason.ASKED not in policy.to_cloud_when:
        said.append("[escalate] to_cloud_when does not list asked: --cloud is refused")
    return said


def _asking(policy: Policy) -> frozenset[str]:
    """The names under which something of this policy asks."""
    names = {rule.name for rule in policy.rules if rule.then is Stance.ASK}
    names |= {f"category:{entry}" for entry, action in policy.categories.items() if action is Action.ASK}
    if policy.mode is Mode.ASK:
        names.add("mode:ask")
    speech = {"stt": policy.speech.stt_cloud, "tts": policy.speech.tts_cloud}
    return frozenset(names | {f"speech:{what}_cloud" for what, word in speech.items() if word is Permission.ASK})


def _open_handed(policy: Policy) -> list[str]:
    """What lets more leave than a reader may think."""
    asking = _asking(policy)
    said = [
        f'[[always]] "{standing.rule}" for {standing.backend}: what this asks about is sent without asking'
        for standing in policy.always
        if standing.rule in asking
    ]
    for entry, action in policy.categories.items():
        if action is Action.ALLOW:
            what = "everything that is not listed" if entry == DEFAULT else entry
            said.append(f"[categories] {entry} = allow: {what} is sent in clear")
    if policy.speech.stt_cloud is not Permission.NEVER:
        said.append(f"[speech] stt_cloud is {policy.speech.stt_cloud}: a recording cannot be redacted")
    topics = [topic.value for topic in Topic]
    unlisted = [topic for topic in topics if policy.listing(topic)[0] == DEFAULT]
    if unlisted and policy.categories.get(DEFAULT, Action.REDACT) is Action.REDACT:
        said.append(f"not listed, and not to be redacted: {', '.join(unlisted)}; where one is found, it stays here")
    return said


def _back_ends(policy: Policy, today: date) -> list[str]:
    said = []
    for backend in policy.backends:
        name = f"[backend.{backend.name}]"
        parts = urlsplit(backend.base_url)
        if backend.is_insecure and parts.scheme != "https":
            said.append(f"{name} is insecure: whoever is on the way can read and change what is sent")
        if backend.zone is Zone.LAN and _is_public(parts.hostname or ""):
            said.append(f"{name} is called lan, and its address is on the internet")
        if backend.zone is Zone.LAN and not backend.is_redacted:
            said.append(f"{name} has redact = false: what is found is sent to it in clear")
        has_key = backend.key is not None or bool(backend.token_command)
        if backend.zone is Zone.CLOUD and not has_key and not parts.scheme.startswith("tcp"):
            ways = (
                f"seal one with 'key token set {backend.name}', or give api_key_env, api_key_keyring or api_key_command"
            )
            said.append(f"{name} has no key in the policy: {ways}")
        is_for_speech = bool(backend.stt_model or backend.tts_model)
        if backend.kind in (BackendKind.OPENAI, BackendKind.OPENAI_COMPATIBLE) and not (backend.model or is_for_speech):
            said.append(f"{name} names no model")
        if backend.kind is BackendKind.WYOMING and (unread := _unread(backend)):
            said.append(f"{name} is of kind wyoming, which has no place for {unread}")
        if backend.kind is not BackendKind.AZURE:  # a deployment has dates of its own
            said += _endings(backend, today)
        if backend.zone is Zone.CLOUD:
            said += _unpriced(policy.budget, backend)
    return said


def _unread(backend: Backend) -> str:
    """What a Wyoming server is given in the policy and never told."""
    given = {
        "model": backend.model,
        "a key": backend.key,
        "context_tokens": backend.context_tokens,
        "prices": backend.input_price or backend.output_price,
    }
    return ", ".join(name for name, value in given.items() if value)


def _endings(backend: Backend, today: date) -> list[str]:
    """Models whose last day their maker has announced."""
    said = []
    for key, model in (("model", backend.model), ("stt_model", backend.stt_model), ("tts_model", backend.tts_model)):
        facts = facts_for(model)
        if facts is not None and facts.last_day is not None:
            verb = "ended" if facts.last_day < today else "ends"
            follows = f"; instead of it: {facts.replacement}" if facts.replacement else ""
            when = f"{verb} on {facts.last_day}, as its maker announced"
            said.append(f"[backend.{backend.name}] {key} {model} {when}{follows}")
    return said


def _unpriced(budget: Budget, backend: Backend) -> list[str]:
    """Why a back end is never asked under this budget."""
    limits = [limit for limit in (budget.day, budget.month, budget.conversation) if limit is not None]
    if not limits:
        return []
    prices = prices_for(backend)
    name = f"[backend.{backend.name}]"
    if prices is None:
        return [f"{name} has no input_price and output_price: under a budget it is never asked"]
    if prices.currency != limits[0].currency:
        return [f"{name} has its prices in {prices.currency}: under a budget in {limits[0].currency} it is never asked"]
    return []


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return False
