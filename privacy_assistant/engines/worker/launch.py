"""How a worker is started, and how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from privacy_assistant.engines import silence
from privacy_assistant.engines.worker.sides import DID_NOT_STOP

_ENVIRONMENT = (
    *("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "WINDIR"),
    *("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES", "GGML_VK_VISIBLE_DEVICES"),
)
"""Words of our environment that a child gets, where they are set: to find libraries and devices, and to read paths."""


def launch() -> subprocess.Popen[bytes]:
    """Start a worker that waits for its hello. Raises OSError, ValueError."""
    return subprocess.Popen(  # noqa: S603 - this interpreter, and this package
        command(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        cwd=os.sep,
        env=environment(),
        close_fds=True,
        # Ctrl-C of a terminal goes to all of its session, and the worker is not to end by it.
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )


def command() -> list[str]:
    """How a worker is started. Raises OSError where nobody knows which program we are."""
    if not sys.executable:
        raise FileNotFoundError
    package = Path(__file__).resolve().parents[2]
    places = [place for place in sys.path if os.path.isabs(place) and not _is_by_chance(place)]
    if str(package.parent) not in places:
        places.insert(0, str(package.parent))
    options = ["-X", "utf8"] if sys.flags.utf8_mode else []
    return [sys.executable, "-I", *options, str(Path(__file__).with_name("__main__.py")), *places]


def _is_by_chance(place: str) -> bool:
    """Whether it is the folder that a person is in (`python -m`), or that of the script: what lies there is no library
    of ours, and a worker is to read nothing of it."""
    try:
        chance = {os.path.realpath(os.getcwd()), os.path.dirname(os.path.realpath(sys.argv[0]))}
    except (OSError, IndexError):
        return False  # there is no such folder any more
    return os.path.realpath(place) in chance and not place.endswith("-packages")


def environment() -> dict[str, str]:
    """What a worker gets of ours, and the words that keep libraries silent."""
    given = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return {**given, **silence.WORDS}


def how_it_ended(code: int) -> str:
    """The end of a process as a clause, by what `wait` returned."""
    if code == DID_NOT_STOP:
        return "did not stop when it was told to"
    if code >= 0:
        return f"ended with code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        return f"ended by signal {-code}"
    return f"ended by signal {-code} ({name})"
