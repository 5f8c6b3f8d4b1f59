"""What `models` shows fits the terminal that it is shown on."""

from __future__ import annotations

import sys

import pytest

from privacy_assistant.app.models.events import Moving
from privacy_assistant.app.models.listing import AVAILABLE, IN_USE, Row
from privacy_assistant.core.model_card import ModelRole
from privacy_assistant.faces.models_view import Ticker, list_lines

COMMAND = "privacy-assistant models pull ministral-3-3b-instruct"
ROWS = (
    Row(ModelRole.LLM, "small", IN_USE, 98_000_000, "Apache-2.0", ("en",), says="the spare one of the package"),
    Row(
        ModelRole.LLM,
        "ministral-3-3b-instruct",
        AVAILABLE,
        2_100_000_000,
        "Apache-2.0",
        ("en", "fr", "es", "de"),
        trust="recorded",
        source="mistralai/Ministral-3-3B-Instruct-2512-GGUF",
        revision="eb599d408350ea2bb60452cb86be7c7b2fc28227",
        about="good European languages for its size, and more words than fit into one row",
        says=COMMAND,
    ),
)


def test_a_list_that_is_wider_than_the_terminal_takes_more_rows() -> None:
    """No row is broken by the terminal, and the command to type stands whole on one."""
    lines = list(list_lines(ROWS, 80))
    assert all(len(line) <= 80 for line in lines)
    assert [line.strip() for line in lines].count(COMMAND) == 1
    assert all(word in " ".join(lines) for row in ROWS for word in (row.name, row.licence, row.source, row.state))


def test_a_list_that_fits_or_goes_into_a_pipe_has_a_row_for_each_model() -> None:
    """So that a program of lines can read it."""
    piped = list(list_lines(ROWS))
    assert list(list_lines(ROWS, 300)) == piped
    assert [line for line in piped if COMMAND in line and "2.1 GB" in line]


def test_a_bar_stays_on_its_row(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is too long for it is cut: what is wider than a terminal would leave a row behind at each step."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    ticker = Ticker(lambda _line: None, is_quiet=False)
    ticker.show(
        Moving("ministral", "Ministral-3-3B-Instruct-2512-Q4_K_M-of-a-long-name.gguf", 2_100_000, 2_100_000_000)
    )
    ticker.close()
    row = capsys.readouterr().err.rpartition("\x1b[K")[2].rstrip("\n")
    assert len(row) < 80
    assert row.startswith("Ministral-3-3B-Instruct")
    assert row.endswith("% of 2.1 GB")
