"""How many cores there are to work on, and how many of them nobody else wants."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def physical_cores() -> int:
    """Cores this process may use, without counting a core's second thread: those make decoding slower."""
    try:
        usable = os.sched_getaffinity(0)
    except AttributeError:
        return max(1, os.cpu_count() or 1)
    cores = set()
    for cpu in usable:
        try:
            siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text("ascii")
        except OSError:
            siblings = str(cpu)
        cores.add(siblings)
    return max(1, len(cores))


def free_cores() -> int | None:
    """Cores that nobody but this process wants at this moment, at least 1; None where the system does not say.

    llama.cpp's threads wait for each other at every node of the graph, by spinning. With as many threads as cores
    and one other busy program, each of those waits lasts a time slice: measured on two cores, two threads then
    write 2 tokens per second where one writes 30 (alone on the machine: 147 and 92).
    """
    try:
        # Own threads first: they stop spinning soon after a decode, and one that stops between the two readings must
        # not pass for somebody else's.
        own = 0
        for task in os.listdir("/proc/self/task"):
            with contextlib.suppress(OSError):  # a thread that ended meanwhile
                own += Path(f"/proc/self/task/{task}/stat").read_text("utf-8", "replace").rpartition(") ")[2][0] == "R"
        running = int(Path("/proc/stat").read_text("ascii").partition("procs_running ")[2].split(None, 1)[0])
    except (OSError, ValueError, IndexError):
        return None
    # procs_running counts the whole machine, even where this process may use only a part of it.
    return max(1, (os.cpu_count() or 1) - max(0, running - own))
