"""One sentence as the skills read it: trimmed, straight quotes, without the polite frame around it.

Every skill matches a sentence whole or not at all: what is left over after matching is a word the skill has
not understood, and then the model answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

LONGEST = 300
"""Code points of the longest sentence a skill reads; also what bounds the work of every pattern."""

_STRAIGHT = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "−": "-", "–": "-", "×": "*", "÷": "/", "\u00a0": " ", "\u202f": " "}
)
_WHATS = re.compile(r"\bwhats\b", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_OPENING = re.compile(
    r"(?:(?:(?:hey|hi|hello|ok|okay|so|well|now|and)(?: there)?(?: assistant| computer)?|assistant|computer)\b[, ]+)?"
    r"(?:please[, ]+)?"
    r"(?:(?:can|could|would|will) you (?:please |quickly |just )?(?:tell me |show me |let me know )?"
    r"|(?:please )?(?:tell me|do you know|i(?: would|'d) like you to|i(?: would|'d) like to know|i want you to"
    r"|i need you to|i need to know|i want to know) )?(?:please )?",
    re.IGNORECASE,
)
_CLOSING = re.compile(r"(?:[,]? (?:please|thanks|thank you|for me|assistant))+$", re.IGNORECASE)


def sentence(text: str) -> str:
    """The sentence inside its polite frame, in its own letters; "" when it is not one short line of plain text."""
    if len(text) > LONGEST:
        return ""
    stripped = text.strip()
    if not stripped or "\n" in stripped or _CONTROL.search(stripped):
        return ""
    flat = " ".join(stripped.translate(_STRAIGHT).split())
    flat = _WHATS.sub("what's", flat.rstrip(" .?!"))
    opening = _OPENING.match(flat)
    if opening is not None and opening.end() < len(flat):
        flat = flat[opening.end() :]
    return _CLOSING.sub("", flat).rstrip(" .?!,")


class Pattern:
    """A regular expression that is compiled at its first use; case does not matter.

    The skills have more than a hundred of them, 80 ms together, and one question needs a few.
    """

    __slots__ = ("_compiled", "_expression")

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._compiled: re.Pattern[str] | None = None

    @property
    def _pattern(self) -> re.Pattern[str]:
        if self._compiled is None:
            self._compiled = re.compile(self._expression, re.IGNORECASE)
        return self._compiled

    def search(self, text: str) -> re.Match[str] | None:
        """As `re.Pattern.search`."""
        return self._pattern.search(text)

    def match(self, text: str, start: int = 0) -> re.Match[str] | None:
        """As `re.Pattern.match`."""
        return self._pattern.match(text, start)

    def fullmatch(self, text: str, start: int = 0) -> re.Match[str] | None:
        """As `re.Pattern.fullmatch`."""
        return self._pattern.fullmatch(text, start)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """As `re.Pattern.finditer`."""
        return self._pattern.finditer(text)

    def sub(self, replacement: str, text: str) -> str:
        """As `re.Pattern.sub`."""
        return self._pattern.sub(replacement, text)


def pattern(expression: str, **parts: str) -> Pattern:
    """Make a pattern in which `<<name>>` stands for a part."""
    for name, part in parts.items():
        expression = expression.replace(f"<<{name}>>", part)
    return Pattern(expression)


def joined(names: Iterable[str]) -> str:
    """Names as one speaks them: "a", "a and b", "a, b and c"."""
    listed = list(names)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} and {listed[-1]}"


def counted(number: int, noun: str) -> str:
    """ "1 timer", "2 timers"."""
    return f"{number} {noun}" if number == 1 else f"{number:,} {noun}s"
