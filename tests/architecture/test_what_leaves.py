"""The page of what leaves tells the truth: about every field that is written, and every header."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from hypothesis import given

from privacy_assistant.core.parcel import Parcel
from privacy_assistant.core.policy_terms import Api, Backend, BackendKind
from privacy_assistant.core.sound import Recording
from privacy_assistant.egress.dialects import dialect_for, speech, transcriptions, wyoming
from tests.architecture import what_leaves
from tests.architecture.reading import PACKAGE, ROOT
from tests.egress.dialects.parcels import BACKENDS, KINDS, MODELS, PARCELS, backend, cases, redacted


def places(value: object, place: str = "") -> Iterator[str]:
    """Every place in a body that holds a value, without what stands in JSON of its own."""
    if place in what_leaves.OPEN or not value or not isinstance(value, dict | list):
        yield place
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, f"{place}.{name}" if place else name)
    else:
        for inner in value:
            yield from places(inner, f"{place}[]")


@given(to=BACKENDS, sent=PARCELS)
def test_every_field_that_is_written_stands_on_the_page(to: Backend, sent: Parcel) -> None:
    """Whatever the parcel and the back end, with the kinds that may get it."""
    dialect = dialect_for(to)
    listed = {field.place for field in what_leaves.BODIES[dialect.path] if to.kind in field.kinds}
    nothing_to_say = {"input"}  # an empty list, where there is only a system text
    assert set(places(dialect.encode(sent))) <= listed | nothing_to_say


@pytest.mark.parametrize("api", Api)
@pytest.mark.parametrize("kind", KINDS)
def test_every_field_on_the_page_is_written_somewhere(api: Api, kind: BackendKind) -> None:
    """No row is stale, and none claims a kind of back end that never gets it."""
    written = {
        place
        for model in MODELS
        for parcel in cases(model or "x").values()
        for place in places(dialect_for(backend(kind, api, model)).encode(parcel))
    }
    path = dialect_for(backend(kind, api, "")).path
    assert {field.place for field in what_leaves.BODIES[path] if kind in field.kinds} == written


def test_the_fields_of_speech_are_those_on_the_page() -> None:
    """The form of a recording and the body of a text, with all that they can hold."""
    form = transcriptions.encode("m", b"", "de")
    listed = [field.place for field in what_leaves.BODIES[transcriptions.PATH]]
    assert sorted(listed) == sorted(["file", *(name for name, _ in form.fields)])
    body = speech.encode("m", "v", redacted("x"))
    assert [field.place for field in what_leaves.BODIES[speech.PATH]] == list(body)


def test_the_events_of_speech_are_those_on_the_page() -> None:
    """What a Wyoming server is told, with all that can be."""
    told = [
        *wyoming.Reader().feed(wyoming.transcribe(Recording(b"ab", 16_000), "m", "de")),
        *wyoming.Reader().feed(wyoming.synthesize(redacted("x"), "v")),
    ]
    written = {place for event in told for place in places(event.untrusted_data, event.kind) if event.untrusted_data}
    written |= {f"{event.kind} payload" for event in told if event.payload}
    listed = [*what_leaves.BODIES[wyoming.TRANSCRIBE], *what_leaves.BODIES[wyoming.SYNTHESIZE]]
    assert {field.place for field in listed} == written


def test_every_header_that_is_made_stands_on_the_page() -> None:
    """The pairs that the gate makes, for a parcel and for a file, and those that the wire adds."""
    made = {*_pairs("gate", "_headers"), *_pairs("collecting", "headers_of"), *_pairs("wire", "exchange")}
    assert made == {name for name, _ in what_leaves.HEADERS}


def _pairs(module: str, function: str) -> Iterator[str]:
    """The first of every pair in a function that begins with a fixed word."""
    tree = ast.parse((ROOT / PACKAGE / "egress" / f"{module}.py").read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            for pair in ast.walk(node):
                first = pair.elts[0] if isinstance(pair, ast.Tuple) and len(pair.elts) == 2 else None
                if isinstance(first, ast.Constant) and isinstance(first.value, str | bytes):
                    yield first.value if isinstance(first.value, str) else first.value.decode()


def test_the_page_is_the_tables() -> None:
    """docs/what-leaves.md is what `python -m tests.architecture.what_leaves` writes."""
    page = (ROOT / "docs" / "what-leaves.md").read_text(encoding="utf-8")
    assert page == what_leaves.render(), "run: python -m tests.architecture.what_leaves > docs/what-leaves.md"
