"""Which model of this machine answers, and who stands in for one that does not work."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from privacy_assistant.app.local_models import StandingIn
from privacy_assistant.core.turn import Role
from privacy_assistant.engines.catalogue import find_llm
from privacy_assistant.engines.worker.answers import WorkerEnded
from privacy_assistant.engines.worker.language_model import WorkerModel
from privacy_assistant.errors import (
    AssistantError,
    EngineCrashed,
    EngineError,
    EngineFailed,
    EngineMissing,
    ModelTampered,
)
from privacy_assistant.ports import ChatMessage, Finished, GenerationRequest, LocalModel, Piece, Remark
from tests.engines.worker.children import program
from tests.fakes import FakeLocalModel

REQUEST = GenerationRequest("1", (ChatMessage(Role.USER, "Who there?"),))
TAMPERED = ModelTampered("the model good is not as it was installed", hint="privacy-assistant models verify good")


def lines(model: LocalModel) -> list[str]:
    """What one question gives: pieces, and remarks in brackets."""
    shown = []
    for item in model.generate(REQUEST):
        if isinstance(item, Remark):
            shown.append(f"[{item.line}]")
        elif isinstance(item, Piece):
            shown.append(item.text)
        else:
            assert isinstance(item, Finished)
    return shown


def test_a_model_that_works_answers_and_the_spare_one_is_never_made() -> None:
    """Nothing is loaded beside it."""
    model = StandingIn(FakeLocalModel("Fine.", name="good"), lambda: pytest.fail("made"))
    assert lines(model) == ["Fine."]
    assert model.info.name == "good"


def test_a_model_that_cannot_be_loaded_is_stood_in_for_and_the_answer_says_so_once() -> None:
    """The remark names what is wrong and the remedy; the second answer has none."""
    broken = FakeLocalModel(name="good", warm_error=TAMPERED)
    model = StandingIn(broken, lambda: FakeLocalModel("Spare.", name="spare"))
    remark = f"[{TAMPERED.message}; the spare model answers · {TAMPERED.hint}]"
    assert lines(model) == [remark, "Spare."]
    assert lines(model) == ["Spare."]
    assert model.info.name == "spare"
    assert broken.is_closed


def test_a_model_that_was_not_even_found_is_stood_in_for() -> None:
    """The reason comes from whoever looked for it."""
    model = StandingIn(None, lambda: FakeLocalModel("Spare.", name="spare"), why=TAMPERED)
    assert lines(model)[1:] == ["Spare."]
    assert model.info.name == "spare"


def test_a_crash_before_the_first_word_is_answered_by_the_spare_one() -> None:
    """The question is not lost."""
    crashed = EngineCrashed("the process of good ended by signal 11", hint="privacy-assistant models verify good")
    model = StandingIn(FakeLocalModel("x", error=crashed), lambda: FakeLocalModel("Spare."))
    shown = lines(model)
    assert shown[0].startswith("[the process of good ended by signal 11; the spare model answers")
    assert shown[1:] == ["Spare."]


@pytest.mark.parametrize("found", [TAMPERED, EngineMissing("the model good is not as it was installed")])
def test_a_file_that_was_changed_under_a_model_that_worked_is_stood_in_for_when_it_starts_again(
    found: EngineError,
) -> None:
    """Its process ended, and what lies there now is not what was loaded."""
    model = StandingIn(FakeLocalModel("x", name="good", error=found), lambda: FakeLocalModel("Spare.", name="spare"))
    model.warm()
    assert lines(model)[1:] == ["Spare."]
    assert model.info.name == "spare"


def test_a_real_process_that_breaks_over_each_question_is_stood_in_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It loads, so that the first look finds nothing wrong; the error of its second end is one that counts."""
    program(
        monkeypatch,
        tmp_path,
        """
take()
give(READY)
give({"id": take()["id"], "item": {"context_tokens": 77}})
give({"id": 1, "end": True})
take()
os.abort()
""",
    )
    model = StandingIn(WorkerModel(find_llm()), lambda: FakeLocalModel("Spare.", name="spare"))
    shown = lines(model)
    assert "ended by signal 6 (SIGABRT), twice in a row" in shown[-2]
    assert shown[-1] == "Spare."
    model.close()


def test_a_model_that_is_closed_while_it_loads_is_not_stood_in_for() -> None:
    """Somebody left: nothing is wrong with it, and no other one is opened."""
    closed = WorkerEnded("the language model", "was closed", is_closed=True)
    model = StandingIn(FakeLocalModel(name="good", warm_error=closed), lambda: pytest.fail("made"))
    with pytest.raises(WorkerEnded):
        model.warm()
    assert model.info.name == "good"


def test_a_crash_in_the_middle_is_told_and_the_next_question_goes_to_the_spare_one() -> None:
    """What was shown is not gone on with by another model."""
    crashed = EngineCrashed("the process of good ended by signal 11")
    model = StandingIn(FakeLocalModel("one two three", error=crashed, error_after=2), lambda: FakeLocalModel("Spare."))
    stream = model.generate(REQUEST)
    assert [next(stream), next(stream)] == [Piece("one "), Piece("two ")]
    with pytest.raises(EngineCrashed):
        next(stream)
    assert lines(model)[1:] == ["Spare."]


def test_a_request_that_the_model_refuses_is_no_reason_to_change_it() -> None:
    """A prompt that is too long is too long for the spare one too."""
    refused = EngineFailed("the prompt has 9000 tokens and the model reads at most 2048")
    model = StandingIn(FakeLocalModel("x", name="good", error=refused), lambda: pytest.fail("made"))
    with pytest.raises(EngineFailed):
        lines(model)
    assert model.info.name == "good"


def test_where_the_spare_one_is_broken_too_its_error_is_raised() -> None:
    """There is nobody left to stand in, and no network is asked."""
    gone = EngineFailed("the spare one is broken")
    broken = FakeLocalModel(warm_error=TAMPERED)
    model = StandingIn(broken, lambda: FakeLocalModel(warm_error=gone))
    for _ in range(2):
        with pytest.raises(AssistantError) as raised:
            lines(model)
        assert raised.value is gone


def test_counting_and_reading_ahead_fall_back_as_answering_does() -> None:
    """The prompt is built for the model that will answer."""
    spare = FakeLocalModel("Spare.", name="spare", warm_error=None)
    model = StandingIn(FakeLocalModel(warm_error=TAMPERED), lambda: spare)
    model.warm()
    assert model.count_tokens(REQUEST.messages) == spare.count_tokens(REQUEST.messages)
    model.prefill(REQUEST.messages)
    model.close()
    assert spare.is_closed


def test_an_answer_that_is_cancelled_before_it_is_read_ends_as_cancelled() -> None:
    """By the one that works, and by the spare one that stands in meanwhile."""
    for model in (
        StandingIn(FakeLocalModel("Fine."), lambda: pytest.fail("made")),
        StandingIn(FakeLocalModel(warm_error=TAMPERED), lambda: FakeLocalModel("Spare.")),
    ):
        stream = model.generate(REQUEST)
        model.cancel(REQUEST.id)
        *_, last = stream
        assert isinstance(last, Finished)
        assert last.reason == "cancelled"


def test_two_that_find_the_same_model_broken_at_once_both_go_on_with_the_spare_one() -> None:
    """The second finds it closed by the first: that is no reason to give up."""

    class FoundClosed(FakeLocalModel):
        """While it counts, somebody else finds it broken; then it is closed."""

        def count_tokens(self, messages: Sequence[ChatMessage]) -> int:
            model.warm()
            error = EngineFailed("the process was closed")
            error.is_closed = True
            raise error

    spare = FakeLocalModel("Spare.")
    model = StandingIn(FoundClosed(warm_error=TAMPERED), lambda: spare)
    assert model.count_tokens(REQUEST.messages) == spare.count_tokens(REQUEST.messages)
    assert lines(model)[1:] == ["Spare."]
