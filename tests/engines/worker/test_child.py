"""The child's side of every worker: it serves, keeps its pipes clean, and ends when nobody is there to work for."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy_assistant.engines.worker.process import WorkerEnded, WorkerProcess
from privacy_assistant.errors import EngineFailed, EngineMissing, ModelTampered
from tests.engines.worker.children import program

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals, and what /proc says")

SIDE = """
import threading
from privacy_assistant.engines.worker import child
from privacy_assistant.engines.worker.frames import Packet
from privacy_assistant.engines.worker.roles import ROLES
from privacy_assistant.errors import EngineMissing, ModelTampered

class Side:
    def prepare(self):
        raise ImportError("told with the first call")

    def serve(self, call):
        yield from getattr(self, call.method)(call)

    def cancel(self, call):
        self.told = call.id

    def count(self, call):
        for number in range(call.args["to"]):
            yield Packet({"number": number}, bytes(number))

    def print(self, call):
        print("a library prints", flush=True)
        os.write(1, b"so does native code")
        os.write(2, b"and complains")
        yield Packet({"read": len(sys.stdin.read())})

    def wait(self, call):
        yield Packet({})
        call.cancelled.wait()
        yield Packet({"told": self.told == call.id})

    def missing(self, call):
        yield Packet({})
        raise EngineMissing("no such file", hint="bring one")

    def tampered(self, call):
        raise ModelTampered("changed")
        yield

    def memory(self, call):
        raise MemoryError
        yield

    def breaks(self, call):
        raise ValueError("secret")
        yield

    def much(self, call):
        yield Packet({"text": "x" * (9 << 20)})

ROLES["none"] = lambda built: Side()
child.main()
"""


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[WorkerProcess]:
    """A real child with a side for tests."""
    worker = program(monkeypatch, tmp_path, SIDE)
    yield worker
    worker.close()


def test_an_answer_comes_item_by_item_with_its_bytes(worker: WorkerProcess) -> None:
    """In order, and it ends."""
    packets = list(worker.call("count", {"to": 5}))
    assert [(packet.fields["number"], len(packet.payload)) for packet in packets] == [(n, n) for n in range(5)]
    worker.call("count", {"to": 0}).wait()


def test_what_a_library_prints_does_not_get_between_the_frames(worker: WorkerProcess) -> None:
    """And what it reads of its standard input is nothing."""
    assert worker.call("print").one().fields == {"read": 0}
    assert len(list(worker.call("count", {"to": 3}))) == 3


def test_another_call_is_served_while_one_waits(worker: WorkerProcess) -> None:
    """In a thread of its own, and the first can be cancelled meanwhile."""
    waiting = worker.call("wait")
    assert waiting.next() is not None
    assert len(list(worker.call("count", {"to": 3}))) == 3
    waiting.cancel()
    assert waiting.one().fields == {"told": True}


def test_errors_of_an_engine_come_over_as_they_were(worker: WorkerProcess) -> None:
    """The class, the message and the hint, also after an item; the process stays."""
    missing = worker.call("missing")
    assert missing.next() is not None
    with pytest.raises(EngineMissing, match="no such file") as caught:
        missing.next()
    assert caught.value.hint == "bring one"
    with pytest.raises(ModelTampered, match="changed"):
        worker.call("tampered").wait()
    assert len(list(worker.call("count", {"to": 1}))) == 1


@pytest.mark.parametrize(
    ("method", "message"),
    [
        ("memory", "no memory left in a process that works for the assistant"),
        ("breaks", "an engine broke with ValueError"),
        ("much", "what an engine gave is too long to be passed on"),
        ("unknown", "an engine broke with AttributeError"),
    ],
)
def test_other_errors_say_what_and_nothing_of_their_text(method: str, message: str, worker: WorkerProcess) -> None:
    """A library's message may hold what a person said."""
    with pytest.raises(EngineFailed) as caught:
        worker.call(method).wait()
    assert caught.value.message == message
    assert len(list(worker.call("count", {"to": 1}))) == 1


def test_a_parent_that_speaks_something_else_has_no_worker(worker: WorkerProcess) -> None:
    """It ends, and does not guess."""
    running = worker.running()
    running.wall()
    running._write(b"\xff" * 8)
    with pytest.raises(WorkerEnded, match="ended with code 3"):
        running.call("count", {"to": 1}).one()


def test_it_ends_with_its_input_also_in_the_middle_of_work(worker: WorkerProcess) -> None:
    """A parent that is killed closes it."""
    running = worker.running()
    waiting = running.call("wait")
    assert waiting.next() is not None
    pipe = running._process.stdin
    assert pipe is not None
    pipe.close()
    with pytest.raises(WorkerEnded, match="ended with code 0"):
        waiting.next()


def test_a_generation_that_does_not_stop_ends_the_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever waits for it could not do anything else."""
    text = """
from privacy_assistant.engines.worker import child, language_side
from privacy_assistant.engines.worker.roles import ROLES
from privacy_assistant.ports import Piece

class Stubborn:
    def generate(self, request):
        yield Piece("one")
        time.sleep(600)

    def cancel(self, request_id):
        pass

def side(built):
    side = language_side.LanguageSide.__new__(language_side.LanguageSide)
    side._model, side._computed = Stubborn(), None
    side.prepare = lambda: None
    return side

language_side._PATIENCE_SECONDS = 0.05
ROLES["none"] = side
child.main()
"""
    worker = program(monkeypatch, tmp_path, text)
    answer = worker.call("generate", {"messages": [], "sampling": {}})
    assert answer.next() is not None
    answer.cancel()
    with pytest.raises(WorkerEnded, match="did not stop when it was told to"):
        answer.next()
    worker.close()


def test_an_answer_that_nobody_reads_does_not_count_as_one_that_does_not_stop(worker: WorkerProcess) -> None:
    """The pipe is full, and the child waits until somebody reads it."""
    unread = worker.call("count", {"to": 700})
    pid = worker.pid
    assert pid is not None
    unread.close()
    assert len(list(worker.call("count", {"to": 2}))) == 2
    os.kill(pid, 0)
    assert worker.pid == pid
