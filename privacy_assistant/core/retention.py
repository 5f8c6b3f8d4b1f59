"""What must go, and when nothing may: retention by age, by number and by size, with brakes.

Pure: rows, rules and `now` go in, ids come out. A brake exists because a wrong clock or a broken policy would
otherwise destroy what nobody wanted to lose, and a purge cannot be undone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from privacy_assistant.core.policy_terms import Policy, PolicyState

DEFAULT_AGE = timedelta(days=30)
"""How long conversations are kept where nobody wrote anything else; announced at the first run."""

LONG_PAUSE = timedelta(days=2)
"""After a longer pause than this a sweep that would take over half waits for a person."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What retention knows of a conversation. `newest` is the time of its newest message; reading changes nothing."""

    id: str
    newest: datetime
    bytes: int = 0
    is_pinned: bool = False
    is_temporary: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """Limits; None is no limit. `temporary` holds for temporary chats in the place of `messages`.

    `conversations` and `bytes` count what is neither pinned nor temporary: pinned ones survive and crowd out nobody.
    """

    messages: timedelta | None = DEFAULT_AGE
    temporary: timedelta | None = timedelta(0)
    ledger: timedelta | None = None
    conversations: int | None = None
    bytes: int | None = None


class Brake(StrEnum):
    """Why nothing is deleted although something may be due."""

    POLICY_UNREADABLE = "policy-unreadable"
    CLOCK_BEHIND = "clock-behind"
    TOO_MUCH = "too-much"


@dataclass(frozen=True, slots=True)
class Sweep:
    """What goes, oldest first; with a `brake` nothing goes and `held` tells how many are due."""

    ids: tuple[str, ...] = ()
    brake: Brake | None = None
    held: int = 0


def rules_for(policy: Policy) -> Rules | None:
    """The rules of a policy: the default without a file, None for one that cannot be read."""
    if policy.state is PolicyState.UNREADABLE:
        return None
    if policy.state is PolicyState.ABSENT:
        return Rules()
    kept = policy.retention
    return Rules(messages=kept.messages, temporary=kept.temporary, ledger=kept.ledger)


def expired(rows: Iterable[Kept], rules: Rules | None, now: datetime, last_run: datetime | None = None) -> Sweep:
    """The conversations whose time is over at `now`; `rules` None means that the policy cannot be read.

    `last_run` is when a sweep last went through; None, or a time that is still to come, counts as a long pause.
    """
    kept = sorted(rows, key=lambda row: (row.newest, row.id))
    if rules is None:
        return Sweep(brake=Brake.POLICY_UNREADABLE)
    loose = [row for row in kept if not row.is_pinned]
    due = _due(loose, rules, now)
    if any(row.newest > now for row in kept):
        return Sweep(brake=Brake.CLOCK_BEHIND, held=len(due))
    is_after_pause = last_run is None or last_run > now or now - last_run > LONG_PAUSE
    if is_after_pause and 2 * len(due) > len(loose):
        return Sweep(brake=Brake.TOO_MUCH, held=len(due))
    return Sweep(ids=tuple(row.id for row in due))


def _due(loose: list[Kept], rules: Rules, now: datetime) -> list[Kept]:
    """Of rows in order of age, those that a limit takes."""
    taken = set()
    for row in loose:
        limit = rules.temporary if row.is_temporary else rules.messages
        if limit is not None and now - row.newest >= limit:
            taken.add(row.id)
    count = size = 0
    for row in reversed(loose):
        if row.is_temporary or row.id in taken:
            continue
        count += 1
        size += row.bytes
        # Once one is too many, every older one is too: a large new one never lets a small old one stay.
        if (rules.conversations is not None and count > rules.conversations) or (
            rules.bytes is not None and size > rules.bytes
        ):
            taken.add(row.id)
    return [row for row in loose if row.id in taken]
