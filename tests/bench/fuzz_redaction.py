"""Throw texts at the finder, the redaction and the restorer until a budget is spent; no text may break a promise.

Run as `python -m tests.bench.fuzz_redaction [--seconds 60 | --count 20000] [--seed 1]
[--level strict]`. A text that breaks one is
printed with its seed. Real texts to mutate are sentences of our own, and the open training sets where they are at hand
(`../shared/data` or PRIVACY_ASSISTANT_TEST_DATA).
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from privacy_assistant.app.benches.marked import read_set, usual_places
from privacy_assistant.app.benches.own_set import own_set
from privacy_assistant.app.pieces import finder
from privacy_assistant.core.detection import Level, Part
from privacy_assistant.core.kinds import Finding, Kind
from privacy_assistant.core.legend import Legend
from privacy_assistant.core.redaction import Restorer, redact_again, restore
from privacy_assistant.core.turn import Origin
from privacy_assistant.errors import EgressDenied

_TRAINING = ("wnut17_train", "btc_train", "wikigold", "slurp_devel")
_ODD = (
    *("\0", "\r\n", "\n", "\t", "\u00a0", "\u200b", "\u200d", "\u202e", "\u2066", "\ufeff", "\ud800", "\udfff"),
    *("é", "e\u0301", "ß", "İ", "ﬁ", "４", "٤", "१", "😀", "👩‍👩‍👧", "🇩🇪", "שלום", "مرحبا", "中文", "a\u0336"),
    *("⟦", "⟧", "·", "⟦PERSON·", "⟦CARD·ABC·1⟧", "PERSON·ABC·1", "[[", "\\u27e6", "%E2%9F%A6", "&#10214;", "'s", "’s"),
    *("4111 1111 1111 1111", "double five oh", "john at example dot org", "+49 30 901820", "DE89370400440532013000"),
    *("my name is ", "password is ", "card ", "born on ", "@", ".", "-", "/", "://", "<<", "one ", "at ", "a " * 40),
)
"""Pieces that have broken somebody's redaction before, ours or another's."""


class Broken(Exception):
    """A promise that a text broke; says which."""


def check(text: str, search: Part, rng: random.Random, legend: Legend) -> str:
    """Hold every promise to one text; says how it went: "restored", "refused", or "found again".

    *Found again* came back as it was, but a search of what would leave still finds something: a last look at the door
    would stop it. Raises Broken, or what was raised.
    """
    origin = rng.choice((Origin.TYPED, Origin.VOICE))
    found = search.find(text, origin=origin)
    _expect_in_order(text, found.spans)
    if search.find(text, origin=origin) != found:
        raise Broken("another answer for the same text")
    try:
        redaction, found = redact_again(text, found, lambda left: search.find(left, origin=origin), legend)
    except EgressDenied:
        return "refused"  # a text that imitates placeholders may be refused, never sent half redacted
    redacted = redaction.text
    _expect_in_order(text, found.spans)
    for span in found.spans:
        value = text[span.start : span.end].strip()
        if len(value) >= 8 and re.search(rf"(?<!\w){re.escape(value)}(?!\w)", redacted):
            raise Broken(f"a {span.kind} is still readable")
    if restore(redacted, legend) != text:
        raise Broken("not the same after restoring")
    if _streamed(redacted, legend, rng) != text:
        raise Broken("not the same after restoring in pieces")
    bent = _mutated(redacted, rng)
    if _streamed(bent, legend, rng) != restore(bent, legend):
        raise Broken("the pieces change what is restored")
    return "found again" if search.find(redacted, origin=origin).spans else "restored"


def _expect_in_order(text: str, spans: Sequence[Finding]) -> None:
    at = 0
    for span in spans:
        if not at <= span.start < span.end <= len(text):
            raise Broken("spans overlap, are empty or out of order")
        if not (0 <= span.score <= 1 and isinstance(span.kind, Kind) and span.by):
            raise Broken("a span without a kind, a score in 0..1 or what found it")
        at = span.end


def _streamed(text: str, legend: Legend, rng: random.Random) -> str:
    restorer = Restorer(legend)
    pieces = []
    at = 0
    while at < len(text):
        end = at + rng.choice((1, 1, 2, 3, 5, 8, 13, 40))
        pieces.append(restorer.feed(text[at:end]))
        at = end
    return "".join([*pieces, restorer.close()])


# ---------------------------------------------------------------- texts


def _real_texts() -> list[str]:
    texts = [marked.text for marked in own_set().texts]
    for place in usual_places(os.environ):
        for name in _TRAINING:
            if (file := Path(place) / f"{name}.jsonl").is_file():
                texts += [marked.text for marked in read_set(file).texts]
    return texts


def _mutated(text: str, rng: random.Random) -> str:
    """Cut, doubled, swapped, with odd pieces put in."""
    chars = list(text)
    for _ in range(rng.randint(1, 6)):
        at = rng.randint(0, len(chars))
        kind = rng.randrange(6)
        if kind == 0:
            chars[at:at] = rng.choice(_ODD)
        elif kind == 1:
            del chars[at : at + rng.randint(1, 5)]
        elif kind == 2:
            chars[at:at] = chars[at : at + rng.randint(1, 30)]
        elif kind == 3:
            chars = list("".join(chars).swapcase())
        elif kind == 4:
            chars[at:at] = [chr(rng.randrange(0x110000))]
        else:
            chars = chars[at:] + chars[:at]
    return "".join(chars)


def _noise(rng: random.Random) -> str:
    """Code points of any plane, lone surrogates among them."""
    highest = rng.choice((0x80, 0x250, 0x3000, 0x110000))
    return "".join(chr(rng.randrange(highest)) for _ in range(rng.randint(0, 200)))


def _assembled(rng: random.Random) -> str:
    """Odd pieces one behind another."""
    return rng.choice(("", " ", "\n")).join(rng.choice(_ODD) for _ in range(rng.randint(1, 25)))


def maker_of_texts(real: Sequence[str]) -> Callable[[random.Random], str]:
    """What makes one text after another."""

    def make(rng: random.Random) -> str:
        kind = rng.random()
        if kind < 0.15:
            return _noise(rng)
        if kind < 0.35:
            return _assembled(rng)
        text = " ".join(rng.choice(real) for _ in range(rng.choice((1, 1, 1, 2, 4))))
        return _mutated(text, rng) if kind < 0.95 else text

    return make


def main(arguments: Sequence[str]) -> int:
    """Spend the budget; 1 when a text broke a promise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--count", type=int, default=0, help="so many texts instead, however long it takes")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--level", choices=list(Level), type=Level, default=Level.BALANCED)
    given = parser.parse_args(arguments)
    make, search = maker_of_texts(_real_texts()), finder(given.level)
    went: Counter[str] = Counter()
    characters = number = 0
    begin = time.perf_counter()
    while number < given.count if given.count else time.perf_counter() - begin < given.seconds:
        rng = random.Random(given.seed * 1_000_003 + number)
        if number % 20 == 0:
            legend = Legend.new(rng.randbytes(2))  # a conversation of twenty texts
        text = make(rng)
        try:
            went[check(text, search, rng, legend)] += 1
        except Exception as error:  # noqa: BLE001 - whatever is raised is what a fuzz run looks for
            print(f"seed {given.seed}, text {number}: {type(error).__name__}: {error}\n{text!r}")
            return 1
        characters += len(text)
        number += 1
    took = time.perf_counter() - begin
    shown = ", ".join(f"{count} {how}" for how, count in sorted(went.items()))
    print(f"{number} texts, {characters} characters in {took:.0f} s, seed {given.seed}: {shown}; no promise broken")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
