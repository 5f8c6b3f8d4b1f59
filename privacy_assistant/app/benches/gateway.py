"""Our way to a back end beside the bare `openai` client: the same server, the same question, taking turns."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from privacy_assistant.app.benches.companions import (
    BareClient,
    Server,
    Timed,
    answer_of_child,
    bare_script,
    our_command,
    timed_process,
    without_network,
)
from privacy_assistant.app.benches.comparing import Pair, alternating, goal_lines, series, table
from privacy_assistant.app.benches.goals import Goal
from privacy_assistant.app.benches.measured_home import KEY, KEY_VARIABLE, QUESTION, ask, make_home
from privacy_assistant.core.prompt import DEFAULT_SYSTEM

APIS = ("chat", "responses")
SHORT, LONG = 8, 2000
"""Words of an answer: for the first token, and for the throughput."""

_AWAY = "privacy_assistant.app.benches.away"
_LATER, _THROUGHPUT, _GONE = 15.0, 0.95, 50.0


@dataclass(frozen=True, slots=True)
class Report:
    """One run. `sent` holds the bytes of a request's head and body, ours and theirs, by interface."""

    rounds: int
    pairs: tuple[Pair, ...]
    sent: dict[str, dict[str, tuple[int, int]]]
    goals: tuple[Goal, ...]


def measure(
    rounds: int,
    *,
    cold_rounds: int,
    away_rounds: int,
    apis: Sequence[str] = APIS,
    long: int = LONG,
    say: Callable[[str], None] = lambda _line: None,
) -> Report:
    """Measure everything; a minute or two for 30 rounds. Cold starts and a network that is gone are left out with 0
    rounds. `say` is told what goes on."""
    pairs: list[Pair] = []
    goals: list[Goal] = []
    sent: dict[str, dict[str, tuple[int, int]]] = {}
    with tempfile.TemporaryDirectory() as name, Server() as server:
        place = Path(name)
        for api in apis:
            say(f"{api}: first token")
            first, sent[api] = _first_token(place / f"{api}-short", server, api, rounds)
            say(f"{api}: throughput")
            stream = _throughput(place / f"{api}-long", server, api, max(1, rounds // 3), long)
            pairs += [first, stream]
            ratio = None if stream.ratio is None else round(stream.ratio, 2)
            goals += [
                Goal(f"first token over the bare client ({api})", _LATER, "ms", round(first.difference, 1)),
                Goal(f"throughput of the bare client ({api})", _THROUGHPUT, "times", ratio, is_least=True),
            ]
        say("from a cold start")
        pairs += _cold(place / "cold", server, cold_rounds) if cold_rounds else []
        url = server.url
    # The server is gone, so nobody listens at its address any more.
    for what, where, before in (
        ("refused port", url, []),
        ("dead name", "", []),
        ("no route", "", without_network()),
    ):
        measured = None
        if away_rounds and before is not None:
            say(f"without a network: {what}")
            pairs += _away(what, answer_of_child(_AWAY, [str(away_rounds), where], before))
            measured = round(pairs[-2].difference, 1)
        goals.append(Goal(f"local answer when the network is gone ({what}) over the plain one", _GONE, "ms", measured))
    return Report(rounds, tuple(pairs), sent, tuple(goals))


def _first_token(place: Path, server: Server, api: str, rounds: int) -> tuple[Pair, dict[str, tuple[int, int]]]:
    """The first word of a short answer to 300 characters, both sides with a warm connection."""
    ours, other = [], []
    sizes: dict[str, tuple[int, int]] = {}
    with make_home(place, server.url, api=api, words=SHORT).opened() as house, BareClient(server.url, api) as bare:

        def ask_us() -> Timed:
            timed = ask(house, QUESTION, "cloud")
            sizes["ours"] = server.heard()
            return timed

        def ask_bare() -> Timed:
            timed = bare.ask(DEFAULT_SYSTEM.strip(), QUESTION, f"words-{SHORT}")
            sizes["bare openai"] = server.heard()
            return timed

        for _ in range(3):  # what is loaded or made once
            ask_us()
            ask_bare()
        for is_ours_first in alternating(rounds):
            one, two = (ask_us(), ask_bare()) if is_ours_first else reversed((ask_bare(), ask_us()))
            ours.append(one.first)
            other.append(two.first)
    return Pair(f"first token, {api}", "ms", series(ours), series(other)), sizes


def _throughput(place: Path, server: Server, api: str, rounds: int, words: int) -> Pair:
    """Words a second from the first to the last, as fast as the server sends them."""
    ours, other = [], []
    with make_home(place, server.url, api=api, words=words).opened() as house, BareClient(server.url, api) as bare:

        def ask_us() -> float:
            timed = ask(house, QUESTION, "cloud")
            server.heard()
            return 1000 * (words - 1) / (timed.last - timed.first)

        def ask_bare() -> float:
            timed = bare.ask(DEFAULT_SYSTEM.strip(), QUESTION, f"words-{words}")
            server.heard()
            return 1000 * (words - 1) / (timed.last - timed.first)

        ask_us()
        ask_bare()
        for is_ours_first in alternating(rounds):
            one, two = (ask_us(), ask_bare()) if is_ours_first else reversed((ask_bare(), ask_us()))
            ours.append(one)
            other.append(two)
    return Pair(f"throughput of {words} deltas, {api}", "tokens/s", series(ours), series(other))


def _cold(place: Path, server: Server, rounds: int) -> list[Pair]:
    """`ask --cloud` beside a script that does nothing else, each a process of its own; the vault opens by a key
    file."""
    home = make_home(place, server.url, words=SHORT)
    secret = {KEY_VARIABLE: KEY}
    both = {
        "ours": our_command(home.home, home.key_file, QUESTION),
        "other": bare_script(server.url, "chat", QUESTION),
    }
    first: dict[str, list[float]] = {name: [] for name in both}
    ended: dict[str, list[float]] = {name: [] for name in both}
    for number in range(rounds + 1):
        for name, command in both.items():
            one, two = timed_process(command, secret)
            server.heard()
            if number:  # the first makes the key store, and fills the caches of the system
                first[name].append(one)
                ended[name].append(two)
    return [
        Pair("cold process to the first word, chat", "ms", series(first["ours"]), series(first["other"])),
        Pair("cold process to its end, chat", "ms", series(ended["ours"]), series(ended["other"])),
    ]


def _away(what: str, untrusted_answer: dict[str, list[float]]) -> list[Pair]:
    """A local answer after an attempt that came to nothing, and the next one, beside one that nothing was tried for."""
    plain = series(untrusted_answer["plain"])
    return [
        Pair(f"local answer, {what}, first question", "ms", series(untrusted_answer["first"]), plain, "local path"),
        Pair(f"local answer, {what}, the next", "ms", series(untrusted_answer["next"]), plain, "local path"),
    ]


# ---------------------------------------------------------------- what is shown


def lines(report: Report) -> Iterator[str]:
    """The tables, for a terminal or a page (Markdown)."""
    yield f"{len(QUESTION)} characters, {report.rounds} rounds, medians; the model of this machine is scripted"
    yield ""
    yield from table(report.pairs)
    yield ""
    for api, sides in report.sent.items():
        shown = "; ".join(f"{side}: {head} in the head, {body} in the body" for side, (head, body) in sides.items())
        yield f"bytes of a request, {api}: {shown}"
    yield ""
    yield from goal_lines(report.goals)


def to_json(report: Report) -> dict[str, Any]:
    """The same for a program."""
    return {
        "machine": {"cpu": platform.machine(), "python": platform.python_version()},
        "rounds": report.rounds,
        "pairs": [pair.to_json() for pair in report.pairs],
        "bytes": {
            api: {side: {"head": head, "body": body} for side, (head, body) in sides.items()}
            for api, sides in report.sent.items()
        },
        "goals": [{**asdict(goal), "is_reached": goal.is_reached} for goal in report.goals],
    }
