"""The language model in a process of its own against the same one in this process, side by side.

    python -m tests.bench.bench_worker [--rounds N] [--threads N] [--file MODEL.gguf] [--cold N]

Warm: both have the same file, prompt, sampling and threads, each its own context, and take turns within one run. A
conversation of five turns is played in every round; the first and the fifth are reported, medians over the rounds
(`bench_local_model`). The bounds are issue 6's: at most +5 ms to the first token, at least 0.98 times the tokens per
second.
Cold: a fresh interpreter each time, taking turns, from its start to the first piece of an answer.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path as FilePath

from privacy_assistant.engines.catalogue import find_llm
from privacy_assistant.engines.cores import physical_cores
from privacy_assistant.engines.llm_llamacpp import LlamaCppModel
from privacy_assistant.engines.worker.language_model import WorkerModel
from tests.bench.bench_local_model import CONTEXT, TOKENS, compare, engine_path, report

KINDS = ("in-process", "worker")


def cold(rounds: int, path: str) -> str:
    """Medians of milliseconds from the start of an interpreter to the first piece, one round more than counted."""
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for number in range(rounds + 1):
        for kind in KINDS[:: 1 if number % 2 else -1]:
            begin = time.perf_counter()
            command = [sys.executable, "-m", "tests.bench.first_piece", kind, *([path] if path else [])]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
                assert process.stdout is not None
                if process.stdout.read(1) != b".":
                    raise SystemExit(f"no answer from {kind}")
                if number:
                    found[kind].append((time.perf_counter() - begin) * 1000)
                process.stdout.read()
    base = statistics.median(found["in-process"])
    lines = [f"cold, {rounds} rounds, to the first piece"]
    for kind, times in found.items():
        lines.append(
            f"      {kind:<12} {statistics.median(times):>11.1f} ms   {statistics.median(times) - base:+.1f} ms"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="the language model in a process of its own and in this one")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--cold", type=int, default=9, help="rounds of cold starts, 0 for none")
    parser.add_argument("--file", default="", help="absolute path of a GGUF; the embedded model without it")
    parser.add_argument("--threads", type=int, default=physical_cores(), help="1 on a machine that is not idle")
    chosen = parser.parse_args()
    path = str(FilePath(chosen.file).resolve()) if chosen.file else ""
    file = find_llm({"llm": path} if path else {})
    inside = LlamaCppModel(file, context_tokens=CONTEXT, threads=chosen.threads)
    worker = WorkerModel(file, context_tokens=CONTEXT, threads=chosen.threads)
    inside.warm()
    worker.warm()
    print(f"{platform.machine()}, {physical_cores()} cores, {chosen.threads} threads, {file.name}, ", end="")
    print(f"{chosen.rounds} rounds of {TOKENS} tokens, load before {os.getloadavg()[0]:.1f}")
    print(report(compare({"in-process": engine_path(inside), "worker": engine_path(worker)}, chosen.rounds)))
    inside.close()
    worker.close()
    if chosen.cold:
        print(cold(chosen.cold, path))


if __name__ == "__main__":
    main()
