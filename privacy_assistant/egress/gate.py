"""The door. Whatever leaves this machine is held against its parcel, its verdict and the policy here, as the exact
bytes that would go out; then it is kept, then it stands in the ledger, and only then the first byte leaves.

The checks are the same for every parcel; what differs by what is in one is in `goods`. The order is that of their
price, but for one thing: nothing is written before all of them are passed. What is fetched (`Collection`) asks for a
public file and says nothing of anybody: it has checks of its own, and its line in the ledger like all else.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from privacy_assistant.core.address import Address, address_of, target_of
from privacy_assistant.core.kinds import Findings
from privacy_assistant.core.policy import Stance
from privacy_assistant.core.policy_terms import Backend, BackendKind, Policy, PolicyState
from privacy_assistant.core.turn import Zone
from privacy_assistant.egress.collecting import (
    PULL_RULE,
    TOLD_OF_A_FILE,
    Told,
    Wanted,
    check_headers,
    check_wanted,
    headers_of,
)
from privacy_assistant.egress.goods import Goods
from privacy_assistant.egress.halt import Halt
from privacy_assistant.egress.inspection import MOST_SECONDS, Look, denied
from privacy_assistant.egress.outgoing import Outgoing
from privacy_assistant.egress.timeouts import Timeouts
from privacy_assistant.errors import AssistantError, EgressDenied
from privacy_assistant.ports import Ledger, LedgerLine, Sent

if TYPE_CHECKING:
    from privacy_assistant.egress.wire import Client, Guard

AGENT = "privacy-assistant"
"""Who asks, for a server's operator; no version, no system, nothing that tells one person's machine from another's."""


def load_certificates() -> None:
    """Read the certificates of this system, which the first TLS connection needs."""
    from privacy_assistant.egress import wire

    wire.tls_context()


class Gate:
    """Makes a passage for one thing to one back end. Keeps one connection for each back end warm between them.

    `policy` gives the policy as it stands now, `rescan` finds what is personal by rules and lists, `clock` is the
    aware time for the ledger, `monotonic` counts seconds.
    """

    def __init__(
        self,
        *,
        policy: Callable[[], Policy],
        ledger: Ledger,
        rescan: Callable[[str], Findings],
        clock: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
        most_search_seconds: float = MOST_SECONDS,
    ) -> None:
        self.policy = policy
        self.ledger = ledger
        self.rescan = rescan
        self.clock = clock
        self.monotonic = monotonic
        self.most_search_seconds = most_search_seconds
        self._idle: dict[tuple[str, Address, str], Guard] = {}

    def open(
        self,
        backend: Backend,
        goods: Goods,
        key: Callable[[], str],
        *,
        halt: Halt,
        timeouts: Timeouts,
        deadline: float,
    ) -> Passage:
        """A passage for these goods, for one request; `deadline` is in the seconds of `monotonic`.

        Raises EgressDenied where the back end has no address. Nothing is sent, asked or written by this.
        """
        from privacy_assistant.egress.wire import Guard

        try:
            address = address_of(backend)
        except ValueError:
            raise denied("the policy gives no address for this back end", "gate:address") from None
        name = (backend.name, address, backend.ca_file)
        guard = self._idle.pop(name, None) or Guard(address, ca_file=backend.ca_file, clock=self.monotonic)
        passage = Passage(self, backend, address, goods, key, guard, lambda: self._put_back(name, guard))
        guard.begin(passage.inspect, halt, timeouts, deadline)
        return passage

    def collect(self, wanted: Wanted, *, halt: Halt, timeouts: Timeouts, deadline: float) -> Collection:
        """The same for one request for a file."""
        from privacy_assistant.egress.wire import Guard

        address = wanted.place.address
        name = (PULL_RULE, address, "")
        guard = self._idle.pop(name, None) or Guard(address, passed_on=TOLD_OF_A_FILE, clock=self.monotonic)
        collection = Collection(self, wanted, guard, lambda: self._put_back(name, guard))
        guard.begin(collection.inspect, halt, timeouts, deadline, wanted.most_bytes)
        return collection

    def close(self) -> None:
        """Close what is kept warm."""
        while self._idle:
            _, guard = self._idle.popitem()
            guard.close()

    def _put_back(self, name: tuple[str, Address, str], guard: Guard) -> None:
        other = self._idle.pop(name, None)
        if other is not None:
            other.close()
        self._idle[name] = guard


class Way(ABC):
    """One request through the gate: what is the same for all of them."""

    def __init__(self, gate: Gate, guard: Guard, put_back: Callable[[], None]) -> None:
        self._gate = gate
        self._guard = guard
        self._put_back = put_back
        self._line: Sent | None = None

    @property
    def sent(self) -> Sent | None:
        """What left; None where the connection came to nothing, though the line stands in the ledger."""
        return self._line if self._guard.has_sent else None

    def answering(self, deadline: float | None = None) -> None:
        """The answer has begun; a pause is a stall from now on. `deadline`: another one from now on."""
        self._guard.answering(deadline)

    def drain(self) -> None:
        """The answer is whole; what may still come is waited for a moment, so that the connection can be kept."""
        self._guard.drain()

    def abort(self, halt: Halt) -> None:
        """Cut it off. Any thread may call, and a signal handler."""
        self._guard.abort(halt)

    def close(self) -> None:
        """No request passes any more; the connection may serve the next passage."""
        self._guard.end()
        self._put_back()

    def inspect(self, out: Outgoing) -> list[tuple[str, str]]:
        """Everything that is asked of a request before it leaves; the headers that it leaves with.

        Raises EgressDenied with the rule that stopped it, or the error of the key.
        """
        try:
            return self._let_through(out)
        except AssistantError:
            raise
        except Exception:  # noqa: BLE001 - a defect in here must not be the way out
            raise denied("the last look failed", "gate:defect") from None

    @abstractmethod
    def _let_through(self, out: Outgoing) -> list[tuple[str, str]]:
        """The checks, then the line of the ledger; the headers."""


class Passage(Way):
    """One request for a parcel."""

    def __init__(
        self,
        gate: Gate,
        backend: Backend,
        address: Address,
        goods: Goods,
        key: Callable[[], str],
        guard: Guard,
        put_back: Callable[[], None],
    ) -> None:
        super().__init__(gate, guard, put_back)
        self._backend = backend
        self._address = address
        self._goods = goods
        self._key = key

    @property
    def client(self) -> Client:
        """What the request is made with."""
        return self._guard.client

    def converse(self, body: bytes) -> Generator[bytes, None, None]:
        """Send these bytes where there is no HTTP; what comes back. Sent when it is begun to be read."""
        return self._guard.converse(target_of(self._backend, self._goods.path), self._goods.content_type, body)

    def _let_through(self, out: Outgoing) -> list[tuple[str, str]]:
        self._check_parcel()
        self._check_address(out)
        self._check_body(out)
        headers = self._headers(out)
        self._write_down(out)
        return headers

    # ------------------------------------------------------------ the checks, in order

    def _check_parcel(self) -> None:
        parcel, backend, policy = self._goods.parcel, self._backend, self._gate.policy()
        verdict = parcel.verdict
        if not parcel.is_intact:
            raise denied("the parcel was changed after it was packed", "gate:digest")
        if backend.zone is Zone.DEVICE:
            # What stays may go to a server of this device: an address that no table of names can lead elsewhere.
            if not self._address.is_loopback:
                raise denied("this back end is not on this device", "gate:backend")
        elif verdict.stance is Stance.ASK:
            if self._goods.consented != parcel.digest:
                raise denied("nobody agreed to this very parcel", "gate:consent")
        elif verdict.stance is not Stance.LEAVE:
            raise denied("the verdict does not let it leave", "gate:verdict")
        if policy.state is not PolicyState.READ or policy.sha256 != verdict.policy_hash:
            raise denied("the policy is not the one that was decided by", "gate:policy")
        if policy.backend(backend.name) != backend or parcel.backend != backend.name:
            raise denied("the policy does not name this back end", "gate:backend")
        if verdict.backend not in ("", backend.name):
            raise denied("the verdict is about another back end", "gate:backend")
        if parcel.zone is not backend.zone or parcel.host != self._address.shown:
            raise denied("the parcel is addressed to somewhere else", "gate:backend")

    def _check_address(self, out: Outgoing) -> None:
        address = self._address
        if (out.scheme, out.host, out.port) != (address.scheme, address.host, address.port):
            raise denied("the request goes to another machine", "gate:address")
        if not address.is_sealed and not self._backend.is_insecure and not address.is_loopback:
            raise denied("the request would go out in clear", "gate:address")
        method = "SEND" if self._backend.kind is BackendKind.WYOMING else "POST"
        if out.method != method or out.target != target_of(self._backend, self._goods.path):
            raise denied("the request is not the one that was packed", "gate:address")

    def _check_body(self, out: Outgoing) -> None:
        content_type = _header(out, "content-type")
        if content_type.partition(";")[0].strip().lower() != self._goods.content_type:
            raise denied("the body is not of the kind that was packed", "gate:body")
        policy, backend = self._gate.policy(), self._backend
        look = Look(
            lambda kind: policy.masks(kind, backend), self._gate.rescan, most_seconds=self._gate.most_search_seconds
        )
        self._goods.examine(out.body, content_type, look)

    def _headers(self, out: Outgoing) -> list[tuple[str, str]]:
        """All of them, made here: of what the library would send, only the content type is taken."""
        backend = self._backend
        headers = [
            ("User-Agent", AGENT),
            ("Accept", self._goods.accept),
            ("Accept-Encoding", "identity"),
            ("Content-Type", _header(out, "content-type")),
        ]
        key = self._key()
        if key and backend.kind is BackendKind.AZURE and not backend.token_command:
            headers.append(("api-key", key))
        elif key:
            headers.append(("Authorization", f"Bearer {key}"))
        if backend.organization:
            headers.append(("OpenAI-Organization", backend.organization))
        if backend.project:
            headers.append(("OpenAI-Project", backend.project))
        check_headers(headers)
        return headers

    def _write_down(self, out: Outgoing) -> None:
        """Keep the bytes, then write the line. What either raises, nothing leaves."""
        parcel = self._goods.parcel
        destination = f"{out.method} {out.scheme}://{self._address.shown}{out.target.partition('?')[0]}"
        line = LedgerLine(
            at=self._gate.clock(),
            destination=destination,
            zone=str(parcel.zone),
            rule=parcel.verdict.rule,
            policy_hash=parcel.verdict.policy_hash,
            counts=parcel.counts,
            bytes=len(out.body),
            payload_mac=self._goods.keep(out.body),
        )
        self._line = Sent(self._gate.ledger.append(line), destination, len(out.body))


class Collection(Way):
    """One request for a file, or for the rest of one."""

    def __init__(self, gate: Gate, wanted: Wanted, guard: Guard, put_back: Callable[[], None]) -> None:
        super().__init__(gate, guard, put_back)
        self._wanted = wanted

    @contextmanager
    def asked(self) -> Iterator[Told]:
        """Send it; the answer, within the block. Raises EgressDenied (nothing left), Broken, Halted."""
        place = self._wanted.place
        address = place.address
        response = self._guard.exchange(
            Outgoing("GET", address.scheme, address.host, address.port, place.target, (), b"")
        )
        try:
            # The bytes as they come: what the library would do on the way is not wanted here.
            yield Told(response.status_code, response.headers, self._guard.chunks_of(response))
        finally:
            response.close()

    def _let_through(self, out: Outgoing) -> list[tuple[str, str]]:
        wanted, policy = self._wanted, self._gate.policy()
        check_wanted(wanted, out, policy)
        headers = headers_of(wanted, AGENT)
        check_headers(headers)
        destination = f"GET {wanted.place.shown}"
        zone = Zone.DEVICE if wanted.place.address.is_loopback else Zone.CLOUD
        line = LedgerLine(self._gate.clock(), destination, str(zone), PULL_RULE, policy.sha256, {}, 0, "")
        self._line = Sent(self._gate.ledger.append(line), destination, 0)
        return headers


def _header(out: Outgoing, name: str) -> str:
    found = [value for given, value in out.headers if given == name]
    if len(found) != 1:
        raise EgressDenied("not sent: a header is missing or stands twice", rule="gate:headers")
    return found[0]
