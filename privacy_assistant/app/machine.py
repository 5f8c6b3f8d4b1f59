"""What this machine has, as far as a choice of models depends on it."""

from __future__ import annotations

import psutil


def memory_bytes() -> int:
    """All memory of the machine, whoever uses it now."""
    return int(psutil.virtual_memory().total)
