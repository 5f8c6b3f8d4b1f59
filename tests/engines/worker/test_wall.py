"""The wall, each promise in a child that is behind it, and the same attempts in one that is not."""

from __future__ import annotations

import json
import os
import platform
import pwd
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy_assistant import tripwire
from privacy_assistant.engines.worker.landlock import asked_for, landlock_abi
from privacy_assistant.engines.worker.process import Hello, WorkerProcess
from privacy_assistant.engines.worker.seccomp import numbers, program
from privacy_assistant.engines.worker.wall import Wall
from privacy_assistant.vault.keystore import Header, write_store
from tests.engines.speech_of_our_own import say
from tests.engines.worker.behind_the_wall import attempts, walled_only

ROOT = Path(__file__).parents[3]

needs_wall = pytest.mark.skipif(
    not sys.platform.startswith("linux") or landlock_abi() < 6 or platform.machine() not in ("x86_64", "aarch64"),
    reason="the whole wall needs Linux with Landlock ABI 6 on x86_64 or aarch64",
)

ALLOWED = (
    *("read the model", "list the model's folder", "read a link into the blobs of a hub's cache", "count processors"),
    *("import a library", "start a thread", "signal itself", "be silent"),
)
UNKNOWN = ("call clone3", "call what is newer than the list", "call by the numbers of x32")
FORBIDDEN = tuple(name for name in attempts(Path("/"), 0) if name not in ALLOWED)

ALLOW, KILL, REFUSED, NOT_KNOWN = 0x7FFF0000, 0x80000000, 0x00050001, 0x00050026
MACHINES = ((0, 0xC000003E), (1, 0xC00000B7))


def child(home: Path, how: str, what: str, port: int = 0, heard: bytes = b"") -> dict[str, Any]:
    """What a child tells."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.engines.worker.behind_the_wall", how, str(home), str(port), what],
        input=heard,
        capture_output=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def a_home(place: Path) -> Path:
    """A key store, a history, and models below the same home."""
    own = place / "models" / "snapshots" / "mine"
    own.mkdir(parents=True)
    (place / "models" / "blobs").mkdir()
    for file in (own / "model.bin", place / "models" / "other.bin", place / "models" / "blobs" / "0123"):
        file.write_bytes(b"weights")
    (own / "cached.bin").symlink_to("../../blobs/0123")
    write_store(place / "keys", Header("store", bytes(16), uses_key_file=True), bytes(32), {"epoch": 1}, is_new=True)
    (own / "tokenizer.json").symlink_to("../../../keys")
    for name in ("history.db", "remove-me", "rename-me"):
        (place / name).write_bytes(b"content")
    return place


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Somebody really listens."""
    with tripwire.listening(0), socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory, port: int) -> dict[str, Any]:
    """How everything went behind the wall."""
    return child(a_home(tmp_path_factory.mktemp("inside")), "walled", "attempts", port)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory, port: int) -> dict[str, Any]:
    """How the same went without it."""
    return child(a_home(tmp_path_factory.mktemp("outside")), "open", "attempts", port)


# ---------------------------------------------------------------- promises


@needs_wall
def test_the_wall_says_what_holds(inside: Mapping[str, Any]) -> None:
    """Both parts of it, with the version of the kernel's."""
    abi = landlock_abi()
    assert inside["network"] == f"seccomp, landlock abi {abi}"
    assert inside["files"] == f"landlock abi {abi}"
    assert inside["is whole"] is True


@needs_wall
@pytest.mark.parametrize("what", ALLOWED)
def test_what_a_model_needs_is_left(inside: Mapping[str, Any], what: str) -> None:
    """Its files, wherever they lie, what Python and its libraries are made of, threads, and silence."""
    assert inside[what] == "done"


@needs_wall
@pytest.mark.parametrize("what", FORBIDDEN)
def test_everything_else_is_refused_and_would_have_worked(
    inside: Mapping[str, Any], outside: Mapping[str, Any], what: str
) -> None:
    """The same attempt succeeds in a child without the wall, so that it is the wall that refuses."""
    assert inside[what] in ("EPERM", "EACCES")
    assert outside[what] == "done"


@needs_wall
@pytest.mark.parametrize("what", [name for name in walled_only(0) if name not in UNKNOWN])
def test_calls_that_a_computation_does_not_need_are_refused(inside: Mapping[str, Any], what: str) -> None:
    """Every one on the list, by its number, and attaching to the parent."""
    assert inside[what] == "EPERM"


@needs_wall
@pytest.mark.parametrize("what", UNKNOWN)
def test_calls_that_cannot_be_looked_into_are_not_known(inside: Mapping[str, Any], what: str) -> None:
    """A library then takes the older way, which can be."""
    assert inside[what] == "ENOSYS"


@needs_wall
def test_no_core_no_attaching_no_privileges(inside: Mapping[str, Any], outside: Mapping[str, Any]) -> None:
    """What is computed is content; and root has no more rights than the owner of its files."""
    assert (inside["dumpable"], inside["core"]) == (0, 0)
    assert (inside["no_new_privs"], inside["seccomp"], inside["capabilities"]) == ("1", "2", 0)
    assert inside["goes_first"] >= 500  # where no memory is left
    assert "network" not in outside


@needs_wall
@pytest.mark.parametrize("engine", ["language model", "recogniser", "voice", "detector"])
def test_the_engines_work_behind_the_wall_and_give_the_same(tmp_path: Path, engine: str) -> None:
    """llama.cpp, CTranslate2, and onnxruntime with Piper and alone, on real models: to the bit."""
    heard = say("what time is it").pcm
    walled, free = (child(tmp_path, how, engine, heard=heard) for how in ("walled", "open"))
    assert walled["is whole"] is True
    assert walled["digest"] == free["digest"]


@needs_wall
def test_a_process_with_other_threads_does_not_boast(tmp_path: Path) -> None:
    """Landlock binds the thread that asks, and those that it starts later."""
    code = (
        "import threading; from privacy_assistant.engines.worker.wall import close_off\n"
        "never = threading.Event(); threading.Thread(target=never.wait, daemon=True).start()\n"
        "wall = close_off([]); print(wall.files, wall.is_whole)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "none: other threads ran already False\n"


@needs_wall
def test_a_folder_of_code_that_holds_the_home_is_not_opened_for_it(tmp_path: Path) -> None:
    """Whoever runs Python with the home on its path does not hand the home to a model's file."""
    home = Path(pwd.getpwuid(os.getuid()).pw_dir).resolve()
    code = (
        "import os, sys; from privacy_assistant.engines.worker.wall import close_off\n"
        f"sys.path += [{str(home)!r}, '/', {str(tmp_path)!r}]\n"
        "close_off([])\n"
        f"os.listdir({str(tmp_path)!r})\n"
        f"try: os.listdir({str(home)!r})\n"
        "except PermissionError: print('refused')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout == "refused\n"


@needs_wall
def test_a_worker_tells_of_its_wall() -> None:
    """As `doctor` asks one that has no model."""
    process = WorkerProcess(Hello("a worker", "whisper"))
    assert process.running().wall().is_whole
    process.close()


@pytest.mark.parametrize(
    ("network", "files", "is_whole"),
    [
        ("seccomp", "landlock abi 1", True),
        ("only TCP: landlock abi 4", "landlock abi 4", False),
        ("none: no filter was made for riscv64", "landlock abi 3", False),
        ("seccomp", "none: this system has no Landlock", False),
    ],
)
def test_half_a_wall_is_not_called_a_whole_one(network: str, files: str, is_whole: bool) -> None:
    """Datagrams are a network, too."""
    assert Wall(network, files).is_whole is is_whole


# ---------------------------------------------------------------- older kernels, other machines


def test_a_kernel_is_asked_for_nothing_that_it_does_not_know() -> None:
    """The number of rights in `linux/landlock.h` at each version, and the bytes of its question."""
    rights = {abi: asked_for(abi) for abi in range(1, 9)}
    assert [rights[abi][0].bit_length() for abi in range(1, 9)] == [13, 14, 15, 15, 16, 16, 16, 16]
    assert [rights[abi][1] for abi in range(1, 9)] == [0, 0, 0, 3, 3, 3, 3, 3]
    assert [rights[abi][2] for abi in range(1, 9)] == [0, 0, 0, 0, 0, 3, 3, 3]
    assert [rights[abi][3] for abi in range(1, 9)] == [8, 8, 8, 16, 16, 24, 24, 24]


def judged(column: int, architecture: int, number: int, argument: int = 0, second: int = 0) -> int:
    """What the filter says about a call: the five instructions that it is made of, run here."""
    seen = {0: number, 4: architecture, 16: argument & 0xFFFFFFFF, 24: second}
    steps = program(column, MACHINES[column][1], own_pid=77)
    at, held = 0, 0
    tests: dict[int, Callable[[int, int], bool]] = {
        0x15: lambda a, b: a == b,
        0x35: lambda a, b: a >= b,
        0x45: lambda a, b: bool(a & b),
    }
    while True:
        what, if_true, if_false, value = steps[at]
        at += 1
        if what == 0x06:
            return value
        if what == 0x20:
            held = seen[value]
        else:
            at += if_true if tests[what](held, value) else if_false


@pytest.mark.parametrize(("column", "architecture"), MACHINES)
def test_the_filter_refuses_what_is_listed_and_nothing_else(column: int, architecture: int) -> None:
    """On both architectures, every number there is."""
    listed = set(numbers(column).values())
    clone, kill, tgkill, prlimit = ((56, 62, 234, 302), (220, 129, 131, 261))[column]
    for number in range(463):
        expected = REFUSED if number in listed | {clone, kill, tgkill} else NOT_KNOWN if number == 435 else ALLOW
        assert judged(column, architecture, number) == expected, number
    assert judged(column, architecture, clone, 0x10000 | 0x100) == ALLOW
    for number in (kill, tgkill):
        assert judged(column, architecture, number, 77) == ALLOW
        assert judged(column, architecture, number, 78) == REFUSED
    assert judged(column, architecture, prlimit, 78) == REFUSED
    fcntl = (72, 25)[column]
    assert [second for second in range(2000) if judged(column, architecture, fcntl, 3, second) != ALLOW] == [8, 15]


@given(st.integers(463, 0xFFFFFFFF), st.sampled_from(MACHINES))
def test_a_number_that_is_not_on_the_list_yet_is_unknown(number: int, machine: tuple[int, int]) -> None:
    """Those of x32 among them."""
    assert judged(*machine, number) == NOT_KNOWN


@given(st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF), st.sampled_from(MACHINES))
def test_a_call_of_another_architecture_ends_the_process(
    number: int, architecture: int, machine: tuple[int, int]
) -> None:
    """Its numbers mean other things."""
    if architecture != machine[1]:
        assert judged(machine[0], architecture, number) == KILL


@pytest.mark.skipif(not Path("/usr/include/asm-generic/unistd.h").is_file(), reason="no headers of the kernel here")
@pytest.mark.parametrize("column", [0, 1])
def test_the_numbers_are_those_of_the_kernels_headers(column: int) -> None:
    """Where the headers are installed: those of x86_64, and the general ones that aarch64 uses."""
    places = sorted(Path("/usr/include").glob("*/asm/unistd_64.h")) if column == 0 else []
    header = places[0] if places else Path("/usr/include/asm-generic/unistd.h")
    if column == 0 and not places:
        pytest.skip("no headers of x86_64 here")
    named = {
        words[1].removeprefix("__NR_").removeprefix("__NR3264_"): int(words[2])
        for words in map(str.split, header.read_text("ascii").splitlines())
        if len(words) == 3 and words[0] == "#define" and words[2].isdecimal()
    }
    ours = numbers(column)
    assert {name: named[name] for name in ours if name in named} == {
        name: number for name, number in ours.items() if name in named
    }
    assert set(ours) - set(named) <= {"fchmodat2"}


def test_the_parent_is_as_before() -> None:
    """A wall is for the process that builds it."""
    assert os.listdir("/")
    with socket.socket(socket.AF_UNIX) as one:
        assert one.fileno() >= 0
