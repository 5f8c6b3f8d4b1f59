"""Landlock: the kernel is told which files a process may read from now on, and that it writes and runs none.

Linux 5.13 and newer, without a privilege. The numbers are those of `linux/landlock.h`; what a kernel knows is asked
of it (its "ABI"), and only what it knows is named. What no Landlock forbids: looking at the size, the mode and the
dates of a file by its path, and a descriptor that is already open.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_RULE_PATH_BENEATH = 1

_WRITE_FILE = 1 << 1
_READ_FILE = 1 << 2
_READ_DIR = 1 << 3
_ALL_OF_FIRST = (1 << 13) - 1
"""Running, writing, reading, listing, and each way to make or remove a name."""
_REFER, _TRUNCATE, _IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
_ALL_TCP = 3
_ALL_SCOPES = 3
"""Abstract sockets and signals of whoever is outside."""

_SINCE_REFER, _SINCE_TRUNCATE, SINCE_TCP, _SINCE_IOCTL, _SINCE_SCOPES = 2, 3, 4, 5, 6

_pinned: list[int] = []
"""Descriptors of what lies in /proc: a rule is about an inode, and the kernel makes a new one for a name that nobody
holds."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def landlock_abi() -> int:
    """The version that this kernel has; 0 for none."""
    try:
        return max(0, _call(_CREATE_RULESET, None, 0, _ASK_VERSION))
    except OSError:
        return 0


def allow_only(readable: Iterable[Path], devices: Sequence[Path]) -> int:
    """Let this thread, and those that it starts, read what lies at or below `readable`, write to `devices`, and nothing
    else; no TCP, and no signals and abstract sockets beyond itself, where the kernel can say so.

    Needs no_new_privs. Gives the version that holds now. What is not there is left out. Raises OSError where the
    kernel does not do it.
    """
    abi = landlock_abi()
    if not abi:
        raise OSError("this system has no Landlock")
    handled, network, scoped, size = asked_for(abi)
    ruleset = _call(_CREATE_RULESET, ctypes.byref(_Ruleset(handled, network, scoped)), size, 0)
    try:
        for path in readable:
            _add(ruleset, path, _READ_FILE)
        for path in devices:
            _add(ruleset, path, _READ_FILE | _WRITE_FILE | (handled & _TRUNCATE))
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return abi


def asked_for(abi: int) -> tuple[int, int, int, int]:
    """What a kernel of this version is asked to forbid unless a rule allows it: of files, of the network, beyond this
    process; and how many bytes of the question it knows. It refuses a question with a bit that it does not know."""
    handled = _ALL_OF_FIRST
    for since, right in ((_SINCE_REFER, _REFER), (_SINCE_TRUNCATE, _TRUNCATE), (_SINCE_IOCTL, _IOCTL_DEVICE)):
        handled |= right if abi >= since else 0
    if abi < SINCE_TCP:
        return handled, 0, 0, 8
    if abi < _SINCE_SCOPES:
        return handled, _ALL_TCP, 0, 16
    return handled, _ALL_TCP, _ALL_SCOPES, 24


def _add(ruleset: int, path: Path, right: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)  # links are followed: a rule is about what is there
    except OSError:
        return
    try:
        is_folder = stat.S_ISDIR(os.fstat(opened).st_mode)
        rule = _Beneath(right | (_READ_DIR if is_folder else 0), opened)
        with contextlib.suppress(OSError):  # a place that takes no rule is one that cannot be read
            _call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        if path.parts[:2] == ("/", "proc"):
            _pinned.append(opened)
        else:
            os.close(opened)


def _call(number: int, *arguments: object) -> int:
    # From `linux/unistd.h`; these numbers are the same on every architecture.
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    given = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    done: int = library.syscall(ctypes.c_long(number), *given)
    if done < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return done
