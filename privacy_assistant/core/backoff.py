"""How long to wait before the next attempt, and when to leave it.

Exponential backoff with full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter", 2015): a delay drawn
evenly between nothing and a ceiling that doubles, so that many who failed together do not come back together.
`Retry-After` is read as RFC 9110 (10.2.3 and 5.6.7) writes it. Pure: the time and the drawn number are arguments.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

ATTEMPTS = 3
"""Attempts in all: a third one mends most hiccups, a fourth mostly keeps a person waiting."""

FIRST_CEILING = 1.0
"""Seconds that the first delay may at most be drawn to."""

CEILING = 8.0
"""Seconds that no drawn delay passes."""

LONG_WAIT = 20.0
"""Seconds. Who is asked to wait shorter sits it out; longer than this nobody looks at a still screen: the answer comes
from elsewhere, and the breaker keeps the back end shut until then."""

LONGEST_RETRY_AFTER = 3600.0
"""Seconds. No back end can have itself left out for longer with one header."""

_SECONDS = re.compile(r"([0-9]+)(?:\.[0-9]+)?", re.ASCII)
_TIME = r"(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):(?P<second>[0-9]{2})"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})"
_DATES = (
    re.compile(rf"[A-Z][a-z]{{2}}, (?P<day>[0-9]{{2}}) {_MONTH} (?P<year>[0-9]{{4}}) {_TIME} GMT", re.ASCII),
    re.compile(rf"[A-Z][a-z]{{5,8}}, (?P<day>[0-9]{{2}})-{_MONTH}-(?P<year>[0-9]{{2}}) {_TIME} GMT", re.ASCII),
    re.compile(rf"[A-Z][a-z]{{2}} {_MONTH} (?P<day>[ 0-9][0-9]) {_TIME} (?P<year>[0-9]{{4}})", re.ASCII),
)
_LONGEST_TEXT = 64


def next_delay(attempt: int, draw: float, retry_after: float | None, remaining: float) -> float | None:
    """Seconds to wait after `attempt` attempts failed; None is to give up.

    `draw` is an even random number of [0, 1). `retry_after` is a lower bound: the jitter comes on top, or everybody
    who was sent away would be back in the same instant. `remaining` is what is left until the deadline; a delay that
    leaves nothing for the attempt itself is none.
    """
    if attempt < 1 or attempt >= ATTEMPTS:
        return None
    asked = 0.0 if retry_after is None else max(0.0, retry_after)
    if asked > LONG_WAIT:
        return None
    delay = asked + draw * min(CEILING, FIRST_CEILING * 2 ** (attempt - 1))
    return delay if delay < remaining else None


def parse_retry_after(untrusted: str | None, now: datetime) -> float | None:
    """Seconds that a `Retry-After` header asks for, 0 to LONGEST_RETRY_AFTER; None for none or one that is malformed.

    Digits (decimals are let pass, some servers send them) or one of the three dates of HTTP; `now` is aware. A date
    that is over is 0.
    """
    text = (untrusted or "").strip(" \t")
    if not text or len(text) > _LONGEST_TEXT:
        return None
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST_RETRY_AFTER)
    moment = _http_date(text, now)
    return None if moment is None else min(max(0.0, (moment - now).total_seconds()), LONGEST_RETRY_AFTER)


def _http_date(text: str, now: datetime) -> datetime | None:
    # Read by hand: strptime goes by the locale of the process, and the library of mail headers is no pure one.
    found = next((match for form in _DATES if (match := form.fullmatch(text))), None)
    if found is None:
        return None
    year = int(found["year"])
    if len(found["year"]) == 2:
        # RFC 9110: two digits that seem more than 50 years ahead are of the century before.
        year += now.year - now.year % 100
        year -= 100 if year > now.year + 50 else 0
    try:
        return datetime(
            year,
            _MONTHS.index(found["month"]) + 1,
            int(found["day"]),
            int(found["hour"]),
            int(found["minute"]),
            min(int(found["second"]), 59),  # a leap second is a valid one
            tzinfo=UTC,
        )
    except ValueError:
        return None
