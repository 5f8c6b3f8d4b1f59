"""A GLiNER model as one more finder, where the extra `gliner` is installed. It only ever adds.

Nothing is downloaded: the model is a folder on this machine, named by `[models] pii` in config.toml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from privacy_assistant.core.kinds import Finding, Findings, Kind, Topic
from privacy_assistant.core.turn import Origin
from privacy_assistant.engines.silence import silence
from privacy_assistant.errors import EngineFailed, EngineMissing

BALANCED = 0.5
"""GLiNER's own default threshold."""

STRICT = 0.3
_LABELS = {
    "person": Kind.PERSON,
    "location": Kind.LOCATION,
    "organization": Kind.ORG,
    "address": Kind.ADDRESS,
    "phone number": Kind.PHONE,
    "email": Kind.EMAIL,
    "credit card number": Kind.CARD,
    "bank account number": Kind.ACCOUNT,
    "social security number": Kind.SSN,
    "passport number": Kind.PASSPORT,
    "driver's license number": Kind.DRIVER,
    "date of birth": Kind.DOB,
    "username": Kind.HANDLE,
    "password": Kind.PASSWORD,
}
_WORD = re.compile(r"\w+|[^\w\s]")
_WORDS_AT_ONCE = 180
"""A model reads a few hundred words and drops the rest without a word, so it is given less."""
_OVERLAP = 20


class Model(Protocol):
    """The one method of `gliner.GLiNER` that is used: dictionaries with start, end (code points), label, score."""

    def predict_entities(self, text: str, labels: Sequence[str], threshold: float) -> Iterable[Mapping[str, Any]]: ...


class GlinerFinder:
    """Implements `ports.Finder`. `load` makes one of the installed library and a folder."""

    def __init__(self, model: Model, *, threshold: float = BALANCED) -> None:
        self._model = model
        self._threshold = threshold

    @classmethod
    def load(cls, folder: Path, *, threshold: float = BALANCED) -> GlinerFinder:
        """Raises EngineMissing or EngineFailed."""
        return cls(_model(folder), threshold=threshold)

    @property
    def kinds(self) -> frozenset[Kind | Topic]:
        """None that a policy may rely on: what it finds depends on the model."""
        return frozenset()

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        """What it finds, sorted, overlaps of two windows included. Raises EngineFailed."""
        words = [(word.start(), word.end()) for word in _WORD.finditer(text)]
        spans: set[Finding] = set()
        for first in range(0, len(words), _WORDS_AT_ONCE - _OVERLAP):
            part = words[first : first + _WORDS_AT_ONCE]
            if first and len(part) <= _OVERLAP:
                break
            spans.update(self._find_in(text, part[0][0], part[-1][1]))
        return Findings(tuple(sorted(spans, key=lambda span: (span.start, -span.end))))

    def _find_in(self, text: str, start: int, end: int) -> Iterable[Finding]:
        try:
            found = list(self._model.predict_entities(text[start:end], list(_LABELS), threshold=self._threshold))
            return [
                Finding(
                    start + int(one["start"]),
                    start + int(one["end"]),
                    _LABELS.get(str(one["label"]), Kind.OTHER),
                    round(float(one["score"]), 4),
                    "gliner",
                )
                for one in found
                if one["start"] < one["end"]
            ]
        except Exception as error:  # noqa: BLE001 - a foreign library; its message may hold the text
            raise EngineFailed(f"gliner stopped: {type(error).__name__}", hint="leave it out of `also`") from None


def _model(folder: Path) -> Any:
    silence()
    try:
        from gliner import GLiNER  # type: ignore[import-not-found]  # an extra, not installed here
    except ImportError:
        raise EngineMissing("gliner is not installed", hint="pip install 'privacy-assistant[gliner]'") from None
    if not (folder / "gliner_config.json").is_file():
        raise EngineMissing(
            f"there is no GLiNER model in {folder}", hint="[models] pii in config.toml names the folder of one"
        )
    try:
        return GLiNER.from_pretrained(str(folder), local_files_only=True)
    except Exception as error:  # noqa: BLE001 - a foreign library raises what it likes while it loads
        raise EngineFailed(
            f"the GLiNER model in {folder} cannot be loaded: {type(error).__name__}", hint="check the folder"
        ) from None
