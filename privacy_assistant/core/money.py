"""Amounts of money, exact: "0.50 USD"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

_MONEY = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?) ([A-Z]{3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount, zero or more, of one currency (an ISO 4217 code)."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        """As a policy file writes it, e.g. "0.50 USD"; also the form of `Decision.estimated_cost`."""
        return f"{self.amount:f} {self.currency}"


def total(amounts: Iterable[Money]) -> str:
    """What they come to, in words like those of `Money`; several currencies with " + ", "0" for nothing."""
    sums: dict[str, Decimal] = {}
    for money in amounts:
        sums[money.currency] = sums.get(money.currency, Decimal(0)) + money.amount
    return " + ".join(str(Money(amount, currency)) for currency, amount in sums.items() if amount) or "0"


def parse_money(text: str) -> Money:
    """Read "0.50 USD": digits, a point, at most 6 decimals, one blank, three capitals. Raises ValueError."""
    found = _MONEY.fullmatch(text)
    if found is None:
        raise ValueError("not an amount like '0.50 USD'")
    return Money(Decimal(found[1]), found[2])
