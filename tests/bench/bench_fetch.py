"""Fetching a file of a model against a bare client: `python -m tests.bench.bench_fetch [--mebibytes N] [--rounds N]`.

The fetcher (gate, ledger, a redirect to the store, digest, disk, progress) and a bare httpx2 that writes the same bytes
to the same disk, with and without a digest, take turns in one run against one server of this machine, in a process of
its own; medians. Bound: at least 0.9 times the bare client that counts the digest too.
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
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import httpx2

from privacy_assistant.core.hub import place_of
from privacy_assistant.core.policy_terms import Policy
from privacy_assistant.egress.fetch import HubFetcher
from privacy_assistant.egress.gate import Gate
from privacy_assistant.ports.models import Arrived, Order
from tests.fakes import EPOCH, FakeFinder, FakeLedger

NAME = "some/model/model.gguf"
BOUND = 0.9


def bare(url: str, place: Path, *, with_digest: bool) -> str:
    """A client that does what it must and nothing else; the digest, if it counts one."""
    digest = sha256()
    with (
        httpx2.Client(trust_env=False, follow_redirects=True) as client,
        client.stream("GET", url, headers={"Accept-Encoding": "identity"}) as response,
        place.open("wb", buffering=0) as file,
    ):
        for chunk in response.iter_raw():
            file.write(chunk)
            if with_digest:
                digest.update(chunk)
        os.fsync(file.fileno())
    return digest.hexdigest()


def fetched(url: str, place: Path) -> str:
    """The same by the fetcher."""
    gate = Gate(policy=Policy.absent, ledger=FakeLedger(), rescan=FakeFinder().find, clock=lambda: EPOCH)
    try:
        *_, last = HubFetcher(gate).fetch(Order("model", place_of(url)), str(place))
    finally:
        gate.close()
    assert isinstance(last, Arrived)
    return last.sha256


def compare(url: str, folder: Path, size: int, rounds: int) -> str:
    """A table of medians."""
    ways: dict[str, Callable[[Path], str]] = {
        "bare httpx2": lambda place: bare(url, place, with_digest=False),
        "bare httpx2 + SHA-256": lambda place: bare(url, place, with_digest=True),
        "privacy-assistant": lambda place: fetched(url, place),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            place = folder / "file"
            begun = time.perf_counter()
            way(place)
            if number:  # the first round warms the disk's cache
                seconds[name].append(time.perf_counter() - begun)
            place.unlink()
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    lines = [f"{size} MiB, {rounds} rounds, {platform.platform()}, {os.cpu_count()} cores"]
    lines += [f"{name:24} {median:7.3f} s  {size / median:7.0f} MiB/s" for name, median in medians.items()]
    against = {name: medians[name] / medians["privacy-assistant"] for name in ways if name != "privacy-assistant"}
    lines += [f"privacy-assistant is {ratio:.2f} times as fast as {name}" for name, ratio in against.items()]
    is_held = against["bare httpx2 + SHA-256"] >= BOUND
    lines.append(f"bound {BOUND}: {'held' if is_held else 'NOT HELD'}")
    return "\n".join(lines)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mebibytes", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="fetch-") as temporary:
        folder = Path(temporary)
        served = folder / "hub" / NAME
        served.parent.mkdir(parents=True)
        with served.open("wb") as file:
            for _ in range(arguments.mebibytes):
                file.write(os.urandom(1024 * 1024))
        command = [sys.executable, "-m", "tests.egress.hub_server", str(folder / "hub")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            hub = server.stdout.readline().strip()
            try:
                url = hub + "/some/model/resolve/main/model.gguf"
                sys.stdout.write(compare(url, folder, arguments.mebibytes, arguments.rounds) + "\n")
            finally:
                server.terminate()


if __name__ == "__main__":
    main()
