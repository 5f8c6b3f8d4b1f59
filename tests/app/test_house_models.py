"""A house that is open answers by the model that is chosen now, and says when its process broke."""

from __future__ import annotations

import os
import shutil
import signal
import time
from hashlib import sha256
from pathlib import Path

import pytest

from privacy_assistant.app.config_writing import set_key
from privacy_assistant.app.house import House
from privacy_assistant.app.opening import Opening
from privacy_assistant.app.paths import Paths, paths_for
from privacy_assistant.core.exchange import Notice, Question, Reply
from privacy_assistant.core.model_card import Maker, ModelRole
from privacy_assistant.core.model_lock import Installed, LockedFile, Trust
from privacy_assistant.core.turn import Utterance
from privacy_assistant.engines.catalogue import spare_llm
from privacy_assistant.engines.model_store import Store
from tests.engines.worker.children import program

SPARE = "smollm2-135m-instruct"


@pytest.fixture(autouse=True)
def _brief(home: Path) -> None:
    """Who answers is asked here, not what."""
    (home / "config.toml").write_text("[persona]\nmax_tokens = 2\n", "utf-8")


def install(paths: Paths, name: str) -> None:
    """The embedded model under another name."""
    store, source = Store(paths.models), spare_llm().path
    file = LockedFile(f"llm/{name}/{name}.gguf", source.stat().st_size, sha256(source.read_bytes()).hexdigest())
    model = Installed(name, ModelRole.LLM, Maker.LLAMA_CPP, (file,), Trust.HUB, "Apache-2.0", installed=name)
    place = store.files(model)[0]
    place.parent.mkdir(parents=True)
    shutil.copyfile(source, place)
    store.change(lambda lock: lock.with_model(model))


def asked(house: House) -> tuple[str, list[str], list[str]]:
    """Which model answered the question, the notices on the way, and the reasons that are kept."""
    notices = []
    for event in house.answer(Question(Utterance("Say one word about the sea, please."))):
        if isinstance(event, Notice):
            notices.append(event.line)
        elif isinstance(event, Reply):
            return event.decision.model or "", notices, list(event.decision.reasons)
    pytest.fail("no reply")


@pytest.mark.skipif(os.name != "posix", reason="a process of our own making")
def test_a_house_with_a_process_that_never_answers_can_be_left(
    home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is ended, no spare one is opened in its place, and nobody waits for it to load."""
    install(paths_for(home), "a")
    program(monkeypatch, tmp_path, f"open({str(tmp_path / 'started')!r}, 'a').write('x')\nwhile True: time.sleep(1)")
    with House(Opening(home=home, is_ephemeral=True, expects_model=True)):
        while not (tmp_path / "started").exists():
            time.sleep(0.01)
    assert (tmp_path / "started").read_text() == "x"


def test_an_open_house_answers_by_what_is_installed_chosen_and_removed(home: Path) -> None:
    """Installed last, named in config.toml, taken out of the lock file: each counts from the next question on."""
    paths = paths_for(home)
    with House(Opening(home=home, is_ephemeral=True)) as house:
        assert asked(house)[0] == SPARE
        install(paths, "a")
        assert asked(house)[0] == "a"
        install(paths, "b")
        assert asked(house)[0] == "b"
        set_key(paths, "models", "llm", "a")
        assert asked(house)[0] == "a"
        set_key(paths, "models", "llm", None)
        Store(paths.models).change(lambda lock: lock.without("b").without("a"))
        assert asked(house)[0] == SPARE


def test_a_model_that_is_changed_while_a_house_is_open_is_not_opened_again(home: Path) -> None:
    """The answer comes from the spare one, and says why; so does what is kept of the decision."""
    paths = paths_for(home)
    install(paths, "a")
    with House(Opening(home=home, is_ephemeral=True)) as house:
        assert asked(house)[0] == "a"
        file = paths.models / "llm" / "a" / "a.gguf"
        # In the place of the old file, as an update by another program does: what runs has the old one.
        other = file.with_name("new")
        other.write_bytes(file.read_bytes()[:-1] + b"\1")
        os.replace(other, file)
        set_key(paths, "models", "llm", "a")
        name, notices, reasons = asked(house)
    assert name == SPARE
    assert [line for line in notices if "not as it was installed" in line and "models verify a" in line] == notices
    assert notices[0] in reasons


def test_a_process_that_breaks_between_two_questions_is_told_with_the_next_answer(home: Path) -> None:
    """The model is the same, in another process."""
    with House(Opening(home=home, is_ephemeral=True)) as house:
        assert asked(house)[1] == []
        (pid,) = [int(child) for child in children()]
        os.kill(pid, signal.SIGKILL)
        name, notices, reasons = asked(house)
    assert name == SPARE
    assert notices == ["the language model's process ended by signal 9 (SIGKILL) and was started again"]
    assert notices[0] in reasons


def children() -> list[str]:
    """The processes that this one has started."""
    tasks = Path("/proc/self/task")
    if not tasks.is_dir():
        pytest.skip("what a process has started is told by /proc")
    return [pid for task in tasks.iterdir() for pid in (task / "children").read_text("ascii").split()]
