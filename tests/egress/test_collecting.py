"""The gate, where a file is asked for: what passes, what does not, by which rule, and that nothing is written then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from privacy_assistant.core.address import Address
from privacy_assistant.core.breaker import Failure
from privacy_assistant.core.hub import place_of
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.policy_terms import Policy
from privacy_assistant.egress.broken import Broken
from privacy_assistant.egress.collecting import Wanted
from privacy_assistant.egress.gate import Collection, Gate
from privacy_assistant.egress.halt import Halt
from privacy_assistant.egress.outgoing import Outgoing
from privacy_assistant.errors import EgressDenied
from tests.egress.fetching import QUICK, SMALL, a_hub
from tests.egress.hub_faults import Endless
from tests.fakes import EPOCH, FakeFinder, FakeLedger

PLACE = place_of("https://huggingface.co/some/model/resolve/main/a.gguf?x=signed")
OUT = Outgoing("GET", "https", "huggingface.co", 443, PLACE.target, (), b"")


@contextmanager
def collection(wanted: Wanted, policy: Policy | None = None) -> Iterator[tuple[Collection, FakeLedger]]:
    """A passage for this, and the ledger that it writes to. Nothing is connected to."""
    ledger = FakeLedger()
    gate = Gate(policy=lambda: policy or Policy.absent(), ledger=ledger, rescan=FakeFinder().find, clock=lambda: EPOCH)
    try:
        yield gate.collect(wanted, halt=Halt(), timeouts=QUICK, deadline=1e12), ledger
    finally:
        gate.close()


def rule_of(wanted: Wanted, out: Outgoing = OUT, policy: Policy | None = None) -> str:
    """The rule by which it is denied; nothing was written down."""
    with collection(wanted, policy) as (passage, ledger):
        with pytest.raises(EgressDenied) as denied:
            passage.inspect(out)
        assert not ledger.lines()
        assert "signed" not in f"{denied.value} {denied.value.hint}"
        return denied.value.rule


def wanted(url: str = PLACE.url, **changes: Any) -> Wanted:
    """That file, first asked for at the hub."""
    return replace(Wanted(place_of(url), PLACE.address), **changes)


def test_what_was_agreed_to_passes_with_headers_that_are_the_same_for_everybody() -> None:
    """And with its line in the ledger, without the query."""
    with collection(wanted()) as (passage, ledger):
        assert passage.inspect(OUT) == [
            ("User-Agent", "privacy-assistant"),
            ("Accept", "*/*"),
            ("Accept-Encoding", "identity"),
        ]
        [(_, line)] = ledger.lines()
    assert line.destination == "GET https://huggingface.co/some/model/resolve/main/a.gguf"
    assert (line.zone, line.rule, line.policy_hash, line.counts) == ("cloud", "models:pull", "", {})
    assert (line.bytes, line.payload_mac, line.at) == (0, "", EPOCH)


def test_the_rest_of_a_file_is_asked_for_with_a_range_and_the_mark_of_what_is_here() -> None:
    """And the token where it is the first host."""
    with collection(wanted(start=7, only_if='"a"', token="hf_x")) as (passage, _):
        assert passage.inspect(OUT)[3:] == [
            ("Range", "bytes=7-"),
            ("If-Range", '"a"'),
            ("Authorization", "Bearer hf_x"),
        ]


def test_a_policy_is_named_by_its_hash_and_need_not_be_there() -> None:
    """One that cannot be read is another matter: it may forbid this."""
    policy = parse_policy("version = 1\n", "policy.toml")
    with collection(wanted(), policy) as (passage, ledger):
        passage.inspect(OUT)
        assert ledger.lines()[0][1].policy_hash == policy.sha256
    assert rule_of(wanted(), policy=Policy.unreadable("a mistake")) == "gate:policy"


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("https://elsewhere.example/file", "models:host"),
        ("https://huggingface.co.example/file", "models:host"),
        ("https://nothuggingface.co/file", "models:host"),
        ("http://127.0.0.1:9/file", "models:host"),
    ],
)
def test_a_host_that_the_first_one_does_not_lead_to_does_not_pass(url: str, rule: str) -> None:
    """Whatever the request says."""
    place = place_of(url)
    out = Outgoing("GET", place.address.scheme, place.address.host, place.address.port, place.target, (), b"")
    assert rule_of(wanted(url), out) == rule


@pytest.mark.parametrize(
    "url", ["https://cdn-lfs.hf.co/file", "https://sub.huggingface.co/f", "https://named.example/f"]
)
def test_the_stores_of_the_hub_and_a_host_that_was_named_pass(url: str) -> None:
    """Each with a line of its own."""
    place = place_of(url)
    out = Outgoing("GET", place.address.scheme, place.address.host, place.address.port, place.target, (), b"")
    with collection(wanted(url, also=("named.example",))) as (passage, ledger):
        assert passage.inspect(out)
        assert ledger.lines()[0][1].destination == f"GET {url}"


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "POST"},
        {"method": "HEAD"},
        {"body": b"x"},
        {"host": "elsewhere.example"},
        {"port": 444},
        {"scheme": "http"},
        {"target": "/some/model/resolve/main/a.gguf"},
        {"target": PLACE.target + "&me=1"},
        {"target": "/some/other/resolve/main/a.gguf?x=signed"},
    ],
)
def test_a_request_for_anything_but_that_very_file_does_not_pass(changes: dict[str, Any]) -> None:
    """Method, host, port, path and query are those that were agreed to, and there is no body."""
    assert rule_of(wanted(), replace(OUT, **changes)) == "gate:address"


def test_nothing_goes_in_clear_but_to_this_machine() -> None:
    """Even where somebody made such an order by hand."""
    clear = replace(PLACE, address=Address("http", "huggingface.co", 80, ""))
    out = replace(OUT, scheme="http", port=80)
    assert rule_of(Wanted(clear, clear.address), out) == "gate:address"


def test_the_token_does_not_go_to_a_second_host() -> None:
    """Whoever asks for that is mistaken."""
    out = replace(OUT, host="cdn-lfs.hf.co", target="/file")
    assert rule_of(wanted("https://cdn-lfs.hf.co/file", token="hf_x"), out) == "gate:headers"


@pytest.mark.parametrize("changes", [{"token": "a\r\nX: 1"}, {"token": "ä"}, {"start": 1, "only_if": '"a\n"'}])
def test_a_value_that_no_header_can_carry_does_not_pass(changes: dict[str, Any]) -> None:
    """A line break would be a header of its own."""
    assert rule_of(wanted(**changes)) == "gate:headers"


def test_a_ledger_that_cannot_be_written_lets_nothing_out() -> None:
    """The line comes first."""
    with collection(wanted()) as (passage, ledger):
        ledger.append = None  # type: ignore[method-assign,assignment]  # whatever is the matter with it
        with pytest.raises(EgressDenied) as denied:
            passage.inspect(OUT)
        assert (denied.value.rule, passage.sent) == ("gate:defect", None)


def test_an_answer_ends_where_what_was_wanted_ends() -> None:
    """Whoever reads it, and however long the server goes on."""
    with a_hub(faults={SMALL: Endless()}) as hub:
        place = place_of(hub.address_of(SMALL))
        with (
            collection(Wanted(place, place.address, most_bytes=1000)) as (passage, _),
            pytest.raises(Broken) as broken,
            passage.asked() as told,
        ):
            list(told.untrusted_chunks)
    assert broken.value.failure is Failure.MALFORMED


def test_nothing_of_a_signed_address_or_a_token_is_in_a_repr() -> None:
    """Neither of what is wanted nor of the request."""
    assert "signed" not in f"{wanted()!r} {OUT!r}"
    assert "hf_x" not in repr(wanted(token="hf_x"))
