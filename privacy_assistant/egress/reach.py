"""What can be reached now, by what is known here: nothing is ever sent to find out.

A probe would tell a third party that this machine is on and asks. Known without one: the routing table, and how the
last real attempts ended. A failure holds for its back end (a breaker); one of the way there (names, no network, a
log-in page) holds for all beyond this machine, until its time is over, somebody was reached, or the routing table is
another. It is kept between runs, because each `ask` is a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from ipaddress import IPv4Address, ip_address
from typing import Any
from urllib.parse import urlsplit

from privacy_assistant.core import breaker
from privacy_assistant.core.breaker import Breaker, Failure
from privacy_assistant.core.policy_terms import Backend
from privacy_assistant.core.turn import Zone
from privacy_assistant.egress.routing_table import Routes
from privacy_assistant.errors import AssistantError
from privacy_assistant.ports import Drawer

KIND = "reach"
"""The kind of its one item in the drawer."""

_VERSION = 1
_MOST_KEPT = 64
"""Breakers kept between runs; a policy with more back ends than this is none that a person wrote."""

_OFFLINE = "this machine is offline"
_ONLY_NEAR = "there is no way beyond the local network"
_WORDS = {
    Failure.OFFLINE: _OFFLINE,
    Failure.DNS: "names could not be looked up a moment ago",
    Failure.NAME: "there was no such host a moment ago",
    Failure.REFUSED: "it took no connection a moment ago",
    Failure.CONNECT_TIMEOUT: "it did not answer a moment ago",
    Failure.TIMEOUT: "it did not answer in time a moment ago",
    Failure.SERVER: "it reported a fault of its own a moment ago",
    Failure.BUSY: "it asked to be left alone for a while",
    Failure.MALFORMED: "what it sent could not be read a moment ago",
    Failure.CAPTIVE: "the network wants a log-in page first",
    Failure.TLS: "it could not be proved to be itself a moment ago",
}
_ON_TRIAL = "it failed, and another attempt is just under way"


class Connection(StrEnum):
    """How far this machine reaches, as far as is known."""

    ONLINE = "online"
    LIMITED = "limited"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class State:
    """The connection for a person; `why` is "" where nothing is the matter."""

    connection: Connection
    why: str = ""


class _Need(IntEnum):
    """What a back end needs of the routing table."""

    NOTHING = 0
    ANY_ROUTE = 1
    DEFAULT = 2
    DEFAULT_V4 = 3
    DEFAULT_V6 = 4


@dataclass(frozen=True, slots=True)
class _Network:
    """What holds for all beyond this machine, who met it (keys of back ends), and in which network."""

    state: Breaker = field(default_factory=Breaker)
    witnesses: frozenset[str] = frozenset()
    fingerprint: str = ""


class Reach:
    """Breakers and the state of the network. `load` and `save` pass one JSON-able payload; `clock` is aware."""

    def __init__(
        self,
        load: Callable[[], Mapping[str, Any] | None],
        save: Callable[[Mapping[str, Any]], None],
        clock: Callable[[], datetime],
        routes: Callable[[], Routes],
    ) -> None:
        self._load = load
        self._save = save
        self._clock = clock
        self._routes = routes
        self._own: dict[str, Breaker] = {}
        self._network = _Network()
        self._is_loaded = False

    def why_not(self, backend: Backend) -> str:
        """Why it need not be tried now, in a short phrase; "" where it may be. Ask before `trying`, not after."""
        need, has_name = _need(backend)
        routes = self._routes()
        now = self._now(routes)
        if missing := _missing(need, routes):
            return missing
        candidates = [self._own.get(_key(backend), Breaker())]
        if need is not _Need.NOTHING and (has_name or self._network.state.why is not Failure.DNS):
            candidates.append(self._network.state)
        state = max(candidates, key=lambda candidate: breaker.wait(candidate, now))
        if breaker.may_try(state, now) or state.why is None:
            return ""
        if state.phase is breaker.Phase.HALF_OPEN:
            return _ON_TRIAL
        return f"{_WORDS[state.why]} (again in {_span(breaker.wait(state, now))})"

    def trying(self, backend: Backend) -> None:
        """An attempt begins. After a failure it is a trial: others are kept away until it ended, or for a minute."""
        now = self._now(self._routes())
        network = self._network
        if _speaks_for(backend, network):
            network = _with_state(network, breaker.on_trial(network.state, now))
        self._become(backend, breaker.on_trial(self._own_of(backend), now), network)

    def failed(self, backend: Backend, failure: Failure, retry_after: float | None = None) -> None:
        """An attempt ended so; `retry_after` is seconds that it asked for."""
        now = self._now(self._routes())
        before, network = self._own_of(backend), self._network
        if breaker.is_of_the_network(failure) and _need(backend)[0] is not _Need.NOTHING:
            if not _is_its_own(before, network, now):
                network = _met(network, _key(backend), failure, now)
        elif network.state.phase is breaker.Phase.HALF_OPEN and _speaks_for(backend, network):
            # The trial got further than the network: what failed is this back end.
            network = _with_state(network, Breaker())
        self._become(backend, breaker.after_failure(before, failure, now, retry_after), network)

    def succeeded(self, backend: Backend) -> None:
        """It answered, also with a refusal (4xx): nothing is held against it, nor against the way there."""
        self._now(self._routes())
        network = self._network
        if _speaks_for(backend, network):
            network = _with_state(network, Breaker())
        self._become(backend, Breaker(), network)

    def state(self) -> State:
        """How far this machine reaches; for `doctor` and for a person who asks why."""
        routes = self._routes()
        now = self._now(routes)
        if routes.is_known and not routes.has_any:
            return State(Connection.OFFLINE, _OFFLINE)
        network = self._network.state
        if network.why is not None and not breaker.may_try(network, now):
            is_off = network.why is Failure.OFFLINE
            return State(Connection.OFFLINE if is_off else Connection.LIMITED, _WORDS[network.why])
        if routes.is_known and not routes.has_default:
            return State(Connection.LIMITED, _ONLY_NEAR)
        return State(Connection.ONLINE)

    def _own_of(self, backend: Backend) -> Breaker:
        return self._own.get(_key(backend), Breaker())

    def _become(self, backend: Backend, own: Breaker, network: _Network) -> None:
        """Take over what is new, and keep it if anything but the fingerprint is."""
        key = _key(backend)
        is_new = own != self._own_of(backend) or network.state != self._network.state
        is_new = is_new or network.witnesses != self._network.witnesses
        self._network = network
        if not is_new:
            return
        self._own[key] = own
        now = self._clock().timestamp()
        self._own = {
            name: state for name, state in self._own.items() if state != Breaker() and not breaker.is_faded(state, now)
        }
        kept = sorted(self._own.items(), key=lambda item: item[1].since)[-_MOST_KEPT:]
        payload = {
            "version": _VERSION,
            "routes": self._network.fingerprint,
            "network": breaker.as_payload(self._network.state),
            "witnesses": sorted(self._network.witnesses),
            "own": {name: breaker.as_payload(state) for name, state in kept},
        }
        try:
            self._save(payload)
        except AssistantError:
            # A comfort: without it the next process finds out for itself. The vault tells its own troubles.
            return

    def _now(self, routes: Routes) -> float:
        """The time; what is known is loaded first, and what another network has made void is forgotten."""
        if not self._is_loaded:
            self._is_loaded = True
            try:
                untrusted_payload = self._load()
            except AssistantError:
                untrusted_payload = None
            self._own, self._network = _read(untrusted_payload)
        if routes.fingerprint != self._network.fingerprint:
            # Nothing is written: whoever reads the old payload in this network forgets the same.
            self._network = _Network(fingerprint=routes.fingerprint)
            self._own = {
                name: state
                for name, state in self._own.items()
                if state.why is None or not breaker.is_of_the_path(state.why)
            }
        return self._clock().timestamp()


def kept_in(drawer: Drawer) -> tuple[Callable[[], Mapping[str, Any] | None], Callable[[Mapping[str, Any]], None]]:
    """`load` and `save` for one item of the drawer, sealed like all of it."""

    def load() -> Mapping[str, Any] | None:
        items = drawer.items(KIND)
        return items[-1][1] if items else None

    def save(payload: Mapping[str, Any]) -> None:
        items = drawer.items(KIND)
        if items:
            drawer.replace(items[-1][0], KIND, payload)
        else:
            drawer.put(KIND, payload)

    return load, save


def _met(network: _Network, witness: str, failure: Failure, now: float) -> _Network:
    """One back end met a failure of the network. Alone it closes the way only for a short while: the trouble may be
    its own (a name that is misspelt), and the others get their turn. The pause doubles where others meet it too."""
    is_live = network.state.why is not None and not breaker.is_faded(network.state, now)
    witnesses = (network.witnesses if is_live else frozenset()) | {witness}
    before = network.state if is_live and len(witnesses) > 1 else Breaker()
    return _Network(breaker.after_failure(before, failure, now), witnesses, network.fingerprint)


def _is_its_own(before: Breaker, network: _Network, now: float) -> bool:
    """Whether a failure of the network is this back end's alone: it met one already, and since then another back end
    got through (only that closes the state of the network; time alone does not). Else a misspelt name would take the
    way from the others once in every pause."""
    has_met = before.why is not None and breaker.is_of_the_network(before.why) and not breaker.is_faded(before, now)
    return has_met and network.state == Breaker()


def _speaks_for(backend: Backend, network: _Network) -> bool:
    """Whether an attempt there shows how the network is: who met the failure, who looks names up where that failed,
    who lies beyond the local network where that was cut."""
    need, has_name = _need(backend)
    if need is _Need.NOTHING:
        return False
    if _key(backend) in network.witnesses:
        return True
    return has_name if network.state.why is Failure.DNS else need >= _Need.DEFAULT


def _with_state(network: _Network, state: Breaker) -> _Network:
    return _Network(state, network.witnesses if state != Breaker() else frozenset(), network.fingerprint)


def _key(backend: Backend) -> str:
    """A back end that is given another address is another one."""
    return f"{backend.name} {backend.base_url}"


def _need(backend: Backend) -> tuple[_Need, bool]:
    """What it needs of the routing table, and whether its host is a name that must be looked up."""
    try:
        host = (urlsplit(backend.base_url).hostname or "").rstrip(".")
    except ValueError:
        host = ""
    if host == "localhost" or host.endswith(".localhost"):
        return _Need.NOTHING, False
    try:
        address = ip_address(host.partition("%")[0])
        address = getattr(address, "ipv4_mapped", None) or address
    except ValueError:
        # A name in the local network needs no way beyond it; a policy says of which zone it is.
        return (_Need.DEFAULT if backend.zone is Zone.CLOUD else _Need.ANY_ROUTE), True
    if address.is_loopback:
        return _Need.NOTHING, False
    if not address.is_global:
        return _Need.ANY_ROUTE, False
    return (_Need.DEFAULT_V4 if isinstance(address, IPv4Address) else _Need.DEFAULT_V6), False


def _missing(need: _Need, routes: Routes) -> str:
    if need is _Need.NOTHING or not routes.is_known:
        return ""
    if not routes.has_any:
        return _OFFLINE
    has = {
        _Need.ANY_ROUTE: True,
        _Need.DEFAULT: routes.has_default,
        _Need.DEFAULT_V4: routes.has_default_v4,
        _Need.DEFAULT_V6: routes.has_default_v6,
    }
    return "" if has[need] else _ONLY_NEAR


def _span(seconds: float) -> str:
    """Seconds for a person: "40 s", "9 min"."""
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 120 else f"{round(whole / 60)} min"


def _read(untrusted_payload: object) -> tuple[dict[str, Breaker], _Network]:
    """What a payload says; of a damaged or foreign one nothing."""
    if not isinstance(untrusted_payload, Mapping) or untrusted_payload.get("version") != _VERSION:
        return {}, _Network()
    own, witnesses = untrusted_payload.get("own"), untrusted_payload.get("witnesses")
    fingerprint = untrusted_payload.get("routes")
    if not isinstance(own, Mapping) or not isinstance(witnesses, list) or not isinstance(fingerprint, str):
        return {}, _Network()
    breakers = {str(name): breaker.from_payload(state) for name, state in list(own.items())[:_MOST_KEPT]}
    network = breaker.from_payload(untrusted_payload.get("network"))
    names = frozenset(name for name in witnesses if isinstance(name, str))
    return {name: state for name, state in breakers.items() if state != Breaker()}, _Network(
        network, names, fingerprint
    )
