"""The memory of a process that holds keys is dumped nowhere."""

from __future__ import annotations

import subprocess
import sys

import pytest

from privacy_assistant.vault.memory_guard import Guarded

_SCRIPT = """
from privacy_assistant.vault.memory_guard import guard_memory, read_guards
import resource
resource.setrlimit(resource.RLIMIT_CORE, (resource.getrlimit(resource.RLIMIT_CORE)[1],) * 2)
before = read_guards()
print(before.is_undumpable, guard_memory() == read_guards(), read_guards())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is Linux's own")
def test_a_guarded_process_leaves_no_core_and_cannot_be_attached_to() -> None:
    """In a process of its own, since it cannot be undone for the limit; read back from the system."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"False True {Guarded(has_no_core=True, is_undumpable=True)}"
