"""Microsoft's Presidio as one more finder, where the extra `presidio` is installed. It only ever adds.

Nothing is downloaded: its names need a spaCy pipeline that is installed already (en_core_web_lg, _md, _sm); without
one its patterns alone are used.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from privacy_assistant.core.kinds import Finding, Findings, Kind, Topic
from privacy_assistant.core.turn import Origin
from privacy_assistant.engines.silence import silence
from privacy_assistant.errors import EngineFailed, EngineMissing

BALANCED = 0.35
"""The score from which on a result counts; below it stand patterns that fit every number."""

STRICT = 0.1
_KINDS = {
    "PERSON": Kind.PERSON, "LOCATION": Kind.LOCATION, "GPE": Kind.LOCATION, "ORGANIZATION": Kind.ORG,
    "EMAIL_ADDRESS": Kind.EMAIL, "PHONE_NUMBER": Kind.PHONE, "CREDIT_CARD": Kind.CARD, "IBAN_CODE": Kind.IBAN,
    "US_BANK_NUMBER": Kind.ACCOUNT, "US_SSN": Kind.SSN, "US_ITIN": Kind.TAXID, "US_PASSPORT": Kind.PASSPORT,
    "US_DRIVER_LICENSE": Kind.DRIVER, "IP_ADDRESS": Kind.IP, "MAC_ADDRESS": Kind.MAC, "URL": Kind.URL,
    "CRYPTO": Kind.WALLET, "MEDICAL_LICENSE": Kind.OTHER, "NRP": Kind.OTHER,
}  # fmt: skip
_PARTS = {"PASSPORT": Kind.PASSPORT, "DRIVER": Kind.DRIVER, "TAX": Kind.TAXID, "VAT": Kind.TAXID, "PLATE": Kind.PLATE}
_LEFT_OUT = frozenset({"DATE_TIME"})
"""A date is a date: of birth it is where our own rules say so."""


class Result(Protocol):
    """What Presidio gives for a place, in code points."""

    entity_type: str
    start: int
    end: int
    score: float


class Analyzer(Protocol):
    """The one method of `presidio_analyzer.AnalyzerEngine` that is used."""

    def analyze(self, text: str, language: str) -> Iterable[Result]: ...


class PresidioFinder:
    """Implements `ports.Finder`. `load` makes one of the installed library."""

    def __init__(self, analyzer: Analyzer, *, threshold: float = BALANCED) -> None:
        self._analyzer = analyzer
        self._threshold = threshold

    @classmethod
    def load(cls, *, threshold: float = BALANCED) -> PresidioFinder:
        """With every English recogniser of the library. Raises EngineMissing or EngineFailed."""
        return cls(_engine(), threshold=threshold)

    @property
    def kinds(self) -> frozenset[Kind | Topic]:
        """None that a policy may rely on: which recognisers there are depends on what is installed."""
        return frozenset()

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        """What it finds, sorted. Raises EngineFailed."""
        if not text.strip():
            return Findings()
        try:
            results = list(self._analyzer.analyze(text, language="en"))
        except Exception as error:  # noqa: BLE001 - a foreign library; its message may hold the text
            raise EngineFailed(f"presidio stopped: {type(error).__name__}", hint="leave it out of `also`") from None
        spans = [
            Finding(found.start, found.end, _kind(found.entity_type), round(found.score, 4), "presidio")
            for found in results
            if found.score >= self._threshold and found.entity_type not in _LEFT_OUT and found.start < found.end
        ]
        return Findings(tuple(sorted(spans, key=lambda span: (span.start, -span.end))))


def _kind(entity: str) -> Kind:
    known = _KINDS.get(entity)
    return known or next((kind for part, kind in _PARTS.items() if part in entity), Kind.NATID)


def _engine() -> Any:
    silence()
    try:
        import spacy  # type: ignore[import-not-found]  # an extra, not installed here
        from presidio_analyzer import AnalyzerEngine  # type: ignore[import-not-found]  # an extra, not installed here
        from presidio_analyzer.nlp_engine import (  # type: ignore[import-not-found]  # an extra, not installed here
            SpacyNlpEngine,
        )
    except ImportError:
        raise EngineMissing("presidio is not installed", hint="pip install 'privacy-assistant[presidio]'") from None
    try:
        installed = set(spacy.util.get_installed_models())
        name = next((f"en_core_web_{s}" for s in ("lg", "md", "sm") if f"en_core_web_{s}" in installed), "")
        # Its own `load` would fetch a pipeline from the network.
        engine = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": name or "blank"}])
        engine.nlp = {"en": spacy.load(name) if name else spacy.blank("en")}
        return AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    except Exception as error:  # noqa: BLE001 - a foreign library raises what it likes while it loads
        raise EngineFailed(
            f"presidio cannot be loaded: {type(error).__name__}",
            hint="pip install --upgrade 'privacy-assistant[presidio]'",
        ) from None
