"""What every parcel goes through on its way out, words or sound: consent, the price set aside, a wait that is told."""

from __future__ import annotations

from datetime import datetime

from privacy_assistant.core.consent import Answer, Request
from privacy_assistant.core.exchange import Notice
from privacy_assistant.core.money import Money
from privacy_assistant.core.policy_terms import Budget
from privacy_assistant.errors import ConsentMissing
from privacy_assistant.ports import Consent, Delayed, Purse


def agreed(consent: Consent, request: Request, before: frozenset[str]) -> frozenset[str]:
    """Yes to this parcel. What asks and is not asked about again is given: that of `before`, and what was added now.

    Raises ConsentMissing.
    """
    if request.asks and before >= set(request.asks):
        return before
    answer = consent.ask(request)
    if answer is Answer.NO:
        raise ConsentMissing(
            "not sent: the policy asks, and nobody agreed",
            rule=request.parcel.verdict.rule,
            hint="answer on a terminal, or --yes-redacted where a script may answer once with yes",
        )
    return before if answer is Answer.ONCE else before | set(request.asks)


class SetAside:
    """The most that a parcel may cost, set aside before it leaves; `bound` None: nobody charges, or it is not known.

    `cost` is what it came to so far: nothing, until `left` says that it may be charged, whatever comes back.
    """

    def __init__(self, purse: Purse, account: str, bound: Money | None, budget: Budget, now: datetime) -> None:
        """Raises BudgetExceeded."""
        self._purse = purse
        self._bound = bound
        self._reservation = None if bound is None else purse.reserve(account, bound, budget, now)
        self.cost = None if bound is None else Money(bound.amount * 0, bound.currency)

    def left(self) -> None:
        """From here on all of it counts, where nothing better is known."""
        self.cost = self._bound

    def settle(self, costs: list[Money]) -> None:
        """Put what it came to in the place of what was set aside, and among `costs`."""
        if self._reservation is not None and self.cost is not None:
            self._purse.settle(self._reservation, self.cost)
            costs.append(self.cost)


def waiting(name: str, delay: Delayed) -> Notice:
    """The line about a back end that is asked again."""
    when = f"in {delay.seconds:.0f} s" if delay.seconds >= 0.5 else "at once"
    return Notice(f"{name}: {delay.why}, again {when}")
