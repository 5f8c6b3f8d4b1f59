"""Whether words are a whole sentence or the beginning of one: cues, no grammar.

Read from what a recogniser understood until a pause, of which a fifth of the words may be wrong and the punctuation
is guessed; so only what stands at the end counts, and a full stop counts for little. Nothing is concluded from silence:
no text, and a text without a cue, are as likely whole as what is said before a pause is.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from privacy_assistant.core.completeness_words import (
    ADDRESS_CUES,
    ASKING,
    DANGLING,
    DIGITS,
    DOMAINS,
    FILLERS,
    HANGING,
    LAST_PARTICLES,
    MAIL_CUES,
    NUMBER_CUES,
    NUMBERS,
    OPEN_PHRASES,
    OPERATORS,
    PHRASAL,
    SPELLING_CUES,
    WHOLE,
)

DONE = 0.95
LIKELY = 0.75
UNKNOWN = 0.5
OPEN = 0.15
DANGLES = 0.05
UNHEARD = 0.6
"""How done a voice is thought to sound that no detector heard."""

_WORD = re.compile(r"[^\W_]+(?:['’\-][^\W_]+)*")
_CALLS = re.compile(r"^(?:hey |okay |ok |please )+")
_OPEN_PHRASES = frozenset(phrase for line in OPEN_PHRASES for phrase in line.split("|"))
_LOOK_BACK = 40
"""Words from the end that are looked at."""


@dataclass(frozen=True, slots=True)
class Completeness:
    """`p` is 0..1. `is_long`: a number, an address, a spelling or a quotation is on its way, with pauses in it."""

    p: float
    is_long: bool = False


def completeness(text: str, language: str = "en") -> Completeness:
    """How whole `text` is, as far as its words tell. `language` is a tag (en, de, fr, es, it, nl, pt; else marks)."""
    tag = language.lower().partition("-")[0] or "en"
    words = [match.group().lower().replace("’", "'") for match in _WORD.finditer(text)][-_LOOK_BACK:]
    if not words:
        return Completeness(LIKELY)
    mark = text.rstrip().rstrip("\"'”»)")[-1:]
    if text.rstrip().endswith(("...", "…", ",", "-", "–", "—", ":", ";")):
        return Completeness(OPEN, _long(text, words, tag))
    if _long(text, words, tag):
        return Completeness(OPEN, is_long=True)
    if words[-1] in FILLERS.get(tag, frozenset()):
        return Completeness(DANGLES)
    if words[-1] in DANGLING.get(tag, frozenset()):
        return Completeness(_ends_with_particle(words) if tag == "en" else DANGLES)
    if tag == "en":
        return Completeness(_english(words, mark))
    return Completeness(DONE if mark in "?!" and mark else LIKELY)


def fused(audio: float | None, text: float | None) -> float:
    """One chance out of two that know nothing of each other: the sum of their logits. None is no opinion."""
    if text is None:
        return UNKNOWN if audio is None else min(max(audio, 0.0), 1.0)
    # A text without a cue is LIKELY, and says nothing beside a detector that heard how it was said.
    return 1 / (1 + math.exp(-(_logit(UNHEARD if audio is None else audio) + _logit(text) - _logit(LIKELY))))


def _logit(chance: float) -> float:
    chance = min(max(chance, 0.01), 0.99) if not math.isnan(chance) else UNKNOWN
    return math.log(chance / (1 - chance))


def _english(words: list[str], mark: str) -> float:
    phrase = _CALLS.sub("", " ".join(words))
    if len(words) == 1:
        return DONE if words[0] in WHOLE else OPEN if phrase in _OPEN_PHRASES or words[0] in HANGING else UNKNOWN
    if phrase in _OPEN_PHRASES or words[-1] in OPERATORS:
        return OPEN
    if mark == "?" or (words[-1] == "please" and len(words) > 2):
        return DONE
    if words[-1] in LAST_PARTICLES:
        return _ends_with_particle(words)
    if words[-1].isdigit() or words[-1] in NUMBERS:
        return _ends_with_number(words)
    return OPEN if words[-1] in HANGING else LIKELY


def _ends_with_number(words: list[str]) -> float:
    """A sum or a time of day ends so, an amount does not: five plus three, remind me at seven, a timer for ten."""
    if words[-2] in OPERATORS:
        return LIKELY
    if words[-1].isdigit() and len(words[-1]) == 4:
        return LIKELY
    return OPEN if words[-2] in {"for", "in", "of", "to", "a", "the"} else UNKNOWN


def _ends_with_particle(words: list[str]) -> float:
    if words[-1] not in LAST_PARTICLES:
        return DANGLES
    if len(words) > 2 and words[0] in ASKING and words[-1] != "to":
        return UNKNOWN
    if any(word in PHRASAL for word in words[-4:-1]):
        return LIKELY
    return OPEN if words[-1] != "of" else DANGLES


def _long(text: str, words: list[str], tag: str) -> bool:
    if text.count('"') % 2 or text.count("“") > text.count("”") or text.count("«") > text.count("»"):
        return True
    if "quote" in words and not {"unquote", "endquote"} & set(words) and words.count("quote") == 1:
        return True
    if (
        len(words) > 2
        and all(len(word) == 1 and word.isalpha() for word in words[-2:])
        and set(words[-2:]) - {"i", "a"}
    ):
        return True
    digits = _digits_at_end(words, tag)
    cue = max((NUMBER_CUES[word] for word in words if word in NUMBER_CUES), default=0)
    if digits >= 2 or (cue and digits):
        return digits < (cue or 7)
    return _is_announced(words, cue)


def _is_announced(words: list[str], cue: int) -> bool:
    """Whether the last words say that a number, an address or a spelling comes now."""
    last = words[-1] in {"is", "ist", "est", "es", "è", "é", "lautet", "it's", "at", "dot", "underscore", "dash"}
    mail = MAIL_CUES & set(words) or ("address" in words and "e" in words)
    if mail:
        return last or (words[-2:-1] != ["dot"] and words[-1].rpartition(".")[2] not in DOMAINS and "at" in words)
    if SPELLING_CUES & set(words[-3:]):
        return True
    return last and bool(cue or ADDRESS_CUES & set(words[-4:]))


def _digits_at_end(words: list[str], tag: str) -> int:
    """Digits that are read out one by one or in groups at the end; one word like 1995 is a number, no reading."""
    spoken = DIGITS.get(tag, frozenset())
    count = groups = 0
    for word in reversed(words):
        if word.replace("-", "").isdigit():
            count += len(word.replace("-", ""))
        elif word in spoken:
            count += 1
        else:
            break
        groups += 1
    return count if groups > 1 else 0
