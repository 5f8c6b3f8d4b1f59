"""The form of a template: slots, choices, and what the value of a slot counts as. Needs nothing but Python."""

from __future__ import annotations

import re
from pathlib import Path

IGNORE = "IGNORE"
"""The label of what neither rewards nor costs: other finders are responsible for it."""

TEMPLATES = Path(__file__).with_name("templates")
SLOT = re.compile(r"\{([a-z_]+?)(\d?)\}")
CHOICE = re.compile(r"\[([^\[\]]*)\]")
LABELS = {
    "name": "PERSON", "first": "PERSON", "last": "PERSON",
    "city": "LOCATION", "country": "LOCATION", "state": "LOCATION", "landmark": "LOCATION",
    "org": "ORG", "school": "ORG", "hospital": "ORG", "bank": "ORG", "agency": "ORG",
    "address": "ADDRESS", "street_address": "ADDRESS", "street": "ADDRESS", "address_block": "ADDRESS", "zip": "ADDRESS",
    "pobox": "ADDRESS",
}  # fmt: skip
FOUND_BY_RULES = frozenset({"email", "phone", "card", "iban", "ssn", "url", "ip", "id", "handle"})
PLAIN = frozenset({"date", "time", "dob", "age", "money", "num", "nationality", "job", "month", "day"})


def templates() -> dict[str, list[tuple[str, str]]]:
    """(file stem, template) by language, in file order; files of public questions are left out."""
    found: dict[str, list[tuple[str, str]]] = {}
    for file in sorted(TEMPLATES.glob("*.txt")):
        if "public" in file.stem:
            continue
        lines = (line.rstrip() for line in file.read_text(encoding="utf-8").split("\n"))
        found.setdefault(file.stem[:2], []).extend((file.stem, line) for line in lines if line and line[0] != "#")
    return found


def table(name: str) -> tuple[str, ...]:
    """The lines of `tables/NAME.txt`, repeated ones too: they are drawn more often."""
    text = Path(__file__).with_name("tables").joinpath(f"{name}.txt").read_text(encoding="utf-8")
    return tuple(text.rstrip("\n").split("\n"))


def slots(template: str) -> list[str]:
    """The names of the slots of a template, in order, without their numbers."""
    return [match.group(1) for match in SLOT.finditer(template)]


def label_of(slot: str) -> str | None:
    """The label that a slot's value gets; None when it is not personal, IGNORE when rules find it."""
    return LABELS.get(slot) or (IGNORE if slot in FOUND_BY_RULES else None)


def has_label(template: str) -> bool:
    """Whether a template holds a slot that counts as personal."""
    return any(slot in LABELS for slot in slots(template))
