"""How fast the skills are: `python -m tests.bench.bench_skills`.

Prints, for this machine: the median and the 95th percentile of a warm answer per skill; of passing on a question
that is no skill's (all skills asked); and, in fresh processes, the import of the room and the first answer of the
skills that load a library at first use.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
from time import perf_counter

from privacy_assistant.ports import SkillRequest
from privacy_assistant.skills import all_skills, first_answer
from tests.fakes import FakeDrawer
from tests.skills.asking import NOW, sentences

ROUNDS = 30
COLD = ("what time is it", "what day is december 24", "What is 15% of 80?", "5 kg in pounds")
COLD_PROGRAM = """
import sys
from time import perf_counter
begun = perf_counter()
from privacy_assistant.ports import SkillRequest
before = perf_counter()
from privacy_assistant.skills import all_skills, first_answer
imported = perf_counter()
from tests.fakes import FakeDrawer
from datetime import datetime, timezone
skills = all_skills(FakeDrawer())
asked = perf_counter()
assert first_answer(skills, SkillRequest(sys.argv[1], datetime.now(timezone.utc))) is not None
print(imported - before, perf_counter() - asked)
"""


def milliseconds(times: list[float]) -> str:
    """Median and 95th percentile, in milliseconds."""
    return f"{statistics.median(times) * 1000:8.3f} {statistics.quantiles(times, n=20)[-1] * 1000:8.3f}"


def warm() -> None:
    """Time every sentence of the corpus, warm, over a drawer that stays small."""
    times: dict[str, list[float]] = {}
    skills = all_skills(FakeDrawer())
    for turn in range(ROUNDS + 1):
        for each in sentences():
            request = SkillRequest(each["text"], NOW, last_answer="Hello.")
            begun = perf_counter()
            first_answer(skills, request)
            if turn:
                times.setdefault(each["skill"] or "passed on", []).append(perf_counter() - begun)
        # A fresh drawer for the skills that keep things; the others stay warm.
        skills = tuple(
            fresh if fresh.name in ("timers", "lists") else skill
            for fresh, skill in zip(all_skills(FakeDrawer()), skills, strict=True)
        )
    print(f"{'warm':<14}{'median':>8} {'p95':>8}  ms")
    for name, measured in times.items():
        print(f"{name:<14}{milliseconds(measured)}")


def cold() -> None:
    """Time the room's import and a first answer, each in five fresh processes."""
    print(f"\n{'cold':<28}{'import':>8} {'answer':>8}  ms (median of 5)")
    for text in COLD:
        runs = []
        for _ in range(5):
            done = subprocess.run(
                [sys.executable, "-c", COLD_PROGRAM, text], capture_output=True, text=True, check=True
            )
            runs.append([float(part) for part in done.stdout.split()])
        imported, answered = (statistics.median(column) * 1000 for column in zip(*runs, strict=True))
        print(f"{text:<28}{imported:8.1f} {answered:8.1f}")


if __name__ == "__main__":
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}\n")
    warm()
    cold()
