"""A question's whole path against a bare llama_cpp loop, and what a start costs: `python -m tests.bench.bench_ask`.

Part 1, warm: the assistant (find, decide, seal the question, answer, seal the answer) and a bare loop take turns in one
run with the same file, prompt and settings; first and fifth turn of a conversation, medians. Bounds: at most +15 ms to
the first token, at least 0.97 times the tokens per second.
Part 2, cold, each a process of its own, taking turns: `--help` against `python -c "import click"` (bound: 2 times),
a skill, and `ask` from process start to its first piece; key derivation and model load apart.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath

from privacy_assistant.app.house import House
from privacy_assistant.app.opening import Opening
from privacy_assistant.core.exchange import Question
from privacy_assistant.core.turn import Utterance
from privacy_assistant.engines.catalogue import find_llm
from privacy_assistant.engines.cores import physical_cores
from privacy_assistant.engines.llm_llamacpp import Decoding, LlamaCppModel
from privacy_assistant.ports import ChatMessage, Piece
from privacy_assistant.vault.factors import calibrate, stretch_passphrase
from tests.bench.bench_local_model import TOKENS, Path, bare_path, compare, report


def assistant_path(house: House) -> Path:
    """The assistant with a sealed history; a prompt of two messages begins a conversation, a longer one goes on."""
    conversation: list[str | None] = [None]

    def path(messages: Sequence[ChatMessage], most: int) -> Iterator[str]:
        if len(messages) == 2:
            conversation[0] = None
        for event in house.answer(Question(Utterance(messages[-1].text), conversation=conversation[0])):
            if isinstance(event, Piece):
                yield event.text
        conversation[0] = house.history.newest()

    return path


def warm(rounds: int, place: FilePath) -> str:
    """Part 1."""
    home = place / "warm"
    home.mkdir(mode=0o700)
    (home / "config.toml").write_text(f"[persona]\nmax_tokens = {TOKENS}\n", encoding="utf-8")
    (place / "key").write_bytes(os.urandom(64))
    with House(Opening(home=home, key_file=place / "key", expects_model=True)) as house:
        paths = {"bare": bare_path(find_llm({}), Decoding(), physical_cores()), "assistant": assistant_path(house)}
        return report(compare(paths, rounds))


def timed(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float]:
    """Milliseconds to the first byte of output and to the end of the process."""
    begin = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
    ) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        first = time.perf_counter()
        process.stdout.read()
    if process.returncode != 0:
        raise SystemExit(f"{command} ended with {process.returncode}")
    return (first - begin) * 1000, (time.perf_counter() - begin) * 1000


def cold(rounds: int, place: FilePath) -> str:
    """Part 2."""
    program = str(FilePath(sys.executable).with_name("privacy-assistant"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PRIVACY_ASSISTANT_")}
    by_file = [program, "--home", str(place / "by-file"), "--key-file", str(place / "key")]
    by_words = [program, "--home", str(place / "by-words")]
    with_words = {**environment, "PRIVACY_ASSISTANT_PASSPHRASE": "correct horse battery staple"}
    question = ["ask", "-q", "What is the capital of France?"]
    commands: dict[str, tuple[list[str], dict[str, str]]] = {
        "python -c 'import click'": ([sys.executable, "-c", "import click; print()"], environment),
        "--help": ([program, "--help"], environment),
        "ask, a skill, key file": ([*by_file, "ask", "-q", "What is 15% of 80?"], environment),
        "ask, key file": ([*by_file, *question], environment),
        "ask, passphrase": ([*by_words, *question], with_words),
    }
    first: dict[str, list[float]] = {name: [] for name in commands}
    ended: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, (command, variables) in commands.items():
            one, other = timed(command, variables)
            if number:
                first[name].append(one)
                ended[name].append(other)
    lines = [f"{'process':<26} {'first output':>14} {'end':>12}"]
    for name in commands:
        a, b = statistics.median(first[name]), statistics.median(ended[name])
        lines.append(f"{name:<26} {a:>11.0f} ms {b:>9.0f} ms")
    ratio = statistics.median(ended["--help"]) / statistics.median(ended["python -c 'import click'"])
    lines.append(f"--help against import click: {ratio:.2f} times")
    return "\n".join(lines)


def apart() -> str:
    """Key derivation and model load, alone."""
    cost = calibrate()
    begin = time.perf_counter()
    stretch_passphrase("words", bytes(16), cost)
    derived = time.perf_counter()
    model = LlamaCppModel(find_llm({}))
    model.warm()
    loaded = time.perf_counter()
    model.close()
    return (
        f"key derivation (Argon2id, {cost.memory_kib // 1024} MiB, {cost.passes} passes): "
        f"{1000 * (derived - begin):.0f} ms\nmodel load, imports included: {1000 * (loaded - derived):.0f} ms"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="a question, warm and cold")
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    print(f"{platform.machine()}, {physical_cores()} cores, Python {platform.python_version()}, {rounds} rounds\n")
    with tempfile.TemporaryDirectory() as name:
        place = FilePath(name)
        print(warm(rounds, place), apart(), cold(rounds, place), sep="\n\n")


if __name__ == "__main__":
    main()
