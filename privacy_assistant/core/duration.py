"""Lengths of time as a policy writes them: "30d", "12h", "0", "forever"."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "y": timedelta(days=365),
}
_DURATION = re.compile(r"([0-9]{1,9})([smhdwy])", re.ASCII)
_LONGEST = timedelta(days=365 * 100)


def parse_duration(text: str) -> timedelta | None:
    """Read a length of time; None is "forever", zero is "0" (of a retention: never written).

    Units: s, m (minutes), h, d, w, y (365 days); at most 100 years. Raises ValueError.
    """
    if text == "forever":
        return None
    if text == "0":
        return timedelta(0)
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError("not a length of time like '30d', '12h', '0' or 'forever'")
    count, unit = int(found[1]), _UNITS[found[2]]
    if count > _LONGEST // unit:
        raise ValueError("longer than 100 years; 'forever' says so plainly")
    return count * unit
