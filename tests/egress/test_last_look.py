"""The last look at the bytes: what was masked, or should have been, and that nothing connects before it is over."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant.core.kinds import Findings
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.core.policy_file import parse_policy
from privacy_assistant.egress.dialects import dialect_for
from privacy_assistant.egress.goods import Words
from privacy_assistant.egress.halt import Halt
from privacy_assistant.errors import EgressDenied, RecordTampered
from privacy_assistant.ports import Dispatch, LedgerLine
from tests.egress.door import NAME, QUESTION, QUICK, inspect, open_door, request_of, rule_of, write_policy
from tests.egress.servers.capturing import CapturingServer
from tests.fakes import FakeLedger

URL = "http://127.0.0.1:9/v1"


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


@pytest.mark.parametrize(
    "text",
    [
        r'the log says {"mail": "anna\u0040example.org"} and no more',
        r"the log says anna\x40example.org",
        "open mail=anna.meier%40example.org&n=1",
        "iban=DE89%203704%200044%200532%200130%2000",
        "anna.meier&#64;example.org wrote",
        r'{"a": "the log says anna.meier%40example.org"}',
    ],
)
def test_an_escape_hides_nothing_from_the_last_look(text: str) -> None:
    """No finder reads through escapes, and whoever gets the text does: what one hides does not leave."""
    door = open_door(write_policy(URL), rescan=PatternFinder().find)
    parcel = door.parcel(text)
    body = json.dumps(Words(door.dispatch(parcel), dialect_for(door.backend)).encode()).encode()
    assert rule_of(door, request_of(door, body), door.dispatch(parcel)) == "gate:rescan"


@pytest.mark.parametrize(
    "text", [r"print('\u00e9\x41 \ud83d %d%%')", "100% sure & R&D &c.", r"write \x20 or \u0020 for a blank"]
)
def test_an_escape_alone_stops_nothing(text: str) -> None:
    """Programs and percentages are full of what looks like escapes."""
    door = open_door(write_policy(URL), rescan=PatternFinder().find)
    parcel = door.parcel(text)
    body = json.dumps(Words(door.dispatch(parcel), dialect_for(door.backend)).encode()).encode()
    assert inspect(door, request_of(door, body), door.dispatch(parcel))


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


def test_a_placeholder_is_no_value_even_where_it_was_masked_itself() -> None:
    """An answer that echoed one is masked with the next question, and so its kind, its tag or all of it is a value of
    the legend from then on; the same letters outside of a placeholder are one still."""
    door = open_door(write_policy(URL))
    first = door.redacted(NAME).text
    door.redacted(f"You wrote PERSON and {door.legend.tag} and {first}.", ("PERSON", door.legend.tag, first))
    hidden = door.parcel('{"note": "P\\u0045RSON"}')
    body = json.dumps(Words(door.dispatch(hidden), dialect_for(door.backend)).encode()).encode()
    assert rule_of(door, request_of(door, body), door.dispatch(hidden)) == "gate:legend"
    parcel = door.parcel(QUESTION)
    body = json.dumps(Words(door.dispatch(parcel), dialect_for(door.backend)).encode()).encode()
    assert inspect(door, request_of(door, body), door.dispatch(parcel))


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


def test_a_text_that_is_a_word_of_the_protocol_too_is_looked_at() -> None:
    """Somebody may be called like a field, and that alone be the question."""
    door = open_door(write_policy(URL))
    parcel = door.parcel("assistant")
    door.redacted("assistant", ["assistant"])
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
