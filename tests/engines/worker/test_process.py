"""The parent's side of a worker: what a child is given, what is believed of it, and how its end is told."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy_assistant.engines.worker import launch
from privacy_assistant.engines.worker import process as process_module
from privacy_assistant.engines.worker.process import Answer, Hello, WorkerEnded, WorkerProcess
from privacy_assistant.errors import EngineFailed, EngineMissing, ExitCode
from tests.engines.worker.children import ROOT, program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals, and what /proc says")

ECHO = """
take()
give(READY)
while True:
    call = take()
    if "cancel" not in call:
        give({"id": call["id"], "item": call["args"]})
        give({"id": call["id"], "end": True})
"""


@pytest.fixture
def echo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[WorkerProcess]:
    """A worker that answers with what it was asked."""
    worker = program(monkeypatch, tmp_path, ECHO)
    yield worker
    worker.close()


def is_gone(pid: int) -> bool:
    """Whether no such process is left, not even one that nobody has asked how it ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_call_is_answered(echo: WorkerProcess) -> None:
    """And the wall is what the child says of it."""
    assert echo.pid is None
    assert echo.call("say", {"text": "hello"}).one().fields == {"text": "hello"}
    assert echo.running().wall().network == "none"
    assert echo.pid is not None


def test_many_threads_get_their_own_answers(echo: WorkerProcess) -> None:
    """Whoever waits first reads for all."""
    found: dict[int, list[int]] = {}

    def ask(number: int) -> None:
        found[number] = [echo.call("say", {"number": number * 100 + n}).one().fields["number"] for n in range(50)]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: [number * 100 + n for n in range(50)] for number in range(6)}


def test_answers_may_be_read_in_any_order(echo: WorkerProcess) -> None:
    """What comes for one that nobody reads yet is kept for it."""
    first, second, dropped = (echo.call("say", {"number": number}) for number in range(3))
    dropped.close()
    assert second.one().fields == {"number": 1}
    assert first.one().fields == {"number": 0}
    assert list(dropped) == []


def test_a_closed_process_is_gone_and_the_next_call_starts_another(echo: WorkerProcess) -> None:
    """No zombie is left; who waited is told that it was closed."""
    waiting = echo.call("say")
    pid = echo.pid
    assert pid is not None
    echo.close()
    assert is_gone(pid)
    assert echo.pid is None
    try:
        waiting.one()
    except WorkerEnded as ended:
        assert ended.is_closed  # noqa: PT017 - it may have been answered before
    assert echo.call("say", {"again": True}).one().fields == {"again": True}
    assert echo.pid not in (None, pid)


def test_a_worker_that_nobody_has_any_more_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Who forgets to close leaves no process behind."""
    worker = program(monkeypatch, tmp_path, ECHO)
    worker.call("say").one()
    pid = worker.pid
    assert pid is not None
    del worker
    gc.collect()
    while not is_gone(pid):
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("take(); take(); os.kill(os.getpid(), signal.SIGSEGV)", "ended by signal 11 (SIGSEGV)"),
        ("take(); give(READY); take(); os.abort()", "ended by signal 6 (SIGABRT)"),
        ("take(); os._exit(7)", "ended with code 7"),
        ("take(); give(READY); take(); os._exit(4)", "did not stop when it was told to"),
        ("os.close(1); time.sleep(600)", "ended by signal 9 (SIGKILL)"),
    ],
)
def test_the_end_of_a_process_is_told_as_it_was(
    text: str, how: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """To everybody who waits; the next call starts another, which ends as well."""
    worker = program(monkeypatch, tmp_path, text)
    pids = set()
    for _ in range(2):
        running = worker.running()
        pids.add(running.pid)
        answer = running.call("say")
        with pytest.raises(WorkerEnded) as caught:
            answer.one()
        assert (caught.value.how, caught.value.is_closed) == (how, False)
        assert str(caught.value) == f"the engine's process {how}"
        assert (caught.value.kind, caught.value.exit_code) == ("EngineFailed", ExitCode.MODEL)
        with pytest.raises(WorkerEnded):
            running.call("say")
    worker.close()
    assert len(pids) == 2
    assert all(map(is_gone, pids))


@pytest.mark.parametrize(
    "says",
    [
        'raw(b"GET / HTTP/1.1")',
        "give({})",
        'give({"ready": True})',
        'give({"ready": {"network": "none"}})',
        'give({"ready": {"network": "x" * 300, "files": ""}})',
        'give(READY); give({"id": 1})',
        'give(READY); give({"id": 2, "end": True})',
        'give(READY); give({"id": 0, "end": True})',
        'give(READY); give({"id": True, "end": True})',
        'give(READY); give({"id": [], "end": True})',
        'give(READY); give({"id": 1, "item": 5})',
        'give(READY); give({"id": 1, "end": "yes"})',
        'give(READY); give({"id": 1, "error": "x"})',
        'give(READY); give({"id": 1, "error": {"kind": "SystemExit", "message": "", "hint": ""}})',
        'give(READY); give({"id": 1, "error": {"kind": [], "message": "", "hint": ""}})',
        'give(READY); give({"id": 1, "error": {"kind": "EngineFailed", "message": 1, "hint": ""}})',
        'give(READY); give({"id": 1, "error": {"kind": "EngineFailed", "message": "x" * 9000, "hint": ""}})',
        'give(READY); give({"id": 1, "end": True})',
        'give(READY); give({"id": 1, "item": {}}); give({"id": 1, "item": {}})',
    ],
)
def test_a_child_that_sends_something_else_is_ended(says: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is not asked again, and nobody waits in vain."""
    worker = program(monkeypatch, tmp_path, f"take(); take(); {says}; time.sleep(600)")
    answer = worker.call("say")
    pid = worker.pid
    assert pid is not None
    with pytest.raises(WorkerEnded, match=r"sent what .* and was ended"):
        answer.one()
    worker.close()
    assert is_gone(pid)


def test_an_error_of_the_child_is_one_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The same class, message and hint; signs that would act on a terminal are shown as question marks."""
    error = {"kind": "EngineMissing", "message": "not\x1b[2Jthere", "hint": "look"}
    worker = program(
        monkeypatch, tmp_path, f"take(); give(READY); take(); give({{'id': 1, 'error': {error!r}}}); take()"
    )
    with pytest.raises(EngineMissing) as caught:
        worker.call("say").one()
    worker.close()
    assert (caught.value.message, caught.value.hint) == ("not?[2Jthere", "look")


def test_a_child_that_floods_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What nobody reads is not kept without end."""
    worker = program(
        monkeypatch,
        tmp_path,
        "take(); give(READY); take(); take()\nwhile True: give({'id': 1, 'item': {}}, bytes(60 << 20))",
    )
    flooded, other = worker.call("say"), worker.call("say")
    with pytest.raises(WorkerEnded, match="sent what is no answer"):
        other.one()
    flooded.close()
    worker.close()


def test_a_child_is_given_no_environment_and_no_open_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nor our session and our folder: a word of the person's, a file of the vault, Ctrl-C of the terminal."""
    monkeypatch.setenv("PRIVACY_ASSISTANT_PASSPHRASE", "secret")
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    monkeypatch.setenv("LANG", "C.UTF-8")
    text = """
take()
give(READY)
files = [os.readlink(f"/proc/self/fd/{fd}") for fd in range(256) if os.path.exists(f"/proc/self/fd/{fd}")]
give({"id": take()["id"], "item": {"words": sorted(os.environ), "files": files, "cwd": os.getcwd(),
      "leads": os.getsid(0) == os.getpid()}})
give({"id": 1, "end": True})
take()
"""
    worker = program(monkeypatch, tmp_path, text)
    with (tmp_path / "open").open("w"):
        seen = worker.call("look").one().fields
    worker.close()
    assert "LANG" in seen["words"]
    assert "ORT_DISABLE_TELEMETRY" in seen["words"]
    assert not [word for word in seen["words"] if word.startswith(("PRIVACY", "OPENAI", "HOME", "USER"))]
    assert [place for place in seen["files"] if not place.startswith(("pipe:", "/dev/null"))] == []
    assert (seen["cwd"], seen["leads"]) == ("/", True)


def test_a_child_does_not_import_from_the_folder_that_a_person_happens_to_be_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`python -m` puts it first, and a script its own folder: the child would read all that lies there."""
    here, script = tmp_path / "here", tmp_path / "script"
    for place in (here, script):
        place.mkdir()
        monkeypatch.syspath_prepend(str(place))
    monkeypatch.chdir(here)
    monkeypatch.setattr(sys, "argv", [str(script / "start.py")])
    assert not {str(here), str(script)} & set(launch.command())
    assert set(launch.command()[3:]) <= set(sys.path) | {str(ROOT)}
    monkeypatch.chdir(ROOT)
    assert str(ROOT) in launch.command()


def test_a_process_that_nobody_could_watch_is_ended_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The system may allow one process more and no thread more."""
    worker = program(monkeypatch, tmp_path, ECHO)
    started: list[int] = []

    def launched() -> subprocess.Popen[bytes]:
        process = launch.launch()
        started.append(process.pid)
        return process

    def refused(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(process_module, "launch", launched)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refused)
        with pytest.raises(EngineFailed, match="cannot be started"):
            worker.call("say")
    assert is_gone(started[0])
    assert worker.call("say", {"x": 1}).one().fields == {"x": 1}
    worker.close()


def test_a_program_that_cannot_be_started_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No permission, or nobody knows which Python this is."""
    not_to_be_run = tmp_path / "python"
    not_to_be_run.touch(mode=0o600)
    for program_name in (str(not_to_be_run), str(tmp_path / "nothing"), ""):
        monkeypatch.setattr(sys, "executable", program_name)
        with pytest.raises(EngineFailed, match="cannot be started"):
            WorkerProcess(Hello("the engine", "none")).call("say")


def test_more_than_a_frame_holds_is_refused_and_the_process_stays(echo: WorkerProcess) -> None:
    """A text of nine megabytes is no question."""
    pid = echo.call("say", {}).one() and echo.pid
    with pytest.raises(EngineFailed, match="too long for the engine"):
        echo.call("say", {"text": "x" * (9 << 20)})
    assert echo.call("say", {"still": 1}).one().fields == {"still": 1}
    assert echo.pid == pid


def test_a_signal_handler_may_cancel_while_this_thread_waits_or_writes(echo: WorkerProcess) -> None:
    """Ctrl-C cancels in the very thread that is at it."""
    answers: list[Answer] = []

    def cancel(*_: object) -> None:
        for answer in answers:
            answer.cancel()

    before = signal.signal(signal.SIGALRM, cancel)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        for number in range(200):
            answer = echo.call("say", {"number": number, "long": "x" * 70_000})
            answers[:] = [answer]
            assert answer.one().fields["number"] == number
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_ctrl_c_in_the_middle_leaves_nothing_half(echo: WorkerProcess) -> None:
    """Wherever it strikes, the next answer is whole; at worst another process gives it."""

    def strike(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, strike)
    try:
        for number in range(150):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.00001 + number * 0.00001)
                for n in range(20):
                    echo.call("say", {"number": n, "long": "x" * 70_000}).one()
            except (KeyboardInterrupt, WorkerEnded):
                pass
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            try:
                again = echo.call("say", {"number": number}).one()
            except WorkerEnded as ended:
                assert ended.is_closed  # noqa: PT017 - struck while a frame was taken apart
                again = echo.call("say", {"number": number}).one()
            assert again.fields == {"number": number}
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
