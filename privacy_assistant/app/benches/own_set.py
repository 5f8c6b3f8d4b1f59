"""A set of our own, drawn by a fixed seed: what `bench redaction` measures on where no other set is at hand."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

from privacy_assistant.app.benches.marked import Mark, MarkedSet, MarkedText

_FILE = Path(__file__).with_name("own_set.txt")
_GAP = re.compile(r"\{([A-Z]+)\}")
_ROUNDS = 8
"""How often each personal sentence is filled."""


def own_set(seed: int = 1) -> MarkedSet:
    """The sentences of own_set.txt, the personal ones filled several times; numbers have right checksums."""
    parts = _parts(_FILE.read_text(encoding="utf-8"))
    fill = _Fill(parts, random.Random(seed))  # noqa: S311 - invented people, no secret
    filled = [fill.sentence(line) for _ in range(_ROUNDS) for line in parts["personal"]]
    return MarkedSet("own", (*filled, *(MarkedText(line) for line in parts["free"])))


def _parts(page: str) -> dict[str, list[str]]:
    """The lines of each section."""
    parts: dict[str, list[str]] = {}
    name = ""
    for line in page.splitlines():
        if line.startswith("[") and line.endswith("]"):
            name = line[1:-1]
            parts[name] = []
        elif line and not line.startswith("#"):
            parts[name].append(line)
    return parts


class _Fill:
    """Draws values, kind by kind."""

    def __init__(self, parts: dict[str, list[str]], rng: random.Random) -> None:
        self._rng = rng
        self._first = " ".join(parts["first"]).split()
        self._last = [name.replace("-", " ") for name in " ".join(parts["last"]).split()]
        self._place = parts["place"][0].split()
        self._org = parts["org"][0].split(";")
        self._street = parts["street"][0].split(";")
        self._draw: dict[str, Callable[[], str]] = {
            "PERSON": self._person,
            "LOCATION": lambda: rng.choice(self._place),
            "ORG": lambda: rng.choice(self._org),
            "ADDRESS": lambda: f"{rng.randint(1, 240)} {rng.choice(self._street)}, {rng.choice(self._place)}",
            "PHONE": self._phone,
            "EMAIL": lambda: (
                f"{rng.choice(self._first)}.{rng.choice(self._last)}@example.org".lower()
                .replace(" ", "")
                .replace("'", "")
            ),
            "CARD": self._card,
            "IBAN": self._iban,
            "SSN": lambda: f"{rng.randint(100, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}",
            "IP": lambda: (
                f"{rng.choice((10, 172, 81, 203))}.{rng.randint(16, 31)}.{rng.randint(0, 255)}.{self._host()}"
            ),
        }

    def sentence(self, line: str) -> MarkedText:
        """One sentence with its gaps filled and marked."""
        written = ""
        marks = []
        at = 0
        for gap in _GAP.finditer(line):
            written += line[at : gap.start()]
            value = self._draw[gap[1]]()
            marks.append(Mark(len(written), len(written) + len(value), gap[1]))
            written += value
            at = gap.end()
        return MarkedText(written + line[at:], tuple(marks))

    def _person(self) -> str:
        first = self._rng.choice(self._first)
        return first if self._rng.random() < 0.3 else f"{first} {self._rng.choice(self._last)}"

    def _host(self) -> int:
        return self._rng.randint(1, 254)

    def _digits(self, count: int) -> str:
        return "".join(str(self._rng.randint(0, 9)) for _ in range(count))

    def _phone(self) -> str:
        shape = self._rng.choice(("({}) 555-01{}", "+49 {} 55501{}", "020 7946 0{}{}"))
        return shape.format(self._rng.choice(("212", "415", "303")), self._digits(2))

    def _card(self) -> str:
        body = "4" + self._digits(14)
        doubled = [int(d) * (2 - i % 2) for i, d in enumerate(body)]
        check = -sum(d - 9 * (d > 9) for d in doubled) % 10
        number = body + str(check)
        return " ".join(number[i : i + 4] for i in range(0, 16, 4)) if self._rng.random() < 0.5 else number

    def _iban(self) -> str:
        account = self._digits(18)
        check = 98 - int(account + "131400") % 97  # D is 13, E is 14 (ISO 13616)
        number = f"DE{check:02}{account}"
        return " ".join(number[i : i + 4] for i in range(0, 22, 4)) if self._rng.random() < 0.5 else number
