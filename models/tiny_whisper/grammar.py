"""The closed set of sentences: templates with slots, pieces of them, and word salad.

A sentence is a row of pieces, one word or number each, as it is written and as a voice is given it. Pieces let a
sentence be cut between words, spoken with a pause inside, and laid along its sound word by word.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TEMPLATES = Path(__file__).parent / "templates"

_LINE = re.compile(r"(?:\[(?P<times>\d+)\] )?(?P<text>[^<]+?)(?: <sounds like> (?P<sound>.+))?")
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Piece:
    """One word as it is written, with the space or hyphen before it and the marks behind it, and what a voice is given."""

    written: str
    said: str

    @property
    def length(self) -> float:
        """About how long it takes to say, in letters."""
        return 1.0 + sum(4.0 if c.isdigit() else 8.0 if c == "%" else 1.0 for c in self.said if c.isalnum() or c == "%")


Pieces = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A line of a file of templates."""

    text: str
    sound: str
    times: int


def written(pieces: Pieces) -> str:
    """What is to be understood."""
    return "".join(piece.written for piece in pieces).strip()


def said(pieces: Pieces) -> str:
    """What a voice is given."""
    return " ".join(piece.said for piece in pieces)


@cache
def slots() -> dict[str, tuple[str, ...]]:
    """What the slots that are words are filled with, by their names."""
    lines = (TEMPLATES / "slots.txt").read_text(encoding="utf-8").splitlines()
    pairs = [line.split(": ", 1) for line in lines if line and not line.startswith("#")]
    return {name: tuple(fillings.split(", ")) for name, fillings in pairs}


@cache
def templates(name: str) -> tuple[Template, ...]:
    """The templates of a file: `skills`, `talk` or `short`. Raises ValueError for a line that is none."""
    found = []
    for line in (TEMPLATES / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"no template: {line}")
        found.append(Template(match["text"], match["sound"] or "", int(match["times"] or 1)))
    return tuple(found)


def _words(text: str) -> list[Piece]:
    return [Piece(f" {word}", word) for word in text.split()]


def _small(rng: random.Random) -> int:
    return rng.choice([5, 10, 12, 15, 20, 25, 30, 40, 45, 50]) if rng.random() < 0.35 else rng.randint(2, 60)


def _large(rng: random.Random) -> int:
    kind = rng.random()
    if kind < 0.6:
        return rng.randint(2, 99)
    return rng.randrange(10, 100, 10) if kind < 0.85 else rng.choice([100, 120, 144, 150, 200, 250, 500])


def _clock(rng: random.Random) -> list[Piece]:
    """Points, because faster_whisper never lets a colon out; voices are given all the forms that texts have."""
    hour, half = rng.randint(1, 12), rng.choice(["AM", "PM"])
    last = Piece(f" {half}", half if rng.random() < 0.6 else " ".join(half))
    if rng.random() < 0.6:
        return [Piece(f" {hour}", str(hour)), last]
    minutes = rng.choice([10, 15, 20, 30, 30, 40, 45])
    return [Piece(f" {hour}.{minutes}", f"{hour}{rng.choice(': ')}{minutes}"), last]


def _digits(rng: random.Random, groups: tuple[int, ...]) -> list[Piece]:
    """Digits said one by one and written in groups; each group is a piece, so that a pause may stand between them."""
    zero = rng.choice(["0", "0", "oh"])
    pieces = []
    for at, size in enumerate(groups):
        digits = [str(rng.randrange(10)) for _ in range(size)]
        pieces.append(Piece(("-" if at else " ") + "".join(digits), " ".join(zero if d == "0" else d for d in digits)))
    return pieces


def _filled(slot: str, rng: random.Random) -> list[Piece]:
    match slot:
        case "n":
            return _words(str(_small(rng)))
        case "m":
            return _words(str(_large(rng)))
        case "h":
            return _words(str(rng.randint(2, 12)))
        case "p":
            many = rng.randrange(5, 101, 5) if rng.random() < 0.5 else rng.randint(2, 99)
            return [Piece(f" {many}%", f"{many} percent" if rng.random() < 0.7 else f"{many}%")]
        case "clock":
            return _clock(rng)
        case "task":
            kind = rng.random()
            if kind < 0.2:
                return [*_words("call"), *_filled("name", rng)]
            return [*_words("buy"), *_filled("item", rng)] if kind < 0.4 else _words(rng.choice(slots()["task"]))
        case "date":
            return _words(f"{rng.choice(slots()['month'])} {rng.randint(1, 30)}")
        case "phone":
            return _digits(rng, (3, 4) if rng.random() < 0.5 else (3, 3, 4))
        case "pin":
            return _digits(rng, (4,))
    if slot not in slots():
        raise ValueError(f"no slot is called {slot}")
    return _words(rng.choice(slots()[slot]))


def fill(template: Template, rng: random.Random) -> Pieces:
    """A sentence of a template."""
    if template.sound:
        words = template.text.split()
        return (Piece(f" {template.text}", template.sound),) if len(words) == 1 else tuple(_words(template.text))
    pieces: list[Piece] = []
    for word in template.text.split():
        slot = _SLOT.search(word)
        if slot is None:
            pieces += _words(word)
            continue
        filled = _filled(slot[1], rng)
        after = word[slot.end() :]
        filled[-1] = Piece(filled[-1].written + after, filled[-1].said + after)
        pieces += filled
    first = pieces[0]
    pieces[0] = Piece(" " + first.written[1].upper() + first.written[2:], first.said)
    return tuple(pieces)


def sentence(rng: random.Random) -> Pieces:
    """Any sentence of the set."""
    name = rng.choices(["skills", "talk", "short"], [60, 25, 15])[0]
    some = templates(name)
    return fill(rng.choices(some, [t.times for t in some])[0], rng)


def part(pieces: Pieces, rng: random.Random) -> Pieces:
    """The beginning of a sentence, which has no mark at its end, or now and then its end."""
    cut = rng.randrange(1, len(pieces))
    if rng.random() < 0.25:
        return (Piece(" " + pieces[cut].written.lstrip(" -"), pieces[cut].said), *pieces[cut + 1 :])
    last = pieces[cut - 1]
    bare = Piece(last.written.rstrip(",.?"), last.said.rstrip(",.?"))
    return (*pieces[: cut - 1], bare)


@cache
def _loose() -> tuple[str, ...]:
    """Every word of the templates, without slots and marks."""
    texts = [t.text for name in ("skills", "talk", "short") for t in templates(name) if not t.sound]
    return tuple(sorted({w.strip(",.?") for text in texts for w in text.split() if "{" not in w}))


def salad(rng: random.Random) -> Pieces:
    """Words and fillings in any order, so that who learns has to listen and cannot recite."""
    pieces: list[Piece] = []
    for _ in range(rng.choice([1, 2, 3, 3, 4])):
        kind = rng.random()
        is_after_number = bool(pieces) and pieces[-1].written[-1] in "0123456789%"
        if kind < 0.35 and not is_after_number:
            pieces += _filled(rng.choice(["n", "m", "m", "p", "clock", "pin"]), rng)
        elif kind < 0.6:
            pieces += _words(rng.choice(slots()[rng.choice([name for name in slots() if name != "task"])]))
        else:
            pieces += _words(rng.choice(_loose()))
    last = pieces[-1]
    return (*pieces[:-1], Piece(last.written + ".", last.said + "."))


def vocabulary() -> tuple[str, ...]:
    """Every word that can be written, without marks, digits aside."""
    fillings = [word for words in slots().values() for phrase in words for word in phrase.split()]
    sounded = [t.text.strip(",.?") for name in ("skills", "talk", "short") for t in templates(name) if t.sound]
    words = {*_loose(), *fillings, *sounded, "AM", "PM", "buy", "call"}
    first = {word[0].upper() + word[1:] for word in slots()["item"]}
    return tuple(sorted(words | first))
