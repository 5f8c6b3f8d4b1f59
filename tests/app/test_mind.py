"""A house as the voice sees it: what is worked ahead, what would act, and which names are likely."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy_assistant.app.house import House
from privacy_assistant.app.mind import MOST_HINTS, HouseMind
from privacy_assistant.core.exchange import Question, Reply
from privacy_assistant.core.turn import Origin, Utterance
from privacy_assistant.errors import RecordTampered
from tests.egress.household import Household, household, policy_of
from tests.egress.servers.capturing import CapturingServer
from tests.fakes import FakeLocalModel

STAYS = "version = 1\n"
STORY = "tell me about the sea"


def spoken(text: str, conversation: str | None = None) -> Question:
    """A question that was heard."""
    return Question(Utterance(text, Origin.VOICE, 0.9), conversation=conversation)


class Watched(FakeLocalModel):
    """Tells when it has answered a request to its end."""

    def __init__(self, *scripts: str) -> None:
        super().__init__(*scripts, on_piece=self._on)
        self.has_begun = threading.Event()

    def _on(self, _number: int) -> None:
        self.has_begun.set()


@pytest.fixture
def model() -> Watched:
    """Answers in six words."""
    return Watched("The sea is wide and deep.")


@pytest.fixture
def made(home: Path, model: Watched) -> Household:
    """A home in which this machine answers."""
    return household(home, STAYS, model)


@pytest.fixture
def house(made: Household) -> Iterator[House]:
    """It, open."""
    with made.opened() as opened:
        yield opened


def answer(mind: HouseMind, question: Question) -> Reply:
    """The answer as it is kept where all of it was heard."""
    *_, last = mind.answer(question, heard=lambda: 10_000)
    assert isinstance(last, Reply)
    return last


def rows(house: House) -> int:
    """Messages in the history."""
    return sum(len(house.history.messages(each.id)) for each in house.history.conversations())


# ---------------------------------------------------------------- working ahead


def test_a_draft_is_read_by_whoever_asks_the_very_same_and_is_kept_only_then(house: House, model: Watched) -> None:
    """One request for both; nothing stands in the history while it is a draft."""
    mind = HouseMind(house)
    mind.draft(spoken(STORY))
    assert model.has_begun.wait(30)
    assert rows(house) == 0
    assert answer(mind, spoken(STORY)).text == "The sea is wide and deep."
    assert len(model.requests) == 1
    assert rows(house) == 2


def test_a_draft_of_something_else_is_dropped(house: House, model: Watched) -> None:
    """What was guessed wrongly is seen by nobody, and is cancelled."""
    mind = HouseMind(house)
    mind.draft(spoken("tell me about the"))
    assert model.has_begun.wait(30)
    answer(mind, spoken(STORY))
    assert [request.messages[-1].text for request in model.requests] == ["tell me about the", STORY]
    assert rows(house) == 2


def test_a_draft_that_is_given_up_leaves_no_trace(house: House, model: Watched, made: Household) -> None:
    """Not in the history, and not in any file."""
    mind = HouseMind(house)
    mind.draft(spoken("tell me about the zanzibar"))
    assert model.has_begun.wait(30)
    mind.give_up_draft()
    assert rows(house) == 0
    assert b"zanzibar" not in made.every_byte()


@pytest.mark.parametrize("text", ["set a timer for five minutes", "what time is it", "add milk to the shopping list"])
def test_what_a_skill_answers_is_no_draft_and_changes_nothing(house: House, model: Watched, text: str) -> None:
    """The model is not asked, no timer runs, no list is longer."""
    mind = HouseMind(house)
    mind.draft(spoken(text))
    assert not model.requests
    assert house.drawer.items("timer") == []
    assert mind.due() == []
    assert mind.hints() == []
    assert rows(house) == 0


def test_a_draft_never_reaches_a_cloud(home: Path, model: Watched, capturing_server: CapturingServer) -> None:
    """Where the cloud would answer nothing is worked ahead at all; the question itself goes there, once."""
    with household(home, policy_of(capturing_server.url), model).opened() as house:
        mind = HouseMind(house)
        mind.draft(spoken(STORY))
        mind.read_ahead(None)
        assert capturing_server.connections == 0
        assert not model.requests
        assert rows(house) == 0
        assert answer(mind, spoken(STORY)).text == "The cloud answers."
    assert len(capturing_server.requests) == 1


def test_what_is_wrong_with_a_draft_is_told_when_the_answer_is_wanted(house: House) -> None:
    """A conversation that is not there: nothing is raised by working ahead on it."""
    mind = HouseMind(house)
    mind.draft(spoken(STORY, "c0ffee" * 5 + "00"))
    mind.read_ahead("c0ffee" * 5 + "00")
    assert rows(house) == 0


# ---------------------------------------------------------------- what would act


@pytest.mark.parametrize(
    ("text", "acts"),
    [("set a timer for five minutes", True), ("louder", True), ("what time is it", False), (STORY, False)],
)
def test_what_would_change_something_is_known_without_changing_it(house: House, text: str, acts: bool) -> None:
    """Timers and the volume act, the clock and the model do not."""
    mind = HouseMind(house)
    assert mind.would_act(text) is acts
    assert house.drawer.items("timer") == []
    assert rows(house) == 0


# ---------------------------------------------------------------- names that are likely


def test_the_names_of_timers_and_of_the_profile_are_likely(made: Household) -> None:
    """Timers first; what is too long to be said in one breath is none, and there are never too many."""
    long = "Rhabarberbarbarabarbarbarenbartbarbierbierbar"
    made.lists("Anna Okafor", long, *(f"Project {letter * 3}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    made.lists(*(f"Street {letter * 3}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    made.lists(*(f"Harbour {letter * 3}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    with made.opened() as house:
        mind = HouseMind(house)
        answer(mind, spoken("set a tea timer for ten minutes"))
        hints = mind.hints()
    assert hints[0] == "tea"
    assert "Anna Okafor" in hints
    assert long not in hints
    assert len(hints) == MOST_HINTS


def test_a_drawer_that_cannot_be_read_costs_the_names_and_nothing_else(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who listens goes on without them."""

    class Tampered:
        def items(self, kind: str) -> list[tuple[str, str]]:
            raise RecordTampered("a record was changed")

    mind = HouseMind(house)
    monkeypatch.setattr(house, "drawer", Tampered())
    assert mind.hints() == []
