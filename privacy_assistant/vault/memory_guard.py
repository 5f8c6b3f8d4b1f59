"""Keeps the memory of this process, which holds keys, out of core dumps and from other processes of the same user."""

from __future__ import annotations

import contextlib
import ctypes
import sys
from dataclasses import dataclass

_PR_GET_DUMPABLE = 3
_PR_SET_DUMPABLE = 4


@dataclass(frozen=True, slots=True)
class Guarded:
    """What is in force. None: this system does not have it."""

    has_no_core: bool | None
    is_undumpable: bool | None


def guard_memory() -> Guarded:
    """No core files (`RLIMIT_CORE` 0) and, on Linux, no attaching by other processes (`PR_SET_DUMPABLE` 0).

    Call it once, before keys are read; it never fails, it reports. Read back, not assumed. It does not stop root, a
    hibernation image or swap.
    """
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    return read_guards()


def read_guards() -> Guarded:
    """What is in force now; changes nothing (`doctor`)."""
    has_no_core: bool | None = None
    is_undumpable: bool | None = None
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        has_no_core = resource.getrlimit(resource.RLIMIT_CORE)[0] == 0
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            is_undumpable = ctypes.CDLL(None).prctl(_PR_GET_DUMPABLE, 0, 0, 0, 0) == 0
    return Guarded(has_no_core, is_undumpable)
