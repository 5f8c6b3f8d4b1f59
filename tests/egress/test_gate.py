"""The gate: what passes it, what does not, by which rule, and that nothing connects before it is through."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.kinds import Findings, Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.parcel import Parcel
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.core.policy_terms import Policy
from privacy_assistant.egress.dialects import dialect_for
from privacy_assistant.egress.goods import Words
from privacy_assistant.egress.halt import Halt
from privacy_assistant.egress.outgoing import Outgoing
from privacy_assistant.errors import EgressDenied, RecordTampered
from privacy_assistant.ports import Dispatch, LedgerLine
from tests.egress.door import NAME, QUESTION, QUICK, Door, open_door, write_policy
from tests.egress.servers.capturing import CapturingServer
from tests.fakes import FakeFinder, FakeLedger

URL = "http://127.0.0.1:9/v1"
JSON = "application/json"


def request_of(door: Door, body: bytes | None = None, **changes: Any) -> Outgoing:
    """The request that the SDK would make for the parcel of the door, with changes."""
    encoded = json.dumps(Words(door.dispatch(), dialect_for(door.backend)).encode()).encode()
    out = Outgoing(
        method="POST",
        scheme="http",
        host="127.0.0.1",
        port=9,
        target="/v1/chat/completions",
        headers=(("content-type", JSON), ("x-stainless-os", "Linux"), ("authorization", "Bearer other")),
        body=encoded if body is None else body,
    )
    return replace(out, **changes)


def inspect(door: Door, out: Outgoing, dispatch: Dispatch | None = None) -> list[tuple[str, str]]:
    """Hold a request against the parcel of the door, as the wire does. Nothing is connected to."""
    goods = Words(dispatch or door.dispatch(), dialect_for(door.backend))
    passage = door.gate.open(
        door.cloud._backend, goods, lambda: "secret-key", halt=Halt(), timeouts=QUICK, deadline=1e12
    )
    try:
        return passage.inspect(out)
    finally:
        passage.close()
        door.gate.close()


def rule_of(door: Door, out: Outgoing | None = None, dispatch: Dispatch | None = None) -> str:
    """The rule by which a request is denied; nothing of it was kept or written down."""
    with pytest.raises(EgressDenied) as denied:
        inspect(door, out or request_of(door), dispatch)
    assert not door.kept
    assert not door.ledger.lines()
    return denied.value.rule


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
    ],
    ids=["another file", "no file", "a mistake in it"],
)
def test_a_policy_that_changed_under_the_parcel_stops_it(change: Callable[[Policy], Policy]) -> None:
    """The verdict was made by another policy, so it is no verdict any more."""
    door = open_door(write_policy(URL))
    dispatch, out = door.dispatch(), request_of(door)
    cloud = door.cloud._backend
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
    door.cloud._backend = door.policy.backends[0]
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
    passage = door.gate.open(door.cloud._backend, goods, lambda: key, halt=Halt(), timeouts=QUICK, deadline=1e12)
    with pytest.raises(EgressDenied) as denied:
        passage.inspect(request_of(door))
    assert denied.value.rule == "gate:headers"
    assert "key\r\n" not in str(denied.value)


# ---------------------------------------------------------------- the last look


def test_a_finder_that_fails_finds_something() -> None:
    """Its error is a refusal, and its text, which may quote, is in no message."""

    def fail(text: str) -> Findings:
        raise RuntimeError(f"cannot read {text}")

    door = open_door(write_policy(URL), rescan=fail)
    with pytest.raises(EgressDenied) as denied:
        inspect(door, request_of(door))
    assert denied.value.rule == "gate:rescan"
    assert "Write to" not in f"{denied.value!r} {denied.value.hint}"
    assert denied.value.__cause__ is None


def test_a_search_that_does_not_end_is_a_refusal() -> None:
    """Whoever waits is told, and nothing leaves."""
    halt = Halt()

    def hang(text: str) -> Findings:
        halt.wait(60)
        return Findings()

    door = open_door(write_policy(URL), rescan=hang, most_search_seconds=0.05)
    try:
        assert rule_of(door) == "gate:rescan"
    finally:
        halt.say()


def test_what_a_finder_still_finds_stops_the_parcel() -> None:
    """Even where the parcel is whole and the legend knows nothing of it."""
    door = open_door(write_policy(URL), rescan=PatternFinder().find)
    parcel = door.parcel("Mail anna.meier@example.org at once.")
    body = json.dumps(Words(door.dispatch(parcel), dialect_for(door.backend)).encode()).encode()
    assert rule_of(door, request_of(door, body), door.dispatch(parcel)) == "gate:rescan"


def test_what_the_policy_allows_may_stand_in_clear() -> None:
    """A kind that is not masked for this back end is no reason."""
    door = open_door(f'{write_policy(URL)}\n[categories]\nEMAIL = "allow"\n', rescan=PatternFinder().find)
    parcel = door.parcel("Mail anna.meier@example.org at once.")
    body = json.dumps(Words(door.dispatch(parcel), dialect_for(door.backend)).encode()).encode()
    assert inspect(door, request_of(door, body), door.dispatch(parcel))


def test_a_value_of_the_legend_in_the_json_of_a_text_stops_the_parcel() -> None:
    """JSON inside of a text is read too, however its letters are written."""
    door = open_door(write_policy(URL))
    door.redacted(NAME)
    hidden = "".join(f"\\u{ord(char):04x}" for char in NAME)
    parcel = door.parcel(f'{{"note": "{hidden}"}}')
    body = json.dumps(Words(door.dispatch(parcel), dialect_for(door.backend)).encode()).encode()
    assert NAME.encode() not in body
    assert rule_of(door, request_of(door, body), door.dispatch(parcel)) == "gate:legend"


VALUES = ("Anna Meier", "4111 1111 1111 1111", "anna.meier@example.org", "Żółć Ążek", "Straße 12, Köln")


def _paths(value: object, here: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """The place of every string and key of a JSON value."""
    found: list[tuple[object, ...]] = []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += [(*here, ("key", key)), *_paths(inner, (*here, key))]
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += _paths(inner, (*here, index))
    elif isinstance(value, str):
        found.append(here)
    return found


def _planted(value: object, path: tuple[object, ...], secret: str) -> object:
    if not path:
        return secret
    first, *rest = path
    if isinstance(first, tuple):
        assert isinstance(value, dict)
        return {secret if key == first[1] else key: inner for key, inner in value.items()}
    if isinstance(value, dict):
        return {key: _planted(v, tuple(rest), secret) if key == first else v for key, v in value.items()}
    assert isinstance(value, list)
    return [_planted(v, tuple(rest), secret) if index == first else v for index, v in enumerate(value)]


@given(st.data())
def test_a_planted_value_in_any_string_of_the_body_stops_it(data: st.DataObject) -> None:
    """Whatever place, escape, nesting or neighbour: a body that holds the value is denied, and nothing is written."""
    door = open_door(
        write_policy(URL, api=data.draw(st.sampled_from(["chat", "responses"]))), rescan=PatternFinder().find
    )
    secret = data.draw(st.sampled_from(VALUES))
    door.redacted(secret, [secret])
    target = "/v1/responses" if door.backend.api == "responses" else "/v1/chat/completions"
    body = json.loads(request_of(door).body)
    path = data.draw(st.sampled_from(_paths(body)))
    said = data.draw(st.text(alphabet=st.characters(exclude_categories=["Cs", "L", "N"]), max_size=5)) + secret
    for _ in range(data.draw(st.integers(0, 3))):
        said = json.dumps({"inner": [said]}, ensure_ascii=data.draw(st.booleans()))
    planted = json.dumps(_planted(body, path, said), ensure_ascii=data.draw(st.booleans()))
    assert rule_of(door, request_of(door, planted.encode(), target=target)).startswith("gate:")


@given(st.data())
def test_a_planted_value_in_any_text_of_a_parcel_stops_it(data: st.DataObject) -> None:
    """Also where the parcel itself holds it, because whoever packed it overlooked it: the legend knows."""
    door = open_door(write_policy(URL))
    secret = data.draw(st.sampled_from(VALUES[1:]))  # the door masks the first one by itself
    said = secret
    for _ in range(data.draw(st.integers(0, 3))):
        said = json.dumps({"inner": [said]}, ensure_ascii=data.draw(st.booleans()))
    texts = [data.draw(st.sampled_from(["Hello.", "user", "What is it?"])), said]
    parcel = door.parcel(*data.draw(st.permutations(texts)))
    door.redacted(secret, [secret])  # found later, in another text of the conversation
    body = json.dumps(Words(door.dispatch(parcel), dialect_for(door.backend)).encode()).encode()
    assert rule_of(door, request_of(door, body), door.dispatch(parcel)) == "gate:legend"


# ---------------------------------------------------------------- before the first byte


class _FailingLedger(FakeLedger):
    def append(self, line: LedgerLine) -> int:
        raise RecordTampered("The ledger was changed.")


def test_a_ledger_that_cannot_be_written_keeps_everything_here(capturing_server: CapturingServer) -> None:
    """No line, no connection."""
    door = open_door(write_policy(capturing_server.url), ledger=_FailingLedger())
    with pytest.raises(RecordTampered):
        door.ask()
    assert capturing_server.connections == 0


def test_what_cannot_be_kept_does_not_leave(capturing_server: CapturingServer) -> None:
    """The copy of the sent bytes is written before the line, and both before the connection."""
    door = open_door(write_policy(capturing_server.url))

    def fail(payload: bytes) -> str:
        raise RecordTampered("The history was changed.")

    dispatch = Dispatch(door.parcel(), door.legend, fail)
    with pytest.raises(RecordTampered):
        list(door.cloud.generate(dispatch))
    assert not door.ledger.lines()
    assert capturing_server.connections == 0


def test_the_line_stands_in_the_ledger_when_the_first_byte_arrives() -> None:
    """The server sees the ledger as it is while it reads the request."""
    seen: list[int] = []
    ledger = FakeLedger()
    with CapturingServer(on_request=lambda request: seen.append(len(ledger.lines()))) as server:
        open_door(write_policy(server.url), ledger=ledger).ask()
    assert seen == [1]


def test_a_defect_in_the_last_look_is_a_refusal() -> None:
    """Whatever breaks in here does not open the door, and its text is in no message."""
    door = open_door(write_policy(URL))

    def broken() -> datetime:
        raise ValueError(QUESTION)

    door.gate.clock = broken
    out = request_of(door)
    with pytest.raises(EgressDenied) as denied:
        inspect(door, out)
    assert denied.value.rule == "gate:defect"
    assert not door.ledger.lines()
    assert QUESTION not in repr(denied.value)


def test_denials_name_rules_and_never_what_was_found() -> None:
    """The message, the hint and the repr hold nothing of the text."""
    door = open_door(write_policy(URL))
    door.redacted(NAME)
    parcel = door.parcel("nothing")
    body = json.loads(request_of(door).body)
    body["messages"][0]["content"] = NAME
    with pytest.raises(EgressDenied) as denied:
        inspect(door, request_of(door, json.dumps(body).encode()), door.dispatch(parcel))
    shown = f"{denied.value} {denied.value!r} {denied.value.hint} {denied.value.rule}"
    assert not any(word in shown for word in NAME.split())


def test_a_region_without_an_address_opens_no_passage() -> None:
    """It is an error before anything is asked."""
    policy = parse_policy(write_policy("https://api.openai.com/v1"), "policy.toml")
    door = open_door(write_policy(URL))
    elsewhere = replace(policy.backends[0], data_residency="moon")
    goods = Words(Dispatch(door.parcel(), Legend.new(b"cd"), lambda payload: ""), dialect_for(elsewhere))
    with pytest.raises(EgressDenied) as denied:
        door.gate.open(elsewhere, goods, lambda: "", halt=Halt(), timeouts=QUICK, deadline=1e12)
    assert denied.value.rule == "gate:address"
