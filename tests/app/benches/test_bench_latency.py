"""`bench latency`: every stage is measured once, without those inside it, and nothing stays watched afterwards."""

from __future__ import annotations

import json
import threading
import time

import pytest

from privacy_assistant.app.benches.latency import (
    ANSWER,
    CONNECT,
    FIRST,
    OPEN,
    REST,
    SEND,
    TOTAL,
    lines,
    measure,
    to_json,
)
from privacy_assistant.app.benches.stages import Stage, watching


class Kitchen:
    """Something with stages inside one another."""

    def cook(self) -> str:
        """Takes its own time, and that of what is inside."""
        time.sleep(0.002)
        thread = threading.Thread(target=self.boil)
        thread.start()
        thread.join()
        return "soup"

    def boil(self) -> None:
        """The stage inside, in a thread that is waited for."""
        time.sleep(0.05)

    def burn(self) -> None:
        """A stage that fails."""
        raise ZeroDivisionError


STAGES = (Stage("cook", Kitchen, "cook"), Stage("boil", Kitchen, "boil"), Stage("burn", Kitchen, "burn"))


def test_a_stage_is_timed_without_those_inside_it() -> None:
    """The inner one gets its own time, also where it runs in another thread, and reading begins anew."""
    with watching(STAGES) as stopwatch:
        assert Kitchen().cook() == "soup"
        times = stopwatch.read()
        assert set(times) == {"cook", "boil"}
        assert times["boil"] >= 50
        assert times["cook"] < times["boil"]
        assert stopwatch.read() == {}


def test_a_stage_that_fails_is_timed_and_fails() -> None:
    """What it raises goes on; the next stage is not taken for one inside it."""
    with watching(STAGES) as stopwatch:
        with pytest.raises(ZeroDivisionError):
            Kitchen().burn()
        Kitchen().boil()
        assert stopwatch.read()["boil"] >= 50


def test_nothing_stays_watched() -> None:
    """Afterwards the functions are those of before, also where one of them is not there."""
    before = dict(vars(Kitchen))
    with watching(STAGES):
        assert vars(Kitchen)["cook"] is not before["cook"]
    assert dict(vars(Kitchen)) == before
    with pytest.raises(AttributeError), watching([*STAGES, Stage("eat", Kitchen, "eat")]):
        pass
    assert dict(vars(Kitchen)) == before


def test_every_stage_of_an_answer_is_measured_and_adds_up() -> None:
    """A stage that was renamed would be missing here; those that one kind of answer does not have are left out."""
    report = measure(1)
    names = {stage.name for stage in ANSWER}
    local, cloud = ({name: one.median for name, one in report.answers[kind].items()} for kind in ("local", "cloud"))
    assert set(cloud) == names - {"ask the skills", "ask for consent"} | {CONNECT, SEND, FIRST, TOTAL, REST}
    assert set(local) == {
        *("begin", "ask the skills", "find", "decide and route", "keep the question, to the disk"),
        *("look again at what was redacted", FIRST, TOTAL, REST),
    } & set(local)
    for stages in (local, cloud):
        assert sum(ms for name, ms in stages.items() if name not in (TOTAL, REST)) == pytest.approx(stages[TOTAL])
        assert stages["find"] > 0
    assert set(report.opening) == {*(stage.name for stage in OPEN), "open a house, together"}
    shown = list(lines(report))
    assert any(line.startswith(f"| {CONNECT} | – | ") for line in shown)
    assert not any(line.startswith("| ask for consent") for line in shown)
    assert set(json.loads(json.dumps(to_json(report)))["answers"]["cloud"]) == set(cloud)
