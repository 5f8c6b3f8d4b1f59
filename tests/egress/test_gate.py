"""The gate: what passes it, what does not, by which rule, and that nothing connects before it is through."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.parcel import Parcel, pack
from privacy_assistant.core.policy_terms import Policy, PolicyState
from privacy_assistant.core.turn import Zone
from privacy_assistant.egress.dialects import dialect_for
from privacy_assistant.egress.goods import Words
from privacy_assistant.egress.halt import Halt
from privacy_assistant.errors import EgressDenied
from tests.egress.door import JSON, NAME, QUICK, inspect, open_door, request_of, rule_of, write_policy
from tests.fakes import FakeFinder

URL = "http://127.0.0.1:9/v1"


# ---------------------------------------------------------------- what passes


def test_what_was_packed_passes_with_our_own_headers_alone() -> None:
    """Of what the SDK would send, only the content type is left."""
    door = open_door(write_policy(URL, more='organization = "org-1"\nproject = "proj-1"'))
    assert inspect(door, request_of(door)) == [
        ("User-Agent", "privacy-assistant"),
        ("Accept", "text/event-stream"),
        ("Accept-Encoding", "identity"),
        ("Content-Type", JSON),
        ("Authorization", "Bearer secret-key"),
        ("OpenAI-Organization", "org-1"),
        ("OpenAI-Project", "proj-1"),
    ]


def test_the_ledger_line_names_the_destination_and_counts_and_no_content() -> None:
    """The line has the MAC of the very bytes, and the bytes were kept before it."""
    door = open_door(write_policy(URL))
    out = request_of(door)
    inspect(door, out)
    [(_, line)] = door.ledger.lines()
    assert line.destination == "POST http://127.0.0.1:9/v1/chat/completions"
    assert (line.zone, line.bytes, line.payload_mac) == ("cloud", len(out.body), "mac 1")
    assert line.counts == {"PERSON": 1}
    assert line.policy_hash == door.policy.sha256
    assert door.kept == [out.body]


def test_a_back_end_that_takes_clear_text_is_sent_it() -> None:
    """With redact = false nothing is masked for it, so nothing is looked for."""
    door = open_door(write_policy(URL, zone="lan", more="redact = false"))
    door.finder = FakeFinder({NAME: Kind.PERSON})
    door.gate.rescan = door.finder.find
    door.redacted(NAME)  # the legend knows the name
    clear = door.parcel("Hello there.")
    body = json.dumps(Words(door.dispatch(clear), dialect_for(door.backend)).encode()).encode()
    assert inspect(door, request_of(door, body), door.dispatch(clear))


# ---------------------------------------------------------------- the parcel and the policy


def test_a_parcel_that_was_changed_does_not_pass() -> None:
    """Its digest is counted again."""
    door = open_door(write_policy(URL))
    parcel = door.parcel()
    tampered = object.__new__(Parcel)
    for name in Parcel.__slots__:
        object.__setattr__(tampered, name, getattr(parcel, name))
    object.__setattr__(tampered, "model", "another-model")
    assert rule_of(door, dispatch=door.dispatch(tampered)) == "gate:digest"


def test_what_must_be_asked_about_passes_with_that_very_digest_only() -> None:
    """A yes to another parcel, or to nothing, is none."""
    door = open_door(f'mode = "ask"\n{write_policy(URL)}')
    parcel, other = door.parcel(), door.parcel("Something else.")
    assert parcel.needs_consent
    assert rule_of(door, dispatch=door.dispatch(parcel)) == "gate:consent"
    assert rule_of(door, dispatch=door.dispatch(parcel, other.digest)) == "gate:consent"
    assert inspect(door, request_of(door), door.dispatch(parcel, parcel.digest))


@pytest.mark.parametrize(
    "change",
    [
        lambda policy: replace(policy, sha256="0" * 64),
        lambda policy: Policy.absent(),
        lambda policy: Policy.unreadable("mistake"),
        lambda policy: replace(policy, state=PolicyState.UNREADABLE),
    ],
    ids=["another file", "no file", "a mistake in it", "not to be trusted any more"],
)
def test_a_policy_that_changed_under_the_parcel_stops_it(change: Callable[[Policy], Policy]) -> None:
    """The verdict was made by another policy, so it is no verdict any more."""
    door = open_door(write_policy(URL))
    dispatch, out = door.dispatch(), request_of(door)
    cloud = door.cloud.backend
    goods = Words(dispatch, dialect_for(door.backend))
    door.policy = change(door.policy)
    passage = door.gate.open(cloud, goods, lambda: "", halt=Halt(), timeouts=QUICK, deadline=1e12)
    with pytest.raises(EgressDenied) as denied:
        passage.inspect(out)
    assert denied.value.rule == "gate:policy"
    assert not door.ledger.lines()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ("http://127.0.0.1:8/v1", "gate:backend"),
        ("http://127.0.0.2:9/v1", "gate:backend"),
        ("https://127.0.0.1:9/v1", "gate:backend"),
    ],
)
def test_a_back_end_with_another_address_than_the_policys_does_not_pass(change: str, rule: str) -> None:
    """The parcel names the host that the person saw; the policy names the one that may be asked."""
    door = open_door(write_policy(URL))
    dispatch, out = door.dispatch(), request_of(door)
    moved = replace(door.policy.backends[0], base_url=change)
    door.policy = replace(door.policy, backends=(moved,))
    assert rule_of(door, out, dispatch) == rule


@pytest.mark.parametrize(("host", "zone"), [("127.0.0.1:8", Zone.CLOUD), ("127.0.0.1:9", Zone.LAN)])
def test_a_parcel_that_is_addressed_elsewhere_does_not_pass(host: str, zone: Zone) -> None:
    """The person was shown another host or zone than the one that the policy has."""
    door = open_door(write_policy(URL))
    packed = door.parcel()
    parcel = pack("parcel", packed.verdict, "there", host, zone, packed.body, model=packed.model, max_tokens=100)
    assert rule_of(door, dispatch=door.dispatch(parcel)) == "gate:backend"


def test_a_verdict_about_another_back_end_does_not_pass() -> None:
    """One parcel goes to one back end."""
    more = f'[backend.other]\nzone = "cloud"\nkind = "openai"\napi = "chat"\nbase_url = "{URL}"\nmodel = "gpt-4o"'
    door = open_door(write_policy(URL, more=more))
    goods = Words(door.dispatch(), dialect_for(door.backend))
    passage = door.gate.open(door.policy.backends[1], goods, lambda: "", halt=Halt(), timeouts=QUICK, deadline=1e12)
    with pytest.raises(EgressDenied) as denied:
        passage.inspect(request_of(door))
    assert denied.value.rule == "gate:backend"


# ---------------------------------------------------------------- the request


@pytest.mark.parametrize(
    "changes",
    [
        {"host": "127.0.0.2"},
        {"host": "evil.example"},
        {"port": 10},
        {"scheme": "https"},
        {"method": "GET"},
        {"target": "/v1/responses"},
        {"target": "/v1/chat/completions?x=1"},
        {"target": "/v1/../chat/completions"},
    ],
)
def test_a_request_to_anything_but_the_one_address_does_not_pass(changes: dict[str, Any]) -> None:
    """Scheme, host, port, path, query and method are those of the back end and the dialect."""
    door = open_door(write_policy(URL))
    assert rule_of(door, request_of(door, **changes)) == "gate:address"


def test_what_would_go_out_in_clear_does_not_pass_unless_the_policy_says_so() -> None:
    """http is for loopback numbers; elsewhere for `insecure = true` alone."""
    door = open_door(write_policy("http://lab.example/v1", zone="lan", more="insecure = true"))
    out = request_of(door, scheme="http", host="lab.example", port=80)
    assert inspect(door, out)
    door = open_door(write_policy("http://lab.example/v1", zone="lan", more="insecure = true"))
    door.policy = replace(door.policy, backends=(replace(door.policy.backends[0], is_insecure=False),))
    door.errands.backend = door.policy.backends[0]
    assert rule_of(door, out) == "gate:address"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b'{"model": "gpt-4o", "model": "gpt-4o"}',
        b'{"temperature": NaN}',
        b"\xff\xfe",
        b"[" * 40 + b"]" * 40,
        b"[" * 200_000,
    ],
    ids=["nothing", "no JSON", "a key twice", "NaN", "no UTF-8", "deep", "bottomless"],
)
def test_a_body_that_cannot_be_read_strictly_does_not_pass(body: bytes) -> None:
    """What another parser could read in another way is not sent."""
    door = open_door(write_policy(URL))
    assert rule_of(door, request_of(door, body)) == "gate:body"


@pytest.mark.parametrize(
    "headers",
    [(), (("content-type", JSON), ("content-type", JSON)), (("content-type", "text/plain"),)],
    ids=["none", "twice", "another"],
)
def test_a_body_of_another_type_does_not_pass(headers: tuple[tuple[str, str], ...]) -> None:
    """The type is the one of the goods, once."""
    door = open_door(write_policy(URL))
    assert rule_of(door, request_of(door, headers=headers)) in {"gate:headers", "gate:body"}


@pytest.mark.parametrize("where", ["user", "metadata", "instructions", "value", "number"])
def test_what_the_parcel_does_not_hold_cannot_be_smuggled_in(where: str) -> None:
    """Not as a field, not as a text, not as a number, however harmless it looks."""
    door = open_door(write_policy(URL))
    body = json.loads(request_of(door).body)
    if where == "value":
        body["messages"][0]["content"] += " And tell me who I am."
    elif where == "number":
        body["max_completion_tokens"] = 491512345678
    else:
        body[where] = "harmless"
    assert rule_of(door, request_of(door, json.dumps(body).encode())) == "gate:texts"


def test_a_key_that_no_header_can_carry_does_not_pass() -> None:
    """A line break in a key would be a header of its own."""
    door = open_door(write_policy(URL))
    goods = Words(door.dispatch(), dialect_for(door.backend))
    key = "key\r\nX-Other: 1"
    passage = door.gate.open(door.cloud.backend, goods, lambda: key, halt=Halt(), timeouts=QUICK, deadline=1e12)
    with pytest.raises(EgressDenied) as denied:
        passage.inspect(request_of(door))
    assert denied.value.rule == "gate:headers"
    assert "key\r\n" not in str(denied.value)
