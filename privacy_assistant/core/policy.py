"""What may leave: the most private of everything that applies decides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Stance(IntEnum):
    """What a policy says about leaving. A larger number is more private."""

    LEAVE = 0
    ASK = 1
    STAY = 2
    REFUSE = 3

    def __str__(self) -> str:
        """The word of the policy file: leave, ask, stay, refuse."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was decided about one thing that could leave; made only in this module.

    `rule` names what decided, `reasons` lists everything that applied (names and counts, never content),
    `policy_hash` is the SHA-256 of the policy file in hex, `backend` the back end it was decided for, if one.
    """

    stance: Stance
    rule: str
    reasons: tuple[str, ...]
    policy_hash: str
    backend: str = ""
