"""The child processes of the benches: other libraries' finders, and our own command from a cold start."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privacy_assistant.app.benches.scoring import Span
from privacy_assistant.errors import UsageError

_CHILD = Path(__file__).with_name("peer_child.py")
_MOST_SECONDS = 3600

Found = tuple[list[Span], float]
"""Spans of one text, and the milliseconds it took."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Another library that finds personal data, in the interpreter where it is installed."""

    name: str
    label: str
    python: Path


def peers_in(python: Path) -> list[Peer]:
    """What that interpreter can run beside us. Raises UsageError when it cannot be started."""
    try:
        listed = json.loads(_answers(python, "list", b""))
        return [Peer(row["name"], row["label"], python) for row in listed]
    except (OSError, ValueError, subprocess.SubprocessError):
        raise UsageError(
            f"{python} does not answer as a Python interpreter",
            hint="name the python of the environment that holds presidio-analyzer, pii-anon or scrubadub",
        ) from None


def find_all(peer: Peer, texts: Sequence[str]) -> list[Found] | None:
    """What the peer finds in each text, in order; None when it breaks."""
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    try:
        answers = [json.loads(line) for line in _answers(peer.python, peer.name, lines.encode()).splitlines()]
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    if len(answers) != len(texts):
        return None
    return [([(int(start), int(end)) for start, end in spans], float(took)) for spans, took in answers]


def f2_of(metric: Peer, rows: Sequence[tuple[str, list[Span], list[Span]]]) -> dict[str, float] | None:
    """Microsoft's PII F2 (presidio-evaluator) of texts with their marks and findings; None when it breaks."""
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    try:
        figures = json.loads(_answers(metric.python, metric.name, lines.encode()))
        return {str(name): float(figure) for name, figure in figures.items()}
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def cold_start(rounds: int = 5) -> tuple[float, float]:
    """Seconds from starting `redact --jsonl` to its first line, and of `python -c pass`; medians of so many."""
    command = [sys.executable, "-m", "privacy_assistant", "redact", "--jsonl"]
    lines = sorted(_seconds_to_first_line(command) for _ in range(rounds))
    bare = sorted(_seconds_to_first_line([sys.executable, "-c", "pass"]) for _ in range(rounds))
    return lines[rounds // 2], bare[rounds // 2]


def _seconds_to_first_line(command: list[str]) -> float:
    begin = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - this interpreter and a fixed list of words, no shell
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment()
    ) as child:
        if child.stdin is None or child.stdout is None:
            raise RuntimeError("a child without pipes")
        try:
            child.stdin.write(b'{"text": "My name is Anna and I live in Leeds."}\n')
            child.stdin.flush()
        except BrokenPipeError:
            pass  # `python -c pass` reads nothing and may be gone
        child.stdout.readline()
        took = time.perf_counter() - begin
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
    return took


def _answers(python: Path, name: str, lines: bytes) -> bytes:
    done: subprocess.CompletedProcess[bytes] = subprocess.run(  # noqa: S603, TID251 - the interpreter that the person named, no shell; no secrets in the environment
        [str(python), "-I", str(_CHILD), name],
        input=lines,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(),
        timeout=_MOST_SECONDS,
        check=True,
    )
    return done.stdout


def environment() -> dict[str, Any]:
    """What a child needs of ours, and no more."""
    kept = ("HOME", "LANG", "PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "SYSTEMROOT", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ}
