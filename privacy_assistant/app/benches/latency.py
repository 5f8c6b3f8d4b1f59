"""Where the time of a question goes, stage by stage, in a process that is warm: answered here, and by a back end."""

from __future__ import annotations

import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from privacy_assistant.app.benches.companions import Server
from privacy_assistant.app.benches.comparing import Series, series
from privacy_assistant.app.benches.measured_home import QUESTION, MeasuredHome, make_home
from privacy_assistant.app.benches.stages import Stage, Stopwatch, watching
from privacy_assistant.app.house import House
from privacy_assistant.core.detection import Detector
from privacy_assistant.core.exchange import Question
from privacy_assistant.core.turn import Utterance
from privacy_assistant.egress.cloud import OpenAICloud
from privacy_assistant.egress.gate import Passage
from privacy_assistant.flow import sending
from privacy_assistant.flow.assistant import Assistant
from privacy_assistant.flow.deciding import Decider
from privacy_assistant.flow.keeping import Keeper
from privacy_assistant.flow.sending import Sender
from privacy_assistant.ports import Piece
from privacy_assistant.vault.ledger import DurableLedger
from privacy_assistant.vault.purse import SealedPurse

OPEN = (
    Stage("open the keys and the vault", House, "_open_vault"),
    Stage("put the parts together", House, "_assemble"),
)
ANSWER = (
    Stage("begin", Keeper, "begin"),
    Stage("ask the skills", Assistant, "_try_skills"),
    Stage("find", Detector, "find"),
    Stage("decide and route", Decider, "decide"),
    Stage("keep the question, to the disk", Keeper, "keep_question"),
    Stage("redact", Sender, "_redact"),
    Stage("look again at what was redacted", Detector, "find_again"),
    Stage("pack", Sender, "_pack"),
    Stage("ask for consent", Sender, "_consented"),
    Stage("reserve", SealedPurse, "reserve"),
    Stage("keep the legend", sending, "save_legend"),
    Stage("build the request (SDK)", OpenAICloud, "_create"),
    Stage("last look (gate)", Passage, "inspect"),
    Stage("keep the copy", sending._Copies, "keep"),
    Stage("write the ledger, to the disk", DurableLedger, "append"),
)
"""In the order in which they come; each without those inside it."""

CONNECT, SEND = "connect", "send, and wait for the head"
FIRST, REST = "everything else until the first word", "from the first word to the end"
TOTAL = "to the first word, together"
_ROWS = (*(stage.name for stage in ANSWER), CONNECT, SEND, FIRST, TOTAL, REST)


@dataclass(frozen=True, slots=True)
class Report:
    """Milliseconds by stage, of opening a house and of each kind of answer; a stage that did not run has none."""

    rounds: int
    is_embedded: bool
    opening: Mapping[str, Series]
    answers: Mapping[str, Mapping[str, Series]]


def measure(rounds: int, *, is_embedded: bool = False, say: Callable[[str], None] = lambda _line: None) -> Report:
    """Measure so many questions of each kind, by the embedded model where it is asked for and else by a scripted one.

    Raises EngineMissing where there is no embedded model.
    """
    with tempfile.TemporaryDirectory() as name, Server() as server:
        home = make_home(Path(name) / "one", server.url)
        (home.home / "config.toml").write_text("[persona]\nmax_tokens = 16\n", encoding="utf-8")
        say("opening")
        opening = _opening(home, rounds)
        answers: dict[str, dict[str, Series]] = {}
        with home.opened(is_embedded=is_embedded) as house:
            for kind in ("local", "cloud"):
                say(f"answering: {kind}")
                answers[kind] = _answers(house, server, kind, rounds)
    return Report(rounds, is_embedded, opening, answers)


def _opening(home: MeasuredHome, rounds: int) -> dict[str, Series]:
    """A house that is opened by a key file: there is no passphrase to be stretched."""
    times: list[dict[str, float]] = []
    with watching(OPEN) as stopwatch:
        for number in range(rounds + 1):
            begin = time.perf_counter()
            with home.opened():
                whole = 1000 * (time.perf_counter() - begin)
            if number:
                times.append({**stopwatch.read(), "open a house, together": whole})
            stopwatch.read()
    return _by_stage(times)


def _answers(house: House, server: Server, kind: str, rounds: int) -> dict[str, Series]:
    """Questions of one kind; the connection is a new one each time."""
    times: list[dict[str, float]] = []
    asked: Literal["local", "cloud"] = "cloud" if kind == "cloud" else "local"
    _one(house, asked, Stopwatch())  # the wire is loaded now, if it is needed
    if asked == "cloud":
        server.heard()
    with watching([*ANSWER, *_of_the_wire()]) as stopwatch:
        for number in range(rounds + 1):
            if house.elsewhere.door is not None:
                house.elsewhere.door.gate.close()
            one = _one(house, asked, stopwatch)
            if asked == "cloud":
                server.heard()
            if number:
                times.append(one)
    return _by_stage(times)


def _of_the_wire() -> list[Stage]:
    """Nobody but the gate imports the wire, and nobody does here: a stopwatch is put on what the gate has loaded."""
    wire = sys.modules.get("privacy_assistant.egress.wire")
    if wire is None:
        return []
    return [Stage(CONNECT, wire.Guard, "connect"), Stage(SEND, wire.Guard, "handle_request")]


def _one(house: House, asked: Literal["local", "cloud"], stopwatch: Stopwatch) -> dict[str, float]:
    stopwatch.read()
    stages: dict[str, float] = {}
    begin = time.perf_counter()
    first = 0.0
    for event in house.answer(Question(Utterance(QUESTION), asked=asked)):
        if isinstance(event, Piece) and not first:
            first = time.perf_counter()
            stages = stopwatch.read()
    end = time.perf_counter()
    together = 1000 * (first - begin)
    return {**stages, FIRST: together - sum(stages.values()), TOTAL: together, REST: 1000 * (end - first)}


def _by_stage(times: list[dict[str, float]]) -> dict[str, Series]:
    names = dict.fromkeys(name for one in times for name in one)
    return {name: series([one.get(name, 0.0) for one in times]) for name in names}


# ---------------------------------------------------------------- what is shown


def lines(report: Report) -> Iterator[str]:
    """The tables, for a terminal or a page (Markdown)."""
    model = "the embedded model" if report.is_embedded else "a scripted model, which takes no time"
    yield f"{len(QUESTION)} characters, {report.rounds} rounds, warm; this machine answers by {model}"
    yield ""
    yield "| opening, ms | median (least to most) |"
    yield "|---|---|"
    for name, one in report.opening.items():
        yield f"| {name} | {one.shown()} |"
    yield ""
    yield f"| a question, ms: median (least to most) | {' | '.join(report.answers)} |"
    yield f"|---|{'---|' * len(report.answers)}"
    for name in _ROWS:
        cells = [one[name].shown() if name in one else "–" for one in report.answers.values()]
        if any(cell != "–" for cell in cells):
            yield f"| {name} | {' | '.join(cells)} |"


def to_json(report: Report) -> dict[str, Any]:
    """The same for a program."""
    return {
        "machine": {"cpu": platform.machine(), "python": platform.python_version()},
        "rounds": report.rounds,
        "embedded_model": report.is_embedded,
        "opening": {name: one.to_json() for name, one in report.opening.items()},
        "answers": {
            kind: {name: stages[name].to_json() for name in _ROWS if name in stages}
            for kind, stages in report.answers.items()
        },
    }
