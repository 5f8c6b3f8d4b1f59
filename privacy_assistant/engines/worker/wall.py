"""The wall around a worker: what a process that opens model files in native code may still do.

On Linux it is made of two things that need no privilege and cannot be taken away again. Landlock: of all files only the
model's, those of Python and its libraries, and what the machine says about its processors can be read; nothing is
written, made, removed or run. seccomp: no sockets, no other programs, no looking into other processes (`seccomp`).
Elsewhere there is no wall, and `Wall` says so: what is left is that the process is another one, without the keys.

It is for one process with one thread, before anything native is loaded. Python's own tripwire sees Python alone; this
is what native code meets.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import site
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from privacy_assistant.engines.worker.landlock import SINCE_TCP, allow_only
from privacy_assistant.engines.worker.seccomp import refuse_calls

_SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store", "/etc/ld.so.cache")
"""Libraries, wherever a system keeps them; nobody's own files lie there."""

_MACHINE = (
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys/vm/overcommit_memory"),
    *("/proc/filesystems", "/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/fs/cgroup"),
    *("/sys/kernel/mm/transparent_hugepage", "/dev/urandom", "/dev/random", "/dev/zero"),
)
"""What ggml, CTranslate2, onnxruntime and OpenMP look at to count cores and memory; seen with strace."""

_WRITABLE = ("/dev/null",)
"""llama_cpp opens it to be silent."""

_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_FIRST_TO_GO = "500"
"""Counts as half of the machine's memory beside what is used; a higher one needs no privilege."""
_CAPABILITY_VERSION_3 = 0x20080522
_MAY_SEARCH = 1 << 2
"""CAP_DAC_READ_SEARCH: root reads a model of another account by it, and Landlock says which files those are."""
_AF_INET, _SOCK_DGRAM = 2, 2


@dataclass(frozen=True, slots=True)
class Wall:
    """What holds in a process, tried and not assumed. Each begins with "none" where nothing does, and says why."""

    network: str
    files: str

    @property
    def is_whole(self) -> bool:
        """Neither the network nor the person's files can be reached."""
        return not self.network.startswith(("none", "only")) and not self.files.startswith("none")


def close_off(readable: Sequence[Path]) -> Wall:
    """Wall this process in, for good; `readable` are the model's files, or folders with them.

    Never fails: what cannot be built is told. Call it while there is one thread. A link that is handed in is followed;
    of those inside a folder only the ones of a hub's cache, into the `blobs` beside it.
    """
    _first_to_go()
    _without_dumps()
    if not sys.platform.startswith("linux"):
        why = f"none: there is no wall on {sys.platform}"
        return Wall(why, why)
    abi, why_no_landlock, why_no_seccomp = 0, "", ""
    is_alone = _threads() == 1
    try:
        _no_new_privileges()
        abi = allow_only(_readable(readable), [Path(place) for place in _WRITABLE])
    except OSError as error:
        why_no_landlock = _why(error, "this system has no Landlock")
    with contextlib.suppress(OSError):
        _without_capabilities()
    try:
        _no_new_privileges()
        refuse_calls()
    except OSError as error:
        why_no_seccomp = _why(error, "this system has no seccomp")
    if abi and not is_alone:
        abi, why_no_landlock = 0, "other threads ran already"
    return Wall(_network_found(abi, why_no_seccomp), _files_found(abi, why_no_landlock))


def _network_found(abi: int, why_not: str) -> str:
    """Tried by making a socket that would send without a connection."""
    library = ctypes.CDLL(None, use_errno=True)
    probe = library.socket(_AF_INET, _SOCK_DGRAM, 0)
    if probe < 0 and not why_not:
        return f"seccomp, landlock abi {abi}" if abi >= SINCE_TCP else "seccomp"
    if probe >= 0:
        os.close(probe)
    return f"only TCP: landlock abi {abi}" if abi >= SINCE_TCP else f"none: {why_not or 'a socket could be made'}"


def _files_found(abi: int, why_not: str) -> str:
    """Tried by opening the top of all folders, which nothing needs."""
    try:
        os.close(os.open("/", os.O_RDONLY))
    except PermissionError:
        if abi:
            return f"landlock abi {abi}"
    except OSError:
        pass
    return f"none: {why_not or 'a folder could still be opened'}"


def _why(error: OSError, otherwise: str) -> str:
    return str(error) if error.errno is None else f"{otherwise} ({error.strerror})"


# ---------------------------------------------------------------- what must be read


def _readable(model: Sequence[Path]) -> Iterator[Path]:
    """The model's own files, and what Python, its libraries and the package need."""
    for path in model:
        yield path
        yield from _targets(path)
    yield from map(Path, (*_SYSTEM, *_MACHINE))
    yield from _of_python()


def _targets(folder: Path) -> Iterator[Path]:
    """Where the links of a hub's cache lead: snapshots/REVISION/FILE to blobs/DIGEST. Others could lead anywhere."""
    with contextlib.suppress(OSError, IndexError):
        blobs = folder.resolve().parents[1] / "blobs"
        for entry in os.scandir(folder):
            target = Path(entry.path).resolve()
            if entry.is_symlink() and target.parent == blobs:
                yield target


def _of_python() -> Iterator[Path]:
    """Never a folder that holds the person's home, wherever Python was put: of a place with an interpreter only what is
    in its `lib`, and of a checkout the package alone."""
    package = Path(__file__).resolve().parents[2]
    yield package
    for prefix in {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}:
        for name in ("lib", "lib64"):
            yield Path(prefix) / name
    home = _home()
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    for entry in (*sys.path, *site.getsitepackages(), *libraries):
        place = Path(entry).resolve()
        is_checkout = place == package.parent and not place.name.endswith("-packages")
        if Path(entry).is_absolute() and not is_checkout and place != home and place not in home.parents:
            yield place


def _home() -> Path:
    """The home of the account, from its own table and not from the environment."""
    import pwd

    try:
        return Path(pwd.getpwuid(os.getuid()).pw_dir).resolve()
    except (KeyError, OSError):
        return Path("/")


# ---------------------------------------------------------------- the smaller things


def _first_to_go() -> None:
    """Where no memory is left, the kernel ends the process that opened a file from elsewhere before it ends others."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)


def _without_dumps() -> None:
    """What is computed here is content: no core files, no attaching by other processes."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform.startswith("linux"):
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _no_new_privileges() -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def _without_capabilities() -> None:
    """Whatever root may do beyond the owner of its files is given up, for this thread and those to come."""
    library = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()
    if library.capget(header, sets) != 0:
        raise OSError(ctypes.get_errno(), "capget")
    kept = (ctypes.c_uint32 * 6)(sets[0] & _MAY_SEARCH, sets[1] & _MAY_SEARCH)
    library.capset(header, kept)


def _threads() -> int:
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1
