"""One question through a real house while something goes wrong: what the person sees, what is kept, what it costs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from privacy_assistant.app.account import spending, what_left
from privacy_assistant.app.clock import now
from privacy_assistant.app.reasons import reasons_of
from privacy_assistant.core.backoff import next_delay
from privacy_assistant.core.turn import Decision, Role, StoredMessage
from privacy_assistant.egress.timeouts import Timeouts
from privacy_assistant.engines.catalogue import find_llm
from privacy_assistant.engines.llm_llamacpp import LlamaCppModel
from privacy_assistant.faces.cli import invocation, run
from privacy_assistant.ports import LocalModel
from tests.egress.household import Household, household, policy_of
from tests.fakes import FakeLocalModel

QUESTION = "What is the capital of France?"
HERE = "The answer of this machine."


@dataclass(frozen=True)
class Row:
    """One row of the matrix: what is `told` and how it may be mended (`remedy`), how many requests came to the
    server, how many lines stand in the ledger, what of the answer was shown before it broke off (`beginning`), and
    whether bytes left at all. `silent`: a time-out of a second ends it."""

    told: str
    remedy: str
    requests: int = 1
    lines: int | None = None
    beginning: str = ""
    has_left: bool = True
    silent: bool = False

    @property
    def in_ledger(self) -> int:
        """Lines of the ledger: one for each attempt, also for one that came to no connection."""
        return self.requests if self.lines is None else self.lines


@dataclass(frozen=True)
class Outcome:
    """What one question came to. `kept` are the messages of its conversation, `left` tells for each body that was
    kept whether it left, `held` is what is still reserved, `spent` the sum of the day."""

    code: int
    out: str
    err: str
    kept: list[StoredMessage]
    lines: int
    left: list[bool]
    held: dict[str, Any]
    spent: str
    explained: list[str] = field(repr=False)

    @property
    def decision(self) -> Decision:
        """That of the answer; of the question, where there is none."""
        decision = self.kept[-1].message.decision
        assert decision is not None
        return decision

    @property
    def said(self) -> list[str]:
        """What was said beside the answer, without the badge and the one word about retention."""
        return [line for line in self.err.splitlines() if not line.startswith(("[", "conversations are kept"))]

    @property
    def answers(self) -> list[tuple[str, bool]]:
        """Each answer that is kept, and whether it is marked as cut."""
        return [(m.message.text, m.message.is_cut) for m in self.kept if m.message.role is Role.ASSISTANT]


def more_of(row: Row | None = None, more: str = "") -> str:
    """Keys of the back end's table, and a budget: it has a price, and a time-out where it is to run out."""
    timeout = "1s" if row is not None and row.silent else "60s"
    prices = 'input_price = "1 USD"\noutput_price = "2 USD"'
    return f'{prices}\ntimeout = "{timeout}"\n{more}\n[budget]\nday = "5 USD"'


@contextmanager
def without_pauses(timeouts: Timeouts | None = None) -> Iterator[None]:
    """Attempts follow at once, since the number that is drawn for each pause is 0; other time-outs where given."""

    def drawn(attempt: int, _draw: float, retry_after: float | None, remaining: float) -> float | None:
        return next_delay(attempt, 0.0, retry_after, remaining)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(invocation, "_taken", [])
        patch.setattr("privacy_assistant.egress.attempts.next_delay", drawn)
        if timeouts is not None:
            patch.setattr("privacy_assistant.egress.errands.Timeouts", lambda: timeouts)
        yield


def a_home(home: Path, url: str, *, row: Row | None = None, api: str = "chat", more: str = "") -> Household:
    """A home whose policy prefers the back end `there`, and a local model that always says the same."""
    return household(home, policy_of(url, api=api, more=more_of(row, more)), FakeLocalModel(HERE))


def embedded() -> LocalModel:
    """The real model of this machine."""
    return LlamaCppModel(find_llm())


def asked(
    living: Household,
    capture: pytest.CaptureFixture[str],
    *options: str,
    question: str = QUESTION,
    timeouts: Timeouts | None = None,
) -> Outcome:
    """Type one question, and look at everything that is left of it."""
    capture.readouterr()
    command = ["--home", str(living.home), "--key-file", str(living.key_file), "ask", question, *options]
    with living.scripted(), without_pauses(timeouts):
        code = run(command)
    shown = capture.readouterr()
    return looked_at(living, code, shown.out, shown.err)


def looked_at(living: Household, code: int, out: str, err: str) -> Outcome:
    """What the house has kept of the newest conversation."""
    with living.opened(needs_history=True) as house:
        assert house.vault is not None
        newest = house.history.newest()
        assert newest is not None
        kept = house.history.messages(newest)
        sent, _ = what_left(house, newest, kept[0].seq)
        held: dict[str, Any] = {}
        for _, account in house.vault.drawer.items("purse"):
            held |= account["held"]
        decision = kept[-1].message.decision
        assert decision is not None
        return Outcome(
            code=code,
            out=out,
            err=err,
            kept=kept,
            lines=house.vault.ledger.verify(),
            left=[attempt["left"] for attempt in sent],
            held=held,
            spent=str(spending(house, now())["day"]["spent"]),
            explained=reasons_of(decision, sent),
        )


quick = partial(Timeouts, connect=0.5, total=1.0)
"""Time-outs of everything that no key of the policy sets."""
