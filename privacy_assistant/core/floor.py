"""What level *strict* masks besides everything found: capitals and digits that may name somebody.

A floor under the finders, for texts in which a missed name costs more than an unreadable sentence. It knows nothing
of names: a capital inside a sentence, an unknown word at its start, a number that measures nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from privacy_assistant.core.kinds import Finding, Kind
from privacy_assistant.core.patterns.pattern import Pattern
from privacy_assistant.core.patterns.quantities import is_calculated, is_quantity
from privacy_assistant.core.patterns.views import View, spoken, written
from privacy_assistant.core.patterns.words import words
from privacy_assistant.core.turn import Origin

SCORE = 0.2
"""The score of what only the floor found."""

IsCommon = Callable[[str], bool]
"""Whether a case-folded word is an everyday one, which needs no mask at the start of a sentence."""

_WORD = Pattern(r"[^\W_]+(?:['’-][^\W_]+)*")
_CHUNK = Pattern(r"\S*\d\S*")
_EDGES = ".,;:!?\"'“”‘’()[]{}<>*_`~…"
_OPENS = Pattern(r"(?:^|[.!?:;…\n•|\t>*#-])[\s\"'“”‘’()\[\]*_>#-]*\Z")
_BACK = 12
_JOINTS = words("of de del della di da do dos du des van von der den ter ten la le al el bin ibn zu and & y e")
_JOINT = Pattern(r" (?:(?:" + "|".join(sorted(_JOINTS)) + r") ){0,2}")
_NOT_NAMES = words(
    "i i'm i’m i'll i’ll i've i’ve i'd i’d ok am pm tv usa pc id faq pdf dvd cd html json xml sql http https url api "
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar "
    "märz mai juni juli oktober dezember"
)
_GERMAN = words("der die das und ist nicht ich ein eine mit für auf den dem zu wir sie bitte mein meine von im")
_ENGLISH = words("the and is not i a an with for on to we you please my of in it that")
_PLAIN_NUMBER = Pattern(r"[+-]?\d+(?:[.,]\d+)*")
_YEAR = Pattern(r"(?:1[89]|20)\d\ds?")
_DATE_OR_TIME = Pattern(
    r"(?i)(?:\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{1,2}[-/.]\d{1,2}\.?|\d{1,2}:\d{2}(?::\d{2})?(?:[ap]m)?|\d{1,2}(?:h\d{0,2}|[ap]m)"
    r"|\d{1,3}(?:st|nd|rd|th)|\d{4}-\d{2}-\d{2}t[\d:.]+z?)"
)
_MEASURE = Pattern(r"(?i)[$€£¥₹]\d[\d.,]*[km]?|\d[\d.,]*(?:%|°[cf]?|[a-zµ]{1,3}|[$€£¥₹])")
_DIGIT_RUN = Pattern(r"\d(?:[ .-]?\d)+")
_SMALL = 2


def floor(
    text: str,
    *,
    origin: Origin = Origin.TYPED,
    is_common: IsCommon | None = None,
    language: str = "en",
    taken: Iterable[Finding] = (),
) -> Iterator[Finding]:
    """Spans of kind OTHER outside of `taken`, in the code points of `text`. Linear; never raises for any string.

    `language` is a tag ("de-AT") or "auto": in German, where every noun has a capital, only unknown words are masked,
    if `is_common` knows any.
    """
    view = written(text)
    spans = [*_capitals(view, is_common, is_common is not None and _is_german(view.text, language)), *_digits(view)]
    if origin is Origin.VOICE:
        said = spoken(view)
        spans += list(_said(said)) if said is not None else []
    covered = sorted((span.start, span.end) for span in taken)
    at = 0
    for span in sorted(spans, key=lambda span: (span.start, span.end)):
        while at < len(covered) and covered[at][1] <= span.start:
            at += 1
        if at < len(covered) and covered[at][0] <= span.start and span.end <= covered[at][1]:
            continue
        yield span


def _is_german(text: str, language: str) -> bool:
    if language != "auto":
        return language.partition("-")[0] == "de"
    said = set(text.lower().split())
    return len(said & _GERMAN) >= max(2, len(said & _ENGLISH))


def _capitals(view: View, is_common: IsCommon | None, has_capital_nouns: bool) -> Iterator[Finding]:
    text = view.text
    # Where nothing is small, a capital says nothing: what is left is whether a word is known.
    is_plain = has_capital_nouns or not any(char.islower() for char in text)
    start = end = -1
    for word in _WORD.finditer(text):
        if not _is_capital(text, word, is_common, is_plain):
            continue
        if end >= 0 and _JOINT.fullmatch(text, end, word.start()):
            end = word.end()
            continue
        if end >= 0:
            yield _finding(view, start, end, "floor:capital")
        start, end = word.start(), word.end()
    if end >= 0:
        yield _finding(view, start, end, "floor:capital")


def _is_capital(text: str, word: re.Match[str], is_common: IsCommon | None, is_plain: bool) -> bool:
    said = word.group()
    plain = said.casefold()
    if not said[0].isupper() or plain in _NOT_NAMES or any(char.isdigit() for char in said):
        return False
    back = text[max(0, word.start() - _BACK) : word.start()]
    is_first = _OPENS.search(back) is not None if word.start() > 0 else True
    if not (is_first or is_plain):
        return plain not in _JOINTS
    return is_common is not None and len(said) > 1 and not is_common(plain.partition("'")[0].partition("’")[0])


def _digits(view: View) -> Iterator[Finding]:
    text = view.text
    for chunk in _CHUNK.finditer(text):
        start, end = chunk.span()
        while start < end and text[start] in _EDGES:
            start += 1
        while end > start and text[end - 1] in _EDGES:
            end -= 1
        said = text[start:end]
        if any(char.isdigit() for char in said) and not _names_nobody(text, said, start, end):
            yield _finding(view, start, end, "floor:digits")


def _names_nobody(text: str, said: str, start: int, end: int) -> bool:
    if sum(char.isdigit() for char in said) <= _SMALL and len(said) <= _SMALL + 1:
        return True
    if _YEAR.fullmatch(said) or _DATE_OR_TIME.fullmatch(said) or _MEASURE.fullmatch(said):
        return True
    if _PLAIN_NUMBER.fullmatch(said):
        return is_quantity(text, start, end) or is_calculated(text, start, end)
    return False


def _said(view: View) -> Iterator[Finding]:
    """Digits that were spoken one by one or in pairs: three and more that count nothing."""
    for run in _DIGIT_RUN.finditer(view.text):
        if sum(char.isdigit() for char in run.group()) > _SMALL and not is_quantity(view.text, *run.span()):
            yield _finding(view, run.start(), run.end(), "floor:digits")


def _finding(view: View, start: int, end: int, by: str) -> Finding:
    return Finding(*view.origin(start, end), Kind.OTHER, SCORE, by)
