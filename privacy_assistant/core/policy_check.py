"""What a readable policy does not do although it looks as if it did: the warnings of `policy check` and `doctor`."""

from __future__ import annotations

import ipaddress
from datetime import date
from urllib.parse import urlsplit

from privacy_assistant.core.kinds import Topic
from privacy_assistant.core.policy_terms import (
    DEFAULT,
    Action,
    BackendKind,
    Mode,
    Permission,
    Policy,
    PolicyState,
    Reason,
    Stance,
    members,
)
from privacy_assistant.core.turn import Zone

MODEL_ENDS = {
    "gpt-5": date(2026, 12, 11),
    "o3": date(2026, 12, 11),
    "tts-1": date(2027, 1, 6),
    "tts-1-hd": date(2027, 1, 6),
    "gpt-4o-mini-tts": date(2027, 1, 6),
    "gpt-4o": date(2027, 1, 14),
    "gpt-4.1": date(2027, 1, 14),
    "whisper-1": date(2027, 2, 26),
    "gpt-4o-transcribe": date(2027, 2, 26),
}
"""Models whose last day their maker has announced."""


def check_policy(policy: Policy, detectable: frozenset[str]) -> list[str]:
    """Warnings, each one line; [] where the policy does what it says. `detectable`: kinds and topics with a finder."""
    if policy.state is PolicyState.ABSENT:
        return ["there is no policy: nothing leaves this device"]
    if policy.state is PolicyState.UNREADABLE:
        return ["the policy cannot be used: nothing leaves this device"]
    return [*_unheard(policy, detectable), *_idle(policy), *_open_handed(policy), *_back_ends(policy)]


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
    outside = [backend for backend in policy.backends if backend.zone is not Zone.DEVICE]
    if not outside:
        said.append("there is no [backend.NAME] outside this device: nothing leaves")
    elif policy.mode is Mode.LOCAL_ONLY:
        said.append(f"the mode is local-only: {', '.join(backend.name for backend in outside)} will never be asked")
    elif policy.mode is not Mode.CLOUD_FIRST and Reason.ASKED not in policy.to_cloud_when:
        said.append("[escalate] to_cloud_when does not list asked: --cloud is refused")
    return said


def _open_handed(policy: Policy) -> list[str]:
    """What lets more leave than a reader may think."""
    said = []
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


def _back_ends(policy: Policy) -> list[str]:
    said = []
    has_budget = policy.budget.day is not None or policy.budget.conversation is not None
    for backend in policy.backends:
        name = f"[backend.{backend.name}]"
        parts = urlsplit(backend.base_url)
        if backend.is_insecure and parts.scheme != "https":
            said.append(f"{name} is insecure: whoever is on the way can read and change what is sent")
        if backend.zone is Zone.LAN and _is_public(parts.hostname or ""):
            said.append(f"{name} is called lan, and its address is on the internet")
        if backend.zone is Zone.LAN and not backend.is_redacted:
            said.append(f"{name} has redact = false: what is found is sent to it in clear")
        if backend.zone is Zone.CLOUD and backend.key is None and not parts.scheme.startswith("tcp"):
            said.append(f"{name} has no key: give api_key_env, api_key_keyring or api_key_command")
        if backend.kind in (BackendKind.OPENAI, BackendKind.OPENAI_COMPATIBLE) and not backend.model:
            said.append(f"{name} names no model")
        if backend.model in MODEL_ENDS:
            said.append(f"{name} model {backend.model} ends on {MODEL_ENDS[backend.model]}, as its maker announced")
        is_priced = backend.input_price is not None and backend.output_price is not None
        if backend.zone is Zone.CLOUD and has_budget and not is_priced:
            said.append(f"{name} has no input_price and output_price: under a budget it is never asked")
    return said


def _is_public(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_global
    except ValueError:
        return False
