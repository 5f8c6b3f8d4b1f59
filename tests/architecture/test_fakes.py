"""Each port has its fake, and the fakes behave as their ports promise."""

from __future__ import annotations

import ast
from dataclasses import fields

import pytest

from privacy_assistant.core.kinds import Kind, Topic
from privacy_assistant.core.turn import Message, Role
from privacy_assistant.errors import EngineFailed, RecordTampered, UsageError
from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, LedgerLine, Piece, Sampling
from tests import fakes
from tests.architecture import nets_of_writing, reading


def ask(model: fakes.FakeLocalModel, request: GenerationRequest) -> tuple[list[str], str]:
    """The pieces of one generation and why it ended."""
    *pieces, end = model.generate(request)
    assert isinstance(end, Finished)
    return [piece.text for piece in pieces if isinstance(piece, Piece)], end.reason


def request(id: str = "1", sampling: Sampling | None = None) -> GenerationRequest:
    """A question of two words."""
    return GenerationRequest(id, (ChatMessage(Role.USER, "Who there?"),), sampling or Sampling())


def test_every_port_has_its_fake() -> None:
    """For each Protocol of the ports there is a class Fake<Port> with all its methods."""
    ports = [source for source in reading.sources() if source.module.startswith("privacy_assistant.ports")]
    protocols = [
        node
        for source in ports
        for node in source.tree.body
        if isinstance(node, ast.ClassDef) and nets_of_writing.is_protocol(source, node)
    ]
    assert len(protocols) >= 16
    for protocol in protocols:
        fake = getattr(fakes, f"Fake{protocol.name}")
        assert all(hasattr(fake, member.name) for member in protocol.body if isinstance(member, ast.FunctionDef))


def test_a_fake_model_streams_its_scripts_and_stops_when_told() -> None:
    """Joined pieces are the script, the last script repeats, and the length limit holds."""
    model = fakes.FakeLocalModel("A short one.", ["B", " two"])
    assert ask(model, request()) == (["A ", "short ", "one."], "stop")
    assert ask(model, request()) == (["B", " two"], "stop")
    assert ask(model, request(sampling=Sampling(max_tokens=1))) == (["B"], "length")
    assert len(model.requests) == 3
    assert model.count_tokens(request().messages) == 8


def test_a_cancelled_fake_generation_ends_within_one_piece() -> None:
    """Cancelling in the middle, or before the stream is read, ends it as cancelled and touches no other request."""
    model = fakes.FakeLocalModel("one two three four")
    stream = model.generate(request("7"))
    assert next(stream) == Piece("one ")
    model.cancel("7")
    assert [item.reason for item in stream if isinstance(item, Finished)] == ["cancelled"]
    model.cancel("8")
    assert ask(model, request("8")) == ([], "cancelled")
    assert ask(model, request("9"))[1] == "stop"


def test_a_broken_fake_model_raises_where_it_was_told() -> None:
    """It gives its pieces up to the error, and then the error instead of an end."""
    stream = fakes.FakeLocalModel("one two three", error=EngineFailed("broken"), error_after=2).generate(request())
    assert [next(stream), next(stream)] == [Piece("one "), Piece("two ")]
    with pytest.raises(EngineFailed):
        next(stream)


def test_a_fake_finder_finds_every_place_of_its_words() -> None:
    """Positions are right, the longer word wins, topics are told, nothing overlaps."""
    finder = fakes.FakeFinder({"Ada": Kind.PERSON, "Ada Byron": Kind.PERSON}, topics={"cough": Topic.HEALTH})
    found = finder.find("Ada and Ada Byron cough")
    assert [(span.start, span.end) for span in found.spans] == [(0, 3), (8, 17)]
    assert found.topics == {Topic.HEALTH}


def test_a_fake_history_keeps_searches_and_forgets() -> None:
    """What is appended is found by word and by prefix, newest first, and gone once forgotten."""
    history = fakes.FakeHistory()
    first, second = history.start(), history.start()
    history.append(first, Message(Role.USER, "The red apple", fakes.EPOCH))
    history.append(second, Message(Role.USER, "the green apple", fakes.EPOCH.replace(hour=13)))
    assert [stored.conversation for stored in history.search("APPLE the")] == [second, first]
    assert history.newest() == second == history.conversations()[0].id
    assert history.resolve(first[:8]) == first
    history.attach(first, "legend", {"a": 1})
    assert history.attached(first, "legend") == {"a": 1}
    history.forget(first)
    assert history.search("red") == []
    with pytest.raises(UsageError):
        history.messages(first)


def test_a_fake_ledger_notices_a_changed_line() -> None:
    """Its chain breaks when a line is changed behind its back."""
    ledger = fakes.FakeLedger()
    assert {field.name for field in fields(LedgerLine)} >= {"rule", "counts", "payload_mac"}
    for _ in range(3):
        ledger.append(LedgerLine(fakes.EPOCH, "host", "cloud", "mode", "", {}, 10, ""))
    assert ledger.verify() == 3
    ledger.tamper(2)
    with pytest.raises(RecordTampered):
        ledger.verify()
