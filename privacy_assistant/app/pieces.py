"""Small pieces that need no home: the finder of personal data, an empty legend."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from privacy_assistant.app.deferred import DeferredFinder, FinderBeside
from privacy_assistant.core.detection import Detector, Level, Part
from privacy_assistant.core.kinds import Kind, Topic
from privacy_assistant.core.legend import TAG_BYTES, Legend
from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.core.policy_terms import Extra
from privacy_assistant.core.public import is_public
from privacy_assistant.engines.installed import check, find_installed

_NAMES: frozenset[Kind] = frozenset({Kind.PERSON, Kind.LOCATION, Kind.ORG, Kind.ADDRESS})


def finder(
    level: Level = Level.BALANCED,
    *,
    deny: Sequence[tuple[str, Kind]] = (),
    allow: Sequence[str] = (),
    more: Iterable[Part] = (),
    language: str = "en",
) -> Detector:
    """What finds personal data: rules and the person's lists, the tagger of names, topics, and whatever `more` adds.

    `deny` is what the person always wants masked, `allow` what never. `language` is a tag or "auto"; the finders read
    all their languages at once, and it settles only what a capital means to level strict. Rules and lists alone look
    again at what was redacted: masking can bring a cue to a number, and a model would only find its own placeholders
    odd. Nothing is loaded before the first text.
    """
    names = FinderBeside(frozenset(_NAMES), lambda: _tagger(level))
    topics = DeferredFinder(frozenset(Topic), _topics)
    return Detector(
        [PatternFinder(deny, allow)],
        once=[names, topics, *more],
        level=level,
        allow=allow,
        is_public=is_public,
        is_common=_EverydayWords(language) if level is not Level.BALANCED else None,
        language=language,
    )


class _EverydayWords:
    """Tells everyday words by the tagger's lists, read at the first question."""

    def __init__(self, language: str) -> None:
        self._is_english = language.partition("-")[0] == "en"
        self._lookup: Callable[[str], int] | None = None

    def __call__(self, word: str) -> bool:
        """Whether a case-folded word stands in a dictionary, or is common in another language and no name."""
        from privacy_assistant.engines.pii_ner import lexicon
        from privacy_assistant.engines.pii_ner.words import fold

        if self._lookup is None:
            self._lookup = lexicon.Lexicon.load().lookup
        marks = self._lookup(fold(word))
        is_name = bool(marks & (lexicon.GIVEN | lexicon.FAMILY | lexicon.PLACE))
        return bool(marks & lexicon.ORDINARY) or not (self._is_english or is_name or not marks >> 3 & 3)


def extra_finders(
    extras: Iterable[Extra], level: Level, gliner: str = "", models_dir: Path | None = None
) -> list[Part]:
    """Finders of others, loaded at the first text. `gliner` is the folder of its model, or the name of one that is
    installed; "" for the one installed last. There is no spare one: less would be found, and nobody told."""
    is_wide = level is not Level.BALANCED

    def presidio() -> Part:
        from privacy_assistant.engines import pii_presidio as engine

        return engine.PresidioFinder.load(threshold=engine.STRICT if is_wide else engine.BALANCED)

    def from_folder() -> Part:
        from privacy_assistant.engines import pii_gliner as engine

        return engine.GlinerFinder.load(
            _gliner_folder(gliner, models_dir), threshold=engine.STRICT if is_wide else engine.BALANCED
        )

    makers = {Extra.PRESIDIO: presidio, Extra.GLINER: from_folder}
    return [DeferredFinder(frozenset(), makers[extra]) for extra in dict.fromkeys(extras)]


def _gliner_folder(wanted: str, models_dir: Path | None) -> Path:
    found = find_installed(ModelRole.PII, wanted, "", models_dir)
    if found is None or models_dir is None:
        return Path(wanted)
    check(found, models_dir)
    return found.path


def _tagger(level: Level) -> Part:
    # Here and not above: numpy and onnxruntime take a tenth of a second, for those who look for names.
    from privacy_assistant.engines.pii_ner import tagger

    return tagger.Tagger(threshold=tagger.BALANCED if level is Level.BALANCED else tagger.STRICT)


def _topics() -> Part:
    # Here and not above: its lists are read for those who look at a text, not for those who check a policy.
    from privacy_assistant.engines.topics_linear.finder import TopicFinder

    return TopicFinder()


def new_legend() -> Legend:
    """An empty legend with a fresh random tag."""
    return Legend.new(os.urandom(TAG_BYTES))
