"""How long an answer is waited for."""

from __future__ import annotations

from dataclasses import dataclass

from privacy_assistant.core.policy_terms import Backend


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `connect` is for finding and connecting, over all addresses of a name, `first_byte` for each silence
    until the answer begins (a model may think), `stall` for each silence inside it, `write` for each part of the
    request, `total` for everything, attempts and pauses together."""

    connect: float = 3.0
    first_byte: float = 30.0
    stall: float = 20.0
    write: float = 10.0
    total: float = 120.0


def timeouts_for(backend: Backend, given: Timeouts) -> Timeouts:
    """Those of one back end: its own `timeout` is how long it may be silent, before and inside an answer."""
    if backend.timeout is None:
        return given
    silence = backend.timeout.total_seconds()
    return Timeouts(given.connect, silence, silence, given.write, max(given.total, 4 * silence))
