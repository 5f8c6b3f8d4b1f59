"""Lengths of time: reads "half an hour" and "8 minutes 30", and says them back.

Hours and minutes are added on the line of real time, days and weeks on the calendar, so that "in 24 hours" and
"in 1 day" differ on the night the clocks change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from privacy_assistant.skills.numbers import AMOUNT, amount, to_digits
from privacy_assistant.skills.wording import counted, joined, pattern

LONGEST_DAYS = 366 * 400
"""Spans and dates beyond four hundred years are no business of a clock."""


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: whole calendar days, and seconds of real time."""

    days: int
    seconds: int

    def after(self, now: datetime) -> datetime:
        """The moment this long after `now`, in its zone; raises OverflowError beyond the calendar."""
        days_on = settled(datetime.combine(now.date() + timedelta(days=self.days), now.time(), tzinfo=now.tzinfo))
        start = days_on if self.days else now
        return (start.astimezone(UTC) + timedelta(seconds=self.seconds)).astimezone(now.tzinfo)


_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_TIME_UNIT = r"(?:seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w)"
_SPAN_PART = pattern(
    r"(?P<n><<amount>>)[ -]?(?P<unit><<unit>>)(?P<half> and a half| and a quarter)?(?![a-z])",
    amount=AMOUNT,
    unit=_TIME_UNIT,
)
_SPAN_TAIL = pattern(r"(?:and )?(?P<n>\d{1,2})")
_SPAN_WORDS = {
    "quarter of an hour": 900,
    "a quarter of an hour": 900,
    "a quarter hour": 900,
    "three quarters of an hour": 2700,
    "3 quarters of an hour": 2700,
    "half hour": 1800,
    "a half hour": 1800,
    "half minute": 30,
    "a half minute": 30,
}
_JOINT = pattern(r",? and |, | ?")


def span(text: str) -> Span | None:
    """Read a length of time: "10 minutes", "8 minutes 30", "an hour and a half", "1h30", "two and a half hours"."""
    said = to_digits(text.strip().lower()).strip()
    if len(said) > 80:
        return None
    if said in _SPAN_WORDS:
        return Span(0, _SPAN_WORDS[said])
    days = Fraction(0)
    seconds = Fraction(0)
    at = 0
    smallest = 10**9
    while at < len(said):
        part = _SPAN_PART.match(said, at)
        size = _SECONDS[part["unit"][0]] if part is not None else 0
        if part is None and smallest in (60, 3600):
            tail = _SPAN_TAIL.fullmatch(said, at)
            if tail is None or int(tail["n"]) > 59:
                return None
            seconds += int(tail["n"]) * smallest // 60
            break
        number = amount(part["n"]) if part is not None else None
        if part is None or number is None or size >= smallest:
            return None
        if part["half"]:
            number += Fraction(1, 2) if part["half"].endswith("half") else Fraction(1, 4)
        if size >= 86400 and (number * size) % 86400 == 0:
            days += number * size / 86400
        else:
            seconds += number * size
        smallest = size
        at = part.end()
        joint = _JOINT.match(said, at)
        if joint is not None:
            at = joint.end() if not said.startswith("and ", joint.end()) else joint.end() + 4
    if days > LONGEST_DAYS or seconds > LONGEST_DAYS * 86400 or days + seconds <= 0:
        return None
    return Span(int(days), round(seconds))


def say_span(seconds: float) -> str:
    """A length of time as one says it, the two largest parts that are not zero: "1 hour and 20 minutes"."""
    left = max(0, round(seconds))
    parts = []
    for size, noun in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        many, left = divmod(left, size)
        if many:
            parts.append(counted(many, noun))
    return joined(parts[:2]) or "0 seconds"


def settled(local: datetime) -> datetime:
    """A local time that exists: one that the spring change of clocks skips moves forward by the hour skipped."""
    return local.astimezone(UTC).astimezone(local.tzinfo)
