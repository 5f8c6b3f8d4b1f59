"""Small pieces that need no home: the finder of personal data, an empty legend."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from privacy_assistant import engines
from privacy_assistant.app.deferred import DeferredFinder
from privacy_assistant.core.detection import Detector, Level
from privacy_assistant.core.kinds import Kind
from privacy_assistant.core.legend import TAG_BYTES, Legend
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.core.public import is_public
from privacy_assistant.ports import Finder

_NAMES: frozenset[Kind] = frozenset({Kind.PERSON, Kind.LOCATION, Kind.ORG, Kind.ADDRESS})


def finder(
    level: Level = Level.BALANCED,
    *,
    deny: Sequence[tuple[str, Kind]] = (),
    allow: Sequence[str] = (),
    more: Iterable[Finder] = (),
) -> Finder:
    """What finds personal data: rules and the person's lists, the tagger of names, and whatever `more` adds.

    `deny` is what the person always wants masked, `allow` what never. Nothing is loaded before the first text.
    """
    parts: list[Finder] = [PatternFinder(deny, allow)]
    if _has_tagger():
        parts.append(DeferredFinder(frozenset(_NAMES), lambda: _tagger(level)))
    return Detector([*parts, *more], level=level, allow=allow, is_public=is_public)


def _has_tagger() -> bool:
    return (Path(engines.__file__).parent / "pii_ner" / "tagger.onnx").is_file()


def _tagger(level: Level) -> Finder:
    # Here and not above: numpy and onnxruntime take a tenth of a second, for those who look for names.
    from privacy_assistant.engines.pii_ner import tagger

    return tagger.Tagger(threshold=tagger.BALANCED if level is Level.BALANCED else tagger.STRICT)


def new_legend() -> Legend:
    """An empty legend with a fresh random tag."""
    return Legend.new(os.urandom(TAG_BYTES))
