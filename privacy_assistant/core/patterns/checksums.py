"""Arithmetic that proves a number to be what it looks like."""

from __future__ import annotations

import math
from collections import Counter

_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", [*range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10)], strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def luhn(digits: str) -> bool:
    """The check digit of payment cards (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = ord(digit) - 48
        total += _DOUBLED[value] if place % 2 else value
    return total % 10 == 0


def is_card(digits: str) -> bool:
    """A payment card number: 14 to 19 digits, or 13 that begin like an old Visa, with its check digit.

    Numbers that are one repeated digit, and 13 digits otherwise (article numbers, milliseconds), are none.
    """
    if not (14 <= len(digits) <= 19 or (len(digits) == 13 and digits[0] == "4")):
        return False
    return digits[0] != "0" and len(set(digits)) > 1 and luhn(digits)


def is_issued_card(digits: str) -> bool:
    """Whether the leading digits belong to a card network, and the length is one of its lengths."""
    n, two, three, four = len(digits), int(digits[:2]), int(digits[:3]), int(digits[:4])
    return (
        (digits[0] == "4" and n in (13, 16, 19))
        or ((51 <= two <= 55 or 2200 <= four <= 2204 or 2221 <= four <= 2720) and n == 16)
        or (two in (34, 37) and n == 15)
        or ((two in (36, 38, 39) or 300 <= three <= 305 or three == 309) and 14 <= n <= 19)
        or ((four == 6011 or 644 <= three <= 649 or two in (60, 62, 65, 81, 82) or 3528 <= four <= 3589) and n >= 16)
        or (two in (50, 56, 57, 58, 61, 63, 64, 66, 67, 68, 69) and n >= 14)
    )


def iban(compact: str) -> bool:
    """ISO 13616: two letters, two digits, 11 to 30 letters and digits, remainder 1 of 97 (ISO 7064)."""
    if not (15 <= len(compact) <= 34 and compact[:2].isalpha() and compact[2:4].isdigit()):
        return False
    moved = compact[4:] + compact[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


def vin(number: str) -> bool:
    """ISO 3779 with the check digit at place 9 (49 CFR 565); letters in upper case."""
    if len(number) != 17:
        return False
    try:
        total = sum(
            weight * (int(char) if char.isdigit() else _VIN_VALUES[char])
            for char, weight in zip(number, _VIN_WEIGHTS, strict=True)
        )
    except KeyError:
        return False
    return "0123456789X"[total % 11] == number[8]


def ssn(digits: str) -> bool:
    """A number the US Social Security Administration could have given: area, group and serial in their ranges."""
    return digits[:3] not in ("000", "666") and digits[0] != "9" and digits[3:5] != "00" and digits[5:] != "0000"


def entropy(text: str) -> float:
    """Shannon entropy in bits per character."""
    total = len(text)
    return -sum(n / total * math.log2(n / total) for n in Counter(text).values()) if total else 0.0
