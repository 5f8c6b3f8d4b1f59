"""Another library's finder in a process of its own: texts in, spans and milliseconds out, JSON Lines.

Or Microsoft's metric: texts with marks and findings in, one line of figures out.

Run by path in an interpreter where that library is installed and this package need not be, so it imports nothing of
ours. Without a network: a library that asks for one is refused as a machine without one refuses it.
"""

from __future__ import annotations

import json
import logging
import math
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

Finds = Callable[[str], list[tuple[int, int]]]


def _presidio(model: str) -> Finds:
    """Presidio's analyzer as it comes: every recogniser of English that it loads, no threshold.

    With an empty `model` spaCy only tears the text into words, so that its patterns are left.
    """
    spacy = import_module("spacy")
    loaded = spacy.load(model) if model else spacy.blank("en")
    engine = import_module("presidio_analyzer.nlp_engine").SpacyNlpEngine(
        models=[{"lang_code": "en", "model_name": model or "blank"}]
    )
    engine.nlp = {"en": loaded}
    analyzer = import_module("presidio_analyzer").AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    return lambda text: [(found.start, found.end) for found in analyzer.analyze(text, language="en")]


def _pii_anon() -> Finds:
    """pii-anon as its page shows it, with the engine that comes with it."""
    types = import_module("pii_anon.types")
    orchestrator = import_module("pii_anon").PIIOrchestrator(token_key="not a secret: nothing is tokenised here")  # noqa: S106 - a key that guards nothing
    profile = types.ProcessingProfileSpec(profile_id="default", mode="weighted_consensus", language="en")
    whole = types.SegmentationPlan(enabled=False)

    def find(text: str) -> list[tuple[int, int]]:
        found, *_ = orchestrator.detect_findings(
            {"text": text}, profile=profile, segmentation=whole, scope="bench", token_version=1
        )
        return [(one.span_start, one.span_end) for one in found]

    return find


def _scrubadub() -> Finds:
    """scrubadub with the detectors that it loads by itself."""
    scrubber = import_module("scrubadub").Scrubber()
    return lambda text: [(found.beg, found.end) for found in scrubber.iter_filth(text)]


def _spacy_model() -> str:
    """The name of the installed English spaCy pipeline, the largest by the usual order; empty where there is none."""
    try:
        installed = set(import_module("spacy").util.get_installed_models())
    except ImportError:
        return ""
    for size in ("trf", "lg", "md", "sm"):
        if (name := f"en_core_web_{size}") in installed:
            return name
    return ""


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""


def _available() -> list[dict[str, str]]:
    """What can be measured in this interpreter."""
    found = []
    presidio, pii_anon, scrubadub = map(_version, ("presidio-analyzer", "pii-anon", "scrubadub"))
    if presidio:
        found.append({"name": "presidio", "label": f"Presidio {presidio}, patterns only"})
        if model := _spacy_model():
            found.append({"name": "presidio-spacy", "label": f"Presidio {presidio} + {model}"})
    if pii_anon:
        found.append({"name": "pii-anon", "label": f"pii-anon {pii_anon}"})
    if scrubadub:
        found.append({"name": "scrubadub", "label": f"scrubadub {scrubadub}"})
    if evaluator := _version("presidio-evaluator"):
        found.append({"name": "f2", "label": f"presidio-evaluator {evaluator}"})
    return found


def _f2(lines: Iterable[str]) -> dict[str, float]:
    """PII F2 of `[text, marks, findings]` lines by presidio-evaluator's own two evaluators, in per cent.

    Words as spaCy's English rules tear them, every type counted as PII, the evaluators' own skip words: what Microsoft
    measures as binary detection. `token` compares words, `span` whole spans.
    """
    english = import_module("spacy").blank("en")
    to_tags = import_module("presidio_evaluator.span_to_tag").span_to_tag
    evaluation = import_module("presidio_evaluator.evaluation")
    rows = []
    for number, line in enumerate(lines):
        text, marks, found = json.loads(line)
        words = english(text)
        tags = [
            to_tags("IO", text, [s for s, _ in spans], [e for _, e in spans], ["PII"] * len(spans), tokens=words)
            for spans in (marks, found)
        ]
        rows += [(number, word.text, *pair, word.idx) for word, *pair in zip(words, *tags, strict=True)]
    columns = ["sentence_id", "token", "annotation", "prediction", "start_indices"]
    table = import_module("pandas").DataFrame(rows, columns=columns)
    figures = {}
    for name, evaluator in (("token", evaluation.TokenEvaluator()), ("span", evaluation.SpanEvaluator())):
        figure = 100 * float(evaluator.calculate_score_on_df(table, beta=2.0, level="pii").pii_f)
        if not math.isnan(figure):  # nothing was found, or nothing was marked
            figures[name] = figure
    return figures


def _load(name: str) -> Finds:
    if name == "presidio":
        return _presidio("")
    if name == "presidio-spacy":
        return _presidio(_spacy_model())
    return {"pii-anon": _pii_anon, "scrubadub": _scrubadub}[name]()


def _refuse_network(event: str, _arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.getaddrinfo", "socket.sendto"}:
        raise ConnectionRefusedError("no network while measuring")


def main(name: str) -> None:
    """Answer every line of standard input; with the name `list`, say what can be measured and end."""
    sys.addaudithook(_refuse_network)
    warnings.simplefilter("ignore")
    out = sys.stdout
    sys.stdout = sys.stderr  # a library that prints must not break the answers
    if name == "list":
        out.write(json.dumps(_available()) + "\n")
        return
    logging.disable(logging.CRITICAL)
    if name == "f2":
        out.write(json.dumps(_f2(sys.stdin)) + "\n")
        return
    find = _load(name)
    for line in sys.stdin:
        text = json.loads(line)
        begin = time.perf_counter()
        spans = find(text)
        took = (time.perf_counter() - begin) * 1000
        out.write(json.dumps([spans, took]) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
