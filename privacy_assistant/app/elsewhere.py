"""Back ends beyond this device, each behind the one gate: made from the policy, with keys, breakers and the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from privacy_assistant.app.clock import now
from privacy_assistant.app.closed_door import ClosedDoor
from privacy_assistant.app.environment import take_out, variables_of
from privacy_assistant.core.address import address_of
from privacy_assistant.core.kinds import Findings
from privacy_assistant.core.policy_terms import Backend, BackendKind, Policy
from privacy_assistant.errors import EgressDenied
from privacy_assistant.ports import CloudInfo, CloudModel, Drawer, Ledger, LedgerLine, Tokens

if TYPE_CHECKING:
    from privacy_assistant.app.api_keys import ApiKeys
    from privacy_assistant.egress.errands import Errands
    from privacy_assistant.egress.gate import Gate
    from privacy_assistant.egress.reach import Reach

NO_LEDGER = "without a key store there is no ledger, so nothing may leave (privacy-assistant key init makes one)"


class NoLedger:
    """ports.Ledger of a dry run, in which nothing leaves."""

    def append(self, line: LedgerLine) -> int:
        """Raises EgressDenied."""
        raise EgressDenied("not sent: this is a dry run", rule="gate:dry")

    def lines(self) -> list[tuple[int, LedgerLine]]:
        """None."""
        return []

    def verify(self) -> int:
        """Nothing is there to verify."""
        return 0


@dataclass(frozen=True, slots=True)
class Door:
    """What all back ends of a policy share: the one gate, who can be reached, the keys."""

    gate: Gate
    reach: Reach
    keys: ApiKeys = field(repr=False)

    def errands(self, backend: Backend) -> Errands:
        """The errands of one back end of the policy, with its key or token; Wyoming has no place for one."""
        from privacy_assistant.egress.errands import Errands

        is_keyless = backend.kind is BackendKind.WYOMING
        return Errands(
            backend,
            gate=self.gate,
            reach=self.reach,
            key=(lambda: "") if is_keyless else self.keys.token_for(backend) or self.keys.key_for(backend),
            why_no_key=partial(self.keys.why_no_key, backend),
            key_refused=partial(self.keys.forget, backend.name),
        )


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What a house knows beyond this device. `models` stand in the order of the policy; `door` is None where the
    policy has no back end, or nothing may leave."""

    models: tuple[CloudModel, ...] = ()
    door: Door | None = None

    def close(self) -> None:
        """Close every connection."""
        for model in self.models:
            model.close()
        if self.door is not None:
            self.door.gate.close()


def warm(policy: Policy) -> None:
    """Load what the first request needs, so that it does not take its time: the library, and the certificates."""
    from privacy_assistant.egress.cloud import load_library

    load_library(with_certificates=any(backend.base_url.startswith("https:") for backend in policy.backends))


def beyond(
    policy: Callable[[], Policy],
    *,
    ledger: Ledger | None,
    rescan: Callable[[str], Findings],
    drawer: Drawer,
    tokens: Tokens | None,
) -> Elsewhere:
    """The back ends of the policy as it stands; nothing is looked up or sent by this. Without a ledger their doors
    stay closed, and routing says so. The variables that the policy names as places of keys leave the environment."""
    take_out(variables_of(policy()))
    if not policy().backends:
        return Elsewhere()
    # One of kind wyoming hears and speaks, and answers no question.
    outside = [backend for backend in policy().backends if backend.kind is not BackendKind.WYOMING]
    if ledger is None:
        return Elsewhere(tuple(ClosedDoor(_info(backend), NO_LEDGER) for backend in outside))
    # Here and not above: most questions are asked where the policy has no back end.
    from privacy_assistant.app.api_keys import process_keys
    from privacy_assistant.egress.cloud import OpenAICloud
    from privacy_assistant.egress.gate import Gate
    from privacy_assistant.egress.reach import Reach, kept_in
    from privacy_assistant.egress.routing_table import RecentRoutes

    load, save = kept_in(drawer)
    reach = Reach(load, save, now, RecentRoutes())
    gate = Gate(policy=policy, ledger=ledger, rescan=rescan, clock=now)
    door = Door(gate, reach, process_keys(policy(), tokens))
    return Elsewhere(tuple(OpenAICloud(door.errands(backend)) for backend in outside), door)


def _info(backend: Backend) -> CloudInfo:
    host = address_of(backend).shown
    return CloudInfo(backend.name, backend.asked_model, host, backend.zone, backend.kind.value, backend.context_tokens)
