"""What is asked of a request for a public file before it leaves: of the files of models, and nothing else.

Nothing of a person is in one: no body, no words, the same headers for everybody. What is held here is where it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from privacy_assistant.core.address import Address
from privacy_assistant.core.hub import Place, may_lead_to
from privacy_assistant.core.model_card import MOST_BYTES
from privacy_assistant.core.policy_terms import Policy, PolicyState
from privacy_assistant.egress.inspection import denied
from privacy_assistant.egress.outgoing import Outgoing
from privacy_assistant.errors import EgressDenied

PULL_RULE = "models:pull"
"""The rule of what is fetched: a person asked for it."""

TOLD_OF_A_FILE = frozenset(
    (
        *("accept-ranges", "content-length", "content-range", "content-type", "etag", "location", "retry-after"),
        *("x-linked-etag", "x-linked-size", "x-repo-commit"),
    )
)
"""Headers that are looked at where a file is fetched."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request for a file. `first` is where it was asked for at the beginning, `also` hosts that were agreed to
    beside those which that one leads on to; the `token` is for the first alone.

    `start` is the byte to go on from, `only_if` the ETag of what is here: another file is then sent whole. No answer
    is longer than `most_bytes`.
    """

    place: Place
    first: Address
    also: tuple[str, ...] = ()
    token: str = field(default="", repr=False)
    start: int = 0
    only_if: str = ""
    most_bytes: int = MOST_BYTES


@dataclass(frozen=True, slots=True)
class Told:
    """The beginning of an answer; the names of the headers are in small letters."""

    status: int
    untrusted_headers: Mapping[str, str] = field(repr=False)
    untrusted_chunks: Iterator[bytes] = field(repr=False)


def check_wanted(wanted: Wanted, out: Outgoing, policy: Policy) -> None:
    """Hold a request against what was agreed to. Raises EgressDenied."""
    address = wanted.place.address
    if not may_lead_to(wanted.first, address, wanted.also):
        hint = f"--host {address.host} agrees to it, for this once"
        raise _not_fetched(f"nobody agreed to {address.host}", rule="models:host", hint=hint)
    if out.method != "GET" or out.body:
        raise _not_fetched("the request is no question for a file", rule="gate:address")
    if (out.scheme, out.host, out.port) != (address.scheme, address.host, address.port):
        raise _not_fetched("the request goes to another machine", rule="gate:address")
    if out.target != wanted.place.target:
        raise _not_fetched("the request is for another file", rule="gate:address")
    if not address.is_sealed and not address.is_loopback:
        raise _not_fetched("the request would go out in clear", rule="gate:address")
    if policy.state is PolicyState.UNREADABLE:
        hint = "privacy-assistant policy check"
        raise _not_fetched("the policy cannot be read, so it may forbid this", rule="gate:policy", hint=hint)
    if wanted.token and address != wanted.first:
        raise _not_fetched("the token is for another host", rule="gate:headers")


def headers_of(wanted: Wanted, agent: str) -> list[tuple[str, str]]:
    """All headers of the request."""
    headers = [("User-Agent", agent), ("Accept", "*/*"), ("Accept-Encoding", "identity")]
    if wanted.start:
        headers.append(("Range", f"bytes={wanted.start}-"))
    if wanted.start and wanted.only_if:
        headers.append(("If-Range", wanted.only_if))
    if wanted.token:
        headers.append(("Authorization", f"Bearer {wanted.token}"))
    return headers


def check_headers(headers: list[tuple[str, str]]) -> None:
    """Raises EgressDenied for a value that would end its line, or that another may read in another way."""
    if any(not value.isascii() or not value.isprintable() for _, value in headers):
        raise denied("a header holds what no header may", "gate:headers")


def _not_fetched(what: str, *, rule: str, hint: str = "") -> EgressDenied:
    return EgressDenied(f"not fetched: {what}", hint=hint, rule=rule)
