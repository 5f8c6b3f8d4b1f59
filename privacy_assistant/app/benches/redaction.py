"""Our finder beside others, on the same texts in one run: what leaks, what is masked too much, how long it takes."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from privacy_assistant.app.benches.children import Found, Peer, cold_start, f2_of, find_all
from privacy_assistant.app.benches.goals import (
    ADDRESSES,
    NAMES,
    NOT_MEASURED,
    Goal,
    goals_of,
    goals_of_f2,
    goals_of_speed,
)
from privacy_assistant.app.benches.marked import MarkedSet, MarkedText
from privacy_assistant.app.benches.scoring import Score, Tally, score
from privacy_assistant.app.benches.speed import growth, pieces_of, quantile
from privacy_assistant.app.benches.views import VIEWS, seen
from privacy_assistant.app.pieces import new_legend
from privacy_assistant.core.detection import Detector
from privacy_assistant.core.kinds import Findings
from privacy_assistant.core.redaction import redact_again
from privacy_assistant.ports import Finder

CARDS_AND_PHONES = ("CARD", "PHONE")
_WARM_UP = 20


@dataclass(frozen=True, slots=True)
class Row:
    """One finder: its name, its score by set and view, milliseconds per 300 characters, Microsoft's F2 by set."""

    label: str
    scores: dict[tuple[str, str], Score]
    p50_ms: float
    p95_ms: float
    f2: dict[str, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Report:
    """One run: ours first, then the others; what we set out to reach; names of those that broke.

    `whole_ms` is p50 and p95 of redacting 300 characters, `growth_ms` of searching 10 kB and 100 kB.
    """

    sets: tuple[MarkedSet, ...]
    rows: tuple[Row, ...]
    goals: tuple[Goal, ...]
    broken: tuple[str, ...]
    whole_ms: tuple[float, float]
    growth_ms: tuple[float, float]
    cold_start_s: tuple[float, float] | None


Searches = Callable[[Sequence[str]], "list[Found] | None"]


def measure(
    sets: Sequence[MarkedSet],
    finder: Finder,
    peers: Sequence[Peer],
    *,
    label: str,
    has_cold_start: bool = True,
    say: Callable[[str], None] = lambda _line: None,
) -> Report:
    """Run every finder over every view of every set; minutes for thousands of texts. `say` is told what goes on."""
    views = {(one.name, view): [seen(marked, view) for marked in one.texts] for one in sets for view in VIEWS}
    pieces = pieces_of(marked.text for one in sets for marked in one.texts)
    metric = next((peer for peer in peers if peer.name == "f2"), None)
    say(f"{label}: {sum(map(len, views.values()))} texts")
    ours = _row(label, views, pieces, partial(_searched, finder), metric)
    if ours is None:
        raise RuntimeError("our own finder gave no answer")
    rows, broken = [ours], []
    for peer in peers:
        if peer is metric:
            continue
        say(f"{peer.label}: the same")
        row = _row(peer.label, views, pieces, partial(find_all, peer), metric)
        if row is None:
            broken.append(peer.label)
        else:
            rows.append(row)
    say("growth and cold start")
    times = _whole_times(finder, pieces)
    whole = quantile(times, 0.5), quantile(times, 0.95)
    small, large = growth(finder, (marked.text for one in sets for marked in one.texts))
    start = cold_start() if has_cold_start else None
    goals = [
        *goals_of(ours.scores),
        *goals_of_f2(ours.f2),
        *goals_of_speed(ours.p95_ms, whole[1], small, large, start[0] - start[1] if start else None),
    ]
    return Report(tuple(sets), tuple(rows), tuple(goals), tuple(broken), whole, (small, large), start)


def _searched(finder: Finder, texts: Sequence[str]) -> list[Found]:
    """What `redact` masks, the second look included; the time is that of one search, as it is for the others."""
    found: list[Found] = []
    for text in texts:
        begin = time.perf_counter()
        first = finder.find(text)
        took = (time.perf_counter() - begin) * 1000
        _redacted, masked = redact_again(text, first, _again(finder), new_legend())
        found.append(([(span.start, span.end) for span in masked.spans], took))
    return found


def _whole_times(finder: Finder, pieces: Sequence[str]) -> list[float]:
    """Milliseconds of everything `redact` does to each piece: finding, replacing, looking again."""
    times = []
    for piece in pieces:
        begin = time.perf_counter()
        redact_again(piece, finder.find(piece), _again(finder), new_legend())
        times.append((time.perf_counter() - begin) * 1000)
    return times


def _again(finder: Finder) -> Callable[[str], Findings]:
    """What looks at redacted text, as `redact` does it: the rules of a Detector, else the finder itself."""
    return finder.find_again if isinstance(finder, Detector) else finder.find


def _row(
    label: str,
    views: dict[tuple[str, str], list[MarkedText]],
    pieces: list[str],
    search: Searches,
    metric: Peer | None,
) -> Row | None:
    """One child answers everything, so that a library is loaded once; the pieces come last, when it is warm."""
    texts = [marked.text for many in views.values() for marked in many]
    found = search([*texts, *pieces[:_WARM_UP], *pieces])
    if found is None:
        return None
    scores: dict[tuple[str, str], Score] = {}
    f2: dict[str, dict[str, float]] = {}
    at = 0
    for key, many in views.items():
        name, view = key
        spans = [spans for spans, _took in found[at : at + len(many)]]
        scores[key] = score(many, spans)
        if metric is not None and view == "cased" and scores[key].leak_of(NAMES).n:
            rows = [
                (marked.text, [(mark.start, mark.end) for mark in marked.marks], one)
                for marked, one in zip(many, spans, strict=True)
            ]
            f2[name] = f2_of(metric, rows) or {}
        at += len(many)
    times = [took for _spans, took in found[at + min(_WARM_UP, len(pieces)) :]]
    return Row(label, scores, quantile(times, 0.5), quantile(times, 0.95), f2)


# ---------------------------------------------------------------- what is shown


def lines(report: Report) -> Iterator[str]:
    """The tables, for a terminal or a page (Markdown)."""
    for one in report.sets:
        free = sum(not marked.marks for marked in one.texts)
        yield f"{one.name}: {len(one.texts)} texts, {free} of them free of personal data"
        yield ""
        yield "| leaked, % of spans; over, % of clean characters | names: cased / lower / as speech | address | card / phone | same, as speech | over | p50 / p95 ms, 300 chars |"  # noqa: E501 - one row of a table is one line
        yield "|---|---|---|---|---|---|---|"
        for row in report.rows:
            of = {view: row.scores[one.name, view] for view in VIEWS}
            cells = [
                row.label,
                " / ".join(_shown(of[view].leak_of(NAMES)) for view in VIEWS),
                _shown(of["cased"].leak_of(ADDRESSES)),
                " / ".join(_shown(of["cased"].leak_of({kind})) for kind in CARDS_AND_PHONES),
                " / ".join(_shown(of["speech"].leak_of({kind})) for kind in CARDS_AND_PHONES),
                _shown(of["cased"].over),
                f"{row.p50_ms:.1f} / {row.p95_ms:.1f}",
            ]
            yield f"| {' | '.join(cells)} |"
        yield ""
    yield "| set, view | finder | leak | miss | texts with a leak | over | free texts touched |"
    yield "|---|---|---|---|---|---|---|"
    for one in report.sets:
        for view in VIEWS:
            for row in report.rows:
                result = row.scores[one.name, view]
                shares = (result.leaks, result.misses, result.doc_leaks, result.over, result.over_docs)
                yield f"| {one.name}, {view} | {row.label} | {' | '.join(map(_shown, shares))} |"
    yield ""
    for row in report.rows:
        for name, figures in row.f2.items():
            shown = ", ".join(f"{figure:.1f} by its {which} evaluator" for which, figure in figures.items())
            yield f"Microsoft's PII F2, {name}, {row.label}: {shown or 'not measured'}"
    small, large = report.growth_ms
    yield "redacted, with the second look, 300 characters: p50 / p95 {:.1f} / {:.1f} ms".format(*report.whole_ms)
    yield f"10 kB {small:.0f} ms, 100 kB {large:.0f} ms"
    if report.cold_start_s is not None:
        first, bare = report.cold_start_s
        yield f"cold start {first:.2f} s to the first line, less {bare:.2f} s of python itself"
    yield ""
    yield "| goal | limit | measured | |"
    yield "|---|---|---|---|"
    for goal in report.goals:
        sign = "≥" if goal.is_least else "≤"
        mark = {True: "reached", False: "FELL SHORT", None: "not measured"}[goal.is_reached]
        measured = "–" if goal.measured is None else f"{goal.measured:g} {goal.unit}".strip()
        yield f"| {goal.what} | {sign} {f'{goal.limit:g} {goal.unit}'.strip()} | {measured} | {mark} |"
    yield from ("", *NOT_MEASURED)


def to_json(report: Report) -> dict[str, Any]:
    """The same for a program."""
    return {
        "machine": {"cpu": platform.machine(), "python": platform.python_version()},
        "finders": [
            {
                "label": row.label,
                "p50_ms": round(row.p50_ms, 3),
                "p95_ms": round(row.p95_ms, 3),
                "f2": row.f2,
                "scores": [
                    {"set": name, "view": view, **result.to_json()} for (name, view), result in row.scores.items()
                ],
            }
            for row in report.rows
        ],
        "broken": list(report.broken),
        "redacted_ms": {"p50": round(report.whole_ms[0], 3), "p95": round(report.whole_ms[1], 3)},
        "growth_ms": {"10kB": round(report.growth_ms[0], 1), "100kB": round(report.growth_ms[1], 1)},
        "cold_start_s": None
        if report.cold_start_s is None
        else {"first_line": round(report.cold_start_s[0], 3), "python": round(report.cold_start_s[1], 3)},
        "goals": [{**asdict(goal), "is_reached": goal.is_reached} for goal in report.goals],
    }


def _shown(tally: Tally) -> str:
    return "–" if tally.percent is None else f"{tally.percent:.1f}"
