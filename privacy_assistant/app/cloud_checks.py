"""What `doctor` looks at beyond this machine: zone, host, model, key of each back end. Nothing is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from privacy_assistant.app.api_keys import NOT_OPEN, ApiKeys, process_keys
from privacy_assistant.app.clock import now
from privacy_assistant.app.files import read_policy
from privacy_assistant.app.paths import Paths
from privacy_assistant.app.proofs import Check
from privacy_assistant.core.address import address_of
from privacy_assistant.core.policy_terms import Backend
from privacy_assistant.core.turn import Zone
from privacy_assistant.egress.reach import Connection, Reach
from privacy_assistant.egress.routing_table import read_routes

_NAME = "back end"


def back_ends(paths: Paths) -> Iterator[Check]:
    """One check for each back end of the policy, and one for the way there. No command that prints a key is run."""
    policy = read_policy(paths)
    if not policy.backends:
        return
    keys = process_keys(policy, None)
    for backend in policy.backends:
        yield from _back_end(backend, keys)
    if any(backend.zone is not Zone.DEVICE for backend in policy.backends):
        yield from _way_there()


def _back_end(backend: Backend, keys: ApiKeys) -> Iterator[Check]:
    name = f"[backend.{backend.name}]"
    model = backend.asked_model
    host = address_of(backend).shown  # a policy that was read has only back ends with an address
    parts = [f"{backend.name}: {backend.zone}", host, str(backend.kind), *([model] if model else [])]
    why = keys.why_no_key(backend)
    if why == NOT_OPEN:
        parts.append(why)
    elif not why:
        parts.append(_key(backend))
    yield Check(_NAME, "ok", ", ".join(parts))
    if why and why != NOT_OPEN:
        yield Check(_NAME, "note", why, f"name another place in {name}; without any: key token set {backend.name}")


def _key(backend: Backend) -> str:
    if backend.token_command:
        return "token by a command that was not run"
    return "no key needed" if backend.key is None else _PLACES[backend.key.how]


_PLACES = {
    "env": "key in the environment",
    "keyring": "key in the keyring",
    "command": "key by a command that was not run",
}


def _way_there() -> Iterator[Check]:
    """By the routing table alone: what failed lately is sealed, and no question is asked for its sake."""
    reach = Reach(_nothing, _nowhere, now, read_routes)
    state = reach.state()
    if state.connection is not Connection.ONLINE:
        yield Check("reach", "note", f"{state.connection}: {state.why}", "what is beyond it is not tried meanwhile")
        return
    yield Check("reach", "ok", "there is a way out of this machine; nothing was sent to see how far it goes")


def _nothing() -> Mapping[str, Any] | None:
    return None


def _nowhere(_payload: Mapping[str, Any]) -> None:
    return
