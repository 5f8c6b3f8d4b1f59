"""Housekeeping: retention at start and once a day, through the same purge as `purge-history`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from privacy_assistant.core.retention import Brake, Kept, Rules, expired
from privacy_assistant.ports import Drawer, History

EVERY = timedelta(days=1)

_KIND = "housekeeping"


@dataclass(frozen=True, slots=True)
class Swept:
    """What a run did: how many conversations and ledger lines went, and what the person should be told."""

    conversations: int = 0
    ledger_lines: int = 0
    brake: Brake | None = None
    notices: tuple[str, ...] = ()


class Housekeeping:
    """Runs retention. `rules` None in a run means that the policy cannot be read, and nothing is deleted."""

    def __init__(
        self,
        history: History,
        drawer: Drawer,
        *,
        purge: Callable[[Sequence[str]], None],
        sizes: Callable[[], Mapping[str, int]] | None = None,
        shorten_ledger: Callable[[datetime], int] | None = None,
    ) -> None:
        """Take the parts.

        `purge` destroys these conversations for good (the purge state machine). `sizes` gives the bytes of every
        conversation that is written: another one, in memory only, is left alone. `shorten_ledger` removes the lines
        before a time and tells how many.
        """
        self._history = history
        self._drawer = drawer
        self._purge = purge
        self._sizes = sizes
        self._shorten_ledger = shorten_ledger

    def has_run(self) -> bool:
        """Whether there was a run before: the first one announces how long things are kept."""
        return self._state()[0] is not None

    def is_due(self, now: datetime) -> bool:
        """Whether a day has passed since the last run, or the clock has gone back before it."""
        _, last_run = self._state()
        return last_run is None or not timedelta(0) <= now - last_run < EVERY

    def run(self, rules: Rules | None, now: datetime) -> Swept:
        """Delete what is due at `now`, or say why not. Raises what the purge raises (PurgePending, VaultError)."""
        item, last_run = self._state()
        notices = []
        if item is None and self._history.is_durable and rules is not None:
            notices.append(_announcement(rules))
        sizes = self._sizes() if self._sizes is not None else None
        rows = [
            Kept(
                id=conversation.id,
                newest=conversation.newest,
                bytes=sizes[conversation.id] if sizes is not None else 0,
                is_pinned=conversation.is_pinned,
                is_temporary=conversation.is_temporary,
            )
            for conversation in self._history.conversations()
            if sizes is None or conversation.id in sizes
        ]
        sweep = expired(rows, rules, now, last_run)
        if sweep.brake is not None:
            # The time of the last run stays, or the brake would let go by itself tomorrow.
            if item is None and notices:
                self._drawer.put(_KIND, {"last_run": None})
            return Swept(brake=sweep.brake, notices=(*notices, _explained(sweep.brake, sweep.held)))
        if sweep.ids:
            self._purge(sweep.ids)
        lines = 0
        if rules is not None and rules.ledger is not None and self._shorten_ledger is not None:
            lines = self._shorten_ledger(now - rules.ledger)
        payload = {"last_run": now.isoformat()}
        if item is None:
            self._drawer.put(_KIND, payload)
        else:
            self._drawer.replace(item, _KIND, payload)
        if sweep.ids:
            notices.append(f"retention removed {_counted(len(sweep.ids))} for good")
        return Swept(conversations=len(sweep.ids), ledger_lines=lines, notices=tuple(notices))

    def run_if_due(self, rules: Rules | None, now: datetime) -> Swept | None:
        """`run`, at most once a day; None when it is not time yet."""
        return self.run(rules, now) if self.is_due(now) else None

    def _state(self) -> tuple[str | None, datetime | None]:
        """The drawer's item and the time of the last run that went through."""
        for item, payload in self._drawer.items(_KIND):
            last_run = payload["last_run"]
            return item, None if last_run is None else datetime.fromisoformat(last_run)
        return None, None


def _announcement(rules: Rules) -> str:
    if rules.messages is None:
        return "conversations are kept until you remove them ([retention] in policy.toml)"
    days = rules.messages / timedelta(days=1)
    return f"conversations are kept for {days:g} days after their last message ([retention] in policy.toml)"


def _explained(brake: Brake, held: int) -> str:
    match brake:
        case Brake.POLICY_UNREADABLE:
            return "retention removed nothing: the policy cannot be read; 'privacy-assistant policy check' shows why"
        case Brake.CLOCK_BEHIND:
            return "retention removed nothing: the clock is before the newest message; set the clock"
        case Brake.TOO_MUCH:
            return (
                f"retention removed nothing: after a long pause {_counted(held)}, over half of all, would go at once;"
                " 'privacy-assistant purge-history --older-than 30d' removes them, 'history pin' keeps one"
            )


def _counted(count: int) -> str:
    return f"{count} conversation{'' if count == 1 else 's'}"
