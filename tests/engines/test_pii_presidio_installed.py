"""The adapter with the real Presidio, in an interpreter that has it (PRIVACY_ASSISTANT_PEERS_PYTHON names one)."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from tests.architecture.reading import ROOT

_ASK = """
import json, sys
from privacy_assistant.engines.pii_presidio import PresidioFinder
finder = PresidioFinder.load()
for text in json.load(sys.stdin):
    print(json.dumps([[span.start, span.end, span.kind, span.by] for span in finder.find(text).spans]))
"""


def test_the_real_library_adds_spans_of_our_kinds_in_code_points() -> None:
    """Mail and card behind an emoji, at their places; nothing in nothing; odd text is no error."""
    python = os.environ.get("PRIVACY_ASSISTANT_PEERS_PYTHON")
    if not python:
        pytest.skip("PRIVACY_ASSISTANT_PEERS_PYTHON names no interpreter with presidio-analyzer")
    texts = ["😀 mail ann@example.org, card 4111 1111 1111 1111", "", "שלום \u202e é\r\n\0 ⟦PERSON·ABC·1⟧"]
    done = subprocess.run(
        [python, "-c", _ASK],
        input=json.dumps(texts),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PYTHONPATH": str(ROOT), "PATH": os.environ.get("PATH", "")},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    first, empty, odd = map(json.loads, done.stdout.splitlines())
    assert [7, 22, "EMAIL", "presidio"] in first
    assert [29, 48, "CARD", "presidio"] in first
    assert empty == []
    assert all(kind == kind.upper() for _start, _end, kind, _by in odd)
