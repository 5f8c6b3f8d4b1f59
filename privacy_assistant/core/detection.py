"""Many finders as one: what each of them found is united, and the level says how much more is masked.

Names are one class: whether a finder calls "Smith" a person or a company, it is masked; the kind names the token only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import Protocol, runtime_checkable

from privacy_assistant.core.calibration import calibrated
from privacy_assistant.core.floor import IsCommon, floor
from privacy_assistant.core.kinds import CLASSES, Finding, Findings, Kind, Topic
from privacy_assistant.core.level import Level as Level
from privacy_assistant.core.patterns.candidate import settle
from privacy_assistant.core.patterns.listed import ListedValues, fold
from privacy_assistant.core.patterns.views import folded, written
from privacy_assistant.core.patterns.words import words
from privacy_assistant.core.placeholder import WRITTEN, outside_placeholders
from privacy_assistant.core.turn import Origin
from privacy_assistant.errors import EngineFailed


class Part(Protocol):
    """What `ports.Finder` asks for, said here once more because this room lies below the ports."""

    @property
    def kinds(self) -> frozenset[Kind | Topic]: ...

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings: ...


@runtime_checkable
class Ahead(Protocol):
    """A part that can be begun, and work beside the others: `begin` returns what waits for it and gives its answer,
    or raises its error."""

    def begin(self, text: str, *, origin: Origin = Origin.TYPED) -> Callable[[], Findings]: ...


IsPublic = Callable[[str, Finding, Sequence[Finding]], bool]
"""(text, one finding, the others of the text) → whether it is world-known and tells nothing of anybody's life."""

PROFILE = "profile"
"""`Finding.by` of what the person listed: nothing lets it through."""

_NAMES = CLASSES["name"]
_FREEABLE = _NAMES | {Kind.ADDRESS, Kind.URL, Kind.EMAIL, Kind.PHONE, Kind.IP, Kind.HANDLE, Kind.OTHER}
_GUESSED = ("ner", "list")
"""Finders whose names may be world-known ones. What a cue proves ("my name is …") is somebody's own."""

_PARTICLES = words(
    "van von der den de del della di da do dos das du des la le los las bin ibn al el ter ten zu zum y e"
)
_OF_ORG = words("of the & for de der des du della of")
_PLACE_GAP = re.compile(r"[ \t,;/-]{0,3}(?:\r?\n[ \t]{0,4})?")
_LONGEST_GAP = 12
_MOST_REMEMBERED = 1024
_MOST_PUBLIC = 32
"""A text with more findings is no question about the world; each name would be held against all others."""


class Detector:
    """Implements `ports.Finder` by several others. An error of any of them is raised, never an empty answer.

    `allow` are values that the person never wants masked: they free names, addresses and numbers to reach someone,
    unless the person's own deny list holds them too. `is_public` lets world-known names through, in level balanced
    alone. `is_common` tells everyday words, for the floor of the other levels. Findings whose score is below
    `threshold` are left out; a score is the share of such findings that are right (docs/decisions/0005). `language` is
    the tag of the texts, or "auto": what a capital means differs. Finders in `once` are asked about a text, and not
    about what redaction made of it.
    """

    def __init__(
        self,
        finders: Iterable[Part],
        *,
        level: Level = Level.BALANCED,
        allow: Iterable[str] = (),
        is_public: IsPublic | None = None,
        is_common: IsCommon | None = None,
        threshold: float = 0.0,
        language: str = "en",
        once: Iterable[Part] = (),
    ) -> None:
        self._finders = tuple(finders)
        self._once = tuple(once)
        self.level = level
        self._allow = frozenset(fold(value) for value in allow)
        self._allowed = ListedValues([(value, Kind.OTHER) for value in allow])
        self._is_public = is_public if level is Level.BALANCED else None
        self._is_common = is_common
        self._threshold = threshold
        self._language = language
        self._kinds = frozenset(kind for finder in (*self._finders, *self._once) for kind in finder.kinds)
        self._found_again: dict[tuple[bytes, Origin], Findings] = {}

    @property
    def kinds(self) -> frozenset[Kind | Topic]:
        """What any of the finders is able to find."""
        return self._kinds

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        """Everything any of them found: sorted, not overlapping, in code points of `text`.

        Raises what a finder raises, and EngineFailed where a finder names a place outside of the text.
        """
        return self._find(text, origin, (*self._finders, *self._once))

    def find_again(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        """The same for a text that was redacted already: for `redact_again` and for the last look before sending.

        What was found is remembered by a digest of the text: a conversation is looked at in every turn, and twice.
        """
        place = (sha256(text.encode("utf-8", "surrogatepass")).digest(), origin)
        found = self._found_again.get(place)
        if found is None:
            found = self._find(text, origin, self._finders)
            if len(self._found_again) >= _MOST_REMEMBERED:
                self._found_again = {}
            self._found_again[place] = found
        return found

    def _find(self, text: str, origin: Origin, finders: Iterable[Part]) -> Findings:
        topics: set[Topic] = set()
        found: list[Finding] = []
        for answer in [_asked(finder, text, origin) for finder in finders]:
            one = answer()
            topics |= one.topics
            found += one.spans
        if any(not 0 <= span.start < span.end <= len(text) for span in found):
            raise EngineFailed(
                "what was found does not fit the text it was found in", hint="this is a defect of a finder"
            )
        found = outside_placeholders(text, found)
        # The rules' own scores settle which of two is meant; what is told, and compared, is a share.
        settled = [span for span in map(calibrated, settle(found)) if self._is_sure(span)]
        spans = join_names(text, settled)
        if self._is_public is not None and len(spans) <= _MOST_PUBLIC:
            spans = self._without_public(text, spans, found)
        if self.level is not Level.BALANCED:
            spans = settle([*spans, *self._floor(text, origin, spans)])
        if self._allow:
            spans = self._without_allowed(text, spans)
        return Findings(spans, frozenset(topics))

    def _is_sure(self, span: Finding) -> bool:
        return span.score >= self._threshold or span.by == PROFILE

    def _without_public(self, text: str, spans: tuple[Finding, ...], found: Sequence[Finding]) -> tuple[Finding, ...]:
        """Without the world-known names that only a guess found; the others of the text are told for each."""
        proven = [span for span in found if not span.by.startswith(_GUESSED)]
        assert self._is_public is not None  # narrowed for mypy: the caller asked
        kept = []
        for span in spans:
            is_name = span.kind in _NAMES and not any(p.start < span.end and span.start < p.end for p in proven)
            if is_name and self._is_public(text, span, [other for other in spans if other is not span]):
                continue
            kept.append(span)
        return tuple(kept)

    def _floor(self, text: str, origin: Origin, spans: Sequence[Finding]) -> list[Finding]:
        written = [(match.start(), match.end()) for match in WRITTEN.finditer(text)]
        return [
            span
            for span in floor(text, origin=origin, is_common=self._is_common, language=self._language, taken=spans)
            if not any(start < span.end and span.start < end for start, end in written)
        ]

    def _without_allowed(self, text: str, spans: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """Without what is an allowed value or stands in one: a model may take a part of an address for a company."""
        view = folded(written(text))
        places = [candidate.finding(view) for candidate in self._allowed.find(view, text)]

        def is_allowed(span: Finding) -> bool:
            if span.kind not in _FREEABLE or span.by == PROFILE:
                return False
            is_inside = any(place.start <= span.start and span.end <= place.end for place in places)
            return is_inside or fold(text[span.start : span.end]) in self._allow

        return tuple(span for span in spans if not is_allowed(span))


def _asked(finder: Part, text: str, origin: Origin) -> Callable[[], Findings]:
    """What gives the answer: it is worked on already, or only then."""
    if isinstance(finder, Ahead):
        return finder.begin(text, origin=origin)
    return partial(finder.find, text, origin=origin)


def join_names(text: str, spans: Sequence[Finding]) -> tuple[Finding, ...]:
    """Pieces of one name or one address as one span, with the small words and marks between them.

    "Ludwig" van "Beethoven", "Bank" of "America", "12 Elm Street", "Springfield": what stood readable between two
    masked pieces would tell the rest. `spans` are sorted and do not overlap.
    """
    joined: list[Finding] = []
    for span in spans:
        last = joined[-1] if joined else None
        kind = _joint_kind(text, last, span) if last is not None else None
        if last is None or kind is None:
            joined.append(span)
            continue
        surest = max(last, span, key=lambda one: (one.by == PROFILE, one.end - one.start))
        joined[-1] = replace(surest, start=last.start, end=span.end, kind=kind, score=max(last.score, span.score))
    return tuple(joined)


def _joint_kind(text: str, last: Finding, span: Finding) -> Kind | None:
    """The kind of the two as one; None where they are two things."""
    if span.start - last.end > _LONGEST_GAP or PROFILE in (last.by, span.by):
        return None
    between = text[last.end : span.start]
    kinds = {last.kind, span.kind}
    if Kind.ADDRESS in kinds and kinds <= {Kind.ADDRESS, Kind.ZIP, Kind.LOCATION}:
        return Kind.ADDRESS if _PLACE_GAP.fullmatch(between) else None
    if not kinds <= _NAMES:
        return None
    small = _PARTICLES | _OF_ORG if span.kind is Kind.ORG else _PARTICLES
    said = between.split(" ")[1:-1]
    if len(kinds) == 1 and said and between[0] == between[-1] == " " and all(w.casefold() in small for w in said):
        return span.kind
    # Two guesses of one finder side by side were cut by it on purpose; one of each is a family name filed elsewhere.
    is_cut = last.by == span.by
    return Kind.PERSON if Kind.PERSON in kinds and not is_cut and between in ("", " ", "-", "’", "'") else None
