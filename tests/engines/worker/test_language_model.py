"""The language model's process breaks, in every way there is: the assistant does not, and says so."""

from __future__ import annotations

import os
import resource
import signal
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from privacy_assistant.core.turn import Usage
from privacy_assistant.engines.catalogue import ModelFile
from privacy_assistant.engines.worker import launch
from privacy_assistant.engines.worker.language_model import WorkerModel
from privacy_assistant.errors import EngineFailed, EngineMissing, ModelTampered
from privacy_assistant.ports import Finished, GenerationRequest, Piece, Remark, Sampling
from tests.engines.asking import CAPITAL, LONG, STORY, asking, read, request
from tests.engines.worker.children import program

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="signals, limits and /proc")

AGAIN = "the language model's process ended by signal {} and was started again"


@pytest.fixture
def worker(embedded: ModelFile) -> Iterator[WorkerModel]:
    """A warm one of its own for each test: they all kill it."""
    model = WorkerModel(embedded, context_tokens=1024)
    model.warm()
    yield model
    model.close()


def pid_of(model: WorkerModel) -> int:
    """Of its process, which must run."""
    assert model.pid is not None
    return model.pid


def is_over(pid: int) -> bool:
    """Whether this process works no more; where nobody waits for orphans it stays as a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(") ")[2][0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


# ---------------------------------------------------------------- a process that ends


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_crash_in_the_middle_of_an_answer_is_an_error_and_the_next_one_says_so(
    number: signal.Signals, worker: WorkerModel
) -> None:
    """What was shown stays; nothing is written on after it by a process that does not know it."""
    stream = worker.generate(request(STORY, max_tokens=400))
    first = next(stream)
    assert isinstance(first, Piece)
    os.kill(pid_of(worker), number)
    with pytest.raises(EngineFailed, match=rf"^the language model's process ended by signal \d+ \({number.name}\)$"):
        list(stream)
    again, *rest = list(worker.generate(request(CAPITAL)))
    assert again == Remark(AGAIN.format(f"{int(number)} ({number.name})"))
    assert "".join(item.text for item in rest if isinstance(item, Piece)) == "The capital of France is Paris."
    assert asking(worker, CAPITAL[1].text)[0] == "The capital of France is Paris."


def test_a_crash_before_the_first_piece_is_made_good_once(worker: WorkerModel) -> None:
    """The question is asked again, and the answer begins with a word about it."""
    pid = pid_of(worker)
    os.kill(pid, signal.SIGSTOP)
    items: list[Piece | Remark | Finished] = []
    thread = threading.Thread(target=lambda: items.extend(worker.generate(request(CAPITAL))))
    thread.start()
    while worker._answer is None:
        time.sleep(0.001)
    os.kill(pid, signal.SIGSEGV)
    os.kill(pid, signal.SIGCONT)
    thread.join()
    assert items[0] == Remark(AGAIN.format("11 (SIGSEGV)"))
    assert "".join(item.text for item in items if isinstance(item, Piece)) == "The capital of France is Paris."
    assert isinstance(items[-1], Finished)
    assert worker.pid not in (None, pid)


def test_a_crash_between_two_questions_is_told_with_the_next_answer(worker: WorkerModel) -> None:
    """Counting and reading ahead find it as well, and leave it to be told."""
    os.kill(pid_of(worker), signal.SIGKILL)
    assert worker.count_tokens(CAPITAL) > 10
    worker.prefill(CAPITAL)
    items = list(worker.generate(request(CAPITAL)))
    assert [item for item in items if isinstance(item, Remark)] == [Remark(AGAIN.format("9 (SIGKILL)"))]
    assert items[0] == Remark(AGAIN.format("9 (SIGKILL)"))


def test_a_cancelled_answer_ends_as_cancelled_also_where_the_process_does(worker: WorkerModel) -> None:
    """Nobody wants it any more, so nothing is told of it as an error."""
    stream = worker.generate(request(STORY, id="one", max_tokens=400))
    next(stream)
    os.kill(pid_of(worker), signal.SIGSTOP)
    worker.cancel("one")
    os.kill(pid_of(worker), signal.SIGKILL)
    assert list(stream) == [Finished("cancelled", Usage())]
    assert isinstance(next(worker.generate(request(CAPITAL))), Remark)


def test_a_process_that_breaks_at_loading_twice_is_an_error_with_a_remedy(
    embedded: ModelFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is not tried for ever."""
    program(monkeypatch, tmp_path, "take(); give(READY); take(); os.abort()")
    model = WorkerModel(embedded)
    for ask in (model.warm, lambda: list(model.generate(request(CAPITAL))), lambda: model.count_tokens(CAPITAL)):
        with pytest.raises(EngineFailed, match=r"ended by signal 6 \(SIGABRT\), twice in a row") as caught:
            ask()
        assert "privacy-assistant models verify" in caught.value.hint
    model.close()


@pytest.mark.parametrize(
    "item",
    [
        {},
        {"pieces": "text"},
        {"pieces": [""]},
        {"pieces": [5]},
        {"pieces": ["\ud800"]},
        {"finished": "bored", "usage": {}},
        {"finished": "stop"},
        {"finished": "stop", "usage": {"prompt_tokens": -1, "reused_tokens": 0, "completion_tokens": 0}},
        {"finished": "stop", "usage": {"prompt_tokens": 1, "reused_tokens": 0, "completion_tokens": "1"}},
        {
            "finished": "stop",
            "usage": {"prompt_tokens": 1, "reused_tokens": 0, "completion_tokens": 1, "mean_logprob": 1e300},
        },
    ],
)
def test_an_answer_that_is_none_is_not_believed(
    item: dict[str, object], embedded: ModelFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What a process sends that has opened a foreign file may be anything."""
    program(
        monkeypatch,
        tmp_path,
        f"""
take()
give(READY)
give({{"id": take()["id"], "item": {{"context_tokens": 77}}}})
give({{"id": 1, "end": True}})
give({{"id": take()["id"], "item": {item!r}}})
take()
""",
    )
    model = WorkerModel(embedded)
    with pytest.raises(EngineFailed, match="was ended, twice in a row"):
        list(model.generate(request(CAPITAL)))
    assert model.info.context_tokens == 77
    model.close()


def test_an_answer_without_end_is_broken_off(
    embedded: ModelFile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No context holds so much; whoever reads it would keep all of it."""
    program(
        monkeypatch,
        tmp_path,
        """
take()
give(READY)
give({"id": take()["id"], "item": {"context_tokens": 8}})
give({"id": 1, "end": True})
id = take()["id"]
while True:
    give({"id": id, "item": {"pieces": ["x" * 1000]}})
""",
    )
    model = WorkerModel(embedded, context_tokens=8)
    stream = model.generate(request(CAPITAL))
    assert next(iter(stream)) == Piece("x" * 1000)
    with pytest.raises(EngineFailed, match="was ended"):
        deque(stream, maxlen=1)
    model.close()


# ---------------------------------------------------------------- files that break it


@pytest.fixture(scope="module")
def broken(embedded: ModelFile, tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes, int], ModelFile]:
    """The embedded model with another number at a key of its header, which our own look finds nothing wrong with."""
    folder = tmp_path_factory.mktemp("broken")

    def patch(key: bytes, number: int) -> ModelFile:
        raw = bytearray(embedded.path.read_bytes())
        at = raw.index(struct.pack("<Q", len(key)) + key) + 8 + len(key) + 4
        struct.pack_into("<I", raw, at, number)
        path = folder / "broken.gguf"
        path.write_bytes(raw)
        return ModelFile(name="broken", role="llm", path=path, bytes=len(raw), context_tokens=256)

    return patch


@pytest.mark.parametrize(
    ("key", "number"),
    [
        (b"llama.context_length", 1),
        # Not a number: the first norm of the graph does not take it.
        (b"llama.attention.layer_norm_rms_epsilon", 0x7FC00000),
    ],
)
def test_a_model_that_aborts_llama_cpp_takes_down_its_process_alone(
    key: bytes, number: int, broken: Callable[[bytes, int], ModelFile], embedded: ModelFile
) -> None:
    """An assertion of ggml's calls abort(): in this process, it would have been the end of the assistant."""
    model = WorkerModel(broken(key, number))
    with pytest.raises(EngineFailed, match=r"ended by signal 6 \(SIGABRT\), twice in a row: broken"):
        read(model.generate(request(CAPITAL)))
    model.close()
    another = WorkerModel(embedded, context_tokens=256)
    assert asking(another, CAPITAL[1].text)[0] == "The capital of France is Paris."
    another.close()


def test_a_model_of_noise_breaks_nobody(embedded: ModelFile, tmp_path: Path) -> None:
    """Random bytes behind a good header: it may answer nonsense, or fail in one line."""
    path = tmp_path / "noise.gguf"
    with embedded.path.open("rb") as source, path.open("wb") as target:
        target.write(source.read(embedded.header_bytes))
        target.write(os.urandom(embedded.bytes - embedded.header_bytes))
    model = WorkerModel(ModelFile(name="noise", role="llm", path=path, bytes=embedded.bytes, context_tokens=256))
    try:
        _, end = read(model.generate(request(CAPITAL, max_tokens=3)))
        assert end.reason in ("stop", "length")
    except EngineFailed as error:
        assert "\n" not in error.message  # noqa: PT017 - either is right
    model.close()


def test_a_changed_file_is_seen_before_a_process_opens_it(
    broken: Callable[[bytes, int], ModelFile], embedded: ModelFile, tmp_path: Path
) -> None:
    """By its digest, and each time that it is loaded; a missing one as well."""
    file = broken(b"llama.context_length", 1)
    vouched = ModelFile(
        name="broken",
        role="llm",
        path=file.path,
        bytes=file.bytes,
        header_bytes=embedded.header_bytes,
        header_sha256=embedded.header_sha256,
    )
    model = WorkerModel(vouched)
    with pytest.raises(ModelTampered):
        model.warm()
    assert model.pid is None
    with pytest.raises(EngineMissing):
        WorkerModel(ModelFile(name="none", role="llm", path=tmp_path / "none-00001-of-00002.gguf", bytes=1)).warm()


def test_no_memory_ends_in_one_line(embedded: ModelFile) -> None:
    """The limit is that of the process alone."""
    model = WorkerModel(embedded, context_tokens=1024)
    model.wall()
    resource.prlimit(pid_of(model), resource.RLIMIT_AS, (300 << 20, 300 << 20))
    with pytest.raises(EngineFailed) as caught:
        model.warm()
    assert "\n" not in caught.value.message
    model.close()


# ---------------------------------------------------------------- the parent


def test_a_parent_that_is_killed_leaves_no_process_behind(embedded: ModelFile) -> None:
    """Not even one that is in the middle of a long answer, and asks nobody."""
    text = """
import sys
from privacy_assistant.engines.catalogue import find_llm
from privacy_assistant.engines.worker.language_model import WorkerModel
from tests.engines.asking import LONG, request
model = WorkerModel(find_llm())
model.warm()
print(model.pid, flush=True)
for item in model.generate(request(LONG, max_tokens=4000)):
    print(".", flush=True)
"""
    parent = subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, cwd=launch_root())
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert not is_over(pid)
    parent.kill()
    parent.communicate()
    while not is_over(pid):
        time.sleep(0.01)


def launch_root() -> Path:
    """Where this package and its tests lie."""
    return Path(launch.__file__).resolve().parents[3]


def test_a_closed_stream_leaves_the_model_to_the_next(worker: WorkerModel) -> None:
    """Closing cancels: the process does not write the rest of the story first."""
    stream = worker.generate(request(STORY, id="one", max_tokens=900))
    next(stream)
    stream.close()  # type: ignore[attr-defined]  # a generator, as every stream of ours
    _, end = read(worker.generate(request(CAPITAL)))
    assert end.reason == "stop"


def test_counting_goes_on_beside_an_answer(worker: WorkerModel) -> None:
    """From another thread, and while nobody reads the answer."""
    expected = worker.count_tokens(CAPITAL)
    stream = worker.generate(request(STORY, max_tokens=60))
    first = next(stream)
    counted: list[int] = []
    thread = threading.Thread(target=lambda: counted.extend(worker.count_tokens(m) for m in (LONG, CAPITAL) * 3))
    thread.start()
    pieces, end = read(stream)
    thread.join()
    assert counted[1::2] == [expected] * 3
    assert isinstance(first, Piece)
    assert (len(pieces) + 1, end.reason) == (end.usage.completion_tokens, "length")


def test_a_grammar_binds_there_too(worker: WorkerModel) -> None:
    """It goes along with the request; one that cannot be read is an error of the child, raised here."""
    bound = GenerationRequest("g", CAPITAL, Sampling(max_tokens=8), grammar='root ::= "yes" | "no"')
    assert "".join(read(worker.generate(bound))[0]) in ("yes", "no")
    with pytest.raises(EngineFailed, match="the grammar of this request cannot be read"):
        read(worker.generate(GenerationRequest("g", CAPITAL, Sampling(max_tokens=8), grammar="root ::= (")))
    assert asking(worker, CAPITAL[1].text)[0] == "The capital of France is Paris."


def test_the_process_sees_how_many_cores_are_free(worker: WorkerModel) -> None:
    """Behind its wall: else it would spin against every other program."""
    wall = worker.wall()
    assert wall.files
    assert wall.network
    text = f"""
import sys
sys.path[:] = {sys.path!r}
from pathlib import Path
from privacy_assistant.engines.worker.wall import close_off
from privacy_assistant.engines.cores import free_cores
close_off([])
print(free_cores())
"""
    seen = subprocess.run([sys.executable, "-I", "-c", text], capture_output=True, check=True, text=True)
    assert int(seen.stdout) >= 1
