"""Presidio and GLiNER behind the port, without either: what they give becomes findings, and absence is said."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from privacy_assistant.core.detection import Detector, Part
from privacy_assistant.core.kinds import Findings, Kind
from privacy_assistant.core.patterns import PatternFinder
from privacy_assistant.engines.pii_gliner import GlinerFinder
from privacy_assistant.engines.pii_presidio import PresidioFinder
from privacy_assistant.errors import EngineFailed, EngineMissing, ExitCode


@dataclass
class Result:
    """As presidio_analyzer.RecognizerResult."""

    entity_type: str
    start: int
    end: int
    score: float


class TinyAnalyzer:
    """Finds the words it was told."""

    def __init__(self, words: Mapping[str, tuple[str, float]], error: Exception | None = None) -> None:
        self._words = words
        self._error = error

    def analyze(self, text: str, language: str) -> Iterable[Result]:
        assert language == "en"
        if self._error is not None:
            raise self._error
        for word, (entity, score) in self._words.items():
            if word in text:
                yield Result(entity, text.index(word), text.index(word) + len(word), score)


class TinyModel:
    """Calls every word with a capital a person; keeps how many words it was given at once."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error
        self.sizes: list[int] = []

    def predict_entities(self, text: str, labels: Sequence[str], threshold: float) -> Iterable[Mapping[str, Any]]:
        if self._error is not None:
            raise self._error
        assert "person" in labels
        self.sizes.append(len(text.split()))
        at = 0
        for word in text.split():
            at = text.index(word, at)
            if word[0].isupper():
                yield {"start": at, "end": at + len(word), "label": "person", "score": 0.9, "text": word}
            at += len(word)


def said(text: str, found: Findings) -> list[tuple[str, Kind]]:
    return [(text[span.start : span.end], span.kind) for span in found.spans]


def test_what_presidio_finds_becomes_findings() -> None:
    """In our kinds, above the threshold, dates left out, code points as they are."""
    words = {
        "Zorn": ("PERSON", 0.85),
        "1981": ("DATE_TIME", 0.85),
        "123": ("US_BANK_NUMBER", 0.05),
        "AU12": ("AU_TFN", 0.9),
        "P99": ("IN_PASSPORT", 0.6),
    }
    text = "😀 Zorn 1981 123 AU12 P99"
    finder = PresidioFinder(TinyAnalyzer(words))
    assert said(text, finder.find(text)) == [("Zorn", Kind.PERSON), ("AU12", Kind.NATID), ("P99", Kind.PASSPORT)]
    assert {span.by for span in finder.find(text).spans} == {"presidio"}
    wide = PresidioFinder(TinyAnalyzer(words), threshold=0.01).find(text)
    assert ("123", Kind.ACCOUNT) in said(text, wide)


def test_what_gliner_finds_becomes_findings() -> None:
    """Places are those of the whole text, also in the windows of a long one."""
    model = TinyModel()
    text = " ".join("Zorn" if n % 100 == 50 else f"w{n}" for n in range(700))
    found = GlinerFinder(model).find(text)
    assert said(text, found) == [("Zorn", Kind.PERSON)] * 7
    assert max(model.sizes) <= 180
    assert GlinerFinder(model).find("  ").spans == ()


def test_both_only_add() -> None:
    """Beside the rules, and no policy may rely on them."""
    extras: list[Part] = [PresidioFinder(TinyAnalyzer({"Zorn": ("PERSON", 0.9)})), GlinerFinder(TinyModel())]
    text = "so Zorn has anna@example.org"
    both = Detector([PatternFinder(), *extras])
    assert said(text, both.find(text)) == [("Zorn", Kind.PERSON), ("anna@example.org", Kind.EMAIL)]
    assert both.kinds == PatternFinder().kinds


@pytest.mark.parametrize("error", [ValueError("hush"), MemoryError("hush"), RuntimeError("hush")])
def test_what_breaks_inside_is_a_refusal_without_content(error: Exception) -> None:
    """Their messages may repeat the text, so they are dropped."""
    for finder in (PresidioFinder(TinyAnalyzer({}, error)), GlinerFinder(TinyModel(error))):
        with pytest.raises(EngineFailed) as raised:
            finder.find("hush")
        assert "hush" not in raised.value.message
        assert raised.value.__cause__ is None


def test_a_library_that_is_not_installed_is_said_with_its_remedy(tmp_path: Path) -> None:
    """Exit 8, and the one line that installs it."""
    for load in (PresidioFinder.load, lambda: GlinerFinder.load(tmp_path)):
        with pytest.raises(EngineMissing) as raised:
            load()
        assert "pip install" in raised.value.hint
        assert raised.value.exit_code is ExitCode.MODEL


def test_pytorch_is_told_to_run_no_code_of_a_models_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """GLiNER's weights are often a pickle; what it is told stands before the library is imported."""
    (tmp_path / "gliner.py").write_text(
        "import os\nSAID = os.environ.get('TORCH_FORCE_WEIGHTS_ONLY_LOAD')\n"
        "class GLiNER:\n    @staticmethod\n    def from_pretrained(*_, **__):\n        raise ValueError(SAID)\n",
        encoding="utf-8",
    )
    (tmp_path / "gliner_config.json").write_text("{}", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", raising=False)
    with pytest.raises(EngineFailed):
        GlinerFinder.load(tmp_path)
    assert sys.modules.pop("gliner").SAID == "1"
