"""Run in a child by the tests of the wall: tries what a process may not do, with the wall or without it, and says in
JSON how each attempt went: "done", or the name of the error.

`python -m tests.engines.worker.behind_the_wall WALLED HOME PORT WHAT`, where WHAT is `attempts` or an engine; what
an engine hears is on standard input, at HEARD_HZ.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import hashlib
import json
import os
import platform
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from privacy_assistant.core.sound import HEARD_HZ, Recording
from privacy_assistant.core.turn import Role
from privacy_assistant.engines.worker.seccomp import numbers
from privacy_assistant.engines.worker.wall import close_off
from privacy_assistant.ports import ChatMessage, GenerationRequest, Piece, Sampling

TINY = Path(__file__).parents[1] / "data" / "tiny_whisper"
ORDER = ("x86_64", "aarch64")

_PTRACE_SEIZE = 0x4206
_PR_GET_DUMPABLE = 3

_libc = ctypes.CDLL(None, use_errno=True)


def attempts(home: Path, port: int) -> dict[str, Callable[[], object]]:
    """Everything that is tried, by a name that tells it. In `home` lie a key store, a history and a model."""
    parent, own = os.getppid(), home / "models" / "snapshots" / "mine"
    return {
        "read the model": lambda: (own / "model.bin").read_bytes(),
        "list the model's folder": lambda: os.listdir(own),
        "read a link into the blobs of a hub's cache": lambda: (own / "cached.bin").read_bytes(),
        "count processors": lambda: Path("/proc/cpuinfo").read_bytes(),
        "import a library": lambda: __import__("sqlite3"),
        "start a thread": _thread,
        "signal itself": lambda: os.kill(os.getpid(), 0),
        "be silent": lambda: Path(os.devnull).open("w").close(),
        "read the key store": lambda: (home / "keys").read_bytes(),
        "read the history": lambda: (home / "history.db").read_bytes(),
        "read the key store by a link in the model's folder": lambda: (own / "tokenizer.json").read_bytes(),
        "read beside the model": lambda: (home / "models" / "other.bin").read_bytes(),
        "read beside the package": lambda: (Path(__file__).parents[3] / "pyproject.toml").read_bytes(),
        "list the home": lambda: os.listdir(home),
        "list the top of all folders": lambda: os.listdir("/"),
        "read the passwords": lambda: Path("/etc/passwd").read_bytes(),
        "list what runs": lambda: os.listdir("/proc"),
        "read the parent's environment": lambda: Path(f"/proc/{parent}/environ").read_bytes(),
        "read the parent's memory": lambda: Path(f"/proc/{parent}/mem").open("rb").close(),
        "list the parent's descriptors": lambda: os.listdir(f"/proc/{parent}/fd"),
        "write into the model": lambda: (own / "model.bin").open("r+b").close(),
        "cut a file": lambda: os.truncate(home / "history.db", 1),
        "make a file": lambda: (home / "new").touch(),
        "make a file in shared memory": lambda: Path(f"/dev/shm/wall-{os.getpid()}").open("wb").close(),
        "remove a file": lambda: (home / "remove-me").unlink(),
        "rename a file": lambda: (home / "rename-me").rename(home / "renamed"),
        "change a mode": lambda: (home / "history.db").chmod(0o666),
        "change a date": lambda: os.utime(home / "history.db", (1, 1)),
        "make a folder": lambda: (home / "folder").mkdir(),
        "make a link": lambda: (home / "link").symlink_to(home),
        "make a named pipe": lambda: os.mkfifo(home / "pipe"),
        "make an internet socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close(),
        "make a socket for datagrams": lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close(),
        "make a local socket": lambda: socket.socket(socket.AF_UNIX).close(),
        "make a pair of sockets": socket.socketpair,
        "connect to this machine": lambda: socket.create_connection(("127.0.0.1", port)).close(),
        "run a program": lambda: subprocess.run(["/bin/true"], check=True),
        "fork": _fork,
        "signal the parent": lambda: os.kill(parent, 0),
        "have the parent signalled": lambda: fcntl.fcntl(0, fcntl.F_SETOWN, parent),
        "watch the home": lambda: _watch(home),
        "limit the parent": lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE),
    }


def walled_only(parent: int) -> dict[str, Callable[[], object]]:
    """What is not tried without the wall, where it would do harm or where systems differ."""
    machine = ORDER.index(platform.machine())
    refused = {f"call {name}": _calls(number) for name, number in numbers(machine).items()}
    return {
        **refused,
        "attach to the parent": lambda: _asked(_libc.ptrace, _PTRACE_SEIZE, parent, 0, 0),
        "become another program": lambda: os.execv("/bin/true", ["true"]),
        "call clone3": _calls(435),
        "call what is newer than the list": _calls(463),
        "call by the numbers of x32": _calls(0x40000000 | 41),
        "signal everybody": lambda: os.kill(-1, 0),
        "signal a thread of the parent": lambda: _asked(_libc.syscall, (234, 131)[machine], parent, parent, 0),
        "get privileges back": _calls((126, 91)[machine]),
    }


def what_holds() -> dict[str, object]:
    """The small things of this process."""
    status = Path("/proc/self/status").read_text("ascii")
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    return {
        "dumpable": _libc.prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0),
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "no_new_privs": lines["NoNewPrivs"],
        "goes_first": int(Path("/proc/self/oom_score_adj").read_text("ascii")),
        "seccomp": lines["Seccomp"],
        "capabilities": int(lines["CapEff"], 16) & ~4,
    }


def engine(name: str) -> str:
    """The digest of what an engine gives for the same question."""
    found = {"language model": _write, "recogniser": _hear, "voice": _speak, "detector": _judge}[name]()
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _write() -> object:
    from privacy_assistant.engines.llm_llamacpp import LlamaCppModel

    model = LlamaCppModel(_EMBEDDED, context_tokens=256, threads=1)
    question = GenerationRequest("1", (ChatMessage(Role.USER, "Say hello."),), Sampling(max_tokens=8, seed=1))
    return [item.text for item in model.generate(question) if isinstance(item, Piece)]


def _hear() -> object:
    from privacy_assistant.engines.stt_whisper import WhisperTranscriber

    return WhisperTranscriber(TINY, threads=2).transcribe(_SAID, language="en")


def _speak() -> object:
    from privacy_assistant.engines.tts_piper import PiperSpeaker
    from privacy_assistant.engines.voices import SHIPPED

    return [frame.pcm for frame in PiperSpeaker(SHIPPED).speak("Good morning.")]


def _judge() -> object:
    from privacy_assistant.engines.turn_small import SmallTurn

    return SmallTurn().probability(_SAID)


def _tried(attempt: Callable[[], object]) -> str:
    try:
        attempt()
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error.errno))
    return "done"


def _thread() -> None:
    thread = threading.Thread(target=os.getpid)
    thread.start()
    thread.join()


def _watch(folder: Path) -> None:
    watcher = _libc.inotify_init1(0)
    if watcher < 0 or _libc.inotify_add_watch(watcher, str(folder).encode(), 2) < 0:
        raise OSError(ctypes.get_errno(), "refused")
    os.close(watcher)


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _calls(number: int) -> Callable[[], object]:
    # A call with no arguments at all: what is not refused fails in another way, or does nothing.
    return lambda: _asked(_libc.syscall, number, 0, 0, 0, 0, 0, 0)


def _asked(function: Callable[..., int], *arguments: int) -> None:
    if function(*map(ctypes.c_long, arguments)) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def _main(is_walled: bool, home: Path, port: int, what: str) -> None:
    signal.alarm(60)
    told: dict[str, object] = {}
    readable = [_EMBEDDED.path, TINY] if what != "attempts" else [home / "models" / "snapshots" / "mine"]
    if is_walled:
        wall = close_off(readable)
        told |= {"network": wall.network, "files": wall.files, "is whole": wall.is_whole}
    if what != "attempts":
        told["digest"] = engine(what)
    else:
        told |= {name: _tried(attempt) for name, attempt in attempts(home, port).items()}
        if is_walled:
            told |= {name: _tried(attempt) for name, attempt in walled_only(os.getppid()).items()} | what_holds()
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    from privacy_assistant.engines.catalogue import find_llm

    _EMBEDDED = find_llm()
    _SAID = Recording(sys.stdin.buffer.read(), HEARD_HZ)
    _main(sys.argv[1] == "walled", Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
