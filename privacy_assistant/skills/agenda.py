"""What waits in the drawer: timers, alarms and reminders, and those that have fired.

Each is one item of kind `KIND`: `{"kind": "timer"|"alarm"|"reminder", "name": str, "due": ISO 8601 UTC,
"created": ISO 8601 UTC}`. Nothing runs in the background: a face asks `due` what has fired since it last asked
(also while no program was running) and `next_due` how long it may wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from privacy_assistant.ports import Drawer
from privacy_assistant.skills import moments
from privacy_assistant.skills.spans import say_span

KIND = "timer"
"""The drawer's word for all three."""
LATE = timedelta(minutes=1)
"""From then on a fired timer says when it was due."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A timer, alarm or reminder that waits. `due` and `created` are aware, in UTC."""

    id: str
    kind: str
    name: str = field(repr=False)
    due: datetime
    created: datetime

    @property
    def title(self) -> str:
        """What to call it: "the pasta timer", "the alarm", "the reminder to call mum"."""
        if self.kind == "reminder":
            return f"the reminder {infinitive(self.name)}" if self.name else "the reminder"
        if self.name:
            return f"the {self.name} {self.kind}"
        length = say_span((self.due - self.created).total_seconds())
        if self.kind == "timer" and " and " not in length:
            return f"the {length.removesuffix('s')} timer"
        return f"the {self.kind}"


@dataclass(frozen=True, slots=True)
class Fired:
    """One that has fired; it is out of the drawer already, so it is said once. `due` is aware, in UTC."""

    kind: str
    name: str = field(repr=False)
    due: datetime

    def line(self, now: datetime) -> str:
        """What to tell the person, with the time it was due when that has passed by more than a minute."""
        if self.kind == "reminder":
            text = f"Reminder: {bare(self.name)}." if self.name else "Here is your reminder."
        elif self.kind == "alarm":
            text = f"Your {self.name} alarm." if self.name else "Your alarm."
        else:
            text = f"Your {self.name} timer is done." if self.name else "Your timer is done."
        if now - self.due <= LATE:
            return text
        return f"{text} It was due {moments.say_moment(self.due, now)}."


def due(drawer: Drawer, now: datetime) -> list[Fired]:
    """Take out and return all that have fired by `now` (aware), the earliest first.

    An item counts only for the caller whose `remove` took it, so that two programs over one drawer do not both say it.
    """
    fired = [each for each in pending(drawer) if each.due <= now]
    return [Fired(each.kind, each.name, each.due) for each in fired if drawer.remove(each.id)]


def next_due(drawer: Drawer) -> datetime | None:
    """When the next one fires (aware, UTC), or None when nothing waits."""
    waiting = pending(drawer)
    return waiting[0].due if waiting else None


def pending(drawer: Drawer) -> list[Pending]:
    """All that wait, the earliest first. An item that is not readable as one is passed over."""
    found = [each for item, payload in drawer.items(KIND) if (each := _read(item, payload)) is not None]
    return sorted(found, key=lambda each: (each.due, each.created))


def _read(item: str, payload: Mapping[str, Any]) -> Pending | None:
    try:
        at = datetime.fromisoformat(payload["due"])
        created = datetime.fromisoformat(payload["created"])
        if at.tzinfo is None or created.tzinfo is None:
            return None
        return Pending(item, str(payload["kind"]), str(payload["name"]), at.astimezone(UTC), created.astimezone(UTC))
    except (KeyError, TypeError, ValueError, OverflowError):
        return None


def infinitive(what: str) -> str:
    """What a reminder is for, as it follows "remind you": "to call mum", "about the rent"."""
    return what if what.startswith(("to ", "that ", "about ", "of ")) else f"to {what}"


def bare(what: str) -> str:
    """What a reminder is for, alone: "call mum", "the rent"."""
    for word in ("to ", "that ", "about ", "of "):
        what = what.removeprefix(word)
    return what
