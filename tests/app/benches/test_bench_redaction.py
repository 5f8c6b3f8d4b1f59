"""One run over several finders: tables that say what was measured, goals that are reached or not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from privacy_assistant.app.benches.goals import goals_of, goals_of_f2, goals_of_speed
from privacy_assistant.app.benches.marked import Mark, MarkedSet, MarkedText
from privacy_assistant.app.benches.redaction import Report, lines, measure, to_json
from privacy_assistant.app.benches.scoring import Score, score
from privacy_assistant.app.benches.speed import PIECE, growth, pieces_of, quantile
from privacy_assistant.app.benches.views import VIEWS
from privacy_assistant.core.kinds import Finding, Findings, Kind
from privacy_assistant.core.turn import Origin
from tests.fakes import FakeFinder

ANN = MarkedText("Ann pays with 4111 by card", (Mark(0, 3, "PERSON"), Mark(14, 18, "CARD")))
FREE = MarkedText("how do I boil rice")
SET = MarkedSet("small", (ANN, FREE))


class MasksAll(FakeFinder):
    """Takes every text whole."""

    def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
        return Findings((Finding(0, len(text), Kind.OTHER, by="fake"),))


def report(finder: FakeFinder | None = None) -> Report:
    return measure([SET], finder or FakeFinder({"Ann": Kind.PERSON}), [], label="ours", has_cold_start=False)


def rows_of(shown: Report, begin: str) -> list[str]:
    return [line for line in lines(shown) if line.startswith(begin)]


def test_the_table_has_the_columns_of_the_design() -> None:
    """Names in three views, addresses, cards and phones written and said, excess, milliseconds."""
    (row,) = rows_of(report(), "| ours |")
    assert row.startswith("| ours | 0.0 / 100.0 / 100.0 | – | 100.0 / – | 100.0 / – | 0.0 |")
    (line,) = rows_of(report(), "| small, cased | ours |")
    assert line == "| small, cased | ours | 50.0 | 50.0 | 100.0 | 0.0 | 0.0 |"
    assert next(lines(report())) == "small: 2 texts, 1 of them free of personal data"


def test_each_goal_says_whether_it_was_reached() -> None:
    """A name masked as written and readable in lower case; a card left readable; a clean text left alone."""
    goals = {goal.what: goal.is_reached for goal in report().goals}
    assert goals["3 names leaked (small, cased)"] is True
    assert goals["3 names leaked (small, lower)"] is False
    assert goals["1 numbers with a checksum leaked (small, cased)"] is False
    assert goals["8 texts free of personal data touched (small, cased)"] is True
    assert goals["7 cold start to the first line"] is None
    assert "10 addresses leaked (small, cased)" not in goals
    assert any("FELL SHORT" in line for line in lines(report()))
    assert to_json(report())["cold_start_s"] is None


def test_a_finder_that_masks_everything_reaches_no_goal_of_excess() -> None:
    """Masking every word leaks nothing and is no answer."""
    goals = {goal.what: goal.is_reached for goal in report(MasksAll()).goals}
    assert goals["3 names leaked (small, cased)"] is True
    assert goals["3 over (small, cased)"] is False
    assert goals["8 texts free of personal data touched (small, cased)"] is False


@pytest.mark.parametrize(
    ("kind", "what", "limits"),
    [
        ("PHONE", "1 structured data leaked", (0.5, 0.5, 2.0)),
        ("CARD", "1 numbers with a checksum leaked", (0.0, 0.0, None)),
        ("PERSON", "3 names leaked", (3.0, 6.0, 6.0)),
        ("PERSON", "3 over", (3.0, 3.0, 3.0)),
        ("ADDRESS", "10 addresses leaked", (5.0, None, None)),
        ("", "8 texts free of personal data touched", (5.0, None, None)),
    ],
)
def test_each_view_has_the_limits_of_the_design(kind: str, what: str, limits: tuple[float | None, ...]) -> None:
    """Written as people write, in lower case, as speech; None where the design asks for nothing."""
    text = MarkedText("some text", (Mark(0, 4, kind),) if kind else ())
    for view, limit in zip(VIEWS, limits, strict=True):
        goals = {goal.what: goal.limit for goal in goals_of({("some", view): score([text], [[]])})}
        assert goals.get(f"{what} (some, {view})") == limit


def test_speech_and_cold_start_are_shown_as_measured() -> None:
    """What leaks only when said stands in the columns of speech; a cold start beside that of python alone."""
    shown = report(FakeFinder({"4111": Kind.CARD, "Ann": Kind.PERSON, "ann": Kind.PERSON}))
    (row,) = rows_of(shown, "| ours |")
    assert row.startswith("| ours | 0.0 / 0.0 / 0.0 | – | 0.0 / – | 100.0 / – | 0.0 |")
    timed = replace(shown, cold_start_s=(0.45, 0.05))
    assert "cold start 0.45 s to the first line, less 0.05 s of python itself" in lines(timed)
    assert to_json(timed)["cold_start_s"] == {"first_line": 0.45, "python": 0.05}


def test_identifier_sets_have_limits_of_their_own() -> None:
    """1 % with a cue, 5 % without one, 2 % as speech, and at most 5 % of the rest masked."""
    ids = [MarkedText("4111", (Mark(0, 4, "PL_PESEL"),))] * 50
    for name, leaks, reached in (("ids", 1, False), ("ids_nocontext", 1, True), ("ids_nocontext", 3, False)):
        found = [[(0, 4)]] * (50 - leaks) + [[]] * leaks
        goals = {goal.what: goal.is_reached for goal in goals_of({(name, "cased"): score(ids, found)})}
        assert goals[f"2 identifiers leaked ({name}, cased)"] is reached
    keys = [MarkedText("sk-9", (Mark(0, 4, "KEY_OPENAI"),))] * 50
    for leaks, reached in ((1, True), (2, False)):
        found = [[(0, 4)]] * (50 - leaks) + [[]] * leaks
        (said,) = goals_of({("ids", "speech"): score([*ids, *keys], [*found, *[[]] * 50])})
        assert (said.limit, said.is_reached) == (2.0, reached)


def test_speed_and_the_metric_of_others_have_their_limits() -> None:
    """Ten milliseconds, fifteen times for ten times the text, half a second, eighty points at least."""
    for p95, large, start, reached in ((9.9, 140.0, 0.49, True), (10.1, 160.0, 0.51, False)):
        assert [goal.is_reached for goal in goals_of_speed(p95, p95, 10.0, large, start)] == [reached] * 4
    for figure, reached in ((80.0, True), (79.9, False)):
        (goal,) = goals_of_f2({"presidio_large": {"token": figure}, "uner_dev": {"token": 1.0}})
        assert goal.is_reached is reached
    (goal,) = goals_of_f2({"presidio_large": {}})
    assert goal.is_reached is None


def test_what_redact_masks_is_what_is_scored() -> None:
    """A second look of the redaction counts, and so does every other place where a value stands."""

    class Once(FakeFinder):
        """Finds a name only where it stands first."""

        def find(self, text: str, *, origin: Origin = Origin.TYPED) -> Findings:
            at = text.find("Ann Lee")
            return Findings((Finding(at, at + 7, Kind.PERSON, by="fake"),) if at >= 0 else ())

    twice = MarkedText("Ann Lee or Ann Lee", (Mark(0, 7, "PERSON"), Mark(11, 18, "PERSON")))
    shown = measure([MarkedSet("small", (twice,))], Once(), [], label="ours", has_cold_start=False)
    assert shown.rows[0].scores["small", "cased"].leaks.percent == 0.0


def test_a_run_over_nothing_speaks_of_nothing() -> None:
    """Where no span was marked there is no figure, and no goal is called reached."""
    assert list(goals_of({("empty", "cased"): Score()})) == []


def test_pieces_are_three_hundred_characters_spread_over_the_texts() -> None:
    """Short texts are put behind one another; what is shorter altogether is one piece."""
    pieces = pieces_of([chr(65 + i % 26) * 100 for i in range(300)], most=10)
    assert [len(piece) for piece in pieces] == [PIECE] * 10
    assert len({piece[0] for piece in pieces}) > 3
    assert pieces_of(["short"]) == ["short"]


def test_quantiles_are_values_that_were_measured() -> None:
    """The nearest rank, also of one value."""
    assert quantile([5.0, 1.0, 3.0], 0.5) == 3.0
    assert quantile(list(map(float, range(100))), 0.95) == 95.0
    assert quantile([7.0], 0.95) == 7.0


def test_growth_is_measured_on_texts_ten_times_as_long() -> None:
    """10 000 and 100 000 characters, whatever the texts are."""
    finder = FakeFinder()
    small, large = growth(finder, ["a few words"])
    assert {len(text) for text in finder.texts} == {10_000, 100_000}
    assert small > 0
    assert large > 0


def test_a_finder_that_fails_is_never_scored() -> None:
    """An error is no answer; the run ends with it."""
    with pytest.raises(ZeroDivisionError):
        report(FakeFinder(error=ZeroDivisionError()))
