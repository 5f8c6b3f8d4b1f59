"""Placeholders as models give them back: the same mark, written otherwise, and what must stand there at the end."""

from __future__ import annotations

import html
import json
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import quote

_MARK = re.compile(r"⟦[A-Z]+·[A-Z2-7]{3}·\d+[a-z]?⟧")


@dataclass(frozen=True, slots=True)
class Bent:
    """A mark, as it was sent, as it came back, and how the value is written in its place."""

    mark: str
    text: str
    with_value: Callable[[str], str] = field(repr=False)


def found_in(text: str) -> list[str]:
    """The marks of a text, each once, in order."""
    return list(dict.fromkeys(_MARK.findall(text)))


def bend(mark: str, rng: random.Random) -> Bent:
    """One of the shapes that are promised to be recognised."""
    inside = mark[1:-1]
    kind, tag, number = inside.split("·")
    value_as_it_is: Callable[[str], str] = str
    shapes: list[tuple[str, Callable[[str], str]]] = [
        (mark, value_as_it_is),
        (mark.lower(), value_as_it_is),
        (f"[{inside}]", value_as_it_is),
        (f"[[{inside}]]", value_as_it_is),
        (f"⟦ {inside} ⟧", value_as_it_is),
        (f"⟦{kind}-{tag}-{number}⟧", value_as_it_is),
        (f"⟦{kind}:{tag}:{number}⟧", value_as_it_is),
        (f"⟦**{inside}**⟧", value_as_it_is),
        (inside, value_as_it_is),
        (f"**{mark}**", lambda value: f"**{value}**"),
        (f"{mark}'s", lambda value: f"{value}'s"),
        (f"⟦{inside}'s⟧", lambda value: f"{value}'s"),
        (f"⟦NOMBRE·{tag}·{number}⟧", value_as_it_is),
        (json.dumps(mark)[1:-1], lambda value: json.dumps(value)[1:-1]),
        (quote(mark, safe=""), lambda value: quote(value, safe="")),
        (f"&#10214;{inside.replace('·', '&middot;')}&#10215;", html.escape),
    ]
    text, with_value = rng.choice(shapes)
    return Bent(mark, text, with_value)
