"""A draft is read by whoever asks the same, and by nobody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from privacy_assistant.core.turn import Role
from privacy_assistant.errors import EngineFailed
from privacy_assistant.flow.drafting import DraftingModel
from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, Piece, Remark
from tests.fakes import FakeLocalModel


def request(id: str, text: str = "Who is there?") -> GenerationRequest:
    """One question under this id."""
    return GenerationRequest(id, (ChatMessage(Role.USER, text),))


class SlowModel(FakeLocalModel):
    """Says its first word, and the rest when it may."""

    def __init__(self, script: str) -> None:
        super().__init__(script)
        self.go_on = threading.Event()

    def generate(self, request: GenerationRequest) -> Iterator[Piece | Finished]:
        stream = super().generate(request)
        yield next(stream)
        self.go_on.wait(20)
        yield from stream


def words(items: Iterator[Piece | Remark | Finished]) -> str:
    """What was said."""
    return "".join(item.text for item in items if isinstance(item, Piece))


def test_the_same_prompt_is_answered_from_the_draft() -> None:
    """The model is asked once, under the draft's name."""
    model = FakeLocalModel("It is me.", "Somebody else.")
    drafting = DraftingModel(model)
    drafting.begin(request("draft"))
    assert words(drafting.generate(request("real"))) == "It is me."
    assert [asked.id for asked in model.requests] == ["draft"]


def test_another_prompt_gives_the_draft_up() -> None:
    """What was begun for other words is seen by nobody."""
    model = FakeLocalModel(lambda asked: [f"To {asked.messages[0].text}"])
    drafting = DraftingModel(model)
    drafting.begin(request("draft", "Who is"))
    assert words(drafting.generate(request("real"))) == "To Who is there?"


def test_a_draft_is_read_once() -> None:
    """Asked again, the model answers again."""
    model = FakeLocalModel("First.", "Second.")
    drafting = DraftingModel(model)
    drafting.begin(request("draft"))
    assert words(drafting.generate(request("one"))) == "First."
    assert words(drafting.generate(request("two"))) == "Second."


def test_the_same_draft_is_not_begun_twice() -> None:
    """A pause that is understood the same again does not start over."""
    model = FakeLocalModel("First.")
    drafting = DraftingModel(model)
    drafting.begin(request("draft"))
    drafting.begin(request("again"))
    assert words(drafting.generate(request("real"))) == "First."
    assert len(model.requests) == 1


def test_an_answer_from_a_draft_can_be_cancelled_by_its_own_name() -> None:
    """Whoever reads it does not know that it was begun under another."""
    model = SlowModel("one two three")
    drafting = DraftingModel(model)
    drafting.begin(request("draft"))
    stream = drafting.generate(request("real"))
    assert next(stream) == Piece("one ")
    drafting.cancel("real")
    model.go_on.set()
    *_, last = stream
    assert isinstance(last, Finished)
    assert last.reason == "cancelled"


def test_what_breaks_in_a_draft_is_raised_where_it_is_read() -> None:
    """An error of the model is told to whoever asked, and to nobody before."""
    drafting = DraftingModel(FakeLocalModel("one two", error=EngineFailed("broken"), error_after=1))
    drafting.begin(request("draft"))
    with pytest.raises(EngineFailed):
        words(drafting.generate(request("real")))


def test_without_a_draft_the_model_answers() -> None:
    """Nothing stands between."""
    drafting = DraftingModel(FakeLocalModel("Here."))
    drafting.give_up()
    assert words(drafting.generate(request("real"))) == "Here."
    assert drafting.info.name


class BrokenOff(FakeLocalModel):
    """Ends without its last word."""

    def generate(self, request: GenerationRequest) -> Iterator[Piece | Finished]:
        yield Piece("It")


def test_a_model_that_breaks_off_without_a_word_keeps_nobody_waiting() -> None:
    """The draft ends where the model did."""
    drafting = DraftingModel(BrokenOff())
    drafting.begin(request("draft"))
    assert words(drafting.generate(request("real"))) == "It"


def test_a_draft_is_known_to_the_model_before_it_can_be_given_up() -> None:
    """A model can end only what it was asked for, so nothing runs on that nobody wants."""
    asked: list[str] = []

    class Noting(FakeLocalModel):
        def generate(self, request: GenerationRequest) -> Iterator[Piece | Finished]:
            asked.append(f"asked in {threading.current_thread().name}")
            return super().generate(request)

    drafting = DraftingModel(Noting())
    drafting.begin(request("draft"))
    assert asked == [f"asked in {threading.current_thread().name}"]
